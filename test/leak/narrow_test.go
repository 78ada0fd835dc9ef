package leak

import (
	"net/http"
	"strings"
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

// TestNarrowFiles: what an institution said about a meeting, and the file that it attached to that, are gone
// by every door for whom the meeting is narrowed away from, and stay with that institution.
func TestNarrowFiles(t *testing.T) {
	s := open(t)
	id := s.meeting("Seminar on paper")
	at := "/en/objects/" + id + "/statements/new"
	form := s.nia.Get(t, at).Form(t, at)
	form.Set("sort", "comment")
	form.Set("text.en", secret)
	said := idIn.FindString(s.nia.PostFile(t, at, form, "file", "paper.txt", []byte(secret)).Expect(t, http.StatusOK, secret).Path)
	page := "/en/statements/" + said
	file := fileIn.FindStringSubmatch(s.nia.Get(t, page).Expect(t, http.StatusOK, secret, "paper").Body)[1]
	doors := []string{page, "/en/files/" + file, "/files/" + file + "/paper.txt", "/en/objects/" + file + "/history", "/en/objects/" + said + "/files", "/en/objects/" + said + "/history"}
	for _, a := range doors {
		s.donor.Get(t, a).Expect(t, http.StatusOK)
	}
	s.narrow(id)
	for _, a := range doors {
		s.donor.Get(t, a).Expect(t, http.StatusNotFound).Without(t, secret)
		s.visitor.Get(t, a).Without(t, secret)
		s.nia.Get(t, a).Expect(t, http.StatusOK)
	}
	s.nia.Get(t, "/en/meetings/"+id).Expect(t, http.StatusNotFound)
	for _, a := range []string{"/en/search?q=paper", "/en/desk", "/en/meetings"} {
		p := s.donor.Get(t, a)
		for _, of := range []string{id, said, file} {
			if strings.Contains(p.Body, of) {
				t.Errorf("%s shows the address of what may not be read", a)
			}
		}
	}
}
