// Package architecture holds the house rules of design.md that a program can see: who imports
// whom, which modules come in, which package touches which table, that every query of readable
// objects contains the predicate, how large a file may grow, what may not stand in the tree.
// Every rule is a function of its input, and has a test that feeds it something bad: a rule
// that cannot fail proves nothing.
package architecture

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// root is the top of the tree; tests run in their package's folder.
const root = "../.."

// files are the paths of the tree, with slashes: what git would commit, or every file where
// there is no git.
var files = sync.OnceValues(func() ([]string, error) {
	out, err := exec.Command("git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	var list []string
	if err == nil {
		for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
			// A file that was removed and not yet staged is still listed.
			if i, err := os.Lstat(filepath.Join(root, name)); err == nil && i.Mode().IsRegular() {
				list = append(list, name)
			}
		}
		return slices.Compact(slices.Sorted(slices.Values(list))), nil
	}
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == ".git" {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() {
			rel, err := filepath.Rel(root, p)
			list = append(list, filepath.ToSlash(rel))
			return err
		}
		return nil
	})
	return list, err
})

// tree lists the files of the tree.
func tree(t *testing.T) []string {
	t.Helper()
	list, err := files()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// read gives a file of the tree.
func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// goFile is a parsed Go file of the tree.
type goFile struct {
	name string // "meeting/sql.go"
	set  *token.FileSet
	ast  *ast.File
}

// pkg is the file's folder, which is its import path without the module.
func (f goFile) pkg() string { return path.Dir(f.name) }

// top is the first folder: the subject, the layer.
func (f goFile) top() string { return first(f.pkg()) }

// test reports whether the file is only compiled into tests.
func (f goFile) test() bool { return strings.HasSuffix(f.name, "_test.go") }

// line is where a node begins.
func (f goFile) line(n ast.Node) string {
	return fmt.Sprintf("%s:%d", f.name, f.set.Position(n.Pos()).Line)
}

// first is what stands before the first slash.
func first(p string) string {
	top, _, _ := strings.Cut(p, "/")
	return top
}

// parsed are all Go files of the tree but those in testdata.
var parsed = sync.OnceValues(func() ([]goFile, error) {
	list, err := files()
	if err != nil {
		return nil, err
	}
	var out []goFile
	for _, name := range list {
		if !strings.HasSuffix(name, ".go") || strings.Contains(name, "testdata/") {
			continue
		}
		source, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return nil, err
		}
		f, err := parse(name, source)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
})

// parse reads one file.
func parse(name string, source []byte) (goFile, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, parser.ParseComments|parser.SkipObjectResolution)
	return goFile{name, set, file}, err
}

// goFiles are all Go files of the tree.
func goFiles(t *testing.T) []goFile {
	t.Helper()
	list, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// sample parses a piece of Go for a self-test.
func sample(t *testing.T, name, source string) goFile {
	t.Helper()
	f, err := parse(name, []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// report fails once for each fault.
func report(t *testing.T, faults []string) {
	t.Helper()
	for _, f := range faults {
		t.Error(f)
	}
}

// expect is the self-test's half: exactly these faults, each found by a phrase.
func expect(t *testing.T, faults []string, phrases ...string) {
	t.Helper()
	if len(faults) != len(phrases) {
		t.Fatalf("%d faults, want %d:\n%s", len(faults), len(phrases), strings.Join(faults, "\n"))
	}
	for i, phrase := range phrases {
		if !strings.Contains(faults[i], phrase) {
			t.Errorf("fault %q does not tell of %q", faults[i], phrase)
		}
	}
}

// maxLines is where a file has grown past easy reading.
const maxLines = 600

// longFiles may be longer, each with the reason. No code is among them, and better so.
var longFiles = map[string]string{
	"web/static/entente.css": "one stylesheet, in the order in which rules override one another",
}

// vendored are folders and files that others wrote; they are kept as they came.
var vendored = []string{"internal/browsertest/axe/", "docs/licences/"}

// foreign reports whether somebody else wrote a file, or a program did.
func foreign(name string, content []byte) bool {
	for _, v := range vendored {
		if strings.HasPrefix(name, v) {
			return true
		}
	}
	head := content[:min(len(content), 2000)]
	return strings.Contains(name, ".min.") || bytes.Contains(head, []byte("DO NOT EDIT"))
}

// tooLong tells whether a file that a person wrote is longer than maxLines.
func tooLong(name string, content []byte) (fault string) {
	switch path.Ext(name) {
	case ".go", ".html", ".css", ".js", ".sql", ".sh", "":
	default:
		return "" // data and long texts
	}
	n := bytes.Count(content, []byte("\n"))
	if n <= maxLines || foreign(name, content) || longFiles[name] != "" || path.Base(name) == "LICENSE" {
		return ""
	}
	return fmt.Sprintf("%s has %d lines, more than %d: is there a noun in it that wants its own file?", name, n, maxLines)
}

// forbidden words and what is wrong with each. They are written in two halves, so that this
// file is not its own first fault.
var forbidden = map[string]string{
	"/wo" + "rk/":                "a path of one machine",
	"/ro" + "ot/":                "a path of one machine",
	"/fa" + "rm/":                "a path of one machine",
	"/ho" + "me/":                "a path of one person's machine",
	"/Us" + "ers/":               "a path of one person's machine",
	"TO" + "DO":                  "left open: do it, or say so in the notes",
	"FIX" + "ME":                 "left open: do it, or say so in the notes",
	"lorem " + "ipsum":           "a filler text: the example is real",
	"<<<<" + "<<< ":              "a merge that was not finished",
	">>>>" + ">>> ":              "a merge that was not finished",
	"proxy.gol" + "ang.org":      "a package registry's host",
	"registry.npm" + "js.org":    "a package registry's host",
	"deb.deb" + "ian.org":        "a package registry's host",
	"cdn.js" + "delivr.net":      "a page that needs another's server",
	"unpkg" + ".com":             "a page that needs another's server",
	"fonts.google" + "apis.com":  "a page that needs another's server",
	"google-anal" + "ytics":      "tracking",
	"BEGIN " + "PRIVATE KEY":     "a secret",
	"BEGIN RSA " + "PRIVATE KEY": "a secret",
	"AGE-SECRET-" + "KEY-1":      "a secret",
	"console" + ".log(":          "a developer's trace in a page",
}

// mayName lets a file contain a forbidden word, with the reason. The key is "file word".
var mayName = map[string]string{}

// unfit tells of forbidden words in a text, of flags, and of text that is not UTF-8.
func unfit(name string, content []byte) (faults []string) {
	if foreign(name, content) || bytes.IndexByte(content[:min(len(content), 8000)], 0) >= 0 {
		return nil // another's, or a picture
	}
	if !utf8.Valid(content) {
		return []string{name + ": not UTF-8"}
	}
	for n, line := range strings.Split(string(content), "\n") {
		for word, why := range forbidden {
			if strings.Contains(line, word) && mayName[name+" "+word] == "" {
				faults = append(faults, fmt.Sprintf("%s:%d contains %q: %s", name, n+1, word, why))
			}
		}
		if i := strings.IndexFunc(line, func(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }); i >= 0 {
			faults = append(faults, fmt.Sprintf("%s:%d contains a flag", name, n+1))
		}
	}
	return faults
}

func TestFilesAreShort(t *testing.T) {
	for _, name := range tree(t) {
		if fault := tooLong(name, read(t, name)); fault != "" {
			t.Error(fault)
		}
	}
	for name := range longFiles {
		if !slices.Contains(tree(t), name) {
			t.Errorf("longFiles names %s, which does not exist", name)
		}
	}
}

func TestNothingUnfitInTheTree(t *testing.T) {
	for _, name := range tree(t) {
		report(t, unfit(name, read(t, name)))
	}
}

func TestTreeRulesCanFail(t *testing.T) {
	long := bytes.Repeat([]byte("x\n"), maxLines+1)
	for name, want := range map[string]bool{
		"meeting/sql.go": true, "web/static/own.css": true, "check": true,
		"demo/data.json": false, "web/static/htmx.min.js": false, "internal/browsertest/axe/x.js": false,
	} {
		if got := tooLong(name, long) != ""; got != want {
			t.Errorf("tooLong(%s) = %v", name, got)
		}
	}
	if tooLong("a.go", long[2:]) != "" {
		t.Error("a file of just the size that is allowed is too long")
	}
	expect(t, unfit("a.md", []byte("a\nin /wo"+"rk/main\n")), "a.md:2")
	expect(t, unfit("a.md", []byte("the flag of \U0001F1E8\U0001F1F3")), "flag")
	expect(t, unfit("a.md", []byte("bad \xff byte")), "UTF-8")
	expect(t, unfit("picture.png", []byte("\x89PNG\x00 /wo"+"rk/")))
	expect(t, unfit("internal/browsertest/axe/axe.min.js", []byte("TO"+"DO")))
}
