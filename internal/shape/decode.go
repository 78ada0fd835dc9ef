package shape

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"entente/internal/fault"
	"entente/internal/text"
)

// DecodeYAML fills into, a pointer to a zero value, from a mapping, and gives every fault with
// its line, those of Check too. Names in skip belong to the caller. A nil keys takes references
// as they stand.
func DecodeYAML(n ast.Node, into any, keys Keys, skip ...string) fault.Fields {
	s := settable(into)
	d := yamlDecoder{keys: keys, lines: map[string]int{}}
	d.mapping("", describe(s.Type()), s, n, skip)
	found := withCheck(d.found, into)
	for i := range found {
		if found[i].Line == 0 {
			found[i].Line = d.lineFor(found[i].Path)
		}
	}
	return found
}

type yamlDecoder struct {
	keys  Keys
	found fault.Fields
	lines map[string]int // by path, so that Check's faults find their line
}

// lineFor gives the line of path, or of what stands around it.
func (d *yamlDecoder) lineFor(path string) int {
	for {
		if l := d.lines[path]; l > 0 || path == "" {
			return l
		}
		path, _, _ = cutLast(path)
	}
}

func (d *yamlDecoder) fail(path string, n ast.Node, key string, args ...any) {
	value, _ := textOf(n)
	if column := blank(value); column > 0 && slices.Contains([]string{FaultUnknownField, FaultUnknownPlain, FaultLanguage}, key) { // of a name
		key, args = FaultBlank, []any{"line", lineOf(n), "column", n.GetToken().Position.Column + column - 1}
	}
	if column := colon(value); column > 0 && n.GetToken() != nil && n.GetToken().Position != nil {
		key, args = FaultColon, []any{"line", lineOf(n), "column", n.GetToken().Position.Column + column - 1}
	}
	d.found = append(d.found, fault.Field{
		Path: path, Line: lineOf(n), Value: shorten(value), Key: key, Args: args,
	})
}

// keyed calls fn for each entry of a mapping, and faults names that stand twice or are no texts.
func (d *yamlDecoder) keyed(path string, n ast.Node, fn func(name string, e *ast.MappingValueNode)) {
	seen := map[string]int{}
	for _, e := range entries(n) {
		name, ok := textOf(e.Key)
		if !ok {
			d.fail(path, e.Key, FaultScalar)
			continue
		}
		if first, twice := seen[name]; twice {
			d.fail(join(path, shorten(name)), e.Key, FaultDuplicate, "first", first)
			continue
		}
		seen[name] = lineOf(e.Key)
		fn(name, e)
	}
}

func (d *yamlDecoder) mapping(path string, fs []Field, s reflect.Value, n ast.Node, skip []string) {
	if !isMapping(n) {
		if !absent(n) {
			d.fail(path, n, FaultMapping, "fields", names(fs))
		}
		return
	}
	if path == "" {
		d.lines[""] = lineOf(n)
	}
	d.keyed(path, n, func(name string, e *ast.MappingValueNode) {
		if slices.Contains(skip, name) {
			return
		}
		i := slices.IndexFunc(fs, func(f Field) bool { return f.Name == name })
		if i < 0 {
			if near := nearest(name, fs); near != "" {
				d.fail(join(path, shorten(name)), e.Key, FaultUnknownField, "near", near, "fields", names(fs))
			} else {
				d.fail(join(path, shorten(name)), e.Key, FaultUnknownPlain, "fields", names(fs))
			}
			return
		}
		f, p := &fs[i], join(path, name)
		d.lines[p] = lineOf(e.Key)
		if f.List {
			d.list(p, f, s.FieldByIndex(f.index), e.Value)
		} else {
			d.one(p, f, s.FieldByIndex(f.index), e.Value)
		}
	})
}

func (d *yamlDecoder) list(path string, f *Field, v reflect.Value, n ast.Node) {
	if absent(n) {
		return
	}
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.fail(path, n, FaultList, "example", "- …")
		return
	}
	if len(seq.Values) > MaxItems {
		d.fail(path, n, FaultMany, "limit", MaxItems)
		return
	}
	for _, at := range seq.Values {
		faults, item := len(d.found), reflect.New(f.typ).Elem()
		p := path + "." + strconv.Itoa(v.Len())
		d.lines[p] = lineOf(at)
		d.one(p, f, item, at)
		if s, ok := textOf(at); ok && len(d.found) > faults && f.narrow() && WideComma(s) {
			d.found[faults].Key, d.found[faults].Args = FaultComma, nil
		}
		if !f.blank(item) || len(d.found) > faults {
			v.Set(reflect.Append(v, item))
		}
	}
}

func (d *yamlDecoder) one(path string, f *Field, v reflect.Value, n ast.Node) {
	switch f.Control {
	case Group:
		d.mapping(path, f.Fields, v, n, nil)
		return
	case Multi:
		v.Set(reflect.ValueOf(d.multi(f, path, n)))
		return
	}
	s, ok := textOf(n)
	if !ok {
		d.fail(path, n, FaultScalar)
		return
	}
	if s = f.tidy(s); f.Control == Ref && s != "" && d.keys != nil {
		id, known := d.keys.ID(f.RefKind, s)
		if !known {
			d.fail(path, n, FaultRef, "kind", f.RefKind, "key", shorten(s))
			return
		}
		s = id
	}
	if p := f.parse(v, s); p != nil {
		d.fail(path, n, p.key, p.args...)
	}
}

// multi reads a mapping of languages; a bare text is refused, for it does not say which
// language it is in.
func (d *yamlDecoder) multi(f *Field, path string, n ast.Node) text.Multi {
	if absent(n) {
		return nil
	}
	if !isMapping(n) {
		d.fail(path, n, FaultMulti, "example", "en: …")
		return nil
	}
	m := text.Multi{}
	said := map[string]*ast.MappingValueNode{} // languages of which only a status or hash is said
	d.keyed(path, n, func(name string, e *ast.MappingValueNode) {
		l, part, _ := strings.Cut(name, ".")
		p := join(path, shorten(name))
		s, ok := textOf(e.Value)
		switch {
		case !isLang(l):
			d.fail(p, e.Key, FaultLanguage, "lang", shorten(l))
			return
		case part != "" && part != "status" && part != "of" || strings.HasSuffix(name, "."):
			d.fail(p, e.Key, FaultUnknownField, "near", l+".status", "fields", l+", "+l+".status, "+l+".of")
			return
		case !ok:
			d.fail(p, e.Value, FaultScalar)
			return
		}
		d.lines[p] = lineOf(e.Key)
		v := m[l]
		switch part {
		case "":
			v.Text = s
		case "status":
			v.Status, said[l] = text.Status(text.ASCII(tidy(s))), e
		case "of":
			v.Of, said[l] = tidy(s), e
		}
		m[l] = v
	})
	m = f.tidyMulti(m)
	for l, e := range said {
		if _, ok := m[l]; !ok {
			d.fail(join(path, l), e.Key, FaultRequired)
		}
	}
	return m
}

func names(fs []Field) string {
	var ns []string
	for _, f := range fs {
		ns = append(ns, f.Name)
	}
	return strings.Join(ns, ", ")
}

// nearest gives the field whose name is most like one that there is not, "" when none is.
func nearest(name string, fs []Field) string {
	if len(name) > 60 {
		return ""
	}
	var options []string
	for _, f := range fs {
		options = append(options, f.Name)
	}
	return Nearest(name, options, max(2, len(name)/3))
}

// Nearest gives the option that is most like a word, at most so many letters away; "" for none.
func Nearest(word string, options []string, most int) string {
	best, least := "", most+1
	for _, o := range options {
		if n := edits(strings.ToLower(word), strings.ToLower(o)); n < least {
			best, least = o, n
		}
	}
	return best
}

// edits is the Levenshtein distance of a and b.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
