package leak

import "testing"

// TestFeed: news that is taken back leaves the feed.
// Feeds are often made beside the pages, by a query that forgot to ask who reads.
func TestFeed(t *testing.T) {
	s := open(t)
	id := s.make("news", map[string]string{"title.en": secret, "title.zh": secret, "date": "2018-02-08", "lead.en": secret, "body.en": secret})
	s.unseen(id, "/en/feed.atom", "/zh/feed.atom") // a draft is in no feed yet, whoever asks
	s.visitor.Get(t, "/en/news").Without(t, secret, id)
	s.act(id, "publish", nil)
	s.seen("/en/feed.atom", "/zh/feed.atom", "/en/news")
	s.narrow(id)
	s.unseen(id, "/en/feed.atom", "/zh/feed.atom", "/en/news", "/en/", "/sitemap.xml")
}
