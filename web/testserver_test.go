package web

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"entente/access"
	"entente/bundle"
	"entente/demo"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/files"
	"entente/internal/ref"
	"entente/internal/seal"
	"entente/library"
	"entente/roster"
)

// testFileLimit is how large a file a test may send: more than a form, so that both limits show.
const testFileLimit = 3 << 20

// visitor is the role of somebody who has not signed in.
const visitor = ""

// testSite is the whole program over a copy of the example, as its readers meet it: the test asks
// for addresses as one of the roles of the demonstration ("project-team", "cn-focal-point",
// visitor). An address may hold the key of an object in braces where its id stands:
// "/en/meetings/{meeting/launch-phase-2}".
type testSite struct {
	t             testing.TB
	db            *db.DB
	objects       *access.Objects
	archives      *bundle.Archives
	archiveFolder string
	handler       http.Handler
	box           *seal.Box
	jars          map[string]http.CookieJar // of a role
	bound         map[string]access.Actor   // by session: whom its forms are made for, as last known
	ids           map[string]ref.ID         // of "kind/key"
	roles         []DemoRole
	store         *files.Folder
	invented      bool   // the test made duties without an act
	files         string // the folder of the store
}

// answer is what a request got.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

// example is a SQLite database that holds the example, as the bytes of its file. It is made once.
var example = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "entente-web-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "example.db")
	ctx := context.Background()
	d, err := db.Open(ctx, path, db.Options{Volatile: true})
	if err != nil {
		return nil, err
	}
	err = load(ctx, d)
	if closed := d.Close(); err == nil { // closing folds the log into the file
		err = closed
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// load imports the example. Nobody has to sign in with a second factor there, as in the demonstration.
func load(ctx context.Context, d *db.DB) error {
	files, err := bundle.Files(demo.Files())
	if err == nil {
		_, err = bundle.Import(ctx, d, bundle.Objects(d), access.Operator("test"), files, bundle.Options{Admit: true})
	}
	if err == nil {
		_, err = bundle.Objects(d).ChangeSetting(ctx, access.Operator("test"), access.SecondFactor, "")
	}
	return err
}

// loadExample imports the example into a database of either engine.
func loadExample(t testing.TB, d *db.DB) {
	t.Helper()
	if err := load(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

// newTest gives a site of the test's own, over SQLite.
func newTest(t testing.TB) *testSite { return newTestAt(t, nil) }

// newTestAt is newTest with the node's time moved by hand.
func newTestAt(t testing.TB, clock func() time.Time) *testSite {
	t.Helper()
	b, err := example()
	if err != nil {
		t.Fatalf("the example: %v", err)
	}
	path := filepath.Join(t.TempDir(), "site.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), path, db.Options{Volatile: true, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return siteOver(t, d)
}

// sendMail makes the site one of a node that sends mail.
func (s *testSite) sendMail() {
	s.t.Helper()
	var err error
	if s.handler, err = New(Options{
		DB: s.db, Objects: s.objects, Seal: s.box, Demo: s.roles, Files: s.store, Archives: s.archives, FileLimit: testFileLimit, Mail: true,
	}); err != nil {
		s.t.Fatal(err)
	}
}

// siteOver gives the site over a database that holds the example.
func siteOver(t testing.TB, d *db.DB) *testSite {
	t.Helper()
	s := &testSite{t: t, db: d, objects: bundle.Objects(d), jars: map[string]http.CookieJar{}, ids: map[string]ref.ID{}}
	s.learn()
	for _, r := range demo.Roles() {
		s.roles = append(s.roles, DemoRole{Role: r.Name, Person: s.id("person/" + r.Person)})
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	if testing.Verbose() {
		log = slog.New(slog.NewTextHandler(t.Output(), nil)) // what a person must not see, a test may
	}
	var err error
	s.files = filepath.Join(t.TempDir(), "files")
	if s.store, err = files.Open(s.files, testFileLimit); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.store.Close() })
	box, err := seal.New("the key of a node that a test made up")
	if err != nil {
		t.Fatal(err)
	}
	s.archiveFolder = filepath.Join(t.TempDir(), "archives")
	s.archives = bundle.NewArchives(d, s.objects, library.New(d, s.store, files.Scanner{}), s.archiveFolder)
	s.box = box
	if s.handler, err = New(Options{DB: d, Objects: s.objects, Seal: box, Log: log, Demo: s.roles, Files: s.store, Archives: s.archives, FileLimit: testFileLimit}); err != nil {
		t.Fatal(err)
	}
	return s
}

// learn reads the ids of everything that has a key.
func (s *testSite) learn() {
	s.t.Helper()
	err := s.db.Read(s.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.Query(ctx, `select o.kind, k.text, o.id from label k join object o on o.id = k.object
			where k.field = 'key' and k.lang = ''`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var kind, key, id string
			if err := rows.Scan(&kind, &key, &id); err != nil {
				return err
			}
			s.ids[kind+"/"+key] = id
		}
		return rows.Err()
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// id gives the id of an object of the example: id("meeting/launch-phase-2").
func (s *testSite) id(kindAndKey string) ref.ID {
	s.t.Helper()
	id, ok := s.ids[kindAndKey]
	if !ok {
		s.t.Fatalf("the example has no %s", kindAndKey)
	}
	return id
}

var inBraces = regexp.MustCompile(`\{([a-z-]+/[a-z0-9-]+)\}`)

// fill puts ids where a path or a value names an object in braces.
func (s *testSite) fill(path string) string {
	s.t.Helper()
	return inBraces.ReplaceAllStringFunc(path, func(m string) string { return s.id(m[1 : len(m)-1]) })
}

// actor gives the actor of a role, for calling a service directly.
func (s *testSite) actor(role string) access.Actor {
	s.t.Helper()
	if role == visitor {
		return access.Visitor
	}
	a, err := roster.New(s.db).Actor(s.t.Context(), ref.Person(s.id("person/"+role)))
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// create makes an object as the project team and gives its header; an empty mark and audience
// take the dialogue's custom.
func (s *testSite) create(kind string, h access.Header, value any) access.Header {
	s.t.Helper()
	h.Dialogue = ref.Dialogue(s.id("dialogue/migration-mobility"))
	h, err := s.objects.Create(s.t.Context(), s.actor("project-team"), kind, h, value)
	if err != nil {
		s.t.Fatal(err)
	}
	return h
}

// get asks for a page as a role.
func (s *testSite) get(role, path string) answer {
	s.t.Helper()
	return s.do(role, httptest.NewRequest(http.MethodGet, s.fill(path), nil))
}

// seen gives what the form of a statement or of a person's account would have held, had it been opened just now: the revision
// of the object and of the call that it answers.
func (s *testSite) seen(role, path string, has func(string) string) map[string]string {
	s.t.Helper()
	if entry := judgedEntry.FindStringSubmatch(s.fill(path)); entry != nil && has(withField) == "" {
		return map[string]string{withField: s.holds(role, entry[1])}
	}
	if account := accountForm.FindStringSubmatch(s.fill(path)); account != nil && has("seen") == "" {
		if shown := sight.FindStringSubmatch(s.get(role, account[1]).Body); shown != nil {
			return map[string]string{"seen": shown[1]}
		}
		return nil
	}
	of := statementForm.FindStringSubmatch(s.fill(path))
	if of == nil {
		return nil
	}
	out := map[string]string{}
	for name, id := range map[string]ref.ID{revField: of[1], callField(revField, has("call")): has("call")} {
		if h, _, err := s.objects.Get(s.t.Context(), access.Operator("test"), id); err == nil && has(name) == "" {
			out[name] = itoa(h.Rev)
		}
	}
	for name, id := range map[string]ref.ID{withField: of[1], callField(withField, has("call")): has("call")} {
		if id != "" && has(name) == "" {
			out[name] = s.holds(role, id)
		}
	}
	return out
}

// holds gives what an object holds, as the form of a role carries it.
func (s *testSite) holds(role string, id ref.ID) string {
	s.t.Helper()
	h, _, err := s.objects.Get(s.t.Context(), access.Operator("test"), id)
	if err != nil {
		return ""
	}
	c, err := s.objects.Contents(s.t.Context(), s.actor(role), h)
	if err != nil {
		s.t.Fatal(err)
	}
	return c.String()
}

// accountForm is where a person's page posts to, and sight what a form names of that which it shows.
var (
	accountForm = regexp.MustCompile(`^(/(?:en|zh)/people/[0-9a-f-]{36})/(?:end|invitation|invitation/ask)$`)
	sight       = regexp.MustCompile(`name="seen" value="([0-9a-f]+)"`)
)

var statementForm = regexp.MustCompile(`^/(?:en|zh)/objects/([0-9a-f-]{36})/(?:statements/new|statements/behalf|receipt)$`)

// judgedEntry is where an institution says whether an entry on its behalf is right.
var judgedEntry = regexp.MustCompile(`^/(?:en|zh)/statements/([0-9a-f-]{36})/(?:accept|contest)$`)

// post sends a form as a role. Values may name objects in braces.
func (s *testSite) post(role, path string, form url.Values) answer {
	s.t.Helper()
	filled := url.Values{}
	for k, v := range s.seen(role, path, form.Get) {
		filled.Set(k, v)
	}
	for k, vs := range s.filled(form) {
		filled[k] = vs
	}
	r := httptest.NewRequest(http.MethodPost, s.fill(path), strings.NewReader(filled.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.do(role, r)
}

// filled gives a form with the ids of what it names in braces.
func (s *testSite) filled(form url.Values) url.Values {
	out := url.Values{}
	for k, vs := range form {
		for _, v := range vs {
			out.Add(k, s.fill(v))
		}
	}
	return out
}

// do sends a request as a role, signing in first where that was not done yet.
func (s *testSite) do(role string, r *http.Request) answer {
	s.t.Helper()
	at := &url.URL{Scheme: "http", Host: r.Host, Path: "/"}
	jar := s.jar(role, at)
	if jar != nil {
		for _, c := range jar.Cookies(at) {
			r.AddCookie(c)
		}
	}
	s.seal(r)
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	if jar != nil {
		jar.SetCookies(at, w.Result().Cookies())
	}
	return answer{w.Code, w.Header(), w.Body.String()}
}

// seal gives a posted form the token that a page made for the request's session would have given
// it, unless it has one.
func (s *testSite) seal(r *http.Request) {
	s.t.Helper()
	if r.Method != http.MethodPost {
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch token := s.token(r); {
	case kind == "multipart/form-data" && !bytes.Contains(body, []byte(`name="form"`)):
		body = append([]byte("--"+params["boundary"]+"\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\n"+token+"\r\n"), body...)
	case kind == "application/x-www-form-urlencoded" && !bytes.HasPrefix(body, []byte("form=")) && !bytes.Contains(body, []byte("&form=")):
		body = append([]byte("form="+token+"&"), body...)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

// token makes the token of a form for whoever a request's session belongs to.
func (s *testSite) token(r *http.Request) string {
	s.t.Helper()
	m := newSessions(s.db, false)
	who := access.Visitor
	if c, err := r.Cookie(m.Cookie.Name); err == nil {
		ctx, err := m.Load(s.t.Context(), c.Value)
		if fault.Is(err, fault.Unavailable) {
			return s.tokenOf(s.bound[c.Value]) // a page from before the database was lost
		}
		if err != nil {
			s.t.Fatal(err)
		}
		if person := m.GetString(ctx, sessionPerson); person != "" {
			if who, err = roster.New(s.db).Actor(s.t.Context(), ref.Person(person)); err != nil && !fault.Is(err, fault.NotFound) {
				s.t.Fatal(err)
			}
		}
		if s.bound == nil {
			s.bound = map[string]access.Actor{}
		}
		s.bound[c.Value] = who
	}
	return s.tokenOf(who)
}

// tokenOf makes the token of a form for an actor.
func (s *testSite) tokenOf(who access.Actor) string {
	if s.box == nil {
		return "" // the site sealed with a key of its own
	}
	return (&Server{db: s.db, seal: s.box}).newToken(who)
}

func (s *testSite) jar(role string, at *url.URL) http.CookieJar {
	if role == visitor || s.jars[role] != nil {
		return s.jars[role]
	}
	s.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/demo/sign-in", strings.NewReader("role="+role))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther {
		s.t.Fatalf("signing in as %s: %d", role, w.Code)
	}
	s.jars[role], _ = cookiejar.New(nil)
	s.jars[role].SetCookies(at, w.Result().Cookies())
	signedIn := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, c := range w.Result().Cookies() {
		signedIn.AddCookie(c)
	}
	s.token(signedIn)
	return s.jars[role]
}

// want checks an answer: its status, what its body holds, and with "!" before a phrase what it
// does not hold. Phrases are looked for in the HTML as it stands.
func (s *testSite) want(a answer, status int, phrases ...string) {
	s.t.Helper()
	if a.Status != status {
		s.t.Errorf("status %d, want %d\n%s", a.Status, status, clip(a.Body))
		return
	}
	for _, p := range phrases {
		p, absent := strings.CutPrefix(p, "!")
		if strings.Contains(a.Body, p) == absent {
			s.t.Errorf("%q: absent should be %v\n%s", p, absent, clip(a.Body))
		}
	}
}

// clip gives the main part of a page, and not too much of it.
func clip(body string) string {
	if i := strings.Index(body, "<main"); i >= 0 {
		body = body[i:]
	}
	if i := strings.Index(body, "</main>"); i >= 0 {
		body = body[:i]
	}
	if len(body) > 6000 {
		body = body[:6000] + "…"
	}
	return body
}

// TestThrottled: who tries too often waits, and then is told when to try again.
func TestThrottled(t *testing.T) {
	s := newTest(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	answers := make(chan *httptest.ResponseRecorder, 70)
	for range 70 { // at a time, so that nobody waits for who waits
		go func() {
			r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/en/sign-in", strings.NewReader("login=nobody&password=wrong"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			s.handler.ServeHTTP(w, r)
			answers <- w
		}()
	}
	refused := false
	for range 70 {
		if w := <-answers; w.Code == http.StatusTooManyRequests && !refused {
			refused = true
			s.want(answer{w.Code, w.Header(), w.Body.String()}, http.StatusTooManyRequests, "Wait half a minute")
			if w.Header().Get("Retry-After") != "30" {
				t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
			}
			cancel()
		}
	}
	if !refused {
		t.Error("never throttled")
	}
}

func TestSite(t *testing.T) {
	s := newTest(t)
	s.want(s.get(visitor, "/en/"), 200, `property="og:title" content="EU-China Dialogue on Migration and Mobility"`)
	s.want(s.get(visitor, "/en/sign-in"), 200, "Sign in", "!frame.")
	s.want(s.get(visitor, "/zh/sign-in"), 200, "登录")
	s.want(s.get("project-team", "/en/objects/{meeting/launch-phase-2}/edit"), 200, "launch")
	s.want(s.get("cn-focal-point", "/en/objects/{meeting/launch-phase-2}/edit"), 403)
	s.want(s.get("donor", "/en/objects/{meeting/launch-phase-2}/edit"), 404)
	s.want(s.get(visitor, "/en/objects/{meeting/launch-phase-2}/edit"), 303)
}

// as makes a role of whoever an answer signed in.
func (s *testSite) as(role string, a answer) {
	s.t.Helper()
	s.jars[role], _ = cookiejar.New(nil)
	cookies := (&http.Response{Header: a.Header}).Cookies()
	if len(cookies) == 0 {
		s.t.Fatalf("nobody was signed in: %d", a.Status)
	}
	s.jars[role].SetCookies(&url.URL{Scheme: "http", Host: "example.com", Path: "/"}, cookies)
}
