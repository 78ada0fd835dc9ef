package web

import (
	"slices"
	"strconv"
	"strings"

	"entente/internal/shape"
	"entente/internal/text"
)

// A form shows the items of its lists as long as their controls stay below so many bytes, those that
// somebody asked for or that hold a fault a little longer. What is beyond stands folded: its words, a
// button that opens it, and its values as they are, which cost what was sent and no more. An item of
// an agenda has a list of all institutions for each speaker; some hundred would make a page of many
// megabytes.
const (
	openBytes   = 384 << 10
	wantedBytes = 128 << 10
)

// Folded is an item of a list whose controls are not drawn.
type Folded struct {
	Text   string
	Tongue text.Lang // of the text, where it has one
	Values []KeptField
	Faults []FieldFault
}

// folding bounds the items that a form draws.
type folding struct {
	open, wanted int      // bytes left
	names        []string // of the values and of the faults, sorted
	faulty       []string
	choices      map[string]int // bytes of a kind's options
}

func (f *form) fold() {
	f.folding = &folding{open: openBytes, wanted: wantedBytes, choices: map[string]int{}}
	for name := range f.values {
		f.folding.names = append(f.folding.names, name)
	}
	for path := range f.faults {
		f.folding.faulty = append(f.folding.faulty, path)
	}
	slices.Sort(f.folding.names)
	slices.Sort(f.folding.faulty)
	for kind, titles := range f.choices {
		for _, t := range titles {
			f.folding.choices[kind] += len(`<option value=""></option>`) + len(t.ID) + len(t.Text)
		}
	}
}

// under gives those of sorted paths that are at or beneath a path.
func under(sorted []string, path string) []string {
	from, at := slices.BinarySearch(sorted, path)
	var out []string
	if at {
		out = sorted[from : from+1 : from+1]
	}
	from, _ = slices.BinarySearch(sorted, path+".")
	to := from
	for to < len(sorted) && strings.HasPrefix(sorted[to], path+".") {
		to++
	}
	return append(out, sorted[from:to]...)
}

// draws says whether the item at a path is drawn, and takes what it costs.
func (f *form) draws(path string, d *shape.Field) bool {
	g := f.folding
	if g == nil {
		return true
	}
	cost := 1000 + f.cost(d)
	switch {
	case g.open >= cost:
		g.open -= cost
	case g.wanted >= cost && (f.values.Has(path+".open") || f.values.Has(path+".new") || len(under(g.faulty, path)) > 0):
		g.wanted -= cost
	default:
		return false
	}
	return true
}

// cost gives roughly the bytes of the controls of one such field, without those of items in it.
func (f *form) cost(d *shape.Field) int {
	n := 600
	switch d.Control {
	case shape.Group:
		for i := range d.Fields {
			if n += f.cost(&d.Fields[i]); d.Fields[i].List {
				n += 1500 // the blank item
			}
		}
	case shape.Multi:
		n += 1200 * len(f.langs)
	case shape.Choice:
		n += 60 * len(d.Options)
	case shape.Ref:
		n += f.folding.choices[d.RefKind]
	}
	return n
}

// folded gives an item that is not drawn. A list of plain values repeats its name.
func (f *form) folded(path, n string, d *shape.Field) *Folded {
	at := path + "." + n
	out := &Folded{}
	if d.Control != shape.Group && d.Control != shape.Multi {
		i, _ := strconv.Atoi(n)
		out.Values = []KeptField{{path, f.values[path][i]}}
	} else {
		for _, name := range under(f.folding.names, at) {
			for _, v := range f.values[name] {
				if v != "" {
					out.Values = append(out.Values, KeptField{name, v})
				}
			}
		}
	}
	for _, p := range under(f.folding.faulty, at) {
		out.Faults = append(out.Faults, FieldFault{p, f.faults[p]})
	}
	out.Text, out.Tongue = f.itemWords(at, d, out.Values)
	return out
}

// itemWords gives what an item is known by: the first of its fields that holds anything.
func (f *form) itemWords(at string, d *shape.Field, values []KeptField) (string, text.Lang) {
	const enough = 80
	switch d.Control {
	case shape.Group:
		for i := range d.Fields {
			if in := &d.Fields[i]; !in.List {
				if s, l := f.itemWords(at+"."+in.Name, in, nil); s != "" {
					return s, l
				}
			}
		}
		return "", ""
	case shape.Multi:
		for _, l := range append([]text.Lang{f.Lang}, f.langs...) {
			if s := f.values.Get(at + "." + l); s != "" {
				return text.Excerpt(s, enough), l
			}
		}
		return "", ""
	}
	v := f.values.Get(at)
	if len(values) > 0 {
		v = values[0].Value
	}
	for _, t := range f.choices[d.RefKind] {
		if d.Control == shape.Ref && t.ID == v {
			return t.Text, t.Lang
		}
	}
	return text.Excerpt(v, enough), ""
}
