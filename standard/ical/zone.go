package ical

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
)

// zones collects the time zones that events name, and from when to when, so that each gets one
// VTIMEZONE (section 3.6.5) that covers them.
type zones map[string]*span

type span struct {
	zone        *time.Location
	first, last time.Time
}

// use gives t in the named zone and notes it. UTC needs no component (section 3.3.5, form 2).
func (z *zones) use(name string, t time.Time) (time.Time, error) {
	switch name {
	case "", "UTC", "Etc/UTC", "Etc/GMT", "GMT":
		return t.In(time.UTC), nil
	case "Local": // the server's own, which no reader knows
		return t, fmt.Errorf("unknown time zone %q", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil || strings.ContainsAny(name, ",;:\"'\\") {
		return t, fmt.Errorf("unknown time zone %.40q", name)
	}
	if *z == nil {
		*z = zones{}
	}
	s := (*z)[name]
	if s == nil {
		s = &span{zone: loc, first: t, last: t}
		(*z)[name] = s
	}
	if t.Before(s.first) {
		s.first = t
	}
	if t.After(s.last) {
		s.last = t
	}
	return t.In(s.zone), nil
}

// components gives the zones in the order of their names. A calendar must have one component at
// least (section 3.4): an empty one gets UTC's.
func (z zones) components(empty bool) []*ics.VTimezone {
	if empty {
		z = zones{"Etc/UTC": {zone: time.UTC, first: time.Unix(0, 0), last: time.Unix(0, 0)}}
	}
	names := make([]string, 0, len(z))
	for name := range z {
		names = append(names, name)
	}
	slices.Sort(names)
	var out []*ics.VTimezone
	for _, name := range names {
		v := ics.NewTimezone(name)
		for _, r := range rules(z[name].zone, z[name].first, z[name].last) {
			v.Components = append(v.Components, r.component())
		}
		out = append(out, v)
	}
	return out
}

// onset is a moment from which a zone keeps one offset.
type onset struct {
	at       time.Time // in the zone
	local    time.Time // the wall clock at that moment in the offset before it, as if it were UTC
	from, to int       // offsets in seconds
	name     string
	daylight bool
}

// rule is an onset and those that repeat it every year after (section 3.8.5.3).
type rule struct {
	onset
	years int
	last  onset
	week  int  // 1 to 5: the n-th such weekday of its month; -1: the last one
	open  bool // holds as far as was looked
}

// ahead is how many years behind the last event are looked at. Several, so that a client which
// knows a zone only by its recurring rule finds it, and so that what happens to fall alike in two
// years is not taken for a rule.
const ahead = 8

// rules describes zone from the onset in force at first to the end of the last year and some
// years more, from Go's tz database: runs of the same n-th weekday at the same hour become one
// yearly rule; what is irregular (Morocco's Ramadan, a government's decision) stays single.
func rules(zone *time.Location, first, last time.Time) []rule {
	first = first.In(zone)
	all := onsets(zone, first.Year()-1, last.In(zone).Year()+ahead)
	i := 0 // the first onset after first
	for i < len(all) && !all[i].at.After(first) {
		i++
	}
	if i > 0 {
		return runs(all[i-1:])
	}
	// No change in the year before: the offset counts as old as computers' time.
	began := onset{local: time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), daylight: first.IsDST()}
	if first.Year() <= 1970 {
		began.local = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	began.name, began.to = first.Zone()
	began.from = began.to
	return append([]rule{{onset: began, years: 1}}, runs(all)...)
}

// onsets lists the changes of a zone in the given years. It looks at every day rather than ask
// Time.ZoneBounds, which counts New Year as a change where the tz database gives only a rule and,
// in leap years, never gets past 31 December (golang/go#81583).
func onsets(zone *time.Location, from, to int) []onset {
	var out []onset
	same := func(a, b time.Time) bool {
		an, ao := a.Zone()
		bn, bo := b.Zone()
		return ao == bo && an == bn && a.IsDST() == b.IsDST()
	}
	end := time.Date(to+1, 1, 1, 0, 0, 0, 0, zone)
	for t := time.Date(from, 1, 1, 0, 0, 0, 0, zone); t.Before(end); t = t.Add(24 * time.Hour) {
		if same(t, t.Add(24*time.Hour)) {
			continue
		}
		n := sort.Search(24*60*60, func(s int) bool { return !same(t, t.Add(time.Duration(s)*time.Second)) })
		at := t.Add(time.Duration(n) * time.Second)
		_, before := t.Zone()
		name, after := at.Zone()
		out = append(out, onset{at, at.UTC().Add(time.Duration(before) * time.Second), before, after, name, at.IsDST()})
	}
	return out
}

// runs gathers onsets into rules.
func runs(all []onset) []rule {
	var out []*rule
	open := map[onset]*rule{} // by everything but the moment
	for _, o := range all {
		key := onset{from: o.from, to: o.to, name: o.name, daylight: o.daylight}
		if r := open[key]; r != nil && r.extend(o) {
			continue
		}
		r := &rule{onset: o, years: 1, last: o}
		out = append(out, r)
		open[key] = r
	}
	rs := make([]rule, len(out))
	for i, r := range out {
		r.open = len(all) > 0 && r.last.local.Year() >= all[len(all)-1].local.Year()
		rs[i] = *r
	}
	return rs
}

// extend takes o into the run if it falls a year after the last on the same rule.
func (r *rule) extend(o onset) bool {
	a, b := r.last.local, o.local
	if b.Year() != a.Year()+1 || b.Month() != a.Month() || b.Weekday() != a.Weekday() ||
		b.Sub(b.Truncate(24*time.Hour)) != a.Sub(a.Truncate(24*time.Hour)) {
		return false
	}
	fits := func(week int) bool {
		return week == -1 && isLast(a) && isLast(b) || week > 0 && nth(a) == week && nth(b) == week
	}
	switch {
	case r.years > 1 && !fits(r.week):
		return false
	case r.years == 1 && fits(-1):
		r.week = -1
	case r.years == 1 && fits(nth(b)):
		r.week = nth(b)
	case r.years == 1:
		return false
	}
	r.years++
	r.last = o
	return true
}

func nth(t time.Time) int     { return (t.Day()-1)/7 + 1 }
func isLast(t time.Time) bool { return t.AddDate(0, 0, 7).Month() != t.Month() }

// component makes a STANDARD or DAYLIGHT (section 3.6.5). DTSTART is the wall clock just before
// the onset; UNTIL, being about instants, is in UTC (section 3.3.10).
func (r rule) component() ics.Component {
	var b ics.ComponentBase
	add := func(name ics.Property, value string) {
		b.Properties = append(b.Properties, ics.IANAProperty{BaseProperty: base(name, value, nil)})
	}
	add(ics.PropertyDtstart, r.local.Format("20060102T150405"))
	add(ics.PropertyTzoffsetfrom, offset(r.from))
	add(ics.PropertyTzoffsetto, offset(r.to))
	add(ics.PropertyTzname, r.name)
	if r.years > 1 {
		day := strconv.Itoa(r.week) + strings.ToUpper(r.local.Weekday().String()[:2])
		s := "FREQ=YEARLY;BYMONTH=" + strconv.Itoa(int(r.local.Month())) + ";BYDAY=" + day
		if !r.open {
			s += ";UNTIL=" + utc(r.last.at)
		}
		add(ics.PropertyRrule, s)
	}
	if r.daylight {
		return &ics.Daylight{ComponentBase: b}
	}
	return &ics.Standard{ComponentBase: b}
}

// offset writes a UTC-OFFSET (section 3.3.14): seconds only where there are some.
func offset(s int) string {
	sign := "+"
	if s < 0 {
		sign, s = "-", -s
	}
	t := fmt.Sprintf("%s%02d%02d", sign, s/3600, s/60%60)
	if s%60 != 0 {
		t += fmt.Sprintf("%02d", s%60)
	}
	return t
}

// comesAgain says whether the clock showed the same an hour or so before, because it was put back
// since. A reader takes such a local time for the first of the two (section 3.3.5), so the second is
// written in UTC.
func comesAgain(t time.Time) bool {
	_, now := t.Zone()
	_, before := t.Add(-24 * time.Hour).Zone()
	earlier := t.Add(-time.Duration(before-now) * time.Second)
	const form = "2006-01-02 15:04:05"
	return before > now && earlier.Format(form) == t.Format(form)
}
