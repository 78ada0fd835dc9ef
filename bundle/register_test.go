package bundle_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"entente/bundle"
	"entente/demo"
	"entente/exchange"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/notice"
	"entente/roster"
)

// TestImportTellsVacant: an import that takes the last person who could answer tells who asked.
func TestImportTellsVacant(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := newCanary(t, d)
		if _, err := exchange.New(d).Ask(t.Context(), c.team(), c.key("meeting", "launch-phase-2"), exchange.Asked{
			Title: text.Both("x", "x"), Text: text.Both("x", "x"), For: "answer", To: []ref.Institution{c.as("eu-focal-point").Institution}, Due: when.DateOf(d.Now().AddDate(0, 1, 0)),
		}); err != nil {
			t.Fatal(err)
		}
		fs, err := bundle.Files(demo.Files())
		if err != nil {
			t.Fatal(err)
		}
		const theirs = "      zh: 联络员\nfunctions:\n  - function: focal-point\n---\nkind: person\nkey: member-state\n"
		n := 0
		for i, f := range fs {
			n += bytes.Count(f.Data, []byte(theirs))
			fs[i].Data = bytes.Replace(f.Data, []byte(theirs), []byte("      zh: 联络员\nfunctions:\n  - function: focal-point\n    until: 2020\n---\nkind: person\nkey: member-state\n"), 1)
		}
		if _, err = bundle.Import(t.Context(), d, c.objects, operator, fs, bundle.Options{}); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		var told int
		c.read(func(ctx context.Context, tx *db.Tx) error {
			return tx.QueryRow(ctx, `select count(*) from notice where person = $1 and kind = $2`, c.team().Person, notice.Vacant).Scan(&told)
		})
		if told != 1 {
			t.Errorf("who asked was told %d times", told)
		}
	})
}

// TestResumesIsSaid: a file that leaves out, or puts off, the end of an institution makes nobody go on
// again without a word for it.
func TestResumesIsSaid(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		institution := func(key, rest string) string {
			return "---\nkind: institution\nkey: " + key + "\nnames:\n  - name:\n      en: " + key + "\n" + rest
		}
		n.load(start + institution("nia", "") + institution("old", "ended: 2020\nsuccessors:\n  - institution: nia\n    from: 2021\n") +
			institution("left", "standings:\n  - as: observer\n    until: 2020\n"))
		for rest, goesOn := range map[string]bool{
			"": true, "ended: 2090\n": true, "successors:\n  - institution: nia\n    from: 2021\n": true,
			"ended: 2019\nsuccessors:\n  - institution: nia\n    from: 2021\n": false,
		} {
			_, err := n.try(start+institution("old", rest), bundle.Options{})
			found := slices.ContainsFunc(fieldsOf(err), func(f fault.Field) bool { return f.Key == bundle.FaultResumes && f.Line > 0 })
			if found != goesOn || goesOn != (err != nil) {
				t.Errorf("%q: %v", rest, err)
			}
		}
		if _, err := n.try(start+institution("left", "standings:\n  - as: observer\n"), bundle.Options{}); !slices.ContainsFunc(fieldsOf(err), func(f fault.Field) bool { return f.Key == bundle.FaultResumes }) {
			t.Errorf("an institution whose standing had ended: %v", err)
		}
		if r, err := n.try(start+institution("old", ""), bundle.Options{Widen: true}); err != nil || r.Changed != 1 {
			t.Errorf("with a word for it: %+v (%v)", r, err)
		}
	})
}

// TestManyWeighed: what a file makes of many people is looked at within the time for which others may be
// kept waiting: a part of it before the lock, and no look under it without asking how long it took.
func TestManyWeighed(t *testing.T) {
	const people = 50
	looks := 0
	clock := func() time.Time { // a second between two looks
		looks++
		return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(looks) * time.Second)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		looks = 0
		n := node{t, d, bundle.Objects(d)}
		institution := "---\nkind: institution\nkey: nia\nnames:\n  - name:\n      en: NIA\n"
		all := start + institution
		for i := range people {
			all += fmt.Sprintf("---\nkind: person\nkey: p%d\ntitle:\n  en: P\nposts:\n  - institution: nia\nfunctions:\n  - function: contributor\n", i)
		}
		n.load(all)
		size := n.ledgerSize()
		change := start + institution + "standings:\n  - as: observer\n    from: 2090\n"
		if _, err := n.try(change, bundle.Options{Beside: true}); !fault.Is(err, fault.TooLarge) || n.ledgerSize() != size {
			t.Errorf("beside others: %v", err)
		}
		if r, err := n.try(change, bundle.Options{}); err != nil || r.Changed != 1 {
			t.Errorf("alone: %v (%v)", r.Tally, err)
		}
	}, db.Options{Clock: clock, Volatile: true})
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := node{t, d, bundle.Objects(d)}
		n.load(start + "---\nkind: institution\nkey: nia\nnames:\n  - name:\n      en: NIA\n")
		stop := fault.New(fault.TooLarge, "")
		if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := roster.Weigh(ctx, tx, []roster.Change{{ID: n.id("institution", "nia"), Old: &roster.Institution{}, New: &roster.Institution{}}}, func() error { return stop })
			return err
		}); !fault.Is(err, fault.TooLarge) {
			t.Errorf("it went on: %v", err)
		}
	})
}

// TestCircleOfASide: who owns a side's circle in a file, and its members, belong to that side.
func TestCircleOfASide(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		file := start + "---\nkind: side\nkey: cn\nname:\n  en: CN\n---\nkind: side\nkey: eu\nname:\n  en: EU\n"
		circle := func(owner, members string) string {
			return "---\nkind: circle\nkey: c\nowner: " + owner + "\nside: cn\nname:\n  en: C\nmembers: [" + members + "]\n"
		}
		after := "---\nkind: institution\nkey: nia\nnames:\n  - name:\n      en: NIA\nstandings:\n  - as: side\n    side: cn\n" +
			"---\nkind: institution\nkey: eud\nnames:\n  - name:\n      en: EUD\nstandings:\n  - as: side\n    side: eu\n"
		for _, x := range [][3]string{{"eud", "nia", "owner"}, {"nia", "nia, eud", "members.1"}} {
			_, err := n.try(file+circle(x[0], x[1])+after, bundle.Options{})
			if f := fieldsOf(err); len(f) != 1 || f[0].Path != x[2] || f[0].Line == 0 {
				t.Errorf("owned by %s, of %s: %v", x[0], x[1], err)
			}
		}
		n.load(file + circle("nia", "nia") + after)
		n.sound()
	})
}
