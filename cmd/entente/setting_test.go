package main

import (
	"path/filepath"
	"testing"
)

func TestSetting(t *testing.T) {
	data := exampleNode(t)
	run := func(words ...string) answer {
		return cli(t, append([]string{"admin", "setting"}, append(words, "--data", data)...)...)
	}
	run("list").want(t, statusDone, "second-factor: -", "functions with a comma between")
	run("set", "second-factor", "project-team,administrator").want(t, statusDone, "second-factor: administrator,project-team")
	run("list").want(t, statusDone, "second-factor: administrator,project-team")
	run("get", "second-factor").want(t, statusDone, "administrator,project-team")
	run("set", "second-factor", "minister").want(t, statusFailed, "value: ", "minister", "focal-point", "Nothing was changed")
	run("set", "public-key", "x", "--lang", "zh").want(t, statusFailed, "name: ", "second-factor")
	run("get", "public-key").want(t, statusFailed, "second-factor")
	run("set", "second-factor", "").want(t, statusDone, "second-factor: -")
	run("set", "second-factor").want(t, statusUsage, "value")
	cli(t, "ledger", "verify", filepath.Join(data, databaseFile)).want(t, statusDone)
}
