package account

import (
	"slices"
	"strings"
	"unicode"
)

// The words and runs that passwords are most often made of. A password of MinPassword characters
// that is on anybody's list of common ones is one of these, doubled or with figures around it.
var commonWords = strings.Fields(`password passwort passwd passphrase motdepasse contrasena senha parola haslo wachtwoord
	mima woaini woaini1314 iloveyou letmein welcome willkommen bienvenue admin administrator root user guest login
	secret default change changeme master super test testing temp temporary hello sunshine princess football baseball
	dragon monkey shadow superman batman starwars whatever trustno michael jordan computer internet samsung google
	entente migration mobility dialogue dialog mmsp china europe beijing brussels iom nia mfa mps eu embassy ministry
	qwerty qwertyuiop qwertz azerty asdf asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx qazwsxedc wsxedc abc abcd abcdef xyz
	zhongguo beijing shanghai dalian qweasd qweasdzxc the my is your mynew new a
	spring summer autumn fall winter january february march april may june july august september october november december
	monday tuesday wednesday thursday friday saturday sunday schengen visa border frontex asylum union european
	belgium france germany italy spain portugal poland austria hungary greece sweden finland denmark ireland
	berlin paris madrid rome vienna lisbon warsaw geneva london hague luxembourg strasbourg chongqing guangzhou shenzhen
	chinese english office manager team project secure security private access pass word key hallo bonjour ciao nihao
	zhang wang li liu chen yang zhao huang zhou wu xu sun wei ming jing`)

// runs are rows of keys and of letters, along which fingers and habits go.
var runs = []string{
	"abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm",
	"1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "qazwsxedcrfvtgbyhnujm", "q1w2e3r4t5y6u7i8o9p0",
}

// common says whether a password is one that everybody's list of guesses begins with: a name, a
// common word, a run of keys, a few characters over and over, or several of these in a row, with
// whatever figures and signs between them.
func common(login, password string) bool {
	s := []rune(strings.ToLower(password))
	if distinct(s) < 5 {
		return true
	}
	words := slices.Clone(commonWords)
	name := strings.FieldsFunc(strings.ToLower(login), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, w := range append(name, strings.Join(name, ""), strings.ToLower(login)) {
		if len(w) > 1 {
			words = append(words, w)
		}
	}
	return madeOf(s, words)
}

func distinct(s []rune) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// looksLike are the figures and signs that are typed for a letter.
var looksLike = map[rune]string{
	'@': "a", '4': "a", '8': "b", '(': "c", '3': "e", '€': "e", '9': "g", '6': "g", '1': "il", '!': "il", '|': "il",
	'0': "o", '5': "s", '$': "s", '7': "t", '+': "t", '2': "z",
}

// madeOf says whether nothing of s is left once words, runs and everything but letters are gone, in
// whatever way s is cut into them.
func madeOf(s []rune, words []string) bool {
	reached := make([]bool, len(s)+1) // everything before this place is gone
	reached[0] = true
	for i := range s {
		if !reached[i] {
			continue
		}
		if !unicode.IsLetter(s[i]) {
			reached[i+1] = true
		}
		for n := run(string(s[i:])); n >= 4; n-- {
			reached[i+n] = true
		}
		for _, w := range words {
			if n := begins(s[i:], w); n > 0 {
				reached[i+n] = true
			}
		}
	}
	return reached[len(s)]
}

// begins gives how many characters of s a word takes with which s begins, also written with figures
// and signs for letters; 0 where it does not.
func begins(s []rune, word string) int {
	n := 0
	for _, letter := range word {
		if n == len(s) || s[n] != letter && !strings.ContainsRune(looksLike[s[n]], letter) {
			return 0
		}
		n++
	}
	return n
}

// run gives the length of the run of at least four keys with which s begins, either way.
func run(s string) int {
	best := 0
	for _, r := range runs {
		for _, way := range []string{r, reversed(r)} {
			for at := range way {
				n := 0
				for n < len(s) && at+n < len(way) && s[n] == way[at+n] {
					n++
				}
				if n >= 4 {
					best = max(best, n)
				}
			}
		}
	}
	return best
}

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}
