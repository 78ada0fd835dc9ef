package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// outside gives the site as it is served to the world: limited and behind TLS.
func outside(t *testing.T, times float64) *testSite {
	t.Helper()
	s := newTest(t)
	var err error
	s.handler, err = New(Options{
		DB: s.db, Objects: s.objects, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Secure: true, Rate: times,
		Demo: []DemoRole{{"project-team", s.id("person/project-team")}, {"donor", s.id("person/donor")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// from asks from an address; the cookies are the request's own.
func (s *testSite) from(address, method, path string, cookies ...*http.Cookie) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	if method == http.MethodPost {
		r = httptest.NewRequest(method, path, strings.NewReader(url.Values{"role": {"project-team"}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.RemoteAddr = address
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// TestLimits: costly reads and writes are limited by address for visitors and by session for
// people; other pages are not, and one caller is not refused for another.
func TestLimits(t *testing.T) {
	s := outside(t, 0.01)
	session := s.from("192.0.2.9:1", http.MethodPost, "/demo/sign-in").Result().Cookies()
	search := func(address string, cookies ...*http.Cookie) int {
		return s.from(address, http.MethodGet, "/en/search?q=border", cookies...).Code
	}
	refused := func(ask func() int) bool {
		for range 40 {
			if ask() == http.StatusTooManyRequests {
				return true
			}
		}
		return false
	}
	if !refused(func() int { return search("192.0.2.1:1000") }) {
		t.Fatal("forty searches at once were let through")
	}
	if search("192.0.2.2:1000") != http.StatusOK {
		t.Error("another address is refused")
	}
	if search("192.0.2.1:1000", session...) != http.StatusOK {
		t.Error("a person is refused for what visitors at the same address did")
	}
	if c := s.from("192.0.2.1:1000", http.MethodGet, "/en/").Code; c != http.StatusOK {
		t.Errorf("the front page: %d", c)
	}
	if !refused(func() int { return search("192.0.2.3:1000", session...) }) {
		t.Error("a session is not limited")
	}
	for _, path := range []string{"/en/feed.atom", "/sitemap.xml", "/en/meetings/calendar.ics"} {
		if c := s.from("192.0.2.1:1000", http.MethodGet, path).Code; c != http.StatusTooManyRequests {
			t.Errorf("%s: %d", path, c)
		}
	}
	if !refused(func() int { return s.from("[2001:db8::1]:1", http.MethodPost, "/demo/sign-in").Code }) {
		t.Error("posts are not limited")
	}
	w := s.from("[2001:db8::2]:1", http.MethodPost, "/demo/sign-in") // the same network
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "Wait half a minute") {
		t.Errorf("%d, Retry-After %q\n%s", w.Code, w.Header().Get("Retry-After"), clip(w.Body.String()))
	}
	if w := s.from("192.0.2.1:1000", http.MethodGet, "/en/search?q=border"); !strings.Contains(w.Body.String(), `href="/zh/search?q=border"`) || !strings.Contains(w.Body.String(), `href="/en/search?q=border">Try again`) {
		t.Errorf("no way on\n%s", w.Body.String())
	}
	if w := s.from("192.0.2.1:1000", http.MethodGet, "/zh/search?q=border"); !strings.Contains(w.Body.String(), "操作过于频繁") {
		t.Error("the refusal does not speak Chinese")
	}
	if none := outside(t, 0); refused(func() int { return none.from("192.0.2.1:1", http.MethodGet, "/en/search?q=border").Code }) {
		t.Error("limited where limits are off")
	}
}

// TestSecure: behind TLS the cookie travels over TLS alone, from this host alone, and scripts do
// not see it; browsers are told to stay with TLS.
func TestSecure(t *testing.T) {
	s := outside(t, 1)
	w := s.from("192.0.2.1:1", http.MethodPost, "/demo/sign-in")
	cs := w.Result().Cookies()
	if len(cs) != 1 {
		t.Fatalf("%d cookies", len(cs))
	}
	c := cs[0]
	if c.Name != "__Host-entente" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("cookie %s", w.Header().Get("Set-Cookie"))
	}
	if h := w.Header().Get("Strict-Transport-Security"); h != "max-age=31536000" {
		t.Errorf("Strict-Transport-Security %q", h)
	}
	plain := newTest(t)
	if h := plain.get(visitor, "/en/").Header.Get("Strict-Transport-Security"); h != "" {
		t.Errorf("without TLS: Strict-Transport-Security %q", h)
	}
	for h, want := range map[string]string{
		"X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff",
	} {
		if got := w.Header().Get(h); got != want {
			t.Errorf("%s: %q, want %q", h, got, want)
		}
	}
}

// TestRequestTime: a request has an end, and what took too long says that nothing was changed.
func TestRequestTime(t *testing.T) {
	s := newTest(t)
	server, err := newServer(Options{DB: s.db, Objects: s.objects, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	server.handler()
	h := server.sessions.LoadAndSave(server.serve(Route{Enter: All, Do: func(_ *Server, r *Request) error {
		if end, ok := r.Context().Deadline(); !ok || time.Until(end) > requestTime {
			t.Error("a request has no end")
		}
		return context.DeadlineExceeded
	}}))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/en/slow", nil))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("status %d", w.Code)
	}
}
