package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
	cli(t, "ledger", "verify", filepath.Join(to, databaseFile)).want(t, statusDone, "Nothing differs")

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
