package leak

import (
	"net/http"
	"strings"
	"testing"
)

// TestCache: nothing that was fetched before an object was narrowed is good afterwards without asking anew.
// A cache in between, or the browser of the next person at the desk, has shown pages that were taken back.
func TestCache(t *testing.T) {
	s := open(t)
	id := s.meeting(secret)
	addresses := []string{"/en/meetings/" + id, "/en/meetings", "/en/meetings/calendar.ics", "/en/meetings/" + id + "/calendar.ics", "/sitemap.xml", "/en/feed.atom"}
	tags := map[string]string{}
	for _, a := range addresses {
		p := s.visitor.Get(t, a).Expect(t, http.StatusOK)
		tags[a] = p.Header.Get("ETag")
		if c := p.Header.Get("Cache-Control"); !strings.Contains(c, "no-cache") && !strings.Contains(c, "no-store") {
			t.Errorf("%s may be kept without asking: Cache-Control %q", a, c)
		}
		p = s.nia.Get(t, a).Expect(t, http.StatusOK)
		c, shared := p.Header.Get("Cache-Control"), a == "/sitemap.xml" || strings.HasSuffix(a, ".atom") // the same for everybody
		if !shared && (!strings.Contains(c, "private") || !strings.Contains(strings.Join(p.Header.Values("Vary"), ","), "Cookie")) {
			t.Errorf("%s of a person may be given to another: Cache-Control %q, Vary %q", a, c, p.Header.Values("Vary"))
		}
	}
	s.narrow(id)
	for _, a := range addresses {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.node.Base+a, nil)
		if err != nil {
			t.Fatal(err)
		}
		if tags[a] != "" {
			r.Header.Set("If-None-Match", tags[a])
		}
		r.Header.Set("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")
		p := s.visitor.Do(t, r).Without(t, secret)
		if p.Status == http.StatusNotModified && a != "/en/feed.atom" { // a meeting is in no feed of news
			t.Errorf("%s: a copy from before is called good", a)
		}
	}
}
