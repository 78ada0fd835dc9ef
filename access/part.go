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
// to find a part who may not read the whole. Widening the whole widens no part. A part that the
// actor may not read stays as it is; its readers are others than those of the whole then, and
// what holds the part does not give it out to them. Where the whole and a part have no reader in
// common whom the audiences name, the part is left to the actor, who reads both.
func (s *Objects) Follow(ctx context.Context, tx *db.Tx, who Actor, act, reason string, whole Header) error {
	for _, k := range s.ordered {
		if !k.IsPart() || k.apart() {
			continue
		}
		var a db.Args
		ids, err := db.Collect(ctx, tx, db.One[ref.ID], `select o.id from object o where o.parent = `+a.Add(whole.ID)+
			` and o.kind = `+a.Add(k.KindName())+` and `+who.CanRead(&a, "o")+` order by o.id -- access.Follow`, a.List()...)
		if err != nil {
			return err
		}
		for _, id := range ids {
			h, v, err := k.LoadAny(ctx, tx, who, id)
			if err != nil {
				return err
			}
			changed, err := h.narrowTo(ctx, tx, whole, who, k.inside())
			if err != nil {
				return err
			}
			if !changed {
				continue
			}
			if err := k.SaveAny(ctx, tx, who, act, &h, v, reason); err != nil {
				return err
			}
			if err := s.Follow(ctx, tx, who, act, reason, h); err != nil { // a part has parts of its own
				return err
			}
		}
	}
	return nil
}

// narrowTo puts a part within the whole, and says whether that changed it.
func (h *Header) narrowTo(ctx context.Context, tx *db.Tx, whole Header, who Actor, inside Inside) (bool, error) {
	if whole.Tombstone != "" {
		h.Tombstone = whole.Tombstone
		return true, nil
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
	mark, audience := tlp.Strictest(h.Mark, whole.Mark), NewAudience(rest...)
	if len(audience) == 0 || mark == h.Mark && slices.Equal(audience, h.Audience) || len(Agree(mark, audience)) > 0 {
		return false, nil
	}
	h.Mark, h.Audience = mark, audience
	return true, nil
}

// Within refuses a part that somebody could read who may not read the whole, or that has a wider
// mark. It is the After of a kind that is a part, in the transaction that wrote it, and holds also
// where the act took the whole out of the actor's own sight. inside may be nil.
func Within(ctx context.Context, tx *db.Tx, who Actor, part Header, inside Inside) error {
	if part.Tombstone != "" {
		return nil
	}
	whole, err := Find(ctx, tx, Operator("part"), part.Parent)
	if err != nil {
		return err
	}
	var f fault.Fields
	for _, p := range part.Audience {
		in, err := inside.covers(ctx, tx, whole, part, p)
		if err != nil {
			return err
		}
		if !in && (p != PersonOf(who.Person) || !who.Reads(whole)) {
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
