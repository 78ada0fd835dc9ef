package text

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// hostile has texts of at most about n bytes that take a careless parser very long, but not all the
// memory there is.
func hostile(n int) map[string]string {
	fill := func(s string) string { return strings.Repeat(s, n/len(s)) }
	part := func(s string, of int) string { return strings.Repeat(s, n/len(s)/of) }
	var deep, stairs, steps strings.Builder
	for i := 0; deep.Len() < n; i++ {
		deep.WriteString(strings.Repeat(" ", 2*i) + "- a\n")
	}
	for i := 0; stairs.Len() < n; i++ {
		stairs.WriteString(strings.Repeat(">", i%1000) + " a\n")
	}
	for i := 0; steps.Len() < n; i++ {
		steps.WriteString(strings.Repeat("\t", 15*i) + strings.Repeat("- ", 30) + "a\n")
	}
	return map[string]string{
		"quotations": fill(">"), "spaced quotations": fill("> "), "list in line": fill("- "), "numbers in line": fill("1. "), "mixed": fill("> - 1. "),
		"deep list": deep.String(), "stairs": stairs.String(), "steps": steps.String(), "open brackets": fill("["), "close brackets": fill("]"), "links": fill("[a](b)"),
		"open links": fill("[a]("), "angle links": fill("[a](<"), "unbalanced": fill("[a]((b)"), "pictures": fill("![a"), "nested pictures": part("![", 2) + part("](a)", 2),
		"stars": fill("*"), "open stars": fill("*a "), "open and close": fill("*a b_ "), "close": fill("a* "), "mixed stars": fill("a**b*c***d_"),
		"chinese stars": fill("中**（文）**"), "stars in lines": fill("*a\n"), "backticks": fill("`"), "growing backticks": growing(n),
		"code in brackets": strings.Repeat("[", 900) + fill("`a`") + strings.Repeat("]", 900),
		"entities":         fill("&#"), "angle": fill("<"), "mails": fill("a@"), "tildes": fill("~a"), "addresses": fill("http://a."), "spaces": fill(" "), "newlines": fill("\n"),
		"table": "|a|\n|-|\n" + fill("|"), "wide table": part("|a", 2) + "\n" + part("|-", 2) + "\n", "tall table": part("|a", 8) + "\n" + part("|-", 8) + "\n" + part("|\n", 200),
		"tables": fill(strings.Repeat("|a", 30) + "\n" + strings.Repeat("|-", 30) + "\n" + strings.Repeat("|\n", 40) + "\n"), "escaped pipes": "|a|\n|-|\n" + fill("|`\\|`|\n"),
		"references": fill("[a]: b\n"), "one reference": fill("[a]: "), "references with titles": fill("[a]: b\n(c\n"), "one long reference": "[a]: " + part("a", 2) + "\n\n" + part("[a]\n\n", 50),
		"labels in lines": fill("[\na\n]("), "html": fill("<a "), "escapes": fill("\\"), "words": fill("word "), "lines": fill("a\n"), "han": fill("移民"), "headings": fill("# "),
		"rules": fill("---\n"), "fences": fill("```\n"), "punctuation": fill("，*"), "quotes": fill("”**“"), "marks": "a" + fill("\u0301"), "tabs": fill("\t"),
		"titles": fill(`[a](b "`), "titles in lines": fill("[a](b (\n"), "nested brackets": part("[", 2) + part("]", 2), "bare": fill("中http"), "www": fill("(www."), "closing": "中http://a/" + fill(")"),
	}
}

func growing(n int) string {
	var b strings.Builder
	for i := 1; b.Len() < n; i++ {
		b.WriteString(strings.Repeat("`", i) + " ")
	}
	return b.String()
}

// everyForm renders a text in all the ways there are and gives the page's.
func everyForm(src string) string {
	Plain(src)
	Excerpt(src, 200)
	Blocks(src)
	return string(HTML(src))
}

// TestLarge: what comes out is no deeper than a browser bears, and no longer than what a text of
// many short blocks gives.
func TestLarge(t *testing.T) {
	n := 50_000
	if testing.Short() {
		n = 5000
	}
	for name, s := range hostile(n) {
		out := everyForm(s)
		if d := depth(out); d > 1000 {
			t.Errorf("%s nests %d deep", name, d)
		}
		if len(out) > 20*(len(s)+freeCells) {
			t.Errorf("%s gives %d bytes for %d", name, len(out), len(s))
		}
	}
}

func depth(s string) (deepest int) {
	z := html.NewTokenizer(strings.NewReader(s))
	d := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return deepest
		case html.StartTagToken:
			if n, _ := z.TagName(); string(n) != "br" && string(n) != "hr" {
				d++
			}
			deepest = max(deepest, d)
		case html.EndTagToken:
			d--
		}
	}
}

// What the process that TestWork starts is told by its environment.
const workText, workSize = "ENTENTE_WORK_TEXT", "ENTENTE_WORK_SIZE"

// TestOneText renders one hostile text for TestWork.
func TestOneText(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv(workSize))
	if err != nil {
		t.Skip("a part of TestWork")
	}
	everyForm(hostile(n)[os.Getenv(workText)])
}

// counted are the packages whose statements TestWork counts: all that reads the text of a person.
const counted = "entente/internal/text,regexp,github.com/yuin/goldmark/...,github.com/microcosm-cc/bluemonday/...,golang.org/x/net/html"

// TestWork: a text twice as long costs about twice as much, whatever it is. The measure is the
// number of statements that run, as go's coverage counts them, which is the same on every machine
// however busy. What is one statement there and copies or searches memory is not seen.
func TestWork(t *testing.T) {
	if testing.Short() {
		t.Skip("it counts steps in processes of its own, and nothing runs at once")
	}
	binary := filepath.Join(t.TempDir(), "text.test")
	if told, err := exec.Command("go", "test", "-c", "-covermode=count", "-coverpkg="+counted, "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, told)
	}
	const n = 50_000
	for _, name := range slices.Sorted(maps.Keys(hostile(1))) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			once, twice := work(t, binary, name, n), work(t, binary, name, 2*n)
			growth, each := float64(twice)/float64(once), twice/(2*n)
			t.Logf("%d statements a byte, %.2f times as many for twice the text", each, growth)
			if growth > 2.4 || each > 8000 {
				t.Error("it costs more than its length")
			}
		})
	}
}

// work counts the statements that run when one text is rendered.
func work(t *testing.T, binary, name string, size int) (steps int64) {
	t.Helper()
	profile := filepath.Join(t.TempDir(), "profile")
	cmd := exec.Command(binary, "-test.run=^TestOneText$", "-test.coverprofile="+profile)
	cmd.Env = append(os.Environ(), workText+"="+name, workSize+"="+strconv.Itoa(size))
	if told, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, told)
	}
	f, err := os.Open(profile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var statements, times int64
		if _, place, ok := strings.Cut(lines.Text(), " "); ok {
			if _, err := fmt.Sscan(place, &statements, &times); err == nil {
				steps += statements * times
			}
		}
	}
	return steps
}
