package jcs

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
)

// The vectors are those of RFC 8785 sections 3.2.2 to 3.2.4, without the numbers that this
// package refuses (see TestRefused).
func TestVectors(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{
			"section 3.2.2: strings and literals",
			`{
  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
  "literals": [null, true, false]
}`,
			`{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
		},
		{
			"section 3.2.3: sorting by UTF-16 code units",
			`{
  "\u20ac": "Euro Sign",
  "\r": "Carriage Return",
  "\ufb33": "Hebrew Letter Dalet With Dagesh",
  "1": "One",
  "\ud83d\ude00": "Emoji: Grinning Face",
  "\u0080": "Control",
  "\u00f6": "Latin Small Letter O With Diaeresis"
}`,
			`{"\r":"Carriage Return","1":"One","` + "\u0080" + `":"Control","ö":"Latin Small Letter O With Diaeresis",` +
				`"€":"Euro Sign","😀":"Emoji: Grinning Face","` + "\ufb33" + `":"Hebrew Letter Dalet With Dagesh"}`,
		},
		{"nested, whitespace, -0", " [ { \"b\" : -0 , \"a\" : [ ] } , { } , 9007199254740991 ,\t-1 ] \r\n", `[{"a":[],"b":0},{},9007199254740991,-1]`},
		{"controls", `"\b\t\n\f\r\u0000\u001f\u007f\u2028"`, `"\b\t\n\f\r\u0000\u001f` + "\u007f\u2028" + `"`},
		{"prefixes", `{"aa":1,"a":2,"":3,"b":4}`, `{"":3,"a":2,"aa":1,"b":4}`},
		{"the replacement character itself", "\"\ufffd\"", "\"\ufffd\""},
		{"scalar", ` true `, `true`},
	} {
		got, err := Transform([]byte(c.in))
		if err != nil || string(got) != c.want {
			t.Errorf("%s:\n got %s\nwant %s\n err %v", c.name, got, c.want, err)
		}
	}
	// Section 3.2.4 gives the bytes of the literals and strings in hexadecimal.
	got, err := Transform([]byte(`{"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"}`))
	want := []byte{
		0x7b, 0x22, 0x73, 0x74, 0x72, 0x69, 0x6e, 0x67, 0x22, 0x3a, 0x22, 0xe2, 0x82, 0xac, 0x24, 0x5c, 0x75, 0x30, 0x30, 0x30, 0x66,
		0x5c, 0x6e, 0x41, 0x27, 0x42, 0x5c, 0x22, 0x5c, 0x5c, 0x5c, 0x5c, 0x5c, 0x22, 0x2f, 0x22, 0x7d,
	}
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("got % x, %v", got, err)
	}
}

func TestRefused(t *testing.T) {
	for _, in := range []string{
		`[333333333.33333329]`, `[1E30]`, `[4.50]`, `[2e-3]`, `[0.000000000000000000000000001]`, // section 3.2.2
		`[9007199254740992]`, `[-9007199254740992]`, `[99999999999999999999]`,
		`{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `[{"x":{"y":1,"z":2,"y":1}}]`,
		`"\ud800"`, `"\udc00"`, `"\ud800x"`, `"\ud800\ud800"`, `"\ufffd"`, "\"\xff\"", "\"\xed\xa0\x80\"",
		``, ` `, `{`, `nul`, `1 2`, `[1,]`, `01`,
		strings.Repeat("[", 101) + strings.Repeat("]", 101), strings.Repeat(`{"a":`, 9999) + "1" + strings.Repeat("}", 9999),
	} {
		if got, err := Transform([]byte(in)); err == nil {
			t.Errorf("Transform(%.60q) = %.60s", in, got)
		}
	}
	for _, v := range []any{1.5, math.Inf(1), uint64(1) << 53, int64(math.MinInt64), "a\xff", map[string]int{"a\xff": 1}, func() {}, json.RawMessage(`{"a":1,"a":1}`)} {
		if got, err := Marshal(v); err == nil {
			t.Errorf("Marshal(%v) = %s", v, got)
		}
	}
}

func TestMarshal(t *testing.T) {
	v := struct {
		Z    string         `json:"z"`
		A    map[string]any `json:"a"`
		Text string         `json:"text"`
		N    *int           `json:"n"`
		F    float64        `json:"f"`
	}{"<b>&\u2028中欧", map[string]any{"b": []int{1, 2}, "a": int64(maxInteger)}, "\x01\x7f\ufffd", nil, 3}
	got, err := Marshal(v)
	// HTML's signs are not escaped, unlike in encoding/json.
	want := `{"a":{"a":9007199254740991,"b":[1,2]},"f":3,"n":null,"text":"\u0001` + "\x7f\ufffd" + `","z":"<b>&` + "\u2028" + `中欧"}`
	if err != nil || string(got) != want {
		t.Errorf("got  %s\nwant %s\nerr %v", got, want, err)
	}
}

func FuzzTransform(f *testing.F) {
	for _, s := range []string{`{"b":[1,-0,"\ud83d\ude00"],"a":{"":null}}`, `"\u20ac\\\"\/"`, ` [true , false]`, "\"\xff\"", `{"a":1,"a":2}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		once, err := Transform(in)
		if err != nil {
			return
		}
		twice, err := Transform(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%q is not its own form: %q, %v", once, twice, err)
		}
		var a, b any
		if json.Unmarshal(in, &a) != nil || json.Unmarshal(once, &b) != nil || !reflect.DeepEqual(a, b) {
			t.Fatalf("%q became %q", in, once)
		}
		if m, err := Marshal(json.RawMessage(once)); err != nil || !bytes.Equal(m, once) {
			t.Fatalf("Marshal(%q) = %q, %v", once, m, err)
		}
	})
}

func BenchmarkMarshal(b *testing.B) {
	v := map[string]any{"act": "meeting.postpone", "who": "0198c0de", "object": map[string]any{"kind": "meeting", "rev": 7, "title": "支持中欧人员往来和移民领域对话项目"}}
	for b.Loop() {
		if _, err := Marshal(v); err != nil {
			b.Fatal(err)
		}
	}
}
