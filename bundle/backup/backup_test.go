package backup_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"

	"entente/access"
	"entente/account"
	"entente/bundle"
	"entente/bundle/backup"
	"entente/demo"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/files"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/ledger"
	"entente/library"
)

// node is a node with the example, some files, a key and a checkpoint, on either engine.
type node struct {
	backup.Source
	secret, public, published string
	first                     ref.ID // the first file
}

// attach attaches a file to the dialogue.
func (n *node) attach(t testing.TB, content string) ref.ID {
	t.Helper()
	who := access.Operator("test")
	s := library.New(n.DB, n.Files, files.Scanner{})
	k, err := s.Receive(t.Context(), library.Upload{Name: "note.txt", Data: strings.NewReader(content)})
	if err != nil {
		t.Fatal(err)
	}
	var to ref.ID
	if err := n.DB.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `select id from object where kind = 'project' order by id limit 1`).Scan(&to)
	}); err != nil {
		t.Fatal(err)
	}
	o, err := s.Add(t.Context(), who, to, library.File{Title: text.Both("Note", "说明")}, k, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return o.ID
}

// sign signs and gives a checkpoint.
func (n *node) sign(t testing.TB) (signed string) {
	t.Helper()
	if err := n.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		signed, err = ledger.Sign(ctx, tx, n.secret)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return signed
}

func fill(t testing.TB, d *db.DB) *node {
	t.Helper()
	ctx := t.Context()
	fs, err := bundle.Files(demo.Files())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bundle.Import(ctx, d, bundle.Objects(d), access.Operator("demo"), fs, bundle.Options{Admit: true}); err != nil {
		t.Fatal(err)
	}
	store, err := files.Open(filepath.Join(t.TempDir(), "files"), 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	n := &node{Source: backup.Source{DB: d, Files: store, Program: "test", Node: map[string]string{}}}
	if n.secret, n.public, err = ledger.GenerateKey("entente/test"); err != nil {
		t.Fatal(err)
	}
	if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `insert into session (token, data, expires, person, agent, last_use) values ('t', $1, '', '', '', '')`, []byte{1})
		if err == nil {
			_, err = tx.Exec(ctx, `insert into onetime (token, purpose, detail, expires, used) values ('o', '', '', '', '')`)
		}
		if err == nil {
			var person ref.Person
			err = tx.QueryRow(ctx, `select min(id) from roster_person`).Scan(&person)
			err = errors.Join(err, account.New(d).SetPassword(ctx, access.Operator("admin person password"), person, "somebody", "a password of some length"))
		}
		return errors.Join(err, db.Set(ctx, tx, db.PublicKey, n.public))
	}); err != nil {
		t.Fatal(err)
	}
	n.first = n.attach(t, "The first file.\n")
	n.attach(t, strings.Repeat("A longer file. ", 9000))
	n.published = n.sign(t)
	n.Node[backup.PublicMember], n.Node[backup.CheckpointMember] = n.public, n.published
	return n
}

func (n *node) write(t testing.TB, l backup.Lock) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "node.tar")
	if _, _, _, err := backup.ToFile(t.Context(), n.Source, l, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// lines gives every object that a database holds.
func lines(t testing.TB, d *db.DB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := bundle.Export(t.Context(), d, bundle.Objects(d), access.Operator("test"), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sound(t testing.TB, d *db.DB, public, published string) ledger.Report {
	t.Helper()
	var r ledger.Report
	if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		if r, err = ledger.Verify(ctx, tx, public, published); err != nil {
			return err
		}
		if _, difference, err := bundle.Objects(d).Verify(ctx, tx); err != nil || difference != "" {
			t.Errorf("objects: %s %v", difference, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestBackupAndRestore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := fill(t, d)
		file := n.write(t, backup.Lock{})
		before := lines(t, d)

		r, err := backup.Verify(t.Context(), file, backup.Unlock{}, n.public, nil)
		if err != nil || r.Manifest.Files != 2 || r.Header.Key || r.Objects < 100 || r.Manifest.Rows["session"]+r.Manifest.Rows["onetime"] != 0 || r.Manifest.Rows["credential"] != 1 {
			t.Fatalf("%+v %v", r, err)
		}
		if _, _, _, err := backup.ToFile(t.Context(), n.Source, backup.Lock{}, file); err == nil || !strings.Contains(err.Error(), "never replaces") {
			t.Errorf("it replaced a file: %v", err)
		}
		if b, _ := os.ReadFile(file); bytes.Contains(b, []byte("PRIVATE+KEY")) {
			t.Error("the key is in it")
		}

		// Something happens and is published after the backup; then all is lost.
		n.attach(t, "Lost.")
		later := n.sign(t)

		for _, engine := range []db.Engine{db.SQLite, db.PostgreSQL} {
			t.Run("to "+string(engine), func(t *testing.T) {
				to := backup.Target{Data: filepath.Join(t.TempDir(), "data"), Published: later}
				to.Database = filepath.Join(to.Data, "entente.db")
				if engine == db.PostgreSQL {
					to.Database = dbtest.PostgresAddress(t)
				}
				if _, err := backup.Restore(t.Context(), file, backup.Unlock{}, to); !errors.Is(err, backup.ErrNoKey) {
					t.Fatalf("without a key: %v", err)
				}
				to.Secret = n.secret
				got, err := backup.Restore(t.Context(), file, backup.Unlock{}, to)
				if err != nil || got.Lost != 1 || got.NewKey {
					t.Fatalf("%+v %v", got, err)
				}
				again, err := db.Open(t.Context(), to.Database, db.Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer again.Close()
				if !bytes.Equal(before, lines(t, again)) {
					t.Error("the export differs")
				}
				for _, checkpoint := range []string{"", n.published, later} {
					if r := sound(t, again, n.public, checkpoint); r.Difference != "" || r.Epochs != 2 || r.Lost != 1 {
						t.Errorf("verified: %+v", r)
					}
				}
				store, err := files.Open(filepath.Join(to.Data, "files"), 1)
				if err != nil {
					t.Fatal(err)
				}
				defer store.Close()
				if c, err := backup.Store(t.Context(), again, store, nil); err != nil || c.Files != 2 || len(c.Missing)+len(c.Changed) > 0 {
					t.Errorf("files: %+v %v", c, err)
				}
				if b, err := os.ReadFile(filepath.Join(to.Data, "node.key")); err != nil || strings.TrimSpace(string(b)) != n.secret {
					t.Error(err)
				}
				if list, _ := filepath.Glob(filepath.Join(to.Data, "*[a-z]")); len(list)-len(must(filepath.Glob(filepath.Join(to.Data, "*.db-*")))) != map[db.Engine]int{db.SQLite: 4, db.PostgreSQL: 3}[engine] {
					t.Errorf("in the folder: %v", list)
				}
				found, err := bundle.Objects(again).Search(t.Context(), access.Operator("test"), searchFor(t, again, "Shanghai"))
				if err != nil || found.Total == 0 {
					t.Errorf("search: %+v %v", found, err)
				}
				again.Close()
				if _, err := backup.Restore(t.Context(), file, backup.Unlock{}, to); err == nil || !strings.Contains(err.Error(), "holds") {
					t.Errorf("over what is there: %v", err)
				}
				to.Data = filepath.Join(t.TempDir(), "other")
				if _, err := backup.Restore(t.Context(), file, backup.Unlock{}, to); err == nil || !strings.Contains(err.Error(), "empty") {
					t.Errorf("into a database that is there: %v", err)
				}
			})
		}
	})
}

func TestNewKey(t *testing.T) {
	n := fill(t, dbtest.New(t))
	file := n.write(t, backup.Lock{})
	to := backup.Target{Data: filepath.Join(t.TempDir(), "data"), NewKey: true}
	to.Database = filepath.Join(to.Data, "entente.db")
	_, other, err := ledger.GenerateKey("entente/other")
	if err != nil {
		t.Fatal(err)
	}
	to.Secret = strings.Replace(n.secret, "entente/test", "entente/best", 1)
	if _, err := backup.Restore(t.Context(), file, backup.Unlock{}, to); err == nil {
		t.Error("another node's key was taken")
	}
	to.Secret = ""
	got, err := backup.Restore(t.Context(), file, backup.Unlock{}, to)
	if err != nil || !got.NewKey {
		t.Fatalf("%+v %v", got, err)
	}
	b, err := os.ReadFile(filepath.Join(to.Data, "node.pub"))
	if err != nil {
		t.Fatal(err)
	}
	public := strings.TrimSpace(string(b))
	again, err := db.Open(t.Context(), to.Database, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if b, err = os.ReadFile(filepath.Join(to.Data, "node.key")); err != nil {
		t.Fatal(err)
	}
	m := &node{Source: backup.Source{DB: again}, secret: strings.TrimSpace(string(b))}
	fresh := m.sign(t)
	for _, checkpoint := range []string{"", n.published, fresh} {
		if r := sound(t, again, public, checkpoint); r.Difference != "" || r.Restored[0].Before != n.public {
			t.Errorf("%+v", r)
		}
	}
	for _, key := range []string{n.public, other} {
		if r := sound(t, again, key, ""); !strings.Contains(r.Difference, "signs by the key") {
			t.Errorf("verified by another key: %+v", r)
		}
	}
}

func TestEncrypted(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing here runs at once")
	}
	n := fill(t, dbtest.New(t))
	dir := t.TempDir()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	put := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	identity := put("identity", id.String()+"\n")
	words, wrong := put("words", "correct horse battery\n"), put("wrong", "correct horse batteries\n")
	for _, c := range []struct {
		lock    backup.Lock
		opens   backup.Unlock
		another backup.Unlock
	}{
		{backup.Lock{Recipients: []string{id.Recipient().String()}}, backup.Unlock{IdentityFile: identity}, backup.Unlock{PassphraseFile: words}},
		{backup.Lock{PassphraseFile: words}, backup.Unlock{PassphraseFile: words}, backup.Unlock{PassphraseFile: wrong}},
	} {
		file := n.write(t, c.lock)
		b, err := os.ReadFile(file)
		if err != nil || bytes.Contains(b, []byte("entente-backup")) {
			t.Fatal("it is not encrypted", err)
		}
		if _, err := backup.Verify(t.Context(), file, c.opens, "", nil); err != nil {
			t.Error(err)
		}
		if _, err := backup.Verify(t.Context(), file, backup.Unlock{}, "", nil); !errors.Is(err, backup.ErrLocked) {
			t.Errorf("opened with nothing: %v", err)
		}
		if _, err := backup.Verify(t.Context(), file, c.another, "", nil); err == nil || !strings.Contains(err.Error(), "another key") {
			t.Errorf("opened with another: %v", err)
		}
		for _, cut := range []int{len(b) - 1, len(b) - 16, len(b) - 65536 - 16, len(b) / 2} {
			_, err := backup.Verify(t.Context(), put("cut", string(b[:cut])), c.opens, "", nil)
			if d := (backup.Damage{}); !errors.As(err, &d) {
				t.Errorf("cut off at %d of %d: %v", cut, len(b), err)
			}
		}
		b[len(b)/2] ^= 1
		_, err = backup.Verify(t.Context(), put("changed", string(b)), c.opens, "", nil)
		if d := (backup.Damage{}); !errors.As(err, &d) {
			t.Errorf("changed: %v", err)
		}
	}
	if _, _, _, err := backup.ToFile(t.Context(), n.Source, backup.Lock{Recipients: []string{"age1nonsense"}}, filepath.Join(dir, "x")); err == nil {
		t.Error("encrypted to nobody")
	}
	if _, _, _, err := backup.ToFile(t.Context(), n.Source, backup.Lock{PassphraseFile: put("short", "short")}, filepath.Join(dir, "x")); err == nil {
		t.Error("a short passphrase was taken")
	}
	if list, _ := filepath.Glob(filepath.Join(dir, ".entente*")); len(list) > 0 {
		t.Errorf("left behind: %q", list)
	}
}

// TestDamaged: wherever a byte of a backup is changed, or the file is cut, it is noticed, unless
// the byte says nothing (padding, times and owners in the heads of a tar).
func TestDamaged(t *testing.T) {
	n := fill(t, dbtest.New(t))
	b, err := os.ReadFile(n.write(t, backup.Lock{}))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "damaged.tar")
	try := func(b []byte) error {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := backup.Verify(t.Context(), path, backup.Unlock{}, n.public, nil)
		return err
	}
	rounds := 24
	if testing.Short() {
		rounds = 6
	}
	r := rand.New(rand.NewPCG(1, 2))
	noticed := 0
	for range rounds {
		changed := slices.Clone(b)
		changed[r.IntN(len(b))] ^= byte(1 + r.IntN(255))
		if try(changed) != nil {
			noticed++
		} else if r, err := readAll(changed); err != nil || !bytes.Equal(r, must(readAll(b))) {
			t.Error("a change was not noticed")
		}
		if err := try(b[:r.IntN(len(b)-2000)]); err == nil {
			t.Error("a file that was cut off was taken")
		}
	}
	if noticed < rounds/2 {
		t.Errorf("%d of %d changes were noticed", noticed, rounds)
	}
	for what, bad := range map[string][]byte{"nothing": nil, "a text": []byte("This is no backup."), "zeroes": make([]byte, 4096)} {
		if err := try(bad); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
}

// A content that is missing or was changed does not hinder the rest, and is told.
func TestMissingContents(t *testing.T) {
	n := fill(t, dbtest.New(t))
	all, err := backup.Store(t.Context(), n.DB, n.Files, nil)
	if err != nil || len(all.Missing)+len(all.Changed) > 0 {
		t.Fatal(all, err)
	}
	var hashes []string
	if err := n.DB.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		all, err := library.Contents(ctx, tx)
		for _, c := range all {
			hashes = append(hashes, c.Hash)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	n.Files = broken{n.Files, hashes[0]}
	path := filepath.Join(t.TempDir(), "b.tar")
	_, m, _, err := backup.ToFile(t.Context(), n.Source, backup.Lock{}, path)
	if err != nil || !slices.Equal(m.Missing, hashes[:1]) || m.Files != 1 {
		t.Fatalf("%+v %v", m, err)
	}
	if r, err := backup.Verify(t.Context(), path, backup.Unlock{}, "", nil); err != nil || len(r.Manifest.Missing) != 1 {
		t.Errorf("%+v %v", r, err)
	}
	if c, err := backup.Store(t.Context(), n.DB, n.Files, nil); err != nil || !slices.Equal(slices.Concat(c.Missing, c.Changed), hashes[:1]) {
		t.Errorf("%+v %v", c, err)
	}
}

type broken struct {
	files.Store
	hash string
}

func (b broken) Open(hash string) (io.ReadSeekCloser, error) {
	if hash == b.hash {
		return nopCloser{strings.NewReader("something else")}, nil
	}
	return b.Store.Open(hash)
}

type nopCloser struct{ io.ReadSeeker }

func (nopCloser) Close() error { return nil }

// TestWhileWriting: acts go on during the backup, and it is of one moment all the same.
func TestWhileWriting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := fill(t, d)
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				n.attach(t, strings.Repeat("x", i+1))
			}
		})
		for range 5 {
			file := n.write(t, backup.Lock{})
			if _, err := backup.Verify(t.Context(), file, backup.Unlock{}, n.public, nil); err != nil {
				t.Error(err)
			}
		}
		stop()
		wg.Wait()
	})
}

// TestCopy: from one engine to the other and back, the ledger and the export are the same.
func TestCopy(t *testing.T) {
	engines := map[string]func(testing.TB, ...db.Options) *db.DB{"sqlite": dbtest.New, "postgres": dbtest.Postgres}
	for a, from := range engines {
		for b, to := range engines {
			t.Run(a+" to "+b, func(t *testing.T) {
				x, y := from(t), to(t)
				n := fill(t, x)
				r, err := backup.Copy(t.Context(), x, y, nil)
				if err != nil || r.Rows < 1000 {
					t.Fatalf("%+v %v", r, err)
				}
				if !bytes.Equal(lines(t, x), lines(t, y)) {
					t.Error("the exports differ")
				}
				if s, u := sound(t, x, n.public, n.published), sound(t, y, n.public, n.published); s.Root != u.Root || s.Entries != u.Entries || u.Difference != "" {
					t.Errorf("%+v %+v", s, u)
				}
				var sessions int
				if err := y.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
					return tx.QueryRow(ctx, `select count(*) from session`).Scan(&sessions)
				}); err != nil || sessions != 1 {
					t.Error("sessions did not move along", err)
				}
				if _, err := backup.Copy(t.Context(), x, y, nil); !errors.Is(err, backup.ErrNotEmpty) {
					t.Errorf("into what is not empty: %v", err)
				}
			})
		}
	}
}
