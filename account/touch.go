package account

import (
	"context"
	"sync"
	"time"

	"entente/internal/db"
)

// touchEvery is how often a session that is in use, and the address of a calendar, is written down as
// used. A write at each request would cost every reader a durable transaction.
const touchEvery = 5 * time.Minute

// touchesAtOnce bounds what waits to be written down.
const touchesAtOnce = 10_000

// touches writes down beside the requests that something was used: whoever reads does not wait for
// those who write. What cannot be written is dropped, and the next use tries again.
type touches struct {
	db *db.DB

	mu      sync.Mutex
	due     map[touch]bool
	running bool
}

// touch is a use to be written down: a statement that takes the key and the time.
type touch struct{ query, key string }

// stale says whether a use is to be written down when the last one written down is this. One that lies
// ahead was written by a clock that was.
func stale(last string, now time.Time) bool {
	at, err := db.ParseStamp(last)
	return err != nil || now.Sub(at).Abs() > touchEvery
}

func (t *touches) add(query, key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.due) >= touchesAtOnce {
		return
	}
	if t.due == nil {
		t.due = map[touch]bool{}
	}
	t.due[touch{query, key}] = true
	if !t.running {
		t.running = true
		go t.run()
	}
}

func (t *touches) run() {
	for {
		t.mu.Lock()
		due := t.due
		t.due = nil
		if len(due) == 0 {
			t.running = false
			t.mu.Unlock()
			return
		}
		t.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), storeTime)
		_ = t.db.Beside(ctx, func(ctx context.Context, tx *db.Tx) error {
			for x := range due {
				if _, err := tx.Exec(ctx, x.query, x.key, db.Stamp(tx.Now())); err != nil {
					return err
				}
			}
			return nil
		})
		cancel()
	}
}
