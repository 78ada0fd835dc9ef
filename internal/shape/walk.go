package shape

import (
	"fmt"
	"reflect"
	"strconv"

	"entente/internal/ref"
	"entente/internal/text"
)

// Walk calls fn for every value of v that is not a struct or list, empty ones too, in the order
// of the struct, with its path. An item of a list of such values comes by itself, with the
// list's field. v is a struct or a pointer to one.
func Walk(v any, fn func(path string, f *Field, v reflect.Value)) {
	s := structOf(v)
	walk("", describe(s.Type()), s, fn)
}

func walk(path string, fs []Field, s reflect.Value, fn func(string, *Field, reflect.Value)) {
	for i := range fs {
		f := &fs[i]
		v, p := s.FieldByIndex(f.index), join(path, f.Name)
		if !f.List {
			f.walkOne(p, v, fn)
			continue
		}
		for n := range v.Len() {
			f.walkOne(p+"."+strconv.Itoa(n), v.Index(n), fn)
		}
	}
}

func (f *Field) walkOne(path string, v reflect.Value, fn func(string, *Field, reflect.Value)) {
	if f.Control == Group {
		walk(path, f.Fields, v, fn)
		return
	}
	fn(path, f, v)
}

// structOf gives the struct that v is or points at.
func structOf(v any) reflect.Value {
	r := reflect.ValueOf(v)
	if r.Kind() == reflect.Pointer && !r.IsNil() {
		r = r.Elem()
	}
	if r.Kind() != reflect.Struct {
		panic(fmt.Sprintf("shape: %T is not a struct or a pointer to one", v))
	}
	return r
}

// settable gives the struct that v points at.
func settable(v any) reflect.Value {
	s := structOf(v)
	if !s.CanSet() {
		panic(fmt.Sprintf("shape: %T is not a pointer", v))
	}
	return s
}

// Link is a reference that a value holds.
type Link struct {
	Path   string // "agenda.2.speakers.0.institution"
	Rel    string // "agenda.speakers.institution"
	Ref    ref.Ref
	Parent bool // the field's tag says that it places the object
}

// Refs gives every reference v holds, in order. Empty ones are left out.
func Refs(v any) []Link {
	var ls []Link
	Walk(v, func(path string, f *Field, v reflect.Value) {
		if f.Control == Ref && v.Len() > 0 {
			ls = append(ls, Link{Path: path, Rel: f.Rel, Ref: v.Interface().(ref.Ref), Parent: f.Parent})
		}
	})
	return ls
}

// MultiText is a text in several languages that a value holds.
type MultiText struct {
	Path  string
	Field *Field
	Value text.Multi
}

// Texts gives every text.Multi of v, in order, empty ones too: a translator asks for what is
// missing.
func Texts(v any) []MultiText {
	var ts []MultiText
	Walk(v, func(path string, f *Field, v reflect.Value) {
		if f.Control == Multi {
			ts = append(ts, MultiText{Path: path, Field: f, Value: v.Interface().(text.Multi)})
		}
	})
	return ts
}

// Alone says whether the text may stand alone in a language. Of somebody's own words a translation may not, and
// one of two originals neither: they are shown beside the original, or the other one.
func (t MultiText) Alone(l text.Lang) bool {
	_, beside := t.Value.Unconfirmed(l)
	return !beside && !(t.Field.Said && t.Value.Beside(l) != "")
}

// Strings gives every text of v that is in no particular language and no address, in order:
// codes, references, names. Empty ones are left out.
func Strings(v any) (out []string) {
	Walk(v, func(_ string, f *Field, v reflect.Value) {
		if f.Control == Text && f.Style != URL && v.Len() > 0 {
			out = append(out, v.String())
		}
	})
	return out
}

// Visible takes from the texts of v, a pointer, what text.Visible takes: what was stored before new
// texts were cleaned of it is never shown as it is.
func Visible(v any) {
	s := settable(v)
	walk("", describe(s.Type()), s, func(_ string, f *Field, v reflect.Value) {
		switch f.Control {
		case Multi:
			v.Set(reflect.ValueOf(v.Interface().(text.Multi).Visible()))
		case Text:
			v.SetString(text.Visible(v.String()))
		}
	})
}
