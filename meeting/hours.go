package meeting

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"entente/internal/fault"
	"entente/internal/when"
)

// hour is one of a meeting's hours, with the day on which it is shown.
type hour struct {
	path string
	day  when.Date
	at   when.Clock
}

// hours gives the hours that are stated, those of the agenda among them.
func (m *Meeting) hours() (out []hour) {
	add := func(path string, day when.Date, at when.Clock) {
		if at != "" {
			out = append(out, hour{path, day, at})
		}
	}
	add("at", m.Starts, m.At)
	add("until", cmp.Or(m.Ends, m.Starts), m.Until)
	for i, it := range m.Agenda {
		day := m.Starts
		if it.Day > 1 {
			day = m.Starts.Bare().Plus(it.Day - 1)
		}
		path := "agenda." + strconv.Itoa(i)
		add(path+".at", day, it.At)
		if it.overnight() {
			day = day.Bare().Plus(1)
		}
		add(path+".until", day, it.Until)
	}
	return out
}

// longestNight bounds an item that ends after midnight: an end that would come later than that is a
// begin and an end confused.
const longestNight = 12 * time.Hour

// overnight says whether an item ends after midnight.
func (it Item) overnight() bool {
	if it.At == "" || it.Until == "" || it.Until >= it.At {
		return false
	}
	at, err := time.Parse("15:04", string(it.At))
	until, other := time.Parse("15:04", string(it.Until))
	return err == nil && other == nil && until.Add(24*time.Hour).Sub(at) <= longestNight
}

// EndTurn says which of two hours the end is. Before the end had a turn of its own, one counted for both.
func (m *Meeting) EndTurn() when.Turn { return cmp.Or(m.UntilTurn, m.Turn) }

// instants gives the instants at which the meeting begins and ends, where both are known.
func (m *Meeting) instants() (from, to time.Time, ok bool) {
	from, begins := when.Moment(m.Starts.Bare(), m.At, m.Zone, m.Turn)
	to, ends := when.Moment(cmp.Or(m.Ends, m.Starts).Bare(), m.Until, m.Zone, m.EndTurn())
	return from, to, begins && ends
}

// hoursMoved says whether anything that checkHours asks for was changed. What stood before the
// rules were there does not stand in the way of other changes.
func hoursMoved(old, m *Meeting) bool {
	return !reflect.DeepEqual(old.hours(), m.hours()) || old.Zone != m.Zone || old.Turn != m.Turn || old.UntilTurn != m.UntilTurn
}

// daysMoved says whether anything that checkDays asks for was changed: a meeting that is moved and
// is as long as it was keeps its agenda.
func daysMoved(old, m *Meeting) bool {
	return old.span() != m.span() || !reflect.DeepEqual(days(old), days(m))
}

func days(m *Meeting) (out []int) {
	for _, it := range m.Agenda {
		out = append(out, it.Day)
	}
	return out
}

// checkHours refuses hours without a day, hours that no clock shows, hours that come twice where it is
// not said which is meant, and what is said of two hours where none comes twice.
func checkHours(m *Meeting, f *fault.Fields) {
	if m.Until != "" && m.At == "" {
		f.Add("at", "", "fault.hour-begin", "until", string(m.Until))
	}
	asked := false
	var dayless []string
	twice, ends := false, false // some hour for which Turn counts comes twice, and the end does
	for _, h := range m.hours() {
		path, day := "starts", m.Starts // the agenda's days are counted from it
		if h.path == "until" && m.Ends != "" {
			path, day = "ends", m.Ends
		}
		if day.Precision() != when.Day || day.About() {
			if m.State == Postponed && strings.HasPrefix(h.path, "agenda.") {
				continue // the agenda keeps its hours for the day that is to come
			}
			key := "fault.hour-day"
			if day == "" {
				key = "fault.hour-dayless"
			}
			if !slices.Contains(dayless, path) { // told once, and not for each item of an agenda
				dayless = append(dayless, path)
				f.Add(path, string(day), key, "at", string(h.at))
			}
			continue
		}
		if m.Zone == "" {
			continue
		}
		switch n := len(when.Moments(h.day, h.at, m.Zone)); {
		case n == 0:
			f.Add(h.path, string(h.at), "fault.hour-never", "zone", string(m.Zone), "day", string(h.day.Bare()))
		case n > 1:
			ends = ends || h.path == "until"
			if h.path == "until" && m.UntilTurn != "" {
				continue
			}
			if twice = true; m.Turn == "" && !asked {
				asked = true
				f.Add("turn", "", "fault.hour-twice", "at", string(h.at), "zone", string(m.Zone), "day", string(h.day.Bare()))
			}
		}
	}
	if m.Turn != "" && !twice {
		f.Add("turn", string(m.Turn), "fault.hour-once")
	}
	if m.UntilTurn != "" && !ends {
		f.Add("until_turn", string(m.UntilTurn), "fault.hour-once")
	}
}

// checkDays refuses days of the agenda behind the last.
func checkDays(m *Meeting, f *fault.Fields) {
	last := m.span()
	for i, it := range m.Agenda {
		if last > 0 && it.Day > last {
			f.Add("agenda."+strconv.Itoa(i)+".day", strconv.Itoa(it.Day), "fault.agenda-day", "days", last)
		}
	}
}
