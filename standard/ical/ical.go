// Package ical writes calendars (RFC 5545, with the properties of RFC 7986) that people
// subscribe to or take away: published, never an invitation. Content lines, their folding
// (RFC 5545 section 3.1) and the escaping of TEXT (section 3.3.11) are arran4/golang-ical's; time
// zone components, which that library does not make, are ours (zone.go).
package ical

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"
)

// Status is the state of an event (RFC 5545 section 3.8.1.11). The zero value leaves it out.
type Status string

// The states of an event.
const (
	Confirmed Status = "CONFIRMED"
	Tentative Status = "TENTATIVE"
	Cancelled Status = "CANCELLED"
)

// Class says who the publisher means an event for (section 3.8.1.3). It protects nothing.
type Class string

// The classes.
const (
	Public       Class = "PUBLIC"
	Private      Class = "PRIVATE"
	Confidential Class = "CONFIDENTIAL"
)

// Calendar is one published calendar.
type Calendar struct {
	Name        string
	Description string
	Language    string        // BCP 47; of every text that has no language of its own
	URL         string        // the page that shows the same (RFC 7986 section 5.5)
	Refresh     time.Duration // how often to ask again (RFC 7986 section 5.7); zero: 12 hours
	Events      []Event
}

// Event is a meeting, or whatever else has a place in a calendar.
type Event struct {
	UID      string // stable for the event's whole life, the same in every language; required
	Sequence int    // moves when time, place or status change

	// Stamp is when this account of the event was made (in a publication the same as its last
	// revision, section 3.8.7.2). Zero: LastModified, which is then required.
	Stamp        time.Time
	LastModified time.Time

	// Start and End are instants, shown in Zone; End may be zero. With AllDay they are dates
	// (of which hour and zone are ignored), and End is the last day itself, as people say it:
	// "6 to 7 February" ends on 7 February. Zero: one day.
	Start, End time.Time
	AllDay     bool

	// Zone is the IANA name of the time zone that the event's hours are told in. Empty: UTC.
	Zone string

	Language    string // of the texts below; empty: the calendar's
	Summary     string
	Description string
	Location    string
	URL         string
	Status      Status
	Class       Class
	Categories  []string
}

// prodID names the program that made the calendar (section 3.7.3).
const prodID = "-//Entente//Entente//EN"

// Write writes c. The same calendar always gives the same bytes. It returns an error, and
// writes nothing, when an event has no UID, another's UID, no stamp, no start, an end before
// its start, an unknown zone or an address that is not absolute.
func Write(w io.Writer, c Calendar) error {
	cal := &ics.Calendar{}
	prop := func(name ics.Property, value string, params ...ics.PropertyParameter) {
		if value != "" {
			cal.CalendarProperties = append(cal.CalendarProperties, ics.CalendarProperty{BaseProperty: base(name, value, params)})
		}
	}
	name, desc := clean(c.Name), clean(c.Description)
	page, err := address(c.URL)
	if err != nil {
		return err
	}
	if c.Refresh <= 0 {
		c.Refresh = 12 * time.Hour
	}
	prop(ics.PropertyVersion, "2.0")
	prop(ics.PropertyProductId, prodID)
	prop(ics.PropertyCalscale, "GREGORIAN")
	prop(ics.PropertyMethod, string(ics.MethodPublish)) // RFC 5546 section 3.2.1
	prop(ics.PropertyName, name, language(c.Language)...)
	prop(ics.PropertyXWRCalName, name) // what clients older than RFC 7986 read
	prop(ics.PropertyDescription, desc, language(c.Language)...)
	prop(ics.PropertyXWRCalDesc, desc)
	prop(ics.PropertyUrl, page)
	prop(ics.PropertyRefreshInterval, duration(c.Refresh)) // the library's name for it says VALUE=DURATION already
	prop(ics.PropertyXPublishedTTL, duration(c.Refresh))

	var zones zones
	seen := map[string]bool{}
	events := make([]*ics.VEvent, 0, len(c.Events))
	for _, e := range c.Events {
		uid := clean(e.UID)
		switch {
		case uid == "":
			return fmt.Errorf("ical: event %.40q has no UID", e.Summary)
		case seen[uid]:
			return fmt.Errorf("ical: two events with UID %.80q", uid)
		}
		seen[uid] = true
		v, err := event(e, uid, c.Language, &zones)
		if err != nil {
			return fmt.Errorf("ical: event %.80q: %w", uid, err)
		}
		events = append(events, v)
	}
	for _, z := range zones.components(len(events) == 0) {
		cal.Components = append(cal.Components, z)
	}
	for _, v := range events {
		cal.Components = append(cal.Components, v)
	}

	var b bytes.Buffer // the library drops some errors of its writer
	if err := cal.SerializeTo(&b, ics.WithNewLine("\r\n"), ics.WithLineLength(75)); err != nil {
		return fmt.Errorf("ical: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// event makes a VEVENT (section 3.6.1).
func event(e Event, uid, lang string, zones *zones) (*ics.VEvent, error) {
	v := &ics.VEvent{}
	prop := func(name ics.Property, value string, params ...ics.PropertyParameter) {
		if value != "" {
			v.Properties = append(v.Properties, ics.IANAProperty{BaseProperty: base(name, value, params)})
		}
	}
	if e.Stamp.IsZero() {
		e.Stamp = e.LastModified
	}
	if e.Stamp.IsZero() {
		return nil, errors.New("no stamp")
	}
	if e.Start.IsZero() {
		return nil, errors.New("no start")
	}
	if e.Sequence < 0 {
		return nil, errors.New("negative sequence")
	}
	if e.Language != "" {
		lang = e.Language
	}
	prop(ics.PropertyUid, uid)
	prop(ics.PropertyDtstamp, utc(e.Stamp))
	for _, t := range []time.Time{e.Stamp, e.LastModified, e.Start, e.End} {
		if y := t.UTC().Year(); !t.IsZero() && (y < 2 || y > 9998) { // four digits, in every zone
			return nil, fmt.Errorf("year %d", y)
		}
	}
	if e.AllDay {
		start, end := date(e.Start), date(e.Start)
		if !e.End.IsZero() {
			end = date(e.End)
		}
		if end.Before(start) {
			return nil, errors.New("ends before it starts")
		}
		day := ics.WithValue(string(ics.ValueDataTypeDate))
		prop(ics.PropertyDtstart, start.Format("20060102"), day)
		prop(ics.PropertyDtend, end.AddDate(0, 0, 1).Format("20060102"), day) // not inclusive: section 3.6.1
	} else {
		if !e.End.IsZero() && e.End.Before(e.Start) {
			return nil, errors.New("ends before it starts")
		}
		put := func(name ics.Property, t time.Time) error {
			if t.IsZero() {
				return nil
			}
			local, err := zones.use(e.Zone, t)
			if err != nil {
				return err
			}
			if local.Location() == time.UTC || comesAgain(local) {
				prop(name, utc(t)) // form 2 of section 3.3.5
			} else {
				prop(name, local.Format("20060102T150405"), ics.WithTZID(local.Location().String())) // form 3
			}
			return nil
		}
		if err := put(ics.PropertyDtstart, e.Start); err != nil {
			return nil, err
		}
		if e.End.After(e.Start) { // without DTEND it ends as it starts; one equal to DTSTART is not allowed
			if err := put(ics.PropertyDtend, e.End); err != nil {
				return nil, err
			}
		}
	}
	prop(ics.PropertySequence, strconv.Itoa(e.Sequence))
	switch e.Status {
	case "", Confirmed, Tentative, Cancelled:
		prop(ics.PropertyStatus, string(e.Status))
	default:
		return nil, fmt.Errorf("status %.40q", string(e.Status))
	}
	switch e.Class {
	case "", Public, Private, Confidential:
		prop(ics.PropertyClass, string(e.Class))
	default:
		return nil, fmt.Errorf("class %.40q", string(e.Class))
	}
	page, err := address(e.URL)
	if err != nil {
		return nil, err
	}
	prop(ics.PropertySummary, clean(e.Summary), language(lang)...)
	prop(ics.PropertyDescription, clean(e.Description), language(lang)...)
	prop(ics.PropertyLocation, clean(e.Location), language(lang)...)
	prop(ics.PropertyUrl, page)
	for _, s := range e.Categories { // one property each: the comma between two would be escaped
		prop(ics.PropertyCategories, clean(s), language(lang)...)
	}
	if !e.LastModified.IsZero() {
		prop(ics.PropertyLastModified, utc(e.LastModified))
	}
	return v, nil
}

func base(name ics.Property, value string, params []ics.PropertyParameter) ics.BaseProperty {
	p := ics.BaseProperty{IANAToken: string(name), Value: value, ICalParameters: map[string][]string{}}
	for _, param := range params {
		k, v := param.KeyValue()
		p.ICalParameters[k] = v
	}
	return p
}

// language gives the LANGUAGE parameter (section 3.2.10), or none when tag is empty or could not
// stand in a parameter unquoted.
func language(tag string) []ics.PropertyParameter {
	if tag == "" || strings.ContainsFunc(tag, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return nil
	}
	return []ics.PropertyParameter{&ics.KeyValues{Key: string(ics.ParameterLanguage), Value: []string{tag}}}
}

var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// clean makes s a TEXT that section 3.3.11 allows: valid UTF-8, one kind of line break, no other
// control characters but the tab.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, newlines.Replace(strings.ToValidUTF8(s, "\ufffd")))
}

// address checks a URI (section 3.3.13) and escapes what is not ASCII in it.
func address(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	u, err := url.Parse(s)
	if err != nil || !u.IsAbs() {
		return "", fmt.Errorf("ical: %.80q is not an absolute address", s)
	}
	return u.String(), nil
}

func utc(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

func date(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// duration writes a duration of whole minutes (section 3.3.6).
func duration(d time.Duration) string {
	return "PT" + strconv.Itoa(max(1, int(d/time.Minute))) + "M"
}
