package leak

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// TestOwnCalendar: a calendar that opens without signing in follows its person's rights.
// Feeds with a secret address have gone on for years after the person left, and held the titles of
// what was closed to them by then.
func TestOwnCalendar(t *testing.T) {
	s := open(t)
	page := s.nia.Post(t, "/en/account/calendar", url.Values{}).Expect(t, http.StatusOK)
	at := regexp.MustCompile(`/calendar/[A-Z2-7]{26}\.ics`).FindString(page.Body)
	if at == "" {
		t.Fatal("no address")
	}
	feed := func() string {
		t.Helper()
		return strings.ReplaceAll(s.visitor.Get(t, at).Expect(t, http.StatusOK).Body, "\r\n ", "")
	}
	form := s.team.Get(s, "/en/new/meeting").Form(s, "/en/new/meeting")
	nia := regexp.MustCompile(`value="([0-9a-f-]{36})"[^>]*>[^<]*National Immigration Administration`).FindStringSubmatch(s.team.Get(s, "/en/new/meeting?participants=1").Body)
	if nia == nil {
		t.Fatal("no choice of NIA")
	}
	for k, v := range map[string]string{"title.en": secret, "title.zh": secret, "type": "seminar", "state": "planned", "starts": "2027-02-08", "participants.0.institution": nia[1]} {
		form.Set(k, v)
	}
	p := s.team.Post(s, "/en/new/meeting", form).Expect(s, http.StatusOK)
	id := idIn.FindString(p.Path)
	if !strings.Contains(feed(), secret) {
		t.Fatal("the meeting is not in the calendar")
	}
	s.narrow(id)
	if got := feed(); strings.Contains(got, secret) || strings.Contains(got, id) {
		t.Error("it holds what was narrowed")
	}
	s.nia.Post(t, "/en/account/calendar/end", url.Values{}).Expect(t, http.StatusOK)
	s.visitor.Get(t, at).Expect(t, http.StatusNotFound)
}
