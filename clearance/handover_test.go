package clearance_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/clearance"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/files"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/library"
	"entente/roster"
	"entente/standard/tlp"
)

// succeeded is NIA with what it wrote inside: for itself, as an answer to that, about what its successor
// MPS does not read, for a person under RED, and for a person beside the institutions.
type succeeded struct {
	*node
	nia, mps                              ref.Institution
	heir                                  access.Actor // MPS's focal point, whom the side let in
	note, answer, strict, red, own, paper ref.ID
}

func succession(t *testing.T, d *db.DB) *succeeded {
	t.Helper()
	n := &succeeded{node: example(t, d)}
	nia := n.as("cn-focal-point")
	n.nia, n.mps = nia.Institution, ref.Institution(n.id("institution", "mps"))
	_, _, n.strict = n.node.strict()
	open := func(title string, re ref.ID, mark tlp.Label, a access.Audience) ref.ID {
		t.Helper()
		v := note(title)
		v.Re = ref.Note(re)
		o, err := n.s.Open(t.Context(), nia, n.id("meeting", launch), v, mark, a)
		if err != nil {
			t.Fatal(err)
		}
		return o.ID
	}
	n.note = open("甲", "", tlp.AMBERSTRICT, n.in("nia"))
	n.answer = open("乙", n.note, tlp.AMBERSTRICT, n.in("nia"))
	n.red = open("丙", "", tlp.RED, access.Audience{access.PersonOf(nia.Person)})
	n.own = open("丁", "", tlp.AMBERSTRICT, access.Audience{access.PersonOf(nia.Person)})

	store, err := files.Open(t.TempDir(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	l := library.New(d, store, files.Scanner{})
	in, err := l.Receive(t.Context(), library.Upload{Name: "a.txt", Data: strings.NewReader("text")})
	if err != nil {
		t.Fatal(err)
	}
	f, err := l.Add(t.Context(), nia, n.note, library.File{Title: text.Both("", "附件")}, in, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	n.paper = f.ID

	h, err := n.objects.Create(t.Context(), access.Operator("test"), "person", access.Header{Dialogue: nia.Dialogue, Key: "heir"}, &roster.Person{
		Title: text.Both("Focal point, MPS", "公安部联络员"), Posts: []roster.Post{{Institution: n.mps}}, Functions: []roster.Held{{Function: access.FocalPoint}},
	})
	if err == nil {
		err = n.admit(ref.Person(h.ID))
	}
	if err != nil {
		t.Fatal(err)
	}
	n.heir = n.as("heir")
	return n
}

// names lets the project team name NIA's successor, or end it.
func (n *succeeded) names(successor string, ended when.Date) {
	n.Helper()
	n.want(n.decide(n.node.as("project-team"), "nia", func(i *roster.Institution) {
		i.Ended, i.Successors = ended, []roster.Succession{{Institution: ref.Institution(n.id("institution", successor))}}
	}), "")
}

func (n *succeeded) passing(who access.Actor) clearance.Passing {
	n.Helper()
	p, err := n.s.Passing(n.Context(), who, n.nia, n.mps, "zh")
	if err != nil {
		n.Fatal(err)
	}
	return p
}

func (n *succeeded) hand(who access.Actor, seen string, chosen ...ref.ID) error {
	_, err := n.s.HandOver(n.Context(), who, n.objects, n.nia, n.mps, chosen, seen)
	return err
}

func (n *succeeded) take(who access.Actor) error {
	_, err := n.s.TakeBack(n.Context(), who, n.objects, n.nia, n.mps)
	return err
}

// readBy compares what somebody reads of NIA's notes with what they are to read.
func (n *succeeded) readBy(what string, who access.Actor, want ...ref.ID) {
	n.Helper()
	for name, id := range map[string]ref.ID{"note": n.note, "answer": n.answer, "file": n.paper, "note about what is narrow": n.strict, "note under RED": n.red, "note for a person": n.own} {
		if got := n.reads(who, id); got != slices.Contains(want, id) {
			n.Errorf("%s: the %s is read: %v", what, name, got)
		}
	}
}

// refused asks the page and the acts.
func (n *succeeded) refused(what string, who access.Actor, k fault.Kind) {
	n.Helper()
	_, err := n.s.Handing(n.Context(), who, n.nia, "zh")
	_, looked := n.s.Passing(n.Context(), who, n.nia, n.mps, "zh")
	for door, err := range map[string]error{"page": err, "look": looked, "act": n.hand(who, "", n.note), "taking back": n.take(who)} {
		if fault.Of(err) != k {
			n.Errorf("%s: the %s gives %v, want %s", what, door, err, k)
		}
	}
}

// TestHandOverInside: a focal point of the institution hands over, of what they read, what they choose;
// the successor reads it and its files and changes nothing; nobody else can, and it can be taken back.
func TestHandOverInside(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := succession(t, d)
		nia := n.as("cn-focal-point")
		if _, err := n.s.Passing(t.Context(), nia, n.nia, n.mps, "zh"); !fault.Is(err, fault.NotFound) {
			t.Errorf("to an institution that the register does not name: %v", err)
		}
		n.names("mps", "")
		n.readBy("succession alone", n.heir)
		n.refused("the project team, which named the successor", n.as("project-team"), fault.NotFound)
		n.refused("an administrator", n.as("administrator"), fault.NotFound)
		n.refused("the donor", n.as("donor"), fault.NotFound)
		n.refused("a command of the operator", access.Operator("test"), fault.NotFound)
		n.refused("the other side", n.as("eu-focal-point"), fault.NotFound)
		n.refused("a contributor", n.as("cn-contributor"), fault.Forbidden)
		n.refused("the successor itself", n.heir, fault.Forbidden)

		p := n.passing(nia)
		var ids, left []ref.ID
		for _, o := range p.Notes {
			ids = append(ids, o.ID)
		}
		for _, o := range p.LeftOut {
			left = append(left, o.ID)
		}
		if p.Blind || !slices.Equal(ids, []ref.ID{n.note, n.answer, n.own}) || !slices.Equal(left, []ref.ID{n.strict, n.red}) || p.People != 1 || p.Mark != tlp.AMBERSTRICT {
			t.Errorf("what is offered: %v, left out %v, of %d people, %s", ids, left, p.People, p.Mark)
		}
		n.want(n.hand(nia, "another", n.note), fault.Conflict)
		n.want(n.hand(nia, p.Seen), fault.Invalid)
		n.want(n.hand(nia, p.Seen, n.answer), fault.Invalid)         // without what it answers
		n.want(n.hand(nia, p.Seen, n.note, n.strict), fault.Invalid) // about what the successor does not read
		n.want(n.hand(nia, p.Seen, n.note, n.id("meeting", launch)), fault.Invalid)
		n.readBy("after refusals", n.heir)
		n.want(n.hand(nia, p.Seen, n.note, n.answer), "")
		n.readBy("handed over", n.heir, n.note, n.answer, n.paper)
		n.readBy("handed over", n.as("cn-ministry"))
		n.readBy("handed over", n.as("project-team"))

		h, v, err := n.objects.Get(t.Context(), n.heir, n.note)
		if err != nil || h.Owner != ref.ID(n.nia) || h.Rev != 2 {
			t.Fatalf("the note as the successor reads it: %+v (%v)", h, err)
		}
		_, err = n.objects.Edit(t.Context(), n.heir, h.ID, h.Rev, v, "")
		n.want(err, fault.Forbidden)
		n.want(n.objects.SetAudience(t.Context(), n.heir, h.ID, h.Rev, h.Mark, n.in("mps"), "x"), fault.Forbidden)
		vs, err := n.objects.History(t.Context(), n.heir, n.note, 0, 10)
		if err != nil || len(vs) != 1 || vs[0].Act != "inside.handover" || vs[0].By.Person != ref.ID(nia.Person) || vs[0].By.Operator != "" {
			t.Errorf("what the successor sees of the history: %+v (%v)", vs, err)
		}
		o, err := n.s.Get(t.Context(), n.heir, ref.Note(n.note))
		as, err2 := n.s.AsSuccessor(t.Context(), o)
		if err := errors.Join(err, err2); err != nil || !slices.Equal(as[n.note], n.in("mps")) {
			t.Errorf("it is read as successor by %v (%v)", as, err)
		}

		// What the owner opened otherwise stays when it is taken back, also where the register was corrected.
		n.want(n.objects.SetAudience(t.Context(), nia, n.own, 1, tlp.AMBERSTRICT, append(n.in("mps"), access.PersonOf(nia.Person)), "x"), "")
		n.want(n.decide(access.Operator("test"), "nia", func(i *roster.Institution) { i.Successors = nil }), "")
		got, err := n.s.Handing(t.Context(), nia, n.nia, "zh")
		if err != nil || len(got.Successors) != 0 || len(got.Given) != 1 || got.Given[0].Notes != 2 {
			t.Errorf("what can be taken back: %v (%v)", got.Given, err)
		}
		n.want(n.take(nia), "")
		n.readBy("taken back", n.heir, n.own)
		n.readBy("taken back", nia, n.note, n.answer, n.paper, n.strict, n.red, n.own)
		n.want(n.take(nia), fault.NotFound)
		n.verified()
	})
}

// TestLeadHandsOverInside: the side's lead hands over as a whole what it does not read, also once the
// institution has ended, and then its own people do not; it reads nothing by that, and not as successor.
func TestLeadHandsOverInside(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := succession(t, d)
		lead, nia := n.as("cn-ministry"), n.as("cn-focal-point")
		n.names("mfa", "")
		if h, err := n.s.Handing(t.Context(), lead, n.nia, "zh"); err != nil || len(h.Successors) != 0 {
			t.Errorf("the lead hands over to itself: %+v (%v)", h, err)
		}
		if _, err := n.s.HandOver(t.Context(), lead, n.objects, n.nia, lead.Institution, nil, ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("the lead hands over to itself: %v", err)
		}
		n.names("mps", "2021")
		n.refused("the institution's own people after its end", n.as("cn-focal-point"), fault.Forbidden)
		p := n.passing(lead)
		// Once it has ended its successor reads the narrow meeting as such, so that the note on it passes too.
		if !p.Blind || p.Count != 3 || p.Left != 2 || len(p.Notes)+len(p.LeftOut) != 0 {
			t.Errorf("the lead is told of %d notes and %d that stay, and shown %d", p.Count, p.Left, len(p.Notes)+len(p.LeftOut))
		}
		n.readBy("before", lead)
		n.want(n.hand(lead, p.Seen), "")
		n.readBy("handed over by the lead", n.as("heir"), n.note, n.answer, n.paper, n.strict)
		n.readBy("handed over by the lead", lead)
		vs, err := n.objects.History(t.Context(), n.heir, n.paper, 0, 10)
		if err != nil || len(vs) != 1 || vs[0].Act != "inside.handover" || vs[0].By.Institution != ref.ID(lead.Institution) || vs[0].By.Operator != "" {
			t.Errorf("the history of the file: %+v (%v)", vs, err)
		}
		if p := n.passing(lead); p.Count != 0 || len(p.Given) != 1 || p.Given[0].Notes != 3 {
			t.Errorf("afterwards the lead is told of %d notes, %v", p.Count, p.Given)
		}
		n.want(n.take(lead), "")
		n.readBy("taken back by the lead", n.heir)
		n.readBy("taken back by the lead", lead)
		n.readBy("taken back by the lead", nia, n.note, n.answer, n.paper, n.strict, n.red, n.own)

		// An institution that stood on both sides has no inner room to hand over, nor one to receive.
		both := func(key string) {
			n.want(n.decide(access.Operator("test"), key, func(i *roster.Institution) {
				i.Successors, i.Ended = nil, ""
				i.Standings = append([]roster.Period{{As: roster.OnSide, Side: n.as("eu-focal-point").Side, Until: "1990"}}, i.Standings...)
				i.Standings[1].From = "1991"
			}), "")
		}
		n.names("mps", "")
		both("mps")
		if h, err := n.s.Handing(t.Context(), lead, n.nia, "zh"); err != nil || len(h.Successors) != 0 {
			t.Errorf("to one that stood on both sides: %+v (%v)", h, err)
		}
		both("nia")
		if _, err := n.s.Handing(t.Context(), lead, n.nia, "zh"); !fault.Is(err, fault.NotFound) {
			t.Errorf("of one that stood on both sides: %v", err)
		}
		n.verified()
	})
}

// TestHandDoor: the door by which a note is written unread opens for nothing else: for nobody outside the
// side or without the act, no other act, no other reader, no object outside a room; and past the rule of
// the inner room it leads by the handover alone.
func TestHandDoor(t *testing.T) {
	n := succession(t, dbtest.New(t))
	n.names("mps", "")
	lead, is := n.as("cn-ministry"), access.InsideOf(n.mps)
	hand := func(who access.Actor, act string, id ref.ID, p access.Principal) error {
		return n.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			return clearance.Notes.Hand(ctx, tx, who, act, id, p, true)
		})
	}
	for what, err := range map[string]error{
		"the project team":       hand(n.as("project-team"), "inside.handover", n.note, is),
		"the other side":         hand(n.as("eu-focal-point"), "inside.handover", n.note, is),
		"the operator":           hand(access.Operator("test"), "inside.handover", n.note, is),
		"a contributor":          hand(n.as("cn-contributor"), "inside.handover", n.note, is),
		"another act":            hand(lead, "note.audience", n.note, is),
		"an act of no policy":    hand(lead, "inside.x", n.note, is),
		"a person":               hand(lead, "inside.handover", n.note, access.PersonOf(lead.Person)),
		"the institution whole":  hand(lead, "inside.handover", n.note, access.InstitutionOf(n.mps)),
		"not by the handover":    hand(lead, "inside.handover", n.note, is),
		"itself":                 hand(lead, "inside.handover", n.note, access.InsideOf(lead.Institution)),
		"what is shared":         hand(lead, "inside.handover", n.id("meeting", launch), is),
		"what is marked for one": hand(lead, "inside.handover", n.red, is),
	} {
		if err == nil {
			t.Errorf("the door opens to %s", what)
		}
	}
	n.readBy("by the door", n.heir)
	n.readBy("by the door", lead)
	n.verified()
}

// TestHandedInTurns: what is more than passes at once passes by the next handover, and is taken back so.
func TestHandedInTurns(t *testing.T) {
	n := succession(t, dbtest.New(t))
	n.names("mps", "")
	lead := n.as("cn-ministry")
	clearance.AtOnce(t, 1)
	p := n.passing(lead)
	if p.Count != 1 || p.More != 1 || p.Left != 3 {
		t.Errorf("at first %d pass, %d more, %d never", p.Count, p.More, p.Left)
	}
	n.want(n.hand(lead, p.Seen), "")
	n.readBy("after the first", n.heir, n.note, n.paper)
	n.want(n.hand(lead, n.passing(lead).Seen), "")
	n.readBy("after the second", n.heir, n.note, n.paper, n.answer)
	n.want(n.take(lead), "")
	n.want(n.take(lead), "")
	n.readBy("taken back", n.heir)
	n.want(n.take(lead), fault.NotFound)
	n.verified()
}
