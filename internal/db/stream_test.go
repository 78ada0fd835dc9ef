package db_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"entente/internal/db"
	"entente/internal/db/dbtest"
)

func tablesOf(t *testing.T, d *db.DB) (out []db.Table) {
	t.Helper()
	if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		out, err = tx.Tables(ctx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// Both engines have the same tables with the same columns: what a stream of one holds fits the other.
func TestTablesAreTheSame(t *testing.T) {
	a := tablesOf(t, dbtest.New(t))
	if len(a) < 30 || !slices.ContainsFunc(a, func(t db.Table) bool { return t.Name == "tlog_hash" }) {
		t.Fatalf("%d tables", len(a))
	}
	for _, table := range a {
		if strings.HasPrefix(table.Name, "search") || strings.HasPrefix(table.Name, "goose") {
			t.Errorf("%s is part of the stream", table.Name)
		}
	}
	b := tablesOf(t, dbtest.Postgres(t))
	if !slices.EqualFunc(a, b, db.Table.Same) {
		t.Errorf("SQLite has %v,\nPostgreSQL has %v", a, b)
	}
}

// What is put in comes out, in the order of the key, with every value that a column may have.
func TestStream(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		exec(t, d, "create table kept_a (n bigint not null, id text not null, b bytea, primary key (id, n))")
		exec(t, d, "create table kept_b (n bigint, t text not null)")
		exec(t, d, "create table kept_d (b bytea not null)")
		tables := tablesOf(t, d)
		find := func(name string) db.Table {
			return tables[slices.IndexFunc(tables, func(t db.Table) bool { return t.Name == name })]
		}
		var a [][]any
		for i := range 1700 { // more than one statement, and not a multiple
			var b any = []byte{0, 0xff, byte(i)}
			switch {
			case i%3 == 0:
				b = nil
			case i%5 == 0:
				b = []byte{}
			}
			a = append(a, []any{int64(i) - 5, "张 'o\n\\" + strings.Repeat("x", i%7*200), b})
		}
		bytes := [][]any{{[]byte{}}, {[]byte{0}}}
		b := [][]any{{nil, "z"}, {int64(-1 << 63), ""}, {int64(1<<63 - 1), "a"}, {int64(1<<63 - 1), "a"}, {int64(1<<63 - 1), "b"}}
		err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			if empty, err := tx.Empty(ctx); err != nil || !empty {
				t.Errorf("empty: %v %v", empty, err)
			}
			for _, x := range []struct {
				table string
				rows  [][]any
			}{{"kept_a", a}, {"kept_b", b}, {"kept_d", bytes}} {
				f := find(x.table).Fill(tx)
				for i := range x.rows {
					if err := f.Add(ctx, slices.Clone(x.rows[len(x.rows)-1-i])); err != nil {
						return err
					}
				}
				if err := f.Flush(ctx); err != nil {
					return err
				}
			}
			empty, err := tx.Empty(ctx)
			if empty {
				t.Error("it is said to be empty")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(a, func(x, y []any) int {
			if c := strings.Compare(x[1].(string), y[1].(string)); c != 0 {
				return c
			}
			return int(x[0].(int64) - y[0].(int64))
		})
		for name, want := range map[string][][]any{"kept_a": a, "kept_b": b, "kept_d": bytes} {
			var got [][]any
			err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
				return find(name).Rows(ctx, tx, func(row []any) error {
					got = append(got, slices.Clone(row))
					return nil
				})
			})
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v\n got %.300v\nwant %.300v", name, err, got, want)
			}
		}

		stop := errors.New("stop")
		err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			return find("kept_b").Rows(ctx, tx, func([]any) error { return stop })
		})
		if !errors.Is(err, stop) {
			t.Errorf("stopped: %v", err)
		}
		for _, bad := range [][]any{{int64(1)}, {int64(1), nil}, {"x", "y"}, {int64(1), "\x00"}, {int64(1), "\xff"}} {
			err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
				f := find("kept_b").Fill(tx)
				if err := f.Add(ctx, bad); err != nil {
					return err
				}
				return f.Flush(ctx)
			})
			if err == nil {
				t.Errorf("%q was taken", bad)
			}
		}
		exec(t, d, "create table kept_c (f double precision)")
		if err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error { _, err := tx.Tables(ctx); return err }); err == nil || !strings.Contains(err.Error(), "kept_c") {
			t.Errorf("a column of another type: %v", err)
		}
	})
}
