package web

import (
	"io/fs"
	"regexp"
	"testing"
)

// TestSentences: between two sentences stands what their writing has, and no template writes a blank
// between two of the catalogue, the second of which may be a link.
func TestSentences(t *testing.T) {
	for lang, c := range map[string][2]string{"en": {"One. Two.", " "}, "zh": {"一。二。", ""}} {
		w := Words{Lang: lang}
		list := map[string][]string{"en": {"One.", "", "Two."}, "zh": {"一。", "", "二。"}}[lang]
		if got := w.Sentences(list...); got != c[0] || w.Space() != c[1] {
			t.Errorf("%s: %q, %q", lang, got, w.Space())
		}
	}
	blank := regexp.MustCompile(`\{\{\$?\.T [^}]*\}\}(\{\{(end|else|if|with)[^}]*\}\})* (\{\{(end|else|if|with)[^}]*\}\})*(\{\{\$?\.T [^}]*\}\}|<a )`)
	for _, dir := range []fs.FS{templateFiles, letterFiles} {
		if err := fs.WalkDir(dir, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := fs.ReadFile(dir, path)
			for _, m := range blank.FindAll(b, -1) {
				t.Errorf("%s: %s: use Sentences, or Space", path, m)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	s := newTest(t)
	for _, path := range []string{"/zh/roadmap", "/zh/account", "/zh/duties"} {
		s.want(s.get("project-team", path), 200, "!。 ")
	}
}
