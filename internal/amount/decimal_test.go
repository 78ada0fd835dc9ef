package amount

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, s := range []string{"", "0", "0.0", "1600000", "-12.50", "1.50", "0.001", strings.Repeat("9", 30), "-1." + strings.Repeat("0", 29)} {
		if d, err := Parse(s); err != nil || string(d) != s {
			t.Errorf("Parse(%q) = %q, %v", s, d, err)
		}
	}
	for _, s := range []string{
		"1,600", "1 600", "1e6", "1E6", "+1", "-", ".", ".5", "5.", "1.2.3", "--1", "-0", "-0.00", "007", "1_000", "0x10", "NaN", "Inf",
		" 1", "1 ", "１", "一", "1\x00", "1/3", "1’000", strings.Repeat("9", 31), "1." + strings.Repeat("0", 30), "25-27", "€5",
	} {
		d, err := Parse(s)
		var f interface{ FaultKey() string }
		if d != "" || !errors.As(err, &f) || !strings.HasPrefix(f.FaultKey(), "fault.decimal") || (f.FaultKey() == "fault.decimal-long") != (len(s) > MaxDigits) {
			t.Errorf("Parse(%q) = %q, %v", s, d, err)
		}
		if v := Decimal(s); v.Valid() || v.Rat() != nil || v.Words("en") != "" {
			t.Errorf("%q taken for a decimal", s)
		}
	}
}

func TestJSON(t *testing.T) {
	type row struct {
		D Decimal `json:"d,omitempty"`
	}
	for _, s := range []string{`{}`, `{"d":"1.50"}`} {
		var r row
		if err := json.Unmarshal([]byte(s), &r); err != nil {
			t.Fatal(err)
		}
		if b, _ := json.Marshal(r); string(b) != s {
			t.Errorf("%s became %s", s, b)
		}
	}
	r := row{"7"}
	var e *Error
	if err := json.Unmarshal([]byte(`{"d":"1,5"}`), &r); !errors.As(err, &e) || r.D != "7" {
		t.Error(err, r)
	}
	if err := json.Unmarshal([]byte(`{"d":1.5}`), &r); err == nil {
		t.Error("a JSON number, which may have passed through a float, is taken")
	}
	if b, err := json.Marshal(row{"1,5"}); err == nil {
		t.Errorf("stored %s", b)
	}
}

func TestWords(t *testing.T) {
	for d, want := range map[Decimal]string{
		"": "", "0": "0", "7": "7", "999": "999", "1000": "1,000", "1600000.50": "1,600,000.50", "-1600000": "−1,600,000",
		"123456": "123,456", "0.12345": "0.12345",
	} {
		if en, zh := d.Words("en"), d.Words("zh"); en != want || zh != want {
			t.Errorf("%q: %q %q", d, en, zh)
		}
	}
}

func TestCmp(t *testing.T) {
	for _, c := range []struct {
		a, b Decimal
		want int
	}{
		{"1.50", "1.5", 0},
		{"", "", 0},
		{"", "0", -1},
		{"0", "", 1},
		{"-3", "2", -1},
		{"10", "9", 1},
		{"0.00000000000000000000000000001", "0", 1},
		{"99999999999999999999999999999.1", "99999999999999999999999999999.2", -1},
	} {
		if got := c.a.Cmp(c.b); got != c.want {
			t.Errorf("%q with %q: %d", c.a, c.b, got)
		}
	}
}

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		num, den Decimal
		want     string
		ok       bool
	}{
		{"1", "3", "33.3%", true},
		{"2", "3", "66.7%", true},
		{"26", "26", "100.0%", true},
		{"0", "5", "0.0%", true},
		{"1", "2000", "0.0%", true},
		{"3", "2000", "0.2%", true},
		{"5", "2000", "0.2%", true}, // 0.05, 0.15, 0.25: half to even
		{"-1", "3", "−33.3%", true},
		{"1", "-3", "−33.3%", true},
		{"-1", "2000", "0.0%", true},
		{"50", "1", "5,000.0%", true},
		{"1", "0", "", false},
		{"1", "0.00", "", false},
		{"", "3", "", false},
		{"3", "", "", false},
		{"999999999999999999999999999999", "1", "99,999,999,999,999,999,999,999,999,999,900.0%", true},
	} {
		if got, ok := Percent(c.num, c.den); got != c.want || ok != c.ok {
			t.Errorf("%s of %s: %q %v", c.num, c.den, got, ok)
		}
	}
}

func TestSum(t *testing.T) {
	for _, c := range []struct {
		in   []Decimal
		want Decimal
		ok   bool
	}{
		{[]Decimal{"0.1", "0.20", ""}, "0.30", true},
		{[]Decimal{"1", "-1"}, "0", true},
		{[]Decimal{"-0.1", "0.10"}, "0.00", true},
		{[]Decimal{"", ""}, "0", false},
		{nil, "0", false},
	} {
		if got, ok := Sum(c.in...); got != c.want || ok != c.ok {
			t.Errorf("%v: %q %v", c.in, got, ok)
		}
	}
	if _, ok := Sum(Decimal(strings.Repeat("9", 30)), "1"); ok {
		t.Error("a sum of 31 digits is taken")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "1600000", "-12.50", "1e6", "1,5", "-0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := Parse(s)
		if err == nil && s != "" && (d.Rat() == nil || d.Cmp(d) != 0 || strings.ReplaceAll(strings.Replace(d.Words("en"), "−", "-", 1), ",", "") != s) {
			t.Fatalf("%q", s)
		}
	})
}
