package bundle_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"entente/access"
	"entente/bundle"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/message"
	"entente/internal/shape"
	"entente/internal/text/texttest"
)

// place is a field with those around it.
type place struct {
	fields []shape.Field
	path   string // with 0 for a position
}

func placesIn(fs []shape.Field, around place, each func(place)) {
	for _, f := range fs {
		p := place{append(append([]shape.Field(nil), around.fields...), f), strings.TrimPrefix(around.path+"."+f.Name, ".")}
		if f.List {
			p.path += ".0"
		}
		if f.Control == shape.Group {
			placesIn(f.Fields, p, each)
			continue
		}
		each(p)
	}
}

// form gives the field's value as a page sends it.
func (p place) form(value string) url.Values {
	f := p.fields[len(p.fields)-1]
	path := p.path
	if f.Control == shape.Multi {
		path += ".zh"
	} else if f.List {
		path = strings.TrimSuffix(path, ".0")
	}
	return url.Values{path: {value}}
}

// file gives it as a file says it.
func (p place) file(value string) string {
	var b strings.Builder
	indent := ""
	for i, f := range p.fields {
		b.WriteString(indent + f.Name + ":")
		indent += "  "
		last := i == len(p.fields)-1
		item := ""
		if f.List {
			item = "- "
		}
		switch {
		case last && f.Control == shape.Multi && f.List:
			fmt.Fprintf(&b, "\n%s- zh: %s\n", indent, value)
		case last && f.Control == shape.Multi:
			fmt.Fprintf(&b, "\n%szh: %s\n", indent, value)
		case last && f.List:
			fmt.Fprintf(&b, "\n%s- %s\n", indent, value)
		case last:
			fmt.Fprintf(&b, " %s\n", value)
		case f.List:
			b.WriteString("\n" + indent + item)
			rest := place{fields: p.fields[i+1:]}.file(value)
			b.WriteString(strings.ReplaceAll(strings.TrimSuffix(rest, "\n"), "\n", "\n"+indent+"  ") + "\n")
			return b.String()
		default:
			b.WriteString("\n")
		}
	}
	return b.String()
}

// quoted writes a text for a file, every character beyond ASCII but those of UTF-8 itself escaped.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		fmt.Fprintf(&b, `\U%08X`, r)
	}
	return b.String() + `"`
}

// TestReaders: every field of every kind reads the table of package texttest, from a page's form and
// from a file. A kind, a field or a type to come is walked as soon as it is described; a new type of
// value fails here until texttest.Typed has how it is typed.
func TestReaders(t *testing.T) {
	d := dbtest.New(t)
	for _, k := range bundle.Objects(d).Kinds() {
		placesIn(k.Fields(), place{}, func(p place) {
			f := p.fields[len(p.fields)-1]
			name := k.KindName() + "." + p.path
			// read gives what the field then holds, and its faults.
			read := func(file bool, value string) (string, fault.Fields) {
				v := k.New()
				var found fault.Fields
				if file {
					docs, faults := shape.ParseFile("", []byte(p.file(value)))
					if len(faults) > 0 || len(docs) != 1 {
						t.Fatalf("%s: %q: %v", name, p.file(value), faults)
					}
					found = shape.DecodeYAML(docs[0].Node, v, nil)
				} else {
					found = shape.DecodeForm(p.form(value), v)
				}
				var own fault.Fields
				for _, x := range found {
					if x.Path == p.path || strings.HasPrefix(x.Path, p.path+".") {
						own = append(own, x)
					}
				}
				for key := range p.form("") {
					if got := shape.EncodeForm(v)[key]; len(got) > 0 {
						return got[0], own
					}
				}
				return "", own
			}
			expect := func(typed, want string) {
				t.Helper()
				if !f.Private && !privateAround(p) {
					if got, faults := read(false, typed); got != want || len(faults) > 0 {
						t.Errorf("%s: %q in a form is %q, want %q %v", name, typed, got, want, faults)
					}
				}
				if got, faults := read(true, quoted(typed)); !privateAround(p) && (got != want || len(faults) > 0) {
					t.Errorf("%s: %q in a file is %q, want %q %v", name, typed, got, want, faults)
				}
			}
			switch f.Control {
			case shape.Scalar:
				if len(texttest.Typed[f.Type]) == 0 {
					t.Errorf("%s is of the type %s: say in texttest.Typed how a Chinese keyboard writes it", name, f.Type)
				}
				for _, v := range texttest.Typed[f.Type] {
					expect(v.Typed, v.Is)
				}
			case shape.Int, shape.OptionalInt:
				expect(texttest.Number.Typed, texttest.Number.Is)
			case shape.Choice:
				for _, o := range f.Options {
					expect(fullWidth(o), o)
				}
			case shape.Bool:
				expect(fullWidth("true"), "on")
			case shape.Text, shape.Multi:
				if f.Style == shape.URL {
					expect(texttest.Address.Typed, texttest.Address.Is)
					return
				}
				if f.Code {
					expect(fullWidth("en"), "en")
				}
				want := "第一行，第二行。"
				if f.Style != shape.Line {
					want = "第一行，\n第二行。"
				}
				if !f.Code {
					for _, s := range texttest.In("第一行，", "第二行。") {
						expect(s, want)
					}
				}
				for _, c := range texttest.Controls {
					s := "一\n二" + c
					if f.Style == shape.Line {
						s = "一二" + c
					}
					check := func(faults fault.Fields) {
						if len(faults) != 1 || faults[0].Key != shape.FaultCharacters || faults[0].Args[1] == "" {
							t.Errorf("%s: %q is not refused with its place: %v", name, s, faults)
						}
					}
					if !f.Private && !privateAround(p) && !f.Code {
						_, faults := read(false, s)
						check(faults)
					}
					if utf8.ValidString(c) && !privateAround(p) && !f.Code {
						_, faults := read(true, quoted(s))
						check(faults)
					}
				}
			}
		})
	}
}

func privateAround(p place) bool {
	for _, f := range p.fields {
		if f.Private {
			return true
		}
	}
	return false
}

func fullWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f {
			return r + 0xfee0
		}
		return r
	}, s)
}

// TestFileEncodings: a file in UTF-16 is read as the same in UTF-8 is; one in another encoding is one
// fault, which names the encoding.
func TestFileEncodings(t *testing.T) {
	src := start + "---\nkind: side\nkey: cn\nname:\n  en: Chinese side\n  zh: 中方，第一行\n---\nkind: round\nkey: one\nlevel: summit\ndate: ２０１９－０３\ntitle:\n  zh: 第一次会议\n"
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String(src)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"UTF-8":            {[]byte(src), ""},
		"UTF-8 and mark":   {[]byte("\uFEFF" + src), ""},
		"UTF-16LE":         {texttest.UTF16(src, binary.LittleEndian, false), ""},
		"UTF-16LE, mark":   {texttest.UTF16(src, binary.LittleEndian, true), ""},
		"UTF-16BE":         {texttest.UTF16(src, binary.BigEndian, false), ""},
		"UTF-16BE, mark":   {texttest.UTF16(src, binary.BigEndian, true), ""},
		"GB 18030":         {[]byte(gbk), "0 fault.encoding"},
		"a tab":            {[]byte(src + "\tuntil: 2019-04\n"), "21 fault.yaml-tab"},
		"full-width colon": {[]byte(strings.Replace(src, "level: summit", "level：summit", 1)), "17 fault.yaml-colon"},
	} {
		d := dbtest.New(t)
		r, err := bundle.Import(t.Context(), d, bundle.Objects(d), access.Operator("test"), []bundle.File{{Name: "a.yaml", Data: c.data}}, bundle.Options{})
		var got []string
		var f *fault.Error
		if errors.As(err, &f) {
			for _, x := range f.Fields {
				got = append(got, fmt.Sprint(x.Line, " ", x.Key))
				if !message.Has(x.Key) {
					t.Errorf("%s has no words", x.Key)
				}
			}
		} else if err != nil {
			t.Fatal(err)
		}
		if s := strings.Join(got, "; "); s != c.want || c.want == "" && r.Created != 3 {
			t.Errorf("%s: %q, want %q (%+v)", name, s, c.want, r)
		}
	}
}
