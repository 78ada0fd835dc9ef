package web

import (
	"net/http"
	"net/url"
	"testing"

	"entente/access"
	"entente/dialogue"
	"entente/internal/ref"
)

// TestDayOff: a deadline on a day off is told once, with the last working day before, which one
// press takes; who keeps the day keeps it. Beyond the calendars the count says "about".
func TestDayOff(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		at := "/en/objects/" + s.id(meeting1) + "/calls/new"
		form := url.Values{"title.en": {"Send the list"}, "for": {"answer"}, "due": {"2031-01-18"}, "to": {s.id("institution/nia")}} // a Saturday
		s.want(s.post("project-team", at, form), http.StatusUnprocessableEntity,
			"Not all sides work on this day", "As far as holidays are entered", "17 January 2031", "holidays of 2031 are entered", `name="take" value="2031-01-17"`, `name="keep" value="2031-01-18"`, "Send the list")
		form.Set("take", "2031-01-17")
		a := s.post("project-team", at, form)
		if m := callAt.FindStringSubmatch(a.Header.Get("Location")); m == nil {
			t.Fatalf("%d\n%s", a.Status, clip(a.Body))
		} else {
			s.want(s.get("project-team", "/en/calls/"+m[1]), 200, "17 January 2031", "!18 January 2031")
			later := url.Values{"rev": {s.rev(m[1])}, "due": {"2031-01-19"}, "reason.en": {"Asked for"}}
			s.want(s.post("project-team", "/zh/calls/"+m[1]+"/extend", later), 422, "此前最后一个工作日约为", "2031年各方节假日安排尚未全部录入", `value="2031-01-19"`)
		}
		form.Del("take")
		form.Set("keep", "2031-01-18")
		if a := s.post("project-team", at, form); a.Status != http.StatusSeeOther {
			t.Errorf("keeping the day: %d", a.Status)
		}
		s.want(s.get("cn-focal-point", "/en/duties"), 200, "about ", "working days left")
		// A working day beyond the calendars is told on the form before and on the call after. Within what is
		// entered the day before is the last working day.
		s.want(s.get("project-team", at), 200, "working days are counted about")
		form.Set("due", "2031-01-15")
		form.Del("keep")
		if m := callAt.FindStringSubmatch(s.post("project-team", at, form).Header.Get("Location")); m == nil {
			t.Error("a working day is refused")
		} else {
			s.want(s.get("project-team", "/en/calls/"+m[1]), 200, "holidays of ", "known yet")
		}
		calendars, err := dialogue.New(s.db).Calendars(s.t.Context(), s.actor("project-team"), ref.Dialogue(s.id("dialogue/migration-mobility")))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range calendars {
			c.Value.Years = append(c.Value.Years, dialogue.CalendarYear{Year: 2031})
			c.Value.Days = append(c.Value.Days, dialogue.CalendarDay{First: "2031-01-01", Kind: dialogue.Off})
			if _, err := s.objects.Edit(t.Context(), access.Operator("test"), c.ID, c.Rev, &c.Value, ""); err != nil {
				t.Fatal(err)
			}
		}
		entered := url.Values{"title.en": {"Send the list"}, "for": {"answer"}, "due": {"2031-01-18"}, "to": {s.id("institution/nia")}}
		s.want(s.post("project-team", at, entered), http.StatusUnprocessableEntity, "The last working day before is", "!As far as")
	})
}
