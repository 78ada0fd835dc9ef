package leak

import (
	"net/http"
	"testing"
)

// TestDraft: what is written for publication is not public before it is published.
// Drafts have been found by guessing the next address, and by the list that the site map was made from.
func TestDraft(t *testing.T) {
	s := open(t)
	id := s.make("page", map[string]string{"title.en": secret, "title.zh": secret, "body.en": secret})
	for _, a := range []string{"/en/pages/" + id, "/zh/pages/" + id, "/en/objects/" + id} {
		s.visitor.Get(t, a).Expect(t, http.StatusNotFound)
	}
	for _, a := range []string{"/en/pages", "/en/", "/sitemap.xml", "/en/search?q=" + secret, "/en/feed.atom"} {
		p := s.visitor.Get(t, a)
		if idIn.FindString(p.Body) == "" && a == "/sitemap.xml" {
			t.Error("the site map is empty, which proves nothing")
		}
		if p.Without(t, id); a != "/en/search?q="+secret {
			p.Without(t, secret)
		}
	}
}
