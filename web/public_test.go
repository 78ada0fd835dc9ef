package web

import (
	"encoding/xml"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/meeting"
	"entente/project"
	"entente/publication"
	"entente/roster"
	"entente/standard/tlp"
)

// secret is a word of objects that only the dialogue may read.
const secret = "Quittenbaum"

// keepSecret makes inner objects of every kind that the public site shows.
func keepSecret(s *testSite) {
	title := text.Both(secret+" inside", secret+"（内部）")
	s.create("news", access.Header{}, &publication.News{Title: title, Date: "2026-11-01", Lead: title})
	s.create("page", access.Header{}, &publication.Page{Title: title, Menu: publication.Head})
	s.create("release", access.Header{}, &publication.Release{Title: title, Lead: title, Meeting: ref.Meeting(s.id("meeting/launch-phase-2"))})
	s.create("meeting", access.Header{}, &meeting.Meeting{
		Title: title, Type: "workshop", State: meeting.Planned, Starts: "2199-01-01",
		Stated: []meeting.Figure{{Count: 77, Of: text.Both("people", "人"), Source: text.Both("somebody", "某处")}},
	})
}

func TestFrontPage(t *testing.T) {
	s := newTest(t)
	keepSecret(s)
	s.want(s.get(visitor, "/en/"), 200,
		`<h1 class="opening">The EU-China Dialogue`, "International Organization for Migration", "Workshop on practical cooperation on returns and readmission",
		`datetime="2024-10-17"`, "data-copy=", "May be quoted", "In figures", `<dd class="value num">43</dd>`, "release on the launch (IOM)", "2019 (inferred)",
		"Another source states 26", "None announced.", "project-team@example.org", "Visa facilitation", "Last updated", `href="/en/search"`,
		"!"+secret, "!num\">77", "!TLP:", "!from 2019")
	s.want(s.get(visitor, "/zh/"), 200,
		"中欧人员往来和移民领域对话", "最新消息", "相关数字", "暂无公告。", "媒体联系", "签证便利化", "非法移民", "最近更新：", "!"+secret)
	// Whoever looks sees here what the public sees.
	s.want(s.get("project-team", "/en/"), 200, "what a visitor sees", `<dd class="value num">43</dd>`, `class="inner`, "!"+secret)
	s.want(s.get("administrator", "/en/"), 200, "!"+secret)
}

func TestNextEvent(t *testing.T) {
	s := newTest(t)
	open := access.Header{Mark: tlp.CLEAR, Audience: access.NewAudience(access.Anyone, access.DialogueOf(ref.Dialogue(s.id("dialogue/migration-mobility"))))}
	next := &meeting.Meeting{Title: text.Both("Conference <b>open</b>", "公开会议"), Type: "conference", State: meeting.Planned, Starts: "2198-05", Place: text.Both("Lisbon", "里斯本")}
	s.create("meeting", open, next)
	later, off := *next, *next
	later.Title, later.Starts = text.Both("Later", "以后"), "2199"
	off.Title, off.Starts, off.State, off.Reason = text.Both("Called off", "取消"), "2197", meeting.Cancelled, text.Both("x", "因故")
	s.create("meeting", open, &later)
	s.create("meeting", open, &off)
	s.want(s.get(visitor, "/en/"), 200, "Conference &lt;b&gt;open&lt;/b&gt;", "May 2198", "Lisbon", "!None announced.", "!Called off")
}

// A node without anything public says so.
func TestNothingPublic(t *testing.T) {
	s := newTest(t)
	d := s.id("dialogue/migration-mobility")
	h, _, err := s.objects.Get(t.Context(), s.actor("project-team"), d)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.objects.Withdraw(t.Context(), s.actor("project-team"), d, h.Rev, "test"); err != nil {
		t.Fatal(err)
	}
	s.want(s.get(visitor, "/en/"), 200, "Nothing is public yet.", "!>43<")
	s.want(s.get(visitor, "/zh/"), 200, "暂无公开内容")
	s.want(s.get(visitor, "/en/feed.atom"), 404)
	s.want(s.get(visitor, "/sitemap.xml"), 200, "<urlset", "!<loc>")
}

func TestNews(t *testing.T) {
	s := newTest(t)
	keepSecret(s)
	s.want(s.get(visitor, "/en/news"), 200, "Second phase of the Support Project launched in Beijing", "7 February 2018", "!"+secret, "!Write a piece")
	s.want(s.get(visitor, "/zh/news"), 200, "项目举办三周年活动", "2018年5月8日")
	s.want(s.get("cn-focal-point", "/zh/news"), 200, secret)
	s.want(s.get("project-team", "/en/news"), 200, "Write a piece of news")
	s.want(s.get(visitor, "/en/news/{news/launch}"), 200, "good platform for the dialogue", "data-copy=", `property="og:title"`, `property="og:description"`, "2019 (inferred)", "!TLP:", "!Revision")
	s.want(s.get(visitor, "/zh/news/{news/launch}"), 200, "良好平台", "复制本段文字")
	s.want(s.get("project-team", "/en/news/{news/launch}"), 200, "TLP:CLEAR", "/edit", "Withdraw")
	s.want(s.get(visitor, "/en/news/{meeting/launch-phase-2}"), 404)
	s.want(s.get(visitor, "/en/news/nowhere"), 404)
	for _, before := range []string{"%00", "'", "2018-02-07_zz", "9999", "-", "_", strings.Repeat("9", 5000)} {
		if a := s.get(visitor, "/en/news?before="+before); a.Status != 200 {
			t.Errorf("before=%.20s: %d", before, a.Status)
		}
	}
}

// The list turns its pages without losing or repeating an item, also among items of one day.
func TestNewsPages(t *testing.T) {
	s := newTest(t)
	title := text.Both("Serial", "连载")
	for range 45 {
		s.create("news", access.Header{}, &publication.News{Title: title, Date: "2025-01-01"})
	}
	seen := map[string]int{}
	path := "/en/news"
	for range 5 {
		a := s.get("expert", path)
		s.want(a, 200)
		for _, part := range strings.Split(a.Body, `href="/en/news/`)[1:] {
			seen[part[:36]]++
		}
		_, rest, more := strings.Cut(a.Body, `href="/en/news?before=`)
		if !more {
			break
		}
		path, _, _ = strings.Cut(`/en/news?before=`+rest, `"`)
	}
	if len(seen) != 49 {
		t.Errorf("%d pieces of news, want 49", len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s stands %d times", id, n)
		}
	}
}

func TestSitePages(t *testing.T) {
	s := newTest(t)
	keepSecret(s)
	s.want(s.get(visitor, "/en/pages"), 200, "Who we are", "Accessibility", "!"+secret, "!Not public")
	s.want(s.get("project-team", "/en/pages"), 200, secret, "Not public", "Sections at the head", "Write a page")
	s.want(s.get(visitor, "/en/pages/{page/who-we-are}"), 200, `<body class="public">`, "Who we are</h1>", "<h2>The implementing organisation</h2>", "175 member states", `aria-current="page"`, "!"+secret)
	s.want(s.get(visitor, "/zh/pages/{page/who-we-are}"), 200, "关于我们", "执行机构")
	s.want(s.get(visitor, "/en/pages/{news/launch}"), 404)
	s.want(s.get("project-team", "/zh/pages/{page/privacy}"), 200, "TLP:CLEAR", "隐私说明")
}

func TestFeed(t *testing.T) {
	s := newTest(t)
	keepSecret(s)
	for lang, phrase := range map[string]string{"en": "Second phase of the Support Project launched", "zh": "项目举办三周年活动"} {
		path := "/" + lang + "/feed.atom"
		a := s.get(visitor, path)
		s.want(a, 200, phrase, `xml:lang="`+lang+`"`, `rel="self"`, `hreflang="zh"`, `hreflang="en"`, "!"+secret)
		if kind := a.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/atom+xml") {
			t.Errorf("%s: %s", path, kind)
		}
		if err := xml.Unmarshal([]byte(a.Body), new(struct {
			XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		})); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		for _, role := range []string{"project-team", "cn-focal-point"} {
			if b := s.get(role, path); b.Body != a.Body {
				t.Errorf("%s gives %s something else than a visitor", path, role)
			}
		}
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("If-None-Match", a.Header.Get("ETag"))
		if b := s.do(visitor, r); b.Status != http.StatusNotModified || a.Header.Get("Last-Modified") == "" {
			t.Errorf("%s again: %d", path, b.Status)
		}
		r = httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("If-Modified-Since", a.Header.Get("Last-Modified"))
		if b := s.do(visitor, r); b.Status != http.StatusOK {
			t.Errorf("%s by its date: %d", path, b.Status)
		}
	}
	if s.get(visitor, "/en/feed.atom").Body == s.get(visitor, "/zh/feed.atom").Body {
		t.Error("the feeds of both languages are the same")
	}
	s.want(s.get(visitor, "/feed.atom"), http.StatusFound)
}

// A piece of news in one language stands in both feeds.
func TestFeedInOneLanguage(t *testing.T) {
	s := newTest(t)
	h := s.create("news", access.Header{}, &publication.News{Title: text.Both("", "只有中文 & <b>"), Date: "2026"})
	if err := s.objects.Publish(t.Context(), s.actor("project-team"), h.ID, h.Rev); err != nil {
		t.Fatal(err)
	}
	s.want(s.get(visitor, "/en/feed.atom"), 200, "只有中文 &amp; &lt;b&gt;", `xml:lang="zh"`)
	s.want(s.get(visitor, "/zh/feed.atom"), 200, "只有中文")
	// Nothing announces a page in a language in which there is no text.
	own, none := "http://example.com/zh/news/"+h.ID, "http://example.com/en/news/"+h.ID
	s.want(s.get(visitor, "/en/news/"+h.ID), 200, `<link rel="canonical" href="`+own+`">`, `hreflang="zh" href="`+own, "!"+none)
	s.want(s.get(visitor, "/zh/news/"+h.ID), 200, `<link rel="canonical" href="`+own+`">`, "!"+none, `<a href="/en/news/`+h.ID)
	s.want(s.get(visitor, "/sitemap.xml"), 200, own, "!"+none)
	s.want(s.get(visitor, "/en/feed.atom"), 200, own, "!"+none)
	s.want(s.get(visitor, "/en/news/"+h.ID), 200, `<h1 lang="zh">`, "There is no translation", "!只有中文 & <b>")
	s.want(s.get(visitor, "/en/"), 200, `<span lang="zh">只有中文 &amp; &lt;b&gt;</span>`)
}

// TestPagesInOneLanguage: of no kind that has pages does anything announce one in a language in which the
// object has no title.
func TestPagesInOneLanguage(t *testing.T) {
	s := newTest(t)
	in := text.Multi{"zh": {Text: "只有中文"}}
	phase := ref.Phase(s.id("phase/mmsp-2"))
	for kind, value := range map[string]any{
		"page": &publication.Page{Title: in, Menu: "none"}, "news": &publication.News{Title: in, Date: "2026"},
		"release": &publication.Release{Title: in, Lead: in, Date: "2026", Meeting: ref.Meeting(s.id("meeting/launch-phase-2"))}, "meeting": &meeting.Meeting{Title: in, Type: "seminar", State: meeting.Planned},
		"institution": &roster.Institution{Names: []roster.Name{{Name: in}}, Level: "national"},
		"phase":       &project.Phase{Name: in, Project: ref.Project(s.id("project/mmsp")), State: "running"},
		"activity":    &project.Activity{Title: in, Phase: phase, Type: "seminar", State: "planned"},
		"plan":        &project.Plan{Title: in, Phase: phase},
	} {
		if !slices.Contains(ownPages, kind) {
			t.Errorf("%s is no kind with pages", kind)
		}
		h := s.create(kind, access.Header{Mark: tlp.CLEAR, Audience: access.NewAudience(access.Anyone, access.TeamOf(s.actor("project-team").Dialogue))}, value)
		path := objectPath(kind, h.ID)
		own, none := "http://example.com/zh"+path, "http://example.com/en"+path
		for _, lang := range []string{"en", "zh"} {
			s.want(s.get(visitor, "/"+lang+path), 200, `<link rel="canonical" href="`+own+`">`, `hreflang="zh" href="`+own, "!"+none)
		}
		s.want(s.get(visitor, "/sitemap.xml"), 200, own, "!"+none)
	}
}

func TestSitemap(t *testing.T) {
	s := newTest(t)
	keepSecret(s)
	a := s.get(visitor, "/sitemap.xml")
	s.want(a, 200, "http://example.com/en/news/"+s.id("news/launch"), "http://example.com/zh/meetings/"+s.id("meeting/launch-phase-2"), `hreflang="zh"`,
		"!"+s.id("meeting/exchange-visit-2016"), "!"+s.id("meeting/policy-seminar-2018"), "!/people/")
	if s.get("project-team", "/sitemap.xml").Body != a.Body {
		t.Error("the project team is given another map")
	}
	var set struct {
		URLs []struct {
			Loc string `xml:"loc"`
		} `xml:"url"`
	}
	if err := xml.Unmarshal([]byte(a.Body), &set); err != nil || len(set.URLs) < 40 {
		t.Fatalf("%d addresses: %v", len(set.URLs), err)
	}
	for _, u := range set.URLs { // what the map names, a visitor finds
		at, err := url.Parse(u.Loc)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(at.Path, "/en/") {
			if b := s.get(visitor, at.Path); b.Status != 200 {
				t.Errorf("%s: %d", at.Path, b.Status)
			}
		}
	}
	s.want(s.get(visitor, "/robots.txt"), 200, "Disallow: /\n")
}

func TestSearch(t *testing.T) {
	s := newTest(t)
	keepSecret(s)
	for _, c := range []struct {
		role, query string
		phrases     []string
	}{
		{visitor, "trafficking", []string{"<mark>Trafficking</mark>", "results", "!Nanjing", "!Second workshop on the identification"}},
		{"cn-focal-point", "trafficking", []string{"Second workshop on the identification"}},
		{visitor, "人口贩运", []string{"<mark>人口贩运</mark>", "!联络网"}},
		{visitor, "移民", []string{"<mark>移民</mark>"}},
		{visitor, "签证", []string{"<mark>签证</mark>"}},
		{visitor, "签", []string{"<mark>签</mark>"}},
		{visitor, "launch 2019 participants", []string{"<mark>Launch</mark>"}},
		{visitor, secret, []string{"Nothing was found", "!inside"}},
		{"expert", secret, []string{"<mark>" + secret + "</mark> inside"}},
		{visitor, "15190", []string{"Nothing was found"}}, // a code that is kept off the public pages
		{visitor, "", []string{"Search everything you may read."}},
		{visitor, "%", []string{"no word in this"}},
	} {
		s.want(s.get(c.role, "/en/search?q="+url.QueryEscape(c.query)), 200, c.phrases...)
	}
	s.want(s.get("cn-focal-point", "/zh/search?q="+url.QueryEscape("移民")), 200, "项结果", "下一页", "会议")
	s.want(s.get("cn-focal-point", "/zh/search?page=2&q="+url.QueryEscape("移民")), 200, "上一页")
	s.want(s.get(visitor, "/en/search?kind=news&q=project"), 200, `aria-current="true">Piece of news`, "!/en/meetings/0")
	for _, q := range []string{
		`"`, `'`, `O'Neill`, `a" OR "b`, `NEAR(a b)`, `title:x`, `-`, `*`, `a*`, "\x00", "a\x00b", "\xff", `\`, `%`, `_`, "<script>alert(1)</script>",
		strings.Repeat("移民", 2000), strings.Repeat("(", 3000),
	} {
		for _, rest := range []string{"", "&page=-1", "&page=99999999999999", "&kind=nonsense", "&page=x&kind=%00"} {
			s.want(s.get(visitor, "/en/search?q="+url.QueryEscape(q)+rest), 200, "!<script>alert")
		}
	}
}

// The index follows what is changed and removed, and can be made anew.
func TestSearchFollows(t *testing.T) {
	s := newTest(t)
	team := s.actor("project-team")
	h := s.create("news", access.Header{}, &publication.News{Title: text.Both("Mispelbaum", "枇杷"), Date: "2026"})
	found := func(word string, want bool) {
		t.Helper()
		if a := s.get("expert", "/en/search?q="+url.QueryEscape(word)); strings.Contains(a.Body, h.ID) != want {
			t.Errorf("%s: found should be %v", word, want)
		}
	}
	found("Mispelbaum", true)
	found("枇杷", true)
	h, err := s.objects.Edit(t.Context(), team, h.ID, h.Rev, &publication.News{Title: text.Both("Holunder", "接骨木"), Date: "2026"}, "")
	if err != nil {
		t.Fatal(err)
	}
	found("Mispelbaum", false)
	found("接骨木", true)
	if n, err := s.objects.Reindex(t.Context()); err != nil || n < 100 {
		t.Fatalf("%d objects: %v", n, err)
	}
	found("接骨木", true)
	if err := s.objects.Remove(t.Context(), team, h.ID, h.Rev, "test"); err != nil {
		t.Fatal(err)
	}
	found("接骨木", false)
	if _, err := s.objects.Reindex(t.Context()); err != nil {
		t.Fatal(err)
	}
	found("接骨木", false)
}

func TestRaise(t *testing.T) {
	for in, want := range map[template.HTML]template.HTML{
		"<h4>a</h4><p>h4</p><h5>b</h5>": "<h2>a</h2><p>h4</p><h3>b</h3>",
		"<h3>a</h3><h6>b</h6>":          "<h2>a</h2><h5>b</h5>",
		"<p>no heading</p><hr>":         "<p>no heading</p><hr>",
	} {
		if got := raise(in, 2); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}

// TestFeedUpdated: an entry is new when its text is, not when its mark or its readers change, and
// begins with what there is to read.
func TestFeedUpdated(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { feedUpdated(t, siteOverExample(t, d), func() {}) })
	now := time.Now()
	feedUpdated(t, newTestAt(t, func() time.Time { return now }), func() { now = now.Add(time.Hour) })
}

// feedUpdated does what moves an entry's date and what does not; where an hour can pass between two
// acts it looks at the dates too.
func feedUpdated(t *testing.T, s *testSite, hour func()) {
	t.Helper()
	began := s.db.Now()
	team := s.actor("project-team")
	h := s.create("news", access.Header{}, &publication.News{Title: text.Both("Without a lead", "无导语"), Date: "2026-11-01", Body: text.Both("The body.", "正文。")})
	if err := s.objects.Publish(t.Context(), team, h.ID, h.Rev); err != nil {
		t.Fatal(err)
	}
	entry := func() string {
		_, e, _ := strings.Cut(s.get(visitor, "/en/feed.atom").Body, "<title>Without a lead</title>")
		e, _, _ = strings.Cut(e, "</entry>")
		return e
	}
	lastMod := func(lang string) string {
		_, u, _ := strings.Cut(s.get(visitor, "/sitemap.xml").Body, "<loc>http://example.com/"+lang+"/news/"+h.ID+"</loc>")
		_, u, _ = strings.Cut(u, "<lastmod>")
		u, _, _ = strings.Cut(u, "</lastmod>")
		return u
	}
	before, mapped := entry(), lastMod("en")
	if !strings.Contains(before, "The body.") || strings.Contains(before, "&lt;p&gt;&lt;/p&gt;") {
		t.Errorf("the entry: %s", before)
	}
	hour()
	now, v, err := s.objects.Get(t.Context(), team, h.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.objects.SetMarks(t.Context(), team, h.ID, now.Rev, now.Mark, "", access.NewAudience(access.Anyone, access.TeamOf(now.Dialogue), access.PersonOf(team.Person)), "other readers"); err != nil {
		t.Fatal(err)
	}
	if after := entry(); after != before {
		t.Errorf("a mark changed the entry: %s\n%s", before, after)
	}
	if after := lastMod("en"); after != mapped || mapped == "" {
		t.Errorf("a mark changed the site map: %s, was %s", after, mapped)
	}
	hour()
	v.(*publication.News).Body["zh"] = text.Version{Text: "正文改。", Status: text.Checked}
	if now, err = s.objects.Edit(t.Context(), team, h.ID, now.Rev+1, v, ""); err != nil {
		t.Fatal(err)
	}
	if after := entry(); after != before {
		t.Errorf("the Chinese text changed the English entry: %s\n%s", before, after)
	}
	if en, zh := lastMod("en"), lastMod("zh"); en != mapped || zh < en || s.db.Now().Sub(began) > time.Hour && zh == en {
		t.Errorf("the site map has %s, was %s, and %s in Chinese", en, mapped, zh)
	}
	hour()
	v.(*publication.News).Body = text.Both("Another body.", "另一正文。")
	if _, err := s.objects.Edit(t.Context(), team, h.ID, now.Rev, v, ""); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(entry(), "Another body.") {
		t.Error("the entry has the old text")
	}
	updated := regexp.MustCompile(`<updated>[^<]*</updated>`)
	if after := entry(); s.db.Now().Sub(began) > time.Hour && updated.FindString(after) == updated.FindString(before) {
		t.Error("another text has the date of the first")
	}
}
