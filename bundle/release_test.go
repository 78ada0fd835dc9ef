package bundle_test

import (
	"strings"
	"testing"

	"entente/bundle"
	"entente/dialogue"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/internal/when"
	"entente/meeting"
	"entente/publication"
)

func TestDraftRelease(t *testing.T) {
	nia, mfa, iom := ref.Institution(ref.New()), ref.Institution(ref.New()), ref.Institution(ref.New())
	names := map[ref.Institution]text.Multi{
		nia: text.Both("National Immigration Administration", "国家移民管理局"), mfa: text.Both("Ministry of Foreign Affairs", "外交部"),
	}
	d := dialogue.Dialogue{
		Name: text.Both("Dialogue", "对话"), Summary: text.Both("The Union funds it.", "由欧盟资助。"),
		Contact: dialogue.Contact{Title: text.Both("Project team", "项目办"), Email: "press@example.org"}, Funding: text.Both("Funded.", "资助。"),
	}
	m := meeting.Meeting{
		Title: text.Both("Seminar", "研讨会"), Type: "seminar", State: meeting.Held, Starts: "2018-02-06", Ends: "2018-02-07", Place: text.Both("Beijing", "北京"),
		Participants: []meeting.Participation{{Institution: nia}, {Institution: mfa}, {Institution: iom}},
		Agenda: []meeting.Item{{Title: text.Both("Opening", "开幕"), Speakers: []meeting.Speaker{
			{Institution: nia}, {Institution: iom, Function: text.Both("Chief", "负责人")}, {Institution: iom, Function: text.Both("Chief", "负责人")},
		}}},
		Statements: []meeting.Statement{{Institutions: []ref.Institution{nia, mfa}, Function: text.Both("At the opening", "开幕"), Text: text.Both("They agree.", "同意。")}},
		Stated: []meeting.Figure{
			{Count: 25, About: true, Of: text.Both("officials", "官员"), Source: text.Both("News", "新闻")},
			{Count: 26, Of: text.Both("officials", "官员"), Source: text.Both("Report", "简报")},
		},
	}
	id := ref.Meeting(ref.New())
	r := bundle.DraftRelease(d, id, m, names)
	both := func(m text.Multi, en, zh string) {
		t.Helper()
		if m.Get("en") != en || m.Get("zh") != zh {
			t.Errorf("%q, %q", m.Get("en"), m.Get("zh"))
		}
	}
	both(r.Title, "Seminar, held in Beijing", "研讨会在北京举行")
	both(r.Lead, "“Seminar” took place in Beijing on 6–7 February 2018, within the Dialogue. The Union funds it.", "2018年2月6日至7日，研讨会在北京举行，系对话框架下的活动。由欧盟资助。")
	both(r.Body, "Taking part were: National Immigration Administration, Ministry of Foreign Affairs.\n\nOn the agenda:\n\n- Opening", "参会单位包括：国家移民管理局、外交部。\n\n主要议程：\n\n- 开幕")
	both(r.Contact, "Project team, press@example.org", "项目办、press@example.org")
	if len(r.Figures) != 2 {
		t.Fatal(r.Figures)
	}
	both(r.Figures[0].Text, "about 25 officials", "官员约25人")
	both(r.Figures[1].Text, "26 officials", "官员26人")
	if len(r.Quotations) != 2 {
		t.Fatalf("%+v", r.Quotations)
	}
	both(r.Quotations[0].Function, "National Immigration Administration, Ministry of Foreign Affairs (At the opening)", "国家移民管理局、外交部（开幕）")
	if q := r.Quotations[1]; q.Institution != iom || !q.Text.Empty() || q.Indirect {
		t.Errorf("%+v", q)
	}
	for _, q := range r.Quotations {
		if q.Consent != publication.Asked {
			t.Errorf("consent %q by drafting", q.Consent)
		}
	}
	if r.Meeting != id || r.Date != "2018-02-06" {
		t.Errorf("%q %q", r.Meeting, r.Date)
	}
	// A meeting without a last day is on its day, in its month or year; nothing is left open.
	for _, c := range []struct {
		state         meeting.State
		starts, ends  when.Date
		english, said string
	}{
		{meeting.Held, "2018-05-08", "", "took place in Beijing on 8 May 2018", "2018年5月8日，研讨会在北京举行"},
		{meeting.Held, "2018-05-08", "2018-05-08", "took place in Beijing on 8 May 2018", "2018年5月8日，研讨会在北京举行"},
		{meeting.Held, "2016-10", "", "took place in Beijing in October 2016", "2016年10月，研讨会在北京举行"},
		{meeting.Held, "2017", "", "took place in Beijing in 2017", "2017年，研讨会在北京举行"},
		{meeting.Planned, "2028-05-08", "", "will take place in Beijing on 8 May 2028", "2028年5月8日，研讨会将在北京举行"},
		{meeting.Planned, "2028-10", "", "will take place in Beijing in October 2028", "2028年10月，研讨会将在北京举行"},
		{meeting.Planned, "2028", "", "will take place in Beijing in 2028", "2028年，研讨会将在北京举行"},
	} {
		r := bundle.DraftRelease(dialogue.Dialogue{Name: d.Name}, id, meeting.Meeting{Title: m.Title, Place: m.Place, State: c.state, Starts: c.starts, Ends: c.ends}, nil)
		both(r.Lead, "“Seminar” "+c.english+", within the Dialogue.", c.said+"，系对话框架下的活动。")
	}
	// What is missing is left out of the sentences, and the draft stays one that can be saved.
	m = meeting.Meeting{Title: text.Both("Launch", ""), Type: "launch", State: meeting.Planned, Starts: "2019?"}
	r = bundle.DraftRelease(dialogue.Dialogue{Name: d.Name}, id, m, nil)
	if got := r.Lead.Get("en"); got != "“Launch” will take place, within the Dialogue." {
		t.Error(got)
	}
	if _, ok := r.Title["zh"]; ok || r.Title.Get("en") != "Launch" || !r.Body.Empty() || !r.Contact.Empty() {
		t.Errorf("%+v", r)
	}
	if f := shape.Check(&r); len(f) > 0 {
		t.Error(f.Err())
	}
	if strings.Contains(r.Lead.Get("en"), "2019") {
		t.Error("an inferred date stands in a sentence as if it were known")
	}
}
