package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"entente/access"
	"entente/dialogue"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/roster"
	"entente/standard/tlp"
)

var seenField = regexp.MustCompile(`name="seen" value="([^"]+)"`)

// TestPicker: who may read is chosen where something is written, in one way everywhere.
func TestPicker(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		d := s.id("dialogue/migration-mobility")
		const at, team = "/en/new/meeting", "project-team"
		s.want(s.get(team, at), 200, "Who may read this: <b data-who>Everybody who takes part in the dialogue", "people who can sign in, of", "As is usual: ",
			`data-marks="TLP:CLEAR TLP:GREEN"`, "At most: named institutions and the project team", "<li><span>National Immigration Administration</span></li>")
		s.want(s.get(team, "/zh/new/meeting"), 200, "阅知范围：<b data-who>对话全体参与人员", "按惯例：", "最宽：一方")
		form := func(more ...string) url.Values {
			v := url.Values{"title.en": {"Holunder"}, "type": {"seminar"}, "state": {"held"}, "starts": {"2018-02-08"}}
			for i := 0; i < len(more); i += 2 {
				v.Add(more[i], more[i+1])
			}
			return v
		}
		nia := "institution:" + s.id("institution/nia")
		s.want(s.post(team, at, form("readers", "own", "mark", "TLP:AMBER", "audience", "dialogue:"+d)), 422, "Holunder", `<details class="picker turn" id="readers" open>`, "TLP:AMBER", `href="#audience"`)
		s.want(s.post(team, at, form("readers", "own", "audience", nia)), 422, `href="#mark"`)
		s.want(s.post(team, at, form("readers", "own", "mark", "TLP:AMBER")), 422, `href="#audience"`)
		s.want(s.post(team, at, form("readers", "usual", "mark", "TLP:AMBER", "audience", nia)), 422, "Say which it is")
		s.want(s.post(team, at, form("readers", "own", "mark", "TLP:GREEN", "audience", "institution:none", "audience", "team:"+d)), http.StatusOK, "neither named nor counted")

		// Whoever has not seen who will read it is shown that first; nothing is written before.
		choice := []string{"readers", "own", "mark", "TLP:AMBER+STRICT", "audience", nia, "audience", "team:" + d}
		a := s.post(team, at, form(choice...))
		s.want(a, 200, "Look through who will be able to read this", "<li><span>National Immigration Administration</span></li>", "<li><span>International Organization for Migration</span></li>", "of 2 institutions", "Holunder", "!<li><span>Ministry of Foreign Affairs</span></li>")
		seen := seenField.FindStringSubmatch(a.Body)
		if seen == nil {
			t.Fatalf("nothing was shown\n%s", clip(a.Body))
		}
		s.want(s.post(team, at, form("readers", "own", "mark", "TLP:AMBER+STRICT", "audience", nia, "seen", seen[1])), 200, "Look through") // another choice
		s.want(s.post(team, at, form("readers", "own", "mark", "TLP:AMBER+STRICT", "audience", nia, "seen", s.seenOf(team, at, form("readers", "own", "mark", "TLP:AMBER+STRICT", "audience", nia)))), 422, "yourself")
		a = s.post(team, at, form(append(choice, "seen", seen[1])...))
		s.want(a, http.StatusSeeOther)
		made := a.Header.Get("Location")
		s.want(s.get("cn-focal-point", made), 200, "TLP:AMBER&#43;STRICT", "Holunder")
		for _, role := range []string{"eu-focal-point", "cn-ministry", "donor", "administrator", visitor} {
			s.want(s.get(role, made), 404, "!Holunder")
		}
		// As is usual, nothing more is asked.
		s.want(s.post(team, at, form("readers", "usual")), http.StatusSeeOther)

		// The same question, asked by the script or on a page of its own.
		s.want(s.post(team, "/en/readers", url.Values{"readers": {"own"}, "mark": {"TLP:AMBER+STRICT"}, "audience": {nia}}), 200, "<title>Who will be able to read this", "National Immigration Administration", "of 1 institution")
		s.want(s.post(visitor, "/en/readers", url.Values{}), http.StatusSeeOther)

		// A file is offered nothing wider than its meeting.
		s.narrow(s.id(meeting1), tlp.AMBER, access.SideOf(ref.Side(s.id("side/cn"))), access.TeamOf(ref.Dialogue(d)))
		files := s.get(team, "/en/objects/{"+meeting1+"}/files")
		s.want(files, 200, "As this entry: Chinese side, Project team", "nobody is offered who may not read that", `value="TLP:RED"`, `value="side:`+s.id("side/cn")+`"`, `value="team:`+d+`"`)
		s.want(files, 200, `!value="TLP:GREEN"`, `!value="dialogue:`+d+`"`, `!value="anyone"`, `!value="side:`+s.id("side/eu")+`"`)
		s.want(s.send(team, "/en/objects/{"+meeting1+"}/files", "a.txt", "words", map[string]string{"readers": "own", "mark": "TLP:GREEN", "audience": "team:" + d}), 422)
		s.want(s.send(team, "/en/objects/{"+meeting1+"}/files", "a.txt", "words", map[string]string{"readers": "own", "mark": "TLP:AMBER+STRICT", "audience": "team:" + d}), 303)
		if f := s.filesOf(meeting1); len(f) != 1 || f[0].Mark != tlp.AMBERSTRICT || len(f[0].Audience) > 1 {
			t.Errorf("%+v", f)
		}
	})
}

// TestReadersTellNothing: asking who would read tells nobody of what they may not read: neither its
// name nor how many people it has.
func TestReadersTellNothing(t *testing.T) {
	s := newTest(t)
	d := ref.Dialogue(s.id("dialogue/migration-mobility"))
	h, err := s.objects.Create(t.Context(), access.Operator("test"), "institution", access.Header{Dialogue: d, Mark: tlp.AMBERSTRICT, Audience: access.NewAudience(access.TeamOf(d))}, &roster.Institution{
		Names: []roster.Name{{Name: text.Both(canary, canary)}}, Level: "national",
	})
	if err != nil {
		t.Fatal(err)
	}
	s.want(s.post("project-team", "/en/readers", url.Values{"readers": {"own"}, "mark": {"TLP:AMBER"}, "audience": {"institution:" + h.ID}}), 200, "0 people", "!neither named")
	for _, role := range []string{"cn-focal-point", "eu-focal-point"} {
		a := s.post(role, "/en/readers", url.Values{"readers": {"own"}, "mark": {"TLP:AMBER"}, "audience": {"institution:" + h.ID}})
		b := s.post(role, "/en/readers", url.Values{"readers": {"own"}, "mark": {"TLP:AMBER"}, "audience": {"institution:none"}})
		if a.Status != b.Status || strings.Contains(a.Body, canary) || lasting(seenField.ReplaceAllString(a.Body, "")) != lasting(seenField.ReplaceAllString(b.Body, "")) {
			t.Errorf("%s: an institution that may not be read answers otherwise than none (%d, %d)", role, a.Status, b.Status)
		}
	}
}

// TestSeenIsOfOne: what was looked at for one object, revision or kind opens no other, nor the same to more
// people than were shown.
func TestSeenIsOfOne(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		const team = "project-team"
		d := s.id("dialogue/migration-mobility")
		round := func() ref.ID {
			return s.create("round", access.Header{Mark: tlp.AMBERSTRICT, Audience: access.NewAudience(access.TeamOf(ref.Dialogue(d)))}, &dialogue.Round{Level: "summit", Title: text.Both("Round", "会")}).ID
		}
		one, two := round(), round()
		at := func(id ref.ID) string { return "/en/objects/" + string(id) + "/audience" }
		wide := url.Values{"rev": {"1"}, "mark": {"TLP:CLEAR"}, "audience": {"anyone", "dialogue:" + d, "team:" + d}, "reason": {"x"}}
		shown := func(form url.Values, seen string) url.Values { return plus(form, url.Values{"seen": {seen}}) }
		seen := s.seenOf(team, at(one), wide)
		s.want(s.post(team, at(two), shown(wide, seen)), 200, "Everybody", `name="seen"`)
		if s.rev(two) != "1" {
			t.Error("it is changed without a look")
		}
		s.want(s.post(team, "/en/new/news", shown(plus(newsForm, plus(wide, url.Values{"readers": {"own"}})), seen)), 200, "Look through")

		// Of something new, by its kind; the same form asks the same.
		fresh := plus(newsForm, plus(wide, url.Values{"readers": {"own"}}))
		news := s.seenOf(team, "/en/new/news", fresh)
		s.want(s.post(team, "/en/new/meeting", shown(plus(fresh, url.Values{"type": {"seminar"}, "state": {"held"}, "starts": {"2018-02-08"}}), news)), 200, "Look through")
		asked := seenField.FindStringSubmatch(s.post(team, "/en/readers", plus(fresh, url.Values{"readers-of": {"news"}})).Body)
		if asked == nil || asked[1] != news {
			t.Errorf("asked apart it is %v, want %s", asked, news)
		}
		s.want(s.post(team, "/en/readers", fresh), 200, `!name="seen"`)
		s.want(s.post(team, "/en/new/news", shown(fresh, news)), http.StatusSeeOther)

		// Another revision of the same, and more people than were shown.
		nia := plus(wide, url.Values{"mark": {"TLP:AMBER+STRICT"}, "audience": {"institution:" + s.id("institution/nia"), "team:" + d}})
		seen = s.seenOf(team, at(one), nia)
		s.member("expert", func(p *roster.Person) {
			p.Posts = []roster.Post{{Institution: ref.Institution(s.id("institution/nia"))}}
		})
		s.want(s.post(team, at(one), shown(nia, seen)), 200, "Will be able to read")
		seen = s.seenOf(team, at(one), nia)
		s.want(s.post(team, at(one), shown(nia, seen)), http.StatusSeeOther)
		s.narrow(one, tlp.AMBERSTRICT, access.TeamOf(ref.Dialogue(d)))
		s.want(s.post(team, at(one), shown(plus(nia, url.Values{"rev": {s.rev(one)}}), seen)), 200, "Will be able to read")
	})
}

// seenOf names what a form chooses, as the page does that shows who it reaches.
func (s *testSite) seenOf(role, path string, form url.Values) string {
	s.t.Helper()
	look := seenField.FindStringSubmatch(s.post(role, path, plus(form, url.Values{"step": {"look"}})).Body)
	if look == nil {
		return ""
	}
	return look[1]
}

var tokens = regexp.MustCompile(`name="form" value="[^"]+"`)

// lasting is what a page says whenever it is asked for: tokens are made anew each time.
func lasting(body string) string { return tokens.ReplaceAllString(body, "") }

// TestUsual: the form of something new says whom "as is usual" lets read, by what it belongs to; where
// that was chosen since, its writer is shown it before anything is written.
func TestUsual(t *testing.T) {
	s := newTest(t)
	d := ref.Dialogue(s.id("dialogue/migration-mobility"))
	phase := s.id("phase/mmsp-2")
	s.narrow(phase, tlp.AMBERSTRICT, access.TeamOf(d), access.InstitutionOf(ref.Institution(s.id("institution/nia"))))
	s.want(s.get("project-team", "/en/new/result?phase="+string(phase)), 200, "As is usual: Project team, National Immigration Administration", "of 2 institutions")
	form := formOf(t, s.get("project-team", "/en/new/result").Body)
	form.Set("phase", string(phase))
	form.Set("title.en", "Holunder")
	form.Set("level", "outcome")
	look := s.post("project-team", "/en/new/result", form)
	s.want(look, 200, "Look through who will be able to read this", "of 2 institutions", "Holunder")
	s.want(s.post("project-team", "/en/new/result", formOf(t, look.Body)), http.StatusSeeOther)
}
