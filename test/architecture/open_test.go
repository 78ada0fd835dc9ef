package architecture

import (
	"go/ast"
	"testing"
)

// opensBare are the folders that open a database without bringing what is derived in it to today's
// versions, each with the reason.
var opensBare = map[string]string{
	"bundle":        "bundle.Open is the door",
	"bundle/backup": "it builds a node as it was, and derives after its log is proved",
	"cmd/load":      "it builds nodes of older versions to measure their upgrade",
}

// TestOneDoorToTheDatabase: whoever works on a node opens it by bundle.Open, so that nobody reads
// rows that an older program derived.
func TestOneDoorToTheDatabase(t *testing.T) {
	found := 0
	for _, f := range goFiles(t) {
		if f.test() || f.top() == "test" || f.top() == "internal" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if e, ok := n.(*ast.SelectorExpr); ok && e.Sel.Name == "Open" {
				if x, ok := e.X.(*ast.Ident); ok && x.Name == "db" {
					found++
					if opensBare[f.pkg()] == "" {
						t.Errorf("%s: opens the database by db.Open; bundle.Open also derives what moved", f.line(n))
					}
				}
			}
			return true
		})
	}
	if found == 0 {
		t.Error("nothing opens a database: this test looks for the wrong name")
	}
}
