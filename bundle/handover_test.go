package bundle_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/account"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/roster"
)

// TestHandOver: what the institution opened to the predecessor by name passes where it was chosen,
// and nothing else does: not what belongs to others, not what the actor may not read.
func TestHandOver(t *testing.T) {
	each(t, func(t *testing.T, n node) {
		meeting := func(key, owner, people string) string {
			return "---\nkind: meeting\nkey: " + key + "\nmark: RED\naudience: [" + people + "]\nowner: " + owner + "\ntitle:\n  en: " + key + "\ntype: seminar\nstate: planned\n"
		}
		person := func(key, institution, function string) string {
			return "---\nkind: person\nkey: " + key + "\ntitle:\n  en: " + key + "\nposts:\n  - institution: " + institution + "\nfunctions:\n  - function: " + function + "\n"
		}
		n.load(start + "---\nkind: institution\nkey: nia\nnames:\n  - name:\n      en: NIA\n---\nkind: institution\nkey: mps\nnames:\n  - name:\n      en: MPS\n" +
			person("focal", "nia", "focal-point") + person("li", "nia", "contributor") + person("wang", "mps", "focal-point") + person("pm", "mps", "project-team") +
			meeting("ours", "nia", "person:focal") + meeting("kept", "nia", "person:focal, person:wang") + meeting("theirs", "mps", "person:focal") +
			meeting("closed", "nia", "person:pm") + meeting("both", "nia", "person:focal, person:pm"))
		id := func(key string) ref.ID { return n.id("meeting", key) }
		who := func(key string) access.Actor {
			a, err := roster.New(n.d).Actor(t.Context(), ref.Person(n.id("person", key)))
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		focal, li := who("focal"), who("li")
		offered := func(a access.Actor) (keys []string) {
			n.read(func(ctx context.Context, tx *db.Tx) error {
				ts, err := access.Naming(ctx, tx, a, "en", n.id("institution", "nia"), access.PersonOf(focal.Person))
				for _, t := range ts {
					keys = append(keys, t.Text)
				}
				slices.Sort(keys)
				return err
			})
			return keys
		}
		if got := offered(focal); !slices.Equal(got, []string{"both", "kept", "ours"}) {
			t.Errorf("the predecessor is offered %v", got)
		}
		if got := offered(who("pm")); !slices.Equal(got, []string{"both"}) {
			t.Errorf("the project team is offered %v", got)
		}
		h := account.Handover{From: focal.Person, Function: access.FocalPoint, To: li.Person}
		size := n.ledgerSize()
		for _, wrong := range []string{"theirs", "closed"} {
			if _, _, _, err := bundle.HandOver(t.Context(), n.d, n.objects, focal, h, []ref.ID{id("ours"), id(wrong)}); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", wrong, err)
			}
		}
		if _, _, _, err := bundle.HandOver(t.Context(), n.d, n.objects, who("pm"), h, []ref.ID{id("ours")}); !fault.Is(err, fault.NotFound) {
			t.Errorf("what the project team may not read: %v", err)
		}
		if n.ledgerSize() != size {
			t.Error("half of it was written")
		}
		if _, _, _, err := bundle.HandOver(t.Context(), n.d, n.objects, focal, h, []ref.ID{id("ours"), id("both")}); err != nil {
			t.Fatal(err)
		}
		if got := n.acts(size); strings.Join(got, " ") != "person.handover person.handover object.pass object.pass" {
			t.Errorf("the acts are %v", got)
		}
		for key, want := range map[string]bool{"ours": true, "both": true, "kept": false, "theirs": false, "closed": false} {
			head, _, err := n.objects.Get(t.Context(), who("li"), id(key))
			if (err == nil) != want {
				t.Errorf("%s: %v", key, err)
			}
			if want && (head.Mark != "TLP:RED" || !head.Audience.Has(access.PersonOf(focal.Person))) {
				t.Errorf("%s: %+v", key, head)
			}
		}
		n.sound()
	})
}
