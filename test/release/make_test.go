package release_test

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"entente/bundle"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/test/release"
	"entente/test/story"
)

// The script make gives these; without them the test makes a file of today's program and throws it
// away, so that the data keeps up with the program.
var (
	version = flag.String("version", "", "the release whose file is written to testdata")
	program = flag.String("program", "", "the program of that release; empty: today's")
)

func TestMain(m *testing.M) {
	flag.Parse()
	story.Main(m)
}

const (
	mostFile   = 300_000 // bytes of a release's file
	mostFrozen = 150_000 // bytes of its frozen revisions
)

// uncovered are the fields that no revision in the file has, each with the reason.
var uncovered = map[string]string{}

// TestMake makes the file of a release: a node that holds every kind of object, with every field of
// each. A field that is new needs a value in data, or an act in acts_test.go.
func TestMake(t *testing.T) {
	binary := *program
	if binary == "" {
		binary = story.Binary(t)
	}
	file := filepath.Join(t.TempDir(), "release.tar")
	m := &maker{T: t, launch: story.Launch{Binary: binary, Args: []string{"serve"}, Data: t.TempDir(), Env: []string{"ENTENTE_RATE_LIMIT=1000", "ENTENTE_LANG=en"}}}
	m.tell()
	m.node.Stop(t)
	m.command("verify")
	m.command("backup", "--with-key", file)

	b, err := release.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	all, err := b.Revisions()
	if err != nil {
		t.Fatal(err)
	}
	covers(t, all)
	frozen := lines(t, all)
	size := 0
	for _, b := range frozen {
		size += len(b)
	}
	if i, err := os.Stat(file); err != nil || i.Size() > mostFile || size > mostFrozen {
		t.Errorf("the file has %d bytes, of which %d are right; the frozen revisions %d of %d: %v", i.Size(), mostFile, size, mostFrozen, err)
	}
	if *version != "" && !t.Failed() {
		keep(t, file, frozen, m.secret)
	}
}

// covers says which kinds and fields are in no revision.
func covers(t *testing.T, all []release.Revision) {
	t.Helper()
	byKind := map[string][]release.Revision{}
	for _, r := range all {
		byKind[r.Kind] = append(byKind[r.Kind], r)
	}
	header := []string{
		"object.audience", "object.changed_at", "object.changed_by", "object.dialogue", "object.key", "object.kind", "object.mark",
		"object.national", "object.owner", "object.parent", "object.sort_time", "object.state", "object.tombstone",
	}
	if gone := release.Missing(header, all); len(gone) > 0 {
		t.Errorf("in no revision: %v", gone)
	}
	for _, k := range bundle.Objects(nil).Kinds() {
		list := byKind[k.KindName()]
		if len(list) == 0 {
			t.Errorf("there is no %s", k.KindName())
			continue
		}
		for _, name := range release.Missing(names("value.", k.Fields()), list) {
			if name = k.KindName() + " " + name; uncovered[name] == "" {
				t.Errorf("in no revision: %s", name)
			}
		}
		t.Logf("%s: %d revisions", k.KindName(), len(list))
	}
	// Each way in which a text stands in a language.
	for _, part := range []string{
		`"status":"` + string(text.Original), `"status":"` + string(text.Draft), `"status":"` + string(text.Machine), `"status":"` + string(text.Checked), `"of":"`,
	} {
		if !slices.ContainsFunc(all, func(r release.Revision) bool { return bytes.Contains(r.Body, []byte(part)) }) {
			t.Errorf("no text has %s", part)
		}
	}
	if len(byKind[""]) == 0 {
		t.Error("no revision was erased")
	}
}

// names gives the fields of a kind as release.Fields does.
func names(before string, fields []shape.Field) (out []string) {
	for _, f := range fields {
		out = append(out, before+f.Name)
		out = append(out, names(before+f.Name+".", f.Fields)...)
	}
	return out
}

// lines gives what stands in the files of frozen revisions, by kind.
func lines(t *testing.T, all []release.Revision) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for kind, list := range release.Frozen(all) {
		for _, r := range list {
			if bytes.ContainsRune(r.Body, '\n') {
				t.Errorf("%s %s is more than a line", kind, r.Object)
			}
			out[kind] = append(append(out[kind], r.Body...), '\n')
		}
	}
	return out
}

// keep puts the file into the tree, with the frozen revisions and the key of the second factor.
func keep(t *testing.T, file string, frozen map[string][]byte, secret string) {
	t.Helper()
	folder := filepath.Join("testdata", *version)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write := map[string][]byte{folder + ".tar": b, filepath.Join(folder, "second-factor"): []byte(secret + "\n")}
	for kind, lines := range frozen {
		write[filepath.Join(folder, kind+".jsonl")] = lines
	}
	for name, content := range write {
		if err := os.WriteFile(name, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d bytes in %s.tar", len(b), folder)
}

// TestFrozen: the frozen revisions of each release are those of its file, byte for byte, and have
// every field that any has there.
func TestFrozen(t *testing.T) {
	files, err := filepath.Glob("testdata/*.tar")
	if err != nil || len(files) == 0 {
		t.Fatal("there is no file of a release", err)
	}
	for _, file := range files {
		folder := strings.TrimSuffix(file, ".tar")
		b, err := release.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		if b.Program != filepath.Base(folder) {
			t.Errorf("%s was made by version %s", file, b.Program)
		}
		all, err := b.Revisions()
		if err != nil {
			t.Fatal(err)
		}
		stored, fields := map[string]bool{}, map[string]map[string]bool{}
		for _, r := range all {
			if r.Body == nil { // erased
				continue
			}
			stored[string(r.Body)] = true
			if fields[r.Kind] == nil {
				fields[r.Kind] = map[string]bool{}
			}
			maps.Copy(fields[r.Kind], release.Fields(r.Body))
		}
		for kind, want := range fields {
			content, err := os.ReadFile(filepath.Join(folder, kind+".jsonl"))
			if err != nil {
				t.Error(err)
				continue
			}
			var list []release.Revision
			for body := range bytes.Lines(content) {
				body = bytes.TrimSuffix(body, []byte("\n"))
				if !stored[string(body)] {
					t.Errorf("%s %s: a line is not in the file of the release: %.200s", file, kind, body)
				}
				list = append(list, release.Revision{Body: body})
			}
			if gone := release.Missing(slices.Collect(maps.Keys(want)), list); len(gone) > 0 {
				t.Errorf("%s %s: not in a frozen revision: %v", file, kind, gone)
			}
		}
		if secret, err := os.ReadFile(filepath.Join(folder, "second-factor")); err != nil || !regexp.MustCompile(`^[A-Z2-7 ]+\n$`).Match(secret) {
			t.Errorf("%s: the key of the second factor: %q %v", folder, secret, err)
		}
	}
}
