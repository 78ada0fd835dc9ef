package web

import (
	"context"
	"database/sql"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/standard/tlp"
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

var numbers = regexp.MustCompile(`now: (\d+) (?:person|people) who can sign in.*; afterwards: (\d+) (?:person|people) who can sign in`)

// TestLookCounts: of every audience in the example, the number that the page says now is that of those
// who can sign in and find the object; the number it says for afterwards is theirs after the act; and
// the two are one where nothing changes.
func TestLookCounts(t *testing.T) {
	s := newTest(t)
	team, id := s.actor("project-team"), s.id("meeting/launch-phase-2")
	readers := func() (n int) {
		for _, r := range s.roles {
			if _, _, err := s.objects.Get(t.Context(), s.actor(r.Role), id); err == nil {
				n++
			}
		}
		return n
	}
	sets := map[string]access.Audience{}
	if err := s.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := db.Collect(ctx, tx, func(r *sql.Rows) (struct{}, error) {
			var set string
			var p access.Principal
			err := r.Scan(&set, &p)
			sets[set] = append(sets[set], p)
			return struct{}{}, err
		}, `select m.aset, m.principal from aset_member m where exists (select 1 from object o where o.aset = m.aset) order by m.aset, m.principal`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	with := func(key string) access.Principal {
		return access.InstitutionOf(ref.Institution(s.id("institution/" + key)))
	}
	sets["predecessor"], sets["nobody"] = access.Audience{with("beea")}, access.Audience{with("mps")}
	sets["participants"] = access.Audience{access.ParticipantsOf(ref.Meeting(id)), access.CircleOf(ref.Circle(s.id("circle/border-practice")))}
	first, seen := access.NewAudience(access.TeamOf(team.Dialogue)), 0
	s.narrow(id, tlp.AMBER, first...)
	for _, name := range slices.Sorted(maps.Keys(sets)) {
		a := access.NewAudience(append(sets[name], access.TeamOf(team.Dialogue))...)
		if a.Has(access.Anyone) { // no number is told
			continue
		}
		mark := ""
		for _, m := range []tlp.Label{tlp.AMBERSTRICT, tlp.AMBER, tlp.GREEN} {
			if mark == "" && len(access.Agree(m, a)) == 0 {
				mark = string(m)
			}
		}
		for range 2 { // the second time nothing changes
			form := formOf(t, s.get("project-team", "/en/objects/{meeting/launch-phase-2}/audience").Body)
			form.Set("mark", mark)
			form.Set("reason", "test")
			form.Set("step", "look")
			form.Del("audience")
			for _, p := range a {
				form.Add("audience", string(p))
			}
			look := s.post("project-team", "/en/objects/{meeting/launch-phase-2}/audience", form)
			n := numbers.FindStringSubmatch(look.Body)
			if look.Status != http.StatusOK || n == nil {
				t.Fatalf("%v: %d %s", a, look.Status, clip(look.Body))
			}
			before := readers()
			s.want(s.post("project-team", "/en/objects/{meeting/launch-phase-2}/audience", formOf(t, look.Body)), http.StatusSeeOther)
			if after := readers(); n[1] != strconv.Itoa(before) || n[2] != strconv.Itoa(after) {
				t.Errorf("%v: the page says %s and %s, %d read it before and %d after", a, n[1], n[2], before, after)
			}
			seen++
		}
	}
	if seen < 8 {
		t.Errorf("%d audiences were tried", seen)
	}
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
