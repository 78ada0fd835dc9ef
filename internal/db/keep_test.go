package db_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"entente/internal/db"
	"entente/internal/db/dbtest"
)

// Before each upgrade a file is copied, and the newest copies are kept; a PostgreSQL is backed up
// by whoever opens it, while its tables are as they were.
func TestBackupsBeforeUpgrades(t *testing.T) {
	dbtest.EachAddress(t, func(t *testing.T, address string) {
		var asked []string
		var more []string
		for i := range 6 {
			o := db.WithMigrations(db.Options{BeforeUpgrade: func(ctx context.Context, d *db.DB, from, to int64) error {
				asked = append(asked, fmt.Sprint(from, ">", to, version(t, d)))
				return nil
			}}, steps(t, more...))
			d, err := db.Open(t.Context(), address, o)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			more = append(more, fmt.Sprintf("create table t%d (id text)", i))
		}
		if db.IsServer(address) {
			if len(asked) != 5 || asked[4] != "5>6 5" {
				t.Errorf("asked %q", asked)
			}
			return
		}
		list, err := filepath.Glob(address + ".before-*.bak")
		if err != nil || len(list) != 3 || list[2] != address+".before-6.bak" || len(asked) > 0 {
			t.Errorf("kept %q, asked %q, %v", list, asked, err)
		}
	})
}
