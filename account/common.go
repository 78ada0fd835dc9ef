package account

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The words and runs that passwords are most often made of. A password of MinPassword characters
// that is on anybody's list of common ones is one of these, doubled or with figures around it.
var commonWords = strings.Fields(`password passwort passwd passphrase motdepasse contrasena senha parola haslo wachtwoord
	mima woaini woaini1314 iloveyou letmein welcome willkommen bienvenue admin administrator root user guest login
	secret default change changeme master super test testing temp temporary hello sunshine princess football baseball
	dragon monkey shadow superman batman starwars whatever trustno michael jordan computer internet samsung google
	entente migration mobility dialogue dialog mmsp china europe beijing brussels iom nia mfa mps eu embassy ministry
	qwerty qwertyuiop qwertz azerty asdf asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx qazwsxedc wsxedc abc abcd abcdef xyz
	qwe asd zxc qaz wsx edc rfv tgb yhn ujm ert dfg cvb
	zhongguo beijing shanghai dalian qweasd qweasdzxc the my is your mynew new a
	spring summer autumn fall winter january february march april may june july august september october november december
	monday tuesday wednesday thursday friday saturday sunday schengen visa border frontex asylum union european
	belgium france germany italy spain portugal poland austria hungary greece sweden finland denmark ireland
	berlin paris madrid rome vienna lisbon warsaw geneva london hague luxembourg strasbourg chongqing guangzhou shenzhen
	chinese english office manager team project secure security private access pass word key hallo bonjour ciao nihao
	zhang wang li liu chen yang zhao huang zhou wu xu sun wei ming jing
	` + productWords + domainWords)

// Names of products and companies.
const productWords = `
	huawei xiaomi wechat weixin alipay zhifubao taobao alibaba tencent tengxun baidu lenovo lianxiang honor oppo vivo weibo douyin tiktok
	windows microsoft word excel outlook onedrive android iphone ipad apple macbook oracle linux ubuntu cisco dell intel adobe lotus
	facebook twitter linkedin whatsapp telegram signal zoom teams skype gmail hotmail yahoo netflix youtube amazon nokia toyota ferrari
	mercedes volkswagen porsche audi bmw `

// Words of this work, of those who do it, and the same in pinyin.
const domainWords = `
	passport immigration emigration immigrant migrant migrate border boundary crossing control dialogues cooperation agreement roadmap
	residence resident permit return readmission refugee labour labor talent legal irregular regular trafficking smuggling identity
	document customs consular consulate ambassador minister foreign affairs interior home national international administration
	agency delegation delegate commission council parliament government governments meeting seminar workshop conference statement
	treaty protocol partnership partner summit phase support programme program participant network system server database portal
	platform account focal point police public service state department bureau division unit director officer official section
	republic people peoples unit nations organization organisation unhcr interpol europol euaa easo eeas fpi giz icmpd ilo undp
	unicef who un mofcom mohrss mof moj moe nis ncb dg
	huzhao qianzheng yimin yiminju yiminguanliju yiminguanli guojia guanli guanliju ju bu bianjing bianfang bianjian guojing chujing
	rujing churujing jingwai haiguan gongan gonganbu gonganju jingcha minjing waijiao waijiaobu waiban dashiguan dashi lingshi
	lingshiguan shiguan zhengfu guowuyuan shangwubu renshe bumen danwei renmin gongheguo zhonghua zhongou zhongguoren oumeng ouzhou
	duihua hezuo xiangmu huiyi luntan liudong renkou nanmin juliu yongjiu xukezheng shenfenzheng zhengjian guojiyimin zuzhi guoji
	denglu yonghu guanliyuan ceshi xiexie ninhao jiayou aini baobei gongxi facai xinnian chunjie kuaile ribenren putonghua hanyu
	zhongwen yingwen nanjing tianjin hangzhou chengdu wuhan xian suzhou qingdao xiamen kunming yunnan guangdong guangxi fujian
	zhejiang jiangsu shandong sichuan xianggang aomen the and for of to in my our new old pwd pw `

// runs are rows of keys and of letters, along which fingers and habits go.
var runs = []string{
	"abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm",
	"1q2w3e4r5t6y7u8i9o0p", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/", "qazwsxedcrfvtgbyhnujm", "q1w2e3r4t5y6u7i8o9p0",
}

// rows are the keys as they lie, each row half a key or less to the right of the one above; along them, up
// and down, fingers walk. shifted are the same keys with shift held.
var (
	rows    = []string{"`1234567890-=", "\x00qwertyuiop[]", "\x00asdfghjkl;'", "\x00zxcvbnm,./"}
	shifted = []string{"~!@#$%^&*()_+", "\x00QWERTYUIOP{}", "\x00ASDFGHJKL:\"", "\x00ZXCVBNM<>?"}
)

// key is where a key lies; unshifted gives the character of a key that is held with shift.
type key struct{ row, column int }

var keys, unshifted = func() (map[rune]key, map[rune]rune) {
	at, plain := map[rune]key{}, map[rune]rune{}
	for y, row := range rows {
		for x, r := range row {
			at[r] = key{y, x}
			plain[rune(shifted[y][x])] = r
		}
	}
	return at, plain
}()

// adjoin says whether two keys touch, or are one.
func adjoin(a, b rune) bool {
	k, ok := keys[a]
	l, also := keys[b]
	if k.row > l.row {
		k, l = l, k
	}
	across := k.column - l.column
	return ok && also && (k.row == l.row && -1 <= across && across <= 1 || k.row+1 == l.row && 0 <= across && across <= 1)
}

// walk gives the length of the walk over touching keys, of at least four, with which s begins.
func walk(s []rune) int {
	n := min(1, len(s))
	for n < len(s) && adjoin(s[n-1], s[n]) {
		n++
	}
	if n < 4 {
		return 0
	}
	return n
}

// pressed gives the keys by which a text is typed, on the keyboard that most have: what shift makes of a
// figure is the figure.
func pressed(s []rune) []rune {
	out := slices.Clone(s)
	for i, r := range s {
		if k, ok := unshifted[r]; ok {
			out[i] = k
		}
	}
	return out
}

// common says whether a password is one that everybody's list of guesses begins with: a name, a
// common word, a run of keys, a few characters over and over, or several of these in a row, with
// whatever figures and signs between them.
func common(login, password string) bool {
	s := []rune(strings.ToLower(norm.NFKC.String(password)))
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
	typed := pressed(s)
	reached := make([]bool, len(s)+1) // everything before this place is gone
	reached[0] = true
	for i := range s {
		if !reached[i] {
			continue
		}
		if !unicode.IsLetter(s[i]) {
			reached[i+1] = true
		}
		for n := max(run(string(s[i:])), run(string(typed[i:])), walk(typed[i:])); n >= 4; n-- {
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
