package db

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
)

func TestVariantsOfMigrations(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	all := fstest.MapFS{
		"migrations/00001_a.sql":          file("both"),
		"migrations/00002_b.sqlite.sql":   file("lite"),
		"migrations/00002_b.postgres.sql": file("pg"),
	}
	for e, want := range map[Engine]string{SQLite: "both lite", PostgreSQL: "both pg"} {
		files, err := migrationsOf(all, e)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, n := range []string{"00001_a.sql", "00002_b.sql"} {
			b, err := fs.ReadFile(files, n)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(b))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %s", e, s)
		}
	}
	all["migrations/00002_b.sql"] = file("too many")
	if _, err := migrationsOf(all, SQLite); err == nil {
		t.Error("a migration and its variant were both taken")
	}
}

// Migrations only go forward, and what they make is asked for on both engines.
func TestMigrationsOfTheProgram(t *testing.T) {
	names := map[Engine][]string{}
	for _, e := range []Engine{SQLite, PostgreSQL} {
		files, err := Migrations(e)
		if err != nil {
			t.Fatal(err)
		}
		list, err := fs.Glob(files, "*.sql")
		if err != nil {
			t.Fatal(err)
		}
		names[e] = list
		for _, n := range list {
			b, err := fs.ReadFile(files, n)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(strings.ToLower(string(b)), "+goose down") {
				t.Errorf("%s goes backward", n)
			}
			if !strings.Contains(string(b), "-- +goose Up") {
				t.Errorf("%s lacks -- +goose Up", n)
			}
		}
	}
	if a, b := strings.Join(names[SQLite], " "), strings.Join(names[PostgreSQL], " "); a != b {
		t.Errorf("an engine lacks a migration:\n%s\n%s", a, b)
	}
}

// TestTroubleOfFiles: what the system refuses of a file is not a server that does not answer.
func TestTroubleOfFiles(t *testing.T) {
	for errno, want := range map[error]string{
		syscall.EACCES: "by this user", syscall.EPERM: "by this user", syscall.EROFS: "by this user",
		syscall.ENOSPC: "disk is full", syscall.EIO: "by its disk",
	} {
		err := Translate(fmt.Errorf("db: %w", &fs.PathError{Op: "open", Path: "x", Err: errno}))
		if s := Trouble(err); !strings.Contains(s, want) {
			t.Errorf("%v: %q", errno, s)
		}
	}
}
