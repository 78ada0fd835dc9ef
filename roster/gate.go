package roster

import (
	"context"
	"database/sql"
	"slices"

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
	Names       map[ref.ID]access.Title // of the people in these lists, whoever reads their entries
}

// gate reads the register for those who are inside: whom their side let in they see and can shut out,
// whoever else the entries are closed to.
var gate = access.Operator("gate")

// Gate gives it to those who are inside the same side; NotFound to everybody else.
func (s *Service) Gate(ctx context.Context, who access.Actor, id ref.Institution, lang text.Lang) (g Gate, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if g.Waiting, err = waiting(ctx, tx, who, id, lang); err != nil {
			return err
		}
		if g.Institution, err = Institutions.Load(ctx, tx, gate, ref.ID(id)); err != nil {
			return err
		}
		var a db.Args
		list, err := Admissions.List(ctx, tx, who, access.Select{Args: &a, Where: `t.institution = ` + a.Add(id), Order: `o.id desc`, Limit: mostAdmissions})
		if err != nil {
			return err
		}
		in := map[ref.Person]bool{}
		var people []ref.ID
		for _, o := range g.Waiting {
			people = append(people, o.ID)
		}
		for _, o := range list {
			people = append(people, ref.ID(o.Value.Person), ref.ID(o.Value.By))
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
		g.Names, err = entered(ctx, tx, lang, people)
		return err
	})
	return g, err
}

// entered names people as their entries do, also those that were removed.
func entered(ctx context.Context, tx *db.Tx, lang text.Lang, people []ref.ID) (map[ref.ID]access.Title, error) {
	out := map[ref.ID]access.Title{}
	for chunk := range slices.Chunk(people, 500) {
		var a db.Args
		rows, err := tx.Query(ctx, `select object, text, shown_lang from label where field = 'title' and lang = `+a.Add(lang)+` and object in `+a.In(chunk)+` -- roster.entered`, a.List()...)
		if _, err := db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
			t := access.Title{Kind: "person"}
			err := r.Scan(&t.ID, &t.Text, &t.Lang)
			t.Short, out[t.ID] = t.Text, t
			return struct{}{}, err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// AtGate gives a person of the actor's side who is inside or waits; NotFound to everybody else.
func (s *Service) AtGate(ctx context.Context, who access.Actor, id ref.Person) (o access.Object[Person], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, err = atGate(ctx, tx, who, id)
		return err
	})
	return o, err
}

func atGate(ctx context.Context, tx *db.Tx, who access.Actor, id ref.Person) (o access.Object[Person], err error) {
	a, err := ActorFor(ctx, tx, id)
	if err != nil {
		return o, err
	}
	if !who.Inside() || a.Side != who.Side || !a.Admitted && !a.Waits {
		return o, fault.New(fault.NotFound, "")
	}
	return People.Load(ctx, tx, gate, ref.ID(id))
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
	return People.List(ctx, tx, gate, access.Select{
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
