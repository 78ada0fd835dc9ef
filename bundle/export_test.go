package bundle_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/bundle"
	"entente/dialogue"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/library"
	"entente/project"
)

func TestRoundTrip(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		src := example(t)
		r := n.load(src)
		if want := strings.Count("\n"+src, "\nkind: "); r.Created != want || r.Changed+r.Unchanged != 0 {
			t.Errorf("%+v, want %d created", r, want)
		}
		n.sound()
		out := n.export(operator)
		same(t, n.export(operator), out)

		size := n.ledgerSize()
		for _, src := range []string{out, src} {
			if again := n.load(src); again.Unchanged != r.Created || again.Created+again.Changed != 0 {
				t.Errorf("imported again: %+v", again)
			}
		}
		if n.ledgerSize() != size {
			t.Errorf("importing again wrote %v", n.acts(size))
		}

		other := newNode(t, dbtest.New(t))
		other.load(out)
		same(t, other.export(operator), out)
		other.sound()
	})
}

// TestExportForm compares with the bytes that stand in testdata: the format is a promise.
func TestExportForm(t *testing.T) {
	n := newNode(t, dbtest.New(t))
	n.load(example(t))
	got := n.export(operator)
	const file = "testdata/export.yaml"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, string(want))
}

// TestRemoved: what was removed stays removed, and what points at it still goes there and back.
func TestRemoved(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		n.load(start + "---\nkind: project\nkey: mmsp\nname:\n  en: MMSP\n---\nkind: phase\nkey: two\nproject: mmsp\nstate: ended\nname:\n  en: II\n")
		id := n.id("project", "mmsp")
		if err := n.objects.Remove(t.Context(), operator, id, 1, "test"); err != nil {
			t.Fatal(err)
		}
		out := n.export(operator)
		if !strings.Contains(out, "absent: ["+id+"]") || !strings.Contains(out, "project: "+id) {
			t.Error(out)
		}
		size := n.ledgerSize()
		if n.load(out); n.ledgerSize() != size {
			t.Error(n.acts(size))
		}
		other := newNode(t, dbtest.New(t))
		other.load(out)
		same(t, other.export(operator), out)

		for _, c := range []struct{ src, want string }{
			{"---\nkind: project\nkey: mmsp\nname:\n  en: MMSP\n", bundle.FaultRemoved},
			{"---\nkind: phase\nkey: one\nproject: mmsp\nstate: ended\nname:\n  en: I\n", shape.FaultRef},
			{"---\nkind: phase\nkey: one\nproject: " + id + "\nstate: ended\nname:\n  en: I\n", shape.FaultRef},
		} {
			if _, err := n.try(start+c.src, bundle.Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Error(err)
			}
		}
	})
}

// TestKeyless: objects made in the web have no key and are known by their ids.
func TestKeyless(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		n.load(start)
		d := ref.Dialogue(n.id("dialogue", "mmd"))
		var ids []string
		for _, title := range []string{"A", "B"} {
			h, err := n.objects.Create(t.Context(), operator, "project", access.Header{Dialogue: d}, &project.Project{Name: text.Both(title, "")})
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, h.ID)
		}
		n.load(start + "---\nkind: phase\nkey: two\nproject: " + ids[1] + "\nstate: ended\nname:\n  en: II\n---\nkind: project\nkey: z\nname:\n  en: Z\n")
		out := n.export(operator)
		slices.Sort(ids)
		at := -1
		for _, s := range []string{"key: z\n", "key: " + ids[0], "key: " + ids[1], "kind: phase"} {
			if i := strings.Index(out, s); i <= at {
				t.Errorf("%s stands at %d after %d in\n%s", s, i, at, out)
			} else {
				at = i
			}
		}
		size := n.ledgerSize()
		if n.load(out); n.ledgerSize() != size {
			t.Error(n.acts(size))
		}
		other := newNode(t, dbtest.New(t))
		other.load(out)
		same(t, other.export(operator), out)
		other.sound()

		// The id belongs to the other dialogue.
		_, err := n.try(strings.Replace(start, "mmd", "other", 1)+"---\nkind: project\nkey: "+ids[0]+"\nname:\n  en: A\n", bundle.Options{})
		if err == nil || !strings.Contains(err.Error(), bundle.FaultKeyTaken) {
			t.Error(err)
		}
	})
}

func TestSeveralDialogues(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		side := "---\nkind: side\nkey: eu\nname:\n  en: EU\n"
		n.load(strings.Replace(start, "mmd", "zoo", 1) + side + start + side)
		// One that the web opened under a name that gives no key.
		id, err := dialogue.New(n.d).Open(t.Context(), operator, "", dialogue.Dialogue{Name: text.Both("", "对话")}, true)
		if err != nil {
			t.Fatal(err)
		}
		out := n.export(operator)
		if strings.Index(out, "key: mmd") > strings.Index(out, "key: zoo") || strings.Count(out, "key: eu") != 2 || !strings.Contains(out, "key: "+string(id)) {
			t.Error(out)
		}
		if r := n.load(out); r.Unchanged != 5 {
			t.Error(r)
		}
		other := newNode(t, dbtest.New(t))
		other.load(out)
		same(t, other.export(operator), out)
		other.sound()
	})
}

// TestPages exports more objects than one page holds.
func TestPages(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		var b strings.Builder
		b.WriteString(start)
		for i := range 450 {
			key := fmt.Sprintf("p-%03d", i)
			if i%3 == 0 {
				key = fmt.Sprintf("01900000-0000-7000-8000-%012d", i)
			}
			fmt.Fprintf(&b, "---\nkind: project\nkey: %s\nname:\n  en: P\n", key)
		}
		n.load(b.String())
		out := n.export(operator)
		if strings.Count(out, "kind: project") != 450 {
			t.Error(strings.Count(out, "kind: project"))
		}
		if r := n.load(out); r.Unchanged != 451 {
			t.Error(r)
		}
	})
}

// TestFiltered exports to a person: what the person does not read is nowhere in it.
func TestFiltered(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		n.load(start +
			"---\nkind: side\nkey: eu\nname:\n  en: EU\n" +
			"---\nkind: person\nkey: hidden\nmark: RED\naudience: [person:hidden]\ntitle:\n  en: Secret\n" +
			"---\nkind: institution\nkey: visible\nnames:\n  - name:\n      en: Visible\nmark: AMBER\naudience: [side:eu, institution:ghost]\nowner: ghost\n" +
			"successors:\n  - institution: ghost\n  - institution: other\n" +
			"---\nkind: institution\nkey: other\nnames:\n  - name:\n      en: Other\n" +
			"---\nkind: institution\nkey: ghost\nmark: AMBER+STRICT\naudience: [institution:ghost]\nnames:\n  - name:\n      en: Secret\n")
		d := ref.Dialogue(n.id("dialogue", "mmd"))
		who := access.NewActor(access.Actor{Person: "p", Dialogue: d}, access.DialogueOf(d), access.SideOf(ref.Side(n.id("side", "eu"))))
		out := n.export(who)
		for _, word := range []string{"Secret", "ghost", "hidden", n.id("institution", "ghost"), "absent"} {
			if strings.Contains(out, word) {
				t.Errorf("it has %q:\n%s", word, out)
			}
		}
		if !strings.Contains(out, "key: visible\nmark: TLP:AMBER\naudience: [side:eu]\n") || !strings.Contains(out, "successors:\n  - institution: other\n") {
			t.Error(out)
		}
		if s := n.export(access.Visitor); s != "" {
			t.Error(s)
		}
		if _, err := bundle.Import(t.Context(), n.d, n.objects, who, nil, bundle.Options{}); !fault.Is(err, fault.Forbidden) {
			t.Error(err)
		}
	})
}

// TestHeaderWords: no subject may use a word of the header as the name of a field.
func TestHeaderWords(t *testing.T) {
	for _, k := range bundle.Objects(nil).Kinds() {
		for _, f := range k.Fields() {
			if slices.Contains([]string{"kind", "key", "mark", "audience", "owner", "absent"}, f.Name) {
				t.Errorf("%s has a field %q, which is a word of the header", k.KindName(), f.Name)
			}
		}
	}
}

func TestDemo(t *testing.T) {
	const folder = "../demo/data"
	if _, err := os.Stat(folder); err != nil {
		t.Skip("the demonstration data is not there yet")
	}
	files, err := bundle.Files(os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("the demonstration data is not there yet")
	}
	each(t, func(t *testing.T, n node) {
		r, err := bundle.Import(t.Context(), n.d, n.objects, operator, files, bundle.Options{Admit: true})
		if err != nil {
			t.Fatal(strings.ReplaceAll(err.Error(), "; ", "\n"))
		}
		out := n.export(operator)
		size := n.ledgerSize()
		if again := n.load(out); again.Unchanged != r.Created {
			t.Errorf("%+v, then %+v", r, again)
		}
		if _, err := bundle.Import(t.Context(), n.d, n.objects, operator, files, bundle.Options{Admit: true}); err != nil {
			t.Error(err)
		}
		if n.ledgerSize() != size {
			t.Errorf("importing again wrote %v", n.acts(size))
		}
		n.sound()
		other := newNode(t, dbtest.New(t))
		other.load(out)
		same(t, other.export(operator), out)
	})
}

// TestDocument: the example of the documentation is written as an export writes it.
func TestDocument(t *testing.T) {
	b, err := os.ReadFile("../docs/format.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "```yaml\n")
	src, _, ok := strings.Cut(rest, "```\n")
	if !ok {
		t.Fatal("there is no example")
	}
	n := newNode(t, dbtest.New(t))
	r := n.load(src)
	out := n.export(operator)
	for _, part := range strings.Split(src, "---\n")[1:] {
		fields := strings.Split(part, "\n")
		for _, line := range fields {
			if !strings.Contains(out, line+"\n") {
				t.Errorf("an export does not write %q", line)
			}
		}
	}
	if again := n.load(src); again.Unchanged != r.Created {
		t.Errorf("%+v", again)
	}
	for _, k := range n.objects.Kinds() {
		if !k.IsPart() && !strings.Contains(string(b), "`"+k.KindName()+"`") {
			t.Errorf("it does not name the kind %s", k.KindName())
		}
	}
	for _, w := range []string{"anyone", "dialogue", "team", "side:KEY", "institution:KEY", "person:KEY"} {
		if !strings.Contains(string(b), "`"+w+"`") {
			t.Errorf("it does not name the audience %s", w)
		}
	}
}

// TestFilesStayOut: a file attached to an object is in no export, and no import takes one: its
// content would be missing.
func TestFilesStayOut(t *testing.T) {
	n := newNode(t, dbtest.New(t))
	const src = "kind: dialogue\nkey: d\nname:\n  en: Dialogue\nlanguages: [en, zh]\n---\nkind: meeting\nkey: m\ntitle:\n  en: Meeting\ntype: workshop\nstate: planned\n"
	n.load(src)
	before := n.export(operator)
	var meeting ref.ID
	n.read(func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `select id from object where kind = 'meeting'`).Scan(&meeting)
	})
	f := &library.File{
		Title: text.Both("Zibetkatze", ""), Of: meeting, Version: 1, Name: "a.txt", Type: "text/plain", Size: 1, Hash: strings.Repeat("a", 64),
	}
	var h access.Header
	n.read(func(ctx context.Context, tx *db.Tx) (err error) {
		h, err = access.Find(ctx, tx, operator, meeting)
		return err
	})
	if _, err := n.objects.Create(t.Context(), operator, "file", access.Header{Dialogue: h.Dialogue, Mark: h.Mark, Audience: h.Audience}, f); err != nil {
		t.Fatal(err)
	}
	if after := n.export(operator); after != before {
		t.Errorf("an export writes a file:\n%s", after)
	}
	_, err := n.try(src+"---\nkind: file\nkey: f\ntitle:\n  en: File\n", bundle.Options{})
	var e *fault.Error
	if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Key != bundle.FaultKind {
		t.Errorf("an import of a file: %v", err)
	}
}
