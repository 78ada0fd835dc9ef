package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"entente/account"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
)

// served runs entente serve until it refuses; one that does not is stopped.
func served(t testing.TB, args ...string) answer {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	var out, errs bytes.Buffer
	status := run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...), console{strings.NewReader(""), &out, &errs})
	return answer{status, out.String(), errs.String()}
}

// never fails where the command said something.
func (a answer) never(t testing.TB, phrases ...string) answer {
	t.Helper()
	for _, p := range phrases {
		if strings.Contains(a.out+a.err, p) {
			t.Errorf("it says %q:\n%s", p, a.out+a.err)
		}
	}
	return a
}

// TestDatabaseGone: beside what a node left in its folder, an empty database is no new beginning.
func TestDatabaseGone(t *testing.T) {
	none := func(t *testing.T, path string) {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	alone := func(rest string) func(t *testing.T, folder, path string) {
		return func(t *testing.T, folder, path string) {
			for _, name := range []string{keyFile, publicFile, checkpointFile, databaseFile} {
				if err := os.Remove(filepath.Join(folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
					t.Fatal(err)
				}
			}
			write(t, path+rest, "left")
		}
	}
	for name, damage := range map[string]func(t *testing.T, folder, path string){
		"its log alone": alone("-wal"), "a copy alone": alone(".before-12-20260101T000000.bak"),
		"missing": func(t *testing.T, _, path string) { none(t, path) },
		"empty":   func(t *testing.T, _, path string) { write(t, path, "") },
		"no tables": func(t *testing.T, _, path string) {
			none(t, path)
			p, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if _, err := p.ExecContext(t.Context(), `create table x (y); drop table x`); err != nil {
				t.Fatal(err)
			}
		},
		"no entries": func(t *testing.T, _, path string) {
			none(t, path)
			if err := open(t, path).Close(); err != nil {
				t.Fatal(err)
			}
		},
		"no checkpoint": func(t *testing.T, folder, path string) {
			none(t, path)
			none(t, filepath.Join(folder, checkpointFile))
		},
		"files alone": func(t *testing.T, folder, path string) {
			for _, name := range []string{keyFile, publicFile, checkpointFile} {
				if err := os.Remove(filepath.Join(folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
					t.Fatal(err)
				}
			}
			none(t, path)
			in := filepath.Join(folder, filesFolder, "ab")
			if err := os.MkdirAll(in, 0o700); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(in, strings.Repeat("ab", 31)), "content")
		},
		"no key": func(t *testing.T, folder, path string) {
			none(t, path)
			none(t, filepath.Join(folder, keyFile))
		},
	} {
		t.Run(name, func(t *testing.T) {
			folder := exampleNode(t)
			path := filepath.Join(folder, databaseFile)
			damage(t, folder, path)
			before, _ := os.ReadFile(path)
			served(t, "--data", folder).want(t, statusFailed, path, "entente restore", "on purpose", folder+"-old").never(t, "/first/")
			for _, more := range [][]string{{}, {"--dry-run"}} {
				args := append([]string{"import", "--data", folder, "-"}, more...)
				cliWith(t, "kind: dialogue\nkey: dd\nlanguages: [en]\nname: {en: D}\n", args...).want(t, statusFailed, path, "entente restore").never(t, "created", "upgraded")
			}
			if name != "no entries" {
				cli(t, "admin", "person", "list", "--data", folder).want(t, statusFailed, path, "entente restore")
				cli(t, "demo", "--data", folder, "--listen", "127.0.0.1:0").want(t, statusFailed, "entente restore")
				if after, _ := os.ReadFile(path); !bytes.Equal(before, after) && name != "no tables" { // SQLite sets its log mode
					t.Error("something was made there")
				}
			}
		})
	}
	folder := exampleNode(t)
	served(t, "--data", folder, "--db", filepath.Join(t.TempDir(), "new.db")).want(t, statusFailed, "checkpoint of a log of", "name it with --db")
}

// TestOlderCopy: nothing is written to a database that does not contain the log that was published,
// until its operator took the checkpoint away.
func TestOlderCopy(t *testing.T) {
	folder := exampleNode(t)
	path, published := filepath.Join(folder, databaseFile), filepath.Join(folder, checkpointFile)
	d := open(t, path)
	err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { // a backup that was put back by hand has lost its last entries
		_, err := tx.Exec(ctx, `delete from entry where seq >= (select max(seq) from entry)`)
		return err
	})
	if err := errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
	says := []string{path, "does not contain the log", "entente restore", "ledger verify", published}
	served(t, "--data", folder).want(t, statusFailed, says...).never(t, "ready")
	cli(t, "demo", "--data", folder, "--listen", "127.0.0.1:0").want(t, statusFailed, says...)
	cli(t, "admin", "attempts", "clear", "--data", folder).want(t, statusFailed, says...)
	cliWith(t, "kind: dialogue\nkey: dd\nlanguages: [en]\nname: {en: D}\n", "import", "--data", folder, "-").want(t, statusFailed, says...)
	if err := os.Rename(published, filepath.Join(t.TempDir(), "kept")); err != nil {
		t.Fatal(err)
	}
	cli(t, "admin", "attempts", "clear", "--data", folder).want(t, statusDone)
}

// TestImportMakesNothing: an import with faults, or a dry run, leaves no database where there was none.
func TestImportMakesNothing(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "node")
	good := "kind: dialogue\nkey: dd\nlanguages: [en]\nname: {en: D}\n"
	cliWith(t, "kind: dialogue\nkey: dd\nnames: {}\n", "import", "--data", folder, "-").want(t, statusFailed, "Nothing was changed")
	cliWith(t, good, "import", "--data", folder, "--dry-run", "-").want(t, statusDone, "1 created")
	if list, _ := os.ReadDir(folder); len(list) > 0 {
		t.Errorf("%s was made", list[0].Name())
	}
	cliWith(t, good, "import", "--data", folder, "-").want(t, statusDone, "1 created")
	if list, _ := os.ReadDir(folder); len(list) != 1 || list[0].Name() != databaseFile {
		t.Errorf("there are %v", list)
	}
	cliWith(t, good, "import", "--data", folder, "-").want(t, statusDone, "1 unchanged")
}

// TestServerEmptied: the same of a PostgreSQL.
func TestServerEmptied(t *testing.T) {
	address, folder := dbtest.PostgresAddress(t), exampleNode(t)
	served(t, "--data", folder, "--db", address).want(t, statusFailed, "entente restore --data "+folder+" --db", "on purpose").never(t, "/first/")
	d, err := db.Open(t.Context(), address, db.Options{SkipMigrations: true})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if v, err := d.Version(t.Context()); v != 0 || err != nil {
		t.Errorf("tables of version %d were made: %v", v, err)
	}
}

// TestTwoNodes: a database file is for one node, by whatever name it is called; commands work beside.
func TestTwoNodes(t *testing.T) {
	folder := exampleNode(t)
	path := filepath.Join(folder, databaseFile)
	soft, hard := filepath.Join(t.TempDir(), "soft.db"), filepath.Join(folder, "hard.db")
	if err := os.Symlink(path, soft); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(path, hard); err != nil {
		t.Fatal(err)
	}
	first, err := db.Open(t.Context(), path, db.Options{Alone: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, soft, hard, "file:" + path} {
		served(t, "--data", folder, "--db", name).want(t, statusFailed, "another node")
	}
	cli(t, "admin", "person", "list", "--data", folder).want(t, statusDone)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := db.Open(t.Context(), path, db.Options{Alone: true})
	if err != nil {
		t.Fatalf("the lock did not end with the node: %v", err)
	}
	again.Close()
}

// TestWrongCause: what is wrong with a database is said as what it is.
func TestWrongCause(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(t *testing.T, path string)
		says   string
	}{
		"zeroed in its middle": {func(t *testing.T, path string) {
			b := []byte(read(t, path))
			clear(b[len(b)/2 : len(b)/2+120_000])
			write(t, path, string(b))
		}, "is damaged"},
		"cut off": {func(t *testing.T, path string) { write(t, path, read(t, path)[:300_000]) }, "is damaged"},
		"garbage": {func(t *testing.T, path string) { write(t, path, strings.Repeat("no database ", 1000)) }, "no database at all"},
		"a folder in which nothing can be written": {func(t *testing.T, path string) {
			if err := os.Mkdir(path+"-wal", 0o700); err != nil { // as root writes where nobody may
				t.Fatal(err)
			}
		}, "cannot be opened or written"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := exampleNode(t)
			path := filepath.Join(folder, databaseFile)
			c.damage(t, path)
			served(t, "--data", folder).want(t, statusFailed, c.says).never(t, "does not answer", "ready")
			status, says := statusFailed, "DIFFERENCE"
			if c.says != "is damaged" {
				status, says = statusUsage, "not verified"
			}
			cli(t, "ledger", "verify", "--data", folder).want(t, status, says, c.says).never(t, "does not answer", "nothing differs")
		})
	}
}

// TestFolderForDatabase: a folder that is named for a database is called one, by every command.
func TestFolderForDatabase(t *testing.T) {
	folder := exampleNode(t)
	for _, args := range [][]string{
		{"export"}, {"import", "../../demo/data"}, {"admin", "person", "list"}, {"admin", "attempts", "clear"}, {"ledger", "verify"},
	} {
		a := cli(t, append(args, "--data", folder, "--db", folder)...)
		if a.status == statusDone || !strings.Contains(a.err, folder+" is a folder") {
			t.Errorf("%v: %d\n%s", args, a.status, a.err)
		}
	}
	served(t, "--data", folder, "--db", folder).want(t, statusFailed, folder+" is a folder").never(t, "does not answer")
}

// TestVerifyByFolder: entente ledger verify names the node as entente verify does.
func TestVerifyByFolder(t *testing.T) {
	folder := exampleNode(t)
	for _, args := range [][]string{{"--data", folder}, {"--db", filepath.Join(folder, databaseFile)}, {filepath.Join(folder, databaseFile)}} {
		cli(t, append([]string{"ledger", "verify"}, args...)...).want(t, statusDone, "nothing differs", "published")
	}
	t.Chdir(t.TempDir())
	cli(t, "ledger", "verify").want(t, statusUsage, filepath.Join(dataFolder, databaseFile))
	if err := os.Rename(folder, dataFolder); err != nil {
		t.Fatal(err)
	}
	cli(t, "ledger", "verify").want(t, statusDone, "nothing differs")
}

// TestAttemptsClear: the operator lets in who was kept out.
func TestAttemptsClear(t *testing.T) {
	folder := exampleNode(t)
	d := open(t, filepath.Join(folder, databaseFile))
	s := account.New(d)
	for range 8 {
		if _, err := s.SignIn(t.Context(), "x", "nobody", "a wrong guess"); !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
	}
	cli(t, "admin", "attempts", "clear", "--data", folder).want(t, statusDone, "Cleared: 4 counts")
	cli(t, "admin", "attempts", "clear", "--data", folder).want(t, statusDone, "Cleared: 0 counts")
}
