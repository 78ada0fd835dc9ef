package browsertest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
)

//go:embed axe/axe.min.js
var axe string

// axeTags are the rules that Axe asks: WCAG 2.0, 2.1 and 2.2 at levels A and AA, which EN 301
// 549 refers to. "best-practice" is left out: it is the engine's opinion and no requirement.
const axeTags = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]`

// violation is one rule that a page breaks, as the engine reports it.
type violation struct {
	ID      string `json:"id"`
	Impact  string `json:"impact"`
	Help    string `json:"help"`
	HelpURL string `json:"helpUrl"`
	Nodes   []struct {
		Target  []any  `json:"target"`
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// Axe fails when the accessibility engine finds a fault in the page as it is now shown (width,
// colours, what is open). It runs by the debugger's evaluation, to which the page's content
// security policy does not apply, so the policy stays as strict as it is in use.
func (p *Page) Axe(t testing.TB) {
	t.Helper()
	if found := p.violations(t); len(found) > 0 {
		t.Errorf("accessibility faults at %s:\n%s", p.Path(t), describe(found))
	}
}

// violations runs the engine on the whole document.
func (p *Page) violations(t testing.TB) []violation {
	t.Helper()
	// A page of the same tab keeps the engine; it is given once for each document. The trailing
	// value keeps the evaluation from returning the engine itself.
	if !Eval[bool](t, p, `typeof window.axe === "object"`) {
		Eval[bool](t, p, axe+"\n;true")
	}
	raw := Eval[string](t, p, `axe.run(document, {
		runOnly: {type: "tag", values: `+axeTags+`},
		resultTypes: ["violations"],
	}).then(r => JSON.stringify(r.violations))`)
	var found []violation
	if err := json.Unmarshal([]byte(raw), &found); err != nil {
		t.Fatalf("the accessibility engine's answer: %v", err)
	}
	return found
}

// describe writes the faults for a person: the rule, each place, what would mend it.
func describe(found []violation) string {
	var b strings.Builder
	for _, v := range found {
		fmt.Fprintf(&b, "  %s (%s): %s\n    %s\n", v.ID, v.Impact, v.Help, v.HelpURL)
		for i, n := range v.Nodes {
			if i == 5 {
				fmt.Fprintf(&b, "    and %d more places\n", len(v.Nodes)-i)
				break
			}
			fmt.Fprintf(&b, "    at %v: %s\n      %s\n", n.Target, shorten(n.HTML, 160),
				strings.Join(strings.Fields(n.Summary), " "))
		}
	}
	return b.String()
}

// message is one fault that the browser told: a script's, the network's or the policy's.
type message struct {
	kind, text, url string
}

// hear keeps what the browser says. It runs in the loop that reads the tab's messages, so it
// only notes. It hears warnings of the log too, because some versions of Chromium report a
// blocked resource as one.
func (p *Page) hear(event any) {
	var m message
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		d := e.ExceptionDetails
		m = message{"uncaught exception", d.Text, d.URL}
		if d.Exception != nil {
			m.text += " " + d.Exception.Description
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type != "error" && e.Type != "assert" {
			return
		}
		m.kind = "console." + string(e.Type)
		for _, a := range e.Args {
			m.text += " " + strings.Trim(string(a.Value), `"`) + a.Description
		}
	case *cdplog.EventEntryAdded:
		policy := strings.Contains(e.Entry.Text, "Content Security Policy")
		if e.Entry.Level != "error" && !policy {
			return
		}
		m = message{string(e.Entry.Source), e.Entry.Text, e.Entry.URL}
	default:
		return
	}
	p.mu.Lock()
	p.messages = append(p.messages, m)
	p.mu.Unlock()
}

// ConsoleErrors fails when the browser told of an error since the last call: an exception, a
// blocked script or style, something that could not be loaded. A message that contains one of
// the phrases is expected, as where a test asks for a page that does not exist ("404").
func (p *Page) ConsoleErrors(t testing.TB, expected ...string) {
	t.Helper()
	for _, m := range p.heard(t) {
		if !containsAny(m.text, expected) {
			t.Errorf("%s: %s %s", m.kind, strings.TrimSpace(m.text), m.url)
		}
	}
}

// heard takes the messages out.
func (p *Page) heard(t testing.TB) []message {
	t.Helper()
	// The browser's process reports what it blocked a moment later than the page's own process
	// ran; after two frames and a turn of the loop it has.
	Eval[bool](t, p, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(true), 50))))`)
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.messages
	p.messages = nil
	return m
}

// containsAny reports whether one of the phrases stands in s.
func containsAny(s string, phrases []string) bool {
	for _, phrase := range phrases {
		if strings.Contains(s, phrase) {
			return true
		}
	}
	return false
}

// overflowing lists what reaches past the width, the outermost first: an element whose parent
// is listed already tells nothing new, and one inside a box that scrolls by itself is no fault.
const overflowing = `(width => {
	const inScroller = e => {
		for (let a = e.parentElement; a && a !== document.body && a !== document.documentElement; a = a.parentElement) {
			if (getComputedStyle(a).overflowX !== "visible") return true;
		}
		return false;
	};
	const listed = [];
	for (const e of document.querySelectorAll("body *")) {
		if (e.getBoundingClientRect().right + scrollX <= width + 0.5 || inScroller(e)) continue;
		if (listed.some(l => l.contains(e))) continue;
		listed.push(e);
	}
	return listed.slice(0, 5).map(e => {
		const name = e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + [...e.classList].map(c => "." + c).join("");
		return name + " reaches to " + Math.round(e.getBoundingClientRect().right + scrollX) + ": " + e.textContent.trim().slice(0, 40);
	});
})`

// HorizontalOverflow fails when the page is wider than the viewport, and names what is.
func (p *Page) HorizontalOverflow(t testing.TB) {
	t.Helper()
	if told := p.overflow(t); told != "" {
		t.Error(told)
	}
}

// overflow tells what HorizontalOverflow fails with, or nothing.
func (p *Page) overflow(t testing.TB) string {
	t.Helper()
	width := Eval[int64](t, p, "document.documentElement.scrollWidth")
	if width <= p.width {
		return ""
	}
	places := Eval[[]string](t, p, fmt.Sprintf("%s(%d)", overflowing, p.width))
	return fmt.Sprintf("%s is %d pixels wide in a window of %d:\n  %s",
		p.Path(t), width, p.width, strings.Join(places, "\n  "))
}
