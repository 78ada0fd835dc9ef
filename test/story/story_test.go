package story

import (
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
)

func TestMain(m *testing.M) { Main(m) }

const fakenode = "entente/test/story/testdata/fakenode"

func TestNodeAndClient(t *testing.T) {
	n := Launch{Binary: binaryOf(t, fakenode), Args: []string{"serve"}}.Start(t)
	c := n.Client(t)
	page := c.Get(t, "/").Expect(t, http.StatusOK, "Fish & chips").Without(t, "salt")

	form := page.Form(t, "/save")
	if got := form.Encode(); got != "a=1&mark=TLP%3AAMBER&note=two%0Alines&rev=7&side=eu&title=Old" {
		t.Errorf("form: %s", got)
	}
	form.Set("title", "New")
	saved := c.Post(t, "/save", form).Expect(t, http.StatusOK, "saved New at revision 7, seen=yes")
	if saved.Path != "/saved?title=New&rev=7" {
		t.Errorf("path %s", saved.Path)
	}
	n.Client(t).Get(t, "/saved").Without(t, "seen=yes") // another browser, no cookie
	c.PostFile(t, "/upload", url.Values{"title": {"Letter"}}, "scan", "扫描.pdf", []byte("%PDF")).
		Expect(t, http.StatusOK, "Letter 扫描.pdf 4 <nil>")

	foreign, err := http.NewRequest(http.MethodPost, n.Base+"/save", strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	foreign.Header.Set("Origin", "https://elsewhere.example")
	c.Do(t, foreign).Expect(t, http.StatusForbidden)

	n.Stop(t)
	if !strings.Contains(n.Output(), "starting with [serve]") {
		t.Errorf("output: %q", n.Output())
	}
}

func TestHelpersCanFail(t *testing.T) {
	bin := binaryOf(t, fakenode)
	if told := failing(t, func(r *recorder) { Launch{Binary: bin, Env: []string{"FAKE=dies"}}.Start(r) }); !strings.Contains(told, "ended before it was ready: exit status 3") ||
		!strings.Contains(told, "the reason why it dies") {
		t.Errorf("a node that dies: %s", told)
	}
	if told := failing(t, func(r *recorder) { Launch{Binary: bin, Env: []string{"FAKE=ends badly"}}.Start(r).Stop(r) }); !strings.Contains(told, "did not end well: exit status 4") {
		t.Errorf("a node that ends badly: %s", told)
	}
	p := &Page{Status: 200, Path: "/en/", Body: "<p>one</p>"}
	told := failing(t, func(r *recorder) {
		p.Expect(r, 404, "two")
		p.Without(r, "one")
		p.Form(r, "/none")
	})
	for _, want := range []string{`does not say "two"`, "status 200, want 404", `says "one" and should not`, "no form"} {
		if !strings.Contains(told, want) {
			t.Errorf("%q was not told: %s", want, told)
		}
	}
}

func TestRunAndKill(t *testing.T) {
	bin := binaryOf(t, fakenode)
	if out, status := (Launch{Binary: bin, Env: []string{"FAKE=command"}}).Run(t); status != 0 || !strings.Contains(out, "done in true") {
		t.Errorf("status %d: %s", status, out)
	}
	if out, status := (Launch{Binary: bin, Env: []string{"FAKE=dies"}}).Run(t); status != 3 || !strings.Contains(out, "the reason") {
		t.Errorf("status %d: %s", status, out)
	}
	n := Launch{Binary: bin}.Start(t)
	n.Kill()
	if n.Ready(t.Context()) {
		t.Error("it answers after its death")
	}
}

// TestProgramBuilds is the first story: what this tree holds can be built and says its name.
func TestProgramBuilds(t *testing.T) {
	if out, status := Run(t, "--help"); status != 0 || !strings.Contains(out, "entente") {
		t.Errorf("status %d: %s", status, out)
	}
}

// TestNodeStartsAndEnds is the operator's shortest story: a new folder, a node that becomes ready
// and ends well when it is asked to.
func TestNodeStartsAndEnds(t *testing.T) {
	n := Start(t, "serve")
	n.Client(t).Get(t, readyPath).Expect(t, http.StatusOK)
	n.Stop(t)
}

// recorder stands in for a test and notes its faults, to prove that the helpers tell them.
type recorder struct {
	testing.TB
	told     strings.Builder
	cleanups []func()
}

// failing runs fn as a test of its own and returns what it told.
func failing(t *testing.T, fn func(*recorder)) string {
	t.Helper()
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn(r)
	}()
	<-done
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		r.cleanups[i]()
	}
	return r.told.String()
}

func (r *recorder) Cleanup(fn func())              { r.cleanups = append(r.cleanups, fn) }
func (r *recorder) Failed() bool                   { return r.told.Len() > 0 }
func (r *recorder) Errorf(format string, a ...any) { fmt.Fprintf(&r.told, format+"\n", a...) }
func (r *recorder) Logf(format string, a ...any)   { r.Errorf(format, a...) }
func (r *recorder) Fatalf(format string, a ...any) { r.Errorf(format, a...); runtime.Goexit() }
func (r *recorder) Error(a ...any)                 { fmt.Fprintln(&r.told, a...) }
