package meeting

import (
	"cmp"

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
// counts days from the first, so that both go along. Hours want a day: where the new one is not
// known, those of the meeting are taken away.
func (m *Meeting) Move(to Move) {
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
