package files_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"entente/internal/fault"
	"entente/internal/files"
)

func pass(context.Context, files.Incoming) error { return nil }

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
		var err error
		if c, err = f.Put(t.Context(), strings.NewReader("hello"), pass); err != nil {
			t.Fatal(err)
		}
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

// TestNothingIsLeft: what is refused, too large or cut off leaves nothing behind.
func TestNothingIsLeft(t *testing.T) {
	f, at := open(t)
	no := errors.New("no")
	if _, err := f.Put(t.Context(), strings.NewReader("x"), func(_ context.Context, in files.Incoming) error {
		if b, err := os.ReadFile(in.Path); string(b) != "x" || err != nil {
			t.Errorf("at the path lies %q, %v", b, err)
		}
		return no
	}); !errors.Is(err, no) {
		t.Errorf("refused: %v", err)
	}
	if _, err := f.Put(t.Context(), strings.NewReader(strings.Repeat("x", 1001)), pass); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too large: %v", err)
	}
	if _, err := f.Put(t.Context(), io.MultiReader(strings.NewReader("x"), broken{}), pass); err == nil {
		t.Error("a broken content was kept")
	}
	if l := left(t, at); len(l) != 0 {
		t.Errorf("there lie %v", l)
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
