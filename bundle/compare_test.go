package bundle_test

import (
	"context"
	"testing"

	"entente/bundle"
	"entente/internal/db"
	"entente/internal/db/dbtest"
)

// TestCoverage: every table of the schema is compared or is named as not compared, once, so that a
// new one has to decide.
func TestCoverage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		listed := map[string]int{}
		for _, list := range [][]bundle.Coverage{bundle.Compared, bundle.NotCompared} {
			for _, c := range list {
				if c.What == "" {
					t.Errorf("%v: it is not said why", c.Tables)
				}
				for _, table := range c.Tables {
					listed[table]++
				}
			}
		}
		query := `select name from pragma_table_list where schema = 'main' and type in ('table', 'virtual') and name not like 'sqlite_%'`
		if d.Engine() == db.PostgreSQL {
			query = `select relname from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p')`
		}
		if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			tables, err := db.Collect(ctx, tx, db.One[string], query)
			for _, table := range tables {
				if listed[table] != 1 {
					t.Errorf("the table %s stands %d times in bundle.Compared and bundle.NotCompared", table, listed[table])
				}
				delete(listed, table)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		delete(listed, "search_index") // SQLite's alone
		for table := range listed {
			t.Errorf("there is no table %s", table)
		}
	})
}
