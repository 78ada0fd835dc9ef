package when

import (
	"path"
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a node must know every zone, whatever its machine has installed
)

// Clock is a reading of a 24-hour clock, "09:00", in the extended form of ISO 8601-1:2019
// (clause 5.3.1), hours and minutes. The zero value is a time that is not stated.
type Clock string

// ParseClock reads "09:00"; "" is not stated. Hours go from 00 to 23: the end of a day is the
// beginning of the next. The fault is an *Error.
func ParseClock(s string) (Clock, error) {
	if c := Clock(s); s == "" || c.Valid() {
		return c, nil
	}
	if len(s) == 5 && Clock("00:"+s[3:]).Valid() || len(s) == 5 && Clock(s[:3]+"00").Valid() || s == "24:00" {
		return "", &Error{Key: "fault.clock-range", Value: s}
	}
	return "", &Error{Key: "fault.clock", Value: s}
}

// Typed gives an hour as ParseClock reads it where somebody left out the leading zero: 9:00.
func (Clock) Typed(s string) string {
	if len(s) == 4 && s[1] == ':' {
		return "0" + s
	}
	return s
}

// Valid says whether c is stated and a clock reading.
func (c Clock) Valid() bool {
	if len(c) != 5 || c[2] != ':' {
		return false
	}
	for _, i := range [...]int{0, 1, 3, 4} {
		if c[i] < '0' || c[i] > '9' {
			return false
		}
	}
	return c[:2] <= "23" && c[3:] <= "59"
}

// IsZero says whether the clock reading is not stated.
func (c Clock) IsZero() bool { return c == "" }

// MarshalText gives the text form. A value that is not a clock reading is a fault.
func (c Clock) MarshalText() ([]byte, error) {
	_, err := ParseClock(string(c))
	return []byte(c), err
}

// UnmarshalText reads the text form as ParseClock does and leaves c alone on a fault.
func (c *Clock) UnmarshalText(b []byte) error {
	v, err := ParseClock(string(b))
	if err == nil {
		*c = v
	}
	return err
}

// Zone is the name of a time zone in the IANA database, "Asia/Shanghai", or "UTC". The zero
// value is a zone that is not stated.
type Zone string

// The zones that are met most.
const (
	UTC      Zone = "UTC"
	Beijing  Zone = "Asia/Shanghai"
	Brussels Zone = "Europe/Brussels"
)

// areas are the parts of the world in zone names. Only names below them are taken: the others
// are aliases of the past (PRC, US/Eastern), and a machine's own directory also holds Local,
// posixrules and right/…, which mean different things on different machines.
var areas = []string{"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}

var loaded sync.Map // Zone → *time.Location, valid names only, so that input cannot make it grow

func (z Zone) load() *time.Location {
	if z == UTC || z == "Etc/UTC" {
		return time.UTC
	}
	if l, ok := loaded.Load(z); ok {
		return l.(*time.Location)
	}
	area, _, ok := strings.Cut(string(z), "/")
	if !ok || !slices.Contains(areas, area) || path.Clean(string(z)) != string(z) {
		return nil
	}
	l, err := time.LoadLocation(string(z))
	if err != nil {
		return nil
	}
	loaded.Store(z, l)
	return l
}

// ParseZone reads the name of a zone; "" is not stated. The fault is an *Error with key
// fault.zone.
func ParseZone(s string) (Zone, error) {
	if z := Zone(s); s == "" || z.Valid() {
		return z, nil
	}
	return "", &Error{Key: "fault.zone", Value: s}
}

// Valid says whether z is stated and the name of a zone.
func (z Zone) Valid() bool { return z.load() != nil }

// IsZero says whether the zone is not stated.
func (z Zone) IsZero() bool { return z == "" }

// Location gives the rules of the zone; UTC when not stated.
func (z Zone) Location() *time.Location {
	if l := z.load(); l != nil {
		return l
	}
	return time.UTC
}

// MarshalText gives the name. A value that is not the name of a zone is a fault.
func (z Zone) MarshalText() ([]byte, error) {
	_, err := ParseZone(string(z))
	return []byte(z), err
}

// UnmarshalText reads a name as ParseZone does and leaves z alone on a fault.
func (z *Zone) UnmarshalText(b []byte) error {
	v, err := ParseZone(string(b))
	if err == nil {
		*z = v
	}
	return err
}

// City gives the place a zone is called after: "Beijing", 北京. For a city without a Chinese
// name here it is the name as it is in the database.
func (z Zone) City(lang string) string {
	switch {
	case !z.Valid():
		return ""
	case z == UTC || z == "Etc/UTC":
		return "UTC"
	case zh(lang):
		if s, ok := chinese[z]; ok {
			return s
		}
	case z == Beijing || z == "Asia/Chongqing" || z == "Asia/Harbin":
		return "Beijing"
	case z == "Europe/Kiev":
		return "Kyiv"
	}
	s := string(z[strings.LastIndexByte(string(z), '/')+1:])
	return strings.ReplaceAll(s, "_", " ")
}

// Words gives the name of the zone's time: "Beijing time", 北京时间; "UTC".
func (z Zone) Words(lang string) string {
	s := z.City(lang)
	switch {
	case s == "" || s == "UTC":
		return s
	case zh(lang):
		return s + "时间"
	}
	return s + " time"
}

// Turn says which of two instants is meant where a clock is put back and shows an hour twice. The
// zero value is a turn that is not stated.
type Turn string

// The turns.
const (
	First  Turn = "first"  // before the clock is put back
	Second Turn = "second" // after it
)

// Options lists the turns.
func (Turn) Options() []string { return []string{string(First), string(Second)} }

// Moments gives the instants at which a clock in zone z shows c on day d, the earlier first: one,
// two where the clock is put back that day, and none where it is put forward past c, or where one
// of the three is not stated or d is not known to the day.
func Moments(d Date, c Clock, z Zone) (out []time.Time) {
	if d.Precision() != Day || !c.Valid() || !z.Valid() {
		return nil
	}
	const form = "2006-01-02 15:04"
	shown := string(d.Bare()) + " " + string(c)
	utc, err := time.Parse(form, shown)
	if err != nil {
		return nil
	}
	// The zone has one of the offsets that it has a day before and a day after.
	for _, near := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, offset := utc.Add(near).In(z.Location()).Zone()
		t := utc.Add(-time.Duration(offset) * time.Second).In(z.Location())
		if t.Format(form) == shown && (len(out) == 0 || !out[0].Equal(t)) {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

// Moment gives the instant at which a clock in zone z shows c on day d. It is false where there is
// none. Where there are two it is the first, as in RFC 5545, section 3.3.5, unless the second is
// meant.
func Moment(d Date, c Clock, z Zone, meant Turn) (time.Time, bool) {
	all := Moments(d, c, z)
	switch {
	case len(all) == 0:
		return time.Time{}, false
	case meant == Second:
		return all[len(all)-1], true
	}
	return all[0], true
}

// chinese has the Chinese names of the cities after which zones are called, where meetings of a
// dialogue between Europe and China take place or are followed from. It says nothing about
// territories.
var chinese = map[Zone]string{
	"Asia/Shanghai": "北京", "Asia/Chongqing": "北京", "Asia/Harbin": "北京", "Asia/Urumqi": "乌鲁木齐",
	"Asia/Hong_Kong": "香港", "Asia/Macau": "澳门", "Asia/Taipei": "台北",
	"Asia/Bangkok": "曼谷", "Asia/Manila": "马尼拉", "Asia/Tokyo": "东京", "Asia/Seoul": "首尔",
	"Asia/Singapore": "新加坡", "Asia/Kuala_Lumpur": "吉隆坡", "Asia/Jakarta": "雅加达",
	"Asia/Ho_Chi_Minh": "胡志明市", "Asia/Phnom_Penh": "金边", "Asia/Vientiane": "万象",
	"Asia/Yangon": "仰光", "Asia/Dhaka": "达卡", "Asia/Kolkata": "加尔各答", "Asia/Colombo": "科伦坡",
	"Asia/Kathmandu": "加德满都", "Asia/Karachi": "卡拉奇", "Asia/Kabul": "喀布尔",
	"Asia/Tashkent": "塔什干", "Asia/Almaty": "阿拉木图", "Asia/Bishkek": "比什凯克",
	"Asia/Ulaanbaatar": "乌兰巴托", "Asia/Dubai": "迪拜", "Asia/Riyadh": "利雅得", "Asia/Nicosia": "尼科西亚",
	"Europe/Brussels": "布鲁塞尔", "Europe/Vienna": "维也纳", "Europe/Sofia": "索非亚",
	"Europe/Zagreb": "萨格勒布", "Europe/Prague": "布拉格", "Europe/Copenhagen": "哥本哈根",
	"Europe/Tallinn": "塔林", "Europe/Helsinki": "赫尔辛基", "Europe/Paris": "巴黎",
	"Europe/Berlin": "柏林", "Europe/Athens": "雅典", "Europe/Budapest": "布达佩斯",
	"Europe/Dublin": "都柏林", "Europe/Rome": "罗马", "Europe/Riga": "里加", "Europe/Vilnius": "维尔纽斯",
	"Europe/Luxembourg": "卢森堡", "Europe/Malta": "马耳他", "Europe/Amsterdam": "阿姆斯特丹",
	"Europe/Warsaw": "华沙", "Europe/Lisbon": "里斯本", "Europe/Bucharest": "布加勒斯特",
	"Europe/Bratislava": "布拉迪斯拉发", "Europe/Ljubljana": "卢布尔雅那", "Europe/Madrid": "马德里",
	"Europe/Stockholm": "斯德哥尔摩", "Europe/London": "伦敦", "Europe/Zurich": "苏黎世",
	"Europe/Oslo": "奥斯陆", "Atlantic/Reykjavik": "雷克雅未克", "Europe/Kyiv": "基辅", "Europe/Kiev": "基辅",
	"Europe/Moscow": "莫斯科", "Europe/Istanbul": "伊斯坦布尔", "Europe/Belgrade": "贝尔格莱德",
	"Africa/Cairo": "开罗", "Africa/Addis_Ababa": "亚的斯亚贝巴", "Africa/Nairobi": "内罗毕",
	"America/New_York": "纽约", "Australia/Sydney": "悉尼",
}

// ToldIn gives the zone in which a dialogue tells the time, of those where its sides sit: the first, or
// Beijing's where none is said.
func ToldIn(zones []Zone) Zone {
	if len(zones) > 0 {
		return zones[0]
	}
	return Beijing
}
