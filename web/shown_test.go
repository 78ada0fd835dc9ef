package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"entente/internal/ref"
	"entente/roster"
	"entente/standard/totp"
)

// pressed sends a form as often as its button is pressed: at one instant, and once more. All get the
// same page, and it acts once.
func (s *testSite) pressed(role, path string, form url.Values) answer {
	s.t.Helper()
	at := &url.URL{Scheme: "http", Host: "example.com", Path: "/"}
	entries, _ := entered(s, "person")
	var answers [4]*httptest.ResponseRecorder
	var all sync.WaitGroup
	for i := range answers {
		r := httptest.NewRequest(http.MethodPost, s.fill(path), strings.NewReader(s.filled(form).Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, c := range s.jar(role, at).Cookies(at) {
			r.AddCookie(c)
		}
		answers[i] = httptest.NewRecorder()
		if all.Go(func() { s.handler.ServeHTTP(answers[i], r) }); i == len(answers)-2 {
			all.Wait()
		}
	}
	all.Wait()
	for _, a := range answers {
		if a.Code != http.StatusOK || a.Body.String() != answers[0].Body.String() || a.Header().Get("Cache-Control") != "private, no-store" {
			s.t.Errorf("%s: %d, %q, %s", path, a.Code, a.Header().Get("Cache-Control"), clip(a.Body.String()))
		}
	}
	if after, _ := entered(s, "person"); after != entries+1 {
		s.t.Errorf("%s: %d acts", path, after-entries)
	}
	return answer{answers[0].Code, answers[0].Header(), answers[0].Body.String()}
}

// TestShownAgain: what an act shows once it shows again to the session that sends the same form twice,
// also at one instant; to nobody else, and the act is done once.
func TestShownAgain(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		const password, second, invite = "several words of mine", "/en/account/second-factor", "/en/institutions/{institution/nia}/invite"
		sealed := func(role string) url.Values { return url.Values{"form": {s.tokenOf(s.actor(role))}} }
		form := url.Values{"title.en": {"Focal point"}, "function": {"focal-point"}, "language": {"en"}}
		_, invited := card(t, s.pressed("project-team", invite, plus(form, sealed("project-team"))))
		card(t, s.pressed("project-team", "/en/people/"+invited+"/invitation", plus(sealed("project-team"), url.Values{"seen": {sight.FindStringSubmatch(s.get("project-team", "/en/people/"+invited).Body)[1]}})))
		if a := s.pressed("cn-focal-point", "/zh/account/calendar", sealed("cn-focal-point")); !calendarAddress.MatchString(a.Body) {
			t.Error("no address of a calendar")
		}

		person := s.enrol("expert", password)
		expert, err := roster.New(s.db).Actor(t.Context(), ref.Person(person))
		if err != nil {
			t.Fatal(err)
		}
		own := func(form url.Values) url.Values { return plus(form, url.Values{"form": {s.tokenOf(expert)}}) }
		s.want(s.post("expert", second, url.Values{"do": {"begin"}, "password": {password}}), 303)
		secret, err := totp.Parse(secondKey.FindStringSubmatch(s.get("expert", second).Body)[1])
		if err != nil {
			t.Fatal(err)
		}
		codes := s.pressed("expert", second, own(url.Values{"do": {"confirm"}, "code": {totp.Code(secret, s.db.Now())}}))
		found := recoveryCodes.FindAllStringSubmatch(codes.Body, -1)
		if len(found) != 10 {
			t.Fatalf("%d recovery codes", len(found))
		}
		renewed := s.pressed("expert", second, own(url.Values{"do": {"renew"}, "password": {password}, "code": {found[0][1]}}))
		if len(recoveryCodes.FindAllString(renewed.Body, -1)) != 10 || renewed.Body == codes.Body {
			t.Error("no fresh recovery codes")
		}

		// Another session of the same person, another person, another content.
		once := plus(form, sealed("project-team"))
		code, _ := card(t, s.post("project-team", invite, once))
		jar := s.jars["project-team"]
		delete(s.jars, "project-team")
		s.want(s.post("project-team", invite, once), http.StatusSeeOther, "!"+code)
		s.want(s.post("cn-focal-point", invite, once), http.StatusConflict, "!"+code)
		s.jars["project-team"] = jar
		s.want(s.post("project-team", invite, plus(once, url.Values{"title.en": {"Another"}})), http.StatusConflict, "!"+code)
		s.want(s.post("project-team", invite, once), http.StatusOK, code)
	})
}

// TestShownBound: the oldest page goes where there are too many.
func TestShownBound(t *testing.T) {
	var s shown
	at := time.Now()
	for range shownMost + 5 {
		s.keep(shownPage{form: "f", session: "s", at: at})
	}
	s.keep(shownPage{form: "g", session: "s", at: at})
	if _, ok := s.page("g", "s", at); !ok || len(s.pages) != shownMost {
		t.Errorf("%d pages, the newest %v", len(s.pages), ok)
	}
	if _, ok := s.page("g", "other", at); ok {
		t.Error("another session has it")
	}
	if _, ok := s.page("g", "s", at.Add(shownLasts+1)); ok || len(s.pages) != 0 {
		t.Errorf("%d old pages", len(s.pages))
	}
}
