package timeline

import (
	"strconv"
	"time"
)

// scale places days on the chart.
type scale struct {
	ok     bool  // there are dates at all
	lo, hi int64 // days since 1970, from inclusive to exclusive
	unit   unit
	step   int // years, for the unit of years
}

// unit is what the finer lines of the grid stand for.
type unit int

const (
	weeks unit = iota
	months
	quarters
	years
)

func dayOf(t time.Time) int64 {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

func (s scale) date(day int64) time.Time { return time.Unix(day*86400, 0).UTC() }

// x gives the place of the beginning of a day, which may lie outside the chart.
func (s scale) x(day int64) float64 {
	return left + float64(day-s.lo)/float64(s.hi-s.lo)*(right-left)
}

// fit finds the bounds and the unit of a plan: as fine as leaves room for the words.
func fit(p Plan) scale {
	var s scale
	p.eachSpan(func(lo, hi int64) {
		if !s.ok || lo < s.lo {
			s.lo = lo
		}
		if !s.ok || hi > s.hi {
			s.hi = hi
		}
		s.ok = true
	})
	if !s.ok && !p.Today.IsZero() { // nothing dated: the year we are in
		y := p.Today.Year()
		s.lo, s.hi, s.ok = dayOf(time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC)), dayOf(time.Date(y+1, 1, 1, 0, 0, 0, 0, time.UTC)), true
	}
	if !p.From.IsZero() {
		s.lo = dayOf(p.From)
		if !s.ok {
			s.hi = s.lo + 1
		}
		s.ok = true
	}
	if !p.To.IsZero() {
		s.hi = dayOf(p.To) + 1
		if !s.ok {
			s.lo = s.hi - 1
		}
		s.ok = true
	}
	if !s.ok {
		return s
	}
	if s.hi <= s.lo {
		s.lo, s.hi = min(s.lo, s.hi), max(s.lo, s.hi)+1
	}
	switch days := s.hi - s.lo; {
	case days <= 130:
		s.unit = weeks
	case days <= 27*31:
		s.unit = months
	case days <= 7*366+200:
		s.unit = quarters
	default:
		s.unit = years
		s.step = 1
		for _, f := range []int{2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000} {
			if days/366/int64(s.step) <= 18 {
				break
			}
			s.step = f
		}
	}
	if p.From.IsZero() {
		s.lo = dayOf(s.floor(s.date(s.lo)))
	}
	if p.To.IsZero() {
		if end := s.floor(s.date(s.hi)); dayOf(end) != s.hi {
			s.hi = dayOf(s.next(end))
		}
	}
	return s
}

// floor gives the beginning of the unit that t lies in; for weeks, of the month.
func (s scale) floor(t time.Time) time.Time {
	y, m, _ := t.Date()
	switch s.unit {
	case quarters:
		m = (m-1)/3*3 + 1
	case years:
		m = 1
		y -= ((y % s.step) + s.step) % s.step
	}
	return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
}

func (s scale) next(t time.Time) time.Time {
	switch s.unit {
	case quarters:
		return t.AddDate(0, 3, 0)
	case years:
		return t.AddDate(s.step, 0, 0)
	}
	return t.AddDate(0, 1, 0)
}

// tick is a line of the grid with its words.
type tick struct {
	x     float64
	major bool
	word  string  // of the finer unit
	head  string  // of the coarser one, where it begins
	room  float64 // up to the next head
}

// ticks lists the lines of the grid inside the chart, and the head of what the chart begins in
// the middle of.
func (s scale) ticks(w Words) []tick {
	year := func(y int) string {
		if w.Year != nil {
			return w.Year(y)
		}
		return strconv.Itoa(y)
	}
	month := func(m time.Month) string {
		if name := w.Months[m-1]; name != "" {
			return name
		}
		return strconv.Itoa(int(m))
	}
	var out []tick
	t := s.floor(s.date(s.lo))
	for dayOf(t) < s.hi {
		end := s.next(t)
		k := tick{x: s.x(max(dayOf(t), s.lo)), major: t.Month() == 1}
		first := dayOf(t) <= s.lo
		switch s.unit {
		case weeks:
			k.major = true
			if w.Month != nil {
				k.head = w.Month(t.Year(), t.Month())
			} else {
				k.head = month(t.Month()) + " " + year(t.Year())
			}
		case years:
			k.major = true
			k.head = year(t.Year())
		default:
			k.word = month(t.Month())
			if k.major || first {
				k.head = year(t.Year())
			}
		}
		out = append(out, k)
		if s.unit == weeks {
			for d := max(dayOf(t), s.lo); d < min(dayOf(end), s.hi); d++ {
				if date := s.date(d); date.Weekday() == time.Monday {
					out = append(out, tick{x: s.x(d), word: strconv.Itoa(date.Day())})
				}
			}
		}
		t = end
	}
	next := float64(right)
	for i := len(out) - 1; i >= 0; i-- {
		out[i].room = next - out[i].x
		if out[i].head != "" {
			next = out[i].x
		}
	}
	return out
}
