package main

import (
	"context"
	"strings"
	"time"

	"entente/account"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/files"
	"entente/internal/jobs"
	"entente/ledger"
	"entente/library"
	"entente/notice"
	"entente/roster"
	"entente/web"
)

// keepJobs is how long a job that is done can be looked up.
const keepJobs = 30 * 24 * time.Hour

// kinds are the jobs that this program knows to do. What a job does is a subject's matter; here
// it is given its transaction.
func (n node) kinds(o web.Options, store *files.Folder) []jobs.Kind {
	letters := notice.Sender{DB: n.db, Box: o.Seal, Write: web.Letters{DB: n.db, Base: strings.TrimSuffix(o.BaseURL, "/")}.Write}
	if n.mail != nil { // a nil pointer in an interface is not nil
		letters.Server = n.mail
	}
	return append(
		letters.Kinds(),
		jobs.Kind{Name: "remind", Every: 24 * time.Hour, Do: n.remind},
		jobs.Kind{Name: bundle.ArchiveJob, Long: true, Most: 5, Do: o.Archives.Make},
		jobs.Kind{Name: bundle.ArchiveCleanJob, Every: time.Hour, Do: o.Archives.Clean},
		jobs.Kind{Name: "clean", Every: time.Hour, Do: n.clean},
		jobs.Kind{Name: "sweep", Every: 24 * time.Hour, Do: n.sweep(store)},
	)
}

// remind puts down who is to be reminded of what on the dialogue's day. It begins with the day of UTC: in
// the morning in China, and before the working day in Europe.
func (n node) remind(ctx context.Context, run *jobs.Run) error {
	for {
		var all bool
		err := n.db.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			today, err := roster.Today(ctx, tx)
			if err != nil {
				return err
			}
			if all, err = bundle.Remind(ctx, tx, today); err != nil || !all {
				return err
			}
			return run.Finish(ctx, tx, nil)
		})
		if err != nil || all {
			return err
		}
	}
}

// clean deletes working state that is good no longer, ends the admissions of those for whom a last day
// has passed, and keeps own words from what a day that came takes.
func (n node) clean(ctx context.Context, run *jobs.Run) error {
	return n.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := account.Clean(ctx, tx); err != nil {
			return err
		}
		if err := roster.LapseAll(ctx, tx); err != nil {
			return err
		}
		if err := bundle.KeepPassed(ctx, tx, n.objects); err != nil {
			return err
		}
		if err := notice.Clean(ctx, tx); err != nil {
			return err
		}
		if err := ledger.Clean(ctx, tx); err != nil {
			return err
		}
		if _, err := jobs.Clean(ctx, tx, tx.Now().Add(-keepJobs)); err != nil {
			return err
		}
		return run.Finish(ctx, tx, nil)
	})
}

// sweep deletes the contents of files that nothing names.
func (n node) sweep(store *files.Folder) func(context.Context, *jobs.Run) error {
	return func(ctx context.Context, run *jobs.Run) error {
		swept, err := library.Sweep(ctx, n.db, store)
		if swept.Contents > 0 {
			n.log.Info("deleted contents of files that nothing names", "contents", swept.Contents, "bytes", swept.Bytes)
		}
		if err != nil {
			return err
		}
		return n.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return run.Finish(ctx, tx, nil) })
	}
}
