package db_test

import (
	"context"
	"fmt"
	"testing"

	"entente/internal/db"
	"entente/internal/db/dbtest"
)

func benchEach(b *testing.B, fn func(b *testing.B, d *db.DB)) {
	b.Run("sqlite", func(b *testing.B) { fn(b, dbtest.New(b, db.Options{})) })
	b.Run("postgres", func(b *testing.B) { fn(b, dbtest.Postgres(b, db.Options{})) })
}

func fill(b *testing.B, d *db.DB) {
	b.Helper()
	err := d.Write(b.Context(), func(ctx context.Context, tx *db.Tx) error {
		for i := range 10000 {
			if _, err := tx.Exec(ctx, "insert into node values ($1, 'value')", fmt.Sprint("name", i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
}

// One row by its key, in a transaction of its own.
func BenchmarkPointRead(b *testing.B) {
	benchEach(b, func(b *testing.B, d *db.DB) {
		fill(b, d)
		i := 0
		for b.Loop() {
			i++
			if get(b, b.Context(), d, fmt.Sprint("name", i%10000)) != "value" {
				b.Fatal("wrong value")
			}
		}
	})
}

// One row by its key, a hundred to a transaction, as a page reads.
func BenchmarkPointReadInPage(b *testing.B) {
	benchEach(b, func(b *testing.B, d *db.DB) {
		fill(b, d)
		for b.Loop() {
			_ = d.Read(b.Context(), func(ctx context.Context, _ *db.Tx) error {
				for i := range 100 {
					if get(b, ctx, d, fmt.Sprint("name", i)) != "value" {
						b.Fatal("wrong value")
					}
				}
				return nil
			})
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/read")
	})
}

// A durable transaction that writes one row.
func BenchmarkSmallWrite(b *testing.B) {
	benchEach(b, func(b *testing.B, d *db.DB) {
		i := 0
		for b.Loop() {
			i++
			if err := set(b.Context(), d, fmt.Sprint("name", i), "value"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
