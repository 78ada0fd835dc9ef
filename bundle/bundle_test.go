package bundle_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/ref"
	"entente/ledger"
)

// operator is who imports and exports in these tests.
var operator = access.Operator("test")

// node is an empty node with what the tests do to it.
type node struct {
	t       *testing.T
	d       *db.DB
	objects *access.Objects
}

func newNode(t *testing.T, d *db.DB) node { return node{t, d, bundle.Objects(d)} }

func each(t *testing.T, fn func(t *testing.T, n node)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newNode(t, d)) })
}

// load imports one file that must be right.
func (n node) load(src string) bundle.Report {
	n.t.Helper()
	r, err := n.try(src, bundle.Options{})
	if err != nil {
		n.t.Fatalf("import: %v", err)
	}
	return r
}

func (n node) try(src string, o bundle.Options) (bundle.Report, error) {
	return bundle.Import(n.t.Context(), n.d, n.objects, operator, []bundle.File{{Name: "a.yaml", Data: []byte(src)}}, o)
}

func (n node) export(who access.Actor) string {
	n.t.Helper()
	var b bytes.Buffer
	if err := bundle.Export(n.t.Context(), n.d, n.objects, who, &b); err != nil {
		n.t.Fatalf("export: %v", err)
	}
	return b.String()
}

// read runs fn on one snapshot.
func (n node) read(fn func(ctx context.Context, tx *db.Tx) error) {
	n.t.Helper()
	if err := n.d.Read(n.t.Context(), fn); err != nil {
		n.t.Fatal(err)
	}
}

func (n node) ledgerSize() (size int64) {
	n.t.Helper()
	n.read(func(ctx context.Context, tx *db.Tx) (err error) {
		size, err = ledger.Size(ctx, tx)
		return err
	})
	return size
}

// id finds an object by its key.
func (n node) id(kind, key string) (id ref.ID) {
	n.t.Helper()
	n.read(func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `select o.id from object o join label k on k.object = o.id
			where o.kind = $1 and k.field = 'key' and k.text = $2`, kind, key).Scan(&id)
	})
	return id
}

// acts lists the ledger's acts from an entry on.
func (n node) acts(from int64) (out []string) {
	n.t.Helper()
	n.read(func(ctx context.Context, tx *db.Tx) error {
		bodies, err := db.Collect(ctx, tx, db.One[string], `select body from entry where seq >= $1 order by seq`, from)
		for _, b := range bodies {
			_, rest, _ := strings.Cut(b, `"act":"`)
			act, _, _ := strings.Cut(rest, `"`)
			out = append(out, act)
		}
		return err
	})
	return out
}

// sound verifies every row against the ledger's revisions.
func (n node) sound() {
	n.t.Helper()
	n.read(func(ctx context.Context, tx *db.Tx) error {
		_, difference, err := n.objects.Verify(ctx, tx)
		if difference != "" {
			n.t.Errorf("verification: %s", difference)
		}
		return err
	})
}

func same(t *testing.T, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("line %d: got %q, want %q", i+1, g[i], w[i])
		}
	}
	t.Fatalf("got %d lines, want %d", len(g), len(w))
}

func example(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("testdata/example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const start = `---
kind: dialogue
key: mmd
name:
  en: Dialogue
contact:
  email: a@example.org
`
