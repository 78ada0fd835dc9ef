package architecture

import (
	"fmt"
	"go/ast"
	"testing"
)

// tellsDay are the functions that make a day of the present moment, with the reason. Whoever asks for
// somebody's rights or duties asks access.Today.
var tellsDay = map[string]string{
	"access.Today":     "the one place that says what day it is for anybody's rights and duties",
	"web.Server.today": "the same day, for a page that has the dialogue in hand",
}

// days tells of code that makes a day of the present moment.
func days(f goFile) (faults []string) {
	if f.test() || f.top() == "test" || f.top() == "internal" || f.pkg() == "cmd/load" {
		return nil
	}
	for _, d := range f.ast.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		name := f.ast.Name.Name + "." + funcName(fn)
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok && makesDay(c) && asksNow(c) && tellsDay[name] == "" {
				faults = append(faults, fmt.Sprintf("%s: %s says what day it is; ask access.Today, or say why not in tellsDay of test/architecture", f.line(c), name))
			}
			return true
		})
	}
	return faults
}

// makesDay reports whether a call is when.DateOf, or Format with time.DateOnly.
func makesDay(c *ast.CallExpr) bool {
	if called(c) != "Format" || len(c.Args) != 1 {
		return called(c) == "DateOf"
	}
	s, ok := c.Args[0].(*ast.SelectorExpr)
	return ok && s.Sel.Name == "DateOnly"
}

func asksNow(c *ast.CallExpr) (some bool) {
	ast.Inspect(c, func(n ast.Node) bool {
		x, ok := n.(*ast.CallExpr)
		some = some || ok && called(x) == "Now"
		return true
	})
	return some
}

func TestOneToday(t *testing.T) {
	for _, f := range goFiles(t) {
		report(t, days(f))
	}
}

func TestOneTodayCanFail(t *testing.T) {
	const source = `package account

func f() {
	a := when.DateOf(tx.Now())
	b := tx.Now().Format(time.DateOnly)
	c := time.Now().UTC().Format(time.DateOnly)
	d := when.DateOf(x.Made)
	e := tx.Now().Format(time.RFC3339)
}
`
	expect(t, days(sample(t, "account/day.go", source)), "day.go:4: account.f", "day.go:5:", "day.go:6:")
	expect(t, days(sample(t, "account/day_test.go", source)))
}
