package ical

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the test does not depend on the machine's zones
	"unicode/utf8"
)

// The reader below shares nothing with the writer: it is RFC 5545's grammar, strictly.

type line struct {
	name   string
	params map[string]string
	value  string
}

type component struct {
	name  string
	lines []line
	parts []*component
}

func (c *component) all(name string) (out []line) {
	for _, l := range c.lines {
		if l.name == name {
			out = append(out, l)
		}
	}
	return out
}

func (c *component) get(name string) string {
	if a := c.all(name); len(a) > 0 {
		return a[0].value
	}
	return ""
}

func (c *component) sub(name string) (out []*component) {
	for _, p := range c.parts {
		if p.name == name {
			out = append(out, p)
		}
	}
	return out
}

var (
	// contentline of section 3.1; no parameter of ours needs quotes.
	contentLine = regexp.MustCompile(`^([A-Z][A-Z0-9-]*)((?:;[A-Z-]+=[^\x00-\x1f\x7f";:,]+)*):([^\x00-\x08\x0a-\x1f\x7f]*)$`)
	escapes     = regexp.MustCompile(`^(?:[^\\;,]|\\[\\;,nN])*$`) // TEXT of section 3.3.11
	forms       = map[string]*regexp.Regexp{
		"DTSTAMP": regexp.MustCompile(`^\d{8}T\d{6}Z$`), "LAST-MODIFIED": regexp.MustCompile(`^\d{8}T\d{6}Z$`),
		"DTSTART": regexp.MustCompile(`^\d{8}(T\d{6}Z?)?$`), "DTEND": regexp.MustCompile(`^\d{8}(T\d{6}Z?)?$`),
		"TZOFFSETFROM": regexp.MustCompile(`^[+-]\d{4}(\d\d)?$`), "TZOFFSETTO": regexp.MustCompile(`^[+-]\d{4}(\d\d)?$`),
		"REFRESH-INTERVAL": regexp.MustCompile(`^PT\d+M$`), "SEQUENCE": regexp.MustCompile(`^\d+$`),
		"RRULE":  regexp.MustCompile(`^FREQ=YEARLY;BYMONTH=\d+;BYDAY=(-1|[1-5])(SU|MO|TU|WE|TH|FR|SA)(;UNTIL=\d{8}T\d{6}Z)?$`),
		"STATUS": regexp.MustCompile(`^(CONFIRMED|TENTATIVE|CANCELLED)$`), "CLASS": regexp.MustCompile(`^(PUBLIC|PRIVATE|CONFIDENTIAL)$`),
	}
	texts = map[string]bool{
		"SUMMARY": true, "DESCRIPTION": true, "LOCATION": true, "CATEGORIES": true, "NAME": true,
		"X-WR-CALNAME": true, "X-WR-CALDESC": true, "UID": true, "TZID": true, "TZNAME": true, "PRODID": true,
	}
)

func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		i++
		if s[i] == 'n' || s[i] == 'N' {
			b.WriteByte('\n')
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func parse(b []byte) (*component, error) {
	s := string(b)
	if !strings.HasSuffix(s, "\r\n") || strings.Contains(strings.ReplaceAll(s, "\r\n", ""), "\r") || strings.Contains(strings.ReplaceAll(s, "\r\n", ""), "\n") {
		return nil, errors.New("lines do not all end in CRLF")
	}
	var unfolded []string
	for _, l := range strings.Split(strings.TrimSuffix(s, "\r\n"), "\r\n") {
		if len(l) > 75 {
			return nil, fmt.Errorf("line of %d octets", len(l))
		}
		if !utf8.ValidString(l) {
			return nil, fmt.Errorf("a UTF-8 sequence is cut: %q", l)
		}
		if strings.HasPrefix(l, " ") {
			if len(unfolded) == 0 || l == " " {
				return nil, errors.New("bad fold")
			}
			unfolded[len(unfolded)-1] += l[1:]
		} else {
			unfolded = append(unfolded, l)
		}
	}
	root := &component{}
	stack := []*component{root}
	for _, u := range unfolded {
		m := contentLine.FindStringSubmatch(u)
		if m == nil {
			return nil, fmt.Errorf("no content line: %q", u)
		}
		top := stack[len(stack)-1]
		switch m[1] {
		case "BEGIN":
			c := &component{name: m[3]}
			top.parts = append(top.parts, c)
			stack = append(stack, c)
			continue
		case "END":
			if top.name != m[3] {
				return nil, fmt.Errorf("END:%s closes %s", m[3], top.name)
			}
			if err := top.check(); err != nil {
				return nil, err
			}
			stack = stack[:len(stack)-1]
			continue
		}
		l := line{name: m[1], value: m[3], params: map[string]string{}}
		for _, p := range strings.Split(m[2], ";")[1:] {
			k, v, _ := strings.Cut(p, "=")
			if _, twice := l.params[k]; twice {
				return nil, fmt.Errorf("%s has %s twice", l.name, k)
			}
			l.params[k] = v
		}
		if f := forms[l.name]; f != nil && !f.MatchString(l.value) {
			return nil, fmt.Errorf("%s: %q", l.name, l.value)
		}
		if texts[l.name] {
			if !escapes.MatchString(l.value) {
				return nil, fmt.Errorf("%s is no TEXT: %q", l.name, l.value)
			}
			l.value = unescape(l.value)
		}
		top.lines = append(top.lines, l)
	}
	if len(stack) != 1 || len(root.parts) != 1 || len(root.lines) != 0 || root.parts[0].name != "VCALENDAR" {
		return nil, errors.New("not one VCALENDAR")
	}
	return root.parts[0], nil
}

// check holds a component against its list of properties (sections 3.6, 3.6.1, 3.6.5).
func (c *component) check() error {
	once := map[string][]string{
		"VCALENDAR": {"VERSION", "PRODID", "CALSCALE", "METHOD", "NAME", "REFRESH-INTERVAL"},
		"VEVENT":    {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "LOCATION", "STATUS", "CLASS", "URL", "SEQUENCE", "LAST-MODIFIED"},
		"VTIMEZONE": {"TZID"},
		"STANDARD":  {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE"}, "DAYLIGHT": {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE"},
	}[c.name]
	need := map[string][]string{
		"VCALENDAR": {"VERSION", "PRODID", "METHOD"}, "VEVENT": {"UID", "DTSTAMP", "DTSTART"}, "VTIMEZONE": {"TZID"},
		"STANDARD": {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"}, "DAYLIGHT": {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"},
	}[c.name]
	if need == nil {
		return fmt.Errorf("component %q", c.name)
	}
	for _, n := range once {
		if len(c.all(n)) > 1 {
			return fmt.Errorf("%s twice in %s", n, c.name)
		}
	}
	for _, n := range need {
		if len(c.all(n)) == 0 {
			return fmt.Errorf("%s has no %s", c.name, n)
		}
	}
	if (c.name == "VCALENDAR" || c.name == "VTIMEZONE") && len(c.parts) == 0 {
		return fmt.Errorf("%s is empty", c.name)
	}
	return nil
}

// observed is an onset by a VTIMEZONE alone: from this wall clock on, this offset.
type observed struct {
	at  time.Time
	off int
}

var recurs = regexp.MustCompile(`BYMONTH=(\d+);BYDAY=(-?\d)(..)(?:;UNTIL=(\S+))?`)

// onsets lists what a VTIMEZONE says, its rules written out to the given year.
func (c *component) onsets(t testing.TB, to int) (out []observed) {
	for _, p := range c.parts {
		start, err := time.Parse("20060102T150405", p.get("DTSTART"))
		if err != nil {
			t.Fatal(err)
		}
		from, off := seconds(p.get("TZOFFSETFROM")), seconds(p.get("TZOFFSETTO"))
		out = append(out, observed{start, off})
		m := recurs.FindStringSubmatch(p.get("RRULE"))
		if m == nil {
			continue
		}
		month, _ := strconv.Atoi(m[1])
		week, _ := strconv.Atoi(m[2])
		for y := start.Year() + 1; y <= to; y++ {
			var days []time.Time
			for d := time.Date(y, time.Month(month), 1, start.Hour(), start.Minute(), start.Second(), 0, time.UTC); int(d.Month()) == month; d = d.AddDate(0, 0, 1) {
				if strings.EqualFold(d.Weekday().String()[:2], m[3]) {
					days = append(days, d)
				}
			}
			if week > len(days) {
				continue
			}
			d := days[len(days)-1]
			if week > 0 {
				d = days[week-1]
			}
			if m[4] != "" {
				until, _ := time.Parse("20060102T150405Z", m[4])
				if d.Add(-time.Duration(from) * time.Second).After(until) {
					break
				}
			}
			out = append(out, observed{d, off})
		}
	}
	slices.SortStableFunc(out, func(a, b observed) int { return a.at.Compare(b.at) })
	return out
}

func seconds(s string) int {
	h, _ := strconv.Atoi(s[1:3])
	m, _ := strconv.Atoi(s[3:5])
	n := h*3600 + m*60
	if len(s) == 7 {
		x, _ := strconv.Atoi(s[5:])
		n += x
	}
	if s[0] == '-' {
		return -n
	}
	return n
}

func write(t testing.TB, c Calendar) *component {
	t.Helper()
	var b, again bytes.Buffer
	if err := Write(&b, c); err != nil {
		t.Fatal(err)
	}
	if err := Write(&again, c); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Fatal("the same calendar gave other bytes")
	}
	got, err := parse(b.Bytes())
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	return got
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

var stamp = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func TestWrite(t *testing.T) {
	beijing, brussels := zone(t, "Asia/Shanghai"), zone(t, "Europe/Brussels")
	const title = "支持中欧人员往来和移民领域对话项目：第二期启动会；议程, 名单\\附件——为开展正常移民、非正常移民以及移民政策和研究合作提供技术支持"
	c := write(t, Calendar{
		Name: "Meetings; all, of them", Description: "one\r\ntwo", Language: "en", URL: "https://example.org/en/meetings", Refresh: 90 * time.Minute,
		Events: []Event{
			{
				UID: "a@example.org", Stamp: stamp, LastModified: stamp.Add(-time.Hour), Sequence: 3, Zone: "Asia/Shanghai",
				Start: time.Date(2019, 5, 7, 9, 0, 0, 0, beijing), End: time.Date(2019, 5, 7, 17, 30, 0, 0, beijing),
				Language: "zh-Hans", Summary: title, Description: "第一行\n第二行\x00\x07\ttab \xff", Location: "北京", URL: "https://example.org/zh/会议/1?a=b",
				Status: Confirmed, Class: Public, Categories: []string{"launch", "one, two"},
			},
			{UID: "b@example.org", LastModified: stamp, Start: time.Date(2018, 2, 6, 0, 0, 0, 0, beijing), End: time.Date(2018, 2, 7, 0, 0, 0, 0, beijing), AllDay: true, Summary: "Seminar", Status: Tentative},
			{UID: "c@example.org", Stamp: stamp, Start: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC), Zone: "Europe/Brussels", Status: Cancelled},
			{UID: "d@example.org", Stamp: stamp, Start: time.Date(2018, 12, 31, 0, 0, 0, 0, brussels), AllDay: true},
			{UID: "e@example.org", Stamp: stamp, Start: time.Date(2026, 7, 1, 12, 0, 0, 0, beijing)},
		},
	})
	for name, want := range map[string]string{
		"VERSION": "2.0", "METHOD": "PUBLISH", "NAME": "Meetings; all, of them", "X-WR-CALNAME": "Meetings; all, of them",
		"DESCRIPTION": "one\ntwo", "REFRESH-INTERVAL": "PT90M", "PRODID": prodID,
	} {
		if got := c.get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if p := c.all("REFRESH-INTERVAL")[0].params["VALUE"]; p != "DURATION" {
		t.Errorf("REFRESH-INTERVAL is a %q", p)
	}
	ev := c.sub("VEVENT")
	type want struct{ name, value, tzid, kind string }
	for i, ws := range [][]want{
		{
			{"DTSTART", "20190507T090000", "Asia/Shanghai", ""},
			{"DTEND", "20190507T173000", "Asia/Shanghai", ""},
			{"SUMMARY", title, "", ""},
			{"DESCRIPTION", "第一行\n第二行\ttab \ufffd", "", ""},
			{"SEQUENCE", "3", "", ""},
			{"URL", "https://example.org/zh/%E4%BC%9A%E8%AE%AE/1?a=b", "", ""},
			{"DTSTAMP", "20261123T080000Z", "", ""},
			{"LAST-MODIFIED", "20261123T070000Z", "", ""},
		},
		{{"DTSTART", "20180206", "", "DATE"}, {"DTEND", "20180208", "", "DATE"}, {"DTSTAMP", "20261123T080000Z", "", ""}, {"STATUS", "TENTATIVE", "", ""}},
		{{"DTSTART", "20260701T140000", "Europe/Brussels", ""}, {"STATUS", "CANCELLED", "", ""}},
		{{"DTSTART", "20181231", "", "DATE"}, {"DTEND", "20190101", "", "DATE"}},
		{{"DTSTART", "20260701T040000Z", "", ""}},
	} {
		for _, w := range ws {
			l := ev[i].all(w.name)
			if len(l) != 1 || l[0].value != w.value || l[0].params["TZID"] != w.tzid || l[0].params["VALUE"] != w.kind {
				t.Errorf("event %d: %v, want %v", i, l, w)
			}
		}
	}
	if l := ev[0].all("SUMMARY")[0].params["LANGUAGE"]; l != "zh-Hans" {
		t.Errorf("summary is in %q", l)
	}
	if l := ev[1].all("SUMMARY")[0].params["LANGUAGE"]; l != "en" {
		t.Errorf("summary is in %q", l)
	}
	if n := ev[0].all("CATEGORIES"); len(n) != 2 || n[1].value != "one, two" {
		t.Errorf("categories %v", n)
	}
	if len(ev[2].all("DTEND")) != 0 {
		t.Error("an end was invented")
	}
	tz := c.sub("VTIMEZONE")
	if len(tz) != 2 || tz[0].get("TZID") != "Asia/Shanghai" || tz[1].get("TZID") != "Europe/Brussels" {
		t.Fatalf("zones %v", tz)
	}
	if p := tz[0].parts; len(p) != 1 || p[0].name != "STANDARD" || p[0].get("TZOFFSETTO") != "+0800" || p[0].get("RRULE") != "" {
		t.Errorf("Beijing: %v", p)
	}
	for _, p := range tz[1].parts {
		want := map[string]string{"STANDARD": "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "DAYLIGHT": "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"}[p.name]
		if p.get("RRULE") != want {
			t.Errorf("Brussels %s: %q", p.name, p.get("RRULE"))
		}
	}
}

// TestZones resolves, by the written component alone, every sixth hour of the covered years.
func TestZones(t *testing.T) {
	for _, c := range []struct {
		zone        string
		first, last int
	}{
		{"Europe/Brussels", 2015, 2030},
		{"Europe/Brussels", 1976, 1999},
		{"Europe/Brussels", 2045, 2050},
		{"Asia/Shanghai", 1985, 2026},
		{"Asia/Shanghai", 2026, 2026},
		{"Asia/Bangkok", 2020, 2021},
		{"Asia/Kathmandu", 1980, 1990},
		{"Africa/Casablanca", 2015, 2030},
		{"America/New_York", 2000, 2012},
		{"Australia/Lord_Howe", 2005, 2020},
		{"Europe/Dublin", 2020, 2022},
		{"Africa/Monrovia", 1970, 1973},
		{"Asia/Gaza", 2018, 2028},
		{"Europe/London", 1966, 1974},
		{"Etc/GMT+5", 1950, 1951},
		{"Pacific/Apia", 2010, 2014},
		{"America/Sao_Paulo", 2005, 2021},
	} {
		loc := zone(t, c.zone)
		first, last := time.Date(c.first, 1, 15, 12, 0, 0, 0, loc), time.Date(c.last, 12, 20, 12, 0, 0, 0, loc)
		cal := write(t, Calendar{Events: []Event{{UID: "1", Stamp: stamp, Start: first, Zone: c.zone}, {UID: "2", Stamp: stamp, Start: last, Zone: c.zone}}})
		tz := cal.sub("VTIMEZONE")[0]
		if tz.get("TZID") != c.zone {
			t.Errorf("%s: TZID %s", c.zone, tz.get("TZID"))
		}
		said := tz.onsets(t, c.last+1)
		bad := 0
		for at := first; at.Before(last) && bad < 3; at = at.Add(6*time.Hour + 7*time.Minute) {
			_, want := at.Zone()
			wall := at.UTC().Add(time.Duration(want) * time.Second)
			// In the hours around a change a wall clock can mean two instants or none.
			if _, a := at.Add(-3 * time.Hour).Zone(); a != want {
				continue
			}
			if _, a := at.Add(3 * time.Hour).Zone(); a != want {
				continue
			}
			i, exact := slices.BinarySearchFunc(said, wall, func(o observed, w time.Time) int { return o.at.Compare(w) })
			if !exact {
				i--
			}
			if i < 0 || said[i].off != want {
				t.Errorf("%s %d-%d: %s is not %d", c.zone, c.first, c.last, wall.Format(time.DateTime), want)
				bad++
			}
		}
	}
}

func TestRefused(t *testing.T) {
	ok := Event{UID: "1", Stamp: stamp, Start: stamp}
	for name, change := range map[string]func(*Event){
		"no UID":           func(e *Event) { e.UID = "\x00" },
		"no stamp":         func(e *Event) { e.Stamp = time.Time{} },
		"no start":         func(e *Event) { e.Start = time.Time{} },
		"end before start": func(e *Event) { e.End = e.Start.Add(-1) },
		"day before day":   func(e *Event) { e.AllDay, e.End = true, e.Start.AddDate(0, 0, -1) },
		"unknown zone":     func(e *Event) { e.Zone = "Asia/Peking" },
		"path as a zone":   func(e *Event) { e.Zone = "../../etc/passwd" },
		"server's zone":    func(e *Event) { e.Zone = "Local" },
		"relative address": func(e *Event) { e.URL = "/en/meetings" },
		"two lines":        func(e *Event) { e.URL = "https://example.org/\r\nATTENDEE:x" },
		"status":           func(e *Event) { e.Status = "DONE" },
		"class":            func(e *Event) { e.Class = "SECRET" },
		"sequence":         func(e *Event) { e.Sequence = -1 },
		"year":             func(e *Event) { e.Start = time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		e := ok
		change(&e)
		var b bytes.Buffer
		if err := Write(&b, Calendar{Events: []Event{e}}); err == nil || b.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", name, err, b.Len())
		}
	}
	if err := Write(&bytes.Buffer{}, Calendar{Events: []Event{ok, ok}}); err == nil {
		t.Error("two events with one UID")
	}
	if err := Write(&bytes.Buffer{}, Calendar{URL: "x"}); err == nil {
		t.Error("relative address")
	}
	c := write(t, Calendar{Language: "en;X=Y"}) // a language that is none is left out, an empty calendar is valid
	if len(c.parts) != 1 || c.get("NAME") != "" {
		t.Errorf("%v", c)
	}
}

// TestGrammar holds the reader itself against what it must refuse.
func TestGrammar(t *testing.T) {
	ok := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:PUBLISH\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101\r\nSUMMARY:a\\, b\r\n c\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	if c, err := parse([]byte(ok)); err != nil || c.parts[0].get("SUMMARY") != "a, bc" {
		t.Fatal(err)
	}
	for _, r := range [][2]string{
		{"\r\n", "\n"},
		{"a\\, b", "a, b"},
		{"UID:1\r\n", ""},
		{"UID:1", "UID:1\r\nUID:2"},
		{"20260101\r", "2026-01-01\r"},
		{"END:VEVENT\r\n", ""},
		{"SUMMARY:", "SUMMARY"},
		{"a\\", strings.Repeat("a", 70) + "\\"},
		{"c\r", "\x01\r"},
	} {
		if _, err := parse([]byte(strings.Replace(ok, r[0], r[1], -1))); err == nil {
			t.Errorf("%q for %q was taken", r[1], r[0])
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"", "plain", strings.Repeat("中", 60), strings.Repeat("a b", 40), strings.Repeat("x", 74) + "é", "\\n\\;,\r\n\r", strings.Repeat("\xff", 90), "😀 <b>" + strings.Repeat("👩‍👩‍👧", 20), strings.Repeat(" ", 200)} {
		f.Add(s, "en")
	}
	f.Fuzz(func(t *testing.T, s, lang string) {
		c := write(t, Calendar{Name: s, Events: []Event{{UID: "u" + s, Stamp: stamp, Start: stamp, Summary: s, Description: s + s, Language: lang, Categories: []string{s}}}})
		e := c.sub("VEVENT")[0]
		if got := e.get("SUMMARY"); got != clean(s) {
			t.Fatalf("%q came back as %q", clean(s), got)
		}
		if got := e.get("DESCRIPTION"); got != clean(s+s) {
			t.Fatalf("%q came back as %q", clean(s+s), got)
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	c := Calendar{Name: "x"}
	for i := range 500 {
		c.Events = append(c.Events, Event{UID: strconv.Itoa(i), Stamp: stamp, Start: stamp.AddDate(0, 0, i), Zone: "Europe/Brussels", Summary: strings.Repeat("中欧对话", 20)})
	}
	for b.Loop() {
		if err := Write(&bytes.Buffer{}, c); err != nil {
			b.Fatal(err)
		}
	}
}

// TestHourTwice: of an hour that comes twice, readers take the first, so the second is in UTC.
func TestHourTwice(t *testing.T) {
	first := time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)
	for start, want := range map[time.Time]string{
		first:                     "DTSTART;TZID=Europe/Brussels:20261025T023000",
		first.Add(time.Hour):      "DTSTART:20261025T013000Z",
		first.Add(2 * time.Hour):  "DTSTART;TZID=Europe/Brussels:20261025T033000",
		first.Add(24 * time.Hour): "DTSTART;TZID=Europe/Brussels:20261026T013000",
	} {
		var b strings.Builder
		c := Calendar{Name: "Calendar", Events: []Event{{UID: "a", Summary: "Night", Start: start, Zone: "Europe/Brussels", LastModified: first}}}
		if err := Write(&b, c); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want+"\r\n") {
			t.Errorf("%v: %s", start, b.String())
		}
	}
}
