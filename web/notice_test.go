package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"entente/access"
	"entente/internal/db"
	"entente/internal/mail"
	"entente/internal/ref"
	"entente/notice"
	"entente/standard/tlp"
)

// letterTo writes one notice as a letter to a role of the example.
func letterTo(t *testing.T, s *testSite, role string, list ...notice.Notice) (mail.Letter, []ref.ID) {
	t.Helper()
	l, told, err := Letters{DB: s.db, Base: "https://entente.example"}.Write(t.Context(), s.actor(role), list)
	if err != nil {
		t.Fatal(err)
	}
	return l, told
}

func TestLetters(t *testing.T) {
	s := newTest(t)
	meeting := s.id("meeting/launch-phase-2")
	duty := notice.Notice{ID: "n", Kind: notice.Reminder, Object: meeting, Detail: notice.Detail{What: "before", Due: "2026-12-01"}}

	l, told := letterTo(t, s, "cn-focal-point", duty)
	for _, want := range []string{"TLP:CLEAR", "2026年12月1日", "https://entente.example/zh/meetings/" + meeting, "即将到期", "启动会"} {
		if len(told) != 1 || l.Lang != "zh" || !strings.Contains(l.Text, want) || !strings.Contains(l.HTML, want) {
			t.Errorf("without %q (%s):\n%s\n%s", want, l.Lang, l.Text, l.HTML)
		}
	}
	if l.Subject != "[TLP:CLEAR] 期限提醒" {
		t.Errorf("subject %q", l.Subject)
	}
	if l, _ := letterTo(t, s, "eu-focal-point", duty); l.Lang != "en" || !strings.Contains(l.Text, "Due soon, on 1 December 2026") {
		t.Errorf("%s:\n%s", l.Lang, l.Text)
	}

	invited := notice.Notice{ID: "i", Kind: notice.Invitation, Secret: "CODE"}
	l, _ = letterTo(t, s, "cn-focal-point", invited)
	if !strings.Contains(l.HTML, `<a href="https://entente.example/zh/invitation/CODE"`) || !strings.Contains(l.Text, "https://entente.example/zh/invitation/CODE\n") {
		t.Errorf("%s\n%s", l.Text, l.HTML)
	}
	// Above GREEN a letter gives the address alone; its own mark is GREEN then.
	h, _, err := s.objects.Get(t.Context(), access.Operator("test"), meeting)
	if err != nil {
		t.Fatal(err)
	}
	institution := access.InstitutionOf(ref.Institution(s.id("institution/nia")))
	if err := s.objects.SetAudience(t.Context(), access.Operator("test"), meeting, h.Rev, tlp.AMBER, access.NewAudience(institution), "test"); err != nil {
		t.Fatal(err)
	}
	l, told = letterTo(t, s, "cn-focal-point", duty)
	if len(told) != 1 || strings.Contains(l.Text+l.HTML+l.Subject, "启动会") || !strings.Contains(l.Text, "TLP:AMBER") ||
		!strings.Contains(l.Text, "/zh/meetings/"+meeting) || !strings.HasPrefix(l.Subject, "[TLP:GREEN]") {
		t.Errorf("told %v:\n%s\n%s", told, l.Subject, l.Text)
	}
	// Who may no longer read it gets no letter, and of several the others.
	if _, told := letterTo(t, s, "eu-focal-point", duty); len(told) != 0 {
		t.Errorf("told %v", told)
	}
	l, told = letterTo(t, s, "eu-focal-point", duty, notice.Notice{ID: "m", Kind: notice.Security, Detail: notice.Detail{What: "password"}})
	if len(told) != 1 || told[0] != "m" || strings.Contains(l.Text, meeting) || !strings.Contains(l.Text, "Your password was changed") {
		t.Errorf("told %v:\n%s", told, l.Text)
	}
}

func TestNoticesPage(t *testing.T) {
	s := newTest(t)
	s.want(s.get("cn-focal-point", "/zh/notices"), http.StatusOK, "暂无通知")
	meeting := s.id("meeting/launch-phase-2")
	if err := s.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		var list []notice.New
		for range noticesPerPage + 1 {
			list = append(list, notice.New{Person: ref.Person(s.id("person/cn-focal-point")), Kind: notice.Extended, Object: meeting, Detail: notice.Detail{Due: "2026-12-01"}})
		}
		return notice.Put(ctx, tx, nil, list...)
	}); err != nil {
		t.Fatal(err)
	}
	a := s.get("cn-focal-point", "/zh/notices")
	s.want(a, http.StatusOK, "截止日期已调整为2026年12月1日", "启动会", "/zh/meetings/"+meeting, "更早的通知")
	s.want(s.get("cn-focal-point", "/en/notices"), http.StatusOK, "Due on another day now, 1 December 2026", "Older")
	s.want(s.get("eu-focal-point", "/en/notices"), http.StatusOK, "No notices yet")
	s.want(s.get("administrator", "/en/operation/mail"), http.StatusOK, "No mail server is set up", "A deadline was extended")
	s.want(s.get("administrator", "/zh/operation/mail?state=waiting"), http.StatusOK, "邮件待发", "未配置邮件服务器")
	if b := s.get("administrator", "/zh/operation/mail").Body; strings.Contains(b, "启动会") || strings.Contains(b, meeting) {
		t.Error("the administrator reads what it is about")
	}
}

func TestMailAddress(t *testing.T) {
	s := newTest(t)
	s.want(s.get("cn-focal-point", "/zh/account"), http.StatusOK, "邮件通知", "本系统未启用邮件发送")
	a := s.post("cn-focal-point", "/zh/account/mail", url.Values{"address": {"not an address"}, "rhythm": {"daily"}})
	s.want(a, http.StatusUnprocessableEntity, "不是有效的邮箱地址", `value="not an address"`)
	a = s.post("cn-focal-point", "/zh/account/mail", url.Values{"address": {"officer@nia.example"}, "rhythm": {"daily"}})
	s.want(a, http.StatusSeeOther)
	s.want(s.get("cn-focal-point", "/en/account"), http.StatusOK, "officer@nia.example", `<option value="daily" selected>`)
	if b := s.get("project-team", "/en/people/{person/cn-focal-point}").Body; strings.Contains(b, "officer@nia.example") {
		t.Error("others see the address")
	}
	s.want(s.get("cn-focal-point", "/zh/account"), http.StatusOK, "邮箱地址officer@nia.example尚待确认", "退出其他全部设备")
	s.want(s.post("cn-focal-point", "/zh/account/sessions", url.Values{"others": {"yes"}}), http.StatusSeeOther)
	s.want(s.get("cn-focal-point", "/zh/account"), http.StatusOK, "!officer@nia.example", "!退出其他全部设备")
	s.want(s.post("cn-focal-point", "/zh/account/mail", url.Values{"address": {"officer@nia.example"}, "rhythm": {"daily"}}), http.StatusSeeOther)
	s.want(s.post("cn-focal-point", "/zh/account/mail", url.Values{"do": {"forget"}, "address": {"officer@nia.example"}, "rhythm": {"daily"}}), http.StatusSeeOther)
	if b := s.get("cn-focal-point", "/en/account").Body; strings.Contains(b, "officer@nia.example") {
		t.Error("it is not forgotten")
	}
}
