package web

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"entente/access"
	"entente/bundle"
	"entente/internal/text"
	"entente/meeting"
)

// TestPostponeAlong: what hangs on a meeting moves with it, as the page says before: its length, its
// agenda, and, where that is chosen, the deadlines of calls about it, with the duties and a notice.
func TestPostponeAlong(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		m := meeting.Meeting{
			Title: text.Both("Night talks", "夜间会谈"), Type: "expert", State: meeting.Planned, Starts: "2031-03-04", At: "22:00", Ends: "2031-03-05", Until: "01:00",
			Zone: "Europe/Brussels", Agenda: []meeting.Item{{Title: text.Both("Opening", ""), At: "22:00", Day: 1}, {Title: text.Both("Wine", ""), At: "23:30", Until: "00:30"}},
		}
		h := s.create("meeting", access.Header{}, &m)
		at := "/en/meetings/" + h.ID
		call := s.ask(h.ID, func(f url.Values) { f["due"], f["title.zh.status"] = []string{"2031-02-12"}, []string{"draft"} }) // a Wednesday, as is the 5th
		late := s.ask(h.ID, func(f url.Values) { f.Set("due", "2031-03-18"); f.Set("for", "report") })
		s.want(s.get("project-team", at+"/postpone"), 200, "The hours stay 22:00–01:00, Brussels time", "4–5 March 2031", "All 2 items of the agenda move",
			"12 February 2031", "18 March 2031", `<option value="along" selected>`, "!→")

		// On a day off the working day before is offered, once; both are shown.
		form := url.Values{"rev": {"1"}, "starts": {"2031-03-07"}, "reason.en": {"Calendars collide"}, "deadlines": {"along"}}
		s.want(s.post("project-team", at+"/postpone", form), 422, `id="deadlines-error"`, "15 February 2031", "last working day before is 14 February 2031",
			"21 March 2031", `name="take" value="work-days"`, `name="keep" value="2031-03-07"`, "!18 March 2031 (")
		s.owed(call, "institution/mfa nominate 2031-02-12", "institution/nia nominate 2031-02-12")
		form.Set("take", "work-days")
		if a := s.post("project-team", at+"/postpone", form); a.Status != 303 {
			t.Fatalf("%d %s", a.Status, clip(a.Body))
		}
		s.want(s.get("project-team", at), 200, "deadlines of calls about it with it", "7–8 March 2031", "22:00 Brussels", "01:00 Brussels")
		s.owed(call, "institution/mfa nominate 2031-02-14", "institution/nia nominate 2031-02-14")
		s.owed(late, "institution/mfa report 2031-03-21", "institution/nia report 2031-03-21")
		s.want(s.get("cn-focal-point", "/en/notices"), 200, "Due on another day now, 14 February 2031", "21 March 2031")
		s.want(s.get("project-team", "/en/objects/"+call+"/history"), 200, "moved the deadline with the meeting", "<del>12 February 2031</del>", "<ins>14 February 2031</ins>", "Calendars collide")
		s.want(s.get("project-team", "/en/objects/"+h.ID+"/history"), 200, "<del>5 March 2031</del>", "<ins>8 March 2031</ins>")

		// Earlier again; one whose new day has passed stays, and so do all where that is chosen.
		form = url.Values{"rev": {"2"}, "starts": {"2031-03-04"}, "reason.en": {"Free again"}, "deadlines": {"along"}, "keep": {"2031-03-04"}}
		s.want(s.post("project-team", at+"/postpone", form), 303)
		s.owed(call, "institution/mfa nominate 2031-02-11", "institution/nia nominate 2031-02-11")
		form = url.Values{"rev": {"3"}, "starts": {"2027-01-05"}, "reason.en": {"Sooner"}, "deadlines": {"along"}, "keep": {"2027-01-05"}}
		s.want(s.post("project-team", at+"/postpone", form), 303)
		s.owed(call, "institution/mfa nominate 2026-12-15", "institution/nia nominate 2026-12-15")
		s.want(s.post("project-team", at+"/postpone", url.Values{"rev": {"4"}, "starts": {"2031-03-04"}, "reason.en": {"r"}, "deadlines": {"stay"}}), 303)
		s.owed(call, "institution/mfa nominate 2026-12-15", "institution/nia nominate 2026-12-15")

		// An hour that no clock shows then, or twice, is refused, and it is named which.
		s.want(s.post("project-team", at+"/postpone", url.Values{"rev": {"5"}, "starts": {"2031-03-29"}, "reason.en": {"r"}}), 303) // ends at 01:00 of the 30th
		m.Starts, m.Ends, m.At, m.Until, m.Agenda = "2031-06-03", "", "02:30", "", []meeting.Item{{Title: text.Both("Opening", ""), At: "02:30"}}
		h = s.create("meeting", access.Header{}, &m)
		at = "/en/meetings/" + h.ID
		s.want(s.post("project-team", at+"/postpone", url.Values{"rev": {"1"}, "starts": {"2031-03-30"}, "reason.en": {"r"}}), 422, `id="starts-error"`, `id="at-error"`, "no clock", "Agenda 1: ", `name="at"`, `value="02:30"`, "!name=\"until\"")
		s.want(s.get("project-team", at+"/postpone"), 200, "!name=\"at\"")
		s.want(s.post("project-team", at+"/postpone", url.Values{"rev": {"1"}, "starts": {"2031-10-26"}, "reason.en": {"r"}}), 422, `id="turn"`, "twice")
		s.want(s.post("project-team", at+"/postpone", url.Values{"rev": {"1"}, "starts": {"2031-10-26"}, "turn": {"second"}, "reason.en": {"r"}}), 303)
		s.want(s.post("project-team", at+"/postpone", url.Values{"rev": {"2"}, "starts": {"2031-10-27"}, "turn": {"second"}, "reason.en": {"r"}}), 422, `id="turn-error"`, "comes once")
		s.want(s.post("project-team", at+"/postpone", url.Values{"rev": {"2"}, "starts": {"2031-11"}, "reason.en": {"r"}}), 303)
		s.want(s.get("project-team", at), 200, "November 2031", "!02:30 Brussels")

		// The hour that the new day lacks is given with it.
		m.Starts, m.At, m.Until, m.Agenda = "2031-06-03", "02:30", "05:00", nil
		h = s.create("meeting", access.Header{}, &m)
		at = "/en/meetings/" + h.ID
		s.want(s.post("project-team", at+"/postpone", url.Values{"rev": {"1"}, "starts": {"2031-03-30"}, "reason.en": {"r"}}), 422, `id="at-error"`, "!name=\"until\"")
		s.want(s.post("project-team", at+"/postpone", url.Values{"rev": {"1"}, "starts": {"2031-03-30"}, "at": {"03:30"}, "reason.en": {"r"}}), 303)
		s.want(s.get("project-team", at), 200, "03:30 Brussels", "05:00 Brussels")

		// Begin and end are each one of two.
		m.Starts, m.At, m.Until, m.Agenda = "2031-10-25", "02:10", "02:50", nil
		h = s.create("meeting", access.Header{}, &m)
		at = "/en/meetings/" + h.ID
		s.want(s.get("project-team", at+"/postpone"), 200, `name="until_turn"`)
		form = url.Values{"rev": {"1"}, "starts": {"2031-10-26"}, "turn": {"second"}, "until_turn": {"first"}, "reason.en": {"r"}}
		s.want(s.post("project-team", at+"/postpone", form), 422, `id="until_turn-error"`, "before the clock is put back")
		form.Set("turn", "first")
		form.Set("until_turn", "second")
		s.want(s.post("project-team", at+"/postpone", form), 303)
		s.want(s.get("project-team", at+"/calendar.ics"), 200, "DTEND:20311026T015000Z")
		s.want(s.get("project-team", at), 200, "02:10 Brussels · 08:10 Beijing", "02:50 Brussels · 09:50 Beijing")
	})
}

// TestCallsThatStay: what is asked about a meeting stays due where the meeting is called off, as the page
// says before, and where its form gives it another day, as the page says afterwards.
func TestCallsThatStay(t *testing.T) {
	s := newTest(t)
	h := s.create("meeting", access.Header{}, &meeting.Meeting{Title: text.Both("Talks", "会谈"), Type: "expert", State: meeting.Planned, Starts: "2031-03-04"})
	at, edit := "/en/meetings/"+h.ID, "/en/objects/"+h.ID+"/edit"
	s.want(s.get("project-team", at+"/cancel"), 200, "!stay due")
	moves := func(day, said string) {
		t.Helper()
		form := formOf(t, s.get("project-team", edit).Body)
		form.Set("starts", day)
		a := s.post("project-team", edit, form)
		s.want(a, 303)
		if c := strings.Join(a.Header.Values("Set-Cookie"), "\n"); !strings.Contains(c, "="+said) {
			t.Errorf("moved to %s: %s", day, c)
		}
	}
	moves("2031-03-05", "notice.saved")
	s.ask(h.ID, func(f url.Values) { f["due"], f["title.zh.status"] = []string{"2031-02-12"}, []string{"draft"} })
	s.want(s.get("project-team", at+"/cancel"), 200, "Open calls about the meeting stay due", "12 February 2031", "/calls/")
	moves("2031-02-01", "notice.meeting.calls-stay:"+h.ID+";")
	s.want(s.get("project-team", at), 200, "keep their deadlines: Nominate participants "+canary, "(by 12 February 2031). Look at them", "!more. Look")
	for range 6 {
		s.ask(h.ID, func(f url.Values) { f.Set("due", "2031-02-13") })
	}
	moves("2031-02-02", "notice.meeting.calls-stay:"+h.ID+";")
	s.want(s.get("project-team", at), 200, "keep their deadlines: Nominate participants "+canary, "(by 12 February 2031); ", "; and 2 more. Look at them")
	moves("2031-02-03", "notice.meeting.calls-stay:"+h.ID+";")
	s.want(s.get("project-team", strings.Replace(at, "/en/", "/zh/", 1)), 200, "（译文；原文：Nominate participants", "（时限2031年2月12日）；", "；另有2项。如需")
	moves("2031-02-01", "notice.meeting.calls-stay")
	moves("2031-02-01", "notice.saved")
	off := formOf(t, s.get("project-team", edit).Body)
	off.Set("state", "cancelled")
	off.Set("reason.en", "Off")
	s.want(s.post("project-team", edit, off), 303)
	s.want(s.get("project-team", at), 200, "called off, and open calls about it stay due: Nominate participants", "; and 2 more. Close those")
}

// TestHoursMoveAgenda: with other hours the agenda goes along, in the form and in a postponement, and what
// does not is named, also by an import, to who edits the meeting alone.
func TestHoursMoveAgenda(t *testing.T) {
	s := newTest(t)
	h := s.create("meeting", access.Header{}, &meeting.Meeting{
		Title: text.Both("Talks", "会谈"), Type: "expert", State: meeting.Planned, Starts: "2031-03-04",
		At: "09:00", Until: "12:00", Zone: "Europe/Brussels", Agenda: []meeting.Item{{Title: text.Both("Opening", "开幕"), At: "10:00", Until: "11:00"}},
	})
	at, edit := "/en/meetings/"+h.ID, "/en/objects/"+h.ID+"/edit"
	hours := func(from, until string) {
		t.Helper()
		form := formOf(t, s.get("project-team", edit).Body)
		form.Set("at", from)
		form.Set("until", until)
		s.want(s.post("project-team", edit, form), 303)
	}
	hours("14:00", "17:00")
	s.want(s.get("project-team", at), 200, "Saved. The agenda moved along", `datetime="15:00"`, "–16:00", "!Outside the hours")
	hours("14:00", "15:30")
	s.want(s.get("project-team", at), 200, "Outside the hours of the meeting: ", "Opening", "15:00–16:00", "!moved along")
	s.want(s.get("project-team", strings.Replace(at, "/en/", "/zh/", 1)), 200, "以下议程不在会议起止时间之内：")
	s.want(s.get("eu-focal-point", at), 200, "!Outside the hours")
	hours("14:00", "17:00")
	s.want(s.post("project-team", at+"/postpone", url.Values{"rev": {s.rev(h.ID)}, "starts": {"2031-03-11"}, "at": {"09:00"}, "until": {"12:00"}, "reason.en": {"r"}}), 303)
	s.want(s.get("project-team", at), 200, `datetime="10:00"`, "–11:00", "!Outside the hours")

	src := "kind: dialogue\nkey: migration-mobility\n---\nkind: meeting\nkey: " + h.ID + "\ntitle:\n  en: Talks\n  zh: 会谈\ntype: expert\nstate: planned\nstarts: 2031-03-11\nat: \"14:00\"\nuntil: \"17:00\"\n" +
		"zone: Europe/Brussels\nagenda:\n- title:\n    en: Opening\n    zh: 开幕\n  at: \"10:00\"\n  until: \"11:00\"\n"
	r, err := bundle.Import(t.Context(), s.db, s.objects, access.Operator("import"), []bundle.File{{Name: "a.yaml", Data: []byte(src)}}, bundle.Options{DryRun: true})
	if err != nil || len(r.Outside) != 1 || len(r.Outside[0].Items) != 1 || r.Outside[0].Items[0].At != "10:00" {
		t.Errorf("%+v %v", r.Outside, err)
	}
}

// TestImportCallsStay: an import that gives a meeting another day, or calls it off, names the open calls
// about it, also where it only looks.
func TestImportCallsStay(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		h := s.create("meeting", access.Header{}, &meeting.Meeting{Title: text.Both("Talks", "会谈"), Type: "expert", State: meeting.Planned, Starts: "2031-03-04"})
		imports := func(state, starts string, dry bool) string {
			t.Helper()
			src := "kind: dialogue\nkey: migration-mobility\n---\nkind: meeting\nkey: " + h.ID + "\ntitle:\n  en: Talks\n  zh: 会谈\ntype: expert\nstate: " + state + "\nstarts: " + starts + "\n"
			if state == "cancelled" {
				src += "reason:\n  en: Off\n"
			}
			r, err := bundle.Import(t.Context(), s.db, s.objects, access.Operator("import"), []bundle.File{{Name: "a.yaml", Data: []byte(src)}}, bundle.Options{DryRun: dry})
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, x := range r.Staying {
				for _, c := range x.Calls {
					out = append(out, fmt.Sprintf("%v %v %s", x.Key == h.ID, x.Off, c.Value.Due))
				}
			}
			return strings.Join(out, "; ")
		}
		if got := imports("planned", "2031-03-05", false); got != "" {
			t.Errorf("without a call: %s", got)
		}
		s.ask(h.ID, func(f url.Values) { f["due"], f["title.zh.status"] = []string{"2031-02-12"}, []string{"draft"} })
		s.ask(h.ID, func(f url.Values) { f.Set("due", "2031-02-13") })
		for _, c := range []struct {
			state, starts string
			dry           bool
			want          string
		}{
			{"planned", "2031-03-05", false, ""},
			{"planned", "2031-03-12", true, "true false 2031-02-12; true false 2031-02-13"},
			{"planned", "2031-03-12", false, "true false 2031-02-12; true false 2031-02-13"},
			{"cancelled", "2031-03-12", true, "true true 2031-02-12; true true 2031-02-13"},
			{"cancelled", "2031-03-12", false, "true true 2031-02-12; true true 2031-02-13"},
			{"cancelled", "2031-03-12", false, ""},
		} {
			if got := imports(c.state, c.starts, c.dry); got != c.want {
				t.Errorf("%v: %q", c, got)
			}
		}
	})
}
