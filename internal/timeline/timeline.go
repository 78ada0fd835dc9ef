// Package timeline draws a plan on a line of time, as SVG that needs neither script nor style
// sheet: a row for each activity, its state told by shape and word, the endorsed baseline behind
// it, today's line across. It knows nothing of projects and holds no words of its own: the
// caller gives titles, dates in words and the few terms on the drawing.
//
// # Looks
//
// Everything carries presentation attributes in the light colours, so that a saved drawing
// stands alone; a style sheet overrides them by class. The classes:
//
//	svg.timeline      the drawing, 1200 units wide; sizes below are in these units
//	.year .month      words of the scale            .grid .grid-year .line   its lines
//	.group            title of a group (text)       .name      title of a row (text)
//	.stand            state of a row in words, with .stand-STATE
//	.note             date and note beside a bar; "date not stated"; words of the key
//	.bar .bar-STATE   a bar, by the state's shape:
//	   .bar-held         filled
//	   .bar-planned      outlined; also the outline of what is under way, and of states not named here
//	   .bar-underway     the filled part of what is under way
//	   .bar-proposed     outlined in dots (beside .bar-planned)
//	   .bar-postponed    outlined in dashes
//	   .bar-cancelled    outlined in dashes of a thin line, and the stroke through it
//	.milestone        a diamond in place of a bar; .milestone-done when held
//	.endorsed         the outlined bed of the baseline
//	.dep .dep-head    from a row to the one that waits for it
//	.more             a bar goes on beyond the edge
//	.today .today-label
//	.key              the group of the key
//	.hit              the ground of a linked row, for hover and focus (a.row)
//
// The drawing is a group with a title and a description; each row is one link whose name says
// title, state, date and note. The page shows the same data as a table.
package timeline

import (
	"io"
	"slices"
	"strings"
	"time"
)

// Plan is what is drawn. Only calendar dates count in its times, each in its own location.
type Plan struct {
	ID   string // beginning of the ids in the drawing, where a page has several; empty: "plan"
	Lang string // BCP 47, of everything that has no language of its own

	// Title and Desc name and describe the drawing for those who do not see it.
	Title, Desc string

	// From and To bound the drawing, both days included. Zero: as the rows need, rounded to the
	// scale. What lies beyond is shown to lie beyond.
	From, To time.Time
	Today    time.Time // zero, or out of bounds: no line

	Groups []Group
	Words  Words
}

// Group is a focus area, a theme, a track.
type Group struct {
	Title, Lang string
	Rows        []Row
}

// Row is one activity.
type Row struct {
	ID          string
	Title, Lang string
	Href        string // a path, or an http(s) address; anything else is left out

	State      string // gives the shape: see the package's classes
	StateWords string
	When       string // the date in words, beside the bar: "February 2018"
	Note       string // follows When where there is room

	From, To           time.Time // both days included; one of them zero: a single day
	FromVague, ToVague bool      // only the month or year is known: that end dissolves
	Unknown            bool      // no date stated; so also when both are zero
	Milestone          bool      // a point in time, drawn as a diamond at From

	Baseline  *Span    // as both sides endorsed it
	DependsOn []string // ids of the rows this one waits for
}

// Span is from day to day, both included.
type Span struct{ From, To time.Time }

// Words are the terms on the drawing, in Plan.Lang. An empty one leaves its place empty.
type Words struct {
	Today     string     // "Today", "as of 3 September 2018"
	Unknown   string     // "date not stated"
	Empty     string     // what is said of a plan without rows
	Continued string     // behind the title of a group that began on an earlier sheet
	Baseline  string     // in the key: "endorsed baseline"
	Vague     string     // in the key: "day not known"
	DependsOn string     // in the key: "waits for"
	Months    [12]string // short, for the scale; empty: numbers

	Year  func(year int) string               // nil: digits
	Month func(year int, m time.Month) string // a month with its year; nil: made of the two
}

// The drawing's measures, in units of its view box.
const (
	Width = 1200 // of every drawing

	nameX, nameW   = 0, 292
	stateX, stateW = 306, 76
	left, right    = 396, 1188 // of the chart
	headH          = 58
	barH           = 12
	minBar         = 10 // narrower, a shape cannot be told
	lineH          = 17
	nameSize       = 14
	noteSize       = 13
	groupSize      = 17
	monthSize      = 13
	yearSize       = 18
	tall           = 900 // from here on the scale stands again at the foot
)

// A3 is the height in units that a sheet of A3 in landscape has for a drawing of full width,
// under a heading of some lines.
const A3 = 740

// item is a row, or a group's title, with its place.
type item struct {
	row    *Row
	title  string // of a group, uncut
	lines  []string
	lang   string
	y, h   float64
	x1, x2 float64 // the bar as drawn
	state  bool    // false: no bar (a title, or no date)
}

func (it *item) mid() float64 { return it.y + it.h/2 }

// Draw writes the plan as one SVG element, without an XML declaration, fit for a page and for a
// file alike.
func Draw(w io.Writer, p Plan) error {
	d := drawing{plan: p, scale: fit(p), id: ident(p.ID)}
	d.layout()
	d.draw()
	_, err := w.Write(d.b.Bytes())
	return err
}

// Sheets cuts a plan into plans whose drawings are at most height units high (A3, for paper),
// on one common scale. The title of a group stands again on every sheet that it reaches. A
// dependency is drawn where both its rows are on one sheet.
func Sheets(p Plan, height float64) []Plan {
	s := fit(p)
	if s.ok {
		p.From, p.To = s.date(s.lo), s.date(s.hi-1)
	}
	whole := drawing{plan: p, scale: s}
	whole.layout()
	room := height - headH - whole.keyH() - 16
	var out []Plan
	sheet, used := p, 0.0
	sheet.Groups = nil
	flush := func() {
		if len(sheet.Groups) > 0 {
			out = append(out, sheet)
		}
		sheet.Groups, used = nil, 0
	}
	for _, g := range p.Groups {
		titleH := groupH(g)
		open := false
		part := Group{Title: g.Title, Lang: g.Lang}
		for _, r := range g.Rows {
			need := rowH(r)
			if !open {
				need += titleH
			}
			if used > 0 && used+need > room {
				if open {
					sheet.Groups = append(sheet.Groups, part)
					part = Group{Title: strings.TrimSpace(g.Title + " " + p.Words.Continued), Lang: g.Lang}
				}
				flush()
				need = rowH(r) + titleH
			}
			open = true
			used += need
			part.Rows = append(part.Rows, r)
		}
		if open || len(g.Rows) == 0 {
			if !open {
				used += titleH
			}
			sheet.Groups = append(sheet.Groups, part)
		}
	}
	flush()
	if len(out) == 0 {
		return []Plan{p}
	}
	return out
}

func nameLines(r Row) []string    { return wrap(r.Title, nameW, nameSize, 3) }
func groupLines(g Group) []string { return wrap(g.Title, stateX+stateW, groupSize, 2) }

func rowH(r Row) float64 { return float64(len(nameLines(r))-1)*lineH + 30 }

func groupH(g Group) float64 {
	if strings.TrimSpace(g.Title) == "" {
		return 8
	}
	return float64(len(groupLines(g))-1)*21 + 42
}

// shape is how a state looks.
type shape int

const (
	outlined shape = iota
	filled
	half
	dotted
	dashed
	struck
)

// shapes gives the states their shapes; a state that is not here is outlined, which claims least.
var shapes = map[string]shape{
	"held": filled, "completed": filled, "reached": filled,
	"under-way": half, "underway": half,
	"planned": outlined, "confirmed": outlined,
	"proposed": dotted, "draft": dotted,
	"postponed": dashed, "carried-forward": dashed,
	"cancelled": struck, "withdrawn": struck,
}

// bounds gives the days of a span, from inclusive to exclusive. ok is false without a date.
func bounds(from, to time.Time) (lo, hi int64, ok bool) {
	if from.IsZero() && to.IsZero() {
		return 0, 0, false
	}
	if from.IsZero() {
		from = to
	}
	if to.IsZero() {
		to = from
	}
	lo, hi = dayOf(from), dayOf(to)
	if hi < lo {
		lo, hi = hi, lo
	}
	return lo, hi + 1, true
}

func (r *Row) bounds() (lo, hi int64, ok bool) {
	if r.Unknown {
		return 0, 0, false
	}
	if r.Milestone && !r.From.IsZero() {
		return bounds(r.From, r.From)
	}
	return bounds(r.From, r.To)
}

// eachSpan calls f with the days of every row and baseline.
func (p *Plan) eachSpan(f func(lo, hi int64)) {
	for _, g := range p.Groups {
		for i := range g.Rows {
			r := &g.Rows[i]
			if lo, hi, ok := r.bounds(); ok {
				f(lo, hi)
			}
			if r.Baseline != nil {
				if lo, hi, ok := bounds(r.Baseline.From, r.Baseline.To); ok {
					f(lo, hi)
				}
			}
		}
	}
}

// states lists one row for each state drawn, in the order of its shapes, for the key.
func (p *Plan) states() []*Row {
	var out []*Row
	for _, g := range p.Groups {
		for i := range g.Rows {
			r := &g.Rows[i]
			if _, _, ok := r.bounds(); !ok || strings.TrimSpace(r.StateWords) == "" {
				continue
			}
			if !slices.ContainsFunc(out, func(o *Row) bool { return o.State == r.State }) {
				out = append(out, r)
			}
		}
	}
	rank := [...]int{outlined: 2, filled: 0, half: 1, dotted: 3, dashed: 4, struck: 5}
	slices.SortStableFunc(out, func(a, b *Row) int { return rank[shapes[a.State]] - rank[shapes[b.State]] })
	return out
}
