package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"entente/access"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/meeting"
	"entente/standard/tlp"
)

func TestMeetingPage(t *testing.T) {
	s := newTest(t)
	const launch, mixed, network = "/meetings/{meeting/launch-phase-2}", "/meetings/{meeting/mixed-migration-2018}", "/meetings/{meeting/investigators-seminar-2018}"
	for _, c := range []struct {
		role, path string
		phrases    []string
	}{
		{visitor, "/en" + launch, []string{"Launch of Phase II", `<p class="other-title" lang="zh">支持`, "2019 (inferred)", "!from 2019", ">43<", "not held", "a breakdown is not held", "Programme manager", "National Immigration Administration", "times not known", "!TLP", "!calendar.ics", "!/postpone", "Second phase of support"}},
		{visitor, "/zh" + launch, []string{"2019年（推断）", ">43<", "未掌握", "国家移民管理局", "项目经理", "中方", "不属任何一方"}},
		{"project-team", "/en" + launch, []string{"TLP:CLEAR", "Write a press release", "Change"}},
		{"cn-ministry", "/zh" + launch, []string{"TLP:CLEAR", "!起草新闻稿"}},
		// Three figures for the same people stand beside one another, the counted one with its rows.
		{visitor, "/en" + mixed, []string{"6–7 February 2018", "</small>25<", ">26<", ">27<", "27 counted", "The numbers differ", "Bureau of Exit and Entry Administration", "from 2018: <", "!Belgium", "calendar.ics"}},
		{visitor, "/zh" + mixed, []string{"2018年2月6日至7日", "约</small>25<", ">26<", ">27<", "登记27人", "各项数字不一致", "公安部出入境管理局", "2018年起由国家移民管理局承接"}},
	} {
		for i, p := range c.phrases {
			c.phrases[i] = strings.Replace(p, "from 2018: <", "from 2018: National Immigration", 1)
		}
		s.want(s.get(c.role, c.path), http.StatusOK, c.phrases...)
	}

	// The United Kingdom was on the EU side on the day; Switzerland is on none.
	_, body, _ := strings.Cut(s.get("project-team", "/en"+network).Body, ">Participants<")
	eu, none := strings.Index(body, ">EU side<"), strings.Index(body, ">On no side<")
	if uk := strings.Index(body, "United Kingdom (embassy"); uk < eu || uk > none {
		t.Errorf("the United Kingdom stands at %d, the EU side at %d, no side at %d", uk, eu, none)
	}
	if ch := strings.Index(body, ">Switzerland<"); ch < none {
		t.Errorf("Switzerland stands at %d, no side at %d", ch, none)
	}
	s.want(answer{Status: 200, Body: body}, 200, "associated country", "Names and sides are those of the day")

	// The side that the language names first stands first.
	zh := s.get(visitor, "/zh"+launch).Body
	if strings.Index(zh, ">中方<") > strings.Index(zh, ">欧方<") {
		t.Error("in the Chinese text the EU side stands first")
	}
	en := s.get(visitor, "/en"+launch).Body
	if strings.Index(en, ">EU side<") > strings.Index(en, ">Chinese side<") {
		t.Error("in the English text the Chinese side stands first")
	}
}

// TestMeetingClosed: the exchange visit of 2016 is for those named in its audience. NIA took over
// from the bureau that was; a visitor and an institution not named find nothing.
func TestMeetingClosed(t *testing.T) {
	s := newTest(t)
	const visit = "/meetings/{meeting/exchange-visit-2016}"
	for role, status := range map[string]int{
		visitor: 404, "eu-focal-point": 404, "donor": 404, "expert": 404, "administrator": 404,
		"cn-focal-point": 200, "cn-contributor": 200, "cn-ministry": 200, "member-state": 200, "project-team": 200,
	} {
		s.want(s.get(role, "/en"+visit), status)
		s.want(s.get(role, "/zh/meetings?year=2016"), 200, map[bool]string{true: "返回与重新融入", false: "!返回与重新融入"}[status == 200])
	}
	s.want(s.get("cn-focal-point", "/zh"+visit), 200, "TLP:AMBER", "2016年10月", "公安部出入境管理局")
	// The visit is known to the month: it has a page and no place in a calendar.
	a := s.get("cn-focal-point", "/zh"+visit+"/calendar.ics")
	if a.Status != http.StatusSeeOther || a.Header.Get("Location") != s.fill("/zh"+visit) {
		t.Errorf("%d to %q", a.Status, a.Header.Get("Location"))
	}
	s.want(s.get(visitor, "/zh"+visit+"/calendar.ics"), 404)
	// A dated one that is not public stands in the feed of those who may read it, and in no other.
	const network = "打击人口贩运（拐卖）刑事侦查人员联络网研讨会"
	unfolded := func(role string) answer {
		a := s.get(role, "/zh/meetings/calendar.ics")
		a.Body = strings.ReplaceAll(a.Body, "\r\n ", "")
		return a
	}
	s.want(unfolded(visitor), 200, "混合移民", "!"+network, "!"+s.id("meeting/investigators-workshop-2016"), "!AMBER")
	s.want(unfolded("member-state"), 200, "!"+network)
	s.want(unfolded("project-team"), 200, network, "TLP:AMBER", "CLASS:PRIVATE")
}

func TestMeetingList(t *testing.T) {
	s := newTest(t)
	for _, c := range []struct {
		role, path string
		phrases    []string
	}{
		{visitor, "/en/meetings", []string{"5 meetings, newest first", "about 25 / 26", ">43<", `aria-sort="descending"`, "!New meeting", "/en/meetings/calendar.ics", "!First coordination"}},
		{visitor, "/zh/meetings", []string{"共5项，按日期由近到远", "约25 / 26", "未掌握", "专题研讨会"}},
		{"project-team", "/en/meetings", []string{"15 meetings", "New meeting", "33 &#43; 7"}},
		{"project-team", "/en/meetings?type=training&year=2017", []string{"3 meetings", "Hangzhou", "!Sanya", "Clear"}},
		{"project-team", "/en/meetings?sort=title", []string{`aria-sort="ascending"`, "by title"}},
		{"project-team", "/en/meetings?dir=asc", []string{"oldest first", `aria-sort="ascending"`}},
		{"project-team", "/en/meetings?institution={institution/beea}", []string{"2 meetings", "Exchange visit", `" selected>Bureau of Exit`}},
		{"project-team", "/en/meetings?phase={phase/mmsp-2}&state=held", []string{"One meeting", "Launch of Phase II"}},
		{"project-team", "/zh/meetings?title=启动", []string{"共1项", "启动会"}},
		{visitor, "/en/meetings?title=nothing+like+this", []string{"No meeting fits."}},
		{visitor, "/zh/meetings?title=%3Cscript%3E", []string{"没有符合条件", "!<script>", "&lt;script&gt;"}},
		{visitor, "/en/meetings?type=%27%3B--&year=x&phase=%00&after=!!&before=zz&sort=no&dir=no", []string{"5 meetings, newest first"}},
		{visitor, "/en/meetings?title=%ff%00", []string{"meetings"}},
	} {
		s.want(s.get(c.role, c.path), http.StatusOK, c.phrases...)
	}
}

// TestMeetingListPages walks the pages on and back, by date and by title.
func TestMeetingListPages(t *testing.T) {
	s := newTest(t)
	for i := range 120 {
		m := meeting.Meeting{Title: text.Both(fmt.Sprintf("Round %03d", i), fmt.Sprintf("第%03d次", i)), Type: "expert", State: meeting.Planned}
		if i%3 > 0 {
			m.Starts = when.Date(fmt.Sprintf("2030-%02d-01", i%12+1)) // many on one day, many on none
		}
		s.create("meeting", access.Header{}, &m)
	}
	link := func(body, rel string) string {
		head, _, ok := strings.Cut(body, `" rel="`+rel+`"`)
		if !ok {
			return ""
		}
		return strings.ReplaceAll(head[strings.LastIndex(head, `href="`)+6:], "&amp;", "&")
	}
	for _, start := range []string{"/en/meetings?type=expert", "/en/meetings?dir=asc&type=expert", "/en/meetings?sort=title&type=expert", "/en/meetings?dir=desc&sort=title&type=expert"} {
		seen := map[string]bool{}
		var pages []string
		for at := start; at != ""; {
			a := s.get("project-team", at)
			s.want(a, 200, "120 meetings")
			for _, part := range strings.Split(a.Body, `<td class="title"><a href="`)[1:] {
				id, _, _ := strings.Cut(part, `"`)
				if seen[id] {
					t.Errorf("%s: %s stands twice", start, id)
				}
				seen[id] = true
			}
			pages = append(pages, a.Body)
			at = link(a.Body, "next")
		}
		if len(seen) != 120 || len(pages) != 3 {
			t.Fatalf("%s: %d meetings on %d pages", start, len(seen), len(pages))
		}
		back := s.get("project-team", link(pages[2], "prev")).Body
		if clip(back) != clip(pages[1]) && !strings.Contains(back, strings.SplitN(clip(pages[1]), "<tbody>", 2)[1][:200]) {
			t.Errorf("%s: the way back leads elsewhere", start)
		}
		if link(pages[0], "prev") != "" {
			t.Errorf("%s: there is a page before the first", start)
		}
	}
}

func TestMeetingHostile(t *testing.T) {
	s := newTest(t)
	const bad = `<script>alert(1)</script> O'Neill-Ünal "x" ` + "\u202edrow\u202c"
	evil := text.Both(bad, bad+"。")
	m := meeting.Meeting{
		Title: evil, Type: "workshop", State: meeting.Cancelled, Reason: evil, Starts: "2031-05-06", Ends: "2031-05-07", At: "09:00", Until: "17:30", Zone: when.Beijing,
		DateNote: evil, Place: evil, Summary: evil, Source: evil,
		Agenda:       []meeting.Item{{Title: evil, Day: 1, At: "09:00", Until: "09:30", Note: evil, Speakers: []meeting.Speaker{{Function: evil}}, Papers: []meeting.Paper{{Title: evil, URL: "https://example.org/?a=1&b='2'"}}}, {Title: evil, Day: 2, At: "06:00"}},
		Statements:   []meeting.Statement{{Function: evil, Text: evil, Institutions: []ref.Institution{ref.Institution(s.id("institution/nia"))}}},
		Participants: []meeting.Participation{{Institution: ref.Institution(s.id("institution/nia")), Note: evil, Role: "host"}},
		Stated:       []meeting.Figure{{Count: 12, Of: evil, Source: evil, URL: "https://example.org/s"}}, Papers: []meeting.Paper{{Title: evil, Language: "en"}},
	}
	h := s.create("meeting", access.Header{Mark: tlp.CLEAR, Audience: access.NewAudience(access.Anyone)}, &m)
	for _, path := range []string{"/en/meetings", "/zh/meetings", "/en/meetings/" + h.ID, "/zh/meetings/" + h.ID} {
		s.want(s.get(visitor, path), 200, "!<script>alert", "&lt;script&gt;alert(1)", "O&#39;Neill-Ünal")
	}
	for _, path := range []string{"/cancel", "/postpone", "/release"} {
		s.want(s.get("project-team", "/en/meetings/"+h.ID+path), 200, "!<script>alert", "&lt;script&gt;alert(1)")
	}
	// Both zones where two meet; the second day begins in Brussels on the evening before.
	s.want(s.get(visitor, "/en/meetings/"+h.ID), 200, "09:00 Beijing · 03:00 Brussels", "until 17:30 Beijing · 11:30 Brussels", "Day 1, 6 May 2031", "Day 2, 7 May 2031", "00:00 Brussels", "is-cancelled")
	s.want(s.get(visitor, "/zh/meetings/"+h.ID), 200, "北京时间 09:00 · 布鲁塞尔时间 03:00", "第2天（2031年5月7日）", "主办单位")
	a := s.get(visitor, "/en/meetings/"+h.ID+"/calendar.ics")
	body := strings.ReplaceAll(a.Body, "\r\n ", "")
	s.want(answer{200, a.Header, body}, 200, "STATUS:CANCELLED", "DTSTART;TZID=Asia/Shanghai:20310506T090000", "DTEND;TZID=Asia/Shanghai:20310507T173000", "UID:"+h.ID, "SEQUENCE:0", "CLASS:PUBLIC", "BEGIN:VTIMEZONE")
	if d := a.Header.Get("Content-Disposition"); d != `attachment; filename="meeting-2031-05-06.ics"` {
		t.Error(d)
	}
}

// TestMeetingTranslations: what is missing or outdated in the reader's language is shown in the
// other with its language, and marked.
func TestMeetingTranslations(t *testing.T) {
	s := newTest(t)
	old := text.Multi{"en": {Text: "New words"}, "zh": {Text: "旧译文", Status: text.Checked, Of: text.Hash("Old words")}}
	m := meeting.Meeting{
		Title: text.Both("English only", ""), Type: "workshop", State: meeting.Planned, Summary: old,
		Agenda: []meeting.Item{{Title: text.Both("Item", "")}}, Statements: []meeting.Statement{{Text: old}},
	}
	h := s.create("meeting", access.Header{}, &m)
	s.want(s.get("cn-focal-point", "/zh/meetings/"+h.ID), 200, `<h1 lang="en">English only</h1>`, "暂无译文，以下显示原文。", "译文尚未按原文更新。", `<p class="what" lang="en">Item <span class="tr-tag" lang="zh">暂无译文</span>`, "旧译文 <span class=\"tr-tag\" lang=\"zh\">译文未更新</span>")
	s.want(s.get("cn-focal-point", "/en/meetings/"+h.ID), 200, "!tr-tag", "not known")
	s.want(s.get("cn-focal-point", "/zh/meetings"), 200, `<span lang="en">English only</span>`)
}

// TestReported: what an account has an institution say is never read in the words of whoever translated the
// account alone.
func TestReported(t *testing.T) {
	s := newTest(t)
	made := ""
	said := func(by ...ref.Institution) string {
		m := &meeting.Meeting{Title: text.Both("Talks", "会谈"), Type: "seminar", State: meeting.Held, Statements: []meeting.Statement{{
			Text:         text.Multi{"zh": {Text: "我部不同意。", Status: text.Original}, "en": {Text: "The Ministry fully agrees.", Status: text.Checked, Of: made}},
			Institutions: by,
		}}}
		h := s.create("meeting", access.Header{}, m)
		s.publish("project-team", h.ID)
		return "/meetings/" + h.ID
	}
	at := said(ref.Institution(s.id("institution/mfa")))
	for _, role := range []string{visitor, "eu-focal-point"} {
		s.want(s.get(role, "/en"+at), 200, `<blockquote lang="zh"><p>我部不同意。`, "Translation by the project team; original in Chinese:</b> The Ministry fully agrees.")
		s.want(s.get(role, "/zh"+at), 200, "我部不同意。", "!fully agrees")
	}
	const older = "translation older than the original"
	s.want(s.get(visitor, "/en"+at), 200, "!"+older)
	made = text.Hash("我部同意。")
	s.want(s.get(visitor, "/en"+said(ref.Institution(s.id("institution/mfa")))), 200, older, "The Ministry fully agrees.")
	made = ""
	s.want(s.get(visitor, "/en"+said()), 200, "<p>The Ministry fully agrees.", "!我部不同意。") // nobody’s words
}

func TestCalendar(t *testing.T) {
	s := newTest(t)
	one := s.get(visitor, "/zh/meetings/{meeting/mixed-migration-2018}/calendar.ics")
	body := strings.ReplaceAll(one.Body, "\r\n ", "")
	s.want(answer{one.Status, one.Header, body}, 200, "DTSTART;VALUE=DATE:20180206", "DTEND;VALUE=DATE:20180208", "SUMMARY;LANGUAGE=zh:混合移民综合应对研讨会", "LOCATION;LANGUAGE=zh:北京", "STATUS:CONFIRMED")
	feed := s.get(visitor, "/en/meetings/calendar.ics")
	// Four public meetings have a day; the launch is known to an inferred year and stays out.
	s.want(feed, 200, "!Launch of Phase II")
	if n := strings.Count(feed.Body, "BEGIN:VEVENT"); n != 4 {
		t.Errorf("%d entries", n)
	}
	if k := feed.Header.Get("Content-Type"); k != "text/calendar; charset=utf-8" {
		t.Error(k)
	}
	tag := feed.Header.Get("ETag")
	r := httptest.NewRequest(http.MethodGet, "/en/meetings/calendar.ics", nil)
	r.Header.Set("If-None-Match", `"other", W/`+tag)
	if a := s.do(visitor, r); a.Status != http.StatusNotModified || a.Body != "" || tag == "" {
		t.Errorf("%d, %d bytes", a.Status, len(a.Body))
	}
	if a := s.get("project-team", "/en/meetings/calendar.ics"); a.Header.Get("ETag") == tag {
		t.Error("what the team reads has the tag of what visitors read")
	}
	s.want(s.get("project-team", "/en/meetings/calendar.ics"), 200, "STATUS:TENTATIVE") // an inferred day
}

func TestPostponeAndCancel(t *testing.T) {
	s := newTest(t)
	m := meeting.Meeting{Title: text.Both("Expert meeting", "专家会议"), Type: "expert", State: meeting.Planned, Starts: "2031-03-04"}
	h := s.create("meeting", access.Header{}, &m)
	at := "/en/meetings/" + h.ID
	s.want(s.get("project-team", at), 200, at+"/postpone", at+"/cancel")
	s.want(s.get("project-team", at+"/postpone"), 200, "Postpone “Expert meeting”", "4 March 2031", `name="rev" value="1"`, "Everybody who takes part in the dialogue", "New first day")
	s.want(s.get("project-team", "/zh/meetings/"+h.ID+"/cancel"), 200, "取消会议：专家会议", "取消原因", "对话全体参与人员")
	s.want(s.get("cn-focal-point", at+"/postpone"), 404)
	s.want(s.post("cn-focal-point", at+"/cancel", url.Values{"rev": {"1"}, "reason.en": {"x"}}), 404)

	// Without a reason nothing happens, and the message stands at the field.
	s.want(s.post("project-team", at+"/cancel", url.Values{"rev": {"1"}}), 422, `href="#reason"`, `id="reason-error"`, "This is needed.")
	s.want(s.post("project-team", "/zh/meetings/"+h.ID+"/cancel", url.Values{"rev": {"1"}}), 422, "此项必填。")
	s.want(s.post("project-team", at+"/postpone", url.Values{"rev": {"1"}, "starts": {"soon"}, "ends": {"2031-02-30"}, "reason.en": {"Kept <b>text</b>"}}), 422,
		`value="soon"`, `id="starts-error"`, `id="ends-error"`, "Kept &lt;b&gt;text&lt;/b&gt;")
	s.want(s.post("project-team", at+"/postpone", url.Values{"rev": {"1"}, "starts": {"2031-05-02"}, "ends": {"2031-05-01"}, "reason.en": {"r"}}), 422, `id="ends-error"`)

	// Somebody else moved it meanwhile: both versions are shown and nothing is overwritten.
	form := url.Values{"rev": {"1"}, "starts": {"2031-06-01"}, "ends": {"2031-06-02"}, "reason.en": {"Calendars collide"}, "reason.zh": {"日程冲突"}}
	changed := m
	changed.Title = text.Both("Expert meeting, renamed", "专家会议（更名）")
	changed.Starts = "2031-04-05"
	if _, err := s.objects.Edit(t.Context(), s.actor("project-team"), h.ID, 1, &changed, ""); err != nil {
		t.Fatal(err)
	}
	a := s.post("project-team", at+"/postpone", form)
	s.want(a, 409, "Somebody else saved first", "Changed meanwhile", "4 March 2031", "5 April 2031", "2031-06-01", "Expert meeting, renamed", "Calendars collide", `name="rev" value="2"`)
	s.want(s.get("project-team", at), 200, "5 April 2031", "!June 2031")
	form.Set("rev", "2")
	if a := s.post("project-team", at+"/postpone", form); a.Status != 303 || a.Header.Get("Location") != at {
		t.Fatalf("%d %s", a.Status, clip(a.Body))
	}
	s.want(s.get("project-team", at), 200, "The meeting is postponed.", "1–2 June 2031", "Calendars collide", "is-postponed", "Expert meeting, renamed")
	s.want(s.get("cn-ministry", "/zh/meetings/"+h.ID), 200, "已延期", "日程冲突", "2031年6月1日至2日")
	s.want(s.get("project-team", at+"/calendar.ics"), 200, "SEQUENCE:2", "20310601")

	// Without a new date it has none, and no place in a calendar.
	s.want(s.post("project-team", at+"/postpone", url.Values{"rev": {"3"}, "reason.en": {"Not settled"}}), 303)
	s.want(s.get("project-team", at), 200, "no new date yet", "!calendar.ics")
	s.want(s.get("project-team", "/zh/meetings?state=postponed"), 200, "新日期待定")
	s.want(s.post("project-team", at+"/cancel", url.Values{"rev": {"4"}, "reason.zh": {"另行安排"}}), 303)
	s.want(s.get("project-team", at), 200, "is-cancelled", `lang="zh">另行安排`, "!"+at+"/postpone")
	s.want(s.get("project-team", at+"/cancel"), 200, "cancelled already")
}
