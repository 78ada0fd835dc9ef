package bundle_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"entente/access"
	"entente/bundle"
	"entente/dialogue"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/text"
	"entente/roster"
)

// TestBesideOthers: what an import would write is known before the node's lock is taken, and what
// would keep others waiting is refused beside them. Where nobody else works it is written.
func TestBesideOthers(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		var b strings.Builder
		b.WriteString(start)
		for i := range bundle.MostBeside {
			fmt.Fprintf(&b, "---\nkind: round\nkey: r%d\nlevel: summit\ntitle:\n  en: R\n", i)
		}
		large := start
		for i := range 500 {
			large += fmt.Sprintf("---\nkind: news\nkey: n%d\ndate: 2020\ntitle:\n  en: N\nbody:\n  en: %s\n", i, strings.Repeat("many words ", bundle.BytesBeside/500/11))
		}
		// Another holds the lock all the while.
		if err := n.d.Write(t.Context(), func(context.Context, *db.Tx) error {
			for _, src := range []string{b.String(), large} {
				if _, err := n.try(src, bundle.Options{Beside: true}); !fault.Is(err, fault.TooLarge) || len(fieldsOf(err)) > 0 {
					return fmt.Errorf("beside others: %w", err)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if n.ledgerSize() != 0 {
			t.Error("something was written")
		}
		// What stands as the file says is not counted.
		n.load(start + "---\nkind: round\nkey: r\nlevel: summit\ntitle:\n  en: R\n")
		if r, err := n.try(start, bundle.Options{Beside: true}); err != nil || r.Unchanged != 1 {
			t.Errorf("a small one: %+v (%v)", r, err)
		}
		if r, err := n.try(b.String(), bundle.Options{}); err != nil || r.Created != bundle.MostBeside {
			t.Errorf("alone: %v (%v)", r.Tally, err)
		}
		n.sound()
	})
}

// TestMoved: what somebody writes while an import is staged is neither lost nor written over
// unseen: the import looks again.
func TestMoved(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		n.load(start + "---\nkind: side\nkey: eu\nname:\n  en: EU\n")
		id, moves := n.id("side", "eu"), 0
		meddle := 0 // how often somebody writes while it looks
		sides := *roster.Sides
		sides.Fill = func(s *roster.Side) {
			if moves++; moves > meddle {
				return
			}
			h, _, err := n.objects.Get(t.Context(), operator, id)
			if err == nil {
				_, err = n.objects.Edit(t.Context(), operator, id, h.Rev, &roster.Side{Name: text.Both(fmt.Sprint("Meanwhile ", meddle, moves), "")}, "")
			}
			if err != nil {
				t.Error(err)
			}
		}
		objects := access.NewObjects(n.d, dialogue.Dialogues, &sides)
		for meddle = range 3 {
			moves = 0
			size := n.ledgerSize()
			other := node{t, n.d, objects}
			name := fmt.Sprint("Name ", meddle)
			if r := other.load(start + "---\nkind: side\nkey: eu\nname:\n  en: " + name + "\n"); r.Changed != 1 {
				t.Errorf("%+v", r)
			}
			_, v, err := n.objects.Get(t.Context(), operator, id)
			if err != nil || v.(*roster.Side).Name.Get("en") != name || n.ledgerSize() != size+int64(meddle)+1 {
				t.Errorf("%v after %v (%v)", v, n.acts(size), err)
			}
		}
		n.sound()
	})
}
