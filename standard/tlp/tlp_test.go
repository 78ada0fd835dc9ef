package tlp

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]Label{
		"TLP:CLEAR": CLEAR, "clear": CLEAR, "tlp:Green": GREEN, " green ": GREEN,
		"TLP: AMBER": AMBER, "amber": AMBER, "AMBER+STRICT": AMBERSTRICT, "tlp:amber+strict": AMBERSTRICT,
		"TLP：AMBER＋STRICT": AMBERSTRICT, "red": RED, "Tlp:Red": RED,
	} {
		got, err := Parse(in)
		if err != nil || got != want {
			t.Errorf("Parse(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "TLP:", "white", "TLP:WHITE", "AMBER STRICT", "STRICT", "TLP:TLP:RED", "RED\x00", "绿", strings.Repeat("R", 1000)} {
		got, err := Parse(in)
		var e *Error
		if got != "" || !errors.As(err, &e) || e.FaultKey() != "fault.mark" || e.Value != in {
			t.Errorf("Parse(%q) = %q, %v", in, got, err)
		}
		if err != nil && (len(err.Error()) > 100 || strings.ContainsAny(err.Error(), "\n\x00")) {
			t.Errorf("error text %q", err.Error())
		}
	}
}

func TestOrder(t *testing.T) {
	o := Options()
	if !slices.IsSortedFunc(o, Label.Compare) || len(o) != 5 || o[0] != CLEAR || o[4] != RED || o[3] != AMBERSTRICT {
		t.Errorf("Options() = %v", o)
	}
	o[0] = RED // a caller's change stays the caller's
	if Options()[0] != CLEAR {
		t.Error("Options shares its array")
	}
	if Label("").Rank() != -1 {
		t.Error("no label has a rank")
	}
	for _, c := range []struct {
		in   []Label
		want Label
	}{
		{nil, RED},
		{[]Label{CLEAR}, CLEAR},
		{[]Label{GREEN, AMBERSTRICT, AMBER}, AMBERSTRICT},
		{[]Label{CLEAR, ""}, RED},
		{[]Label{"TLP:WHITE"}, RED},
		{[]Label{RED, CLEAR}, RED},
	} {
		if got := Strictest(c.in...); got != c.want {
			t.Errorf("Strictest(%v) = %v, want %v", c.in, got, c.want)
		}
	}
}

func TestText(t *testing.T) {
	type doc struct {
		Mark Label `json:"mark"`
		Part Label `json:"part,omitempty"`
	}
	b, err := json.Marshal(doc{Mark: AMBERSTRICT})
	if err != nil || string(b) != `{"mark":"TLP:AMBER+STRICT"}` {
		t.Errorf("%s, %v", b, err)
	}
	var d doc
	if err := json.Unmarshal([]byte(`{"mark":"green"}`), &d); err != nil || d.Mark != GREEN {
		t.Errorf("%v, %v", d, err)
	}
	if err := json.Unmarshal([]byte(`{"mark":"secret"}`), &d); err == nil || d.Mark != GREEN {
		t.Errorf("%v, %v", d, err)
	}
	if _, err := json.Marshal(doc{}); err == nil {
		t.Error("a missing mark was stored")
	}
}

// FuzzParse: what is read as a mark is one, and is read again as the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"TLP:CLEAR", " amber + strict", "TLP：ＲＥＤ", "TLP:TLP:RED", "RED\x00", "\xff", strings.Repeat("R", 1000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l, err := Parse(s)
		if (err == nil) != slices.Contains(Options(), l) {
			t.Fatalf("Parse(%q) = %q, %v", s, l, err)
		}
		if again, err2 := Parse(string(l)); err == nil && (err2 != nil || again != l) {
			t.Fatalf("%q is read as %q", l, again)
		}
	})
}
