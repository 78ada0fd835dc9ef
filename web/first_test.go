package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/account"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/seal"
)

// emptySite is the program over an empty database, with a link for the first administrator.
func emptySite(t *testing.T, d *db.DB) (s *testSite, path string) {
	t.Helper()
	s = &testSite{t: t, db: d, objects: bundle.Objects(d), jars: map[string]http.CookieJar{}}
	var err error
	if s.box, err = seal.New("the key of a node that a test made up"); err != nil {
		t.Fatal(err)
	}
	if s.handler, err = New(Options{DB: d, Objects: s.objects, Seal: s.box, Checkpoint: func() string { return "entente/x\n1\n" }}); err != nil {
		t.Fatal(err)
	}
	token, err := account.New(d).NewLink(t.Context(), bundle.FirstLink, "", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return s, "/first/" + token
}

var firstForm = url.Values{
	"name.en": {"A <i>dialogue</i>"}, "languages": {"en", "zh"}, "more": {"ｆｒ、"}, "title.zh": {"系统管理员"},
	"login": {"operator"}, "password": {"twelve letters"}, "again": {"twelve letters"},
}

func with(f url.Values, pairs ...string) url.Values {
	out := url.Values{}
	for k, v := range f {
		out[k] = v
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}

func TestFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, path := emptySite(t, d)
		s.want(s.get(visitor, "/en"+path), http.StatusOK, "Set up this node", `value="Administrator"`, "!first.")
		s.want(s.get(visitor, "/zh"+path), http.StatusOK, "初始化本方系统", `value="系统管理员"`, "!first.")
		s.want(s.get(visitor, "/zh/first/OTHER"), http.StatusNotFound, "链接已失效")

		s.want(s.post(visitor, "/en"+path, url.Values{}), http.StatusUnprocessableEntity,
			"Name: This is needed.", "Your function in words: This is needed.", "Languages of the dialogue: ", "Name to sign in with: ", "12 to 200")
		s.want(s.post(visitor, "/en"+path, with(firstForm, "more", "fr, nonsense-language-tag")), http.StatusUnprocessableEntity,
			"nonsense-language-tag", "A &lt;i&gt;dialogue", "!<i>dialogue", `value="operator"`, "!twelve letters")
		s.want(s.post(visitor, "/zh"+path, with(firstForm, "again", "other letters")), http.StatusUnprocessableEntity, "两次输入的密码不一致")
		s.want(s.get(visitor, "/en"+path), http.StatusOK) // what failed did not use the link up

		a := s.post(visitor, "/zh"+path, firstForm)
		s.want(a, http.StatusSeeOther)
		if to := a.Header.Get("Location"); to != "/zh/desk" || !strings.Contains(strings.Join(a.Header.Values("Set-Cookie"), "\n"), "entente=") {
			t.Errorf("to %q with %q", to, a.Header.Values("Set-Cookie"))
		}
		s.as("first", a)
		own := ""
		for lang, said := range map[string]string{"en": "Two functions in one person", "zh": "一人兼任两项职能"} {
			for _, page := range []string{"/desk", "/operation"} {
				a := s.get("first", "/"+lang+page)
				s.want(a, http.StatusOK, said, `href="/`+lang+`/partners"`)
				own = regexp.MustCompile(`/objects/[0-9a-f-]{36}/authority`).FindString(a.Body)
				s.want(s.get("first", "/"+lang+own), http.StatusOK, `name="functions.0.function"`)
			}
		}
		// Given up, it is said no more.
		form := formOf(t, s.get("first", "/en"+own).Body)
		form.Del("functions.0.function")
		form.Set("functions.0.drop", "1")
		form.Set("reason", "Somebody else operates the node")
		look := s.post("first", "/en"+own, form)
		s.want(look, http.StatusOK, "the function: Administrator")
		s.want(s.post("first", "/en"+own, hiddenOf(look.Body)), http.StatusSeeOther)
		s.want(s.get("first", "/en/desk"), http.StatusOK, "!Two functions in one person")
		s.want(s.get(visitor, "/en"+path), http.StatusNotFound, "no longer works")
		s.want(s.post(visitor, "/en"+path, firstForm), http.StatusNotFound)

		// A link that was printed by an earlier start is dead too, since the node is not empty.
		token, err := account.New(d).NewLink(t.Context(), bundle.FirstLink, "", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		s.want(s.get(visitor, "/en/first/"+token), http.StatusNotFound)
		s.want(s.post(visitor, "/en/first/"+token, firstForm), http.StatusNotFound)
	})
}

// TestFirstSecond: unless the box is emptied, a node that begins asks those who can commit an institution or
// look after accounts for a second factor; the first of them at once. Verification finds the setting said.
func TestFirstSecond(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, path := emptySite(t, d)
		s.want(s.get(visitor, "/en"+path), http.StatusOK, `name="second" checked`)
		s.as("first", s.post(visitor, "/en"+path, with(firstForm, "second", "on")))
		a := s.get("first", "/en/desk")
		s.want(a, http.StatusSeeOther)
		if to := a.Header.Get("Location"); to != "/en"+secondPath {
			t.Errorf("led to %s", to)
		}
		if d := s.compared(); d != "" {
			t.Error(d)
		}
		values, err := s.objects.SettingValues(t.Context(), access.Operator("test"))
		if err != nil || values[access.SecondFactor] != access.SecondFactorUsual {
			t.Errorf("the setting is %q: %v", values[access.SecondFactor], err)
		}
	})
}

// TestFirstTwice: two people press the button at once, and there is one dialogue.
func TestFirstTwice(t *testing.T) {
	s, path := emptySite(t, dbtest.New(t))
	done := make(chan int)
	for range 4 {
		go func() {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodPost, "/en"+path, strings.NewReader(firstForm.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			s.handler.ServeHTTP(w, r)
			done <- w.Code
		}()
	}
	made := 0
	for range 4 {
		switch <-done {
		case http.StatusSeeOther:
			made++
		case http.StatusNotFound:
		default:
			t.Error("neither made nor refused")
		}
	}
	if made != 1 {
		t.Errorf("made %d times", made)
	}
}

func TestCheckpoint(t *testing.T) {
	s, _ := emptySite(t, dbtest.New(t))
	a := s.get(visitor, "/checkpoint")
	s.want(a, http.StatusOK, "entente/x\n1\n")
	if a.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("Content-Type %s", a.Header.Get("Content-Type"))
	}
	s.want(newTest(t).get(visitor, "/checkpoint"), http.StatusNotFound, "no checkpoint")
}
