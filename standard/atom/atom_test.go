package atom

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The reader's own types, apart from the writer's.
type gotFeed struct {
	XMLName xml.Name  `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string    `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	ID      string    `xml:"http://www.w3.org/2005/Atom id"`
	Title   string    `xml:"http://www.w3.org/2005/Atom title"`
	Updated time.Time `xml:"http://www.w3.org/2005/Atom updated"`
	Author  []string  `xml:"http://www.w3.org/2005/Atom author>name"`
	Links   []gotLink `xml:"http://www.w3.org/2005/Atom link"`
	Entries []struct {
		Lang      string    `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		ID        string    `xml:"id"`
		Title     string    `xml:"title"`
		Updated   time.Time `xml:"updated"`
		Published string    `xml:"published"`
		Author    []string  `xml:"author>name"`
		Summary   string    `xml:"summary"`
		Links     []gotLink `xml:"link"`
		Content   []struct {
			Type string `xml:"type,attr"`
			Text string `xml:",chardata"`
		} `xml:"content"`
		Category []struct {
			Term string `xml:"term,attr"`
		} `xml:"category"`
	} `xml:"http://www.w3.org/2005/Atom entry"`
}

type gotLink struct {
	Rel      string `xml:"rel,attr"`
	Type     string `xml:"type,attr"`
	Hreflang string `xml:"hreflang,attr"`
	Href     string `xml:"href,attr"`
}

var day = time.Date(2026, 11, 23, 16, 0, 0, 0, time.FixedZone("Beijing", 8*3600))

func sample() Feed {
	return Feed{
		ID: Tag("Example.org", day, "/feeds/news"), Title: "News & <notes>", Subtitle: "All", Language: "en", Updated: day,
		Author: Person{Name: "Project team", URI: "https://example.org/"}, Rights: "CC BY 4.0",
		Self: "https://example.org/en/feed.atom", Alternate: "https://example.org/en/news",
		Alternates: []Link{{"https://example.org/zh/news", "zh-Hans"}},
		Entries: []Entry{
			{
				ID: URN("0198C0DE-0000-7000-8000-000000000001"), Title: "第二期启动会", Language: "zh-Hans", Updated: day, Published: day.Add(-time.Hour),
				Alternate: "https://example.org/zh/news/1?a=1&b=2", Summary: "a\x00b\x0b\ufffe\xffc",
				HTML: `<p lang="zh">中欧 &amp; <b>]]></b><script>alert(1)</script></p>`, Categories: []string{"launch", "", `"quoted"`},
			},
			{ID: URN("0198c0de-0000-7000-8000-000000000002"), Title: "Second", Updated: day, HTML: "<p>x</p>", Author: Person{Name: "Another"}},
		},
	}
}

func write(t testing.TB, f Feed) ([]byte, gotFeed) {
	t.Helper()
	var b, again bytes.Buffer
	if err := Write(&b, f); err != nil {
		t.Fatal(err)
	}
	if err := Write(&again, f); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Fatal("the same feed gave other bytes")
	}
	var g gotFeed
	d := xml.NewDecoder(bytes.NewReader(b.Bytes()))
	if err := d.Decode(&g); err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	if rest, err := d.Token(); err == nil {
		if c, ok := rest.(xml.CharData); !ok || strings.TrimSpace(string(c)) != "" {
			t.Fatalf("after the feed: %v", rest)
		}
	}
	return b.Bytes(), g
}

func TestWrite(t *testing.T) {
	f := sample()
	b, g := write(t, f)
	if g.ID != "tag:example.org,2026-11-23:/feeds/news" || g.Title != f.Title || g.Lang != "en" || !g.Updated.Equal(day) || len(g.Author) != 1 {
		t.Errorf("%+v", g)
	}
	want := []gotLink{{"self", "application/atom+xml", "", f.Self}, {"alternate", "text/html", "en", f.Alternate}, {"alternate", "text/html", "zh-Hans", "https://example.org/zh/news"}}
	for i, l := range want {
		if i >= len(g.Links) || g.Links[i] != l {
			t.Errorf("link %d: %+v, want %+v", i, g.Links, l)
		}
	}
	if len(g.Entries) != 2 {
		t.Fatalf("%d entries", len(g.Entries))
	}
	e := g.Entries[0]
	if e.ID != "urn:uuid:0198c0de-0000-7000-8000-000000000001" || e.Lang != "zh-Hans" || e.Title != "第二期启动会" || e.Summary != "abc" || e.Published != "2026-11-23T07:00:00Z" {
		t.Errorf("%+v", e)
	}
	if len(e.Content) != 1 || e.Content[0].Type != "html" || e.Content[0].Text != f.Entries[0].HTML {
		t.Errorf("%+v", e.Content)
	}
	if len(e.Links) != 1 || e.Links[0] != (gotLink{"alternate", "text/html", "zh-Hans", f.Entries[0].Alternate}) {
		t.Errorf("%+v", e.Links)
	}
	if len(e.Category) != 2 || e.Category[1].Term != `"quoted"` {
		t.Errorf("%+v", e.Category)
	}
	if g.Entries[1].Lang != "" || len(g.Entries[1].Author) != 1 || len(e.Author) != 0 {
		t.Errorf("%+v", g.Entries[1])
	}
	if bytes.Contains(b, []byte("<script")) {
		t.Error("content is not escaped")
	}
	lint(t, b)
}

// lint asks a second reader, where there is one.
func lint(t *testing.T, b []byte) {
	t.Helper()
	path, err := exec.LookPath("xmllint")
	if err != nil {
		t.Log("no xmllint here; encoding/xml alone has read the feed")
		return
	}
	c := exec.Command(path, "--noout", "--nonet", "-")
	c.Stdin = bytes.NewReader(b)
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("xmllint: %v\n%s", err, out)
	}
}

func TestEmpty(t *testing.T) {
	f := sample()
	f.Entries, f.Alternate, f.Alternates, f.Author, f.Language = nil, "", nil, Person{}, `en" x="`
	if _, g := write(t, f); g.Lang != "" || len(g.Links) != 1 || len(g.Author) != 0 {
		t.Errorf("%+v", g)
	}
}

func TestRefused(t *testing.T) {
	for name, change := range map[string]func(*Feed){
		"no id":               func(f *Feed) { f.ID = "" },
		"relative id":         func(f *Feed) { f.ID = "/news" },
		"scheme alone":        func(f *Feed) { f.ID = "urn:" },
		"id with a line":      func(f *Feed) { f.ID = "urn:x\x00" },
		"no title":            func(f *Feed) { f.Title = " \x01" },
		"no updated":          func(f *Feed) { f.Updated = time.Time{} },
		"no self":             func(f *Feed) { f.Self = "" },
		"self is a script":    func(f *Feed) { f.Self = "javascript:alert(1)" },
		"page is relative":    func(f *Feed) { f.Alternate = "/en" },
		"language twice":      func(f *Feed) { f.Alternates = []Link{{"https://example.org/x", "EN"}} },
		"no author":           func(f *Feed) { f.Author = Person{} },
		"entry without id":    func(f *Feed) { f.Entries[0].ID = "" },
		"entry twice":         func(f *Feed) { f.Entries[1].ID = f.Entries[0].ID },
		"entry without title": func(f *Feed) { f.Entries[1].Title = "" },
		"entry without time":  func(f *Feed) { f.Entries[1].Updated = time.Time{} },
		"nothing to read":     func(f *Feed) { f.Entries[1].HTML = "" },
		"entry's page":        func(f *Feed) { f.Entries[0].Alternate = "data:text/html,x" },
	} {
		f := sample()
		change(&f)
		var b bytes.Buffer
		if err := Write(&b, f); err == nil || b.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", name, err, b.Len())
		}
	}
	if err := Write(broken{}, sample()); err == nil {
		t.Error("the writer's error was lost")
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestTag(t *testing.T) {
	if got := Tag("example.org", day, "news/中 文?x#y"); got != "tag:example.org,2026-11-23:news/%E4%B8%AD%20%E6%96%87%3Fx%23y" {
		t.Error(got)
	}
}

func FuzzWrite(f *testing.F) {
	f.Add("title", "<p>", "zh-Hans", "https://example.org/?a=<")
	f.Add("\x00\x1f\ufffe\xff]]>", "\r\n&#0;", `"`, "https://例子.中国/路径")
	f.Fuzz(func(t *testing.T, title, html, lang, page string) {
		x := sample()
		x.Title, x.Subtitle, x.Language = "t"+title, title, lang
		x.Entries[0].Title, x.Entries[0].HTML, x.Entries[0].Language, x.Entries[0].Alternate = "t"+title, html, lang, page
		x.Entries[0].Categories = []string{title}
		err := Write(io.Discard, x)
		if err != nil {
			var bad *xml.UnsupportedTypeError
			if errors.As(err, &bad) {
				t.Fatal(err)
			}
			return
		}
		_, g := write(t, x)
		// A reader turns CRLF into LF (XML section 2.11) unless it is written as &#xD;, which
		// encoding/xml does: texts come back as they were.
		if g.Title != text("t"+title) {
			t.Fatalf("%q came back as %q", text("t"+title), g.Title)
		}
		if html != "" && g.Entries[0].Content[0].Text != text(html) {
			t.Fatalf("%q came back as %q", text(html), g.Entries[0].Content[0].Text)
		}
	})
}
