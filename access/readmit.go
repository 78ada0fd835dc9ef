package access

import (
	"context"

	"entente/internal/db"
)

// asks gives whom an object of the kind asks for something.
func (k *Kind[T]) asks(value any) Audience {
	v, ok := value.(*T)
	if k.Asks == nil || !ok {
		return nil
	}
	return k.Asks(v)
}

// readmit gives what asks somebody for something back to them, in the act that lets them read the whole
// again: a narrowing took both (Follow), and what they were asked they are asked still. Nobody else
// gains by it, and who read the whole all along stays where an act of its own has put the part.
func (s *Objects) readmit(ctx context.Context, tx *db.Tx, who Actor, act, reason string, before Audience, whole Header) error {
	if whole.Tombstone != "" {
		return nil
	}
	earlier := whole
	earlier.Audience = before
	return s.eachPart(ctx, tx, who, whole.ID, func(k AnyKind, h Header, v any) error {
		if k.apart() {
			return nil
		}
		back, err := k.inside().regained(ctx, tx, earlier, whole, h, k.asks(v))
		if err != nil {
			return err
		}
		audience := NewAudience(append(back, h.Audience...)...)
		if len(back) == 0 || len(Agree(h.Mark, audience)) > 0 {
			return nil
		}
		h.Audience = audience
		return k.SaveAny(ctx, tx, who, act, &h, v, reason)
	})
}

// regained gives those of some principals who may read the whole now, could not before, and do not read
// the part.
func (in Inside) regained(ctx context.Context, tx *db.Tx, before, now, part Header, all Audience) (back Audience, err error) {
	for _, p := range all {
		var reads [3]bool
		for i, h := range []Header{before, now, part} {
			if reads[i], err = in.covers(ctx, tx, h, part, p); err != nil {
				return nil, err
			}
		}
		if !reads[0] && reads[1] && !reads[2] {
			back = append(back, p)
		}
	}
	return back, nil
}
