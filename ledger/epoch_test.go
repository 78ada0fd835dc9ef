package ledger_test

import (
	"cmp"
	"context"
	"strings"
	"testing"

	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/ledger"
)

// TestEpochs: a restore begins an epoch. What was published before stays explained as far as the
// restore admits its loss, and what it does not admit is a difference.
func TestEpochs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		write := func(fn func(ctx context.Context, tx *db.Tx) error) error { return d.Write(ctx, fn) }
		secret, public := dbtest.Key(t, d)
		act := func(n int) {
			t.Helper()
			if err := write(func(ctx context.Context, tx *db.Tx) error {
				for range n {
					if _, err := ledger.Append(ctx, tx, ledger.By{Operator: "test"}, ledger.Act{Name: "import"}, nil); err != nil {
						return err
					}
				}
				return db.Set(ctx, tx, db.PublicKey, public)
			}); err != nil {
				t.Fatal(err)
			}
		}
		sign := func() (s string) {
			t.Helper()
			if err := write(func(ctx context.Context, tx *db.Tx) (err error) { s, err = ledger.Sign(ctx, tx, secret); return err }); err != nil {
				t.Fatal(err)
			}
			return s
		}
		verify := func(published string) (r ledger.Report) {
			t.Helper()
			if err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
				r, err = ledger.Verify(ctx, tx, public, published)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return r
		}
		// The future of this log, as it was before the older copy was put back, is that of another
		// database with the same beginning: it has its own entries.
		act(5)
		first := sign()
		other := map[int]string{}
		for _, n := range []int{2, 4} {
			if err := d.Together(ctx, func(ctx context.Context) error {
				if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
					for range n {
						if _, err := ledger.Append(ctx, tx, ledger.By{Operator: "lost"}, ledger.Act{Name: "import"}, nil); err != nil {
							return err
						}
					}
					s, err := ledger.Sign(ctx, tx, secret)
					other[n] = s
					return err
				}); err != nil {
					return err
				}
				return db.ErrRollback
			}); err != nil {
				t.Fatal(err)
			}
		}
		if r := verify(other[2]); !strings.Contains(r.Difference, "restored older copy") {
			t.Errorf("put back without a word: %+v", r)
		}
		restore := func(published, key string) error {
			return write(func(ctx context.Context, tx *db.Tx) error {
				return ledger.Restore(ctx, tx, ledger.By{Operator: "restore"}, ledger.Restored{Backup: "then", Published: published}, cmp.Or(key, secret))
			})
		}
		if err := restore(strings.Replace(first, "entente/test", "entente/y", 1), ""); err == nil {
			t.Error("somebody else's checkpoint was taken")
		}
		if err := restore(other[2], ""); err != nil {
			t.Fatal(err)
		}
		act(3)
		if s := sign(); !strings.HasPrefix(s, "entente/test/2\n9\n") {
			t.Errorf("the next epoch signs %q", s)
		}
		if r := verify(""); r.Difference != "" || r.Epochs != 2 || r.Lost != 2 || r.Restored[0].Entries != 5 {
			t.Errorf("%+v", r)
		}
		extends := func(signed string) (ok bool) {
			t.Helper()
			c, err := ledger.ParseCheckpoint(signed, public)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error { ok, err = ledger.Extends(ctx, tx, c); return err }); err != nil {
				t.Fatal(err)
			}
			return ok
		}
		for signed, want := range map[string]string{first: "", other[2]: "", other[4]: "does not admit"} {
			r := verify(signed)
			if (r.Difference == "") != (want == "") || !strings.Contains(r.Difference, want) {
				t.Errorf("%.20q: %+v", signed, r)
			}
			if extends(signed) != (want == "") {
				t.Errorf("%.20q is continued: %v", signed, want != "")
			}
		}
		// A second one, with a new key.
		oldPublic := public
		second, key, err := ledger.GenerateKey("entente/z")
		if err != nil {
			t.Fatal(err)
		}
		if err := restore(other[2], ""); err == nil || !strings.Contains(err.Error(), "earlier restore") {
			t.Errorf("a checkpoint of an epoch that ended: %v", err)
		}
		if err := restore("", second); err != nil {
			t.Fatal(err)
		}
		public, secret = key, second
		act(1)
		if s := sign(); !strings.HasPrefix(s, "entente/z/3\n11\n") {
			t.Errorf("the third epoch signs %q", s)
		}
		if r := verify(first); r.Difference != "" || r.Epochs != 3 {
			t.Errorf("%+v", r)
		}
		public = oldPublic
		if r := verify(""); !strings.Contains(r.Difference, "signs by the key") {
			t.Errorf("by the old key: %+v", r)
		}
		public = key

		// Whoever writes the database.
		for set, want := range map[string]string{"5": "", "": "", "5 9 10": "began no epoch", "9": "", "x": ""} {
			err := write(func(ctx context.Context, tx *db.Tx) error { return db.Set(ctx, tx, "epochs", set) })
			if err != nil {
				t.Fatal(err)
			}
			var r ledger.Report
			err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
				r, err = ledger.Verify(ctx, tx, public, "")
				return err
			})
			if err == nil && (r.Difference == "" || !strings.Contains(r.Difference, want)) {
				t.Errorf("epochs %q: %+v", set, r)
			}
		}
	})
}
