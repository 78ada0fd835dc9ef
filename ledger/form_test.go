package ledger_test

import (
	"context"
	"errors"
	"testing"

	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/ledger"
)

// TestForm: a form is taken in the transaction of the act, by one request alone, for as many
// entries as that writes.
func TestForm(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		act := func(f *ledger.Sent, times int, end error) error {
			return d.Write(f.With(t.Context()), func(ctx context.Context, tx *db.Tx) error {
				for range times {
					if _, err := ledger.Append(ctx, tx, ledger.By{Operator: "test"}, ledger.Act{Name: "x.y", Object: "o"}, nil); err != nil {
						return err
					}
				}
				return end
			})
		}
		failed := errors.New("the act failed")
		if err := act(&ledger.Sent{Form: "f", Request: "0"}, 1, failed); !errors.Is(err, failed) {
			t.Fatal(err)
		}
		first := &ledger.Sent{Form: "f", Request: "1", Digest: "d"}
		for range 2 { // what failed has taken nothing; a request may act in several transactions
			if err := act(first, 2, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := act(&ledger.Sent{Form: "f", Request: "2", Digest: "d"}, 1, nil); !errors.Is(err, ledger.ErrSent) {
			t.Errorf("the second: %v", err)
		}
		if err := act(&ledger.Sent{Form: "g", Request: "3"}, 1, nil); err != nil {
			t.Errorf("another form: %v", err)
		}
		err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			taken, ok, err := ledger.FormTaken(ctx, tx, "f")
			if !ok || taken.Request != "1" || taken.Digest != "d" || taken.Object != "o" {
				t.Errorf("taken: %+v", taken)
			}
			if _, ok, _ := ledger.FormTaken(ctx, tx, "h"); ok {
				t.Error("a form that was never sent is taken")
			}
			n, err2 := ledger.Size(ctx, tx)
			if n != 5 {
				t.Errorf("%d entries", n)
			}
			return errors.Join(err, err2)
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
