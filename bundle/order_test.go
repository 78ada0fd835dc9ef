package bundle_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"entente/bundle"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/project"
	"entente/roster"
)

const orders = start + `---
kind: project
key: p
name:
  en: P
`

// inOrder gives a file of three objects of a kind, a, b and c; the next gives to each what it says
// of the one that it points at.
func inOrder(next map[string]string) map[string]string {
	files := map[string]string{}
	for kind, say := range map[string][2]string{
		"phase":       {"project: p\nstate: ended\nname:\n  en: X\n", "follows: %s\n"},
		"result":      {"phase: f\nlevel: output\ntitle:\n  en: X\n", "serves: %s\n"},
		"activity":    {"phase: f\ntype: workshop\nstate: planned\ntitle:\n  en: X\n", "depends_on: [%s]\n"},
		"institution": {"names:\n  - name:\n      en: X\n", "parent: %s\n"},
		"succession":  {"names:\n  - name:\n      en: X\n", "successors:\n  - institution: %s\n"},
	} {
		src := orders
		if kind == "result" || kind == "activity" {
			src += "---\nkind: phase\nkey: f\nproject: p\nstate: ended\nname:\n  en: F\n"
		}
		for _, key := range []string{"a", "b", "c"} {
			src += "---\nkind: " + strings.Replace(kind, "succession", "institution", 1) + "\nkey: " + key + "\n" + say[0]
			if to := next[key]; to != "" {
				src += fmt.Sprintf(say[1], to)
			}
		}
		files[kind] = src
	}
	return files
}

// TestRings: nothing comes back to itself by what it points at, not across several objects of one
// file, not through what stands, and not in a form.
func TestRings(t *testing.T) {
	ring := inOrder(map[string]string{"a": "b", "b": "c", "c": "a"})
	half := inOrder(map[string]string{"a": "b", "b": "c"})
	other := inOrder(map[string]string{"c": "a"})
	self := inOrder(map[string]string{"b": "b"})
	each(t, func(t *testing.T, n node) {
		for kind, src := range ring {
			if _, err := n.try(src, bundle.Options{}); len(fieldsOf(err)) != 1 || fieldsOf(err)[0].Key != "fault.ring" || fieldsOf(err)[0].Line == 0 || len(fieldsOf(err)[0].Value) != 1 {
				t.Errorf("%s in a ring: %v", kind, err)
			}
			if _, err := n.try(self[kind], bundle.Options{}); len(fieldsOf(err)) != 1 || fieldsOf(err)[0].Key != "fault.itself" {
				t.Errorf("%s at itself: %v", kind, err)
			}
		}
		n.load(half["activity"])
		n.load(half["result"])
		n.load(half["phase"])
		n.load(half["institution"])
		// The chain that stands is turned round in one file: a no longer points, c points at a.
		if _, err := n.try(other["activity"], bundle.Options{}); err != nil {
			t.Errorf("turned round: %v", err)
		}
		id := func(kind, key string) ref.ID { return n.id(kind, key) }
		edit := func(kind, key string, change func(any)) error {
			h, v, err := n.objects.Get(t.Context(), operator, id(kind, key))
			if err != nil {
				t.Fatal(err)
			}
			change(v)
			_, err = n.objects.Edit(t.Context(), operator, h.ID, h.Rev, v, "")
			return err
		}
		for name, err := range map[string]error{
			"result": edit("result", "c", func(v any) { v.(*project.Result).Serves = ref.Result(id("result", "a")) }),
			"phase":  edit("phase", "c", func(v any) { v.(*project.Phase).Follows = ref.Phase(id("phase", "a")) }),
			"parent": edit("institution", "c", func(v any) { v.(*roster.Institution).Parent = ref.Institution(id("institution", "a")) }),
			"activity": edit("activity", "a", func(v any) {
				v.(*project.Activity).DependsOn = []ref.Activity{ref.Activity(id("activity", "c"))}
			}),
		} {
			if f := fieldsOf(err); len(f) != 1 || f[0].Key != "fault.ring" {
				t.Errorf("%s in a form: %v", name, err)
			}
		}
		if err := edit("institution", "c", func(v any) { v.(*roster.Institution).Short = text.Both("C", "") }); err != nil {
			t.Errorf("an edit beside it: %v", err)
		}
		n.sound()
	})
}

// TestLanguagesOfTheDialogue: a text stands in a language that the dialogue has, in a file and in a
// form; what was probably meant is said. What stood before, stays.
func TestLanguagesOfTheDialogue(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		side := func(lang string) string {
			return "---\nkind: side\nkey: eu\nname:\n  en: EU\n  " + lang + ": UE\n"
		}
		for _, c := range [][2]string{{"fr", "fault.language-lacks"}, {"zn", "fault.language-near"}, {"zh-CN", "fault.language-near"}} {
			_, err := n.try(start+side(c[0]), bundle.Options{})
			f := fieldsOf(err)
			if len(f) != 1 || f[0].Key != c[1] || f[0].Path != "name."+c[0] || f[0].Value != c[0] || f[0].Line != 13 {
				t.Errorf("%s: %v", c[0], err)
			}
			if len(f) == 1 && c[1] == "fault.language-near" && fmt.Sprint(f[0].Args) != "[near zh options en, zh]" {
				t.Errorf("%s: %v", c[0], f[0].Args)
			}
		}
		n.load(start + "---\nkind: side\nkey: eu\nname: {en: EU, zh: 欧盟}\nshort: {en: EU, zh: 欧盟}\n")
		_, err := n.try(start+"---\nkind: side\nkey: eu\nname: {en: EU, zh: 欧盟}\nshort: {en: EU, zh: 欧盟}\nlang: fr\n", bundle.Options{})
		if f := fieldsOf(err); len(f) != 1 || fmt.Sprint(f[0].Args) != "[options en, zh]" {
			t.Errorf("each language once: %v", err)
		}
		french := start + "languages: [en, zh, fr]\n"
		n.load(french + side("fr"))
		n.load(start + "languages: [en, zh]\n" + side("fr")) // given up since
		id := n.id("side", "eu")
		for lang, want := range map[string]int{"fr": 0, "zh": 0, "ru": 1} {
			h, v, err := n.objects.Get(t.Context(), operator, id)
			if err != nil {
				t.Fatal(err)
			}
			v.(*roster.Side).Short = text.Multi{lang: {Text: "UE", Status: text.Original}}
			if _, err := n.objects.Edit(t.Context(), operator, id, h.Rev, v, ""); len(fieldsOf(err)) != want || (want == 0) != (err == nil) {
				t.Errorf("a form with %s: %v", lang, err)
			}
		}
		n.sound()
	})
}

// TestLanguagesInFields: a field that names a language is asked as a text is, and what is wrong with
// a language is told with everything else that is wrong.
func TestLanguagesInFields(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		faults := func(files string) string {
			_, err := n.try(start+files, bundle.Options{})
			var out []string
			for _, f := range fieldsOf(err) {
				out = append(out, f.Path+" "+f.Key)
			}
			slices.Sort(out)
			return strings.Join(out, "; ")
		}
		for files, want := range map[string]string{
			"---\nkind: side\nkey: eu\nname: {en: EU}\nlang: fr\n":                                                                       "lang fault.language-lacks",
			"---\nkind: side\nkey: eu\nname: {en: EU}\nlang: zn\n":                                                                       "lang fault.language-near",
			"---\nkind: person\nkey: p\ntitle: {en: P}\nlanguage: fr\n":                                                                  "language fault.option",
			"---\nkind: meeting\nkey: m\ntitle: {en: M}\ntype: launch\nstate: planned\npapers:\n- title: {en: P}\n  language: English\n": "papers.0.language fault.language",
			"---\nkind: meeting\nkey: m\ntitle: {en: M}\ntype: launch\nstate: planned\npapers:\n- title: {en: P}\n  language: de\n":      "",
			"---\nkind: side\nkey: eu\nlang: fr\n":                                                                                       "lang fault.language-lacks; name fault.required",
			"---\nkind: side\nkey: eu\nlang: fr\nmark: red\nname: {fr: UE}\n":                                                            "audience fault.audience-wide; lang fault.language-lacks; name.fr fault.language-lacks",
			"---\nkind: meeting\nkey: m\ntitle: {fr: M}\nstate: cancelled\nstarts: soon\n":                                               "starts fault.date; title.fr fault.language-lacks; type fault.required",
			"---\nkind: meeting\nkey: m\ntitle: {fr: M}\nstate: cancelled\n":                                                             "reason fault.required; title.fr fault.language-lacks; type fault.required",
		} {
			if got := faults(files); got != want {
				t.Errorf("%s: %s, not %s", files, got, want)
			}
		}
	})
}
