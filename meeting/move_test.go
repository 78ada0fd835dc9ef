package meeting

import (
	"testing"

	"entente/internal/fault"
	"entente/internal/text"
	"entente/internal/when"
)

// TestMove: a meeting that is moved, later or earlier, is as long as it was and keeps its hours.
func TestMove(t *testing.T) {
	night := Meeting{Starts: "2031-03-04", At: "22:00", Ends: "2031-03-05", Until: "01:00", Zone: "Europe/Brussels", Turn: when.Second}
	days := Meeting{Starts: "2031-03-04", Ends: "2031-03-06", Agenda: []Item{{Day: 3, At: "09:00"}}}
	for name, c := range map[string]struct {
		from Meeting
		to   Move
		ends when.Date
		at   when.Clock
		ok   bool
	}{
		"after midnight":              {night, Move{Starts: "2031-05-12"}, "2031-05-13", "22:00", true},
		"over the end of a month":     {night, Move{Starts: "2031-05-31"}, "2031-06-01", "22:00", true},
		"earlier":                     {night, Move{Starts: "2031-02-28"}, "2031-03-01", "22:00", true},
		"another last day":            {night, Move{Starts: "2031-05-12", Ends: "2031-05-12"}, "2031-05-12", "22:00", false},
		"to a month":                  {night, Move{Starts: "2031-05"}, "", "", true},
		"to no date":                  {night, Move{}, "", "", true},
		"about a day":                 {night, Move{Starts: "2031-05-12~"}, "2031-05-13~", "", true},
		"without hours":               {days, Move{Starts: "2031-05-12"}, "2031-05-14", "", true},
		"one day":                     {Meeting{Starts: "2031-03-04"}, Move{Starts: "2031-05-12"}, "", "", true},
		"from nowhere":                {Meeting{}, Move{Starts: "2031-05-12"}, "", "", true},
		"from a month, by its agenda": {Meeting{Starts: "2031-03", Agenda: []Item{{Day: 3, At: "10:30"}}}, Move{Starts: "2031-05-12"}, "2031-05-14", "", true},
		"from nowhere, over midnight": {Meeting{Agenda: []Item{{At: "23:30", Until: "00:30"}}}, Move{Starts: "2031-05-12"}, "2031-05-13", "", true},
		"an item over midnight, cut":  {Meeting{Starts: "2031-03-04", Ends: "2031-03-05", Agenda: []Item{{At: "23:30", Until: "00:30"}}}, Move{Starts: "2031-05-12", Ends: "2031-05-12"}, "2031-05-12", "", false},
		"from a month to a day":       {Meeting{Starts: "2031-03", Ends: "2031-04"}, Move{Starts: "2031-05-12"}, "", "", true},
		"months":                      {Meeting{Starts: "2031-11", Ends: "2032-01"}, Move{Starts: "2032-02"}, "2032-04", "", true},
		"years":                       {Meeting{Starts: "2031", Ends: "2033"}, Move{Starts: "2030?"}, "2032?", "", true},
		"shorter than its agenda":     {days, Move{Starts: "2031-05-12", Ends: "2031-05-13"}, "2031-05-13", "", false},
		"into an hour that is not":    {Meeting{Starts: "2026-02-01", At: "02:30", Zone: "Europe/Brussels"}, Move{Starts: "2026-03-29"}, "", "02:30", false},
		"into an hour twice":          {Meeting{Starts: "2026-02-01", At: "02:30", Zone: "Europe/Brussels"}, Move{Starts: "2026-10-25"}, "", "02:30", false},
		"into one of the two":         {Meeting{Starts: "2026-02-01", At: "02:30", Zone: "Europe/Brussels"}, Move{Starts: "2026-10-25", Turn: when.Second}, "", "02:30", true},
		"an item's hour that is not":  {Meeting{Starts: "2026-02-01", Ends: "2026-02-02", Zone: "Europe/Brussels", Agenda: []Item{{Day: 2, At: "02:30"}}}, Move{Starts: "2026-03-28"}, "2026-03-29", "", false},
	} {
		m := c.from
		m.Type, m.Title = "expert", nil
		old := m
		m.Move(c.to)
		if m.Starts != c.to.Starts || m.Ends != c.ends || m.At != c.at || m.State != Postponed {
			t.Errorf("%s: %+v", name, m)
		}
		f := faultsOf(&old, &m)
		if (len(f) == 0) != c.ok {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// TestMoveLegacy: an item behind the last day, that was taken before there was a rule, does not hold
// a meeting where it is.
func TestMoveLegacy(t *testing.T) {
	m := Meeting{Starts: "2031-03-04", Ends: "2031-03-06", Agenda: []Item{{Day: 5}}}
	old := m
	m.Move(Move{Starts: "2031-05-12"})
	if f := faultsOf(&old, &m); len(f) > 0 {
		t.Error(f)
	}
	m.Ends = "2031-05-15"
	if f := faultsOf(&old, &m); len(f) != 1 {
		t.Error(f)
	}
}

func faultsOf(old, m *Meeting) (f fault.Fields) {
	reasoned := *m
	reasoned.Reason = text.Both("Calendars collide", "")
	check(&reasoned, &f)
	if hoursMoved(old, &reasoned) {
		checkHours(&reasoned, &f)
	}
	if daysMoved(old, &reasoned) {
		checkDays(&reasoned, &f)
	}
	return f
}
