package roster

import (
	"context"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
)

// mostAdmissions bounds the admissions of one institution that are listed.
const mostAdmissions = 500

// Gate is who of an institution is inside its side, who waits, and who was inside before.
type Gate struct {
	Institution access.Object[Institution]
	Inside      []access.Object[Admission] // that stand
	Coming      []access.Object[Admission] // that a code waits for
	Past        []access.Object[Admission]
	Waiting     []access.Object[Person] // who work for the side and are not inside
	MayAdmit    bool                    // the actor may let somebody in
	MayEnd      bool
}

// Gate gives it to those who are inside the same side; NotFound to everybody else.
func (s *Service) Gate(ctx context.Context, who access.Actor, id ref.Institution, lang text.Lang) (g Gate, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if g.Institution, err = Institutions.Load(ctx, tx, who, ref.ID(id)); err != nil {
			return err
		}
		if g.Waiting, err = waiting(ctx, tx, who, id, lang); err != nil {
			return err
		}
		var a db.Args
		list, err := Admissions.List(ctx, tx, who, access.Select{Args: &a, Where: `t.institution = ` + a.Add(id), Order: `o.id desc`, Limit: mostAdmissions})
		if err != nil {
			return err
		}
		in := map[ref.Person]bool{}
		for _, o := range list {
			if !o.Value.Ended.IsZero() {
				g.Past = append(g.Past, o)
				continue
			}
			p, err := ActorFor(ctx, tx, o.Value.Person)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			switch {
			case p.Admitted && p.Institution == id && !in[o.Value.Person]:
				in[o.Value.Person] = true
				g.Inside = append(g.Inside, o)
			default:
				g.Coming = append(g.Coming, o)
			}
		}
		_, err = admitter(ctx, tx, who, access.Actor{Institution: id, Side: who.Side, Dialogue: who.Dialogue})
		if err != nil && !fault.Is(err, fault.Forbidden) {
			return err
		}
		g.MayAdmit = err == nil
		g.MayEnd = g.MayAdmit && who.Institution == id
		return nil
	})
	return g, err
}

// Waiting counts who waits at an institution, for those who are inside the same side; NotFound to
// everybody else.
func (s *Service) Waiting(ctx context.Context, who access.Actor, id ref.Institution, lang text.Lang) (n int, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		people, err := waiting(ctx, tx, who, id, lang)
		n = len(people)
		return err
	})
	return n, err
}

func waiting(ctx context.Context, tx *db.Tx, who access.Actor, id ref.Institution, lang text.Lang) (out []access.Object[Person], err error) {
	if !who.Inside() {
		return nil, fault.New(fault.NotFound, "")
	}
	today, err := Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	_, side, err := standing(ctx, tx, id, string(today))
	if err != nil {
		return nil, err
	}
	if side != who.Side {
		return nil, fault.New(fault.NotFound, "")
	}
	var a db.Args
	day, at := a.Add(today), a.Add(id)
	return People.List(ctx, tx, who, access.Select{
		Args: &a, Join: `left join label l on l.object = o.id and l.field = 'title' and l.lang = ` + a.Add(lang),
		Where: postOn(`o.id`, day) + ` = ` + at + ` and ` + peopleInside(`o.id`, day) + ` and not ` + admitted(`o.id`, at, a.Add(side), day), Order: `l.sort, o.id`,
	})
}

// Facts gives on what somebody would be let in (Facts).
func (s *Service) Facts(ctx context.Context, person ref.Person) (facts string, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		facts, err = Facts(ctx, tx, person)
		return err
	})
	return facts, err
}
