package web

import (
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/meeting"
	"entente/project"
	"entente/publication"
	"entente/standard/tlp"
)

func TestDesk(t *testing.T) {
	s := newTest(t)
	s.want(s.get(visitor, "/en/desk"), 303)
	s.want(s.get("project-team", "/en/desk"), 200, "Waits for me", "2 things wait for you", "Translate into Chinese", "/en/translations?to=zh&amp;state=missing", "Changed by others", "!Your institution")
	s.want(s.get("donor", "/en/desk"), 200,
		"36 <small class=\"of\">of 36</small>", "Ended.", "not exactly known", "Held", "Postponed", "Cancelled", "?state=held", "Workshops, trainings and seminars held", "Baseline", "80.0%", "Nothing waits for you")
	s.want(s.get("donor", "/zh/desk"), 200, "/ 36</small>", "基线值", "目标值", "已结束")
	s.want(s.get("cn-focal-point", "/zh/desk"), 200, "暂无待办", "本单位", "第二期启动会", "返回与重新融入交流访问", "项目联系人", "!基线值")
	s.want(s.get("cn-contributor", "/zh/desk"), 200, "暂无待办", "本单位")
	s.want(s.get("cn-ministry", "/zh/desk"), 200, "本单位", "外交部")
	s.want(s.get("member-state", "/en/desk"), 200, "Your institution", "Policy seminar: citizenship", "project-team@example.org")
	s.want(s.get("eu-focal-point", "/en/desk"), 200, "Launch of Phase II of the Support Project")
	s.want(s.get("expert", "/en/desk"), 200, "Policy seminar: citizenship", "!of 36")
	// The administrator reads no content by that function.
	s.want(s.get("administrator", "/en/desk"), 200, "Entries in the ledger", "/en/operation", "reads no content", "!Launch of Phase II", "!Changed by others", "!Waits for me", "!Exchange visit")
	s.want(s.get("administrator", "/zh/desk"), 200, "存证记录条数", "!启动会")
}

func TestDeskFollows(t *testing.T) {
	s := newTest(t)
	soon := when.DateOf(s.db.Now().In(when.Zone("Asia/Shanghai").Location()).AddDate(0, 0, 12)) // as the dialogue tells the time
	m := &meeting.Meeting{
		Title: text.Both("Coordination <i>meeting</i>", "协调会"), Type: "coordination", State: meeting.Planned, Starts: soon, Ends: soon,
		Participants: []meeting.Participation{{Institution: ref.Institution(s.id("institution/nia"))}},
	}
	s.create("meeting", access.Header{}, m)
	dialogue := ref.Dialogue(s.id("dialogue/migration-mobility"))
	inner := *m
	inner.Title = text.Both("For NIA only", "仅限移民局")
	s.create("meeting", access.Header{Mark: tlp.AMBERSTRICT, Audience: access.NewAudience(access.InstitutionOf(ref.Institution(s.id("institution/nia"))), access.TeamOf(dialogue))}, &inner)

	s.want(s.get("cn-focal-point", "/en/desk"), 200, "Coordination &lt;i&gt;meeting&lt;/i&gt;", "in 12 days", "your institution takes part", "For NIA only", "Programme manager, IOM", "entered", "mark-amber-strict")
	s.want(s.get("member-state", "/en/desk"), 200, "Coordination &lt;i&gt;", "in 12 days", "!your institution takes part", "!For NIA only", "mark-green")
	s.want(s.get("project-team", "/en/desk"), 200, "in 12 days", "Nobody else has changed anything")
	s.want(s.get("administrator", "/en/desk"), 200, "!Coordination &lt;i&gt;")
	s.want(s.get(visitor, "/en/"), 200, "None announced.")
}

func TestMonth(t *testing.T) {
	w := Words{"en"}
	at := func(day string) time.Time { d, _ := time.Parse(time.DateOnly, day); return d }
	for _, c := range []struct {
		starts, ends when.Date
		months       int
		state        project.PhaseState
		now          string
		month, of    string
		note         string
	}{
		{"2019-03-01", "2022-02-28", 36, "running", "2019-03-01", "1", "of 36", "Running. 1 March 2019 – 28 February 2022."},
		{"2019-03-01", "", 36, "running", "2021-12-15", "34", "of 36", "Running. From 1 March 2019."},
		{"2019-03-01", "", 36, "running", "2026-11-23", "36", "of 36", ""},
		{"2019?", "2022?", 36, "ended", "2026-11-23", "36", "of 36", "not exactly known"},
		{"2019", "", 0, "running", "2019-04-01", "4", "", "not exactly known"},
		{"", "", 36, "running", "2026-11-23", "", "", "no start"},
		{"2027-01-01", "", 36, "prepared", "2026-11-23", "", "", ""},
		{"2019-01-01", "2020-01-01", 0, "ended", "2026-11-23", "", "", ""},
	} {
		var d DeskPhase
		d.month(w, project.Phase{Starts: c.starts, Ends: c.ends, Months: c.months, State: c.state}, at(c.now))
		if d.Month != c.month || d.Months != c.of || !strings.Contains(d.Note, c.note) {
			t.Errorf("%+v: %q %q %q", c, d.Month, d.Months, d.Note)
		}
	}
}

func TestTranslations(t *testing.T) {
	s := newTest(t)
	s.want(s.get("cn-focal-point", "/en/translations"), 404)
	s.want(s.get(visitor, "/en/translations"), 303)
	h := s.create("page", access.Header{}, &publication.Page{Title: text.Both("Only <u>English</u>", ""), Lead: text.Both("Lead", "")})
	s.want(s.get("project-team", "/en/translations?to=zh&state=missing&kind=page"), 200,
		"Only &lt;u&gt;English&lt;/u&gt;", "Title, Lead", "/en/objects/"+h.ID+"/edit#title", "One entry", "Translate")
	s.want(s.get("project-team", "/en/translations"), 200, "with a missing text")
	if w := (Words{Lang: "en"}); w.T("translations.sum.missing", "n", 1) != "entry with a missing text" || w.T("translations.sum.missing", "n", 2) != "entries with a missing text" {
		t.Error(w.T("translations.sum.missing", "n", 1))
	}
	s.want(s.get("project-team", "/zh/translations?kind=page&state=missing"), 200, "缺失", "译文")
	s.want(s.get("project-team", "/en/translations?to=en&kind=page"), 200, "No text fits this choice.")
	s.want(s.get("project-team", "/en/translations?to=x&state=y&kind=z&page=-3"), 200, "Only &lt;u&gt;")

	// A checked translation whose original moves on is outdated.
	done := &publication.Page{Title: text.Both("Only English", ""), Lead: text.Both("Lead", "")}
	done.Title["zh"] = text.Version{Text: "标题", Status: text.Checked}
	done.Lead["zh"] = text.Version{Text: "导语", Status: text.Draft}
	h, err := s.objects.Edit(t.Context(), s.actor("project-team"), h.ID, h.Rev, done, "")
	if err != nil {
		t.Fatal(err)
	}
	_, v, _ := s.objects.Get(t.Context(), s.actor("project-team"), h.ID)
	again := v.(*publication.Page)
	again.Title["en"] = text.Version{Text: "Changed", Status: text.Original}
	if _, err := s.objects.Edit(t.Context(), s.actor("project-team"), h.ID, h.Rev, again, ""); err != nil {
		t.Fatal(err)
	}
	s.want(s.get("project-team", "/en/translations?kind=page&state=outdated"), 200, "Renew", "Changed", `<span>Title</span>`)
	s.want(s.get("project-team", "/en/translations?kind=page&state=missing"), 200, "No text fits")
	s.want(s.get("project-team", "/en/desk"), 200, "Renew the translation into Chinese")
}

func TestPublicationRoom(t *testing.T) {
	s := newTest(t)
	keepSecret(s)
	s.want(s.get("member-state", "/en/publication"), 404)
	s.want(s.get("project-team", "/en/publication"), 200, "Public: 15. Not public: 3.", secret, "Not public", "Write a piece of news", "What the public sees", "Who we are")
	s.want(s.get("project-team", "/zh/publication"), 200, "已公开15篇，未公开3篇。", "由会议撰写新闻稿")
}

func TestOperation(t *testing.T) {
	s := newTest(t)
	for _, role := range []string{"project-team", "cn-focal-point", "donor"} {
		s.want(s.get(role, "/en/operation"), 404)
	}
	s.want(s.get("administrator", "/en/operation"), 200, "SQLite", "It is off: nobody has to sign in with one", "Entries in the ledger", "None has been published yet", "meeting.postpone", "Move a meeting, with a reason", "project team", "!Launch of", "!who.")
	s.want(s.get("administrator", "/zh/operation"), 200, "会议延期（须说明理由）", "系统运维人员", "项目办")
}
