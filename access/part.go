package access

import (
	"context"
	"database/sql"
	"slices"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/standard/tlp"
)

// Inside says whether all whom a principal of a part stands for may read the whole, though its
// audience does not name them: the people of an institution on a side that it names.
type Inside func(ctx context.Context, tx *db.Tx, whole Header, p Principal) (bool, error)

// covers says whether the whole's audience takes in a principal of a part.
func (in Inside) covers(ctx context.Context, tx *db.Tx, whole, part Header, p Principal) (bool, error) {
	if whole.Audience.Covers(Audience{p}, part.Dialogue) || in == nil {
		return whole.Audience.Covers(Audience{p}, part.Dialogue), nil
	}
	return in(ctx, tx, whole, p)
}

// Follow draws the parts of an object after it, in the act that narrowed or removed it: nobody is
// to find a part who may not read the whole, but who said it. These keep their own words beside the
// readers common to both, and alone where the whole was removed, whatever mark came with it, as long
// as somebody else took the whole from them; they are told. Widening the whole widens no part. A part
// that the actor may not read stays as it is; its readers are others than those of the whole then, and
// what holds the part does not give it out to them. Where the whole and a part have no reader in
// common whom the audiences name, the part is left to the actor, who reads both. was is the whole as
// it stood before.
func (s *Objects) Follow(ctx context.Context, tx *db.Tx, who Actor, act, reason string, was, whole Header) error {
	kept, err := s.remembering().follow(ctx, tx, who, act, reason, was, whole)
	if err != nil || len(kept) == 0 || s.keeping.Tell == nil {
		return err
	}
	return s.keeping.Tell(ctx, tx, who, kept)
}

func (s *Objects) follow(ctx context.Context, tx *db.Tx, who Actor, act, reason string, was, whole Header) (kept []Kept, err error) {
	// Also of what the actor may not read those who said it are told.
	err = s.eachPart(ctx, tx, Operator("keep"), whole.ID, func(k AnyKind, h Header, v any) error {
		lost, err := s.lostBy(ctx, tx, who, h, was, whole)
		if err != nil {
			return err
		}
		if lost != "" {
			kept = append(kept, Kept{h, lost})
		}
		if k.apart() || !who.Reads(h) {
			return nil
		}
		before := h
		if changed, err := s.narrowTo(ctx, tx, &h, whole, who, k.inside()); err != nil || !changed {
			return err
		}
		why := reason
		if out, err := s.out(ctx, tx, who, before, whole); err != nil {
			return err
		} else if out {
			why = "" // it was said to those who read the whole, and the others read this history
		}
		if err := k.SaveAny(ctx, tx, who, act, &h, v, why); err != nil {
			return err
		}
		more, err := s.follow(ctx, tx, who, act, why, before, h) // a part has parts of its own
		kept = append(kept, more...)
		return err
	})
	return kept, err
}

// narrowTo puts a part within the whole, and says whether that changed it.
func (s *Objects) narrowTo(ctx context.Context, tx *db.Tx, h *Header, whole Header, who Actor, inside Inside) (bool, error) {
	own, err := s.keeper(ctx, tx, who, *h)
	if err != nil {
		return false, err
	}
	if whole.Tombstone != "" {
		if own == "" {
			h.Tombstone = whole.Tombstone
			return true, nil
		}
		changed := !slices.Equal(h.Audience, Audience{own})
		h.Audience, h.keeps = Audience{own}, Audience{own}
		return changed, nil
	}
	var rest Audience
	for _, p := range h.Audience {
		in, err := inside.covers(ctx, tx, whole, *h, p)
		if err != nil {
			return false, err
		}
		if in {
			rest = append(rest, p)
		}
	}
	if len(rest) < len(h.Audience) {
		for _, p := range whole.Audience {
			if h.Audience.Covers(Audience{p}, h.Dialogue) {
				rest = append(rest, p)
			}
		}
	}
	if len(rest) == 0 && who.SignedIn() && who.Reads(whole) && who.Reads(*h) {
		rest = Audience{PersonOf(who.Person)}
	}
	if own != "" {
		if reads, err := s.reads(ctx, tx, own, Header{Dialogue: h.Dialogue, Audience: rest}); err != nil {
			return false, err
		} else if !reads {
			rest, h.keeps = append(rest, own), Audience{own}
		}
	}
	h.keeps = append(h.keeps, whole.beyond(rest)...)
	is := *h
	is.Mark, is.Audience = tlp.Strictest(h.Mark, whole.Mark), NewAudience(rest...)
	if len(is.Audience) == 0 || is.Mark == h.Mark && slices.Equal(is.Audience, h.Audience) || len(is.agrees()) > 0 {
		return false, nil
	}
	*h = is
	return true, nil
}

// Within refuses a part that somebody could read who may not read the whole, other than who said it
// and kept it, or that has a wider mark. It is the After of a kind that is a part, in the transaction that wrote it, and holds also
// where the act took the whole out of the actor's own sight. inside may be nil.
func Within(ctx context.Context, tx *db.Tx, who Actor, part Header, inside Inside) error {
	if part.Tombstone != "" {
		return nil
	}
	whole, err := Find(ctx, tx, Operator("part"), part.Parent)
	if fault.Is(err, fault.NotFound) { // it was removed, and the part stays with who said it
		whole, err = Header{Mark: part.Mark}, nil
	}
	if err != nil {
		return err
	}
	var f fault.Fields
	for _, p := range part.Audience {
		in, err := inside.covers(ctx, tx, whole, part, p)
		if err != nil {
			return err
		}
		if !in && !part.keeps.Has(p) && (p != PersonOf(who.Person) || !who.Reads(whole)) {
			f.Add("audience", "", "fault.audience-parent")
			break
		}
	}
	if tlp.Strictest(part.Mark, whole.Mark) != part.Mark {
		f.Add("mark", string(part.Mark), "fault.mark-parent")
	}
	return f.Err()
}

// CountParts gives how many objects of a kind that the actor may read are parts of each of some
// others. Those that have none are absent.
func CountParts(ctx context.Context, tx *db.Tx, who Actor, kind string, of ...ref.ID) (map[ref.ID]int, error) {
	out := map[ref.ID]int{}
	for chunk := range slices.Chunk(of, 500) {
		var a db.Args
		rows, err := tx.Query(ctx, `select o.parent, count(*) from object o where o.parent in `+a.In(chunk)+` and o.kind = `+a.Add(kind)+`
			and `+who.CanRead(&a, "o")+` group by o.parent -- access.CountParts`, a.List()...)
		if _, err := db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
			var id ref.ID
			var n int
			err := r.Scan(&id, &n)
			out[id] = n
			return struct{}{}, err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}
