package web

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/timeline"
	"entente/internal/when"
	"entente/project"
	"entente/standard/tlp"
)

var (
	drawn  = regexp.MustCompile(`<a class="row" href="/\w\w/activities/([0-9a-f-]+)"`)
	listed = regexp.MustCompile(`<tr id="a-([0-9a-f-]+)">`)
)

// both gives the activities of the drawing and of the table.
func both(a answer) (svg, table []string) {
	for _, m := range drawn.FindAllStringSubmatch(a.Body, -1) {
		svg = append(svg, m[1])
	}
	for _, m := range listed.FindAllStringSubmatch(a.Body, -1) {
		table = append(table, m[1])
	}
	return svg, table
}

// TestPlan: the drawing has a name and shows what the table shows, however it is grouped.
func TestPlan(t *testing.T) {
	s := newTest(t)
	for _, group := range []string{"", "focus", "result", "lead", "nonsense"} {
		a := s.get("cn-focal-point", "/en/plans/{plan/plan-2}?group="+group)
		s.want(a, 200, `role="group" aria-labelledby="plan-1-t"`, `<title id="plan-1-t">Timeline: MMSP II, work plan</title>`,
			"16 activities", "Version 2, being worked on.", "Endorsed baseline: version 1 of 2019 (inferred)",
			"Since version 1 was endorsed: 3 as endorsed, 3 given closer dates, 6 moved, 1 without a new date, 1 cancelled, 2 added.")
		svg, table := both(a)
		if len(svg) != 16 || !slices.Equal(svg, table) {
			t.Errorf("group %q: %d drawn, %d listed, in the same order %v", group, len(svg), len(table), slices.Equal(svg, table))
		}
	}
	s.want(s.get("cn-focal-point", "/zh/plans/{plan/plan-2}"), 200, "支持项目第二期工作计划", "第2版，修订中。", "双方认可版：第1版，2019年（推断）",
		"第1版认可以来：3项与认可版一致", "吸引和留住技能人才研讨会", `lang="en">MMSP II, work plan`)
	s.want(s.get("donor", "/en/plans/{plan/plan-2}?group=result"), 200, "OP2 Officials trained", "postponed", "October 2021", "May 2020", "lies after the period shown",
		"!Enter an activity", "!Record an endorsement", "!name=\"rev\"")
	s.want(s.get("project-team", "/en/plans/{plan/plan-2}"), 200, "/en/new/activity?phase="+s.id("phase/mmsp-2"), "/endorse")
	s.want(s.get(visitor, "/en/plans/{plan/plan-2}"), 404)
}

// TestPlanFilters: what does not fit is in neither the drawing nor the table.
func TestPlanFilters(t *testing.T) {
	s := newTest(t)
	for _, c := range []struct {
		query string
		n     int
		want  []string
	}{
		{"side={side/eu}", 13, []string{"13 of 16 activities", `id="a-` + s.id("activity/launch-phase-2"), `!id="a-` + s.id("activity/travellers-campaign"), `!id="a-` + s.id("activity/regular-channels")}},
		{"side={side/cn}", 15, []string{"15 of 16 activities", `!id="a-` + s.id("activity/newsletter-phase-2")}},
		{"focus={focus-area/irregular}", 5, []string{"5 of 16 activities"}},
		{"type=training", 2, nil},
		{"state=cancelled", 1, []string{"Field visit to an exit and entry inspection point"}},
		{"type=training&state=cancelled", 0, []string{"No activity fits this choice.", "Show everything"}},
		{"type=nonsense&state=<script>&side=x&focus=" + ref.New(), 16, []string{"!<script>", "!Show everything"}},
	} {
		a := s.get("donor", "/en/plans/{plan/plan-2}?"+strings.ReplaceAll(c.query, "<", "%3C"))
		s.want(a, 200, c.want...)
		if svg, table := both(a); len(svg) != c.n || len(table) != c.n {
			t.Errorf("%s: %d drawn, %d listed, want %d", c.query, len(svg), len(table), c.n)
		}
	}
}

// TestPlanNarrow: what few may read is absent for the others, in numbers too.
func TestPlanNarrow(t *testing.T) {
	s := newTest(t)
	for role, want := range map[string]struct {
		n      int
		phrase string
	}{
		"donor":          {13, "!Exchange visit on return"},
		"expert":         {14, "Training of European visa officers"},   // of an institution of the EU side
		"eu-focal-point": {14, "Training of European visa officers"},   //
		"member-state":   {15, "Exchange visit on return"},             // the Netherlands
		"cn-focal-point": {14, "Exchange visit on return"},             // the successor of BEEA
		"cn-ministry":    {14, "!Training of European visa officers"},  // MFA
		"project-team":   {17, "Network seminar for anti-trafficking"}, //
	} {
		a := s.get(role, "/en/plans/{plan/plan-1}")
		s.want(a, 200, fmt.Sprintf("%d activities", want.n), want.phrase)
		if svg, table := both(a); len(svg) != want.n || len(table) != want.n {
			t.Errorf("%s: %d drawn, %d listed, want %d", role, len(svg), len(table), want.n)
		}
		s.want(s.get(role, "/en/plans"), 200, fmt.Sprintf(`class="n">%d</td>`, want.n))
	}
	s.want(s.get("donor", "/en/activities/{activity/exchange-visit-2016}"), 404)
}

// TestPlans: a visitor is told honestly that no plan is public; nobody's list says more than they
// may read.
func TestPlans(t *testing.T) {
	s := newTest(t)
	s.want(s.get(visitor, "/en/plans"), 200, "No work plan has been made public.", "!MMSP")
	s.want(s.get(visitor, "/zh/plans"), 200, "暂无对外公开的工作计划。")
	s.want(s.get("cn-ministry", "/zh/plans"), 200, "支持项目第二期工作计划", "第2版", "已完成5项")
	s.want(s.get("administrator", "/en/plans"), 200, "No work plan yet.")
}

// TestPlanPublished: a plan that was published shows its public activities only.
func TestPlanPublished(t *testing.T) {
	s := newTest(t)
	team := s.actor("project-team")
	for _, key := range []string{"plan/plan-2", "activity/law-study"} {
		h, _, err := s.objects.Get(t.Context(), team, s.id(key))
		if err == nil {
			err = s.objects.Publish(t.Context(), team, h.ID, h.Rev)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if a := s.get(visitor, "/en/plans"); a.Status != 303 || !strings.HasSuffix(a.Header.Get("Location"), s.id("plan/plan-2")) {
		t.Errorf("the only plan: %d to %q", a.Status, a.Header.Get("Location"))
	}
	a := s.get(visitor, "/en/plans/{plan/plan-2}")
	s.want(a, 200, "One activity", "Comparative study of migration law", "!Glossary", "!TLP:", "!Endorsed baseline", `class="public"`)
	s.want(s.get(visitor, "/en/activities/{activity/law-study}"), 200, "Comparative study", "!Budget line", "!B3", "!Needs assessment")
	s.want(s.get("donor", "/en/activities/{activity/law-study}"), 200, "Budget line", "Needs assessment")
}

// TestToday: the line stands in a drawing whose dates reach over today.
func TestToday(t *testing.T) {
	s := newTest(t)
	now := time.Now()
	s.create("activity", access.Header{}, &project.Activity{
		Title: text.Both("Around today", "今日前后"), Phase: ref.Phase(s.id("phase/mmsp-1")), Type: "workshop", State: project.UnderWay,
		Starts: when.DateOf(now.AddDate(0, -2, 0)), Ends: when.DateOf(now.AddDate(0, 2, 0)),
	})
	s.want(s.get("donor", "/en/plans/{plan/plan-1}"), 200, `class="today"`, ">Today</text>", "!lies after the period shown")
}

// TestPlanHostile: nothing of what is entered becomes markup.
func TestPlanHostile(t *testing.T) {
	s := newTest(t)
	bad := `<script>alert(1)</script>"onload=x`
	h := s.create("activity", access.Header{}, &project.Activity{
		Title: text.Both(bad, bad), Phase: ref.Phase(s.id("phase/mmsp-2")), Type: "workshop", State: project.Scheduled, Code: bad, Place: text.Both(bad, bad),
		DateNote: text.Both(bad, bad), Summary: text.Both(bad, bad), Starts: "2021", Source: text.Both(bad, bad), BudgetLine: bad,
	})
	for _, path := range []string{"/en/plans/{plan/plan-2}", "/zh/plans/{plan/plan-2}?group=lead", "/en/activities/" + h.ID} {
		s.want(s.get("project-team", path), 200, "&lt;script&gt;", "!<script>alert", `!"onload=`)
	}
}

var hiddenField = regexp.MustCompile(`name="(rev|seen)" value="([^"]*)"`)

// endorseForm opens the form and gives its hidden fields.
func endorseForm(s *testSite) url.Values {
	v := url.Values{}
	for _, m := range hiddenField.FindAllStringSubmatch(s.get("project-team", "/en/plans/{plan/plan-2}/endorse").Body, -1) {
		v.Set(m[1], m[2])
	}
	v.Set(withField, s.opened("project-team", "/en/plans/{plan/plan-2}/endorse"))
	return v
}

// TestEndorsePage: an endorsement is recorded with its day; faults stand beside the field; what
// changed meanwhile is not endorsed unseen.
func TestEndorsePage(t *testing.T) {
	s := newTest(t)
	const path = "/en/plans/{plan/plan-2}/endorse"
	s.want(s.get("project-team", path), 200, "Record that both sides endorsed version 2", "its 16 activities", "Nobody can change it", "Everybody who takes part in the dialogue")
	s.want(s.get("project-team", "/zh/plans/{plan/plan-2}/endorse"), 200, "记录双方认可第2版")
	s.want(s.get("donor", path), 404)
	v := endorseForm(s)
	v.Set("endorsed", "spring")
	v.Set("note.en", "Minutes of the meeting")
	s.want(s.post("project-team", path, v), 422, `id="endorsed-error"`, "is not a date", "Minutes of the meeting")
	v.Set("endorsed", "")
	s.want(s.post("project-team", path, v), 422, "This is needed.", "Minutes of the meeting")
	v.Set("endorsed", "2021-02-03")
	v.Set("note.zh", "会议纪要")

	// Meanwhile somebody adds an activity.
	s.create("activity", access.Header{}, &project.Activity{Title: text.Both("Meanwhile", "其间"), Phase: ref.Phase(s.id("phase/mmsp-2")), Type: "research", State: project.Proposed})
	s.want(s.post("project-team", path, v), 409, "The plan changed while you were looking", "its 17 activities", "2021-02-03")
	now := endorseForm(s)
	v.Set("seen", now.Get("seen"))
	v.Set(withField, now.Get(withField))
	a := s.post("project-team", path, v)
	if a.Status != 303 {
		t.Fatalf("status %d\n%s", a.Status, clip(a.Body))
	}
	s.want(s.get("project-team", a.Header.Get("Location")), 200, "The endorsement is recorded.", "Version 2, endorsed by both sides; nothing has changed since.",
		"Endorsed baseline: version 2 of 3 February 2021", "!Recorded from a file", "Since version 2 was endorsed: 17 as endorsed.", "!Record an endorsement")
	s.want(s.post("project-team", path, endorseFormWith(s, v)), 422, "Version 2 is endorsed already")
	// An edit begins the next version.
	h, value, err := s.objects.Get(t.Context(), s.actor("project-team"), s.id("activity/law-seminar"))
	if err != nil {
		t.Fatal(err)
	}
	o := value.(*project.Activity)
	o.Starts, o.Ends = "2021-10-01", ""
	if _, err := s.objects.Edit(t.Context(), s.actor("project-team"), h.ID, h.Rev, o, ""); err != nil {
		t.Fatal(err)
	}
	s.want(s.get("donor", "/en/plans/{plan/plan-2}"), 200, "Version 3, being worked on.", "Since version 2 was endorsed: 16 as endorsed, 1 moved.")
	s.want(s.get("donor", "/en/activities/{activity/law-seminar}"), 200, "1 October 2021", "In version 2, as endorsed", "14–15 September 2021")
}

func endorseFormWith(s *testSite, v url.Values) url.Values {
	f := endorseForm(s)
	for k := range v {
		if f.Get(k) == "" {
			f.Set(k, v.Get(k))
		}
	}
	return f
}

// TestBaselinePage: the endorsed version as it was frozen.
func TestBaselinePage(t *testing.T) {
	s := newTest(t)
	s.want(s.get("donor", "/en/baselines/{baseline/plan-2-v1}"), 200, "Version 1", "2019 (inferred)", "Recorded from a file by the node’s operator", "Study visit on residence permits", "May 2020", "!newsletter", "!/edit")
	s.want(s.get("cn-ministry", "/zh/baselines/{baseline/plan-2-v1}"), 200, "第1版", "认可时的活动", "2020年5月")
	s.want(s.get(visitor, "/zh/baselines/{baseline/plan-2-v1}"), 404)
	// An activity of which only some may know any more is not told to the others.
	team := s.actor("project-team")
	h, _, err := s.objects.Get(t.Context(), team, s.id("activity/border-visit"))
	if err == nil {
		err = s.objects.SetAudience(t.Context(), team, h.ID, h.Rev, tlp.AMBER, access.NewAudience(access.InstitutionOf(ref.Institution(s.id("institution/nia"))), access.TeamOf(h.Dialogue)), "needed")
	}
	if err != nil {
		t.Fatal(err)
	}
	s.want(s.get("donor", "/en/baselines/{baseline/plan-2-v1}"), 200, "!Field visit")
	s.want(s.get("donor", "/en/plans/{plan/plan-2}"), 200, "!Field visit", "15 activities", "!1 cancelled")
	s.want(s.get("cn-focal-point", "/en/baselines/{baseline/plan-2-v1}"), 200, "Field visit")
}

// TestActivityPage: facts, what it waits for and what waits for it, meetings held under it.
func TestActivityPage(t *testing.T) {
	s := newTest(t)
	s.want(s.get("donor", "/en/activities/{activity/law-study}"), 200, "Comparative study of migration law", "June 2020 – June 2021", "In version 1, as endorsed", "February–December 2020",
		"Needs assessment with the institutions", "Seminar on international migration law", "Under way", "Budget line")
	s.want(s.get("cn-focal-point", "/zh/activities/{activity/documents-workshop}"), 200, "旅行证件查验研讨会", "日期未注明", "新的时间未定", "第1版（双方认可）", "2020年6月")
	s.want(s.get("donor", "/en/activities/{activity/newsletter-phase-2}"), 200, "not in it")
	s.want(s.get("donor", "/en/activities/{activity/launch-phase-2}"), 200, "/en/meetings/"+s.id("meeting/launch-phase-2"), "2019 (inferred)")
	s.want(s.get("project-team", "/en/activities/{activity/glossary}"), 200, "/en/new/meeting?activity="+s.id("activity/glossary"))
	s.want(s.get(visitor, "/en/activities/{activity/law-study}"), 404)
}

// TestSheets: the last of a few sheets is not left with a line or two, and nothing is lost.
func TestSheets(t *testing.T) {
	for _, n := range []int{0, 1, 20, 33, 36, 60, 500} {
		p := timeline.Plan{Groups: []timeline.Group{{Title: "Group"}}}
		for i := range n {
			p.Groups[0].Rows = append(p.Groups[0].Rows, timeline.Row{ID: strconv.Itoa(i), Title: "Activity", From: time.Date(2021, 1, 1+i, 0, 0, 0, 0, time.UTC)})
		}
		total, least := 0, n
		cut := sheets(p)
		for _, sheet := range cut {
			rows := 0
			for _, g := range sheet.Groups {
				rows += len(g.Rows)
			}
			total += rows
			least = min(least, rows)
		}
		if total != n || len(cut) == 2 && least < n/3 {
			t.Errorf("%d rows: %d on %d sheets, at least %d on each", n, total, len(cut), least)
		}
	}
}

// BenchmarkPlanPage draws a plan of 500 activities.
func BenchmarkPlanPage(b *testing.B) {
	s := newTest(b)
	phase := ref.Phase(s.id("phase/mmsp-3"))
	h := s.create("plan", access.Header{}, &project.Plan{Title: text.Both("Large", "大型计划"), Phase: phase, State: project.PlanDraft})
	for i := range 500 {
		s.create("activity", access.Header{}, &project.Activity{
			Title: text.Both("Workshop on an important matter no. "+strconv.Itoa(i), "重要事项研讨会"), Phase: phase, Type: "workshop", State: project.Scheduled,
			FocusArea: ref.FocusArea(s.id("focus-area/regular")), Lead: ref.Institution(s.id("institution/nia")),
			Partners: []ref.Institution{ref.Institution(s.id("institution/eud")), ref.Institution(s.id("institution/mfa"))},
			Starts:   when.DateOf(time.Date(2024, 1, 1+i, 0, 0, 0, 0, time.UTC)),
		})
	}
	b.ResetTimer()
	for b.Loop() {
		if a := s.get("donor", "/en/plans/"+h.ID); a.Status != 200 {
			b.Fatal(a.Status)
		}
	}
}

// TestRecordedEndorsement: where a file says that a plan was endorsed, nobody reads that both sides did so.
func TestRecordedEndorsement(t *testing.T) {
	s := newTest(t)
	err := s.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		who := access.Operator("test")
		o, err := project.Plans.Load(ctx, tx, who, s.id("plan/plan-2"))
		if err != nil {
			return err
		}
		b := access.Object[project.Baseline]{Value: project.Baseline{Title: o.Value.Title, Plan: ref.Plan(o.ID), Version: o.Value.Version}}
		b.Dialogue, b.Mark, b.Audience = o.Dialogue, o.Mark, o.Audience
		if err := project.Baselines.Save(ctx, tx, who, "baseline.create", &b, ""); err != nil {
			return err
		}
		o.Value.State, o.Value.Baseline = project.PlanEndorsed, ref.Baseline(b.ID)
		return project.Plans.Save(ctx, tx, who, "plan.edit", &o, "")
	})
	if err != nil {
		t.Fatal(err)
	}
	s.want(s.get("project-team", "/en/plans"), 200, "Recorded from a file as endorsed", "!Endorsed by both sides")
	s.want(s.get("project-team", "/en/plans/{plan/plan-2}"), 200, "Recorded from a file as endorsed", "!ndorsed by both sides")
	s.want(s.get("project-team", "/en/search?q=work+plan&kind=plan"), 200, "Recorded from a file as endorsed", "!Endorsed by both sides")
	for _, role := range []string{"project-team", "donor"} {
		s.want(s.get(role, "/en/desk"), 200, ", recorded from a file as endorsed", "!ndorsed by both sides")
		s.want(s.get(role, "/zh/desk"), 200, "据文件录入为已认可", "!双方认可")
	}
}
