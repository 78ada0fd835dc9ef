package web

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"entente/access"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/meeting"
)

// TestCrowded: a form of thousands of parts is refused with the limit and what was typed, on a page
// that is not many times as large as what was sent, whatever the kind and whatever the part.
func TestCrowded(t *testing.T) {
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
			a := s.post("project-team", "/en/new/"+k.KindName(), form)
			if a.Status == http.StatusForbidden || a.Status == http.StatusNotFound {
				continue
			}
			tried++
			s.want(a, http.StatusRequestEntityTooLarge, "500 items of a kind and 2000 in all", "Quitte 0\n", "Quitte 2999\n")
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
