package web

import (
	"net/url"
	"strings"
	"testing"

	"entente/access"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/meeting"
	"entente/roster"
	"entente/standard/tlp"
)

// TestCirclePages: a circle is made in a form, stands among the partners of those who may know of
// it, and can be chosen as an audience; others see no more than that there is one, where they read
// what has it.
func TestCirclePages(t *testing.T) {
	s := newTest(t)
	s.want(s.get("cn-focal-point", "/en/circles/{circle/border-practice}"), 200, "Border management practice", "European Union Agency for Law Enforcement", "Made by", "Project team", "you speak for", "!Change</a>", "!Change who may read")
	s.want(s.get("cn-focal-point", "/zh/circles/{circle/border-practice}"), 200, "组内单位", "边境管理实务组")
	s.want(s.get("project-team", "/zh/circles/{circle/border-practice}"), 200, "修改", "删除", "!调整阅知范围</a>")
	s.want(s.get("cn-ministry", "/en/circles/{circle/border-practice}"), 404)
	s.want(s.get(visitor, "/en/partners"), 200, "!Circles of institutions")
	s.want(s.get("donor", "/en/partners"), 200, "!Circles of institutions", "!Border management practice")
	s.want(s.get("cn-ministry", "/en/partners"), 200, "No circle yet.", "/en/new/circle", "!Border management practice")
	s.want(s.get("eu-focal-point", "/en/partners"), 200, "Border management practice (example)", "4 institutions", "known to their members and the project team")

	// The focal point of a side makes one.
	at := "/zh/new/circle"
	s.want(s.get("cn-ministry", at), 200, "新建单位组", "以上所选单位", "!对话全体参与人员")
	form := url.Values{"name.zh": {"会签单位"}, "members": {"{institution/mfa}", "{institution/nl}"}}
	s.want(s.post("cn-ministry", at, form), 422, "目前不属本方")
	form["members"] = []string{"{institution/mfa}", "{institution/mps}"}
	a := s.post("cn-ministry", at, form)
	s.want(a, 303)
	path := a.Header.Get("Location")
	s.want(s.get("cn-ministry", path), 200, "会签单位", "公安部", "中方")
	for _, role := range []string{"project-team", "eu-focal-point", "donor", "administrator", "cn-focal-point"} {
		s.want(s.get(role, path), 404)
		s.want(s.get(role, "/zh/partners"), 200, "!会签单位")
	}
	s.want(s.get("project-team", "/zh/objects/{meeting/launch-phase-2}/audience"), 200, "!会签单位", "边境管理实务组", "本次会议参会人员")

	// What has both circles and a meeting's participants as its audience, seen by those who know less.
	id := ref.Circle(path[strings.LastIndex(path, "/")+1:])
	v := meeting.Meeting{Title: text.Both("Narrow", "小范围会议"), Type: "seminar", State: meeting.Planned}
	dialogue := ref.Dialogue(s.id("dialogue/migration-mobility"))
	h := access.Header{Dialogue: dialogue, Mark: tlp.AMBERSTRICT, Audience: access.NewAudience(
		access.CircleOf(id), access.CircleOf(ref.Circle(s.id("circle/border-practice"))), access.TeamOf(dialogue),
		access.ParticipantsOf(ref.Meeting(s.id("meeting/launch-phase-2"))),
	)}
	h, err := s.objects.Create(t.Context(), access.Operator("test"), "meeting", h, &v)
	if err != nil {
		t.Fatal(err)
	}
	narrow := "/en/meetings/" + h.ID
	team := s.get("project-team", narrow)
	s.want(team, 200, "Circle “Border management practice (example)”", "a circle of institutions", "Participants of “", "!会签单位", "!"+string(id))
	s.want(s.get("cn-ministry", narrow), 200, "a circle of institutions", "your institution belongs to the circle “会签单位”", "!Border management practice", "you take part in")
	// Without the side's circle the page counts as if there were none.
	look := url.Values{"rev": {"1"}, "mark": {"TLP:AMBER+STRICT"}, "reason": {"Fewer"}, "step": {"look"}, "audience": {string(access.TeamOf(dialogue))}}
	s.want(s.post("project-team", "/en/objects/"+h.ID+"/audience", look), 200, "Others of whom you may not read are not counted.", "!"+string(id))

	// Two hidden circles look like one.
	two, err := s.objects.Create(t.Context(), s.actor("cn-ministry"), "circle", access.Header{Dialogue: dialogue}, &roster.Circle{Name: text.Both("Second", ""), Members: []ref.Institution{ref.Institution(s.id("institution/mfa"))}})
	if err != nil {
		t.Fatal(err)
	}
	op := access.Operator("test")
	if err := s.objects.SetAudience(t.Context(), op, h.ID, h.Rev, h.Mark, append(h.Audience, access.CircleOf(ref.Circle(two.ID))), "test"); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(s.get("project-team", narrow).Body, "<li>a circle of institutions</li>"); n != 1 {
		t.Errorf("two hidden circles are told as %d", n)
	}
}

// TestCircleOpens: before a circle gets a further member the page says how much of what stands the
// member comes to read, as far as whoever adds it may read that; and the institutions that wrote it are
// told, once for all of it, also where they do not belong to the circle.
func TestCircleOpens(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		team, eu, mfa := s.actor("project-team"), s.actor("eu-focal-point"), s.actor("cn-ministry")
		circle, fresh := ref.Circle(s.id("circle/border-practice")), ref.Institution(s.id("institution/nl"))
		for _, m := range []struct {
			owner ref.Institution
			also  access.Principal
		}{
			{eu.Institution, access.TeamOf(team.Dialogue)},
			{eu.Institution, access.TeamOf(team.Dialogue)},
			{mfa.Institution, access.TeamOf(team.Dialogue)},
			{mfa.Institution, access.InstitutionOf(mfa.Institution)},
			{eu.Institution, access.InstitutionOf(fresh)}, // it is read already
		} {
			h := access.Header{Dialogue: team.Dialogue, Owner: ref.ID(m.owner), Mark: tlp.AMBERSTRICT, Audience: access.NewAudience(access.CircleOf(circle), m.also)}
			if _, err := s.objects.Create(t.Context(), access.Operator("test"), "meeting", h, &meeting.Meeting{Title: text.Both("Practice", "实务"), Type: "seminar", State: meeting.Planned}); err != nil {
				t.Fatal(err)
			}
		}
		at := "/en/objects/" + string(circle) + "/authority"
		form := formOf(t, s.get("project-team", at).Body)
		form.Set("reason", "It joins")
		form.Add("members", string(fresh))
		was := map[string]int{}
		for _, role := range []string{"eu-focal-point", "cn-ministry", "donor"} {
			was[role] = s.told(role, "authority")
		}
		look := s.post("project-team", at, form)
		s.want(look, 200, "New members come to read 3 entries that were addressed to this circle before", "belongs in a new circle")
		for role, n := range was {
			if got := s.told(role, "authority"); got != n {
				t.Errorf("a look told %s", role)
			}
		}
		s.want(s.post("project-team", at, hiddenOf(look.Body)), 303)
		for role, n := range map[string]int{"eu-focal-point": 1, "cn-ministry": 1, "donor": 0} {
			if got := s.told(role, "authority") - was[role]; got != n {
				t.Errorf("%s was told %d times", role, got)
			}
		}
		s.want(s.get("eu-focal-point", "/en/notices"), 200, "they read what your institution addressed to it before: ", "Border management practice")
		s.want(s.get("cn-ministry", "/en/notices"), 200, "A circle that you do not belong to got further members", "!Border management practice")
		s.want(s.get("cn-ministry", "/zh/notices"), 200, "某单位组增加成员")

		// Who leaves opens nothing.
		form = formOf(t, s.get("project-team", at).Body)
		form.Set("reason", "It leaves")
		form["members"] = form["members"][:len(form["members"])-1]
		s.want(s.post("project-team", at, form), 200, "!New members")
	})
}
