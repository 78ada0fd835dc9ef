package account_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/account"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/ledger"
	"entente/roster"
)

var operator = access.Operator("test")

const password = "a sentence to remember"

// person enters somebody and gives the id.
func person(t *testing.T, d *db.DB, title string) ref.Person {
	t.Helper()
	o := &access.Object[roster.Person]{Value: roster.Person{Title: text.Both(title, title), Functions: []roster.Held{{Function: access.Expert}}}}
	o.Dialogue = "d"
	if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return roster.People.Save(ctx, tx, operator, "person.create", o, "")
	}); err != nil {
		t.Fatal(err)
	}
	return ref.Person(o.ID)
}

func want(t *testing.T, err error, k fault.Kind) {
	t.Helper()
	if fault.Of(err) != k || k == "" && err != nil {
		t.Errorf("got %v, want the fault %q", err, k)
	}
}

func TestSignIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := account.New(d)
		li := person(t, d, "Focal point")
		want(t, s.SetPassword(t.Context(), operator, li, "Li.Wei", password), "")
		got, err := s.SignIn(t.Context(), "a", "ｌｉ.wei", password) // in any case and width
		if err != nil || got.Person != li || got.Code {
			t.Errorf("signed in as %+v: %v", got, err)
		}
		for _, c := range []struct{ name, password string }{
			{"li.wei", "a sentence to forget"}, {"li.wei", ""}, {"nobody", password}, {"", ""}, {"li.wei", strings.Repeat("x", 100_000)}, {"li.wei", "\xff"},
		} {
			_, err := s.SignIn(t.Context(), "b", c.name, c.password)
			want(t, err, fault.Invalid)
		}
		// A new password, and the old one is no longer one.
		want(t, s.SetPassword(t.Context(), operator, li, "li.wei", "another sentence"), "")
		_, err = s.SignIn(t.Context(), "c", "li.wei", password)
		want(t, err, fault.Invalid)
		// Who was removed does not come in.
		o := access.Object[roster.Person]{}
		if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
			if o, err = roster.People.Load(ctx, tx, operator, ref.ID(li)); err != nil {
				return err
			}
			o.Tombstone = "left"
			return roster.People.Save(ctx, tx, operator, "person.edit", &o, "")
		}); err != nil {
			t.Fatal(err)
		}
		_, err = s.SignIn(t.Context(), "d", "li.wei", "another sentence")
		want(t, err, fault.Invalid)
	})
}

func TestSetPassword(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := account.New(d)
		a, b := person(t, d, "A"), person(t, d, "B")
		want(t, s.SetPassword(t.Context(), operator, a, "desk", password), "")
		want(t, s.SetPassword(t.Context(), operator, b, "DESK", password), fault.Invalid)
		want(t, s.SetPassword(t.Context(), operator, b, "", password), fault.Invalid)
		want(t, s.SetPassword(t.Context(), operator, b, "other", "short"), fault.Invalid)
		want(t, s.SetPassword(t.Context(), operator, "none", "other", password), fault.NotFound)
		team := access.NewActor(access.Actor{Person: a, Dialogue: "d", Functions: []access.Function{access.ProjectTeam}}, access.DialogueOf("d"))
		want(t, s.SetPassword(t.Context(), team, b, "other", password), fault.Forbidden)
		if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			var clear int
			if err := tx.QueryRow(ctx, `select count(*) from credential where hash like '%'||$1||'%'`, password).Scan(&clear); err != nil {
				return err
			}
			if clear > 0 {
				t.Error("a password stands in clear")
			}
			n, err := ledger.Size(ctx, tx)
			if n != 3 { // two people entered, one password set
				t.Errorf("%d entries", n)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestLink(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := account.New(d)
		token, err := s.NewLink(t.Context(), "first", "detail", time.Minute)
		want(t, err, "")
		if got, err := s.Link(t.Context(), "first", token, false); err != nil || got != "detail" {
			t.Errorf("%q %v", got, err)
		}
		_, err = s.Link(t.Context(), "other", token, true)
		want(t, err, fault.NotFound)
		_, err = s.Link(t.Context(), "first", token, true)
		want(t, err, "")
		_, err = s.Link(t.Context(), "first", token, true)
		want(t, err, fault.NotFound)
		late, err := s.NewLink(t.Context(), "first", "", -time.Second)
		want(t, err, "")
		_, err = s.Link(t.Context(), "first", late, true)
		want(t, err, fault.NotFound)
	})
}

// TestSessions: a session ends when it expires and when it is not used.
func TestSessions(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		start := now
		defer func() { now = start }()
		s := account.NewSessions(d)
		b, err := account.Codec{}.Encode(now.Add(12*time.Hour), map[string]any{"person": "p"})
		want(t, err, "")
		want(t, s.Commit("t", b, now.Add(12*time.Hour)), "")
		found := func() bool {
			got, ok, err := s.Find("t")
			if err != nil || ok && string(got) != string(b) {
				t.Errorf("%s %v", got, err)
			}
			return ok
		}
		if !found() {
			t.Error("it is not found")
		}
		now = now.Add(account.Idle + time.Minute)
		if found() {
			t.Error("an idle session goes on")
		}
		want(t, s.Commit("t", b, now.Add(time.Hour)), "")
		now = now.Add(61 * time.Minute)
		if found() {
			t.Error("an expired session goes on")
		}
		want(t, s.Commit("t", b, now.Add(time.Hour)), "")
		want(t, s.Delete("t"), "")
		if found() {
			t.Error("a session that was ended goes on")
		}
	}, db.Options{Clock: func() time.Time { return now }, Volatile: true})
}
