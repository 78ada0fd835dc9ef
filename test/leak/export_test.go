package leak

import (
	"net/http"
	"strings"
	"testing"
)

// TestExport: a calendar taken by a person holds what that person may read, with the mark, and no address gives the whole.
// Exports were made by a second query under the server's own rights, or lost the mark on the way out.
func TestExport(t *testing.T) {
	s := open(t)
	id := s.meeting(secret)
	s.nia.Get(t, "/en/meetings/calendar.ics").Expect(t, http.StatusOK, secret)
	s.narrow(id)
	s.unseen(id, "/en/meetings/calendar.ics", "/zh/meetings/calendar.ics")
	p := s.team.Get(t, "/en/meetings/"+id+"/calendar.ics").Expect(t, http.StatusOK, secret)
	if !strings.Contains(p.Body, "TLP:RED") {
		t.Error("the calendar file does not carry the mark")
	}
	for _, c := range append(s.outside, s.team) {
		for _, a := range []string{"/export", "/en/export", "/en/objects/" + id + ".yaml", "/entente.db", "/static/../entente.db"} {
			if p := c.Get(t, a); p.Status == http.StatusOK {
				t.Errorf("%s: %d", a, p.Status)
			}
		}
	}
}
