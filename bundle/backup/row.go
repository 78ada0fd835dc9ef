package backup

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"

	"entente/internal/db"
)

// appendRow writes a row as a line of JSON.
func appendRow(b []byte, row []any) ([]byte, error) {
	b = append(b, '[')
	for i, v := range row {
		if i > 0 {
			b = append(b, ',')
		}
		switch v := v.(type) {
		case nil:
			b = append(b, "null"...)
		case int64:
			b = strconv.AppendInt(b, v, 10)
		case []byte:
			b = append(b, '"')
			b = base64.StdEncoding.AppendEncode(b, v)
			b = append(b, '"')
		case string:
			var err error
			if b, err = appendText(b, v); err != nil {
				return b, err
			}
		default:
			return b, fmt.Errorf("a value of type %T", v)
		}
	}
	return append(b, ']', '\n'), nil
}

func appendText(b []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return b, fmt.Errorf("the text %.40q is not valid UTF-8", s)
	}
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		if c := s[i]; c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c := s[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		default:
			b = fmt.Appendf(b, "\\u%04x", c)
		}
	}
	return append(append(b, s[from:]...), '"'), nil
}

// readRow reads a line into row. It takes any JSON array of the right values, and nothing else.
func readRow(line []byte, columns []db.Column, row []any) error {
	rest := line
	next := func(c byte) bool {
		if len(rest) > 0 && rest[0] == c {
			rest = rest[1:]
			return true
		}
		return false
	}
	if !next('[') {
		return fmt.Errorf("no array")
	}
	for i, c := range columns {
		if i > 0 && !next(',') {
			return fmt.Errorf("%d values, not %d", i, len(columns))
		}
		n := valueEnd(rest)
		value := rest[:n]
		rest = rest[n:]
		switch {
		case string(value) == "null" && c.Null:
			row[i] = nil
		case c.Type == "bigint":
			v, err := strconv.ParseInt(string(value), 10, 64)
			if err != nil {
				return fmt.Errorf("%s: %.40q is no whole number", c.Name, value)
			}
			row[i] = v
		default:
			s, err := readText(value)
			if err != nil {
				return fmt.Errorf("%s: %w", c.Name, err)
			}
			row[i] = s
			if c.Type == "bytea" {
				b, err := base64.StdEncoding.Strict().DecodeString(s)
				if err != nil {
					return fmt.Errorf("%s: %w", c.Name, err)
				}
				row[i] = b
			}
		}
	}
	if !next(']') || len(rest) > 0 {
		return fmt.Errorf("more than %d values", len(columns))
	}
	return nil
}

// valueEnd gives where the first value ends.
func valueEnd(b []byte) int {
	if len(b) == 0 || b[0] != '"' {
		for i, c := range b {
			if c == ',' || c == ']' {
				return i
			}
		}
		return len(b)
	}
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

// readText reads a text. One without escapes is what it is.
func readText(b []byte) (string, error) {
	if n := len(b); n >= 2 && b[0] == '"' && b[n-1] == '"' && utf8.Valid(b) {
		plain := true
		for _, c := range b[1 : n-1] {
			plain = plain && c >= 0x20 && c != '"' && c != '\\'
		}
		if plain {
			return string(b[1 : n-1]), nil
		}
	}
	var s *string
	if err := json.Unmarshal(b, &s); err != nil || s == nil || !utf8.Valid(b) {
		return "", fmt.Errorf("%.40q is no text", b)
	}
	return *s, nil
}
