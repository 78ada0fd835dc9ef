package shape

import (
	"fmt"
	"reflect"
	"strings"

	"entente/internal/text"
)

// Keys turns the ids that a value stores into the keys that a file holds, and back.
type Keys interface {
	// ID gives the id of the object of a kind that a file calls key.
	ID(kind, key string) (id string, ok bool)
	// Key gives what a file calls an object.
	Key(kind, id string) string
}

// EncodeYAML appends v as a YAML mapping, in the order of the struct, without empty values. Each
// line is indented by indent spaces. The same value always gives the same bytes. v is as Clean
// leaves it. A nil keys writes ids.
func EncodeYAML(b *strings.Builder, v any, keys Keys, indent int) error {
	s := structOf(v)
	e := yamlEncoder{b, keys}
	return e.fields(describe(s.Type()), s, indent, false)
}

type yamlEncoder struct {
	b    *strings.Builder
	keys Keys
}

// fields writes the fields of s. begun says that the indent of the first line is written
// already: it stands after a dash.
func (e *yamlEncoder) fields(fs []Field, s reflect.Value, indent int, begun bool) error {
	for i := range fs {
		f := &fs[i]
		v := s.FieldByIndex(f.index)
		if f.blank(v) {
			continue
		}
		if !begun {
			writeIndent(e.b, indent)
		}
		begun = false
		e.b.WriteString(f.Name) // a json name is plain
		e.b.WriteByte(':')
		var err error
		switch {
		case f.List:
			err = e.list(f, v, indent+2)
		case f.Control == Group || f.Control == Multi:
			e.b.WriteByte('\n')
			err = e.mapping(f, v, indent+2, false)
		default:
			e.b.WriteByte(' ')
			err = e.scalar(f, v, indent+2)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

func (e *yamlEncoder) list(f *Field, v reflect.Value, indent int) error {
	e.b.WriteByte('\n')
	for n := range v.Len() {
		item := v.Index(n)
		if f.blank(item) { // Clean drops it
			continue
		}
		writeIndent(e.b, indent)
		e.b.WriteString("- ")
		var err error
		if f.Control == Group || f.Control == Multi {
			err = e.mapping(f, item, indent+2, true)
		} else {
			err = e.scalar(f, item, indent+2)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *yamlEncoder) mapping(f *Field, v reflect.Value, indent int, begun bool) error {
	if f.Control == Group {
		return e.fields(f.Fields, v, indent, begun)
	}
	m := v.Interface().(text.Multi)
	line := func(key, s string) error {
		if !begun {
			writeIndent(e.b, indent)
		}
		begun = false
		e.b.WriteString(key)
		e.b.WriteString(": ")
		return writeScalar(e.b, s, indent+2)
	}
	today := text.Hash(m[m.OriginalLang()].Text)
	for _, l := range langs(m) {
		if !isLang(l) {
			return fmt.Errorf("shape: %q is not a language", l)
		}
		t := m[l]
		key := l
		if looksTyped(l) { // "no" is Norwegian; elsewhere it is false
			key = `"` + l + `"`
		}
		if err := line(key, t.Text); err != nil {
			return err
		}
		if t.Status != "" && t.Status != text.Original {
			if err := line(l+".status", string(t.Status)); err != nil {
				return err
			}
		}
		if t.Of != "" && t.Of != today {
			if err := line(l+".of", t.Of); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *yamlEncoder) scalar(f *Field, v reflect.Value, indent int) error {
	s, err := f.format(v)
	if err != nil {
		return err
	}
	switch f.Control {
	case Ref:
		if e.keys != nil {
			s = e.keys.Key(f.RefKind, s)
		}
	case Bool, Int, OptionalInt, Scalar:
		// Numbers and dates stand plain, whatever another reader makes of them.
		if isPlain(strings.TrimPrefix(s, "-")) {
			e.b.WriteString(s)
			e.b.WriteByte('\n')
			return nil
		}
	}
	return writeScalar(e.b, s, indent)
}
