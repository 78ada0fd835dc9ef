package access

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/ledger"
)

// handing begins the names of the acts that go through Hand.
const handing = "inside."

// Hand adds the inside of one institution to the readers of an object that stands inside a side, or
// takes it out, in an act whose actor need not read the object: the lead of a side hands over what it
// never saw. Save could not do that, since who writes is to be a reader. It tells the actor nothing of
// the object and changes nothing else of it; the ledger names the actor. Whether the actor may, the
// caller has decided (clearance); besides the policy is asked, and the door is shut to who is not inside
// the same side, to every other kind of reader, to whoever would open something to themselves, and to every
// act but those of handing over. The
// consequences of the kind are held as by Save.
func (k *Kind[T]) Hand(ctx context.Context, tx *db.Tx, who Actor, act string, id ref.ID, p Principal, open bool) error {
	o, err := k.Load(ctx, tx, Operator("hand"), id)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(act, handing) || p.Kind() != "inside" || o.Room == "" || o.Room != who.Room() || open && slices.Contains(who.Principals(), p) {
		return fault.New(fault.NotFound, "") // as where there is nothing
	}
	// The policy is asked as about something that is not there yet: of what stands it would want a reader.
	if err := May(who, act, Header{Kind: o.Kind, Dialogue: o.Dialogue, Owner: o.Owner}); err != nil {
		return err
	}
	if o.Audience.Has(p) == open {
		return nil
	}
	old := o
	if open {
		o.Audience = NewAudience(append(slices.Clone(o.Audience), p)...)
	} else {
		o.Audience = slices.DeleteFunc(slices.Clone(o.Audience), func(q Principal) bool { return q == p })
	}
	if err := k.keep(ctx, tx, &old, &o); err != nil {
		return err
	}
	if err := o.agrees().Err(); err != nil {
		return err
	}
	return k.write(ctx, tx, who, ledger.Act{Name: act}, &o)
}

// HandParts hands the parts of an object on with it (Hand): those of which follows says so.
func (s *Objects) HandParts(ctx context.Context, tx *db.Tx, who Actor, act string, of ref.ID, p Principal, open bool, follows func(Header) bool) error {
	return s.eachPart(ctx, tx, Operator("hand"), of, func(k AnyKind, h Header, _ any) error {
		if k.apart() || !follows(h) {
			return nil
		}
		return k.Hand(ctx, tx, who, act, h.ID, p, open)
	})
}

// OpenedBy gives those entries of today's audience of some objects that an act added, and no other since:
// by whom somebody reads is what the ledger says. It stands outside access, and is asked of objects
// that the actor reads, or for an act that is about them all.
func (k *Kind[T]) OpenedBy(ctx context.Context, tx *db.Tx, act string, ids ...ref.ID) (map[ref.ID]Audience, error) {
	before, by := map[ref.ID]Audience{}, map[ref.ID]map[Principal]string{}
	for chunk := range slices.Chunk(ids, 500) {
		var a db.Args
		rows, err := tx.Query(ctx, `select r.object, e.body, r.body from revision r join entry e on e.seq = r.seq
			where r.object in `+a.In(chunk)+` order by r.object, r.rev -- access.OpenedBy`, a.List()...)
		if _, err := db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
			var id ref.ID
			var entry, body []byte
			if err := r.Scan(&id, &entry, &body); err != nil || entry == nil || body == nil {
				return struct{}{}, err
			}
			var e ledger.Entry
			if err := json.Unmarshal(entry, &e); err != nil {
				return struct{}{}, err
			}
			h, _, err := k.Decode(body)
			if err != nil {
				return struct{}{}, err
			}
			if by[id] == nil {
				by[id] = map[Principal]string{}
			}
			for _, p := range h.Audience {
				if !before[id].Has(p) {
					by[id][p] = e.Act
				}
			}
			before[id] = h.Audience
			return struct{}{}, nil
		}); err != nil {
			return nil, err
		}
	}
	out := map[ref.ID]Audience{}
	for id, audience := range before {
		for _, p := range audience {
			if by[id][p] == act {
				out[id] = append(out[id], p)
			}
		}
	}
	return out, nil
}
