package account

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/ledger"
	"entente/notice"
	"entente/roster"

	"golang.org/x/text/width"
)

// LinkLasts is how long an invitation is good.
const LinkLasts = 14 * 24 * time.Hour

// invitation is the purpose of the link by which a person comes in for the first time, or again
// after a lost password.
const invitation = "invite"

// codeLength is the number of letters of a code that is printed on a card and typed. At five bits
// a letter it is not guessed within the two weeks that it is good, by somebody who has the hash of it
// and all the machines of a large office either.
const codeLength = 20

// Newcomer is somebody who is to take part.
type Newcomer struct {
	Institution ref.Institution
	Function    access.Function
	Title       text.Multi // of the post, which is how the person is shown
	Family      string
	Given       string
	Language    string // that the person reads
	Address     string // for mail; "" where the person is reached otherwise
}

// person is how a newcomer is entered, without function.
func (n Newcomer) person(at ref.Institution, today when.Date) roster.Person {
	return roster.Person{
		Title: n.Title, Family: n.Family, Given: n.Given, Language: n.Language,
		Posts: []roster.Post{{Institution: at, From: today}},
	}
}

// Invitable gives the functions that the actor may invite people to at an institution; none is
// no fault.
func Invitable(who access.Actor, at ref.Institution) []access.Function {
	switch {
	case access.May(who, "person.invite", access.Header{Dialogue: who.Dialogue}) != nil:
		return nil
	case who.Holds(access.ProjectTeam):
		return []access.Function{access.FocalPoint, access.Contributor, access.Expert, access.Observer, access.DonorOfficer}
	case who.Institution == at:
		return []access.Function{access.Contributor}
	}
	return nil
}

// Invite enters a person with a post and a function from today on, and gives the code by which
// that person comes in: the act "person.invite". Faults: Forbidden where the actor may not invite
// to that function there, Invalid with fields.
func (s *Service) Invite(ctx context.Context, who access.Actor, n Newcomer) (person ref.Person, code string, err error) {
	allowed := Invitable(who, n.Institution)
	if len(allowed) == 0 {
		return "", "", fault.New(fault.Forbidden, "")
	}
	if !slices.Contains(allowed, n.Function) {
		var f fault.Fields
		f.Add("function", string(n.Function), "fault.required")
		return "", "", f.Err()
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		today, err := roster.Today(ctx, tx)
		if err != nil {
			return err
		}
		o := access.Object[roster.Person]{Value: n.person(n.Institution, today)}
		o.Value.Functions = []roster.Held{{Function: n.Function, From: today}}
		o.Dialogue, o.Owner = who.Dialogue, ref.ID(n.Institution)
		if err := roster.People.Save(ctx, tx, who, "person.invite", &o, ""); err != nil {
			return err
		}
		person = ref.Person(o.ID)
		if n.Address != "" {
			if err := notice.Introduce(ctx, tx, person, n.Address); err != nil {
				return err
			}
		}
		code, err = s.newCode(ctx, tx, who, person, &o.Value, n.Address != "")
		return err
	})
	return person, code, err
}

// Reinvite gives a fresh code to a person who was invited, or who can no longer sign in: the act
// "person.link". Codes given before are good no longer. Nobody gives one to a person with more
// rights than their own: Forbidden. Where the person signs in already, others are told
// (tellReset); and where the person has confirmed an address that counts (letterTo), the code
// goes there and to nobody else: it is "" for whoever asked. Where a second person is needed (Reset),
// it is Forbidden to all but somebody else than asked for it, and the entry names who asked.
func (s *Service) Reinvite(ctx context.Context, who access.Actor, person ref.Person) (code string, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, err := charge(ctx, tx, who, "person.link", person)
		if err != nil {
			return err
		}
		today, err := roster.Today(ctx, tx)
		if err != nil {
			return err
		}
		if ended(&o.Value, today) {
			return fault.New(fault.Forbidden, "")
		}
		reset, err := s.resetOf(ctx, tx, who, &o)
		if err != nil {
			return err
		}
		if reset.Needed && (reset.By == "" || reset.By == who.Person) {
			return fault.New(fault.Forbidden, "fault.reset-second")
		}
		if code, err = s.newCode(ctx, tx, who, person, &o.Value, false); err != nil {
			return err
		}
		if err := tellReset(ctx, tx, who, person); err != nil {
			return err
		}
		if _, sent, err := openInvitation(ctx, tx, person); err != nil {
			return err
		} else if sent != "" && s.mails {
			code = ""
		}
		_, err = ledger.Append(ctx, tx, who.By(), ledger.Act{Name: "person.link", Dialogue: ref.ID(o.Dialogue), Object: o.ID, Part: ref.ID(reset.By)}, nil)
		return err
	})
	return code, err
}

// Withdraw makes an invitation good no longer, and a reset that was asked for: the act "person.unlink".
// NotFound when none is open.
func (s *Service) Withdraw(ctx context.Context, who access.Actor, person ref.Person) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, err := charge(ctx, tx, who, "person.unlink", person)
		if err != nil {
			return err
		}
		if n, err := dropCodes(ctx, tx, person); err != nil || n == 0 {
			return errors.Join(err, fault.New(fault.NotFound, "fault.link"))
		}
		_, err = ledger.Append(ctx, tx, who.By(), ledger.Act{Name: "person.unlink", Dialogue: ref.ID(o.Dialogue), Object: o.ID}, nil)
		return err
	})
}

// End ends a person's posts and functions, and signing in, at once: the act "person.end".
// The person stays in the record. Faults: Forbidden for a person with more rights than the
// actor's own, Invalid without a reason.
func (s *Service) End(ctx context.Context, who access.Actor, person ref.Person, reason string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, err := charge(ctx, tx, who, "person.end", person)
		if err != nil {
			return err
		}
		if strings.TrimSpace(reason) == "" {
			var f fault.Fields
			f.Add("reason", "", "fault.required")
			return f.Err()
		}
		today, err := roster.Today(ctx, tx)
		if err != nil {
			return err
		}
		leave(&o.Value, today)
		if err := roster.People.Save(ctx, tx, who, "person.end", &o, reason); err != nil {
			return err
		}
		if err := notice.TellVacant(ctx, tx, who); err != nil {
			return err
		}
		return shut(ctx, tx, person)
	})
}

// charge loads a person for an act of whoever looks after that person's account, and decides
// whether the actor may do it.
func charge(ctx context.Context, tx *db.Tx, who access.Actor, act string, person ref.Person) (o access.Object[roster.Person], err error) {
	if o, err = roster.People.Load(ctx, tx, who, ref.ID(person)); err != nil {
		return o, err
	}
	if err := access.May(who, act, o.Header); err != nil {
		return o, err
	}
	today, err := roster.Today(ctx, tx)
	if err != nil {
		return o, err
	}
	if !below(who, person, &o.Value, today) {
		return o, fault.New(fault.Forbidden, "")
	}
	return o, nil
}

// below says whether a person has no rights beyond those that the actor looks after: a focal
// point looks after contributors of the same institution, the project team after everybody but
// the administrators of the node, an administrator after other administrators. Nobody ends or resets themselves this way.
func below(who access.Actor, person ref.Person, p *roster.Person, today when.Date) bool {
	held := open(p, today)
	switch {
	case who.IsOperator():
		return true
	case who.Person == person:
		return false
	case who.Holds(access.ProjectTeam):
		return who.Holds(access.Administrator) || !slices.Contains(held, access.Administrator)
	case who.Holds(access.Administrator): // reads no content, and must not come to by resetting who does
		return !slices.ContainsFunc(held, func(f access.Function) bool { return f != access.Administrator })
	}
	if who.Institution == "" || len(p.Posts) == 0 {
		return false
	}
	for _, q := range p.Posts { // also earlier and later ones: the account goes with the person
		if q.Institution != who.Institution && !q.Over(today) {
			return false
		}
	}
	return slices.ContainsFunc(p.Posts, func(q roster.Post) bool { return q.Institution == who.Institution }) &&
		!slices.ContainsFunc(held, func(f access.Function) bool { return f != access.Contributor })
}

// open gives the functions that a person holds or will hold.
func open(p *roster.Person, today when.Date) (fs []access.Function) {
	for _, h := range p.Functions {
		if !h.Over(today) {
			fs = append(fs, h.Function)
		}
	}
	return fs
}

// ended says whether a person holds no function today and none that begins later.
func ended(p *roster.Person, today when.Date) bool {
	return len(open(p, today)) == 0
}

// State is how a person's account stands, for those who look after it.
type State struct {
	Charge  bool   // the actor looks after it
	SignsIn bool   // has a name and a password
	Second  bool   // and a second factor
	Invited string // until when an invitation is open; "" when none is
	Sent    string // the mail address to which its code was sent; "" where to none
	Letter  string // that to which a code goes that the actor gives now
	Reset   Reset  // whether that needs a second person
	Ended   bool   // holds no function any more
}

// StateOf gives how the account of a person stands. To others than those who look after it, it
// says nothing.
func (s *Service) StateOf(ctx context.Context, who access.Actor, person ref.Person) (st State, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, err := charge(ctx, tx, who, "person.link", person)
		if fault.Is(err, fault.Forbidden) {
			return nil
		}
		if err != nil {
			return err
		}
		today, err := roster.Today(ctx, tx)
		if err != nil {
			return err
		}
		st.Charge, st.Ended = true, ended(&o.Value, today)
		if err := tx.QueryRow(ctx, `select (select count(*) from credential where person = $1) > 0,
			(select count(*) from account_factor where person = $1 and since <> '') > 0 -- account.StateOf`, person).Scan(&st.SignsIn, &st.Second); err != nil {
			return err
		}
		if st.Invited, st.Sent, err = openInvitation(ctx, tx, person); err != nil {
			return err
		}
		if st.Reset, err = s.resetOf(ctx, tx, who, &o); err != nil {
			return err
		}
		if st.Reset.Needed {
			others, err := confirming(ctx, tx, who, &o)
			if err != nil {
				return err
			}
			st.Reset.Alone = len(others) == 0
		}
		a, err := roster.ActorFor(ctx, tx, person)
		if err == nil {
			st.Letter, err = s.letterTo(ctx, tx, a, false, admitsOwn(who, a))
		}
		return err
	})
	return st, err
}

// openInvitation gives until when a person's invitation is open, "" when none is, and to where its code
// was sent.
func openInvitation(ctx context.Context, tx *db.Tx, person ref.Person) (until, sent string, err error) {
	err = tx.QueryRow(ctx, `select coalesce(max(expires), ''), coalesce(max(sent), '') from onetime
		where purpose = $1 and detail like $2 and used = '' and expires > $3 -- account.openInvitation`,
		invitation, string(person)+" %", db.Stamp(tx.Now())).Scan(&until, &sent)
	return until, sent, err
}

// Invitee is whom a code lets in.
type Invitee struct {
	roster.Person
	Second bool // has a second factor, which the code's use will drop
}

// Invited gives whom a code lets in, or NotFound. From is the caller's address, by which wrong codes
// are counted. A code is far too long to be found by many who try at a time, so that a good one need
// not be counted first.
func (s *Service) Invited(ctx context.Context, from, code string) (p Invitee, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, _, _, err := invited(ctx, tx, code)
		if err != nil {
			return err
		}
		x, err := factorOf(ctx, tx, ref.Person(o.ID))
		p = Invitee{o.Value, x.since != ""}
		return err
	})
	if fault.Is(err, fault.NotFound) {
		if counted, slow := s.tries.Take(ctx, from, fromAddress("code", from)); slow != nil || len(counted) == 0 {
			return p, throttled(slow)
		}
	}
	return p, err
}

// Accept uses up a code: the person it lets in gets a name and a password, and whatever there was
// before is gone, the second factor too: the act "person.accept". Faults: NotFound for a code that is good no longer,
// TooMany, Invalid as for SetPassword.
func (s *Service) Accept(ctx context.Context, from, code, login, password string) (person ref.Person, err error) {
	if _, err := s.Invited(ctx, from, code); err != nil {
		return "", err
	}
	f := Check(login, password)
	if err := f.Err(); err != nil {
		return "", err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return "", err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, way, sent, err := invited(ctx, tx, code)
		if err != nil {
			return err
		}
		person = ref.Person(o.ID)
		who, err := roster.ActorFor(ctx, tx, person)
		if err != nil {
			return err
		}
		h := access.Header{ID: o.ID, Dialogue: o.Dialogue}
		if err := access.May(who, "person.accept", h); err != nil {
			return err
		}
		if err := putCredential(ctx, tx, person, login, hash, way); err != nil {
			return err
		}
		// Who asked for a fresh code has lost the way in, and must not be kept out by the half of it
		// that is left.
		dropped, err := dropFactor(ctx, tx, person)
		if err != nil {
			return err
		}
		if dropped {
			if err := note(ctx, tx, who, "person.second-factor-drop"); err != nil {
				return err
			}
		}
		if _, err := ledger.Append(ctx, tx, who.By(), ledger.Act{Name: "person.accept", Dialogue: ref.ID(o.Dialogue), Object: o.ID}, nil); err != nil {
			return err
		}
		if err := warn(ctx, tx, person, "accepted"); err != nil {
			return err
		}
		if err := dropAddress(ctx, tx, person, sent); err != nil {
			return err
		}
		if err := tellWaits(ctx, tx, person); err != nil {
			return err
		}
		return notice.Ask(ctx, tx, s.box, person)
	})
	return person, err
}

// dropAddress forgets the address for letters of a person to whom somebody else gives a way of signing
// in, and tells the person: whoever had the account before may have given it. That to which the code was
// sent stays.
func dropAddress(ctx context.Context, tx *db.Tx, person ref.Person, sent string) error {
	dropped, err := notice.Drop(ctx, tx, person, sent)
	if err != nil || !dropped {
		return err
	}
	return warn(ctx, tx, person, "address")
}

// warn tells a person of something that happened to the account.
func warn(ctx context.Context, tx *db.Tx, person ref.Person, what string) error {
	return notice.Put(ctx, tx, nil, notice.New{Person: person, Kind: notice.Security, Detail: notice.Detail{What: what}})
}

// invited loads the person of a code that is good, the way of signing in that its use makes, and the
// address to which it was sent. The code is the whole of the right to ask.
func invited(ctx context.Context, tx *db.Tx, code string) (o access.Object[roster.Person], way, sent string, err error) {
	var detail string
	err = tx.QueryRow(ctx, `select detail, way, sent from onetime where token = $1 and purpose = $2 and used = '' and expires > $3 -- account.invited`,
		hashToken(CleanCode(code)), invitation, db.Stamp(tx.Now())).Scan(&detail, &way, &sent)
	if errors.Is(err, sql.ErrNoRows) {
		return o, "", "", fault.New(fault.NotFound, "fault.link")
	}
	if err != nil {
		return o, "", "", err
	}
	id, functions, _ := strings.Cut(detail, " ")
	o, err = roster.People.Load(ctx, tx, access.Operator("invitation"), id)
	if fault.Is(err, fault.NotFound) {
		return o, "", "", fault.New(fault.NotFound, "fault.link")
	}
	if err != nil {
		return o, "", "", err
	}
	today, err := roster.Today(ctx, tx)
	if err == nil && functions != heldOn(&o.Value, today) {
		return o, "", "", fault.New(fault.NotFound, "fault.link")
	}
	return o, way, sent, err
}

// heldOn names what a person holds. A code is good for that alone: whoever gave it to a contributor
// must not come in by it once the person has become more.
func heldOn(p *roster.Person, today when.Date) string {
	var names []string
	for _, f := range open(p, today) {
		names = append(names, string(f))
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// newCode makes a code in place of those before, and sends it by mail where an address counts for that
// (letterTo). Given by a focal point of the person's own institution it admits to the inside who comes in
// by it. Typed says that who gives it named the address in the same act.
func (s *Service) newCode(ctx context.Context, tx *db.Tx, who access.Actor, person ref.Person, p *roster.Person, typed bool) (string, error) {
	if _, err := dropCodes(ctx, tx, person); err != nil {
		return "", err
	}
	today, err := roster.Today(ctx, tx)
	if err != nil {
		return "", err
	}
	a, err := roster.ActorFor(ctx, tx, person)
	if err != nil {
		return "", err
	}
	admits := admitsOwn(who, a)
	sent, err := s.letterTo(ctx, tx, a, typed, admits)
	if err != nil {
		return "", err
	}
	code, way := rand.Text()[:codeLength], newWay()
	if err := putLink(ctx, tx, code, invitation, string(person)+" "+heldOn(p, today), way, sent, LinkLasts); err != nil {
		return "", err
	}
	if admits {
		if err := admit(ctx, tx, who, person, way); err != nil {
			return "", err
		}
	}
	if sent == "" {
		return code, nil
	}
	if admits {
		if err := notice.Vouch(ctx, tx, person, way); err != nil {
			return "", err
		}
	}
	return code, notice.Put(ctx, tx, s.box, notice.New{
		Person: person, Kind: notice.Invitation, Secret: code, Detail: notice.Detail{Until: db.Stamp(tx.Now().Add(LinkLasts))},
	})
}

// letterTo gives the address to which a code for a person goes by mail, "" where to none: the one that
// who gives the code typed, else one that was confirmed. A code that admits to the inside goes to no
// address but one that the person gave under the way of signing in on which the side admitted the person:
// whoever had the account meanwhile, or entered the person, may have given another.
func (s *Service) letterTo(ctx context.Context, tx *db.Tx, person access.Actor, typed, admits bool) (string, error) {
	to, err := notice.AddressOf(ctx, tx, person.Person)
	switch {
	case err != nil || s.box == nil: // a command of the operator prints the code and cannot seal it
		return "", err
	case typed || to.Confirmed && !admits:
		return to.Address, nil
	case !to.Confirmed || !person.Admitted:
		return "", nil
	}
	var same bool
	err = tx.QueryRow(ctx, `select count(*) > 0 from credential where person = $1 and way = $2 -- account.letterTo`, person.Person, to.Way).Scan(&same)
	if !same {
		return "", err
	}
	return to.Address, err
}

// dropCodes makes a person's codes good no longer, and a reset that was asked for, and says how many were.
func dropCodes(ctx context.Context, tx *db.Tx, person ref.Person) (int64, error) {
	if err := notice.Recall(ctx, tx, person, notice.Invitation); err != nil {
		return 0, err
	}
	res, err := tx.Exec(ctx, `delete from onetime where purpose in ($1, $3) and detail like $2 -- account.dropCodes`, invitation, string(person)+" %", resetAsked)
	if err != nil {
		return 0, err
	}
	if err := roster.Lapse(ctx, tx, person); err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// shut ends every way in.
func shut(ctx context.Context, tx *db.Tx, person ref.Person) error {
	for _, q := range []string{`delete from credential where person = $1`, `delete from account_feed where person = $1`} {
		if _, err := tx.Exec(ctx, q+` -- account.shut`, person); err != nil {
			return err
		}
	}
	if err := end(ctx, tx, `person = $3`, person); err != nil {
		return err
	}
	if _, err := dropFactor(ctx, tx, person); err != nil {
		return err
	}
	if _, err := dropCodes(ctx, tx, person); err != nil {
		return err
	}
	return notice.Forget(ctx, tx, person)
}

// CleanCode gives a code as it was made, however it was typed: in either case and width, in
// groups or not, with a nought or a one for the letters that look like them.
func CleanCode(s string) string {
	if len(s) > 200 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '0':
			return 'O'
		case r == '1':
			return 'I'
		case r >= 'A' && r <= 'Z', r >= '2' && r <= '7':
			return r
		}
		return -1
	}, strings.ToUpper(width.Narrow.String(s)))
}

// GroupCode writes a code in groups of four, for reading and typing.
func GroupCode(code string) string {
	var groups []string
	for g := range slices.Chunk([]byte(code), 4) {
		groups = append(groups, string(g))
	}
	return strings.Join(groups, "-")
}
