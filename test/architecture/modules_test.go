package architecture

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// use is why a module may come in.
type use struct {
	why     string
	tests   bool // test code alone: the binary must not contain it
	network bool // it may import package net; everything that reaches out is known by name
}

// modules are those that our packages may import. A new one needs a line here and a decision
// note: what was compared, and why ours or the standard library's would not do.
var modules = map[string]use{
	"filippo.io/age":                      {why: "encryption of backups"},
	"github.com/RoaringBitmap/roaring/v2": {why: "hot cubes of statistics"},
	"github.com/alecthomas/kong":          {why: "one struct is flags, environment and help"},
	"github.com/alexedwards/scs/v2":       {why: "sessions", network: true},
	"github.com/arran4/golang-ical":       {why: "calendar files", network: true},
	"github.com/boombuler/barcode":        {why: "the QR code of a second factor's key"},
	"github.com/chromedp/cdproto":         {why: "names of what chromedp speaks", tests: true},
	"github.com/chromedp/chromedp":        {why: "browser tests", tests: true},
	"github.com/coreos/go-oidc/v3":        {why: "single sign-on of an institution", network: true},
	"github.com/danielgtaylor/huma/v2":    {why: "the interface for programs, OpenAPI 3.1", network: true},
	"github.com/emersion/go-sasl":         {why: "what go-smtp asks names and passwords with", tests: true},
	"github.com/emersion/go-smtp":         {why: "a mail server in tests", tests: true},
	"github.com/go-webauthn/webauthn":     {why: "passkeys", network: true},
	"github.com/goccy/go-yaml":            {why: "files that a person writes, faults with line numbers"},
	"github.com/google/uuid":              {why: "UUIDv7", network: true}, // reads the machine's address for version 1, which we do not use
	"github.com/jackc/pgx/v5":             {why: "PostgreSQL", network: true},
	"github.com/jba/templatecheck":        {why: "type check of templates", tests: true},
	"github.com/kljensen/snowball":        {why: "English stems for search"},
	"github.com/microcosm-cc/bluemonday":  {why: "what Markdown may contain"},
	"github.com/minio/minio-go/v7":        {why: "files on S3", network: true},
	"github.com/mozillazg/go-pinyin":      {why: "first proposal of a Chinese sort name"},
	"github.com/pressly/goose/v3":         {why: "migrations, as a library"},
	"github.com/prometheus/client_golang": {why: "metrics", network: true},
	"github.com/wneessen/go-mail":         {why: "mail", network: true},
	"github.com/xuri/excelize/v2":         {why: "XLSX"},
	"github.com/yuin/goldmark":            {why: "Markdown"},
	"codeberg.org/go-pdf/fpdf":            {why: "PDF where a file must be made"},
	"golang.org/x/crypto":                 {why: "argon2id"},
	"golang.org/x/mod":                    {why: "tlog and note; go.mod in this test"},
	"golang.org/x/net":                    {why: "html parser", network: true},
	"golang.org/x/oauth2":                 {why: "single sign-on of an institution", network: true},
	"golang.org/x/sync":                   {why: "errgroup, singleflight"},
	"golang.org/x/text":                   {why: "collation, plurals, numbers, normal forms"},
	"golang.org/x/time":                   {why: "rate limits"},
	"modernc.org/sqlite":                  {why: "SQLite without a C compiler"},
}

// indirectNetwork are modules that others bring in and that import package net.
var indirectNetwork = map[string]string{
	"github.com/prometheus/common": "what a metric looks like on the wire, over the connection that asked",
	"github.com/prometheus/procfs": "reads the tables of connections in /proc, which we do not ask for",
	"modernc.org/libc":             "the C library's own functions, which SQLite does not call",
}

// unknownModules tells of modules that are required directly, or imported by our packages, and
// have no line above.
func unknownModules(required, imported []string) (faults []string) {
	for _, m := range required {
		if _, ok := modules[m]; !ok {
			faults = append(faults, fmt.Sprintf("go.mod requires %s directly: give it a line in test/architecture and a decision note, or use what is there", m))
		}
	}
	for _, m := range imported {
		if _, ok := modules[m]; !ok && !slices.Contains(required, m) {
			faults = append(faults, fmt.Sprintf("our packages import %s: give it a line in test/architecture and a decision note, or use what is there", m))
		}
	}
	return faults
}

// surprises tells what the binary contains and should not: C code, a test's module, a module
// that reaches for the network and is not known to.
func surprises(deps []listed) (faults []string) {
	found := make(map[string]bool)
	for _, p := range deps {
		if p.Standard || p.Module == nil || strings.HasPrefix(p.ImportPath, module) {
			continue
		}
		m := p.Module.Path
		if len(p.CgoFiles) > 0 {
			found[p.ImportPath+" is C code; the binary is pure Go"] = true
		}
		if modules[m].tests {
			found[m+" is in the binary and is for tests alone"] = true
		}
		if (slices.Contains(p.Imports, "net") || slices.Contains(p.Imports, "net/http")) &&
			!modules[m].network && indirectNetwork[m] == "" {
			found[p.ImportPath+" imports net; look at what it reaches for, then say so in test/architecture"] = true
		}
		if slices.Contains(p.Imports, "plugin") {
			found[p.ImportPath+" loads code at run time"] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func TestModules(t *testing.T) {
	file, err := modfile.Parse("go.mod", read(t, "go.mod"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var required []string
	for _, r := range file.Require {
		if !r.Indirect {
			required = append(required, r.Mod.Path)
		}
	}
	if len(file.Replace) > 0 {
		t.Error("go.mod replaces a module: what is built is then not what the line says")
	}
	if len(file.Tool) > 0 {
		t.Error("tools belong in tools.mod, so that their sums stay out of go.mod")
	}

	// go.mod says "indirect" of a module until somebody tidies it; what is imported is the truth.
	direct := make(map[string]bool)
	for _, p := range packages(t) {
		for _, i := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			direct[i] = true
		}
	}
	deps, err := list(nil, "-deps", "-test", "./...")
	if err != nil {
		t.Fatal(err)
	}
	imported := make(map[string]bool)
	for _, d := range deps {
		if direct[d.ImportPath] && !d.Standard && d.Module != nil && d.Module.Path+"/" != module {
			imported[d.Module.Path] = true
		}
	}
	report(t, unknownModules(required, slices.Sorted(maps.Keys(imported))))
}

func TestBinaryHasNoSurprise(t *testing.T) {
	if found, _ := filepath.Glob(filepath.Join(root, "cmd/*/*.go")); len(found) == 0 {
		t.Skip("there is no command yet")
	}
	// With cgo on, so that a module's C half is seen where it has one.
	deps, err := list([]string{"CGO_ENABLED=1"}, "-deps", "./cmd/...")
	if err != nil {
		t.Fatal(err)
	}
	report(t, surprises(deps))
}

func TestModuleRulesCanFail(t *testing.T) {
	expect(t, unknownModules([]string{"modernc.org/sqlite", "example.org/new"}, []string{"example.org/new", "example.org/other"}),
		"go.mod requires example.org/new", "import example.org/other")

	in := func(path, mod string, imports ...string) listed {
		return listed{ImportPath: path, Imports: imports, Module: &struct{ Path string }{mod}}
	}
	c := in("example.org/c", "example.org/c")
	c.CgoFiles = []string{"c.go"}
	expect(t, surprises([]listed{
		{ImportPath: "net/http", Standard: true, Imports: []string{"net"}},
		in("entente/web", "entente", "net/http"),
		in("github.com/jackc/pgx/v5/pgconn", "github.com/jackc/pgx/v5", "net"),
		in("modernc.org/libc", "modernc.org/libc", "net"),
		in("example.org/quiet", "example.org/quiet", "fmt"),
		in("example.org/phones", "example.org/phones", "net/http"),
		in("github.com/chromedp/chromedp", "github.com/chromedp/chromedp"),
		c,
	}), "example.org/c is C code", "example.org/phones imports net", "chromedp is in the binary")
}
