package access

import (
	"context"
	"database/sql"

	"entente/internal/db"
	"entente/internal/label"
	"entente/internal/ref"
	"entente/internal/search"
	"entente/internal/shape"
	"entente/internal/text"
)

// sought is what an object is found by.
type sought struct {
	titles  []label.Text
	texts   []shape.MultiText
	strings []string
}

func (k *Kind[T]) sought(o *Object[T]) (s sought) {
	if o.Tombstone != "" {
		return s
	}
	v := o.Value
	if k.Seek != nil {
		v = k.Seek(v)
	}
	return sought{k.titles(&v), k.Said(&v), shape.Strings(&v)}
}

// index gives the texts in all their languages.
func (s sought) index() (t search.Text) {
	for _, l := range s.titles {
		for _, lang := range l.Value.Langs() {
			t.Title = append(t.Title, l.Value[lang].Text)
		}
	}
	t.Body = append(t.Body, t.Title...)
	for _, m := range s.texts {
		for _, lang := range m.Value.Langs() {
			t.Body = append(t.Body, plain(m, lang))
		}
	}
	t.Body = append(t.Body, s.strings...)
	return t
}

func plain(m shape.MultiText, lang text.Lang) string {
	if m.Field.Style == shape.Markdown {
		return text.Plain(m.Value[lang].Text)
	}
	return m.Value[lang].Text
}

// excerpt gives the first text that holds something sought: in the reader's language before
// another, a long text before a line; else the beginning of the first long text. What repeats a
// name is left out: a hit shows that anyway.
func (s sought) excerpt(words string, lang text.Lang) (pieces []search.Piece, shown text.Lang) {
	const runes = 180
	width := map[bool]int{true: runes / 2, false: runes}
	named := map[string]bool{}
	for _, t := range s.titles {
		for _, l := range t.Value.Langs() {
			named[t.Value[l].Text] = true
		}
	}
	for _, pass := range []struct{ own, long bool }{{true, true}, {true, false}, {false, true}, {false, false}} {
		for _, m := range s.texts {
			for _, l := range m.Value.Langs() {
				if (l == lang) != pass.own || (m.Field.Style != shape.Line) != pass.long || named[m.Value[l].Text] {
					continue
				}
				if !m.Alone(l) { // no excerpt shows it with the original
					continue
				}
				t := plain(m, l)
				if m.Field.Style != shape.Markdown { // whose lines are its blocks already
					t = text.Unwrapped(t)
				}
				if p := search.Excerpt(t, words, width[l == "zh"]); p != nil {
					return p, l
				}
			}
		}
	}
	for _, m := range s.texts {
		want := lang
		if !m.Alone(want) {
			want = m.Value.OriginalLang()
		}
		if !m.Alone(want) {
			continue
		}
		if t, l := m.Value.In(want); m.Field.Style != shape.Line && t != "" && !named[t] {
			return []search.Piece{{Text: text.Excerpt(t, width[l == "zh"])}}, l
		}
	}
	return nil, ""
}

// seek gives what the object of a snapshot is found by.
func (k *Kind[T]) seek(body []byte) (sought, error) {
	s, err := k.decode(body)
	if err != nil {
		return sought{}, err
	}
	return k.sought(&Object[T]{s.Object, s.Value}), nil
}

func (k *Kind[T]) texts(body []byte) ([]shape.MultiText, error) {
	s, err := k.decode(body)
	return shape.Texts(&s.Value), err
}

// Hit is an object that was found, with the place where the words stand.
type Hit struct {
	search.Hit
	Title   []search.Piece
	Excerpt []search.Piece
	Shown   text.Lang // the excerpt's language
}

// Found is a page of what was found.
type Found struct {
	Hits   []Hit
	Total  int
	Counts []search.Count // by kind, whichever kind was asked for
	Empty  bool           // nothing searchable was typed
}

// Search finds objects of every kind that the actor may read, by words in any of their texts.
func (s *Objects) Search(ctx context.Context, who Actor, q search.Query) (f Found, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		found, err := search.Find(ctx, tx, finder{who}, q)
		if err != nil {
			return err
		}
		f = Found{Total: found.Total, Counts: found.Counts, Empty: found.Empty}
		var ids []ref.ID
		for _, h := range found.Hits {
			ids = append(ids, h.ID)
		}
		bodies, err := snapshots(ctx, tx, who, ids)
		if err != nil {
			return err
		}
		for _, h := range found.Hits {
			hit := Hit{Hit: h, Title: search.Mark(h.Title, q.Words)}
			if b := bodies[h.ID]; b != nil {
				t, err := s.kinds[h.Kind].seek(b)
				if err != nil {
					return err
				}
				hit.Excerpt, hit.Shown = t.excerpt(q.Words, q.Lang)
			}
			f.Hits = append(f.Hits, hit)
		}
		return nil
	})
	return f, err
}

// snapshots gives the newest revision of each object that the actor may read.
func snapshots(ctx context.Context, tx *db.Tx, who Actor, ids []ref.ID) (map[ref.ID][]byte, error) {
	var a db.Args
	rows, err := tx.Query(ctx, `select o.id, r.body from object o join revision r on r.object = o.id and r.rev = o.rev
		where o.id in `+a.In(ids)+` and `+who.CanRead(&a, "o")+` -- access.snapshots`, a.List()...)
	out := map[ref.ID][]byte{}
	_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id ref.ID
		var body []byte
		err := r.Scan(&id, &body)
		out[id] = body
		return struct{}{}, err
	})
	return out, err
}

// Reindex makes the search index anew from the objects as they stand, and says how many there
// are. It is an act of the node's operator and changes nothing that anybody may read.
func (s *Objects) Reindex(ctx context.Context) (n int, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := search.Clear(ctx, tx); err != nil {
			return err
		}
		for after := ""; ; {
			rows, err := tx.Query(ctx, `select o.id, o.rev, o.kind, r.body from object o join revision r on r.object = o.id and r.rev = o.rev
				where o.id > $1 and o.tombstone = '' order by o.id limit 500 -- access.Reindex`, after)
			page, err := db.Rows(rows, err, scanCurrent)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, c := range page {
				after = c.id
				if k := s.kinds[c.kind]; k != nil && c.body != nil {
					t, err := k.seek(c.body)
					if err == nil {
						err = search.Put(ctx, tx, c.id, t.index())
					}
					if err != nil {
						return err
					}
					n++
				}
			}
		}
	})
	return n, err
}
