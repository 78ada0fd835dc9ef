package shape

import (
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"entente/internal/text"
	"entente/internal/when"
)

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
zzzzzzzzzz: x
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
		"zzzzzzzzzz 26 zzzzzzzzzz fault.unknown-field-plain [fields "+top+"]",
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
		{"a: 1\nb: \x00\n", "2 fault.character"},
		{"a: 1\n---\na: *x\n---\na: [\n", "3 fault.yaml-feature;5 fault.yaml"},
		{"--- a: 1\n", "1 fault.yaml"},
		{strings.Repeat("a: b\n", 1100), "1001 fault.many"},
		{"a: {" + strings.Repeat("b, ", 30_000) + "}\n", "1 fault.many"},
		{"a: " + strings.Repeat("<", 100_000), "1 fault.yaml"},
		{"a: {" + strings.Repeat("b: c, ", 100) + "}\n", ""},
		{"a:\n" + strings.Repeat("  - b: c\n    d: e\n", 600), ""},
		{"a: \xff\n", "0 fault.encoding"},
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

// TestYAMLOfAnotherKeyboard: what a Chinese keyboard or a tab makes of a file is one sentence that names
// line and column.
func TestYAMLOfAnotherKeyboard(t *testing.T) {
	type value struct {
		Kind  string     `json:"kind"`
		Title text.Multi `json:"title"`
		At    when.Clock `json:"at"`
		List  []struct {
			A string `json:"a"`
			B string `json:"b"`
		} `json:"list"`
	}
	for src, want := range map[string]string{
		"kind: meeting\ntitle：中文\n":                   "fault.yaml-colon 2:6",
		"kind: meeting\ntitle ： 中文\nat: 09:00\n":      "fault.yaml-colon 2:7",
		"title：\n  en: x\nkind: y\n":                  "fault.yaml-colon 1:6",
		"kind：meeting\nat：09:00\n":                    "fault.yaml-colon 1:5",
		"title:\n  en： x\n  zh： y\nkind: z\n":         "fault.yaml-colon 2:5",
		"title:\n  en: x\n  zh：y\n":                   "fault.yaml-colon 3:5",
		"list:\n  - a： 2\n    b: c\n":                 "fault.yaml-colon 2:6",
		"list:\n  - a： 2\n":                           "fault.yaml-colon 2:6",
		"list:\n  - a: 2\n    b： c\n":                 "fault.yaml-colon 3:6",
		"title:\n　　zh: x\nkind: y\n":                  "fault.yaml-blank 2:1",
		"title:\n\u00a0\u00a0zh: x\n":                 "fault.yaml-blank 2:1",
		"title:\n  　zh: x\n":                          "fault.yaml-blank 2:3",
		"list:\n　　- a: b\n":                           "fault.yaml-blank 2:1",
		"list:\n  - a: b\n  　　b: c\n":                 "fault.yaml-blank 3:3",
		"title:\n  zh: |\n    　　第一段\n  en: 　x\n":      "",
		"at: 　9:30\n":                                 "",
		"kind: m\n\ttitle: x\n":                       "fault.yaml-tab 2:1",
		"title:\n\ten: x\n":                           "fault.yaml-tab 2:1",
		"title:\n  \ten: x\n":                         "", // a level is told by its names
		"list:\n  - a: b\n\t- a: c\n":                 "fault.yaml-tab 3:1",
		"\tkind: c\n":                                 "fault.yaml-tab 1:1",
		"kind: b\n\tc\n":                              "fault.yaml-tab 2:1",
		"kind: x\ty\n":                                "fault.yaml-tab 1:8",
		"at: 09:00\nkind: 中文\t与\n":                    "fault.yaml-tab 2:9",
		"title:\n  en: |\n\tx\n":                      "fault.yaml-tab 3:1",
		"kind:\tx\n":                                  "",
		"kind: x \t# c\n":                             "",
		"kind: \"x\ty\"\n":                            "",
		"title:\n  en: |\n    x\ty\n    IOM：国际移民组织\n": "",
		"title:\n  zh: IOM：国际移民组织\n":                  "",
		"at: ０９：３０\nkind: x\fy\n":                     "",
	} {
		docs, faults := ParseFile("f", []byte(src))
		for _, d := range docs {
			faults = append(faults, DecodeYAML(d.Node, &value{}, nil)...)
		}
		var got []string
		for _, f := range faults {
			f = Shift(f, 10)
			got = append(got, fmt.Sprintf("%s %d:%d", f.Key, f.Args[1].(int)-10, f.Args[3]))
			if f.Line != f.Args[1] {
				t.Errorf("%q: at %d: %v", src, f.Line, f.Args)
			}
		}
		if s := strings.Join(got, "; "); s != want {
			t.Errorf("%q: %q, want %q", src, s, want)
		}
	}
}

// TestWideSigns: lists and documents parted as on a Chinese keyboard are called what they are.
func TestWideSigns(t *testing.T) {
	type value struct {
		At []when.Clock `json:"at"`
	}
	for src, want := range map[string]string{
		"at: [09:00，10:00]\n": "[fault.yaml-comma]", "at: [09:00、10:00]\n": "[fault.yaml-comma]", "at:\n  - 09:00，10:00\n": "[fault.yaml-comma]", "at: [9:00, ０９：３０]\n": "[]",
		"at: [09:00]\n－－－\nat: [10:00]\n": "[fault.yaml-separator]", "———\nat: [10:00]\n": "[fault.yaml-separator]", "---\nat: [10:00]\n": "[]",
	} {
		docs, faults := ParseFile("f", []byte(src))
		for _, d := range docs {
			faults = append(faults, DecodeYAML(d.Node, &value{}, nil)...)
		}
		keys := []string{}
		for _, f := range faults {
			keys = append(keys, f.Key)
		}
		if got := fmt.Sprint(keys); got != want {
			t.Errorf("%q: %s, want %s", src, got, want)
		}
	}
}
