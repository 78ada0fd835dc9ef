package leak

import "testing"

// TestCount: totals, numbers of hits and page numbers are the same whether a hidden object exists or not.
// "12 results", of which eleven are shown, tells that there is a twelfth; so does a gap in a list's numbers.
func TestCount(t *testing.T) {
	s := open(t)
	addresses := []string{
		"/en/meetings", "/en/meetings?year=2018", "/en/meetings?sort=title", "/en/search?q=border", "/zh/search?q=border",
		"/en/search?q=border&page=2", "/en/partners", "/en/plans", "/en/project", "/en/roadmap", "/en/releases", "/en/news", "/en/",
	}
	before := map[string]string{}
	for _, a := range addresses {
		before[a] = s.visitor.Get(t, a).Lasting() + s.donor.Get(t, a).Lasting() + s.nia.Get(t, a).Lasting()
	}
	for range 3 {
		s.narrow(s.make("meeting", map[string]string{"title.en": secret + " border", "title.zh": secret + " border", "type": "seminar", "state": "held", "starts": "2018-02-08"}))
	}
	for _, a := range addresses {
		if s.visitor.Get(t, a).Lasting()+s.donor.Get(t, a).Lasting()+s.nia.Get(t, a).Lasting() != before[a] {
			t.Errorf("%s differs after hidden meetings were made", a)
		}
	}
}
