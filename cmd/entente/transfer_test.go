package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"entente/internal/db"
)

func TestExportAndImportAgain(t *testing.T) {
	from, to := exampleNode(t), t.TempDir()
	file := filepath.Join(to, "all.yaml")
	cli(t, "export", "--data", from, file).want(t, statusDone, "outside access", file)
	if i, err := os.Stat(file); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("the export can be read by others: %v %v", i.Mode(), err)
	}
	cli(t, "import", "--data", to, "--dry-run", file).want(t, statusDone, "Nothing was changed")
	cli(t, "import", "--data", to, file).want(t, statusDone, "Imported: ", " 0 changed, 0 unchanged")
	again := cli(t, "export", "--data", to).want(t, statusDone)
	if again.out != read(t, file) {
		t.Error("an export of what was imported is not what was exported")
	}
	cli(t, "import", "--data", to, file).want(t, statusDone, "Imported: 0 created, 0 changed")
	cliWith(t, again.out, "import", "--data", to, "-").want(t, statusDone, "Imported: 0 created, 0 changed")
	cli(t, "ledger", "verify", filepath.Join(to, databaseFile)).want(t, statusDone, "nothing differs")

	// A folder, too: the example's own.
	cli(t, "import", "--data", from, "../../demo/data").want(t, statusDone, "Imported: 0 created, 0 changed")
}

func TestImportFaults(t *testing.T) {
	data := exampleNode(t)
	before := cli(t, "export", "--data", data).out
	file := write(t, filepath.Join(t.TempDir(), "faults.yaml"), `kind: dialogue
key: migration-mobility
name: {en: Another name}
---
kind: meeting
key: talk
title:
  en: A talk
type: seminarr
date: 31 June 2019
colour: red
---
kind: person
key: somebody
title: {en: Somebody}
posts: [{institution: nowhere}]
`)
	a := cli(t, "import", "--data", data, file).want(t, statusFailed,
		file+":9: type: “seminarr”", file+":10: ", file+":11: ", "“colour”", file+":16: posts.0.institution: ", "Nothing was changed")
	if n := strings.Count(a.err, "\n"); n < 5 || a.out != "" {
		t.Errorf("%d lines:\n%s%s", n, a.err, a.out)
	}
	cli(t, "import", "--data", data, "--lang", "zh", "--dry-run", file).want(t, statusFailed, "不在可选项之内")
	if cli(t, "export", "--data", data).out != before {
		t.Error("an import with faults changed something")
	}
	cli(t, "import", "--data", data, filepath.Join(data, "missing.yaml")).want(t, statusFailed, "there is no file or folder "+filepath.Join(data, "missing.yaml"))
	cli(t, "import", "--data", data, t.TempDir()).want(t, statusFailed, ".yaml")
}

func TestNoDatabase(t *testing.T) {
	folder := t.TempDir()
	for _, args := range [][]string{
		{"export"}, {"admin", "person", "list"}, {"admin", "person", "add", "--function", "expert", "--login", "x", "--title-en", "X"},
	} {
		cli(t, append(args, "--data", folder)...).want(t, statusFailed, "there is no database "+folder)
	}
	cli(t, "ledger", "verify", filepath.Join(folder, "none.db")).want(t, statusUsage, "there is no database")
	if list, _ := os.ReadDir(folder); len(list) > 0 {
		t.Errorf("a command that only looks made %s", list[0].Name())
	}
}

// TestImportBesideOthers: what would keep a running node from writing is refused, with what to do.
// Where nobody else has the database open, it is imported.
func TestImportBesideOthers(t *testing.T) {
	data := exampleNode(t)
	var b strings.Builder
	b.WriteString("kind: dialogue\nkey: migration-mobility\n")
	for i := range 2001 {
		fmt.Fprintf(&b, "---\nkind: round\nkey: more-%d\nlevel: expert\ntitle: {en: More}\n", i)
	}
	d, err := db.Open(t.Context(), filepath.Join(data, databaseFile), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cliWith(t, b.String(), "import", "--data", data, "-").want(t, statusFailed, "2001 objects", "at most 20,000", "Stop the node")
	if err := d.Write(t.Context(), func(context.Context, *db.Tx) error { // a dry run waits for nobody, nor makes others wait
		cliWith(t, b.String(), "import", "--data", data, "--dry-run", "-").want(t, statusDone, "2001 created")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(data, "importing-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	cliWith(t, b.String(), "import", "--data", data, "--dry-run", "-").want(t, statusDone, "2001 created")
}

// TestImportWidens: objects whose readers would grow are listed, and the import is refused until
// --widen says that it is meant.
func TestImportWidens(t *testing.T) {
	data := exampleNode(t)
	round := func(readers string) string {
		return "kind: dialogue\nkey: migration-mobility\n---\nkind: round\nkey: more\n" + readers + "level: expert\ntitle: {en: More}\n"
	}
	cliWith(t, round("mark: AMBER+STRICT\naudience: [team]\n"), "import", "--data", data, "-").want(t, statusDone, "1 created")
	cliWith(t, round(""), "import", "--data", data, "-").want(t, statusDone, "1 unchanged")
	wide, said := round("mark: GREEN\naudience: [dialogue, team]\n"), "it was open to team, and would be to dialogue, team"
	cliWith(t, wide, "import", "--data", data, "-").want(t, statusFailed, "standard input:7:", said, "--widen", "Nothing was changed")
	cliWith(t, wide, "import", "--data", data, "--dry-run", "-").want(t, statusDone, said, "1 changed")
	cliWith(t, wide, "import", "--data", data, "--widen", "-").want(t, statusDone, said, "Imported: 0 created, 1 changed")
}
