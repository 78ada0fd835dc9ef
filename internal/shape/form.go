package shape

import (
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"entente/internal/fault"
	"entente/internal/text"
)

const (
	maxIndex = 10_000 // a form's positions stay below it; they need not be dense
	maxDots  = 40     // of a name: more can be no path of ours
)

// DecodeForm fills v, a pointer, from a form whose names are paths, and gives every fault,
// those of Check too. What the form does not name becomes empty; private fields are left as
// they were, except in items of lists, which are made anew.
//
// A text.Multi has a control per language, "title.zh", with its status "title.zh.status" and
// the hash of the original it was made from, "title.zh.of"; "title.zh.fresh" says that it
// matches today's original. A list of groups or of Multi counts its items, "agenda.3.title.en";
// gaps and blank items are passed over and "agenda.3.drop" removes one. Other lists repeat the
// name. Positions in faults are those of the value, not of the form: see Refill.
func DecodeForm(values url.Values, into any) fault.Fields {
	s := settable(into)
	d := formDecoder{}
	d.fields("", describe(s.Type()), s, tree(values))
	return withCheck(d.found, into)
}

// withCheck adds the faults of Check to those of decoding, once per path: what could not be
// read is not also missing.
func withCheck(found fault.Fields, v any) fault.Fields {
	known := map[string]bool{}
	for _, f := range found {
		known[f.Path] = true
	}
	for _, f := range Check(v) {
		if !known[f.Path] {
			found = append(found, f)
		}
	}
	return found
}

// node is what a form has at a path and beneath it.
type node struct {
	values []string
	under  map[string]*node
}

func (n *node) at(name string) *node {
	if n == nil {
		return nil
	}
	return n.under[name]
}

// last gives the value of a control that has one. A check box with a hidden twin sends two.
func (n *node) last() string {
	if n == nil || len(n.values) == 0 {
		return ""
	}
	return n.values[len(n.values)-1]
}

func tree(values url.Values) *node {
	root := &node{}
	for name, vs := range values {
		if strings.Count(name, ".") >= maxDots {
			continue
		}
		n := root
		for part := range strings.SplitSeq(name, ".") {
			c := n.under[part]
			if c == nil {
				c = &node{}
				if n.under == nil {
					n.under = map[string]*node{}
				}
				n.under[part] = c
			}
			n = c
		}
		n.values = vs
	}
	return root
}

// Crowded says whether a form has more items in a list than MaxItems, or more in all than MaxParts,
// as far as names tell. Such a form is not drawn again: a few bytes would make a row each.
func Crowded(values url.Values) bool {
	lists, all := map[string]int{}, 0
	seen := map[string]bool{}
	for name, vs := range values {
		if len(vs) > MaxItems {
			return true
		}
		at := 0
		for part := range strings.SplitSeq(name, ".") {
			end := at + len(part)
			if _, err := strconv.Atoi(part); err == nil && at > 0 && !seen[name[:end]] {
				seen[name[:end]] = true
				lists[name[:at]]++
				all++
				if lists[name[:at]] > MaxItems || all > MaxParts {
					return true
				}
			}
			at = end + 1
		}
	}
	return false
}

type formDecoder struct{ found fault.Fields }

func (d *formDecoder) fields(path string, fs []Field, s reflect.Value, n *node) {
	for i := range fs {
		f := &fs[i]
		if f.Private {
			continue
		}
		v, p, at := s.FieldByIndex(f.index), join(path, f.Name), n.at(f.Name)
		switch {
		case f.List && (f.Control == Group || f.Control == Multi):
			d.items(p, f, v, at)
		case f.List:
			d.repeated(p, f, v, at)
		default:
			d.one(p, f, v, at)
		}
	}
}

func (d *formDecoder) one(path string, f *Field, v reflect.Value, n *node) {
	switch f.Control {
	case Group:
		d.fields(path, f.Fields, v, n)
		return
	case Multi:
		v.Set(reflect.ValueOf(f.tidyMulti(multiFrom(n, v.Interface().(text.Multi)))))
		return
	}
	v.SetZero()
	s := n.last()
	if f.Control == Bool && s == "on" {
		s = "true"
	}
	if p := f.parse(v, s); p != nil {
		d.found.Add(path, s, p.key, p.args...)
	}
}

// multiFrom reads a text. Languages that the form does not show (the dialogue dropped them) stay as
// they stand; a form that does not name the text at all empties it.
func multiFrom(n *node, stands text.Multi) text.Multi {
	if n == nil {
		return nil
	}
	m := text.Multi{}
	for l, v := range stands {
		if n.under[l] == nil {
			m[l] = v
		}
	}
	for l, c := range n.under {
		if !isLang(l) {
			continue
		}
		v := text.Version{
			Text:   c.last(),
			Status: text.Status(tidy(c.at("status").last())),
			Of:     tidy(c.at("of").last()),
		}
		if c.at("fresh").last() != "" {
			v.Of = ""
		}
		m[l] = v
	}
	return m
}

func (d *formDecoder) repeated(path string, f *Field, v reflect.Value, n *node) {
	v.SetZero()
	if n == nil {
		return
	}
	for _, s := range n.values {
		if tidy(s) == "" {
			continue
		}
		if v.Len() == MaxItems {
			d.found.Add(path, strconv.Itoa(len(n.values)), FaultMany, "limit", MaxItems)
			return
		}
		item := reflect.New(f.typ).Elem()
		if p := f.parse(item, s); p != nil {
			d.found.Add(path+"."+strconv.Itoa(v.Len()), s, p.key, p.args...)
		}
		v.Set(reflect.Append(v, item))
	}
}

func (d *formDecoder) items(path string, f *Field, v reflect.Value, n *node) {
	v.SetZero()
	if n == nil {
		return
	}
	var at []int
	for name := range n.under {
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < maxIndex && strconv.Itoa(i) == name {
			at = append(at, i)
		}
	}
	slices.Sort(at)
	for _, i := range at {
		c := n.under[strconv.Itoa(i)]
		if c.at("drop").last() != "" {
			continue
		}
		faults, item := len(d.found), reflect.New(f.typ).Elem()
		d.one(path+"."+strconv.Itoa(v.Len()), f, item, c)
		if f.blank(item) && len(d.found) == faults {
			continue
		}
		if v.Len() == MaxItems {
			d.found = d.found[:faults]
			d.found.Add(path, strconv.Itoa(len(at)), FaultMany, "limit", MaxItems)
			return
		}
		v.Set(reflect.Append(v, item))
	}
}

// EncodeForm gives v as the values of its form. Empty values and private fields are left out.
func EncodeForm(v any) url.Values {
	s := structOf(v)
	values := url.Values{}
	encodeForm(values, "", describe(s.Type()), s)
	return values
}

func encodeForm(values url.Values, path string, fs []Field, s reflect.Value) {
	for i := range fs {
		f := &fs[i]
		if f.Private {
			continue
		}
		v, p := s.FieldByIndex(f.index), join(path, f.Name)
		if !f.List {
			f.encodeForm(values, p, v)
			continue
		}
		for n := range v.Len() {
			if at := p; f.Control == Group || f.Control == Multi {
				f.encodeForm(values, at+"."+strconv.Itoa(n), v.Index(n))
			} else {
				f.encodeForm(values, at, v.Index(n))
			}
		}
	}
}

func (f *Field) encodeForm(values url.Values, path string, v reflect.Value) {
	switch f.Control {
	case Group:
		encodeForm(values, path, f.Fields, v)
	case Multi:
		m := v.Interface().(text.Multi)
		for _, l := range langs(m) {
			p := join(path, l)
			values.Set(p, m[l].Text)
			if m[l].Status != "" {
				values.Set(p+".status", string(m[l].Status))
			}
			if m[l].Of != "" {
				values.Set(p+".of", m[l].Of)
			}
		}
	case Bool:
		if v.Bool() {
			values.Set(path, "on")
		}
	default:
		if s := show(f, v); s != "" || f.List { // a blank item keeps its position
			values.Add(path, s)
		}
	}
}

// Refill gives the values with which a form returns to the person after faults: those of v, and
// where a value could not be read, what the person wrote.
func Refill(v any, faults fault.Fields) url.Values {
	values := EncodeForm(v)
	for _, f := range faults {
		list, last, _ := cutLast(f.Path)
		n, err := strconv.Atoi(last)
		if vs := values[list]; err == nil && n >= 0 && n < len(vs) {
			if vs[n] == "" {
				vs[n] = f.Value
			}
		} else if f.Value != "" && !values.Has(f.Path) {
			values.Set(f.Path, f.Value)
		}
	}
	return values
}

// cutLast parts a path before its last name.
func cutLast(path string) (before, last string, ok bool) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}
