package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"entente/internal/db"
	"entente/internal/db/dbtest"
)

// TestBackupCommand: back up, verify, restore, verify, all by the command line.
func TestBackupCommand(t *testing.T) {
	data, dir := exampleNode(t), t.TempDir()
	file := filepath.Join(dir, "node.tar")
	cli(t, "backup", "--data", data, file).want(t, statusDone, "Written: "+file, "sha256", "key is not in it")
	cli(t, "backup", "--data", data, file).want(t, statusFailed, "never replaces")
	cli(t, "backup", "--data", data, "--keep", "3", file+"2").want(t, statusUsage, "needs a folder")
	cli(t, "backup", "--data", data, "--recipient", "x", "--passphrase-file", "y", file+"2").want(t, statusUsage, "exclude")
	cli(t, "backup", "--data", filepath.Join(dir, "none"), file+"2").want(t, statusFailed, "there is no database")
	if a := cli(t, "backup", "--data", data, "-").want(t, statusDone, "Written: -"); !strings.HasPrefix(a.out, "entente-backup.json") {
		t.Error("standard output does not hold the backup")
	}

	old := filepath.Join(dir, "entente-20200101T000000Z.tar")
	write(t, old, "")
	write(t, filepath.Join(dir, "mine.tar"), "")
	cli(t, "backup", "--data", data, "--keep", "1", "--with-key", dir).want(t, statusDone, "secret key is in the file", "removed    "+filepath.Base(old))
	list, err := filepath.Glob(filepath.Join(dir, "*.tar"))
	if err != nil || len(list) != 3 { // node.tar, mine.tar and the new one
		t.Fatal(list, err)
	}

	cli(t, "verify", file).want(t, statusDone, "It is sound")
	cli(t, "verify", filepath.Join(dir, "mine.tar")).want(t, statusFailed, "NOT SOUND")
	cli(t, "verify", filepath.Join(dir, "none.tar")).want(t, statusUsage, "not verified")
	cli(t, "verify", "--data", data).want(t, statusDone, "Nothing differs", "files")

	to := filepath.Join(dir, "restored")
	cli(t, "restore", "--data", to, file).want(t, statusFailed, "--new-key")
	if _, err := os.Stat(filepath.Join(to, databaseFile)); err == nil {
		t.Error("something was brought into use")
	}
	cli(t, "restore", "--data", to, "--key", filepath.Join(data, keyFile), "--checkpoint", filepath.Join(data, checkpointFile), file).want(t, statusDone, "Restored to", "one-time links")
	cli(t, "restore", "--data", to, "--key", filepath.Join(data, keyFile), file).want(t, statusFailed, "empty place")
	cli(t, "restore", "--data", filepath.Join(dir, "other"), "--key", filepath.Join(data, publicFile), file).want(t, statusFailed, "not of node.pub")
	cli(t, "verify", filepath.Dir(file)).want(t, statusUsage, "is a folder: name one")
	cli(t, "verify", "--data", to).want(t, statusDone, "restored", "Nothing differs")
	cli(t, "verify", "--data", to, "--checkpoint", filepath.Join(data, checkpointFile)).want(t, statusDone)

	// The node goes on: it publishes in the new epoch, and does not contradict the old one.
	d := open(t, filepath.Join(to, databaseFile))
	id, err := identify(t.Context(), d, to)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(to, checkpointFile), read(t, filepath.Join(data, checkpointFile)))
	p, err := newPublisher(t.Context(), d, id, to, silent)
	if err != nil || p.blocked {
		t.Fatal("the publisher is blocked", err)
	}
	if err := p.publish(t.Context()); err != nil || !strings.Contains(p.latest(), "/2\n") {
		t.Errorf("%v: %s", err, p.latest())
	}
	cli(t, "verify", "--data", to).want(t, statusDone, "Nothing differs")
}

// TestMigrateCommand: to PostgreSQL and back; what is in use or not empty is refused.
func TestMigrateCommand(t *testing.T) {
	data, dir := exampleNode(t), t.TempDir()
	file, back := filepath.Join(data, databaseFile), filepath.Join(dir, "back.db")
	cli(t, "migrate-db", "--from", filepath.Join(dir, "none"), "--to", back).want(t, statusFailed, "no database", "--from")
	d := open(t, file)
	cli(t, "migrate-db", "--from", file, "--to", back).want(t, statusFailed, "stop the node")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "there"), "")
	cli(t, "migrate-db", "--from", file, "--to", filepath.Join(dir, "there")).want(t, statusFailed, "exists")
	before := cli(t, "export", "--data", data).want(t, statusDone)
	middle := filepath.Join(dir, "middle.db")
	if os.Getenv(dbtest.Variable) != "" {
		middle = dbtest.PostgresAddress(t)
	}
	cli(t, "migrate-db", "--from", file, "--to", middle).want(t, statusDone, "Moved", "--db")
	if db.IsServer(middle) {
		cli(t, "migrate-db", "--from", file, "--to", middle).want(t, statusFailed, "holds something")
		d := open(t, middle)
		cli(t, "migrate-db", "--from", middle, "--to", back).want(t, statusFailed, "stop the node")
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	cli(t, "migrate-db", "--from", middle, "--to", back).want(t, statusDone, "Moved")
	after := cli(t, "export", "--data", data, "--db", back).want(t, statusDone)
	if before.out != after.out {
		t.Error("the export differs")
	}
	cli(t, "ledger", "verify", "--data", data, back).want(t, statusDone, "Nothing differs")
}

// A node does not start beside a restore that did not end.
func TestUnfinishedRestore(t *testing.T) {
	data := exampleNode(t)
	if err := os.Mkdir(filepath.Join(data, "restoring"), 0o700); err != nil {
		t.Fatal(err)
	}
	cli(t, "serve", "--data", data, "--listen", "127.0.0.1:0").want(t, statusFailed, "run entente restore again")
}
