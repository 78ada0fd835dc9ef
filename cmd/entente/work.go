package main

import (
	"context"
	"time"

	"entente/account"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/jobs"
)

// keepJobs is how long a job that is done can be looked up.
const keepJobs = 30 * 24 * time.Hour

// kinds are the jobs that this program knows to do. What a job does is a subject's matter; here
// it is given its transaction.
func (n node) kinds(archives *bundle.Archives) []jobs.Kind {
	return []jobs.Kind{
		{Name: bundle.ArchiveJob, Long: true, Most: 5, Do: archives.Make},
		{Name: bundle.ArchiveCleanJob, Every: time.Hour, Do: archives.Clean},
		{Name: "clean", Every: time.Hour, Do: n.clean},
	}
}

// clean deletes working state that is good no longer.
func (n node) clean(ctx context.Context, run *jobs.Run) error {
	return n.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := account.Clean(ctx, tx); err != nil {
			return err
		}
		if _, err := jobs.Clean(ctx, tx, tx.Now().Add(-keepJobs)); err != nil {
			return err
		}
		return run.Finish(ctx, tx, nil)
	})
}
