package web

import (
	"testing"

	"entente/access"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/meeting"
	"entente/standard/tlp"
)

// TestWhy: under a title stands by what the reader may read the object, and nothing that the
// reader may not know.
func TestWhy(t *testing.T) {
	s := newTest(t)
	beea, mps := ref.Institution(s.id("institution/beea")), ref.Institution(s.id("institution/mps"))
	v := meeting.Meeting{Title: text.Both("Narrow", "小范围会议"), Starts: when.Date("2018-02-08"), Type: "seminar", State: meeting.Held}
	narrow := s.create("meeting", access.Header{Mark: tlp.AMBER, Audience: access.NewAudience(
		access.InstitutionOf(beea), access.InstitutionOf(mps), access.TeamOf(ref.Dialogue(s.id("dialogue/migration-mobility"))),
		access.PersonOf(ref.Person(s.id("person/donor"))),
	)}, &v)
	at := "/meetings/" + narrow.ID
	s.want(s.get("cn-focal-point", "/en"+at), 200, "Why can I see this?", "you speak for National Immigration Administration, which succeeded Bureau of Exit and Entry Administration", "!you take part in the dialogue", "!named in person")
	s.want(s.get("cn-focal-point", "/zh"+at), 200, "我为何可以查阅？", "您代表国家移民管理局，该单位承接公安部出入境管理局的职能")
	s.want(s.get("project-team", "/en"+at), 200, "you are a member of the project team")
	s.want(s.get("donor", "/en"+at), 200, "you are named in person", "!which succeeded")
	const launch = "/meetings/{meeting/launch-phase-2}"
	s.want(s.get("cn-ministry", "/en"+launch), 200, "because", "everybody may")
	s.want(s.get("cn-ministry", "/zh"+launch), 200, "本项内容向社会公开")
	s.want(s.get(visitor, "/en"+launch), 200, "!Why can I see this?")

	// The predecessor that the reader may not read of is not named.
	command := access.Operator("test") // to the dialogue the team may not close it
	h, _, err := s.objects.Get(t.Context(), command, ref.ID(beea))
	if err == nil {
		err = s.objects.SetAudience(t.Context(), command, h.ID, h.Rev, tlp.AMBERSTRICT, access.NewAudience(access.TeamOf(h.Dialogue)), "test")
	}
	if err != nil {
		t.Fatal(err)
	}
	s.want(s.get("cn-focal-point", "/en"+at), 200, "which succeeded an institution that may read it", "!Bureau of Exit")
}
