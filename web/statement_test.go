package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"entente/access"
	"entente/exchange"
	"entente/internal/fault"
	"entente/internal/files"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/library"
	"entente/meeting"
	"entente/standard/tlp"
)

var statementAt = regexp.MustCompile(`^/(?:en|zh)/statements/([0-9a-f-]{36})$`)

// said gives the id of the statement to which an answer leads.
func (s *testSite) said(a answer) ref.ID {
	s.t.Helper()
	m := statementAt.FindStringSubmatch(a.Header.Get("Location"))
	if a.Status != http.StatusSeeOther || m == nil {
		s.t.Fatalf("%d, to %q\n%s", a.Status, a.Header.Get("Location"), clip(a.Body))
	}
	return m[1]
}

// rev gives the revision of an object.
func (s *testSite) rev(id ref.ID) string {
	s.t.Helper()
	h, _, err := s.objects.Get(s.t.Context(), access.Operator("test"), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return itoa(h.Rev)
}

// scanOf gives the file attached to a statement.
func (s *testSite) scanOf(id ref.ID) ref.ID {
	s.t.Helper()
	list, err := library.New(s.db, nil, files.Scanner{}).Of(s.t.Context(), s.actor("project-team"), id)
	if err != nil || len(list) != 1 {
		s.t.Fatalf("%d files, %v", len(list), err)
	}
	return list[0].ID
}

// letter is what the project team enters for NIA.
func (s *testSite) letter() map[string]string {
	return map[string]string{
		"institution": s.id("institution/nia"), "sort": "answer", "text.zh": "我局同意上述安排。" + canary, "text.zh.status": "original",
		"entered.channel": "letter", "entered.number": "国移函〔2026〕15号", "entered.date": "2026-11-12",
	}
}

// TestOnBehalf: an answer given by letter is entered on behalf, with its scan, and looks like that
// by every door; the institution finds it and contests it.
func TestOnBehalf(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		at := "/objects/{" + meeting1 + "}/statements"
		s.want(s.get("project-team", "/en/meetings/{"+meeting1+"}"), 200, "What institutions said", "No institution has said anything about this yet", "Enter what an institution said", "!Say something")
		s.want(s.get("project-team", "/en"+at+"/behalf"), 200, "Scan of the letter", "Number of the letter", "Will be able to read this")
		s.want(s.get("project-team", "/zh"+at+"/behalf"), 200, "来函扫描件", "文号")

		// Faults: the form comes back with what was typed.
		bad := s.letter()
		delete(bad, "entered.channel")
		s.want(s.send("project-team", "/en"+at+"/behalf", "letter.pdf", "%PDF-1.7 scan", bad), 422, "国移函〔2026〕15号", "choose it again", "#entered.channel")
		s.want(s.send("project-team", "/en"+at+"/behalf", "letter.exe", "MZ", s.letter()), 422, "can start one")

		id := s.said(s.send("project-team", "/en"+at+"/behalf", "letter.pdf", "%PDF-1.7 scan", s.letter()))
		page := "/statements/" + id
		en := "Entered by the project team on behalf of NIA, by letter no. 国移函〔2026〕15号 of 12 November 2026"
		zh := "项目办根据国家移民局2026年11月12日来函（文号：国移函〔2026〕15号）代为录入"
		for _, role := range []string{"project-team", "cn-focal-point", "eu-focal-point", "donor"} {
			s.want(s.get(role, "/en"+page), 200, en, "Not confirmed by the institution yet", "letter.pdf")
			s.want(s.get(role, "/en/meetings/{"+meeting1+"}"), 200, en, "我局同意上述安排")
			s.want(s.get(role, "/zh/meetings/{"+meeting1+"}"), 200, zh, "待该单位确认")
			s.want(s.get(role, "/en"+at), 200, en)
			s.want(s.get(role, "/en/search?q="+canary), 200, en, "Answer: NIA, on ")
			s.want(s.get(role, "/en/objects/"+id+"/history"), 200, "Programme manager, IOM, on behalf of NIA", "entered on the institution’s behalf")
		}
		s.want(s.get("eu-focal-point", "/en/desk"), 200, en, "on behalf of NIA", "!Entered on your institution’s behalf")
		s.want(s.get("cn-focal-point", "/zh/desk"), 200, "代贵单位录入", zh)
		s.want(s.get("cn-focal-point", "/zh/notices"), 200, "已代贵单位录入")
		s.want(s.get("eu-focal-point", "/en/notices"), 200, "No notices yet")
		s.want(s.get(visitor, "/en"+page), 303)
		s.want(s.get(visitor, "/en/meetings/{"+meeting1+"}"), 200, "!"+canary, "!What institutions said")
		s.want(s.get(visitor, "/en/search?q="+canary), 200, "!"+page)

		// Nobody changes the words; the project team adds a translation.
		s.want(s.get("project-team", "/en"+page), 200, "!/edit\">Change", "Translate", "!Publish")
		edit := url.Values{"rev": {s.rev(id)}, "text.zh": {"改了"}, "text.zh.status": {"original"}}
		s.want(s.post("project-team", "/en/objects/"+id+"/edit", edit), 422, "stay as they were said")
		edit = url.Values{"rev": {s.rev(id)}, "text.zh": {s.letter()["text.zh"]}, "text.zh.status": {"original"}, "text.en": {"We agree to these arrangements."}, "text.en.status": {"draft"}}
		s.want(s.post("project-team", "/en/objects/"+id+"/edit", edit), 303)
		s.want(s.get("eu-focal-point", "/en"+page), 200, "We agree to these arrangements.", en)
		for _, act := range []string{"publish", "remove", "audience"} {
			s.want(s.post("project-team", "/en/objects/"+id+"/"+act, url.Values{"rev": {s.rev(id)}, "reason": {"x"}, "mark": {"TLP:CLEAR"}, "audience": {"anyone"}}), 403)
		}

		// Only NIA's focal point contests, with a reason; a colleague may look.
		s.want(s.get("cn-focal-point", "/zh"+page), 200, "请核对", "提出异议", "确认无误")
		s.want(s.get("cn-contributor", "/zh"+page), 200, "!请核对")
		for _, role := range []string{"project-team", "eu-focal-point", "cn-ministry", "cn-contributor", "donor"} {
			s.want(s.get(role, "/en"+page+"/contest"), 403)
			s.want(s.post(role, "/en"+page+"/contest", url.Values{"rev": {s.rev(id)}, "reason.en": {"No"}}), 403)
			s.want(s.post(role, "/en"+page+"/accept", url.Values{"rev": {s.rev(id)}}), 403)
		}
		s.want(s.post("cn-focal-point", "/zh"+page+"/contest", s.wordOn(id)), 422, "必")
		s.want(s.post("cn-focal-point", "/zh"+page+"/contest", plus(s.wordOn(id), url.Values{"rev": {"1"}, "reason.zh": {"来函原文为原则同意。"}})), 409)
		s.want(s.post("cn-focal-point", "/zh"+page+"/contest", plus(s.wordOn(id), url.Values{"reason.zh": {"来函原文为原则同意。"}})), 303)
		for _, role := range []string{"project-team", "eu-focal-point", "donor"} {
			s.want(s.get(role, "/zh/meetings/{"+meeting1+"}"), 200, "该单位有异议", "来函原文为原则同意。", zh)
			s.want(s.get(role, "/en/search?q="+canary), 200, "Contested by the institution")
		}
		s.want(s.get("cn-focal-point", "/zh/desk"), 200, "!代贵单位录入")
		s.want(s.get("project-team", "/en/notices"), 200, "An institution contests what was entered on its behalf")
		s.want(s.get("project-team", "/en"+page+"/withdraw"), 403)

		// It comes right: what NIA contested stays, and NIA confirms another entry.
		right := s.letter()
		right["text.zh"], right["replaces"] = "我局原则同意上述安排。", id
		s.want(s.get("project-team", "/en"+at+"/behalf?replaces="+id), 404)
		s.want(s.send("project-team", "/en"+at+"/behalf", "", "", right), 409)
		delete(right, "replaces")
		second := s.said(s.send("project-team", "/en"+at+"/behalf", "", "", right))
		s.want(s.post("cn-focal-point", "/zh/statements/"+second+"/accept", s.wordOn(second)), 303)
		s.want(s.get("eu-focal-point", "/en/statements/"+second), 200, "Confirmed by the institution", en)
		s.want(s.get("cn-focal-point", "/zh/statements/"+second+"/withdraw"), 200, "撤回意见")
		s.want(s.post("cn-focal-point", "/zh/statements/"+second+"/withdraw", s.wordOn(second)), 303)
		s.want(s.get("eu-focal-point", "/en/statements/"+second), 200, "Withdrawn")
	})
}

// TestEntryReplaces: an entry on behalf of an institution takes the place of an entry alone that waits
// for its word as well; what it said, confirmed or contested stays until it says something else itself.
func TestEntryReplaces(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		at, stands := "/objects/{"+meeting1+"}/statements", "!Replaced by a newer statement"
		enter := func(words, old string) answer {
			form := s.letter()
			form["text.zh"], form["replaces"] = words, old
			return s.send("project-team", "/en"+at+"/behalf", "", "", form)
		}
		first := func(words string) string { return s.said(enter(words, "")) }
		judge := func(id, act string) {
			s.want(s.post("cn-focal-point", "/zh/statements/"+id+"/"+act, plus(s.wordOn(id), url.Values{"reason.zh": {"不对"}})), 303)
		}
		own := s.said(s.post("cn-focal-point", "/zh"+at+"/new", url.Values{"sort": {"objection"}, "text.zh": {"我局反对。"}}))
		accepted, contested := first("第一项同意。"), first("第二项同意。")
		judge(accepted, "accept")
		judge(contested, "contest")
		for _, id := range []string{own, accepted, contested} {
			s.want(s.get("project-team", "/en/statements/"+id), 200, "!replaces=")
			s.want(s.get("project-team", "/en"+at+"/behalf?replaces="+id), 404)
			s.want(enter("现在同意。", id), 409)
			s.want(s.get("eu-focal-point", "/en/statements/"+id), 200, stands)
		}
		s.want(s.get("eu-focal-point", "/en"+at), 200, "我局反对。", "!现在同意。", stands)

		// One that waits gives way to another that waits, and stands again once the institution speaks for it.
		waits := first("第三项同意。")
		s.want(s.get("project-team", "/en"+at+"/behalf?replaces="+waits), 200, "This will take the place", "第三项同意。")
		newer := s.said(enter("第三项原则同意。", waits))
		s.want(enter("第三项不同意。", waits), 409)
		s.want(s.get("eu-focal-point", "/en/statements/"+waits), 200, "Replaced by a newer statement", newer)
		judge(waits, "accept")
		s.want(s.get("eu-focal-point", "/en/statements/"+waits), 200, stands)
		judge(newer, "accept") // both are its words now, and the newer one is the newer
		s.want(s.get("eu-focal-point", "/en/statements/"+waits), 200, "Replaced by a newer statement", newer)

		// The institution replaces what is its own, however it came.
		for _, id := range []string{own, accepted, newer} {
			s.said(s.post("cn-focal-point", "/zh"+at+"/new", url.Values{"sort": {"comment"}, "text.zh": {"改为保留意见。"}, "replaces": {id}}))
			s.want(s.get("eu-focal-point", "/en/statements/"+id), 200, "Replaced by a newer statement")
		}
	})
}

// TestOwnWords: an institution speaks for itself alone, acknowledges receipt once, and answers the
// project team alone where it chooses to.
func TestOwnWords(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		at, whole := "/objects/{"+meeting1+"}", s.id(meeting1)
		s.want(s.get("cn-focal-point", "/zh/meetings/{"+meeting1+"}"), 200, "签收", "提交意见", "代录单位意见")
		for range 2 {
			s.want(s.post("cn-focal-point", "/zh"+at+"/receipt", url.Values{"rev": {s.rev(whole)}}), 303)
		}
		s.want(s.post("cn-focal-point", "/zh"+at+"/receipt", url.Values{"rev": {"99"}}), 409)
		s.want(s.post("project-team", "/zh"+at+"/receipt", url.Values{"rev": {s.rev(whole)}}), 403)
		s.want(s.post("donor", "/zh"+at+"/receipt", url.Values{"rev": {s.rev(whole)}}), 403)
		a := s.get("eu-focal-point", "/en/meetings/{"+meeting1+"}")
		s.want(a, 200, "Received:", ">NIA</a>", "1 statement", "Acknowledge receipt")
		s.want(s.get("cn-contributor", "/zh/meetings/{"+meeting1+"}"), 200, "贵单位已签收当前版次")

		s.want(s.get("cn-contributor", "/zh"+at+"/statements/new"), 200, "您代表国家移民局", "仅限国家移民局和项目办")
		s.want(s.get("cn-contributor", "/zh"+at+"/statements/behalf"), 403)
		s.want(s.post("cn-contributor", "/zh"+at+"/statements/new", url.Values{"sort": {"comment"}}), 422)
		s.want(s.post("cn-contributor", "/zh"+at+"/statements/new", url.Values{"sort": {"receipt"}, "text.zh": {"x"}}), 422)
		open := s.said(s.post("cn-contributor", "/zh"+at+"/statements/new", url.Values{"sort": {"comment"}, "text.zh": {"建议延后一周。"}}))
		s.want(s.get("eu-focal-point", "/en/statements/"+open), 200, "建议延后一周。", "!on behalf", "!Is this right", "!Replace by")
		s.want(s.post("eu-focal-point", "/en/statements/"+open+"/withdraw", url.Values{"rev": {"1"}}), 403)
		s.want(s.post("project-team", "/en/statements/"+open+"/withdraw", url.Values{"rev": {"1"}}), 403)

		closed := s.said(s.send("cn-focal-point", "/zh"+at+"/statements/new", "附件.txt", "text", map[string]string{"sort": "answer", "text.zh": canary, "readers": "own"}))
		for _, role := range []string{"cn-focal-point", "project-team"} {
			s.want(s.get(role, "/en/statements/"+closed), 200, canary, "附件")
			s.want(s.get(role, "/en"+at+"/statements"), 200, canary, "read by NIA and the project team alone")
		}
		for _, role := range []string{"eu-focal-point", "cn-ministry", "donor", "member-state"} {
			s.want(s.get(role, "/en/statements/"+closed), 404)
			s.want(s.get(role, "/en/objects/"+closed+"/files"), 404)
			s.want(s.get(role, "/en"+at+"/statements"), 200, "!"+canary)
			s.want(s.get(role, "/en/desk"), 200, "!"+closed)
			s.want(s.get(role, "/en/search?q="+canary), 200, "!"+closed)
		}

		// Not about a person, a file or another statement.
		for _, id := range []string{"{person/cn-focal-point}", open} {
			s.want(s.get("cn-focal-point", "/zh/objects/"+id+"/statements/new"), 404)
			s.want(s.get("cn-focal-point", "/zh/objects/"+id+"/statements"), 404)
		}
		// Of a milestone, which has no page of its own.
		s.want(s.get("cn-focal-point", "/zh/roadmap"), 200, "/statements\">各单位意见")
	})
}

// TestColleague: a focal point enters what a colleague said; it is not for the same person to
// confirm or to contest it.
func TestColleague(t *testing.T) {
	s := newTest(t)
	at := "/objects/{" + meeting1 + "}/statements/behalf"
	s.want(s.send("cn-focal-point", "/zh"+at, "", "", map[string]string{"institution": s.id("institution/eeas"), "sort": "comment", "text.zh": "x", "entered.channel": "telephone"}), 403)
	form := s.letter()
	form["entered.channel"] = "telephone"
	delete(form, "entered.number")
	id := s.said(s.send("cn-focal-point", "/zh"+at, "", "", form))
	s.want(s.get("eu-focal-point", "/en/statements/"+id), 200, "Entered by a focal point of NIA for a colleague, by telephone on 12 November 2026")
	s.want(s.get("cn-focal-point", "/zh/desk"), 200, "!代贵单位录入")
	s.want(s.post("cn-focal-point", "/zh/statements/"+id+"/contest", url.Values{"rev": {"1"}, "reason.zh": {"x"}}), 403, "由您本人录入")
	s.want(s.post("cn-focal-point", "/zh/statements/"+id+"/accept", url.Values{"rev": {"1"}}), 403)
	s.want(s.get("cn-contributor", "/zh/desk"), 200, "代贵单位录入")
}

// TestStatementUnseen: nothing is entered for an institution that could not contest it.
func TestStatementUnseen(t *testing.T) {
	s := newTest(t)
	h := s.create("meeting", access.Header{Mark: tlp.AMBERSTRICT, Audience: access.NewAudience(
		access.TeamOf(ref.Dialogue(s.id("dialogue/migration-mobility"))), access.InstitutionOf(ref.Institution(s.id("institution/mfa"))))}, &meeting.Meeting{Title: text.Both("Closed", "闭门"), Type: "seminar", State: meeting.Planned})
	s.want(s.send("project-team", "/en/objects/"+h.ID+"/statements/behalf", "", "", s.letter()), 422, "This institution cannot read the entry")
	s.want(s.get("cn-focal-point", "/zh/objects/"+h.ID+"/statements"), 404)
	s.want(s.post("cn-focal-point", "/zh/objects/"+h.ID+"/statements/new", url.Values{"sort": {"comment"}, "text.zh": {"x"}}), 404)
	s.want(s.post("cn-focal-point", "/zh/objects/"+h.ID+"/receipt", url.Values{"rev": {"1"}}), 404)
}

// TestStatementNarrowed: what institutions said is gone with the object it was said about, with its
// scan, by every door and also where it had fewer readers from the first, to all but who said it.
func TestStatementNarrowed(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		at := "/objects/{" + meeting1 + "}"
		id := s.said(s.send("project-team", "/en"+at+"/statements/behalf", "scan.pdf", "%PDF-1.7 "+canary, s.letter()))
		own := s.said(s.post("cn-focal-point", "/zh"+at+"/statements/new", url.Values{"sort": {"comment"}, "text.zh": {canary}, "readers": {"own"}}))
		scan := s.scanOf(id)
		person := string(access.PersonOf(ref.Person(s.id("person/project-team"))))
		narrow := url.Values{"rev": {s.rev(s.id(meeting1))}, "mark": {"TLP:RED"}, "audience": {person}, "reason": {"By mistake"}}
		narrow.Set("seen", s.seenOf("project-team", "/en"+at+"/audience", narrow))
		s.want(s.post("project-team", "/en"+at+"/audience", narrow), 303)
		for _, role := range []string{"cn-ministry", "expert", "eu-focal-point", "donor", visitor} {
			for _, a := range []string{"/statements/" + id, "/statements/" + own, "/objects/" + id, "/objects/" + id + "/history", "/objects/" + id + "/files", "/objects/" + own + "/texts", "/files/" + scan} {
				if got := s.get(role, "/en"+a); got.Status != 404 && got.Status != 303 || strings.Contains(got.Body, canary) {
					t.Errorf("%s as %q: %d", a, role, got.Status)
				}
			}
			for _, a := range []string{"/desk", "/search?q=" + canary, at + "/statements", "/institutions/{institution/nia}"} {
				if got := s.get(role, "/en"+a); strings.Contains(got.Body, id) || strings.Contains(got.Body, own) || strings.Contains(got.Body, scan) {
					t.Errorf("%s shows %q what it may not read", a, role)
				}
			}
		}
		s.want(s.get("project-team", "/en/statements/"+id), 200, canary, "scan")
		s.want(s.get("project-team", "/en/statements/"+own), 200, canary)
		for _, role := range []string{"cn-focal-point", "cn-contributor"} {
			s.want(s.get(role, "/en/statements/"+id), 200, canary, "scan", "Referred to revision 1")
			s.want(s.get(role, "/en/statements/"+own), 200, canary, "Referred to revision 1")
			s.want(s.get(role, "/en"+at+"/statements"), 404)
		}
	})
}

// TestStatementPolicy: what a handler does not ask, the act does.
func TestStatementPolicy(t *testing.T) {
	s := newTest(t)
	x := exchange.New(s.db)
	words := exchange.Said{Sort: exchange.Comment, Seen: 1, Text: text.Both("Words", "")}
	for _, role := range []string{"project-team", "donor", "expert", "administrator"} {
		if _, err := x.State(t.Context(), s.actor(role), s.id(meeting1), words); err == nil {
			t.Errorf("%s states something", role)
		}
	}
	for _, role := range []string{"cn-contributor", "donor", "expert", "eu-focal-point"} {
		_, err := x.Enter(t.Context(), s.actor(role), s.id(meeting1), ref.Institution(s.id("institution/nia")), words, exchange.Entry{Channel: exchange.Letter})
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s enters for NIA: %v", role, err)
		}
	}
	// An institution's own words do not claim to have come by letter.
	if who := s.actor("cn-focal-point").For("x"); who.By().OnBehalfOf != "x" || len(who.Principals()) != len(s.actor("cn-focal-point").Principals()) {
		t.Errorf("acting for somebody: %+v", who.By())
	}
}
