package story

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"entente/standard/totp"
)

// TestSecondFactor: the operator requires a second factor of administrators while the node runs;
// the first administrator is led to set one up, and signs in with it after a restart, because the
// node's key reads it. Nothing of it stands in the node's folder in clear, nor in what it logs; a
// lost one is replaced by a code from the command line.
func TestSecondFactor(t *testing.T) {
	n := Start(t, "serve")
	link := linkOf(t, n)
	c := n.Client(t)
	const password, at = "correct horse", "/en/account/second-factor"
	form := c.Get(t, link).Form(t, "")
	form.Set("name.en", "Dialogue on fisheries")
	form.Del("second") // the command says it below
	form.Set("login", "operator")
	form.Set("password", password)
	form.Set("again", password)
	c.Post(t, link, form).Expect(t, http.StatusOK, "The dialogue is open")
	admin := func(args ...string) string {
		t.Helper()
		out, status := Launch{Args: append([]string{"admin"}, args...), Data: n.Data}.Run(t)
		if status != 0 {
			t.Fatalf("%v: %d %s", args, status, out)
		}
		return out
	}
	admin("setting", "set", "second-factor", "administrator")
	if p := c.Get(t, "/en/desk").Expect(t, http.StatusOK, "Your function requires a second factor"); p.Path != at {
		t.Fatalf("led to %s", p.Path)
	}
	page := c.Post(t, at, url.Values{"do": {"begin"}, "password": {password}}).Expect(t, http.StatusOK, "Scan the square")
	secret, err := totp.Parse(regexp.MustCompile(`id="key">([A-Z2-7 ]+)<`).FindStringSubmatch(page.Body)[1])
	if err != nil {
		t.Fatal(err)
	}
	page = c.Post(t, at, url.Values{"do": {"confirm"}, "code": {totp.Code(secret, time.Now())}}).Expect(t, http.StatusOK, "Recovery codes")
	codes := regexp.MustCompile(`[A-Z2-7]{4}(?:-[A-Z2-7]{4}){3}`).FindAllString(page.Body, -1)
	c.Get(t, "/en/desk").Expect(t, http.StatusOK).Without(t, "requires a second factor")

	n.Stop(t)
	for _, name := range []string{"entente.db", "entente.db-wal"} {
		b, err := os.ReadFile(filepath.Join(n.Data, name))
		if err != nil && name == "entente.db" {
			t.Fatal(err)
		}
		for _, clear := range append([]string{string(secret), totp.Text(secret)}, codes...) {
			if strings.Contains(string(b), clear) || strings.Contains(string(b), strings.ReplaceAll(clear, "-", "")) {
				t.Errorf("%s holds a secret in clear", name)
			}
		}
	}

	again := Launch{Args: []string{"serve"}, Data: n.Data, Env: []string{"ENTENTE_LOG=debug"}}.Start(t)
	c = again.Client(t)
	half := c.Post(t, "/en/sign-in", url.Values{"login": {"operator"}, "password": {password}}).Expect(t, http.StatusOK, "Enter the code")
	if half.Path != "/en/sign-in/code" {
		t.Fatalf("after the password: %s", half.Path)
	}
	if p := c.Get(t, "/en/desk"); !strings.HasPrefix(p.Path, "/en/sign-in/code?") {
		t.Errorf("the password alone leads to %s", p.Path)
	}
	c.Post(t, "/en/sign-in/code", url.Values{"code": {"000000"}}).Expect(t, http.StatusUnprocessableEntity, "not good")
	code := nextCode(secret)
	if p := c.Post(t, "/en/sign-in/code", url.Values{"code": {code}}).Expect(t, http.StatusOK); p.Path != "/en/desk" {
		t.Errorf("after the code: %s", p.Path)
	}
	if out := again.Output(); strings.Contains(out, code) || strings.Contains(out, password) {
		t.Errorf("the log holds a secret:\n%s", out)
	}

	// Everything lost: a fresh code, and the second factor is set up anew before anything else.
	fresh := regexp.MustCompile(`: ([A-Z2-7]{4}(?:-[A-Z2-7]{4}){4})`).FindStringSubmatch(admin("person", "link", "operator", "--lang", "en"))[1]
	c = again.Client(t)
	c.Get(t, "/en/invitation/"+fresh).Expect(t, http.StatusOK, "are dropped when you accept")
	p := c.Post(t, "/en/invitation/"+fresh, url.Values{"login": {"operator"}, "password": {"another sentence"}, "again": {"another sentence"}})
	if p.Expect(t, http.StatusOK, "Your function requires a second factor", "Show the key"); p.Path != at {
		t.Errorf("led to %s", p.Path)
	}
	if out, status := (Launch{Args: []string{"ledger", "verify", filepath.Join(n.Data, "entente.db")}, Data: n.Data}).Run(t); status != 0 {
		t.Errorf("verify: %d %s", status, out)
	}
}

// nextCode is the code of the step to come, which is taken already and for a minute at least: each
// code is good once, and so the one after it need not be waited for.
func nextCode(secret []byte) string { return totp.Code(secret, time.Now().Add(30*time.Second)) }
