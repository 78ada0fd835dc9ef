package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"entente/bundle"
	"entente/internal/db"
)

func TestMain(m *testing.M) {
	for _, e := range os.Environ() { // a test's command line is all that counts
		name, _, _ := strings.Cut(e, "=")
		if strings.HasPrefix(name, "ENTENTE_") && !strings.HasPrefix(name, "ENTENTE_TEST_") || strings.HasPrefix(name, "LC_") || name == "LANG" {
			_ = os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

// answer is what a command line got.
type answer struct {
	status   int
	out, err string
}

// cli runs a command line in this process.
func cli(t testing.TB, args ...string) answer {
	t.Helper()
	return cliWith(t, "", args...)
}

// cliWith is cli with something on standard input.
func cliWith(t testing.TB, in string, args ...string) answer {
	t.Helper()
	var out, errs bytes.Buffer
	status := run(t.Context(), args, console{strings.NewReader(in), &out, &errs})
	return answer{status, out.String(), errs.String()}
}

// want fails unless the command ended with the status and said every phrase.
func (a answer) want(t testing.TB, status int, phrases ...string) answer {
	t.Helper()
	said := a.out + a.err
	for _, p := range phrases {
		if !strings.Contains(said, p) {
			t.Errorf("it does not say %q", p)
		}
	}
	if a.status != status {
		t.Errorf("status %d, want %d", a.status, status)
	}
	if t.Failed() {
		t.Logf("said:\n%s", said)
	}
	return a
}

// ends fails unless a phrase is the last that the command printed.
func (a answer) ends(t testing.TB, phrase string) answer {
	t.Helper()
	if !strings.HasSuffix(a.out, "\n"+phrase+"\n") {
		t.Errorf("it does not end with %q:\n%s", phrase, a.out)
	}
	return a
}

// example is the folder of a node that holds the example and published its checkpoint.
var example = sync.OnceValues(func() (files map[string][]byte, err error) {
	folder, err := os.MkdirTemp("", "entente-cli-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	ctx := context.Background()
	d, err := db.Open(ctx, filepath.Join(folder, databaseFile), db.Options{Volatile: true})
	if err != nil {
		return nil, err
	}
	defer d.Close()
	n := node{db: d, objects: bundle.Objects(d), folder: folder}
	if err := loadDemo(ctx, n, folder); err != nil {
		return nil, err
	}
	id, err := identify(ctx, d, folder)
	if err != nil {
		return nil, err
	}
	p, err := newPublisher(ctx, d, id, folder, silent)
	if err != nil {
		return nil, err
	}
	if err := p.publish(ctx); err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil { // folds the log into the file
		return nil, err
	}
	files = map[string][]byte{}
	for _, name := range []string{databaseFile, keyFile, publicFile, checkpointFile} {
		if files[name], err = os.ReadFile(filepath.Join(folder, name)); err != nil {
			return nil, err
		}
	}
	return files, nil
})

var silent = slog.New(slog.NewTextHandler(io.Discard, nil))

// exampleNode gives the folder of a node of the test's own that holds the example.
func exampleNode(t testing.TB) string {
	t.Helper()
	files, err := example()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(folder, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func write(t testing.TB, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"serv"}, []string{"serv", "entente help explains more"}},
		{[]string{"serve", "--bogus"}, []string{"--bogus", "entente help serve explains more"}},
		{[]string{"ledger"}, []string{"verify", "entente help ledger explains more"}},
		{[]string{"admin", "person", "add", "--login", "x"}, []string{"--function"}},
		{[]string{"admin", "person", "add", "--login", "x", "--function", "king"}, []string{"king", "project-team"}},
		{[]string{"serve", "--tls-cert", "x"}, []string{"--tls-key"}},
		{[]string{"serve", "--base-url", "dialogue.example.org"}, []string{"https://"}},
		{[]string{"serve", "--log", "loud"}, []string{"loud"}},
		{[]string{"serve", "--tls-cert", "x", "--tls-key", "x", "--behind-tls"}, []string{"--behind-tls"}},
		{[]string{"help", "ledger", "forget"}, []string{"ledger forget"}},
	} {
		cli(t, c.args...).want(t, statusUsage, c.want...)
	}
	cli(t, "serve", "--tls-cert", "none", "--tls-key", "none").want(t, statusFailed, "--tls-cert", "none")
}

func TestHelp(t *testing.T) {
	cli(t).want(t, statusDone, "entente demo", "admin person add")
	cli(t, "--help").want(t, statusDone, "entente demo")
	cli(t, "version").want(t, statusDone, "entente "+version)
	cli(t, "admin", "policy").want(t, statusDone, "meeting.cancel", "operator")
	whole := cli(t, "help", "ledger", "verify").want(t, statusDone, "entente ledger verify", "Flags", "--public-key").out
	cli(t, "help", "ledger verify").want(t, statusDone, whole)
	if flag := cli(t, "ledger", "verify", "--help").want(t, statusDone).out; flag != whole {
		t.Errorf("help and --help differ:\n%s\n%s", whole, flag)
	}
	k, err := parser(console{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range k.Model.Leaves(true) {
		if n.Help == "" || len(n.Detail) < 60 {
			t.Errorf("%s is not explained", n.Path())
		}
		for line := range strings.SplitSeq(n.Detail, "\n") {
			if len([]rune(line)) > 110 {
				t.Errorf("%s: a long line: %s", n.Path(), line)
			}
		}
	}
}

func TestManualIsCurrent(t *testing.T) {
	k, err := parser(console{})
	if err != nil {
		t.Fatal(err)
	}
	if manual(k) != read(t, "../../docs/operate/commands.md") {
		t.Error("docs/operate/commands.md is not what the commands say; run: go generate ./cmd/entente")
	}
}

func TestSpeech(t *testing.T) {
	for _, c := range [][3]string{{"", "", "en"}, {"zh", "en_GB.UTF-8", "zh"}, {"", "zh_CN.UTF-8", "zh"}, {"", "de_DE", "en"}, {"en", "zh_CN", "en"}} {
		t.Setenv("LANG", c[1])
		if got := speech(c[0]); got != c[2] {
			t.Errorf("speech(%q) with LANG=%s is %s", c[0], c[1], got)
		}
	}
}
