package exchange

import (
	"testing"

	"entente/internal/text"
)

// TestUnsigned: a translation that was made before makers were kept does not stand for the
// institution's words, whatever it was called.
func TestUnsigned(t *testing.T) {
	_, v, err := Statements.Decode([]byte(`{"object":{},"value":{"institution":"i","sort":"comment","of":"o","revision":1,"made":"2026","state":"entered",
		"text":{"zh":{"text":"不同意","status":"original"},"en":{"text":"We agree","status":"checked"}},
		"entered":{"by":"team","note":{"zh":{"text":"原文","status":"original"},"en":{"text":"A note","status":"draft"}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	s := v.(*Statement)
	for _, m := range []text.Multi{s.Text, s.Entered.Note} {
		if shown, l := m.In("en"); l != "zh" || m["en"].By != text.ByUnknown || m["zh"].By != "" {
			t.Errorf("%q is shown for %+v", shown, m)
		}
	}
}
