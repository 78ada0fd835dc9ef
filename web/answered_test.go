package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"entente/access"
	"entente/exchange"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
)

// editCall changes a call as the project team.
func (s *testSite) editCall(id ref.ID, fn func(*exchange.Call)) error {
	s.t.Helper()
	h, v, err := s.objects.Get(s.t.Context(), access.Operator("test"), id)
	if err != nil {
		s.t.Fatal(err)
	}
	fn(v.(*exchange.Call))
	_, err = s.objects.Edit(s.t.Context(), s.actor("project-team"), id, h.Rev, v, "")
	return err
}

// confirmedCall asks NIA on a meeting, with an annex to the call and a paper of the meeting, and gives its answer.
func confirmedCall(s *testSite) (whole, call, answer ref.ID) {
	s.t.Helper()
	whole = launch(s)
	call = s.ask(whole, func(v url.Values) { v.Set("for", "confirmation"); v.Del("title.en") })
	for of, title := range map[ref.ID]string{whole: "Paper", call: "Annex"} {
		s.want(s.send("project-team", "/en/objects/"+of+"/files", "a.txt", title, map[string]string{"title": title}), http.StatusSeeOther)
	}
	answer = s.said(s.post("cn-focal-point", "/en/objects/"+whole+"/statements/new", url.Values{
		"sort": {"confirmation"}, "text.zh": {"同意。"}, "call": {call}, revField: {s.rev(whole)}, withField: {s.held(whole)},
		callField(revField, call): {s.rev(call)}, callField(withField, call): {s.held(call)},
	}))
	return whole, call, answer
}

// TestAnsweredCall: once somebody answered a call, its words stay; they are translated alone.
func TestAnsweredCall(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		_, call, answer := confirmedCall(s)
		for what, fn := range map[string]func(*exchange.Call){
			"title":             func(c *exchange.Call) { c.Title = text.Both("", "请确认全部内容") },
			"text":              func(c *exchange.Call) { c.Text = text.Both("The whole agreement is asked", "") },
			"source":            func(c *exchange.Call) { c.Source = text.Both("", "另一来源") },
			"a second original": func(c *exchange.Call) { c.Title["en"] = text.Version{Text: "Confirm all", Status: text.Original} },
			"no words":          func(c *exchange.Call) { c.Source = nil },
		} {
			if err := s.editCall(call, fn); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := s.editCall(call, func(c *exchange.Call) {
			c.Title["en"] = text.Version{Text: "Nominate participants", Status: text.Draft}
		}); err != nil {
			t.Errorf("a translation: %v", err)
		}
		// What came after the answer is not read in the place of what was asked.
		for _, at := range []string{"/en/calls/" + call, "/en/statements/" + answer} {
			s.want(s.get("cn-focal-point", at), 200, "请提名参会人员")
		}
		const translated = "Translation by the project team; original in Chinese:</b> Nominate participants"
		page := s.get("cn-focal-point", "/en/statements/"+answer)
		s.want(page, 200, translated)
		if n := strings.Count(page.Body, translated); n != 1 {
			t.Errorf("what came after stands there %d times", n)
		}
		if err := s.editCall(call, func(c *exchange.Call) {
			c.Title["en"] = text.Version{Text: "Confirm all", Status: text.Draft}
		}); !fault.Is(err, fault.Invalid) {
			t.Errorf("who asked writes its own translation anew: %v", err)
		}
		s.want(s.post("cn-focal-point", "/en/statements/"+answer+"/withdraw", url.Values{revField: {s.rev(answer)}}), http.StatusSeeOther)
		if err := s.editCall(call, func(c *exchange.Call) { c.Title = text.Both("", "请确认全部内容") }); err != nil {
			t.Errorf("nobody answers it any more: %v", err)
		}
		s.want(s.get("eu-focal-point", "/en/statements/"+answer), 200, "About")
	})
}

// TestReasonOfCall: why a call is extended or closed is written with that act alone; an edit translates it, and
// once somebody answered beside it replaces no word of it.
func TestReasonOfCall(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		_, call, _ := confirmedCall(s)
		draft := text.Version{Text: "As asked by telephone", Status: text.Draft}
		try := func(what string, ok bool, l text.Lang, v text.Version) {
			t.Helper()
			err := s.editCall(call, func(c *exchange.Call) {
				if c.Reason == nil {
					c.Reason = text.Multi{}
				}
				c.Reason[l] = v
			})
			if ok && err != nil || !ok && !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", what, err)
			}
		}
		try("out of nothing", false, "en", text.Version{Text: "All is asked", Status: text.Original})
		try("a translation of nothing", false, "en", draft)
		form := url.Values{revField: {s.rev(call)}, "due": {"2031-02-03"}, "reason.zh": {"应贵方要求"}, "reason.zh.status": {"original"}}
		s.want(s.post("project-team", "/en/calls/"+call+"/extend", form), http.StatusSeeOther)
		try("other words", false, "zh", text.Version{Text: "请确认全部内容", Status: text.Original})
		try("a second original", false, "en", text.Version{Text: "All is asked", Status: text.Original})
		try("a translation", true, "en", draft)
		try("another translation, once it is answered", false, "en", text.Version{Text: "All is asked", Status: text.Draft})
		form = url.Values{revField: {s.rev(call)}, "reason.zh": {"已答复"}, "reason.zh.status": {"original"}}
		s.want(s.post("project-team", "/en/calls/"+call+"/close", form), http.StatusSeeOther)
		try("of what is closed", false, "zh", text.Version{Text: "请确认全部内容", Status: text.Original})
	})
}

// TestStatementAsOf: a statement's page says of which revision of its object and of its call it was, and that
// what they hold has changed since.
func TestStatementAsOf(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		const held = "something that belongs to it has changed since"
		for _, c := range []struct {
			name   string
			change func(whole, call ref.ID)
			want   []string
		}{
			{"nothing", func(_, _ ref.ID) {}, []string{"!" + held, "!as of revision"}},
			{"the paper", func(whole, _ ref.ID) { s.retitle(s.under(whole, "file"), "we agree to all") }, []string{held, "!as of revision"}},
			{"the annex", func(_, call ref.ID) { s.retitle(s.under(call, "file"), "we agree to all") }, []string{held, "!as of revision"}},
			{"the annex goes", func(_, call ref.ID) {
				annex := s.under(call, "file")
				if err := s.objects.Remove(t.Context(), s.actor("project-team"), annex, revIn(s.rev(annex)), "test"); err != nil {
					t.Fatal(err)
				}
			}, []string{held}},
			{"the call", func(_, call ref.ID) {
				form := url.Values{revField: {s.rev(call)}, "due": {"2031-02-03"}, "reason.en": {"later"}}
				s.want(s.post("project-team", "/en/calls/"+call+"/extend", form), http.StatusSeeOther)
			}, []string{"as of revision 1; it stands at 2 now", "!" + held}},
			{"the meeting", func(whole, _ ref.ID) { s.change(whole) }, []string{"as of revision 1; it stands at 2 now", "!" + held}},
		} {
			whole, call, answer := confirmedCall(s)
			c.change(whole, call)
			s.want(s.get("cn-focal-point", "/en/statements/"+answer), 200, c.want...)
		}
	})
}

// TestWordOnSeen: an entry is accepted or contested beside the object and the call that lay before its giver.
func TestWordOnSeen(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		for name, change := range map[string]func(whole, call ref.ID){
			"the paper":   func(whole, _ ref.ID) { s.retitle(s.under(whole, "file"), "we agree to all") },
			"the annex":   func(_, call ref.ID) { s.retitle(s.under(call, "file"), "we agree to all") },
			"the meeting": func(whole, _ ref.ID) { s.change(whole) },
			"the call": func(_, call ref.ID) {
				form := url.Values{revField: {s.rev(call)}, "due": {"2031-02-03"}, "reason.en": {"later"}}
				s.want(s.post("project-team", "/en/calls/"+call+"/extend", form), http.StatusSeeOther)
			},
		} {
			whole, call, _ := confirmedCall(s)
			form := letterForm(s, "")
			form.Del("entered.date")
			form = plus(form, url.Values{
				"sort": {"confirmation"}, "call": {call}, revField: {s.rev(whole)}, withField: {s.held(whole)},
				callField(revField, call): {s.rev(call)}, callField(withField, call): {s.held(call)},
			})
			entry := s.said(s.post("project-team", "/en/objects/"+whole+"/statements/behalf", form))
			page := "/en/statements/" + entry
			word := s.wordOn(entry)
			for field := range word { // the pages' forms hold all of it
				s.want(s.get("cn-focal-point", page), 200, `name="`+field+`"`)
				s.want(s.get("cn-focal-point", page+"/contest"), 200, `name="`+field+`"`)
			}
			change(whole, call)
			s.want(s.post("cn-focal-point", page+"/accept", word), http.StatusConflict, "It changed since you opened this page")
			s.want(s.post("cn-focal-point", page+"/contest", plus(word, url.Values{"reason.zh": {"不属实"}})), http.StatusConflict)
			if h, _, _ := s.objects.Get(t.Context(), access.Operator("test"), entry); h.State != string(exchange.Entered) {
				t.Errorf("%s: the entry is %s", name, h.State)
			}
			s.want(s.post("cn-focal-point", page+"/accept", s.wordOn(entry)), http.StatusSeeOther)
		}
	})
}

// TestOneOriginal: who enters an institution's words gives one original; another language is a translation
// that waits for the institution, which is shown every language before it confirms the entry.
func TestOneOriginal(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		at := "/en/objects/" + launch(s) + "/statements/behalf"
		s.want(s.get("project-team", at), 200, `<option value="draft" selected>`)
		two := letterForm(s, "")
		two.Set(revField, "1")
		two.Set("text.en", "We agree to all.")
		two.Set("text.en.status", "original")
		s.want(s.post("project-team", at, two), http.StatusUnprocessableEntity, "have one original")
		two.Set("text.en.status", "draft")
		id := s.said(s.post("project-team", at, two))
		for _, page := range []string{"/zh/statements/" + id, "/zh/statements/" + id + "/contest"} {
			s.want(s.get("cn-focal-point", page), 200, "We agree to all.", "我局同意上述安排")
		}
		s.want(s.post("cn-focal-point", "/zh/statements/"+id+"/accept", s.wordOn(id)), http.StatusSeeOther)
		_, v, err := s.objects.Get(t.Context(), access.Operator("test"), id)
		if err != nil {
			t.Fatal(err)
		}
		if _, beside := v.(*exchange.Statement).Text.Unconfirmed("en"); !beside {
			t.Error("the translation counts as confirmed with the entry")
		}
	})
}

// TestTakenBack: why the project team takes its own entry back is read as its words, in one original, and not as
// those of the institution, which is told; what the institution takes back itself is its own.
func TestTakenBack(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		about := launch(s)
		form := letterForm(s, "")
		form.Set(revField, "1")
		id := s.said(s.post("project-team", "/en/objects/"+about+"/statements/behalf", form))
		at := "/statements/" + id
		s.want(s.get("project-team", "/en"+at+"/withdraw"), 200, `<option value="draft" selected>`)
		why := url.Values{revField: {s.rev(id)}, "reason.en": {"Quaggas agree to all"}, "reason.en.status": {"original"}, "reason.zh": {"误录斑驴"}, "reason.zh.status": {"original"}}
		s.want(s.post("project-team", "/en"+at+"/withdraw", why), http.StatusUnprocessableEntity, "have one original")
		why.Set("reason.zh.status", "draft")
		s.want(s.post("project-team", "/en"+at+"/withdraw", why), http.StatusSeeOther)
		for _, page := range []string{at, "/meetings/" + about, "/objects/" + about + "/statements"} {
			s.want(s.get("eu-focal-point", "/en"+page), 200, "Taken back by the project team, which had entered it", "Taken back by the project team because", "Quaggas agree", "!Withdrawn because")
			s.want(s.get("cn-focal-point", "/zh"+page), 200, "项目办撤回理由", "Quaggas agree", "误录斑驴")
		}
		s.want(s.get("eu-focal-point", "/en/search?q=Quaggas"), 200, "!agree to all")
		s.want(s.get("cn-focal-point", "/zh/notices"), 200, "项目办已撤回其代为录入的内容", at)

		own := s.said(s.post("cn-focal-point", "/en/objects/"+about+"/statements/new", url.Values{"sort": {"comment"}, "text.zh": {"意见"}, revField: {s.rev(about)}}))
		s.want(s.post("cn-focal-point", "/en/statements/"+own+"/withdraw", url.Values{revField: {s.rev(own)}, "reason.en": {"Outdated"}, "reason.zh": {"已过时"}}), http.StatusSeeOther)
		s.want(s.get("eu-focal-point", "/en/statements/"+own), 200, "Withdrawn because", "Outdated", "!by the project team because")
	})
}

// TestTeamsOwnWords: how an entry came, and why the project team took it back, are the team's own words on it: the
// institution neither writes nor translates nor judges them, the team mends its translation, readers get both.
func TestTeamsOwnWords(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		about := launch(s)
		form := letterForm(s, "")
		form.Set(revField, "1")
		form.Set("entered.note.en.status", "draft")
		form.Set("entered.note.zh", "会议记录第二页")
		form.Set("entered.note.zh.status", "original")
		id := s.said(s.post("project-team", "/en/objects/"+about+"/statements/behalf", form))
		at := "/statements/" + id
		s.want(s.post("project-team", "/en"+at+"/withdraw", url.Values{
			revField: {s.rev(id)}, "reason.zh": {"误录斑驴"}, "reason.zh.status": {"original"}, "reason.en": {"Quaggas agree"}, "reason.en.status": {"draft"},
		}), http.StatusSeeOther)
		const label = "Translation by the project team; original in Chinese:</b> "
		s.want(s.get("cn-focal-point", "/en"+at), 200, "!Is this translation right?", label+"Quaggas agree", label+"Haselmaus")
		s.want(s.get("cn-focal-point", "/zh/duties"), 200, "!"+id)
		s.want(s.post("cn-focal-point", "/en/objects/"+id+"/translation/confirm", url.Values{revField: {s.rev(id)}, "language": {"en"}}), http.StatusConflict)
		for _, field := range []string{"entered.note", "withdrawn"} {
			for _, v := range []text.Version{{Text: "The team lied", Status: text.Checked}, {Text: "The team lied", Status: text.Draft}, {}} {
				if err := s.writeText(s.actor("cn-focal-point"), id, field, "en", v); !fault.Is(err, fault.Invalid) {
					t.Errorf("NIA writes %s: %v", field, err)
				}
			}
			s.want(s.post("cn-focal-point", "/en/objects/"+id+"/edit", url.Values{"rev": {s.rev(id)}, field + ".en": {"The team lied"}}), http.StatusUnprocessableEntity, "wrote this in its own name")
			s.translate(id, field, "Mended "+field, text.Checked)
			s.want(s.get("eu-focal-point", "/en"+at), 200, label+"Mended "+field)
		}
		s.translate(id, "text", rendering, text.Draft) // of its words the institution is asked, and of these alone
		s.want(s.get("cn-focal-point", "/en"+at), 200, "Is this translation right?", rendering)
		s.want(s.post("cn-focal-point", "/en/objects/"+id+"/translation/confirm", url.Values{revField: {s.rev(id)}, "language": {"en"}}), http.StatusSeeOther)
		_, v, err := s.objects.Get(t.Context(), access.Operator("test"), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range []text.Version{v.(*exchange.Statement).Entered.Note["en"], v.(*exchange.Statement).Withdrawn["en"]} {
			if x.By != "" || x.Word != "" {
				t.Errorf("the team's own words are kept as %+v", x)
			}
		}
		for _, word := range []string{"Mended", "会议记录第二页", "误录斑驴"} { // nobody is found to have said it
			s.want(s.get("eu-focal-point", "/en/search?q="+url.QueryEscape(word)), 200, "!"+id)
		}
	})
}

// TestEndorsedFiles: a plan is endorsed with the files of its activities as they were seen.
func TestEndorsedFiles(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		plan := s.id("plan/plan-2")
		s.want(s.send("project-team", "/en/objects/"+s.under(plan, "activity")+"/files", "terms.txt", "terms one", map[string]string{"title": "Terms"}), http.StatusSeeOther)
		at := "/en/plans/" + plan + "/endorse"
		form := endorsedForm(s, "")
		form.Set(revField, s.rev(plan))
		form.Set(withField, s.opened("project-team", at))
		s.retitle(s.under(plan, "file"), "terms two: everything")
		s.want(s.post("project-team", at, form), http.StatusConflict, "Terms")
		form.Set(withField, s.opened("project-team", at))
		s.want(s.post("project-team", at, form), http.StatusSeeOther)
	})
}
