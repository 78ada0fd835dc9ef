package account_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"entente/access"
	"entente/account"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/seal"
	"entente/ledger"
	"entente/standard/totp"
)

const nodeKey = "PRIVATE+KEY+entente/test+00000000+AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="

func box(t *testing.T, key string) *seal.Box {
	t.Helper()
	b, err := seal.New(key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// clock is the node's time, moved by hand. What is noted beside the requests reads it too.
type clock struct{ nanoseconds atomic.Int64 }

func (c *clock) read() time.Time { return time.Unix(0, c.nanoseconds.Load()).UTC() }

func (c *clock) set(t time.Time) { c.nanoseconds.Store(t.UnixNano()) }

func (c *clock) wait(d time.Duration) { c.nanoseconds.Add(int64(d)) }

// step waits until the next code.
func (c *clock) step() { c.wait(30 * time.Second) }

func newClock() *clock {
	c := &clock{}
	c.set(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	return c
}

// withSecond is a focal point of NIA who has a second factor.
type withSecond struct {
	*people
	c      *clock
	who    access.Actor
	secret []byte
	codes  []string
}

func newSecond(t *testing.T, d *db.DB, c *clock) *withSecond {
	t.Helper()
	w := &withSecond{people: newPeople(t, d), c: c}
	w.s.Sealing(box(t, nodeKey))
	w.who = w.actor(w.invite(w.actor(w.team), w.nia, access.FocalPoint, "nia"))
	w.set(password)
	return w
}

func (w *withSecond) code() string { return totp.Code(w.secret, w.c.read()) }

// set sets the second factor.
func (w *withSecond) set(password string) {
	w.t.Helper()
	ctx := w.t.Context()
	want(w.t, w.s.BeginSecond(ctx, w.who, password), "")
	f, err := w.s.SecondOf(ctx, w.who)
	want(w.t, err, "")
	w.secret = f.Secret
	w.c.step()
	w.codes, err = w.s.SetSecond(ctx, w.who, "", w.code())
	want(w.t, err, "")
	if len(w.codes) != account.RecoveryCodes || len(slices.Compact(slices.Sorted(slices.Values(w.codes)))) != len(w.codes) {
		w.t.Errorf("recovery codes %v", w.codes)
	}
}

// password gives what the password alone proves.
func (w *withSecond) password() account.Proved {
	w.t.Helper()
	p, err := w.s.SignIn(w.t.Context(), "here", "nia", password)
	want(w.t, err, "")
	return p
}

// acts are the ledger's entries about the person, in their order.
func (w *withSecond) acts() (names []string) {
	w.t.Helper()
	want(w.t, w.d.Read(w.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.Query(ctx, `select body from entry order by seq`)
		entries, err := db.Rows(rows, err, func(r *sql.Rows) (e ledger.Entry, err error) {
			var body []byte
			if err := r.Scan(&body); err != nil {
				return e, err
			}
			return e, json.Unmarshal(body, &e)
		})
		for _, e := range entries {
			if e.Object == ref.ID(w.who.Person) {
				names = append(names, e.Act)
			}
		}
		return err
	}), "")
	return names
}

func TestSecond(t *testing.T) {
	c := newClock()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newSecond(t, d, c)
		ctx, s := t.Context(), w.s
		p := w.password()
		if !p.Code || p.Person != w.who.Person {
			t.Errorf("the password alone proves %+v", p)
		}
		_, err := s.Code(ctx, "here", p, w.code()) // used when it was set
		want(t, err, fault.Invalid)
		c.step()
		if _, err = s.Code(ctx, "here", p, " "+w.code()[:3]+" "+w.code()[3:]); err != nil {
			t.Errorf("a code in groups: %v", err)
		}
		_, err = s.Code(ctx, "here", p, w.code())
		want(t, err, fault.Invalid) // once
		before := w.code()
		c.step()
		c.step()
		c.step()
		_, err = s.Code(ctx, "here", p, before)
		want(t, err, fault.Invalid)
		_, err = s.Code(ctx, "here", p, totp.Code(w.secret, c.read().Add(30*time.Second)))
		want(t, err, "") // a clock that is ahead
		_, err = s.Code(ctx, "here", p, w.code())
		want(t, err, fault.Invalid) // of an earlier step than the one used

		recovered, err := s.Code(ctx, "here", p, strings.ToLower(account.GroupCode(w.codes[0])))
		want(t, err, "")
		if !recovered {
			t.Error("a recovery code is taken for another")
		}
		for _, wrong := range []string{w.codes[0], "", "AAAABBBBCCCCDDDD", "密码", strings.Repeat("A", 10_000)} {
			_, err = s.Code(ctx, "here", p, wrong)
			want(t, err, fault.Invalid)
		}
		if f, err := s.SecondOf(ctx, w.who); err != nil || f.Left != account.RecoveryCodes-1 || f.Since == "" || f.Secret != nil {
			t.Errorf("%+v %v", f, err)
		}

		// Somebody else's code and recovery code are nobody's.
		other := w.actor(w.invite(w.actor(w.team), w.mps, access.FocalPoint, "mps"))
		q, err := s.SignIn(ctx, "there", "mps", password)
		want(t, err, "")
		if q.Code {
			t.Error("a code is owed by somebody who has no second factor")
		}
		_, err = s.Code(ctx, "there", account.Proved{Person: other.Person, Password: q.Password}, w.codes[1])
		want(t, err, fault.NotFound)

		// A password that was changed meanwhile ends what was begun with the old one.
		p = w.password()
		c.step()
		want(t, s.ChangePassword(ctx, w.who, "", password, "another sentence"), "")
		c.step()
		_, err = s.Code(ctx, "here", p, w.code())
		want(t, err, fault.NotFound)
		if got := strings.Join(w.acts(), " "); got != "person.invite person.accept person.second-factor person.own-password" {
			t.Errorf("the ledger has %s", got)
		}
	}, db.Options{Clock: c.read, Volatile: true})
}

// TestSecondOwn: it is set, renewed and dropped by whoever has the password and a code, and by
// nobody else; each is an entry.
func TestSecondOwn(t *testing.T) {
	c := newClock()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newSecond(t, d, c)
		ctx, s := t.Context(), w.s
		want(t, s.BeginSecond(ctx, w.who, password), fault.Conflict)
		_, err := s.SetSecond(ctx, w.who, "", w.code())
		want(t, err, fault.NotFound)
		c.step()
		_, err = s.RenewRecovery(ctx, w.who, "wrong wrong wrong", w.code())
		want(t, err, fault.Invalid)
		_, err = s.RenewRecovery(ctx, w.who, password, "")
		want(t, err, fault.Invalid)
		codes, err := s.RenewRecovery(ctx, w.who, password, w.code())
		want(t, err, "")
		p := w.password()
		_, err = s.Code(ctx, "here", p, w.codes[3])
		want(t, err, fault.Invalid)
		_, err = s.Code(ctx, "here", p, codes[3])
		want(t, err, "")

		want(t, s.DropSecond(ctx, w.who, "", "wrong wrong wrong", codes[4]), fault.Invalid)
		want(t, s.DropSecond(ctx, w.who, "", password, codes[3]), fault.Invalid)
		want(t, s.DropSecond(ctx, w.who, "", password, codes[4]), "") // the telephone is lost
		want(t, s.DropSecond(ctx, w.who, "", password, codes[5]), fault.NotFound)
		_, err = s.Code(ctx, "here", p, codes[5])
		want(t, err, fault.NotFound)
		if w.password().Code {
			t.Error("a code is owed that nobody has")
		}

		// What is begun waits ten minutes, and a first code that is wrong sets nothing.
		want(t, s.BeginSecond(ctx, w.who, "wrong wrong wrong"), fault.Invalid)
		want(t, s.BeginSecond(ctx, w.who, password), "")
		f, err := s.SecondOf(ctx, w.who)
		want(t, err, "")
		_, err = s.SetSecond(ctx, w.who, "", "000000")
		want(t, err, fault.Invalid)
		if w.password().Code {
			t.Error("a code is owed before the second factor is set")
		}
		c.wait(account.PendingLasts + time.Minute)
		_, err = s.SetSecond(ctx, w.who, "", totp.Code(f.Secret, c.read()))
		want(t, err, fault.NotFound)
		if f, err := s.SecondOf(ctx, w.who); err != nil || f.Secret != nil || f.Since != "" {
			t.Errorf("what was begun and left: %+v %v", f, err)
		}
		w.set(password)
		if got := strings.Join(w.acts(), " "); got != "person.invite person.accept person.second-factor person.recovery-codes person.second-factor-drop person.second-factor" {
			t.Errorf("the ledger has %s", got)
		}
		for _, who := range []access.Actor{access.Visitor, operator} {
			want(t, s.BeginSecond(ctx, who, password), fault.Forbidden)
			_, err = s.SetSecond(ctx, who, "", w.code())
			want(t, err, fault.Forbidden)
			want(t, s.DropSecond(ctx, who, "", password, w.code()), fault.Forbidden)
			_, err = s.SecondOf(ctx, who)
			want(t, err, fault.Forbidden)
		}
		// Without a box there is none; nobody is let in by the password alone because of that.
		bare := account.New(d)
		want(t, bare.BeginSecond(ctx, w.actor(w.team), password), fault.Unavailable)
		p, err = bare.SignIn(ctx, "here", "nia", password)
		want(t, err, "")
		if !p.Code {
			t.Error("let in by the password alone")
		}
		_, err = bare.Code(ctx, "here", p, w.code())
		want(t, err, fault.Unavailable)
	}, db.Options{Clock: c.read, Volatile: true})
}

// TestSecondLost: a fresh invitation is the way back in for whoever has lost everything; it drops
// the second factor when it is used, not when it is given, and an end of the account drops it too.
func TestSecondLost(t *testing.T) {
	c := newClock()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newSecond(t, d, c)
		ctx, s, team := t.Context(), w.s, w.actor(w.team)
		if st, err := s.StateOf(ctx, team, w.who.Person); err != nil || !st.Second {
			t.Errorf("%+v %v", st, err)
		}
		_, err := s.Reinvite(ctx, w.actor(w.invite(team, w.mps, access.FocalPoint, "mps")), w.who.Person)
		want(t, err, fault.Forbidden)
		link, err := w.reset(team, w.who.Person)
		want(t, err, "")
		if !w.password().Code {
			t.Error("a code that was given drops the second factor before it is used")
		}
		if i, err := s.Invited(ctx, "here", link); err != nil || !i.Second {
			t.Errorf("%+v %v", i, err)
		}
		_, err = s.Accept(ctx, "here", link, "nia", password)
		want(t, err, "")
		if w.password().Code {
			t.Error("the second factor outlives the fresh code")
		}
		if got := strings.Join(w.acts(), " "); got != "person.invite person.accept person.second-factor person.reset-ask person.link person.second-factor-drop person.accept" {
			t.Errorf("the ledger has %s", got)
		}
		w.set(password)
		want(t, s.End(ctx, team, w.who.Person, "left"), "")
		want(t, d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			var n int
			err := tx.QueryRow(ctx, `select (select count(*) from account_factor) + (select count(*) from account_recovery)`).Scan(&n)
			if n > 0 {
				t.Errorf("%d rows are left of somebody who left", n)
			}
			return err
		}), "")
	}, db.Options{Clock: c.read, Volatile: true})
}

// TestSecondThrottle: codes are not guessed at speed, also by who knows the password, from one
// address or from many; and a recovery code lets in meanwhile.
func TestSecondThrottle(t *testing.T) {
	c := newClock()
	d := dbtest.New(t, db.Options{Clock: c.read, Volatile: true})
	w := newSecond(t, d, c)
	ctx, s := t.Context(), w.s
	p := w.password()
	tried := 0
	var err error
	for i := range 100 {
		c.wait(time.Second)
		if _, err = s.Code(ctx, strings.Repeat("x", i), p, "000000"); !fault.Is(err, fault.TooMany) {
			tried++
		}
	}
	if tried > 8 {
		t.Errorf("%d guesses in a hundred seconds from a hundred addresses", tried)
	}
	_, err = s.Code(ctx, "home", p, w.code())
	want(t, err, fault.TooMany)
	_, err = s.Code(ctx, "home", p, w.codes[0])
	want(t, err, "")
	c.step()
	_, err = s.Code(ctx, "home", p, w.code())
	want(t, err, "") // and then anew
	for range 320 {
		_, err = s.Code(ctx, "near", p, "AAAABBBBCCCCDDDD")
	}
	want(t, err, fault.TooMany)
}

// TestSecondAtRest: a copy of the database holds no secret; under another key and in another
// person's row it does not open, with a fault that says why.
func TestSecondAtRest(t *testing.T) {
	c := newClock()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newSecond(t, d, c)
		ctx := t.Context()
		other := w.actor(w.invite(w.actor(w.team), w.mps, access.FocalPoint, "mps"))
		want(t, w.s.BeginSecond(ctx, other, password), "")
		for table, column := range map[string]string{"account_factor": "secret", "entry": "body", "revision": "body", "session": "data"} {
			want(t, d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
				rows, err := tx.Query(ctx, `select `+column+` from `+table+` where `+column+` is not null`)
				all, err := db.Rows(rows, err, func(r *sql.Rows) (b []byte, err error) { err = r.Scan(&b); return b, err })
				for _, b := range all {
					for _, secret := range append([]string{string(w.secret), totp.Text(w.secret)}, w.codes...) {
						if strings.Contains(string(b), secret) {
							t.Errorf("%s holds a secret in clear", table)
						}
					}
				}
				return err
			}), "")
		}
		want(t, d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			var n int
			err := tx.QueryRow(ctx, `select count(*) from account_recovery where token in ($1, $2)`, w.codes[0], w.codes[1]).Scan(&n)
			if n > 0 {
				t.Error("recovery codes stand in clear")
			}
			return err
		}), "")

		p := w.password()
		c.step()
		foreign := account.New(d).Sealing(box(t, strings.Replace(nodeKey, "AQ", "BQ", 1)))
		_, err := foreign.Code(ctx, "here", p, w.code())
		want(t, err, fault.Unavailable)
		if !errors.Is(err, seal.ErrKey) || !strings.Contains(err.Error(), "another node") {
			t.Errorf("under another key: %v", err)
		}
		want(t, d.Write(ctx, func(ctx context.Context, tx *db.Tx) error { // mps puts its own secret into the row of NIA
			_, err := tx.Exec(ctx, `update account_factor set secret = (select secret from account_factor where person = $1) where person = $2`, other.Person, w.who.Person)
			return err
		}), "")
		_, err = w.s.Code(ctx, "here", p, w.code())
		want(t, err, fault.Unavailable)
		if !errors.Is(err, seal.ErrChanged) {
			t.Errorf("in another row: %v", err)
		}
	}, db.Options{Clock: c.read, Volatile: true})
}

// TestOwes: who holds a function for which a second factor is required, and has none.
func TestOwes(t *testing.T) {
	c := newClock()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newSecond(t, d, c)
		ctx, s := t.Context(), w.s
		o := access.NewObjects(d)
		owes := func(who access.Actor, want bool) {
			t.Helper()
			if got, err := s.Owes(ctx, who); err != nil || got != want {
				t.Errorf("owes: %v %v, want %v", got, err, want)
			}
		}
		team := w.actor(w.team)
		owes(team, true) // nobody set anything
		owes(w.who, false)
		owes(w.actor(w.root), true)
		owes(w.actor(w.invite(team, w.mps, access.FocalPoint, "mps")), true)
		owes(w.actor(w.invite(team, w.mps, access.Contributor, "mps-2")), false)
		_, err := o.ChangeSetting(ctx, w.actor(w.root), access.SecondFactor, "project-team， focal-point focal-point")
		want(t, err, "")
		owes(team, true)
		owes(w.who, false) // has one
		owes(w.actor(w.root), false)
		owes(access.Visitor, false)
		owes(operator, false)
		_, err = o.ChangeSetting(ctx, operator, access.SecondFactor, "")
		want(t, err, "")
		owes(team, false)
	}, db.Options{Clock: c.read, Volatile: true})
}
