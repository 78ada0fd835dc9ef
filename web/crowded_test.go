package web

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"entente/access"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/meeting"
)

// TestCrowded: a form of thousands of parts is refused with the limit and what was typed, on a page
// that is not many times as large as what was sent, whatever the kind and whatever the part.
func TestCrowded(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing here runs at once")
	}
	s := newTest(t)
	tried := 0
	for _, k := range s.objects.Kinds() {
		if !k.CanEdit() || k.IsPart() {
			continue
		}
		for _, f := range k.Fields() {
			if !f.List || f.Private {
				continue
			}
			form := url.Values{}
			for i := range 3000 {
				switch f.Control {
				case shape.Group:
					form.Set(f.Name+"."+strconv.Itoa(i)+"."+f.Fields[0].Name+".en", "Quitte "+strconv.Itoa(i))
				case shape.Multi:
					form.Set(f.Name+"."+strconv.Itoa(i)+".en", "Quitte "+strconv.Itoa(i))
				default:
					form.Add(f.Name, "Quitte "+strconv.Itoa(i))
				}
			}
			form.Set("told", "334771bb")
			a := s.post("project-team", "/en/new/"+k.KindName(), form)
			if a.Status == http.StatusForbidden || a.Status == http.StatusNotFound {
				continue
			}
			tried++
			s.want(a, http.StatusRequestEntityTooLarge, "500 items of a kind and 2000 in all", "Quitte 0\n", "Quitte 2999\n", "!334771bb")
			if two, eleven, hundred := strings.Index(a.Body, "Quitte 2\n"), strings.Index(a.Body, "Quitte 11\n"), strings.Index(a.Body, "Quitte 101\n"); two > eleven || eleven > hundred {
				t.Errorf("%s, %s: out of order", k.KindName(), f.Name)
			}
			if sent := len(form.Encode()); len(a.Body) > 4*sent {
				t.Errorf("%s, %s: %d bytes were sent and %d came back", k.KindName(), f.Name, sent, len(a.Body))
			}
		}
	}
	if tried < 8 {
		t.Errorf("only %d lists were tried", tried)
	}

	// So it is where an object stands, in lists within items, and by a link that fills in a form.
	m := meeting.Meeting{Title: text.Both("Meeting", ""), Type: "expert", State: meeting.Planned}
	h := s.create("meeting", access.Header{}, &m)
	form := url.Values{"rev": {"1"}, "title.en": {"Meeting"}, "type": {"expert"}, "state": {"planned"}}
	for i := range 50 {
		for j := range 41 {
			form.Set("agenda."+strconv.Itoa(i)+".speakers."+strconv.Itoa(j)+".function.en", "x")
		}
	}
	s.want(s.post("project-team", "/en/objects/"+h.ID+"/edit", form), http.StatusRequestEntityTooLarge)
	link := "/en/new/meeting?"
	for i := range 600 {
		link += "agenda." + strconv.Itoa(i) + ".at=1&"
	}
	s.want(s.get("project-team", link), http.StatusRequestEntityTooLarge)

	// A little too many items of one list are told at the list, and nothing is saved.
	form = url.Values{"rev": {"1"}, "title.en": {"Meeting"}, "type": {"expert"}, "state": {"planned"}}
	for i := range 500 {
		form.Set("agenda."+strconv.Itoa(i)+".title.en", "Item")
	}
	if a := s.post("project-team", "/en/objects/"+h.ID+"/edit", form); a.Status != http.StatusSeeOther {
		t.Errorf("%d: %s", a.Status, clip(a.Body))
	}
	form.Set("rev", "2")
	form.Set("agenda.500.title.en", "Item")
	s.want(s.post("project-team", "/zh/objects/"+h.ID+"/edit", form), http.StatusRequestEntityTooLarge, "不得超过500项")
	if got, _, err := s.objects.Get(t.Context(), s.actor("project-team"), h.ID); err != nil || got.Rev != 2 {
		t.Errorf("revision %d, %v", got.Rev, err)
	}
}

// TestLargeForm: a form within the limits makes no page that is many times what was sent, whether it
// is given back with a fault or shows what stands; nothing of it is lost, each item can be opened, and
// what holds a fault says so.
func TestLargeForm(t *testing.T) {
	const most = 1200 << 10
	s := newTest(t)
	nia := s.id("institution/nia")
	small := func(a answer, status int) {
		t.Helper()
		if a.Status != status || len(a.Body) > most {
			t.Errorf("%d, not %d, and %d bytes: %s", a.Status, status, len(a.Body), clip(a.Body))
		}
	}
	head := url.Values{"title.en": {"Meeting"}, "type": {"expert"}, "state": {"planned"}}
	speakers := maps.Clone(head)
	for i := range 40 {
		for j := range 45 {
			speakers.Set(fmt.Sprintf("agenda.%d.speakers.%d.institution", i, j), nia)
		}
	}
	small(s.post("project-team", "/en/new/meeting", speakers), http.StatusUnprocessableEntity) // no item has a title

	items := maps.Clone(head)
	for i := range 480 {
		items.Set(fmt.Sprintf("agenda.%d.title.en", i), fmt.Sprintf("Item <%d>", i))
		items.Set(fmt.Sprintf("agenda.%d.note.en", i), "one\n two")
	}
	items.Set("agenda.470.at", "25:00")
	a := s.post("project-team", "/en/new/meeting", items)
	small(a, http.StatusUnprocessableEntity)
	s.want(a, http.StatusUnprocessableEntity, `href="#agenda.470.at"`, `id="agenda.470.at"`, `name="agenda.470.at" type="time" value="25:00"`)

	m := meeting.Meeting{Title: text.Both("Meeting", ""), Type: "expert", State: meeting.Planned}
	for i := range 480 {
		m.Agenda = append(m.Agenda, meeting.Item{
			Title: text.Both(fmt.Sprintf("Item <%d>", i), ""), Note: text.Both("one\n two", ""), Speakers: []meeting.Speaker{{Institution: ref.Institution(nia)}},
		})
	}
	h := s.create("meeting", access.Header{}, &m)
	edit := "/en/objects/" + h.ID + "/edit"
	a = s.get("project-team", edit)
	small(a, http.StatusOK)
	s.want(a, http.StatusOK, `value="agenda.open.479"`, "Item &lt;479&gt;")
	form := controls(t, a.Body)
	form.Set("do", "agenda.open.479")
	a = s.post("project-team", edit, form)
	small(a, http.StatusOK)
	s.want(a, http.StatusOK, `id="agenda.479.title.en"`, `tabindex="-1" autofocus`)
	form = controls(t, a.Body)
	form.Set("agenda.479.title.en", "The last")
	if a = s.post("project-team", edit, form); a.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", a.Status, clip(a.Body))
	}
	m.Agenda[479].Title["en"] = text.Version{Text: "The last", Status: text.Original}
	_, got, err := s.objects.Get(t.Context(), s.actor("project-team"), h.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := shape.Diff(&m, got); len(d) > 0 {
		t.Errorf("%d differences: %+v", len(d), d[:min(3, len(d))])
	}

	// Plain values, too.
	var many meeting.Meeting
	many.Title, many.Type, many.State = m.Title, m.Type, m.State
	for range 4 {
		st := meeting.Statement{Text: text.Both("Said", "")}
		for range 480 {
			st.Institutions = append(st.Institutions, ref.Institution(nia))
		}
		many.Statements = append(many.Statements, st)
	}
	h = s.create("meeting", access.Header{}, &many)
	edit = "/en/objects/" + h.ID + "/edit"
	a = s.get("project-team", edit)
	small(a, http.StatusOK)
	form = controls(t, a.Body)
	form.Set("do", "statements.3.institutions.open.479")
	a = s.post("project-team", edit, form)
	small(a, http.StatusOK)
	if n := len(controls(t, a.Body)["statements.3.institutions"]); n != 480 {
		t.Errorf("%d institutions", n)
	}
}

// controls gives what a browser would send of the form of an object.
func controls(t *testing.T, page string) url.Values {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	attr := func(n *html.Node, name string) (string, bool) {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val, true
			}
		}
		return "", false
	}
	v := url.Values{}
	var walk func(*html.Node, bool)
	walk = func(n *html.Node, in bool) {
		if _, guarded := attr(n, "data-guard"); n.Data == "form" && guarded {
			in = true
		}
		name, named := attr(n, "name")
		kind, _ := attr(n, "type")
		_, checked := attr(n, "checked")
		value, _ := attr(n, "value")
		switch {
		case n.Data == "template":
			return
		case !in || !named:
		case n.Data == "input" && (checked || kind != "checkbox" && kind != "radio"):
			v.Add(name, value)
		case n.Data == "textarea":
			if n.FirstChild != nil {
				v.Add(name, n.FirstChild.Data)
			} else {
				v.Add(name, "")
			}
		case n.Data == "select":
			chosen := ""
			for o := range n.Descendants() {
				if _, is := attr(o, "selected"); o.Data == "option" && is {
					chosen, _ = attr(o, "value")
				}
			}
			v.Add(name, chosen)
		}
		for c := range n.ChildNodes() {
			walk(c, in)
		}
	}
	walk(doc, false)
	return v
}
