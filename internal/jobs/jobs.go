// Package jobs is the durable queue of a node: work that an act promises in its own transaction
// and that is done later, by this process or another one on the same database. Nothing that was
// promised is lost, whatever dies: a job is a row, a process that works on it holds a lease, and a
// lease that is no longer renewed is taken by the next. What a job does to the database happens
// exactly once, as it is committed together with the job's end (Run.Finish); what it does outside
// happens at least once, under a name that stays the same (Job.ID).
//
// A job holds its kind, references and a person, never content: rights are asked when it runs, not
// when it was promised. docs/jobs.md draws the states.
package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"entente/internal/db"
	"entente/internal/ref"
)

// New is a job to be done.
type New struct {
	Kind string
	// Key keeps the same work from being promised twice: there is one unfinished job of a kind and
	// key. One that a process has begun counts as unfinished, so that a key must name a piece of
	// work ("mail 01…", "2026-11-23") and never just "look again".
	Key string
	// Payload is written as JSON: a struct of references, at most maxPayload bytes.
	Payload any
	Person  ref.Person // for whom; "" for the node itself
	At      time.Time  // not before; zero: at once
}

// maxPayload bounds a payload in bytes, so that content is not put into one.
const maxPayload = 2048

// Job is a job as it stands.
type Job struct {
	ID       string // stays the same over all attempts
	Kind     string
	Key      string
	Person   ref.Person
	State    State
	At       string // waiting: when it is due; running: when the lease ends; else: when it ended
	Attempts int    // begun so far
	Done     int64  // of Total, as far as the work has said
	Total    int64
	Result   string // what the work left to be found by, in JSON or ""
	Error    string // of the last attempt: a code without content
	Made     string

	payload string
}

// Payload reads the payload that was written when the job was promised.
func (j Job) Payload(into any) error {
	if err := json.Unmarshal([]byte(j.payload), into); err != nil {
		return Unfit("payload", err)
	}
	return nil
}

// Enqueue promises a job inside the transaction of an act: it is there when the act is committed,
// and never was when the act is not. It gives the job's id, and whether it was made: where there is
// an unfinished one with the same kind and key, that is the job.
func Enqueue(ctx context.Context, tx *db.Tx, n New) (id string, made bool, err error) {
	payload, err := json.Marshal(n.Payload)
	if err != nil {
		return "", false, fmt.Errorf("jobs: the payload of %s: %w", n.Kind, err)
	}
	if n.Kind == "" || len(payload) > maxPayload {
		return "", false, fmt.Errorf("jobs: a job of kind %q with %d bytes of payload", n.Kind, len(payload))
	}
	at := n.At
	if at.Before(tx.Now()) {
		at = tx.Now()
	}
	id = ref.New()
	err = tx.QueryRow(ctx, `insert into job (id, kind, key, payload, person, state, at, lease, attempts, done, total, result, error, made)
		values ($1, $2, $3, $4, $5, $6, $7, '', 0, 0, 0, '', '', $8)
		on conflict (kind, key) where key <> '' and state in ('waiting', 'running') do nothing
		returning id -- jobs.Enqueue`,
		id, n.Kind, n.Key, string(payload), n.Person, Waiting, db.Stamp(at), db.Stamp(tx.Now())).Scan(&id)
	if err == nil {
		tx.AfterCommit(wake)
		return id, true, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return "", false, err
	}
	err = tx.QueryRow(ctx, `select id from job where kind = $1 and key = $2 and state in ('waiting', 'running') -- jobs.Enqueue`,
		n.Kind, n.Key).Scan(&id)
	return id, false, err
}

// sleepers are the runners of this process. A commit wakes all of them: one over another database
// looks, finds nothing, and sleeps again.
var sleepers struct {
	sync.Mutex
	list map[chan struct{}]bool
}

// sleeper gives a channel that is sent to when there may be work, and how to leave.
func sleeper() (woken chan struct{}, leave func()) {
	c := make(chan struct{}, 1)
	sleepers.Lock()
	defer sleepers.Unlock()
	if sleepers.list == nil {
		sleepers.list = map[chan struct{}]bool{}
	}
	sleepers.list[c] = true
	return c, func() {
		sleepers.Lock()
		defer sleepers.Unlock()
		delete(sleepers.list, c)
	}
}

func wake() {
	sleepers.Lock()
	defer sleepers.Unlock()
	for c := range sleepers.list {
		signal(c)
	}
}

// signal sends unless something waits to be received already.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
