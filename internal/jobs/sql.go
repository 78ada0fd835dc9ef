package jobs

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"time"

	"entente/internal/db"
)

const columns = `id, kind, key, payload, person, state, at, attempts, done, total, result, error, made`

func scan(r *sql.Rows) (j Job, err error) {
	err = r.Scan(&j.ID, &j.Kind, &j.Key, &j.payload, &j.Person, &j.State, &j.At, &j.Attempts, &j.Done, &j.Total, &j.Result, &j.Error, &j.Made)
	return j, err
}

// take gives this process up to n jobs of the kinds that are due, under a fresh lease. Rows that
// another process is taking at the moment are passed over.
func take(ctx context.Context, tx *db.Tx, kinds []string, n int, lease time.Duration) (token string, jobs []Job, err error) {
	var a db.Args
	token = rand.Text()
	passing := ""
	if tx.Engine() == db.PostgreSQL {
		passing = ` for update skip locked`
	}
	q := `with due as materialized (select id from job where ` + claim.where(&a) + ` and at <= ` + a.Add(db.Stamp(tx.Now())) +
		` and kind in ` + a.In(kinds) + ` order by at, id limit ` + a.Add(n) + passing + `)
		update job set ` + claim.set(&a) + `, lease = ` + a.Add(token) + `, at = ` + a.Add(db.Stamp(tx.Now().Add(lease))) + `, attempts = attempts + 1
		where id in (select id from due) returning ` + columns + ` -- jobs.take`
	rows, err := tx.Query(ctx, q, a.List()...)
	jobs, err = db.Rows(rows, err, scan)
	return token, jobs, err
}

// due says when the next job of the kinds is due, "" where there is none.
func due(ctx context.Context, tx *db.Tx, kinds []string) (at string, err error) {
	var a db.Args
	q := `select at from job where ` + claim.where(&a) + ` and kind in ` + a.In(kinds) + ` order by at limit 1 -- jobs.due`
	err = tx.QueryRow(ctx, q, a.List()...).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return at, err
}

// left lists jobs whose lease nobody renewed, with the lease.
func left(ctx context.Context, tx *db.Tx, kinds []string) ([]*Run, error) {
	var a db.Args
	q := `select id, kind, attempts, lease from job where ` + expire.where(&a) + ` and at < ` + a.Add(db.Stamp(tx.Now())) +
		` and kind in ` + a.In(kinds) + ` order by at limit 100 -- jobs.left`
	return db.Collect(ctx, tx, func(r *sql.Rows) (*Run, error) {
		var x Run
		return &x, r.Scan(&x.ID, &x.Kind, &x.Attempts, &x.lease)
	}, q, a.List()...)
}

// ending is what a step writes beside the state.
type ending struct {
	at          time.Time
	attempts    int // given back
	error       string
	result      string
	done, total int64
}

// end makes a step away from running, if the job is still the run's own: ErrLost otherwise.
func end(ctx context.Context, tx *db.Tx, r *Run, s step, e ending) error {
	var a db.Args
	q := `update job set ` + s.set(&a) + `, lease = '', at = ` + a.Add(db.Stamp(e.at)) + `, attempts = attempts - ` + a.Add(e.attempts) +
		`, error = ` + a.Add(e.error) + `, result = ` + a.Add(e.result) + `, done = ` + a.Add(e.done) + `, total = ` + a.Add(e.total) + `
		where id = ` + a.Add(r.ID) + ` and lease = ` + a.Add(r.lease) + ` and ` + s.where(&a) + ` -- jobs.end`
	res, err := tx.Exec(ctx, q, a.List()...)
	return owned(res, err)
}

// renew prolongs the leases of runs, and gives those that are no longer their own.
func renew(ctx context.Context, tx *db.Tx, runs map[string]*Run, lease time.Duration) (lost []*Run, err error) {
	var a db.Args
	var ids, tokens []string
	for id, r := range runs {
		ids, tokens = append(ids, id), append(tokens, r.lease)
	}
	q := `update job set at = ` + a.Add(db.Stamp(tx.Now().Add(lease))) + ` where ` + expire.where(&a) +
		` and id in ` + a.In(ids) + ` and lease in ` + a.In(tokens) + ` returning id, lease -- jobs.renew`
	rows, err := tx.Query(ctx, q, a.List()...)
	mine := map[string]bool{}
	_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id, token string
		err := r.Scan(&id, &token)
		mine[id+token] = true
		return struct{}{}, err
	})
	for id, r := range runs {
		if err == nil && !mine[id+r.lease] {
			lost = append(lost, r)
		}
	}
	return lost, err
}

// advance writes a run's progress down.
func advance(ctx context.Context, tx *db.Tx, r *Run, done, total int64) error {
	_, err := tx.Exec(ctx, `update job set done = $3, total = $4 where id = $1 and lease = $2 -- jobs.advance`, r.ID, r.lease, done, total)
	return err
}

// owned makes ErrLost of a statement that found no row.
func owned(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return cmp.Or(err, ErrLost)
	}
	return nil
}

// promised says whether a job of a kind and key was ever made, as far as rows are kept.
func promised(ctx context.Context, tx *db.Tx, kind, key string) (yes bool, err error) {
	var n int
	err = tx.QueryRow(ctx, `select count(*) from job where kind = $1 and key = $2 -- jobs.promised`, kind, key).Scan(&n)
	return n > 0, err
}

// Clean deletes jobs that ended before a time; those that failed stay three times as long as it
// is gone by.
func Clean(ctx context.Context, tx *db.Tx, before time.Time) (n int64, err error) {
	long := before.Add(-2 * tx.Now().Sub(before))
	for s, t := range map[State]time.Time{Done: before, Cancelled: before, Refused: long, Dead: long} {
		res, err := tx.Exec(ctx, `delete from job where state = $1 and at < $2 -- jobs.Clean`, s, db.Stamp(t))
		if err != nil {
			return n, err
		}
		k, err := res.RowsAffected()
		if n += k; err != nil {
			return n, err
		}
	}
	return n, nil
}
