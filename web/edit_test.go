package web

import (
	"net/url"
	"strings"
	"testing"

	"entente/internal/shape"
	"entente/standard/tlp"
)

// editForm gives the form of an object as a browser would send it unchanged.
func editForm(t *testing.T, s *testSite, key string) url.Values {
	t.Helper()
	h, v, err := s.objects.Get(t.Context(), s.actor("project-team"), s.id(key))
	if err != nil {
		t.Fatal(err)
	}
	f := shape.EncodeForm(v)
	f.Set("rev", itoa(h.Rev))
	return f
}

// TestConflictKeepsBoth: two people change different fields of one meeting; the second is shown
// both versions, and the form that comes back holds the first one's change and the second's own.
func TestConflictKeepsBoth(t *testing.T) {
	s := newTest(t)
	const path = "/en/objects/{meeting/third-anniversary-2018}/edit"
	first, second := editForm(t, s, "meeting/third-anniversary-2018"), editForm(t, s, "meeting/third-anniversary-2018")
	first.Set("title.en", "Anniversary reception")
	second.Set("place.en", "Shanghai")
	s.want(s.post("project-team", path, first), 303)
	a := s.post("project-team", path, second)
	s.want(a, 409, "Somebody else saved first", `name="title.en" lang="en" value="Anniversary reception"`, `name="place.en" lang="en" value="Shanghai"`)
	if strings.Contains(a.Body, "Third anniversary of the project</ins>") {
		t.Error("the conflict offers to take the first change back")
	}
}

// TestFaultsNameTheField: the summary says which field needs what.
func TestFaultsNameTheField(t *testing.T) {
	s := newTest(t)
	s.want(s.post("project-team", "/en/new/meeting", url.Values{}), 422, "Title: This is needed.", "Type: This is needed.")
	s.want(s.post("project-team", "/zh/new/meeting", url.Values{}), 422, "标题：此项必填。")
}

// TestRemovedReference: what was removed elsewhere does not keep a meeting from being withdrawn
// or changed.
func TestRemovedReference(t *testing.T) {
	s := newTest(t)
	s.want(s.get("project-team", "/en/objects/{institution/mct}/remove"), 200, "These point at it", "Launch of Phase II")
	s.want(s.post("project-team", "/en/objects/{institution/mct}/remove", url.Values{"rev": {"1"}, "reason": {"test"}}), 303)
	s.want(s.post("project-team", "/en/objects/{meeting/launch-phase-2}/withdraw", url.Values{"rev": {"1"}}), 303)
	f := editForm(t, s, "meeting/launch-phase-2")
	f.Set("place.en", "Beijing, Chaoyang")
	s.want(s.post("project-team", "/en/objects/{meeting/launch-phase-2}/edit", f), 303)
}

// TestNobodyLocksThemselvesOut: an audience without whoever chooses it is refused, the dialogue is
// not removed, and a baseline has no acts.
func TestNobodyLocksThemselvesOut(t *testing.T) {
	s := newTest(t)
	narrow := url.Values{"rev": {"1"}, "reason": {"x"}, "mark": {string(tlp.AMBER)}, "audience": {s.fill("side:{side/eu}")}}
	narrow.Set("seen", s.seenOf("project-team", "/en/objects/{meeting/launch-phase-2}/audience", narrow))
	s.want(s.post("project-team", "/en/objects/{meeting/launch-phase-2}/audience", narrow), 422, "You would not be able to read this yourself")
	s.want(s.post("project-team", "/en/objects/{dialogue/migration-mobility}/remove", url.Values{"rev": {"1"}, "reason": {"x"}}), 403)
	s.want(s.get("project-team", "/en/baselines/{baseline/plan-2-v1}"), 200, "!/publish", "!/remove")
}

// TestReleaseOfANarrowMeeting: what is written from it is not wider than it.
func TestReleaseOfANarrowMeeting(t *testing.T) {
	s := newTest(t)
	f := url.Values{"title.en": {"Exchange visit ended"}, "lead.en": {"It ended."}, "meeting": {s.id("meeting/exchange-visit-2016")}}
	a := s.post("project-team", "/en/new/release", f)
	s.want(a, 303)
	at := a.Header.Get("Location")
	s.want(s.get("cn-focal-point", at), 200, "Exchange visit ended")
	s.want(s.get("donor", at), 404)
	s.want(s.get("project-team", strings.Replace(at, "/releases/", "/objects/", 1)+"/publish"), 200, "which the public cannot read")
}

// TestDroppedItemLeavesNoGap: without script, an item moves also after another was removed.
func TestDroppedItemLeavesNoGap(t *testing.T) {
	v := url.Values{}
	for i, title := range []string{"a", "b", "c"} {
		v.Set("agenda."+itoa(int64(i))+".title.en", title)
	}
	press(v, "agenda.remove.1", true)
	press(v, "agenda.up.1", true)
	if v.Get("agenda.0.title.en") != "c" || v.Get("agenda.1.title.en") != "a" || len(v) != 2 {
		t.Errorf("%v", v)
	}
}
