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
	"entente/internal/text"
	"entente/publication"
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
	s.want(s.post("project-team", "/zh/objects/{meeting/launch-phase-2}/audience", form), 200, "不再阅知", "新增阅知", "社会公众", "确认调整")
	s.want(s.get(visitor, launch), 200)

	wide := url.Values{"rev": form["rev"], "mark": {"TLP:RED"}, "audience": {"anyone"}, "reason": {"x"}, "step": {"look"}}
	s.want(s.post("project-team", at, wide), 422, "has-error")
	form.Del("form") // the team's
	s.want(s.post("donor", at, form), 404)

	for _, unseen := range []string{"", choice{Mark: "TLP:CLEAR", Audience: access.NewAudience(access.Anyone)}.name()} { // no change without its look
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
	if testing.Short() {
		t.Skip("nothing here runs at once")
	}
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

// publish shows an object to everybody by the page that stands before it.
func (s *testSite) publish(role string, id ref.ID) answer {
	at := "/en/objects/" + id + "/publish"
	return s.post(role, at, formOf(s.t, s.get(role, at).Body))
}

// TestLookPublish: what only few read is shown to everybody after its page alone, which names the mark
// that is lifted and who read it until then; and it is not withdrawn, by which more would read it.
func TestLookPublish(t *testing.T) {
	s := newTest(t)
	id, team := s.id("meeting/launch-phase-2"), s.actor("project-team")
	s.narrow(id, tlp.AMBERSTRICT, access.TeamOf(team.Dialogue))
	at := "/en/objects/" + id
	s.want(s.post("project-team", at+"/withdraw", url.Values{"rev": {s.rev(id)}}), 422, "It is not public")
	s.want(s.get("eu-focal-point", "/en/meetings/"+id), 404)
	for _, seen := range []string{"", choice{Mark: tlp.CLEAR, Audience: access.NewAudience(access.Anyone)}.name()} {
		s.want(s.post("project-team", at+"/publish", url.Values{"rev": {s.rev(id)}, "seen": {seen}}), 200, "This mark is lifted:", "TLP:AMBER&#43;STRICT", "Everybody")
		s.want(s.get(visitor, "/en/meetings/"+id), 404)
	}
	form := formOf(t, s.get("project-team", at+"/publish").Body)
	s.narrow(id, tlp.RED, access.PersonOf(team.Person)) // another mark than was shown
	form.Set("rev", s.rev(id))
	s.want(s.post("project-team", at+"/publish", form), 200, "TLP:RED")
	s.want(s.publish("project-team", id), 303)
	s.want(s.get(visitor, "/en/meetings/"+id), 200)
	s.want(s.post("project-team", at+"/withdraw", url.Values{"rev": {s.rev(id)}}), 303)
}

// TestNoRevision: a form that does not say which revision it was made from changes nothing and is told so,
// at every address that changes an object.
func TestNoRevision(t *testing.T) {
	s := newTest(t)
	meeting, news := s.id("meeting/launch-phase-2"), s.create("news", access.Header{}, &publication.News{Title: text.Both("News", "新闻"), Date: "2026-01-01"}).ID
	dir := "/en/objects/" + news
	edit := formOf(t, s.get("project-team", dir+"/edit").Body)
	edit.Set("title.en", "Other")
	file := s.attach("meeting/launch-phase-2", "a.txt", "first", nil)
	call := s.ask(meeting, nil)
	for at, form := range map[string]url.Values{
		dir + "/edit":                           edit,
		dir + "/publish":                        formOf(t, s.get("project-team", dir+"/publish").Body),
		dir + "/remove":                         {"reason": {"x"}},
		"/en/objects/" + meeting + "/withdraw":  {},
		"/en/meetings/" + meeting + "/postpone": {"starts": {"2031-06-01"}, "reason.en": {"x"}},
		"/en/meetings/" + meeting + "/cancel":   {"reason.en": {"x"}},
		"/en/calls/" + call + "/extend":         {"due": {"2031-02-10"}, "reason.en": {"x"}},
		"/en/calls/" + call + "/close":          {"reason.en": {"x"}},
	} {
		for _, rev := range []string{"", "abc", "0", "-1"} {
			form.Set("rev", rev)
			s.want(s.post("project-team", at, form), 422, "which revision it was made from")
		}
	}
	for _, rev := range []string{"", "abc", "0", "-1"} {
		s.want(s.send("project-team", "/en/files/"+file, "a.txt", "second", map[string]string{"rev": rev}), 422, "which revision it was made from")
	}
}
