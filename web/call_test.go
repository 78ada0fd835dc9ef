package web

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/exchange"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/standard/tlp"
)

var callAt = regexp.MustCompile(`^/(?:en|zh)/calls/([0-9a-f-]{36})$`)

// ask asks NIA and MFA for a nomination as the project team, and gives the call's id.
func (s *testSite) ask(of string, change func(url.Values)) ref.ID {
	s.t.Helper()
	form := url.Values{
		"title.zh": {"请提名参会人员" + canary}, "title.en": {"Nominate participants " + canary}, "for": {"nomination"}, "due": {"2031-01-15"},
		"to": {s.id("institution/nia"), s.id("institution/mfa")}, "source.zh": {"会议纪要第3项"},
	}
	if change != nil {
		change(form)
	}
	a := s.post("project-team", "/en/objects/"+of+"/calls/new", form)
	m := callAt.FindStringSubmatch(a.Header.Get("Location"))
	if a.Status != http.StatusSeeOther || m == nil {
		s.t.Fatalf("%d\n%s", a.Status, clip(a.Body))
	}
	return m[1]
}

// callDuties gives who owes what to a call: "institution/nia nominate 2031-01-15", with " done" behind.
func (s *testSite) callDuties(call ref.ID) (out []string) {
	s.t.Helper()
	err := s.db.Read(s.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		ds, err := access.DutiesOn(ctx, tx, access.Operator("test"), call)
		for _, d := range ds {
			for _, k := range []string{"institution/nia", "institution/mfa"} {
				if d.Principal.ID() == s.id(k) {
					line := k + " " + d.Kind + " " + string(d.Due)
					if d.Done != "" {
						line += " done"
					}
					out = append(out, line)
				}
			}
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func (s *testSite) owed(call ref.ID, want ...string) {
	s.t.Helper()
	if got := s.callDuties(call); !slices.Equal(got, want) {
		s.t.Errorf("owed: %q, want %q", got, want)
	}
	if d := s.compared(); d != "" {
		s.t.Errorf("the log says otherwise: %s", d)
	}
}

// TestCall: institutions are asked about a meeting by a day; each owes it until it said so, also by
// letter; who is not asked finds nothing of it.
func TestCall(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		whole := s.id(meeting1)
		s.want(s.get("project-team", "/zh/objects/"+whole+"/calls/new"), 200, "新建请办事项", "国家移民管理局", "承办单位和项目办")
		s.want(s.post("project-team", "/en/objects/"+whole+"/calls/new", url.Values{"title.en": {"Title kept"}, "due": {"2031"}}), 422, "Title kept", "#to", "#for")
		s.want(s.post("project-team", "/en/objects/"+whole+"/calls/new", url.Values{"title.en": {"Title kept"}, "for": {"answer"}, "due": {"2031"}, "to": {s.id("institution/nia")}}), 422, "is not a day")
		s.want(s.post("project-team", "/en/objects/"+whole+"/calls/new", url.Values{"title.en": {"Title kept"}, "for": {"answer"}, "due": {"2020-01-01"}, "to": {s.id("institution/nia")}}), 422, "This day has passed")
		s.want(s.get("cn-focal-point", "/zh/objects/"+whole+"/calls/new"), 404)

		id := s.ask(whole, nil)
		s.owed(id, "institution/mfa nominate 2031-01-15", "institution/nia nominate 2031-01-15")
		s.want(s.get("cn-focal-point", "/zh/desk"), 200, "请提名参会人员", "2031年1月15日")
		s.want(s.get("cn-focal-point", "/zh/notices"), 200, "请贵单位办理：请提名参会人员", "截止日期：2031年1月15日")
		s.want(s.get("eu-focal-point", "/en/notices"), 200, "No notices yet")
		s.want(s.get("cn-focal-point", "/zh/objects/"+id+"/statements/new"), 303)
		s.want(s.get("eu-focal-point", "/zh/objects/"+id+"/statements/new"), 404)
		s.want(s.get("project-team", "/en/calls/"+id), 200, "Nominate participants", "0 of 2 answered", "15 January 2031", "Extend", "会议纪要第3项")
		s.want(s.get("cn-focal-point", "/zh/calls/"+id), 200, "请提名参会人员", "办理", "待办", "2031年1月15日", "!延期")
		s.want(s.get("cn-focal-point", "/zh/meetings/{"+meeting1+"}"), 200, "请办事项", "请提名参会人员")
		for _, role := range []string{"eu-focal-point", "donor", "member-state", "expert", "administrator"} {
			s.want(s.get(role, "/en/calls/"+id), 404)
			s.want(s.get(role, "/en/objects/"+id+"/history"), 404)
			for _, at := range []string{"/en/meetings/{" + meeting1 + "}", "/en/desk", "/en/search?q=nominate", "/en/institutions/{institution/nia}"} {
				if a := s.get(role, at); strings.Contains(a.Body, canary) || strings.Contains(a.Body, id) {
					t.Errorf("%s shows %s of a call", at, role)
				}
			}
			if a := s.post(role, "/en/objects/"+whole+"/statements/new", url.Values{"sort": {"nomination"}, "text.en": {"x"}, "call": {id}}); a.Status != 403 && a.Status != 404 {
				t.Errorf("%s answers what it was not asked: %d", role, a.Status)
			}
		}
		s.want(s.get(visitor, "/en/calls/"+id), 303)

		// Of another sort it does not answer; of the right one it does.
		form := "/zh/objects/" + whole + "/statements/new"
		s.want(s.get("cn-focal-point", form+"?call="+id), 200, `value="`+id+`" selected`, `value="nomination" selected`)
		s.said(s.post("cn-focal-point", form, url.Values{"sort": {"comment"}, "text.zh": {"稍候。"}, "call": {id}}))
		s.owed(id, "institution/mfa nominate 2031-01-15", "institution/nia nominate 2031-01-15")
		own := s.said(s.post("cn-contributor", form, url.Values{"sort": {"nomination"}, "text.zh": {"处长一人。"}, "call": {id}}))
		s.owed(id, "institution/mfa nominate 2031-01-15", "institution/nia nominate 2031-01-15 done")
		s.want(s.get("cn-focal-point", "/zh/statements/"+own), 200, "对应请办事项", "请提名参会人员")
		s.want(s.get("eu-focal-point", "/en/statements/"+own), 200, "!"+canary) // the answer is about the meeting, the call is not theirs
		s.want(s.get("project-team", "/en/calls/"+id), 200, "1 of 2 answered")

		// MFA answers by letter; it contests, and owes it again.
		letter := s.letter()
		letter["institution"], letter["sort"], letter["call"] = s.id("institution/mfa"), "nomination", id
		letter["entered.date"] = string(when.DateOf(s.db.Now().AddDate(0, 0, -1)))
		s.want(s.send("project-team", "/en/objects/"+whole+"/statements/behalf", "", "", letter), 422, "This was asked on", "cannot be dated")
		letter["entered.date"] = string(when.DateOf(s.db.Now()))
		behalf := s.said(s.send("project-team", "/en/objects/"+whole+"/statements/behalf", "", "", letter))
		s.owed(id, "institution/mfa nominate 2031-01-15 done", "institution/nia nominate 2031-01-15 done")
		s.want(s.get("project-team", "/en/calls/"+id), 200, "Complete", "Entered by the project team on behalf of MFA")
		s.want(s.post("cn-ministry", "/zh/statements/"+behalf+"/contest", plus(s.wordOn(behalf), url.Values{"reason.zh": {"未提名。"}})), 303)
		s.owed(id, "institution/mfa nominate 2031-01-15", "institution/mfa nominate 2031-01-15 done", "institution/nia nominate 2031-01-15 done")

		// A later day moves what is open; closing ends it.
		s.want(s.get("project-team", "/en/calls/"+id+"/extend"), 200, "Extend the deadline of 15 January 2031")
		s.want(s.post("project-team", "/en/calls/"+id+"/extend", url.Values{"rev": {s.rev(id)}, "due": {"2031-01-10"}, "reason.en": {"Asked for"}}), 422, "must come after")
		s.want(s.post("project-team", "/en/calls/"+id+"/extend", url.Values{"rev": {s.rev(id)}, "due": {"2031-02-10"}}), 422)
		s.want(s.post("project-team", "/en/calls/"+id+"/extend", url.Values{"rev": {s.rev(id)}, "due": {"2031-02-10"}, "reason.en": {"Asked for"}}), 303)
		s.owed(id, "institution/mfa nominate 2031-01-15 done", "institution/mfa nominate 2031-02-10", "institution/nia nominate 2031-01-15 done")
		s.want(s.get("cn-ministry", "/en/calls/"+id), 200, "10 February 2031", "Asked for")
		s.want(s.get("cn-ministry", "/en/notices"), 200, "Due on another day now, 10 February 2031")
		s.want(s.get("cn-focal-point", "/en/notices"), 200, "!Due on another day") // NIA has answered
		s.want(s.get("cn-focal-point", "/zh/calls/"+id+"/close"), 404)
		s.want(s.post("project-team", "/en/calls/"+id+"/close", url.Values{"rev": {s.rev(id)}}), 303)
		s.owed(id, "institution/mfa nominate 2031-01-15 done", "institution/nia nominate 2031-01-15 done")
		s.want(s.post("cn-ministry", "/zh/objects/"+whole+"/statements/new", url.Values{"sort": {"nomination"}, "text.zh": {"x"}, "call": {id}}), 422, "已办结")
		s.want(s.get("cn-ministry", "/zh/calls/"+id), 200, "未办复")

		// Mending the words is all that an edit can do.
		s.want(s.get("project-team", "/en/objects/"+id+"/edit"), 200, "What is asked, in one line", "!name=\"due\"", "!name=\"to\"")
	})
}

// TestCallReceipt: a call for receipt is answered by the button.
func TestCallReceipt(t *testing.T) {
	s := newTest(t)
	whole := s.id(meeting1)
	s.want(s.post("cn-focal-point", "/zh/objects/"+whole+"/receipt", url.Values{"rev": {s.rev(whole)}}), 303)
	id := s.ask(whole, func(f url.Values) { f.Set("for", "receipt"); f.Set("readers", "wide") })
	s.want(s.get("cn-focal-point", "/zh/calls/"+id), 200, "签收", `name="call"`)
	s.want(s.get("eu-focal-point", "/en/calls/"+id), 200, "Nominate participants", "!Acknowledge receipt")
	s.want(s.post("cn-focal-point", "/zh/objects/"+whole+"/receipt", url.Values{"rev": {s.rev(whole)}, "call": {id}}), 303)
	s.owed(id, "institution/mfa acknowledge 2031-01-15", "institution/nia acknowledge 2031-01-15 done")
	s.want(s.post("eu-focal-point", "/en/objects/"+whole+"/receipt", url.Values{"rev": {s.rev(whole)}, "call": {id}}), 422)
}

// TestCallNarrowed: a call is gone with its object, and nobody is asked who may not read that.
func TestCallNarrowed(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		id := s.ask(s.id(meeting1), nil)
		dialogue := ref.Dialogue(s.id("dialogue/migration-mobility"))
		team := s.actor("project-team")
		set := func(mark tlp.Label, ps ...access.Principal) {
			t.Helper()
			h, _, err := s.objects.Get(t.Context(), team, s.id(meeting1))
			if err == nil {
				err = s.objects.SetAudience(t.Context(), team, h.ID, h.Rev, mark, access.NewAudience(ps...), "narrower")
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		// To the Chinese side: NIA and MFA are on it, and keep what they are asked.
		side := access.SideOf(s.actor("cn-focal-point").Side)
		set(tlp.AMBER, side, access.TeamOf(dialogue))
		s.want(s.get("cn-focal-point", "/zh/calls/"+id), 200, canary)
		if _, err := exchange.New(s.db).Ask(t.Context(), team, s.id(meeting1), exchange.Asked{
			Title: text.Both("EEAS", ""), For: "answer", Due: "2031-01-15", To: []ref.Institution{ref.Institution(s.id("institution/eeas"))},
		}); !fault.Is(err, fault.Invalid) {
			t.Errorf("EEAS is asked about what it may not read: %v", err)
		}
		s.want(s.get("project-team", "/en/objects/{"+meeting1+"}/calls/new"), 200, s.id("institution/nia"), "!"+s.id("institution/eeas"))
		inside := s.ask(s.id(meeting1), nil)
		s.want(s.get("cn-ministry", "/zh/calls/"+inside), 200, canary)
		// To a person.
		set(tlp.RED, access.PersonOf(team.Person))
		for _, role := range []string{"cn-focal-point", "cn-ministry", "eu-focal-point"} {
			s.want(s.get(role, "/zh/calls/"+id), 404)
			s.want(s.get(role, "/zh/calls/"+inside), 404)
			s.want(s.get(role, "/zh/desk"), 200, "!"+canary)
			s.want(s.get(role, "/zh/search?q=%E6%8F%90%E5%90%8D"), 200, "!"+canary)
		}
		s.want(s.get("project-team", "/en/calls/"+id), 200, canary)
	})
}

// TestFarDeadline: the form says how far calendars of holidays reach, and a call's page counts about
// where its deadline lies beyond.
func TestFarDeadline(t *testing.T) {
	s := newTest(t)
	whole := s.id(meeting1)
	s.want(s.get("project-team", "/en/objects/"+whole+"/calls/new"), 200, "holidays are known until the end of 20")
	s.want(s.get("project-team", "/zh/objects/"+whole+"/calls/new"), 200, "各方节假日安排已知至20", "年底。")
	for due, about := range map[string]string{"2035-05-01": "2035", "2200-01-15": "2200"} {
		call := s.ask(whole, func(f url.Values) { f.Set("due", due); f.Set("keep", due) })
		s.want(s.get("project-team", "/en/calls/"+call), 200, ">about ", " working days left<", "Not every side’s holidays of ", "–"+about+" are known yet.")
		s.want(s.get("project-team", "/zh/calls/"+call), 200, "约剩", "个工作日")
		s.want(s.get("project-team", "/en/calls/"+call+"/extend"), 200, "holidays are known until the end of 20")
	}
}

// TestSuccessorAnswersToday: who succeeds an institution today by the dialogue's day answers what that one was
// asked, also where it is yesterday by UTC.
func TestSuccessorAnswersToday(t *testing.T) {
	now := time.Date(2026, 11, 12, 17, 0, 0, 0, time.UTC) // 01:00 of the 13th in Beijing
	s := newTestAt(t, func() time.Time { return now })
	whole := launch(s)
	id := s.ask(whole, func(f url.Values) { f["to"] = []string{s.id("institution/mfa")} })
	s.ends("mfa", "2026-11-12", "nia")
	s.said(s.post("cn-focal-point", "/zh/objects/"+whole+"/statements/new", url.Values{"sort": {"nomination"}, "text.zh": {"处长一人。"}, "call": {id}}))
	s.owed(id, "institution/mfa nominate 2031-01-15 done")
}
