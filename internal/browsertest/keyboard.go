package browsertest

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Keys for Press, beside plain text.
const (
	Enter     = kb.Enter
	Escape    = kb.Escape
	Space     = " "
	ArrowDown = kb.ArrowDown
	ArrowUp   = kb.ArrowUp
	Home      = kb.Home
	End       = kb.End
)

// Press types keys into whatever has the focus.
func (p *Page) Press(t testing.TB, keys string) {
	t.Helper()
	p.do(t, "pressing keys", chromedp.KeyEvent(keys))
}

// Tab moves the focus on.
func (p *Page) Tab(t testing.TB) {
	t.Helper()
	p.Press(t, kb.Tab)
}

// BackTab moves the focus back.
func (p *Page) BackTab(t testing.TB) {
	t.Helper()
	p.do(t, "pressing Shift+Tab", chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)))
}

// Focus is what has the keyboard's focus.
type Focus struct {
	Element string `json:"element"` // "a#skip", "button", "input[name=title]"; "body": nothing has it
	Text    string `json:"text"`    // its text, value or label
	Visible bool   `json:"visible"` // an outline or a shadow shows a sighted person where the focus is
}

// focused describes document.activeElement.
const focused = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body) return {element: "body", text: "", visible: false};
	const s = getComputedStyle(e);
	const name = e.getAttribute("name");
	return {
		element: e.tagName.toLowerCase() + (e.id ? "#" + e.id : name ? "[name=" + name + "]" : ""),
		text: (e.getAttribute("aria-label") || e.innerText || (e.labels && e.labels[0] && e.labels[0].innerText) || e.value || "").trim().slice(0, 80),
		visible: (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== "none",
	};
})()`

// Focused says what has the focus now.
func (p *Page) Focused(t testing.TB) Focus {
	t.Helper()
	return Eval[Focus](t, p, focused)
}

// FocusOrder presses Tab from the beginning of the page until nothing new has the focus, at
// most limit times, and returns what had it, in order. Each must be visible: a focus that
// cannot be seen fails the test.
func (p *Page) FocusOrder(t testing.TB, limit int) []Focus {
	t.Helper()
	Eval[bool](t, p, `(document.activeElement && document.activeElement.blur(), true)`)
	var order []Focus
	seen := make(map[Focus]int)
	for range limit {
		p.Tab(t)
		f := p.Focused(t)
		// After the last element the focus leaves the page or begins again at the first.
		if f.Element == "body" || (len(order) > 0 && f == order[0]) {
			break
		}
		seen[f]++
		if seen[f] > limit/2+1 {
			t.Errorf("the focus is caught at %s %q", f.Element, f.Text)
			break
		}
		if !f.Visible {
			t.Errorf("nobody can see that %s %q has the focus", f.Element, f.Text)
		}
		order = append(order, f)
	}
	return order
}
