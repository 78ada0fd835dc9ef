package roster

import (
	"context"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
)

// Service is the door to the subject's lists; making and editing is the same as for every kind
// (access.Objects).
type Service struct {
	db   *db.DB
	open []ref.Person
}

// New gives the service over a database.
func New(d *db.DB) *Service { return &Service{db: d} }

// Demonstrated gives the service of a demonstration, where whoever comes signs in as one of these
// people without a password.
func (s *Service) Demonstrated(people ...ref.Person) *Service {
	return &Service{s.db, people}
}

// Actor makes the actor for a person, as membership stands now. NotFound when there is no such person.
func (s *Service) Actor(ctx context.Context, id ref.Person) (a access.Actor, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err = ActorFor(ctx, tx, id)
		return err
	})
	return a, err
}

// Sides gives the dialogue's sides in the order of reading for a language: in the Chinese text
// the Chinese side first, in the English the EU side.
func (s *Service) Sides(ctx context.Context, who access.Actor, d ref.Dialogue, lang text.Lang) (out []access.Object[Side], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		out, err = Sides.List(ctx, tx, who, access.Select{Args: &a, Where: `o.dialogue = ` + a.Add(d), Order: `o.id`, Limit: 20})
		return err
	})
	for i := range out {
		if out[i].Value.Lang == lang { // the side named first in this language goes to the front
			first := out[i]
			copy(out[1:i+1], out[:i])
			out[0] = first
			break
		}
	}
	return out, err
}

// Institutions gives the dialogue's institutions in the order of a language.
func (s *Service) Institutions(ctx context.Context, who access.Actor, d ref.Dialogue, lang text.Lang) (out []access.Object[Institution], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		out, err = Institutions.List(ctx, tx, who, access.Select{
			Args: &a, Join: `left join label l on l.object = o.id and l.field = 'title' and l.lang = ` + a.Add(lang),
			Where: `o.dialogue = ` + a.Add(d), Order: `l.sort, o.id`, Limit: 2000,
		})
		return err
	})
	return out, err
}

// Named gives the institutions among ids that the actor may read; the others are absent.
func (s *Service) Named(ctx context.Context, who access.Actor, ids ...ref.Institution) (map[ref.Institution]Institution, error) {
	out := map[ref.Institution]Institution{}
	if len(ids) == 0 {
		return out, nil
	}
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		list, err := Institutions.List(ctx, tx, who, access.Select{Args: &a, Where: `o.id in ` + db.In(&a, ids)})
		for _, o := range list {
			out[ref.Institution(o.ID)] = o.Value
		}
		return err
	})
	return out, err
}

// People gives the people of an institution, or of the whole dialogue for "", in the order of
// their names.
func (s *Service) People(ctx context.Context, who access.Actor, d ref.Dialogue, i ref.Institution, lang text.Lang) (out []access.Object[Person], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		join := `left join label l on l.object = o.id and l.field = 'title' and l.lang = ` + a.Add(lang)
		where := `o.dialogue = ` + a.Add(d)
		if i != "" {
			where += ` and o.id in (select id from roster_post where institution = ` + a.Add(i) + `)`
		}
		out, err = People.List(ctx, tx, who, access.Select{Args: &a, Join: join, Where: where, Order: `l.sort, o.id`, Limit: 2000})
		return err
	})
	return out, err
}

// InstitutionPage is an institution with its line, those under it and its people.
type InstitutionPage struct {
	Institution access.Object[Institution]
	Before      []Step // those it succeeded, directly or over others, the oldest first
	After       []Step // those that succeeded it
	Children    []access.Object[Institution]
	People      []access.Object[Person]
	Today       when.Date
}

// Institution gives one with its history and people, as far as the actor may read them.
func (s *Service) Institution(ctx context.Context, who access.Actor, id ref.Institution, lang text.Lang) (p InstitutionPage, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if p.Today, err = Today(ctx, tx); err != nil {
			return err
		}
		if p.Institution, err = Institutions.Load(ctx, tx, who, ref.ID(id)); err != nil {
			return err
		}
		if p.Before, p.After, err = line(ctx, tx, who, p.Institution); err != nil {
			return err
		}
		var a, b db.Args
		if p.Children, err = Institutions.List(ctx, tx, who, access.Select{
			Args: &a, Join: `left join label l on l.object = o.id and l.field = 'title' and l.lang = ` + a.Add(lang),
			Where: `t.parent = ` + a.Add(id), Order: `l.sort, o.id`,
		}); err != nil {
			return err
		}
		p.People, err = People.List(ctx, tx, who, access.Select{
			Args: &b, Join: `left join label l on l.object = o.id and l.field = 'title' and l.lang = ` + b.Add(lang),
			Where: `o.id in (select id from roster_post where institution = ` + b.Add(id) + `)`, Order: `l.sort, o.id`,
		})
		return err
	})
	return p, err
}

// Person gives a person whom the actor may read, or NotFound.
func (s *Service) Person(ctx context.Context, who access.Actor, id ref.Person) (p access.Object[Person], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err = People.Load(ctx, tx, who, ref.ID(id))
		return err
	})
	return p, err
}

// Reader is what a page needs of the signed-in person.
type Reader struct {
	Actor       access.Actor
	Title       text.Multi // the function in words
	Institution text.Multi
	Language    string
}

// Reader gives the actor for a person together with what the page frame shows of the person.
// It is asked by the session, before anybody's rights are known, and so by no actor.
func (s *Service) Reader(ctx context.Context, id ref.Person) (r Reader, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if r.Actor, err = ActorFor(ctx, tx, id); err != nil {
			return err
		}
		self := access.Operator("session")
		p, err := People.Load(ctx, tx, self, ref.ID(id))
		if err != nil {
			return err
		}
		r.Title, r.Language = p.Value.Title, p.Value.Language
		if r.Actor.Institution != "" {
			i, err := Institutions.Load(ctx, tx, self, ref.ID(r.Actor.Institution))
			if fault.Is(err, fault.NotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			r.Institution = i.Value.Name()
			if !i.Value.Short.Empty() {
				r.Institution = i.Value.Short
			}
		}
		return nil
	})
	return r, err
}
