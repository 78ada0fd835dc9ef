package story

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"entente/bundle"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/standard/totp"
	"entente/test/release"
)

// upgrade is a node that holds what a release wrote, run by today's program.
type upgrade struct {
	*testing.T
	file   string // of the release
	made   []release.Revision
	launch Launch
	node   *Node
	people []*Client // in the order in which they are asked whether they may do something
}

// TestUpgrade: what any release wrote is opened by today's program on both engines. Its backup is
// verified and restored; its database, as it stood then, is brought to today's tables by starting
// the node. In either, everybody finds what was there in both languages, with its history, changes
// something of every kind, and the node is backed up and restored elsewhere.
func TestUpgrade(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(moduleDir(t), "test", "release", "testdata", "*.tar"))
	if err != nil || len(files) == 0 {
		t.Fatal("no release left a file", err)
	}
	for _, file := range files {
		for engine, address := range map[string]func(*testing.T, string) string{
			"sqlite":   func(_ *testing.T, data string) string { return filepath.Join(data, "entente.db") },
			"postgres": func(t *testing.T, _ string) string { return dbtest.PostgresAddress(t) },
		} {
			for way, open := range map[string]func(u *upgrade, data, address string){"restored": (*upgrade).restored, "opened": (*upgrade).opened} {
				t.Run(filepath.Base(file)+"/"+engine+"/"+way, func(t *testing.T) {
					data := filepath.Join(t.TempDir(), "data")
					u := &upgrade{T: t, file: file}
					at := address(t, data)
					u.launch = Launch{Data: data, Env: []string{"ENTENTE_DB=" + at, "ENTENTE_RATE_LIMIT=1000", "ENTENTE_LANG=en"}}
					open(u, data, at)
					u.goesOn()
				})
			}
		}
	}
}

// restored makes the node of the release's backup.
func (u *upgrade) restored(data, address string) {
	said := u.command("verify", u.file)
	b := u.read()
	if !strings.Contains(said, "by version "+b.Program+" ") || !strings.Contains(said, b.Root) {
		u.Errorf("verified: %s", said)
	}
	u.command("restore", "--data", data, "--db", address, u.file)
	if said := u.command("verify"); !strings.Contains(said, "nothing differs") {
		u.Errorf("restored: %s", said)
	}
}

// opened makes the node as it stood when the release was in use, not touched by today's program.
func (u *upgrade) opened(data, address string) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		u.Fatal(err)
	}
	if err := u.read().Node(u.Context(), data, address); err != nil {
		u.Fatal(err)
	}
	indexed(u, address)
}

// indexed gives a database of an older version, whose rows were put in, the index for the search that
// a node with these rows had.
func indexed(t testing.TB, address string) {
	t.Helper()
	d, err := db.Open(t.Context(), address, db.Options{SkipMigrations: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bundle.Objects(d).Reindex(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

func (u *upgrade) read() *release.Backup {
	u.Helper()
	b, err := release.Open(u.file)
	if err == nil {
		u.made, err = b.Newest()
	}
	if err != nil {
		u.Fatal(err)
	}
	return b
}

// command runs a command of the operator's on the node.
func (u *upgrade) command(args ...string) string {
	u.Helper()
	l := u.launch
	l.Args = args
	if _, err := os.Stat(l.Data); err != nil {
		l.Data = "" // it is restore that makes the folder
	}
	out, status := l.Run(u)
	if !Went(args, status) {
		u.Fatalf("%v: status %d: %s", args, status, out)
	}
	return out
}

// goesOn: people work with what was there, and the node is kept.
func (u *upgrade) goesOn() {
	serve := u.launch
	serve.Args = []string{"serve"}
	u.node = serve.Start(u)
	for _, login := range []string{"team", release.SecondFactor, "mfa"} {
		u.people = append(u.people, u.signIn(login))
	}
	u.lists()
	for kind, list := range u.byKind() {
		u.reads(kind, list)
		u.changes(kind, list)
	}
	u.node.Stop(u)

	root := rootOf(u, u.command("verify"))
	kept := filepath.Join(u.TempDir(), "kept.tar")
	u.command("backup", "--with-key", kept)
	if got := rootOf(u, u.command("verify", kept)); got != root {
		u.Errorf("the backup has the root %s, and the node %s", got, root)
	}
	elsewhere := filepath.Join(u.TempDir(), "elsewhere")
	at := []string{"--data", elsewhere, "--db", filepath.Join(elsewhere, "entente.db")}
	u.command(append([]string{"restore", kept}, at...)...)
	u.command(append([]string{"verify"}, at...)...)
	if u.command(append([]string{"export"}, at...)...) != u.command("export") {
		u.Error("what was restored elsewhere is another dialogue")
	}
}

var verifiedRoot = regexp.MustCompile(`(?m)^  root +(\S+)$`)

func rootOf(t testing.TB, said string) string {
	t.Helper()
	m := verifiedRoot.FindStringSubmatch(said)
	if m == nil {
		t.Fatalf("no root: %s", said)
	}
	return m[1]
}

// signIn signs in with what was set up under the release, its second factor among it.
func (u *upgrade) signIn(login string) *Client {
	u.Helper()
	c := u.node.Client(u)
	p := c.Post(u, "/en/sign-in", url.Values{"login": {login}, "password": {release.Password}}).Expect(u, http.StatusOK)
	if login == release.SecondFactor {
		text, err := os.ReadFile(filepath.Join(strings.TrimSuffix(u.file, ".tar"), "second-factor"))
		if err != nil {
			u.Fatal(err)
		}
		secret, err := totp.Parse(strings.TrimSpace(string(text)))
		if err != nil || p.Path != "/en/sign-in/code" {
			u.Fatalf("the password led to %s: %v", p.Path, err)
		}
		p = c.Post(u, "/en/sign-in/code", url.Values{"code": {totp.Code(secret, time.Now())}}).Expect(u, http.StatusOK)
	}
	if p.Path != "/en/desk" {
		u.Fatalf("%s is led to %s", login, p.Path)
	}
	return c
}

// listedAt are pages that list objects of a kind.
var listedAt = map[string]string{
	"meeting": "/meetings", "institution": "/partners", "plan": "/plans", "news": "/news", "release": "/releases", "page": "/publication",
	"milestone": "/roadmap", "phase": "/project", "calendar": "/calendars", "side": "/dialogue", "call": "/duties?view=awaited",
}

// lists: the lists name in both languages what the release's own data names, and a search finds it
// where the backup was restored, which makes the index anew.
func (u *upgrade) lists() {
	all := u.byKind()
	for kind, at := range listedAt {
		if len(all[kind]) == 0 {
			u.Errorf("the release left no %s", kind)
			continue
		}
		first := slices.MinFunc(all[kind], func(a, b release.Revision) int { return strings.Compare(a.Object, b.Object) })
		for _, lang := range []string{"en", "zh"} {
			title := titleOf(u, first, lang)
			if title == "" {
				u.Errorf("the first %s has no title in %s", kind, lang)
			}
			u.people[0].Get(u, "/"+lang+at).Expect(u, http.StatusOK, title)
			if kind == "meeting" && strings.HasSuffix(u.Name(), "/restored") {
				u.people[0].Get(u, "/"+lang+"/search?q="+url.QueryEscape(title)).Expect(u, http.StatusOK, first.Object)
			}
		}
	}
}

// titleOf gives the title of an object in a language.
func titleOf(t testing.TB, r release.Revision, lang string) string {
	t.Helper()
	type multi map[string]struct{ Text string }
	var s struct {
		Value struct {
			Title, Name multi
			Names       []struct{ Name multi }
		}
	}
	if err := json.Unmarshal(r.Body, &s); err != nil {
		t.Fatal(err)
	}
	title := or(s.Value.Title[lang].Text, s.Value.Name[lang].Text)
	for _, n := range s.Value.Names {
		title = n.Name[lang].Text
	}
	return title
}

// byKind gives what the release left, the most often changed of each kind first.
func (u *upgrade) byKind() map[string][]release.Revision {
	if u.made == nil {
		u.read()
	}
	out := map[string][]release.Revision{}
	for _, r := range u.made {
		out[r.Kind] = append(out[r.Kind], r)
	}
	for _, list := range out {
		slices.SortStableFunc(list, func(a, b release.Revision) int { return int(b.Rev - a.Rev) })
	}
	return out
}

// reads: the object and its history, from its first revision, are there for somebody in both
// languages.
func (u *upgrade) reads(kind string, list []release.Revision) {
	u.Helper()
	at := "/objects/" + list[0].Object
	for _, c := range u.people {
		if c.Get(u, "/en"+at+"/history").Status != http.StatusOK {
			continue
		}
		c.Get(u, "/en"+at+"/history").Expect(u, http.StatusOK, "Revision 1 ·")
		c.Get(u, "/zh"+at+"/history").Expect(u, http.StatusOK)
		c.Get(u, "/en"+at).Expect(u, http.StatusOK) // what has no page of its own leads to another
		c.Get(u, "/zh"+at).Expect(u, http.StatusOK)
		return
	}
	u.Errorf("nobody reads the history of the %s %s", kind, list[0].Object)
}

const today = " (as of today)" // what is added to a text

// changes: somebody changes an object of the kind by its form, as it was filled in from what the
// release wrote, and its history shows the text of then and of today.
func (u *upgrade) changes(kind string, list []release.Revision) {
	u.Helper()
	if kind == "baseline" { // never changed
		return
	}
	for _, r := range list {
		for _, c := range u.people {
			if u.changed(c, r) {
				return
			}
		}
	}
	u.Errorf("nobody can change a %s", kind)
}

// changed tries to change one of the object's texts: of what was stated, only a translation can be, and a call that
// was answered is translated alone into a further language.
func (u *upgrade) changed(c *Client, r release.Revision) bool {
	u.Helper()
	at := "/en/objects/" + r.Object + "/edit"
	page := c.Get(u, at)
	if page.Status != http.StatusOK || page.Path != at {
		return false
	}
	form := page.Form(u, at)
	for _, name := range slices.Sorted(maps.Keys(form)) {
		before, field := form.Get(name), strings.TrimSuffix(strings.TrimSuffix(name, ".en"), ".zh")
		if field == name || before == "" && (r.Kind != "call" || form.Get(field+".en")+form.Get(field+".zh") == "") || strings.Contains(before, "\n") {
			continue
		}
		sent, after := maps.Clone(form), strings.TrimSpace(before+today)
		sent.Set(name, after)
		if before == "" {
			sent.Set(name+".status", "draft")
		}
		if saved := c.Post(u, at, sent); saved.Status != http.StatusOK || saved.Path == at {
			continue
		}
		// What others translated of an institution's words says so beside the words.
		history := c.Get(u, "/en/objects/"+r.Object+"/history").Expect(u, http.StatusOK, "Revision 1 ·").Body
		for _, change := range []string{"<del>([^<]*: )?" + regexp.QuoteMeta(before), "<ins>([^<]*: )?" + regexp.QuoteMeta(after)} {
			if strings.HasPrefix(change, "<del>") && before == "" {
				continue
			}
			if !regexp.MustCompile(change).MatchString(history) {
				u.Errorf("the history of %s does not say %s", at, change)
			}
		}
		return true
	}
	return false
}
