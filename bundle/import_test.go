package bundle_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/bundle"
	"entente/dialogue"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/project"
	"entente/roster"
	"entente/standard/tlp"
)

func TestFaults(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"no dialogue", "kind: side\nkey: eu\nname:\n  en: EU\n---\nkind: side\nkey: cn\n", "1 kind side fault.no-dialogue"},
		{"unknown kind", start + "---\nkind: ministry\nkey: x\n", "9 kind ministry fault.kind"},
		{"no kind", start + "---\nkey: x\n", "9 kind  fault.required"},
		{"no key", start + "---\nkind: side\nname:\n  en: EU\n", "9 key  fault.required"},
		{"no key, twice", start + "---\nkind: side\nname:\n  en: EU\n---\nkind: side\nname:\n  en: CN\n", "9 key  fault.required;13 key  fault.required"},
		{"bad key", start + "---\nkind: side\nkey: The EU\nname:\n  en: EU\n", "10 key The EU fault.key"},
		{"syntax", start + "---\nkind: side\nkey: 'eu\n", "10  key: 'eu fault.yaml"},
		{"unknown field", start + "---\nkind: side\nkey: eu\nnmae:\n  en: EU\nname:\n  en: EU\n", "11 nmae nmae fault.unknown-field"},
		{"header word of another sort", start + "---\nkind: side\nkey: [eu]\nname:\n  en: EU\n", "10 key  fault.required;10 key  fault.scalar"},
		{"field twice", start + "---\nkind: side\nkey: eu\nname:\n  en: EU\nname:\n  en: EU\nmark: CLEAR\nmark: CLEAR\n", "13 name name fault.duplicate;16 mark mark fault.duplicate"},
		{"duplicate key", start + "---\nkind: side\nkey: eu\nname:\n  en: EU\n---\nkind: side\nkey: eu\nname:\n  en: EU\n", "15 key eu fault.key-twice"},
		{"two dialogues of a key", start + start, "10 key mmd fault.key-twice"},
		{"bad reference", start + "---\nkind: institution\nkey: nia\nnames:\n  - name:\n      en: NIA\nstandings:\n  - as: side\n    side: cn\n", "16 standings.0.side cn fault.ref"},
		{"bad owner", start + "---\nkind: side\nkey: eu\nowner: iom\nname:\n  en: EU\n", "11 owner iom fault.ref"},
		{"bad date", start + "---\nkind: round\nkey: one\nlevel: summit\ndate: 2019-13\ntitle:\n  en: One\n", "12 date 2019-13 fault.date-none"},
		{"wrong option", start + "---\nkind: round\nkey: one\nlevel: top\ntitle:\n  en: One\n", "11 level top fault.option"},
		{"missing required", start + "---\nkind: round\nkey: one\nlevel: summit\n", "9 title  fault.required"},
		{"a text without language", start + "---\nkind: round\nkey: one\nlevel: summit\ntitle: One\n", "12 title One fault.multi"},
		{"bad mark", start + "---\nkind: side\nkey: eu\nmark: TLP:WHITE\naudience: [anyone]\nname:\n  en: EU\n", "11 mark TLP:WHITE fault.mark"},
		{"mark and audience", start + "---\nkind: side\nkey: eu\nmark: AMBER\naudience:\n  - team\n  - dialogue\nname:\n  en: EU\n", "14 audience.1 dialogue fault.audience-wide"},
		{"mark and the default audience", start + "---\nkind: side\nkey: eu\nmark: AMBER\nname:\n  en: EU\n", "11 audience dialogue fault.audience-wide"},
		{"a full-width comma", start + "---\nkind: side\nkey: eu\nmark: AMBER\naudience: [dialogue，team]\nname:\n  en: EU\n", "12 audience.0 dialogue，team fault.yaml-comma"},
		{"nobody", start + "---\nkind: side\nkey: eu\naudience: []\nname:\n  en: EU\n", "11 audience  fault.audience-empty"},
		{
			"audience", start + "---\nkind: side\nkey: eu\naudience: [everybody, side:ru, side:, \"team:x\", side:eu]\nname:\n  en: EU\n",
			"11 audience.0 everybody fault.principal;11 audience.1 side:ru fault.ref;11 audience.2 side: fault.principal;11 audience.3 team:x fault.principal",
		},
		{"audience no list", start + "---\nkind: side\nkey: eu\naudience: team\nname:\n  en: EU\n", "11 audience team fault.list"},
		{"absent", start + "---\nkind: side\nkey: eu\nabsent: [nia]\nname:\n  en: EU\n", "11 absent.0 nia fault.absent"},
		{
			"the subject's rule", start + "---\nkind: meeting\nkey: m\ntype: workshop\nstate: held\nstarts: 2019-03\ntitle:\n  en: M\nagenda:\n  - title:\n      en: One\n    at: 10:00\n    until: 09:00\n",
			"20 agenda.0.until 09:00 fault.period",
		},
		{
			"a rule and a fault of form at once", start + "---\nkind: round\nkey: one\nlevel: top\ntitle:\n  en: One\n---\nkind: round\nkey: two\nlevel: summit\ndate: 2019\nuntil: 2018\ntitle:\n  en: Two\n",
			"11 level top fault.option;19 until 2018 fault.period",
		},
		{
			"codes that the roadmap has not", start + "---\nkind: roadmap\nkey: r\ntitle:\n  en: R\nstages:\n  - code: \"1\"\n    name:\n      en: One\ntracks:\n  - code: visa\n    name:\n      en: Visa\n---\nkind: milestone\nkey: m\nroadmap: r\nstage: 2\ntrack: sea\nstate: open\ntitle:\n  en: M\n",
			"25 stage 2 fault.option;26 track sea fault.option",
		},
		{"a result that serves itself", start + "---\nkind: project\nkey: p\nname:\n  en: P\n---\nkind: phase\nkey: f\nproject: p\nstate: running\nname:\n  en: F\n---\nkind: result\nkey: r\nphase: f\nlevel: output\nserves: r\ntitle:\n  en: R\n", "25 serves r fault.itself"},
		{"a rule about itself", start + "---\nkind: institution\nkey: nia\nparent: nia\nnames:\n  - name:\n      en: NIA\n", "11 parent nia fault.itself"},
		{"the dialogue's rule", strings.Replace(start, "a@", "", 1), "7 contact.email example.org fault.email"},
		{"another file", "\x7fELF\x00\x01", "1  \x7fELF\x00\x01 fault.character"},
		{
			"an id in two dialogues", start + "---\nkind: side\nkey: 01900000-0000-7000-8000-000000000001\nname:\n  en: EU\n" +
				strings.Replace(start, "mmd", "zoo", 1) + "---\nkind: side\nkey: 01900000-0000-7000-8000-000000000001\nname:\n  en: EU\n",
			"22 key 01900000-0000-7000-8000-000000000001 fault.key-taken",
		},
		{
			"a key of another kind of object as id", start + "---\nkind: side\nkey: 01900000-0000-7000-8000-000000000001\nname:\n  en: EU\n---\nkind: round\nkey: 01900000-0000-7000-8000-000000000001\nlevel: summit\ntitle:\n  en: EU\n",
			"15 key 01900000-0000-7000-8000-000000000001 fault.key-taken",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newNode(t, dbtest.New(t))
			for _, dry := range []bool{true, false} {
				r, err := n.try(c.src, bundle.Options{DryRun: dry})
				var e *fault.Error
				if !errors.As(err, &e) || e.Kind != fault.Invalid {
					t.Fatalf("%v", err)
				}
				var got []string
				for _, f := range e.Fields {
					if f.File != "a.yaml" {
						t.Errorf("file %q", f.File)
					}
					got = append(got, fmt.Sprint(f.Line, " ", f.Path, " ", f.Value, " ", f.Key))
				}
				if s := strings.Join(got, ";"); s != c.want {
					t.Errorf("got  %s\nwant %s", s, c.want)
				}
				if r.Created != 0 || len(r.Kinds) != 0 {
					t.Errorf("%+v", r)
				}
			}
			if n.ledgerSize() != 0 || n.export(operator) != "" {
				t.Error("something was written")
			}
		})
	}
}

// TestForbidden: what policy does not let the operator do ends the import and names the document.
func TestForbidden(t *testing.T) {
	d := dbtest.New(t)
	objects := access.NewObjects(d, dialogue.Dialogues, &access.Kind[roster.Side]{Name: "gadget", Table: "roster_side"})
	_, err := node{t, d, objects}.try(start+"---\nkind: gadget\nkey: g\nname:\n  en: G\n", bundle.Options{})
	var e *fault.Error
	if !errors.As(err, &e) || e.Kind != fault.Forbidden || len(e.Fields) != 1 || e.Fields[0].Line != 9 || e.Fields[0].Value != "g" {
		t.Errorf("%v", err)
	}
	if newNode(t, d).ledgerSize() != 0 {
		t.Error("something was written")
	}
}

func TestUnknownFieldSaysWhichThereAre(t *testing.T) {
	n := newNode(t, dbtest.New(t))
	_, err := n.try(start+"---\nkind: side\nkey: eu\nfoo: 1\nname:\n  en: EU\n", bundle.Options{})
	if !strings.Contains(err.Error(), "kind, key, mark, national, audience, owner, recorded, absent, name, short, lang") {
		t.Error(err)
	}
}

func TestFaultsOfManyFiles(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		files := []bundle.File{
			{Name: "z.yaml", Data: []byte(start + "---\nkind: side\nkey: eu\nname: x\n")},
			{Name: "b.yaml", Data: []byte("kind: side\r\nkey: eu\r\nname:\r\n  en: EU\r\n---\r\nkind: round\r\nkey: one\r\nlevel: x\r\n")},
		}
		_, err := bundle.Import(t.Context(), n.d, n.objects, operator, files, bundle.Options{})
		var e *fault.Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		var got []string
		for _, f := range e.Fields {
			got = append(got, fmt.Sprint(f.File, ":", f.Line, " ", f.Key, f.Args))
		}
		want := "z.yaml:11 fault.multi[example en: …];b.yaml:2 fault.key-twice[file z.yaml line 9];b.yaml:6 fault.required[];b.yaml:8 fault.option[options summit, high-level, expert, coordination]"
		if s := strings.Join(got, ";"); s != want {
			t.Errorf("got  %s\nwant %s", s, want)
		}
		if n.ledgerSize() != 0 {
			t.Error("something was written")
		}
	})
}

func TestManyFaultsEnd(t *testing.T) {
	n := newNode(t, dbtest.New(t))
	_, err := n.try(start+strings.Repeat("---\nkind: x\n", 3000), bundle.Options{})
	var e *fault.Error
	if !errors.As(err, &e) || len(e.Fields) != 1001 || e.Fields[1000].Key != bundle.FaultMore {
		t.Errorf("%.300v", err)
	}
}

func TestDryRun(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		r, err := n.try(example(t), bundle.Options{DryRun: true})
		if err != nil || r.Created < 10 {
			t.Errorf("%+v %v", r, err)
		}
		if n.ledgerSize() != 0 || n.export(operator) != "" {
			t.Error("something was written")
		}
	})
}

func TestNothingHalfWritten(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		n.load(start)
		before, size := n.export(operator), n.ledgerSize()
		good := "---\nkind: side\nkey: eu\nname:\n  en: EU\n"
		for _, bad := range []string{
			"---\nkind: round\nkey: one\n",
			"---\nkind: round\nkey: one\nlevel: summit\ndate: 2019\nuntil: 2018\ntitle:\n  en: One\n", // found when it is written
		} {
			if _, err := n.try(strings.Replace(start, "Dialogue", "Other", 1)+good+bad, bundle.Options{}); !fault.Is(err, fault.Invalid) {
				t.Error(err)
			}
		}
		same(t, n.export(operator), before)
		if n.ledgerSize() != size {
			t.Error("the ledger grew")
		}
	})
}

func TestChanges(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		side := func(words, name string) string {
			return "---\nkind: side\nkey: eu\n" + words + "name:\n  en: " + name + "\n"
		}
		n.load(start + side("", "EU"))
		for _, c := range []struct{ words, name, acts string }{
			{"", "EU", "[]"},
			{"", "EU side", "[side.edit]"},
			{"mark: CLEAR\naudience: [team, anyone]\n", "EU side", "[object.audience]"},
			{"audience: [anyone, team]\nmark: tlp:clear\n", "EU side", "[]"},
			{"mark: RED\naudience: [person:zhang]\n", "European side", "[object.audience]"},
			{"mark: GREEN\naudience: [dialogue, team]\n", "European side", "[object.audience]"},
		} {
			size := n.ledgerSize()
			src := start + "---\nkind: person\nkey: zhang\ntitle:\n  en: Official\n" + side(c.words, c.name)
			if _, err := n.try(src, bundle.Options{Widen: true}); err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(n.acts(size)) != c.acts && fmt.Sprint(n.acts(size)) != "[person.create "+c.acts[1:] && fmt.Sprint(n.acts(size)) != "[person.create]" {
				t.Errorf("%s %s: acts %v, want %s", c.words, c.name, n.acts(size), c.acts)
			}
			n.sound()
		}
		// A change that both shows old readers the new text and new readers the old one would be
		// two revisions.
		vs, err := n.objects.History(t.Context(), operator, n.id("side", "eu"), 0, 10)
		if err != nil || len(vs) != 5 {
			t.Fatal(len(vs), err)
		}
		if v := vs[1]; v.Header.Mark != tlp.RED || v.Value.(*roster.Side).Name.Get("en") != "European side" || v.Reason == "" || v.By.Operator != "test" {
			t.Errorf("%+v", v)
		}
		if v := vs[2]; v.Header.Mark != tlp.CLEAR || v.Value.(*roster.Side).Name.Get("en") != "EU side" {
			t.Errorf("%+v", v)
		}
	})
}

func TestDialogueChanges(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		n.load(start + "---\nkind: side\nkey: eu\nname:\n  en: EU\n")
		size := n.ledgerSize()
		if _, err := n.try(strings.Replace(start, "key: mmd\n", "key: mmd\nmark: CLEAR\naudience: [anyone, team]\n", 1)+"languages:\n  - en\n  - zh\n  - fr\n", bundle.Options{Widen: true}); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(n.acts(size)); got != "[dialogue.edit object.audience]" {
			t.Error(got)
		}
		n.sound() // labels in the new language stand
	})
}

// TestMention adds to a dialogue without repeating it.
func TestMention(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		n.load(start)
		r := n.load("kind: dialogue\nkey: mmd\n---\nkind: side\nkey: eu\nname:\n  en: EU\n")
		want := bundle.Report{Tally: bundle.Tally{Created: 1}, Kinds: []bundle.KindTally{{Kind: "side", Tally: bundle.Tally{Created: 1}}}}
		if fmt.Sprint(r) != fmt.Sprint(want) {
			t.Errorf("%v, want %v", r, want)
		}
		if _, err := n.try("kind: dialogue\nkey: other\n", bundle.Options{}); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
	})
}

func TestOwner(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		inst := func(key string) string {
			return "---\nkind: institution\nkey: " + key + "\nowner: iom\nnames:\n  - name:\n      en: " + key + "\n"
		}
		n.load(start + inst("nia") + inst("iom"))
		if !strings.Contains(n.export(operator), "key: nia\nmark: TLP:GREEN\naudience: [dialogue, team]\nowner: iom\n") {
			t.Error(n.export(operator))
		}
		if r := n.load(start + strings.Replace(inst("nia"), "owner: iom\n", "", 1)); r.Unchanged != 2 {
			t.Error(r)
		}
		_, err := n.try(start+inst("iom")+strings.Replace(inst("nia"), "owner: iom", "owner: nia", 1), bundle.Options{})
		if err == nil || !strings.Contains(err.Error(), "(line 18)") || !strings.Contains(err.Error(), bundle.FaultOwner) {
			t.Error(err)
		}
	})
}

// TestPlanVersions: an import leaves the versions of work plans as the file states them.
func TestPlanVersions(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		src := start + `---
kind: project
key: p
name:
  en: P
---
kind: phase
key: two
project: p
state: running
name:
  en: II
---
kind: activity
key: a
phase: two
type: workshop
state: planned
title:
  en: A
---
kind: plan
key: plan
phase: two
version: 3
state: endorsed
baseline: b3
title:
  en: Plan
---
kind: baseline
key: b3
plan: plan
version: 3
activities:
  - activity: a
    rev: 1
    title:
      en: A
title:
  en: Plan (3)
`
		n.load(src)
		out := n.export(operator)
		if !strings.Contains(out, "version: 3\nstate: endorsed\n") {
			t.Error(out)
		}
		if strings.Count(out, "recorded: operator\n") != 1 || !strings.Contains(out, "key: b3\nmark: TLP:GREEN\naudience: [dialogue, team]\nrecorded: operator\n") {
			t.Errorf("the export does not say who recorded the endorsement:\n%s", out)
		}
		page, err := project.New(n.d).Page(t.Context(), operator, ref.Plan(n.id("plan", "plan")), project.Filter{})
		if err != nil || !page.Recorded {
			t.Errorf("the plan's page does not say it: %v", err)
		}
		frozen, err := project.New(n.d).Baseline(t.Context(), operator, ref.Baseline(n.id("baseline", "b3")))
		if err != nil || !frozen.Recorded {
			t.Errorf("the page of the version does not say it: %v", err)
		}
		_, err = n.try(strings.Replace(src, "key: b3\nplan: plan\nversion: 3\n", "key: b4\nplan: plan\nversion: 3\nendorsed: 2199-11-01\n", 1), bundle.Options{})
		if f := fieldsOf(err); !slices.ContainsFunc(f, func(x fault.Field) bool { return x.Path == "endorsed" && x.Key == "fault.future" }) {
			t.Errorf("an endorsement still to come: %v", err)
		}
		// What is endorsed is endorsed by a baseline of its own version.
		for was, now := range map[string]string{"baseline: b3\n": "", "version: 3\nstate: endorsed": "version: 4\nstate: endorsed"} {
			_, err := n.try(strings.NewReplacer("key: plan\n", "key: other\n", was, now).Replace(src), bundle.Options{})
			if f := fieldsOf(err); len(f) != 1 || f[0].Key != map[string]string{"": shape.FaultRequired}[now] && f[0].Key != "fault.plan-version" {
				t.Errorf("with %q: %v", now, err)
			}
		}
		changed := strings.Replace(src, "type: workshop", "type: training", 1)
		if r := n.load(changed); r.Changed != 1 {
			t.Error(r)
		}
		same(t, n.export(operator), strings.Replace(out, "type: workshop", "type: training", 1))
		_, err = n.try(strings.Replace(src, "Plan (3)", "Other", 1), bundle.Options{})
		if err == nil || !strings.Contains(err.Error(), bundle.FaultFixed) {
			t.Error(err)
		}
	})
}
