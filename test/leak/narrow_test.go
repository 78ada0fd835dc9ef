package leak

import (
	"net/http"
	"testing"
)

// TestNarrow: a public meeting is narrowed to named persons and is gone by every door at once.
// Elsewhere the page went and the list, the calendar or the site map kept the title for days.
func TestNarrow(t *testing.T) {
	s := open(t)
	id := s.meeting(secret + " seminar")
	lists := []string{"/en/meetings", "/zh/meetings?year=2018", "/en/meetings/calendar.ics"}
	page, calendar, found := "/en/meetings/"+id, "/en/meetings/"+id+"/calendar.ics", "/en/search?q=seminar&kind=meeting"
	s.seen(append(lists, page, calendar)...)
	s.visitor.Get(t, found).Expect(t, http.StatusOK, "/en/meetings/"+id)
	s.visitor.Get(t, "/sitemap.xml").Expect(t, http.StatusOK, id)

	s.narrow(id)
	for _, c := range s.outside {
		for _, a := range []string{page, calendar, "/zh/meetings/" + id, "/en/objects/" + id} {
			c.Get(t, a).Expect(t, http.StatusNotFound).Without(t, secret)
		}
	}
	s.unseen(id, append(lists, found, "/sitemap.xml", "/en/feed.atom", "/zh/feed.atom", "/en/", "/en/dialogue", "/en/partners")...)
	s.team.Get(t, page).Expect(t, http.StatusOK, secret, "you are named in person")
}
