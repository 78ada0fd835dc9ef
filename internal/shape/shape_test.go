package shape

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
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
	hidden  int
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
			{Title: text.Both("Multi\nline", "")},
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
      en: |-
        Multi
        line
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

func TestYAMLRoundTrip(t *testing.T) {
	m := example()
	src := encode(t, m, keys{})
	if src != exampleYAML {
		t.Errorf("encoded:\n%s", src)
	}
	var back meeting
	if faults := DecodeYAML(one(t, src).Node, &back, keys{}); faults != nil {
		t.Fatal(faults.Err())
	}
	if !reflect.DeepEqual(m, &back) {
		t.Errorf("decoded: %v", Diff(m, &back))
	}
	if again := encode(t, &back, keys{}); again != src {
		t.Errorf("again:\n%s", again)
	}
	// Indented, after a caller's own names, with Windows line ends and a byte order mark.
	var b strings.Builder
	b.WriteString("\uFEFF# comment\nkind: meeting\nbody:\n")
	if err := EncodeYAML(&b, m, keys{}, 2); err != nil {
		t.Fatal(err)
	}
	d := one(t, strings.ReplaceAll(b.String(), "\n", "\r\n"))
	if s, line, ok := d.Text("kind"); s != "meeting" || line != 2 || !ok {
		t.Error(s, line, ok)
	}
	var outer struct {
		Body meeting `json:"body"`
	}
	if faults := DecodeYAML(d.Node, &outer, keys{}, "kind"); faults != nil {
		t.Fatal(faults.Err())
	}
	if !reflect.DeepEqual(m, &outer.Body) {
		t.Errorf("indented: %v", Diff(m, &outer.Body))
	}
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
	m := example() // a form replaces all it may
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
		Title: text.Multi{"en": {Text: "A", Status: text.Original}, "zh": {Text: "甲", Status: text.Checked, Of: text.Hash("A")}},
		Type:  "workshop", Secret: "s",
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

func TestDecodeYAMLFaults(t *testing.T) {
	var m meeting
	faults := DecodeYAML(one(t, `title: Launch
titel:
  en: x
type: party
starts: 2019
starts: 2020-01
hybrid: no
number: 12x
count: [1]
phase: nobody
partners: nia
summary:
  en: a
  zh.status: checked
  klingonish: q
  en.stat: draft
agenda:
  - at: 2020-13
    speakers:
      - name: B
  -
  - en: x
aims:
  - one
contact: x
`).Node, &m, keys{})
	top := "title, type, starts, months, hybrid, number, count, phase, partners, summary, agenda, aims, links, tags, note, url, contact, secret, source"
	expect(t, faults,
		"title 1 Launch fault.multi [example en: …]",
		"titel 2 titel fault.unknown-field [near title fields "+top+"]",
		"starts 5 2019 fault.date []",
		"starts 6 starts fault.duplicate [first 5]",
		"hybrid 7 no fault.option [options true, false]",
		"number 8 12x fault.number []",
		"count 9  fault.scalar []",
		"phase 10 nobody fault.ref [kind phase key nobody]",
		"partners 11 nia fault.list [example - …]",
		"summary.klingonish 15 klingonish fault.language [lang klingonish]",
		"summary.en.stat 16 en.stat fault.unknown-field [near en.status fields en, en.status, en.of]",
		"summary.zh 14 zh.status fault.required []",
		"agenda.0.at 18 2020-13 fault.month [most 12]",
		"agenda.1.en 22 en fault.unknown-field [near at fields title, at, speakers]",
		"aims.0 24 one fault.multi [example en: …]",
		"contact 25 x fault.mapping [fields name, phone]",
		"type 4 party fault.option [options workshop, study-visit]",
		"agenda.0.title 18  fault.required []",
		"agenda.0.speakers.0.institution 20  fault.required []",
		"agenda.1.title 22  fault.required []",
	)
}

func TestManyItems(t *testing.T) {
	var m meeting
	src := "type: workshop\ntitle: {en: x}\nlinks:\n" + strings.Repeat("  - https://a.org\n", MaxItems+1)
	d := one(t, src)
	expect(t, DecodeYAML(d.Node, &m, nil), "links 4  fault.many [limit 500]")
	if _, line, ok := d.Text("kind"); ok || line != 1 {
		t.Error(line, ok)
	}
	form := url.Values{"type": {"workshop"}, "title.en": {"x"}}
	for i := range MaxItems + 1 {
		form.Add("links", "https://a.org")
		form.Set(fmt.Sprintf("aims.%d.en", i*3), "x")
	}
	expect(t, DecodeForm(form, &m), "aims 0 501 fault.many [limit 500]", "links 0 501 fault.many [limit 500]")
	if len(m.Links) != MaxItems || len(m.Aims) != MaxItems {
		t.Error(len(m.Links), len(m.Aims))
	}
}

func TestScalarsStayText(t *testing.T) {
	type plain struct {
		A []string `json:"a"`
	}
	for _, s := range []string{"no", "012", "2019-03", "1.50", "0x1F", "1_000", ".inf", "~", "null", "Yes", "1e3", "+1", "-0", "2019-03-04 10:00", "a b", "it's", `say "x"`, "x: y", "[a]"} {
		src := "a:\n  - " + s + "\n"
		if s == "x: y" || s == "[a]" {
			src = "a:\n  - '" + s + "'\n"
		}
		var v plain
		if faults := DecodeYAML(one(t, src).Node, &v, nil); faults != nil || len(v.A) != 1 || v.A[0] != s {
			t.Errorf("%q: %q %v", s, v.A, faults)
		}
	}
	var v plain
	if faults := DecodeYAML(one(t, "a: ['x', y,\n  \"z\\u4e2d\"]\n").Node, &v, nil); faults != nil || fmt.Sprint(v.A) != "[x y z中]" {
		t.Errorf("%q %v", v.A, faults)
	}
}

func TestParseFile(t *testing.T) {
	docs, faults := ParseFile("f", []byte("# c\n---\na: 1\n---\n# nothing\n---\nb:\n  c: |\n    x\n...\n"))
	if faults != nil || len(docs) != 2 || docs[0].Line != 3 || docs[1].Line != 7 {
		t.Errorf("%v %v", docs, faults)
	}
	for _, c := range []struct{ src, want string }{
		{"", ""},
		{"a: &x 1\nb: *x\n", "1 fault.yaml-feature;2 fault.yaml-feature"},
		{"a: !!str 1\n", "1 fault.yaml-feature"},
		{"b: 1\n<<: {a: 1}\n", "2 fault.yaml-feature"},
		{"%YAML 1.2\n---\na: 1\n", "1 fault.yaml-feature"},
		{"? a\n: b\n", "1 fault.yaml-feature"},
		{"a: 1\n- b\n", "2 fault.yaml"},
		{"a:\n  - 'x\n", "2 fault.yaml"},
		{"a: 1\n---\n- b\n", "3 fault.mapping"},
		{"a: 1\nb: \x00\n", "2 fault.characters"},
		{"a: 1\n---\na: *x\n---\na: [\n", "3 fault.yaml-feature;5 fault.yaml"},
		{"--- a: 1\n", "1 fault.yaml"},
		{strings.Repeat("a: b\n", 1100), "1001 fault.many"},
		{"a: {" + strings.Repeat("b, ", 30_000) + "}\n", "1 fault.many"},
		{"a: " + strings.Repeat("<", 100_000), "1 fault.yaml"},
		{"a: {" + strings.Repeat("b: c, ", 100) + "}\n", ""},
		{"a:\n" + strings.Repeat("  - b: c\n    d: e\n", 600), ""},
		{"a: \xff\n", "1 fault.characters"},
		{"a: " + strings.Repeat("[", 10_000) + "\n", "1 fault.yaml-deep"},
		{strings.Repeat("- ", 10_000) + "\n", "1 fault.yaml-deep"},
		{"a: " + strings.Repeat("{a: ", 10_000) + "\n", "1 fault.yaml-deep"},
		{"a: \"" + strings.Repeat("\t", 100000) + "\"\n", "1 fault.yaml"},
	} {
		_, faults := ParseFile("f", []byte(c.src))
		var got []string
		for _, f := range faults {
			got = append(got, fmt.Sprint(f.Line, " ", f.Key))
		}
		if s := strings.Join(got, ";"); s != c.want {
			t.Errorf("%.30q: got %s, want %s (%.300v)", c.src, s, c.want, faults)
		}
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
		Summary: text.Multi{"en": {Text: strings.Repeat("x", MaxLong+1)}, "zh": {Text: "x", Status: "odd"},
			"EN.x": {Text: "x"}, "de": {Text: "x", Status: text.Draft, Of: "zz"}},
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
		"summary.en 0 "+cut+" fault.long [limit 200000]",
		"summary.EN.x 0 x fault.language [lang EN.x]",
		"summary.de.of 0 zz fault.format [type text.Hash]",
		"summary.zh.status 0 odd fault.option [options original, draft, machine, checked]",
		"agenda.0.title 0  fault.required []",
		"links.0 0 ftp://x fault.url []",
		"links.1 0 javascript:alert(1) fault.url []",
		"links.2 0 https:// fault.url []",
		"links.3 0 https://a b fault.url []",
		"note 0 a\x00b fault.characters []",
		"url 0 "+strings.Repeat("u", 200)+"… fault.long [limit 2000]",
		"contact.name 0  fault.required []",
		"source 0 a\uFFFDb fault.characters []",
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
		Title:  text.Both("a\nb\nc", ""),
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
