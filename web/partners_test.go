package web

import (
	"fmt"
	"strings"
	"testing"

	"entente/access"
	"entente/internal/text"
	"entente/roster"
)

// places gives where phrases stand in a page, to compare their order.
func inOrder(t *testing.T, body string, phrases ...string) {
	t.Helper()
	last := 0
	for _, p := range phrases {
		at := strings.Index(body[last:], p)
		if at < 0 {
			t.Errorf("%q does not stand behind what should come before it", p)
			return
		}
		last += at
	}
}

// TestPartnersPage: by side in the order of reading, then those on none, then those who took part
// earlier.
func TestPartnersPage(t *testing.T) {
	s := newTest(t)
	en := s.get(visitor, "/en/partners")
	s.want(en, 200, "National Immigration Administration", "国家移民管理局", "on neither side", "until 31 January 2020", "!#people", "!Enter an institution")
	inOrder(t, clip2(en.Body), "EU side</span></th>", "Europol", "Chinese side</span></th>", "Ministry of Foreign Affairs", "Facilitators, on no side", "Donor</span>", "Associated countries", "Switzerland", "Took part earlier", "Bureau of Exit and Entry", "United Kingdom")
	zh := s.get("cn-focal-point", "/zh/partners")
	s.want(zh, 200, "联系国", "曾参与单位", "#people")
	inOrder(t, clip2(zh.Body), "中方</span></th>", "外交部", "欧方</span></th>", "欧盟驻华代表团", "协调机构", "资助方", "瑞士", "国家外国专家局")

	s.want(s.get(visitor, "/en/partners?side={side/cn}"), 200, "Ministry of Commerce", "!Europol", "!Switzerland", "Show everything")
	s.want(s.get(visitor, "/en/partners?side=former"), 200, "4 institutions", "United Kingdom", "!Ministry of Commerce")
	s.want(s.get(visitor, "/en/partners?level=provincial"), 200, "One institution", "Foreign affairs offices of provinces")
	s.want(s.get(visitor, "/en/partners?name=移民管理"), 200, "One institution", "National Immigration Administration")
	s.want(s.get(visitor, "/en/partners?name=beea"), 200, "One institution", "Bureau of Exit and Entry")
	s.want(s.get(visitor, "/en/partners?name=%3Cscript%3E%25"), 200, "No institution fits this choice.", "!<script>%", "&lt;script&gt;")
	s.want(s.get("project-team", "/en/partners"), 200, "/en/new/institution")
}

// clip2 gives the main part of a page, whole.
func clip2(body string) string {
	_, rest, _ := strings.Cut(body, "<main")
	main, _, _ := strings.Cut(rest, "</main>")
	return main
}

// TestPartnersPaged: over a hundred, the list has pages at stable addresses, and nothing is lost.
func TestPartnersPaged(t *testing.T) {
	s := newTest(t)
	for i := range 90 {
		s.create("institution", access.Header{}, &roster.Institution{
			Names: []roster.Name{{Name: text.Both(fmt.Sprintf("Office number %02d", i), fmt.Sprintf("第%02d办公室", i))}}, Level: "municipal",
		})
	}
	first := s.get("donor", "/en/partners")
	s.want(first, 200, "128 institutions", "/en/partners?page=2", "!page=0", "Office number 00")
	second := s.get("donor", "/en/partners?page=2")
	s.want(second, 200, "/en/partners?page=1", "!page=3", "United Kingdom", "!Europol")
	if n := strings.Count(clip2(first.Body), "/en/institutions/") + strings.Count(clip2(second.Body), "/en/institutions/"); n < 128 {
		t.Errorf("%d institutions on two pages", n)
	}
	s.want(s.get("donor", "/en/partners?page=99&level=municipal"), 200, "90 institutions", "Office number 00", "!rel=\"next\"")
	s.want(s.get(visitor, "/en/partners"), 200, "38 institutions", "!Office number")
}

// TestInstitutionPage: the history is told as it was.
func TestInstitutionPage(t *testing.T) {
	s := newTest(t)
	at := func(lang, key string) string { return "/" + lang + "/institutions/{institution/" + key + "}" }
	nia := s.get(visitor, at("en", "nia"))
	s.want(nia, 200, "National Immigration Administration", "Chinese side", "Ministry of Public Security", "Launch of Phase II", "/en/meetings?institution="+s.id("institution/nia"), "!Focal point", "!TLP:")
	inOrder(t, clip2(nia.Body), "History", "until 2018", "Bureau of Exit and Entry Administration", "from 2018", "National Immigration Administration")
	s.want(s.get("cn-focal-point", at("zh", "nia")), 200, "国家移民管理局联络员", "经办人", "公安部出入境管理局", "2018年止", "2018年起")

	mohrss := s.get(visitor, at("en", "mohrss"))
	inOrder(t, clip2(mohrss.Body), "until 2018", "State Administration of Foreign Experts Affairs", "until 2023", "Ministry of Science and Technology", "In this matter only: The function that had come from SAFEA in 2018", "dates not stated", "Ministry of Human Resources", "Took over from Ministry of Science and Technology, 2023: The function")
	most := s.get(visitor, at("zh", "most"))
	inOrder(t, clip2(most.Body), "沿革", "国家外国专家局", "起止时间未注明", "科学技术部", "2018年承接国家外国专家局的职能", "2023年起", "人力资源和社会保障部", "仅限：2018年自国家外国专家局承接的职能")
	safea := s.get(visitor, at("en", "safea"))
	inOrder(t, clip2(safea.Body), "State Administration of Foreign Experts Affairs", "from 2018", "Ministry of Science and Technology", "from 2023", "Ministry of Human Resources", "Took over from: Ministry of Science and Technology", "until 2018", "Chinese side")

	s.want(s.get(visitor, at("en", "uk")), 200, "until 31 January 2020", "EU side", "Member State until 31 January 2020.", "None today", "unofficial name")
	s.want(s.get(visitor, at("zh", "uk")), 200, "2020年1月31日止", "欧方", "目前无参与身份")
	s.want(s.get(visitor, at("en", "ch")), 200, "Associated country, on neither side", "Schengen associated country, on neither side.")
	s.want(s.get(visitor, at("zh", "iom-china")), 200, "国际移民组织驻华联络处", "国际移民组织驻华代表处", "2021年（推断）起", "停用时间不详")
	s.want(s.get(visitor, at("zh", "fpi")), 200, "非官方名称", "未查到正式中文名称")
	s.want(s.get(visitor, at("en", "mps")), 200, "Under it", "Office for Combating Trafficking")
	s.want(s.get(visitor, at("en", "chinca")), 200, "Workshop on China-EU labour migration")

	// A meeting that few may read does not count for the others.
	s.want(s.get("donor", at("en", "beea")), 200, "one meeting", "!Exchange visit on return")
	s.want(s.get("cn-focal-point", at("en", "beea")), 200, "2 meetings", "Exchange visit on return")
}

// TestPersonPage: by function, for those who signed in.
func TestPersonPage(t *testing.T) {
	s := newTest(t)
	s.want(s.get("donor", "/en/people/{person/cn-focal-point}"), 200, "Focal point, NIA", "National Immigration Administration", "Functions on the platform", "Focal point", "Chinese")
	s.want(s.get("cn-ministry", "/zh/people/{person/expert}"), 200, "葡萄牙移民法专家", "葡萄牙（使馆及国内主管部门）", "起止时间未注明")
	if a := s.get(visitor, "/en/people/{person/expert}"); a.Status != 303 {
		t.Errorf("a visitor gets %d", a.Status)
	}
	h := s.create("person", access.Header{}, &roster.Person{
		Title: text.Both("Desk officer", "处长"), Family: "王", Given: "明",
		Functions: []roster.Held{{Function: access.Observer, From: "2015", Until: "2018"}},
	})
	s.want(s.get("donor", "/en/people/"+h.ID), 200, "王明", "2015–2018", "formerly", "No post is entered.")
}
