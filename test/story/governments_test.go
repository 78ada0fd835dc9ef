package story

import (
	"archive/zip"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"entente/internal/db/dbtest"
	"entente/standard/totp"

	nethtml "golang.org/x/net/html"
)

const (
	inner  = "Zibetkatze"  // stands in the inner note, and nowhere else
	public = "Nebelparder" // stands in the meeting that is public at first, and nowhere else
)

var (
	cardCode    = regexp.MustCompile(`<code>([A-Z2-7]{4}(?:-[A-Z2-7]{4})+)</code>`)
	totpKey     = regexp.MustCompile(`id="key">([A-Z2-7 ]+)<`)
	noteAt      = regexp.MustCompile(`id="note-([0-9a-f-]{36})"`)
	statementAt = regexp.MustCompile(`^/en/statements/[0-9a-f-]{36}$`)
	ownFeed     = regexp.MustCompile(`/calendar/[A-Z2-7]{26}\.ics`)
)

// governments is a node with the example, and the people of this story.
type governments struct {
	*testing.T
	launch  Launch
	node    *Node
	address string // of the database
}

// TestGovernments: governments are let in. The project team invites NIA's focal point, who signs in
// with a second factor and adds a contributor; MFA speaks with NIA and MPS inside their side and
// nobody else finds it by any door; a public meeting is narrowed and is gone at once; an answer that
// came by letter is entered on behalf, and contested.
func TestGovernments(t *testing.T) {
	for engine, address := range map[string]func(t *testing.T) string{
		"sqlite":   func(*testing.T) string { return "" },
		"postgres": func(t *testing.T) string { return dbtest.PostgresAddress(t) },
	} {
		t.Run(engine, func(t *testing.T) {
			g := &governments{T: t, address: address(t)}
			g.launch = Launch{Args: []string{"serve"}, Data: t.TempDir(), Env: []string{"ENTENTE_RATE_LIMIT=1000", "ENTENTE_LANG=en"}}
			if g.address != "" {
				g.launch.Env = append(g.launch.Env, "ENTENTE_DB="+g.address)
			} else {
				g.address = filepath.Join(g.launch.Data, "entente.db")
			}
			g.node = g.launch.Start(t)
			g.command("import", filepath.Join(moduleDir(t), "demo", "data"))
			g.command("admin", "setting", "set", "second-factor", "focal-point")
			g.tell()
			g.command("ledger", "verify", g.address)
		})
	}
}

func (g *governments) tell() {
	team := g.enter("secretary", "--function", "project-team", "--institution", "iom-china")
	nia, contributor := g.invited(team)
	mfa, mps := g.focal("mfa"), g.focal("mps")
	outside := map[string]*Client{
		"the project team": team, "the EU side": g.focal("eud"), "the donor": g.enter("donor", "--function", "donor-officer", "--institution", "fpi"),
		"the administrator": g.enter("operator", "--function", "administrator"), "a visitor": g.node.Client(g),
	}
	meeting := g.meeting(team, "A seminar on border practice", nil)
	g.inside(meeting, mfa, nia, mps, contributor, outside)
	g.narrowed(team, nia, outside)
	g.onBehalf(meeting, team, nia, contributor, outside["the EU side"])
	if out := g.node.Output(); strings.Contains(out, inner) || strings.Contains(out, public) {
		g.Errorf("the log holds what somebody wrote:\n%s", out)
	}
}

// command runs a command of the operator's on the node.
func (g *governments) command(args ...string) string {
	g.Helper()
	l := g.launch
	l.Args = args
	out, status := l.Run(g)
	if status != 0 {
		g.Fatalf("%v: status %d: %s", args, status, out)
	}
	return out
}

// enter has the operator enter somebody, who signs in.
func (g *governments) enter(login string, more ...string) *Client {
	g.Helper()
	c, _ := g.entered(login, more...)
	return c
}

func (g *governments) entered(login string, more ...string) (c *Client, password string) {
	g.Helper()
	out := g.command(append([]string{"admin", "person", "add", "--title-en", "Officer " + login, "--title-zh", "官员", "--login", login}, more...)...)
	password = madePassword.FindStringSubmatch(out)[1]
	c = g.node.Client(g)
	c.Post(g, "/en/sign-in", url.Values{"login": {login}, "password": {password}}).Expect(g, http.StatusOK)
	return c, password
}

// focal is the focal point of an institution, with the second factor that the node requires.
func (g *governments) focal(institution string) *Client {
	g.Helper()
	c, password := g.entered(institution+"-focal", "--function", "focal-point", "--institution", institution)
	g.second(c, password)
	g.command("admin", "person", "admit", institution+"-focal")
	return c
}

// second sets up a second factor.
func (g *governments) second(c *Client, password string) (secret []byte) {
	g.Helper()
	const at = "/en/account/second-factor"
	if p := c.Get(g, "/en/desk").Expect(g, http.StatusOK, "Your function requires a second factor"); p.Path != at {
		g.Fatalf("led to %s", p.Path)
	}
	page := c.Post(g, at, url.Values{"do": {"begin"}, "password": {password}}).Expect(g, http.StatusOK, "Scan the square")
	secret, err := totp.Parse(totpKey.FindStringSubmatch(page.Body)[1])
	if err != nil {
		g.Fatal(err)
	}
	c.Post(g, at, url.Values{"do": {"confirm"}, "code": {totp.Code(secret, time.Now())}}).Expect(g, http.StatusOK, "Recovery codes")
	return secret
}

// invite has somebody let in a newcomer of NIA, who accepts.
func (g *governments) invite(by *Client, institution, title, function, login, password string) *Client {
	g.Helper()
	at := "/en/institutions/" + institution + "/invite"
	form := by.Get(g, at).Expect(g, http.StatusOK).Form(g, at)
	form.Set("title.en", title)
	form.Set("function", function)
	form.Set("family", "欧阳")
	form.Set("given", "O’Neill-Ünal")
	card := by.Post(g, at, form).Expect(g, http.StatusOK, title)
	code := cardCode.FindStringSubmatch(card.Body)
	if code == nil {
		g.Fatalf("no code on the card: %s", card.Text())
	}
	c, way := g.node.Client(g), "/en/invitation/"+strings.ReplaceAll(code[1], "-", "")
	accept := c.Get(g, way).Expect(g, http.StatusOK, title).Form(g, way)
	accept.Set("login", login)
	accept.Set("password", password)
	accept.Set("again", password)
	c.Post(g, way, accept).Expect(g, http.StatusOK)
	g.node.Client(g).Get(g, way).Expect(g, http.StatusNotFound) // good once
	return c
}

// invited lets NIA's focal point in, who signs in with a second factor and adds a contributor.
func (g *governments) invited(team *Client) (focal, contributor *Client) {
	g.Helper()
	id := g.institution(team, "National Immigration Administration")
	const password = "seven cranes over the lake"
	focal = g.invite(team, id, "Focal point", "focal-point", "nia", password)
	secret := g.second(focal, password)
	focal.Post(g, "/en/sign-out", nil).Expect(g, http.StatusOK)
	if p := focal.Get(g, "/en/desk"); !strings.HasPrefix(p.Path, "/en/sign-in") {
		g.Errorf("signed out, and at %s", p.Path)
	}
	half := focal.Post(g, "/en/sign-in", url.Values{"login": {"nia"}, "password": {password}}).Expect(g, http.StatusOK)
	if half.Path != "/en/sign-in/code" {
		g.Fatalf("the password alone leads to %s", half.Path)
	}
	if p := focal.Get(g, "/en/desk"); strings.HasPrefix(p.Path, "/en/desk") {
		g.Error("the password alone signs in")
	}
	if p := focal.Post(g, "/en/sign-in/code", url.Values{"code": {nextCode(secret)}}).Expect(g, http.StatusOK); p.Path != "/en/desk" {
		g.Fatalf("after the code: %s", p.Path)
	}
	// The project team's invitation opens nothing inside: that is for the side to say.
	focal.Get(g, "/en/desk").Expect(g, http.StatusOK, "You are not inside your side yet")
	focal.Get(g, "/en/institutions/"+id+"/invite").Expect(g, http.StatusForbidden)
	g.command("admin", "person", "admit", "nia")
	focal.Get(g, "/en/institutions/"+id+"/inside").Expect(g, http.StatusOK, "by the operator’s command “admin person admit”")
	contributor = g.invite(focal, id, "Desk officer", "contributor", "nia-desk", "nine herons on the shore")
	contributor.Get(g, "/en/desk").Expect(g, http.StatusOK)
	contributor.Get(g, "/en/institutions/"+id+"/invite").Expect(g, http.StatusForbidden)
	focal.Get(g, "/en/institutions/"+g.institution(team, "Ministry of Public Security")+"/invite").Expect(g, http.StatusForbidden)
	return focal, contributor
}

// institution finds one on the page of the partners.
func (g *governments) institution(c *Client, name string) (id string) {
	g.Helper()
	found := regexp.MustCompile(`href="/en/institutions/([0-9a-f-]{36})"[^>]*>(?:<[^>]+>)*` + name).FindStringSubmatch(c.Get(g, "/en/partners").Body)
	if found == nil {
		g.Fatalf("%s is not listed", name)
	}
	return found[1]
}

// meeting makes a meeting that everybody may read.
func (g *governments) meeting(team *Client, title string, more map[string]string) (id string) {
	g.Helper()
	form := team.Get(g, "/en/new/meeting").Form(g, "/en/new/meeting")
	values := map[string]string{"title.en": title, "title.zh": title, "type": "seminar", "state": "planned", "starts": "2027-02-08"}
	maps.Copy(values, more)
	for k, v := range values {
		form.Set(k, v)
	}
	id = objectID.FindString(team.Post(g, "/en/new/meeting", form).Expect(g, http.StatusOK).Path)
	at := "/en/objects/" + id + "/publish"
	team.Post(g, at, team.Get(g, at).Form(g, at)).Expect(g, http.StatusOK)
	return id
}

// inside: MFA opens a note for NIA and MPS, with a file and an answer, and nobody else finds it.
func (g *governments) inside(meeting string, mfa, nia, mps, contributor *Client, outside map[string]*Client) {
	at := "/en/objects/" + meeting + "/inside"
	page := mfa.Get(g, at).Expect(g, http.StatusOK, "Inside our side")
	form := page.Form(g, at)
	form.Set("title", inner+" title")
	form.Set("text", "Our side holds: "+inner)
	form["audience"] = nil
	for _, name := range []string{"National Immigration Administration", "Ministry of Public Security"} {
		found := regexp.MustCompile(`value="(inside:[^"]+)"[^>]*><label[^>]*>` + name + `<`).FindStringSubmatch(page.Body)
		if found == nil {
			g.Fatalf("the note is not offered to %s", name)
		}
		form.Add("audience", found[1])
	}
	note := noteAt.FindStringSubmatch(mfa.Post(g, at, form).Expect(g, http.StatusOK, inner).Body)[1]
	answer := nia.Get(g, at+"?re="+note).Expect(g, http.StatusOK, inner).Form(g, at)
	answer.Set("title", inner+" answered")
	answer.Set("text", inner)
	ids := noteAt.FindAllStringSubmatch(nia.Post(g, at, answer).Expect(g, http.StatusOK, inner+" answered").Body, -1)
	mfa.PostFile(g, "/en/objects/"+note+"/files", nil, "file", inner+".txt", []byte(inner)).Expect(g, http.StatusOK, inner)
	hidden := []string{inner, strings.ToLower(inner)}
	for _, m := range ids {
		hidden = append(hidden, m[1])
	}
	for _, c := range []*Client{mfa, nia, mps, contributor} {
		c.Get(g, "/en/notes/"+note).Expect(g, http.StatusOK, inner)
		c.Get(g, "/en/search?q="+inner).Expect(g, http.StatusOK, note)
	}
	file := regexp.MustCompile(`/files/([0-9a-f-]{36})`).FindStringSubmatch(mfa.Get(g, "/en/objects/"+note+"/files").Body)[1]
	hidden = append(hidden, file)

	for who, c := range outside {
		for _, path := range []string{"/en/notes/", "/en/objects/", "/zh/notes/"} {
			if p := c.Get(g, path+note); p.Status != http.StatusNotFound && !strings.Contains(p.Path, "/sign-in") {
				g.Errorf("%s: %s of the note: %d", who, path, p.Status)
			}
		}
		for _, path := range []string{"history", "files", "files.zip", "texts", "inside", "edit", "audience", "remove", "statements", "statements/new", "calls/new"} {
			if p := c.Get(g, "/en/objects/"+note+"/"+path); p.Status == http.StatusOK && !strings.Contains(p.Path, "/sign-in") {
				g.Errorf("%s: %s of the note is there", who, path)
			}
		}
		c.Get(g, "/files/"+file+"/"+inner+".txt").Without(g, "Our side")
		if at := g.crawl(who, c, meeting, hidden); len(at) > 0 {
			g.Errorf("%s finds what is hidden at %q", who, at)
		}
	}
	// Who may read it finds it on the same way, so that the way leads there.
	if at := g.crawl("MPS", mps, meeting, hidden); len(at) < 5 || !strings.Contains(strings.Join(at, " "), "archive.zip ") || !slices.Contains(at, "/en/notes/"+note) {
		g.Errorf("MPS finds it at %q only", at)
	}
}

// crawl goes through everything that one can reach and looks for what is hidden. Of pages that are
// alike it opens a few, and all that are about the object. It gives the addresses where it is found.
func (g *governments) crawl(who string, c *Client, about string, hidden []string) (at []string) {
	g.Helper()
	start := []string{
		"/", "/en/", "/zh/", "/en/desk", "/zh/desk", "/en/meetings/" + about, "/zh/meetings/" + about, "/en/objects/" + about + "/history",
		"/en/objects/" + about + "/inside", "/en/search?q=border", "/en/notices", "/en/duties", "/en/downloads", "/en/account/data",
		"/account/data.json", "/sitemap.xml", "/en/feed.atom", "/zh/feed.atom", "/en/meetings/calendar.ics", "/en/translations", "/en/publication",
		"/en/operation", "/en/operation/jobs", "/en/operation/mail", "/en/calendars", "/checkpoint",
	}
	for _, h := range hidden[:1] { // only the word: an id that one searches for stands in the field
		start = append(start, "/en/search?q="+h, "/zh/search?kind=note&q="+h)
	}
	seen, alike := map[string]bool{}, map[string]int{}
	queue := append([]string{}, start...)
	if p := c.Post(g, "/en/downloads", nil); p.Status == http.StatusOK && !strings.Contains(p.Path, "/sign-in") {
		path, in := g.archive(who, c, hidden)
		queue, at = append(queue, path), append(at, in...)
		queue = append(queue, ownFeed.FindString(c.Post(g, "/en/account/calendar", url.Values{}).Body))
	}
	opened := 0
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if path == "" || seen[path] || strings.HasPrefix(path, "/static/") {
			continue
		}
		seen[path] = true
		if kind := objectID.ReplaceAllString(path, "ID"); !strings.Contains(path, about) && !slices.Contains(start, path) {
			u, err := url.Parse(kind)
			if err != nil {
				continue
			}
			keys := make([]string, 0, 3)
			for k := range u.Query() {
				keys = append(keys, k)
			}
			slices.Sort(keys)
			kind = u.Path + "?" + strings.Join(keys, "&")
			if alike[kind]++; alike[kind] > 3 {
				continue
			}
		}
		p := c.Get(g, path)
		opened++
		if p.Status >= http.StatusInternalServerError {
			g.Errorf("%s: %s: %d", who, path, p.Status)
		}
		body := p.Body
		if q := "q=" + inner; strings.Contains(path, q) { // what was typed stands in the field again, and in the address of the other language
			body = strings.NewReplacer(`value="`+inner+`"`, "", q, "", "“"+inner+"”", "").Replace(body)
		}
		for _, h := range hidden {
			if strings.Contains(body, h) {
				at = append(at, path)
				break
			}
		}
		queue = append(queue, links(p)...)
	}
	if opened < 60 {
		g.Errorf("%s opened %d pages only", who, opened)
	}
	return at
}

// links are the addresses of the site that a page leads to by getting them.
func links(p *Page) (found []string) {
	kind := p.Header.Get("Content-Type")
	if !strings.Contains(kind, "html") && !strings.Contains(kind, "xml") {
		return nil
	}
	at, err := url.Parse(p.Path)
	doc, err2 := nethtml.Parse(strings.NewReader(p.Body))
	if err != nil || err2 != nil {
		return nil
	}
	for n := range doc.Descendants() {
		href := attr(n, "href")
		if n.Type == nethtml.ElementNode && n.Data == "loc" {
			href = text(n)
		}
		u, err := url.Parse(href)
		if err != nil || href == "" || strings.HasPrefix(href, "#") {
			continue
		}
		if u = at.ResolveReference(u); u.Scheme == "" || strings.HasPrefix(u.Host, "127.0.0.1") {
			found = append(found, u.RequestURI())
		}
	}
	return found
}

// archive waits for everything that one may have, looks into it and gives the files that hold what
// is hidden.
func (g *governments) archive(who string, c *Client, hidden []string) (path string, at []string) {
	g.Helper()
	Until(g, "the archive is ready", func() bool {
		path = archiveAt.FindString(c.Get(g, "/en/downloads").Body)
		return path != ""
	})
	b := c.Get(g, path).Expect(g, http.StatusOK).Body
	z, err := zip.NewReader(strings.NewReader(b), int64(len(b)))
	if err != nil {
		g.Fatalf("%s: the archive: %v", who, err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			g.Fatal(err)
		}
		content, err := io.ReadAll(r)
		_ = r.Close()
		for _, h := range hidden {
			if err != nil || strings.Contains(f.Name+string(content), h) {
				at = append(at, "archive.zip "+f.Name)
				break
			}
		}
	}
	return path, at
}

// narrowed: a public meeting is left to one named person, and is gone at once, also for who asks
// whether the copy of before is still good.
func (g *governments) narrowed(team, nia *Client, outside map[string]*Client) {
	id := g.meeting(team, public+" excursion", map[string]string{"participants.0.institution": g.institution(team, "National Immigration Administration")})
	page, lists := []string{"/en/meetings/" + id, "/zh/meetings/" + id, "/en/objects/" + id, "/en/meetings/" + id + "/calendar.ics"}, []string{
		"/en/meetings", "/zh/meetings?year=2027", "/en/meetings/calendar.ics", "/en/search?kind=meeting&q=excursion", "/sitemap.xml", "/en/feed.atom", "/en/",
	}
	// A feed of one's own is asked for without signing in.
	own := ownFeed.FindString(nia.Post(g, "/en/account/calendar", url.Values{}).Body)
	readers := map[string]*Client{"NIA": nia, "the EU side": outside["the EU side"], "a visitor": outside["a visitor"]}
	tags := map[string]string{}
	for who, c := range readers {
		for _, a := range slices.Concat(page, lists, []string{own}) {
			p := c.Get(g, a).Expect(g, http.StatusOK)
			if !strings.Contains(p.Body, public) && !strings.Contains(p.Body, id) && a != "/en/feed.atom" && a != "/en/" { // where news stand
				g.Errorf("%s: %s does not hold the meeting, which proves nothing", who, a)
			}
			tags[who+a] = p.Header.Get("ETag")
		}
	}
	at := "/en/objects/" + id + "/audience"
	form := team.Get(g, at).Form(g, at)
	named := regexp.MustCompile(`value="(person:[^"]+)"[^>]*><label[^>]*>Officer secretary`).FindStringSubmatch(team.Get(g, at).Body)
	if named == nil {
		g.Fatal("nobody can be named")
	}
	form.Set("mark", "TLP:RED")
	form["audience"] = []string{named[1]}
	form.Set("reason", "It was published by mistake")
	look := team.Post(g, at, form).Expect(g, http.StatusOK) // shows first what it changes
	team.Post(g, at, look.Form(g, at)).Expect(g, http.StatusOK)
	for who, c := range readers {
		for i, a := range slices.Concat(page, lists, []string{own}) {
			r, err := http.NewRequestWithContext(g.Context(), http.MethodGet, g.node.Base+a, nil)
			if err != nil {
				g.Fatal(err)
			}
			if tag := tags[who+a]; tag != "" {
				r.Header.Set("If-None-Match", tag)
			}
			r.Header.Set("If-Modified-Since", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
			p := c.Do(g, r).Without(g, public)
			switch {
			case i >= len(page) && strings.Contains(p.Body, id): // a page that is not there repeats its own address
				g.Errorf("%s: %s leads to the meeting", who, a)
			case i < len(page) && p.Status != http.StatusNotFound:
				g.Errorf("%s: %s: %d", who, a, p.Status)
			case p.Status == http.StatusNotModified && a != "/en/feed.atom" && a != own:
				g.Errorf("%s: %s: the copy of before is called good", who, a)
			}
			if kept := p.Header.Get("Cache-Control"); !strings.Contains(kept, "no-cache") && !strings.Contains(kept, "no-store") {
				g.Errorf("%s: %s may be kept: %q", who, a, kept)
			}
		}
	}
	team.Get(g, page[0]).Expect(g, http.StatusOK, public)
}

// onBehalf: what NIA answered by letter is entered with a scan, shows as such to both sides, and is
// contested by NIA's focal point alone.
func (g *governments) onBehalf(meeting string, team, nia, contributor, eu *Client) {
	at := "/en/objects/" + meeting + "/statements/behalf"
	page := team.Get(g, at).Expect(g, http.StatusOK, "Scan of the letter", "Will be able to read this")
	form := page.Form(g, at)
	for k, v := range map[string]string{
		"institution": g.institution(team, "National Immigration Administration"), "sort": "answer", "text.zh": "我局同意上述安排。", "text.zh.status": "original",
		"entered.channel": "letter", "entered.number": "国移函〔2026〕15号", "entered.date": "2026-11-12",
	} {
		form.Set(k, v)
	}
	said := team.PostFile(g, at, form, "file", "letter.pdf", []byte("%PDF-1.7 scan")).Expect(g, http.StatusOK)
	if !statementAt.MatchString(said.Path) {
		g.Fatalf("entering led to %s: %s", said.Path, cut(said.Text(), 3000))
	}
	const entered = "Entered by the project team on behalf of NIA, by letter no. 国移函〔2026〕15号 of 12 November 2026"
	for _, c := range []*Client{team, nia, contributor, eu} {
		c.Get(g, said.Path).Expect(g, http.StatusOK, entered, "Not confirmed by the institution yet", "letter.pdf")
		c.Get(g, "/en/meetings/"+meeting).Expect(g, http.StatusOK, entered)
		c.Get(g, strings.Replace(said.Path, "/statements/", "/objects/", 1)+"/history").Expect(g, http.StatusOK, "on behalf of NIA")
	}
	nia.Get(g, "/en/desk").Expect(g, http.StatusOK, "Entered on your institution’s behalf")
	g.node.Client(g).Get(g, "/en/meetings/"+meeting).Expect(g, http.StatusOK).Without(g, "国移函")

	for _, c := range []*Client{team, contributor, eu} {
		c.Get(g, said.Path+"/contest").Expect(g, http.StatusForbidden)
	}
	contest := nia.Get(g, said.Path+"/contest").Expect(g, http.StatusOK, "The entry stays visible").Form(g, said.Path+"/contest")
	contest.Set("reason.zh", "来函原文为原则同意。")
	contest.Set("reason.zh.status", "original")
	nia.Post(g, said.Path+"/contest", contest).Expect(g, http.StatusOK, "Contested by the institution", "来函原文为原则同意。")
	for _, c := range []*Client{team, eu} {
		c.Get(g, "/en/meetings/"+meeting).Expect(g, http.StatusOK, entered, "Contested by the institution", "来函原文为原则同意。")
	}
	team.Get(g, "/en/notices").Expect(g, http.StatusOK, "An institution contests what was entered on its behalf")
}
