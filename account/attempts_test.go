package account_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entente/access"
	"entente/account"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
)

// TestAttemptsAreCountedTogether: two processes of a node count as one, a restart forgets nothing,
// and no name that was typed is kept.
func TestAttemptsAreCountedTogether(t *testing.T) {
	var late atomic.Int64
	start := time.Now()
	clock := func() time.Time { return start.Add(time.Duration(late.Load())) }
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		late.Store(0)
		var tried, slowed, waited atomic.Int64
		slow := func(_ context.Context, long time.Duration) error {
			slowed.Add(1)
			waited.Store(int64(long))
			return nil
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				s := account.New(d).Pausing(slow) // as a process of its own
				for range 5 {
					_, err := s.SignIn(t.Context(), "192.0.2.1", "secret-in-the-wrong-field", password)
					if fault.Is(err, fault.Invalid) {
						tried.Add(1)
					} else {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if n, m := tried.Load(), slowed.Load(); n != 20 || m != 12 {
			t.Errorf("%d attempts were made, %d of them slowly; want 20 and 12", n, m)
		}
		turn := func() bool { // whether it has a turn, and does not wait as long as it may
			_, err := account.New(d).Pausing(slow).SignIn(t.Context(), "192.0.2.1", "secret-in-the-wrong-field", password)
			return fault.Is(err, fault.Invalid) && waited.Load() < int64(10*time.Second)
		}
		late.Store(int64(11 * time.Second))
		if !turn() || turn() {
			t.Error("not one more after a while")
		}
		late.Store(int64(44 * time.Hour))
		if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			keys, err := db.Collect(ctx, tx, db.One[string], `select key from account_attempt`)
			for _, k := range keys {
				if len(k) != 64 {
					t.Errorf("a key in clear: %s", k)
				}
			}
			if len(keys) != 4 {
				t.Errorf("%d keys", len(keys))
			}
			if err != nil {
				return err
			}
			return account.Clean(ctx, tx)
		}); err != nil {
			t.Fatal(err)
		}
		if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			n, err := db.Collect(ctx, tx, db.One[int], `select count(*) from account_attempt`)
			if err == nil && n[0] != 0 {
				t.Errorf("%d keys stay", n[0])
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}, db.Options{Volatile: true, Clock: clock})
}

// guarded is a node on which a focal point signs in by name, with the time standing still.
func guarded(t *testing.T, d *db.DB) (p *people, nia ref.Person, try func(from, login, password string) fault.Kind) {
	t.Helper()
	p = newPeople(t, d)
	p.s.Sealing(box(t, nodeKey))
	nia = p.invite(p.actor(p.team), p.nia, access.FocalPoint, "nia")
	return p, nia, func(from, login, password string) fault.Kind {
		_, err := p.s.SignIn(t.Context(), from, login, password)
		return fault.Of(err)
	}
}

// TestGuardIsNoLock: right passwords are not counted, and wrong ones keep neither other names of the
// same address out, nor the same name from elsewhere, nor its owner where that is usual.
func TestGuardIsNoLock(t *testing.T) {
	c := newClock()
	d := dbtest.New(t, db.Options{Clock: c.read, Volatile: true})
	p, nia, try := guarded(t, d)
	for i := range 20 {
		if k := try("ministry", "nia", password); k != "" {
			t.Fatalf("right password %d in a row: %s", i, k)
		}
	}
	slow := false
	p.s.Pausing(func(context.Context, time.Duration) error { slow = true; return nil })
	n := 0
	for ; n < 100 && !slow; n++ {
		try("ministry", "nia", "a wrong guess")
	}
	if n != 9 {
		t.Errorf("slow after %d guesses", n)
	}
	if k := try("home", "nia", password); k != "" {
		t.Errorf("the same name from elsewhere: %s", k)
	}
	mps := p.invite(p.actor(p.team), p.mps, access.FocalPoint, "mps")
	if k := try("ministry", "mps", password); k != "" {
		t.Errorf("another name from the same address: %s", k)
	}
	// One who goes on and on from one place keeps nobody out.
	for range 30 {
		c.wait(10 * time.Second)
		try("ministry", "nia", "a wrong guess")
	}
	if k := try("home", "nia", password); k != "" {
		t.Errorf("kept out by one guess in ten seconds: %s", k)
	}
	// Many places together make a name wait, and not a device on which its owner has signed in.
	for i := 0; ; i++ {
		if i == 80 {
			t.Fatal("a name is guessed from many addresses without limit")
		}
		if try(fmt.Sprint("place ", i/4), "nia", "a wrong guess") == fault.TooMany {
			break
		}
	}
	if k := try("home", "nia", password); k != "" {
		t.Errorf("the owner on a new device: %s", k)
	}
	for range 3 {
		if k := try("home", "nia", "a wrong guess"); k != fault.Invalid {
			t.Errorf("a slip of the owner: %s", k)
		}
	}
	if k := try("home", "nia", password); k != fault.TooMany {
		t.Errorf("guessing goes on: %s", k)
	}
	words, ok := p.s.Remember(nia)
	if both, _ := p.s.On(words).Remember(mps); !ok || both == words {
		t.Error("a browser knows one person alone")
	} else {
		words = both
	}
	if _, again := p.s.On(words).Remember(nia); again {
		t.Error("a browser is told anew each time")
	}
	sign := func(words, login, password string) fault.Kind {
		_, err := p.s.On(words).SignIn(t.Context(), "home", login, password)
		return fault.Of(err)
	}
	if k := sign(words, "nia", password); k != "" {
		t.Errorf("kept out of a known device: %s", k)
	}
	other, _ := p.s.Remember(mps)
	for _, w := range []string{other, words[:len(words)-1], "x." + other, strings.Repeat("x.", 1000) + words} {
		if strings.HasPrefix(words, w) {
			continue // the first word is whole there
		}
		if k := sign(w, "nia", password); k != fault.TooMany {
			t.Errorf("somebody else's word is taken: %s", k)
		}
	}
	for n = 0; n < 20 && sign(words, "nia", "a wrong guess") != fault.TooMany; n++ {
	}
	if n != 9 {
		t.Errorf("%d guesses from a known device", n)
	}
	c.wait(account.DeviceLasts + time.Hour)
	if words, again := p.s.On(words).Remember(nia); !again || words == "" {
		t.Error("a device is known for ever")
	}
	if _, err := p.s.ForgetAttempts(t.Context(), p.actor(p.root)); !fault.Is(err, fault.Forbidden) {
		t.Errorf("the administrator clears what is counted: %v", err)
	}
}

// crowd is who tries at names or from an address, and waits there for a turn until free is closed. An owner
// does not wait: how long that would have been is noted.
type crowd struct {
	events chan fault.Kind
	free   chan struct{}
	waited time.Duration
}

func newCrowd(p *people) *crowd {
	c := &crowd{events: make(chan fault.Kind, 1000), free: make(chan struct{})}
	p.s.Pausing(func(ctx context.Context, long time.Duration) error {
		if ctx.Value(c) != nil {
			c.waited = long
			return nil
		}
		c.events <- "waits"
		<-c.free
		return nil
	})
	return c
}

// owner gives the context of who does not wait.
func (c *crowd) owner(t *testing.T) context.Context { return context.WithValue(t.Context(), c, true) }

// kinds counts what became of so many guesses.
func (c *crowd) kinds(n int) map[fault.Kind]int {
	kinds := map[fault.Kind]int{}
	for range n {
		kinds[<-c.events]++
	}
	return kinds
}

// TestNameIsNoLock: who tries a name from many places at a time, and waits there for a turn, keeps its
// owner waiting on a new device and not out, and gains few guesses by it. What the owner does right is
// not counted.
func TestNameIsNoLock(t *testing.T) {
	c := newClock()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPeople(t, d)
		p.invite(p.actor(p.team), p.nia, access.FocalPoint, "nia")
		at := newCrowd(p)
		var guesses sync.WaitGroup
		guess := func(n, each int) map[fault.Kind]int {
			for i := range n {
				for range each {
					guesses.Go(func() {
						_, err := p.s.SignIn(t.Context(), fmt.Sprint("place ", i), "nia", "a wrong guess")
						at.events <- fault.Of(err)
					})
				}
			}
			return at.kinds(n * each)
		}
		if k := guess(25, 2); k[fault.Invalid] != 50 {
			t.Errorf("the first guesses: %v", k)
		}
		if k := guess(65, 1); k["waits"] != 65 {
			t.Errorf("sixty and more at a time: %v", k)
		}
		for range 5 {
			at.waited = 0
			if _, err := p.s.SignIn(at.owner(t), "home", "nia", password); err != nil {
				t.Fatalf("the owner on a new device: %v", err)
			}
			if at.waited == 0 {
				t.Error("a name that many try is not slow")
			}
		}
		close(at.free)
		guesses.Wait()
		for len(at.events) > 0 {
			<-at.events
		}
		let := 0
		for range 8 {
			_, err := p.s.SignIn(t.Context(), "a new place", "nia", "a wrong guess")
			if fault.Is(err, fault.Invalid) {
				let++
			}
		}
		if let != 3 {
			t.Errorf("a new place is let through %d times", let)
		}
	}, db.Options{Clock: c.read, Volatile: true})
}

// TestAddressIsNoLock: who shares an address with whoever guesses without end, at the same name or at
// others, is slowed with the right password and not refused, as long as there is a place among those who
// wait; whoever guesses at one name takes no more than some of those. What is guessed so has an end, at the
// name from all addresses together too.
func TestAddressIsNoLock(t *testing.T) {
	c := newClock()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPeople(t, d)
		for _, login := range []string{"nia", "neighbour"} {
			p.invite(p.actor(p.team), p.nia, access.FocalPoint, login)
		}
		at := newCrowd(p)
		guess := func(n int, from, login string) map[fault.Kind]int {
			for range n {
				go func() {
					_, err := p.s.SignIn(t.Context(), from, login, "a wrong guess")
					at.events <- fault.Of(err)
				}()
			}
			return at.kinds(n)
		}
		rightAt := func(from, login string) fault.Kind {
			at.waited = 0
			_, err := p.s.SignIn(at.owner(t), from, login, password)
			return fault.Of(err)
		}
		right := func(from string) fault.Kind { return rightAt(from, "nia") }
		if k := guess(17, "house", "nia"); k[fault.Invalid] != 8 || k["waits"] != 9 {
			t.Errorf("the first guesses: %v", k)
		}
		for range 3 {
			if k := right("house"); k != "" || at.waited != 10*time.Second {
				t.Errorf("the right password beside guesses at its name: %q after %s", k, at.waited)
			}
		}
		// An address from which everything is tried.
		_ = guess(1, "everybody", "somebody")
		key := fmt.Sprintf("%x", sha256.Sum256([]byte("from everybody name")))
		if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			r, err := tx.Exec(ctx, `update account_attempt set free = $2 where key = $1`, key, db.Stamp(c.read().Add(312*time.Second)))
			if err != nil {
				return err
			}
			if n, err := r.RowsAffected(); n != 1 {
				t.Errorf("%d counts of the address: %v", n, err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if k := right("everybody"); k != "" || at.waited != 10*time.Second {
			t.Errorf("the right password where everything is tried: %q after %s", k, at.waited)
		}
		// One waits by the count of the name at the address, ten beyond it.
		if k := guess(80, "house", "nia"); k["waits"] != 2 || k[fault.TooMany] != 78 {
			t.Errorf("guesses beyond the places of a name at an address: %v", k)
		}
		if k := right("house"); k != fault.TooMany {
			t.Errorf("beyond the places: %q", k)
		}
		// Somebody else behind the address is not even slow, and slow where that one's name is tried too.
		if k := rightAt("house", "neighbour"); k != "" || at.waited != 0 {
			t.Errorf("a neighbour beside guesses at one name: %q after %s", k, at.waited)
		}
		if k := guess(17, "house", "neighbour"); k[fault.Invalid] != 8 || k["waits"] != 9 {
			t.Errorf("guesses at the neighbour's name: %v", k)
		}
		if k := rightAt("house", "neighbour"); k != "" || at.waited != 10*time.Second {
			t.Errorf("a neighbour beside guesses at both names: %q after %s", k, at.waited)
		}
		// Guesses at many names fill the address.
		for i := range 3 {
			guess(30, "house", fmt.Sprint("name ", i))
		}
		if k := rightAt("house", "neighbour"); k != fault.TooMany {
			t.Errorf("beyond the places of an address: %q", k)
		}
		// And those from several addresses the name.
		for i := range 4 {
			if k := guess(30, fmt.Sprint("house ", i), "nia"); k[fault.Invalid] != 8 || k["waits"] != 11 {
				t.Errorf("house %d: %v", i, k)
			}
		}
		if k := guess(30, "another house", "nia"); k[fault.TooMany] != 21 {
			t.Errorf("guesses at a name from more addresses: %v", k)
		}
		if k := right("home"); k != "" {
			t.Errorf("an address from which nobody guesses: %q", k)
		}
		close(at.free)
	}, db.Options{Clock: c.read, Volatile: true})
}

// TestOneMachineShutsNoName: whoever tries eight names from one place for an hour keeps nobody out of them
// elsewhere, nor makes anybody wait there.
func TestOneMachineShutsNoName(t *testing.T) {
	c := newClock()
	d := dbtest.New(t, db.Options{Clock: c.read, Volatile: true})
	p := newPeople(t, d)
	waited := false
	p.s.Pausing(func(context.Context, time.Duration) error { waited = true; return context.Canceled }) // and does not wait
	p.invite(p.actor(p.team), p.nia, access.FocalPoint, "name 0")
	for range 360 {
		c.wait(10 * time.Second)
		for i := range 8 {
			_, _ = p.s.SignIn(t.Context(), "one machine", fmt.Sprint("name ", i), "a wrong guess")
		}
	}
	waited = false
	if _, err := p.s.SignIn(t.Context(), "home", "name 0", password); err != nil || waited {
		t.Errorf("the owner elsewhere: %v, waits %v", err, waited)
	}
}

// TestForgetAttempts: the operator lets everybody begin anew.
func TestForgetAttempts(t *testing.T) {
	c := newClock()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, _, try := guarded(t, d)
		slow := false
		p.s.Pausing(func(context.Context, time.Duration) error { slow = true; return nil })
		for range 10 {
			try("x", "nia", "a wrong guess")
		}
		if slow = false; try("x", "nia", password) != "" || !slow {
			t.Fatal("a name that is guessed at is not slow")
		}
		n, err := p.s.ForgetAttempts(t.Context(), operator)
		want(t, err, "")
		slow = false
		if k := try("x", "nia", password); k != "" || slow || n != 3 {
			t.Errorf("after clearing %d: %s, slow %v", n, k, slow)
		}
	}, db.Options{Clock: c.read, Volatile: true})
}

// TestClockWasAhead: what was counted and used while the node's clock was ahead keeps nobody out when
// the clock is right again, whatever it is that was counted.
func TestClockWasAhead(t *testing.T) {
	c := newClock()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newSecond(t, d, c)
		ctx, right := t.Context(), c.read()
		for _, ahead := range []time.Duration{365 * 24 * time.Hour, 24 * time.Hour} {
			c.set(right.Add(ahead))
			proved := w.password()
			for range 10 {
				if _, err := w.s.SignIn(ctx, "x", "nia", "a wrong guess"); err == nil {
					t.Fatal("a wrong guess is right")
				}
			}
			_, err := w.s.Code(ctx, "x", proved, w.code())
			want(t, err, "")
			for range 8 {
				_, _ = w.s.Code(ctx, "x", proved, "000000")
				_, _ = w.s.Invited(ctx, "x", "AAAAAAAAAAAA")
			}
			right = right.Add(30 * time.Second)
			c.set(right)
			p, err := w.s.SignIn(ctx, "x", "nia", password)
			want(t, err, "")
			_, err = w.s.Code(ctx, "x", p, w.code())
			want(t, err, "")
		}
	}, db.Options{Clock: c.read, Volatile: true})
}

// TestSessionStoredAtOnce: a browser asks for several things at a time.
func TestSessionStoredAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := account.NewSessions(d)
		b, err := account.Codec{}.Encode(time.Now().Add(time.Hour), map[string]any{"person": "p"})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 5 {
					if err := s.CommitCtx(t.Context(), "token", b, time.Now().Add(time.Hour)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if _, found, err := s.FindCtx(t.Context(), "token"); !found || err != nil {
			t.Errorf("%v %v", found, err)
		}
	})
}
