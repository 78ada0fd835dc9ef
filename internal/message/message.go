// Package message is the catalogue of what the program says: interface, faults, mails. One file
// of text/ holds one room's messages, every language of a message side by side, so that whoever
// changes one sees the other. A test finds keys that are missing, unused or disagree in their
// placeholders.
package message

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"

	"entente/internal/bidi"
)

//go:embed text/*.json
var files embed.FS

// Languages are those the interface is complete in, in the order they are offered.
var Languages = []string{"en", "zh"}

// Names are the languages' own names.
var Names = map[string]string{"en": "English", "zh": "中文"}

// catalogue maps key and language to text. It is read once: a mistake in it is one of the program.
var catalogue = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	names, err := fs.Glob(files, "text/*.json")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		b, err := files.ReadFile(name)
		if err != nil {
			panic(err)
		}
		var m map[string]map[string]string
		if err := json.Unmarshal(b, &m); err != nil {
			panic(fmt.Sprintf("message: %s: %v", name, err))
		}
		for k, v := range m {
			if all[k] != nil {
				panic(fmt.Sprintf("message: %s: key %s stands twice", name, k))
			}
			all[k] = v
		}
	}
	return all
})

// Keys gives every key, sorted.
func Keys() []string {
	var ks []string
	for k := range catalogue() {
		ks = append(ks, k)
	}
	slices.Sort(ks)
	return ks
}

// Has says whether there is a message under the key.
func Has(key string) bool { return catalogue()[key] != nil || catalogue()[key+".other"] != nil }

// In gives the message under key in a language, its placeholders {name} filled from args, which
// are pairs of name and value. Where an argument "n" is a number and the key has the forms
// key.one and key.other, the number chooses. An unknown key gives the key itself, so that it is
// seen; an unknown language gives English. A text that is written from right to left is set apart
// from the sentence it is put into (bidi.Isolate).
func In(lang, key string, args ...any) string {
	m := catalogue()[key]
	if m == nil {
		form := ".other"
		for i := 0; i+1 < len(args); i += 2 {
			if args[i] == "n" && fmt.Sprint(args[i+1]) == "1" {
				form = ".one"
			}
		}
		if m = catalogue()[key+form]; m == nil {
			return key
		}
	}
	s, ok := m[lang]
	if !ok {
		s = m["en"]
	}
	if len(args) == 0 || !strings.Contains(s, "{") {
		return s
	}
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		pairs = append(pairs, "{"+fmt.Sprint(args[i])+"}", show(args[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// show writes a value into a sentence: whole numbers with their thousands apart.
func show(v any) string {
	switch n := v.(type) {
	case int:
		return group(int64(n))
	case int64:
		return group(n)
	}
	return bidi.Isolate(fmt.Sprint(v))
}

func group(n int64) string {
	s := strconv.FormatInt(n, 10)
	if len(s) <= 4 && n >= 0 {
		return s // years and the like
	}
	var b strings.Builder
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 && s[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}
