package text

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Decode gives the text of a file as UTF-8, without a byte order mark. It reads UTF-8 and UTF-16, in
// either order and with or without the mark, which cannot be taken for anything else. Of another
// encoding it only says which it seems to be, since a wrong guess would be stored: ok is false then,
// and encoding "" where the file is no text. A few broken bytes in UTF-8 stay, for whoever reads on
// to name their places.
func Decode(data []byte) (s, encoding string, ok bool) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe\x00\x00")), bytes.HasPrefix(data, []byte("\x00\x00\xfe\xff")):
		return "", "UTF-32", false
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		s, ok = units16(data[2:], binary.LittleEndian)
		return s, "UTF-16", ok
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		s, ok = units16(data[2:], binary.BigEndian)
		return s, "UTF-16", ok
	}
	nought := bytes.Count(data, []byte{0})
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		// Where every other byte is nought it is English; with Chinese in it, it is no UTF-8.
		if nought == 0 || 5*nought < 2*len(data) && utf8.Valid(data) {
			break
		}
		if s, ok := units16(data, order); ok && ordinary(s) {
			return s, "UTF-16", true
		}
	}
	good, bad := 0, 0
	for rest := data; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if r == utf8.RuneError && n == 1 {
			bad++
		} else if n > 1 {
			good++
		}
		rest = rest[n:]
	}
	if bad > good && nought > 0 || 4*nought > len(data) {
		return "", "", false
	}
	if bad > good {
		return "", doubled(data), false
	}
	return strings.TrimPrefix(string(data), "\uFEFF"), "UTF-8", true
}

// units16 reads UTF-16; false where it is broken.
func units16(data []byte, order binary.ByteOrder) (string, bool) {
	if len(data)%2 != 0 {
		return "", false
	}
	units := make([]uint16, 0, len(data)/2)
	for ; len(data) > 0; data = data[2:] {
		units = append(units, order.Uint16(data))
	}
	var b strings.Builder
	for _, r := range utf16.Decode(units) {
		if r == 0 || r == utf8.RuneError {
			return "", false
		}
		b.WriteRune(r)
	}
	return b.String(), true
}

// ordinary says whether s, read as UTF-16 on trust, is text as files hold it: lines or names, and not a
// jumble of scripts, as other bytes read so are.
func ordinary(s string) bool {
	plain, n := 0, 0
	for _, r := range s {
		if r < ' ' && !strings.ContainsRune(ends+"\t", r) {
			return false
		}
		n++
		if r < utf8.RuneSelf {
			plain++
		}
	}
	return strings.ContainsAny(s, "\n:") && 10*plain >= n
}

// doubled names the encoding that a file of bytes beyond ASCII seems to be in. In those of Chinese
// all of them stand in pairs; GBK is what Chinese Windows writes by itself, Big5 that of Taiwan and Hong Kong.
func doubled(data []byte) string {
	pairs, low := 0, 0
	for i := 0; i < len(data); i++ {
		if data[i] < utf8.RuneSelf {
			continue
		}
		if i+1 == len(data) || data[i] == 0x80 || data[i] == 0xff || data[i+1] < 0x30 || data[i+1] == 0x7f || data[i+1] == 0xff {
			return "windows-1252 / ISO 8859"
		}
		pairs++
		if data[i+1] >= 0x40 && data[i+1] < 0x7f {
			low++
		}
		i++
	}
	if 4*low > pairs {
		return "Big5"
	}
	return "GBK / GB 18030"
}
