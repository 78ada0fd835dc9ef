package architecture

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// undocumented tells of exported names of one package without a comment, and of a package
// without one. A group of constants or variables may have one comment for all.
func undocumented(files []goFile) (faults []string) {
	said := false
	for _, f := range files {
		said = said || f.ast.Doc != nil
		fault := func(n ast.Node, what, name string) {
			faults = append(faults, fmt.Sprintf("%s: %s %s has no comment that says what it is for", f.line(n), what, name))
		}
		for _, d := range f.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Doc == nil && d.Name.IsExported() && exportedReceiver(d) && !handler(f, d) {
					fault(d, "function", funcName(d))
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						if s.Name.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
							fault(s, "type", s.Name.Name)
						}
					case *ast.ValueSpec:
						if d.Doc == nil && s.Doc == nil && s.Comment == nil {
							if i := slices.IndexFunc(s.Names, func(n *ast.Ident) bool { return n.IsExported() }); i >= 0 {
								fault(s, "value", s.Names[i].Name)
							}
						}
					}
				}
			}
		}
	}
	if !said && len(files) > 0 {
		faults = append(faults, files[0].pkg()+": no file has a comment on the package")
	}
	return faults
}

// exportedReceiver is true for functions, and for methods of types that others can name.
func exportedReceiver(fn *ast.FuncDecl) bool {
	return fn.Recv == nil || len(fn.Recv.List) == 0 || ast.IsExported(receiver(fn.Recv.List[0].Type))
}

// handler reports whether a function of web answers a request; the list of routes says of each
// what it is.
func handler(f goFile, fn *ast.FuncDecl) bool {
	if f.top() != "web" {
		return false
	}
	return slices.ContainsFunc(fn.Type.Params.List, func(p *ast.Field) bool {
		s, ok := p.Type.(*ast.SelectorExpr)
		return ok && s.Sel.Name == "ResponseWriter"
	})
}

func TestExportedNamesAreExplained(t *testing.T) {
	byPackage := make(map[string][]goFile)
	for _, f := range goFiles(t) {
		if !f.test() && f.top() != "cmd" && !strings.HasPrefix(f.name, "test/architecture/") {
			byPackage[f.pkg()] = append(byPackage[f.pkg()], f)
		}
	}
	for _, files := range byPackage {
		report(t, undocumented(files))
	}
}

func TestDocRuleCanFail(t *testing.T) {
	expect(t, undocumented([]goFile{
		sample(t, "meeting/meeting.go", `package meeting

type Bare struct{}

// Said is explained.
type Said struct{}

func (Said) Mute() {}
func (b *Bare[T]) Mute() {}
func (hidden) Mute() {}
func private() {}

// One comment for the group.
const (
	A = 1
	B = 2
)

const C = 3

var (
	D = 4 // D is explained beside it
	E = 5
)
`), sample(t, "meeting/sql.go", `package meeting`),
	}), "type Bare", "function Said.Mute", "function Bare.Mute", "value C", "value E", "meeting: no file")

	web := `// Package web is here.
package web

func (s *Site) Show(w http.ResponseWriter, r *http.Request) error { return nil }
`
	expect(t, undocumented([]goFile{sample(t, "web/show.go", web)}))
	expect(t, undocumented([]goFile{sample(t, "meeting/show.go", web)}), "Site.Show")
}
