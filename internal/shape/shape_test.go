package shape

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
)

type kind string

func (kind) Options() []string { return []string{"workshop", "study-visit"} }

// month is a scalar with a reader of its own.
type month struct{ y, m int }

func (m month) IsZero() bool { return m.y == 0 }

func (m month) MarshalText() ([]byte, error) {
	if m.y == 0 {
		return nil, errors.New("zero")
	}
	return fmt.Appendf(nil, "%04d-%02d", m.y, m.m), nil
}

func (m *month) UnmarshalText(b []byte) error {
	if len(b) != 7 {
		return badMonth{}
	}
	if _, err := fmt.Sscanf(string(b), "%04d-%02d", &m.y, &m.m); err != nil {
		return fmt.Errorf("month: %w", err)
	}
	if m.m > 12 || m.y == 0 {
		return fault.New(fault.Invalid, "fault.month", "most", 12)
	}
	return nil
}

type badMonth struct{}

func (badMonth) Error() string    { return "not a month" }
func (badMonth) FaultKey() string { return "fault.date" }

type speaker struct {
	Institution ref.Institution `json:"institution" shape:"required"`
	Name        string          `json:"name,omitempty"`
}

type item struct {
	Title    text.Multi `json:"title" shape:"required"`
	At       month      `json:"at"`
	Speakers []speaker  `json:"speakers,omitempty"`
}

type contact struct {
	Name  string `json:"name,omitempty" shape:"required"`
	Phone string `json:"phone,omitempty"`
}

type Stamp struct {
	Source string `json:"source,omitempty"`
}

type meeting struct {
	Title    text.Multi        `json:"title" shape:"required,label"`
	Type     kind              `json:"type" shape:"required"`
	Starts   month             `json:"starts"`
	Months   []month           `json:"months,omitempty"`
	Hybrid   bool              `json:"hybrid,omitempty"`
	Number   int               `json:"number,omitempty"`
	Count    *int              `json:"count,omitempty"`
	Phase    ref.Phase         `json:"phase,omitempty" shape:"parent"`
	Partners []ref.Institution `json:"partners,omitempty"`
	Summary  text.Multi        `json:"summary,omitempty" shape:"markdown"`
	Agenda   []item            `json:"agenda,omitempty"`
	Aims     []text.Multi      `json:"aims,omitempty"`
	Links    []string          `json:"links,omitempty" shape:"url"`
	Tags     []kind            `json:"tags,omitempty"`
	Note     string            `json:"note,omitempty" shape:"long"`
	URL      string            `json:"url,omitempty" shape:"url"`
	Contact  contact           `json:"contact"`
	Secret   string            `json:"secret,omitempty" shape:"private"`
	Stamp
	Skipped string `json:"-"`
	hidden  int    //lint:ignore U1000 that it is passed over is what is tested
}

type keys struct{}

func (keys) ID(kind, key string) (string, bool) {
	if key == "nobody" {
		return "", false
	}
	return kind + "/" + key, true
}
func (keys) Key(kind, id string) string { return strings.TrimPrefix(id, kind+"/") }

func example() *meeting {
	n := 0
	return &meeting{
		Title: text.Multi{
			"en": {Text: "Launch of Phase II", Status: text.Original},
			"zh": {Text: "第二期启动会", Status: text.Checked, Of: text.Hash("Launch of Phase II")},
			"fr": {Text: "Lancement : phase II", Status: text.Draft, Of: "0123456789abcdef"},
			"no": {Text: "no", Status: text.Machine, Of: text.Hash("Launch of Phase II")},
		},
		Type:     "workshop",
		Starts:   month{2019, 3},
		Months:   []month{{2019, 4}, {2020, 12}},
		Hybrid:   true,
		Number:   -12,
		Count:    &n,
		Phase:    "phase/two",
		Partners: []ref.Institution{"institution/nia", "institution/home"},
		Summary:  text.Both("# A\n\n* one\n  * two\n\ntext", "两行\n第二行: #"),
		Agenda: []item{
			{Title: text.Both("Opening", ""), At: month{2019, 3}, Speakers: []speaker{{Institution: "institution/nia", Name: "A"}, {Institution: "institution/home"}}},
			{Title: text.Both("Multi line", "")},
		},
		Aims:    []text.Multi{text.Both("One", "一"), text.Both("Two: 2", "")},
		Links:   []string{"https://example.org/a?b=c#d", "http://example.org"},
		Tags:    []kind{"study-visit"},
		Note:    "line\n\nother",
		URL:     "https://例子.cn/x",
		Contact: contact{Name: "012", Phone: "+86 10"},
		Secret:  "s",
		Stamp:   Stamp{Source: "null"},
	}
}

const exampleYAML = `title:
  en: Launch of Phase II
  fr: "Lancement : phase II"
  fr.status: draft
  fr.of: 0123456789abcdef
  "no": "no"
  no.status: machine
  zh: 第二期启动会
  zh.status: checked
type: workshop
starts: 2019-03
months:
  - 2019-04
  - 2020-12
hybrid: true
number: -12
count: 0
phase: two
partners:
  - nia
  - home
summary:
  en: |-
    # A

    * one
      * two

    text
  zh: |-
    两行
    第二行: #
agenda:
  - title:
      en: Opening
    at: 2019-03
    speakers:
      - institution: nia
        name: A
      - institution: home
  - title:
      en: Multi line
aims:
  - en: One
    zh: 一
  - en: "Two: 2"
links:
  - https://example.org/a?b=c#d
  - http://example.org
tags:
  - study-visit
note: |-
  line

  other
url: https://例子.cn/x
contact:
  name: "012"
  phone: "+86 10"
secret: s
source: "null"
`

func one(t testing.TB, src string) Document {
	t.Helper()
	docs, faults := ParseFile("test.yaml", []byte(src))
	if faults != nil || len(docs) != 1 {
		t.Fatalf("parse: %d documents, %v\n%s", len(docs), faults, src)
	}
	return docs[0]
}

func encode(t testing.TB, v any, k Keys) string {
	t.Helper()
	var b strings.Builder
	if err := EncodeYAML(&b, v, k, 0); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFormRoundTrip(t *testing.T) {
	m := example()
	back := meeting{Secret: "s"}
	if faults := DecodeForm(EncodeForm(m), &back); faults != nil {
		t.Fatal(faults.Err())
	}
	if !reflect.DeepEqual(m, &back) {
		t.Errorf("decoded: %v", Diff(m, &back))
	}
	if EncodeForm(m).Has("secret") {
		t.Error("a private field is in the form")
	}
}

func TestDecodeForm(t *testing.T) {
	m := example() // a form replaces all it names, and keeps languages that it does not show
	french, no := m.Title["fr"], m.Title["no"]
	faults := DecodeForm(url.Values{
		"title.en":                 {" A\r\n"},
		"title.zh":                 {"甲"},
		"title.zh.status":          {"checked"},
		"title.zh.of":              {"0123456789abcdef"},
		"title.zh.fresh":           {"on"},
		"type":                     {"workshop"},
		"secret":                   {"hack"},
		"agenda.7.title.en":        {"seven"},
		"agenda.3.title.en":        {""},
		"agenda.3.title.en.status": {"original"},
		"agenda.10.title.en":       {"ten"},
		"agenda.9.title.en":        {"nine"},
		"agenda.9.drop":            {"on"},
		"agenda.11.at":             {"soon"},
		"agenda.99999.title.en":    {"far"},
		"agenda.-1.title.en":       {"neg"},
		"agenda.+1.title.en":       {"plus"},
		"partners":                 {"", "institution/a", "institution/b"},
		"months":                   {"2019-01", "2019-13", "x"},
		"number":                   {"1.5"},
		"count":                    {""},
		"contact.phone":            {"1"},
		"csrf":                     {"x"},
	}, m)
	want := &meeting{
		Title: text.Multi{
			"en": {Text: "A", Status: text.Original}, "zh": {Text: "甲", Status: text.Checked, Of: text.Hash("A")},
			"fr": french, "no": no,
		},
		Type: "workshop", Secret: "s",
		Agenda:   []item{{Title: text.Both("seven", "")}, {Title: text.Both("ten", "")}, {}},
		Partners: []ref.Institution{"institution/a", "institution/b"},
		Months:   []month{{2019, 1}, {}, {}},
		Contact:  contact{Phone: "1"},
	}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("decoded: %v", Diff(want, m))
	}
	expect(t, faults,
		"months.1 0 2019-13 fault.month [most 12]",
		"months.2 0 x fault.date []",
		"number 0 1.5 fault.number []",
		"agenda.2.at 0 soon fault.date []",
		"agenda.2.title 0  fault.required []",
		"contact.name 0  fault.required []",
	)
	back := Refill(m, faults)
	if fmt.Sprint(back["months"]) != "[2019-01 2019-13 x]" || back.Has("months.1") {
		t.Error(back["months"])
	}
	if back.Get("agenda.2.at") != "soon" || back.Get("number") != "1.5" || back.Get("agenda.1.title.en") != "ten" {
		t.Error(back)
	}
}

func expect(t *testing.T, got fault.Fields, want ...string) {
	t.Helper()
	var lines []string
	for _, f := range got {
		lines = append(lines, fmt.Sprintf("%s %d %s %s %v", f.Path, f.Line, f.Value, f.Key, f.Args))
	}
	if a, b := strings.Join(lines, "\n"), strings.Join(want, "\n"); a != b {
		t.Errorf("got\n%s\nwant\n%s", a, b)
	}
}

func TestCheck(t *testing.T) {
	good := example()
	if f := Check(good); f != nil {
		t.Error(f.Err())
	}
	bad := &meeting{
		Type:     "party",
		Links:    []string{"ftp://x", "javascript:alert(1)", "https://", "https://a b", "https://ok.org"},
		Note:     "a\x00b",
		Contact:  contact{Phone: "x"},
		Agenda:   []item{{}},
		Partners: make([]ref.Institution, MaxItems+1),
		Summary: text.Multi{
			"en": {Text: strings.Repeat("x", MaxLong+1)}, "zh": {Text: "x", Status: "odd"},
			"EN.x": {Text: "x"}, "de": {Text: "x", Status: text.Draft, Of: "zz"},
		},
		Stamp:  Stamp{Source: "a\xffb"},
		URL:    strings.Repeat("u", MaxLine+1),
		Starts: month{2019, 13},
		Months: []month{{2019, 1}, {12345, 1}},
	}
	cut := strings.Repeat("x", 200) + "…"
	expect(t, Check(bad),
		"title 0  fault.required []",
		"type 0 party fault.option [options workshop, study-visit]",
		"starts 0 2019-13 fault.month [most 12]",
		"months.1 0 12345-01 fault.date []",
		"partners 0 501 fault.many [limit 500]",
		"summary.en 0 "+cut+" fault.long [n 200001 limit 200000]",
		"summary.EN.x 0 x fault.language [lang EN.x]",
		"summary.de.of 0 zz fault.format [type text.Hash]",
		"summary.zh.status 0 odd fault.option [options original, draft, machine, checked]",
		"agenda.0.title 0  fault.required []",
		"links.0 0 ftp://x fault.url []",
		"links.1 0 javascript:alert(1) fault.url []",
		"links.2 0 https:// fault.url []",
		"links.3 0 https://a b fault.url-space []",
		"note 0 a\x00b fault.characters [character U+0000 line 1 column 2]",
		"url 0 "+strings.Repeat("u", 200)+"… fault.long [n 2001 limit 2000]",
		"contact.name 0  fault.required []",
		"source 0 a\uFFFDb fault.characters [character byte FF line 1 column 2]",
	)
}

func TestClean(t *testing.T) {
	m := &meeting{
		Title:    text.Multi{"en": {Text: " a\r\nb\rc "}, "zh": {Text: " "}},
		Type:     " workshop ",
		Note:     "\u3000x\r\n",
		Links:    []string{"", " a", " ", "b"},
		Partners: []ref.Institution{" "},
		Agenda:   []item{{Title: text.Multi{}}, {Speakers: []speaker{{}, {Name: " x"}}}, {Speakers: []speaker{{Name: " "}}}},
		Aims:     []text.Multi{nil, {"en": {Text: " "}}},
	}
	Clean(m)
	want := &meeting{
		Title:  text.Both("a b c", ""),
		Type:   "workshop",
		Note:   "x",
		Links:  []string{"a", "b"},
		Agenda: []item{{Speakers: []speaker{{Name: "x"}}}},
	}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("%+v", m)
	}
}

func TestDiff(t *testing.T) {
	a, b := example(), example()
	if d := Diff(a, b); d != nil {
		t.Error(d)
	}
	b.Title = text.Multi{"en": {Text: "Launch"}, "zh": {Text: "第二期启动会", Status: text.Draft}}
	b.Partners = b.Partners[:1]
	b.Agenda = append(b.Agenda, item{Title: text.Both("New", "")})
	b.Hybrid, b.Count = false, nil
	var got []string
	for _, c := range Diff(a, b) {
		got = append(got, fmt.Sprintf("%s|%s|%s|%s", c.Path, c.Field.Name, c.Before, c.After))
	}
	want := `title.en|title|Launch of Phase II|Launch
title.fr|title|Lancement : phase II|
title.fr.status|title|draft|
title.no|title|no|
title.no.status|title|machine|
title.zh.status|title|checked|draft
hybrid|hybrid|true|
count|count|0|
partners.1|partners|institution/home|
agenda.2.title.en|title||New`
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got\n%s\nwant\n%s", s, want)
	}
	if d := Diff(nil, &contact{Name: "x"}); len(d) != 1 || d[0].After != "x" {
		t.Error(d)
	}
	if d := Diff(&contact{Name: "x"}, (*contact)(nil)); len(d) != 1 || d[0].Before != "x" {
		t.Error(d)
	}
	if d := Diff(nil, nil); d != nil {
		t.Error(d)
	}
}

func TestWalkRefsTexts(t *testing.T) {
	var got []string
	for _, l := range Refs(example()) {
		got = append(got, fmt.Sprint(l.Path, " ", l.Rel, " ", l.Ref.RefKind(), " ", l.Ref.RefID(), " ", l.Parent))
	}
	want := `phase phase phase phase/two true
partners.0 partners institution institution/nia false
partners.1 partners institution institution/home false
agenda.0.speakers.0.institution agenda.speakers.institution institution institution/nia false
agenda.0.speakers.1.institution agenda.speakers.institution institution institution/home false`
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got\n%s", s)
	}
	got = nil
	for _, x := range Texts(*example()) {
		got = append(got, fmt.Sprint(x.Path, " ", x.Field.Label, x.Value.Get("en") != ""))
	}
	if s := strings.Join(got, " "); s != "title true true summary false true agenda.0.title false true agenda.1.title false true aims.0 false true aims.1 false true" {
		t.Error(s)
	}
}

func TestDescribe(t *testing.T) {
	var got []string
	for _, f := range Describe[meeting]() {
		got = append(got, fmt.Sprint(f.Name, " ", f.Control, " ", f.Style, " ", f.List, " ", f.Type, " ", f.RefKind, len(f.Options), len(f.Fields)))
	}
	want := `title multi  false text.Multi 0 0
type choice  false shape.kind 2 0
starts scalar  false shape.month 0 0
months scalar  true shape.month 0 0
hybrid bool  false bool 0 0
number int  false int 0 0
count optional-int  false *int 0 0
phase ref  false ref.Phase phase0 0
partners ref  true ref.Institution institution0 0
summary multi markdown false text.Multi 0 0
agenda group  true shape.item 0 3
aims multi  true text.Multi 0 0
links text url true string 0 0
tags choice  true shape.kind 2 0
note text long false string 0 0
url text url false string 0 0
contact group  false shape.contact 0 2
secret text  false string 0 0
source text  false string 0 0`
	if s := strings.Join(got, "\n"); s != want {
		t.Errorf("got\n%s", s)
	}
	if &Describe[meeting]()[0] != &FieldsOf(&meeting{})[0] {
		t.Error("described twice")
	}
}

type loop struct {
	Under []loop `json:"under"`
}

func TestDescribePanics(t *testing.T) {
	for name, fn := range map[string]func(){
		"word": func() {
			Describe[struct {
				A string `json:"a" shape:"requird"`
			}]()
		},
		"name": func() { Describe[struct{ A string }]() },
		"twice": func() {
			Describe[struct {
				Stamp
				S string `json:"source"`
			}]()
		},
		"float": func() {
			Describe[struct {
				A float64 `json:"a"`
			}]()
		},
		"map": func() {
			Describe[struct {
				A map[string]string `json:"a"`
			}]()
		},
		"lists": func() {
			Describe[struct {
				A [][]string `json:"a"`
			}]()
		},
		"bools": func() {
			Describe[struct {
				A []bool `json:"a"`
			}]()
		},
		"url": func() {
			Describe[struct {
				A text.Multi `json:"a" shape:"url"`
			}]()
		},
		"loop":     func() { Describe[loop]() },
		"not":      func() { Describe[string]() },
		"settable": func() { Clean(meeting{}) },
		"nil":      func() { Check((*meeting)(nil)) },
		"types":    func() { Diff(&meeting{}, &contact{}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			fn()
		}()
	}
}

// TestCleanLine: a text of one line is one line, and shows what it holds; a long one keeps its lines.
func TestCleanLine(t *testing.T) {
	v := struct {
		Title text.Multi `json:"title"`
		Note  text.Multi `json:"note" shape:"long"`
		Code  string     `json:"code"`
	}{text.Both("abc\u202Etxt.exe\r\nline", "第一行\n第二行"), text.Both("one\ntwo", ""), "A\u200B\n1"}
	Clean(&v)
	if got := v.Title.Get("en") + "|" + v.Title.Get("zh") + "|" + v.Note.Get("en") + "|" + v.Code; got != "abctxt.exe line|第一行第二行|one\ntwo|A 1" {
		t.Errorf("%q", got)
	}
}

// TestTooLong: a person is told how many characters there are and how many fit, whatever their bytes.
func TestTooLong(t *testing.T) {
	v := struct {
		Title text.Multi `json:"title"`
	}{text.Both("", strings.Repeat("议", 1000))}
	f := Check(&v)
	if len(f) != 1 || f[0].Key != FaultLong || !slices.Equal(f[0].Args, []any{"n", 1000, "limit", 666}) {
		t.Errorf("%v", f)
	}
}
