package web

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"entente/access"
	"entente/account"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/meeting"
	"entente/standard/tlp"
)

var calendarAddress = regexp.MustCompile(`/calendar/[A-Z2-7]{26}\.ics`)

// unfolded is a calendar without the folds of its lines.
func unfolded(a answer) answer {
	a.Body = strings.ReplaceAll(a.Body, "\r\n ", "")
	return a
}

func TestOwnCalendar(t *testing.T) {
	s := newTest(t)
	nia := s.actor("cn-focal-point")
	id := s.owing(access.Duty{Object: s.id("meeting/launch-phase-2"), Principal: access.InstitutionOf(nia.Institution), Kind: access.DutyAnswer, Due: "2027-01-11"})
	secret := s.owing(access.Duty{Object: s.id("meeting/exchange-visit-2016"), Principal: access.InstitutionOf(nia.Institution), Kind: access.DutyConfirm, Due: "2027-01-12"})
	hide(t, s)
	s.create("meeting", access.Header{Mark: tlp.AMBERSTRICT, Audience: access.NewAudience(access.InstitutionOf(nia.Institution), access.TeamOf(nia.Dialogue))}, &meeting.Meeting{
		Title: text.Both(canary, canary), Type: "coordination", State: meeting.Planned, Starts: "2027-02-01", Place: text.Both(canary, canary),
		Participants: []meeting.Participation{{Institution: nia.Institution}},
	})
	s.narrowTo(s.id("meeting/exchange-visit-2016"), tlp.AMBERSTRICT, access.InstitutionOf(nia.Institution), access.TeamOf(nia.Dialogue))

	s.want(s.get("cn-focal-point", "/zh/account"), 200, "尚未生成日历地址", "TLP:GREEN", "!停用地址")
	a := s.post("cn-focal-point", "/zh/account/calendar", url.Values{})
	s.want(a, 200, "仅显示一次", "停用地址")
	if got := a.Header.Get("Cache-Control"); !strings.Contains(got, "no-store") {
		t.Errorf("the address may be kept by a cache: %q", got)
	}
	feed := calendarAddress.FindString(a.Body)
	if feed == "" {
		t.Fatal("no address is shown")
	}
	s.want(s.get("cn-focal-point", "/zh/account"), 200, "不再显示", "!"+feed)

	// Whoever has the address gets the person's calendar, in that person's language.
	a = unfolded(s.get(visitor, feed))
	s.want(a, 200, "BEGIN:VCALENDAR", "个人日历", "TLP:CLEAR 答复：", "第二期启动会", "DTSTART;VALUE=DATE:20270111", "/zh/duties/"+id,
		"TLP:AMBER+STRICT 一项事项", "TLP:AMBER+STRICT 一场会议活动", "DTSTART;VALUE=DATE:20270112", "DTSTART;VALUE=DATE:20270201", "/zh/duties/"+secret, "!"+canary)
	if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("ETag") != "" || a.Header.Get("Set-Cookie") != "" {
		t.Errorf("headers: %v", a.Header)
	}
	s.want(s.get(visitor, strings.TrimSuffix(feed, ".ics")), 404)
	s.want(s.get(visitor, strings.ToLower(feed)), 404)

	// It follows what the person may read.
	s.narrowTo(s.id("meeting/exchange-visit-2016"), tlp.AMBERSTRICT, access.TeamOf(nia.Dialogue))
	s.want(unfolded(s.get(visitor, feed)), 200, "第二期启动会", "!"+secret, "!一项事项", "一场会议活动")

	// Renewed or ended, the old address is gone at once.
	next := calendarAddress.FindString(s.post("cn-focal-point", "/en/account/calendar", url.Values{}).Body)
	s.want(s.get(visitor, feed), 404)
	s.want(s.get(visitor, next), 200)
	s.want(s.post("cn-focal-point", "/en/account/calendar/end", url.Values{}), 303)
	s.want(s.get(visitor, next), 404)
	s.want(s.get("cn-focal-point", "/en/account"), 200, "has no address yet")
	s.want(s.post(visitor, "/en/account/calendar", url.Values{}), 303)

	// The team's has its translations added up by day.
	s.want(unfolded(s.get(visitor, calendarAddress.FindString(s.post("project-team", "/en/account/calendar", url.Values{}).Body))), 200, ":Translations: ", "/en/translations")

	// Whoever leaves has none.
	left := calendarAddress.FindString(s.post("cn-contributor", "/en/account/calendar", url.Values{}).Body)
	s.want(s.get(visitor, left), 200)
	if err := account.New(s.db).End(t.Context(), s.actor("project-team"), s.actor("cn-contributor").Person, "test"); err != nil {
		t.Fatal(err)
	}
	s.want(s.get(visitor, left), 404)
}

// TestOwnCalendarOfTheRemoved: nothing of a person who was removed, whatever the table holds.
func TestOwnCalendarOfTheRemoved(t *testing.T) {
	s := newTest(t)
	feed := calendarAddress.FindString(s.post("expert", "/en/account/calendar", url.Values{}).Body)
	s.want(s.get(visitor, feed), 200)
	team := s.actor("project-team")
	h, _, err := s.objects.Get(t.Context(), team, s.id("person/expert"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.objects.Remove(t.Context(), team, h.ID, h.Rev, "test"); err != nil {
		t.Fatal(err)
	}
	s.want(s.get(visitor, feed), 404)
}

// TestOwnCalendarIsNotLogged: the address stands in no line of the log and in no column as it is.
func TestOwnCalendarIsNotLogged(t *testing.T) {
	s := newTest(t)
	feed := calendarAddress.FindString(s.post("donor", "/en/account/calendar", url.Values{}).Body)
	var log bytes.Buffer
	h, err := New(Options{DB: s.db, Objects: s.objects, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), Rate: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	limited := false
	for range 300 {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, feed, nil))
		limited = limited || w.Code == http.StatusTooManyRequests
	}
	if !limited {
		t.Error("it may be fetched without limit")
	}
	token := strings.TrimSuffix(strings.TrimPrefix(feed, "/calendar/"), ".ics")
	if !strings.Contains(log.String(), "/calendar/{token}") || strings.Contains(log.String(), token) {
		t.Errorf("the log: %.300s", log.String())
	}
	if err := s.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		all, err := db.Collect(ctx, tx, db.One[string], `select token from account_feed`)
		if len(all) != 1 || strings.Contains(all[0], token) {
			t.Errorf("kept: %v", all)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func (s *testSite) narrowTo(id ref.ID, mark tlp.Label, ps ...access.Principal) {
	s.t.Helper()
	h, _, err := s.objects.Get(s.t.Context(), access.Operator("test"), id)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.objects.SetAudience(s.t.Context(), access.Operator("test"), id, h.Rev, mark, access.NewAudience(ps...), "test"); err != nil {
		s.t.Fatal(err)
	}
}
