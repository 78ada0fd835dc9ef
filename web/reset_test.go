package web

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"entente/access"
	"entente/account"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/roster"
)

// TestResetByTwo: the page of a focal point's account offers to ask for a code, tells the asker that another
// is to confirm, and offers that to another; both are named, in both languages. Where nobody else could, it
// says so and offers nothing.
func TestResetByTwo(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		const password = "several words of mine"
		operator := access.Operator("test")
		sets := func(p ref.Person, login string) {
			t.Helper()
			if err := account.New(s.db).SetPassword(t.Context(), operator, p, login, password); err != nil {
				t.Fatal(err)
			}
		}
		signs := func(login string) {
			t.Helper()
			s.as(login, s.post(visitor, "/en/sign-in", url.Values{"login": {login}, "password": {password}}))
		}
		focal := string(s.id("person/cn-focal-point"))
		sets(ref.Person(focal), "focal")
		sets(ref.Person(s.id("person/project-team")), "first")
		signs("first")
		at := "/people/" + focal
		s.want(s.get("first", "/en"+at), 200, "nobody else here could do it with you", "entente admin person link", "!/invitation/ask", "!Give a fresh invitation")
		s.want(s.get("first", "/zh"+at), 200, "目前无其他账户管理人员可予确认")
		s.want(s.post("first", "/en"+at+"/invitation/ask", nil), 403)
		s.want(s.post("first", "/en"+at+"/invitation", nil), 403)

		o := access.Object[roster.Person]{Value: roster.Person{Title: text.Both("Second of the team", "项目办第二人"), Functions: []roster.Held{{Function: access.ProjectTeam}}}}
		o.Dialogue = ref.Dialogue(s.id("dialogue/migration-mobility"))
		if err := s.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			return roster.People.Save(ctx, tx, operator, "person.create", &o, "")
		}); err != nil {
			t.Fatal(err)
		}
		sets(ref.Person(o.ID), "second")
		signs("second")
		s.want(s.get("second", "/en"+at), 200, "is given by two people", "Ask for a fresh code", "!Give a fresh invitation")
		s.want(s.post("eu-focal-point", "/en"+at+"/invitation/ask", nil), 403)
		s.want(s.post("second", "/zh"+at+"/invitation/ask", nil), 303)
		s.want(s.get("second", "/zh"+at), 200, "已提出申请", "须由另一名账户管理人员在", "撤销申请", "!确认并取得邀请码")
		s.want(s.post("second", "/en"+at+"/invitation", nil), 403)
		s.want(s.get("first", "/en/notices"), 200, "for an account that takes two people")
		s.want(s.get("first", "/en"+at), 200, "waits until", "Second of the team", "Confirm and get the code", "Do not give the code")
		shown := s.get("first", "/zh"+at)
		s.want(shown, 200, "申请人", "项目办第二人", "确认并取得邀请码")
		// Taken back, what the other page shows is confirmed no more.
		s.want(s.post("second", "/en"+at+"/invitation/withdraw", nil), 303)
		s.want(s.post("first", "/zh"+at+"/invitation", url.Values{"seen": {sight.FindStringSubmatch(shown.Body)[1]}}), 200, "申请重新发放邀请", "!请立即打印或转交")
		s.want(s.post("second", "/en"+at+"/invitation/ask", nil), 303)
		code, _ := card(t, s.post("first", "/en"+at+"/invitation", nil))
		s.want(s.get("second", "/en"+at), 200, "Ask for a fresh code", "!Confirm and get the code")
		in := s.post(visitor, "/en/invitation/"+code, url.Values{"login": {"focal"}, "password": {password + "x"}, "again": {password + "x"}})
		if in.Status != 303 || !strings.Contains(in.Header.Get("Location"), "/desk") {
			t.Errorf("the code leads to %d %s", in.Status, in.Header.Get("Location"))
		}
		if d := s.compared(); d != "" {
			t.Error(d)
		}
	})
}
