// Package tlp has the labels of the Traffic Light Protocol, version 2.0, as FIRST publishes
// it (https://www.first.org/tlp/, August 2022). A label is always written in full and is never
// translated (section 2 of the standard, "TLP labels ... SHALL be in English"); what it means is
// explained beside it, in the reader's language, by whoever shows it.
package tlp

import (
	"slices"
	"strings"
)

// Label is one of the five labels, in its full text. The zero value is no label.
type Label string

// The labels (section 3 and, for AMBER+STRICT, 3.b).
const (
	CLEAR       Label = "TLP:CLEAR"        // may be shared with the world
	GREEN       Label = "TLP:GREEN"        // within the community
	AMBER       Label = "TLP:AMBER"        // within the recipient's organisation and its clients, by need
	AMBERSTRICT Label = "TLP:AMBER+STRICT" // within the recipient's organisation only
	RED         Label = "TLP:RED"          // for the named recipients' eyes only
)

// order goes from the widest sharing to the narrowest.
var order = []Label{CLEAR, GREEN, AMBER, AMBERSTRICT, RED}

// Options gives the labels from the widest sharing to the narrowest, as a form lists them.
func Options() []Label { return slices.Clone(order) }

// Error says that a text is no label of TLP 2.0.
type Error struct{ Value string }

// Error gives the text for logs.
func (e *Error) Error() string {
	v := e.Value
	if len(v) > 40 {
		v = strings.ToValidUTF8(v[:40], "") + "…"
	}
	return "tlp: not a label of TLP 2.0: " + quote(v)
}

// FaultKey is the key of the message that tells a person what would be right.
func (e *Error) FaultKey() string { return "fault.mark" }

// quote keeps line breaks and other controls out of a log line.
func quote(s string) string {
	return `"` + strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s) + `"`
}

// fullWidth turns what a Chinese input method types for the two signs of a label into those signs.
var fullWidth = strings.NewReplacer("：", ":", "＋", "+")

// Parse reads a label as people write it: in either case, with or without "TLP:". TLP:WHITE is
// refused: version 2.0 no longer has it, and a guess about who may read is no guess to make.
func Parse(s string) (Label, error) {
	t := strings.ToUpper(strings.TrimSpace(fullWidth.Replace(s)))
	l := Label("TLP:" + strings.TrimSpace(strings.TrimPrefix(t, "TLP:")))
	if !l.Valid() {
		return "", &Error{Value: s}
	}
	return l, nil
}

// Valid says whether l is one of the five labels.
func (l Label) Valid() bool { return slices.Contains(order, l) }

// Rank gives l's place from 0 (CLEAR) to 4 (RED), and -1 for what is no label.
func (l Label) Rank() int { return slices.Index(order, l) }

// Compare is negative when l may be shared more widely than m, positive when less widely. What
// is no label stands before CLEAR, so a caller checks Valid first.
func (l Label) Compare(m Label) int { return l.Rank() - m.Rank() }

// Strictest gives the label under which things of all these labels may travel together: the
// narrowest of them. Without labels, or when one is no label, it is RED, the safe side.
func Strictest(labels ...Label) Label {
	if len(labels) == 0 || !slices.ContainsFunc(labels, Label.Valid) {
		return RED
	}
	max := CLEAR
	for _, l := range labels {
		if !l.Valid() {
			return RED
		}
		if l.Compare(max) > 0 {
			max = l
		}
	}
	return max
}

// String gives the full label.
func (l Label) String() string { return string(l) }

// MarshalText gives the full label. A label that is not set is an error rather than an empty
// text: nothing is stored without a mark by oversight. (Use omitempty where it may be absent.)
func (l Label) MarshalText() ([]byte, error) {
	if !l.Valid() {
		return nil, &Error{Value: string(l)}
	}
	return []byte(l), nil
}

// UnmarshalText reads a label as Parse does; on an error l keeps its value.
func (l *Label) UnmarshalText(b []byte) error {
	p, err := Parse(string(b))
	if err != nil {
		return err
	}
	*l = p
	return nil
}
