package bundle_test

import (
	"context"
	"errors"
	"log/slog"
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

		next, code, _, err := bundle.HandOver(ctx, d, c.objects, nia, account.Handover{From: nia.Person, Function: access.FocalPoint, Stays: true, Newcomer: newcomer("", "")}, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.accept(code)
		c.inside("handed over by the focal point", true, next, nia.Person)
		if _, _, _, err := bundle.HandOver(ctx, d, c.objects, team, account.Handover{From: next, Function: access.FocalPoint, To: contributor, Stays: true}, nil); err != nil {
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
// after it stays. The row alone says nothing, where the log was not published before the node signed.
func TestSecondFactorUpgrade(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		secret, _ := dbtest.Key(t, d)
		began := func(want string, acts int) {
			t.Helper()
			if err := bundle.AsBefore(t.Context(), d, slog.New(slog.DiscardHandler)); err != nil {
				t.Fatal(err)
			}
			values, err := bundle.Objects(d).SettingValues(t.Context(), operator)
			if err != nil || values[access.SecondFactor] != want {
				t.Errorf("the setting is %q: %v", values[access.SecondFactor], err)
			}
			var by []ledger.By
			if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				return ledger.Each(ctx, tx, []string{access.SettingAct}, func(e ledger.Entry) error {
					by = append(by, e.By)
					return nil
				})
			}); err != nil || len(by) != acts || acts > 0 && by[0].Operator != account.Upgrade {
				t.Errorf("set by %v: %v", by, err)
			}
		}
		written := func(more func(context.Context, *db.Tx, string) error) {
			t.Helper()
			if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				return errors.Join(more(ctx, tx, secret), db.Set(ctx, tx, "second-factor-before", "due"))
			}); err != nil {
				t.Fatal(err)
			}
		}
		began(access.SecondFactorUsual, 0) // a new node
		written(func(context.Context, *db.Tx, string) error { return nil })
		began(access.SecondFactorUsual, 0) // of which nothing was published
		written(func(ctx context.Context, tx *db.Tx, secret string) error {
			_, err := ledger.Append(ctx, tx, operator.By(), ledger.Act{Name: "meeting.create"}, nil)
			return errors.Join(err, published(ctx, tx, secret))
		})
		began("", 1)
		if found := compared(t, d); found != "" {
			t.Error(found)
		}
		if _, err := bundle.Objects(d).ChangeSetting(t.Context(), operator, access.SecondFactor, access.SecondFactorUsual); err != nil {
			t.Fatal(err)
		}
		began(access.SecondFactorUsual, 2)
		written(func(context.Context, *db.Tx, string) error { return nil })
		began(access.SecondFactorUsual, 2) // it signs
		if found := compared(t, d); !strings.Contains(found, "no upgrade leaves it so") {
			t.Errorf("the row that somebody wrote: %q", found)
		}
	})
}

// TestAdmissionUpgrade: whoever was inside before there were admissions is let in by the upgrade, once, in its
// name, and before the entry by which the node begins to sign; an import alone lets nobody in. The row that
// asks for it lets nobody in by itself: not in a log of which nothing was published before, not once the node
// signs, and not where people were admitted; then verification tells of it, and of an admission in that name.
func TestAdmissionUpgrade(t *testing.T) {
	for name, c := range map[string]struct {
		before   func(ctx context.Context, tx *db.Tx, secret string) error // the row is written
		admitted int
		differs  bool
	}{
		"upgrade":         {before: published, admitted: 6},
		"never published": {before: func(context.Context, *db.Tx, string) error { return nil }},
		"signs": {differs: true, before: func(ctx context.Context, tx *db.Tx, secret string) error {
			if err := published(ctx, tx, secret); err != nil {
				return err
			}
			return ledger.Start(ctx, tx)
		}},
		"admitted": {admitted: 6, before: func(ctx context.Context, tx *db.Tx, secret string) error {
			if _, err := account.AdmitAll(ctx, tx, operator); err != nil {
				return err
			}
			return published(ctx, tx, secret)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				secret, _ := dbtest.Key(t, d)
				files, err := bundle.Files(demo.Files())
				if err == nil {
					_, err = bundle.Import(t.Context(), d, bundle.Objects(d), operator, files, bundle.Options{})
				}
				if err != nil {
					t.Fatal(err)
				}
				known := canary{t: t, d: d, ctx: t.Context()}
				inside := func() (n, by int) {
					for _, p := range known.everybody() {
						if known.actor(p).Inside() {
							n++
						}
					}
					known.read(func(ctx context.Context, tx *db.Tx) error {
						return tx.QueryRow(ctx, `select count(*) from roster_admission where body like '%"command":"upgrade"%'`).Scan(&by)
					})
					return n, by
				}
				if n, by := inside(); n != 0 || by != 0 {
					t.Errorf("the file let %d people in", n)
				}
				if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
					return errors.Join(c.before(ctx, tx, secret), db.Set(ctx, tx, "admission", "due"))
				}); err != nil {
					t.Fatal(err)
				}
				as := c.admitted
				if name != "upgrade" {
					as = 0
				}
				for range 2 {
					if err := bundle.AsBefore(t.Context(), d, slog.New(slog.DiscardHandler)); err != nil {
						t.Fatal(err)
					}
					if n, by := inside(); n != c.admitted || by != as {
						t.Errorf("%d people are inside, %d of them in the upgrade's name", n, by)
					}
				}
				if found := compared(t, d); (found != "") != c.differs {
					t.Errorf("verification tells: %q", found)
				}
				if as == 0 {
					return
				}
				known.read(func(ctx context.Context, tx *db.Tx) error {
					begun, err := ledger.Begun(ctx, tx)
					if err == nil && begun < 0 {
						t.Error("the node did not begin to sign")
					}
					return err
				})
				// What somebody appends in that name afterwards is told.
				if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
					_, err := ledger.Append(ctx, tx, access.Operator(account.Upgrade).By(), ledger.Act{Name: "admission.give", Object: ref.New()}, nil)
					return err
				}); err != nil {
					t.Fatal(err)
				}
				if found := compared(t, d); !strings.Contains(found, "said to be the upgrade's") {
					t.Errorf("an admission in the upgrade's name: %q", found)
				}
			})
		})
	}
}

// published signs a checkpoint as a program did before exceptional entries were signed.
func published(ctx context.Context, tx *db.Tx, secret string) error {
	_, err := ledger.Sign(ctx, tx, secret)
	return err
}

// compared gives what verification tells of the rows, "" for nothing.
func compared(t *testing.T, d *db.DB) string {
	t.Helper()
	var f access.Findings
	if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := bundle.Compare(ctx, tx, &f)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if f.Count == 0 {
		return ""
	}
	return f.String()
}
