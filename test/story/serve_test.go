package story

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var firstLink = regexp.MustCompile(`http://\S+(/(?:en|zh)/first/\S+)`)

// linkOf gives the path of the link that an empty node prints.
func linkOf(t *testing.T, n *Node) string {
	t.Helper()
	return said(t, n, firstLink)[1]
}

// said waits until the node has said something of a form, and gives its parts: what it writes
// reaches the test a moment later than its first answer.
func said(t *testing.T, n *Node, form *regexp.Regexp) []string {
	t.Helper()
	var parts []string
	Until(t, "it says "+form.String(), func() bool {
		parts = form.FindStringSubmatch(n.Output())
		return parts != nil
	})
	return parts
}

// TestFirstAdministrator: the operator starts an empty node, follows the link, and is signed in;
// the link works once, and the next start prints none.
func TestFirstAdministrator(t *testing.T) {
	n := Start(t, "serve")
	link := linkOf(t, n)
	c := n.Client(t)
	form := c.Get(t, link).Expect(t, http.StatusOK, "Set up this node", "Administrator").Form(t, "")
	c.Get(t, link+"x").Expect(t, http.StatusNotFound, "no longer works")

	form.Set("name.en", "Dialogue on <b>fisheries</b>")
	form.Set("login", "operator")
	form.Set("password", "correct horse")
	form.Set("again", "correct hose")
	form.Del("second") // has a story of its own
	c.Post(t, link, form).Expect(t, http.StatusUnprocessableEntity, "The two passwords are not the same", "Dialogue on <b>fisheries</b>")
	form.Set("again", "correct horse")
	if p := c.Post(t, link, form).Expect(t, http.StatusOK, "The dialogue is open", "Administrator"); p.Path != "/en/desk" {
		t.Fatalf("after setting up: %s", p.Path)
	}
	c.Get(t, "/en/new/side").Expect(t, http.StatusOK) // the project team's alone
	c.Get(t, link).Expect(t, http.StatusNotFound, "no longer works")
	// Sent twice, it leads to where the first did; there nobody is who has not signed in.
	n.Client(t).Post(t, link, form).Expect(t, http.StatusOK, "Sign in").Without(t, "fisheries")
	form.Del("form")
	n.Client(t).Post(t, link, form).Expect(t, http.StatusNotFound)
	n.Client(t).Get(t, "/en/sign-in").Expect(t, http.StatusOK).Without(t, "fisheries") // not published

	other := n.Client(t)
	other.Post(t, "/en/sign-in", url.Values{"login": {"Operator"}, "password": {"correct horse"}})
	other.Get(t, "/en/new/side").Expect(t, http.StatusOK)

	n.Stop(t)
	again := Launch{Args: []string{"serve"}, Data: n.Data}.Start(t)
	if strings.Contains(again.Output(), "/first/") {
		t.Errorf("a node that is not empty prints a link:\n%s", again.Output())
	}
	if page := again.Client(t).Get(t, "/checkpoint").Expect(t, http.StatusOK, "entente/"); !strings.HasPrefix(page.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("the checkpoint is %s", page.Header.Get("Content-Type"))
	}
}

// TestEmptyNode: each start of an empty node prints a fresh link, and nobody finds anything.
func TestEmptyNode(t *testing.T) {
	n := Start(t, "serve")
	link := linkOf(t, n)
	n.Client(t).Get(t, "/checkpoint").Expect(t, http.StatusNotFound, "no checkpoint has been published yet")
	n.Kill() // a loss of power; the data is none the worse
	again := Launch{Args: []string{"serve"}, Data: n.Data}.Start(t)
	fresh := linkOf(t, again)
	if fresh == link {
		t.Error("the second start prints the first one's link")
	}
	again.Client(t).Get(t, strings.Replace(fresh, "/en/", "/zh/", 1)).Expect(t, http.StatusOK, "初始化本方系统")
}

// TestOperator: import, export and people, while the node runs.
func TestOperator(t *testing.T) {
	n := Start(t, "serve")
	on := func(status int, args ...string) string {
		t.Helper()
		out, got := Launch{Args: args, Data: n.Data}.Run(t)
		if got != status {
			t.Errorf("%v: status %d: %s", args, got, out)
		}
		return out
	}
	file := filepath.Join(n.Data, "dialogue.yaml")
	if err := os.WriteFile(file, []byte("kind: dialogue\nkey: fisheries\nname: {en: Dialogue on fisheries}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	on(0, "import", "--dry-run", file)
	on(0, "import", file)
	if out := on(0, "admin", "person", "add", "--title-en", "Secretary", "--function", "project-team", "--login", "secretary"); !strings.Contains(out, "Password") {
		t.Errorf("no password: %s", out)
	} else {
		c := n.Client(t)
		c.Post(t, "/en/sign-in", url.Values{"login": {"secretary"}, "password": {regexp.MustCompile(`once: (\S+)`).FindStringSubmatch(out)[1]}})
		// Whoever was entered by the command is led to set up a second factor, as everybody of the team is.
		if p := c.Get(t, "/en/new/side").Expect(t, http.StatusOK, "Your function requires a second factor"); p.Path != "/en/account/second-factor" {
			t.Errorf("led to %s", p.Path)
		}
		on(0, "admin", "setting", "set", "second-factor", "")
		c.Get(t, "/en/new/side").Expect(t, http.StatusOK).Without(t, "requires a second factor")
	}
	n.Client(t).Get(t, linkOf(t, n)).Expect(t, http.StatusNotFound) // no longer empty
	if out := on(0, "export"); !strings.Contains(out, "Dialogue on fisheries") || !strings.Contains(out, "outside access") {
		t.Errorf("export: %s", out)
	}
	on(0, "ledger", "verify", filepath.Join(n.Data, "entente.db"))
}
