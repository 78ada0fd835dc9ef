package meeting

import (
	"strings"
	"testing"

	"entente/internal/fault"
	"entente/internal/text"
	"entente/internal/when"
)

func TestHours(t *testing.T) {
	base := Meeting{Title: text.Both("Seminar", ""), Type: "seminar", State: Planned, Zone: "Europe/Brussels"}
	for name, c := range map[string]struct {
		change func(*Meeting)
		want   string // path and key of each fault
	}{
		"an ordinary day":         {func(m *Meeting) { m.Starts, m.At, m.Until = "2026-03-30", "09:00", "17:00" }, ""},
		"no hour":                 {func(m *Meeting) { m.Starts = "2026-12" }, ""},
		"an hour without a day":   {func(m *Meeting) { m.Starts, m.At = "2026-12", "09:00" }, "starts fault.hour-day"},
		"an hour about a day":     {func(m *Meeting) { m.Starts, m.At = "2026-12-01~", "09:00" }, "starts fault.hour-day"},
		"an end without a day":    {func(m *Meeting) { m.Starts, m.At, m.Ends, m.Until = "2026-12-01", "08:00", "2026-12", "09:00" }, "ends fault.hour-day"},
		"an hour without any day": {func(m *Meeting) { m.At = "09:00" }, "starts fault.hour-dayless"},
		"an agenda's hours without a day": {func(m *Meeting) {
			m.Starts, m.Agenda = "2026-12", []Item{{At: "10:00", Until: "11:00"}, {Day: 2, At: "10:00"}}
		}, "starts fault.hour-day"},
		"an agenda's hour without any day": {func(m *Meeting) { m.Agenda = []Item{{At: "10:00"}} }, "starts fault.hour-dayless"},
		"an agenda about a day":            {func(m *Meeting) { m.Starts, m.Agenda = "2026-12-01~", []Item{{Until: "10:00"}} }, "starts fault.hour-day"},
		"an end without a begin":           {func(m *Meeting) { m.Starts, m.Until = "2026-12-01", "10:00" }, "at fault.hour-begin"},
		"an hour that is not":              {func(m *Meeting) { m.Starts, m.At = "2026-03-29", "02:30" }, "at fault.hour-never"},
		"an end that is not":               {func(m *Meeting) { m.Starts, m.At, m.Until = "2026-03-29", "01:30", "02:30" }, "until fault.hour-never"},
		"there elsewhere":                  {func(m *Meeting) { m.Starts, m.At, m.Zone = "2026-03-29", "02:30", "Asia/Shanghai" }, ""},
		"an hour that comes twice":         {func(m *Meeting) { m.Starts, m.At = "2026-10-25", "02:30" }, "turn fault.hour-twice"},
		"one of the two":                   {func(m *Meeting) { m.Starts, m.At, m.Turn = "2026-10-25", "02:30", "second" }, ""},
		"the agenda's": {func(m *Meeting) {
			m.Starts, m.Ends, m.Agenda = "2026-03-28", "2026-03-29", []Item{{Day: 2, At: "02:15"}}
		}, "agenda.0.at fault.hour-never"},
		"a day behind the last": {func(m *Meeting) { m.Starts, m.Ends, m.Agenda = "2026-05-04", "2026-05-06", []Item{{Day: 3}, {Day: 5}} }, "agenda.1.day fault.agenda-day"},
	} {
		m := base
		c.change(&m)
		var f fault.Fields
		checkHours(&m, &f)
		checkDays(&m, &f)
		if got := pathsAndKeys(f); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestHoursThatStood: what was written before there were rules can be changed otherwise.
func TestHoursThatStood(t *testing.T) {
	old := Meeting{Title: text.Both("Seminar", ""), Starts: "2026-12", At: "09:00"}
	m := old
	m.Place = text.Both("Beijing", "")
	if hoursMoved(&old, &m) {
		t.Error("a place is no hour")
	}
	m.Starts = "2027-01"
	if !hoursMoved(&old, &m) {
		t.Error("another month")
	}
}

// TestTurns: each end has its turn, the end that of the begin where nothing is said of it, and what is said
// of an hour that comes once is refused.
func TestTurns(t *testing.T) {
	for name, c := range map[string]struct {
		at, until       when.Clock
		turn, untilTurn when.Turn
		want            string
		minutes         int
	}{
		"over the end of summer time":     {"02:50", "02:10", "first", "second", "", 20},
		"the same hour twice":             {"02:30", "02:30", "first", "second", "", 60},
		"the other way round":             {"02:10", "02:50", "second", "first", "until_turn fault.period-turn", -20},
		"as it was said before":           {"02:10", "02:50", "second", "", "", 40},
		"a begin before, an end after":    {"01:00", "02:30", "", "second", "", 150},
		"one turn for the end alone":      {"01:00", "02:30", "second", "", "", 150},
		"an end of which nothing is said": {"01:00", "02:30", "", "", "turn fault.hour-twice", 90},
		"back within the same turn":       {"02:50", "02:10", "first", "", "until fault.period-midnight", -40},
		"no hour that comes twice":        {"09:00", "10:00", "second", "", "turn fault.hour-once", 60},
		"no end that comes twice":         {"02:30", "10:00", "second", "first", "until_turn fault.hour-once", 450},
		"a turn of the end for the begin": {"02:30", "02:40", "", "second", "turn fault.hour-twice", 70},
	} {
		m := Meeting{Starts: "2026-10-25", At: c.at, Until: c.until, Zone: "Europe/Brussels", Turn: c.turn, UntilTurn: c.untilTurn}
		if f := faultsOf(&Meeting{}, &m); pathsAndKeys(f) != c.want {
			t.Errorf("%s: %q, want %q", name, pathsAndKeys(f), c.want)
		}
		if from, to, ok := m.instants(); !ok || int(to.Sub(from).Minutes()) != c.minutes {
			t.Errorf("%s: from %v to %v", name, from, to)
		}
	}
}

func pathsAndKeys(fs fault.Fields) string {
	var got []string
	for _, x := range fs {
		got = append(got, x.Path+" "+x.Key)
	}
	return strings.Join(got, "; ")
}
