package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/account"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/ledger"
	"entente/web"

	"golang.org/x/mod/sumdb/tlog"
)

var acceptLine = regexp.MustCompile(`--accept (\S+)\n`)

// accepts looks whether a verification that found exceptional entries is content once they are accepted.
func accepts(t testing.TB, said answer, again ...string) (root string) {
	t.Helper()
	m := acceptLine.FindStringSubmatch(said.out)
	if said.status != statusExceptional || m == nil {
		t.Fatalf("status %d: %s", said.status, said.out)
	}
	cli(t, append(again, "--accept", m[1])...).want(t, statusDone, "nothing differs", ", accepted").never(t, "nobody accepted")
	cli(t, append(again, "--accept", "x")...).want(t, statusExceptional, "No exceptional entry", "nobody accepted")
	return m[1]
}

// published gives the checkpoint of a node's folder.
func published(t testing.TB, data string) ledger.Checkpoint {
	t.Helper()
	c, err := ledger.ParseCheckpoint(read(t, filepath.Join(data, checkpointFile)), strings.TrimSpace(read(t, filepath.Join(data, publicFile))))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestErasureSigned: an erasure needs the node's key, is published at once, is named, and is accepted
// by its root and no later one with it.
func TestErasureSigned(t *testing.T) {
	data := exampleNode(t)
	erase := func(who string) answer {
		t.Helper()
		cli(t, "admin", "person", "end", "--data", data, "--reason", "moved", who).want(t, statusDone)
		return cli(t, "admin", "person", "erase", "--data", data, "--reason", "asked for", "--yes", who)
	}
	key := filepath.Join(data, keyFile)
	if err := os.Rename(key, key+".away"); err != nil {
		t.Fatal(err)
	}
	erase("cn-contributor").want(t, statusFailed, "signed with the node's key", "Nothing was changed")
	if err := os.Rename(key+".away", key); err != nil {
		t.Fatal(err)
	}
	verifyData(t, data).want(t, statusDone, "signed by nobody yet")
	erase("cn-contributor").want(t, statusDone, "Erased")
	said := verifyData(t, data).want(t, statusExceptional, "nothing differs", "person.erase of ", `("asked for")`, "by admin person erase", "1 exceptional entry").never(t, "signed by nobody yet")
	first := accepts(t, said, "ledger", "verify", filepath.Join(data, databaseFile))
	if c := published(t, data); c.Size < 2 || c.Since == 0 {
		t.Errorf("published: %+v", c)
	}
	erase("cn-ministry").want(t, statusDone, "Erased")
	verifyData(t, data, "--accept", first).want(t, statusExceptional, "1 exceptional entry")
	cli(t, "verify", "--data", data).want(t, statusExceptional, "2 exceptional entries", "  files ")
}

// TestPublishedAtOnce: a node that runs publishes a checkpoint when an act was signed, before the hour.
func TestPublishedAtOnce(t *testing.T) {
	data := exampleNode(t)
	d := open(t, filepath.Join(data, databaseFile))
	id, err := identify(t.Context(), d, data)
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPublisher(t.Context(), d, id, data, silent)
	if err != nil || p.due(time.Now()) {
		t.Fatal("it is due without that", err)
	}
	d.Hold(id.secret, p.signed)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { p.run(ctx); close(done) }()
	before, _, _ := p.state()
	var who ref.Person
	if err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `select object from label where field = 'key' and text = 'cn-contributor'`).Scan(&who)
	}); err != nil {
		t.Fatal(err)
	}
	operator := access.Operator("test")
	if err := account.New(d).End(ctx, operator, who, "moved"); err != nil {
		t.Fatal(err)
	}
	if err := account.New(d).Erase(ctx, operator, who, "asked for"); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if size, _, _ := p.state(); size >= before+2 {
			break
		}
		if time.Now().After(until) {
			t.Fatal("no checkpoint was published")
		}
	}
	stop()
	<-done
}

// TestServeWarns: an older copy that was put back, with an entry appended that says it was restored
// and names the public checkpoint, is not started on and told by verification; an erasure that somebody
// appended who has not the key is told by both.
func TestServeWarns(t *testing.T) {
	start := func(t *testing.T, data string) (told string) {
		t.Helper()
		var b bytes.Buffer
		d := open(t, filepath.Join(data, databaseFile))
		id, err := identify(t.Context(), d, data)
		if err != nil {
			t.Fatal(err)
		}
		p, err := newPublisher(t.Context(), d, id, data, slog.New(slog.NewTextHandler(&b, nil)))
		if err == nil {
			err = p.warn(t.Context())
		}
		if err != nil {
			b.WriteString(err.Error())
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	add := func(t *testing.T, data string, acts ...ledger.Act) (size int64) {
		t.Helper()
		d := open(t, filepath.Join(data, databaseFile))
		if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
			for _, a := range acts {
				if _, err := ledger.Append(ctx, tx, ledger.By{Operator: "test"}, a, nil); err != nil {
					return err
				}
			}
			size, err = ledger.Size(ctx, tx)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		return size
	}
	t.Run("restore", func(t *testing.T) {
		data := exampleNode(t)
		old := read(t, filepath.Join(data, databaseFile))
		if told := start(t, data); told != "" {
			t.Errorf("of an ordinary node: %s", told)
		}
		add(t, data, ledger.Act{Name: "import"}, ledger.Act{Name: "import"})
		d := open(t, filepath.Join(data, databaseFile))
		id, err := identify(t.Context(), d, data)
		if err != nil {
			t.Fatal(err)
		}
		if err := publish(t.Context(), d, id, data, console{err: &bytes.Buffer{}}); err != nil {
			t.Fatal(err)
		}
		d.Close()
		kept := read(t, filepath.Join(data, checkpointFile))

		write(t, filepath.Join(data, databaseFile), old)
		size := add(t, data)
		r, err := json.Marshal(ledger.Restored{Backup: "then", Entries: size, Published: kept, Key: id.public})
		if err != nil {
			t.Fatal(err)
		}
		add(t, data, ledger.Act{Name: ledger.RestoreAct, Reason: string(r)})
		exec(t, raw(t, data), `insert into node values ('epochs', $1)`, fmt.Sprint(size))
		verifyData(t, data).want(t, statusFailed, "DIFFERENCE", "did not sign")
		verifyData(t, data, "--data", t.TempDir()).want(t, statusFailed, "bears no signature")
		if told := start(t, data); told != ledger.ErrUnlike.Error() {
			t.Error(told)
		}
		if read(t, filepath.Join(data, checkpointFile)) != kept {
			t.Error("the witness was given up")
		}
		// By an operator who goes on with it on purpose:
		if err := os.Remove(filepath.Join(data, checkpointFile)); err != nil {
			t.Fatal(err)
		}
		if told := start(t, data); !strings.Contains(told, "bears no signature") || !strings.Contains(told, ledger.RestoreAct) {
			t.Error(told)
		}
	})
	t.Run("erasure", func(t *testing.T) {
		data := exampleNode(t)
		// As somebody may who has another key, which the database is made to know meanwhile.
		secret, public, err := ledger.GenerateKey("entente/other")
		if err != nil {
			t.Fatal(err)
		}
		known := strings.TrimSpace(read(t, filepath.Join(data, publicFile)))
		d := open(t, filepath.Join(data, databaseFile))
		d.Hold(secret, nil)
		if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			if err := db.Set(ctx, tx, db.PublicKey, public); err != nil {
				return err
			}
			var meeting ref.ID
			if err := tx.QueryRow(ctx, `select min(id) from object where kind = 'meeting'`).Scan(&meeting); err != nil {
				return err
			}
			if _, err := ledger.Append(ctx, tx, ledger.By{Operator: "x"}, ledger.Act{Name: ledger.EraseAct, Object: meeting, Rev: 2, Erases: 1, Also: func(ledger.Entry) bool { return true }}, map[string]any{"object": map[string]string{"kind": "person"}}); err != nil {
				return err
			}
			return db.Set(ctx, tx, db.PublicKey, known)
		}); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		verifyData(t, data).want(t, statusFailed, "DIFFERENCE", "the signature of entry")
		if told := start(t, data); !strings.Contains(told, "bears no signature") || !strings.Contains(told, ledger.EraseAct) {
			t.Error(told)
		}
		exec(t, raw(t, data), `delete from entry_signature where seq = (select max(seq) from entry_signature)`)
		verifyData(t, data).want(t, statusFailed, "DIFFERENCE", "bears no signature")
		if told := start(t, data); !strings.Contains(told, "bears no signature") {
			t.Error(told)
		}
	})
}

// TestPublishedNotContradicted: a node that runs signs and publishes nothing over a log that is not the
// one that it published, says so, and writes nothing more.
func TestPublishedNotContradicted(t *testing.T) {
	data := exampleNode(t)
	d := open(t, filepath.Join(data, databaseFile))
	id, err := identify(t.Context(), d, data)
	if err != nil {
		t.Fatal(err)
	}
	var told bytes.Buffer
	p, err := newPublisher(t.Context(), d, id, data, slog.New(slog.NewTextHandler(&told, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.publish(t.Context()); err != nil || p.size == 0 {
		t.Fatal(err)
	}
	kept := read(t, p.file)
	add := func(n int) error {
		return d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			for range n {
				if _, err := ledger.Append(ctx, tx, ledger.By{Operator: "x"}, ledger.Act{Name: "import"}, nil); err != nil {
					return err
				}
			}
			return nil
		})
	}
	last := p.size - 1
	r := raw(t, data)
	exec(t, r, `delete from checkpoint where size > $1`, last)
	exec(t, r, `delete from entry_signature where seq >= $1`, last)
	exec(t, r, `delete from revision where seq >= $1`, last)
	exec(t, r, `delete from entry where seq >= $1`, last)
	exec(t, r, `delete from tlog_hash where idx >= $1`, tlog.StoredHashCount(last))
	if err := add(3); err != nil {
		t.Fatal(err)
	}
	if err := p.publish(t.Context()); err != nil {
		t.Error(err)
	}
	if _, _, blocked := p.state(); !blocked || read(t, p.file) != kept || !strings.Contains(told.String(), "level=ERROR") || !strings.Contains(told.String(), "nothing more is written") {
		t.Errorf("blocked: %v, %s", blocked, told.String())
	}
	if err := add(1); !errors.Is(err, ledger.ErrUnlike) {
		t.Errorf("an act: %v", err)
	}
	if parts := web.Parts(t.Context(), d, nil); !errors.Is(parts[0].Fault, ledger.ErrUnlike) {
		t.Errorf("it says that it is ready: %+v", parts)
	}
	verifyData(t, data).want(t, statusFailed, "DIFFERENCE")
}
