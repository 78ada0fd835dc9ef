package browsertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMain(m *testing.M) { Main(m) }

// good is a page without a fault; bad has one of each kind.
const (
	good = `<!doctype html><html lang="en"><head><title>Good</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css"></head>
<body><a href="#main" id="skip">Skip to content</a><main id="main"><h1>Good</h1>
<form action="/sent" method="post"><label for="title">Title</label> <input id="title" name="title">
<button>Save</button></form></main></body></html>`

	bad = `<!doctype html><html lang="en"><head><title>Bad</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css"></head>
<body><main><h1>Bad</h1><img src="/missing.png"><input name="nameless">
<script>document.title = "the policy let this run"</script>
<script src="/script.js"></script>
<div id="broad">too broad</div></main></body></html>`

	style = `#broad { width: 700px }
button:focus { outline: none }
body { background: white; color: black }
@media (prefers-color-scheme: dark) { body { background: black; color: white } a { color: #9cf } }
@media print { #skip { display: none } }`
)

// site serves both pages under a policy as strict as the program's.
func site(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	page := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = fmt.Fprint(w, body)
		}
	}
	mux.HandleFunc("GET /good", page(good))
	mux.HandleFunc("GET /bad", page(bad))
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		_, _ = fmt.Fprint(w, style)
	})
	mux.HandleFunc("GET /script.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = fmt.Fprint(w, `console.error("a message of the script"); throw new Error("thrown by the script")`)
	})
	mux.HandleFunc("POST /sent", func(w http.ResponseWriter, r *http.Request) {
		page(strings.Replace(good, "<h1>Good", "<h1>Sent: "+r.FormValue("title"), 1))(w, r)
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy",
			"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'")
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestGoodPage(t *testing.T) {
	p := Open(t, site(t))
	for _, width := range []int64{Wide, Narrow} {
		p.Viewport(t, width)
		if status := p.Goto(t, "/good"); status != http.StatusOK {
			t.Fatalf("status %d", status)
		}
		p.Axe(t)
		p.Axe(t) // the engine is there already
		p.HorizontalOverflow(t)
		p.ConsoleErrors(t)
	}
}

func TestBadPageIsFound(t *testing.T) {
	p := Open(t, site(t))
	p.Viewport(t, Narrow)
	p.Goto(t, "/bad")

	faults := describe(p.violations(t))
	for _, want := range []string{"image-alt", "label (critical)", "nameless"} {
		if !strings.Contains(faults, want) {
			t.Errorf("the engine did not tell of %q:\n%s", want, faults)
		}
	}

	if told := p.overflow(t); !strings.Contains(told, "div#broad reaches to 7") {
		t.Errorf("overflow: %q", told)
	}

	heard := fmt.Sprint(p.heard(t))
	for _, want := range []string{"Content Security Policy", "404", "a message of the script", "thrown by the script"} {
		if !strings.Contains(heard, want) {
			t.Errorf("the console did not tell of %q: %s", want, heard)
		}
	}
	if again := p.heard(t); len(again) > 0 {
		t.Errorf("told twice: %v", again)
	}
	if title := Eval[string](t, p, "document.title"); title != "Bad" {
		t.Errorf("the page's policy was not in force: title %q", title)
	}
}

func TestMedia(t *testing.T) {
	p := Open(t, site(t))
	p.Goto(t, "/good")
	background := func() string {
		return Eval[string](t, p, "getComputedStyle(document.body).backgroundColor")
	}
	p.Dark(t)
	if got := background(); got != "rgb(0, 0, 0)" {
		t.Errorf("dark: %s", got)
	}
	p.Axe(t)
	p.Print(t)
	if got := background(); got != "rgb(255, 255, 255)" {
		t.Errorf("print: %s", got)
	}
	if got := Eval[string](t, p, `getComputedStyle(document.querySelector("#skip")).display`); got != "none" {
		t.Errorf("print: the skip link's display is %s", got)
	}
	p.Screen(t)
	if got := Eval[string](t, p, `getComputedStyle(document.querySelector("#skip")).display`); got == "none" {
		t.Error("the screen's style did not come back")
	}
}

func TestKeyboardAndForm(t *testing.T) {
	p := Open(t, site(t))
	p.Goto(t, "/good")
	probe := &recorder{TB: t}
	order := fmt.Sprint(p.FocusOrder(probe, 10))
	for _, want := range []string{"a#skip Skip to content", "input#title", "button Save"} {
		if !strings.Contains(order, want) {
			t.Errorf("focus order lacks %q: %s", want, order)
		}
	}
	if !strings.Contains(probe.told, `button "Save" has the focus`) {
		t.Errorf("the button's missing outline was not told: %q", probe.told)
	}

	p.Fill(t, "#title", "Seminar 研讨会")
	p.Tab(t)
	p.BackTab(t)
	if f := p.Focused(t); f.Element != "input#title" {
		t.Errorf("after Tab and Shift+Tab the focus is at %v", f)
	}
	if status := p.Submit(t, "button"); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	p.Visible(t, "h1")
	if got := p.Text(t, "h1"); got != "Sent: Seminar 研讨会" {
		t.Errorf("heading %q", got)
	}
	if p.Path(t) != "/sent" || !p.Has(t, "#main") || p.Has(t, "#none") {
		t.Error("Path or Has is wrong")
	}

	p.Goto(t, "/good")
	p.Click(t, "#title")
	p.Press(t, "typed"+Enter)
	p.Await(t, `location.pathname === "/sent" && document.querySelector("h1").innerText === "Sent: typed"`)
	p.ConsoleErrors(t)
}

func TestScreenshot(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	t.Setenv(envShots, dir)
	p := Open(t, site(t))
	p.Goto(t, "/good")
	p.Screenshot(t, "good/wide")
	picture, err := os.ReadFile(filepath.Join(dir, "good-wide.png"))
	if err != nil || !strings.HasPrefix(string(picture), "\x89PNG") {
		t.Errorf("no picture: %v", err)
	}
}

func TestContextsAreApart(t *testing.T) {
	url := site(t)
	one, two := Open(t, url), Open(t, url)
	one.Goto(t, "/good")
	two.Goto(t, "/good")
	Eval[string](t, one, `document.cookie = "who=one"`)
	if got := Eval[string](t, two, "document.cookie"); got != "" {
		t.Errorf("the second page has the first one's cookie %q", got)
	}
}

func TestDecide(t *testing.T) {
	for _, c := range []struct {
		mode       string
		found      bool
		skip, fail bool
	}{
		{"", true, false, false},
		{"", false, true, false},
		{"off", true, true, false},
		{"required", true, false, false},
		{"required", false, false, true},
		{"requird", true, false, true},
	} {
		skip, fail := decide(c.mode, c.found)
		if (skip != "") != c.skip || (fail != "") != c.fail {
			t.Errorf("decide(%q, %v) = %q, %q", c.mode, c.found, skip, fail)
		}
	}
}

// recorder notes faults instead of failing, to test that they are told.
type recorder struct {
	testing.TB
	told string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.told += fmt.Sprintf(format, args...) + "\n"
}
func (r *recorder) Error(args ...any) { r.told += fmt.Sprintln(args...) }
