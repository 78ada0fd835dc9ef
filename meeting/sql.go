package meeting

import (
	"context"
	"database/sql"
	"encoding/base64"
	"slices"
	"strings"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
)

// list reads one page by keyset. The sort column is the header's sort_time or the title's
// collation key, the id breaks ties, so that a page stays where it is while rows come and go.
func list(ctx context.Context, tx *db.Tx, who access.Actor, q Query) (l Listing, err error) {
	if q.Page.Limit <= 0 || q.Page.Limit > 200 {
		q.Page.Limit = 50
	}
	if l.Total, err = count(ctx, tx, who, q); err != nil {
		return l, err
	}
	var a db.Args
	lang := a.Add(q.Lang)
	column, from := "o.sort_time", q.tables(lang, false)
	if q.Sort == ByTitle {
		column, from = "lt.sort", q.tables(lang, true)
	}
	// Walking backward reads the other way round and turns the page over at the end.
	descending := !q.Ascending != q.Page.Backward
	where := conditions(&a, who, q)
	if key, id, ok := readCursor(q.Page.Cursor, q.Sort); ok {
		op := map[bool]string{false: ">", true: "<"}[descending]
		k, i := a.Add(key), a.Add(id)
		where += ` and (` + column + ` ` + op + ` ` + k + ` or ` + column + ` = ` + k + ` and o.id ` + op + ` ` + i + `)`
	} else {
		q.Page.Backward, q.Page.Cursor = false, ""
	}
	dir := map[bool]string{false: " asc", true: " desc"}[descending]
	// The page is chosen first, from indexes alone; only its rows are then read.
	rows, err := tx.Query(ctx, `select o.id, coalesce(lt.text, ''), coalesce(lt.shown_lang, ''), coalesce(lp.text, ''), coalesce(lp.shown_lang, ''),
			t.type, t.format, o.state, o.mark, t.starts, t.ends, t.stated, o.sort_time, lt.sort,
			(select sum(p.persons) from meeting_participation p where p.id = o.id)
		from (select o.id, `+column+` as place from `+from+` where `+where+`
			order by `+column+dir+`, o.id`+dir+` limit `+a.Add(q.Page.Limit+1)+`) page
		join object o on o.id = page.id
		join meeting t on t.id = page.id
		left join label lt on lt.object = page.id and lt.field = 'title' and lt.lang = `+lang+`
		left join label lp on lp.object = page.id and lp.field = 'place' and lp.lang = `+lang+`
		order by page.place`+dir+`, page.id`+dir+` -- meeting.list`, a.List()...)
	l.Rows, err = db.Rows(rows, err, func(r *sql.Rows) (m Row, err error) {
		var day string
		var key []byte
		err = r.Scan(&m.ID, &m.Title, &m.TitleLang, &m.Place, &m.PlaceLang, &m.Type, &m.Format, &m.State, &m.Mark,
			&m.Starts, &m.Ends, &m.Stated, &day, &key, &m.Persons)
		m.cursorSort = day
		if q.Sort == ByTitle {
			m.cursorSort = string(key)
		}
		return m, err
	})
	if err != nil {
		return l, err
	}
	l.turn(q.Page)
	return l, nil
}

// turn cuts the row that only told that there is more, and sets the cursors.
func (l *Listing) turn(p Page) {
	more := len(l.Rows) > p.Limit
	if more {
		l.Rows = l.Rows[:p.Limit]
	}
	if p.Backward {
		slices.Reverse(l.Rows)
	}
	if len(l.Rows) == 0 {
		return
	}
	if more || p.Backward {
		l.Next = l.Rows[len(l.Rows)-1].cursor()
	}
	if p.Cursor != "" && (!p.Backward || more) {
		l.Prev = l.Rows[0].cursor()
	}
}

// tables gives the tables that a query's conditions speak of: o always, t and lt where needed.
func (q Query) tables(lang string, title bool) string {
	from := `object o`
	if q.Type != "" || q.Phase != "" || q.Year != "" {
		from += ` join meeting t on t.id = o.id`
	}
	if title || q.Title != "" {
		from += ` join label lt on lt.object = o.id and lt.field = 'title' and lt.lang = ` + lang
	}
	return from
}

// count gives the number of meetings chosen, by the same conditions as the page.
func count(ctx context.Context, tx *db.Tx, who access.Actor, q Query) (n int, err error) {
	var a db.Args
	from := q.tables("", false)
	if q.Title != "" {
		from = q.tables(a.Add(q.Lang), false)
	}
	err = tx.QueryRow(ctx, `select count(*) from `+from+` where `+conditions(&a, who, q)+` -- meeting.count`, a.List()...).Scan(&n)
	return n, err
}

// conditions gives the predicate and the filters of a query over o, t and lt.
func conditions(a *db.Args, who access.Actor, q Query) string {
	where := who.CanRead(a, "o") + ` and o.kind = 'meeting' and o.dialogue = ` + a.Add(q.Dialogue)
	for _, c := range []struct{ column, value string }{
		{"t.type", string(q.Type)}, {"o.state", string(q.State)}, {"t.phase", string(q.Phase)}, {"t.year", q.Year},
	} {
		if c.value != "" {
			where += ` and ` + c.column + ` = ` + a.Add(c.value)
		}
	}
	if q.Institution != "" {
		where += ` and o.id in (select id from meeting_participation where institution = ` + a.Add(q.Institution) + `)`
	}
	if len(q.OneOf) > 0 {
		where += ` and o.id in (select id from meeting_participation where institution in ` + db.In(a, q.OneOf) + `)`
	}
	if q.From != "" {
		where += ` and o.sort_time >= ` + a.Add(q.From)
	}
	if q.Before != "" {
		where += ` and o.sort_time <> '' and o.sort_time < ` + a.Add(q.Before)
	}
	if t := text.Sought(q.Title); t != "" {
		where += ` and lt.fold like ` + a.Add("%"+escapeLike(t)+"%") + ` escape '!'`
	}
	return where
}

func escapeLike(s string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s)
}

// cursor names a row's place in the order: what it sorts by, and its id.
func (m Row) cursor() string {
	return base64.RawURLEncoding.EncodeToString([]byte(string(m.ID) + m.cursorSort))
}

// readCursor reads what cursor wrote; a foreign or damaged one begins at the first page.
func readCursor(s string, by Sort) (key any, id ref.Meeting, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) < 36 || !ref.Valid(string(b[:36])) {
		return nil, "", false
	}
	if by == ByTitle {
		return b[36:], ref.Meeting(b[:36]), true
	}
	return string(b[36:]), ref.Meeting(b[:36]), true
}
