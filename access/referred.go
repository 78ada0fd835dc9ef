package access

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
)

// Referred is what a part referred to: its whole, or what it points at, at the revision that stood when
// the part was made.
// Value is nil where the reader could not have read that revision, or it was erased.
type Referred struct {
	Kind AnyKind
	Version
}

// Referred gives what a part referred to, for who keeps the part and may not read that today: its whole,
// or an object that the part points at, as the call that it answers. Nothing later, and nothing beside it.
// NotFound to anybody else.
func (s *Objects) Referred(ctx context.Context, who Actor, part Header, to ref.ID) (r Referred, err error) {
	if !who.Keeps(part) {
		return r, fault.New(fault.NotFound, "")
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		var kind string
		var entry, body []byte
		err := tx.QueryRow(ctx, `select w.kind, r.rev, e.body, r.body from object o
			join revision m on m.object = o.id and m.rev = 1
			join object w on w.id = `+a.Add(to)+` and (w.id = o.parent or exists (select 1 from link l where l.from_id = o.id and l.to_id = w.id))
			join revision r on r.object = w.id and r.seq < m.seq
			join entry e on e.seq = r.seq
			where o.id = `+a.Add(part.ID)+` and `+who.CanRead(&a, "o")+` order by r.rev desc limit 1 -- access.Referred`, a.List()...).
			Scan(&kind, &r.Rev, &entry, &body)
		if errors.Is(err, sql.ErrNoRows) {
			return fault.New(fault.NotFound, "")
		}
		if err != nil {
			return err
		}
		if r.Kind = s.kinds[kind]; r.Kind == nil {
			return fault.New(fault.NotFound, "")
		}
		if err := r.read(r.Kind, entry, body); err != nil {
			return err
		}
		if r.Value == nil || who.Reads(r.Header) {
			return nil
		}
		// Where not the object was narrowed but a circle, a side or the participants, what stands there
		// today does not tell who could read it then.
		could, err := s.couldRead(ctx, tx, who, part, r.Header)
		if err == nil && !could {
			r.Value, r.Former, r.Header = nil, nil, Header{}
		}
		return err
	})
	return r, err
}

// couldRead says whether the actor could read what a part refers to, with the header that it had, when
// the part was made: whoever made it could, and what an institution said for itself, or confirmed of what
// was entered on its behalf, all its people could who keep it. What its maker may have read in person or
// on the project team alone, it does not open to colleagues.
func (s *Objects) couldRead(ctx context.Context, tx *db.Tx, who Actor, part, was Header) (bool, error) {
	by, err := MadeBy(ctx, tx, part.ID)
	if err != nil || part.Owner == "" {
		return err == nil && by.Person != "" && by.Person == ref.ID(who.Person), err
	}
	shared := slices.ContainsFunc(was.Audience, func(p Principal) bool { return !slices.Contains([]string{"person", "inside", "team"}, p.Kind()) })
	maker := PersonOf(ref.Person(by.Person))
	switch {
	case by.OnBehalfOf != "":
		return by.OnBehalfOf == part.Owner && part.State == Vouched && shared, nil
	case by.Person != "" && by.Person == ref.ID(who.Person):
		return true, nil
	case by.Institution != part.Owner || !shared || was.Audience.Has(maker):
		return false, nil
	case by.Side == "" && was.Audience.Has(TeamOf(was.Dialogue)): // its maker may be of the team, as nobody is who speaks on a side
		return false, nil
	}
	return true, nil
}
