package story

import (
	"bytes"
	"context"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/bundle"
	"entente/demo"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/ledger"
)

// killed runs a command and kills it after a while, unless it ended by itself. It says which.
func killed(t testing.TB, after time.Duration, data string, args ...string) (status int, dead bool) {
	t.Helper()
	cmd := exec.Command(Binary(t), args...)
	cmd.Env = append(environment(), envData+"="+data)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	err := cmd.Wait()
	if cmd.ProcessState.ExitCode() < 0 {
		return 0, true
	}
	if err != nil {
		t.Logf("%v: %s", args, &out)
	}
	return cmd.ProcessState.ExitCode(), false
}

// kept is a node with the example and a backup of it with the key.
func kept(t testing.TB) (data, file string) {
	t.Helper()
	n := Launch{Args: []string{"demo", "--data", "."}}.Start(t)
	n.Stop(t)
	file = filepath.Join(t.TempDir(), "node.tar")
	done(t, n.Data, "backup", "--with-key", file)
	return n.Data, file
}

// done runs a command that must end well.
func done(t testing.TB, data string, args ...string) string {
	t.Helper()
	out, status := Launch{Args: args, Data: data}.Run(t)
	if !Went(args, status) {
		t.Fatalf("%v: status %d: %s", args, status, out)
	}
	return out
}

// timed is done, and how long it took.
func timed(t testing.TB, data string, args ...string) time.Duration {
	t.Helper()
	began := time.Now()
	done(t, data, args...)
	return time.Since(began)
}

// eachPlace runs a test with a way to name new databases, on both engines.
func eachPlace(t *testing.T, fn func(t *testing.T, fresh func(folder string) string)) {
	t.Run("sqlite", func(t *testing.T) {
		fn(t, func(folder string) string { return filepath.Join(folder, "entente.db") })
	})
	t.Run("postgres", func(t *testing.T) {
		dbtest.PostgresAddress(t) // or the test is skipped
		fn(t, func(string) string { return dbtest.PostgresAddress(t) })
	})
}

// TestKilledRestore: a restore that is killed at any moment leaves nothing that a node starts
// with, or all of it; and running it again ends well.
func TestKilledRestore(t *testing.T) {
	old, file := kept(t)
	want := done(t, old, "export")
	eachPlace(t, func(t *testing.T, fresh func(string) string) {
		const rounds = 5
		cut := 0
		first := filepath.Join(t.TempDir(), "data")
		took := timed(t, old, "restore", "--data", first, "--db", fresh(first), file)
		for range rounds {
			parent := t.TempDir()
			data := filepath.Join(parent, "data")
			address := fresh(data)
			args := []string{"restore", "--data", data, "--db", address, file}
			for try := 0; ; try++ {
				status, dead := killed(t, time.Duration(rand.Int64N(int64(took))), parent, args...)
				if !dead && status == 0 {
					break
				}
				if dead {
					cut++
				}
				if _, err := os.Lstat(filepath.Join(data, "restoring")); err == nil {
					out, status := Launch{Args: []string{"serve", "--data", data, "--db", address, "--listen", "127.0.0.1:0"}, Data: parent}.Run(t)
					if status != 1 || !strings.Contains(out, "restore again") {
						t.Fatalf("a node starts beside it: %d %s", status, out)
					}
				} else if _, err := os.Lstat(filepath.Join(data, "node.key")); err == nil {
					break // it was killed when everything was done
				}
				if try > 2 { // long enough now
					done(t, parent, args...)
					break
				}
			}
			done(t, parent, "verify", "--data", data, "--db", address)
			if got := done(t, parent, "export", "--data", data, "--db", address); got != want {
				t.Fatal("the export differs")
			}
			if list, _ := filepath.Glob(filepath.Join(data, "*restoring*")); len(list) > 0 {
				t.Errorf("left behind: %q", list)
			}
		}
		t.Logf("killed %d times in %d restores", cut, rounds)
	})
}

// TestKilledMove: a move to the other engine that is killed leaves the target empty, or is done.
func TestKilledMove(t *testing.T) {
	old, _ := kept(t)
	want := done(t, old, "export")
	from := filepath.Join(old, "entente.db")
	eachPlace(t, func(t *testing.T, fresh func(string) string) {
		took := timed(t, old, "migrate-db", "--from", from, "--to", fresh(t.TempDir()))
		for range 4 {
			to := fresh(t.TempDir())
			args := []string{"migrate-db", "--from", from, "--to", to}
			cut := false
			for try := 0; try < 3 && !cut; try++ {
				_, dead := killed(t, time.Duration(rand.Int64N(int64(took))), old, args...)
				cut = !dead
			}
			out, status := Launch{Args: args, Data: old}.Run(t)
			if (status != 0) != cut {
				if cut || !strings.Contains(out, "holds something") && !strings.Contains(out, "exists") {
					t.Fatalf("status %d: %s", status, out)
				}
			}
			if got := done(t, old, "export", "--db", to); got != want {
				t.Fatal("the export differs")
			}
			done(t, old, "ledger", "verify", "--data", old, to)
		}
	})
}

// older makes a database as an older program left it: of what the newer tables hold, the tables
// and columns that there were. It says whether that is everything.
func older(t testing.TB, d *db.DB, address string, version int64) (all bool) {
	t.Helper()
	all = true
	o, err := db.Open(t.Context(), address, db.Options{Target: version})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	err = d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		now, err := tx.Tables(ctx)
		if err != nil {
			return err
		}
		return o.Write(ctx, func(ctx context.Context, into *db.Tx) error {
			then, err := into.Tables(ctx)
			if err != nil {
				return err
			}
			for _, n := range now {
				// By what rows are derived is said by the upgrade itself, of what it finds.
				if n.Name != "derivation" && !slices.ContainsFunc(then, func(t db.Table) bool { return n.Name == t.Name }) {
					if err := n.Rows(ctx, tx, func([]any) error { all = false; return nil }); err != nil {
						return err
					}
				}
			}
			for _, t := range then {
				i := slices.IndexFunc(now, func(n db.Table) bool { return n.Name == t.Name })
				if i < 0 {
					continue
				}
				n := now[i]
				n.Columns = slices.DeleteFunc(slices.Clone(n.Columns), func(c db.Column) bool {
					return !slices.ContainsFunc(t.Columns, func(o db.Column) bool { return o.Name == c.Name })
				})
				if len(n.Columns) != len(t.Columns) {
					continue // it holds now what it did not then, and other than that
				}
				f := n.Fill(into)
				if err := n.Rows(ctx, tx, func(row []any) error { return f.Add(ctx, row) }); err != nil {
					return err
				}
				if err := f.Flush(ctx); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// published makes a database that of a node which published its log by its key, as every one did that was
// served, and gives the key.
func published(t testing.TB, d *db.DB) (secret string) {
	t.Helper()
	secret, public, err := ledger.GenerateKey("entente/older")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		if err := db.Set(ctx, tx, db.PublicKey, public); err != nil {
			return err
		}
		_, err := ledger.Sign(ctx, tx, secret)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return secret
}

// versions lists the versions of the schema.
func versions(t testing.TB) (out []int64) {
	t.Helper()
	all, err := db.Migrations(db.SQLite)
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(all, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		number, _, _ := strings.Cut(name, "_")
		v, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}

// TestKilledUpgrade: databases of older versions are upgraded to this one by programs that are
// killed in between, and hold afterwards what they held: the oldest version, where there are the
// shared tables alone, and the oldest that has every table of the example.
func TestKilledUpgrade(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		files, err := bundle.Files(demo.Files())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bundle.Import(t.Context(), d, bundle.Objects(d), access.Operator("demo"), files, bundle.Options{}); err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if err := bundle.Export(t.Context(), d, bundle.Objects(d), access.Operator("demo"), &want); err != nil {
			t.Fatal(err)
		}
		secret := published(t, d)
		steps := versions(t)
		newest := steps[len(steps)-1]
		full := newest
		for _, version := range steps[1 : len(steps)-1] {
			if older(t, d, filepath.Join(t.TempDir(), "old.db"), version) {
				full = version
				break
			}
		}
		if full == newest {
			t.Fatal("no older version has every table of the example")
		}
		t.Logf("from versions 1 and %d to %d", full, newest)
		for _, version := range []int64{1, full} {
			data := t.TempDir()
			address := filepath.Join(data, "entente.db")
			if d.Engine() == db.PostgreSQL {
				address = dbtest.PostgresAddress(t)
			}
			older(t, d, address, version)
			if err := os.WriteFile(filepath.Join(data, "node.key"), []byte(secret+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if version == full {
				indexed(t, address)
			}
			list := []string{"admin", "person", "list", "--db", address}
			if out, status := (Launch{Args: list, Data: data}).Run(t); status == 0 || !strings.Contains(out, "needs") {
				t.Errorf("a command that only reads: %d %s", status, out)
			}
			serve := []string{"serve", "--db", address, "--listen", "127.0.0.1:0", "--data", data}
			for range 8 {
				killed(t, time.Duration(20+rand.IntN(150))*time.Millisecond, data, serve...)
			}
			n := Launch{Args: []string{"serve", "--db", address}, Data: data}.Start(t)
			n.Stop(t)
			if backups, _ := filepath.Glob(filepath.Join(data, "*before-*[rk]")); len(backups) == 0 || len(backups) > 3 {
				t.Errorf("backups from before the upgrade: %q", backups)
			} else if d.Engine() == db.PostgreSQL {
				if out, status := (Launch{Args: []string{"verify", backups[0]}, Data: data}).Run(t); version == full && status != 0 {
					t.Errorf("the backup from before the upgrade: %s", out)
				}
			}
			if version == 1 {
				continue // the objects' own tables came later and are empty
			}
			done(t, data, "verify", "--db", address)
			if out, status := (Launch{Args: []string{"export", "--db", address, filepath.Join(data, "all.yaml")}, Data: data}).Run(t); status != 0 {
				t.Fatal(out)
			}
			if got, err := os.ReadFile(filepath.Join(data, "all.yaml")); err != nil || !bytes.Equal(got, want.Bytes()) {
				t.Error("the export differs", err)
			}
		}
	})
}

// TestKilledDerivation: what a newer program derives anew goes on where it was when the program was
// killed, and the log says of each kind once that it was done.
func TestKilledDerivation(t *testing.T) {
	dbtest.EachAddress(t, func(t *testing.T, address string) {
		data := t.TempDir()
		d, err := bundle.Open(t.Context(), address, db.Options{})
		if err != nil {
			t.Fatal(err)
		}
		files, err := bundle.Files(demo.Files())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bundle.Import(t.Context(), d, bundle.Objects(d), access.Operator("demo"), files, bundle.Options{}); err != nil {
			t.Fatal(err)
		}
		kinds := 0
		if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `update derivation set version = 0`); err != nil {
				return err
			}
			return tx.QueryRow(ctx, `select count(*) from derivation`).Scan(&kinds)
		}); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if out, status := (Launch{Args: []string{"ledger", "verify", address}, Data: data}).Run(t); status == 0 || !strings.Contains(out, "start the program once") {
			t.Errorf("a command that only reads: %d %s", status, out)
		}
		for range 8 {
			killed(t, time.Duration(20+rand.IntN(400))*time.Millisecond, data, "serve", "--db", address, "--listen", "127.0.0.1:0", "--data", data)
		}
		n := Launch{Args: []string{"serve", "--db", address}, Data: data}.Start(t)
		n.Stop(t)
		done(t, data, "verify", "--db", address)
		if d, err = db.Open(t.Context(), address, db.Options{ReadOnly: true}); err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			bodies, err := db.Collect(ctx, tx, db.One[[]byte], `select body from entry`)
			said := 0
			for _, b := range bodies {
				if bytes.Contains(b, []byte(access.DeriveAct)) {
					said++
				}
			}
			if said != kinds {
				t.Errorf("%d entries for %d kinds", said, kinds)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}
