package db

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// classes says as what SQLite keeps the values of a column, by the type that the column is declared with.
var classes = map[string]string{"text": "text", "bigint": "integer", "integer": "integer", "bytea": "blob"}

// StoredOtherwise finds the columns with values that are not kept as what the column is of, and says so in
// a sentence each: SQLite keeps bytes in a column of texts as bytes, which read the same, equal none of the
// texts and stand after all of them. So no question finds the row any more, or each does that asks for what
// is later. A server keeps each value as its column is. It goes once through each table as it stands, of
// whichever version, and holds one number of each column.
func (tx *Tx) StoredOtherwise(ctx context.Context) (out []string, err error) {
	if tx.Engine() != SQLite {
		return nil, nil
	}
	type column struct{ table, name, class, kept string }
	columns, err := Collect(ctx, tx, func(r *sql.Rows) (c column, err error) {
		var declared string
		var null bool
		err = r.Scan(&c.table, &c.name, &declared, &null)
		if c.class = classes[declared]; null {
			c.kept = ", 'null'"
		}
		return c, err
	}, `select l.name, p.name, lower(p.type), p."notnull" = 0 from pragma_table_list l join pragma_table_info(l.name) p
		where l.schema = 'main' and l.type = 'table' and l.name <> $1 and l.name not like 'sqlite\_%' escape '\' order by l.name, p.cid -- db.StoredOtherwise`, versionTable)
	if err != nil {
		return nil, err
	}
	quoted := func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
	for len(columns) > 0 {
		var of []column
		for len(columns) > 0 && (len(of) == 0 || columns[0].table == of[0].table) {
			of, columns = append(of, columns[0]), columns[1:]
		}
		var sums []string
		counts := make([]int64, len(of))
		into := make([]any, len(of))
		for i, c := range of {
			into[i] = &counts[i]
			if sums = append(sums, "0"); c.class != "" { // another type is none of this program's, which the schema tells
				sums[i] = `count(case when typeof(` + quoted(c.name) + `) not in ('` + c.class + `'` + c.kept + `) then 1 end)`
			}
		}
		if err := tx.QueryRow(ctx, `select `+strings.Join(sums, ", ")+` from `+quoted(of[0].table)+` -- db.StoredOtherwise`).Scan(into...); corrupt(err) && ctx.Err() == nil {
			out = append(out, fmt.Sprintf("the table %s cannot be read to its end: %v", of[0].table, err))
			continue
		} else if err != nil {
			return out, err
		}
		for i, c := range of {
			if counts[i] > 0 {
				out = append(out, fmt.Sprintf("the %s of the table %s is stored in %d of its rows as something else than %s, so that SQLite finds them wrongly or not at all", c.name, c.table, counts[i], c.class))
			}
		}
	}
	return out, nil
}
