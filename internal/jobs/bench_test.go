package jobs_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/jobs"
)

func benchEach(b *testing.B, fn func(b *testing.B, d *db.DB)) {
	b.Run("sqlite", func(b *testing.B) { fn(b, dbtest.New(b, db.Options{})) })
	b.Run("postgres", func(b *testing.B) { fn(b, dbtest.Postgres(b, db.Options{})) })
}

// works does n jobs that are due, each with a durable write of its own where effect says so.
func works(b *testing.B, d *db.DB, n int, effect bool) {
	b.Helper()
	var all []jobs.New
	for range n {
		all = append(all, jobs.New{Kind: "a", Payload: struct{ ID string }{"01890000-0000-7000-8000-000000000000"}})
	}
	promise(b, d, all...)
	var done atomic.Int64
	over := make(chan struct{})
	b.ResetTimer()
	stop := start(b, d, jobs.Options{}, jobs.Kind{Name: "a", Do: func(ctx context.Context, r *jobs.Run) error {
		defer func() {
			if done.Add(1) == int64(n) {
				close(over)
			}
		}()
		if !effect {
			return nil
		}
		return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			if err := db.Set(ctx, tx, "last", r.ID); err != nil {
				return err
			}
			return r.Finish(ctx, tx, nil)
		})
	}})
	<-over
	b.StopTimer()
	stop()
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "jobs/s")
}

// A job that does nothing: what the queue itself costs, claim and end, both durable.
func BenchmarkJobs(b *testing.B) {
	benchEach(b, func(b *testing.B, d *db.DB) { works(b, d, b.N, false) })
}

// A job with a write of its own, which commits with its end.
func BenchmarkJobsWithEffect(b *testing.B) {
	benchEach(b, func(b *testing.B, d *db.DB) { works(b, d, b.N, true) })
}

// The same while 100,000 wait for later and 100,000 are done.
func BenchmarkJobsAmongMany(b *testing.B) {
	benchEach(b, func(b *testing.B, d *db.DB) {
		if err := d.Write(b.Context(), func(ctx context.Context, tx *db.Tx) error {
			for i := range 200_000 {
				id, _, err := jobs.Enqueue(ctx, tx, jobs.New{Kind: "a", At: tx.Now().Add(time.Hour + time.Duration(i)*time.Millisecond)})
				if err != nil {
					return err
				}
				if i%2 == 0 {
					if _, err := tx.Exec(ctx, `update job set state = 'done' where id = $1`, id); err != nil {
						return err
					}
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		if d.Engine() == db.PostgreSQL {
			set(b, d, `analyze job`)
		}
		works(b, d, b.N, false)
	})
}

// The promise of one job in an act of its own.
func BenchmarkEnqueue(b *testing.B) {
	benchEach(b, func(b *testing.B, d *db.DB) {
		for b.Loop() {
			promise(b, d, jobs.New{Kind: "a"})
		}
	})
}
