// Package texttest has the inputs that the people of a dialogue really type, paste and send, in Chinese
// and otherwise, and which a program that only knows UTF-8 gets wrong. Tests run them against every
// reader and every writer.
//
// A reader or writer to come is entered by itself or has to be: what a form or file reads is walked
// by the kinds' descriptions, and a type without an input here fails (bundle); what a page reads by
// name stands in a list that is compared with the source, and what a page writes is looked for at
// every route (web).
package texttest

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// Same are writings of one thing: each is found by each other.
var Same = [][]string{
	{"一带一路倡议", "“一带一路”倡议", "「一带一路」倡议", "一帶一路倡議", "（一带一路）·倡议"},
	{"会议纪要", "會議紀要"},
	{"台湾着力里面", "臺灣著力裏面", "臺灣著力裡面"},
	{"答复了解", "答覆瞭解"},
	{"弗兰斯·蒂默曼斯", "弗兰斯•蒂默曼斯", "弗兰斯蒂默曼斯"},
	{"cooperation", "co-operation", "Co\u2010operation", "co\u2011operation", "co\u00adoperation", "COOPERATION", "ｃｏｏｐｅｒａｔｉｏｎ"},
	{"EU2019", "ＥＵ２０１９", "eu2019"},
	{"Café", "Cafe\u0301", "cafe"},
	{"O'Neill", "O’Neill", "ONeill"},
	{"policy-making", "policymaking"},
}

// Ends are the characters that end a line, as they are pasted and sent.
var Ends = []string{"\n", "\r\n", "\r", "\v", "\f", "\u0085", "\u2028", "\u2029"}

// Broken is a text of a sentence in two lines, and Whole the sentence as its reader expects it. It
// must stand nowhere with a blank, nor in a page with a line's end, where it is not shown in lines.
const (
	Broken = "第一行，\n第二行。"
	Whole  = "第一行，第二行。"
	Wrong  = "第一行， 第二行。"
)

// Controls are characters that no text can hold.
var Controls = []string{"\x00", "\x07", "\x1b", "\x7f", "\u0080", "\uffff", "\xff"}

// Typed are values of each type of a field that only has ASCII, as a Chinese keyboard writes them, by the
// name that a field's description gives the type.
var Typed = map[string][]Value{
	"when.Date":      {{"２０１９－０３－１２", "2019-03-12"}, {"２０１９～", "2019~"}, {"　2019—03　", "2019-03"}, {"２０１９年３月１２日", "2019-03-12"}, {"2019年3月", "2019-03"}},
	"when.Clock":     {{"０９：３０", "09:30"}, {"09：30", "09:30"}, {"9:30", "09:30"}, {"９：３０", "09:30"}},
	"when.Zone":      {{"Ａｓｉａ／Ｓｈａｎｇｈａｉ", "Asia/Shanghai"}},
	"amount.Decimal": {{"１２．５０", "12.50"}, {"－１２。５", "-12.5"}},
	"tlp.Label":      {{"ＴＬＰ：ＧＲＥＥＮ", "TLP:GREEN"}, {"TLP：AMBER", "TLP:AMBER"}},
}

// Value is what is typed and what it is.
type Value struct{ Typed, Is string }

// Number is a whole number, Address one of a page, as a Chinese keyboard writes them.
var (
	Number  = Value{"　１２", "12"}
	Address = Value{"ｈｔｔｐｓ：／／ｅｘａｍｐｌｅ．ｏｒｇ／ａ", "https://example.org/a"}
)

// UTF16 gives s in that encoding, after a byte order mark where one is wanted.
func UTF16(s string, order binary.AppendByteOrder, mark bool) []byte {
	if mark {
		s = "\uFEFF" + s
	}
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return b
}

// In gives every text of ends put into words of two parts.
func In(first, second string) (out []string) {
	for _, e := range Ends {
		out = append(out, strings.Join([]string{first, second}, e))
	}
	return out
}
