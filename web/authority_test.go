package web

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"testing"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/meeting"
	"entente/roster"
	"entente/standard/tlp"
)

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// hiddenOf gives what a page's form sends again.
func hiddenOf(body string) url.Values {
	v := url.Values{}
	for _, m := range hiddenInput.FindAllStringSubmatch(body, -1) {
		v.Add(m[1], m[2])
	}
	return v
}

// told counts the notices of a kind that a person has.
func (s *testSite) told(person, kind string) (n int) {
	s.t.Helper()
	if err := s.db.Read(s.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `select count(*) from notice where person = $1 and kind = $2`, s.id("person/"+person), kind).Scan(&n)
	}); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// TestAuthority: what decides who reads is no part of the form that describes; a page of its own shows
// who gains and loses before anything is done, and those concerned are told.
func TestAuthority(t *testing.T) {
	s := newTest(t)
	nia := "{institution/nia}"
	edit := s.get("project-team", "/en/objects/"+nia+"/edit")
	s.want(edit, http.StatusOK, `name="short.en"`, "!standings", "!successors", `!name="parent"`, `!name="ended"`)
	_, v, err := s.objects.Get(t.Context(), s.actor("project-team"), s.id("institution/nia"))
	if err != nil {
		t.Fatal(err)
	}
	form := shape.EncodeForm(v)
	form.Set("rev", "1")
	form.Set("successors.0.institution", nia2mps(s))
	s.want(s.post("project-team", "/en/objects/"+nia+"/edit", form), http.StatusUnprocessableEntity, "changed on a page of its own")

	// An ordinary edit leaves what it does not show as it stands.
	form = shape.EncodeForm(v)
	for name := range form {
		if name == "parent" || name == "ended" || regexp.MustCompile(`^(standings|successors)\.`).MatchString(name) {
			delete(form, name)
		}
	}
	form.Set("rev", "1")
	form.Set("short.en", "NIA of China")
	s.want(s.post("project-team", "/en/objects/"+nia+"/edit", form), http.StatusSeeOther)
	_, now, _ := s.objects.Get(t.Context(), s.actor("project-team"), s.id("institution/nia"))
	if i := now.(*roster.Institution); len(i.Standings) != 1 || i.Standings[0].Side == "" || i.Short.Get("en") != "NIA of China" {
		t.Errorf("the edit left %+v", i)
	}

	at := "/en/objects/" + nia + "/authority"
	s.want(s.get("cn-focal-point", at), http.StatusForbidden)
	s.want(s.get("donor", "/en/objects/{meeting/launch-phase-2}/authority"), http.StatusNotFound)
	s.want(s.get("project-team", at), http.StatusOK, "successors", "!short.en")
	change := url.Values{"rev": {"2"}, "reason": {"decided on 1 May"}, "standings.0.as": {"side"}, "standings.0.side": {"{side/cn}"}, "standings.0.until": {"2024"}, "standings.1.as": {"observer"}, "standings.1.from": {"2025"}}
	without := url.Values{}
	for k, vs := range change {
		without[k] = vs
	}
	without.Del("reason")
	s.want(s.post("project-team", at, without), http.StatusUnprocessableEntity, `id="reason-error"`)
	across := url.Values{}
	for k, vs := range change {
		across[k] = vs
	}
	across.Set("successors.0.institution", "{institution/eud}")
	s.want(s.post("project-team", at, across), http.StatusUnprocessableEntity, "succeeds only one of its own side")

	look := s.post("project-team", at, change)
	s.want(look, http.StatusOK, "Who gains and who loses", "reads what is for: Chinese side", "takes part inside the own side for National Immigration Administration",
		"National Immigration Administration: 2 people who can sign in", "reads what names them in person inside: Chinese side", "Among them the focal points of", "<li>Ministry of Foreign Affairs")
	if s.actor("cn-focal-point").Side == "" || s.told("cn-focal-point", "authority") != 1 { // of the short name
		t.Fatal("the page before the act did it")
	}
	send := hiddenOf(look.Body)
	if send.Get("seen") == "" {
		t.Fatal("the page does not say what it showed")
	}
	stale := hiddenOf(look.Body)
	stale.Set("standings.1.as", "associated")
	s.want(s.post("project-team", at, stale), http.StatusOK, "Who gains and who loses") // shown anew
	s.want(s.post("project-team", at, send), http.StatusSeeOther)
	if s.actor("cn-focal-point").Side != "" {
		t.Error("the act did nothing")
	}
	for person, n := range map[string]int{"cn-focal-point": 2, "cn-contributor": 2, "cn-ministry": 1, "project-team": 0} {
		if got := s.told(person, "authority"); got != n {
			t.Errorf("%s was told %d times, want %d", person, got, n)
		}
	}
	s.want(s.get("cn-focal-point", "/en/notices"), http.StatusOK, "Standing or succession of an institution was changed", "National Immigration Administration")
	s.want(s.get("project-team", "/en/objects/"+nia+"/history"), http.StatusOK, "changed standing or succession", "decided on 1 May")
}

func nia2mps(s *testSite) string { return string(s.id("institution/mps")) }

// TestAuthorityOfPeople: by posts and functions nobody comes into a side's inner room, nor by an edit;
// the member whom a circle leaves out is told, without its name.
func TestAuthorityOfPeople(t *testing.T) {
	s := newTest(t)
	at := "/en/objects/{person/expert}/authority"
	s.want(s.get("project-team", at), http.StatusOK, "posts", "functions")
	s.want(s.post("project-team", at, url.Values{
		"rev": {"1"}, "reason": {"why"}, "posts.0.institution": {"{institution/nia}"}, "functions.0.function": {"focal-point"},
	}), http.StatusUnprocessableEntity, "This would open what stands in a side’s inner room")
	look := s.post("project-team", at, url.Values{"rev": {"1"}, "reason": {"why"}, "posts.0.institution": {"{institution/iom}"}, "functions.0.function": {"observer"}})
	s.want(look, http.StatusOK, "the function: Observer", "International Organization for Migration</td>")
	s.want(s.post("project-team", at, hiddenOf(look.Body)), http.StatusSeeOther)
	if s.told("expert", "authority") != 1 {
		t.Error("the person was not told")
	}

	_, v, err := s.objects.Get(t.Context(), s.actor("project-team"), s.id("circle/border-practice"))
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"rev": {"1"}, "reason": {"why"}}
	left := 0
	for _, m := range v.(*roster.Circle).Members {
		if string(m) == string(s.id("institution/nia")) {
			left++
			continue
		}
		form.Add("members", string(m))
	}
	if left != 1 {
		t.Fatal("NIA is no member of the circle of the example")
	}
	look = s.post("project-team", "/en/objects/{circle/border-practice}/authority", form)
	s.want(look, http.StatusOK, "National Immigration Administration: 2 people who can sign in")
	s.want(s.post("project-team", "/en/objects/{circle/border-practice}/authority", hiddenOf(look.Body)), http.StatusSeeOther)
	s.want(s.get("cn-focal-point", "/en/notices"), http.StatusOK, "no longer among those")
}

// TestUnplaced: of a list that names objects a row is what left and what came, whatever moved up behind it.
func TestUnplaced(t *testing.T) {
	a, b, c := ref.New(), ref.New(), ref.New()
	row := func(before, after string) ConflictRow {
		return ConflictRow{Label: "members", Theirs: before, Mine: after}
	}
	for _, x := range []struct{ rows, want []ConflictRow }{
		{[]ConflictRow{row(a, b), row(b, c), row(c, "")}, []ConflictRow{row(a, "")}},
		{[]ConflictRow{row(a, b), row("", a)}, []ConflictRow{row("", b)}},
		{[]ConflictRow{row(a, b)}, []ConflictRow{row(a, b)}},
		{[]ConflictRow{row("x", "y"), row("y", "z")}, []ConflictRow{row("x", "y"), row("y", "z")}},
	} {
		if got := unplaced(x.rows); !slices.Equal(got, x.want) {
			t.Errorf("%v became %v, want %v", x.rows, got, x.want)
		}
	}
}

// TestParticipantsWiden: an edit by which somebody comes to take part in a meeting, and so reads what
// is for its participants, shows first who gains, writes nothing until that was seen, and tells them.
func TestParticipantsWiden(t *testing.T) {
	s := newTest(t)
	id := s.id("meeting/mixed-migration-2018")
	at := "/en/objects/" + string(id) + "/edit"
	of := access.ParticipantsOf(ref.Meeting(id))
	role := ""
	for _, r := range s.roles {
		if a := s.actor(r.Role); a.Institution != "" && r.Role != "project-team" && r.Role != "administrator" {
			role = r.Role
		}
	}
	gaining := s.actor(role)
	form := formOf(t, s.get("project-team", at).Body)
	add := func(v url.Values) url.Values {
		v = plus(v, url.Values{})
		v.Set("participants.90.institution", string(gaining.Institution))
		return v
	}
	paper := s.create("meeting", access.Header{Mark: tlp.AMBER, Audience: access.NewAudience(of, access.TeamOf(gaining.Dialogue))},
		&meeting.Meeting{Title: text.Both("Paper", "文件"), Type: "seminar", State: meeting.Planned})
	_, v, err := s.objects.Get(t.Context(), s.actor("project-team"), id)
	if err != nil {
		t.Fatal(err)
	}
	before := len(v.(*meeting.Meeting).Participants)
	s.want(s.get(role, "/en/meetings/"+string(paper.ID)), http.StatusNotFound)
	look := s.post("project-team", at, add(form))
	s.want(look, http.StatusOK, "Look through who gains and who loses", "who can sign in", "reads what is for: Participants of")
	s.want(s.get(role, "/en/meetings/"+string(paper.ID)), http.StatusNotFound)
	send := formOf(t, look.Body)
	s.want(s.post("project-team", at, send), http.StatusSeeOther)
	s.want(s.get(role, "/en/meetings/"+string(paper.ID)), http.StatusOK)
	if n := s.told(role, "authority"); n != 1 {
		t.Errorf("%s was told %d times", role, n)
	}
	_, v, _ = s.objects.Get(t.Context(), s.actor("project-team"), id)
	if n := len(v.(*meeting.Meeting).Participants); n != before+1 {
		t.Errorf("%d participants, before there were %d", n, before)
	}
	// What changes nobody's reading is saved as ever.
	form = formOf(t, s.get("project-team", at).Body)
	form.Set("title.en", "Another title")
	s.want(s.post("project-team", at, form), http.StatusSeeOther)
}

// TestParticipantsOpen: who comes to take part reads what was said before to those who take part; the page
// says how much that is, and those who said it are told.
func TestParticipantsOpen(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		team := s.actor("project-team")
		m := &meeting.Meeting{Title: text.Both("Closed talks", "内部会谈"), Type: "seminar", State: meeting.Planned, Participants: []meeting.Participation{{Institution: ref.Institution(s.id("institution/eud"))}}}
		h := s.create("meeting", access.Header{}, m)
		if err := s.objects.SetAudience(t.Context(), team, h.ID, h.Rev, tlp.AMBERSTRICT, access.NewAudience(access.ParticipantsOf(ref.Meeting(h.ID)), access.TeamOf(team.Dialogue)), "x"); err != nil {
			t.Fatal(err)
		}
		said := s.said(s.post("eu-focal-point", "/en/objects/"+h.ID+"/statements/new", url.Values{"sort": {"comment"}, "text.en": {"Said to those who are there"}}))
		at := "/en/objects/" + h.ID + "/edit"
		form := formOf(t, s.get("project-team", at).Body)
		form.Set("participants.90.institution", s.id("institution/nia"))
		look := s.post("project-team", at, form)
		s.want(look, 200, "Further participants come to read 2 entries that were addressed to the participants before") // the meeting and the statement
		before := s.told("eu-focal-point", "authority")
		s.want(s.post("project-team", at, formOf(t, look.Body)), 303)
		s.want(s.get("cn-focal-point", "/en/statements/"+said), 200, "Said to those who are there")
		if n := s.told("eu-focal-point", "authority"); n != before+1 {
			t.Errorf("who said it was told %d times", n-before)
		}
		s.want(s.get("eu-focal-point", "/en/notices"), 200, "A meeting got further participants, and they read what your institution addressed to those who take part")

		// Who may not read the meeting is told without it.
		form = formOf(t, s.get("project-team", at).Body)
		for k := range form {
			if form.Get(k) == s.id("institution/eud") {
				form.Del(k)
			}
		}
		s.want(s.post("project-team", at, formOf(t, s.post("project-team", at, form).Body)), 303)
		form = formOf(t, s.get("project-team", at).Body)
		form.Set("participants.91.institution", s.id("institution/mfa"))
		s.want(s.post("project-team", at, formOf(t, s.post("project-team", at, form).Body)), 303)
		s.want(s.get("eu-focal-point", "/en/notices"), 200, "A meeting that you may not read got further participants")
	})
}

// TestSuccessorOpens: who succeeds an institution that ends reads what was said to that one by name; the page
// says how much that is, and those who said it are told.
func TestSuccessorOpens(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		team := s.actor("project-team")
		member, eud, mfa := access.InstitutionOf(s.actor("member-state").Institution), ref.Institution(s.id("institution/eud")), access.InstitutionOf(ref.Institution(s.id("institution/mfa")))
		h := s.create("meeting", access.Header{Mark: tlp.AMBERSTRICT, Audience: access.NewAudience(member, mfa, access.TeamOf(team.Dialogue))},
			&meeting.Meeting{Title: text.Both("Closed talks", "内部会谈"), Type: "seminar", State: meeting.Planned})
		said := s.said(s.post("cn-ministry", "/en/objects/"+h.ID+"/statements/new", url.Values{"sort": {"comment"}, "text.en": {"Said to one of them"}}))
		s.want(s.get("eu-focal-point", "/en/statements/"+said), 404)
		at := "/en/objects/" + member.ID() + "/authority"
		form := formOf(t, s.get("project-team", at).Body)
		form.Set("ended", "2026-01-01")
		form.Set("successors.0.institution", ref.ID(eud))
		form.Set("reason", "decided")
		form.Set("successors.0.matter.en", "statistics") // then nothing is read by it
		s.want(s.post("project-team", at, form), 200, "!entries that were addressed to it, to a circle")
		form.Set("successors.0.matter.en", "")
		look := s.post("project-team", at, form)
		s.want(look, 200, "entries that were addressed to it, to a circle", "The institutions whose entries these are, are told")
		before := s.told("cn-ministry", "authority")
		s.want(s.post("project-team", at, formOf(t, look.Body)), 303)
		s.want(s.get("eu-focal-point", "/en/statements/"+said), 200, "Said to one of them")
		if n := s.told("cn-ministry", "authority"); n != before+1 {
			t.Errorf("who said it was told %d times", n-before)
		}
	})
}

// TestSuccessionPassesNothing: the page before a succession in one matter, or of an institution that goes on, says of
// nobody that anything is read by it, also where another such succession stands already.
func TestSuccessionPassesNothing(t *testing.T) {
	s := newTest(t)
	at := "/en/objects/{institution/mfa}/authority"
	form := formOf(t, s.get("project-team", at).Body)
	form.Set("successors.0.institution", s.id("institution/mohrss")) // which succeeded another in one matter
	form.Set("reason", "decided")
	for _, matter := range []string{"statistics", ""} {
		form.Set("successors.0.matter.en", matter)
		s.want(s.post("project-team", at, form), http.StatusOK, "Who gains and who loses", "!reads what is for")
	}
}

// TestEnteredIsTold: whoever is invited to an institution, or entered there, and an institution entered on a
// side, read what others read; these are told.
func TestEnteredIsTold(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		before := s.told("cn-focal-point", "authority")
		at := "/en/institutions/{institution/nia}/invite"
		s.want(s.get("project-team", at), 200, "Whoever uses the code reads what is for this institution", "focal points are told")
		s.want(s.post("project-team", at, url.Values{"function": {"donor-officer"}, "title.en": {"Officer"}, "title.zh": {"专员"}, "language": {"en"}}), 200)
		if n := s.told("cn-focal-point", "authority"); n != before+1 {
			t.Errorf("invited: told %d times", n-before)
		}
		s.want(s.get("cn-focal-point", "/zh/notices"), 200, "贵单位新登记一名人员：专员")
		form := formOf(t, s.get("project-team", "/en/new/person").Body)
		form.Set("title.en", "Expert")
		form.Set("title.zh", "专家")
		form.Set("posts.0.institution", s.id("institution/nia"))
		form.Set("functions.0.function", "expert")
		s.want(s.post("project-team", "/en/new/person", form), 303)
		if n := s.told("cn-focal-point", "authority"); n != before+2 {
			t.Errorf("entered: told %d times", n-before)
		}
		before = s.told("cn-ministry", "authority")
		beforeEU := s.told("eu-focal-point", "authority")
		form = formOf(t, s.get("project-team", "/en/new/institution").Body)
		form.Set("names.0.name.en", "Bureau of a new kind")
		form.Set("names.0.name.zh", "新设局")
		form.Set("level", "national")
		form.Set("standings.0.as", "side")
		form.Set("standings.0.side", s.id("side/eu"))
		form.Set("standings.0.until", "2020")
		form.Set("standings.1.as", "side")
		form.Set("standings.1.side", s.id("side/cn"))
		form.Set("standings.1.from", "2021")
		s.want(s.post("project-team", "/en/new/institution", form), 303)
		if n := s.told("cn-ministry", "authority"); n != before+1 {
			t.Errorf("an institution entered: the lead told %d times", n-before)
		}
		if n := s.told("eu-focal-point", "authority"); n != beforeEU+1 {
			t.Errorf("an institution entered: the lead of its former side told %d times", n-beforeEU)
		}
	})
}
