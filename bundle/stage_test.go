package bundle_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"entente/access"
	"entente/bundle"
	"entente/dialogue"
	"entente/internal/db"
	"entente/internal/db/dbtest"
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
		const many = bundle.MostBeside / 10
		for i := range many {
			fmt.Fprintf(&b, "---\nkind: round\nkey: r%d\nlevel: summit\ntitle:\n  en: R\n", i)
		}
		large := start
		for i := range 500 {
			large += fmt.Sprintf("---\nkind: news\nkey: n%d\ndate: 2020\ntitle:\n  en: N\nbody:\n  en: %s\n", i, strings.Repeat("many words ", bundle.MostBeside*200/500/11))
		}
		meeting := start + "---\nkind: meeting\nkey: m\ntype: seminar\nstate: planned\ntitle:\n  en: M\nagenda:\n" + strings.Repeat("  - title: {en: I}\n", 400)
		var lists strings.Builder // few objects and short texts, but long lists
		lists.WriteString(start)
		for i := range bundle.MostBeside / 400 {
			lists.WriteString(strings.Replace(strings.TrimPrefix(meeting, start), "key: m", fmt.Sprint("key: m", i), 1))
		}
		// Another holds the lock all the while.
		if err := n.d.Write(t.Context(), func(context.Context, *db.Tx) error {
			for _, src := range []string{b.String(), large, lists.String()} {
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
		if r, err := n.try(b.String(), bundle.Options{}); err != nil || r.Created != many {
			t.Errorf("alone: %v (%v)", r.Tally, err)
		}
		n.sound()
	})
}

// TestLongBesideOthers: what takes long is undone where others wait, whatever it weighs.
func TestLongBesideOthers(t *testing.T) {
	var read atomic.Int64 // each look at the clock takes two seconds
	clock := func() time.Time {
		return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(read.Add(2)) * time.Second)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := node{t, d, bundle.Objects(d)}
		src := start + "---\nkind: side\nkey: eu\nname:\n  en: EU\n"
		if _, err := n.try(src, bundle.Options{Beside: true}); !fault.Is(err, fault.TooLarge) || n.ledgerSize() != 0 {
			t.Errorf("beside others: %v", err)
		}
		if r, err := n.try(src, bundle.Options{}); err != nil || r.Created != 2 {
			t.Errorf("alone: %v (%v)", r.Tally, err)
		}
	}, db.Options{Clock: clock, Volatile: true})
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
