package web

import (
	"net/url"
	"strings"
	"testing"

	"entente/access"
)

// TestLook: before an audience is changed the page says who gains and who loses, and nothing is
// done; the form of the second step does it, without script.
func TestLook(t *testing.T) {
	s := newTest(t)
	const launch, at = "/en/meetings/{meeting/launch-phase-2}", "/en/objects/{meeting/launch-phase-2}/audience"
	h, _, err := s.objects.Get(t.Context(), s.actor("project-team"), s.id("meeting/launch-phase-2"))
	if err != nil {
		t.Fatal(err)
	}
	form := formOf(t, s.get("project-team", at).Body)
	form["audience"] = []string{"team:" + string(h.Dialogue), "institution:" + s.id("institution/nia")}
	form.Set("mark", "TLP:AMBER")
	form.Set("step", "look")
	s.want(s.post("project-team", at, form), 422, "has-error") // no reason
	form.Set("reason", "Until it is confirmed")
	a := s.post("project-team", at, form)
	s.want(a, 200, "Will no longer be able to read", "Everybody", "now: Everybody", "afterwards: ", "Until it is confirmed", "Change who may read", `value="TLP:AMBER"`)
	s.want(s.post("project-team", "/zh/objects/{meeting/launch-phase-2}/audience", form), 200, "不再知悉", "新增知悉", "社会公众", "确认调整")
	s.want(s.get(visitor, launch), 200)

	wide := url.Values{"rev": form["rev"], "mark": {"TLP:RED"}, "audience": {"anyone"}, "reason": {"x"}, "step": {"look"}}
	s.want(s.post("project-team", at, wide), 422, "has-error")
	form.Del("form") // the team's
	s.want(s.post("donor", at, form), 404)

	for _, unseen := range []string{"", choice{Mark: "TLP:CLEAR", Audience: access.NewAudience(access.Anyone)}.seen()} { // no change without its look
		bare := formOf(t, a.Body)
		bare.Set("seen", unseen)
		s.want(s.post("project-team", at, bare), 200, "Will no longer be able to read")
		s.want(s.get(visitor, launch), 200)
	}
	s.want(s.post("project-team", at, formOf(t, a.Body)), 303)
	s.want(s.get(visitor, launch), 404)
	s.want(s.get("project-team", strings.Replace(at, "/audience", "/history", 1)), 200,
		"<del>TLP:CLEAR</del>", "<ins>TLP:AMBER</ins>", "<del>Everybody", "<ins>")
	s.want(s.get("cn-focal-point", launch), 200)
	s.want(s.get("donor", launch), 404)

	// Widened again: the gain is named, and nobody loses.
	back := formOf(t, s.get("project-team", at).Body)
	back.Set("mark", "TLP:GREEN")
	back.Add("audience", "dialogue:"+string(h.Dialogue))
	back.Set("reason", "Confirmed")
	back.Set("step", "look")
	s.want(s.post("project-team", at, back), 200, "<li>Everybody who takes part in the dialogue</li>", "<dd>nobody</dd>")
}

// TestAssetsOfAnotherVersion: a page of a process that was upgraded asks one that was not yet.
func TestAssetsOfAnotherVersion(t *testing.T) {
	s := newTest(t)
	a := s.get(visitor, "/static/entente.0123456789ab.css")
	s.want(a, 200, "--jade")
	if c := a.Header.Get("Cache-Control"); c != "no-cache" {
		t.Errorf("it is kept: %q", c)
	}
	s.want(s.get(visitor, "/static/nothing.0123456789ab.css"), 404)
}
