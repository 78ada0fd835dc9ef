package meeting

import (
	"encoding/base64"
	"testing"

	"entente/internal/ref"
)

// FuzzCursor: whatever stands in an address as the place in a list, it is an id and a key, or the
// list begins at its first page.
func FuzzCursor(f *testing.F) {
	for _, s := range []string{"", "x", base64.RawURLEncoding.EncodeToString([]byte(ref.New() + "2018-02-08")), "\xff\x00", "AAAA===="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, by := range []Sort{ByTitle, ""} {
			if _, id, ok := readCursor(s, by); ok != ref.Valid(string(id)) {
				t.Fatalf("%q: id %q, %v", s, id, ok)
			}
		}
	})
}
