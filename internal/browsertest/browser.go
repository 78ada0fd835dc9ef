// Package browsertest drives a headless Chromium in tests: one browser for each test process,
// a context of its own (cookies, storage) for each page. It asks of a page what every page
// owes: no fault of the accessibility engine, no message of the content security policy, no
// script error, no sideways scrolling at 390 pixels, a keyboard that reaches everything.
//
// A package whose tests use it has
//
//	func TestMain(m *testing.M) { browsertest.Main(m) }
//
// Where no Chromium is installed the tests are skipped, so that `go test ./...` works anywhere;
// ENTENTE_TEST_BROWSER=required makes that a failure (./check sets it), and
// ENTENTE_TEST_BROWSER=off skips them in any case (./check fast sets it).
package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// The environment that steers browser tests.
const (
	envMode  = "ENTENTE_TEST_BROWSER" // required, off, or empty: if there is a Chromium
	envShots = "ENTENTE_SHOTS"        // where Screenshot writes; empty: it does nothing
)

// browser is the one of this test process; Main ends it.
var browser struct {
	sync.Mutex
	inMain bool            // Main runs, so that somebody will end what Open starts
	ctx    context.Context // the parent of all pages; nil until the first Open
	stop   func()
	err    error
}

// Main runs the tests of a package and then ends the browser, if a test started one. Without
// it the browser's profile would be left in the temporary folder, because a test binary ends
// by os.Exit.
func Main(m *testing.M) { os.Exit(Around(m.Run)) }

// Around is Main for a package that has more to end than the browser: it gives the exit code.
func Around(run func() int) int {
	browser.inMain = true
	code := run()
	browser.Lock()
	defer browser.Unlock()
	if browser.stop != nil {
		browser.stop()
	}
	return code
}

// find names the browser to use, or tells that there is none.
func find() (path string, ok bool) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, true
		}
	}
	return "", false
}

// decide says whether a test runs, is skipped or fails, given the mode that was asked for and
// whether there is a browser. An unknown mode fails: a misspelt "required" must not skip.
func decide(mode string, found bool) (skip, fail string) {
	switch {
	case mode == "off":
		return "browser tests are off (" + envMode + "=off)", ""
	case mode != "" && mode != "required":
		return "", fmt.Sprintf("%s=%q: want required, off or nothing", envMode, mode)
	case found:
		return "", ""
	case mode == "required":
		return "", "a browser is required (" + envMode + "=required) and there is no Chromium; on Debian: apt-get install chromium"
	default:
		return "no Chromium here; on Debian: apt-get install chromium", ""
	}
}

// shared returns the context of the browser, which the first call starts.
func shared(t testing.TB) context.Context {
	t.Helper()
	path, found := find()
	skip, fail := decide(os.Getenv(envMode), found)
	if fail != "" {
		t.Fatal(fail)
	}
	if skip != "" {
		t.Skip(skip)
	}
	browser.Lock()
	defer browser.Unlock()
	if !browser.inMain {
		t.Fatal("the package's tests need: func TestMain(m *testing.M) { browsertest.Main(m) }")
	}
	if browser.ctx == nil && browser.err == nil {
		browser.ctx, browser.stop, browser.err = start(path)
	}
	if browser.err != nil {
		t.Fatalf("starting %s: %v", path, browser.err)
	}
	return browser.ctx
}

// start runs the browser with a new profile folder. It binds the browser's life to the
// returned stop, not to the test that happened to come first.
func start(path string) (context.Context, func(), error) {
	profile, err := os.MkdirTemp("", "entente-browser-")
	if err != nil {
		return nil, nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("headless", "new"),
		// A test asks nothing of any machine but its own.
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("no-pings", true),
		// Pictures and measured widths are the same on every developer's screen.
		chromedp.Flag("force-device-scale-factor", "1"),
		chromedp.Flag("lang", "en-GB"),
		chromedp.DisableGPU,
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses its sandbox to root
	}
	alloc, endAlloc := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(alloc)
	stop := func() {
		_ = chromedp.Cancel(ctx) // asks the browser to close, so that it writes nothing after RemoveAll
		end()
		endAlloc()
		_ = os.RemoveAll(profile)
	}
	if err := chromedp.Do(ctx); err != nil {
		stop()
		return nil, nil, err
	}
	return ctx, stop, nil
}
