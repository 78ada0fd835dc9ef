package access

import (
	"context"
	"slices"

	"entente/internal/db"
	"entente/internal/ref"
	"entente/standard/tlp"
)

// Follow draws the parts of an object after it, in the act that narrowed or removed it: nobody is
// to find a part who may not read the whole. Widening the whole widens no part. A part that the
// actor may not read stays as it is; its readers are others than those of the whole then, and
// what holds the part does not give it out to them.
func (s *Objects) Follow(ctx context.Context, tx *db.Tx, who Actor, act, reason string, whole Header) error {
	for _, k := range s.ordered {
		if !k.IsPart() {
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
			if !h.narrowTo(whole) {
				continue
			}
			if err := k.SaveAny(ctx, tx, who, act, &h, v, reason); err != nil {
				return err
			}
		}
	}
	return nil
}

// narrowTo puts a part within the whole, and says whether that changed it. Where the two have no
// reader in common it changes nothing.
func (h *Header) narrowTo(whole Header) bool {
	if whole.Tombstone != "" {
		h.Tombstone = whole.Tombstone
		return true
	}
	mark, audience := tlp.Strictest(h.Mark, whole.Mark), h.Audience
	if !whole.Audience.Covers(h.Audience, h.Dialogue) {
		audience = nil
		for _, p := range h.Audience {
			if whole.Audience.Covers(Audience{p}, h.Dialogue) {
				audience = append(audience, p)
			}
		}
		for _, p := range whole.Audience {
			if h.Audience.Covers(Audience{p}, h.Dialogue) {
				audience = append(audience, p)
			}
		}
		audience = NewAudience(audience...)
	}
	if len(audience) == 0 || mark == h.Mark && slices.Equal(audience, h.Audience) || len(Agree(mark, audience)) > 0 {
		return false
	}
	h.Mark, h.Audience = mark, audience
	return true
}
