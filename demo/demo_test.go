package demo

import (
	"io/fs"
	"testing"

	"entente/internal/shape"
)

// TestRolesArePeople reads the files and finds a person for every role.
func TestRolesArePeople(t *testing.T) {
	names, err := fs.Glob(Files(), "*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no files: %v", err)
	}
	people := map[string]bool{}
	for _, name := range names {
		src, err := fs.ReadFile(Files(), name)
		if err != nil {
			t.Fatal(err)
		}
		docs, faults := shape.ParseFile(name, src)
		for _, f := range faults {
			t.Error(f)
		}
		for _, d := range docs {
			kind, _, _ := d.Text("kind")
			key, line, _ := d.Text("key")
			if kind == "" || key == "" {
				t.Errorf("%s:%d: a document without kind or key", name, line)
			}
			people[key] = people[key] || kind == "person"
		}
	}
	for _, r := range Roles() {
		if !people[r.Person] {
			t.Errorf("no person has the key %q of role %q", r.Person, r.Name)
		}
	}
}
