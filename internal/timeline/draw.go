package timeline

import (
	"bytes"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"

	"entente/internal/bidi"
	"entente/internal/text"
)

// The light colours of the house, for a drawing without a style sheet. Those that no style sheet
// needs to override (edge) can be seen on dark ground too.
const (
	ink   = "#1b2330"
	muted = "#5a6472"
	rule  = "#dcd8cd"
	edge  = "#7f8690"
	paper = "#fff"
	jade  = "#1f6b5c"
	seal  = "#a8322a"

	sans  = "'Ysabeau Office', 'Noto Sans', 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
	serif = "Newsreader, Georgia, 'Noto Serif', 'Songti SC', 'Noto Serif CJK SC', serif"
)

type drawing struct {
	plan  Plan
	scale scale
	id    string
	items []item
	end   float64 // where the rows end
	b     bytes.Buffer
}

// f writes markup. Every string among args is escaped and every number rounded, so that nothing
// from outside can be anything but text; markup stands in the format alone.
func (d *drawing) f(format string, args ...any) {
	for i, a := range args {
		switch v := a.(type) {
		case string:
			args[i] = escape(v)
		case float64:
			args[i] = num(v)
		}
	}
	fmt.Fprintf(&d.b, format, args...)
}

// raw is markup of our own making.
type raw string

// halo keeps the lines that pass behind words away from them.
const halo raw = ` paint-order="stroke" stroke="#fff" stroke-width="4" stroke-linejoin="round"`

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

func escape(s string) string { return escaper.Replace(bidi.Isolate(plain(s))) }

func num(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

// ident keeps what an id may hold without quoting anywhere.
func ident(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, s)
	if s == "" {
		return "plan"
	}
	return s
}

// class keeps what one class name may hold.
func class(s string) string {
	if s == "" {
		return "none"
	}
	return ident(s)
}

// lang writes a language where it differs from the one around it.
func lang(tag, around string) raw {
	if tag == "" || tag == around || ident(tag) != tag {
		return ""
	}
	return raw(` lang="` + tag + `"`)
}

// link lets through what leads to a page, and nothing that runs.
func link(s string) string {
	u, err := url.Parse(s)
	if err != nil || s == "" || u.Opaque != "" || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

// layout gives every title and row its place.
func (d *drawing) layout() {
	y := float64(headH)
	for gi := range d.plan.Groups {
		g := &d.plan.Groups[gi]
		h := groupH(*g)
		d.items = append(d.items, item{title: g.Title, lines: groupLines(*g), lang: g.Lang, y: y, h: h})
		y += h
		for ri := range g.Rows {
			r := &g.Rows[ri]
			it := item{row: r, lines: nameLines(*r), lang: r.Lang, y: y}
			it.h = float64(len(it.lines)-1)*lineH + 30
			if lo, hi, ok := r.bounds(); ok {
				it.state = true
				it.x1, it.x2 = d.place(lo, hi, minBar)
				if r.Milestone {
					it.x1, it.x2 = d.scale.x(lo)-barH/2-1, d.scale.x(lo)+barH/2+1
				}
			}
			d.items = append(d.items, it)
			y += it.h
		}
	}
	d.end = y
}

// place gives the ends of a bar no narrower than least, cut at the edges of the chart. What lies
// beyond an edge has both ends there.
func (d *drawing) place(lo, hi int64, least float64) (x1, x2 float64) {
	x1, x2 = d.scale.x(lo), d.scale.x(hi)
	if x2 <= left || x1 >= right {
		x := math.Min(math.Max(x1, left), right)
		return x, x
	}
	x1, x2 = math.Max(x1, left), math.Min(x2, right)
	if x2-x1 < least {
		x2 = x1 + least
		if x2 > right {
			x1, x2 = right-least, right
		}
	}
	return x1, x2
}

func (d *drawing) draw() {
	p := &d.plan
	many := d.end > tall
	foot := 14.0
	if many && d.scale.ok {
		foot = headH - 8
	}
	key := d.key()
	height := d.end + foot + d.keyH()
	if len(d.items) == 0 {
		height = headH + 64 + foot
		d.end = headH + 64
	}

	d.f(`<svg xmlns="http://www.w3.org/2000/svg" class="timeline" viewBox="0 0 %v %v" width="100%%" role="group" aria-labelledby="%v-t" aria-describedby="%v-d"%v font-family="%v" font-size="%v" fill="%v">`,
		float64(Width), height, d.id, d.id, lang(p.Lang, ""), raw(sans), nameSize, ink)
	d.f("<title id=\"%v-t\">%v</title><desc id=\"%v-d\">%v</desc>\n", d.id, p.Title, d.id, p.Desc)
	if d.scale.ok {
		d.axis(many)
	}
	if len(d.items) == 0 {
		d.f(`<text class="note" x="%v" y="%v" text-anchor="middle" fill="%v">%v</text>`, (left+right)/2.0, headH+38.0, muted, p.Words.Empty)
	}
	d.baselines()
	d.dependencies()
	d.today()
	d.rows()
	if key != nil {
		d.f("<g class=\"key\">\n")
		for _, k := range key {
			k()
		}
		d.f("</g>\n")
	}
	d.f("</svg>\n")
}

// axis draws the grid and its words. It says nothing that the rows' own dates do not say, so
// those who listen to the drawing are spared it.
func (d *drawing) axis(foot bool) {
	d.f("<g aria-hidden=\"true\">\n")
	ticks := d.scale.ticks(d.plan.Words)
	last, lastMonth := math.Inf(-1), math.Inf(-1)
	words := func(yearY, monthY float64) {
		last, lastMonth = math.Inf(-1), math.Inf(-1)
		for i, t := range ticks {
			next := float64(right) + 8
			if i+1 < len(ticks) {
				next = ticks[i+1].x
			}
			if w := measure(t.head, yearSize); t.head != "" && t.x >= last && w <= t.room {
				d.f(`<text class="year" x="%v" y="%v" font-family="%v" font-size="%v">%v</text>`, t.x+5, yearY, raw(serif), yearSize, t.head)
				last = t.x + w + 12
			}
			if w := measure(t.word, monthSize); t.word != "" && t.x >= lastMonth && t.x+4+w <= next {
				d.f(`<text class="month" x="%v" y="%v" font-size="%v" fill="%v">%v</text>`, t.x+5, monthY, monthSize, muted, t.word)
				lastMonth = t.x + w + 4
			}
		}
		d.f("\n")
	}
	words(30, 49)
	var fine, bold strings.Builder
	for _, t := range ticks {
		if t.major {
			fmt.Fprintf(&bold, "M%s 16V%s", num(t.x), num(d.end))
		} else {
			fmt.Fprintf(&fine, "M%s 38V%s", num(t.x), num(d.end))
		}
	}
	if fine.Len() > 0 {
		d.f("<path class=\"grid\" d=\"%v\" fill=\"none\" stroke=\"%v\"/>\n", raw(fine.String()), rule)
	}
	d.f("<path class=\"grid-year\" d=\"%v\" fill=\"none\" stroke=\"%v\"/>\n", raw(bold.String()), edge)
	if foot {
		words(d.end+38, d.end+17)
		d.f("<path class=\"line\" d=\"M0 %vH%v\" fill=\"none\" stroke=\"%v\"/>\n", d.end, float64(Width), ink)
	}
	d.f("<path class=\"line\" d=\"M0 %vH%v\" fill=\"none\" stroke=\"%v\"/>\n</g>\n", float64(headH), float64(Width), ink)
}

// baselines draws where both sides agreed each row to stand, before anything else in the rows.
func (d *drawing) baselines() {
	for i := range d.items {
		it := &d.items[i]
		if it.row == nil || it.row.Baseline == nil {
			continue
		}
		lo, hi, ok := bounds(it.row.Baseline.From, it.row.Baseline.To)
		if !ok {
			continue
		}
		x1, x2 := d.place(lo, hi, minBar)
		if x1 == x2 {
			continue
		}
		d.f("<rect class=\"endorsed\" x=\"%v\" y=\"%v\" width=\"%v\" height=\"%v\" fill=\"none\" stroke=\"%v\"/>\n", x1-2.5, it.mid()-barH/2-3.5, x2-x1+5, barH+7.0, edge)
	}
}

// dependencies draws a thin elbow from the end of each row to the beginning of those that wait
// for it: down (or up) from the bar's end, so as to leave the words beside it alone.
func (d *drawing) dependencies() {
	at := map[string]*item{}
	for i := range d.items {
		if it := &d.items[i]; it.row != nil && it.x2 > it.x1 && it.row.ID != "" && at[it.row.ID] == nil {
			at[it.row.ID] = it
		}
	}
	for i := range d.items {
		to := &d.items[i]
		if to.row == nil || to.x2 <= to.x1 { // a title, no date, or beyond the edges
			continue
		}
		for _, id := range to.row.DependsOn {
			from := at[id]
			if from == nil || from.row == to.row {
				continue
			}
			sign := 1.0
			if from.y > to.y {
				sign = -1
			}
			x, y := from.x2-2, from.mid()+sign*(barH/2+1)
			end := to.x1 - 2
			d.f(`<path class="dep" d="M%v %vV`, x, y)
			if end-4 > x {
				d.f(`%vH%v`, to.mid(), end)
			} else { // it begins before the other ends: around, just inside its row
				turn := to.y + 4
				if sign < 0 {
					turn = to.y + to.h - 4
				}
				d.f(`%vH%vV%vH%v`, turn, to.x1-11, to.mid(), end)
			}
			d.f("\" fill=\"none\" stroke=\"%v\"/><path class=\"dep-head\" d=\"M%v %vl-5 -3v6z\" fill=\"%v\"/>\n", edge, end, to.mid(), edge)
		}
	}
}

func (d *drawing) rows() {
	open := false
	for i := range d.items {
		it := &d.items[i]
		if it.row == nil {
			if open {
				d.f("</g>\n")
			}
			open = true
			title := text.OneLine(strings.Join(it.lines, "\n"))
			if title == "" {
				d.f("<g role=\"group\" aria-label=\"%v\">\n", d.plan.Title)
				continue
			}
			d.f("<g role=\"group\" aria-label=\"%v\"%v>", it.title, lang(it.lang, d.plan.Lang))
			for n, l := range it.lines {
				d.f(`<text class="group" x="0" y="%v" font-family="%v" font-size="%v" aria-hidden="true">%v</text>`, it.y+30+float64(n)*21, raw(serif), groupSize, l)
			}
			d.f("<path class=\"grid\" d=\"M0 %vH%v\" fill=\"none\" stroke=\"%v\"/>\n", it.y+it.h, float64(Width), rule)
			continue
		}
		d.row(it, i+1 < len(d.items) && d.items[i+1].row == nil)
	}
	if open {
		d.f("</g>\n")
	}
}

func (d *drawing) row(it *item, last bool) {
	r := it.row
	href := link(r.Href)
	when := r.When
	if !it.state {
		when = d.plan.Words.Unknown
	}
	sep := ", "
	if strings.HasPrefix(d.plan.Lang, "zh") {
		sep = "，"
	}
	var parts []string
	for _, s := range []string{r.Title, r.StateWords, when, r.Note} {
		if s = plain(s); s != "" {
			parts = append(parts, s)
		}
	}
	name := strings.Join(parts, sep)
	if name == "" {
		name = "–"
	}
	if href != "" {
		d.f(`<a class="row" href="%v" aria-label="%v"><title>%v</title>`, href, name, name)
		d.f(`<rect class="hit" x="0" y="%v" width="%v" height="%v" fill="none" pointer-events="all"/>`, it.y+1, float64(Width), it.h-2)
	} else {
		d.f(`<g class="row" role="img" aria-label="%v"><title>%v</title>`, name, name)
	}
	base := it.mid() - float64(len(it.lines)-1)*lineH/2 + 4.5
	for n, l := range it.lines {
		d.f(`<text class="name" x="%v" y="%v"%v`, float64(nameX), base+float64(n)*lineH, lang(it.lang, d.plan.Lang))
		if shapes[r.State] == struck {
			d.f(` text-decoration="line-through" fill="%v"`, muted)
		}
		d.f(">%v</text>\n", l) // the space keeps lines apart for those who read them as one
	}
	d.f(`<text class="stand stand-%v" x="%v" y="%v" font-size="%v" fill="%v">%v</text> `, class(r.State), float64(stateX), it.mid()+4.5, noteSize, muted, cut(r.StateWords, stateW, noteSize))
	if it.state {
		d.bar(it)
		d.note(it)
	} else {
		d.f(`<text class="note" x="%v" y="%v" font-size="%v" fill="%v"%v>%v</text>`, left+6.0, it.mid()+4.5, noteSize, muted, halo, cut(joinNote(when, r.Note), right-left-12, noteSize))
	}
	if href != "" {
		d.f("</a>")
	} else {
		d.f("</g>")
	}
	if !last {
		d.f("<path class=\"grid\" d=\"M0 %vH%v\" fill=\"none\" stroke=\"%v\"/>", it.y+it.h, float64(Width), rule)
	}
	d.f("\n")
}
