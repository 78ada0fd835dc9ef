// Package label projects the texts by which objects are listed and sorted: one row for every
// language of the dialogue, with the fallback already resolved, so that a list joins one row and
// sorts on one column. It knows nothing of who may read: queries join object with the predicate.
package label

import (
	"bytes"
	"context"
	"fmt"

	"entente/internal/db"
	"entente/internal/message"
	"entente/internal/text"
)

// Key is the field under which the human-writable key of an object is kept ("nia"). It is the
// same in every language and stands under the language "".
const Key = "key"

// Text is one value to be projected under a field's name: "title", "short". Said says that it is somebody's
// own words, of which no translation stands without the original.
type Text struct {
	Field string
	Value text.Multi
	Said  bool
}

// Row is one projected line. Shown is the language that Text is really in; Sort orders in the
// row's language (text.SortKey); Fold is by what a part of the name is
// looked for (text.Sought).
type Row struct {
	Object, Field, Lang, Text, Shown string
	Sort                             []byte
	Fold                             string
}

// Rows derives the rows of an object. It is pure, so that verification can repeat it.
func Rows(object string, langs []text.Lang, key string, texts []Text) []Row {
	var rows []Row
	if key != "" {
		rows = append(rows, Row{Object: object, Field: Key, Text: key, Sort: []byte(key), Fold: key})
	}
	for _, t := range texts {
		if t.Value.Empty() {
			continue
		}
		for _, l := range langs {
			s, shown := t.Value.In(l)
			if t.Said {
				s = Line(t.Value, l)
			}
			rows = append(rows, Row{object, t.Field, l, s, shown, text.SortKey(l, s), text.Sought(s)})
		}
	}
	return rows
}

// Line gives somebody's own words for a reader of l in one line: a translation says that it is one, whether
// it is older than the original, and what that is; one of two originals, what the other is.
func Line(m text.Multi, l text.Lang) string {
	beside := m.Beside(l)
	if beside == "" {
		return m.Get(l)
	}
	shown, key := m.Get(l), "label.original"
	if m.Translated(l) {
		shown, key = m[l].Text, "label.translation"
		if m.State(l) == text.Outdated {
			key = "label.translation-old"
		}
	}
	return message.In(l, key, "text", shown, "original", m[beside].Text)
}

// Put replaces the rows of an object.
func Put(ctx context.Context, tx *db.Tx, object string, rows []Row) error {
	if _, err := tx.Exec(ctx, `delete from label where object = $1 -- label.Put`, object); err != nil {
		return err
	}
	for _, r := range rows {
		if _, err := tx.Exec(ctx, `insert into label (object, field, lang, text, shown_lang, sort, fold)
			values ($1, $2, $3, $4, $5, $6, $7) -- label.Put`,
			r.Object, r.Field, r.Lang, r.Text, r.Shown, r.Sort, r.Fold); err != nil {
			return err
		}
	}
	return nil
}

// Differ says how the rows that stand in the database differ from those derived; "" when they agree.
func Differ(want, have []Row) string {
	key := func(r Row) string { return r.Field + "/" + r.Lang }
	stored := map[string]Row{}
	for _, r := range have {
		stored[key(r)] = r
	}
	for _, w := range want {
		h, ok := stored[key(w)]
		switch {
		case !ok:
			return fmt.Sprintf("label %s is missing", key(w))
		case h.Text != w.Text || h.Shown != w.Shown || h.Fold != w.Fold || !bytes.Equal(h.Sort, w.Sort):
			return fmt.Sprintf("label %s was changed", key(w))
		}
		delete(stored, key(w))
	}
	for k := range stored {
		return fmt.Sprintf("label %s was added", k)
	}
	return ""
}
