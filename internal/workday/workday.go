// Package workday counts working days by the calendars of several sides. A day counts only when
// every calendar works on it. A calendar lists what differs from the plain week, Monday to Friday:
// holidays, and the weekend days that are worked instead (调休). It must never guess: where a
// calendar says nothing about a year, the plain week stands, and Unannounced says so.
package workday

import (
	"slices"
	"time"

	"entente/internal/when"
)

// farthest is how many days a count goes at most. A duty's deadline is weeks away; whoever asks
// for more made a slip.
const farthest = 20 * 366

// Calendar is one calendar of working days. Use New.
type Calendar struct {
	Side  string       // whose it is
	days  map[int]bool // by day number: whether people work
	years map[int]bool // those of which it says something
}

// New makes a calendar that says nothing yet.
func New(side string) Calendar {
	return Calendar{Side: side, days: map[int]bool{}, years: map[int]bool{}}
}

// Set says of a day whether people work. A date that is not known to the day is left out.
func (c Calendar) Set(d when.Date, works bool) {
	if n, ok := number(d); ok {
		c.days[n] = works
		c.years[d.YearOf()] = true
	}
}

func (c Calendar) works(n int) bool {
	if w, said := c.days[n]; said {
		return w
	}
	// Day 0, 1 January 1970, was a Thursday.
	weekday := ((n+4)%7 + 7) % 7
	return weekday != int(time.Saturday) && weekday != int(time.Sunday)
}

// Calendars are those by which days are counted together. None is the plain week.
type Calendars []Calendar

// Works says whether the day is a working day of all of them.
func (cs Calendars) Works(d when.Date) bool {
	n, ok := number(d)
	return ok && cs.all(n)
}

func (cs Calendars) all(n int) bool {
	if len(cs) == 0 {
		return Calendar{}.works(n)
	}
	for _, c := range cs {
		if !c.works(n) {
			return false
		}
	}
	return true
}

// Add gives the nth working day after d, before it when n is negative. For 0 it is d itself, or
// the next working day after it. A date that is not known to the day gives none.
func (cs Calendars) Add(d when.Date, n int) when.Date {
	at, ok := number(d)
	if !ok {
		return ""
	}
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	if n == 0 && cs.all(at) {
		return date(at)
	}
	for range farthest {
		at += step
		if cs.all(at) {
			n--
		}
		if n <= 0 && cs.all(at) {
			break
		}
	}
	return date(at)
}

// Between counts the working days after from, up to and with to: how many are left on the day
// from until a deadline to. When to lies before from it is negative: by how many it is late. It is 0
// where one of them is not known to the day.
func (cs Calendars) Between(from, to when.Date) int {
	a, ok1 := number(from)
	b, ok2 := number(to)
	if !ok1 || !ok2 {
		return 0
	}
	sign := 1
	if b < a {
		a, b, sign = b, a, -1
	}
	n := 0
	count := func(from, to int) {
		for d := from; d <= to; d++ {
			if cs.all(d) {
				n++
			}
		}
	}
	near := min(b, a+farthest) // beyond it no calendar reaches: whole weeks there are plain ones
	weeks := (b - near) / 7
	count(a+1, near)
	count(near+7*weeks+1, b)
	return sign * (n + 5*weeks)
}

// Of gives those of one side.
func (cs Calendars) Of(side string) Calendars {
	return slices.DeleteFunc(slices.Clone(cs), func(c Calendar) bool { return c.Side != side })
}

// Unannounced gives the years from one date to another of which some calendar says nothing, so
// that only weekends are left out there.
func (cs Calendars) Unannounced(from, to when.Date) (years []int) {
	for y := from.YearOf(); y > 0 && y <= to.YearOf(); y++ {
		if len(cs) == 0 || slices.ContainsFunc(cs, func(c Calendar) bool { return !c.years[y] }) {
			years = append(years, y)
		}
	}
	return years
}

// Through gives the last year, from one on without a gap, of which every calendar says something; 0
// where they do not say anything of that one.
func (cs Calendars) Through(year int) (last int) {
	for ; len(cs) > 0 && !slices.ContainsFunc(cs, func(c Calendar) bool { return !c.years[year] }); year++ {
		last = year
	}
	return last
}

// number counts days from 1 January 1970.
func number(d when.Date) (int, bool) {
	if d.Precision() != when.Day {
		return 0, false
	}
	return int(d.First().Unix() / 86400), true // exact: it begins at 00:00 UTC
}

func date(n int) when.Date {
	return when.DateOf(time.Unix(int64(n)*86400, 0).UTC())
}
