package account_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"entente/access"
	"entente/account"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/roster"
)

// people are a dialogue with two institutions, a member of the project team, and an administrator.
type people struct {
	t          *testing.T
	d          *db.DB
	s          *account.Service
	dialogue   ref.Dialogue
	nia, mps   ref.Institution
	team, root ref.Person
	asks       ref.Person // for a reset, before another gives the code; "" until somebody needs to
}

func newPeople(t *testing.T, d *db.DB) *people {
	t.Helper()
	p := &people{t: t, d: d, s: account.New(d).Pausing(func(context.Context, time.Duration) error { return nil }), dialogue: "d"}
	save := func(ctx context.Context, tx *db.Tx) error {
		for _, i := range []*ref.Institution{&p.nia, &p.mps} {
			o := access.Object[roster.Institution]{Value: roster.Institution{Names: []roster.Name{{Name: text.Both("I", "I")}}}}
			o.Dialogue = p.dialogue
			if err := roster.Institutions.Save(ctx, tx, operator, "institution.create", &o, ""); err != nil {
				return err
			}
			*i = ref.Institution(o.ID)
		}
		for to, f := range map[*ref.Person]access.Function{&p.team: access.ProjectTeam, &p.root: access.Administrator} {
			o := access.Object[roster.Person]{Value: roster.Person{Title: text.Both("P", "P"), Functions: []roster.Held{{Function: f}}}}
			o.Dialogue = p.dialogue
			if err := roster.People.Save(ctx, tx, operator, "person.create", &o, ""); err != nil {
				return err
			}
			*to = ref.Person(o.ID)
		}
		return nil
	}
	if err := d.Write(t.Context(), save); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *people) actor(id ref.Person) access.Actor {
	p.t.Helper()
	a, err := roster.New(p.d).Actor(p.t.Context(), id)
	if err != nil {
		p.t.Fatal(err)
	}
	return a
}

func (p *people) newcomer(at ref.Institution, f access.Function) account.Newcomer {
	return account.Newcomer{Institution: at, Function: f, Title: text.Both("Post", "职务"), Language: "zh"}
}

// invite lets somebody in and gives who it is.
func (p *people) invite(by access.Actor, at ref.Institution, f access.Function, login string) ref.Person {
	p.t.Helper()
	id, code, err := p.s.Invite(p.t.Context(), by, p.newcomer(at, f))
	want(p.t, err, "")
	got, err := p.s.Accept(p.t.Context(), "x", account.GroupCode(code), login, password)
	want(p.t, err, "")
	if got != id {
		p.t.Errorf("the code lets in %s, not %s", got, id)
	}
	return id
}

// signing enters somebody who holds functions without a post, and can sign in.
func (p *people) signing(login string, held ...access.Function) ref.Person {
	p.t.Helper()
	o := access.Object[roster.Person]{Value: roster.Person{Title: text.Both("P", "P")}}
	for _, f := range held {
		o.Value.Functions = append(o.Value.Functions, roster.Held{Function: f})
	}
	o.Dialogue = p.dialogue
	want(p.t, p.d.Write(p.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return roster.People.Save(ctx, tx, operator, "person.create", &o, "")
	}), "")
	want(p.t, p.s.SetPassword(p.t.Context(), operator, ref.Person(o.ID), login, password), "")
	return ref.Person(o.ID)
}

// reset gives somebody a fresh code; where that needs a second person, somebody else of the team asks first.
func (p *people) reset(by access.Actor, of ref.Person) (string, error) {
	p.t.Helper()
	ctx := p.t.Context()
	code, err := p.s.Reinvite(ctx, by, of)
	var f *fault.Error
	if !errors.As(err, &f) || f.Key != "fault.reset-second" {
		return code, err
	}
	if p.asks == "" {
		p.asks = p.signing("asks", access.ProjectTeam, access.Administrator)
		want(p.t, p.s.SetPassword(ctx, operator, by.Person, "confirms", password), "")
	}
	want(p.t, p.s.AskReset(ctx, p.actor(p.asks), of), "")
	return p.s.Reinvite(ctx, by, of)
}

func TestInvite(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPeople(t, d)
		ctx, s, team := t.Context(), p.s, p.actor(p.team)
		focal := p.actor(p.invite(team, p.nia, access.FocalPoint, "nia"))
		if !focal.Holds(access.FocalPoint) || focal.Institution != p.nia {
			t.Errorf("the focal point acts as %+v", focal)
		}
		// A focal point invites contributors of the same institution, and nobody else.
		for _, n := range []account.Newcomer{p.newcomer(p.mps, access.Contributor)} {
			_, _, err := s.Invite(ctx, focal, n)
			want(t, err, fault.Forbidden)
		}
		_, _, err := s.Invite(ctx, focal, p.newcomer(p.nia, access.FocalPoint))
		want(t, err, fault.Invalid)
		_, _, err = s.Invite(ctx, team, p.newcomer(p.nia, access.Administrator))
		want(t, err, fault.Invalid)
		_, _, err = s.Invite(ctx, access.Visitor, p.newcomer(p.nia, access.Contributor))
		want(t, err, fault.Forbidden)
		_, _, err = s.Invite(ctx, p.actor(p.root), p.newcomer(p.nia, access.Contributor))
		want(t, err, fault.Forbidden)
		contributor := p.invite(focal, p.nia, access.Contributor, "li")
		_, _, err = s.Invite(ctx, p.actor(contributor), p.newcomer(p.nia, access.Contributor))
		want(t, err, fault.Forbidden)

		// Nobody resets or ends somebody with more rights, somebody elsewhere, or themselves.
		other := p.invite(team, p.mps, access.Contributor, "wang")
		for _, c := range []struct {
			by   access.Actor
			of   ref.Person
			want fault.Kind
		}{
			{focal, contributor, ""},
			{focal, other, fault.Forbidden},
			{focal, focal.Person, fault.Forbidden},
			{focal, p.team, fault.Forbidden},
			{p.actor(contributor), other, fault.Forbidden},
			{team, other, ""},
			{team, p.root, fault.Forbidden},
			{team, focal.Person, ""},
			{access.Visitor, other, fault.NotFound},
		} {
			_, err := p.reset(c.by, c.of)
			want(t, err, c.want)
			st, err := s.StateOf(ctx, c.by, c.of)
			if st.Charge != (c.want == "") || (err != nil) != (c.want == fault.NotFound) {
				t.Errorf("the state is %+v %v, where a fresh code gives %q", st, err, c.want)
			}
			if c.want != "" {
				want(t, s.Withdraw(ctx, c.by, c.of), c.want)
				want(t, s.End(ctx, c.by, c.of, "left"), c.want)
			}
		}
	})
}

func TestCode(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	start := now
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now = start
		p := newPeople(t, d)
		ctx, s, team := t.Context(), p.s, p.actor(p.team)
		id, first, err := s.Invite(ctx, team, p.newcomer(p.nia, access.FocalPoint))
		want(t, err, "")
		_, err = s.Accept(ctx, "a", first, "nia", "short")
		want(t, err, fault.Invalid)
		_, err = s.Accept(ctx, "a", first, "nia", "Password123456")
		want(t, err, fault.Invalid)
		second, err := s.Reinvite(ctx, team, id)
		want(t, err, "")
		_, err = s.Accept(ctx, "a", first, "nia", password)
		want(t, err, fault.NotFound) // renewed
		want(t, s.Withdraw(ctx, team, id), "")
		want(t, s.Withdraw(ctx, team, id), fault.NotFound)
		_, err = s.Invited(ctx, "a", second)
		want(t, err, fault.NotFound)
		// Who has become more since is not let in by a code that was given before.
		raised, err := s.Reinvite(ctx, team, id)
		want(t, err, "")
		hold := func(fs ...roster.Held) {
			want(t, d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
				o, err := roster.People.Load(ctx, tx, operator, ref.ID(id))
				if err != nil {
					return err
				}
				o.Value.Functions = fs
				return roster.People.Save(ctx, tx, operator, "person.edit", &o, "")
			}), "")
		}
		hold(roster.Held{Function: access.FocalPoint}, roster.Held{Function: access.ProjectTeam})
		_, err = s.Accept(ctx, "r", raised, "nia", password)
		want(t, err, fault.NotFound)
		hold(roster.Held{Function: access.FocalPoint})
		third, err := s.Reinvite(ctx, team, id)
		want(t, err, "")
		now = now.Add(account.LinkLasts + time.Minute)
		_, err = s.Accept(ctx, "b", third, "nia", password)
		want(t, err, fault.NotFound) // too late
		fourth, err := s.Reinvite(ctx, team, id)
		want(t, err, "")
		_, err = s.Accept(ctx, "b", fourth, "nia", password)
		want(t, err, "")
		_, err = s.Accept(ctx, "b", fourth, "nia", password)
		want(t, err, fault.NotFound) // once
		// A code lost or found does not change what is there until it is used.
		fifth, err := p.reset(team, id)
		want(t, err, "")
		_, err = s.SignIn(ctx, "b", "nia", password)
		want(t, err, "")

		want(t, s.End(ctx, team, id, " "), fault.Invalid)
		want(t, s.End(ctx, team, id, "left"), "")
		_, err = s.Reinvite(ctx, team, id)
		want(t, err, fault.Forbidden)
		_, err = s.SignIn(ctx, "c", "nia", password)
		want(t, err, fault.Invalid)
		_, err = s.Invited(ctx, "c", fifth)
		want(t, err, fault.NotFound)
		now = now.Add(48 * time.Hour)
		if a := p.actor(id); len(a.Functions) != 0 || a.Institution != "" {
			t.Errorf("who left acts as %+v", a)
		}
		_, err = s.Reinvite(ctx, team, id)
		want(t, err, fault.Forbidden)
		// Codes are not guessed at speed.
		for range 320 {
			_, err = s.Invited(ctx, "guesser", "AAAAAAAAAAAA")
		}
		want(t, err, fault.TooMany)
		o, err := roster.New(d).Person(ctx, operator, id)
		want(t, err, "")
		if o.Value.Posts[0].Until != when.DateOf(now.Add(-48*time.Hour)) {
			t.Errorf("the post ended %s", o.Value.Posts[0].Until)
		}
	}, db.Options{Clock: func() time.Time { return now }, Volatile: true})
}

func TestCleanCode(t *testing.T) {
	for typed, want := range map[string]string{
		"abcd-efgh-ijkl": "ABCDEFGHIJKL", " ＡＢＣＤ efgh—ijkl": "ABCDEFGHIJKL", "0l1c": "OLIC", "": "", "密码": "",
	} {
		if got := account.CleanCode(typed); got != want {
			t.Errorf("%q: %q", typed, got)
		}
	}
	if got := account.GroupCode("ABCDEFGHIJKL"); got != "ABCD-EFGH-IJKL" {
		t.Errorf("grouped: %q", got)
	}
}

func TestCommonPasswords(t *testing.T) {
	for _, p := range []string{
		"passwordpassword", "Password123!", "P@ssw0rd12345", "qwertyuiop123", "aaaaaaaaaaaaaaa", "123456789012", "1q2w3e4r5t6y",
		"zhangwei2026!", "welcome2welcome", "abcdefghijklmn", "woaini1314520", "iloveyou12345", "121212121212", "qwer1234asdf",
	} {
		if len(account.Check("zhangwei", p)) == 0 {
			t.Errorf("%s passes", p)
		}
	}
	for _, p := range []string{"a sentence to remember", "twelve letters", "correct horse battery staple", "海内存知己天涯若比邻无为", "kX9#vBq2LmTz"} {
		if f := account.Check("zhangwei", p); len(f) != 0 {
			t.Errorf("%s: %v", p, f)
		}
	}
}

// TestOwn: a person sees and ends the own sessions, and nobody else's.
func TestOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPeople(t, d)
		ctx, s, sessions := t.Context(), p.s, account.NewSessions(d)
		a, b := p.actor(p.invite(p.actor(p.team), p.nia, access.FocalPoint, "a")), p.actor(p.team)
		begin := func(token, id string, who access.Actor) {
			until := time.Now().Add(time.Hour)
			data, err := account.Codec{}.Encode(until, map[string]any{"person": string(who.Person), account.SessionID: id, account.SessionAgent: "Edge · Windows"})
			want(t, err, "")
			want(t, sessions.Commit(token, data, until), "")
		}
		have := func(who access.Actor, n int) account.Own {
			t.Helper()
			o, err := s.OwnOf(ctx, who)
			if err != nil || len(o.Sessions) != n {
				t.Errorf("%d sessions, want %d: %v", len(o.Sessions), n, err)
			}
			return o
		}
		begin("1", "one", a)
		begin("2", "two", a)
		begin("3", "three", a)
		begin("4", "four", b)
		if o := have(a, 3); o.Login != "a" || o.Sessions[0].Agent != "Edge · Windows" {
			t.Errorf("%+v", o)
		}
		want(t, s.EndSession(ctx, a, "four"), "")
		want(t, s.EndSession(ctx, a, ""), "")
		have(a, 3)
		have(b, 1)
		want(t, s.EndSession(ctx, a, "three"), "")
		have(a, 2)
		want(t, s.EndOthers(ctx, a, "one"), "")
		have(a, 1)
		begin("5", "two", a)
		want(t, s.ChangePassword(ctx, a, "one", "wrong wrong wrong", "another sentence"), fault.Invalid)
		want(t, s.ChangePassword(ctx, a, "one", password, "short"), fault.Invalid)
		want(t, s.ChangePassword(ctx, b, "four", password, "another sentence"), fault.Invalid) // has none
		have(a, 2)
		want(t, s.ChangePassword(ctx, a, "one", password, "another sentence"), "")
		have(a, 1)
		have(b, 1)
		_, err := s.SignIn(ctx, "x", "a", password)
		want(t, err, fault.Invalid)
		_, err = s.SignIn(ctx, "x", "a", "another sentence")
		want(t, err, "")
		for _, err := range []error{s.EndSession(ctx, access.Visitor, "four"), s.EndOthers(ctx, access.Visitor, ""), s.ChangePassword(ctx, access.Visitor, "", "", "")} {
			want(t, err, fault.Forbidden)
		}
		_, err = s.OwnOf(ctx, access.Visitor)
		want(t, err, fault.Forbidden)
	})
}

// TestResetIsTold: a fresh code for somebody who has an account is told to the focal points of the
// institution, whoever gave it, and one for somebody who never came in is not. Where an address for
// letters is confirmed, the code goes there alone, if the node sends letters; a command prints it.
func TestResetIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPeople(t, d)
		ctx, team := t.Context(), p.actor(p.team)
		s := p.s.Sealing(box(t, nodeKey)).Mailing(true)
		focal := p.invite(team, p.nia, access.FocalPoint, "focal")
		other := p.invite(team, p.mps, access.FocalPoint, "other")
		colleague := p.invite(p.actor(focal), p.nia, access.Contributor, "colleague")
		newcomer, _, err := s.Invite(ctx, team, p.newcomer(p.nia, access.Contributor))
		want(t, err, "")
		resets := func(who ref.Person) int { t.Helper(); return toldKind(t, d, who, "authority", "reset") }
		reset := func(by access.Actor, of ref.Person, shown bool) {
			t.Helper()
			code, err := s.Reinvite(ctx, by, of)
			want(t, err, "")
			if (code != "") != shown {
				t.Errorf("the code is shown: %v, want %v", code != "", shown)
			}
		}
		reset(team, newcomer, true)
		if n := resets(focal); n != 0 {
			t.Errorf("told of an invitation as of a reset: %d", n)
		}
		reset(team, colleague, true)
		reset(operator, colleague, true)
		if n, m := resets(focal), resets(other); n != 2 || m != 0 {
			t.Errorf("told %d times, others %d; want 2 and 0", n, m)
		}
		reset(p.actor(focal), colleague, true)
		if n := resets(focal); n != 2 {
			t.Errorf("told of the own act: %d", n)
		}
		want(t, d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `insert into notice_address (person, address, rhythm, confirmed, token, asked) values ($1, 'colleague@nia.example', 'daily', $2, '', '')`,
				colleague, db.Stamp(tx.Now()))
			return err
		}), "")
		reset(team, colleague, false)
		var letters int
		want(t, d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			return tx.QueryRow(ctx, `select count(*) from notice where person = $1 and kind = 'invitation' and secret is not null`, colleague).Scan(&letters)
		}), "")
		if letters != 1 {
			t.Errorf("%d letters hold the code", letters)
		}
		s.Mailing(false)
		reset(team, colleague, true)
		s.Mailing(true)
		code, err := account.New(d).Reinvite(ctx, operator, colleague)
		want(t, err, "")
		if code == "" {
			t.Error("a command prints no code")
		}
	})
}

// TestResetOfTheTeamIsTold: a fresh code for one of the project team or an administrator is told to the
// others of them, and one for the only focal point of an institution to who else writes for it and to the
// focal points of the side's lead.
func TestResetOfTheTeamIsTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPeople(t, d)
		ctx, team := t.Context(), p.actor(p.team)
		var second, third ref.Person
		want(t, d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			for _, to := range []*ref.Person{&second, &third} {
				o := access.Object[roster.Person]{Value: roster.Person{Title: text.Both("P", "P"), Functions: []roster.Held{{Function: access.ProjectTeam}}}}
				o.Dialogue = p.dialogue
				if err := roster.People.Save(ctx, tx, operator, "person.create", &o, ""); err != nil {
					return err
				}
				*to = ref.Person(o.ID)
			}
			s := access.Object[roster.Side]{Value: roster.Side{Name: text.Both("S", "S")}}
			s.Dialogue = p.dialogue
			if err := roster.Sides.Save(ctx, tx, operator, "side.create", &s, ""); err != nil {
				return err
			}
			for _, id := range []ref.Institution{p.nia, p.mps} {
				o, err := roster.Institutions.Load(ctx, tx, operator, ref.ID(id))
				if err != nil {
					return err
				}
				o.Value.Standings = []roster.Period{{As: roster.OnSide, Side: ref.Side(s.ID)}}
				if err := roster.Institutions.Save(ctx, tx, operator, "institution.authority", &o, ""); err != nil {
					return err
				}
			}
			s.Value.Leads = []roster.Lead{{Institution: p.mps}}
			return roster.Sides.Save(ctx, tx, operator, "side.authority", &s, "")
		}), "")
		focal := p.invite(team, p.nia, access.FocalPoint, "focal")
		colleague := p.invite(team, p.nia, access.Contributor, "colleague")
		lead := p.invite(team, p.mps, access.FocalPoint, "lead")
		for n, of := range []ref.Person{second, p.root} {
			want(t, p.s.SetPassword(ctx, operator, of, []string{"second", "root"}[n], password), "")
		}
		resets := func(who ref.Person, what string) int { t.Helper(); return toldKind(t, d, who, "authority", what) }
		reset := func(by access.Actor, of ref.Person) {
			t.Helper()
			_, err := p.reset(by, of)
			want(t, err, "")
		}
		reset(team, second)
		reset(operator, p.root)
		for who, n := range map[ref.Person]int{p.team: 1, second: 1, third: 2, p.root: 1, focal: 0, lead: 0} {
			if got := resets(who, "reset-other"); got != n {
				t.Errorf("told %d times of the team's accounts, want %d", got, n)
			}
		}
		reset(team, focal)
		if n, m := resets(lead, "reset-other"), resets(colleague, "reset"); n != 1 || m != 1 {
			t.Errorf("the lead is told %d times, who waits %d; want 1 and 1", n, m)
		}
		if n := resets(focal, "reset-own"); n != 1 {
			t.Errorf("whose code it is is told %d times", n)
		}
		want(t, p.s.Admit(ctx, operator, colleague, ""), "")
		reset(team, focal)
		if n, m := resets(lead, "reset-other"), resets(colleague, "reset"); n != 2 || m != 2 {
			t.Errorf("the lead is told %d times, who is inside %d; want 2 and 2", n, m)
		}
	})
}
