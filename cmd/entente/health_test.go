package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	system "os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"entente/account"
	"entente/internal/db"
)

func TestHealth(t *testing.T) {
	status := http.StatusOK
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			t.Error(r.URL.Path)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte("files: its words\n"))
	})
	plain, secure := httptest.NewServer(h), httptest.NewTLSServer(h)
	defer plain.Close()
	defer secure.Close()
	cli(t, "health", plain.URL).want(t, statusDone, "its words")
	cli(t, "health", secure.URL).want(t, statusDone, "its words")
	cli(t, "health", "--listen", strings.TrimPrefix(plain.URL, "http://")).want(t, statusDone)
	status = http.StatusServiceUnavailable
	cli(t, "health", plain.URL).want(t, statusFailed, "its words")
	plain.Close()
	cli(t, "health", plain.URL).want(t, statusFailed, "does not answer")
	cli(t, "health", "nonsense").want(t, statusUsage, "http://127.0.0.1:8080")
}

// TestUnit: systemd understands the unit, and finds nothing to say about it.
func TestUnit(t *testing.T) {
	tool, err := system.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not here")
	}
	unit := read(t, "../../docs/operate/entente.service")
	// The program stands where the unit says on a server, not here.
	path := write(t, filepath.Join(t.TempDir(), "entente.service"), strings.Replace(unit, "/usr/local/bin/entente serve", "/bin/true serve", 1))
	out, err := system.Command(tool, "verify", "--man=no", path).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "entente.service") {
			t.Error(line)
		}
	}
	if err != nil && strings.Contains(string(out), "entente") {
		t.Errorf("%v %s", err, out)
	}
}

// TestSessions: the operator sees where somebody is signed in and ends it; the log tells.
func TestSessions(t *testing.T) {
	folder := exampleNode(t)
	d := open(t, filepath.Join(folder, databaseFile))
	cli(t, "admin", "session", "list", "donor", "--data", folder).want(t, statusDone, "LAST USED")
	var person string
	if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `select object from label where field = 'key' and text = 'donor'`).Scan(&person)
	}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"one", "two"} {
		until := time.Now().Add(time.Hour)
		b, err := account.Codec{}.Encode(until, map[string]any{"person": person, account.SessionID: id, account.SessionAgent: "Firefox"})
		if err != nil {
			t.Fatal(err)
		}
		if err := account.NewSessions(d).Commit(id, b, until); err != nil {
			t.Fatal(err)
		}
	}
	before := logSize(t, d)
	cli(t, "admin", "session", "list", "donor", "--data", folder).want(t, statusDone, "one", "two", "Firefox")
	cli(t, "admin", "session", "end", "donor", "one", "--data", folder).want(t, statusDone, "1 session")
	if a := cli(t, "admin", "session", "list", "donor", "--data", folder).want(t, statusDone, "two"); strings.Contains(a.out, "one") {
		t.Error(a.out)
	}
	cli(t, "admin", "session", "end", "donor", "--data", folder).want(t, statusDone, "1 session")
	cli(t, "admin", "session", "end", "donor", "--data", folder).want(t, statusFailed, "not signed in")
	cli(t, "admin", "person", "link", "donor", "--data", folder).want(t, statusDone, "Code, shown this once")
	cli(t, "admin", "session", "end", "donor", "--data", folder).want(t, statusDone, "0 sessions")
	cli(t, "admin", "session", "end", "donor", "--data", folder).want(t, statusFailed, "not signed in")
	cli(t, "admin", "session", "list", "nobody", "--data", folder).want(t, statusFailed, "nobody")
	if n := logSize(t, d); n != before+4 {
		t.Errorf("%d entries, %d before", n, before)
	}
}
