package leak

import (
	"net/http"
	"net/url"
	"testing"
)

// TestHistory: what a revision said when few might read it is not read by those let in later.
// A text was corrected before release, and the list of changes showed what had been taken out.
func TestHistory(t *testing.T) {
	s := open(t)
	id := s.meeting("A seminar")
	s.narrow(id)
	s.edit(id, func(f url.Values) { f.Set("summary.en", secret) })
	s.edit(id, func(f url.Values) { f.Set("summary.en", "What all may know") })
	s.act(id, "publish", nil)
	at := "/en/objects/" + id + "/history"
	for _, c := range []string{at, at + "?below=4", at + "?below=5"} {
		s.nia.Get(t, c).Expect(t, http.StatusOK).Without(t, secret)
		s.donor.Get(t, c).Expect(t, http.StatusOK).Without(t, secret)
	}
	s.visitor.Get(t, at).Without(t, secret)
	s.team.Get(t, at).Expect(t, http.StatusOK, secret)
}

// edit changes the object's form as the project team.
func (s *site) edit(id string, change func(url.Values)) {
	s.Helper()
	at := "/en/objects/" + id + "/edit"
	form := s.team.Get(s, at).Form(s, at)
	change(form)
	s.team.Post(s, at, form).Expect(s, http.StatusOK)
}
