package leak

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestError: a refusal is the same for what is hidden and for what never was.
// "You may not see this meeting" says that there is one; so does another status, or a conflict.
func TestError(t *testing.T) {
	s := open(t)
	id := s.meeting(secret)
	s.narrow(id)
	const none = "01a20816-3b1b-78c1-b815-000000000000"
	bare := func(body, id string) string { return strings.ReplaceAll(body, id, "") }
	for _, path := range []string{
		"/en/meetings/ID", "/en/meetings/ID/calendar.ics", "/en/objects/ID", "/en/objects/ID/history", "/en/objects/ID/texts",
		"/en/objects/ID/edit", "/en/objects/ID/audience", "/en/objects/ID/publish", "/en/meetings/ID/postpone",
	} {
		for _, c := range s.outside {
			hidden, absent := c.Get(t, strings.ReplaceAll(path, "ID", id)), c.Get(t, strings.ReplaceAll(path, "ID", none))
			if hidden.Status != absent.Status || bare(hidden.Lasting(), id) != bare(absent.Lasting(), none) {
				t.Errorf("GET %s: hidden %d, absent %d, or the pages differ", path, hidden.Status, absent.Status)
			}
		}
	}
	for _, path := range []string{"/en/objects/ID/edit", "/en/objects/ID/remove", "/en/objects/ID/audience", "/en/meetings/ID/cancel"} {
		form := url.Values{"rev": {"1"}, "reason": {"x"}}
		for _, c := range s.outside {
			hidden, absent := c.Post(t, strings.ReplaceAll(path, "ID", id), form), c.Post(t, strings.ReplaceAll(path, "ID", none), form)
			if hidden.Status != absent.Status || bare(hidden.Lasting(), id) != bare(absent.Lasting(), none) {
				t.Errorf("POST %s: hidden %d, absent %d, or the pages differ", path, hidden.Status, absent.Status)
			}
		}
	}
	s.team.Get(t, "/en/meetings/"+id).Expect(t, http.StatusOK, secret)
}
