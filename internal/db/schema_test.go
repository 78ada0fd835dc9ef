package db_test

import (
	"flag"
	"os"
	"testing"

	"entente/internal/db"
	"entente/internal/db/dbtest"
)

var update = flag.Bool("update", false, "rewrite the committed schemas")

// The committed schema is the one the migrations give: go test ./internal/db -run Schema -update
func TestSchemaIsCommitted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		got, err := d.Schema(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got = "-- The schema after all migrations, written by: go test ./internal/db -run Schema -update\n\n" + got
		file := "schema." + string(d.Engine()) + ".sql"
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is not what the migrations give: run go test ./internal/db -run Schema -update and look at the difference", file)
		}
	})
}
