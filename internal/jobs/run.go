package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"entente/internal/db"
)

// Run is one attempt at a job, as its handler holds it.
type Run struct {
	Job
	lease  string
	cancel context.CancelCauseFunc

	mu          sync.Mutex
	finishing   bool // Finish was called
	done, total int64
	unsaid      bool // progress that the row does not show yet
}

// Finish ends the job inside the transaction of the handler's own writes, so that they happen
// exactly once: ErrLost, with which the transaction fails, when another process has the job by
// now. result is what the work can be found by, references only; nil leaves none. A handler that
// writes nothing need not call it: returning nil is enough.
func (r *Run) Finish(ctx context.Context, tx *db.Tx, result any) error {
	text := ""
	if result != nil {
		b, err := json.Marshal(result)
		if err != nil || len(b) > maxPayload {
			return fmt.Errorf("jobs: the result of %s, %d bytes: %w", r.Kind, len(b), err)
		}
		text = string(b)
	}
	r.mu.Lock()
	r.finishing = true
	done, total := r.done, r.total
	r.mu.Unlock()
	return tx.Fail(end(ctx, tx, r, finish, ending{at: tx.Now(), result: text, done: done, total: total}))
}

// Progress says how far the work is. It costs nothing; a keeper writes it down once a second.
func (r *Run) Progress(done, total int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unsaid = r.unsaid || r.done != done || r.total != total
	r.done, r.total = done, total
}

// said gives progress that is to be written down.
func (r *Run) said() (done, total int64, fresh bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fresh = r.unsaid
	r.unsaid = false
	return r.done, r.total, fresh
}

// finished says whether Finish was called, whatever became of its transaction.
func (r *Run) finished() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.finishing
}
