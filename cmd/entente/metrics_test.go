package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"entente/bundle"
	"entente/internal/ref"
)

// TestMetrics: on its own address the node says how it stands, in words of the program alone.
func TestMetrics(t *testing.T) {
	folder := exampleNode(t)
	d := open(t, filepath.Join(folder, databaseFile))
	public, metrics := listener(t), listener(t)
	n := node{db: d, objects: bundle.Objects(d), folder: folder, listener: public, metrics: metrics, log: silent}
	ctx, stop := context.WithCancel(t.Context())
	ready, ended := make(chan struct{}), make(chan error)
	go func() { ended <- n.run(ctx, func() error { close(ready); return nil }) }()
	<-ready
	base := site(public, false)
	for _, path := range []string{"/en/", "/zh/", "/en/meetings/" + ref.New(), "/en/zhang-wei", "/en/search?q=secretword", "/readyz"} {
		fetch(t, base+path)
	}
	a, err := http.PostForm(base+"/en/sign-in", url.Values{"login": {"zhang.wei"}, "password": {"no such password"}})
	if err != nil || a.StatusCode != http.StatusUnprocessableEntity {
		t.Fatalf("%v %v", a, err)
	}
	a.Body.Close()
	status, said := fetch(t, site(metrics, false)+"/metrics")
	if status != http.StatusOK {
		t.Fatal(status)
	}
	for _, want := range []string{
		`entente_http_requests_total{method="GET",route="/",status="200"} 2`,
		`entente_http_requests_total{method="GET",route="/meetings/{id}",status="404"} 1`,
		`entente_http_requests_total{method="GET",route="",status="404"} 1`,
		`entente_http_request_seconds_count{method="GET",route="/search"} 1`,
		"entente_http_requests_under_way 0", "entente_sign_in_failures_total 1",
		`entente_part_up{part="database"} 1`, `entente_part_up{part="files"} 1`, "entente_jobs_late_seconds ",
		"entente_ledger_entries ", "entente_checkpoint_entries ", "entente_checkpoint_age_seconds ", "entente_checkpoint_blocked 0",
		"entente_database_bytes ", `entente_database_connections{pool="writer",state="idle"}`, `engine="sqlite"`, "go_goroutines",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %s", want)
		}
	}
	for _, secret := range []string{"zhang", "secretword", "127.0.0.1", folder} {
		if strings.Contains(said, secret) {
			t.Errorf("it says %q", secret)
		}
	}
	if id := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}`).FindString(said); id != "" {
		t.Errorf("it says an id: %s", id)
	}
	if t.Failed() {
		t.Log(said)
	}
	if status, _ := fetch(t, base+"/metrics"); status != http.StatusNotFound {
		t.Errorf("readers find metrics: %d", status)
	}
	if status, _ := fetch(t, site(metrics, false)+"/en/"); status != http.StatusNotFound {
		t.Errorf("pages are answered beside metrics: %d", status)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := http.Get(site(metrics, false) + "/metrics"); err == nil {
		t.Error("metrics go on after the end")
	}
}

func listener(t testing.TB) net.Listener {
	t.Helper()
	l, err := listen("127.0.0.1:0", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func fetch(t testing.TB, address string) (int, string) {
	t.Helper()
	a, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, string(b)
}

// TestMetricsApart: metrics never stand on the port of the pages.
func TestMetricsApart(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct{ listen, metrics, want string }{
		{"127.0.0.1:0", "nonsense", "--metrics"},
		{"127.0.0.1:38080", "127.0.0.2:38080", "a port of their own"},
		{":38080", "127.0.0.1:38080", "a port of their own"},
	} {
		cli(t, "serve", "--data", folder, "--listen", c.listen, "--metrics", c.metrics).want(t, statusUsage, c.want)
	}
}

func TestLogger(t *testing.T) {
	for format, want := range map[string]string{"text": "msg=ready part=files", "json": `"msg":"ready","part":"files"}`} {
		var b strings.Builder
		l := logger(&b, slog.LevelInfo, format)
		l.Info("ready", "part", "files")
		l.Debug("not told")
		if s := b.String(); !strings.Contains(s, want) || strings.Count(s, "\n") != 1 {
			t.Errorf("%s: %s", format, s)
		}
	}
	cli(t, "serve", "--log-format", "xml").want(t, statusUsage, "--log-format", "json")
}
