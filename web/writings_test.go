package web

import (
	"archive/zip"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/internal/mail"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text/texttest"
	"entente/notice"

	"golang.org/x/net/html"
)

// breakTexts puts a sentence in two lines before every text of several lines that the example
// holds, in both languages, and says which kinds could be changed so.
func breakTexts(t *testing.T, s *testSite) map[string]bool {
	t.Helper()
	changed := map[string]bool{}
	for name, id := range s.ids {
		kind, _, _ := strings.Cut(name, "/")
		h, v, err := s.objects.Get(t.Context(), s.actor("project-team"), id)
		if err != nil {
			continue // the team may not read it
		}
		values := shape.EncodeForm(v)
		for _, m := range shape.Texts(v) {
			if m.Field.Style == shape.Line || m.Field.Private {
				continue
			}
			for _, l := range []string{"zh", "en"} {
				values.Set(m.Path+"."+l, strings.TrimSpace(texttest.Broken+"\n\n"+m.Value[l].Text))
			}
			changed[kind] = changed[kind] || false
		}
		if _, has := changed[kind]; !has || len(shape.DecodeForm(values, v)) > 0 {
			continue
		}
		if _, err := s.objects.Edit(t.Context(), s.actor("project-team"), h.ID, h.Rev, v, ""); err == nil {
			changed[kind] = true
		}
	}
	return changed
}

// asShown gives what a reader of an answer reads, every stretch as it stands: of a page the texts and
// what stands in attributes, but what is in a form as it was typed, and what is shown in lines.
func asShown(t *testing.T, a answer) []string {
	t.Helper()
	kind, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	switch {
	case kind == "text/html":
		root, err := html.Parse(strings.NewReader(a.Body))
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		var walk func(n *html.Node) string
		walk = func(n *html.Node) string {
			if n.Type == html.TextNode {
				return n.Data
			}
			for _, at := range n.Attr {
				if at.Key == "class" && slices.ContainsFunc(strings.Fields(at.Val), func(c string) bool { return c == "lines" || c == "kept" || c == "conflict" }) {
					return ""
				}
				if at.Key != "value" {
					out = append(out, at.Val)
				}
			}
			if n.Data == "textarea" || n.Data == "pre" || n.Data == "script" {
				return ""
			}
			var b strings.Builder
			for c := range n.ChildNodes() {
				b.WriteString(walk(c))
			}
			if n.Data == "br" {
				return "\x00" // a line that was asked for
			}
			return b.String()
		}
		return append(out, walk(root))
	case strings.HasPrefix(kind, "application/vnd.openxmlformats"):
		z, err := zip.NewReader(strings.NewReader(a.Body), int64(len(a.Body)))
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, regexp.MustCompile(`<[^>]*>`).ReplaceAllString(string(b), ""))
		}
		return out
	case kind == "text/calendar":
		return []string{strings.ReplaceAll(strings.ReplaceAll(a.Body, "\r\n ", ""), `\n`, "\n")}
	case kind == "application/atom+xml":
		return []string{html.UnescapeString(a.Body)}
	}
	return []string{a.Body}
}

var torn = regexp.MustCompile(`第一行，[\s\p{Zs}]+第二行。`)

// TestWriters: every address of the program, also one to come, shows a sentence that was written in
// two lines as one without a blank, or in its two lines where lines are shown. A kind to come that has
// such texts must be in the example, or here.
func TestWriters(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing here runs at once")
	}
	s := newTest(t)
	changed := breakTexts(t, s)
	for _, k := range s.objects.Kinds() {
		long := false
		for _, m := range shape.Texts(k.New()) {
			long = long || m.Field.Style != shape.Line && !m.Field.Private
		}
		others := []string{"statement", "call", "file", "note"} // made below, or shown in lines
		if long && !changed[k.KindName()] && !slices.Contains(others, k.KindName()) {
			t.Errorf("no %s of the example could be given a text in two lines: its pages are not looked at", k.KindName())
		}
	}
	duty := s.owe("institution/nia", meeting1, access.DutyNominate, "2030-12-04")
	call := s.ask(s.id(meeting1), func(v url.Values) {
		v.Set("text.zh", texttest.Broken)
		v.Set("title.zh", texttest.Broken)
	})
	letter := s.letter()
	letter["text.zh"], letter["entered.note.zh"] = texttest.Broken, texttest.Broken
	said := s.said(s.send("project-team", "/en/objects/{"+meeting1+"}/statements/behalf", "scan.pdf", "%PDF-1.7 scan", letter))
	for _, role := range []string{"project-team", "cn-focal-point"} {
		about := []notice.Notice{{ID: "a", Kind: notice.Duty, Object: call}, {ID: "b", Kind: notice.Duty, Object: said}, {ID: "c", Kind: notice.Duty, Object: s.id(meeting1)}}
		m, told, err := Letters{DB: s.db, Base: "https://node.example"}.Write(t.Context(), s.actor(role), about)
		if err != nil || len(told) == 0 || torn.MatchString(m.Text) || torn.MatchString(m.HTML) || torn.MatchString(m.Subject) {
			t.Errorf("a letter to %s tears a sentence, or tells of nothing: %v\n%s", role, err, m.Text)
		}
	}
	addresses := []string{
		"/zh/calls/" + call, "/en/statements/" + said, "/zh/statements/" + said, "/zh/meetings/" + s.id(meeting1) + "?all=1", "/zh/duties", "/zh/desk",
		"/zh/duties/" + duty, "/zh/duties/" + duty + "/brief", "/zh/duties/" + duty + "/brief.docx", "/en/duties/" + duty + "/brief.docx",
		"/zh/search?q=" + url.QueryEscape(texttest.Whole), "/en/search?q=" + url.QueryEscape("第一行"),
	}
	for _, r := range Routes() {
		if r.Method != http.MethodGet || strings.Contains(r.Path, "sign-out") {
			continue
		}
		for _, key := range append(objectsOf(s, r), "") {
			path := r.Path
			if key != "" {
				path = strings.Replace(path, "{id}", s.id(key), 1)
			}
			if strings.Contains(path, "{") {
				continue // what is known by no key is in the list above
			}
			if r.Spoken {
				addresses = append(addresses, "/en"+path)
				path = "/zh" + path
			}
			addresses = append(addresses, path)
		}
	}
	whole := map[string]bool{}
	for _, at := range addresses {
		for _, role := range []string{visitor, "project-team", "cn-focal-point"} {
			a := s.get(role, at)
			if a.Status != http.StatusOK {
				continue
			}
			for _, part := range asShown(t, a) {
				if m := torn.FindString(part); m != "" {
					i := strings.Index(part, m)
					t.Errorf("%s as %q tears a sentence: …%q…", at, role, part[max(0, i-60):i+len(m)])
					break
				}
				if strings.Contains(part, texttest.Whole) {
					kind, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
					whole[kind] = true
				}
			}
		}
	}
	for _, kind := range []string{"text/html", docxType, "text/calendar", "application/atom+xml"} {
		if !whole[kind] {
			t.Errorf("no answer of the type %s showed the sentence at all", kind)
		}
	}
}

// objectsOf gives an object of every kind that a route of objects can be asked for.
func objectsOf(s *testSite, r Route) (out []string) {
	if !strings.Contains(r.Path, "{id}") {
		return nil
	}
	key, ok := strings.CutPrefix(r.Example, "id=")
	if kind, _, found := strings.Cut(key, "/"); ok && found && !strings.HasPrefix(r.Path, "/objects/") {
		for name := range s.ids {
			if strings.HasPrefix(name, kind+"/") {
				out = append(out, name)
			}
		}
		slices.Sort(out)
		return out[:min(len(out), 6)]
	}
	seen := map[string]bool{}
	var names []string
	for name := range s.ids {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if kind, _, _ := strings.Cut(name, "/"); !seen[kind] {
			seen[kind] = true
			out = append(out, name)
		}
	}
	return out
}

// How a value that a page reads by its name is taken.
const (
	isOwn    = "own"    // the program wrote it into the form or the address: nobody types it
	isChosen = "chosen" // one of what the page offers
	isLine   = "line"   // a text in one line or of a person's name (text.CleanName, shape)
	isLong   = "long"   // a text of several lines, tidied by its kind
	isSought = "sought" // is looked for (text.Sought, text.Query)
	isASCII  = "ascii"  // only ASCII has a meaning: TestASCII types it with a Chinese keyboard
	isSecret = "secret" // is taken to the letter
)

// readByName is every value that a page reads by its name and not by a kind's description.
var readByName = map[string]string{
	"address": isASCII, "code": isASCII, "due": isASCII, "login": isASCII, "mark": isASCII, "more": isASCII, "recovery": isASCII,
	"again": isSecret, "old": isSecret, "password": isSecret,
	"q": isSought, "title": isSought, "name": isSought,
	"family": isLine, "given": isLine, "national": isLine, "reason": isLine, "sort_name": isLine, "title.en": isLine, "title.zh": isLine,
	"text":     isLong,
	"function": isChosen, "kind": isChosen, "language": isChosen, "level": isChosen, "readers": isChosen, "rhythm": isChosen, "role": isChosen, "side": isChosen, "sort": isChosen, "state": isChosen,
	"type": isChosen, "view": isChosen, "focus": isChosen, "for": isChosen, "group": isChosen, "others": isChosen, "public": isChosen, "second": isChosen, "drafter": isChosen, "stays": isChosen,
	"after": isOwn, "before": isOwn, "below": isOwn, "call": isOwn, "dir": isOwn, "do": isOwn, "field": isOwn, "from": isOwn, "here": isOwn, "id": isOwn, "keep": isOwn, "next": isOwn, "page": isOwn,
	"preview": isOwn, "re": isOwn, "seen": isOwn, "session": isOwn, "step": isOwn, "take": isOwn, "to": isOwn, "told": isOwn, "version": isOwn,
}

var readsByName = regexp.MustCompile(`\b(?:PostFormValue|FormValue|PostForm\.Get|Query\(\)\.Get|q\.Get|v\.Get|v)\("([^"]+)"\)`)

// TestReadByName: a value to come that a page reads by its name has to be entered above.
func TestReadByName(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	unused := map[string]bool{}
	for name := range readByName {
		unused[name] = true
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range readsByName.FindAllSubmatch(src, -1) {
			name := string(m[1])
			delete(unused, name)
			if readByName[name] == "" {
				t.Errorf("%s reads %q by its name: say in readByName how it is taken; where only ASCII has a meaning, by text.ASCII and with a line in TestASCII", file, name)
			}
		}
	}
	for name := range unused {
		t.Errorf("nothing reads %q by its name any more", name)
	}
}

// TestASCII: what a Chinese keyboard writes where only ASCII has a meaning is read as that.
func TestASCII(t *testing.T) {
	s := newTest(t)
	typed := map[string]func(){
		"due": func() {
			nia, eu := s.actor("cn-focal-point"), s.actor("eu-focal-point")
			id := s.owing(access.Duty{Object: s.id(meeting1), Principal: access.InstitutionOf(nia.Institution), Asker: access.InstitutionOf(eu.Institution), Kind: access.DutyAnswer, Due: "2030-12-04"})
			s.want(s.post("eu-focal-point", "/en/duties/"+id+"/extend", url.Values{"from": {"2030-12-04"}, "due": {"２０３０－１２－１１"}, "reason": {"x"}}), 303)
			if due := s.dueOf(id); due != "2030-12-11" {
				t.Errorf("due %s", due)
			}
		},
		"address": func() {
			for in, want := range map[string]string{"　ａ＠ｅｘａｍｐｌｅ。ｏｒｇ": "a@example.org", "a＠example．org": "a@example.org"} {
				if got, ok := mail.Clean(in); got != want || !ok {
					t.Errorf("%q is %q", in, got)
				}
			}
		},
		"mark": func() {
			c, faults := picked(url.Values{pickName: {pickOwn}, "mark": {"ＴＬＰ：ＧＲＥＥＮ"}, "audience": {string(access.DialogueOf(ref.Dialogue(s.id("dialogue/migration-mobility"))))}})
			if c.Mark != "TLP:GREEN" || len(faults) > 0 {
				t.Errorf("%v %v", c, faults)
			}
		},
		"login": func() {
			s.enrol("wei-li", "a rather long password of a test")
			s.want(s.post(visitor, "/zh/sign-in", url.Values{"login": {"　ｗｅｉ－ｌｉ"}, "password": {"a rather long password of a test"}}), 303)
		},
		"code":     nil, // package account: TestCleanCode and the codes of a program, in either width
		"recovery": nil,
		"more":     nil, // TestFirst
	}
	for name, how := range readByName {
		test, told := typed[name]
		if (how == isASCII) != told {
			t.Errorf("%q: has a line here: %v, is taken as %s", name, told, how)
		}
		if test != nil {
			test()
		}
	}
}
