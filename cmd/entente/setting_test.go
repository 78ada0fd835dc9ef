package main

import (
	"bytes"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
)

func TestSetting(t *testing.T) {
	data := t.TempDir()
	cli(t, "import", "--data", data, write(t, filepath.Join(t.TempDir(), "a.yaml"), "kind: dialogue\nkey: fisheries\nname: {en: Dialogue on fisheries}\n")).want(t, statusDone)
	run := func(words ...string) answer {
		return cli(t, append([]string{"admin", "setting"}, append(words, "--data", data)...)...)
	}
	warned := func() string {
		t.Helper()
		var b bytes.Buffer
		d := open(t, filepath.Join(data, databaseFile))
		if err := errors.Join(warnSecond(t.Context(), d, slog.New(slog.NewTextHandler(&b, nil))), d.Close()); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	// It is asked for at a node that was imported, too.
	run("list").want(t, statusDone, "second-factor: administrator,project-team,focal-point", "functions with a comma between")
	if said := warned(); said != "" {
		t.Errorf("where it is usual a start says: %s", said)
	}
	run("set", "second-factor", "").want(t, statusDone, "second-factor: -")
	run("get", "second-factor").want(t, statusDone, "\n")
	if said := warned(); !strings.Contains(said, "entente admin setting set second-factor administrator,project-team,focal-point") {
		t.Errorf("where it is off a start says: %s", said)
	}
	run("set", "second-factor", "project-team,administrator").want(t, statusDone, "second-factor: administrator,project-team")
	if said := warned(); said != "" {
		t.Errorf("where it is required a start says: %s", said)
	}
	run("list").want(t, statusDone, "second-factor: administrator,project-team")
	run("get", "second-factor").want(t, statusDone, "administrator,project-team")
	run("set", "second-factor", "minister").want(t, statusFailed, "value: ", "minister", "focal-point", "Nothing was changed")
	run("set", "public-key", "x", "--lang", "zh").want(t, statusFailed, "name: ", "second-factor")
	run("get", "public-key").want(t, statusFailed, "second-factor")
	run("set", "second-factor", "").want(t, statusDone, "second-factor: -")
	run("set", "second-factor").want(t, statusUsage, "value")
	cli(t, "ledger", "verify", filepath.Join(data, databaseFile)).want(t, statusDone)
}
