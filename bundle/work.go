package bundle

import (
	"context"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/jobs"
	"entente/internal/ref"
	"entente/ledger"
)

// Work is the node's queue as whoever operates the node sees it: kinds, ids and states, no content.
type Work struct {
	Counts []jobs.Count
	Jobs   []jobs.Job // the newest first
}

// WorkOf gives counts and a page of the queue: the act "job.read".
func WorkOf(ctx context.Context, d *db.DB, who access.Actor, q jobs.Query) (w Work, err error) {
	if err := access.May(who, "job.read", access.Header{}); err != nil {
		return w, err
	}
	err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if w.Counts, err = jobs.Counts(ctx, tx); err != nil {
			return err
		}
		w.Jobs, err = jobs.List(ctx, tx, q)
		return err
	})
	return w, err
}

// RetryJob makes a job due at once, as if it had never been tried: the act "job.retry". NotFound
// for one that is gone, Conflict where its state does not allow it.
func RetryJob(ctx context.Context, d *db.DB, who access.Actor, id string) error {
	return onJob(ctx, d, who, "job.retry", id, jobs.Retry)
}

// CancelJob ends a job that is not done: the act "job.cancel". What it has written stays. Faults
// as for RetryJob.
func CancelJob(ctx context.Context, d *db.DB, who access.Actor, id string) error {
	return onJob(ctx, d, who, "job.cancel", id, jobs.Cancel)
}

func onJob(ctx context.Context, d *db.DB, who access.Actor, act, id string, do func(context.Context, *db.Tx, string) (jobs.Job, error)) error {
	if err := access.May(who, act, access.Header{}); err != nil {
		return err
	}
	if !ref.Valid(id) {
		return fault.New(fault.NotFound, "")
	}
	return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		j, err := do(ctx, tx, id)
		if err != nil {
			return err
		}
		_, err = ledger.Append(ctx, tx, who.By(), ledger.Act{Name: act, Dialogue: ref.ID(who.Dialogue), Object: j.ID}, nil)
		return err
	})
}
