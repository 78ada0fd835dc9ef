package db

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// derived are the tables that are made from others and differ between the engines. They are no
// part of a stream; whoever fills a database by one makes them anew.
var derived = []string{"search", "search_index"}

// Column is a column of a table as a stream sees it.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"` // text, bigint or bytea, and nothing else
	Null bool   `json:"null,omitempty"`

	key int // its place in the primary key, from 1; 0: no part of it
}

// Table is a table as a stream of rows: the same on both engines.
type Table struct {
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`
}

// Tables gives the tables of the schema as it stands, by name, without those derived from others
// and the migrations' own. It reads the schema itself, so that no table is forgotten, and refuses
// one with a column of a type that the engines do not share.
func (tx *Tx) Tables(ctx context.Context) ([]Table, error) {
	query := `select m.name, p.name, lower(p.type), p."notnull", p.pk
		from sqlite_master m join pragma_table_list l on l.name = m.name and l.schema = 'main' and l.type = 'table'
		join pragma_table_info(m.name) p
		where m.name <> $1 and m.name not like 'sqlite\_%' escape '\' order by m.name, p.cid`
	if tx.Engine() == PostgreSQL {
		query = `select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 1 else 0 end,
				coalesce(array_position(k.conkey, a.attnum), 0)
			from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
			left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
			where c.relnamespace = quote_ident(current_schema())::regnamespace and c.relkind in ('r', 'p') and c.relname <> $1
			order by c.relname, a.attnum`
	}
	rows, err := tx.Query(ctx, query, versionTable)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Table
	for rows.Next() {
		var table string
		var c Column
		var notNull int64
		if err := rows.Scan(&table, &c.Name, &c.Type, &notNull, &c.key); err != nil {
			return nil, err
		}
		if slices.Contains(derived, table) {
			continue
		}
		if !slices.Contains([]string{"text", "bigint", "bytea"}, c.Type) {
			return nil, fmt.Errorf("db: the column %s of %s has the type %s, which the engines do not share", c.Name, table, c.Type)
		}
		c.Null = notNull == 0
		if n := len(out); n == 0 || out[n-1].Name != table {
			out = append(out, Table{Name: table})
		}
		t := &out[len(out)-1]
		t.Columns = append(t.Columns, c)
	}
	return out, Translate(rows.Err())
}

// Same says whether two tables hold the same columns in the same order.
func (t Table) Same(other Table) bool {
	return t.Name == other.Name && slices.EqualFunc(t.Columns, other.Columns, func(a, b Column) bool {
		return a.Name == b.Name && a.Type == b.Type && a.Null == b.Null
	})
}

// columns lists the columns for SQL.
func (t Table) columns() string {
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

// order is the same on both engines: by the primary key, and by all columns where there is none.
func (t Table) order() string {
	var key, all []string
	for _, c := range t.Columns {
		name := c.Name
		if c.Null {
			name += " nulls first" // where the engines would differ
		}
		all = append(all, name)
	}
	for at := 1; ; at++ {
		i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.key == at })
		if i < 0 {
			break
		}
		key = append(key, all[i])
	}
	if len(key) == 0 {
		key = all
	}
	return strings.Join(key, ", ")
}

// Rows gives the table's rows one by one, in the same order on both engines, and holds one at a
// time: a value is a string, an int64, a []byte or nil. The row is fn's until it returns.
func (t Table) Rows(ctx context.Context, tx *Tx, fn func(row []any) error) error {
	rows, err := tx.Query(ctx, `select `+t.columns()+` from `+t.Name+` order by `+t.order()+` -- db.Rows`)
	if err != nil {
		return err
	}
	defer rows.Close()
	row := make([]any, len(t.Columns))
	into := make([]any, len(row))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return Translate(err)
		}
		for i, c := range t.Columns {
			if row[i], err = c.value(row[i]); err != nil {
				return fmt.Errorf("db: a row of %s: %w", t.Name, err)
			}
		}
		if err := fn(row); err != nil {
			return err
		}
	}
	return Translate(rows.Err())
}

// value gives a value in its column's type. SQLite keeps what it is given, and acts have given
// text as bytes.
func (c Column) value(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		if c.Null {
			return nil, nil
		}
	case string:
		if c.Type == "text" {
			return v, nil
		}
		if c.Type == "bytea" {
			return []byte(v), nil
		}
	case []byte:
		if c.Type == "bytea" && v == nil {
			return []byte{}, nil // so SQLite gives one without bytes; to PostgreSQL it would be null
		}
		if c.Type == "bytea" {
			return v, nil
		}
		if c.Type == "text" {
			return string(v), nil
		}
	case int64:
		if c.Type == "bigint" {
			return v, nil
		}
	}
	return nil, fmt.Errorf("the column %s holds %T where %s belongs", c.Name, v, c.Type)
}

// An insert holds so many values or bytes at most, whichever comes first.
const (
	insertValues = 1000
	insertBytes  = 1 << 20
)

// Filler puts rows into a table, many with one statement.
type Filler struct {
	tx    *Tx
	table Table
	full  int // rows of one statement
	args  []any
	size  int
}

// Fill begins to put rows into a table.
func (t Table) Fill(tx *Tx) *Filler {
	return &Filler{tx: tx, table: t, full: max(1, insertValues/len(t.Columns))}
}

// Add puts a row in, now or at a later Add or Flush. It does not keep row, but its values.
func (f *Filler) Add(ctx context.Context, row []any) error {
	if len(row) != len(f.table.Columns) {
		return fmt.Errorf("db: a row of %s with %d values, not %d", f.table.Name, len(row), len(f.table.Columns))
	}
	for i, c := range f.table.Columns {
		v, err := c.value(row[i])
		if err != nil {
			return fmt.Errorf("db: a row of %s: %w", f.table.Name, err)
		}
		f.args = append(f.args, v)
		switch v := v.(type) {
		case string:
			f.size += len(v)
		case []byte:
			f.size += len(v)
		}
	}
	switch {
	case len(f.args) == f.full*len(row):
		return f.insert(ctx, f.full)
	case f.size >= insertBytes:
		return f.Flush(ctx)
	}
	return nil
}

// Flush puts in what Add still holds, a row at a time, so that few statements are prepared.
func (f *Filler) Flush(ctx context.Context) error { return f.insert(ctx, 1) }

func (f *Filler) insert(ctx context.Context, rows int) error {
	width := len(f.table.Columns)
	var q strings.Builder
	q.WriteString(`insert into ` + f.table.Name + ` (` + f.table.columns() + `) values `)
	for n := range rows * width {
		switch {
		case n == 0:
			q.WriteString("(")
		case n%width == 0:
			q.WriteString("), (")
		default:
			q.WriteString(", ")
		}
		fmt.Fprintf(&q, "$%d", n+1)
	}
	q.WriteString(") -- db.Fill")
	for at := 0; at < len(f.args); at += rows * width {
		if _, err := f.tx.Exec(ctx, q.String(), f.args[at:at+rows*width]...); err != nil {
			return err
		}
	}
	clear(f.args)
	f.args, f.size = f.args[:0], 0
	return nil
}

// Empty says whether no table of a stream holds a row.
func (tx *Tx) Empty(ctx context.Context) (bool, error) {
	tables, err := tx.Tables(ctx)
	for _, t := range tables {
		var one []int64
		if one, err = Collect(ctx, tx, One[int64], `select 1 from `+t.Name+` limit 1 -- db.Empty`); err != nil || len(one) > 0 {
			return false, err
		}
	}
	return err == nil, err
}
