package story

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entente/internal/db/dbtest"
)

var (
	madePassword = regexp.MustCompile(`once: (\S+)`)
	objectID     = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)
	archiveAt    = regexp.MustCompile(`/en/downloads/[0-9a-f-]+/archive\.zip`)
)

// pair is two processes of one node: one PostgreSQL, one folder.
type pair struct {
	testing.TB
	launch  Launch
	address string // of the database
	a, b    *Node
}

func startPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{TB: t, address: dbtest.PostgresAddress(t)}
	p.launch = Launch{
		Args: []string{"serve"}, Data: t.TempDir(),
		Env: []string{"ENTENTE_DB=" + p.address, "ENTENTE_RATE_LIMIT=1000", "ENTENTE_LANG=en"},
	}
	p.a = p.launch.Start(t)
	p.command("import", filepath.Join(moduleDir(t), "demo", "data"))
	p.command("admin", "setting", "set", "second-factor", "")
	p.b = p.launch.Start(t)
	return p
}

// command runs a command of the operator's on the node.
func (p *pair) command(args ...string) string {
	p.Helper()
	l := p.launch
	l.Args = args
	out, status := l.Run(p)
	if status != 0 {
		p.Fatalf("%v: status %d: %s", args, status, out)
	}
	return out
}

// person enters somebody and signs in at one of the processes.
func (p *pair) person(at *Node, login string, more ...string) *Client {
	p.Helper()
	out := p.command(append([]string{"admin", "person", "add", "--title-en", login, "--login", login}, more...)...)
	c := at.Client(p)
	c.Post(p, "/en/sign-in", url.Values{"login": {login}, "password": {madePassword.FindStringSubmatch(out)[1]}}).Expect(p, http.StatusOK)
	return c
}

// at is the same browser at another process: it keeps its cookies.
func (c *Client) at(n *Node) *Client { return &Client{base: n.Base, http: c.http} }

// TestTwoProcesses: what one process of a node knows, the other knows at once: who is signed in,
// what may be read, how often somebody tried to get in, what is to be done.
func TestTwoProcesses(t *testing.T) {
	p := startPair(t)
	team := p.person(p.a, "secretary", "--function", "project-team")
	nia := p.person(p.b, "desk", "--function", "contributor", "--institution", "nia")

	// Signed in at one, known at the other; signed out there, out here.
	team.at(p.b).Get(t, "/en/new/side").Expect(t, http.StatusOK)
	nia.at(p.a).Get(t, "/en/desk").Expect(t, http.StatusOK, "desk")
	nia.at(p.a).Post(t, "/en/sign-out", nil)
	if page := nia.Get(t, "/en/desk"); !strings.HasPrefix(page.Path, "/en/sign-in") {
		t.Errorf("signed out at one and in at the other: %s", page.Path)
	}

	// Made public at one, seen at the other; taken back, gone, also for who asks with a tag.
	form := team.Get(t, "/en/new/news").Form(t, "/en/new/news")
	form.Set("title.en", "Zibetkatze")
	form.Set("date", "2026-11-01")
	form.Set("lead.en", "A word")
	made := team.Post(t, "/en/new/news", form).Expect(t, http.StatusOK)
	id := objectID.FindString(made.Path)
	act := func(act string, more url.Values) {
		t.Helper()
		at := "/en/objects/" + id + "/" + act
		form := team.Get(t, at).Form(t, at)
		for k, v := range more {
			form[k] = v
		}
		team.Post(t, at, form).Expect(t, http.StatusOK)
	}
	act("publish", nil)
	visitor := p.b.Client(t)
	visitor.Get(t, "/en/objects/"+id).Expect(t, http.StatusOK, "Zibetkatze")
	feed := visitor.Get(t, "/en/feed.atom").Expect(t, http.StatusOK, "Zibetkatze")
	act("withdraw", url.Values{"reason": {"too early"}})
	visitor.Get(t, "/en/objects/"+id).Expect(t, http.StatusNotFound).Without(t, "Zibetkatze")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.b.Base+"/en/feed.atom", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("If-None-Match", feed.Header.Get("ETag"))
	visitor.Do(t, r).Expect(t, http.StatusOK).Without(t, "Zibetkatze")

	// Asked for at one; whichever makes it, both show and give it.
	team.Post(t, "/en/downloads", nil).Expect(t, http.StatusOK, "is being made")
	ready := team.at(p.b).Get(t, "/en/downloads")
	Until(t, "the archive is ready", func() bool {
		ready = team.at(p.b).Get(t, "/en/downloads")
		return archiveAt.MatchString(ready.Body)
	})
	link := archiveAt.FindString(ready.Expect(t, http.StatusOK, "Ready").Body)
	for _, n := range []*Node{p.a, p.b} {
		if z := team.at(n).Get(t, link).Expect(t, http.StatusOK); !strings.HasPrefix(z.Body, "PK") {
			t.Error("no archive")
		}
	}
	if out := p.command("admin", "jobs", "list"); strings.Count(out, "archive-clean") != 1 || !strings.Contains(out, " done ") {
		t.Errorf("what is due once an hour was done by both: %s", out)
	}

	// Guesses are counted together: of eight at each, which one process would take, some are refused. They
	// come from a browser of the person's own; a stranger's would wait, and be refused by nobody.
	var refused atomic.Int64
	var guesses sync.WaitGroup
	for i := range 16 {
		guesses.Go(func() {
			n := []*Node{p.a, p.b}[i%2]
			a := team.at(n).Post(t, "/en/sign-in", url.Values{"login": {"secretary"}, "password": {"a wrong guess"}})
			if a.Status == http.StatusTooManyRequests {
				refused.Add(1)
			}
		})
	}
	guesses.Wait()
	if refused.Load() == 0 {
		t.Error("both let guess")
	}

	// One signed head for both.
	p.a.Stop(t)
	head := p.b.Client(t).Get(t, "/checkpoint").Expect(t, http.StatusOK, "entente/").Body
	p.b.Stop(t)
	p.a = p.launch.Start(t)
	if later := p.a.Client(t).Get(t, "/checkpoint").Body; size(later) < size(head) {
		t.Errorf("the published head went back:\n%s\n%s", head, later)
	}
	p.command("ledger", "verify", p.address)
}

// size is the second line of a checkpoint.
func size(checkpoint string) (n int64) {
	lines := strings.Split(checkpoint, "\n")
	if len(lines) > 1 {
		_, _ = fmt.Sscan(lines[1], &n)
	}
	return n
}

// TestRollingUpgrade: under load one process is stopped and started again, then the other. Nobody
// who tries a second time sees an error, and what was written is there once.
func TestRollingUpgrade(t *testing.T) {
	p := startPair(t)
	team := p.person(p.a, "secretary", "--function", "project-team")
	form := team.Get(t, "/en/new/focus-area").Form(t, "/en/new/focus-area")

	browser := *team.http
	browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	var nodes [2]atomic.Pointer[Node]
	nodes[0].Store(p.a)
	nodes[1].Store(p.b)
	var stop atomic.Bool
	var wrote, read, again, failed atomic.Int64
	var load sync.WaitGroup
	for worker := range 6 {
		load.Go(func() {
			for i := 0; !stop.Load(); i++ {
				path, body := []string{"/en/meetings", "/en/desk", "/zh/plans", "/en/partners"}[i%4], url.Values(nil)
				if i%5 == worker%5 {
					path, body = "/en/new/focus-area", url.Values{}
					for k, v := range form {
						body[k] = v
					}
					body.Set("form", fresh(&browser, &nodes))
					body.Set("name.en", fmt.Sprintf("Load %d %d", worker, i))
					body.Set("name.zh", fmt.Sprintf("负载%d-%d", worker, i))
				}
				first := (worker + i) % 2
				ok := ask(&browser, nodes[first].Load(), path, body)
				if !ok {
					again.Add(1)
					ok = ask(&browser, nodes[1-first].Load(), path, body)
				}
				switch {
				case !ok:
					failed.Add(1)
				case body != nil:
					wrote.Add(1)
				default:
					read.Add(1)
				}
			}
		})
	}
	defer load.Wait()
	defer stop.Store(true)
	work := func() {
		t.Helper()
		w, r := wrote.Load(), read.Load()
		Until(t, "people work", func() bool { return wrote.Load() > w+10 && read.Load() > r+20 })
	}
	for i := range nodes {
		work()
		nodes[i].Load().Stop(t)
		missed := again.Load()
		Until(t, "people miss the process", func() bool { return again.Load() > missed+10 })
		nodes[i].Store(p.launch.Start(t))
	}
	work()
	stop.Store(true)
	load.Wait()
	t.Logf("%d read, %d written, %d of them at the second try", read.Load(), wrote.Load(), again.Load())
	if failed.Load() > 0 {
		t.Errorf("%d people saw an error although they tried twice", failed.Load())
	}
	if n := int64(strings.Count(p.command("export"), "\n  en: Load ")); n != wrote.Load() {
		t.Errorf("%d were written and %d are there", wrote.Load(), n)
	}
	p.command("ledger", "verify", p.address)
}

// fresh gives the token of a new form, from the process that answers first.
func fresh(c *http.Client, nodes *[2]atomic.Pointer[Node]) string {
	for range 100 {
		for i := range nodes {
			answer, err := c.Get(nodes[i].Load().Base + "/en/account")
			if err != nil {
				continue
			}
			body, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			if m := formToken.FindSubmatch(body); err == nil && m != nil {
				return string(m[1])
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	return ""
}

// ask says whether a request was answered as it should be: a page with itself, a form with the way
// to what was made. Following that is another request, which the server in front sends where it is answered.
func ask(c *http.Client, n *Node, path string, form url.Values) bool {
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	r, err := http.NewRequest(method, n.Base+path, body)
	if err != nil {
		return false
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", n.Base)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := c.Do(r)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	if form != nil {
		return err == nil && answer.StatusCode == http.StatusSeeOther && !strings.Contains(answer.Header.Get("Location"), "sign-in")
	}
	return err == nil && answer.StatusCode == http.StatusOK
}
