// Package text holds what a person reads: a value in several languages with the state of each.
// It renders such values to HTML (markdown.go) and folds and sorts them (fold.go). It must never
// drop a language it does not know, and never show a fallback without saying in which language.
package text

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// Lang is a BCP 47 language tag as the dialogue's list writes it: "en", "zh".
type Lang = string

// Status says how a text in one language came about (译文状态).
type Status string

// The statuses of a text.
const (
	Original Status = "original" // written in this language; several originals may stand side by side
	Draft    Status = "draft"    // a translation nobody has checked
	Machine  Status = "machine"  // translated by a machine
	Checked  Status = "checked"  // a translation somebody has checked
)

// Options lists the statuses, for forms and for messages about wrong input.
func (Status) Options() []string {
	return []string{string(Original), string(Draft), string(Machine), string(Checked)}
}

// Version is the text in one language. Of is the Hash of the original that a translation was
// made from; when the original moves on, the translation is outdated. By and Word stand beside a
// translation of an institution's words alone: who made it, and what the institution says of it.
type Version struct {
	Text   string `json:"text"`
	Status Status `json:"status,omitempty"` // empty means Original
	Of     string `json:"of,omitempty"`
	By     string `json:"by,omitempty"` // a principal ("team:ID", "institution:ID"), or one of the makers below
	Word   Word   `json:"word,omitempty"`
}

// Makers of a translation who are no principals.
const (
	ByOperator = "operator" // a command of the node's operator
	ByUnknown  = "unknown"  // it was made before makers were kept
)

// Word is what the institution whose words were translated says of a translation.
type Word string

// The words. None: the institution has not said anything, and the translation is unconfirmed.
const (
	Own       Word = "own" // it made the translation itself
	Confirmed Word = "confirmed"
	Contested Word = "contested"
)

// Multi is one value in several languages. Nil is the empty value. A Multi is treated as a
// value: functions here return a copy and never change their argument.
type Multi map[Lang]Version

// Both makes a Multi that has an English and a Chinese original. An empty text is left out.
func Both(en, zh string) Multi {
	m := Multi{}
	for l, s := range map[Lang]string{"en": en, "zh": zh} {
		if s != "" {
			m[l] = Version{Text: s, Status: Original}
		}
	}
	return m
}

// Hash is the short digest by which a translation names the original it was made from.
func Hash(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:8])
}

// Empty says whether no language has any text.
func (m Multi) Empty() bool {
	for _, v := range m {
		if v.Text != "" {
			return false
		}
	}
	return true
}

// Langs gives the languages that have a text, sorted by tag.
func (m Multi) Langs() []Lang {
	var ls []Lang
	for _, l := range slices.Sorted(maps.Keys(m)) {
		if m[l].Text != "" {
			ls = append(ls, l)
		}
	}
	return ls
}

// OriginalLang gives the language of the first original in the order of the tags, or the first
// language at all; "" when empty.
func (m Multi) OriginalLang() Lang {
	ls := m.Langs()
	for _, l := range ls {
		if s := m[l].Status; s == Original || s == "" {
			return l
		}
	}
	if len(ls) > 0 {
		return ls[0]
	}
	return ""
}

// Translated says whether the text in a language is a translation of the original.
func (m Multi) Translated(l Lang) bool {
	v := m[l]
	return v.Text != "" && v.Status != Original && l != m.OriginalLang()
}

// Beside gives the language of the original without which somebody's own words do not stand for a reader of a
// language: of a translation the original, and of two that are called originals the other; "" where they stand alone.
func (m Multi) Beside(l Lang) Lang {
	orig := m.OriginalLang()
	if m.Translated(l) {
		return orig
	}
	if m[l].Text == "" {
		l = orig // which is shown then
	}
	for _, o := range m.Langs() {
		if o != l && m[o].Status == Original {
			return o
		}
	}
	return ""
}

// SameWords says whether two versions of a text are the same but for translations.
func (m Multi) SameWords(o Multi) bool {
	words := func(m Multi) Multi {
		out := Multi{}
		for l, v := range m {
			if v.Status == Original || l == m.OriginalLang() {
				out[l] = Version{Text: v.Text}
			}
		}
		return out
	}
	return maps.Equal(words(m), words(o))
}

// Unconfirmed gives the translation into a language that is not to be taken for the words of the
// institution that said the original: somebody else made it, and the institution has not confirmed
// it, or has said something else since. It is shown beside the original, never in its place.
func (m Multi) Unconfirmed(l Lang) (v Version, ok bool) {
	v = m[l]
	if v.Text == "" || v.By == "" || v.Word == Own || l == m.OriginalLang() {
		return v, false
	}
	return v, v.Word != Confirmed || m.stale(v)
}

// stale says whether the original is another one than a translation was made from.
func (m Multi) stale(v Version) bool { return v.Of != "" && v.Of != Hash(m[m.OriginalLang()].Text) }

// In gives the text for a reader of want and the language it is really in: want itself, else the
// original, else the first there is. Both are empty when there is none. A translation of an
// institution's words that it has not confirmed is not given: whoever shows it asks Unconfirmed, and
// shows the original too.
func (m Multi) In(want Lang) (s string, shown Lang) {
	if v, ok := m[want]; ok && v.Text != "" {
		if _, beside := m.Unconfirmed(want); !beside {
			return v.Text, want
		}
	}
	l := m.OriginalLang()
	return m[l].Text, l
}

// Get gives the text for a reader of want, whichever language it then is in.
func (m Multi) Get(want Lang) string {
	s, _ := m.In(want)
	return s
}

// State says how the text in lang stands.
type State string

// The states of one language of a Multi, as readers and translators see them.
const (
	Fine       State = "fine"
	Missing    State = "missing"    // no text in this language, though there is one in another
	Outdated   State = "outdated"   // the original changed after this translation was made
	Unchecked  State = "unchecked"  // a draft or machine translation
	Pending    State = "pending"    // a translation of an institution's words that waits for a word of the institution
	NoOriginal State = "nooriginal" // nothing in any language
)

// State gives the state of lang: whether a reader of lang is served, and if not, what is owed.
func (m Multi) State(lang Lang) State {
	if m.Empty() {
		return NoOriginal
	}
	v, ok := m[lang]
	if !ok || v.Text == "" {
		return Missing
	}
	if v.Status == Original || v.Status == "" {
		return Fine
	}
	if m.stale(v) {
		return Outdated
	}
	if _, pending := m.Unconfirmed(lang); pending && v.Status != Machine && v.Word != Contested {
		return Pending
	}
	if v.Status != Checked {
		return Unchecked
	}
	return Fine
}

// Clean gives m as it is stored: no empty texts, line ends as \n, outer white space gone, every
// status said, originals without Of, and a translation without Of bound to today's original.
func (m Multi) Clean() Multi {
	c := Multi{}
	for l, v := range m {
		v.Text = strings.TrimSpace(Breaks(v.Text))
		if v.Text == "" {
			continue
		}
		if v.Status == "" {
			v.Status = Original
		}
		c[l] = v
	}
	if len(c) == 0 {
		return nil
	}
	orig := c.OriginalLang()
	for l, v := range c {
		switch {
		case v.Status == Original || l == orig:
			v.Of = ""
		case v.Of == "":
			v.Of = Hash(c[orig].Text)
		}
		c[l] = v
	}
	return c
}
