package leak

import (
	"strings"
	"testing"
)

// TestSearch: neither titles, excerpts nor counts of hits come from what the reader may not read.
// An index is made once for all and asked by everybody; the excerpt came from it, not from the page.
func TestSearch(t *testing.T) {
	s := open(t)
	id := s.make("meeting", map[string]string{
		"title.en": "A seminar", "title.zh": "研讨会", "type": "seminar", "state": "held", "starts": "2018-02-08",
		"summary.en": "They spoke of ailurophobia and of " + secret + " at length",
	})
	s.act(id, "publish", nil)
	s.seen("/en/search?q=ailurophobia")
	s.narrow(id)
	for _, q := range []string{"ailurophobia", "ailuro", "%22They+spoke%22", "ailurophobia&kind=meeting", "ailurophobia&page=1"} {
		s.unseen(id, "/en/search?q="+q, "/zh/search?q="+q)
	}
	for _, c := range s.outside {
		hidden, absent := c.Get(t, "/en/search?q=ailurophobia").Text(), c.Get(t, "/en/search?q=ailurophobix").Text()
		if replaced(hidden) != replaced(absent) {
			t.Error("a word that stands in a hidden text alone is answered otherwise than one that stands nowhere")
		}
	}
}

// replaced takes out what a page repeats of the question.
func replaced(s string) string {
	return strings.NewReplacer("ailurophobia", "", "ailurophobix", "").Replace(s)
}
