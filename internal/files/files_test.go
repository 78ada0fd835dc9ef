package files_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"entente/internal/fault"
	"entente/internal/files"
)

func open(t *testing.T) (*files.Folder, string) {
	t.Helper()
	at := filepath.Join(t.TempDir(), "files")
	f, err := files.Open(at, 1000)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, at
}

// put takes a content and keeps it.
func put(t *testing.T, f *files.Folder, data string) files.Content {
	t.Helper()
	in, err := f.Take(t.Context(), strings.NewReader(data))
	if err == nil {
		err = in.Keep()
	}
	if err != nil {
		t.Fatal(err)
	}
	in.Drop() // does nothing to what was kept
	return in.Content
}

// left gives the paths of the files below a folder.
func left(t *testing.T, folder string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestStore(t *testing.T) {
	f, at := open(t)
	var c files.Content
	for range 2 { // the same content lies there once
		c = put(t, f, "hello")
	}
	if c.Hash != "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" || c.Size != 5 {
		t.Errorf("kept as %+v", c)
	}
	r, err := f.Open(c.Hash)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if b, err := io.ReadAll(r); string(b) != "hello" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	if l := left(t, at); len(l) != 1 {
		t.Errorf("there lie %v", l)
	}
}

// TestNothingIsLeft: what is dropped, too large, cut off or more than there is room for leaves nothing behind.
func TestNothingIsLeft(t *testing.T) {
	f, at := open(t)
	in, err := f.Take(t.Context(), strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(in.Path); string(b) != "x" || err != nil {
		t.Errorf("at the path lies %q, %v", b, err)
	}
	if _, err := f.Open(in.Hash); !fault.Is(err, fault.NotFound) {
		t.Errorf("it was not kept and can be read: %v", err)
	}
	in.Drop()
	in.Drop()
	if _, err := f.Take(t.Context(), strings.NewReader(strings.Repeat("x", 1001))); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too large: %v", err)
	}
	if _, err := f.Take(t.Context(), io.MultiReader(strings.NewReader("x"), broken{})); err == nil {
		t.Error("a broken content was taken")
	}
	f.Reserve(1 << 62)
	if _, err := f.Take(t.Context(), strings.NewReader("x")); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "fault.file-room") {
		t.Errorf("no room: %v", err)
	}
	if l := left(t, at); len(l) != 0 {
		t.Errorf("there lie %v", l)
	}
}

// TestSweep: what is old and nobody names goes; what is young, named, or a stranger's stays.
func TestSweep(t *testing.T) {
	f, at := open(t)
	named, unnamed, young := put(t, f, "named"), put(t, f, "unnamed"), put(t, f, "young")
	cut, err := f.Take(t.Context(), strings.NewReader("cut off by a crash"))
	if err != nil {
		t.Fatal(err)
	}
	stranger := filepath.Join(at, "notes.txt")
	if err := os.WriteFile(stranger, []byte("the operator's"), 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-48 * time.Hour)
	for _, p := range left(t, at) {
		if !strings.HasSuffix(p, young.Hash[2:]) {
			if err := os.Chtimes(p, old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	var asked []string
	swept, err := f.Sweep(t.Context(), time.Now().Add(-24*time.Hour), func(hash string, remove func() error) error {
		if asked = append(asked, hash); hash == named.Hash {
			return nil
		}
		return remove()
	})
	if err != nil || swept.Contents != 2 || swept.Bytes != int64(len("unnamed")+len("cut off by a crash")) {
		t.Errorf("%+v %v", swept, err)
	}
	if slices.Contains(asked, young.Hash) || len(asked) != 2 {
		t.Errorf("asked of %v", asked)
	}
	if l := left(t, at); len(l) != 3 || !slices.Contains(l, stranger) {
		t.Errorf("there lie %v", l)
	}
	if _, err := f.Open(unnamed.Hash); !fault.Is(err, fault.NotFound) {
		t.Errorf("what nobody names: %v", err)
	}
	if _, err := os.Stat(cut.Path); err == nil {
		t.Error("what was cut off is still there")
	}
	// The same content came again just before it was to go.
	if err := os.Chtimes(filepath.Join(at, named.Hash[:2], named.Hash[2:]), old, old); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Sweep(t.Context(), time.Now().Add(-24*time.Hour), func(_ string, remove func() error) error {
		put(t, f, "named")
		return remove()
	}); err != nil {
		t.Fatal(err)
	}
	if r, err := f.Open(named.Hash); err != nil {
		t.Error("what came again was deleted")
	} else {
		r.Close()
	}
}

// TestOneRule: what is told to be swept is what is swept, and nothing else is; what a file system keeps
// at its top is not looked into.
func TestOneRule(t *testing.T) {
	f, at := open(t)
	h := put(t, f, "unnamed").Hash
	for _, name := range []string{
		strings.ToUpper(h[:2]) + "x/" + h[2:], h[:3] + "/" + h[3:], h[:2] + "/" + strings.ToUpper(h[2:]), h, h[:2] + "/x/" + h[2:],
		"incoming-x", "incoming-y/z", h[:2] + "/incoming-z", "notes.txt", "lost+found/x",
	} {
		p := filepath.Join(at, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o700), os.WriteFile(p, []byte("x"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-48 * time.Hour)
	before := left(t, at)
	for _, p := range before {
		if err := os.Chtimes(p, old, old); err != nil {
			t.Fatal(err)
		}
	}
	others, err := f.Others(func(string) bool { return false })
	if err != nil || len(others) != len(before)-1 {
		t.Errorf("told are %d of %d, %v", len(others), len(before), err)
	}
	if _, err := f.Sweep(t.Context(), time.Now(), func(_ string, remove func() error) error { return remove() }); err != nil {
		t.Fatal(err)
	}
	swept := 0
	for _, o := range others {
		_, err := os.Lstat(filepath.Join(at, o.Path))
		if gone := err != nil; gone != (o.Left || o.Hash != "") {
			t.Errorf("%+v, and it is gone: %t", o, gone)
		} else if gone {
			swept++
		}
	}
	if swept != 2 {
		t.Errorf("%d were swept", swept)
	}
	if files.Holds(at) || files.Holds(filepath.Join(at, "nowhere")) {
		t.Error("neither contents nor uploads lie there any more")
	}
	if put(t, f, "one"); !files.Holds(at) {
		t.Error("a content lies there")
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("the line broke") }

func TestOpenNothingElse(t *testing.T) {
	f, at := open(t)
	if err := os.WriteFile(filepath.Join(at, "..", "secret"), []byte("s"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, h := range []string{"", "../secret", "..", strings.Repeat("a", 64), strings.Repeat("a", 62) + "..", "/etc/passwd"} {
		if r, err := f.Open(h); !fault.Is(err, fault.NotFound) {
			t.Errorf("Open(%q) = %v, %v", h, r, err)
		}
	}
}

func TestScan(t *testing.T) {
	script := func(body string) string {
		p := filepath.Join(t.TempDir(), "scan")
		if err := os.WriteFile(p, []byte("#!/bin/sh\n"+body), 0o700); err != nil {
			t.Fatal(err)
		}
		return p
	}
	file := filepath.Join(t.TempDir(), "a b.txt")
	if err := os.WriteFile(file, []byte("bad"), 0o600); err != nil {
		t.Fatal(err)
	}
	for command, want := range map[string]fault.Kind{
		"":                                   "",
		script("exit 0"):                     "",
		script(`grep -q bad "$1" && exit 1`): fault.Invalid,
		script(`test "$1" = --quiet && test -f "$2"`) + " --quiet": "",
		script("exit 2"):   fault.Unavailable,
		"/nowhere/scanner": fault.Unavailable,
	} {
		if err := (files.Scanner{Command: command}).Scan(t.Context(), file); fault.Of(err) != want {
			t.Errorf("%q: %v, want %q", command, err, want)
		}
	}
}
