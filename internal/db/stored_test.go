package db_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"entente/internal/db"
	"entente/internal/db/dbtest"
)

// TestStoredOtherwise puts a row into every table of the schema, then one that differs from it in what one
// column is stored as, for each column and each other thing that SQLite stores, and sees that it is told, and
// that the row as it should be is not.
func TestStoredOtherwise(t *testing.T) {
	d := dbtest.New(t)
	as := map[string]string{"text": `'x'`, "bigint": `7`, "integer": `7`, "bytea": `x'00ff'`}
	stored := []string{`'x'`, `7`, `0.5`, `x'00ff'`}
	try := func(table, row string) (told []string) {
		t.Helper()
		if err := d.Together(t.Context(), func(ctx context.Context) error {
			return d.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
				if _, err := tx.Exec(ctx, `insert into `+table+` values (`+row+`)`); err != nil {
					return err
				}
				if told, err = tx.StoredOtherwise(ctx); err != nil {
					return err
				}
				return db.ErrRollback
			})
		}); err != nil {
			t.Fatalf("%s of %s: %v", row, table, err)
		}
		return told
	}
	type column struct {
		table, name, declared string
		null                  bool
	}
	var columns []column
	if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.Query(ctx, `select l.name, p.name, lower(p.type), p."notnull" = 0 from pragma_table_list l join pragma_table_info(l.name) p
			where l.schema = 'main' and l.type = 'table' and l.name not like 'sqlite_%' and l.name <> 'goose_db_version' order by l.name, p.cid`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var c column
			if err := rows.Scan(&c.table, &c.name, &c.declared, &c.null); err != nil {
				return err
			}
			columns = append(columns, c)
		}
		return rows.Err()
	}); err != nil {
		t.Fatal(err)
	}
	if len(columns) < 200 {
		t.Fatalf("only %d columns", len(columns))
	}
	sound := map[string][]string{}
	for _, c := range columns {
		if as[c.declared] == "" {
			t.Fatalf("the column %s of %s is declared %s, of which nothing says as what it is stored", c.name, c.table, c.declared)
		}
		sound[c.table] = append(sound[c.table], as[c.declared])
	}
	at := 0
	for i, c := range columns {
		if i == 0 || columns[i-1].table != c.table {
			at = i
			if told := try(c.table, strings.Join(sound[c.table], ", ")); len(told) > 0 {
				t.Errorf("of a sound row of %s: %q", c.table, told)
			}
		}
		for _, v := range stored {
			if v == as[c.declared] || c.declared == "text" && !strings.HasPrefix(v, "x") { // a number becomes a text where one belongs
				continue
			}
			if c.declared == "integer" { // the row's own number, for which SQLite takes nothing else
				continue
			}
			row := slices.Clone(sound[c.table])
			row[i-at] = v
			if told := try(c.table, strings.Join(row, ", ")); len(told) != 1 || !strings.HasPrefix(told[0], fmt.Sprintf("the %s of the table %s is stored in 1 of its rows as something else", c.name, c.table)) {
				t.Errorf("%s stored in the column %s of %s: %q", v, c.name, c.table, told)
			}
		}
		if c.null {
			row := slices.Clone(sound[c.table])
			row[i-at] = "null"
			if told := try(c.table, strings.Join(row, ", ")); len(told) > 0 {
				t.Errorf("none in %s of %s: %q", c.name, c.table, told)
			}
		}
	}
}
