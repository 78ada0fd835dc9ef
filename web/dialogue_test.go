package web

import (
	"errors"
	"strings"
	"testing"

	"entente/access"
	"entente/dialogue"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
)

// TestDialoguePage: sides in the order of reading, lead institutions, rounds from the newest.
func TestDialoguePage(t *testing.T) {
	s := newTest(t)
	en := s.get(visitor, "/en/dialogue")
	s.want(en, 200, "EU-China Dialogue on Migration and Mobility", "Delegation of the European Union to China", "lead institution", "17th EU-China summit", "/en/roadmap",
		"EU-China Dialogue on Migration and Mobility Support Project", "!TLP:", "!/edit", "!Enter a round", `class="public"`)
	if strings.Index(en.Body, "EU side</span>") > strings.Index(en.Body, "Chinese side</span>") {
		t.Error("in English the EU side stands first")
	}
	inOrder(t, clip2(en.Body), "Rounds", "November 2015", "First expert meeting", "17th EU-China summit")
	zh := s.get("cn-focal-point", "/zh/dialogue")
	s.want(zh, 200, "中欧人员往来和移民领域对话", "牵头单位", "外交部", "第十七次中国欧盟领导人会晤", "领导人会晤", "TLP:CLEAR")
	if strings.Index(zh.Body, "中方</span>") > strings.Index(zh.Body, "欧方</span>") {
		t.Error("in Chinese the Chinese side stands first")
	}
	s.want(s.get("project-team", "/en/dialogue"), 200, "/en/new/round", "/edit")
}

// TestRoadmap: tracks and stages, what is known of dates said honestly, each text's own wording.
func TestRoadmap(t *testing.T) {
	s := newTest(t)
	s.want(s.get(visitor, "/en/roadmap"), 200, "9 April 2015", "Illegal migration", "Visa waiver for holders of diplomatic passports", "February 2016", "Reached",
		"Date not stated", "Date open", "After phase 2", "17th EU-China summit", "Public reports on the roadmap", "!Irregular migration", "!Enter a milestone")
	s.want(s.get("cn-ministry", "/zh/roadmap"), 200, "2015年4月9日", "非法移民", "持外交护照人员免签", "2016年2月", "已实现", "日期未注明", "第二阶段之后", "!非正常移民")
	s.want(s.get("project-team", "/en/roadmap"), 200, "/en/new/milestone?roadmap="+s.id("roadmap/roadmap-2015"))

	// A milestone stands on a stage and a track of its roadmap; where the roadmap names them no
	// longer, it is shown all the same.
	loose := dialogue.Milestone{
		Title: text.Both("Loose <b>end</b>", "未列事项"), Roadmap: ref.Roadmap(s.id("roadmap/roadmap-2015")), Stage: "9", Track: "none", State: dialogue.UnderWay,
	}
	_, err := s.objects.Create(t.Context(), s.actor("project-team"), "milestone", access.Header{Dialogue: ref.Dialogue(s.id("dialogue/migration-mobility"))}, &loose)
	var e *fault.Error
	if !errors.As(err, &e) || len(e.Fields) != 2 || e.Fields[0].Path != "stage" || e.Fields[1].Path != "track" || e.Fields[0].Key != "fault.option" {
		t.Errorf("a milestone beside its roadmap: %v", err)
	}
	edit := func(change func(*dialogue.Roadmap)) {
		t.Helper()
		h, v, err := s.objects.Get(t.Context(), s.actor("project-team"), s.id("roadmap/roadmap-2015"))
		if err != nil {
			t.Fatal(err)
		}
		change(v.(*dialogue.Roadmap))
		if _, err := s.objects.Edit(t.Context(), s.actor("project-team"), h.ID, h.Rev, v, ""); err != nil {
			t.Fatal(err)
		}
	}
	edit(func(r *dialogue.Roadmap) {
		r.Stages = append(r.Stages, dialogue.Stage{Code: "9", Name: text.Both("Nine", "九")})
		r.Tracks = append(r.Tracks, dialogue.Track{Code: "none", Name: text.Both("None", "无")})
	})
	s.create("milestone", access.Header{}, &loose)
	edit(func(r *dialogue.Roadmap) {
		r.Stages, r.Tracks = r.Stages[:len(r.Stages)-1], r.Tracks[:len(r.Tracks)-1]
	})
	s.want(s.get("project-team", "/en/roadmap"), 200, "Outside the tracks", "Loose &lt;b&gt;end", "Under way")
	s.want(s.get(visitor, "/en/roadmap"), 200, "!Loose")

	// Without a roadmap the page says so.
	h, _, err := s.objects.Get(t.Context(), s.actor("project-team"), s.id("roadmap/roadmap-2015"))
	if err == nil {
		err = s.objects.Withdraw(t.Context(), s.actor("project-team"), h.ID, h.Rev, "not yet")
	}
	if err != nil {
		t.Fatal(err)
	}
	s.want(s.get(visitor, "/en/roadmap"), 200, "No roadmap is shown here yet.", "!Visa waiver")
	s.want(s.get(visitor, "/zh/roadmap"), 200, "暂无路线图。")
	s.want(s.get(visitor, "/en/dialogue"), 200, "!See the roadmap")
}
