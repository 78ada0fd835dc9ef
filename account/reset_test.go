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
	"entente/ledger"
	"entente/roster"
)

func key(err error) string {
	var f *fault.Error
	errors.As(err, &f)
	if f == nil {
		return ""
	}
	return f.Key
}

// TestResetByTwo: who can commit an institution or looks after accounts, and has an account, gets a code
// that is shown once one person asked for it and another confirmed, both of whom may; both are told of in
// the log. What was asked for ends after a week, with the asker's function, with another function of the
// person, by a new password of the person's, and by being taken back.
func TestResetByTwo(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	start := now
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now = start
		p := newPeople(t, d)
		ctx, s := t.Context(), p.s
		first, second := p.actor(p.signing("first", access.ProjectTeam)), p.actor(p.signing("second", access.ProjectTeam))
		focal := p.invite(first, p.nia, access.FocalPoint, "focal")
		contributor := p.invite(first, p.nia, access.Contributor, "contributor")
		boss, deputy := p.signing("boss", access.Administrator), p.signing("deputy", access.ProjectTeam, access.Administrator)
		refused := func(by access.Actor, of ref.Person, want string) {
			t.Helper()
			if _, err := s.Reinvite(ctx, by, of); !fault.Is(err, fault.Forbidden) || key(err) != want {
				t.Errorf("a code alone: %v, want %s", err, want)
			}
		}
		ask := func(by access.Actor, of ref.Person, k fault.Kind) { t.Helper(); want(t, s.AskReset(ctx, by, of), k) }
		waits := func(by access.Actor, of ref.Person, asker ref.Person) {
			t.Helper()
			if st, err := s.StateOf(ctx, by, of); err != nil || !st.Reset.Needed || st.Reset.By != asker || (st.Reset.Until == "") != (asker == "") {
				t.Errorf("the reset stands as %+v %v, want asked by %q", st.Reset, err, asker)
			}
		}
		confirmed := func(by access.Actor, of ref.Person) (code string) {
			t.Helper()
			code, err := s.Reinvite(ctx, by, of)
			want(t, err, "")
			return code
		}

		for _, of := range []ref.Person{focal, second.Person} {
			refused(first, of, "fault.reset-second")
		}
		ask(p.actor(boss), focal, fault.NotFound) // reads no content
		ask(p.actor(contributor), focal, fault.Forbidden)
		ask(first, contributor, fault.Forbidden) // needs nobody
		confirmed(first, contributor)

		ask(first, focal, "")
		ask(first, focal, "") // again, and it is one
		waits(first, focal, first.Person)
		waits(second, focal, first.Person)
		refused(first, focal, "fault.reset-second")
		ask(second, focal, fault.Conflict)
		if n, m := toldKind(t, d, second.Person, "authority", "reset-asked"), toldKind(t, d, focal, "security", "reset-asked"); n != 2 || m != 2 {
			t.Errorf("told %d times who may confirm, %d times the person; want 2", n, m)
		}
		if n := toldKind(t, d, boss, "authority", "reset-asked"); n != 0 {
			t.Error("who may not confirm was told")
		}
		own, err := s.OwnOf(ctx, p.actor(focal))
		if err != nil || own.Reset == "" {
			t.Errorf("the own data has %+v %v", own, err)
		}
		_, err = s.SignIn(ctx, "x", "focal", password) // nothing changed yet
		want(t, err, "")
		code := confirmed(second, focal)
		_, err = s.Accept(ctx, "x", code, "focal", password)
		want(t, err, "")
		waits(first, focal, "")
		var by, asked []ref.ID
		want(t, d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			return ledger.Each(ctx, tx, []string{"person.link", "person.reset-ask"}, func(e ledger.Entry) error {
				if e.Object == ref.ID(focal) && e.Act == "person.link" {
					by, asked = append(by, e.By.Person), append(asked, e.Part)
				}
				return nil
			})
		}), "")
		if len(by) != 1 || by[0] != ref.ID(second.Person) || asked[0] != ref.ID(first.Person) {
			t.Errorf("the entry names %v and %v", by, asked)
		}

		// What ends it.
		ask(first, focal, "")
		now = now.Add(account.ResetLasts + time.Second)
		waits(second, focal, "")
		refused(second, focal, "fault.reset-second")
		ask(second, focal, "") // and it can be asked for anew
		want(t, s.Withdraw(ctx, first, focal), "")
		refused(first, focal, "fault.reset-second")
		ask(second, focal, "")
		want(t, s.ChangePassword(ctx, p.actor(focal), "", password, "another sentence"), "")
		refused(first, focal, "fault.reset-second")
		ask(second, focal, "")
		hold := func(of ref.Person, fs ...access.Function) {
			t.Helper()
			want(t, d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
				o, err := roster.People.Load(ctx, tx, operator, ref.ID(of))
				if err != nil {
					return err
				}
				o.Value.Functions = nil
				for _, f := range fs {
					o.Value.Functions = append(o.Value.Functions, roster.Held{Function: f})
				}
				return roster.People.Save(ctx, tx, operator, "person.edit", &o, "")
			}), "")
		}
		hold(second.Person, access.Expert)
		waits(first, focal, "")
		refused(first, focal, "fault.reset-second")
		hold(second.Person, access.ProjectTeam)
		hold(focal, access.FocalPoint, access.Expert)
		waits(first, focal, "")
		want(t, s.Erase(ctx, first, focal, "x"), fault.Forbidden)
		ask(first, focal, "")
		want(t, s.End(ctx, second, focal, "left"), "")
		want(t, d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			var n int
			err := tx.QueryRow(ctx, `select count(*) from onetime where purpose = 'reset'`).Scan(&n)
			if n != 0 {
				t.Errorf("%d rows are left of who has gone", n)
			}
			return err
		}), "")

		// An administrator by others who are of the team too, or by the operator's command.
		refused(p.actor(deputy), boss, "fault.reset-second")
		third := p.actor(p.signing("third", access.ProjectTeam, access.Administrator))
		ask(p.actor(deputy), boss, "")
		refused(first, boss, "")
		confirmed(third, boss)
		confirmed(operator, deputy)
	}, db.Options{Clock: func() time.Time { return now }, Volatile: true})
}

// TestResetAlone: where one person alone may reset, that person is told that the operator's command is
// left, and the address that the account itself confirmed, to which a code goes unseen.
func TestResetAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPeople(t, d) // nobody of its team and administrators can sign in
		ctx := t.Context()
		s := p.s.Sealing(box(t, nodeKey)).Mailing(true)
		alone := p.actor(p.signing("alone", access.ProjectTeam, access.Administrator))
		focal := p.invite(alone, p.nia, access.FocalPoint, "focal")
		if st, err := s.StateOf(ctx, alone, focal); err != nil || !st.Reset.Needed || !st.Reset.Alone {
			t.Errorf("it stands as %+v %v", st.Reset, err)
		}
		if err := s.AskReset(ctx, alone, focal); !fault.Is(err, fault.Forbidden) || key(err) != "fault.reset-alone" {
			t.Errorf("asked: %v", err)
		}
		_, err := s.Reinvite(ctx, alone, focal)
		want(t, err, fault.Forbidden)
		code, err := s.Reinvite(ctx, operator, focal)
		if want(t, err, ""); code == "" {
			t.Error("the operator's command gives no code")
		}
		want(t, d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `insert into notice_address (person, address, rhythm, confirmed, token, asked) values ($1, 'focal@nia.example', 'daily', $2, '', '')`,
				focal, db.Stamp(tx.Now()))
			return err
		}), "")
		if st, err := s.StateOf(ctx, alone, focal); err != nil || st.Reset.Needed || st.Letter == "" {
			t.Errorf("with an address it stands as %+v %v", st, err)
		}
		code, err = s.Reinvite(ctx, alone, focal)
		if want(t, err, ""); code != "" {
			t.Error("a code that goes by mail is shown")
		}
		s.Mailing(false) // and would be shown
		_, err = s.Reinvite(ctx, alone, focal)
		want(t, err, fault.Forbidden)
	})
}
