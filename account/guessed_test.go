package account_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/ref"
)

// told counts what a person was told of the account, by a word.
func told(t *testing.T, d *db.DB, person ref.Person, what string) int {
	t.Helper()
	return toldKind(t, d, person, "security", what)
}

// toldKind counts the notices of a kind that a person has, by a word.
func toldKind(t *testing.T, d *db.DB, person ref.Person, kind, what string) (n int) {
	t.Helper()
	want(t, d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		all, err := db.Collect(ctx, tx, db.One[string], `select detail from notice where person = $1 and kind = $2`, person, kind)
		for _, detail := range all {
			if strings.Contains(detail, `"`+what+`"`) {
				n++
			}
		}
		return err
	}), "")
	return n
}

// TestGuessesAreTold: six wrong codes, or ten wrong passwords, are told to their person, once for each
// series, which what is right ends; a name that is nobody's is told to nobody.
func TestGuessesAreTold(t *testing.T) {
	c := newClock()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newSecond(t, d, c)
		codes := func(n int) {
			t.Helper()
			for range n {
				c.wait(6 * time.Minute) // as often as one may
				proved := w.password()
				if _, err := w.s.Code(t.Context(), "x", proved, "000000"); err == nil {
					t.Fatal("a wrong code is right")
				}
			}
		}
		expect := func(what string, n int) {
			t.Helper()
			if got := told(t, d, w.who.Person, what); got != n {
				t.Errorf("told of %s %d times, want %d", what, got, n)
			}
		}
		codes(5)
		expect("codes", 0)
		codes(1)
		expect("codes", 1)
		codes(40)
		expect("codes", 1)
		c.wait(6 * time.Minute)
		proved := w.password()
		_, err := w.s.Code(t.Context(), "x", proved, w.code())
		want(t, err, "")
		codes(5)
		expect("codes", 1)
		codes(1)
		expect("codes", 2)

		passwords := func(login string, n int) {
			for range n {
				c.wait(time.Minute)
				_, _ = w.s.SignIn(t.Context(), "x", login, "a wrong guess")
			}
		}
		passwords("nia", 9)
		w.password()
		passwords("nia", 9)
		expect("passwords", 0)
		passwords("nobody", 30)
		passwords("nia", 1)
		for end := time.Now().Add(time.Minute); told(t, d, w.who.Person, "passwords") == 0; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("ten wrong passwords are not told")
			}
		}
		passwords("nia", 30)
		expect("passwords", 1)
	}, db.Options{Clock: c.read, Volatile: true})
}
