package shape

import (
	"fmt"
	"reflect"
	"strings"

	"entente/internal/text"
)

// Change is one value that differs between two revisions. A text.Multi changes by language:
// "title.zh" is its text, "title.zh.status" its status. Values stand as text: "" is none.
type Change struct {
	Path          string
	Field         *Field
	Before, After string
}

// Diff gives what changed from a to b, in the order of the struct; items of lists are compared
// by position. Both are of one type; a nil stands for the empty value.
func Diff(a, b any) []Change {
	if isNil(a) && isNil(b) {
		return nil
	}
	before, after := flatten(a), flatten(b)
	if !isNil(a) && !isNil(b) && structOf(a).Type() != structOf(b).Type() {
		panic(fmt.Sprintf("shape: cannot compare %T and %T", a, b))
	}
	was := make(map[string]string, len(before))
	for _, l := range before {
		was[l.path] = l.text
	}
	is := make(map[string]bool, len(after))
	for _, l := range after {
		is[l.path] = true
	}
	// Both lists follow the struct's order. What is gone comes where it stood: before the next
	// value that both have.
	var cs []Change
	i := 0
	gone := func(until string) {
		for ; i < len(before) && before[i].path != until; i++ {
			if l := before[i]; !is[l.path] {
				cs = append(cs, Change{Path: l.path, Field: l.field, Before: l.text})
			}
		}
	}
	for _, l := range after {
		old, both := was[l.path]
		if both {
			gone(l.path)
		}
		if old != l.text {
			cs = append(cs, Change{Path: l.path, Field: l.field, Before: old, After: l.text})
		}
	}
	gone("")
	return cs
}

// Shown gives what a value shows to a reader of a language, as one text to be compared: of each text
// what stands there for that reader, and how it came about. A nil shows nothing.
func Shown(v any, l text.Lang) string {
	if isNil(v) {
		return ""
	}
	var b strings.Builder
	Walk(v, func(path string, f *Field, v reflect.Value) {
		if f.Control != Multi {
			if s := show(f, v); s != "" {
				fmt.Fprintf(&b, "%s %q\n", path, s)
			}
			return
		}
		m := v.Interface().(text.Multi)
		if m.Empty() {
			return
		}
		s, lang := m.In(l)
		beside, _ := m.Unconfirmed(l)
		fmt.Fprintf(&b, "%s %s %q %s %q\n", path, lang, s, m[lang].Status, beside.Text)
	})
	return b.String()
}

func isNil(v any) bool {
	r := reflect.ValueOf(v)
	return !r.IsValid() || r.Kind() == reflect.Pointer && r.IsNil()
}

// flat is one value as text; a Multi gives several.
type flat struct {
	path  string
	field *Field
	text  string
}

func flatten(v any) []flat {
	if isNil(v) {
		return nil
	}
	var ls []flat
	Walk(v, func(path string, f *Field, v reflect.Value) {
		if f.Control != Multi {
			if s := show(f, v); s != "" {
				ls = append(ls, flat{path, f, s})
			}
			return
		}
		m := v.Interface().(text.Multi)
		for _, l := range langs(m) {
			ls = append(ls, flat{join(path, l), f, m[l].Text})
			if st := m[l].Status; st != "" && st != text.Original {
				ls = append(ls, flat{join(path, l) + ".status", f, string(st)})
			}
		}
	})
	return ls
}
