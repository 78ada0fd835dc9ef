package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/bundle"
	"entente/dialogue"
	"entente/internal/db"
	"entente/internal/text"
	"entente/ledger"
)

func open(t testing.TB, path string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), path, db.Options{Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestIdentity(t *testing.T) {
	folder := t.TempDir()
	d := open(t, filepath.Join(folder, databaseFile))
	id, err := identify(t.Context(), d, folder)
	if err != nil {
		t.Fatal(err)
	}
	if i, err := os.Stat(filepath.Join(folder, keyFile)); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("the secret key: %v %v", i.Mode(), err)
	}
	if public, err := ledger.Public(id.secret); err != nil || public != id.public || !strings.HasPrefix(public, "entente/") {
		t.Errorf("public key %q, derived %q, %v", id.public, public, err)
	}
	if again, err := identify(t.Context(), d, folder); err != nil || again != id {
		t.Errorf("the second start has another key: %v", err)
	}
	if read(t, filepath.Join(folder, publicFile)) != id.public+"\n" {
		t.Error("node.pub is not the public key")
	}

	elsewhere := t.TempDir()
	if _, err := identify(t.Context(), d, elsewhere); err == nil || !strings.Contains(err.Error(), "--data") {
		t.Errorf("a database whose key is missing: %v", err)
	}
	if list, _ := os.ReadDir(elsewhere); len(list) > 0 {
		t.Error("a key was made for a database that has one")
	}
	if _, err := identify(t.Context(), open(t, filepath.Join(elsewhere, databaseFile)), elsewhere); err != nil {
		t.Fatal(err)
	}
	if _, err := identify(t.Context(), d, elsewhere); err == nil || !strings.Contains(err.Error(), "another node") {
		t.Errorf("another node's key: %v", err)
	}
	write(t, filepath.Join(elsewhere, keyFile), "nonsense")
	if _, err := identify(t.Context(), d, elsewhere); err == nil || !strings.Contains(err.Error(), "backup") || strings.Contains(err.Error(), "nonsense") {
		t.Errorf("a broken key: %v", err)
	}
}

func TestPublisher(t *testing.T) {
	folder := t.TempDir()
	d := open(t, filepath.Join(folder, databaseFile))
	id, err := identify(t.Context(), d, folder)
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPublisher(t.Context(), d, id, folder, silent)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.publish(t.Context()); err != nil || p.latest() != "" {
		t.Fatalf("an empty log was published: %q %v", p.latest(), err)
	}
	if _, err := dialogue.New(d).Open(t.Context(), access.Operator("test"), "", dialogue.Dialogue{Name: text.Both("A", "")}, true); err != nil {
		t.Fatal(err)
	}
	if !p.due(time.Now()) {
		t.Error("the first checkpoint is not due")
	}
	if err := p.publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := ledger.ParseCheckpoint(p.latest(), id.public)
	if err != nil || c.Size != 2 || c.Since != 2 || read(t, p.file) != p.latest() {
		t.Errorf("published: %+v %v", c, err)
	}
	if p.due(time.Now().Add(59*time.Minute)) || !p.due(time.Now().Add(61*time.Minute)) {
		t.Error("it is not published hourly")
	}

	// The next start goes on where this one ended.
	if p, err = newPublisher(t.Context(), d, id, folder, silent); err != nil || p.size != 2 || p.due(time.Now()) || p.blocked {
		t.Errorf("after a restart: %+v %v", p, err)
	}
	var told bytes.Buffer
	write(t, p.file, strings.Replace(p.latest(), "entente/", "entento/", 1))
	if p, err = newPublisher(t.Context(), d, id, folder, slog.New(slog.NewTextHandler(&told, nil))); err != nil || !p.blocked || !strings.Contains(told.String(), "ledger verify") {
		t.Errorf("somebody else's checkpoint: %v %s", err, told.String())
	}
}

func TestListen(t *testing.T) {
	l, err := listen("127.0.0.1:0", "entente demo")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = listen(l.Addr().String(), "entente demo")
	if err == nil || !strings.Contains(err.Error(), "is taken") {
		t.Fatalf("a taken port: %v", err)
	}
	_, free, ok := strings.Cut(err.Error(), "entente demo --listen ")
	if !ok {
		t.Fatalf("no other is named: %v", err)
	}
	other, err := net.Listen("tcp", free)
	if err != nil {
		t.Fatalf("what is named is not free: %v", err)
	}
	other.Close()
	if _, err := listen("nonsense", "entente demo"); err == nil || !strings.Contains(err.Error(), "127.0.0.1:8080") {
		t.Errorf("nonsense: %v", err)
	}
}

func TestDemoRefusesANode(t *testing.T) {
	folder := t.TempDir()
	d := open(t, filepath.Join(folder, databaseFile))
	if _, err := dialogue.New(d).Open(t.Context(), access.Operator("test"), "", dialogue.Dialogue{Name: text.Both("A", "")}, false); err != nil {
		t.Fatal(err)
	}
	d.Close()
	cli(t, "demo", "--data", folder, "--listen", "127.0.0.1:0").want(t, statusFailed, folder, "no demonstration")
}

func TestDemoRoles(t *testing.T) {
	d := open(t, filepath.Join(exampleNode(t), databaseFile))
	roles, err := demoRoles(t.Context(), d)
	if err != nil || len(roles) < 8 {
		t.Fatalf("roles %v: %v", roles, err)
	}
	before := logSize(t, d)
	if err := loadDemo(t.Context(), node{db: d, objects: bundle.Objects(d)}, ""); err != nil || logSize(t, d) != before {
		t.Errorf("a second start loads again: %v", err)
	}
}

func logSize(t testing.TB, d *db.DB) (n int64) {
	t.Helper()
	if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		n, err = ledger.Size(ctx, tx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestForwarded(t *testing.T) {
	for header, want := range map[string]string{
		"": "192.0.2.1:1234", "198.51.100.7": "198.51.100.7:0", "10.9.9.9, 198.51.100.7": "198.51.100.7:0",
		"2001:db8::7": "[2001:db8::7]:0", "198.51.100.7, nonsense": "192.0.2.1:1234",
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if header != "" {
			r.Header.Set("X-Forwarded-For", header)
		}
		forwarded(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.RemoteAddr != want {
				t.Errorf("%q: %s, want %s", header, r.RemoteAddr, want)
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
	}
}

// TestFinish: asked to end, the server finishes what it has begun.
func TestFinish(t *testing.T) {
	l, err := listen("127.0.0.1:0", "")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var idle idler
	h := idle.count(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		stop()
		for { // until nothing new is taken
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				break
			}
			c.Close()
		}
		_, _ = w.Write([]byte("finished"))
	}))
	ended := make(chan error)
	go func() { ended <- serve(ctx, l, h, nil, silent) }()
	a, err := http.Get(site(l, false))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if b, err := io.ReadAll(a.Body); string(b) != "finished" || idle.requests.Load() != 1 {
		t.Errorf("%q %v", b, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := http.Get(site(l, false)); err == nil {
		t.Error("it goes on")
	}
}
