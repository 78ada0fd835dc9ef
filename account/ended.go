package account

import (
	"context"
	"errors"
	"sync"
	"time"

	"entente/internal/db"
	"entente/internal/fault"
)

// endingsAtOnce bounds the sessions that wait to be ended in the database.
const endingsAtOnce = 10_000

// endingsAgain is how long after a failure they are tried again.
const endingsAgain = time.Second

// endings ends sessions beside the requests that ask for it. Until the database has it, the process
// knows: such a session is found no more, and nothing is stored in it.
type endings struct {
	db *db.DB

	mu      sync.Mutex
	due     map[string]bool
	running bool
}

// has says whether a session was ended and the database may not know it yet.
func (e *endings) has(token string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.due[token]
}

// add ends a session; false where too many wait already, and the caller has to.
func (e *endings) add(token string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.due) >= endingsAtOnce {
		return false
	}
	if e.due == nil {
		e.due = map[string]bool{}
	}
	e.due[token] = true
	if !e.running {
		e.running = true
		go e.run()
	}
	return true
}

// run writes down what waits, and tries until the database takes it. Of a database that was closed, or
// fails in a way that no waiting mends, nothing more is asked; the process goes on knowing.
func (e *endings) run() {
	for {
		var tokens []string
		e.mu.Lock()
		for token := range e.due {
			tokens = append(tokens, token)
		}
		if len(tokens) == 0 {
			e.running = false
			e.mu.Unlock()
			return
		}
		e.mu.Unlock()
		err := e.write(tokens)
		if err != nil && (fault.Is(err, fault.Unavailable) || errors.Is(err, context.DeadlineExceeded)) {
			time.Sleep(endingsAgain)
			continue
		}
		e.mu.Lock()
		if err != nil {
			e.running = false
			e.mu.Unlock()
			return
		}
		for _, token := range tokens {
			delete(e.due, token)
		}
		e.mu.Unlock()
	}
}

func (e *endings) write(tokens []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	return e.db.Beside(ctx, func(ctx context.Context, tx *db.Tx) error {
		for _, token := range tokens {
			if err := end(ctx, tx, `token = $3`, token); err != nil {
				return err
			}
		}
		return nil
	})
}
