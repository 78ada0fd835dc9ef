package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/account"
	"entente/demo"
	"entente/exchange"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/meeting"
	"entente/project"
)

// The matrix: every route as every role. What each may enter is said at the route, what each may
// find by the audience, what each may do by the policy; here the three are held against the
// answers. Besides, two objects that few may read carry a word that stands nowhere else: no
// answer to anybody else may hold it, whatever the route.

const canary = "Zibetkatze"

// hidden are the objects that carry the canary.
var hidden = []string{"meeting/exchange-visit-2016", "activity/exchange-visit-2016"}

func matrixRoles() []string {
	roles := []string{visitor}
	for _, r := range demo.Roles() {
		roles = append(roles, r.Name)
	}
	return roles
}

func hide(t *testing.T, s *testSite) {
	t.Helper()
	team := s.actor("project-team")
	for _, k := range hidden {
		h, v, err := s.objects.Get(t.Context(), team, s.id(k))
		if err != nil {
			t.Fatal(err)
		}
		title := text.Both(canary+" "+k, canary+"（"+k+"）")
		switch o := v.(type) {
		case *meeting.Meeting:
			o.Title = title
		case *project.Activity:
			o.Title = title
		}
		if _, err := s.objects.Edit(t.Context(), team, h.ID, h.Rev, v, ""); err != nil {
			t.Fatal(err)
		}
	}
}

var place = regexp.MustCompile(`\{([a-z]+)\}`)

// addresses gives the route's addresses: its example, and for a route of objects the same with a
// hidden object of the kind, or any hidden object where the kind does not matter.
func addresses(t *testing.T, s *testSite, r Route) map[string]string {
	t.Helper()
	prefix := ""
	if r.Spoken {
		prefix = "/zh"
	}
	fill := func(example string) string {
		vals, err := url.ParseQuery(example)
		if err != nil {
			t.Fatalf("%s: example %q: %v", r.Path, example, err)
		}
		return prefix + place.ReplaceAllStringFunc(r.Path, func(m string) string {
			v := vals.Get(m[1 : len(m)-1])
			if v == "" {
				t.Fatalf("%s: the example %q does not fill %s", r.Path, example, m)
			}
			if strings.Contains(v, "/") {
				return s.id(v)
			}
			return v
		})
	}
	if place.MatchString(r.Path) && r.Example == "" {
		t.Fatalf("%s %s has no example", r.Method, r.Path)
	}
	out := map[string]string{"": fill(r.Example)}
	if key, ok := strings.CutPrefix(r.Example, "id="); ok && strings.Contains(key, "/") {
		kind, _, _ := strings.Cut(key, "/")
		out[key] = out[""]
		delete(out, "")
		for _, h := range hidden {
			if strings.HasPrefix(h, kind+"/") || strings.HasPrefix(r.Path, "/objects/") {
				out[h] = fill("id=" + h)
			}
		}
	}
	return out
}

// expected says which statuses are right for a role at a route, with the object of the address.
func expected(s *testSite, r Route, role, object string) []int {
	if r.Path == "/first/{token}" || r.Path == "/calendar/{token}" || r.Path == "/invitation/{code}" || r.Path == "/account/mail/{token}" || r.Path == "/checkpoint" {
		return []int{http.StatusNotFound} // the example is not empty, and no checkpoint of it is published
	}
	if r.Path == "/files/{id}/{name}" || r.Path == "/files/{id}" && r.Enter == All {
		return []int{http.StatusNotFound} // the example holds no file
	}
	who := s.actor(role)
	if !r.Enter.lets(&Server{demo: []DemoRole{}}, who) {
		if !who.SignedIn() && r.Enter != Demo {
			return []int{http.StatusSeeOther}
		}
		return []int{http.StatusNotFound}
	}
	if r.Path == "/files/{id}" || strings.HasPrefix(r.Path, "/duties/{id}") || strings.HasPrefix(r.Path, "/downloads/{id}") { // the example has none that is known before
		return []int{http.StatusNotFound}
	}
	if object != "" {
		h, _, err := s.objects.Get(s.t.Context(), who, s.id(object))
		if fault.Is(err, fault.NotFound) {
			return []int{http.StatusNotFound}
		}
		if act, of := strings.CutPrefix(r.Path, "/objects/{id}/"); of && slices.Contains([]string{"edit", "authority", "audience", "remove"}, act) {
			name := access.ActOn(h.Kind, act)
			if act == "edit" || act == "authority" {
				name = h.Kind + "." + act
			}
			if access.May(who, name, h) != nil {
				return []int{http.StatusForbidden}
			}
		}
	}
	if r.Path == "/new/{kind}" && !who.Holds(access.ProjectTeam) {
		return []int{http.StatusForbidden}
	}
	if r.Path == "/notes/{id}" || r.Path == "/objects/{id}/inside" && !who.Inside() {
		return []int{http.StatusNotFound} // the example holds no note
	}
	if strings.HasPrefix(r.Path, "/institutions/{id}/inside") || r.Path == "/people/{id}/admission" {
		if !who.Inside() || who.Side != s.actor("cn-ministry").Side { // the examples are of that side
			return []int{http.StatusNotFound}
		}
		if r.Method == http.MethodGet && r.Path == "/people/{id}/admission" && role != "cn-focal-point" {
			return []int{http.StatusForbidden}
		}
		if r.Path == "/institutions/{id}/inside/handover" && !who.Holds(access.FocalPoint) { // the example is NIA's; of the side's lead MFA
			return []int{http.StatusForbidden}
		}
	}
	if r.Path == "/institutions/{id}/invite" && len(account.Invitable(who, ref.Institution(s.id(object)))) == 0 {
		return []int{http.StatusForbidden}
	}
	if r.Path == "/people/{id}/erase" { // holds a function still
		return []int{http.StatusForbidden}
	}
	if r.Path == "/people/{id}/handover" {
		if _, err := account.New(s.db).Passing(s.t.Context(), who, ref.Person(s.id(object))); err != nil {
			return []int{http.StatusForbidden}
		}
	}
	if strings.HasPrefix(r.Path, "/statements/") || strings.HasPrefix(r.Path, "/calls/") {
		return []int{http.StatusNotFound} // nor a statement or a call
	}
	if form, ok := strings.CutPrefix(r.Path, "/objects/{id}/statements/"); ok {
		may, err := exchange.New(s.db).May(s.t.Context(), who, s.id(object))
		if err != nil {
			s.t.Fatal(err)
		}
		if form == "new" && !may.State || form == "behalf" && !may.Enter {
			return []int{http.StatusForbidden}
		}
	}
	if r.Method == http.MethodGet {
		return []int{http.StatusOK, http.StatusSeeOther, http.StatusFound}
	}
	// An empty form is mostly not enough, or names a revision that is not there; it must never
	// be more than a refusal.
	return []int{http.StatusOK, http.StatusSeeOther, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusForbidden}
}

func TestMatrix(t *testing.T) {
	s := newTest(t)
	hide(t, s)
	matrix(t, s, Routes())
}

// TestMatrixPostgres walks the routes that read and write most on the other engine.
func TestMatrixPostgres(t *testing.T) {
	d := dbtest.Postgres(t)
	s := siteOverExample(t, d)
	hide(t, s)
	named := []string{"/", "/desk", "/meetings", "/meetings/{id}", "/plans/{id}", "/partners", "/search", "/objects/{id}/edit", "/objects/{id}/history", "/objects/{id}/audience", "/translations"}
	var routes []Route
	for _, r := range Routes() {
		if slices.Contains(named, r.Path) {
			routes = append(routes, r)
		}
	}
	matrix(t, s, routes)
}

func matrix(t *testing.T, s *testSite, routes []Route) {
	roles := matrixRoles()
	if testing.Short() {
		roles = []string{visitor, "project-team", "cn-focal-point"} // every handler runs all the same
	}
	for _, route := range routes {
		t.Run(route.Method+" "+route.Path, func(t *testing.T) {
			s.t = t
			for object, address := range addresses(t, s, route) {
				for _, role := range roles {
					if route.Path == "/sign-out" {
						continue // it would end the role's session for the routes that follow
					}
					want := expected(s, route, role, object)
					var a answer
					if route.Method == http.MethodGet {
						a = s.get(role, address)
					} else {
						a = s.post(role, address, url.Values{})
					}
					if a.Status == http.StatusTooManyRequests && (route.Path == "/sign-in" || strings.HasPrefix(route.Path, "/invitation")) {
						continue // all roles come from one address, and attempts are throttled
					}
					if !slices.Contains(want, a.Status) {
						t.Errorf("%s %s as %q: status %d, want one of %v", route.Method, address, role, a.Status, want)
					}
					if strings.Contains(a.Body, canary) && !readsHidden(s, role) {
						t.Errorf("%s %s shows %q what it may not read", route.Method, address, role)
					}
				}
			}
		})
	}
}

// readsHidden says whether the role may read what carries the canary.
func readsHidden(s *testSite, role string) bool {
	_, _, err := s.objects.Get(s.t.Context(), s.actor(role), s.id(hidden[0]))
	return err == nil
}

// TestLists: the doors by which a title could slip out beside the object's own page, with what a
// list can be asked for.
func TestLists(t *testing.T) {
	s := newTest(t)
	hide(t, s)
	for _, address := range []string{
		"/en/meetings?q=" + canary, "/en/meetings?title=" + canary, "/en/meetings?sort=title", "/en/meetings?year=2016",
		"/en/meetings?institution={institution/beea}", "/en/search?q=" + canary, "/zh/search?q=" + canary,
		"/en/institutions/{institution/beea}", "/en/institutions/{institution/nia}", "/en/institutions/{institution/nl}",
		"/en/plans/{plan/plan-1}", "/en/plans/{plan/plan-1}?group=lead", "/en/phases/{phase/mmsp-1}", "/en/activities/{activity/labour-workshop-2016}",
		"/en/meetings/calendar.ics", "/en/feed.atom", "/sitemap.xml", "/en/desk", "/en/", "/en/translations",
	} {
		for _, role := range matrixRoles() {
			a := s.get(role, address)
			echo := strings.Contains(address, "="+canary) // the page may repeat what was asked
			if n := strings.Count(a.Body, canary); !readsHidden(s, role) && (n > 0 && !echo || strings.Contains(a.Body, "exchange-visit-2016")) {
				t.Errorf("%s shows %q what it may not read", address, role)
			}
			if strings.Contains(a.Body, s.id(hidden[0])) && !readsHidden(s, role) {
				t.Errorf("%s shows %q the address of what it may not read", address, role)
			}
			if a.Status >= 500 {
				t.Errorf("%s as %q: %d", address, role, a.Status)
			}
		}
	}
}

// TestCrossOrigin: a post from another site changes nothing.
func TestCrossOrigin(t *testing.T) {
	s := newTest(t)
	send := func(header, value string) answer {
		r := httptest.NewRequest(http.MethodPost, s.fill("/en/objects/{meeting/launch-phase-2}/remove"), strings.NewReader("rev=1&reason="))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(header, value)
		return s.do("project-team", r)
	}
	for header, values := range map[string][]string{
		"Sec-Fetch-Site": {"cross-site", "same-site"},
		"Origin":         {"https://elsewhere.example", "null"},
		"Referer":        {"https://elsewhere.example/a", "http://example.com.elsewhere.example/", "http://example.com@elsewhere.example/", "::"},
	} {
		for _, v := range values {
			s.want(send(header, v), http.StatusForbidden, "another site")
		}
	}
	s.want(s.get("project-team", "/en/meetings/{meeting/launch-phase-2}"), http.StatusOK)
	for header, v := range map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "http://example.com", "Referer": "http://example.com/en/desk"} {
		s.want(send(header, v), http.StatusUnprocessableEntity) // a reason is missing; it was taken as our own
	}
}

// TestHeaders: what every answer carries, also those that refuse.
func TestHeaders(t *testing.T) {
	s := newTest(t)
	for _, address := range []string{"/en/", "/en/nowhere", "/healthz", "/en/sign-in"} {
		a := s.get(visitor, address)
		if csp := a.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'self'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: Content-Security-Policy %q", address, csp)
		}
		if a.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s can be sniffed", address)
		}
		if c := a.Header.Get("Set-Cookie"); c != "" {
			t.Errorf("%s gives a visitor a cookie: %s", address, c)
		}
		if strings.Contains(a.Body, "style=") || strings.Contains(a.Body, "<script>") || strings.Contains(a.Body, " onclick") {
			t.Errorf("%s has something inline", address)
		}
	}
	if a := s.get("cn-focal-point", "/zh/desk"); !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("a person's page may be kept by a cache: %q", a.Header.Get("Cache-Control"))
	}
}

// TestLanguages: an address without its language leads to the reader's.
func TestLanguages(t *testing.T) {
	s := newTest(t)
	for accept, want := range map[string]string{"": "/en/meetings?year=2018", "zh-CN,zh;q=0.9": "/zh/meetings?year=2018", "fr, de;q=0.5": "/en/meetings?year=2018", "zh-Hant-TW": "/zh/meetings?year=2018"} {
		r := httptest.NewRequest(http.MethodGet, "/meetings?year=2018", nil)
		r.Header.Set("Accept-Language", accept)
		a := s.do(visitor, r)
		if a.Status != http.StatusFound || a.Header.Get("Location") != want {
			t.Errorf("Accept-Language %q: %d to %q", accept, a.Status, a.Header.Get("Location"))
		}
	}
	// A signed-in person's own language goes before the browser's.
	if a := s.get("cn-focal-point", "/meetings"); a.Header.Get("Location") != "/zh/meetings" {
		t.Errorf("NIA is led to %q", a.Header.Get("Location"))
	}
	// A language as browsers write it, and a slash too many, lead to the page that is meant.
	for path, want := range map[string]string{
		"/zh-CN/meetings?year=2018": "/zh/meetings?year=2018", "/zh-Hans-CN/news/": "/zh/news", "/EN/meetings": "/en/meetings", "/en-GB": "/en/",
		"/en/meetings/": "/en/meetings", "/zh-CN/": "/zh/", "/zh-TW/news": "/zh/news",
	} {
		a := s.get(visitor, path)
		if a.Status != http.StatusMovedPermanently || a.Header.Get("Location") != want {
			t.Errorf("%s: %d to %q", path, a.Status, a.Header.Get("Location"))
		}
		s.want(s.get(visitor, a.Header.Get("Location")), http.StatusOK)
	}
	s.want(s.get(visitor, "/en/nowhere/"), http.StatusNotFound)
	s.want(s.post(visitor, "/zh-CN/sign-in", url.Values{}), http.StatusNotFound)
	s.want(s.get(visitor, "/nowhere"), http.StatusNotFound)
	s.want(s.get(visitor, "/fr/meetings"), http.StatusNotFound)
}

// siteOverExample gives a site over an empty database of any engine, with the example loaded.
func siteOverExample(t testing.TB, d *db.DB) *testSite {
	t.Helper()
	loadExample(t, d)
	return siteOver(t, d)
}
