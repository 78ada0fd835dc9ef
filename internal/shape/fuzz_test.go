package shape

import (
	"math/rand/v2"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"entente/internal/text"
)

// awkward are texts that YAML could take for something else.
var awkward = []string{
	"", "~", "null", "no", "012", "1.50", "2019-03", "- ", "-", "---", "...", "? a", "?", "| x", "|", ">", "> x",
	"a: b", "a:", ": a", ":", "a #b", "#b", "a#b", "trailing ", " leading", "\tTab", "a\tb", "a\nb", "a\n\nb\n", "\n\na",
	"a\n  b\nc", "  a\nb", "a\n b", "a \nb", "a\rb", "a\r\nb", "a\u2028b", "a\u2029b", "a\u0085b", "\uFEFFa", "a\uFEFF",
	"👩‍👩‍👧 family", "{a}", "[a]", "a}", "a]", "a, b", "&a", "*a", "!a", "!!str a", "%a", "@a", "`a", "'a'", `"a"`, `a"b`,
	`\n`, `a\`, "<<", "<<: a", "a <<b", "key: |\n  x", "---\na: b", "a\n---\nb", "a\n...\nb", "x\u0001y", "\U000E0001",
	"a\n#b", "a\n- b", "a\n\tb", "a\n\t\n b", "été – «\u202fx\u202f»", "第二期：启动会", "　全角", "a\u00A0b", "x|", "x >y", "a ? b", "a: \nb: ",
	"%YAML 1.2", "a\n\n\n\nb", "a\n \nb", "0x1F", "0b1", "1_000", "1e3", ".inf", "a\n|\nb", "'", "''", "\"", "a'", "\\u0041", "\x7f", "a\n'b",
	"a\n  \n  b", "a &b *c !d", "x]y}z", "http://a/b#c", "a\n%b", "a\n? b\n: c", "q\n&x", "\u200d", "a\u200db", "1\n2",
}

type scalars struct {
	S string     `json:"s,omitempty" shape:"long"`
	M text.Multi `json:"m,omitempty" shape:"long"`
	L []string   `json:"l,omitempty" shape:"long"`
	G []texts    `json:"g,omitempty"`
	Z string     `json:"z"`
}

type texts struct {
	A string     `json:"a,omitempty" shape:"long"`
	M text.Multi `json:"m,omitempty" shape:"long"`
	B string     `json:"b,omitempty" shape:"long"`
}

func roundTrip(t *testing.T, s string) {
	var v scalars
	v.S, v.M, v.L, v.Z = s, text.Both(s, s+"x"), []string{s, "x", s}, "end"
	v.G = make([]texts, 2)
	v.G[0].A, v.G[0].M, v.G[0].B, v.G[1].A, v.G[1].B = s, text.Both("x", s), s, "y", s
	raw := v // a value that is not clean must come back clean
	raw.L = append([]string{}, v.L...)
	Clean(&v)
	for _, w := range []*scalars{&v, &raw} {
		src := encode(t, w, nil)
		docs, faults := ParseFile("f", []byte(src))
		if faults != nil || len(docs) != 1 {
			t.Fatalf("%q: %d documents %v\n%s", s, len(docs), faults, src)
		}
		var back scalars
		for _, f := range DecodeYAML(docs[0].Node, &back, nil) {
			if f.Key != FaultCharacters && f.Key != FaultLong {
				t.Fatalf("%q: %v\n%s", s, f, src)
			}
		}
		Clean(&back)
		Clean(w)
		if !reflect.DeepEqual(&back, w) {
			t.Fatalf("%q: %+v\n%s", s, Diff(w, &back), src)
		}
		if w == &v {
			if again := encode(t, &back, nil); again != src {
				t.Fatalf("%q: not the same:\n%s\n%s", s, src, again)
			}
		}
	}
}

func TestYAMLScalar(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing here runs at once")
	}
	for _, s := range awkward {
		roundTrip(t, s)
		roundTrip(t, s+" "+s)
		roundTrip(t, s+"\n"+s)
		roundTrip(t, "x"+s+"x")
	}
	for r := rune(1); r < 0x3010; r++ {
		if r == 0x250 {
			r = 0x2000
		} else if r == 0x2070 {
			r = 0x3000
		}
		roundTrip(t, string(r))
		roundTrip(t, "a"+string(r)+"b\n"+string(r)+"c")
	}
	between := []string{"", " ", "\n", "\n\n", "\n  ", ": ", " #", "\t", "x", "\n\n\n   "}
	r := rand.New(rand.NewPCG(1, 2)) // the same texts at every run; 150,000 of them passed once
	for range 1_000 {
		var b strings.Builder
		for range 1 + r.IntN(5) {
			b.WriteString(awkward[r.IntN(len(awkward))] + between[r.IntN(len(between))])
		}
		roundTrip(t, b.String())
	}
}

func FuzzYAMLScalar(f *testing.F) {
	for _, s := range awkward {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) || strings.Contains(s, "\x00") {
			t.Skip()
		}
		roundTrip(t, s)
	})
}

// FuzzYAML holds that no input breaks the reader, and that what it reads without a fault comes
// back the same from our own writing.
func FuzzYAML(f *testing.F) {
	f.Add(exampleYAML)
	for _, s := range awkward {
		f.Add("title:\n  en: " + s + "\n")
	}
	f.Add("a: [b, {c: d}]\n---\n- x\n")
	f.Fuzz(func(t *testing.T, src string) {
		docs, _ := ParseFile("f", []byte(src))
		for _, d := range docs {
			var m meeting
			faults := DecodeYAML(d.Node, &m, keys{}, "kind")
			d.Text("kind")
			if faults != nil {
				continue
			}
			again := encode(t, &m, keys{})
			if again == "" {
				continue
			}
			var back meeting
			if faults := DecodeYAML(one(t, again).Node, &back, keys{}); faults != nil {
				t.Fatalf("%v\n%s", faults.Err(), again)
			}
			if !reflect.DeepEqual(m, back) {
				t.Fatalf("%v\n%s", Diff(m, back), again)
			}
		}
	})
}

func FuzzDecodeForm(f *testing.F) {
	f.Add(EncodeForm(example()).Encode())
	f.Add("agenda.0.title.en=x&agenda.0.drop=on&agenda.00.title.en=y&title=z&title..=1&.=2&agenda=3")
	f.Fuzz(func(t *testing.T, q string) {
		values, err := url.ParseQuery(q)
		if err != nil {
			t.Skip()
		}
		var m meeting
		if faults := DecodeForm(values, &m); faults != nil {
			Refill(&m, faults)
			return
		}
		var back meeting
		if faults := DecodeForm(EncodeForm(&m), &back); faults != nil || !reflect.DeepEqual(m, back) {
			t.Fatalf("%v %v", faults, Diff(m, back))
		}
	})
}

func BenchmarkEncodeYAML(b *testing.B) {
	m := example()
	for b.Loop() {
		encode(b, m, keys{})
	}
}

func BenchmarkDecodeYAML(b *testing.B) {
	src := []byte(encode(b, example(), keys{}))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		docs, _ := ParseFile("f", src)
		var m meeting
		if DecodeYAML(docs[0].Node, &m, keys{}) != nil {
			b.Fatal("fault")
		}
	}
}

func BenchmarkDecodeForm(b *testing.B) {
	values := EncodeForm(example())
	for b.Loop() {
		var m meeting
		if DecodeForm(values, &m) != nil {
			b.Fatal("fault")
		}
	}
}

func BenchmarkDiff(b *testing.B) {
	x, y := example(), example()
	for b.Loop() {
		Diff(x, y)
	}
}
