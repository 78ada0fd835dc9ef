package meeting

import (
	"strings"
	"testing"

	"entente/internal/fault"
	"entente/internal/text"
)

func TestHours(t *testing.T) {
	base := Meeting{Title: text.Both("Seminar", ""), Type: "seminar", State: Planned, Zone: "Europe/Brussels"}
	for name, c := range map[string]struct {
		change func(*Meeting)
		want   string // path and key of each fault
	}{
		"an ordinary day":          {func(m *Meeting) { m.Starts, m.At, m.Until = "2026-03-30", "09:00", "17:00" }, ""},
		"no hour":                  {func(m *Meeting) { m.Starts = "2026-12" }, ""},
		"an hour without a day":    {func(m *Meeting) { m.Starts, m.At = "2026-12", "09:00" }, "starts fault.hour-day"},
		"an hour about a day":      {func(m *Meeting) { m.Starts, m.At = "2026-12-01~", "09:00" }, "starts fault.hour-day"},
		"an end without a day":     {func(m *Meeting) { m.Starts, m.At, m.Ends, m.Until = "2026-12-01", "08:00", "2026-12", "09:00" }, "ends fault.hour-day"},
		"an hour without any day":  {func(m *Meeting) { m.At = "09:00" }, "starts fault.hour-dayless"},
		"an end without a begin":   {func(m *Meeting) { m.Starts, m.Until = "2026-12-01", "10:00" }, "at fault.hour-begin"},
		"an hour that is not":      {func(m *Meeting) { m.Starts, m.At = "2026-03-29", "02:30" }, "at fault.hour-never"},
		"an end that is not":       {func(m *Meeting) { m.Starts, m.At, m.Until = "2026-03-29", "01:30", "02:30" }, "until fault.hour-never"},
		"there elsewhere":          {func(m *Meeting) { m.Starts, m.At, m.Zone = "2026-03-29", "02:30", "Asia/Shanghai" }, ""},
		"an hour that comes twice": {func(m *Meeting) { m.Starts, m.At = "2026-10-25", "02:30" }, "turn fault.hour-twice"},
		"one of the two":           {func(m *Meeting) { m.Starts, m.At, m.Turn = "2026-10-25", "02:30", "second" }, ""},
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
		var got []string
		for _, x := range f {
			got = append(got, x.Path+" "+x.Key)
		}
		if strings.Join(got, "; ") != c.want {
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

func TestTurnGoes(t *testing.T) {
	m := Meeting{Starts: "2026-10-25", At: "02:30", Zone: "Europe/Brussels", Turn: "second"}
	if settleTurn(&m); m.Turn != "second" {
		t.Error("what was said of an hour that comes twice is gone")
	}
	m.At = "09:00"
	if settleTurn(&m); m.Turn != "" {
		t.Error("it is said of an hour that comes once")
	}
}
