package timeline

import (
	"math"
	"strings"
)

// bar draws a row's bar, or the sign that it lies beyond an edge.
func (d *drawing) bar(it *item) {
	r := it.row
	lo, hi, _ := r.bounds()
	y := it.mid()
	before, after := d.scale.lo > lo, d.scale.hi < hi
	if r.Milestone {
		if x := d.scale.x(lo); x >= left && x <= right {
			d.diamond(x, y, r.State)
			return
		}
		before, after = lo < d.scale.lo, lo >= d.scale.hi
		it.x1 = math.Min(math.Max(it.x1, left), right)
		it.x2 = it.x1
	}
	if it.x2 > it.x1 {
		d.shape(it.x1, it.x2, y, r.State, r.FromVague && !before, r.ToVague && !after, d.now())
	}
	if before {
		d.f(`<path class="more" d="M%v %vl-6 5l6 5z" fill="%v"/>`, left-3.0, y-5, edge)
	}
	if after {
		d.f(`<path class="more" d="M%v %vl6 5l-6 5z" fill="%v"/>`, right+3.0, y-5, edge)
	}
}

// now gives the place of today, or a place left of everything.
func (d *drawing) now() float64 {
	if d.plan.Today.IsZero() || !d.scale.ok {
		return -1
	}
	return d.scale.x(dayOf(d.plan.Today))
}

func (d *drawing) diamond(x, y float64, state string) {
	const r = barH/2 + 1
	d.f(`<path class="milestone`)
	fill, line, dash := paper, ink, raw("")
	switch shapes[state] {
	case filled:
		d.f(` milestone-done`)
		fill, line = jade, jade
	case dotted:
		dash = ` stroke-dasharray="1.5 2.5"`
	case dashed, struck:
		dash = ` stroke-dasharray="3 2"`
	}
	d.f(`" d="M%v %vl%v %vl-%v %vl-%v -%vz" fill="%v" stroke="%v" stroke-width="1.5"%v/>`, x, y-r, float64(r), float64(r), float64(r), float64(r), float64(r), float64(r), fill, line, dash)
	if shapes[state] == struck {
		d.f(`<path class="bar-cancelled" d="M%v %vh%v" fill="none" stroke="%v"/>`, x-r-4, y, 2*r+8.0, muted)
	}
}

// shape draws a bar by its state. An end of which only the month or year is known dissolves into
// strokes ever further apart; what is left firm says the state.
func (d *drawing) shape(x1, x2, y float64, state string, fromVague, toVague bool, now float64) {
	form := shapes[state]
	top := y - barH/2
	firm1, firm2 := x1, x2
	soft := (x2 - x1) / 3
	if !fromVague || !toVague {
		soft = math.Min((x2-x1)/2, 60)
	}
	if fromVague {
		firm1 += soft
	}
	if toVague {
		firm2 -= soft
	}
	name, line := "bar-planned", ink
	switch form {
	case filled:
		name, line = "bar-held", jade
	case dashed:
		name, line = "bar-postponed", seal
	case struck:
		name, line = "bar-cancelled", muted
	}
	if fromVague || toVague {
		width := 0.0 // the stroke alone
		if form == filled {
			width = 1.5
		}
		d.f(`<path class="bar %v" d="`, raw(name))
		if fromVague {
			d.dissolve(firm1, -soft, top, width)
		}
		if toVague {
			d.dissolve(firm2, soft, top, width)
		}
		if form == filled {
			d.f(`" fill="%v"/>`, jade)
		} else {
			d.f(`" fill="%v" stroke="%v" stroke-width="1.2"/>`, paper, line)
		}
	}
	if form == filled {
		d.f(`<rect class="bar bar-held" x="%v" y="%v" width="%v" height="%v" fill="%v"/>`, firm1, top, firm2-firm1, barH, jade)
		return
	}
	var dash raw
	switch form {
	case dotted:
		name, dash = "bar-planned bar-proposed", ` stroke-dasharray="1.5 2.5"`
	case dashed:
		dash = ` stroke-dasharray="4 3"`
	case struck:
		dash = ` stroke-dasharray="2 2"`
	}
	d.f(`<rect class="bar %v" x="%v" y="%v" width="%v" height="%v" fill="%v" stroke="%v" stroke-width="1.5"%v/>`,
		raw(name), firm1+0.75, top+0.75, math.Max(firm2-firm1-1.5, 1), barH-1.5, paper, line, dash)
	switch form {
	case half: // up to today, so long as it still looks like a part
		share := 0.5
		if now > firm1 && now < firm2 {
			share = math.Min(math.Max((now-firm1)/(firm2-firm1), 0.25), 0.75)
		}
		d.f(`<rect class="bar bar-underway" x="%v" y="%v" width="%v" height="%v" fill="%v"/>`, firm1, top, (firm2-firm1)*share, barH, ink)
	case struck:
		d.f(`<path class="bar-cancelled" d="M%v %vH%v" fill="none" stroke="%v" stroke-width="1.5"/>`, firm1-4, y, firm2+4, muted)
	}
}

// dissolve appends strokes to a path, from x over a length that may point left.
func (d *drawing) dissolve(x, length, top, width float64) {
	n := int(math.Min(math.Max(math.Abs(length)/6, 3), 30))
	for k := 1; k <= n; k++ {
		at := x + length*math.Pow(float64(k)/float64(n), 1.5)
		d.f(`M%v %vv%vh%vv-%vz`, at-width/2, top, barH, width, barH)
	}
}

func joinNote(parts ...string) string {
	var out []string
	for _, s := range parts {
		if s = plain(s); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, " · ")
}

// note writes date and note beside the bar: on its right, else on its left, else not at all (the
// row's name has them).
func (d *drawing) note(it *item) {
	x1, x2 := it.x1, it.x2
	if b := it.row.Baseline; b != nil {
		if lo, hi, ok := bounds(b.From, b.To); ok {
			if b1, b2 := d.place(lo, hi, minBar); b1 != b2 {
				x1, x2 = math.Min(x1, b1-2.5), math.Max(x2, b2+2.5)
			}
		}
	}
	full, short := joinNote(it.row.When, it.row.Note), plain(it.row.When)
	type place struct {
		s    string
		left bool
	}
	places := []place{{full, false}, {full, true}, {short, false}, {short, true}}
	if len(it.row.DependsOn) > 0 { // its left is where the lines come in
		x1 -= 13
		places = []place{{full, false}, {short, false}, {full, true}, {short, true}}
	}
	for _, p := range places {
		w := measure(p.s, noteSize)
		x, anchor := x2+7, raw("")
		if p.left {
			x, anchor = x1-7, ` text-anchor="end"`
		}
		if p.s == "" || p.left && x-w < left || !p.left && x+w > right {
			continue
		}
		d.f(`<text class="note" x="%v" y="%v" font-size="%v" fill="%v"%v%v>%v</text>`, x, it.mid()+4.5, noteSize, muted, halo, anchor, p.s)
		return
	}
}

func (d *drawing) today() {
	x := d.now()
	if x < left || x > right {
		return
	}
	w := measure(d.plan.Words.Today, noteSize) * 1.05
	d.f(`<path class="today" d="M%v 18V%v" fill="none" stroke="%v" stroke-width="1.5"/>`, x, d.end, seal)
	d.f("<text class=\"today-label\" x=\"%v\" y=\"12\" font-size=\"%v\" text-anchor=\"middle\" fill=\"%v\">%v</text>\n",
		math.Min(math.Max(x, left+w/2), Width-w/2), noteSize, seal, d.plan.Words.Today)
}
