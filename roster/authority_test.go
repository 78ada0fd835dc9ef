package roster

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"entente/access"
)

// TestWhatDecides: of every field of the kinds from which an actor is made it is known whether it
// decides who reads and who speaks for whom, and the threat model says of each that does who changes
// it and who is told. A new field is to be decided upon here.
func TestWhatDecides(t *testing.T) {
	doc, err := os.ReadFile("../docs/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		kind     access.AnyKind
		describe []string // fields that decide nothing
	}{
		{Sides, []string{"name", "short", "lang", "note"}},
		{Institutions, []string{"names", "short", "level", "website", "note", "source"}},
		{People, []string{"title", "family", "given", "sort_name", "language", "erased"}},
		{Circles, []string{"name", "note", "side"}},
	} {
		for _, f := range x.kind.Fields() {
			switch decides := slices.Contains(x.kind.Deciding(), f.Name); {
			case decides == slices.Contains(x.describe, f.Name):
				t.Errorf("%s.%s: does it decide who reads or who speaks for whom?", x.kind.KindName(), f.Name)
			case decides && !strings.Contains(string(doc), "| `"+x.kind.KindName()+"."+f.Name+"`"):
				t.Errorf("the threat model has no line about %s.%s", x.kind.KindName(), f.Name)
			}
		}
		act := access.AuthorityAct(x.kind.KindName())
		if !slices.ContainsFunc(access.Policy, func(p access.Rule) bool { return p.Act == act }) || !strings.Contains(string(doc), "`"+act+"`") {
			t.Errorf("neither policy nor threat model may leave out %s", act)
		}
	}
	// ActorFor reads no table of these kinds but those that are derived of the fields above.
	tables := []string{"roster_institution"} // its body, of which standings and end are read
	for _, p := range Institutions.Parts {
		tables = append(tables, p.Table)
	}
	for _, p := range People.Parts {
		tables = append(tables, p.Table)
	}
	for _, p := range Circles.Parts {
		tables = append(tables, p.Table)
	}
	code, err := os.ReadFile("actor.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile(`roster_[a-z_]+`).FindAllString(string(code), -1) {
		if !slices.Contains(tables, name) {
			t.Errorf("an actor is made of %s, which this test does not know", name)
		}
	}
}
