package meeting

import (
	"cmp"
	"reflect"
	"slices"
	"time"

	"entente/internal/text"
	"entente/internal/when"
)

// Move says to when a meeting is moved, later or earlier, and why.
type Move struct {
	Starts when.Date  // empty: there is no new date yet
	Ends   when.Date  // empty: the meeting is as long as it was
	At     when.Clock // empty: it begins at the hour at which it did
	Until  when.Clock // the same of its end
	Turn   when.Turn  // where its hours come twice that night
	Last   when.Turn  // the same of its end
	Reason text.Multi
}

// Move moves the meeting. Its hours and those of its agenda stay what a clock shows, and its agenda
// counts days from the first, so that both go along; with other hours the agenda goes as Along says.
// Hours want a day: where the new one is not known, those of the meeting are taken away.
func (m *Meeting) Move(to Move) {
	old := *m
	ends := to.Ends
	if ends == "" {
		ends = m.end(to.Starts)
	}
	if to.Starts.Precision() != when.Day || to.Starts.About() {
		m.At, m.Until = "", ""
	} else {
		m.At, m.Until = cmp.Or(to.At, m.At), cmp.Or(to.Until, m.Until)
	}
	if last := m.lastDay(); ends == "" && last > 1 && to.Starts.Precision() == when.Day {
		ends = to.Starts.Plus(last - 1) // the length was lost while no day was known; the agenda still has it
	}
	m.State, m.Starts, m.Ends, m.Turn, m.UntilTurn, m.Reason = Postponed, to.Starts, ends, to.Turn, to.Last, to.Reason
	m.Along(&old)
}

// Along moves the agenda by as much as the hour at which the meeting begins, where its end moved too
// or is not known: where all of it lay within the old hours, and nobody changed it beside. ok says
// that it was moved. What it cannot move Outside gives.
func (m *Meeting) Along(old *Meeting) (ok bool) {
	from, err := time.Parse("15:04", string(old.At))
	to, other := time.Parse("15:04", string(m.At))
	if err != nil || other != nil || from.Equal(to) || m.Until == old.Until && m.Until != "" || m.lastDay() > 1 ||
		!reflect.DeepEqual(agendaHours(old), agendaHours(m)) || len(old.Outside()) > 0 {
		return false
	}
	agenda := slices.Clone(m.Agenda)
	for i := range agenda {
		for _, c := range []*when.Clock{&agenda[i].At, &agenda[i].Until} {
			at, err := time.Parse("15:04", string(*c))
			if err != nil {
				continue // not stated
			}
			then := at.Add(to.Sub(from))
			if then.Day() != at.Day() {
				return false // it would be of another day
			}
			*c, ok = when.Clock(then.Format("15:04")), true
		}
	}
	if ok {
		m.Agenda = agenda
	}
	return ok
}

// Outside gives the places of those items of the agenda that lie, wholly or in part, before the hour at
// which the meeting begins or after the one at which it ends.
func (m *Meeting) Outside() (places []int) {
	last := m.span()
	for i, it := range m.Agenda {
		day, begins, ends := max(it.Day, 1), cmp.Or(it.At, it.Until), cmp.Or(it.Until, it.At)
		if begins == "" {
			continue
		}
		endDay := day
		if it.overnight() {
			endDay++
		}
		before := m.At != "" && day == 1 && begins < m.At
		after := m.Until != "" && last > 0 && (endDay > last || endDay == last && ends > m.Until)
		if before || after {
			places = append(places, i)
		}
	}
	return places
}

// agendaHours gives the hours of the agenda, item by item.
func agendaHours(m *Meeting) (out []Item) {
	for _, it := range m.Agenda {
		out = append(out, Item{Day: it.Day, At: it.At, Until: it.Until})
	}
	return out
}

// Distance gives by how many days a meeting that begins on another day is moved: less than 0 is
// earlier. ok is false where either is not known to the day.
func (m *Meeting) Distance(starts when.Date) (days int, ok bool) {
	if m.Starts.Precision() != when.Day || starts.Precision() != when.Day {
		return 0, false
	}
	return int(starts.First().Sub(m.Starts.First()).Hours()) / 24, true
}

// end gives the last day of the meeting where it begins on another day and is as long as it was;
// empty where it has no last day, or where the length is not known as precisely as the new day.
func (m *Meeting) end(starts when.Date) when.Date {
	p := m.Starts.Precision()
	if m.Ends == "" || m.Ends.Precision() != p || starts.Precision() != p {
		return ""
	}
	suffix := starts[len(starts.Bare()):]
	if p == when.Day {
		days, _ := m.Distance(starts)
		return m.Ends.Bare().Plus(days) + suffix
	}
	from, last, to := m.Starts.First(), m.Ends.First(), starts.First()
	moved := when.DateOf(last.AddDate(to.Year()-from.Year(), int(to.Month()-from.Month()), 0))
	return moved[:len(starts.Bare())] + suffix
}

// lastDay gives the last day that the agenda needs.
func (m *Meeting) lastDay() (last int) {
	for _, it := range m.Agenda {
		n := max(it.Day, 1)
		if it.overnight() {
			n++
		}
		last = max(last, n)
	}
	return last
}

// span gives how many days the meeting has; 0 where that is not known.
func (m *Meeting) span() int {
	if m.Starts.Precision() != when.Day || m.Ends != "" && m.Ends.Precision() != when.Day {
		return 0
	}
	if m.Ends == "" {
		return 1
	}
	return 1 + int(m.Ends.First().Sub(m.Starts.First()).Hours())/24
}
