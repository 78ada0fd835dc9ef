// Package shape reads the description of a subject's value from its Go struct, once, and lets
// four doors use it: the text format of import and export (YAML), the HTML form, checking, and
// the comparison of two revisions. Reflection lives here and nowhere else.
//
// A field's name everywhere is its json name. The tag `shape:"…"` adds what the type cannot say:
//
//	required   must be given
//	label      its text is shown in lists and found by search
//	long       plain text of several lines
//	markdown   text of several lines with markup
//	url        an http or https address
//	code       a code or another text in which only ASCII has a meaning
//	lang       a language tag, which is a code: of any language, with lang=dialogue one of the
//	           dialogue's, with lang=interface one that the interface has words in
//	parent     the reference that places the object under another
//	said       somebody's own words: a translation of them is shown beside the original alone
//	private    never in a web form
//	of=…       reserved
//
// Paths have the form "agenda.2.title.en": names, positions in lists, and the language of a
// text.Multi.
package shape

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"entente/internal/ref"
	"entente/internal/text"
)

// Control is the kind of a field, named for the control that edits it.
type Control string

// The controls. A field of any of them but Bool and OptionalInt may be a list of such values.
const (
	Multi       Control = "multi"        // text.Multi
	Text        Control = "text"         // string
	Choice      Control = "choice"       // string type with Options() []string
	Scalar      Control = "scalar"       // a type that reads and writes itself as text
	Bool        Control = "bool"         // bool
	Int         Control = "int"          // int, int32, int64
	OptionalInt Control = "optional-int" // pointer to one of these; nil is "not held"
	Ref         Control = "ref"          // typed id of package ref
	Group       Control = "group"        // struct
)

// Style says how a Multi or Text is written.
type Style string

// The styles of text. The zero value is one line.
const (
	Line     Style = ""
	Long     Style = "long"
	Markdown Style = "markdown"
	URL      Style = "url"
)

// Field describes one field of a struct. Fields are shared and must not be changed.
type Field struct {
	Name     string // json name
	Rel      string // names from the root, without positions: "agenda.speakers.institution"
	Control  Control
	List     bool // a list of such values
	Style    Style
	Required bool
	Label    bool
	Private  bool
	Said     bool // somebody's own words: no translation of them stands without the original
	Parent   bool
	Code     bool     // full-width characters are those of another keyboard
	Lang     string   // the word of the tag, of a language tag
	Of       string   // the reserved word's value
	Options  []string // of a Choice
	RefKind  string   // of a Ref: the kind it points at
	Type     string   // Go name of the value's type ("when.Date"), from which a form takes its hint
	Fields   []Field  // of a Group

	index []int
	typ   reflect.Type // of one value, also where List
}

var (
	multiType       = reflect.TypeFor[text.Multi]()
	refType         = reflect.TypeFor[ref.Ref]()
	optionsType     = reflect.TypeFor[interface{ Options() []string }]()
	marshalerType   = reflect.TypeFor[encoding.TextMarshaler]()
	unmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()

	described sync.Map // reflect.Type to []Field
)

// Describe gives the fields of struct type T in their order. It panics when T cannot be
// described: that is an error of the program, not of an input.
func Describe[T any]() []Field { return describe(reflect.TypeFor[T]()) }

// FieldsOf is Describe for the type of v, a struct or a pointer to one.
func FieldsOf(v any) []Field {
	t := reflect.TypeOf(v)
	if t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return describe(t)
}

func describe(t reflect.Type) []Field {
	if t == nil || t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("shape: %v is not a struct", t))
	}
	if fs, ok := described.Load(t); ok {
		return fs.([]Field)
	}
	fs, _ := described.LoadOrStore(t, fieldsOf(t, "", nil, nil))
	return fs.([]Field)
}

// fieldsOf describes struct t. outer holds the structs around it: a struct that contains itself
// has no finite form.
func fieldsOf(t reflect.Type, rel string, index []int, outer []reflect.Type) []Field {
	if slices.Contains(outer, t) {
		panic(fmt.Sprintf("shape: %v contains itself", t))
	}
	outer = append(slices.Clone(outer), t)
	var fs []Field
	for sf := range fieldsIn(t) {
		at := append(slices.Clone(index), sf.Index...)
		name, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if sf.Anonymous && name == "" && sf.Type.Kind() == reflect.Struct {
			fs = append(fs, fieldsOf(sf.Type, rel, at, outer)...)
			continue
		}
		if !sf.IsExported() || name == "-" {
			continue
		}
		where := t.String() + "." + sf.Name
		if name == "" || strings.ContainsAny(name, ". ") {
			panic("shape: " + where + " needs a json name without dots and spaces")
		}
		f := Field{Name: name, Rel: join(rel, name), index: at}
		f.ofType(sf.Type, where, outer)
		f.tag(sf.Tag.Get("shape"), where)
		if slices.ContainsFunc(fs, func(o Field) bool { return o.Name == name }) {
			panic("shape: " + where + " has a name that is taken")
		}
		fs = append(fs, f)
	}
	return fs
}

func fieldsIn(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

// ofType fills what follows from the Go type.
func (f *Field) ofType(t reflect.Type, where string, outer []reflect.Type) {
	f.typ, f.Type = t, t.String()
	switch {
	case t == multiType:
		f.Control = Multi
	case t.Implements(refType) && t.Kind() == reflect.String:
		f.Control, f.RefKind = Ref, reflect.Zero(t).Interface().(ref.Ref).RefKind()
	case t.Implements(optionsType) && t.Kind() == reflect.String:
		f.Control = Choice
		f.Options = reflect.Zero(t).Interface().(interface{ Options() []string }).Options()
	case t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(unmarshalerType) &&
		reflect.PointerTo(t).Implements(marshalerType):
		f.Control = Scalar
	case t.Kind() == reflect.String:
		f.Control = Text
	case t.Kind() == reflect.Bool:
		f.Control = Bool
	case isInt(t):
		f.Control = Int
	case t.Kind() == reflect.Pointer && isInt(t.Elem()):
		f.Control = OptionalInt
	case t.Kind() == reflect.Struct:
		f.Control = Group
		f.Fields = fieldsOf(t, f.Rel, nil, outer)
	case t.Kind() == reflect.Slice && !f.List:
		f.List = true
		f.ofType(t.Elem(), where, outer)
		if f.Control == Bool || f.Control == OptionalInt {
			panic("shape: " + where + " is a list of values that cannot be told from blank ones")
		}
	default:
		panic(fmt.Sprintf("shape: %s has type %v, which has no form", where, t))
	}
}

func isInt(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Int, reflect.Int32, reflect.Int64:
		return true
	}
	return false
}

// tag fills what the shape tag says.
func (f *Field) tag(tag, where string) {
	if tag == "" {
		return
	}
	for word := range strings.SplitSeq(tag, ",") {
		isText := f.Control == Text || f.Control == Multi
		ok := true
		switch {
		case word == "required":
			f.Required, ok = true, f.Control != Bool // a box left empty is an answer
		case word == "label":
			f.Label, ok = true, isText
		case word == "private":
			f.Private = true
		case word == "said":
			f.Said, ok = true, f.Control == Multi
		case word == "parent":
			f.Parent, ok = true, f.Control == Ref && !f.List
		case word == "long", word == "markdown":
			f.Style, ok = Style(word), isText
		case word == "url":
			f.Style, ok = URL, f.Control == Text
		case word == "code":
			f.Code, ok = true, f.Control == Text
		case word == "lang", word == "lang=dialogue", word == "lang=interface":
			f.Code, f.Lang, ok = true, word, f.Control == Text
		case strings.HasPrefix(word, "of="):
			f.Of = word[len("of="):]
		default:
			panic(fmt.Sprintf("shape: %s has the unknown tag word %q", where, word))
		}
		if !ok {
			panic(fmt.Sprintf("shape: %s cannot be %s", where, word))
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
