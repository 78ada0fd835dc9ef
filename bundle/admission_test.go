package bundle_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"entente/access"
	"entente/account"
	"entente/bundle"
	"entente/demo"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/ledger"
	"entente/roster"
)

func (c *canary) admits(who access.Actor, p ref.Person) fault.Kind {
	c.t.Helper()
	seen, err := roster.New(c.d).Facts(c.t.Context(), p)
	if err != nil {
		c.t.Fatal(err)
	}
	return fault.Of(c.accounts.Admit(c.t.Context(), who, p, seen))
}

func (c *canary) inside(what string, want bool, people ...ref.Person) {
	c.t.Helper()
	for _, p := range people {
		if a := c.actor(p); a.Inside() != want || want && a.Waits {
			c.t.Errorf("%s: inside is %v, want %v", what, a.Inside(), want)
		}
	}
}

func (c *canary) accept(code string) {
	c.t.Helper()
	if err := c.uses(c.t.Context(), code); err != nil || code == "" {
		c.t.Fatalf("the code %q: %v", code, err)
	}
}

func newcomer(i ref.Institution, f access.Function) account.Newcomer {
	return account.Newcomer{Institution: i, Function: f, Title: text.Both("Somebody", "某人"), Language: "zh"}
}

func (c *canary) invited(who access.Actor, n account.Newcomer) (ref.Person, string) {
	c.t.Helper()
	p, code, err := c.accounts.Invite(c.t.Context(), who, n)
	if err != nil {
		c.t.Fatal(err)
	}
	return p, code
}

// reset gives somebody a fresh code; where that takes two people, another of the team and administrators,
// whose account was taken too, asks for it first.
func (c *canary) reset(by access.Actor, of ref.Person) (string, error) {
	return c.resetIn(c.ctx, by, of)
}

func (c *canary) resetIn(ctx context.Context, by access.Actor, of ref.Person) (string, error) {
	code, err := c.accounts.Reinvite(ctx, by, of)
	var f *fault.Error
	if !errors.As(err, &f) || f.Key != "fault.reset-second" {
		return code, err
	}
	o := access.Object[roster.Person]{Value: roster.Person{Title: text.Both("P", "P"), Functions: []roster.Held{{Function: access.ProjectTeam}, {Function: access.Administrator}}}}
	o.Dialogue = by.Dialogue
	if err := c.d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := roster.People.Save(ctx, tx, operator, "person.create", &o, ""); err != nil {
			return err
		}
		for _, p := range []ref.ID{o.ID, ref.ID(by.Person)} { // who can sign in, and no more
			if _, err := tx.Exec(ctx, `insert into credential (person, login, hash, changed) select $1, $2, '', '' where not exists (select 1 from credential where person = $1)`, p, p); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return "", err
	}
	second, err := roster.New(c.d).Actor(ctx, ref.Person(o.ID))
	if err != nil {
		return "", err
	}
	if err := c.accounts.AskReset(ctx, second, of); err != nil {
		return "", err
	}
	return c.accounts.Reinvite(ctx, by, of)
}

// TestAdmissionWay: an admission holds for the way of signing in that it was given on. Who changes the
// own password keeps it; whom somebody else gives another way waits anew.
func TestAdmissionWay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCanary(t, d)
		ctx, nia, team := t.Context(), c.as("cn-focal-point"), c.team()
		contributor := c.person("cn-contributor")
		if err := c.accounts.ChangePassword(ctx, nia, "", canaryPassword, canaryPassword+" at all"); err != nil {
			t.Fatal(err)
		}
		c.inside("the own password changed", true, nia.Person)

		code, err := c.accounts.Reinvite(ctx, nia, contributor) // by the own focal point
		if err != nil {
			t.Fatal(err)
		}
		c.accept(code)
		c.inside("the own focal point gave a code", true, contributor)
		if code, err = c.accounts.Reinvite(ctx, team, contributor); err != nil {
			t.Fatal(err)
		}
		c.inside("a code that nobody used yet", true, contributor)
		if got := c.admits(nia, contributor); got != fault.Invalid {
			t.Errorf("while a code is open: %q", got)
		}
		seen, err := roster.New(d).Facts(ctx, contributor)
		if err != nil {
			t.Fatal(err)
		}
		c.accept(code)
		c.inside("the team gave a code", false, contributor)
		// Whoever looked at the page before the code was used does not let in by it who used it.
		if err := c.accounts.Admit(ctx, nia, contributor, seen); !fault.Is(err, fault.Conflict) {
			t.Errorf("let in on what was seen before: %v", err)
		}
		if got := c.admits(nia, contributor); got != "" {
			t.Errorf("let in again: %q", got)
		}
		c.inside("let in again", true, contributor)

		mfa := c.as("cn-ministry")
		inner := func() (n int) {
			own, err := bundle.Own(ctx, d, c.objects, c.actor(mfa.Person), "en")
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range own.Acts {
				if strings.HasPrefix(a.Act, "note.") {
					n++
				}
			}
			return n
		}
		if n := inner(); n != 2 {
			t.Errorf("the own data of who wrote two notes name %d", n)
		}
		if code, err = c.reset(team, mfa.Person); err != nil {
			t.Fatal(err)
		}
		c.accept(code)
		if n := inner(); n != 0 {
			t.Errorf("whoever came in by the team's code learns of %d notes from the own data", n)
		}

		mine, code := c.invited(nia, newcomer(nia.Institution, access.Contributor))
		c.accept(code)
		c.inside("invited by the focal point", true, mine)
		taken, _ := c.invited(nia, newcomer(nia.Institution, access.Contributor))
		if code, err = c.accounts.Reinvite(ctx, team, taken); err != nil {
			t.Fatal(err)
		}
		c.accept(code)
		c.inside("invited by the focal point, let in by the team's code", false, taken)

		if err := c.accounts.SetPassword(ctx, operator, mine, "mine", canaryPassword); err != nil {
			t.Fatal(err)
		}
		c.inside("a command set the password", false, mine)

		next, code, err := bundle.HandOver(ctx, d, c.objects, nia, account.Handover{From: nia.Person, Function: access.FocalPoint, Stays: true, Newcomer: newcomer("", "")}, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.accept(code)
		c.inside("handed over by the focal point", true, next, nia.Person)
		if _, _, err := bundle.HandOver(ctx, d, c.objects, team, account.Handover{From: next, Function: access.FocalPoint, To: contributor, Stays: true}, nil); err != nil {
			t.Fatal(err)
		}
		c.inside("handed over by the team", false, next, contributor)
	})
}

// TestAdmissionWhose: a focal point who is inside lets in people of the own institution, the side's lead
// the first of another one, and nobody else anybody.
func TestAdmissionWhose(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCanary(t, d)
		team, nia, mfa := c.team(), c.as("cn-focal-point"), c.as("cn-ministry")
		by := func(who access.Actor, p ref.Person, want fault.Kind) {
			t.Helper()
			if got := c.admits(who, p); got != want {
				t.Errorf("%v of %s lets in: %q, want %q", who.Functions, who.Institution, got, want)
			}
		}
		come := func(at ref.Institution, f access.Function) ref.Person {
			p, code := c.invited(team, newcomer(at, f))
			c.accept(code)
			return p
		}
		first := come(ref.Institution(c.key("institution", "mps")), access.FocalPoint)
		second := come(ref.Institution(c.key("institution", "mps")), access.Contributor)
		for _, who := range []access.Actor{team, nia, c.as("eu-focal-point"), c.as("cn-contributor"), c.actor(first)} {
			by(who, first, fault.Forbidden)
		}
		by(c.as("administrator"), first, fault.NotFound)
		by(mfa, first, "")
		c.inside("the first, by the lead", true, first)
		by(mfa, second, fault.Forbidden)
		by(c.actor(first), second, "")
		c.inside("the second, by the first", true, second)
		by(operator, c.team().Person, fault.Invalid)

		end := func(who access.Actor, p ref.Person) fault.Kind {
			return fault.Of(c.accounts.EndAdmission(t.Context(), who, p, "letter"))
		}
		if end(mfa, second) != fault.Forbidden || end(team, second) == "" || end(c.actor(second), second) != fault.Forbidden {
			t.Error("somebody else ended it")
		}
		if end(c.actor(first), second) != "" {
			t.Error("its own focal point could not end it")
		}
		c.inside("ended", false, second)

		// Those who are inside see every admission of their side, and nobody else any.
		for who, sees := range map[string]bool{"cn-ministry": true, "cn-contributor": true, "project-team": false, "administrator": false, "expert": false, "donor": false} {
			_, err := roster.New(d).Gate(t.Context(), c.as(who), ref.Institution(c.key("institution", "mps")), "en")
			if (err == nil) != sees {
				t.Errorf("%s sees who is inside: %v", who, err)
			}
		}
		c.read(func(ctx context.Context, tx *db.Tx) error {
			_, difference, err := c.objects.Verify(ctx, tx)
			if difference != "" {
				t.Error(difference)
			}
			return err
		})
	})
}

// TestSecondFactorUpgrade: where the migration found people who sign in, and nothing that was set, the
// upgrade says in its name that nobody has to sign in with a second factor; once, and what somebody sets
// after it stays. Verification finds it so.
func TestSecondFactorUpgrade(t *testing.T) {
	dbtest.EachAddress(t, func(t *testing.T, address string) {
		open := func(want string, acts int) *db.DB {
			t.Helper()
			d, err := bundle.Open(t.Context(), address, db.Options{Volatile: true})
			if err != nil {
				t.Fatal(err)
			}
			values, err := bundle.Objects(d).SettingValues(t.Context(), operator)
			if err != nil || values[access.SecondFactor] != want {
				t.Errorf("the setting is %q: %v", values[access.SecondFactor], err)
			}
			var by []ledger.By
			if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				var f access.Findings
				if _, err := bundle.Compare(ctx, tx, &f); err != nil || f.String() != "" {
					t.Errorf("%s %v", f.String(), err)
				}
				return ledger.Each(ctx, tx, []string{access.SettingAct}, func(e ledger.Entry) error {
					by = append(by, e.By)
					return nil
				})
			}); err != nil || len(by) != acts || acts > 0 && by[0].Operator != "upgrade" {
				t.Errorf("set by %v: %v", by, err)
			}
			return d
		}
		shut := func(d *db.DB) {
			t.Helper()
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
		}
		shut(open(access.SecondFactorUsual, 0)) // a new node
		d := open(access.SecondFactorUsual, 0)
		if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { return db.Set(ctx, tx, "second-factor-before", "due") }); err != nil {
			t.Fatal(err)
		}
		shut(d)
		d = open("", 1)
		if _, err := bundle.Objects(d).ChangeSetting(t.Context(), operator, access.SecondFactor, access.SecondFactorUsual); err != nil {
			t.Fatal(err)
		}
		shut(d)
		shut(open(access.SecondFactorUsual, 2))
	})
}

// TestAdmissionUpgrade: whoever was inside before there were admissions is let in by the upgrade, once
// and in its name; an import alone lets nobody in.
func TestAdmissionUpgrade(t *testing.T) {
	dbtest.EachAddress(t, func(t *testing.T, address string) {
		open := func() *db.DB {
			t.Helper()
			d, err := bundle.Open(t.Context(), address, db.Options{Volatile: true})
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		d := open()
		files, err := bundle.Files(demo.Files())
		if err == nil {
			_, err = bundle.Import(t.Context(), d, bundle.Objects(d), operator, files, bundle.Options{})
		}
		if err != nil {
			t.Fatal(err)
		}
		count := func() (n, by int) {
			c := canary{t: t, d: d, ctx: t.Context()}
			for _, p := range c.everybody() {
				if c.actor(p).Inside() {
					n++
				}
			}
			c.read(func(ctx context.Context, tx *db.Tx) error {
				return tx.QueryRow(ctx, `select count(*) from roster_admission where body like '%"command":"upgrade"%'`).Scan(&by)
			})
			return n, by
		}
		if n, by := count(); n != 0 || by != 0 {
			t.Errorf("the file let %d people in", n)
		}
		if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { return db.Set(ctx, tx, "admission", "due") }); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			d = open()
			if n, by := count(); n != 6 || by != 6 {
				t.Errorf("the upgrade let %d people in, %d of them in its name", n, by)
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
