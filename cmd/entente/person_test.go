package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"entente/account"
	"entente/internal/db"
)

// TestPersonCommands: an operator sets a password, gives a code, lists, ends and erases, while
// somebody else has the database open, as a running node does.
func TestPersonCommands(t *testing.T) {
	data := exampleNode(t)
	path := filepath.Join(data, databaseFile)
	d, err := db.Open(t.Context(), path, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	accounts := account.New(d)
	do := func(command string, more ...string) answer {
		t.Helper()
		return cli(t, append([]string{"admin", "person", command, "--data", data, "--lang", "en"}, more...)...)
	}
	// All others of the example sign in: what they are told is heard.
	if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `insert into credential (person, login, hash, changed) select o.id, o.id, 'x', '' from object o
			where o.kind = 'person' and not exists (select 1 from label k where k.object = o.id and k.field = 'key' and k.text = 'cn-contributor')`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	do("password", "cn-contributor").want(t, statusFailed, "login: ", "Nothing was changed")
	do("password", "nobody", "--login", "x").want(t, statusFailed, `"nobody"`, "admin person list")
	a := do("password", "cn-contributor", "--login", "Nia.Zwei").want(t, statusDone, "signs in as Nia.Zwei")
	made := regexp.MustCompile(`once: (\S+)`).FindStringSubmatch(a.out)
	id, err := accounts.SignIn(t.Context(), "a", "nia.zwei", made[1])
	if err != nil {
		t.Fatal(err)
	}
	cliWith(t, "another long password\n", "admin", "person", "password", "--data", data, "NIA.zwei", "--password-stdin").want(t, statusDone, "signs in as Nia.Zwei")
	if _, err := accounts.SignIn(t.Context(), "b", "nia.zwei", "another long password"); err != nil {
		t.Error(err)
	}
	code := regexp.MustCompile(`14 days: (\S+)`).FindStringSubmatch(do("link", "cn-contributor").want(t, statusDone, "/en/invitation").out)
	if got, err := accounts.Accept(t.Context(), "c", code[1], "nia.zwei", "several words of mine"); err != nil || got != id.Person {
		t.Errorf("the code lets in %s: %v", got, err)
	}
	do("functions", "nia.zwei").want(t, statusDone, "FUNCTION", "contributor", "demo")

	do("give", "nia.zwei", "contributor", "--reason", "x").want(t, statusFailed, "already")
	do("give", "nia.zwei", "expert").want(t, statusUsage, "--reason")
	do("give", "nia.zwei", "king", "--reason", "x").want(t, statusUsage, "focal-point")
	do("give", "nia.zwei", "expert", "--reason", "letter of 12 November").want(t, statusDone, "expert from today on")
	do("functions", "nia.zwei").want(t, statusDone, "expert", "admin person give")
	do("take", "nia.zwei", "expert", "--reason", "done").want(t, statusDone, "expert ended")
	wasTold := func(after string, own, others int) {
		t.Helper()
		if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			var o, n int
			err := tx.QueryRow(ctx, `select coalesce(sum(case when person = $1 then 1 else 0 end), 0), coalesce(sum(case when person <> $1 then 1 else 0 end), 0)
				from notice where kind = 'authority'`, id.Person).Scan(&o, &n)
			if o != own || n != others {
				t.Errorf("%s: the person was told %d times, others %d", after, o, n)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	// The person, and the focal point of the institution, of two passwords, of what was given and taken and of the fresh code.
	wasTold("taken", 5, 5)
	do("take", "nia.zwei", "focal-point", "--reason", "x").want(t, statusFailed, "does not hold")

	do("erase", "nia.zwei", "--reason", "asked for", "--yes").want(t, statusFailed, "still holds a function")
	do("end", "nia.zwei", "--reason", " ").want(t, statusFailed, "reason: ")
	do("end", "nia.zwei", "--reason", "moved").want(t, statusDone, "Ended")
	wasTold("ended", 1, 7) // the focal point, and the lead of the side; what was told the person before is forgotten
	do("add", "--title-en", "Officer", "--institution", "nia", "--function", "contributor", "--login", "officer").want(t, statusDone, "Entered")
	wasTold("entered", 1, 9)
	do("link", "cn-contributor").want(t, statusFailed, "holds no function")
	do("erase", "cn-contributor", "--reason", "asked for").want(t, statusFailed, "cannot be undone", "Nothing was changed")
	do("erase", "cn-contributor", "--reason", "asked for", "--yes").want(t, statusDone, "Erased")
	if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `delete from credential where hash = 'x'`) // no act set these
		return err
	}); err != nil {
		t.Fatal(err)
	}
	cli(t, "ledger", "verify", path).want(t, statusExceptional, "erased")
	for _, name := range []string{path, path + "-wal"} {
		if b, err := os.ReadFile(name); err == nil && strings.Contains(strings.ToLower(string(b)), "nia.zwei") {
			t.Errorf("%s holds the name to sign in with", name)
		}
	}
}
