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
	zhongguo beijing shanghai dalian qweasd qweasdzxc the my is your mynew new a`)

// runs are rows of keys and of letters, along which fingers and habits go.
var runs = []string{
	"abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm",
	"1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "qazwsxedcrfvtgbyhnujm", "q1w2e3r4t5y6u7i8o9p0",
}

// common says whether a password is one that everybody's list of guesses begins with: a name, a
// common word, a run of keys, a few characters over and over, or several of these in a row.
func common(login, password string) bool {
	s := strings.ToLower(password)
	if distinct(s) < 5 {
		return true
	}
	plain := strings.NewReplacer("@", "a", "$", "s", "0", "o", "1", "i", "3", "e", "5", "s", "4", "a", "!", "i")
	words := commonWords
	if len(login) > 2 {
		words = append(slices.Clone(words), strings.ToLower(login))
	}
	signs := strings.NewReplacer("@", "a", "$", "s", "0", "o")
	return madeOf(s, words) || madeOf(signs.Replace(s), words) || madeOf(plain.Replace(s), words)
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// madeOf says whether nothing of s is left once words, runs and everything but letters are gone.
// It takes the longest piece at each place.
func madeOf(s string, words []string) bool {
	for i := 0; i < len(s); {
		n := 0
		for _, w := range words {
			if len(w) > n && strings.HasPrefix(s[i:], w) {
				n = len(w)
			}
		}
		n = max(n, run(s[i:]))
		if n == 0 {
			if r := rune(s[i]); r >= 0x80 || unicode.IsLetter(r) {
				return false
			}
			n = 1
		}
		i += n
	}
	return true
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
