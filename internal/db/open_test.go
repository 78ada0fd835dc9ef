package db_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
)

// address gives the address of an open database of dbtest.
func address(t testing.TB, d *db.DB) string {
	t.Helper()
	if d.Engine() == db.SQLite {
		return d.Path()
	}
	var name string
	err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, "select current_database()").Scan(&name)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dbtest.PostgresNamed(t, name)
}

func exec(t *testing.T, d *db.DB, query string) {
	t.Helper()
	err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, query)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func version(t *testing.T, d *db.DB) int64 {
	t.Helper()
	v, err := d.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestOpenMigratesOnce(t *testing.T) {
	dbtest.EachAddress(t, func(t *testing.T, address string) {
		ctx := t.Context()
		var first int64
		for i := range 2 {
			d, err := db.Open(ctx, address, db.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Ping(ctx); err != nil {
				t.Error(err)
			}
			if i == 0 {
				first = version(t, d)
			}
			if v := version(t, d); v < 1 || v != first {
				t.Errorf("version %d", v)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}
		if list, _ := filepath.Glob(address + ".before-*"); len(list) > 0 {
			t.Errorf("a backup where nothing was upgraded: %q", list)
		}
	})
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		exec(t, d, "insert into goose_db_version (version_id, is_applied) values (99999, "+map[db.Engine]string{db.SQLite: "1", db.PostgreSQL: "true"}[d.Engine()]+")")
		for _, o := range []db.Options{{}, {ReadOnly: true}, {SkipMigrations: true}} {
			_, err := db.Open(ctx, address(t, d), o)
			if err == nil || !strings.Contains(err.Error(), "newer program") {
				t.Errorf("%+v: %v", o, err)
			}
		}
	})
}

// steps gives migrations: the program's, and some that stand after them.
func steps(t *testing.T, more ...string) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	for i, text := range append([]string{"create table node (name text not null primary key, value text not null)"}, more...) {
		files[fmt.Sprintf("migrations/%05d_step.sql", i+1)] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + text + ";\n")}
	}
	return files
}

func TestUpgrade(t *testing.T) {
	dbtest.EachAddress(t, func(t *testing.T, address string) {
		ctx := t.Context()
		open := func(o db.Options, files fs.FS) (*db.DB, error) {
			d, err := db.Open(ctx, address, db.WithMigrations(o, files))
			if err == nil {
				t.Cleanup(func() { d.Close() })
			}
			return d, err
		}
		backups := func(want int) []string {
			list, err := filepath.Glob(address + ".before-*.bak")
			if err != nil {
				t.Fatal(err)
			}
			if len(list) != want && !strings.HasPrefix(address, "postgres") {
				t.Fatalf("backups %q, want %d", list, want)
			}
			return list
		}
		d, err := open(db.Options{}, steps(t))
		if err != nil {
			t.Fatal(err)
		}
		if err := set(ctx, d, "kept", "yes"); err != nil {
			t.Fatal(err)
		}
		d.Close()
		backups(0)

		// A step that fails leaves the one before it done, and itself undone.
		if _, err := open(db.Options{}, steps(t, "alter table node add column one bigint", "create table two (id text); insert into three values (1)")); err == nil {
			t.Fatal("a wrong step was taken")
		}
		backups(1)
		good := steps(t, "alter table node add column one bigint", "create table two (id text)")
		if _, err := open(db.Options{ReadOnly: true}, good); err == nil || !strings.Contains(err.Error(), "needs 3") {
			t.Errorf("opened for reading: %v", err)
		}
		if d, err = open(db.Options{SkipMigrations: true}, good); err != nil || version(t, d) != 2 {
			t.Fatalf("left as it is: %v", err)
		}
		d.Close()
		if d, err = open(db.Options{}, good); err != nil || version(t, d) != 3 {
			t.Fatal(err)
		}
		wantValue(t, d, "kept", "yes")
		d.Close()
		for i, path := range backups(2) {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Error(info, err)
			}
			b, err := db.Open(ctx, path, db.WithMigrations(db.Options{ReadOnly: true, SkipMigrations: true}, good))
			if err != nil {
				t.Fatal(err)
			}
			if v := version(t, b); v != int64(2-i) { // NAME.before-3.<time>.bak sorts first
				t.Errorf("%s has version %d", path, v)
			}
			wantValue(t, b, "kept", "yes")
			b.Close()
		}
		if _, err := open(db.Options{}, steps(t)); err == nil || !strings.Contains(err.Error(), "newer program") {
			t.Errorf("an older program: %v", err)
		}
	})
}

// Two nodes that start at once on an empty database.
func TestMigrateAtOnce(t *testing.T) {
	dbtest.EachAddress(t, func(t *testing.T, address string) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				d, err := db.Open(t.Context(), address, db.Options{})
				if err != nil {
					t.Error(err)
					return
				}
				d.Close()
			})
		}
		wg.Wait()
	})
}

func TestReadOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		if err := set(ctx, d, "a", "1"); err != nil {
			t.Fatal(err)
		}
		r, err := db.Open(ctx, address(t, d), db.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		wantValue(t, r, "a", "1")
		if set(ctx, r, "a", "2") == nil {
			t.Error("it wrote")
		}
		if r.Beside(ctx, func(context.Context, *db.Tx) error { return nil }) == nil {
			t.Error("it wrote beside")
		}
	})
	dbtest.EachAddress(t, func(t *testing.T, address string) {
		if d, err := db.Open(t.Context(), address, db.Options{ReadOnly: true}); err == nil {
			d.Close()
			t.Error("opened an empty database for reading")
		}
		if _, err := os.Stat(address); err == nil {
			t.Error("made the file")
		}
	})
}

func TestBackupTo(t *testing.T) {
	d := dbtest.New(t)
	ctx := t.Context()
	if err := set(ctx, d, "a", "1"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "it's a copy.db")
	if err := d.Write(ctx, func(inner context.Context, tx *db.Tx) error { // while a write is open
		if err := set(inner, d, "a", "2"); err != nil {
			return err
		}
		return d.BackupTo(ctx, path)
	}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	if err := d.BackupTo(ctx, path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over an existing file: %v", err)
	}
	c, err := db.Open(ctx, path, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	wantValue(t, c, "a", "1")
}

func TestAddresses(t *testing.T) {
	dir := t.TempDir()
	ctx := t.Context()
	for _, good := range []string{dir + "/a.db", "file:" + dir + "/b%20c.db", "file://" + dir + "/d.db", dir + "/50% ü?#.db"} {
		d, err := db.Open(ctx, good, db.Options{Volatile: true})
		if err != nil {
			t.Errorf("%s: %v", good, err)
			continue
		}
		if info, err := os.Stat(d.Path()); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", good, info, err)
		}
		d.Close()
	}
	for _, bad := range []string{"", ":memory:", "file::memory:", "file:" + dir + "/a.db?mode=ro", "file://host/a.db", "mysql://u:secret@h/d", dir + "/no/such.db"} {
		d, err := db.Open(ctx, bad, db.Options{})
		if err == nil {
			d.Close()
			t.Errorf("%q was opened", bad)
		} else if strings.Contains(err.Error(), "secret") {
			t.Error("the password is shown")
		}
	}
	for _, lost := range []string{"postgres://u:secret@127.0.0.1:1/d", "postgres://u:secret@127.0.0.1:1/d?sslmode=disable"} {
		_, err := db.Open(ctx, lost, db.Options{})
		if !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v", err)
		}
	}
	if s := db.Redact("postgres://u:secret@h/d?password=secret"); strings.Contains(s, "secret") {
		t.Error(s)
	}
}

func TestNotADatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "letter.docx")
	if err := os.WriteFile(path, []byte(strings.Repeat("PK\x03\x04 not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Open(t.Context(), path, db.Options{}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
}

func TestDatabaseThatSortsOtherwiseIsRefused(t *testing.T) {
	for form, want := range map[string]string{
		"create database %s encoding 'UTF8' lc_collate 'C.UTF-8' lc_ctype 'C.UTF-8' locale_provider icu icu_locale 'en' template template0": "C.UTF-8 is needed",
		"create database %s encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0":                                               "UTF8 is needed",
		"create database %s encoding 'UTF8' lc_collate 'C' lc_ctype 'C' template template0":                                                 "",
	} {
		address := dbtest.PostgresMade(t, form)
		d, err := db.Open(t.Context(), address, db.Options{})
		if err == nil {
			d.Close()
		}
		if (want == "") != (err == nil) || err != nil && (!strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "create database")) {
			t.Errorf("%s: %v", form, err)
		}
	}
}

func TestLostServer(t *testing.T) {
	d := dbtest.Postgres(t)
	ctx := t.Context()
	err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var pid int
		if err := tx.QueryRow(ctx, "select pg_backend_pid()").Scan(&pid); err != nil {
			return err
		}
		other, err := db.Open(t.Context(), address(t, d), db.Options{})
		if err != nil {
			return err
		}
		defer other.Close()
		if err := other.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			return tx.QueryRow(ctx, "select 1 where pg_terminate_backend($1, 5000)", pid).Scan(new(int))
		}); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "insert into node (name, value) values ('a', '')")
		return err
	})
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
	if err := set(ctx, d, "a", "1"); err != nil { // and it comes back by itself
		t.Error(err)
	}
}

func TestFullDisk(t *testing.T) {
	d := dbtest.New(t)
	err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		var pages int
		if err := tx.QueryRow(ctx, "pragma max_page_count = 1").Scan(&pages); err != nil { // cut to what it has
			return err
		}
		_, err := tx.Exec(ctx, "insert into node (name, value) values ('a', $1)", strings.Repeat("x", 1<<20))
		return err
	})
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
}
