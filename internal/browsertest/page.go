package browsertest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Widths that every page is looked at with.
const (
	Wide   = 1280 // a desk
	Narrow = 390  // a phone in the hand
)

// patience ends a step that would wait for ever. Nothing depends on how long one takes.
const patience = 2 * time.Minute

// Page is one tab with cookies and storage of its own.
type Page struct {
	ctx   context.Context
	base  string
	width int64

	mu       sync.Mutex
	messages []message // what the console said since the last ConsoleErrors
}

// Open opens an empty tab at the wide size for the site at baseURL ("http://127.0.0.1:8080").
// It closes when the test ends.
func Open(t testing.TB, baseURL string) *Page {
	t.Helper()
	parent := shared(t)
	p := &Page{base: strings.TrimSuffix(baseURL, "/")}
	ctx, end := chromedp.NewContext(parent,
		chromedp.WithNewBrowserContext(),
		chromedp.WithListener(p.hear))
	t.Cleanup(end)
	p.ctx = ctx
	// The first run binds the tab's life to its context, so it has no time limit of its own.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("opening a tab: %v", err)
	}
	p.Viewport(t, Wide)
	return p
}

// do runs steps within the limit of patience.
func (p *Page) do(t testing.TB, what string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatalf("%s: %v\n%s", what, err, p.where())
	}
}

// Run runs one action of chromedp on the page and returns its value: the way to whatever has
// no helper here.
func Run[T any](t testing.TB, p *Page, what string, action chromedp.Action[T]) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		t.Fatalf("%s: %v\n%s", what, err, p.where())
	}
	return v
}

// Eval evaluates a JavaScript expression, waits for it if it is a promise, and decodes its
// value into T. The page's content security policy does not apply to it.
func Eval[T any](t testing.TB, p *Page, expression string) T {
	t.Helper()
	return Run(t, p, "evaluating "+shorten(expression, 80),
		chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// where tells the address and the beginning of what the page shows, for a failure's message.
func (p *Page) where() string {
	ctx, cancel := context.WithTimeout(p.ctx, 3*time.Second)
	defer cancel()
	s, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + (document.body ? document.body.innerText : "")`))
	if err != nil {
		return "(the page does not say where it is: " + err.Error() + ")"
	}
	return "at " + shorten(s, 600)
}

// Goto navigates to a path of the site, or to a whole address, and returns the status of the
// answer. A page that cannot be reached at all fails the test.
func (p *Page) Goto(t testing.TB, path string) int {
	t.Helper()
	url := path
	if strings.HasPrefix(path, "/") {
		url = p.base + path
	}
	response := Run(t, p, "navigating to "+url, chromedp.NavigateResponse(url))
	if response == nil {
		return 0 // about:blank and the like
	}
	return int(response.Status)
}

// Path is where the page is now: path and query, without the site.
func (p *Page) Path(t testing.TB) string {
	t.Helper()
	return Eval[string](t, p, "location.pathname + location.search")
}

// Viewport sets the width. Up to 600 pixels it is a phone, with touch and with the layout rules
// of one: a page without a viewport declaration is then laid out 980 pixels wide and fails
// HorizontalOverflow.
func (p *Page) Viewport(t testing.TB, width int64) {
	t.Helper()
	p.width = width
	if width <= 600 {
		p.do(t, "setting the viewport", chromedp.EmulateViewport(width, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
		return
	}
	p.do(t, "setting the viewport", chromedp.EmulateViewport(width, 900))
}

// Dark asks the page for its dark colours.
func (p *Page) Dark(t testing.TB) {
	t.Helper()
	p.media(t, "", "dark")
}

// Print shows the page as it would be printed.
func (p *Page) Print(t testing.TB) {
	t.Helper()
	p.media(t, "print", "light")
}

// Screen undoes Dark and Print.
func (p *Page) Screen(t testing.TB) {
	t.Helper()
	p.media(t, "", "light")
}

// media emulates a medium and a colour scheme. Motion is always reduced: an animation would
// make pictures and measured contrast depend on the moment.
func (p *Page) media(t testing.TB, medium, scheme string) {
	t.Helper()
	Run(t, p, "emulating a medium", func(ctx context.Context, tab *chromedp.Target) (struct{}, error) {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Media: medium,
			Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme},
				{Name: "prefers-reduced-motion", Value: "reduce"},
			},
		})
		return struct{}{}, err
	})
}

// Click clicks the first element that the CSS selector finds and that is visible.
func (p *Page) Click(t testing.TB, selector string) {
	t.Helper()
	p.do(t, "clicking "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Submit clicks and waits until the answering page has loaded; it returns that page's status.
func (p *Page) Submit(t testing.TB, selector string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
	if err != nil {
		t.Fatalf("clicking %s and waiting for the page: %v\n%s", selector, err, p.where())
	}
	return int(response.Status)
}

// Fill replaces the value of a field by typing text into it.
func (p *Page) Fill(t testing.TB, selector, text string) {
	t.Helper()
	p.do(t, "filling "+selector,
		chromedp.Clear(chromedp.CSS(selector)),
		chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Text is the visible text of the first element that the CSS selector finds.
func (p *Page) Text(t testing.TB, selector string) string {
	t.Helper()
	return Run(t, p, "reading "+selector, chromedp.Text(chromedp.CSS(selector)))
}

// Has reports whether the page has an element that the CSS selector finds. It does not wait.
func (p *Page) Has(t testing.TB, selector string) bool {
	t.Helper()
	return Eval[bool](t, p, fmt.Sprintf("document.querySelector(%q) !== null", selector))
}

// Visible waits until the first element that the CSS selector finds is visible.
func (p *Page) Visible(t testing.TB, selector string) {
	t.Helper()
	p.do(t, "waiting for "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// Await waits until a JavaScript expression is true. It outlives a navigation, so it is what to
// use after a key press that sends a form: `location.pathname === "/sent"`.
func (p *Page) Await(t testing.TB, expression string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	whole := `document.readyState === "complete" && !!(` + expression + `)`
	for {
		// An error here is mostly the old document going away under the question.
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](whole))
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s (%v)\n%s", expression, err, p.where())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Screenshot writes the whole page as NAME.png into the folder that ENTENTE_SHOTS names;
// without it, it does nothing.
func (p *Page) Screenshot(t testing.TB, name string) {
	t.Helper()
	dir := os.Getenv(envShots)
	if dir == "" {
		return
	}
	picture := Run(t, p, "taking a picture", chromedp.FullScreenshot(100))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	name = strings.ReplaceAll(name, "/", "-")
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}

// shorten cuts s after n runes at most, so that a failure stays readable.
func shorten(s string, n int) string {
	r := []rune(strings.TrimSpace(s))
	if len(r) <= n {
		return string(r)
	}
	return string(r[:n]) + "…"
}
