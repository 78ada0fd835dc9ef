package web

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"entente/access"
	"entente/internal/db"
	"entente/internal/officetest"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/meeting"
	"entente/standard/tlp"
)

// owe makes a duty of an institution of the example and gives its id.
func (s *testSite) owe(of, about, kind string, due when.Date) (id ref.ID) {
	s.t.Helper()
	s.invented = true
	by := access.InstitutionOf(ref.Institution(s.id(of)))
	err := s.db.Write(s.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		if err := access.Owe(ctx, tx, access.Duty{Object: s.id(about), Principal: by, Kind: kind, Due: due}); err != nil {
			return err
		}
		list, err := access.DutiesOn(ctx, tx, access.Operator("test"), s.id(about))
		for _, d := range list {
			if d.Principal == by && d.Kind == kind {
				id = d.ID
			}
		}
		return err
	})
	if err != nil || id == "" {
		s.t.Fatalf("no duty: %v", err)
	}
	return id
}

func TestBrief(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		id := s.owe("institution/nia", meeting1, access.DutyNominate, "2030-12-04")
		s.want(s.get("cn-focal-point", "/zh/duties/"+id+"/brief"), 200, "国家移民管理局</span>呈批件", "<h1>关于“支持中欧人员往来和移民领域对话项目第二期启动会”参会人选的请示</h1>",
			"项目办商请我单位", "一、事由", "2030年12月4日", "个工作日）", "阅知范围为对话全体参与人员、项目办", "启动会介绍了", "领导批示", "承办人：", "TLP:CLEAR", "活动：")
		s.want(s.get("cn-focal-point", "/en/duties/"+id+"/brief"), 200, "National Immigration Administration", "Nominations for “Launch of Phase II", "Asked by: Project team", "4 December 2030", "working days left", "It goes to: Project team", "Leader’s note", "Prepared by:", "First day")

		a := s.get("cn-focal-point", "/zh/duties/"+id+"/brief.docx")
		s.want(a, 200)
		for k, want := range map[string]string{
			"Content-Type": docxType, "Content-Security-Policy": "sandbox", "Cache-Control": "private",
			"Content-Disposition": "filename*=UTF-8''TLP-CLEAR%20%E5%85%B3%E4%BA%8E",
		} {
			if got := strings.Join(a.Header.Values(k), ", "); !strings.Contains(got, want) {
				t.Errorf("%s: %q, want %q", k, got, want)
			}
		}

		// It is for those who owe the duty, as long as they may read what it is about.
		for _, path := range []string{"/en/duties/" + id + "/brief", "/en/duties/" + id + "/brief.docx"} {
			for _, role := range []string{"eu-focal-point", "project-team", "donor", "administrator"} {
				s.want(s.get(role, path), http.StatusNotFound, "!Launch")
			}
			s.want(s.get(visitor, path), http.StatusSeeOther)
		}
		s.narrow(s.id(meeting1), tlp.AMBER, access.SideOf(ref.Side(s.id("side/cn"))), access.TeamOf(ref.Dialogue(s.id("dialogue/migration-mobility"))))
		b := s.get("cn-focal-point", "/en/duties/"+id+"/brief")
		s.want(b, 200, "TLP:AMBER", "mark-amber", "!TLP:CLEAR", "can be read by Chinese side, Project team")
		s.want(s.get("cn-focal-point", "/en/duties/"+id+"/brief.docx"), 200)
		s.narrow(s.id(meeting1), tlp.AMBERSTRICT, access.TeamOf(ref.Dialogue(s.id("dialogue/migration-mobility"))))
		s.want(s.get("cn-focal-point", "/en/duties/"+id+"/brief"), http.StatusNotFound, "!Launch")
		s.want(s.get("cn-focal-point", "/en/duties/none/brief"), http.StatusNotFound)
	})
}

// TestBriefOfCall: what an institution was asked in a call, and what the call is about, stand on one
// sheet; the reply goes where statements about that go.
func TestBriefOfCall(t *testing.T) {
	s := newTest(t)
	call := s.ask(s.id(meeting1), func(v url.Values) {
		v.Set("text.en", "Two officials for three days. Holunder")
		v.Set("text.zh", "**粗体，**\n接着*斜体*\n完。\n\n- 甲，\n  乙\n\n> 引文")
		v.Set("title.en", "Nominate participants")
	})
	var id ref.ID
	err := s.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		list, err := access.DutiesOn(ctx, tx, access.Operator("test"), call)
		for _, d := range list {
			if d.Principal.ID() == s.id("institution/nia") {
				id = d.ID
			}
		}
		return err
	})
	if err != nil || id == "" {
		t.Fatal(id, err)
	}
	s.want(s.get("cn-focal-point", "/en/duties/"+id), 200, "/duties/"+id+"/brief")
	s.want(s.get("cn-focal-point", "/en/duties/"+id+"/brief"), 200, "Nominations for “Nominate participants (another original: 请提名参会人员", "Holunder", "About: </dt><dd><span>Launch of Phase II", "The launch presented the objectives",
		"15 January 2031", "Everybody who takes part in the dialogue, Project team", "mark-green")
	s.want(s.get("cn-focal-point", "/zh/duties/"+id+"/brief"), 200, "<strong>粗体，</strong>接着<em>斜体</em>完。</p>", "<li>甲，乙</li>", "<blockquote>", "!&gt; 引文")
	s.want(s.get("cn-focal-point", "/zh/calls/"+call), 200, `content="粗体，接着斜体完。甲，乙 引文"`)
	s.want(s.get("cn-ministry", "/en/duties/"+id+"/brief"), 404, "!Holunder")
	s.want(s.get("eu-focal-point", "/en/duties/"+id+"/brief.docx"), 404, "!Holunder")
}

// TestBriefProposes: the reply that is proposed is the institution's own, from its side's inner room,
// and the sheet then has the mark of that.
func TestBriefProposes(t *testing.T) {
	s := newTest(t)
	id := s.owe("institution/nia", meeting1, access.DutyAnswer, "2030-12-04")
	open := func(role, sort, words string) {
		s.want(s.post(role, "/zh/objects/{"+meeting1+"}/inside", url.Values{
			"title": {"内部意见"}, "text": {words}, "sort": {sort}, "for": {"institutions"}, "language": {"zh"}, "audience": {"inside:{institution/nia}", "inside:{institution/mfa}"},
		}), http.StatusSeeOther)
	}
	open("cn-ministry", "position", "外交部的立场。")
	s.want(s.get("cn-focal-point", "/zh/duties/"+id+"/brief"), 200, "TLP:CLEAR", "!外交部的立场", "暂无拟稿")
	open("cn-focal-point", "comment", "只是说明。")
	open("cn-focal-point", "position", "拟同意**开放**议题。")
	s.want(s.get("cn-focal-point", "/zh/duties/"+id+"/brief"), 200, "<p>拟同意<strong>开放</strong>议题。</p>", "据本单位内部意见“内部意见”", "mark-amber-strict", "!外交部的立场", "!只是说明", "!暂无拟稿")
	a := s.get("cn-focal-point", "/zh/duties/"+id+"/brief.docx")
	s.want(a, 200)
	if got := a.Header.Get("Content-Disposition"); !strings.Contains(got, "''TLP-AMBER%2BSTRICT%20") {
		t.Errorf("the file is called %q", got)
	}
	s.want(s.get("cn-ministry", "/zh/duties/"+id+"/brief"), 404, "!拟同意")
}

// TestBriefInOffice: LibreOffice opens the brief in both languages, on one sheet, whatever there is
// to say.
func TestBriefInOffice(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing here runs at once")
	}
	s := newTest(t)
	team := s.actor("project-team")
	h, v, err := s.objects.Get(t.Context(), team, s.id(meeting1))
	if err != nil {
		t.Fatal(err)
	}
	m := v.(*meeting.Meeting)
	m.Summary = text.Both(
		strings.Repeat("The seminar heard how **expert rounds** prepare decisions and how each side consults inside.\n\n", 40)+"> Quoted",
		strings.Repeat("会议听取了双方专家磋商的情况介绍，就**下一步工作**交换意见。\n\n", 40)+"- 一项\n- 二项")
	if _, err := s.objects.Edit(t.Context(), team, h.ID, h.Rev, m, ""); err != nil {
		t.Fatal(err)
	}
	for _, about := range []string{meeting1, "activity/launch-phase-2"} {
		id := s.owe("institution/nia", about, access.DutyAnswer, "2030-12-04")
		for lang, wants := range map[string][]string{
			"zh": {`outline-level="1"[^>]*>(<[^>]*>)*一、事由`, `outline-level="1"[^>]*>(<[^>]*>)*五、拟答复意见`, `style:language-asian="zh"`, `<dc:title>关于答复`, `<dc:language>zh-CN`, "国家移民管理局", "领导批示"},
			"en": {`outline-level="1"[^>]*>(<[^>]*>)*Matter`, `outline-level="1"[^>]*>(<[^>]*>)*Proposed reply`, `fo:language="en" fo:country="GB"`, `<dc:title>Answer to`, `<dc:language>en-GB`, "National Immigration Administration", "Leader’s note"},
		} {
			a := s.get("cn-focal-point", "/"+lang+"/duties/"+id+"/brief.docx")
			s.want(a, 200)
			flat := string(officetest.Convert(t, []byte(a.Body), "docx", "fodt"))
			for _, want := range append(wants, "TLP:", `<text:p text:style-name="Title">`, `meta:page-count="1"`) {
				if !regexp.MustCompile(want).MatchString(flat) {
					t.Errorf("%s %s: LibreOffice does not find %s", about, lang, want)
					if strings.HasPrefix(want, "meta") {
						t.Log(regexp.MustCompile(`meta:page-count="\d+"`).FindString(flat))
					}
				}
			}
		}
	}
}

// TestBriefFits: what is too long is shortened, but never the reply.
func TestBriefFits(t *testing.T) {
	words := func(s string, n int) []Passage { return []Passage{{Text: strings.Repeat(s, n)}} }
	for _, c := range []struct {
		name        string
		background  []Passage
		reply       []Passage
		small, full bool
		cut         bool
	}{
		{"little", words("背景。", 10), nil, false, false, false},
		{"more", words("背景情况说明。", 60), nil, true, false, false},
		{"much", words("背景情况说明。", 600), nil, true, false, true},
		{"many lines", words("短。\n\n", 200), nil, true, false, true},
		{"a reply", words("背景。", 10), words("拟同意。", 10), false, false, false},
		{"a long reply", words("背景。", 10), words("拟同意，理由如下。", 300), false, true, false},
		{"both long", words("背景情况说明。", 600), words("拟同意，理由如下。", 300), true, true, true},
	} {
		p := BriefPage{Background: c.background, Reply: c.reply}
		p.Lang = "zh"
		p.fit()
		if p.Small != c.small || (len(p.Full) > 0) != c.full || (len(p.Background) > 0 && p.Background[0].Cut) != c.cut {
			t.Errorf("%s: small %v, attached %v, cut %v", c.name, p.Small, len(p.Full) > 0, p.Background)
		}
		size := sheetSizes[true][btoi(p.Small)]
		if n := p.fixed(size) + size.of(p.Background) + p.replyLines(size); n > size.lines {
			t.Errorf("%s: %d lines on a sheet of %d", c.name, n, size.lines)
		}
		if c.full && p.Full[0].Text != c.reply[0].Text {
			t.Errorf("%s: the reply is not whole", c.name)
		}
		d := p.document(when.Date("2026-11-23").First())
		if len(d.Body) == 0 {
			t.Errorf("%s: nothing", c.name)
		}
	}
}
