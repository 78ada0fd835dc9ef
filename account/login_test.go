package account_test

import (
	"context"
	"fmt"
	"testing"

	"entente/account"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
)

// TestLoginNames: a name is kept as it was typed; case and width do not matter when somebody signs
// in, whatever else is seen does. Who was given a name when names were folded signs in as ever, and
// nobody is given a name that is such a one.
func TestLoginNames(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := account.New(d)
		tries := 0
		signs := func(login, password string) ref.Person {
			t.Helper()
			tries++
			p, err := s.SignIn(t.Context(), fmt.Sprint("address ", tries), login, password)
			if err != nil && !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
			return p.Person
		}
		hyphen, space, old, other := person(t, d, "hyphen"), person(t, d, "space"), person(t, d, "old"), person(t, d, "other")
		set := func(p ref.Person, login, password string) error {
			return s.SetPassword(t.Context(), operator, p, login, password)
		}
		const one, two, three = "quittenmus am morgen", "mispelmus am abend", "vogelbeere im herbst"
		if err := set(hyphen, "Li-Wei", one); err != nil {
			t.Fatal(err)
		}
		if err := set(space, " li  wei ", two); err != nil {
			t.Fatal(err)
		}
		logins, err := s.Logins(t.Context(), operator)
		if err != nil || logins[hyphen] != "Li-Wei" || logins[space] != "li wei" {
			t.Errorf("%q %v", logins, err)
		}
		for login, want := range map[string]ref.Person{"li-wei": hyphen, "LI-WEI": hyphen, "ｌｉ－ｗｅｉ": hyphen, "li_wei": "", "li.wei": "", "liwei": "", "li wei": "", "li–wei": ""} {
			if got := signs(login, one); got != want {
				t.Errorf("%q signs in %q, want %q", login, got, want)
			}
		}
		if signs("Li  Wei", two) != space || signs("Li  Wei", one) != "" {
			t.Error("a name with a space")
		}
		if err := set(other, "LI-wei", three); !fault.Is(err, fault.Invalid) {
			t.Errorf("a name twice: %v", err)
		}

		// What looks like a name that is taken is given to nobody but whom it belongs to.
		for _, login := range []string{"li–wei", "li—wei", "li\u2011wei", "lі-wei", "LІ-WEI", "ӏi-wei", "li-wеi", "l\u0456-we\u0456", "li-wei\ufe0f", "li-\u115fwei", "li\u2800wei", "lι-wei"} {
			if err := set(other, login, three); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q is given beside li-wei: %v", login, err)
			}
		}
		if err := set(hyphen, "Li–Wei", one); err != nil || signs("Li–Wei", one) != hyphen {
			t.Errorf("one's own name otherwise: %v", err)
		}
		for _, login := range []string{"li_wei", "li.wei", "liwei", "lí-wei"} {
			if err := set(other, login, three); err != nil {
				t.Errorf("%q is refused: %v", login, err)
			}
		}

		// As an earlier version left it: folded, and nothing of how it was typed.
		if err := set(old, "cn focal point", three); err != nil {
			t.Fatal(err)
		}
		err = d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `update credential set shown = '' where person = $1`, old)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, login := range []string{"cn-focal-point", "CN Focal Point", "cn_focal·point", "cn focal point"} {
			if signs(login, three) != old {
				t.Errorf("%q signs nobody in", login)
			}
			if err := set(other, login, one); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q is given to another: %v", login, err)
			}
			if p, err := s.WhoSignsIn(t.Context(), login); err != nil || p != old {
				t.Errorf("%q is %q, %v", login, p, err)
			}
		}
		// A new password under the name that is listed changes nothing of that; a new name does.
		if err := set(old, "cn focal point", one); err != nil || signs("cn-focal-point", one) != old {
			t.Errorf("a new password: %v", err)
		}
		if err := set(old, "cn-focal-point", two); err != nil || signs("cn focal point", two) != "" || signs("cn-focal-point", two) != old {
			t.Errorf("a new name: %v", err)
		}
		for _, none := range []string{"", "-", " ", "\u200b"} {
			if err := set(other, none, one); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q is taken for a name: %v", none, err)
			}
		}
	})
}
