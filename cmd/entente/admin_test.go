package main

import (
	"path/filepath"
	"regexp"
	"testing"

	"entente/account"
	"entente/internal/db"
	"entente/internal/fault"
)

func TestPersonAdd(t *testing.T) {
	data := exampleNode(t)
	add := func(more ...string) []string {
		return append([]string{"admin", "person", "add", "--data", data, "--title-en", "Desk officer", "--title-zh", "处员", "--function", "contributor"}, more...)
	}
	a := cli(t, add("--login", "Desk-Officer", "--institution", "nia", "--language", "zh", "--key", "desk-officer")...).want(t, statusDone, "signs in as Desk-Officer")
	made := regexp.MustCompile(`once: (\S+)`).FindStringSubmatch(a.out)
	if made == nil {
		t.Fatalf("no password: %s", a.out)
	}
	cliWith(t, "a long enough password\n", add("--login", "second", "--password-stdin")...).want(t, statusDone, "second")

	cli(t, add("--login", "desk-officer")...).want(t, statusFailed, "login: ", "taken", "Nothing was changed")
	cliWith(t, "short\n", add("--login", "third", "--password-stdin")...).want(t, statusFailed, "password: ", "12")
	cli(t, add("--login", "third", "--institution", "nowhere")...).want(t, statusFailed, `"nowhere"`, "nia")
	cli(t, add("--login", "third", "--dialogue", "nowhere")...).want(t, statusFailed, `"nowhere"`, "migration-mobility")
	cli(t, "admin", "person", "add", "--data", data, "--login", " ", "--function", "expert", "--lang", "zh").want(t, statusFailed, "title: ", "login: ", "此项必填")

	list := cli(t, "admin", "person", "list", "--data", data, "--lang", "zh").want(t, statusDone, "Desk-Officer", "contributor", "处员", "second").out
	if regexp.MustCompile("third").MatchString(list) {
		t.Errorf("somebody was entered in spite of a fault:\n%s", list)
	}
	cli(t, "ledger", "verify", filepath.Join(data, databaseFile)).want(t, statusDone)

	d, err := db.Open(t.Context(), filepath.Join(data, databaseFile), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	accounts := account.New(d)
	if _, err := accounts.SignIn(t.Context(), "", "desk-officer", made[1]); err != nil {
		t.Errorf("the password that was printed does not open: %v", err)
	}
	if _, err := accounts.SignIn(t.Context(), "", "SECOND", "a long enough password"); err != nil {
		t.Errorf("the password that was given does not open: %v", err)
	}
	if _, err := accounts.SignIn(t.Context(), "", "third", "short"); !fault.Is(err, fault.Invalid) {
		t.Errorf("the third signs in: %v", err)
	}
}

// TestPersonLink: the only administrator, who has lost everything, comes in again by a command.
func TestPersonLink(t *testing.T) {
	data := exampleNode(t)
	cli(t, "admin", "person", "add", "--data", data, "--title-en", "Operator", "--function", "administrator", "--login", "Root").want(t, statusDone)
	a := cli(t, "admin", "person", "link", "ROOT", "--data", data, "--lang", "zh").want(t, statusDone, "/zh/invitation", "good for 14 days")
	code := regexp.MustCompile(`: ([A-Z2-7]{4}(?:-[A-Z2-7]{4}){4})`).FindStringSubmatch(a.out)
	if code == nil {
		t.Fatalf("no code: %s", a.out)
	}
	cli(t, "admin", "person", "link", "nobody", "--data", data).want(t, statusFailed, `"nobody"`, "admin person list")
	cli(t, "ledger", "verify", filepath.Join(data, databaseFile)).want(t, statusDone)
	d, err := db.Open(t.Context(), filepath.Join(data, databaseFile), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := account.New(d).Accept(t.Context(), "", code[1], "root", "a sentence to remember"); err != nil {
		t.Errorf("the code does not let in: %v", err)
	}
}
