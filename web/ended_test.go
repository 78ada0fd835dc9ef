package web

import (
	"bytes"
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/jobs"
	"entente/internal/when"
	"entente/roster"
)

// atOnce finds in a file that an end was made by an act.
var atOnce = regexp.MustCompile(`(?m)^ *at_once: true\n`)

// beijing is the day in the zone of the example.
func beijing(t time.Time) when.Date { return when.DateOf(t.In(when.Beijing.Location())) }

// TestEndedAtOnce: what an act ends is ended with it, in the sessions that are open too: who held the
// function confirms nothing any more, reads no inner room, and has no calendar; and who keeps another
// function goes on with that alone. It is eight in the morning in Beijing, and still the day before by
// UTC, and the evening comes before anybody asks again.
func TestEndedAtOnce(t *testing.T) {
	start := time.Date(2026, 11, 30, 0, 30, 0, 0, time.UTC)
	now := start
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now = start
		s := siteOverExample(t, d)
		const at, until = "/objects/{meeting/launch-phase-2}", "30 November 2026"
		confirm := url.Values{"sort": {"confirmation"}, "text.zh": {"同意"}}
		people := []string{"cn-focal-point", "cn-contributor", "eu-focal-point", "expert"}
		feeds := map[string]string{}
		for _, role := range people {
			feeds[role] = calendarAddress.FindString(s.post(role, "/en/account/calendar", url.Values{}).Body)
			s.want(s.get(visitor, feeds[role]), http.StatusOK)
		}
		s.want(s.post("expert", "/en/downloads", url.Values{}), http.StatusSeeOther)
		s.want(s.get("cn-focal-point", "/zh"+at+"/inside"), http.StatusOK)
		s.want(s.get("cn-focal-point", "/zh"+at+"/statements/new?sort=confirmation"), http.StatusOK)
		out := func(role string) {
			t.Helper()
			s.want(s.post(role, "/zh"+at+"/statements/new", confirm), http.StatusForbidden, "您已退出登录", "同意")
			s.want(s.get(role, "/zh"+at+"/inside"), http.StatusSeeOther)
			s.want(s.get(role, "/en/desk"), http.StatusSeeOther)
			s.want(s.get(visitor, feeds[role]), http.StatusNotFound)
		}

		// Whoever hands over and stays is a contributor from then on, and no focal point.
		handover := url.Values{"function": {"focal-point"}, "to": {"{person/cn-contributor}"}, "stays": {"yes"}}
		look := s.post("cn-focal-point", "/zh/people/{person/cn-focal-point}/handover", handover)
		s.want(look, http.StatusOK, "确认移交")
		handover = formOf(s.t, look.Body)
		s.want(s.post("cn-focal-point", "/zh/people/{person/cn-focal-point}/handover", handover), http.StatusOK)
		if a := s.actor("cn-focal-point"); a.Holds(access.FocalPoint) || !a.Holds(access.Contributor) || !a.Inside() {
			t.Errorf("who handed over and stays acts as %+v", a)
		}
		if a := s.actor("cn-contributor"); !a.Holds(access.FocalPoint) || a.Holds(access.Contributor) {
			t.Errorf("who took over acts as %+v", a)
		}
		s.want(s.get("cn-focal-point", "/zh"+at+"/inside"), http.StatusOK)
		handover.Del("form") // or the card is shown again
		s.want(s.post("cn-focal-point", "/zh/people/{person/cn-focal-point}/handover", handover), http.StatusForbidden)
		s.want(s.get("project-team", "/en/people/{person/cn-focal-point}"), http.StatusOK, until)

		// By the team's act.
		s.want(s.post("project-team", "/en/people/{person/cn-focal-point}/end", url.Values{"reason": {"left"}}), http.StatusSeeOther)
		out("cn-focal-point")

		// By the team's correction, and by a command of the operator, which leave the account.
		end := func(role string, who access.Actor, do func(*roster.Person)) {
			t.Helper()
			h, v, err := s.objects.Get(t.Context(), access.Operator("test"), s.id("person/"+role))
			if err != nil {
				t.Fatal(err)
			}
			do(v.(*roster.Person))
			change := bundle.Authority
			if who.IsOperator() {
				change = bundle.Edit
			}
			if err := change(t.Context(), d, s.objects, who, h.ID, h.Rev, v, "left"); err != nil {
				t.Fatal(err)
			}
		}
		today := func(p *roster.Person) { p.Functions[0].Until = beijing(now) }
		end("eu-focal-point", s.actor("project-team"), today)
		out("eu-focal-point")
		end("expert", access.Operator("test"), func(p *roster.Person) { p.Functions[0].End(beijing(now)) })
		out("expert")
		if made := s.works("expert"); len(made) != 1 || made[0].State == jobs.Done {
			t.Errorf("an archive was made: %+v", made)
		}
		s.want(s.get("project-team", "/en/people/{person/eu-focal-point}"), http.StatusOK, until)

		// Another change on the same day, of something else, brings nothing back; only giving it anew does.
		end("eu-focal-point", access.Operator("test"), func(p *roster.Person) { p.SortName = "x" })
		out("eu-focal-point")
		end("eu-focal-point", access.Operator("test"), func(p *roster.Person) { p.Functions[0].Until = "" })
		if a := s.actor("eu-focal-point"); !a.Holds(access.FocalPoint) || a.Inside() {
			t.Errorf("given again, it acts as %+v", a)
		}

		// A file that the node made changes nothing, and one in which the end is a mere day gives nobody
		// the rest of that day.
		end("eu-focal-point", s.actor("project-team"), today)
		var file bytes.Buffer
		if err := bundle.Export(t.Context(), d, s.objects, access.Operator("test"), &file); err != nil {
			t.Fatal(err)
		}
		for name, data := range map[string]string{"whole": file.String(), "days": atOnce.ReplaceAllString(file.String(), "")} {
			r, err := bundle.Import(t.Context(), d, s.objects, access.Operator("test"), []bundle.File{{Name: name, Data: []byte(data)}}, bundle.Options{})
			if err != nil || name == "whole" && r.Changed+r.Created > 0 {
				t.Errorf("%s: %+v %v", name, r.Tally, err)
			}
			out("eu-focal-point")
			out("expert")
		}
		if !atOnce.MatchString(file.String()) {
			t.Error("the file does not say which ends were made by an act")
		}
		if diff := s.compared(); diff != "" {
			t.Error(diff)
		}
	}, db.Options{Volatile: true, Clock: func() time.Time { return now }})
}

// TestLastDay: a last day that was entered before lasts through that day of the dialogue's zone, be it
// yet the day before in Brussels or, by UTC, already the next.
func TestLastDay(t *testing.T) {
	at := func(hour string) time.Time {
		m, err := time.ParseInLocation("2006-01-02 15:04", hour, when.Beijing.Location())
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	start := at("2026-11-28 12:00")
	now := start
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now = start
		s := siteOverExample(t, d)
		s.member("cn-focal-point", func(p *roster.Person) { p.Functions[0].Until = "2026-11-30" })
		s.member("expert", func(p *roster.Person) { p.Functions[0].From = "2026-11-30" })
		for _, c := range []struct {
			at           string
			holds, begun bool
		}{
			{"2026-11-29 23:59", true, false},
			{"2026-11-30 00:00", true, true},
			{"2026-11-30 06:30", true, true}, // 23:30 of the 29th in Brussels
			{"2026-11-30 23:59", true, true}, // 16:59 in Brussels
			{"2026-12-01 00:00", false, true},
			{"2026-12-01 06:30", false, true}, // 23:30 of the 30th in Brussels
			{"2026-12-01 07:59", false, true}, // the 30th still, by UTC
		} {
			now = at(c.at)
			clear(s.jars)
			if got := s.actor("cn-focal-point").Holds(access.FocalPoint); got != c.holds {
				t.Errorf("%s: holds it: %v", c.at, got)
			}
			if got := s.actor("expert").Holds(access.Expert); got != c.begun {
				t.Errorf("%s: began: %v", c.at, got)
			}
			status := http.StatusOK
			if !c.holds {
				status = http.StatusSeeOther
			}
			s.want(s.get("cn-focal-point", "/zh/objects/{meeting/launch-phase-2}/inside"), status)
			// What somebody corrects on the last day does not end it.
			if c.at == "2026-11-30 06:30" {
				s.member("cn-focal-point", func(p *roster.Person) { p.SortName = "x" })
			}
		}
		if diff := s.compared(); diff != "" {
			t.Error(diff)
		}
	}, db.Options{Volatile: true, Clock: func() time.Time { return now }})
}
