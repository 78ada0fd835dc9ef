package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"entente/internal/db"
	"entente/internal/db/dbtest"
)

// TestExplain: each setting says how it stands and where that came from; nothing secret is shown,
// and nothing is made.
func TestExplain(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "node")
	t.Setenv("ENTENTE_DB", "postgres://entente:hunter2@db.example.org/entente?password=hunter3")
	t.Setenv("ENTENTE_RATE_LIMIT", "2")
	a := cli(t, "serve", "--explain", "--data", folder, "--behind-tls", "--scan-command", "clamd https://scan:hunter4@scan.example.org").want(t, statusDone,
		"--data: "+folder+"\n    from: command line",
		"--db: postgres://entente:xxxxx@db.example.org/entente?password=xxxxx\n    from: environment, ENTENTE_DB",
		"--rate-limit: 2\n    from: environment, ENTENTE_RATE_LIMIT",
		"--listen: 127.0.0.1:8080\n    from: default",
		"--behind-tls: true\n    from: command line",
		"--metrics: -\n    from: nothing said",
		"--log: INFO\n    from: default",
	)
	for _, no := range []string{"hunter", "refused", "--help", "--explain:"} {
		if strings.Contains(a.out+a.err, no) {
			t.Errorf("it says %q:\n%s", no, a.out)
		}
	}
	cli(t, "serve", "--explain", "--data", folder, "--base-url", "example.org", "--rate-limit", "5000", "--metrics", ":8080", "--tls-cert", "none", "--tls-key", "none").want(t, statusDone,
		`refused: --base-url "example.org"`, "refused: --rate-limit 5000", "refused: --metrics :8080 has the port", "refused: the certificate")
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		t.Error("a folder was made")
	}
}

func TestShown(t *testing.T) {
	for _, c := range [][3]string{
		{"password", "x", "(hidden)"},
		{"smtp-password-file", "/run/secret", "/run/secret"},
		{"api-token", "x", "(hidden)"},
		{"db", "", "-"},
		{"db", "entente.db", "entente.db"},
		{"to", "smtp://u:p@host", "smtp://u:xxxxx@host"},
		{"to", "smtp://u:p%zz@host", "smtp://…"},
		{"scan-command", "scan --at https://u:p@host/x y", "scan --at https://u:xxxxx@host/x y"},
	} {
		if got := shown(c[0], c[1]); got != c[2] {
			t.Errorf("%s %s: %s", c[0], c[1], got)
		}
	}
}

// TestServerAway: a node that starts waits a while for its server, says so, and ends when it does
// not come; what was refused it does not wait for.
func TestServerAway(t *testing.T) {
	l := listener(t)
	address := l.Addr().String()
	l.Close()
	defer func(before time.Duration) { serverWait = before }(serverWait)
	serverWait = time.Millisecond
	a := cli(t, "serve", "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--db", "postgres://entente:hunter2@"+address+"/entente").
		want(t, statusFailed, "does not answer; it is asked again", "the database does not answer", address)
	if strings.Contains(a.err, "hunter2") {
		t.Error(a.err)
	}
}

// heard is a log in which something happens when a phrase is written.
type heard struct {
	bytes.Buffer
	phrase string
	then   func()
}

func (h *heard) Write(b []byte) (int, error) {
	if h.then != nil && bytes.Contains(b, []byte(h.phrase)) {
		h.then()
		h.then = nil
	}
	return h.Buffer.Write(b)
}

// TestServerComes: it is found when it comes, which it does when it was asked in vain.
func TestServerComes(t *testing.T) {
	address := dbtest.PostgresAddress(t)
	network, server, err := dbtest.Endpoint(address)
	if err != nil {
		t.Fatal(err)
	}
	l := listener(t)
	at := l.Addr().String()
	l.Close()
	if address, err = dbtest.Through(address, at); err != nil {
		t.Fatal(err)
	}
	said := heard{phrase: "asked again", then: func() {
		l, err := net.Listen("tcp", at)
		if err != nil {
			t.Error(err)
			return
		}
		context.AfterFunc(t.Context(), func() { l.Close() })
		go relay(l, network, server)
	}}
	d, err := patient(t.Context(), address, logger(&said, slog.LevelInfo, "text"), db.Options{SkipMigrations: true})
	if err != nil || !strings.Contains(said.String(), "asked again") {
		t.Fatalf("%v %s", err, said.String())
	}
	d.Close()
}

// relay passes connections on to a server, until nobody listens any more.
func relay(l net.Listener, network, server string) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial(network, server)
		if err != nil {
			return
		}
		go func() { _, _ = io.Copy(to, c); to.Close() }()
		go func() { _, _ = io.Copy(c, to); c.Close() }()
	}
}
