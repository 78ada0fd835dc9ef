// Package notice tells people what concerns them: by mail where a mail server is set up and a
// person wants it, and always on the person's own page. An act that has something to tell puts a
// notice down in its own transaction; a job sends it. A notice names what it is about and holds no
// content: the words are made when it is sent or read, with the rights that the person has then.
// That a notice was read is never recorded.
package notice

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/jobs"
	"entente/internal/ref"
	"entente/internal/seal"
	"entente/roster"
)

// Kind is what a notice is about.
type Kind string

// The kinds.
const (
	Invitation Kind = "invitation" // how to come in; holds a code
	Confirm    Kind = "confirm"    // asks whether the address is right; holds a code
	Security   Kind = "security"   // something happened to the account; Detail.What says what
	Duty       Kind = "duty"       // something is asked of the person's institution
	Reminder   Kind = "reminder"   // it is due, soon or since; Detail.What says which
	Extended   Kind = "extended"   // it is due later
	OnBehalf   Kind = "on-behalf"  // somebody entered what the institution said; Detail.By: one that has ended, which it succeeded
	Contested  Kind = "contested"  // an institution contests what was entered on its behalf
	Handover   Kind = "handover"   // a function passed to the person
	Narrowed   Kind = "narrowed"   // what the person's institution said something about was closed to it
	Vacant     Kind = "vacant"     // nobody is entered any more who could do what was asked; Detail.By says for which institution
	Admission  Kind = "admission"  // whom the side let into its inner room, or who waits; Detail.What says which
	Authority  Kind = "authority"  // what the person or the institution counts as was changed; Detail.What says by what
)

// urgent says whether a notice waits for no digest: it lets somebody in, or warns.
func (k Kind) urgent() bool { return k == Invitation || k == Confirm || k == Security }

// unasked says whether a notice goes to an address that was not confirmed yet.
func (k Kind) unasked() bool { return k == Invitation || k == Confirm }

// Detail is what a notice knows besides the object: references, dates and codes, never content.
type Detail struct {
	What  string `json:"what,omitempty"`  // a word of the kind: "password", "before", "after"
	Duty  ref.ID `json:"duty,omitempty"`  // the duty it is about
	Due   string `json:"due,omitempty"`   // the day, YYYY-MM-DD
	By    ref.ID `json:"by,omitempty"`    // institution that acted
	Until string `json:"until,omitempty"` // until when the code is good, a stamp
}

// State is how a notice stands.
type State string

// The states of a notice. All but the first two are final.
const (
	Waiting  State = "waiting"  // to be sent
	Gathered State = "gathered" // for the next digest
	Sent     State = "sent"     // taken by the mail server
	Kept     State = "kept"     // not for mail: to be read on the person's page
	Refused  State = "refused"  // the mail server refused it for good
	Failed   State = "failed"   // tried too often
	Void     State = "void"     // the person may no longer read what it is about
)

// States gives all states in the order of a list.
func States() []State { return []State{Waiting, Gathered, Sent, Kept, Refused, Failed, Void} }

// New is a notice to be put down.
type New struct {
	Person ref.Person
	Kind   Kind
	Object ref.ID
	Detail Detail
	Secret string // a code; sealed while it waits, and gone when it was sent
}

// Notice is one as it stands.
type Notice struct {
	ID     ref.ID
	Person ref.Person
	Kind   Kind
	Object ref.ID
	Detail Detail
	Secret string // opened; only where it is to be sent
	Made   string
	State  State
	Ended  string
	Error  string

	sealed []byte
}

// Job kinds that the node registers.
const (
	SendJob   = "notice"        // one notice
	DigestJob = "notice-digest" // what was gathered, by person, once a day
	OneDigest = "notice-person" // one person's digest
)

type payload struct {
	Notice ref.ID `json:"notice,omitempty"`
}

// Put puts notices down in the transaction of the act that they tell of. A secret needs a box to
// be sealed in; without one (a command that does not know the node's key) it is not kept, and the
// notice tells of no code.
func Put(ctx context.Context, tx *db.Tx, box *seal.Box, list ...New) error {
	for _, n := range list {
		id := ref.New()
		detail, err := json.Marshal(n.Detail)
		if err != nil {
			return err
		}
		var secret []byte
		if n.Secret != "" {
			if box == nil {
				return fmt.Errorf("notice: a secret without a key to seal it with")
			}
			secret = box.Seal(sealedFor, id, []byte(n.Secret))
		}
		if _, err := tx.Exec(ctx, `insert into notice (id, person, kind, object, detail, secret, made, state, ended, error)
			values ($1, $2, $3, $4, $5, $6, $7, $8, '', '') -- notice.Put`,
			id, n.Person, n.Kind, n.Object, string(detail), secret, db.Stamp(tx.Now()), Waiting); err != nil {
			return err
		}
		if _, _, err := jobs.Enqueue(ctx, tx, jobs.New{Kind: SendJob, Key: id, Payload: payload{id}, Person: n.Person}); err != nil {
			return err
		}
	}
	return nil
}

const sealedFor = "notice"

// Tell puts a notice down for everybody who acts for a principal today, but the person who acts now; where
// nobody acts for an institution, for whoever is of it, but of who comes inside.
func Tell(ctx context.Context, tx *db.Tx, who access.Actor, to access.Principal, n New) error {
	find := roster.Addressed
	if n.Kind == Admission {
		find = roster.Acting
	}
	people, err := find(ctx, tx, to)
	if err != nil {
		return err
	}
	for _, p := range people {
		if p == who.Person {
			continue
		}
		n.Person = p
		if err := Put(ctx, tx, nil, n); err != nil {
			return err
		}
	}
	return nil
}

// Own gives a person's own notices, the newest first, below an id ("": from the newest). What lets
// somebody in is not among them.
func Own(ctx context.Context, tx *db.Tx, who access.Actor, below ref.ID, limit int) ([]Notice, error) {
	var a db.Args
	q := `select ` + columns + ` from notice n where n.person = ` + a.Add(who.Person) + ` and n.kind not in ` +
		db.In(&a, []Kind{Invitation, Confirm})
	if below != "" {
		q += ` and n.id < ` + a.Add(below)
	}
	return db.Collect(ctx, tx, scan, q+` order by n.id desc limit `+a.Add(limit)+` -- notice.Own`, a.List()...)
}

const columns = `n.id, n.person, n.kind, n.object, n.detail, n.secret, n.made, n.state, n.ended, n.error`

func scan(r *sql.Rows) (n Notice, err error) {
	var detail string
	if err := r.Scan(&n.ID, &n.Person, &n.Kind, &n.Object, &detail, &n.sealed, &n.Made, &n.State, &n.Ended, &n.Error); err != nil {
		return n, err
	}
	return n, json.Unmarshal([]byte(detail), &n.Detail)
}

// Counts gives how many notices stand in each state, for the administrator.
func Counts(ctx context.Context, tx *db.Tx) (map[State]int, error) {
	out := map[State]int{}
	_, err := db.Collect(ctx, tx, func(r *sql.Rows) (struct{}, error) {
		var s State
		var n int
		err := r.Scan(&s, &n)
		out[s] = n
		return struct{}{}, err
	}, `select state, count(*) from notice group by state -- notice.Counts`)
	return out, err
}

// Outbox gives notices of all people without what they are about, the newest first, for the
// administrator: state "" is all.
func Outbox(ctx context.Context, tx *db.Tx, state State, below ref.ID, limit int) ([]Notice, error) {
	var a db.Args
	q := `select n.id, '', n.kind, '', '{}', null, n.made, n.state, n.ended, n.error from notice n where 1 = 1`
	if state != "" {
		q += ` and n.state = ` + a.Add(state)
	}
	if below != "" {
		q += ` and n.id < ` + a.Add(below)
	}
	return db.Collect(ctx, tx, scan, q+` order by n.id desc limit `+a.Add(limit)+` -- notice.Outbox`, a.List()...)
}

// Keep is how long a notice that is settled can be read.
const Keep = 180 * 24 * time.Hour

// Clean deletes what was settled long ago.
func Clean(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, `delete from notice where ended <> '' and ended < $1 -- notice.Clean`, db.Stamp(tx.Now().Add(-Keep)))
	return err
}

// Recall takes back what is not sent yet of a kind: the code that it holds is good no longer.
func Recall(ctx context.Context, tx *db.Tx, person ref.Person, k Kind) error {
	_, err := tx.Exec(ctx, `delete from notice where person = $1 and kind = $2 and ended = '' -- notice.Recall`, person, k)
	return err
}

// Forget deletes everything that is kept of a person here.
func Forget(ctx context.Context, tx *db.Tx, person ref.Person) error {
	for _, q := range []string{`delete from notice where person = $1`, `delete from notice_address where person = $1`} {
		if _, err := tx.Exec(ctx, q+` -- notice.Forget`, person); err != nil {
			return err
		}
	}
	return nil
}
