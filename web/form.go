package web

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"entente/access"
	"entente/internal/fault"
	"entente/internal/message"
	"entente/internal/shape"
	"entente/internal/text"
)

// Field is one field of a form as the templates draw it: a control with its label, hint and
// fault, or a group or list of such.
type Field struct {
	Words
	Path     string // the control's name; its id is the same
	Label    string
	Hint     string
	Control  shape.Control
	Style    shape.Style
	Required bool
	Fault    string
	Value    string
	Input    string // type of the input: text, number, time, url
	Width    string // class of the input's width
	Options  []Option
	Cols     []Column // of a text in several languages
	Fields   []Field  // of a group
	List     bool
	Items    []Item // of a list
	Blank    *Item  // of a list: what the script adds
	Add      string // of a list: the button's words
}

// Item is one item of a list: a group's fields, or one nameless field.
type Item struct {
	Words
	List   string // the list's path
	N      string // position, "__" in the blank
	Title  string
	Fields []Field
	Folded *Folded // of an item that is not drawn
	Opened bool    // somebody asked for it to be drawn
	Focus  bool    // by the press that this form answers
}

// Column is one language of a text.
type Column struct {
	Words
	Path   string
	Out    string // id of the preview
	Tongue string // the language of the column
	Name   string // its name in the reader's language
	Text   string
	Status string
	States []Option
	Of     string
	Fresh  bool // offer to say that the translation matches today's original
	Long   bool
	Rows   int
	Fault  string
}

// Option is a choice.
type Option struct {
	Value, Text string
	Selected    bool
}

// form makes the fields of a form from what a value or a person gave.
type form struct {
	Words
	kind    string
	langs   []text.Lang
	values  url.Values
	faults  map[string]string
	choices map[string][]access.Title // of a kind of reference
	others  bool                      // of words of an institution that others enter: one original alone
	folding *folding                  // nil: every item is drawn
}

// fields builds a level of the form. prefix is "" or ends with a dot.
func (f *form) fields(prefix string, fs []shape.Field) []Field {
	var out []Field
	for i := range fs {
		if !fs[i].Private {
			out = append(out, f.field(prefix+fs[i].Name, &fs[i]))
		}
	}
	return inRows(out)
}

// rowControl is a control that only holds others beside each other.
const rowControl shape.Control = "row"

// inRows sets short fields that follow one another beside each other, three to a row.
func inRows(fs []Field) []Field {
	var out []Field
	for _, f := range fs {
		short := !f.List && f.Width != ""
		last := len(out) - 1
		switch {
		case short && last >= 0 && out[last].Control == rowControl && len(out[last].Fields) < 3:
			out[last].Fields = append(out[last].Fields, f)
		case short:
			out = append(out, Field{Words: f.Words, Control: rowControl, Fields: []Field{f}})
		default:
			out = append(out, f)
		}
	}
	return out
}

func (f *form) field(path string, d *shape.Field) Field {
	o := f.bare(path, d)
	if !d.List {
		f.fill(&o, path, d)
		return o
	}
	o.List = true
	o.Add = f.word("add."+f.kind+"."+d.Rel, "add."+d.Name, "form.add")
	counted := d.Control == shape.Group || d.Control == shape.Multi
	var ns []string
	if counted {
		ns = f.positions(path)
	} else {
		for n := range f.values[path] {
			ns = append(ns, strconv.Itoa(n))
		}
	}
	for _, n := range ns {
		o.Items = append(o.Items, f.item(path, n, d))
	}
	blank := f.item(path, "__", d)
	o.Blank = &blank
	return o
}

// item builds one item of a list. A list of plain values repeats its name; its items are told
// apart by position alone.
func (f *form) item(path, n string, d *shape.Field) Item {
	single := *d
	single.List = false
	title := f.label(d)
	if i, err := strconv.Atoi(n); err == nil {
		title += " " + strconv.Itoa(i+1)
	}
	it := Item{Words: f.Words, List: path, N: n, Title: title}
	if at := path + "." + n; n != "__" {
		it.Opened, it.Focus = f.values.Has(at+".open"), f.values.Get("do") == path+".open."+n
		if !f.draws(at, &single) {
			it.Folded = f.folded(path, n, &single)
			return it
		}
	}
	switch d.Control {
	case shape.Group:
		it.Fields = f.fields(path+"."+n+".", d.Fields)
	case shape.Multi:
		o := f.bare(path+"."+n, &single)
		o.Label, o.Hint = title, ""
		f.fill(&o, path+"."+n, &single)
		it.Fields = []Field{o}
	default:
		o := f.bare(path, &single)
		o.Label, o.Hint, o.Fault = title, "", ""
		f.fill(&o, path, &single)
		o.Value = ""
		if i, err := strconv.Atoi(n); err == nil && i < len(f.values[path]) {
			o.Value = f.values[path][i]
		}
		f.selectOption(&o)
		it.Fields = []Field{o}
	}
	return it
}

// positions gives the positions of a list that the values have something under, in order.
func (f *form) positions(path string) []string {
	seen := map[int]bool{}
	for k := range f.values {
		if rest, ok := strings.CutPrefix(k, path+"."); ok {
			n, _, _ := strings.Cut(rest, ".")
			if i, err := strconv.Atoi(n); err == nil && i >= 0 {
				seen[i] = true
			}
		}
	}
	var is []int
	for i := range seen {
		is = append(is, i)
	}
	slices.Sort(is)
	var out []string
	for _, i := range is {
		out = append(out, strconv.Itoa(i))
	}
	return out
}

func (f *form) bare(path string, d *shape.Field) Field {
	o := Field{
		Words: f.Words, Path: path, Label: f.label(d), Control: d.Control, Style: d.Style, Required: d.Required,
		Fault: f.faults[path], Input: "text",
	}
	for _, k := range []string{"hint." + f.kind + "." + d.Rel, "hint." + d.Name, "hint." + d.Type} {
		if o.Hint == "" && message.Has(k) {
			o.Hint = f.T(k)
		}
	}
	return o
}

// label gives a field's name: the kind's own word for it, or the common one.
func (f *form) label(d *shape.Field) string {
	return f.word("field."+f.kind+"."+d.Rel, "field."+d.Name)
}

// word gives the first message that the catalogue has, or the last key.
func (f *form) word(keys ...string) string {
	for _, k := range keys {
		if message.Has(k) {
			return f.T(k)
		}
	}
	return keys[len(keys)-1]
}

// fill puts what is known into a field that is not a list.
func (f *form) fill(o *Field, path string, d *shape.Field) {
	o.Value = f.values.Get(path)
	switch d.Control {
	case shape.Group:
		o.Fields = f.fields(path+".", d.Fields)
	case shape.Multi:
		o.Cols = f.columns(path, d)
	case shape.Choice:
		o.Options = append(o.Options, Option{Value: "", Text: f.T("form.none")})
		for _, v := range d.Options {
			o.Options = append(o.Options, Option{Value: v, Text: f.word("option."+f.kind+"."+d.Name+"."+v, "option."+v)})
		}
		f.selectOption(o)
	case shape.Ref:
		o.Options = append(o.Options, Option{Value: "", Text: f.T("form.none")})
		for _, t := range f.choices[d.RefKind] {
			o.Options = append(o.Options, Option{Value: t.ID, Text: t.Text})
		}
		f.selectOption(o)
	case shape.Int, shape.OptionalInt:
		o.Input, o.Width = "number", "w-4"
	case shape.Scalar:
		o.Width = "w-10"
		if d.Type == "when.Clock" {
			o.Input, o.Width = "time", "w-4"
		}
	case shape.Text:
		if d.Style == shape.URL {
			o.Input = "url"
		}
	}
}

// selectOption marks the chosen option. A value that is none of them is kept as one more, so
// that a form never loses what it was given.
func (f *form) selectOption(o *Field) {
	if o.Control != shape.Choice && o.Control != shape.Ref {
		return
	}
	found := false
	o.Options = slices.Clone(o.Options)
	for i := range o.Options {
		o.Options[i].Selected = o.Options[i].Value == o.Value
		found = found || o.Options[i].Selected
	}
	if !found {
		o.Options = append(o.Options, Option{o.Value, f.T("form.kept"), true})
	}
}

// columns gives a text's languages, the page's own first.
func (f *form) columns(path string, d *shape.Field) []Column {
	var out []Column
	langs := slices.Clone(f.langs)
	slices.SortStableFunc(langs, func(a, b text.Lang) int {
		return cmp.Compare(btoi(a != f.Lang), btoi(b != f.Lang))
	})
	for _, l := range langs {
		p := path + "." + l
		c := Column{
			Words: f.Words, Path: p, Out: strings.ReplaceAll(p, ".", "-") + "-preview", Tongue: l, Name: f.word("lang."+l, l), Text: f.values.Get(p),
			Status: f.values.Get(p + ".status"), Of: f.values.Get(p + ".of"),
			Long: d.Style == shape.Long || d.Style == shape.Markdown, Fault: f.faults[p],
		}
		if c.Fault == "" {
			c.Fault = f.faults[p+".status"]
		}
		c.Rows = max(3, min(18, 2+len([]rune(c.Text))/60))
		for _, s := range text.Status("").Options() {
			begins := text.Original
			if f.others && l != langs[0] {
				begins = text.Draft
			}
			c.States = append(c.States, Option{s, f.T("status." + s), s == c.Status || c.Status == "" && s == string(begins)})
		}
		c.Fresh = c.Text != "" && c.Status != "" && c.Status != string(text.Original)
		out = append(out, c)
	}
	return out
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// press does what a list's button asks, on the values: "agenda.add", "agenda.up.2",
// "agenda.down.2", "agenda.remove.2", "agenda.open.2". It says whether it was such a button.
func press(v url.Values, do string, counted bool) bool {
	parts := strings.Split(do, ".")
	if n := len(parts); n >= 2 && parts[n-1] == "add" {
		path := strings.Join(parts[:n-1], ".")
		if !counted {
			v.Add(path, "")
			return true
		}
		next := 0
		for k := range v {
			if rest, ok := strings.CutPrefix(k, path+"."); ok {
				i, _, _ := strings.Cut(rest, ".")
				if at, err := strconv.Atoi(i); err == nil {
					next = max(next, at+1)
				}
			}
		}
		v.Set(path+"."+strconv.Itoa(next)+".new", "1")
		return true
	}
	if len(parts) < 3 {
		return false
	}
	n, err := strconv.Atoi(parts[len(parts)-1])
	path := strings.Join(parts[:len(parts)-2], ".")
	if err != nil || n < 0 {
		return false
	}
	switch parts[len(parts)-2] {
	case "up":
		swap(v, path, n, n-1, counted)
	case "down":
		swap(v, path, n, n+1, counted)
	case "remove":
		drop(v, path, n, counted)
	case "open":
		v.Set(path+"."+strconv.Itoa(n)+".open", "1")
	default:
		return false
	}
	return true
}

func swap(v url.Values, path string, a, b int, counted bool) {
	if !counted {
		if vs := v[path]; a >= 0 && b >= 0 && a < len(vs) && b < len(vs) {
			vs[a], vs[b] = vs[b], vs[a]
		}
		return
	}
	pa, pb := path+"."+strconv.Itoa(a)+".", path+"."+strconv.Itoa(b)+"."
	moved := url.Values{}
	has := false
	for k, vs := range v {
		if rest, ok := strings.CutPrefix(k, pa); ok {
			moved[pb+rest] = vs
			delete(v, k)
		} else if rest, ok := strings.CutPrefix(k, pb); ok {
			moved[pa+rest] = vs
			delete(v, k)
			has = true
		}
	}
	for k, vs := range moved {
		if !has { // nothing to change places with: put back
			k = pa + strings.TrimPrefix(k, pb)
		}
		v[k] = vs
	}
}

func drop(v url.Values, path string, n int, counted bool) {
	if !counted {
		if vs := v[path]; n < len(vs) {
			v[path] = slices.Delete(vs, n, n+1)
		}
		return
	}
	// Those after it move up, so that positions stay without a gap and "up" finds its neighbour.
	moved := url.Values{}
	for k, vs := range v {
		rest, ok := strings.CutPrefix(k, path+".")
		if !ok {
			continue
		}
		i, tail, _ := strings.Cut(rest, ".")
		at, err := strconv.Atoi(i)
		if err != nil || at < n {
			continue
		}
		delete(v, k)
		if at > n {
			moved[path+"."+strconv.Itoa(at-1)+"."+tail] = vs
		}
	}
	maps.Copy(v, moved)
}

// counts says whether the list at a path counts its items (groups, texts) or repeats its name.
func counts(fs []shape.Field, do string) bool {
	for _, part := range strings.Split(do, ".") {
		if _, err := strconv.Atoi(part); err == nil {
			continue
		}
		i := slices.IndexFunc(fs, func(f shape.Field) bool { return f.Name == part })
		if i < 0 {
			return true
		}
		if fs[i].Control != shape.Group {
			return fs[i].Control == shape.Multi
		}
		fs = fs[i].Fields
	}
	return true
}

// namedFaults lists the faults of an object's fields, each after the field's name.
func (s *Server) namedFaults(w Words, k access.AnyKind, faults fault.Fields) []FieldFault {
	f := &form{Words: w, kind: k.KindName()}
	var out []FieldFault
	for _, x := range faults {
		text := w.Fault(x)
		if d := fieldAt(k.Fields(), x.Path); d != nil {
			text = f.pathLabel(x.Path, d) + w.T("list.colon") + text
		}
		out = append(out, FieldFault{x.Path, text})
	}
	return out
}

// fieldAt gives the description of the field at a path, nil where there is none.
func fieldAt(fs []shape.Field, path string) *shape.Field {
	var at *shape.Field
	for part := range strings.SplitSeq(path, ".") {
		if _, err := strconv.Atoi(part); err == nil {
			continue
		}
		i := slices.IndexFunc(fs, func(f shape.Field) bool { return f.Name == part })
		if i < 0 {
			break // the language of a text
		}
		at, fs = &fs[i], fs[i].Fields
	}
	return at
}

// byPath gives the faults of fields in the reader's words.
func (w Words) byPath(fs []fault.Field) map[string]string {
	m := map[string]string{}
	for _, f := range fs {
		if m[f.Path] == "" {
			m[f.Path] = w.Fault(f)
		}
	}
	return m
}

// ReasonField is the field for the reason of an act, and what is wrong with what it holds.
type ReasonField struct {
	Words
	Text, Wrong string
}

// ReasonField makes that field, in a template.
func (w Words) ReasonField(text, wrong string) ReasonField { return ReasonField{w, text, wrong} }
