package ledger_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/ledger"
)

// forgeState is forge with the revision that the entry left.
func (l *log) forgeState(e ledger.Entry, kind string) (seq int64) {
	l.Helper()
	l.write(func(ctx context.Context, tx *db.Tx) (err error) {
		seq, err = ledger.ForgeState(ctx, tx, e, state(kind, e.Rev))
		return err
	})
	return seq
}

// TestWitness: nothing is signed in a log that is not the one that was published, whatever grew over
// it since; and nothing more is written then.
func TestWitness(t *testing.T) {
	rewrite := func(l *log) {
		l.write(func(ctx context.Context, tx *db.Tx) error {
			return ledger.Rewrite(ctx, tx, 1, func(e *ledger.Entry) { e.By.Person, e.When = "another", "2020-01-01T00:00:00Z" })
		})
		l.exec(`delete from checkpoint where size > 1`)
		l.forge(ledger.Entry{Act: "import"})
	}
	for name, change := range map[string]func(l *log){
		"an entry changed": rewrite,
		"cut back to before signatures, with an erasure that nobody signed": func(l *log) {
			l.exec(`delete from checkpoint where size > 4`, `delete from entry_signature where seq >= 4`, `delete from entry where seq >= 4`, `delete from revision where seq >= 4`,
				`update revision set body = null, salt = null where seq = 1`)
			l.write(func(ctx context.Context, tx *db.Tx) error { return ledger.Regrow(ctx, tx, 4) })
			l.forge(ledger.Entry{Act: erasing, Object: "m", Erases: 1})
			l.forge(ledger.Entry{Act: "import"})
			l.forge(ledger.Entry{Act: "import"})
		},
		"the first signature taken away": func(l *log) { l.exec(`delete from entry_signature`) },
		"nothing":                        nil,
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				l := newLog(t, d, 4)
				l.write(func(ctx context.Context, tx *db.Tx) error { return ledger.Begin(ctx, tx, l.secret) })
				l.sign()
				d.Watch(func() []string { return []string{"no checkpoint", l.published} })
				l.act(ledger.Act{Name: "person.create", Object: "o", Rev: 1}, "person")
				if change != nil {
					change(l)
				}
				err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
					if err := ledger.Witnessed(ctx, tx, l.published, l.public); errors.Is(err, ledger.ErrUnlike) != (change != nil) {
						t.Errorf("%v", err)
					}
					_, err := ledger.Append(ctx, tx, ledger.By{Person: "p"}, ledger.Act{Name: erasing, Object: "o", Rev: 2, Erases: 1}, state("person", 2))
					return err
				})
				if change == nil {
					if err != nil || d.Stopped() != nil {
						t.Error(err, d.Stopped())
					}
					return
				}
				if fault.Of(err) != fault.Unavailable || !errors.Is(err, ledger.ErrUnlike) || !strings.Contains(err.Error(), ledger.FaultDiffers) {
					t.Errorf("a signed act: %v", err)
				}
				if err := d.Write(t.Context(), func(context.Context, *db.Tx) error { return nil }); !errors.Is(err, ledger.ErrUnlike) || fault.Of(err) != fault.Unavailable {
					t.Errorf("later: %v", err)
				}
			})
		})
	}
}

// TestErasureOfNothing: an erasure that left no state says nothing of what it was, and is told
// whether it is signed or from before signatures began.
func TestErasureOfNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := newLog(t, d, 2)
		l.act(ledger.Act{Name: "meeting.create", Object: "m", Rev: 1}, "meeting")
		l.exec(`update revision set body = null, salt = null where object = 'm'`)
		seq := l.forge(ledger.Entry{Act: erasing, Object: "m", Erases: 1, Rev: 2})
		l.differs("unsigned", "nothing says that it was of a person")
		l.write(func(ctx context.Context, tx *db.Tx) error { return ledger.SignEntry(ctx, tx, l.secret, seq) })
		l.differs("signed", "does not list what")
	})
}
