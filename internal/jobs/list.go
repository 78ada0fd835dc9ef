package jobs

import (
	"context"
	"database/sql"
	"time"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
)

// Get gives a job, or NotFound.
func Get(ctx context.Context, tx *db.Tx, id string) (Job, error) {
	all, err := db.Collect(ctx, tx, scan, `select `+columns+` from job where id = $1 -- jobs.Get`, id)
	if err == nil && len(all) == 0 {
		return Job{}, fault.New(fault.NotFound, "")
	}
	if err != nil {
		return Job{}, err
	}
	return all[0], nil
}

// Of gives the newest jobs of a kind that were promised for a person.
func Of(ctx context.Context, tx *db.Tx, person ref.Person, kind string, limit int) ([]Job, error) {
	return db.Collect(ctx, tx, scan, `select `+columns+` from job where person = $1 and kind = $2 order by id desc limit $3 -- jobs.Of`, person, kind, limit)
}

// Query says which jobs are listed: empty fields ask for nothing.
type Query struct {
	State  State
	Kind   string
	Before string // id: those promised earlier than this one
	Limit  int
}

// List gives jobs, the newest first.
func List(ctx context.Context, tx *db.Tx, q Query) ([]Job, error) {
	var a db.Args
	text := `select ` + columns + ` from job where 1 = 1`
	if q.State != "" {
		text += ` and state = ` + a.Add(q.State)
	}
	if q.Kind != "" {
		text += ` and kind = ` + a.Add(q.Kind)
	}
	if q.Before != "" {
		text += ` and id < ` + a.Add(q.Before)
	}
	text += ` order by id desc limit ` + a.Add(q.Limit) + ` -- jobs.List`
	return db.Collect(ctx, tx, scan, text, a.List()...)
}

// Count is how many jobs of a kind stand in a state.
type Count struct {
	Kind  string
	State State
	N     int64
}

// Counts counts all jobs that are kept.
func Counts(ctx context.Context, tx *db.Tx) ([]Count, error) {
	return db.Collect(ctx, tx, func(r *sql.Rows) (c Count, err error) {
		err = r.Scan(&c.Kind, &c.State, &c.N)
		return c, err
	}, `select kind, state, count(*) from job group by kind, state order by kind, state -- jobs.Counts`)
}

// Late says for how long the job that waits longest has been due, 0 where none is. Where it grows,
// nobody takes jobs, or there are too many.
func Late(ctx context.Context, tx *db.Tx) (time.Duration, error) {
	var a db.Args
	var at string
	err := tx.QueryRow(ctx, `select coalesce(min(at), '') from job where `+claim.where(&a)+` and at <= `+a.Add(db.Stamp(tx.Now()))+` -- jobs.Late`, a.List()...).Scan(&at)
	if err != nil || at == "" {
		return 0, err
	}
	since, err := db.ParseStamp(at)
	return tx.Now().Sub(since), err
}

// Retry makes a job due at once, as if it had never been tried. Conflict where its state does not
// allow that, or where the same work was promised anew since.
func Retry(ctx context.Context, tx *db.Tx, id string) (Job, error) {
	j, err := movable(ctx, tx, retry, id)
	if err != nil {
		return j, err
	}
	var n int
	if err := tx.QueryRow(ctx, `select count(*) from job where kind = $1 and key = $2 and key <> '' and id <> $3
		and state in ('waiting', 'running') -- jobs.Retry`, j.Kind, j.Key, j.ID).Scan(&n); err != nil {
		return j, err
	}
	if n > 0 {
		return j, fault.New(fault.Conflict, "fault.job-again")
	}
	var a db.Args
	res, err := tx.Exec(ctx, `update job set `+retry.set(&a)+`, at = `+a.Add(db.Stamp(tx.Now()))+`, attempts = 0, done = 0, total = 0
		where id = `+a.Add(id)+` and `+retry.where(&a)+` -- jobs.Retry`, a.List()...)
	tx.AfterCommit(wake)
	return j, moved(res, err)
}

// Cancel ends a job that is not done. One that a process works on stops within a quarter of a
// lease, and can no longer commit anything from now on. Conflict where its state does not allow it.
func Cancel(ctx context.Context, tx *db.Tx, id string) (Job, error) {
	j, err := movable(ctx, tx, cancel, id)
	if err != nil {
		return j, err
	}
	var a db.Args
	res, err := tx.Exec(ctx, `update job set `+cancel.set(&a)+`, lease = '', at = `+a.Add(db.Stamp(tx.Now()))+`
		where id = `+a.Add(id)+` and `+cancel.where(&a)+` -- jobs.Cancel`, a.List()...)
	return j, moved(res, err)
}

// movable loads a job from whose state a step leads.
func movable(ctx context.Context, tx *db.Tx, s step, id string) (Job, error) {
	j, err := Get(ctx, tx, id)
	if err == nil && !s.may(j.State) {
		err = fault.New(fault.Conflict, "fault.job-state")
	}
	return j, err
}

// moved is owned for an administrator: a runner was quicker.
func moved(res sql.Result, err error) error {
	if err = owned(res, err); err == ErrLost {
		return fault.New(fault.Conflict, "fault.job-state")
	}
	return err
}
