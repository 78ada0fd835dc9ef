package when

import (
	"strconv"
	"strings"
	"time"
)

// zh says whether words are wanted in Chinese; every other language is given the English forms.
func zh(lang string) bool {
	return lang == "zh" || strings.HasPrefix(lang, "zh-")
}

// Words gives the date as people write it: "12 March 2019", "March 2019", "about 2007", "2019
// (inferred)"; 2019年3月12日, 2019年3月, 约2007年, 2019年（推断）. It is "" when not stated.
func (d Date) Words(lang string) string {
	y, m, day, p := d.parts()
	if p == None {
		return ""
	}
	s := civil(y, m, day, lang)
	if zh(lang) {
		if d.About() {
			s = "约" + s
		}
	} else if d.About() {
		s = "about " + s
	}
	if d.Inferred() {
		s = inferred(s, lang)
	}
	return s
}

// inferred says of a date in words that it is not certain.
func inferred(s, lang string) string {
	if zh(lang) {
		return s + "（推断）"
	}
	return s + " (inferred)"
}

// civil puts the parts that are not 0 into words.
func civil(y, m, day int, lang string) string {
	var b []string
	if zh(lang) {
		for i, n := range [...]int{y, m, day} {
			if n != 0 {
				b = append(b, strconv.Itoa(n)+[...]string{"年", "月", "日"}[i])
			}
		}
		return strings.Join(b, "")
	}
	if day != 0 {
		b = append(b, strconv.Itoa(day))
	}
	if m != 0 {
		b = append(b, time.Month(m).String())
	}
	if y != 0 {
		b = append(b, strconv.Itoa(y))
	}
	return strings.Join(b, " ")
}

// Span gives a period, both ends included, without repeating what they share: "6–7 February
// 2018", "14 November – 2 December 2016", "2015–2018"; 2018年2月6日至7日. Equal dates are said
// once. An end that is not stated is left open: "from 2015", 2015年起 ("since" would be false of
// a period still to come); "until 2018", 2018年止. It is "" when neither is stated.
func Span(from, to Date, lang string) string {
	fy, fm, fd, fp := from.parts()
	ty, tm, td, tp := to.parts()
	switch {
	case fp == None && tp == None:
		return ""
	case tp == None:
		if zh(lang) {
			return from.Words(lang) + "起"
		}
		return "from " + from.Words(lang)
	case fp == None:
		if zh(lang) {
			return to.Words(lang) + "止"
		}
		return "until " + to.Words(lang)
	case from == to:
		return from.Words(lang)
	case from.Inferred() && to.Inferred() && from.About() == to.About() && fp == tp && !from.About():
		// What is true of both ends is said once.
		return inferred(Span(from.Bare(), to.Bare(), lang), lang)
	}
	// Only plain dates of equal precision share parts: a qualifier belongs to its whole date.
	plain := fp == tp && from == from.Bare() && to == to.Bare()
	if zh(lang) {
		switch {
		case plain && fy == ty && fm == tm:
			ty, tm = 0, 0
		case plain && fy == ty:
			ty = 0
		default:
			return from.Words(lang) + "至" + to.Words(lang)
		}
		return from.Words(lang) + "至" + civil(ty, tm, td, lang)
	}
	dash := " – "
	switch {
	case !plain:
		return from.Words(lang) + dash + to.Words(lang)
	case fp == Year:
		return strconv.Itoa(fy) + "–" + strconv.Itoa(ty)
	case fy != ty:
	case fm == tm:
		fy, fm, dash = 0, 0, "–"
	case fp == Month:
		fy, dash = 0, "–"
	default:
		fy = 0
	}
	return civil(fy, fm, fd, lang) + dash + civil(ty, tm, td, lang)
}

// On gives the day or days of something that happens: as Span, but a first day without a last is
// that day alone, and nothing is left open.
func On(first, last Date, lang string) string {
	if last.IsZero() {
		last = first
	}
	return Span(first, last, lang)
}

// Instant gives a moment in zone z: "23 November 2026, 09:51 Beijing time"; 2026年11月23日
// 09:51（北京时间）. A zone that is not stated is UTC. It is "" for the zero time.
func Instant(t time.Time, z Zone, lang string) string {
	if t.IsZero() {
		return ""
	}
	if !z.Valid() {
		z = UTC
	}
	clock := t.In(z.Location()).Format("15:04")
	if zh(lang) {
		return DayOf(t, z, lang) + " " + clock + "（" + z.Words(lang) + "）"
	}
	return DayOf(t, z, lang) + ", " + clock + " " + z.Words(lang)
}

// DayOf gives the civil day of a moment in zone z: "23 November 2026"; 2026年11月23日. A zone
// that is not stated is UTC. It is "" for the zero time.
func DayOf(t time.Time, z Zone, lang string) string {
	if t.IsZero() {
		return ""
	}
	y, m, d := t.In(z.Location()).Date()
	return civil(y, int(m), d, lang)
}

// InBoth gives a clock reading in the zone where it was stated and in another: "09:00 Beijing ·
// 02:00 Brussels"; 北京时间 09:00 · 布鲁塞尔时间 02:00. Where the civil day differs it says so:
// "(+1 day)", （次日）. The other zone is left out when it is the same, when not stated, or when
// d is not known to the day, since the distance between two zones depends on the day. It is ""
// when c is not stated. meant is asked where the clock showed c twice that day.
func InBoth(d Date, c Clock, z, other Zone, meant Turn, lang string) string {
	if !c.Valid() {
		return ""
	}
	s := at(string(c), z, lang)
	t, ok := Moment(d, c, z, meant)
	if !ok || other == z || !other.Valid() {
		return s
	}
	there := t.In(other.Location())
	s += " · " + at(there.Format("15:04"), other, lang)
	day := there.Format(time.DateOnly)
	switch here := string(d.Bare()); {
	case day > here && zh(lang):
		s += "（次日）"
	case day > here:
		s += " (+1 day)"
	case day < here && zh(lang):
		s += "（前一日）"
	case day < here:
		s += " (−1 day)"
	}
	return s
}

func at(clock string, z Zone, lang string) string {
	switch {
	case !z.Valid():
		return clock
	case zh(lang):
		return z.Words(lang) + " " + clock
	}
	return clock + " " + z.City(lang)
}
