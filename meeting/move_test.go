package meeting

import (
	"reflect"
	"slices"
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

// TestMoveHours: with other hours the agenda goes along by as much where all of it lay within the old
// ones; where it cannot, it is told which items lie outside.
func TestMoveHours(t *testing.T) {
	at := func(hours ...when.Clock) (out []Item) {
		for i := 0; i < len(hours); i += 2 {
			out = append(out, Item{At: hours[i], Until: hours[i+1]})
		}
		return out
	}
	for name, c := range map[string]struct {
		from, until when.Clock // before
		items       []Item
		to          Move
		want        []Item
		outside     int
	}{
		"later":           {"09:00", "12:00", at("10:00", "11:00", "11:00", ""), Move{At: "14:00", Until: "17:00"}, at("15:00", "16:00", "16:00", ""), 0},
		"earlier":         {"14:30", "17:00", at("15:00", "16:00"), Move{At: "09:00", Until: "11:30"}, at("09:30", "10:30"), 0},
		"without an end":  {"09:00", "", at("10:00", "11:00"), Move{At: "10:15"}, at("11:15", "12:15"), 0},
		"longer in front": {"09:00", "12:00", at("10:00", "11:00"), Move{At: "08:00"}, at("10:00", "11:00"), 0},
		"cut in front":    {"09:00", "12:00", at("09:00", "10:00"), Move{At: "10:00"}, at("09:00", "10:00"), 1},
		"cut behind":      {"09:00", "12:00", at("10:00", "11:30"), Move{Until: "11:00"}, at("10:00", "11:30"), 1},
		"shorter":         {"09:00", "12:00", at("09:00", "12:00"), Move{At: "14:00", Until: "16:00"}, at("14:00", "17:00"), 1},
		"one was outside": {"09:00", "12:00", at("08:00", "", "10:00", "11:00"), Move{At: "14:00", Until: "17:00"}, at("08:00", "", "10:00", "11:00"), 2},
		"over midnight":   {"09:00", "", at("10:00", "20:00"), Move{At: "14:00"}, at("10:00", "20:00"), 1},
		"as it was":       {"09:00", "12:00", at("10:00", "11:00"), Move{}, at("10:00", "11:00"), 0},
	} {
		m := Meeting{Starts: "2031-03-04", At: c.from, Until: c.until, Agenda: c.items}
		before := slices.Clone(c.items)
		c.to.Starts = "2031-03-05"
		m.Move(c.to)
		if !reflect.DeepEqual(m.Agenda, c.want) || len(m.Outside()) != c.outside {
			t.Errorf("%s: %+v, outside %v", name, m.Agenda, m.Outside())
		}
		if !reflect.DeepEqual(c.items, before) {
			t.Errorf("%s: what stood was written over", name)
		}
	}
	days := Meeting{Starts: "2031-03-04", Ends: "2031-03-05", At: "09:00", Until: "12:00", Agenda: []Item{{At: "08:30"}, {At: "16:00"}, {Day: 2, At: "08:00", Until: "11:00"}, {Day: 2, At: "12:30"}}}
	if got := days.Outside(); !slices.Equal(got, []int{0, 3}) {
		t.Errorf("of two days: %v", got)
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
