package when

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	for _, s := range []string{"", "2019", "2019-03", "2019-03-12", "2019~", "2019-03?", "2019-03-12%", "1900", "2200-12-31", "2020-02-29", "2000-02-29"} {
		if d, err := ParseDate(s); err != nil || string(d) != s {
			t.Errorf("ParseDate(%q) = %q, %v", s, d, err)
		}
	}
	for _, s := range []string{
		"2019-02-30", "2019-02-29", "2100-02-29", "2019-13", "2019-00", "2019-01-00", "2019-04-31", "1899", "2201",
		"2019-3", "2019-3-1", "19", "201", "20190312", "2019/03/12", "2019-03-12T00:00:00Z", "2019~~", "~", "?", "2019-", "2019-03-", "-2019",
		" 2019", "2019 ", "201X", "2019-XX", "２０１９", "2019年", "2019-21", "2019/2020", "..", "Y2019", "2019-03-12?~", "2019\x00", "20190-3-1",
	} {
		_, err := ParseDate(s)
		var f interface{ FaultKey() string }
		if !errors.As(err, &f) || !strings.HasPrefix(f.FaultKey(), "fault.date") {
			t.Errorf("ParseDate(%q): %v", s, err)
		}
		if d := Date(s); d.Valid() || d.Words("en") != "" || !d.First().IsZero() || d.Sort() != "" {
			t.Errorf("%q taken for a date", s)
		}
	}
}

// TestTyped: what people type for a date or an hour is what it is stored as; what is neither stays.
func TestTyped(t *testing.T) {
	for in, want := range map[string]string{
		"2026年1月1日": "2026-01-01", "2026年12月31日": "2026-12-31", "2026年3月": "2026-03", "2026年": "2026", "2026年3月~": "2026-03~", "2026 年 3 月 4 日": "2026-03-04",
		"2026-01-01": "2026-01-01", "26年1月": "26年1月", "2026年1日": "2026年1日", "2026年1月1": "2026年1月1", "": "",
	} {
		if got := Date("").Typed(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"9:00": "09:00", "09:00": "09:00", "9:0": "9:0", "": "", "9:60": "09:60"} {
		if got := Clock("").Typed(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestCauses: what is wrong with a date or an hour is called what it is.
func TestCauses(t *testing.T) {
	for s, want := range map[string]string{
		"0001": "fault.date-year", "1": "fault.date-year", "9999-12-31": "fault.date-year", "9999": "fault.date-year", "0001-01-01": "fault.date-year", "1899~": "fault.date-year", "20190": "fault.date-year",
		"2019-02-30": "fault.date-none", "2019-13": "fault.date-none", "2019-00?": "fault.date-none", "soon": "fault.date", "12/03/2019": "fault.date", "20190312": "fault.date",
		"24:00": "fault.clock-range", "25:00": "fault.clock-range", "12:60": "fault.clock-range", "9:00": "fault.clock", "ab:cd": "fault.clock", "nine": "fault.clock",
	} {
		var e *Error
		_, err := ParseDate(s)
		if strings.HasPrefix(want, "fault.clock") {
			_, err = ParseClock(s)
		}
		if !errors.As(err, &e) || e.Key != want || (len(e.FaultArgs()) == 4) != (want == "fault.date-year") {
			t.Errorf("%q: %v, want %s", s, err, want)
		}
	}
}

func TestJSON(t *testing.T) {
	type row struct {
		D Date  `json:"d,omitempty"`
		C Clock `json:"c,omitempty"`
		Z Zone  `json:"z,omitempty"`
	}
	for _, s := range []string{`{}`, `{"d":"2019-03~","c":"09:00","z":"Asia/Shanghai"}`} {
		var r row
		if err := json.Unmarshal([]byte(s), &r); err != nil {
			t.Fatal(err)
		}
		if b, err := json.Marshal(r); err != nil || string(b) != s {
			t.Errorf("%s became %s, %v", s, b, err)
		}
	}
	for in, key := range map[string]string{
		`{"d":"2019-02-30"}`: "fault.date-none", `{"c":"9:00"}`: "fault.clock", `{"z":"Local"}`: "fault.zone",
	} {
		r := row{"2001", "01:00", "UTC"}
		err := json.Unmarshal([]byte(in), &r)
		var e *Error
		if !errors.As(err, &e) || e.FaultKey() != key {
			t.Errorf("%s: %v", in, err)
		}
		if r != (row{"2001", "01:00", "UTC"}) {
			t.Errorf("%s: half written: %v", in, r)
		}
	}
	for _, r := range []row{{D: "2019-02-30"}, {C: "25:00"}, {Z: "Mars/Base"}} {
		if b, err := json.Marshal(r); err == nil {
			t.Errorf("stored %s", b)
		}
	}
}

func TestDate(t *testing.T) {
	for _, c := range []struct {
		d             Date
		p             Precision
		about, inf    bool
		first, last   string
		en, zh, order string
	}{
		{"", None, false, false, "0001-01-01", "0001-01-01", "", "", ""},
		{"2019-03-12", Day, false, false, "2019-03-12", "2019-03-12", "12 March 2019", "2019年3月12日", "2019-03-12"},
		{"2019-03", Month, false, false, "2019-03-01", "2019-03-31", "March 2019", "2019年3月", "2019-03-01"},
		{"2020-02", Month, false, false, "2020-02-01", "2020-02-29", "February 2020", "2020年2月", "2020-02-01"},
		{"2019", Year, false, false, "2019-01-01", "2019-12-31", "2019", "2019年", "2019-01-01"},
		{"2007~", Year, true, false, "2007-01-01", "2007-12-31", "about 2007", "约2007年", "2007-01-01"},
		{"2019?", Year, false, true, "2019-01-01", "2019-12-31", "2019 (inferred)", "2019年（推断）", "2019-01-01"},
		{"2019-12%", Month, true, true, "2019-12-01", "2019-12-31", "about December 2019 (inferred)", "约2019年12月（推断）", "2019-12-01"},
	} {
		if c.d.Precision() != c.p || c.d.About() != c.about || c.d.Inferred() != c.inf {
			t.Errorf("%q: %v %v %v", c.d, c.d.Precision(), c.d.About(), c.d.Inferred())
		}
		if f, l := c.d.First().Format(time.DateOnly), c.d.Last().Format(time.DateOnly); f != c.first || l != c.last {
			t.Errorf("%q: %s to %s", c.d, f, l)
		}
		if en, zh, fr := c.d.Words("en"), c.d.Words("zh-Hans"), c.d.Words("fr"); en != c.en || zh != c.zh || fr != c.en {
			t.Errorf("%q: %q %q %q", c.d, en, zh, fr)
		}
		if c.d.Sort() != c.order || c.d != "" && c.d.SortLast() != c.order {
			t.Errorf("%q sorts as %q", c.d, c.d.Sort())
		}
	}
	ds := []Date{"", "2019-03", "2018-12-31", "2019"}
	slices.SortFunc(ds, func(a, b Date) int { return strings.Compare(a.SortLast(), b.SortLast()) })
	if !slices.Equal(ds, []Date{"2018-12-31", "2019", "2019-03", ""}) {
		t.Error(ds)
	}
	if d := DateOf(time.Date(2026, 11, 23, 23, 0, 0, 0, time.UTC)); d != "2026-11-23" {
		t.Error(d)
	}
}

func TestBefore(t *testing.T) {
	for _, c := range []struct {
		a, b   Date
		before bool
	}{
		{"2018", "2019", true},
		{"2019", "2019", false},
		{"2019", "2019-03", false},
		{"2019-03", "2019", false},
		{"2019-02", "2019-03-01", true},
		{"2019-03-01", "2019-03", false},
		{"2019-03-01", "2019-03-02", true},
		{"", "2019", false},
		{"2019", "", false},
		{"2018-12?", "2019~", true},
	} {
		if c.a.Before(c.b) != c.before || c.b.After(c.a) != c.before {
			t.Errorf("%q before %q is not %v", c.a, c.b, c.before)
		}
	}
}

func TestSpan(t *testing.T) {
	for _, c := range []struct {
		from, to Date
		en, zh   string
	}{
		{"2018-02-06", "2018-02-07", "6–7 February 2018", "2018年2月6日至7日"},
		{"2016-11-14", "2016-12-02", "14 November – 2 December 2016", "2016年11月14日至12月2日"},
		{"2016-12-28", "2017-01-03", "28 December 2016 – 3 January 2017", "2016年12月28日至2017年1月3日"},
		{"2019-02", "2020-02", "February 2019 – February 2020", "2019年2月至2020年2月"},
		{"2019-03", "2019-05", "March–May 2019", "2019年3月至5月"},
		{"2015", "2018", "2015–2018", "2015年至2018年"},
		{"2019-03-12", "2019-03-12", "12 March 2019", "2019年3月12日"},
		{"2015", "", "from 2015", "2015年起"},
		{"2015-10~", "", "from about October 2015", "约2015年10月起"},
		{"", "2018-06", "until June 2018", "2018年6月止"},
		{"", "", "", ""},
		{"2019-03-12", "2019-05", "12 March 2019 – May 2019", "2019年3月12日至2019年5月"},
		{"2018-02-06", "2018-02-07?", "6 February 2018 – 7 February 2018 (inferred)", "2018年2月6日至2018年2月7日（推断）"},
		{"2007~", "2009", "about 2007 – 2009", "约2007年至2009年"},
		{"2018-07-02?", "2018-07-06?", "2–6 July 2018 (inferred)", "2018年7月2日至6日（推断）"},
		{"2019?", "2022?", "2019–2022 (inferred)", "2019年至2022年（推断）"},
	} {
		if en, zh := Span(c.from, c.to, "en"), Span(c.from, c.to, "zh"); en != c.en || zh != c.zh {
			t.Errorf("%q to %q: %q %q", c.from, c.to, en, zh)
		}
	}
}

func TestOn(t *testing.T) {
	if en, zh := On("2018-05-08", "", "en"), On("2019?", "", "zh"); en != "8 May 2018" || zh != "2019年（推断）" {
		t.Errorf("%q %q", en, zh)
	}
	if s := On("2018-02-06", "2018-02-07", "en"); s != "6–7 February 2018" {
		t.Errorf("%q", s)
	}
}

func TestClock(t *testing.T) {
	for _, s := range []string{"", "00:00", "09:00", "23:59"} {
		if _, err := ParseClock(s); err != nil {
			t.Error(err)
		}
	}
	for _, s := range []string{"9:00", "24:00", "12:60", "12.30", "12:3", "12:300", "0900", "09:00:00", "ab:cd", "0a:00", "０９:00"} {
		if _, err := ParseClock(s); err == nil {
			t.Errorf("%q taken", s)
		}
	}
}

func TestZone(t *testing.T) {
	for _, c := range []struct {
		z      Zone
		en, zh string
	}{
		{"Asia/Shanghai", "Beijing time", "北京时间"},
		{"Europe/Brussels", "Brussels time", "布鲁塞尔时间"},
		{"Asia/Bangkok", "Bangkok time", "曼谷时间"},
		{"UTC", "UTC", "UTC"},
		{"Etc/UTC", "UTC", "UTC"},
		{"America/Argentina/Buenos_Aires", "Buenos Aires time", "Buenos Aires时间"},
		{"", "", ""},
	} {
		if _, err := ParseZone(string(c.z)); err != nil {
			t.Error(err)
		}
		if en, zh := c.z.Words("en"), c.z.Words("zh"); en != c.en || zh != c.zh {
			t.Errorf("%q: %q %q", c.z, en, zh)
		}
	}
	for z := range chinese {
		if !z.Valid() {
			t.Errorf("no such zone: %s", z)
		}
	}
	for _, s := range []string{
		"Local", "localtime", "posixrules", "right/Asia/Shanghai", "posix/Asia/Shanghai", "PRC", "EST", "+08:00", "Asia", "Asia/",
		"Asia//Shanghai", "Asia/./Shanghai", "../Asia/Shanghai", "Asia/../../passwd", "/etc/localtime", "Asia/Peking", "Asia/Shanghai\x00",
	} {
		_, err := ParseZone(s)
		var e *Error
		if !errors.As(err, &e) || e.Key != "fault.zone" {
			t.Errorf("%q taken", s)
		}
	}
}

func TestMoment(t *testing.T) {
	m, ok := Moment("2026-11-23", "09:00", Beijing, "")
	if !ok || !m.Equal(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)) {
		t.Error(m, ok)
	}
	for _, c := range []struct {
		d Date
		c Clock
		z Zone
	}{
		{"2026-11", "09:00", Beijing},
		{"", "09:00", Beijing},
		{"2026-11-23", "", Beijing},
		{"2026-11-23", "09:00", ""},
		{"2026-03-29", "02:30", Brussels}, // put forward from 02:00 to 03:00
	} {
		if m, ok := Moment(c.d, c.c, c.z, ""); ok {
			t.Error(c, m)
		}
	}
	// Put back from 03:00 to 02:00.
	for meant, want := range map[Turn]string{"": "00:30", First: "00:30", Second: "01:30"} {
		if m, ok := Moment("2026-10-25", "02:30", Brussels, meant); !ok || m.UTC().Format("15:04") != want {
			t.Error(meant, m, ok)
		}
	}
	for _, c := range []struct {
		d Date
		c Clock
		z Zone
		n int
	}{
		{"2026-10-25", "01:59", Brussels, 1},
		{"2026-10-25", "02:00", Brussels, 2},
		{"2026-10-25", "02:59", Brussels, 2},
		{"2026-10-25", "03:00", Brussels, 1},
		{"2026-03-29", "01:59", Brussels, 1},
		{"2026-03-29", "02:00", Brussels, 0},
		{"2026-03-29", "03:00", Brussels, 1},
		{"2026-10-25", "02:30", Beijing, 1},
		{"2026-04-05", "01:45", "Australia/Lord_Howe", 2}, // by half an hour
		{"2011-12-30", "12:00", "Pacific/Apia", 0},        // a day that never was
	} {
		if all := Moments(c.d, c.c, c.z); len(all) != c.n {
			t.Errorf("%v: %v", c, all)
		}
	}
}

func TestInBoth(t *testing.T) {
	for _, c := range []struct {
		d      Date
		c      Clock
		z, o   Zone
		en, zh string
	}{
		{"2026-11-23", "09:00", Beijing, Brussels, "09:00 Beijing · 02:00 Brussels", "北京时间 09:00 · 布鲁塞尔时间 02:00"},
		{"2026-07-23", "09:00", Beijing, Brussels, "09:00 Beijing · 03:00 Brussels", "北京时间 09:00 · 布鲁塞尔时间 03:00"},
		{"2026-11-23", "18:30", Brussels, Beijing, "18:30 Brussels · 01:30 Beijing (+1 day)", "布鲁塞尔时间 18:30 · 北京时间 01:30（次日）"},
		{"2026-12-01", "05:00", Beijing, Brussels, "05:00 Beijing · 22:00 Brussels (−1 day)", "北京时间 05:00 · 布鲁塞尔时间 22:00（前一日）"},
		{"2026-11-23?", "09:00", Beijing, UTC, "09:00 Beijing · 01:00 UTC", "北京时间 09:00 · UTC 01:00"},
		{"2026-11-23", "09:00", Beijing, Beijing, "09:00 Beijing", "北京时间 09:00"},
		{"2026-11", "09:00", Beijing, Brussels, "09:00 Beijing", "北京时间 09:00"},
		{"2026-11-23", "09:00", "", Brussels, "09:00", "09:00"},
		{"2026-11-23", "", Beijing, Brussels, "", ""},
	} {
		if en, zh := InBoth(c.d, c.c, c.z, c.o, "", "en"), InBoth(c.d, c.c, c.z, c.o, "", "zh"); en != c.en || zh != c.zh {
			t.Errorf("%v: %q %q", c, en, zh)
		}
	}
}

func TestInstant(t *testing.T) {
	at := time.Date(2026, 11, 22, 17, 51, 30, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{Instant(at, Beijing, "en"), "23 November 2026, 01:51 Beijing time"},
		{Instant(at, Beijing, "zh"), "2026年11月23日 01:51（北京时间）"},
		{Instant(at, "", "en"), "22 November 2026, 17:51 UTC"},
		{Instant(time.Time{}, Beijing, "en"), ""},
		{DayOf(at, Beijing, "en"), "23 November 2026"},
		{DayOf(at, Brussels, "zh"), "2026年11月22日"},
		{DayOf(time.Time{}, Brussels, "zh"), ""},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestMonthOf(t *testing.T) {
	for _, c := range []struct {
		start Date
		now   string
		n     int
		exact bool
	}{
		{"2024-01-15", "2024-01-15", 1, true},
		{"2024-01-15", "2024-02-14", 1, true},
		{"2024-01-15", "2024-02-15", 2, true},
		{"2024-01-15", "2027-01-14", 36, true},
		{"2024-01-15", "2024-01-14", 0, true},
		{"2024-01-31", "2024-02-28", 1, true},
		{"2024-01-31", "2024-02-29", 2, true},
		{"2024-01-31", "2024-03-30", 2, true},
		{"2024-03", "2024-03-01", 1, true},
		{"2024-03", "2025-02-28", 12, true},
		{"2024", "2024-05-09", 5, false},
		{"2024-03~", "2024-04-01", 2, false},
		{"", "2024-04-01", 0, false},
	} {
		now, _ := time.Parse(time.DateOnly, c.now)
		if n, exact := MonthOf(c.start, now); n != c.n || exact != c.exact {
			t.Errorf("month of %q on %s: %d %v", c.start, c.now, n, exact)
		}
	}
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"", "2019", "2019-03", "2019-03-12", "2007~", "2019?", "2019%", "2019-02-30", "~", "２０１９"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err != nil {
			if d != "" {
				t.Fatalf("%q: a value beside the fault: %q", s, d)
			}
			return
		}
		if string(d) != s || d.Last().Before(d.First()) || d.Before(d) || (s != "") != d.Valid() {
			t.Fatalf("%q", s)
		}
		if day := DateOf(d.First()); d.Precision() == Day && day != d.Bare() {
			t.Fatalf("%q is not a day of the calendar, rather %q", s, day)
		}
		if len(d.SortLast()) != 10 || (d.Words("en") == "") != (s == "") || (d.Words("zh") == "") != (s == "") {
			t.Fatalf("%q: %q %q", s, d.SortLast(), d.Words("en"))
		}
	})
}
