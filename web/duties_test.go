package web

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/when"
)

// owing writes duties down and gives the id of the newest about the object of the last.
func (s *testSite) owing(ds ...access.Duty) (id ref.ID) {
	s.t.Helper()
	if err := s.db.Write(s.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		for _, d := range ds {
			if err := access.Owe(ctx, tx, d); err != nil {
				return err
			}
			list, err := access.DutiesOn(ctx, tx, access.Operator("test"), d.Object)
			if err != nil {
				return err
			}
			for _, x := range list {
				if x.Principal == d.Principal && x.Kind == d.Kind && x.Detail == d.Detail {
					id = x.ID
				}
			}
		}
		return nil
	}); err != nil {
		s.t.Fatal(err)
	}
	return id
}

// atNoon is a clock that went on from noon of today, so that it is one day from Brussels to Beijing.
func atNoon() func() time.Time {
	now := time.Now().UTC()
	ahead := now.Truncate(24 * time.Hour).Add(12 * time.Hour).Sub(now)
	return func() time.Time { return time.Now().Add(ahead) }
}

func TestDuties(t *testing.T) {
	s := newTestAt(t, atNoon())
	nia, eu := s.actor("cn-focal-point"), s.actor("eu-focal-point")
	launch, hidden := s.id("meeting/launch-phase-2"), s.id("meeting/exchange-visit-2016")
	today := when.DateOf(s.db.Now().In(when.Beijing.Location()))
	late := when.DateOf(today.First().AddDate(0, 0, -14))
	id := s.owing(
		access.Duty{Object: hidden, Principal: access.InstitutionOf(nia.Institution), Kind: access.DutyConfirm, Due: late},
		access.Duty{Object: launch, Principal: access.InstitutionOf(nia.Institution), Asker: access.InstitutionOf(eu.Institution), Kind: access.DutyAnswer},
	)
	hide(t, s)

	// The desk: what waits, who waits, and nobody else's.
	s.want(s.get("cn-focal-point", "/zh/desk"), 200, "待办事项", "答复：", "第二期启动会", "剩10个工作日", "逾期", "1项逾期", "/zh/duties/"+id, "!暂无待办")
	s.want(s.get("cn-contributor", "/en/desk"), 200, "Answer: ", "10 working days left")
	s.want(s.get("eu-focal-point", "/en/desk"), 200, "I wait for", "owed by NIA", "asked by EU Delegation", "Nothing waits for you", "!"+canary)
	s.want(s.get("project-team", "/zh/desk"), 200, "等候对方", "由国家移民局办理")
	for _, role := range []string{"donor", "member-state", "expert", "administrator"} {
		s.want(s.get(role, "/en/desk"), 200, "!/en/duties/"+id, "!I wait for")
		s.want(s.get(role, "/en/duties/"+id), 404)
		s.want(s.get(role, "/en/duties"), 200, "Nothing waits for you")
	}
	s.want(s.get("cn-ministry", "/zh/desk"), 200, "暂无待办")

	// The list by its views.
	s.want(s.get("cn-focal-point", "/zh/duties"), 200, "共2项", "双方均上班的日期才计为工作日", "!经办：")
	s.want(s.get("cn-focal-point", "/en/duties?view=overdue"), 200, "Confirm: ", "One thing.", "working days late")
	s.want(s.get("cn-focal-point", "/en/duties?view=mine"), 200, "Nothing waits for you")
	s.want(s.get("cn-focal-point", "/en/duties?view=awaited"), 200, "You wait for nothing")
	s.want(s.get("cn-focal-point", "/en/duties?view=done"), 200, "Nothing has been done yet")
	s.want(s.get("eu-focal-point", "/en/duties?view=awaited"), 200, "One thing.", "Launch of Phase II", "!"+canary)
	s.want(s.get("eu-focal-point", "/en/duties?view=nonsense&after=%00x_y"), 200, "Nothing waits for you")

	// Its own page.
	s.want(s.get("cn-focal-point", "/zh/duties/"+id), 200, "<h1>答复：", "按本方日历", "呈批件", "经办人", "提出方", "!办理延期")
	s.want(s.get("eu-focal-point", "/en/duties/"+id), 200, "Extend the deadline", "National Immigration Administration", "!Who drafts", "10 working days left")
	s.want(s.get(visitor, "/en/duties/"+id), 303)
	s.want(s.get("cn-focal-point", "/en/duties/"+ref.New()), 404)
	s.want(s.get("cn-focal-point", "/en/duties/x"), 404)

	// Extension: by whom it is owed to, with a reason, shown with both dates.
	due := s.dueOf(id)
	to := when.DateOf(due.First().AddDate(0, 0, 14))
	form := url.Values{"from": {string(due)}, "due": {string(to)}, "keep": {string(to)}, "reason": {"Chunyun <b>"}}
	s.want(s.post("cn-focal-point", "/en/duties/"+id+"/extend", form), 403)
	s.want(s.post("donor", "/en/duties/"+id+"/extend", form), 404)
	s.want(s.post("eu-focal-point", "/en/duties/"+id+"/extend", url.Values{"from": {string(due)}, "due": {"soon"}, "reason": {"kept"}}), 422, "is not a day", `value="kept"`)
	s.want(s.post("eu-focal-point", "/zh/duties/"+id+"/extend", url.Values{"from": {string(due)}, "due": {string(due)}}), 422, "新截止日期须晚于")
	s.want(s.post("eu-focal-point", "/en/duties/"+id+"/extend", url.Values{"from": {"2026-01-01"}, "due": {string(to)}, "keep": {string(to)}, "reason": {"kept"}}), 409, "changed in the meantime", `value="kept"`)
	s.want(s.post("eu-focal-point", "/en/duties/"+id+"/extend", form), 303)
	s.want(s.get("cn-focal-point", "/en/duties/"+id), 200, "Extension", "Chunyun &lt;b&gt;", Words{"en"}.Date(due), Words{"en"}.Date(to))
	s.want(s.get("cn-focal-point", "/zh/duties"), 200, "已延期")

	// Who drafts: somebody of the own institution.
	drafter := url.Values{"drafter": {s.id("person/cn-contributor")}}
	s.want(s.post("eu-focal-point", "/en/duties/"+id+"/drafter", drafter), 422)
	s.want(s.post("cn-contributor", "/en/duties/"+id+"/drafter", drafter), 403)
	s.want(s.post("cn-focal-point", "/en/duties/"+id+"/drafter", url.Values{"drafter": {s.id("person/eu-focal-point")}}), 422)
	s.want(s.post("cn-focal-point", "/en/duties/"+id+"/drafter", drafter), 303)
	s.want(s.get("cn-contributor", "/zh/duties"), 200, "经办：")

	// Done, it stands there as done for some days.
	if err := s.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return access.Settle(ctx, tx, launch, access.InstitutionOf(nia.Institution), access.DutyAnswer)
	}); err != nil {
		t.Fatal(err)
	}
	s.want(s.get("cn-focal-point", "/zh/desk"), 200, "近日办结")
	s.want(s.get("cn-focal-point", "/zh/duties?view=done"), 200, "办结", "第二期启动会")
	s.want(s.get("cn-focal-point", "/zh/duties/"+id), 200, "已办结", "!剩")
	s.want(s.get("eu-focal-point", "/en/desk"), 200, "!I wait for")
}

func (s *testSite) dueOf(id ref.ID) (due when.Date) {
	s.t.Helper()
	if err := s.db.Read(s.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		d, err := access.FindDuty(ctx, tx, access.Operator("test"), id)
		due = d.Due
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return due
}

func TestCalendars(t *testing.T) {
	s := newTest(t)
	s.want(s.get("cn-focal-point", "/zh/calendars"), 200, "双方工作日历", "国庆节", "上班", "2026年10月1日至7日", "国办发明电〔2025〕7号", "年终假", "2027年安排尚未录入", "!/zh/new/calendar")
	s.want(s.get("project-team", "/en/calendars"), 200, "24–31 December 2026", "Whit Monday", "/en/new/calendar", "Enter a calendar", "Saturday")
	s.want(s.get(visitor, "/en/calendars"), 303)
	// A deadline over the year's end is said to be counted without the year that is not announced.
	nia := s.actor("cn-focal-point")
	id := s.owing(access.Duty{Object: s.id("meeting/launch-phase-2"), Principal: access.InstitutionOf(nia.Institution), Kind: access.DutyReport, Due: "2027-03-01"})
	s.want(s.get("cn-focal-point", "/zh/duties/"+id), 200, "2027年双方节假日安排尚未全部公布")
	// What the team enters is checked.
	form := url.Values{"name.en": {"X"}, "name.zh": {"X"}, "side": {s.id("side/cn")}, "years.0.year": {"2027"}, "days.0.first": {"2027-10-01"}, "days.0.last": {"2027-12-01"}, "days.0.kind": {"off"}}
	s.want(s.post("project-team", "/en/new/calendar", form), 422, "more than 31 days")
	form.Set("days.0.last", "2027-10-07")
	form.Set("days.1.first", "2027-10-11")
	form.Set("days.1.kind", "working")
	s.want(s.post("project-team", "/en/new/calendar", form), 422, "is not a weekend day")
	form.Set("days.1.first", "2028-10-08")
	s.want(s.post("project-team", "/en/new/calendar", form), 422, "is not among the years")
	form.Set("days.1.first", "2027-10-09")
	if a := s.post("project-team", "/en/new/calendar", form); a.Status != 303 || !strings.Contains(a.Header.Get("Location"), "/calendars") {
		t.Errorf("%d to %s\n%s", a.Status, a.Header.Get("Location"), a.Body)
	}
}
