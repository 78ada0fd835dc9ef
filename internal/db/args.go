package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"entente/internal/fault"
)

// Args collects the arguments of a query that is put together from parts. The zero value is
// ready.
//
//	var a db.Args
//	q := "select id from object where kind = " + a.Add("meeting") + " and state in " + a.In(states)
//	rows, err := tx.Query(ctx, q, a.List()...)
type Args struct{ list []any }

// Add notes one argument and gives its placeholder: "$1", "$2", …
func (a *Args) Add(v any) string {
	a.list = append(a.list, v)
	return "$" + strconv.Itoa(len(a.list))
}

// In notes many arguments and gives a list for the right side of "in" and "not in":
// "($3,$4)". For no values it gives an empty list that both engines take. An engine takes about
// 32,000 arguments in one statement.
func (a *Args) In(values []string) string { return In(a, values) }

// In is Args.In for typed ids.
func In[S ~string](a *Args, values []S) string {
	if len(values) == 0 {
		return "(select '' where 1 = 0)"
	}
	var b strings.Builder
	for i, v := range values {
		b.WriteByte("(,"[min(i, 1)])
		b.WriteString(a.Add(string(v)))
	}
	b.WriteByte(')')
	return b.String()
}

// List gives the arguments in the order of their placeholders.
func (a *Args) List() []any { return a.list }

// checked gives args as both engines take them alike, or a fault.
func checked(args []any) ([]any, error) {
	if len(args) == 0 {
		return nil, nil
	}
	out := make([]any, len(args))
	for i, a := range args {
		v, err := plain(a)
		if err != nil {
			return nil, fmt.Errorf("db: argument $%d: %w", i+1, err)
		}
		if s, ok := v.(string); ok {
			// SQLite would end the text at the NUL or keep the bytes, PostgreSQL would refuse:
			// neither says to the person at the door what is wrong.
			if strings.IndexByte(s, 0) >= 0 {
				return nil, fault.Because(fault.Invalid, fmt.Errorf("db: argument $%d holds a NUL character", i+1))
			}
			if !utf8.ValidString(s) {
				return nil, fault.Because(fault.Invalid, fmt.Errorf("db: argument $%d is not valid UTF-8", i+1))
			}
		}
		out[i] = v
	}
	return out, nil
}

// plain reduces a value to string, int64, float64, []byte or nil.
func plain(a any) (any, error) {
	switch v := a.(type) {
	case string, int64, nil:
		return v, nil
	case int:
		return int64(v), nil
	case sql.NamedArg, sql.Out:
		return nil, fmt.Errorf("%T is not taken; placeholders are numbered", a)
	}
	v, err := driver.DefaultParameterConverter.ConvertValue(a)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case bool:
		// There is no boolean column on SQLite; flags are bigint on both.
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case time.Time:
		return Stamp(v), nil
	}
	return v, nil
}

// Rows collects the rows of a query with scan and closes them. It returns err if that is not
// nil, so that it can follow Query directly:
//
//	rows, err := tx.Query(ctx, …)
//	return db.Rows(rows, err, scanMeeting)
func Rows[T any](rows *sql.Rows, err error, scan func(*sql.Rows) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	if err := rows.Err(); err != nil {
		return nil, Translate(err)
	}
	return list, nil
}

// Collect runs a query and collects its rows with scan.
func Collect[T any](ctx context.Context, tx *Tx, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, query, args...)
	return Rows(rows, err, scan)
}

// One is a scan function for Rows and Collect where each row is one value, as a list of ids is.
func One[T any](rows *sql.Rows) (T, error) {
	var v T
	err := rows.Scan(&v)
	return v, err
}
