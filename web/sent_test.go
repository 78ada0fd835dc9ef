package web

import (
	"bytes"
	"context"
	"html"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"entente/access"
	"entente/dialogue"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/text"
	"entente/ledger"
	"entente/publication"
)

var newsForm = url.Values{"title.en": {"A story told once"}, "date": {"2026-03-01"}, "lead.en": {"Line one\nline two <b>"}}

// plus gives a form with some more values.
func plus(form url.Values, more url.Values) url.Values {
	out := url.Values{}
	for _, v := range []url.Values{form, more} {
		for name, vs := range v {
			out[name] = vs
		}
	}
	return out
}

// entered gives how many entries and objects of a kind there are.
func entered(s *testSite, kind string) (entries int64, objects int) {
	s.t.Helper()
	err := s.db.Read(s.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		if entries, err = ledger.Size(ctx, tx); err != nil {
			return err
		}
		n, err := db.Collect(ctx, tx, db.One[int], `select count(*) from object where kind = $1`, kind)
		objects = n[0]
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return entries, objects
}

// twice are forms that create or act: whose, where, what with, and of which kind something is made.
var twice = []struct {
	role, path, kind string
	form             url.Values
}{
	{"project-team", "/en/new/news", "news", newsForm},
	{"project-team", "/en/objects/{meeting/launch-phase-2}/calls/new", "call", url.Values{
		"title.en": {"Say it"}, "for": {"answer"}, "due": {"2030-01-10"}, "to": {"{institution/nia}"}, "readers": {"wide"},
	}},
	{"cn-focal-point", "/en/objects/{meeting/launch-phase-2}/statements/new", "statement", url.Values{"sort": {"comment"}, "text.en": {"We agree"}}},
	{"cn-ministry", "/en/objects/{meeting/launch-phase-2}/inside", "note", url.Values{"title": {"Draft"}, "text": {"x"}, "sort": {"comment"}, "for": {"institutions"}, "language": {"en"}, "audience": {"inside:{institution/nia}"}}},
	{"project-team", "/en/objects/{meeting/launch-phase-2}/edit", "", nil},
	{"project-team", "/en/institutions/{institution/nia}/invite", "person", url.Values{"title.en": {"Focal point"}, "function": {"focal-point"}, "language": {"en"}}},
}

// TestTwice: a form acts once, however often and wherever it is sent; the second answer leads to
// where the first did.
func TestTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := siteOverExample(t, d)
		for _, c := range twice {
			form := c.form
			if form == nil {
				form = formOf(t, s.get(c.role, c.path).Body)
				form.Set("title.en", "Told again")
			}
			form = plus(form, url.Values{"form": {s.tokenOf(s.actor(c.role))}})
			first := s.post(c.role, c.path, form)
			if first.Status != http.StatusSeeOther && first.Status != http.StatusOK {
				t.Errorf("%s: the first is refused: %d\n%s", c.path, first.Status, clip(first.Body))
				continue
			}
			entries, objects := entered(s, c.kind)
			second := s.post(c.role, c.path, form)
			if after, made := entered(s, c.kind); after != entries || made != objects {
				t.Errorf("%s: the second acted", c.path)
			}
			if second.Status != first.Status || first.Status == http.StatusOK && second.Body != first.Body || second.Header.Get("Location") != first.Header.Get("Location") {
				t.Errorf("%s: %d to %q, the first %d to %q", c.path, second.Status, second.Header.Get("Location"), first.Status, first.Header.Get("Location"))
			}
		}
	})
}

// TestAtOnce: the same form at the same instant, at two processes of a node, acts once.
func TestAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := siteOverExample(t, d)
		other, err := New(Options{DB: d, Objects: s.objects, Seal: s.box, Files: s.store, Archives: s.archives, FileLimit: testFileLimit, Demo: s.roles})
		if err != nil {
			t.Fatal(err)
		}
		at := &url.URL{Scheme: "http", Host: "example.com", Path: "/"}
		edit := formOf(t, s.get("project-team", "/en/objects/{meeting/launch-phase-2}/edit").Body)
		edit.Set("title.en", "Told at once")
		// What a handler puts into a form was not sent: it is no other form for it.
		round := "/en/objects/" + string(s.create("round", access.Header{}, &dialogue.Round{Level: "summit", Title: text.Both("Round", "会")}).ID) + "/audience"
		narrow := url.Values{"rev": {"1"}, "reason": {"x"}, "mark": {"TLP:AMBER+STRICT"}, "audience": {s.fill("team:{dialogue/migration-mobility}")}}
		narrow.Set("seen", s.seenOf("project-team", round, narrow))
		call := url.Values{"title.en": {"Say it"}, "for": {"answer"}, "due": {"2030-01-12"}, "take": {"2030-01-11"}, "to": {s.id("institution/nia")}, "readers": {"wide"}}
		launch := s.fill("/en/objects/{meeting/launch-phase-2}")
		for path, form := range map[string]url.Values{"/en/new/news": newsForm, launch + "/edit": edit, round: narrow, launch + "/calls/new": call} {
			entries, _ := entered(s, "news")
			form = plus(form, url.Values{"form": {s.tokenOf(s.actor("project-team"))}})
			var led [8]string
			var all sync.WaitGroup
			held := make(chan struct{})
			all.Go(func() { // who writes is let go once the others have had time to come as far
				_ = d.Write(t.Context(), func(context.Context, *db.Tx) error {
					close(held)
					time.Sleep(time.Second / 2)
					return nil
				})
			})
			<-held
			for i := range led {
				r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				for _, c := range s.jar("project-team", at).Cookies(at) {
					r.AddCookie(c)
				}
				all.Go(func() {
					w := httptest.NewRecorder()
					[]http.Handler{s.handler, other}[i%2].ServeHTTP(w, r)
					led[i] = w.Header().Get("Location")
				})
			}
			all.Wait()
			if after, _ := entered(s, "news"); after != entries+1 {
				t.Errorf("%s: %d acts of one form", path, after-entries)
			}
			for _, to := range led {
				if to == "" || to != led[0] {
					t.Errorf("%s led to %q", path, led)
					break
				}
			}
		}
	})
}

// TestAnotherFile: a form with another file than it was sent with before is another form, as one with other
// words is; with the same it is the same.
func TestAnotherFile(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		for i, at := range []string{"/en/objects/{meeting/launch-phase-2}/files", "/en/objects/{meeting/launch-phase-2}/statements/new"} {
			role, form := "project-team", map[string]string{"title": "One title"}
			if i == 1 {
				role, form = "cn-focal-point", map[string]string{"sort": "comment", "text.en": "One comment"}
			}
			form["form"] = s.tokenOf(s.actor(role))
			first := s.send(role, at, "a.txt", "hello", form)
			s.want(first, http.StatusSeeOther)
			entries, _ := entered(s, "file")
			again := s.send(role, at, "a.txt", "hello", form)
			if s.want(again, http.StatusSeeOther); again.Header.Get("Location") != first.Header.Get("Location") {
				t.Errorf("%s: led to %q", at, again.Header.Get("Location"))
			}
			for _, other := range [][2]string{{"b.txt", "hello"}, {"a.txt", "jelly"}, {"a.txt", "hello and more"}, {"", ""}} {
				s.want(s.send(role, at, other[0], other[1], form), http.StatusConflict, "was sent before", "See what was done")
			}
			if after, _ := entered(s, "file"); after != entries {
				t.Errorf("%s: %d acts more", at, after-entries)
			}
		}
	})
}

// TestLongBesideAFile: what is too long in a field of a form with a file is kept, and it is the field that
// is named, whether or not there is a file.
func TestLongBesideAFile(t *testing.T) {
	s := newTest(t)
	at, long := "/en/objects/{meeting/launch-phase-2}/statements/new", strings.Repeat("议", 90_000)
	for _, name := range []string{"", "a.txt"} {
		a := s.send("cn-focal-point", at, name, "words", map[string]string{"sort": "comment", "text.en": long})
		if s.want(a, http.StatusUnprocessableEntity, "only", "!larger than"); !strings.Contains(a.Body, long) {
			t.Error("the text is gone")
		}
	}
	s.want(s.send("cn-focal-point", at, "a.txt", "words", map[string]string{"sort": "comment", "text.en": strings.Repeat("x", maxBody)}), http.StatusRequestEntityTooLarge, "two megabytes", "!larger than")
}

// TestForWhom: what was written as one person, or for one institution, is never taken from another;
// the text is on the page that says so.
func TestForWhom(t *testing.T) {
	s := newTest(t)
	for _, c := range twice {
		for _, role := range []string{"project-team", "cn-focal-point", "cn-ministry", "eu-focal-point", "donor"} {
			if role == c.role {
				continue
			}
			entries, _ := entered(s, "")
			form := plus(plus(c.form, url.Values{"text": {"Own words kept"}}), url.Values{"form": {s.tokenOf(s.actor(c.role))}})
			s.want(s.post(role, c.path, form), http.StatusConflict, "The form was made for somebody else", "Own words kept", "!Send it again", `href="`+s.fill(c.path)+`">Open the form anew`)
			if after, _ := entered(s, ""); after != entries {
				t.Errorf("%s as %s acted", c.path, role)
			}
		}
	}
	s.want(s.post("donor", "/en/objects/{meeting/launch-phase-2}/receipt", url.Values{"text": {"Kept"}, "form": {s.tokenOf(s.actor("cn-focal-point"))}}), http.StatusConflict, "Kept", "!Open the form anew", "!Send it again")
	who := s.actor("cn-focal-point")
	who.Institution = s.actor("eu-focal-point").Institution // the same person spoke for another then
	say := "/en/objects/{meeting/launch-phase-2}/statements/new"
	form := url.Values{"sort": {"comment"}, "text.en": {"Spoken for another"}}
	s.want(s.post("cn-focal-point", say, plus(form, url.Values{"form": {s.tokenOf(who)}})), http.StatusConflict, "Spoken for another")
	for _, wrong := range []string{"", "x", s.tokenOf(who)[1:]} {
		s.want(s.post("cn-focal-point", say, plus(form, url.Values{"form": {wrong}})), http.StatusConflict, "cannot be taken", "Spoken for another", "!Send it again")
	}
	file := uploadForm(t, map[string]string{"form": s.tokenOf(s.actor("eu-focal-point")), "sort": "comment", "text.en": "Beside a scan"}, "scan.pdf")
	r := httptest.NewRequest(http.MethodPost, s.fill(say), &file.body)
	r.Header.Set("Content-Type", file.kind)
	s.want(s.do("cn-focal-point", r), http.StatusConflict, "Beside a scan", "A file cannot be kept")
	old := newTestAt(t, func() time.Time { return time.Now().Add(-ledger.FormLasts - time.Hour) })
	s.want(s.post("cn-focal-point", say, plus(form, url.Values{"form": {old.tokenOf(s.actor("cn-focal-point"))}})), http.StatusConflict, "too old", "Spoken for another", "Send it again")
}

// filed is a form with a file as a browser sends it.
type filed struct {
	body bytes.Buffer
	kind string
}

func uploadForm(t *testing.T, fields map[string]string, name string) *filed {
	t.Helper()
	var f filed
	m := multipart.NewWriter(&f.body)
	_ = m.WriteField("form", fields["form"])
	for k, v := range fields {
		if k != "form" {
			_ = m.WriteField(k, v)
		}
	}
	part, err := m.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte("%PDF-1.4 " + name))
	_ = m.Close()
	f.kind = m.FormDataContentType()
	return &f
}

var hiddenFields = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// formKept gives the form by which a page that refuses sends again what it kept.
func formKept(t *testing.T, body string) url.Values {
	t.Helper()
	_, body, found := strings.Cut(body, `id="kept"`)
	if !found {
		t.Fatalf("nothing is kept:\n%s", clip(body))
	}
	v := url.Values{}
	for _, m := range hiddenFields.FindAllStringSubmatch(body, -1) {
		v.Add(m[1], html.UnescapeString(m[2]))
	}
	return v
}

// TestNothingIsLost: every page that refuses what was written keeps it, and where that may help it
// is sent again by a press.
func TestNothingIsLost(t *testing.T) {
	s := newTest(t)
	team := s.actor("project-team")
	form := func() url.Values { return plus(newsForm, url.Values{"form": {s.tokenOf(team)}}) }
	kept := []string{"A story told once", "Line one\nline two &lt;b&gt;", "Send it again"}

	// Signed out, or idle for two hours: the session is gone either way.
	out := s.post(visitor, "/en/new/news", form())
	s.want(out, http.StatusForbidden, append(kept, "You are signed out", `href="/en/sign-in"`)...)
	s.want(s.post(visitor, "/zh/new/news", form()), http.StatusForbidden, "再次提交", "您已退出登录")
	again := formKept(t, out.Body)
	s.want(s.post("eu-focal-point", "/en/new/news", again), http.StatusConflict, "A story told once") // somebody else came meanwhile
	sent := s.post("project-team", "/en/new/news", again)
	s.want(sent, http.StatusSeeOther)
	s.want(s.get("project-team", sent.Header.Get("Location")), http.StatusOK, "A story told once", "line two &lt;b&gt;")
	s.want(s.post(visitor, "/en/objects/{meeting/launch-phase-2}/receipt", url.Values{"rev": {"1"}}), http.StatusSeeOther) // nothing was typed

	// Removed meanwhile.
	h := s.create("news", access.Header{}, &publication.News{Title: text.Both("Old", "旧"), Date: "2026"})
	edit := formOf(t, s.get("project-team", "/en/objects/"+string(h.ID)+"/edit").Body)
	edit.Set("title.en", "Much work")
	if err := s.objects.Remove(t.Context(), team, h.ID, h.Rev, "not needed"); err != nil {
		t.Fatal(err)
	}
	s.want(s.post("project-team", "/en/objects/"+string(h.ID)+"/edit", edit), http.StatusNotFound, "Much work", "Send it again")

	// The same form with other words, after the first was carried out.
	twice := form()
	s.want(s.post("project-team", "/en/new/news", twice), http.StatusSeeOther)
	twice.Set("title.en", "Another story")
	other := s.post("project-team", "/en/new/news", twice)
	s.want(other, http.StatusConflict, "was sent before", "Another story", "See what was done")
	s.want(s.post("project-team", "/en/new/news", formKept(t, other.Body)), http.StatusSeeOther)

	// Refused for coming too often.
	busy := newTest(t)
	var err error
	if busy.handler, err = New(Options{DB: busy.db, Objects: busy.objects, Seal: busy.box, Demo: busy.roles, Rate: 0.02}); err != nil {
		t.Fatal(err)
	}
	busy.want(busy.get("project-team", "/en/desk"), http.StatusOK)
	var late answer
	for range 10 {
		if late = busy.post("project-team", "/en/new/news", newsForm); late.Status == http.StatusTooManyRequests {
			break
		}
	}
	s.want(late, http.StatusTooManyRequests, kept...)

	// Another site's form is not given back, and no secret is.
	r := httptest.NewRequest(http.MethodPost, "/en/new/news", strings.NewReader(newsForm.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	s.want(s.do("project-team", r), http.StatusForbidden, "!A story told once")
	s.want(s.post("eu-focal-point", "/en/account/password", url.Values{"old": {"herring"}, "password": {"mackerel"}, "again": {"mackerel"}, "form": {s.tokenOf(team)}}),
		http.StatusConflict, "!herring", "!mackerel")
}

// TestEveryForm: no template posts a form without the place of its token, no secret is kept, and a
// page without such a form stays the same each time.
func TestEveryForm(t *testing.T) {
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	secret := regexp.MustCompile(`<input[^>]*(?:type="password"|one-time-code)[^>]*>`)
	named := regexp.MustCompile(` name="([a-z-]+)"`)
	for _, n := range names {
		b, err := templateFiles.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		if posts, places := strings.Count(string(b), ` method="post"`), strings.Count(bound(string(b)), tokenPlace); posts != places {
			t.Errorf("%s posts %d forms, %d have the place of a token", n, posts, places)
		}
		for _, input := range secret.FindAllString(string(b), -1) {
			if m := named.FindStringSubmatch(input); m == nil || !slices.Contains(secretFields, m[1]) {
				t.Errorf("%s: %s is a secret that would be kept", n, input)
			}
		}
	}
	s := newTest(t)
	for _, path := range []string{"/en/", "/en/meetings/{meeting/launch-phase-2}", "/en/releases"} {
		if a, b := s.get(visitor, path), s.get(visitor, path); a.Body != b.Body || strings.Contains(a.Body, `name="form"`) {
			t.Errorf("a visitor's %s changes from one time to the next", path)
		}
	}
	page := s.get("project-team", "/en/new/news").Body
	tokens := regexp.MustCompile(`name="form" value="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(tokens) != 2 || tokens[0][1] == tokens[1][1] || strings.Contains(page, tokenPlace) {
		t.Errorf("the tokens of a page: %q", tokens)
	}
}

// TestPreviewSignedOut: what was typed is given back also where its form asks for a look at itself.
func TestPreviewSignedOut(t *testing.T) {
	s := newTest(t)
	for _, path := range []string{"/en/preview", "/en/readers"} {
		s.want(s.post(visitor, path, url.Values{"preview": {"summary.en"}, "summary.en": {"typed before"}}), http.StatusForbidden, "typed before", "You are signed out")
	}
}
