package bundle

import (
	"errors"
	"os"
	"strings"
	"testing"

	"entente/access"
	"entente/dialogue"
	"entente/internal/fault"
	"entente/internal/shape"
	"entente/meeting"
	"entente/publication"
	"entente/roster"
)

// FuzzReading reads whatever comes, as far as no database is needed: it must end, every fault
// must have a place and a message, and what has none must be written and read back as it was.
func FuzzReading(f *testing.F) {
	for _, file := range []string{"testdata/example.yaml", "testdata/export.yaml"} {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		for part := range strings.SplitSeq(string(b), "\n---\n") {
			f.Add([]byte("kind: dialogue\nkey: d\nname: {en: D}\n---\n" + part))
		}
	}
	for _, s := range []string{
		"", "---\n---\n", "...\n--- x\n", "kind: [side]\nkey: {a: b}\n", "kind: dialogue\nkind: side\n", "\xff", "\"kind\": side",
		"kind: dialogue\nkey: d\naudience: [person:d, dialogue:d, team, team, anyone]\nabsent: [1, 2]\nowner:\n- d\n",
		"kind: dialogue\n...\nkey: d\n", "---\rkind: side\r---\r", "{kind: side, key: eu, name: {en: EU}, audience: [side:eu]}",
		"kind: dialogue\nkey: d\n---\nkind: side\nkey: 01900000-0000-7000-8000-000000000001\nname:\n  en: x\n",
	} {
		f.Add([]byte(s))
	}
	objects := access.NewObjects(nil, dialogue.Dialogues, roster.Sides, roster.Institutions, roster.People,
		dialogue.Rounds, meeting.Meetings, publication.Pages)
	f.Fuzz(func(t *testing.T, data []byte) {
		read := func(data []byte) *reading {
			r := &reading{objects: objects, files: []File{{"f", data}}}
			r.parse()
			r.claim(map[string]bool{})
			for _, d := range r.docs {
				r.decode(d)
			}
			return r
		}
		r := read(data)
		if err := r.err(); err != nil {
			var e *fault.Error
			if !errors.As(err, &e) || len(e.Fields) == 0 {
				t.Fatal(err)
			}
			whole, _, _ := File{"", data}.lines()
			lines := strings.Count(whole, "\n") + 1
			for _, f := range e.Fields {
				if f.Key == FaultMore {
					continue
				}
				if f.File != "f" || f.Line < 0 || f.Line > lines || f.Line == 0 && f.Key != shape.FaultLarge && f.Key != shape.FaultEncoding && f.Key != shape.FaultNoText || f.Key == "" {
					t.Fatalf("%+v of %d lines", f, lines)
				}
			}
			return
		}
		// What was read is written with ids in place of keys, so that only the values compare.
		for _, d := range r.docs {
			var b, again strings.Builder
			if err := shape.EncodeYAML(&b, d.value, nil, 0); err != nil {
				t.Fatal(err)
			}
			docs, faults := shape.ParseFile("", []byte("kind: x\n"+b.String()))
			if len(docs) != 1 {
				t.Fatalf("%v\n%s", faults, &b)
			}
			v := d.kind.New()
			if faults := shape.DecodeYAML(docs[0].Node, v, nil, "kind"); faults != nil {
				t.Fatalf("%v\n%s", faults, &b)
			}
			if err := shape.EncodeYAML(&again, v, nil, 0); err != nil || again.String() != b.String() {
				t.Fatalf("%v\n%s\n%s", err, &b, &again)
			}
		}
	})
}

func TestParts(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"", ""},
		{"a", "1:a"},
		{"---\na\n---\nb\n--- # c\n----\n", "1:---\na\n|3:---\nb\n|5:--- # c\n----\n"},
		{"a\n---", "1:a\n|2:---"},
		{"a\n...\nb\n", "1:a\n|2:...\nb\n"},
		{"\n\n---\n---\n", "1:\n\n|3:---\n|4:---\n"},
	} {
		var got []string
		for first, s := range parts(c.src) {
			got = append(got, string(rune('0'+first))+":"+s)
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%q: %q", c.src, s)
		}
	}
}

func TestLineOf(t *testing.T) {
	docs, faults := shape.ParseFile("", []byte("kind: x\ntitle:\n  en: A\n  zh: 甲\n  zh.status: checked\nlist:\n  - a: 1\n    b:\n      - x\n      - y\n  - a: 2\nflow: [p,\n  q]\n"))
	if faults != nil {
		t.Fatal(faults)
	}
	for path, want := range map[string]int{
		"": 1, "kind": 1, "title": 2, "title.zh": 4, "title.zh.status": 5, "title.fr": 2, "list": 6, "list.0": 7, "list.0.a": 7,
		"list.0.b": 8, "list.0.b.1": 10, "list.0.b.7": 8, "list.1": 11, "list.1.c.d": 11, "list.x": 6, "flow.1": 13, "nothing": 1, "kind.x": 1,
	} {
		if got := lineOf(docs[0].Node, path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}
