package notice

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/jobs"
	"entente/internal/mail"
	"entente/internal/ref"
	"entente/internal/seal"
	"entente/roster"
)

// Writer puts notices into words as a letter to one person, with the rights that the actor has at
// this moment. What the actor may no longer read it leaves out, and gives the ids of the others.
type Writer func(ctx context.Context, who access.Actor, list []Notice) (l mail.Letter, told []ref.ID, err error)

// Sender sends what was put down. Without a mail server everything is kept to be read.
type Sender struct {
	DB     *db.DB
	Box    *seal.Box
	Server interface {
		Send(ctx context.Context, l mail.Letter) error
	} // nil: no mail server is set up
	Write Writer
}

// mostAttempts is how often a letter is tried: over about a day.
const mostAttempts = 30

// atATime bounds the notices of one digest; the rest comes with the next.
const atATime = 200

// Kinds are the jobs of sending.
func (s *Sender) Kinds() []jobs.Kind {
	return []jobs.Kind{
		{Name: SendJob, Most: mostAttempts, Limit: time.Minute, Do: s.send},
		{Name: DigestJob, Every: 24 * time.Hour, Do: s.digests},
		{Name: OneDigest, Most: mostAttempts, Limit: time.Minute, Do: s.digest},
	}
}

// send brings one notice on its way.
func (s *Sender) send(ctx context.Context, run *jobs.Run) error {
	var p payload
	if err := run.Payload(&p); err != nil {
		return err
	}
	var n Notice
	var to Address
	var who access.Actor
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if n, err = one(ctx, tx, p.Notice); err != nil {
			return err
		}
		if to, err = AddressOf(ctx, tx, n.Person); err != nil {
			return err
		}
		who, err = recipient(ctx, tx, n.Person, n.Kind.urgent())
		return err
	})
	switch {
	case fault.Is(err, fault.NotFound): // forgotten, or the person was removed or has no part any more
		return s.settle(ctx, run, Void, "", p.Notice)
	case err != nil:
		return err
	case n.State != Waiting:
		return s.settle(ctx, run, n.State, n.Error)
	case s.Server == nil || to.Address == "" || to.Rhythm == Never && !n.Kind.unasked() || !to.Confirmed && !n.Kind.unasked():
		return s.settle(ctx, run, Kept, "", n.ID)
	case to.Rhythm == Daily && !n.Kind.urgent():
		return s.settle(ctx, run, Gathered, "", n.ID)
	}
	return s.deliver(ctx, run, who, to, n.ID, []Notice{n})
}

// recipient gives the actor for whom something is to be sent to; NotFound also for one who holds no
// function today, and, of what is about coming in, none that begins later.
func recipient(ctx context.Context, tx *db.Tx, p ref.Person, urgent bool) (access.Actor, error) {
	who, err := roster.ActorFor(ctx, tx, p)
	if err != nil || len(who.Functions) > 0 {
		return who, err
	}
	gone := true
	if urgent {
		gone, err = roster.Gone(ctx, tx, p)
	}
	if err == nil && gone {
		err = fault.New(fault.NotFound, "")
	}
	return who, err
}

// deliver writes and sends one letter for several notices and settles them. Once the server took it,
// a process that dies before the settling sends it again under the same Message-ID.
func (s *Sender) deliver(ctx context.Context, run *jobs.Run, who access.Actor, to Address, id ref.ID, list []Notice) error {
	var all, void []ref.ID
	for i := range list {
		all = append(all, list[i].ID)
		if list[i].sealed == nil {
			continue
		}
		secret, err := s.Box.Open(sealedFor, list[i].ID, list[i].sealed)
		if err != nil { // sealed by a node that this one no longer is
			return s.settle(ctx, run, Failed, "sealed", all...)
		}
		list[i].Secret = string(secret)
	}
	l, told, err := s.Write(ctx, who, list)
	if err != nil {
		return err
	}
	for _, x := range all {
		if !contains(told, x) {
			void = append(void, x)
		}
	}
	if len(told) > 0 {
		l.ID, l.To = id, to.Address
		err = s.Server.Send(ctx, l)
	}
	state, code := Sent, ""
	if err != nil {
		c, final := jobs.Code(err)
		if !final && run.Attempts < mostAttempts {
			return err
		}
		state, code = Refused, c
		if !final {
			state = Failed
		}
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return errors.Join(mark(ctx, tx, Void, "", void), mark(ctx, tx, state, code, told), run.Finish(ctx, tx, nil))
	})
}

func contains(list []ref.ID, id ref.ID) bool {
	for _, x := range list {
		if x == id {
			return true
		}
	}
	return false
}

// settle ends the job with notices in a state.
func (s *Sender) settle(ctx context.Context, run *jobs.Run, state State, code string, ids ...ref.ID) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return errors.Join(mark(ctx, tx, state, code, ids), run.Finish(ctx, tx, nil))
	})
}

// mark puts notices into a state. In a final one a secret is gone.
func mark(ctx context.Context, tx *db.Tx, state State, code string, ids []ref.ID) error {
	if len(ids) == 0 {
		return nil
	}
	ended := db.Stamp(tx.Now())
	if state == Waiting || state == Gathered {
		ended = ""
	}
	var a db.Args
	q := `update notice set state = ` + a.Add(state) + `, error = ` + a.Add(code) + `, ended = ` + a.Add(ended)
	if ended != "" {
		q += `, secret = null`
	}
	_, err := tx.Exec(ctx, q+` where id in `+a.In(ids)+` -- notice.mark`, a.List()...)
	return err
}

func one(ctx context.Context, tx *db.Tx, id ref.ID) (Notice, error) {
	list, err := db.Collect(ctx, tx, scan, `select `+columns+` from notice n where n.id = $1 -- notice.one`, id)
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, "")
	}
	if err != nil {
		return Notice{}, err
	}
	return list[0], nil
}

// digests promises a digest to everybody for whom something was gathered.
func (s *Sender) digests(ctx context.Context, run *jobs.Run) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		people, err := db.Collect(ctx, tx, db.One[ref.Person], `select distinct person from notice where state = $1 order by person -- notice.digests`, Gathered)
		if err != nil {
			return err
		}
		for _, p := range people {
			if _, _, err := jobs.Enqueue(ctx, tx, jobs.New{Kind: OneDigest, Key: string(p) + " " + run.Key, Person: p}); err != nil {
				return err
			}
		}
		return run.Finish(ctx, tx, nil)
	})
}

// digest sends one person what was gathered. A person who wants letters no more finds it on the page.
func (s *Sender) digest(ctx context.Context, run *jobs.Run) error {
	var list []Notice
	var to Address
	var who access.Actor
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = db.Collect(ctx, tx, scan, `select `+columns+` from notice n where n.person = $1 and n.state = $2 order by n.id limit $3 -- notice.digest`,
			run.Person, Gathered, atATime)
		if err != nil {
			return err
		}
		if to, err = AddressOf(ctx, tx, run.Person); err != nil {
			return err
		}
		who, err = recipient(ctx, tx, run.Person, false)
		return err
	})
	var ids []ref.ID
	for _, n := range list {
		ids = append(ids, n.ID)
	}
	switch {
	case fault.Is(err, fault.NotFound):
		return s.settle(ctx, run, Void, "", ids...)
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return err
	case len(list) == 0:
		return nil
	case s.Server == nil || to.Address == "" || !to.Confirmed || to.Rhythm == Never:
		return s.settle(ctx, run, Kept, "", ids...)
	}
	return s.deliver(ctx, run, who, to, run.ID, list)
}
