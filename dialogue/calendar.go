package dialogue

import (
	"strconv"
	"time"

	"entente/access"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
)

// Calendar says on which days a side works, where that differs from the plain week: deadlines are
// counted by the calendars of both sides. A year that is not among its years has not been
// announced, and counts as a plain week.
type Calendar struct {
	Name  text.Multi     `json:"name" shape:"required,label"`
	Side  ref.Side       `json:"side" shape:"required"`
	Note  text.Multi     `json:"note,omitempty" shape:"long"`
	Years []CalendarYear `json:"years,omitempty"`
	Days  []CalendarDay  `json:"days,omitempty"`
}

// CalendarYear is a year of which the days are known, and from where.
type CalendarYear struct {
	Year   int        `json:"year" shape:"required"`
	Source text.Multi `json:"source,omitempty"`
}

// DayKind says what a day of a calendar is.
type DayKind string

// The kinds of day.
const (
	Off     DayKind = "off"     // a holiday
	Working DayKind = "working" // a weekend day on which people work
)

// Options lists the kinds of day.
func (DayKind) Options() []string { return []string{string(Off), string(Working)} }

// CalendarDay is a day, or several in a row.
type CalendarDay struct {
	First when.Date  `json:"first" shape:"required"`
	Last  when.Date  `json:"last,omitempty"` // empty: one day
	Kind  DayKind    `json:"kind" shape:"required"`
	Name  text.Multi `json:"name,omitempty"`
}

// longestHoliday is how many days in a row may be one entry: more is a slip of the keyboard.
const longestHoliday = 31

// Calendars is how calendars are kept. Their days are read wherever a deadline is counted.
var Calendars = &access.Kind[Calendar]{
	Name: "calendar", Table: "dialogue_calendar",
	Parts: []access.Part[Calendar]{{Table: "calendar_day", Columns: []string{"day", "works", "side"}, Rows: func(c *Calendar) [][]any {
		var rows [][]any
		for _, d := range c.Days {
			works := int64(0)
			if d.Kind == Working {
				works = 1
			}
			for _, day := range d.each() {
				rows = append(rows, []any{string(day), works, string(c.Side)})
			}
		}
		return rows
	}}},
	Check: checkCalendar,
}

// each gives the days of an entry.
func (d CalendarDay) each() (days []when.Date) {
	from, to := d.First.First(), d.First.First()
	if d.Last != "" {
		to = d.Last.First()
	}
	for t := from; !t.After(to) && len(days) < longestHoliday; t = t.AddDate(0, 0, 1) {
		days = append(days, when.DateOf(t))
	}
	return days
}

// checkCalendar wants days that are days, each said once, in years whose source is named. Work is
// said of weekend days alone: all others are worked unless they are off.
func checkCalendar(c *Calendar, f *fault.Fields) {
	years, seen := map[int]bool{}, map[when.Date]bool{}
	for i, y := range c.Years {
		if years[y.Year] {
			f.Add("years."+strconv.Itoa(i)+".year", strconv.Itoa(y.Year), "fault.twice")
		}
		years[y.Year] = true
	}
	for i, d := range c.Days {
		at := "days." + strconv.Itoa(i) + "."
		if d.First.Precision() != when.Day || d.First != d.First.Bare() {
			f.Add(at+"first", string(d.First), "fault.day")
			continue
		}
		if d.Last != "" && (d.Last.Precision() != when.Day || d.Last != d.Last.Bare()) {
			f.Add(at+"last", string(d.Last), "fault.day")
			continue
		}
		if d.Last != "" && (d.Last.Before(d.First) || d.Last.First().Sub(d.First.First()) >= longestHoliday*24*time.Hour) {
			f.Add(at+"last", string(d.Last), "fault.calendar-span", "days", strconv.Itoa(longestHoliday))
			continue
		}
		for _, day := range d.each() {
			switch w := day.First().Weekday(); {
			case seen[day]:
				f.Add(at+"first", string(day), "fault.twice")
			case !years[day.YearOf()]:
				f.Add(at+"first", string(day), "fault.calendar-year", "year", strconv.Itoa(day.YearOf()))
			case d.Kind == Working && w != time.Saturday && w != time.Sunday:
				f.Add(at+"kind", string(day), "fault.calendar-weekday")
			default:
				seen[day] = true
				continue
			}
			break
		}
	}
}
