package architecture

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sharedTables are read and written by every layer that needs them.
var sharedTables = []string{
	"object", "aset", "aset_member", "label", "link", "duty", "duty_reminder", "duty_tally", "calendar_day", "derivation",
	"revision", "entry", "tlog_hash", "checkpoint", "entry_signature", "form",
	"node", "session", "onetime", "credential", "search", "search_index", "job", "draft", "language",
}

// tablePrefixes are the packages that own tables: a table is a package's if its name is the
// package's or begins with it and an underscore.
var tablePrefixes = slices.Concat([]string{"roster", "clearance", "notice", "federation", "bundle"}, subjects)

// createTable finds what a migration makes, ordinary and virtual tables.
var createTable = regexp.MustCompile(`(?im)^\s*create\s+(?:virtual\s+)?table\s+(?:if\s+not\s+exists\s+)?"?(\w+)`)

// touched finds the tables that a statement names.
var touched = regexp.MustCompile(`(?i)\b(?:from|join|into|update)\s+(?:only\s+)?"?(\w+)`)

// statement finds what is SQL and not an English sentence with "from" in it.
var statement = regexp.MustCompile(`(?i)\b(select\s|insert\s+into\s|delete\s+from\s|update\s+\w+(\s+\w+)?\s+set\s|(left\s+|inner\s+|cross\s+)?join\s+\w+\s+(as\s+)?(\w+\s+)?on\s|where\s+\w+\.?\w*\s*(=|<|>|in\b|is\b|like\b))`)

// readsObject finds a query of the object header: from, join or a further table after a comma.
var readsObject = regexp.MustCompile(`(?i)\b(?:from|join)\s+object\b|,\s*object\s+(?:as\s+)?\w`)

// tables gives what a migration creates.
func tables(migration string) (names []string) {
	up, _, _ := strings.Cut(migration, "-- +goose Down")
	for _, m := range createTable.FindAllStringSubmatch(up, -1) {
		names = append(names, strings.ToLower(m[1]))
	}
	return names
}

// owner is the package that a table belongs to, "shared", or "" if nobody may make it. The
// longest prefix wins, should one package's name begin with another's.
func owner(table string) (who string) {
	if slices.Contains(sharedTables, table) {
		return "shared"
	}
	for _, p := range tablePrefixes {
		if (table == p || strings.HasPrefix(table, p+"_")) && len(p) > len(who) {
			who = p
		}
	}
	return who
}

// literal is a text in a file: a string literal, or several joined by +, in which what is no
// literal stands as a question mark.
type literal struct {
	text string
	node ast.Node
}

// literals finds the texts below a node.
func literals(n ast.Node) (out []literal) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch e := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BinaryExpr:
			if e.Op != token.ADD {
				return true
			}
			text, some := joined(e)
			if some {
				out = append(out, literal{text, e})
			}
			// Calls between the texts may hold texts of their own.
			ast.Inspect(e, func(n ast.Node) bool {
				if c, ok := n.(*ast.CallExpr); ok {
					out = append(out, literals(c)...)
					return false
				}
				return true
			})
			return false
		case *ast.BasicLit:
			if text, some := joined(e); some {
				out = append(out, literal{text, e})
			}
		}
		return true
	})
	return out
}

// joined is the text of an expression, and whether a literal is in it.
func joined(e ast.Expr) (text string, some bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			s, err := strconv.Unquote(e.Value)
			return s, err == nil
		}
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			a, some1 := joined(e.X)
			b, some2 := joined(e.Y)
			return a + b, some1 || some2
		}
	case *ast.ParenExpr:
		return joined(e.X)
	}
	return " ? ", false
}

// foreignTables tells of SQL in a file that touches a table of another package. known are the
// tables that the migrations make.
func foreignTables(f goFile, known []string) (faults []string) {
	switch f.top() {
	case "test", "internal":
		return nil // the engine room and stories look at everything
	}
	for _, l := range literals(f.ast) {
		sql := statement.MatchString(l.text)
		for _, m := range touched.FindAllStringSubmatch(l.text, -1) {
			table := strings.ToLower(m[1])
			// A name with an underscore is no English word, so it counts in any text.
			if !slices.Contains(known, table) || (!sql && !strings.Contains(table, "_")) {
				continue
			}
			if o := owner(table); o != "shared" && o != f.top() {
				faults = append(faults, fmt.Sprintf("%s: the SQL of %s touches %s, which belongs to %s", f.line(l.node), f.top(), table, o))
			}
		}
	}
	return faults
}

// withoutPredicate lets a function read the object header without the predicate, with the
// reason. The key is "package.Function" or "package.Type.Method".
var withoutPredicate = map[string]string{
	"library.added":                "it adds up what somebody sent within a day, and names nothing",
	"account.Service.SignIn":       "nobody is signed in yet; it asks only whether the person was removed",
	"roster.actorsOn":              "it makes the actor, without whom there is no predicate",
	"roster.idleInstitution":       "it counts what keeps an institution from being removed, and names nothing",
	"roster.unnamedSide":           "it counts what keeps a side from being removed, and names nothing",
	"roster.everBorne":             "it says that a name is taken, by whom it does not: institutions of a dialogue are read by all of it",
	"roster.Weigh":                 "whom a change of the register concerns, of whomever: its pages show what the reader may read",
	"roster.memberOn":              "the dialogue of an institution, for what its people count as",
	"roster.namedIn":               "it makes the actor, without whom there is no predicate",
	"roster.Acting":                "it tells whom a notice goes to, and names nobody to anybody",
	"roster.Operating":             "it tells whom a notice goes to, and names nobody to anybody",
	"account.AdmitAll":             "a command of the operator admits whom it names, and names them to nobody",
	"roster.heirs":                 "a piece of Reach",
	"roster.Service.SigningIn":     "it tells of people who are already in hand whether they can sign in, for counting them",
	"roster.Service.Reach":         "it tells how many will be able to read something, and names nobody",
	"roster.Respondents.staff":     "it tells who could answer for an institution, and names nobody to anybody",
	"roster.Respondents.readNamed": "it says what institutions count as, as namedIn does of the actor",
}

// reading are the packages whose queries answer a person.
var reading = slices.Concat([]string{"roster", "clearance", "bundle", "web", "federation"}, subjects)

// unguarded tells of functions of one package that read the object header and do not call the
// predicate: neither themselves nor through a function of the package that gives a piece of the
// query. A text that is a constant or variable of the package counts for every function that
// names it. What is given to access as a Select counts for none, because access puts the
// predicate before it.
func unguarded(files []goFile) (faults []string) {
	pieces := guards(files)
	named := make(map[string]bool) // package-level texts that read the header
	for _, f := range files {
		for _, d := range f.ast.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, s := range g.Specs {
				v, ok := s.(*ast.ValueSpec)
				if !ok {
					continue
				}
				for i, value := range v.Values {
					if i < len(v.Names) && slices.ContainsFunc(literals(value), reads) {
						named[v.Names[i].Name] = true
					}
				}
			}
		}
	}
	for _, f := range files {
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil || withoutPredicate[f.top()+"."+funcName(fn)] != "" {
				continue
			}
			var guilty ast.Node
			guarded := false
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				switch e := n.(type) {
				case *ast.Ident:
					if named[e.Name] && guilty == nil {
						guilty = e
					}
				case *ast.CallExpr:
					guarded = guarded || pieces[called(e)]
				}
				return true
			})
			given := selects(fn.Body)
			for _, text := range literals(fn.Body) {
				inside := slices.ContainsFunc(given, func(s ast.Node) bool {
					return s.Pos() <= text.node.Pos() && text.node.End() <= s.End()
				})
				if guilty == nil && reads(text) && !inside {
					guilty = text.node
				}
			}
			if guilty != nil && !guarded {
				faults = append(faults, fmt.Sprintf(
					"%s: %s reads the object header without the predicate: add who.CanRead(&args, \"o\") to the query, "+
						"or use access's own Find, List and Titles; where it is right, say why in withoutPredicate of test/architecture",
					f.line(guilty), funcName(fn)))
			}
		}
	}
	return faults
}

// guards are the names of what gives the predicate: CanRead, and the functions of the package
// that return text and call one of them.
func guards(files []goFile) map[string]bool {
	found := map[string]bool{"CanRead": true}
	for grown := true; grown; {
		grown = false
		for _, f := range files {
			for _, d := range f.ast.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok || fn.Body == nil || found[fn.Name.Name] || !givesText(fn) {
					continue
				}
				ast.Inspect(fn.Body, func(n ast.Node) bool {
					if c, ok := n.(*ast.CallExpr); ok && found[called(c)] && !found[fn.Name.Name] {
						found[fn.Name.Name], grown = true, true
					}
					return true
				})
			}
		}
	}
	return found
}

// selects are the places in a function's body where a Select of access stands.
func selects(body *ast.BlockStmt) (all []ast.Node) {
	ast.Inspect(body, func(n ast.Node) bool {
		if c, ok := n.(*ast.CompositeLit); ok {
			if s, ok := c.Type.(*ast.SelectorExpr); ok && s.Sel.Name == "Select" {
				all = append(all, c)
			}
		}
		return true
	})
	return all
}

// givesText reports whether a string is among a function's results.
func givesText(fn *ast.FuncDecl) bool {
	return fn.Type.Results != nil && slices.ContainsFunc(fn.Type.Results.List, func(r *ast.Field) bool {
		i, ok := r.Type.(*ast.Ident)
		return ok && i.Name == "string"
	})
}

// called is the name of the function or method that a call calls.
func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// reads reports whether a text is a query of the object header.
func reads(l literal) bool {
	return readsObject.MatchString(l.text) && statement.MatchString(l.text)
}

// funcName is "Function" or "Type.Method".
func funcName(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return fn.Name.Name
	}
	return receiver(fn.Recv.List[0].Type) + "." + fn.Name.Name
}

// receiver is the name of a receiver's type, without star and type parameters.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// made are the tables that all migrations make, each with its file.
func made(t *testing.T) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for _, name := range tree(t) {
		if strings.HasPrefix(name, "internal/db/migrations/") && strings.HasSuffix(name, ".sql") {
			for _, table := range tables(string(read(t, name))) {
				all[table] = name
			}
		}
	}
	return all
}

func TestTablesHaveAnOwner(t *testing.T) {
	for table, file := range made(t) {
		if owner(table) == "" {
			t.Errorf("%s makes the table %s: give it the name of the package that owns it, or add it to the shared ones in test/architecture", file, table)
		}
	}
}

func TestSubjectsTouchTheirOwnTables(t *testing.T) {
	known := slices.Sorted(maps.Keys(made(t)))
	for _, f := range goFiles(t) {
		if !f.test() {
			report(t, foreignTables(f, known))
		}
	}
}

func TestQueriesContainThePredicate(t *testing.T) {
	byPackage := make(map[string][]goFile)
	for _, f := range goFiles(t) {
		if !f.test() && slices.Contains(reading, f.top()) {
			byPackage[f.pkg()] = append(byPackage[f.pkg()], f)
		}
	}
	functions := make(map[string]bool)
	for _, files := range byPackage {
		report(t, unguarded(files))
		for _, f := range files {
			for _, d := range f.ast.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok {
					functions[f.top()+"."+funcName(fn)] = true
				}
			}
		}
	}
	for name := range withoutPredicate {
		if !functions[name] {
			t.Errorf("withoutPredicate names %s, which does not exist", name)
		}
	}
}

func TestSQLRulesCanFail(t *testing.T) {
	migration := "-- +goose Up\ncreate table meeting (\n  id text);\nCREATE TABLE IF NOT EXISTS meeting_agenda (x);\n" +
		"create virtual table search using fts5(x);\ncreate index i on meeting (id);\n-- +goose Down\ncreate table old (x);\n"
	if got := fmt.Sprint(tables(migration)); got != "[meeting meeting_agenda search]" {
		t.Errorf("tables: %s", got)
	}
	for table, want := range map[string]string{
		"object": "shared", "meeting": "meeting", "meeting_agenda": "meeting", "meetings": "", "x": "", "clearance_side": "clearance",
	} {
		if got := owner(table); got != want {
			t.Errorf("owner(%s) = %q, want %q", table, got, want)
		}
	}

	known := []string{"object", "label", "meeting", "meeting_agenda", "project", "roster_person"}
	f := sample(t, "meeting/sql.go", `package meeting

import _ "from/project"

const own = "select id from meeting join object o on o.id = meeting.id"
const other = "select id from project where id = $1"

func f(columns string) {
	q("select " + columns + " from" + " roster_person p")
	q("insert into project (id) values ($1)")
	q("update  project set x = 1")
	q("choose one from project or leave it")       // a sentence
	b.WriteString(" join project p on p.id = m.id") // a piece of a query
	q("select 1 from meeting m " + join("left join roster_person r on true"))
	q("select 1 from unknown_table")
}
`)
	expect(t, foreignTables(f, known),
		"sql.go:6: the SQL of meeting touches project", "sql.go:9: the SQL of meeting touches roster_person",
		"sql.go:10:", "sql.go:11:", "sql.go:13:", "sql.go:14: the SQL of meeting touches roster_person")
	f.name = "project/sql.go"
	if got := len(foreignTables(f, known)); got != 4 { // roster_person twice, meeting twice
		t.Errorf("in project: %d faults: %v", got, foreignTables(f, known))
	}

	expect(t, unguarded([]goFile{sample(t, "meeting/sql.go", `package meeting

const head = "select o.id from object o where o.id = $1"
const harmless = "an object apart from object lessons"

func bad(tx Tx) { tx.Query("select 1 from meeting m join " + "object o on o.id = m.id") }
func comma(tx Tx) { tx.Query("select 1 from meeting m, object o where o.id = m.id") }
func named(tx Tx) { tx.Query(head) }
func good(tx Tx, who Actor) { tx.Query("select 1 from object o where " + who.CanRead(&a, "o")) }
func (s *Service[T]) method(tx Tx) { tx.Query("select count(*) from object") }
func alsoGood(tx Tx, who Actor) { tx.Query(head + " and " + who.CanRead(&a, "o")) }
func unconcerned(tx Tx) { tx.Query("select 1 from meeting", harmless) }
func piece(who Actor) string { return who.CanRead(&a, "o") + " and o.kind = 'meeting'" }
func byPiece(tx Tx, who Actor) { tx.Query("select 1 from object o where " + piece(who)) }
func fetch(who Actor) error { return tx.Query("select 1 from meeting m where " + piece(who)) }
func noPiece(tx Tx, who Actor) { fetch(who); tx.Query("select 1 from object o") }
func given() { Meetings.List(tx, who, access.Select{Join: "left join object p on p.id = o.parent"}) }
func writes(tx Tx) { tx.Exec("update object set rev = 1 where id = $1") }
`), sample(t, "meeting/other.go", `package meeting

func elsewhere(tx Tx) { tx.Query(head) }
`)}),
		"sql.go:6: bad", "sql.go:7: comma", "sql.go:8: named", "sql.go:10: Service.method", "sql.go:16: noPiece", "other.go:3: elsewhere")
}
