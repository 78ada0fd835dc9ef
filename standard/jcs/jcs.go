// Package jcs writes canonical JSON (RFC 8785, JSON Canonicalization Scheme): the one sequence
// of bytes for a value that two nodes, or one node twice, hash to the same digest.
//
// It is narrower than the RFC on purpose. Numbers are integers that every reader of JSON holds
// exactly (RFC 7493 section 2.2); anything else is refused rather than rounded, since a rounded
// number under a signature says something nobody agreed to. Amounts and measures travel as text.
package jcs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds nesting. Ours is shallow; a text from a peer that nests thousands deep would
// cost time that grows with size times depth.
const maxDepth = 100

// maxInteger is the largest number of which it and its neighbours are exact in every reader of
// JSON (RFC 7493 section 2.2).
const maxInteger = 1<<53 - 1

// Marshal gives the canonical JSON of v, as encoding/json understands v. It refuses numbers
// that are not integers of at most 2^53-1 in magnitude, text that is not valid UTF-8, and
// objects with two members of one name.
func Marshal(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("jcs: %w", err)
	}
	return canonical(b)
}

// Transform gives the canonical form of a JSON text, under the same rules. A text that is its
// own Transform is canonical.
func Transform(b []byte) ([]byte, error) {
	if !json.Valid(b) { // from here on the syntax is known to be right
		return nil, errors.New("jcs: not a JSON text")
	}
	return canonical(b)
}

func canonical(b []byte) ([]byte, error) {
	r := reader{in: b}
	out, err := r.value(make([]byte, 0, len(b)))
	if err != nil {
		return nil, fmt.Errorf("jcs: at byte %d: %w", r.at, err)
	}
	return out, nil
}

// reader walks a JSON text whose syntax is known to be right and appends its canonical form.
type reader struct {
	in    []byte
	at    int
	depth int
}

// next skips insignificant whitespace (RFC 8785 section 3.2.1) and looks at what follows.
func (r *reader) next() byte {
	for {
		switch c := r.in[r.at]; c {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return c
		}
	}
}

func (r *reader) value(out []byte) ([]byte, error) {
	if r.depth++; r.depth > maxDepth {
		return nil, fmt.Errorf("nested more than %d deep", maxDepth)
	}
	defer func() { r.depth-- }()
	switch r.next() {
	case '{':
		return r.object(out)
	case '[':
		return r.array(out)
	case '"':
		s, err := r.text()
		return quote(out, s), err
	case 't', 'n': // literals (section 3.2.2.1)
		r.at += 4
		return append(out, r.in[r.at-4:r.at]...), nil
	case 'f':
		r.at += 5
		return append(out, "false"...), nil
	}
	return r.number(out)
}

// object sorts the members by their names as arrays of UTF-16 code units (section 3.2.3).
func (r *reader) object(out []byte) ([]byte, error) {
	type member struct {
		name  string
		units []uint16
		value []byte
	}
	var members []member
	r.at++
	for r.next() != '}' {
		if r.in[r.at] == ',' {
			r.at++
			r.next()
		}
		name, err := r.text()
		if err != nil {
			return nil, err
		}
		r.next() // the colon
		r.at++
		value, err := r.value(nil)
		if err != nil {
			return nil, err
		}
		members = append(members, member{name, utf16.Encode([]rune(name)), value})
	}
	r.at++
	slices.SortFunc(members, func(a, b member) int { return slices.Compare(a.units, b.units) })
	out = append(out, '{')
	for i, m := range members {
		if i > 0 {
			if m.name == members[i-1].name { // RFC 7493 section 2.3
				return nil, fmt.Errorf("two members named %.40q", m.name)
			}
			out = append(out, ',')
		}
		out = append(append(quote(out, m.name), ':'), m.value...)
	}
	return append(out, '}'), nil
}

func (r *reader) array(out []byte) ([]byte, error) {
	out = append(out, '[')
	r.at++
	var err error
	for r.next() != ']' {
		if r.in[r.at] == ',' {
			out = append(out, ',')
			r.at++
		}
		if out, err = r.value(out); err != nil {
			return nil, err
		}
	}
	r.at++
	return append(out, ']'), nil
}

// number takes integers only; "-0" is 0, as ECMAScript writes it (section 3.2.2.3).
func (r *reader) number(out []byte) ([]byte, error) {
	end := r.at
	for end < len(r.in) && bytes.IndexByte([]byte("+-.0123456789Ee"), r.in[end]) >= 0 {
		end++
	}
	token := string(r.in[r.at:end])
	n, err := strconv.ParseInt(token, 10, 64)
	if err != nil || n > maxInteger || n < -maxInteger {
		return nil, fmt.Errorf("number %.40s is not an integer within 2^53-1", token)
	}
	r.at = end
	return strconv.AppendInt(out, n, 10), nil
}

// text reads a string. It refuses what is not Unicode text (section 3.2.2.2 and RFC 7493
// section 2.1): stray bytes, lone surrogates, and the escape \ufffd, by which encoding/json says
// that a string held bytes that were no UTF-8. (The character U+FFFD itself, unescaped, passes.)
func (r *reader) text() (string, error) {
	var s []byte
	for r.at++; r.in[r.at] != '"'; {
		if r.in[r.at] != '\\' {
			c, n := utf8.DecodeRune(r.in[r.at:])
			if c == utf8.RuneError && n == 1 {
				return "", errors.New("text is not valid UTF-8")
			}
			s = append(s, r.in[r.at:r.at+n]...)
			r.at += n
			continue
		}
		switch c := r.in[r.at+1]; c {
		case 'u':
			u := r.hex()
			if utf16.IsSurrogate(u) {
				low := rune(utf8.RuneError)
				if r.in[r.at] == '\\' && r.in[r.at+1] == 'u' {
					low = r.hex()
				}
				u = utf16.DecodeRune(u, low)
			}
			if u == utf8.RuneError {
				return "", errors.New("text is not valid Unicode")
			}
			s = utf8.AppendRune(s, u)
			continue
		case 'b', 'f', 'n', 'r', 't':
			s = append(s, "\b\f\n\r\t"[bytes.IndexByte([]byte("bfnrt"), c)])
		default:
			s = append(s, c)
		}
		r.at += 2
	}
	r.at++
	return string(s), nil
}

// hex reads a \uXXXX escape at r.at.
func (r *reader) hex() rune {
	u, _ := strconv.ParseUint(string(r.in[r.at+2:r.at+6]), 16, 32) // four hexadecimal digits: the syntax is right
	r.at += 6
	return rune(u)
}

// quote writes a string as ECMAScript does (section 3.2.2.2): two-character escapes where JSON
// has them, \u00xx in lower case for the other controls, everything else as it is.
func quote(out []byte, s string) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c >= ' ':
			out = append(out, c)
		case bytes.IndexByte([]byte("\b\f\n\r\t"), c) >= 0:
			out = append(out, '\\', "bfnrt"[bytes.IndexByte([]byte("\b\f\n\r\t"), c)])
		default:
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(out, '"')
}
