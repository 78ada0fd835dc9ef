package web

import (
	"cmp"
	"slices"
	"strconv"

	"entente/access"
	"entente/dialogue"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
)

// CalendarsPage shows by which days deadlines are counted.
type CalendarsPage struct {
	Page
	Calendars []CalendarView
	New       string
	Acts      map[ref.ID]Acts
}

// CalendarView is the calendar of a side.
type CalendarView struct {
	ID    ref.ID
	Name  Said
	Side  Link
	Note  Said
	Years []CalendarYearView
}

// CalendarYearView is a year with its days, the newest year first.
type CalendarYearView struct {
	Year   int
	Open   bool
	Source Said
	Days   []CalendarDayView
}

// CalendarDayView is a day, or several in a row.
type CalendarDayView struct {
	When  string
	Day   string
	Week  string // the day of the week, of a single day
	Name  Said
	State StateWord
}

func (s *Server) calendarsPage(r *Request) error {
	r.in("dialogue")
	p := CalendarsPage{Page: r.Page}
	p.Title = p.T("calendar.title")
	list, err := s.dialogues.Calendars(r.Context(), r.Who, p.Dialogue.ID)
	if err != nil {
		return err
	}
	var sides []ref.ID
	for _, o := range list {
		sides = append(sides, ref.ID(o.Value.Side))
		p.Mark = stricter(p.Mark, o.Mark)
	}
	ns, err := s.named(r, sides...)
	if err != nil {
		return err
	}
	this := s.today(&p.Page).YearOf()
	for _, o := range list {
		p.Calendars = append(p.Calendars, calendarView(p.Words, o, ns, this))
	}
	if p.Acts, err = s.acts(r, headersOf(list)...); err != nil {
		return err
	}
	if p.Reader.Team {
		p.New = p.To("/new/calendar")
	}
	return s.ok(r, "calendars", p)
}

func calendarView(w Words, o access.Object[dialogue.Calendar], ns names, this int) CalendarView {
	v := CalendarView{ID: o.ID, Name: say(o.Value.Name, w.Lang), Note: say(o.Value.Note, w.Lang)}
	if t, ok := ns[ref.ID(o.Value.Side)]; ok {
		v.Side = linkTo(w, t)
	}
	for _, y := range o.Value.Years {
		year := CalendarYearView{Year: y.Year, Source: say(y.Source, w.Lang), Open: y.Year == this}
		for _, d := range o.Value.Days {
			if d.First.YearOf() == y.Year {
				year.Days = append(year.Days, calendarDay(w, d.First, d.Last, d.Kind, d.Name))
			}
		}
		slices.SortStableFunc(year.Days, func(a, b CalendarDayView) int { return cmp.Compare(a.Day, b.Day) })
		v.Years = append(v.Years, year)
	}
	slices.SortStableFunc(v.Years, func(a, b CalendarYearView) int { return b.Year - a.Year })
	return v
}

func calendarDay(w Words, first, last when.Date, kind dialogue.DayKind, name text.Multi) CalendarDayView {
	d := CalendarDayView{When: w.On(first, last), Day: string(first), Name: say(name, w.Lang), State: StateWord{"is-unknown", w.Option("calendar", "kind", string(kind))}}
	if last == "" || last == first {
		d.Week = w.T("calendar.weekday." + strconv.Itoa(int(first.First().Weekday())))
	}
	if kind == dialogue.Working {
		d.State.Class = "is-underway"
	}
	return d
}
