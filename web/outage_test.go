package web

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/ledger"
)

// gone expects what a person sees when a part of the node does not answer.
func (s *testSite) gone(a answer, lang string) {
	s.t.Helper()
	words := map[string][]string{
		"en": {"Not available at the moment", "Nothing was changed", `lang="en"`},
		"zh": {"系统暂时不可用", "未作任何更改", `lang="zh`},
	}[lang]
	s.want(a, http.StatusServiceUnavailable, words...)
	if a.Header.Get("Retry-After") != retryAfter {
		s.t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
	}
	if n := strings.Count(a.Body, "<html"); n != 1 {
		s.t.Errorf("%d pages in one answer", n)
	}
}

// eventually asks until the answer has the status: connections come back within moments.
func (s *testSite) eventually(status int, ask func() answer) {
	s.t.Helper()
	var a answer
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if a = ask(); a.Status == status {
			return
		}
	}
	s.t.Fatalf("still %d\n%s", a.Status, clip(a.Body))
}

// act calls the meeting off, as the project team.
func (s *testSite) act(lang, reason string) answer {
	s.t.Helper()
	rev := "1"
	if h, _, err := s.objects.Get(s.t.Context(), access.Operator("test"), s.id("meeting/launch-phase-2")); err == nil {
		rev = strconv.FormatInt(h.Rev, 10)
	}
	return s.post("project-team", "/"+lang+"/meetings/{meeting/launch-phase-2}/cancel", url.Values{"rev": {rev}, "reason.en": {reason}})
}

// entries counts the ledger's.
func (s *testSite) entries() (n int64) {
	s.t.Helper()
	if err := s.db.Read(s.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		n, err = ledger.Size(ctx, tx)
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// TestFilesAway: a missing folder of attached files is said, everything else works, and the files
// are there again as soon as the folder is.
func TestFilesAway(t *testing.T) {
	s := newTest(t)
	id := s.attach("meeting/launch-phase-2", "note.txt", "the content", map[string]string{"title": "Note", "language": "en"})
	content, form := "/files/"+id+"/note.txt", "/en/objects/{meeting/launch-phase-2}/files"
	s.want(s.get("project-team", content), 200, "the content")
	away, before := s.files+"-away", s.entries()
	if err := os.Rename(s.files, away); err != nil {
		t.Fatal(err)
	}
	s.gone(s.get("project-team", content), "en")
	s.gone(s.send("project-team", form, "other.txt", "x", map[string]string{"title": "Other", "language": "en"}), "en")
	s.gone(s.send("project-team", "/zh/objects/{meeting/launch-phase-2}/files", "other.txt", "x", map[string]string{"title": "Other", "language": "en"}), "zh")
	s.want(s.get("project-team", "/en/meetings/{meeting/launch-phase-2}"), 200)
	s.want(s.get(visitor, "/readyz"), http.StatusServiceUnavailable, "files: ", "!database")
	if s.entries() != before {
		t.Error("something was written nevertheless")
	}
	if err := os.Mkdir(s.files, 0o700); err != nil { // a disk that is not there leaves its empty place
		t.Fatal(err)
	}
	s.gone(s.get("project-team", content), "en")
	if err := errors.Join(os.Remove(s.files), os.Rename(away, s.files)); err != nil {
		t.Fatal(err)
	}
	s.want(s.get(visitor, "/readyz"), 200, "ready")
	s.want(s.get("project-team", content), 200, "the content")
	s.attach("meeting/launch-phase-2", "other.txt", "x", map[string]string{"title": "Other", "language": "en"})
}

// TestDiskFull: on a full disk people read and cannot write, are told so, and write again when
// there is room, without a restart. It mounts a small disk of its own, which only root may.
func TestDiskFull(t *testing.T) {
	disk := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=40m", "entente-test", disk).CombinedOutput(); err != nil {
		t.Skipf("no disk can be mounted here, which needs root: %v %s", err, out)
	}
	t.Cleanup(func() {
		// A request that a client gave up may hold a file for a moment longer.
		var out []byte
		var err error
		for range 100 {
			if out, err = exec.Command("umount", disk).CombinedOutput(); err == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Errorf("%v %s", err, out)
	})
	b, err := example()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(disk, "site.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	d, err := db.Open(t.Context(), path, db.Options{Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s := siteOver(t, d)
	s.want(s.get("project-team", "/en/desk"), 200)
	before := s.entries()
	filler := filepath.Join(disk, "filler")
	fill(t, filler)
	now = now.Add(10 * time.Minute) // that the session is in use would be written down now
	s.want(s.get("project-team", "/en/desk"), 200)
	for _, lang := range []string{"en", "zh"} {
		// A transaction fits into what SQLite has already; several do not.
		var a answer
		for range 50 {
			if a = s.act(lang, strings.Repeat("A long reason. ", 120)); a.Status != http.StatusSeeOther && a.Status != http.StatusConflict {
				break
			}
		}
		s.gone(a, lang)
		s.want(a, a.Status, "A long reason. A long reason.", `class="kept"`)
	}
	s.want(s.get(visitor, "/readyz"), http.StatusServiceUnavailable, "database: its disk is full")
	// Whoever signs in now would be signed in by nothing.
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/demo/sign-in", strings.NewReader("role=donor"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	s.handler.ServeHTTP(w, r)
	s.gone(answer{w.Code, w.Header(), w.Body.String()}, "en")
	if w.Header().Get("Location") != "" || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("a session that was not written down: %v", w.Header())
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	s.want(s.get(visitor, "/readyz"), 200)
	s.want(s.act("en", "The host asked for it."), http.StatusSeeOther)
	if s.entries() <= before {
		t.Error("nothing was written with room")
	}
}

// fill writes until there is no room.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{1 << 20, 4096} {
		for b := make([]byte, size); err == nil; {
			_, err = f.Write(b)
		}
		err = nil
	}
}

// relay stands between the node and its PostgreSQL, and can be cut.
type relay struct {
	network, address string // of the server
	net.Listener

	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

func newRelay(t *testing.T, network, address string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{network: network, address: address, Listener: l}
	t.Cleanup(func() { l.Close(); r.sever(true) })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go r.pass(c)
		}
	}()
	return r
}

func (r *relay) pass(c net.Conn) {
	defer c.Close()
	r.mu.Lock()
	cut := r.cut
	r.conns = append(r.conns, c)
	r.mu.Unlock()
	if cut {
		return
	}
	to, err := net.Dial(r.network, r.address)
	if err != nil {
		return
	}
	defer to.Close()
	go func() { _, _ = io.Copy(to, c); to.Close() }()
	_, _ = io.Copy(c, to)
}

// sever ends all connections, and with cut refuses new ones until it is called again.
func (r *relay) sever(cut bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = cut
	for _, c := range r.conns {
		c.Close()
	}
	r.conns = nil
}

// TestPostgresLost: a lost server is said, to people and to visitors, and found again.
func TestPostgresLost(t *testing.T) {
	address := dbtest.PostgresAddress(t)
	network, server, err := dbtest.Endpoint(address)
	if err != nil {
		t.Fatal(err)
	}
	r := newRelay(t, network, server)
	if address, err = dbtest.Through(address, r.Addr().String()); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), address, db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	loadExample(t, d)
	s := siteOver(t, d)
	page := func() answer { return s.get("project-team", "/en/meetings/{meeting/launch-phase-2}") }
	s.want(page(), 200)

	before := s.entries()
	r.sever(true)
	s.gone(page(), "en")
	s.gone(s.get("project-team", "/zh/desk"), "zh")
	s.gone(s.get(visitor, "/zh/"), "zh")
	s.gone(s.act("en", "The host asked for it."), "en")
	s.want(s.get("project-team", "/en/desk"), 503, "Try again", `href="/en/desk"`)
	s.want(s.get(visitor, "/readyz"), http.StatusServiceUnavailable, "database: it does not answer", "!"+r.Addr().String())
	s.want(s.get(visitor, "/healthz"), 200)
	r.sever(false)
	s.eventually(200, page)
	s.want(s.get(visitor, "/readyz"), 200)
	if s.entries() != before {
		t.Error("something was written without a database")
	}

	// The server ends every connection, as at its restart, and takes new ones.
	p, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := p.ExecContext(t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity
		where datname = current_database() and pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	s.want(page(), 200) // nobody notices
	s.want(s.act("en", "The host asked for it."), http.StatusSeeOther)
	if s.entries() != before+1 {
		t.Errorf("%d entries, %d before", s.entries(), before)
	}
}
