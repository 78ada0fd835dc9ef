package story

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDemo: a newcomer starts the example with one command and looks around.
func TestDemo(t *testing.T) {
	n := Launch{Args: []string{"demo"}, Env: []string{"ENTENTE_LANG=en"}}.Start(t)
	for _, want := range []string{n.Base + "/en/", n.Base + "/demo", "public facts"} {
		said(t, n, regexp.MustCompile(regexp.QuoteMeta(want)))
	}
	c := n.Client(t)
	c.Get(t, "/demo").Expect(t, http.StatusOK, "Programme manager, IOM")
	c.Get(t, "/en/sign-in").Expect(t, http.StatusOK, "Sign in")

	out, status := Launch{Args: []string{"demo", "--listen", strings.TrimPrefix(n.Base, "http://")}}.Run(t)
	if status != 1 || !strings.Contains(out, "is taken") || !strings.Contains(out, "entente demo --listen 127.0.0.1:") || strings.Count(out, "\n") != 1 {
		t.Errorf("a taken port, status %d: %s", status, out)
	}
}

// TestDemoIsKept: with a folder the demonstration goes on where it ended, and what it wrote
// can be verified.
func TestDemoIsKept(t *testing.T) {
	first := Start(t, "demo")
	first.Stop(t)
	database := filepath.Join(first.Data, "entente.db")
	before, status := Launch{Args: []string{"ledger", "verify", database}, Data: first.Data}.Run(t)
	if status != 0 || !strings.Contains(before, "nothing differs") {
		t.Fatalf("status %d: %s", status, before)
	}
	second := Launch{Args: []string{"demo"}, Data: first.Data}.Start(t)
	second.Client(t).Get(t, "/demo").Expect(t, http.StatusOK)
	second.Stop(t)
	after, _ := Launch{Args: []string{"ledger", "verify", database}, Data: first.Data}.Run(t)
	if after != before {
		t.Errorf("the second start loaded again:\n%s\n%s", before, after)
	}
}

// TestDemoLeavesNothing: without a folder nothing stays behind.
func TestDemoLeavesNothing(t *testing.T) {
	temp := t.TempDir()
	n := Launch{Args: []string{"demo"}, Env: []string{"TMPDIR=" + temp, "ENTENTE_DATA="}}.Start(t)
	if list, err := os.ReadDir(temp); err != nil || len(list) != 1 {
		t.Fatalf("it keeps its things elsewhere: %v %v", list, err)
	}
	n.Stop(t)
	Until(t, "the temporary folder is removed", func() bool {
		list, err := os.ReadDir(temp)
		return err == nil && len(list) == 0
	})
}
