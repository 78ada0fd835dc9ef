package web

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var noteID = regexp.MustCompile(`note-([0-9a-f-]{36})`)

// TestInside: a side consults inside: MFA opens a note for NIA, NIA answers with a note of its own and
// a file. The page says who can read it, and who cannot.
func TestInside(t *testing.T) {
	s := newTest(t)
	const at = "/objects/{meeting/launch-phase-2}/inside"
	const page = "/meetings/{meeting/launch-phase-2}"
	for _, role := range []string{"project-team", "donor", "administrator"} {
		s.want(s.get(role, "/en"+at), 404)
		s.want(s.get(role, "/en"+page), 200, "!Inside our side")
	}
	s.want(s.get(visitor, "/en"+page), 200, "!Inside our side")
	s.want(s.get("cn-ministry", "/zh"+page), 200, "本方内部", "暂无意见")
	empty := s.get("cn-ministry", "/zh"+at)
	s.want(empty, 200, "暂无意见。", "仅所选中方单位或人员可以查阅。对方、项目办、资助方和本系统管理员均不能查阅。", "外交部（本单位）", "国家移民管理局", "!欧盟驻华代表团", "!国际移民组织", "运维本系统服务器的人员可接触", "涉密材料")
	s.want(s.get("cn-ministry", "/en"+at), 200, "No note here yet.", "Neither the other side, the project team, the donor nor the administrator")
	s.want(s.get("expert", "/en"+at), 200, "No note here yet.", "!Open a note") // of the EU side, and writes for nobody

	form := url.Values{"title": {"本方立场"}, "text": {"同意**开放**议题。"}, "sort": {"position"}, "for": {"institutions"}, "language": {"zh"}, "audience": {"inside:{institution/nia}", "person:{person/donor}"}}
	a := s.post("cn-ministry", "/zh"+at, form)
	s.want(a, 303)
	id := noteID.FindStringSubmatch(a.Header.Get("Location"))[1]
	s.want(s.get("cn-ministry", "/zh"+at), 200, "本方立场", "<strong>开放</strong>", "TLP:AMBER&#43;STRICT", "外交部、国家移民管理局", "/zh/objects/"+id+"/edit", "回复")
	s.want(s.get("cn-focal-point", "/zh"+page), 200, "1条意见")
	s.want(s.get("cn-focal-point", "/zh"+at), 200, "本方立场", "回复", "!/objects/"+id+"/edit", "!/objects/"+id+"/remove")
	s.want(s.get("eu-focal-point", "/en"+at), 200, "No note here yet.", "!本方立场")
	s.want(s.get("eu-focal-point", "/en"+page), 200, "no notes yet")
	s.want(s.get("cn-focal-point", "/en/notes/"+id), 200, "本方立场", "Why can I see this?", "you speak for", "About", "!The project team owes it", "!side by side", "!Change who may read")
	s.want(s.get("cn-focal-point", "/en/search?q="+url.QueryEscape("开放")), 200, "/en/notes/"+id)
	s.want(s.get("cn-focal-point", "/en/desk"), 200, "本方立场", "wrote it", "Note of our side")
	for _, role := range []string{"project-team", "eu-focal-point", "donor", "administrator", "expert"} {
		s.want(s.get(role, "/en/notes/"+id), 404)
		s.want(s.get(role, "/en/objects/"+id+"/files"), 404)
	}

	// Faults: the same page, with what was written.
	bad := url.Values{"title": {""}, "text": {"仍在"}, "sort": {"comment"}, "for": {"institutions"}, "audience": {"inside:{institution/nl}"}}
	s.want(s.post("cn-ministry", "/zh"+at, bad), 422, "仍在", `<a href="#title">标题：`, `aria-invalid="true"`)
	bad.Set("title", "有标题")
	s.want(s.post("cn-ministry", "/zh"+at, bad), 422, "仍在", "仅限目前属本方的单位", "有标题")
	s.want(s.post("project-team", "/en"+at, form), 404)
	s.want(s.post("donor", "/en"+at, form), 404)

	// NIA answers, and attaches a file to its own answer.
	write := s.get("cn-focal-point", "/zh"+at+"?re="+id)
	s.want(write, 200, "回复意见", `name="re" value="`+id+`"`, "外交部", "!公安部")
	form.Set("re", id)
	form.Set("title", "国家移民管理局的答复")
	form["audience"] = []string{"inside:{institution/mfa}"}
	a = s.post("cn-focal-point", "/zh"+at, form)
	s.want(a, 303)
	answer := noteID.FindStringSubmatch(a.Header.Get("Location"))[1]
	form["audience"] = []string{"inside:{institution/mps}"}
	s.want(s.post("cn-focal-point", "/zh"+at, form), 422, "无权查阅所回复的意见")
	body := s.get("cn-ministry", "/zh"+at).Body
	inOrder(t, clip2(body), "本方立场", `<ol class="thread"><li id="note-`+answer, "国家移民管理局的答复")

	s.want(s.send("cn-contributor", "/zh/objects/"+answer+"/files", "意见.txt", "内容", nil), 303)
	s.want(s.send("cn-ministry", "/zh/objects/"+answer+"/files", "意见.txt", "内容", nil), 403)
	s.want(s.get("cn-ministry", "/zh/notes/"+answer), 200, ">意见</a>", "TXT")
	s.want(s.get("cn-ministry", "/zh"+at), 200, "1个附件")

	// Who of the side may read it is changed with a look before; the form of an object's audience offers nobody else.
	s.want(s.get("cn-ministry", "/zh/objects/"+id+"/audience"), 200, "公安部", "TLP:RED", "!TLP:GREEN", "!项目办</label>", "!欧方</label>")
	look := url.Values{"mark": {"TLP:AMBER+STRICT"}, "reason": {"先由本单位研究"}, "step": {"look"}, "audience": {s.fill("inside:{institution/mfa}")}, "rev": {"1"}}
	s.want(s.post("cn-ministry", "/zh/objects/"+id+"/audience", look), 200, "不再阅知", "国家移民管理局")
	look.Del("step")
	look.Set("seen", s.seenOf("cn-ministry", "/zh/objects/"+id+"/audience", look))
	s.want(s.post("cn-ministry", "/zh/objects/"+id+"/audience", look), 303)
	s.want(s.get("cn-focal-point", "/zh/notes/"+id), 404)
	inside := s.get("cn-focal-point", "/zh"+at)
	s.want(inside, 200, "国家移民管理局的答复", "!本方立场")
	if strings.Contains(inside.Body, id) {
		t.Error("the address of the narrowed note stands in the answer")
	}
	s.want(s.get("cn-focal-point", "/zh/notes/"+answer), 200, "!"+id)

	// A changed note, by its form.
	s.want(s.get("cn-ministry", "/zh/objects/"+id+"/edit"), 200, "本方立场", "保存后可查阅者：外交部")
	s.want(s.post("cn-ministry", "/zh/objects/"+id+"/remove", url.Values{"rev": {"2"}, "reason": {"已办结"}}), 303)
	s.want(s.get("cn-ministry", "/zh"+at), 200, "!本方立场")

	// Lists without pages of their own lead there too.
	s.want(s.get("cn-ministry", "/zh/roadmap"), 200, "本方内部：暂无意见")
	s.want(s.get("project-team", "/zh/roadmap"), 200, "!本方内部")
}
