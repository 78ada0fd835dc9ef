package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"entente/access"
	"entente/account"
	"entente/internal/ref"
)

// TestKnownDevice: a browser with which somebody signed in comes in while the world is kept waiting at
// that name; the word that it keeps names nobody and is closed to scripts. What it is told once, it is
// told once.
func TestKnownDevice(t *testing.T) {
	s := newTest(t)
	person := ref.Person(s.id("person/cn-focal-point"))
	if err := account.New(s.db).SetPassword(t.Context(), access.Operator("test"), person, "nia", "twelve letters or so"); err != nil {
		t.Fatal(err)
	}
	sign := func(password string, cookies ...*http.Cookie) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/en/sign-in", strings.NewReader(url.Values{"login": {"nia"}, "password": {password}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		return w
	}
	var known *http.Cookie
	for _, c := range sign("twelve letters or so").Result().Cookies() {
		if c.Name == "entente-device" {
			known = c
		}
	}
	if known == nil || !known.HttpOnly || known.SameSite != http.SameSiteLaxMode || known.MaxAge < 100*24*3600 || strings.Contains(known.Value, "nia") || strings.Contains(known.Value, string(person)) {
		t.Fatalf("the browser keeps %v", known)
	}
	for range 8 {
		sign("a wrong guess")
	}
	if w := sign("twelve letters or so", known); w.Code != http.StatusSeeOther {
		t.Errorf("the known browser: %d", w.Code)
	}
	s.want(s.post("project-team", "/en/account/sessions", url.Values{"others": {"yes"}}), http.StatusSeeOther)
	s.want(s.get("project-team", "/en/account"), http.StatusOK, "Signed out there.")
	s.want(s.get("project-team", "/en/account"), http.StatusOK, "!Signed out there.")
}
