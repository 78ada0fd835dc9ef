package shape

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"entente/internal/fault"
	"entente/internal/text"
)

// problem is a fault that does not yet know where it stands.
type problem struct {
	key  string
	args []any
}

// format writes the value of a field other than a Multi or Group as text; "" is the zero value.
func (f *Field) format(v reflect.Value) (string, error) {
	switch f.Control {
	case Text, Choice, Ref:
		return v.String(), nil
	case Bool:
		if v.Bool() {
			return "true", nil
		}
		return "", nil
	case Int:
		if v.Int() == 0 {
			return "", nil
		}
		return strconv.FormatInt(v.Int(), 10), nil
	case OptionalInt:
		if v.IsNil() {
			return "", nil
		}
		return strconv.FormatInt(v.Elem().Int(), 10), nil
	case Scalar:
		if f.blank(v) {
			return "", nil
		}
		p := reflect.New(v.Type()) // a copy: v need not be addressable, the method may want it
		p.Elem().Set(v)
		b, err := p.Interface().(encoding.TextMarshaler).MarshalText()
		return string(b), err
	}
	panic("shape: no text for " + string(f.Control))
}

// parse sets v, zero until now, from text. Choices and addresses are taken as they are: Check
// judges them, whichever way they came.
func (f *Field) parse(v reflect.Value, s string) *problem {
	if s = f.tidy(s); s == "" {
		return nil
	}
	switch f.Control {
	case Text, Choice, Ref:
		v.SetString(s)
	case Bool:
		if s != "true" && s != "false" {
			return &problem{FaultOption, []any{"options", "true, false"}}
		}
		v.SetBool(s == "true")
	case Int, OptionalInt:
		t := v.Type()
		if f.Control == OptionalInt {
			t = t.Elem()
		}
		n, err := strconv.ParseInt(s, 10, t.Bits())
		if errors.Is(err, strconv.ErrRange) {
			return &problem{key: FaultNumberLarge}
		}
		if err != nil {
			return &problem{key: FaultNumber}
		}
		p := reflect.New(t)
		p.Elem().SetInt(n)
		if f.Control == Int {
			p = p.Elem()
		}
		v.Set(p)
	case Scalar:
		if t, ok := v.Addr().Interface().(interface{ Typed(string) string }); ok {
			s = t.Typed(s)
		}
		if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s)); err != nil {
			v.SetZero()
			return because(err, f.Type)
		}
	default:
		panic("shape: no value from text for " + string(f.Control))
	}
	return nil
}

// because makes a problem of the error of a type's own reader.
func because(err error, typ string) *problem {
	var e *fault.Error
	if errors.As(err, &e) && e.Key != "" {
		return &problem{e.Key, e.Args}
	}
	var k interface{ FaultKey() string }
	if errors.As(err, &k) {
		p := &problem{key: k.FaultKey()}
		var named interface{ FaultArgs() []any }
		if errors.As(err, &named) {
			p.args = named.FaultArgs()
		}
		return p
	}
	return &problem{FaultFormat, []any{"type", typ}}
}

// blank says whether v, the value of f or one item of it, holds nothing.
func (f *Field) blank(v reflect.Value) bool {
	switch {
	case v.Kind() == reflect.Slice && v.Len() == 0: // a list, or a scalar made of bytes
		return true
	case v.Kind() == reflect.Slice && f.List && v.Type() != f.typ:
		return false
	case f.Control == Multi:
		return v.Interface().(text.Multi).Empty()
	case f.Control == Group:
		return allBlank(f.Fields, v)
	case f.Control == Scalar:
		if z, ok := v.Interface().(interface{ IsZero() bool }); ok {
			return z.IsZero()
		}
	}
	return v.IsZero()
}

func allBlank(fs []Field, s reflect.Value) bool {
	for i := range fs {
		if !fs[i].blank(s.FieldByIndex(fs[i].index)) {
			return false
		}
	}
	return true
}

// tidy gives a text as it is stored: line ends as \n, nothing invisible that turns its direction
// round, no white space around it. Whatever comes in by a form or a file passes here.
func tidy(s string) string { return strings.TrimSpace(text.Visible(text.Breaks(s))) }

// tidy is tidy for a field: what is of one line stays in one line.
func (f *Field) tidy(s string) string {
	s = tidy(s)
	switch {
	case f.narrow():
		s = text.ASCII(s)
	case f.Style == Line && (f.Control == Text || f.Control == Multi):
		s = text.Line(s)
	}
	return s
}

// narrow says whether nothing but ASCII has a meaning in the field, however it was typed.
func (f *Field) narrow() bool {
	return f.Control != Text && f.Control != Multi && f.Control != Group || f.Style == URL || f.Code
}

// tidyMulti is text.Multi.Clean, with texts as tidy has them.
func (f *Field) tidyMulti(m text.Multi) text.Multi {
	c := text.Multi{}
	for l, v := range m {
		v.Text = f.tidy(v.Text)
		c[l] = v
	}
	return c.Clean()
}

// langs gives the languages of m that have a text: English first, as the files of a dialogue
// are mostly read, then by tag.
func langs(m text.Multi) []text.Lang {
	ls := m.Langs()
	if i := slices.Index(ls, "en"); i > 0 {
		ls = slices.Insert(slices.Delete(ls, i, i+1), 0, "en")
	}
	return ls
}

// isLang says whether s can be a language tag; the dialogue's list says whether it is one of its.
func isLang(s string) bool {
	for i, part := range strings.Split(s, "-") {
		if len(part) < 1 || len(part) > 8 || i == 0 && (len(part) < 2 || len(part) > 3) {
			return false
		}
		for _, r := range part {
			if !(r >= 'a' && r <= 'z' || i > 0 && (r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')) {
				return false
			}
		}
	}
	return true
}

// shorten cuts a value for a message that quotes it.
func shorten(s string) string {
	const most = 200
	if len(s) <= most {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// show is format for a reader: what has no text form stands as Go prints it.
func show(f *Field, v reflect.Value) string {
	s, err := f.format(v)
	if err != nil {
		return fmt.Sprint(v.Interface())
	}
	return s
}
