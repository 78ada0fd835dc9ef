package web

import (
	"net/url"
	"testing"

	"entente/internal/text"
)

// TestInsideHandover: a ministry hands over to its successor what it chose of its notes inside, after a
// look; the successor reads them as such. The side's lead hands over another's as a number. Both are told
// of, and both are taken back.
func TestInsideHandover(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		const at, mfa, nia = "/objects/{meeting/launch-phase-2}/inside", "/institutions/{institution/mfa}/inside", "/institutions/{institution/nia}/inside"
		open := func(role, title string) string {
			form := url.Values{"title": {title}, "text": {"内容"}, "sort": {"position"}, "for": {"institutions"}, "language": {"zh"}}
			a := s.post(role, "/zh"+at, form)
			s.want(a, 303)
			return noteID.FindStringSubmatch(a.Header.Get("Location"))[1]
		}
		first, kept := open("cn-ministry", "本方立场"), open("cn-ministry", "内部备忘")
		s.want(s.send("cn-ministry", "/zh/objects/"+first+"/files", "附表.txt", "内容", nil), 303)
		s.want(s.get("cn-ministry", "/zh"+mfa), 200, "!移交内部材料")
		s.want(s.get("cn-ministry", "/zh"+mfa+"/handover"), 200, "没有可接收移交的本方承接单位")
		s.ends("mfa", "", "nia")
		s.want(s.get("cn-ministry", "/zh"+mfa), 200, "移交内部材料", s.fill(mfa)+"/handover")
		s.want(s.get("cn-focal-point", "/zh"+mfa), 200, "!移交内部材料")
		s.want(s.get("cn-focal-point", "/zh"+mfa+"/handover"), 403)
		for _, role := range []string{"project-team", "eu-focal-point", "donor", "administrator", "expert"} {
			s.want(s.get(role, "/en"+mfa+"/handover"), 404)
		}
		s.want(s.post("project-team", "/en"+mfa+"/handover", url.Values{"to": {"{institution/nia}"}}), 404)
		s.want(s.get("cn-ministry", "/en"+mfa+"/handover"), 200, "Hand over what stands inside: Ministry of Foreign Affairs", "Succession alone opens nothing", "National Immigration Administration")
		s.want(s.post("cn-ministry", "/en"+mfa+"/handover", nil), 422)
		s.want(s.post("cn-ministry", "/en"+mfa+"/handover", url.Values{"to": {"{institution/mps}"}}), 404)

		to := url.Values{"to": {"{institution/nia}"}}
		s.want(s.post("cn-ministry", "/en"+mfa+"/handover", to), 200, "All 2 notes pass", "2 people of National Immigration Administration are inside our side today and will read them as successor", "TLP:AMBER&#43;STRICT", "checked")
		look := s.post("cn-ministry", "/zh"+mfa+"/handover", to)
		s.want(look, 200, "全部2条意见", "国家移民管理局目前有2名人员", "本方立场", "内部备忘", "TLP:AMBER&#43;STRICT", "两单位获准参与的联络员将收到通知")
		s.want(s.get("cn-focal-point", "/zh/notes/"+first), 404) // nothing is done yet
		form := formOf(t, look.Body)
		form["open"] = nil
		s.want(s.post("cn-ministry", "/zh"+mfa+"/handover", form), 422, "移交未执行")
		form["open"] = []string{first}
		// What was seen is the text of a note and its files too.
		if err := s.writeText(s.actor("cn-ministry"), first, "text", "zh", text.Version{Text: "另一内容", Status: text.Original}); err != nil {
			t.Fatal(err)
		}
		s.want(s.post("cn-ministry", "/zh"+mfa+"/handover", form), 409, "已有变化")
		form = formOf(t, s.post("cn-ministry", "/zh"+mfa+"/handover", to).Body)
		form["open"] = []string{first}
		s.want(s.send("cn-ministry", "/zh/objects/"+first+"/files", "附件二.txt", "内容", nil), 303)
		s.want(s.post("cn-ministry", "/zh"+mfa+"/handover", form), 409, "已有变化")
		form = formOf(t, s.post("cn-ministry", "/zh"+mfa+"/handover", to).Body)
		form["open"] = []string{first}
		told := s.told("cn-focal-point", "admission")
		s.want(s.post("cn-ministry", "/zh"+mfa+"/handover", form), 303)
		stale := with(form, "open", kept)
		stale.Del("form") // as from another window
		s.want(s.post("cn-ministry", "/zh"+mfa+"/handover", stale), 409, "已有变化", "内部备忘")
		stale.Set("open", first) // what was not ticked is not ticked by looking again
		s.want(s.post("cn-ministry", "/zh"+mfa+"/handover", stale), 409, "内部备忘", "!checked")
		s.want(s.get("cn-focal-point", "/zh/notes/"+first), 200, "国家移民管理局作为外交部职能的承接单位阅知", "附表")
		s.want(s.get("cn-focal-point", "/en/notes/"+first), 200, "reads it as successor of")
		s.want(s.get("cn-focal-point", "/zh"+at), 200, "作为外交部职能的承接单位阅知", "!/objects/"+first+"/edit")
		s.want(s.get("cn-ministry", "/zh"+at), 200, "作为外交部职能的承接单位阅知")
		s.want(s.get("cn-focal-point", "/zh/objects/"+first+"/history"), 200, "移交承接单位阅知（作为承接单位）", "外交部联络员")
		s.want(s.get("cn-ministry", "/en/objects/"+first+"/history"), 200, "to be read as successor")
		s.want(s.get("cn-focal-point", "/zh/objects/"+first+"/edit"), 403)
		s.want(s.get("cn-focal-point", "/zh/notes/"+kept), 404)
		if n := s.told("cn-focal-point", "admission"); n != told+1 {
			t.Errorf("the successor's focal point was told %d times", n-told)
		}
		s.want(s.get("cn-focal-point", "/zh/notices"), 200, "贵单位作为下列单位职能的承接单位阅知：外交部")
		s.want(s.get("cn-focal-point", "/en/notices"), 200, "reads them as successor of: Ministry of Foreign Affairs")
		s.want(s.get("administrator", "/en/operation/mail"), 200, "!successor")
		s.want(s.get("cn-ministry", "/zh"+mfa+"/handover"), 200, "国家移民管理局作为承接单位阅知1条意见", "收回")
		s.want(s.post("cn-ministry", "/zh"+mfa+"/handover", url.Values{"to": {"{institution/nia}"}, "do": {"take-back"}}), 303)
		s.want(s.get("cn-focal-point", "/zh/notes/"+first), 404)
		s.want(s.get("cn-focal-point", "/zh/notices"), 200, "内部材料已收回，原单位：外交部")
		s.want(s.get("cn-ministry", "/zh/notes/"+first), 200, "附表", "!承接单位阅知")

		// The lead, which is the ministry, for NIA once that has ended.
		own := open("cn-focal-point", "管理局意见")
		s.ends("mfa", "")
		s.ends("nia", "2025-06-30", "mps")
		s.want(s.get("cn-focal-point", "/zh"+nia+"/handover"), 403, "贵单位已于2025年6月30日终止")
		to = url.Values{"to": {"{institution/mps}"}}
		look = s.post("cn-ministry", "/zh"+nia+"/handover", to)
		s.want(look, 200, "牵头单位可将国家移民管理局", "将1条意见及其附件移交公安部", "公安部目前有0名人员", "!管理局意见", "!"+own)
		s.want(s.post("cn-ministry", "/zh"+nia+"/handover", formOf(t, look.Body)), 303)
		s.want(s.get("cn-ministry", "/zh/notes/"+own), 404)
		s.want(s.get("cn-ministry", "/en"+nia+"/handover"), 200, "Ministry of Public Security reads one note as successor", "You are told a number and read nothing by it", "!"+own)
		s.want(s.get("cn-focal-point", "/zh/notes/"+own), 200, "公安部作为国家移民局职能的承接单位阅知")
		s.want(s.get("cn-focal-point", "/en/notices"), 200, "handed over to its successor: Ministry of Public Security")
		s.want(s.post("cn-ministry", "/en"+nia+"/handover", with(to, "do", "take-back")), 303)
		s.want(s.get("cn-focal-point", "/zh/notes/"+own), 200, "!承接单位阅知")
		s.want(s.post("cn-ministry", "/en"+nia+"/handover", with(to, "do", "take-back")), 404)
	})
}
