package clearance

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/roster"
	"entente/standard/tlp"
)

// The acts by which what stands inside an institution is opened to who succeeded it, and shut again.
const (
	handOver = "inside.handover"
	takeBack = "inside.take-back"
)

// mostHanded bounds the notes of one handover. What is more passes by the next.
var mostHanded = mostNotes // a test has fewer

// Handing is what the actor may hand over of an institution, and to whom.
type Handing struct {
	Institution access.Object[roster.Institution]
	Blind       bool // as the side's lead: as a whole, of which the actor reads nothing
	Successors  []access.Object[roster.Institution]
	Given       []Given
}

// Given is a successor to whom notes were handed over that it reads still.
type Given struct {
	To    access.Title
	Notes int
}

// Passing is what would pass to a successor.
type Passing struct {
	Handing
	To      access.Object[roster.Institution]
	Count   int                   // how many notes would pass now
	People  int                   // who would read it today
	Notes   []access.Object[Note] // at most 500; without what is in them to who hands over blindly
	More    int                   // that pass by the next handover
	Left    int                   // that cannot pass
	LeftOut []access.Object[Note] // these, to who reads them
	Mark    tlp.Label             // the strictest
	Seen    string                // all of this in one word: what is done is what was seen
}

// Handing gives what the actor may hand over of an institution. NotFound to who is not inside the side on
// which alone it stood, Forbidden to who is neither a focal point of it, as long as it goes on, nor one of
// the side's lead.
func (s *Service) Handing(ctx context.Context, who access.Actor, of ref.Institution, lang text.Lang) (h Handing, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		h, err = handing(ctx, tx, who, of, lang)
		return err
	})
	return h, err
}

func handing(ctx context.Context, tx *db.Tx, who access.Actor, of ref.Institution, lang text.Lang) (h Handing, err error) {
	if h.Blind, err = hands(ctx, tx, who, handOver, of); err != nil {
		return h, err
	}
	if h.Institution, err = roster.Institutions.Load(ctx, tx, who, ref.ID(of)); err != nil {
		return h, err
	}
	heirs, err := roster.Heirs(ctx, tx, of)
	if err != nil {
		return h, err
	}
	for _, i := range heirs {
		o, err := successor(ctx, tx, who, of, i)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return h, err
		}
		h.Successors = append(h.Successors, o)
	}
	given, err := given(ctx, tx, who, h.Blind, of)
	if err != nil {
		return h, err
	}
	var ids []ref.ID
	for p := range given {
		ids = append(ids, p.ID())
	}
	ts, err := access.Titles(ctx, tx, who, lang, ids...)
	for p, notes := range given {
		t := ts[p.ID()]
		t.ID = p.ID()
		h.Given = append(h.Given, Given{t, len(notes)})
	}
	slices.SortFunc(h.Given, func(a, b Given) int { return strings.Compare(a.To.ID, b.To.ID) })
	return h, err
}

// hands says whether the actor hands over what stands inside an institution, and whether unread: a focal
// point of its own knows what they hand over; the side's lead, who may have to do it when nobody of the
// institution acts any more, does not read it by that.
func hands(ctx context.Context, tx *db.Tx, who access.Actor, act string, of ref.Institution) (blind bool, err error) {
	if !who.Inside() {
		return false, fault.New(fault.NotFound, "")
	}
	side, err := roster.InnerRoom(ctx, tx, of)
	if err != nil {
		return false, err
	}
	if side != who.Side {
		return false, fault.New(fault.NotFound, "")
	}
	if err := access.May(who, act, access.Header{Kind: noteKind, Dialogue: who.Dialogue, Owner: ref.ID(of)}); err != nil {
		return false, err
	}
	if who.Institution == of {
		return false, nil
	}
	leads, err := roster.Leads(ctx, tx, who.Side)
	if err == nil && !slices.Contains(leads, who.Institution) {
		err = fault.New(fault.Forbidden, "fault.handover-inside")
	}
	return true, err
}

// successor gives an institution to which the actor may hand over: the register names it as successor, it
// stands on the actor's side, has an inner room there, and is another than the actor's own. Nobody gives
// themselves what they may not read.
func successor(ctx context.Context, tx *db.Tx, who access.Actor, of, to ref.Institution) (o access.Object[roster.Institution], err error) {
	heirs, err := roster.Heirs(ctx, tx, of)
	if err != nil {
		return o, err
	}
	if !slices.Contains(heirs, to) || to == of || to == who.Institution {
		return o, fault.New(fault.NotFound, "")
	}
	if o, err = roster.Institutions.Load(ctx, tx, who, ref.ID(to)); err != nil {
		return o, err
	}
	reader, err := somebody(ctx, tx, who.Dialogue, access.InsideOf(to))
	if err == nil && (reader.Side != who.Side || !reader.Inside()) {
		err = fault.New(fault.NotFound, "")
	}
	return o, err
}

// each gives the notes of an institution one by one, in the order in which they came, with their
// audiences: to who hands over what they read those, to the side's lead all.
func each(ctx context.Context, tx *db.Tx, who access.Actor, blind bool, of ref.Institution, fn func(access.Object[Note]) error) error {
	reader := who
	if blind {
		reader = access.Operator("hand")
	}
	for after := ""; ; {
		var a db.Args
		page, err := Notes.List(ctx, tx, reader, access.Select{
			Args: &a, Where: `o.owner = ` + a.Add(of) + ` and o.room = ` + a.Add(who.Side) + ` and o.dialogue = ` + a.Add(who.Dialogue) + ` and o.id > ` + a.Add(after), Order: `o.id`, Limit: mostNotes,
		})
		if err != nil {
			return err
		}
		var ids []ref.ID
		for _, n := range page {
			ids = append(ids, n.ID)
		}
		audiences, err := access.Audiences(ctx, tx, reader, ids...)
		if err != nil {
			return err
		}
		for _, n := range page {
			n.Audience, after = audiences[n.ID], n.ID
			if err := fn(n); err != nil {
				return err
			}
		}
		if len(page) < mostNotes {
			return nil
		}
	}
}

// forPersons says whether a note is limited to named persons alone.
func forPersons(h access.Header) bool {
	return !slices.ContainsFunc(h.Audience, func(p access.Principal) bool { return p.Kind() != "person" })
}

// Passing gives what would pass to a successor, where the actor chooses among it that alone. Faults: as
// Handing, and NotFound for who is no successor.
func (s *Service) Passing(ctx context.Context, who access.Actor, of, to ref.Institution, lang text.Lang) (p Passing, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		h, err := handing(ctx, tx, who, of, lang)
		if err != nil {
			return err
		}
		p, err = passing(ctx, tx, who, h.Blind, of, to, nil)
		if p.Handing = h; err != nil || !h.Blind {
			return err
		}
		p.Notes = nil // who hands over blindly is told a number
		return nil
	})
	return p, err
}

// passing finds what can pass of all notes, or of those chosen. A note passes where the successor's
// people read what it is about, and what it answers, or where that passes with it.
func passing(ctx context.Context, tx *db.Tx, who access.Actor, blind bool, of, to ref.Institution, chosen []ref.ID) (p Passing, err error) {
	if p.To, err = successor(ctx, tx, who, of, to); err != nil {
		return p, err
	}
	people, err := roster.Insiders(ctx, tx, to)
	if err != nil {
		return p, err
	}
	p.People = len(people)
	is := access.InsideOf(to)
	reader, err := somebody(ctx, tx, who.Dialogue, is)
	if err != nil {
		return p, err
	}
	var marks []tlp.Label
	passes := map[ref.ID]access.Audience{}
	reads := func(h *access.Header) bool {
		return h == nil || reader.Reads(*h) || passes[h.ID] != nil || passes[h.Parent] != nil && follows(of, passes[h.Parent])(*h)
	}
	err = each(ctx, tx, who, blind, of, func(n access.Object[Note]) error {
		if n.Audience.Has(is) || chosen != nil && !slices.Contains(chosen, n.ID) {
			return nil
		}
		// Of an older note the rule does not ask whether its owner reads what it is about still.
		a, err := aboutOf(ctx, tx, who, &access.Object[Note]{Header: access.Header{Rev: 2}, Value: n.Value})
		if err != nil {
			return err
		}
		switch {
		case !access.Fits(n.Mark, is) || blind && forPersons(n.Header) || !reads(a.object) || !reads(a.note):
			p.Left++
			if !blind {
				p.LeftOut = append(p.LeftOut, n)
			}
		case len(p.Notes) == mostHanded:
			p.More++
			passes[n.ID] = n.Audience // by then
		default:
			passes[n.ID] = n.Audience
			p.Notes = append(p.Notes, n)
			marks = append(marks, n.Mark)
		}
		return nil
	})
	p.Mark, p.Count = tlp.Strictest(marks...), len(marks)
	// What is seen stands for what is done: to whom it opens, and each note as it is.
	seen := []string{string(of), string(to)}
	for _, q := range people {
		seen = append(seen, string(q))
	}
	var ids []ref.ID
	for _, n := range p.Notes {
		ids = append(ids, n.ID)
		seen = append(seen, n.ID+" "+strings.Join(strs(n.Audience), " "))
		if !blind { // who reads none of them is told of no change in them
			seen = append(seen, string(n.Mark)+" "+strconv.FormatInt(n.Rev, 10))
		}
	}
	if !blind && err == nil {
		held, failed := access.AttachedTo(ctx, tx, who, ids...)
		if failed != nil {
			return p, failed
		}
		seen = append(seen, held.String())
	}
	h := sha256.Sum256([]byte(strings.Join(seen, "\n")))
	p.Seen = hex.EncodeToString(h[:16])
	return p, err
}

func strs(a access.Audience) (out []string) {
	for _, p := range a {
		out = append(out, string(p))
	}
	return out
}

// follows says of a file whether it passes with the note that it is attached to: one that the
// institution's people read as such, or that has the readers of the note. One that its owner keeps to
// fewer stays with these.
func follows(of ref.Institution, note access.Audience) func(access.Header) bool {
	return func(h access.Header) bool {
		return h.Audience.Has(access.InsideOf(of)) || slices.Equal(h.Audience, note)
	}
}

// handed is how a note is kept that is handed over. The rule of the inner room wants the actor among the
// readers, and would let one reader who left the side since stand in the way of all notes; here the actor
// may be the side's lead, and one institution alone is added. Of that one the same is asked.
func handed(to access.Principal) *access.Kind[Note] {
	k := *Notes
	k.After = func(ctx context.Context, tx *db.Tx, who access.Actor, o *access.Object[Note]) error {
		about, err := aboutOf(ctx, tx, who, o)
		if err != nil {
			return err
		}
		var f fault.Fields
		if err := about.admits(ctx, tx, o, to, &f); err != nil {
			return err
		}
		return f.Err()
	}
	return &k
}

// HandOver opens the notes of an institution to a successor, with their files: the act "inside.handover"
// on each, all or nothing, at most 500 at once. Who reads them chooses; the side's lead hands over all. Seen is what
// Passing said: Conflict where it is another by now. Faults: as Passing, and Invalid where a note that was
// chosen cannot pass, as one that answers another which was not. It gives how many passed.
func (s *Service) HandOver(ctx context.Context, who access.Actor, objects *access.Objects, of, to ref.Institution, chosen []ref.ID, seen string) (n int, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		blind, err := hands(ctx, tx, who, handOver, of)
		if err != nil {
			return err
		}
		p, err := passing(ctx, tx, who, blind, of, to, nil)
		if err != nil {
			return err
		}
		if p.Seen != seen {
			return fault.New(fault.Conflict, "")
		}
		wanted := len(p.Notes)
		if !blind {
			if chosen = slices.Clone(chosen); chosen == nil {
				chosen = []ref.ID{}
			}
			slices.Sort(chosen)
			chosen = slices.Compact(chosen)
			wanted = len(chosen)
			if p, err = passing(ctx, tx, who, blind, of, to, chosen); err != nil {
				return err
			}
		}
		if len(p.Notes) == 0 || len(p.Notes) < wanted {
			var f fault.Fields
			f.Add("open", "", "fault.handover-notes")
			return f.Err()
		}
		is := access.InsideOf(to)
		kind := handed(is)
		for _, o := range p.Notes {
			if err := kind.Hand(ctx, tx, who, handOver, o.ID, is, true); err != nil {
				return err
			}
			if err := objects.HandParts(ctx, tx, who, handOver, o.ID, is, true, follows(of, o.Audience)); err != nil {
				return err
			}
		}
		n = len(p.Notes)
		return nil
	})
	return n, err
}

// given gives the notes of an institution that were handed over and are read by that still, by whom they
// were handed over to: what its owner opened otherwise is not among them.
func given(ctx context.Context, tx *db.Tx, who access.Actor, blind bool, of ref.Institution) (map[access.Principal][]ref.ID, error) {
	var ids []ref.ID
	err := each(ctx, tx, who, blind, of, func(n access.Object[Note]) error {
		if openedBeside(n) {
			ids = append(ids, n.ID)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	by, err := Notes.OpenedBy(ctx, tx, handOver, ids...)
	out := map[access.Principal][]ref.ID{}
	for _, id := range ids {
		for _, p := range by[id] {
			out[p] = append(out[p], id)
		}
	}
	return out, err
}

// openedBeside says whether a note was opened, after it was written, to the inside of another institution
// than its own, as a handover does among others.
func openedBeside(n access.Object[Note]) bool {
	return n.Rev > 1 && slices.ContainsFunc(n.Audience, func(p access.Principal) bool { return p.Kind() == "inside" && p.ID() != n.Owner })
}

// TakeBack shuts to an institution what was handed over to it: the act "inside.take-back" on each note and
// its files, at most 500 at once. Whoever may hand over may take back, whoever handed it over, also where the register
// names that successor no longer. Faults: as Handing, and NotFound where there is nothing.
func (s *Service) TakeBack(ctx context.Context, who access.Actor, objects *access.Objects, of, from ref.Institution) (n int, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		blind, err := hands(ctx, tx, who, takeBack, of)
		if err != nil {
			return err
		}
		given, err := given(ctx, tx, who, blind, of)
		if err != nil {
			return err
		}
		was := access.InsideOf(from)
		ids := given[was]
		if len(ids) == 0 {
			return fault.New(fault.NotFound, "")
		}
		ids = ids[:min(len(ids), mostHanded)]
		kind := *Notes
		kind.After = nil // nobody gains by it
		for _, id := range ids {
			if err := kind.Hand(ctx, tx, who, takeBack, id, was, false); err != nil {
				return err
			}
			if err := objects.HandParts(ctx, tx, who, takeBack, id, was, false, func(access.Header) bool { return true }); err != nil {
				return err
			}
		}
		n = len(ids)
		return nil
	})
	return n, err
}

// AsSuccessor gives those readers of some notes to whom they were handed over: they read them as
// successors. It is asked of notes that the actor may read, with their audiences.
func (s *Service) AsSuccessor(ctx context.Context, notes ...access.Object[Note]) (out map[ref.ID]access.Audience, err error) {
	var ids []ref.ID
	for _, n := range notes {
		if openedBeside(n) {
			ids = append(ids, n.ID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		out, err = Notes.OpenedBy(ctx, tx, handOver, ids...)
		return err
	})
	return out, err
}
