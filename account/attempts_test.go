package account_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entente/account"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
)

// TestAttemptsAreCountedTogether: two processes of a node count as one, a restart forgets nothing,
// and no name that was typed is kept.
func TestAttemptsAreCountedTogether(t *testing.T) {
	var late atomic.Int64
	begun := time.Now()
	clock := func() time.Time { return begun.Add(time.Duration(late.Load())) }
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		late.Store(0)
		var tried atomic.Int64
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				s := account.New(d) // as a process of its own
				for range 5 {
					_, err := s.SignIn(t.Context(), "192.0.2.1", "secret-in-the-wrong-field", password)
					if fault.Is(err, fault.Invalid) {
						tried.Add(1)
					} else if !fault.Is(err, fault.TooMany) {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if n := tried.Load(); n != 8 {
			t.Errorf("%d attempts were let through, want 8", n)
		}
		try := func() bool {
			_, err := account.New(d).SignIn(t.Context(), "192.0.2.1", "secret-in-the-wrong-field", password)
			return fault.Is(err, fault.Invalid)
		}
		late.Store(int64(11 * time.Second))
		if !try() || try() {
			t.Error("not one more after a while")
		}
		late.Store(int64(time.Hour))
		if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			keys, err := db.Collect(ctx, tx, db.One[string], `select key from account_attempt`)
			for _, k := range keys {
				if len(k) != 64 {
					t.Errorf("a key in clear: %s", k)
				}
			}
			if len(keys) != 2 {
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
