package web

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"entente/access"
	"entente/internal/bidi"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
)

// arabic gives every text of every object that can be edited an Arabic word.
func arabic(t *testing.T, s *testSite) {
	t.Helper()
	who := access.Operator("test")
	var ids []ref.ID
	err := s.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		ids, err = db.Collect(ctx, tx, db.One[ref.ID], `select id from object where tombstone = ''`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	done := map[string]int{}
	for _, id := range ids {
		h, v, err := s.objects.Get(t.Context(), who, id)
		if k, ok := s.objects.Kind(h.Kind); err != nil || !ok || !k.CanEdit() {
			continue
		}
		shape.Walk(v, func(_ string, f *shape.Field, x reflect.Value) {
			if m, ok := x.Interface().(text.Multi); ok && f.Control == shape.Multi {
				out := text.Multi{}
				for l, w := range m {
					w.Text, w.Of = "مؤتمر "+w.Text+" الحدود", ""
					out[l] = w
				}
				x.Set(reflect.ValueOf(out))
			}
		})
		_, err = s.objects.Edit(t.Context(), who, id, h.Rev, v, "")
		if err != nil && !fault.Is(err, fault.Forbidden) && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Invalid) {
			t.Fatalf("%s %s: %v", h.Kind, id, err)
		}
		if err == nil {
			done[h.Kind]++
		}
	}
	for _, k := range []string{"meeting", "activity", "institution", "dialogue", "phase", "news"} {
		if done[k] == 0 {
			t.Errorf("no %s has an Arabic title: %v", k, done)
		}
	}
}

var isolated = regexp.MustCompile(bidi.Open + "[^" + bidi.Open + bidi.Close + "]*" + bidi.Close)

// nextTo gives the texts of a page that are written from right to left and not set apart from what
// stands beside them.
func nextTo(t *testing.T, body string) (out []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	var walk func(*html.Node, bool)
	walk = func(n *html.Node, apart bool) {
		if n.Type == html.ElementNode {
			switch n.Data {
			case "title", "style", "script":
				return
			case "bdi":
				apart = true
			}
			for _, a := range n.Attr {
				apart = apart || a.Key == "dir" && a.Val == "auto"
				if n.Data == "input" && a.Key == "value" && !apart && bidi.Turns(a.Val) && !givesDirection(n) {
					out = append(out, "input "+a.Val)
				}
			}
		}
		if s := n.Data; n.Type == html.TextNode && !apart {
			for was := ""; was != s; {
				was, s = s, isolated.ReplaceAllString(s, "")
			}
			if bidi.Turns(s) {
				out = append(out, n.Parent.Data+": "+strings.TrimSpace(n.Data))
			}
		}
		for c := range n.ChildNodes() {
			walk(c, apart)
		}
	}
	walk(root, false)
	return out
}

func givesDirection(n *html.Node) bool {
	for _, a := range n.Attr {
		if a.Key == "dir" || a.Key == "type" && a.Val == "hidden" {
			return true
		}
	}
	return false
}

// TestDirection: wherever a text that is written from right to left is shown, on whatever page to
// whomever, it stands apart from what is beside it.
func TestDirection(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing here runs at once")
	}
	s := newTest(t)
	arabic(t, s)
	s.ask(s.id(meeting1), func(f url.Values) { f.Set("title.en", "مؤتمر") })
	found := 0
	for _, route := range Routes() {
		if route.Method != http.MethodGet || route.Path == "/sign-out" {
			continue
		}
		for _, address := range addresses(t, s, route) {
			for _, role := range []string{visitor, "project-team", "cn-focal-point", "administrator"} {
				a := s.get(role, address)
				if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
					continue
				}
				if bidi.Turns(a.Body) {
					found++
				}
				if b := nextTo(t, a.Body); len(b) > 0 {
					t.Errorf("%s as %q: %d texts, such as %q", address, role, len(b), b[0])
				}
			}
		}
	}
	for _, address := range []string{"/en/search?q=%D9%85%D8%A4%D8%AA%D9%85%D8%B1", "/en/search?q=launch", "/en/meetings?sort=title", "/en/notices"} {
		a := s.get("cn-focal-point", address)
		if b := nextTo(t, a.Body); len(b) > 0 || !bidi.Turns(a.Body) {
			t.Errorf("%s: %q", address, b)
		}
	}
	// What was sought goes back without what turns a sentence round, in the sentence and in the field.
	for _, q := range []string{"A\u202eevil zzzz", "\u2067zzzz\u200b\x00"} {
		a := s.get(visitor, "/en/search?q="+url.QueryEscape(q))
		if s.want(a, 200, "zzzz", "Nothing was found"); strings.ContainsAny(a.Body, "\u202e\u2067\u200b\x00") {
			t.Errorf("%q goes back as it came", q)
		}
	}
	if found < 100 {
		t.Errorf("only %d pages show such a text", found)
	}
}

// TestIsolate: what is no text, or goes back as it came, is left as it is.
func TestIsolate(t *testing.T) {
	tpl := template.Must(template.New("x").Funcs(isolating).Parse(
		`{{define "tag"}}{{if .}} title="{{.}}"{{end}}{{end}}<p{{template "tag" .S}} data-x='>{{.S}}'>{{.S}}{{if .N}} < {{.N}}{{else}}{{.S}}{{end}}{{.H}}</p><a href="/?q={{.S}}">{{with .K}}{{.}}{{end}}</a><input value="{{.S}}"><textarea>{{.S}}</textarea>{{$s := .S}}{{apart $s}}`))
	isolateAll(tpl)
	isolateAll(tpl)
	var b strings.Builder
	type kind string
	const s = `"سلام" 1`
	if err := tpl.Execute(&b, map[string]any{"S": s, "N": 3, "H": template.HTML("<b>سلام</b>"), "K": kind("سلام")}); err != nil {
		t.Fatal(err)
	}
	esc := template.HTMLEscapeString(s)
	want := `<p title="` + esc + `" data-x='>` + esc + `'><bdi>` + esc + `</bdi> &lt; 3<b>سلام</b></p><a href="/?q=%22%d8%b3%d9%84%d8%a7%d9%85%22%201"><bdi>سلام</bdi></a><input value="` + esc + `"><textarea>` + esc + `</textarea>` + esc
	if b.String() != want {
		t.Errorf("%s\nwant\n%s", b.String(), want)
	}
}

// TestHiddenMarks: what turns the direction of a text or has no width is taken out of whatever comes
// by a form, and of what was stored before it was: on pages, in excerpts, files and forms.
func TestHiddenMarks(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		hidden := regexp.MustCompile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]|&#x20|u20[26]")
		a := s.post("project-team", "/en/new/meeting", url.Values{
			"title.en": {"Quit\u202ete"}, "title.zh": {"榅桲\u200b会议"}, "summary.en": {"One Mis\u200bpel\u202e here\n\nand \u2067there\u2069"}, "type": {"expert"}, "state": {"planned"}, "starts": {"2031-03-04"},
			"agenda.0.title.en": {"A"}, "agenda.0.note.en": {"Long\u202e\nnote"},
		})
		id := a.Header.Get("Location")[len("/en/meetings/"):]
		pages := []string{"/en/meetings/" + id, "/zh/meetings/" + id, "/en/meetings/" + id + "/calendar.ics", "/en/search?q=Mispel", "/en/objects/" + id + "/edit", "/en/objects/" + id + "/history"}
		look := func() {
			t.Helper()
			for _, p := range pages {
				a := s.get("project-team", p)
				if m := hidden.FindString(a.Body); m != "" || a.Status != 200 {
					t.Errorf("%s: %d, %q", p, a.Status, m)
				}
			}
			s.want(s.get("project-team", pages[0]), 200, "Quitte", "One Mispel here", "and there")
			s.want(s.get("project-team", "/en/search?q=Mispel"), 200, "<mark>Mispel</mark> here")
		}
		look()
		// As an earlier version left its row; what a revision holds is decoded by access, which tests it.
		for _, words := range [][2]string{{"Mispel", "\u202eMis\u200bpel"}, {"Quitte", "\u2067Quitte"}} {
			s.row(id, words[0], words[1])
			look()
		}
		h, v, err := s.objects.Get(t.Context(), s.actor("project-team"), id)
		if err != nil {
			t.Fatal(err)
		}
		after, err := s.objects.Edit(t.Context(), s.actor("project-team"), id, h.Rev, v, "")
		if err != nil || after.Rev != h.Rev {
			t.Errorf("revision %d, %v", after.Rev, err)
		}
		s.row(id, "\u202eMis\u200bpel", "Mispel")
		s.row(id, "\u2067Quitte", "Quitte")
	})
}

// row writes words in a meeting's row in place of others, behind the back of whoever keeps it.
func (s *testSite) row(id ref.ID, old, now string) {
	s.t.Helper()
	err := s.db.Write(s.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `update meeting set body = replace(body, $1, $2) where id = $3`, old, now, id)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}
