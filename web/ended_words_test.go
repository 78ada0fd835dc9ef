package web

import (
	"net/http"
	"net/url"
	"testing"

	"entente/internal/text"
)

// TestEndedConfirmsNothing: of what waits for the word of an institution that has ended, its pages say
// that nobody can give it: a translation of its words, and an entry on its behalf.
func TestEndedConfirmsNothing(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		const at = "/zh/objects/{meeting/launch-phase-2}/statements"
		said := s.said(s.post("cn-ministry", at+"/new", url.Values{"sort": {"comment"}, "text.zh": {said1}, "rev": {s.rev(s.id("meeting/launch-phase-2"))}}))
		s.translate(said, "text", rendering, text.Draft)
		entered := behalf(s)
		const awaited, never = "Not confirmed by the institution yet", "the institution has ended, nobody can confirm it; original in Chinese:"
		s.want(s.get("member-state", "/en/statements/"+said), http.StatusOK, beside, "!"+never)
		s.ends("mfa", "2025-06-30", "nia")
		for _, page := range []string{"/en/statements/" + said, "/en/objects/{meeting/launch-phase-2}/statements"} {
			s.want(s.get("member-state", page), http.StatusOK, never, "!"+beside)
		}
		s.want(s.get("cn-focal-point", "/en/statements/"+said), http.StatusOK, never)
		s.want(s.get("project-team", "/en/statements/"+entered), http.StatusOK, awaited, "!nobody can confirm it")
		s.ends("nia", "2025-06-30")
		s.want(s.get("project-team", "/en/statements/"+entered), http.StatusOK, "The institution has ended; nobody can confirm it", "!"+awaited)
		s.want(s.get("project-team", "/zh/statements/"+entered), http.StatusOK, "该单位已终止，无法再行确认", "!待该单位确认")
	})
}
