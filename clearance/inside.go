package clearance

import (
	"context"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/roster"
	"entente/standard/tlp"
)

// inside holds the rule of the inner room, in the transaction of every act but those by which notes are
// handed over and taken back (handed): each of a note's readers is an institution that stands on the
// actor's side today, as far as its people work for the side (access.InsideOf), or such a person; each of
// them may read what the note is about, and the note that it answers; the actor is among them.
func inside(ctx context.Context, tx *db.Tx, who access.Actor, o *access.Object[Note]) error {
	if who.IsOperator() || !who.Inside() || who.Side != o.Value.Side {
		return fault.New(fault.Forbidden, "")
	}
	if o.Tombstone != "" {
		return nil
	}
	if o.Rev == 1 && !slices.Contains(who.Principals(), access.InstitutionOf(ref.Institution(o.Owner))) {
		return fault.New(fault.Forbidden, "")
	}
	var f fault.Fields
	if o.Mark.Compare(tlp.AMBERSTRICT) < 0 {
		f.Add("mark", string(o.Mark), "fault.note-mark")
	}
	if !slices.ContainsFunc(who.Principals(), o.Audience.Has) {
		f.Add("audience", "", "fault.audience-self")
	}
	about, err := aboutOf(ctx, tx, who, o)
	if err != nil {
		return err
	}
	for _, p := range o.Audience {
		own := slices.Contains(who.Principals(), p)
		if own && o.Rev > 1 {
			continue // what became of the object since keeps nobody from the own text
		}
		if err := about.admits(ctx, tx, o, p, &f); err != nil {
			return err
		}
	}
	return f.Err()
}

// somebody gives the actor behind an entry of a note's audience: the person, or anybody of the
// institution. Behind any other entry there is nobody, who is on no side.
func somebody(ctx context.Context, tx *db.Tx, d ref.Dialogue, p access.Principal) (a access.Actor, err error) {
	switch p.Kind() {
	case "inside":
		return roster.MemberOf(ctx, tx, d, ref.Institution(p.ID()))
	case "person":
		if a, err = roster.ActorFor(ctx, tx, ref.Person(p.ID())); fault.Is(err, fault.NotFound) {
			return access.Visitor, nil
		}
	}
	return a, err
}

// about is what a note speaks of: the object, and the note that it answers. What was removed since
// is nil, and keeps nobody from anything.
type about struct{ object, note *access.Header }

func (a about) readBy(who access.Actor) bool     { return a.object == nil || who.Reads(*a.object) }
func (a about) answeredBy(who access.Actor) bool { return a.note == nil || who.Reads(*a.note) }

// admits refuses a reader of a note who is not inside its side, or may not read what it is about.
func (a about) admits(ctx context.Context, tx *db.Tx, o *access.Object[Note], p access.Principal, f *fault.Fields) error {
	reader, err := somebody(ctx, tx, o.Dialogue, p)
	switch {
	case err != nil:
		return err
	case reader.Side != o.Value.Side || !reader.Inside():
		f.Add("audience", string(p), "fault.note-side")
	case !a.readBy(reader):
		f.Add("audience", string(p), "fault.note-object")
	case !a.answeredBy(reader):
		f.Add("audience", string(p), "fault.note-answer")
	}
	return nil
}

// aboutOf loads it. A new note is about what the actor may read; of an older one the rule holds also
// where that was taken out of the actor's sight.
func aboutOf(ctx context.Context, tx *db.Tx, who access.Actor, o *access.Object[Note]) (a about, err error) {
	asked := access.Operator("clearance")
	if o.Rev == 1 {
		asked = who
	}
	h, err := access.Find(ctx, tx, asked, o.Value.Of)
	switch {
	case err == nil && h.Kind == noteKind:
		return a, fault.New(fault.NotFound, "") // a note has no inner room of its own
	case err == nil:
		a.object = &h
	case o.Rev == 1 || !fault.Is(err, fault.NotFound):
		return a, err
	}
	if o.Value.Re == "" {
		return a, nil
	}
	re, err := access.Find(ctx, tx, asked, ref.ID(o.Value.Re))
	switch {
	case err == nil && (re.Kind != noteKind || re.Parent != o.Value.Of):
		return a, fault.New(fault.NotFound, "")
	case err == nil:
		a.note = &re
	case o.Rev == 1 || !fault.Is(err, fault.NotFound):
		return a, err
	}
	return a, nil
}
