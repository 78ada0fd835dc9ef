package web

import (
	"strings"
	"testing"

	"entente/access"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/project"
)

// TestProjectPage: phases stand in the line in which one builds on another.
func TestProjectPage(t *testing.T) {
	s := newTest(t)
	en := s.get(visitor, "/en/project")
	s.want(en, 200, "EU-China Dialogue on Migration and Mobility Support Project", "about 2007 – about 2010", "19 November 2010 – 19 November 2013", "2015–2018", "dates not stated",
		"European Union", "International Labour Organization", "International protection", "builds on", "!TLP:", "!/edit")
	last := 0
	for _, key := range []string{"cbmm-1", "cbmm-2", "mmsp-1", "mmsp-2", "mmsp-3"} {
		at := strings.Index(en.Body, `id="`+s.id("phase/"+key)+`"`)
		if at < last {
			t.Errorf("%s does not stand in its place", key)
		}
		last = at
	}
	s.want(s.get("cn-ministry", "/zh/project"), 200, "支持中欧人员往来和移民领域对话项目", "第二期支持中欧人员往来和移民领域对话项目", "约2007年至约2010年", "承接：", "起止时间未注明", "资助方")
	s.want(s.get("project-team", "/en/project"), 200, "/en/new/phase", "/edit")
}

// TestPhasePage: facts with what is inferred said as such, exact sums, codes as far as public,
// the logframe as far as readable.
func TestPhasePage(t *testing.T) {
	s := newTest(t)
	const two = "/phases/{phase/mmsp-2}"
	s.want(s.get(visitor, "/en"+two), 200, "(inferred)", "The release on the launch is undated", "36 months", "Partnership Instrument (PI)",
		"Service for Foreign Policy Instruments", "Foster inter-agency", "!15190", "10.7", "!Objective of the Global Compact", "!Logframe", "!Work plan</a>", "!TLP:", "/en/meetings?phase="+s.id("phase/mmsp-2"), "Information sharing", "Irregular migration")
	s.want(s.get("donor", "/en"+two), 200, "15190", "not public", "Regular pathways", "Logframe", "OC1", "OP4-a", "80.0% (4 of 5)", "80.0% (8 of 10)", "EU side</span>: ", "Phase I worked by a needs-based approach",
		"/en/plans/"+s.id("plan/plan-2"), "Each side names focal points", "!/new/result")
	s.want(s.get("cn-focal-point", "/zh"+two), 200, "2019年", "推断", "36个月", "逻辑框架", "80.0%（4/5）", "经合组织发展援助委员会目的代码", "不公开")
	s.want(s.get(visitor, "/en/phases/{phase/cbmm-2}"), 200, "EUR 2,000,000", "EUR 1,600,000", "DCI-MIGR 2010/229-653", "Total budget")
	s.want(s.get(visitor, "/en/phases/{phase/mmsp-1}"), 200, "Four ILO studies", "Documents of the project", "Needs-based", "International protection")
	s.want(s.get(visitor, "/zh/phases/{phase/mmsp-3}"), 200, "实施中", "起止时间未注明", "2024年处于执行期")
	s.want(s.get("project-team", "/en"+two), 200, "/en/new/result?phase="+s.id("phase/mmsp-2"))
	s.want(s.get(visitor, "/en/phases/"+ref.New()), 404)
	s.want(s.get(visitor, "/en/phases/{activity/law-study}"), 404)
}

// TestResultPage: a result and an indicator share their address.
func TestResultPage(t *testing.T) {
	s := newTest(t)
	s.want(s.get("donor", "/en/results/{result/output-regular}"), 200, "Knowledge and practice on regular migration exchanged", "Output", "Participants in policy seminars", "Seminar on attracting and retaining skilled workers", "Serves")
	s.want(s.get("cn-ministry", "/zh/results/{result/outcome-capacity}"), 200, "主管部门能力得到加强", "成果", "下级成果", "开展正常移民领域的知识和做法交流", "举办研讨会和培训的次数")
	s.want(s.get("donor", "/en/results/{indicator/seminar-participants}"), 200, "Participants in policy seminars, by side", ">40<", "Chinese side</span>: ", ">33<", "No value has been reported yet.", "Policy seminar in Sanya", "After each seminar")
	s.want(s.get("donor", "/zh/results/{indicator/both-sides-share}"), 200, "80.0%（8/10）", "未设基线值。", "百分比")
	s.want(s.get("donor", "/en/results/{indicator/cooperation-judged}"), 200, "a good platform for the dialogue", "2019 (inferred)")
	s.want(s.get(visitor, "/en/results/{result/output-regular}"), 404)
	s.want(s.get(visitor, "/en/results/{indicator/studies}"), 404)

	// Parts that do not make the figure are said beside it, and figures stand by date.
	parts := []project.Part{{Dimension: "sex", Category: "f", Amount: "20"}, {Dimension: "sex", Category: "m", Amount: "30"}}
	i := s.create("indicator", access.Header{}, &project.Indicator{
		Title: text.Both("Officials", "官员"), Result: ref.Result(s.id("result/output-regular")), Measure: project.Number,
		Dimensions: []project.Dimension{{Code: "sex", Name: text.Both("By sex", "按性别"), Parts: []project.Category{
			{Code: "f", Name: text.Both("women", "女")}, {Code: "m", Name: text.Both("men", "男")},
		}}},
		Values: []project.Value{{Date: "2022", Amount: "45", Parts: parts}, {Date: "2021", Amount: "60", Parts: parts}},
	})
	a := s.get("project-team", "/en/results/"+i.ID)
	s.want(a, 200, "By sex: the parts make 50 of 60; 10 not stated", "By sex: the parts make 50, 5 more than 45")
	if strings.Index(a.Body, ">60<") > strings.Index(a.Body, ">45<") {
		t.Error("the figures do not stand by date")
	}
	s.want(s.get("cn-ministry", "/zh/phases/{phase/mmsp-2}"), 200, "按性别：各项合计50，总数为60，其余10未注明")

	// What else speaks against a figure is said beside it.
	i = s.create("indicator", access.Header{}, &project.Indicator{
		Title: text.Both("Officials", "官员"), Result: ref.Result(s.id("result/output-regular")), Measure: project.Number,
		Dimensions: []project.Dimension{{Code: "sex", Name: text.Both("By sex", "按性别"), Parts: []project.Category{
			{Code: "f", Name: text.Both("women", "女")}, {Code: "m", Name: text.Both("men", "男")},
		}}},
		Baseline: project.Value{Date: "2020", Amount: "40"},
		Values: []project.Value{
			{Date: "2021", Amount: "60", Parts: []project.Part{{Dimension: "sex", Category: "f", Amount: "70"}}},
			{Date: "2021-12", Amount: "63"},
			{Amount: "7"},
			{Amount: "8", Parts: []project.Part{{Dimension: "sex", Category: "m", Amount: "-1"}}},
			{Date: "2020~", Amount: "50"},
		},
	})
	s.want(s.get("project-team", "/en/results/"+i.ID), 200, "another figure stands for the same time: 2021 (60)", "another figure stands for the same time: December 2021 (63)", "another figure stands for the same time: about 2020 (50)",
		"another figure stands without a date: 8", "men: the figure is below zero", "By sex: the parts make 70, 10 more than 60")

	// A baseline without a figure keeps its date and its source.
	i = s.create("indicator", access.Header{}, &project.Indicator{
		Title: text.Both("Officials", "官员"), Result: ref.Result(s.id("result/output-regular")), Measure: project.Number,
		Baseline: project.Value{Date: "2019", Source: text.Both("Quince survey", "")},
	})
	s.want(s.get("project-team", "/en/results/"+i.ID), 200, "<dt>2019</dt>", "none stated", "Quince survey", "!No baseline is stated.")

	// What serves a result that somebody may not read does not name it to them.
	s.create("result", access.Header{}, &project.Result{Title: text.Both("<i>Third</i>", "第三"), Phase: ref.Phase(s.id("phase/mmsp-2")), Level: project.Outcome, Code: "OC3"})
	s.want(s.get("donor", "/en/phases/{phase/mmsp-2}"), 200, "OC3", "&lt;i&gt;Third")
}
