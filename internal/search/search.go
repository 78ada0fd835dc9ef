// Package search keeps the index by which objects are found, and asks it. It knows tokens
// (internal/text) and two engines, and nothing of subjects: whoever writes an object says what it
// is found by. It must never give a row that the reader's predicate does not let through, and it
// keeps no text: what is shown of a hit is read from the object.
package search

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
)

// Text is what an object is found by: its names, and everything that a reader of it sees, names
// included, in whatever languages.
type Text struct{ Title, Body []string }

// A row holds so many tokens; the next row repeats the last of them, so that a phrase is found
// where a text was cut. PostgreSQL counts no position beyond 16,383, no more than 256 of one
// token, and takes no row over a megabyte.
const (
	rowTokens = 2000
	overlap   = 40
)

// Put replaces what an object is found by; an empty Text makes it unfindable.
func Put(ctx context.Context, tx *db.Tx, object ref.ID, t Text) error {
	if err := remove(ctx, tx, object); err != nil {
		return err
	}
	for _, r := range rowsOf(t) {
		if err := insert(ctx, tx, object, r.title, r.body); err != nil {
			return err
		}
	}
	return nil
}

// row is what one row of the index holds.
type row struct{ title, body []string }

// rowsOf gives the rows of an object.
func rowsOf(t Text) (out []row) {
	title, body := tokens(t.Title), tokens(t.Body)
	for first := true; first && len(title) > 0 || len(body) > 0; first = false {
		out = append(out, row{title[:min(rowTokens, len(title))], body[:min(rowTokens, len(body))]})
		title = nil
		if len(body) <= rowTokens {
			return out
		}
		body = body[rowTokens-overlap:]
	}
	return out
}

func tokens(texts []string) (out []string) {
	for _, s := range texts {
		out = append(out, strings.Fields(text.Index(s))...)
	}
	return out
}

func remove(ctx context.Context, tx *db.Tx, object ref.ID) error {
	if tx.Engine() == db.SQLite {
		if _, err := tx.Exec(ctx, `delete from search_index where rowid in (select n from search where object = $1) -- search.remove`, object); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `delete from search where object = $1 -- search.remove`, object)
	return err
}

func insert(ctx context.Context, tx *db.Tx, object ref.ID, title, body []string) error {
	if tx.Engine() == db.PostgreSQL {
		// Written as the vector itself: a parser would cut tokens its own way.
		_, err := tx.Exec(ctx, `insert into search (object, title, body)
			values ($1, cast($2 as tsvector), cast($3 as tsvector)) -- search.insert`, object, vector(title), vector(body))
		return err
	}
	var n int64
	if err := tx.QueryRow(ctx, `insert into search (object) values ($1) returning n -- search.insert`, object).Scan(&n); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `insert into search_index (rowid, title, body) values ($1, $2, $3) -- search.insert`,
		n, strings.Join(title, " "), strings.Join(body, " "))
	return err
}

// vector writes tokens as PostgreSQL writes a tsvector: 'token':1,4. Tokens hold letters and
// digits only.
func vector(tokens []string) string {
	at := map[string][]string{}
	for i, t := range tokens {
		at[t] = append(at[t], fmt.Sprint(i+1))
	}
	var b strings.Builder
	for t, positions := range at {
		fmt.Fprintf(&b, "'%s':%s ", t, strings.Join(positions, ","))
	}
	return b.String()
}

// Clear empties the index, before it is made anew.
func Clear(ctx context.Context, tx *db.Tx) error {
	if tx.Engine() == db.SQLite {
		if _, err := tx.Exec(ctx, `insert into search_index (search_index) values ('delete-all') -- search.Clear`); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `delete from search -- search.Clear`)
	return err
}

// Purge takes out of the index what was deleted or replaced: until then its words are only marked as
// gone. It costs as much as the index is large.
func Purge(ctx context.Context, tx *db.Tx) error {
	if tx.Engine() == db.PostgreSQL {
		return nil // a row of the index goes as every other row does
	}
	_, err := tx.Exec(ctx, `insert into search_index (search_index) values ('optimize') -- search.Purge`)
	return err
}

// Reader gives the predicate of whoever asks.
type Reader interface {
	CanRead(args *db.Args, alias string) string
}

// Query says what is sought. All words must occur in an object.
type Query struct {
	Dialogue ref.Dialogue
	Words    string // as a person typed it
	Kind     string // only objects of this kind; "" for all
	Lang     text.Lang
	Limit    int
	Offset   int
}

// Hit is one object found. Title is by which it is listed, in the language Lang.
type Hit struct {
	ID       ref.ID
	Kind     string
	State    string
	Mark     string // handling mark
	SortTime string
	Title    string
	Lang     text.Lang
}

// Count is how many objects of a kind were found.
type Count struct {
	Kind string
	N    int
}

// Found is a page of what was found. Counts are of all kinds, whichever the query chose.
type Found struct {
	Hits   []Hit
	Total  int // of the kind that the query chose
	Counts []Count
	Empty  bool // nothing searchable was typed
}

// What a query may cost: longer ones are cut.
const (
	maxWords  = 300 // characters
	maxPhrase = 16
	maxOffset = 10000
)

func phrases(words string) []text.Phrase {
	if r := []rune(words); len(r) > maxWords {
		words = string(r[:maxWords])
	}
	ps := text.Query(words)
	return ps[:min(len(ps), maxPhrase)]
}

// Find gives the objects in which all words occur and that who may read: those with the words in
// their name first, of these and of the others the newest first.
func Find(ctx context.Context, tx *db.Tx, who Reader, q Query) (f Found, err error) {
	ps := phrases(q.Words)
	if len(ps) == 0 {
		return Found{Empty: true}, nil
	}
	var a db.Args
	rows, err := tx.Query(ctx, `select o.kind, count(*) from object o where `+who.CanRead(&a, "o")+
		` and o.dialogue = `+a.Add(q.Dialogue)+matches(tx, &a, ps)+` group by o.kind order by o.kind -- search.Find`, a.List()...)
	f.Counts, err = db.Rows(rows, err, func(r *sql.Rows) (c Count, err error) {
		err = r.Scan(&c.Kind, &c.N)
		return c, err
	})
	for _, c := range f.Counts {
		if q.Kind == "" || q.Kind == c.Kind {
			f.Total += c.N
		}
	}
	if err != nil || f.Total == 0 {
		return f, err
	}
	f.Hits, err = hits(ctx, tx, who, q, ps)
	return f, err
}

func hits(ctx context.Context, tx *db.Tx, who Reader, q Query, ps []text.Phrase) ([]Hit, error) {
	var a db.Args
	query := `select o.id, o.kind, o.state, o.mark, o.sort_time, coalesce(l.text, ''), coalesce(l.shown_lang, '') from object o
		left join label l on l.object = o.id and l.field = 'title' and l.lang = ` + a.Add(q.Lang) + `
		where ` + who.CanRead(&a, "o") + ` and o.dialogue = ` + a.Add(q.Dialogue) + matches(tx, &a, ps)
	if q.Kind != "" {
		query += ` and o.kind = ` + a.Add(q.Kind)
	}
	query += ` order by case when o.id in (` + inTitle(tx, &a, ps) + `) then 0 else 1 end, o.sort_time desc, o.id
		limit ` + a.Add(min(max(q.Limit, 1), 100)) + ` offset ` + a.Add(min(max(q.Offset, 0), maxOffset)) + ` -- search.hits`
	rows, err := tx.Query(ctx, query, a.List()...)
	return db.Rows(rows, err, func(r *sql.Rows) (h Hit, err error) {
		err = r.Scan(&h.ID, &h.Kind, &h.State, &h.Mark, &h.SortTime, &h.Title, &h.Lang)
		return h, err
	})
}

// matches gives a condition for every phrase: they may stand in different rows of an object.
func matches(tx *db.Tx, a *db.Args, ps []text.Phrase) string {
	var b strings.Builder
	for p := range slices.Chunk(ps, 1) {
		if tx.Engine() == db.SQLite {
			b.WriteString(` and o.id in (select s.object from search s where s.n in (
				select x.rowid from search_index x where x.search_index match ` + a.Add(text.FTS5(p)) + `))`)
		} else {
			b.WriteString(` and o.id in (select s.object from search s where s.body @@ cast(` + a.Add(text.TSQuery(p)) + ` as tsquery))`)
		}
	}
	return b.String()
}

// inTitle selects the objects that have all phrases in their names.
func inTitle(tx *db.Tx, a *db.Args, ps []text.Phrase) string {
	if tx.Engine() == db.SQLite {
		return `select s.object from search s where s.n in (
			select x.rowid from search_index x where x.search_index match ` + a.Add(`{title} : (`+text.FTS5(ps)+`)`) + `)`
	}
	return `select s.object from search s where s.title @@ cast(` + a.Add(text.TSQuery(ps)) + ` as tsquery)`
}
