package bidi

import "testing"

func TestIsolate(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "Seminar 2031": "Seminar 2031", "欧阳（2031）": "欧阳（2031）", "Ünal Ελλάδα Москва 🦊 हिन्दी": "Ünal Ελλάδα Москва 🦊 हिन्दी",
		"مؤتمر": "\u2068مؤتمر\u2069", "Seminar ישראל": "\u2068Seminar ישראל\u2069", "ﷺ": "\u2068ﷺ\u2069", "ߒߞߏ": "\u2068ߒߞߏ\u2069", "𞤀": "\u2068𞤀\u2069",
	} {
		if got := Isolate(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
