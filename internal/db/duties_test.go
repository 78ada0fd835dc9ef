package db_test

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/ref"
)

// Duties from before they had ids keep what they say and get an id each.
func TestUpgradeOfDuties(t *testing.T) {
	dbtest.EachAddress(t, func(t *testing.T, address string) {
		engine := db.SQLite
		if strings.HasPrefix(address, "postgres") {
			engine = db.PostgreSQL
		}
		all, err := db.Migrations(engine)
		if err != nil {
			t.Fatal(err)
		}
		before := fstest.MapFS{}
		names, err := fs.Glob(all, "*.sql")
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			if n < "00013" {
				b, err := fs.ReadFile(all, n)
				if err != nil {
					t.Fatal(err)
				}
				before["migrations/"+n] = &fstest.MapFile{Data: b}
			}
		}
		d, err := db.Open(t.Context(), address, db.WithMigrations(db.Options{}, before))
		if err != nil {
			t.Fatal(err)
		}
		object, gone := ref.New(), ref.New()
		if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			for id, tombstone := range map[ref.ID]string{object: "", gone: "removed"} {
				if _, err := tx.Exec(ctx, `insert into object (id, kind, dialogue, owner, parent, rev, state, mark, aset, sort_time, changed_at, changed_by, tombstone)
					values ($1, 'page', 'd', '', '', 1, '', 'TLP:GREEN', 'set', '', '2026-10-01T09:00:00.000Z', '', $2)`, id, tombstone); err != nil {
					return err
				}
				for i := range 17 {
					if _, err := tx.Exec(ctx, `insert into duty (object, principal, kind, detail, due, done) values ($1, 'team:d', 'translate', $2, '', '')`, id, fmt.Sprintf("l%02d missing", i)); err != nil {
						return err
					}
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if d, err = db.Open(t.Context(), address, db.Options{}); err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			ids, err := db.Collect(ctx, tx, db.One[string], `select id from duty where object = $1 and object_kind = 'page' and dialogue = 'd' and aset = 'set'
				and principal = 'team:d' and asker = 'team:d' and kind = 'translate' and detail <> '' and since = '2026-10-01' and done = ''`, object)
			if len(ids) != 16 {
				t.Errorf("%d duties", len(ids))
			}
			for _, id := range ids {
				if !ref.Valid(id) || id == object {
					t.Errorf("%q is no id", id)
				}
			}
			if err != nil {
				return err
			}
			ids, err = db.Collect(ctx, tx, db.One[string], `select id from duty where object = $1`, gone)
			if len(ids) != 0 {
				t.Errorf("of what was removed: %v", ids)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}
