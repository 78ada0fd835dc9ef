package web

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"entente/access"
	"entente/account"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/ref"
)

// TestReadingWaitsForNobody: while the lock of all writers is held, every page answers everybody as it
// does otherwise: those too who have just signed in, whose session is to be noted as used, and who come
// from an act. The lock is given back after the last answer; whoever waited for it would be told off.
func TestReadingWaitsForNobody(t *testing.T) {
	var ahead time.Duration
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ahead = 0
		loadExample(t, d)
		var mu sync.Mutex
		var told bytes.Buffer
		s := siteOver(t, d)
		var err error
		s.handler, err = New(Options{
			DB: d, Objects: s.objects, Demo: s.roles, Files: s.store, Archives: s.archives, FileLimit: testFileLimit,
			Log: slog.New(slog.NewTextHandler(lockedWriter{&mu, &told}, &slog.HandlerOptions{Level: slog.LevelWarn})),
		})
		if err != nil {
			t.Fatal(err)
		}
		roles := []string{visitor, "project-team", "cn-focal-point"}
		paths := map[string][]string{}
		for _, role := range roles {
			s.get(role, "/en/") // signs in
			if role == "project-team" {
				s.act("en", "The host asked for it.")
			}
			for _, r := range Routes() {
				if r.Method != http.MethodGet || strings.HasPrefix(r.Path, "/invitation/") { // a wrong code is counted
					continue
				}
				for _, path := range addresses(t, s, r) {
					paths[role] = append(paths[role], path)
				}
			}
		}
		ahead = 10 * time.Minute // the use of a session is due to be noted
		release := holdLock(t, d)
		for _, role := range roles {
			for _, path := range paths[role] {
				a := s.get(role, path)
				if a.Status >= 500 {
					t.Errorf("%s as %s: %d while somebody writes", path, role, a.Status)
				}
			}
		}
		release()
		mu.Lock()
		defer mu.Unlock()
		if told.Len() > 0 {
			t.Errorf("what the log tells:\n%s", told.String())
		}
	}, db.Options{Volatile: true, Clock: func() time.Time { return time.Now().Add(ahead) }})
}

// holdLock holds the lock of all writers until it is given back.
func holdLock(t *testing.T, d *db.DB) (release func()) {
	t.Helper()
	held, free, freed := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		freed <- d.Write(context.Background(), func(context.Context, *db.Tx) error {
			close(held)
			<-free
			return nil
		})
	}()
	<-held
	return func() {
		t.Helper()
		close(free)
		if err := <-freed; err != nil {
			t.Fatal(err)
		}
	}
}

// TestLookWhileSomebodyWrites: while the lock of all writers is held, a page that shows what an act would
// do says that somebody is writing, keeps what was typed, and does not take part in the wait for the
// lock: the lock is given back after the last answer alone. Sent again afterwards it shows what it should.
func TestLookWhileSomebodyWrites(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		const circle, focal = "/en/objects/{circle/border-practice}", "/en/people/{person/cn-focal-point}/handover"
		members := url.Values{"rev": {"1"}, "reason": {"Decided in writing"}, "members": {s.id("institution/iom")}}
		passes := url.Values{"function": {"focal-point"}, "to": {""}, "stays": {"yes"}, "step": {"look"}, "title.en": {"Invented successor"}, "language": {"en"}}
		s.get("project-team", "/en/") // signs in
		s.get("cn-focal-point", "/en/")
		release := holdLock(t, s.db)
		removal := s.get("project-team", circle+"/remove")
		authority := s.post("project-team", circle+"/authority", members)
		handover := s.post("cn-focal-point", focal, passes)
		release()
		s.want(removal, http.StatusServiceUnavailable, "Somebody is writing at the moment", "Try again")
		s.want(authority, http.StatusServiceUnavailable, "Somebody is writing at the moment", "Decided in writing", "Send it again")
		s.want(handover, http.StatusServiceUnavailable, "Somebody is writing at the moment", "Invented successor", "Send it again")
		s.want(s.get("project-team", circle+"/remove"), http.StatusOK)
		s.want(s.post("project-team", circle+"/authority", hiddenOf(authority.Body)), http.StatusOK, "Who gains and who loses")
		s.want(s.post("cn-focal-point", focal, hiddenOf(handover.Body)), http.StatusOK, "Nothing is done yet")
	})
}

// TestSignOutWaitsForNobody: while the lock of all writers is held, whoever signs out is signed out at
// once, of this process with the old cookie too, and of the database as soon as the lock is free. The
// lock is given back after the answer; what waited for it would never answer.
func TestSignOutWaitsForNobody(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		loadExample(t, d)
		s := siteOver(t, d)
		s.want(s.get("project-team", "/en/account"), http.StatusOK)
		at := &url.URL{Scheme: "http", Host: "example.com", Path: "/"}
		before := s.jars["project-team"].Cookies(at)
		release := holdLock(t, d)
		a := s.post("project-team", "/en/sign-out", url.Values{})
		s.want(a, http.StatusSeeOther)
		if n := len(s.jars["project-team"].Cookies(at)); n != len(before)-1 {
			t.Errorf("the browser keeps %d cookies of %d", n, len(before))
		}
		old := func(to http.Handler) int {
			r := httptest.NewRequest(http.MethodGet, "/en/account", nil)
			for _, c := range before {
				r.AddCookie(c)
			}
			w := httptest.NewRecorder()
			to.ServeHTTP(w, r)
			return w.Code
		}
		if code := old(s.handler); code != http.StatusSeeOther {
			t.Errorf("with the old cookie: %d", code)
		}
		release()
		other := siteOver(t, d) // another process
		for end := time.Now().Add(2 * time.Minute); old(other.handler) != http.StatusSeeOther; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the database was never told")
			}
		}
	}, db.Options{Volatile: true})
}

// TestSignInSaysWhy: where signing in cannot be written down, the page of signing in says so and keeps
// the name, and nobody is signed in. On PostgreSQL sessions do not wait for the acts.
func TestSignInSaysWhy(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		loadExample(t, d)
		s := siteOver(t, d)
		person := ref.Person(s.id("person/cn-focal-point"))
		if err := account.New(d).SetPassword(t.Context(), access.Operator("test"), person, "nia", "twelve letters or so"); err != nil {
			t.Fatal(err)
		}
		release := holdLock(t, d)
		a := s.post(visitor, "/en/sign-in", url.Values{"login": {"nia"}, "password": {"twelve letters or so"}})
		role := s.post(visitor, "/demo/sign-in", url.Values{"role": {"project-team"}})
		release()
		if d.Engine() == db.PostgreSQL {
			s.want(a, http.StatusSeeOther)
			s.want(role, http.StatusSeeOther)
			return
		}
		s.want(a, http.StatusServiceUnavailable, "Signing in has to be written down", `name="login" value="nia"`, "!twelve letters or so", "!Further field")
		s.want(role, http.StatusServiceUnavailable, "!Further field", "!Redirecting")
		for _, c := range a.Header["Set-Cookie"] {
			if !strings.Contains(c, "Max-Age=0") {
				t.Errorf("the browser is given %s", c)
			}
		}
		s.want(s.post(visitor, "/en/sign-in", url.Values{"login": {"nia"}, "password": {"twelve letters or so"}}), http.StatusSeeOther)
	}, db.Options{Volatile: true})
}

type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}
