package architecture

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

// module is the path that all packages of the tree begin with.
const module = "entente/"

// layers are the storeys of the house from the ground up: a package may import what stands in
// a storey below its own, never beside or above. `access` stands before `roster`, unlike in the
// first design: institutions and people are themselves objects with a mark and an audience.
var layers = [][]string{
	{"internal"},
	{"ledger"},
	{"access"},
	{"roster"},
	{"clearance", "notice"},
	subjects,
	{"bundle"},
	{"web", "federation"},
	{"cmd"},
}

// subjects stand side by side; they point at each other by typed id.
var subjects = []string{
	"dialogue", "project", "meeting", "followup", "exchange", "library", "statistics", "publication", "account",
}

// helpers are imported by test code alone.
var helpers = []string{"internal/db/dbtest", "internal/browsertest", "internal/officetest"}

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath   string
	Standard     bool
	Imports      []string
	TestImports  []string
	XTestImports []string
	CgoFiles     []string
	Module       *struct{ Path string }
	Error        *struct{ Err string }
}

// list asks the go command about packages.
func list(env []string, args ...string) ([]listed, error) {
	cmd := exec.Command("go", append([]string{"list", "-e", "-json=ImportPath,Standard,Imports,TestImports,XTestImports,CgoFiles,Module,Error"}, args...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), env...)
	var told bytes.Buffer
	cmd.Stderr = &told
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %v: %w\n%s", args, err, &told)
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
}

// ours are the packages of the tree.
var ours = sync.OnceValues(func() ([]listed, error) { return list(nil, "./...") })

// packages are the packages of the tree.
func packages(t *testing.T) []listed {
	t.Helper()
	all, err := ours()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// storey is where a package stands, or -1.
func storey(pkg string) int {
	return slices.IndexFunc(layers, func(l []string) bool { return slices.Contains(l, first(pkg)) })
}

// mayImport tells why a package may not import another (both without the module's path); test
// says that it is test code which imports. "" is yes.
func mayImport(from, to string, test bool) string {
	switch {
	case first(from) == "test":
		return "" // stories may use everything
	case slices.ContainsFunc(helpers, func(h string) bool { return within(to, h) }):
		if test || slices.ContainsFunc(helpers, func(h string) bool { return within(from, h) }) {
			return ""
		}
		return "it is a helper of tests"
	case from == to:
		return "" // an external test of the package itself
	case test && (first(from) == "access" || first(from) == "clearance"):
		return "" // only subjects have kinds with which their rules can be tried
	case first(from) == "standard":
		if first(to) == "standard" && standard(from) == standard(to) {
			return ""
		}
		return "a codec imports nothing of ours"
	case first(to) == "standard":
		if first(from) == "internal" {
			return "internal imports only internal"
		}
		return ""
	case first(to) == "demo":
		if first(from) == "cmd" || first(from) == "demo" || (test && slices.Contains([]string{"access", "bundle", "web"}, first(from))) {
			return ""
		}
		return "the example is data for cmd and for the tests of access, bundle and web"
	case first(from) == "demo":
		if first(to) == "internal" {
			return ""
		}
		return "the example is data and knows no rules"
	case first(to) == "test":
		return "it is for stories"
	}
	a, b := storey(from), storey(to)
	switch {
	case a < 0:
		return "it stands in no layer (say in which, in test/architecture)"
	case b < 0:
		return "what is imported stands in no layer (say in which, in test/architecture)"
	case first(from) == first(to):
		return "" // folders of one storey's room: internal/…, cmd/…, web/…
	case b < a:
		return ""
	case slices.Contains(subjects, first(from)) && slices.Contains(subjects, first(to)):
		return "subjects never import one another; point by typed id"
	default:
		return fmt.Sprintf("%s stands above or beside %s", first(to), first(from))
	}
}

// within reports whether a package is another or below it.
func within(pkg, parent string) bool { return pkg == parent || strings.HasPrefix(pkg, parent+"/") }

// standard is the codec that a package under standard/ belongs to.
func standard(pkg string) string { return first(strings.TrimPrefix(pkg, "standard/")) }

// wrongImports applies mayImport to packages.
func wrongImports(all []listed) (faults []string) {
	for _, p := range all {
		from, own := strings.CutPrefix(p.ImportPath, module)
		if !own {
			continue
		}
		if p.Error != nil {
			faults = append(faults, from+" cannot be read: "+p.Error.Err)
		}
		if storey(from) < 0 && !slices.Contains([]string{"standard", "demo", "test"}, first(from)) {
			faults = append(faults, from+" stands in no layer (say in which, in test/architecture)")
			continue
		}
		check := func(imports []string, test bool) {
			for _, i := range imports {
				to, own := strings.CutPrefix(i, module)
				if i == "testing" && !test && first(from) != "test" && !slices.Contains(helpers, from) {
					faults = append(faults, from+" imports testing outside of tests")
				}
				if !own {
					continue
				}
				if why := mayImport(from, to, test); why != "" {
					faults = append(faults, fmt.Sprintf("%s may not import %s: %s", from, to, why))
				}
			}
		}
		check(p.Imports, false)
		check(p.TestImports, true)
		check(p.XTestImports, true)
	}
	return faults
}

func TestImports(t *testing.T) {
	report(t, wrongImports(packages(t)))
}

func TestImportRuleCanFail(t *testing.T) {
	for _, c := range []struct {
		from, to string
		test, ok bool
	}{
		{"meeting", "internal/db", false, true},
		{"meeting", "access", false, true},
		{"meeting", "ledger", false, true},
		{"meeting", "project", false, false},
		{"meeting", "project", true, false},
		{"meeting", "standard/ical", false, true},
		{"meeting", "web", false, false},
		{"meeting", "internal/db/dbtest", true, true},
		{"meeting", "internal/db/dbtest", false, false},
		{"web", "internal/browsertest", true, true},
		{"web", "internal/browsertest", false, false},
		{"web", "federation", false, false},
		{"web", "bundle", false, true},
		{"web/part", "web", false, true},
		{"access", "roster", false, false},
		{"roster", "access", false, true},
		{"ledger", "access", true, false},
		{"internal/label", "internal/db", false, true},
		{"internal/label", "ledger", false, false},
		{"internal/label", "standard/tlp", false, false},
		{"standard/ical", "internal/text", false, false},
		{"standard/ical", "standard/tlp", false, false},
		{"standard/sdmx/json", "standard/sdmx", false, true},
		{"bundle", "demo", true, true},
		{"bundle", "demo", false, false},
		{"web", "demo", true, true},
		{"web", "demo", false, false},
		{"cmd/entente", "demo", false, true},
		{"demo", "project", false, false},
		{"cmd/entente", "web", false, true},
		{"bundle", "cmd/entente", false, false},
		{"meeting", "novelty", false, false},
		{"web", "test/story", false, false},
		{"test/story", "web", false, true},
	} {
		if why := mayImport(c.from, c.to, c.test); (why == "") != c.ok {
			t.Errorf("mayImport(%s, %s, test %v) = %q", c.from, c.to, c.test, why)
		}
	}
	expect(t, wrongImports([]listed{
		{ImportPath: "entente/novelty"},
		{ImportPath: "entente/project", Imports: []string{"fmt", "testing"}, XTestImports: []string{"testing", "entente/meeting"}},
		{ImportPath: "entente/test/story", Imports: []string{"testing"}},
	}), "novelty stands in no layer", "imports testing", "project may not import meeting")
}
