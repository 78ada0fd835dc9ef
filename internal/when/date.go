// Package when has time as people in a dialogue state it: a date as precisely as it is known, a
// clock reading with the zone it was read in, and instants put into words. It must never make a
// date look better known than it is: what is known to the month is never shown with a day.
//
// Dates and clock readings are strings in their standard text form, so that they are comparable,
// pass through JSON and SQL unchanged, and read well in a log. A value that was converted from a
// string without being parsed and is not valid behaves like the zero value.
package when

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Error is the fault of a value that is not a date, a clock reading or a zone. Key is the
// message that says what is wrong and what would be right: fault.date, fault.date-year (of a year
// that is not taken), fault.date-none (of a day or month that no calendar has), fault.clock,
// fault.clock-range or fault.zone.
type Error struct {
	Key   string
	Value string
}

// Error gives the text for logs.
func (e *Error) Error() string { return fmt.Sprintf("%s: %q", e.Key, e.Value) }

// FaultKey gives the key of the message for the person who entered the value.
func (e *Error) FaultKey() string { return e.Key }

// FaultArgs gives what that message names.
func (e *Error) FaultArgs() []any {
	if e.Key == "fault.date-year" {
		return []any{"from", MinYear, "to", MaxYear}
	}
	return nil
}

// Precision says down to what a date is known.
type Precision int

// The precisions of a date.
const (
	None Precision = iota // not stated
	Year
	Month
	Day
)

// The years a date may lie in. Anything outside them is a slip of the keyboard in this field.
const (
	MinYear = 1900
	MaxYear = 2200
)

// Date is a civil date as precisely as it is known, in the text form of EDTF level 1 (ISO
// 8601-2:2019, clause 4): "2019", "2019-03", "2019-03-12", each with an optional qualifier of the
// whole date: "~" approximate (about), "?" uncertain (in Entente: inferred, nobody stated it),
// "%" both. The zero value is a date that is not stated. Other forms of level 1 (intervals,
// seasons, unspecified digits) are not taken.
type Date string

// ParseDate reads a date from its EDTF text; "" is the date that is not stated. The fault is an
// *Error.
func ParseDate(s string) (Date, error) {
	d := Date(s)
	if s != "" && !d.Valid() {
		return "", notDate(s)
	}
	return d, nil
}

// inChinese is the form of a date as Chinese writes it, 2026年1月1日.
var inChinese = regexp.MustCompile(`^(\d{4})\s*年(?:\s*(\d{1,2})\s*月(?:\s*(\d{1,2})\s*日)?)?([~?%]?)$`)

// Typed gives a date as ParseDate reads it where it was written as Chinese does.
func (Date) Typed(s string) string {
	m := inChinese.FindStringSubmatch(s)
	if m == nil {
		return s
	}
	d := m[1]
	for _, part := range m[2:4] {
		if part != "" {
			d += "-" + ("0" + part)[len(part)-1:]
		}
	}
	return d + m[4]
}

// dated is the form of a date, whatever its digits say.
var dated = regexp.MustCompile(`^(\d{4})(?:-\d{2}(?:-\d{2})?)?[~?%]?$`)

// notDate says why a text is not a date.
func notDate(s string) *Error {
	if m := dated.FindStringSubmatch(s); m != nil {
		if y, err := strconv.Atoi(m[1]); err == nil && y >= MinYear && y <= MaxYear {
			return &Error{Key: "fault.date-none", Value: s}
		}
		return &Error{Key: "fault.date-year", Value: s}
	}
	if _, err := strconv.ParseUint(s, 10, 64); err == nil && (len(s) < 4 || len(s) == 5) { // a year
		return &Error{Key: "fault.date-year", Value: s}
	}
	return &Error{Key: "fault.date", Value: s}
}

// DateOf gives the civil day of t in its own location.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return ""
	}
	return Date(t.Format(time.DateOnly))
}

// MarshalText gives the EDTF text. A value that is not a date is a fault, so that it is not stored.
func (d Date) MarshalText() ([]byte, error) {
	if d != "" && !d.Valid() {
		return nil, notDate(string(d))
	}
	return []byte(d), nil
}

// UnmarshalText reads the EDTF text as ParseDate does and leaves d alone on a fault.
func (d *Date) UnmarshalText(b []byte) error {
	v, err := ParseDate(string(b))
	if err == nil {
		*d = v
	}
	return err
}

// parts takes the date apart; month and day are 0 where not known. p is None for a date that is
// not stated or not valid.
func (d Date) parts() (y, m, day int, p Precision) {
	s := string(d)
	if n := len(s); n > 0 && (s[n-1] == '~' || s[n-1] == '?' || s[n-1] == '%') {
		s = s[:n-1]
	}
	for i := range len(s) {
		if dash := i == 4 || i == 7; dash != (s[i] == '-') || !dash && (s[i] < '0' || s[i] > '9') {
			return 0, 0, 0, None
		}
	}
	num := func(s string) (n int) {
		for i := range len(s) {
			n = n*10 + int(s[i]-'0')
		}
		return n
	}
	switch len(s) {
	case 10:
		day = num(s[8:])
		p = Day
		fallthrough
	case 7:
		m = num(s[5:7])
		p = max(p, Month)
		fallthrough
	case 4:
		y = num(s[:4])
		p = max(p, Year)
	}
	switch {
	case y < MinYear || y > MaxYear,
		p >= Month && (m < 1 || m > 12),
		p == Day && (day < 1 || day > daysIn(y, time.Month(m))):
		return 0, 0, 0, None
	}
	return y, m, day, p
}

func daysIn(y int, m time.Month) int {
	return time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func (d Date) suffix(either string) bool {
	if d == "" {
		return false
	}
	last := d[len(d)-1]
	return last == either[0] || last == either[1]
}

// Valid says whether d is stated and a date.
func (d Date) Valid() bool { return d.Precision() != None }

// IsZero says whether the date is not stated.
func (d Date) IsZero() bool { return d == "" }

// Precision says down to what the date is known; None when not stated.
func (d Date) Precision() Precision {
	_, _, _, p := d.parts()
	return p
}

// About says whether the date is approximate ("~" or "%").
func (d Date) About() bool { return d.suffix("~%") }

// Inferred says whether nobody stated the date and somebody concluded it ("?" or "%").
func (d Date) Inferred() bool { return d.suffix("?%") }

// Bare gives the date without its qualifier.
func (d Date) Bare() Date {
	if d.About() || d.Inferred() {
		return d[:len(d)-1]
	}
	return d
}

// YearOf gives the year, 0 when not stated.
func (d Date) YearOf() int {
	y, _, _, _ := d.parts()
	return y
}

// First gives the beginning, 00:00 UTC, of the first civil day the date can mean; the zero time
// when not stated. A qualifier does not widen it: EDTF says no width for "about".
func (d Date) First() time.Time {
	y, m, day, p := d.parts()
	if p == None {
		return time.Time{}
	}
	return time.Date(y, time.Month(max(m, 1)), max(day, 1), 0, 0, 0, 0, time.UTC)
}

// Last gives the beginning, 00:00 UTC, of the last civil day the date can mean: 31 December for
// a year. The zero time when not stated.
func (d Date) Last() time.Time {
	y, m, day, p := d.parts()
	switch p {
	case Year:
		return time.Date(y, 12, 31, 0, 0, 0, 0, time.UTC)
	case Month:
		return time.Date(y, time.Month(m), daysIn(y, time.Month(m)), 0, 0, 0, 0, time.UTC)
	case Day:
		return time.Date(y, time.Month(m), day, 0, 0, 0, 0, time.UTC)
	}
	return time.Time{}
}

// Plus gives the day n days later, or earlier, with the same qualifier. A date that is not known to
// the day stays what it is.
func (d Date) Plus(n int) Date {
	if d.Precision() != Day {
		return d
	}
	return DateOf(d.First().AddDate(0, 0, n)) + d[len(d.Bare()):]
}

// Sort gives a fixed-width key, the first day as "2019-03-12", by which texts sort in order of
// time. A date that is not stated gives "" and so comes first in ascending order and last in
// descending order; SortLast is for the other choice.
func (d Date) Sort() string {
	if !d.Valid() {
		return ""
	}
	return d.First().Format(time.DateOnly)
}

// SortLast is Sort with "9999-12-31" for a date that is not stated, which so comes last in
// ascending order.
func (d Date) SortLast() string {
	if s := d.Sort(); s != "" {
		return s
	}
	return "9999-12-31"
}

// Before says whether d certainly lies before o: every day that d can mean is before every day
// that o can mean. It is false where that cannot be decided ("2019" and "2019-03") and when
// either is not stated, so that a rule built on it refuses only what is certainly wrong.
func (d Date) Before(o Date) bool {
	return d.Valid() && o.Valid() && d.Last().Before(o.First())
}

// After says whether d certainly lies after o; see Before.
func (d Date) After(o Date) bool { return o.Before(d) }

// MonthOf says in which running month since start the instant now lies, in now's own location:
// 1 from the day of start until the day before the same day of the next month, and so on. It is
// 0 or less before start, and 0 when start is not stated. A start on a day that a month lacks
// counts from that month's last day. Of a start known to the month only, calendar months are
// counted. exact is false when start is known to the year only, and n then counts from January,
// or when start is qualified; the page must say so.
func MonthOf(start Date, now time.Time) (n int, exact bool) {
	y, m, day, p := start.parts()
	if p == None {
		return 0, false
	}
	ny, nm, nd := now.Date()
	n = (ny-y)*12 + int(nm) - max(m, 1) + 1
	if p == Day && nd < min(day, daysIn(ny, nm)) {
		n--
	}
	return n, p != Year && start == start.Bare()
}
