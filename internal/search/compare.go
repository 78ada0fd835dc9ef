package search

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"entente/internal/db"
	"entente/internal/ref"
)

// Stored is the index as it stands, for comparing it with what objects are found by. It holds a sum
// of the words of each row, and not the words.
type Stored struct {
	tx   *db.Tx
	sums map[int64]indexed // on SQLite: by row of search_index, those that were not asked for yet
	odd  int               // rows that SQLite counts otherwise
	lost int               // words by which SQLite finds other rows than hold them
}

// indexed is what a row of the index holds: a sum of its words, and how many of them are a title's and
// a body's.
type indexed struct {
	sum   uint64
	words [2]uint64
}

// ErrSettings is the error of Load where SQLite's settings of the index were changed: it may then read
// and order what is found otherwise, or nothing at all.
var ErrSettings = errors.New("its settings, in SQLite's own table search_index_config, were changed")

// Load reads the index. On SQLite, whose index gives its words in no other way, it is looked at
// through a table that this transaction alone has; Close takes that away.
func Load(ctx context.Context, tx *db.Tx) (*Stored, error) {
	s := &Stored{tx: tx}
	if tx.Engine() == db.PostgreSQL {
		return s, nil
	}
	var others int64
	if err := tx.QueryRow(ctx, `select count(*) from search_index_config where k <> 'version' or v not in (4, 5) -- search.Load`).Scan(&others); err != nil {
		return nil, err
	}
	if others > 0 {
		return nil, ErrSettings
	}
	err := s.run(ctx, `create virtual table temp.search_words using fts5vocab(main, search_index, instance)`,
		`create virtual table temp.search_again using fts5(title, body, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 0")`,
		`create virtual table temp.search_again_words using fts5vocab(temp, search_again, instance)`,
		`create virtual table temp.search_terms using fts5vocab(main, search_index, row)`)
	if err != nil {
		return nil, err
	}
	if s.sums, err = s.read(ctx, `search_words`); err != nil {
		return nil, err
	}
	if err := s.count(ctx); err != nil {
		return nil, err
	}
	return s, s.ask(ctx)
}

// ask seeks each word of the index as a search does: SQLite reads the words themselves along the pages,
// and seeks them by a table of its own that says on which page one stands.
func (s *Stored) ask(ctx context.Context) error {
	return s.tx.QueryRow(ctx, `select count(*) from temp.search_terms w where w.doc <> (select count(*) from search_index x
		where x.search_index match '"' || replace(w.term, '"', '""') || '"') -- search.Load`).Scan(&s.lost)
}

// Lost says by how many words SQLite finds other rows than those that hold them.
func (s *Stored) Lost() int { return s.lost }

// count compares how many words SQLite says that each row has with those that it holds. By a row of
// this table it also finds again what it has to take out.
func (s *Stored) count(ctx context.Context) error {
	rows, err := s.tx.Query(ctx, `select id, sz from search_index_docsize -- search.Load`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var id int64
	var sizes sql.RawBytes
	counted := 0
	for rows.Next() {
		if err := rows.Scan(&id, &sizes); err != nil {
			return err
		}
		have, there := s.sums[id]
		if there {
			counted++
		}
		if have.words != lengths(sizes) {
			s.odd++
		}
	}
	s.odd += len(s.sums) - counted
	return rows.Err()
}

// lengths reads two numbers as SQLite writes them: seven bits to a byte, the highest first.
func lengths(b []byte) (n [2]uint64) {
	i := 0
	for _, x := range b {
		if i == len(n) {
			return [2]uint64{}
		}
		n[i] = n[i]<<7 | uint64(x&0x7f)
		if x&0x80 == 0 {
			i++
		}
	}
	return n
}

// Odd says of how many rows SQLite counts the words otherwise than they stand there.
func (s *Stored) Odd() int { return s.odd }

// Close takes away what Load made.
func (s *Stored) Close(ctx context.Context) error {
	if s.sums == nil {
		return nil
	}
	return s.run(ctx, `drop table temp.search_terms`, `drop table temp.search_again_words`, `drop table temp.search_again`, `drop table temp.search_words`)
}

func (s *Stored) run(ctx context.Context, statements ...string) error {
	return s.tx.Temporary(ctx, func(run func(string) error) error {
		for _, q := range statements {
			if err := run(q); err != nil {
				return err
			}
		}
		return nil
	})
}

// read sums the words of each row of an index of SQLite.
func (s *Stored) read(ctx context.Context, words string) (map[int64]indexed, error) {
	sums := map[int64]indexed{}
	rows, err := s.tx.Query(ctx, `select term, doc, col, "offset" from temp.`+words+` -- search.Load`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var term, col sql.RawBytes
	var doc, at int64
	for rows.Next() {
		if err := rows.Scan(&term, &doc, &col, &at); err != nil {
			return nil, err
		}
		row, title := sums[doc], col[0] == 't'
		row.sum += sum(term, title, int(at))
		row.words[map[bool]int{true: 0, false: 1}[title]]++
		sums[doc] = row
	}
	return sums, rows.Err()
}

// sum is what one word in its place adds to the sum of its row.
func sum(word []byte, title bool, at int) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(word)
	_, _ = h.Write([]byte{0, map[bool]byte{true: 't', false: 'b'}[title]})
	_, _ = h.Write(strconv.AppendInt(nil, int64(at), 10))
	return h.Sum64()
}

// Of gives the rows of some objects, as sums in their order.
func (s *Stored) Of(ctx context.Context, objects []ref.ID) (map[ref.ID][]uint64, error) {
	var a db.Args
	what := `n, '', ''`
	if s.sums == nil {
		what = `0, cast(title as text), cast(body as text)`
	}
	rows, err := s.tx.Query(ctx, `select object, `+what+` from search where object in `+a.In(objects)+` -- search.Of`, a.List()...)
	out := map[ref.ID][]uint64{}
	_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var object ref.ID
		var n int64
		var title, body string
		if err := r.Scan(&object, &n, &title, &body); err != nil {
			return struct{}{}, err
		}
		if s.sums == nil {
			out[object] = append(out[object], sumOf(title, true)+sumOf(body, false))
			return struct{}{}, nil
		}
		out[object] = append(out[object], s.sums[n].sum)
		delete(s.sums, n)
		return struct{}{}, nil
	})
	for _, sums := range out {
		slices.Sort(sums)
	}
	return out, err
}

// sumOf sums a vector as PostgreSQL writes it: 'token':1,4 'word':2.
func sumOf(vector string, title bool) (n uint64) {
	for _, w := range strings.Fields(vector) {
		word, at, _ := strings.Cut(strings.TrimPrefix(w, "'"), "':")
		for p := range strings.SplitSeq(at, ",") {
			i, _ := strconv.Atoi(p)
			n += sum([]byte(word), title, i-1)
		}
	}
	return n
}

// Left says how many rows of the index belong to no object that was asked for.
func (s *Stored) Left() int { return len(s.sums) }

// Same says whether sums are those of what an object is found by.
func (s *Stored) Same(ctx context.Context, t Text, sums []uint64) (bool, error) {
	var want []uint64
	rows := rowsOf(t)
	for _, r := range rows {
		var n uint64
		for i, words := range [][]string{r.title, r.body} {
			seen := map[string]int{}
			for at, w := range words {
				// PostgreSQL keeps no more places of one word.
				if seen[w]++; s.sums != nil || seen[w] < 256 {
					n += sum([]byte(w), i == 0, at)
				}
			}
		}
		want = append(want, n)
	}
	slices.Sort(want)
	if slices.Equal(want, sums) || len(want) != len(sums) {
		return slices.Equal(want, sums), nil
	}
	// The engine may have cut or written words of rare scripts its own way: it is asked.
	want, err := s.again(ctx, rows)
	slices.Sort(want)
	return slices.Equal(want, sums), err
}

// again gives the sums as the engine makes them.
func (s *Stored) again(ctx context.Context, rows []row) (want []uint64, err error) {
	if s.sums == nil {
		for _, r := range rows {
			var title, body string
			if err := s.tx.QueryRow(ctx, `select cast(cast($1 as tsvector) as text), cast(cast($2 as tsvector) as text) -- search.again`,
				vector(r.title), vector(r.body)).Scan(&title, &body); err != nil {
				return nil, err
			}
			want = append(want, sumOf(title, true)+sumOf(body, false))
		}
		return want, nil
	}
	var sums map[int64]indexed
	err = s.tx.Temporary(ctx, func(run func(string) error) (err error) {
		if err := run(`insert into temp.search_again (search_again) values ('delete-all')`); err != nil {
			return err
		}
		for i, r := range rows { // words hold letters and digits alone
			if err := run(fmt.Sprintf(`insert into temp.search_again (rowid, title, body) values (%d, '%s', '%s')`,
				i+1, strings.Join(r.title, " "), strings.Join(r.body, " "))); err != nil {
				return err
			}
		}
		sums, err = s.read(ctx, `search_again_words`) // it is written out for that
		return err
	})
	for i := range rows {
		want = append(want, sums[int64(i+1)].sum)
	}
	return want, err
}
