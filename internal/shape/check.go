package shape

import (
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"entente/internal/fault"
	"entente/internal/text"
)

// Message keys of the faults this package finds. Placeholders stand in braces.
const (
	FaultRequired     = "fault.required"            // must be given
	FaultOption       = "fault.option"              // none of {options}
	FaultUnknownField = "fault.unknown-field"       // no such field; {near} is closest, {fields} lists all
	FaultUnknownPlain = "fault.unknown-field-plain" // the same where none is close
	FaultRef          = "fault.ref"                 // no {kind} has the key {key}
	FaultNumber       = "fault.number"              // not a whole number
	FaultNumberLarge  = "fault.number-large"        // too large a number
	FaultURL          = "fault.url"                 // not an http or https address
	FaultURLSpace     = "fault.url-space"           // an address with a space or line break in it
	FaultLong         = "fault.long"                // {n} characters, of which {limit} fit
	FaultMany         = "fault.many"                // more than {limit} items
	FaultParts        = "fault.list-parts"          // more than {limit} items in all lists together
	FaultCharacters   = "fault.characters"          // {character} at {line}, {column}: NUL, another control character, or not UTF-8
	FaultCharacter    = "fault.character"           // the same of a file, in whose {line} it stands
	FaultNoText       = "fault.no-text"             // the file is no text
	FaultEncoding     = "fault.encoding"            // the file is not UTF-8 but seems to be {encoding}
	FaultTab          = "fault.yaml-tab"            // a tab in {column}, where blanks are wanted
	FaultColon        = "fault.yaml-colon"          // a full-width colon in {column}, where : and a blank are wanted
	FaultBlank        = "fault.yaml-blank"          // a blank of another kind in {column}, before a name
	FaultComma        = "fault.yaml-comma"          // entries of a list parted by a full-width comma
	FaultSeparator    = "fault.yaml-separator"      // full-width dashes where --- parts two documents
	FaultLanguage     = "fault.language"            // {lang} is not a language tag
	FaultFormat       = "fault.format"              // cannot be read as {type}; used where the type names no key
	FaultMulti        = "fault.multi"               // a text goes under its language: {example}
	FaultList         = "fault.list"                // a list is wanted: {example}
	FaultMapping      = "fault.mapping"             // names and values are wanted; {fields} lists the names
	FaultScalar       = "fault.scalar"              // a single value is wanted, not a list or names and values
	FaultDuplicate    = "fault.duplicate"           // the name stands twice; first at line {first}
	FaultYAML         = "fault.yaml"                // the file cannot be read: {detail}
	FaultFeature      = "fault.yaml-feature"        // {feature} (anchor, alias, tag, merge, directive, key) is not taken
	FaultDeep         = "fault.yaml-deep"           // nested deeper than {limit}
	FaultLarge        = "fault.yaml-large"          // the file is larger than {limit} bytes
)

// Limits that hold for every subject.
const (
	MaxLine  = 2_000   // bytes of a text of one line, per language
	MaxLong  = 200_000 // bytes of a long text
	MaxItems = 500     // items of a list
	MaxParts = 2_000   // items of all lists of an object together, those within items too
)

// Clean brings v into the form that is stored, in place: texts without white space around them
// and with \n as line end, those of one line in one line and without invisible characters
// (text.Line), every Multi cleaned, empty items of lists gone. v is a pointer.
func Clean(v any) {
	s := settable(v)
	clean(describe(s.Type()), s)
}

func clean(fs []Field, s reflect.Value) {
	for i := range fs {
		f := &fs[i]
		v := s.FieldByIndex(f.index)
		if !f.List {
			f.cleanOne(v)
			continue
		}
		kept := 0
		for n := range v.Len() {
			item := v.Index(n)
			f.cleanOne(item)
			if !f.blank(item) {
				v.Index(kept).Set(item)
				kept++
			}
		}
		if kept == 0 {
			v.SetZero() // nil, so that "none" has one form
		} else if kept < v.Len() {
			v.SetLen(kept)
		}
	}
}

func (f *Field) cleanOne(v reflect.Value) {
	switch f.Control {
	case Multi:
		v.Set(reflect.ValueOf(f.tidyMulti(v.Interface().(text.Multi))))
	case Text, Choice, Ref:
		if s := v.String(); s != f.tidy(s) {
			v.SetString(f.tidy(s))
		}
	case Group:
		clean(f.Fields, v)
	}
}

// Check gives every fault of v that its description can tell. An empty group lacks nothing
// unless it is required itself; a group with something in it must be complete.
func Check(v any) fault.Fields {
	s := structOf(v)
	var c checker
	c.fields("", describe(s.Type()), s, true)
	return c.found
}

type checker struct {
	found fault.Fields
	parts int // items of lists so far
}

func (c *checker) fields(path string, fs []Field, s reflect.Value, complete bool) {
	for i := range fs {
		f := &fs[i]
		v, p := s.FieldByIndex(f.index), join(path, f.Name)
		empty := f.blank(v)
		if empty && f.Required && complete && !(f.Control == Group && !f.List) {
			c.found.Add(p, "", FaultRequired)
			continue
		}
		switch {
		case f.List:
			if v.Len() > MaxItems {
				c.found.Add(p, strconv.Itoa(v.Len()), FaultMany, "limit", MaxItems)
				continue
			}
			if c.parts += v.Len(); c.parts > MaxParts && c.parts-v.Len() <= MaxParts { // told once
				c.found.Add(p, "", FaultParts, "limit", MaxParts)
			}
			for n := range v.Len() {
				c.one(f, p+"."+strconv.Itoa(n), v.Index(n), true)
			}
		case f.Control == Group:
			c.one(f, p, v, complete && (f.Required || !empty))
		case !empty:
			c.one(f, p, v, complete)
		}
	}
}

func (c *checker) one(f *Field, path string, v reflect.Value, complete bool) {
	switch f.Control {
	case Group:
		c.fields(path, f.Fields, v, complete)
	case Multi:
		m := v.Interface().(text.Multi)
		for _, l := range langs(m) {
			if !isLang(l) {
				c.found.Add(join(path, shorten(l)), shorten(m[l].Text), FaultLanguage, "lang", shorten(l))
				continue
			}
			c.text(f, join(path, l), m[l].Text)
			if st := m[l].Status; st != "" && !slices.Contains(st.Options(), string(st)) {
				c.found.Add(join(path, l)+".status", shorten(string(st)), FaultOption,
					"options", strings.Join(st.Options(), ", "))
			}
			if of := m[l].Of; !isHash(of) {
				c.found.Add(join(path, l)+".of", shorten(of), FaultFormat, "type", "text.Hash")
			}
		}
	case Text:
		if c.text(f, path, v.String()) && f.Style == URL && v.Len() > 0 && !webAddress(v.String()) {
			key := FaultURL
			if strings.ContainsAny(v.String(), " \t\n") {
				key = FaultURLSpace
			}
			c.found.Add(path, shorten(v.String()), key)
		}
	case Choice:
		if v.Len() > 0 && !slices.Contains(f.Options, v.String()) {
			c.found.Add(path, shorten(v.String()), FaultOption, "options", strings.Join(f.Options, ", "))
		}
	case Ref:
		c.text(f, path, v.String())
	case Scalar:
		// Reading its own writing is the one judgement every such type has.
		b, err := f.format(v)
		if err == nil {
			if p := f.parse(reflect.New(f.typ).Elem(), b); p != nil {
				c.found.Add(path, shorten(b), p.key, p.args...)
			}
			return
		}
		p := because(err, f.Type)
		c.found.Add(path, shorten(show(f, v)), p.key, p.args...)
	}
}

// text judges characters and length; it says whether they are right.
func (c *checker) text(f *Field, path, s string) bool {
	limit := MaxLine
	if f.Style == Long || f.Style == Markdown {
		limit = MaxLong
	}
	name, line, column, fits := text.Unfit(s)
	switch {
	case !fits:
		c.found.Add(path, shorten(s), FaultCharacters, "character", name, "line", line, "column", column)
	case len(s) > limit:
		c.found.Add(path, shorten(s), FaultLong, "n", utf8.RuneCountInString(s), "limit", utf8.RuneCountInString(strings.ToValidUTF8(s[:limit], "")))
	default:
		return true
	}
	return false
}

// isHash says whether s is empty or has the form of text.Hash.
func isHash(s string) bool {
	return s == "" || len(s) == 16 && strings.Trim(s, "0123456789abcdef") == ""
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		!strings.ContainsAny(s, " \t\n")
}
