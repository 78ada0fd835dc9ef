// Package bidi keeps the direction in which one text is written from reaching what stands beside it:
// an Arabic title in an English sentence would pull the date behind it to its other side. It must
// never change a text of which no letter is written from right to left.
package bidi

// The signs that set a text apart in plain text: first strong isolate and pop directional isolate
// (Unicode Standard Annex 9). In pages the element bdi does the same.
const (
	Open  = "\u2068"
	Close = "\u2069"
)

// Turns says whether some letter of s is written from right to left.
func Turns(s string) bool {
	for _, r := range s {
		switch {
		case r < 0x590:
		case r <= 0x8FF, r >= 0xFB1D && r <= 0xFDFF, r >= 0xFE70 && r <= 0xFEFC, r >= 0x10800 && r <= 0x10FFF, r >= 0x1E800 && r <= 0x1EFFF:
			return true
		}
	}
	return false
}

// Isolate gives s as it stands in a sentence of another text.
func Isolate(s string) string {
	if !Turns(s) {
		return s
	}
	return Open + s + Close
}
