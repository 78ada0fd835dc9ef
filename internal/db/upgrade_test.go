package db_test

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"entente/internal/db"
	"entente/internal/db/dbtest"
)

// upTo gives the program's migrations as far as a version.
func upTo(t *testing.T, version int) fstest.MapFS {
	t.Helper()
	list, err := os.ReadDir("migrations")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, e := range list {
		number, _, _ := strings.Cut(e.Name(), "_")
		n, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		if n > version {
			continue
		}
		b, err := os.ReadFile("migrations/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		files["migrations/"+e.Name()] = &fstest.MapFile{Data: b}
	}
	return files
}

// TestNationalMarkIsAdded: objects from before have no national mark.
func TestNationalMarkIsAdded(t *testing.T) {
	dbtest.EachAddress(t, func(t *testing.T, address string) {
		d, err := db.Open(t.Context(), address, db.WithMigrations(db.Options{}, upTo(t, 7)))
		if err != nil {
			t.Fatal(err)
		}
		exec(t, d, `insert into object (id, kind, dialogue, owner, parent, rev, state, mark, aset, sort_time, changed_at, changed_by, tombstone)
			values ('o', 'meeting', 'd', '', '', 3, '', 'TLP:GREEN', 'a', '', '', '', '')`)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if d, err = db.Open(t.Context(), address, db.Options{}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		var mark, national string
		if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			return tx.QueryRow(ctx, `select mark, national from object where id = 'o'`).Scan(&mark, &national)
		}); err != nil || mark != "TLP:GREEN" || national != "" {
			t.Errorf("%q %q %v", mark, national, err)
		}
	})
}

// TestSecondFactorIsLeft: the upgrade is to say that nobody needs a second factor where people sign in, or
// roles are taken, and nothing was set; elsewhere what was set stays, and a node that is empty is a new one.
func TestSecondFactorIsLeft(t *testing.T) {
	const account = `insert into credential (person, login, hash, changed) values ('p', 'p', 'x', '')`
	for what, c := range map[string]struct {
		before []string
		due    int
	}{
		"people sign in":          {[]string{account}, 1},
		"a demonstration":         {[]string{`insert into node (name, value) values ('demonstration', 'yes')`}, 1},
		"it was set":              {[]string{account, `insert into node (name, value) values ('second-factor', 'administrator')`}, 0},
		"it was set to nothing":   {[]string{account, `insert into node (name, value) values ('second-factor', '')`}, 0},
		"nobody ever came in yet": {nil, 0},
	} {
		t.Run(what, func(t *testing.T) {
			dbtest.EachAddress(t, func(t *testing.T, address string) {
				d, err := db.Open(t.Context(), address, db.WithMigrations(db.Options{}, upTo(t, 27)))
				if err != nil {
					t.Fatal(err)
				}
				for _, q := range c.before {
					exec(t, d, q)
				}
				if err := d.Close(); err != nil {
					t.Fatal(err)
				}
				if d, err = db.Open(t.Context(), address, db.Options{}); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { d.Close() })
				var n int
				if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
					return tx.QueryRow(ctx, `select count(*) from node where name = 'second-factor-before' and value = 'due'`).Scan(&n)
				}); err != nil || n != c.due {
					t.Errorf("due: %d, want %d: %v", n, c.due, err)
				}
			})
		})
	}
}
