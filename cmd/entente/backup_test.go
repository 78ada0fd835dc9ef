package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/dialogue"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/files"
	"entente/internal/text"
	"entente/ledger"
	"entente/library"
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

	cli(t, "verify", file).want(t, statusDone, "What is compared:", "What is not compared").ends(t, "It is sound: of what is compared, nothing differs.")
	cli(t, "verify", filepath.Join(dir, "mine.tar")).want(t, statusFailed, "NOT SOUND")
	cli(t, "verify", filepath.Join(dir, "none.tar")).want(t, statusUsage, "not verified")
	cli(t, "verify", "--data", data).want(t, statusDone, "nothing differs", "files")

	to := filepath.Join(dir, "restored")
	cli(t, "restore", "--data", to, file).want(t, statusFailed, "--new-key")
	if _, err := os.Stat(filepath.Join(to, databaseFile)); err == nil {
		t.Error("something was brought into use")
	}
	cli(t, "restore", "--data", to, "--key", filepath.Join(data, keyFile), "--checkpoint", filepath.Join(data, checkpointFile), file).want(t, statusDone, "Restored to", "one-time links")
	cli(t, "restore", "--data", to, "--key", filepath.Join(data, keyFile), file).want(t, statusFailed, "empty place")
	cli(t, "restore", "--data", filepath.Join(dir, "other"), "--key", filepath.Join(data, publicFile), file).want(t, statusFailed, "not of node.pub")
	cli(t, "verify", filepath.Dir(file)).want(t, statusUsage, "is a folder: name one")
	cli(t, "verify", "--data", to).want(t, statusExceptional, "restored", "nothing differs", "node.restore, on", "by restore; signed by the node's key", "files")
	cli(t, "verify", "--data", to, "--checkpoint", filepath.Join(data, checkpointFile)).want(t, statusExceptional)
	accepts(t, cli(t, "verify", "--data", to), "verify", "--data", to)

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
	cli(t, "verify", "--data", to).want(t, statusExceptional, "nothing differs")

	// And with a new key, from its own backup, whose log has an exceptional entry already.
	again, next := filepath.Join(dir, "again.tar"), filepath.Join(dir, "next")
	cli(t, "backup", "--data", to, again).want(t, statusDone)
	cli(t, "verify", again).want(t, statusExceptional, "It is sound", "node.restore")
	accepts(t, cli(t, "verify", again), "verify", again)
	cli(t, "restore", "--data", next, "--new-key", again).want(t, statusDone, "new key")
	accepts(t, cli(t, "verify", "--data", next).want(t, statusExceptional, "node.restore with a new key"), "verify", "--data", next)
}

// TestVerifyFiles: what is missing, was changed or lies beside the files is told; what may be on its
// way is not.
func TestVerifyFiles(t *testing.T) {
	data := exampleNode(t)
	d := open(t, filepath.Join(data, databaseFile))
	store, err := files.Open(filepath.Join(data, filesFolder), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	kept := func(content string) string {
		t.Helper()
		c, err := store.Take(t.Context(), strings.NewReader(content))
		if err == nil {
			err = c.Keep()
		}
		if err != nil {
			t.Fatal(err)
		}
		return filepath.Join(data, filesFolder, c.Hash[:2], c.Hash[2:])
	}
	o, err := dialogue.New(d).First(t.Context(), access.Operator("test"))
	if err != nil {
		t.Fatal(err)
	}
	service := library.New(d, store, files.Scanner{})
	k, err := service.Receive(t.Context(), library.Upload{Name: "a.txt", Data: strings.NewReader("A file.\n")})
	if err == nil {
		_, err = service.Add(t.Context(), access.Operator("test"), o.ID, library.File{Title: text.Both("A file", "文件")}, k, "", nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	named := kept("A file.\n")
	beside := kept("Named by nothing.\n")
	uploading := write(t, filepath.Join(data, filesFolder, "incoming-x"), "half")
	verify := func() answer { return cli(t, "verify", "--data", data) }
	verify().want(t, statusDone, "nothing differs").never(t, "beside  ", "incoming-x")
	old := time.Now().Add(-25 * time.Hour)
	for _, path := range []string{beside, uploading} {
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	verify().want(t, statusDone, beside+", 0.0 MB: nothing names it", "incoming-x, 0.0 MB: left of an upload")
	stray := write(t, filepath.Join(data, filesFolder, "notes.txt"), "mine")
	verify().want(t, statusFailed, "DIFFERENCE", stray+", 0.0 MB, does not belong there")
	if err := errors.Join(os.Remove(stray), os.Chmod(named, 0o600)); err != nil {
		t.Fatal(err)
	}
	write(t, named, "Another.")
	verify().want(t, statusFailed, "the file "+named+" was changed: its content is not what its name says; it is of ", "“A file”")
	if err := os.Remove(named); err != nil {
		t.Fatal(err)
	}
	verify().want(t, statusFailed, "the file "+named+" is missing; it is of ", "“A file”", "What is not compared").never(t, "nothing differs").ends(t, "Something differs: it stands above.")

	// Something else in its place ends no look at the others.
	if err := os.Mkdir(named, 0o700); err != nil {
		t.Fatal(err)
	}
	verify().want(t, statusFailed, "in the place of the file "+named+" stands a folder")
	if err := os.Remove(named); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(uploading, named); err != nil {
		t.Fatal(err)
	}
	verify().want(t, statusFailed, "in the place of the file "+named+" stands a link", "does not belong there")
	if err := os.Remove(named); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Dir(named)
	if err := errors.Join(os.Rename(folder, folder+"-away"), os.Symlink("/", folder)); err != nil {
		t.Fatal(err)
	}
	verify().want(t, statusFailed, "in the place of the folder "+folder+" stands a link")
	if err := errors.Join(os.Remove(folder), os.Rename(folder+"-away", folder)); err != nil {
		t.Fatal(err)
	}

	// Whatever is wrong with the database, the files are looked at.
	for _, tamper := range []string{`update object set rev = 7 where id = (select max(id) from object)`, `update entry set salt = zeroblob(32) where seq = 21`} {
		exec(t, raw(t, data), tamper)
		verify().want(t, statusFailed, "DIFFERENCE in", "the file "+named+" is missing", "What is compared:").ends(t, "Something differs: it stands above.")
	}
}

// TestVerifyFolder: what lies in the node's folder and is not the program's is named, and may be the
// operator's own; the key has to be there.
func TestVerifyFolder(t *testing.T) {
	data := exampleNode(t)
	verify := func() answer { return cli(t, "verify", "--data", data) }
	for _, name := range []string{"entente.db.before-12.bak", "before-12-20260101T000000.000Z.tar"} {
		write(t, filepath.Join(data, name), "")
	}
	verify().want(t, statusDone, "nothing differs").never(t, "beside  ")
	stray, other := write(t, filepath.Join(data, "stray.txt"), "mine"), write(t, filepath.Join(data, "entente2.db"), "")
	verify().want(t, statusDone, "beside       "+stray+": the program did not make it", "beside       "+other, "nothing differs")
	key := filepath.Join(data, keyFile)
	kept := read(t, key)
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	verify().want(t, statusFailed, "DIFFERENCE", "the node's key "+key+" is missing").ends(t, "Something differs: it stands above.")
	secret, _, err := ledger.GenerateKey("entente/other")
	if err != nil {
		t.Fatal(err)
	}
	write(t, key, secret)
	verify().want(t, statusFailed, key+" is the key of another node")
	write(t, key, "x")
	verify().want(t, statusFailed, key+" holds no key")
	write(t, key, kept)
	verify().want(t, statusDone)
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
	cli(t, "ledger", "verify", "--data", data, back).want(t, statusDone, "nothing differs")
}

// A node does not start beside a restore that did not end.
func TestUnfinishedRestore(t *testing.T) {
	data := exampleNode(t)
	if err := os.Mkdir(filepath.Join(data, "restoring"), 0o700); err != nil {
		t.Fatal(err)
	}
	cli(t, "serve", "--data", data, "--listen", "127.0.0.1:0").want(t, statusFailed, "run entente restore again")
}
