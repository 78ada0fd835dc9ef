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
