package release_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/ledger"
	"entente/publication"
)

// frozen gives the frozen revisions of every release: its name, the kind, and the body.
func frozen(t *testing.T, each func(name, kind string, body []byte)) {
	t.Helper()
	files, err := filepath.Glob("testdata/*/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatal("no release left a revision", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for line := range bytes.Lines(b) {
			n++
			each(fmt.Sprintf("%s:%d", file, n), strings.TrimSuffix(filepath.Base(file), ".jsonl"), bytes.TrimSpace(line))
		}
	}
}

// leaves counts the single values in a JSON text, wherever they stand; empty ones are not counted.
func leaves(t *testing.T, b []byte) map[string]int {
	t.Helper()
	var v any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, in := range v {
				walk(in)
			}
		case []any:
			for _, in := range v {
				walk(in)
			}
		default:
			if s := fmt.Sprint(v); v != nil && s != "" {
				out[s]++
			}
		}
	}
	walk(v)
	return out
}

// whole says whether each value in a stored revision is in what was read of it, or in what is said
// to have been dropped since.
func whole(t *testing.T, name string, body []byte, h access.Header, value, former any) {
	t.Helper()
	again, err := json.Marshal([]any{h, value, former})
	if err != nil {
		t.Fatal(err)
	}
	have := leaves(t, again)
	for leaf, n := range leaves(t, body) {
		if have[leaf] < n {
			t.Errorf("%s: %q stood there %d times and is read %d times", name, leaf, n, have[leaf])
		}
	}
}

// TestFrozenDerives: today's kinds read what any release wrote, whole. From each frozen revision, as
// if it were an object's newest, everything is derived that stands beside it, and is verified, and
// history shows it.
func TestFrozenDerives(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		objects, who := bundle.Objects(d), access.Operator("test")
		pages := *publication.Pages
		pages.Part = true // of a part, an audience may stand inside a side
		keeper := access.NewObjects(d, &pages)
		sets := map[string]string{} // audiences that are kept, by an object that has them
		seq := int64(0)             // below those of the log, which goes on
		type line struct {
			name string
			body []byte
			id   ref.ID
		}
		var shown []line
		frozen(t, func(name, kind string, body []byte) {
			k, ok := objects.Kind(kind)
			if !ok {
				t.Errorf("%s: there is no kind %s any more", name, kind)
				return
			}
			h, value, err := k.Decode(body)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			audience := fmt.Sprint(h.Audience)
			if sets[audience] == "" {
				made, err := keeper.Create(t.Context(), who, "page", access.Header{Dialogue: h.Dialogue, Mark: h.Mark, Audience: h.Audience}, &publication.Page{Title: text.Both("A page", "页面")})
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				sets[audience] = made.ID
			}
			id := ref.New()
			if h.Tombstone == "" {
				shown = append(shown, line{name, body, id})
			} else if len(k.Dropped()) == 0 { // nobody finds it, nor its history
				whole(t, name, body, h, value, nil)
			}
			seq--
			entry, err := json.Marshal(ledger.Entry{Act: kind + ".create", ID: id, Object: id, Rev: 1})
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				for _, s := range []struct {
					query string
					args  []any
				}{
					{`insert into entry (seq, id, body, leaf) values ($1, $2, $3, $4)`, []any{seq, id, entry, []byte(id)}},
					{`insert into revision (object, rev, seq, body, digest) values ($1, 1, $2, $3, '')`, []any{id, seq, body}},
					{
						`insert into object (id, rev, kind, dialogue, owner, parent, state, mark, aset, sort_time, changed_at, changed_by, tombstone, national)
						select $1, 1, $2, $3, $4, '', '', $5, aset, '', $6, $7, $8, $9 from object where id = $10`,
						[]any{id, kind, h.Dialogue, h.Owner, string(h.Mark), h.ChangedAt, h.ChangedBy, h.Tombstone, h.National, sets[audience]},
					},
					{`insert into derivation (kind, version, sorting, words) values ($1, 0, '', 0) on conflict (kind) do nothing`, []any{kind}},
				} {
					if _, err := tx.Exec(ctx, s.query, s.args...); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		})
		if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `update derivation set version = 0`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := objects.Derive(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			n, difference, err := objects.Verify(ctx, tx)
			// What is owed to a call was made by the act that asked, which was not done here.
			difference = strings.Join(slices.DeleteFunc(strings.Split(difference, "; "), func(s string) bool {
				return strings.HasPrefix(s, "call ") && strings.HasSuffix(s, "the duty is missing")
			}), "; ")
			if difference != "" || n == 0 {
				t.Errorf("of %d objects: %s", n, difference)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for _, l := range shown {
			vs, err := objects.History(t.Context(), who, l.id, 0, 2)
			if err != nil || len(vs) != 1 {
				t.Errorf("%s: a history of %d revisions: %v", l.name, len(vs), err)
				continue
			}
			whole(t, l.name, l.body, vs[0].Header, vs[0].Value, vs[0].Former)
			if len(vs[0].Since(access.Version{})) == 0 {
				t.Errorf("%s: history shows nothing", l.name)
			}
		}
	})
}
