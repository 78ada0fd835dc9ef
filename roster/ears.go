package roster

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
)

// Ears knows who is told of what an act does to institutions and sides. Where nobody who acts for an
// institution hears of it, whoever else is of it is told and the lead of its side; where no lead
// hears either, the whole side; and where there is no side, or none that hears, the project team.
type Ears struct {
	who    access.Actor // does the act
	about  []ref.ID     // the people whom it is about: what they are told, their institution has not heard
	focal  map[ref.Institution][]FocalPoint
	others map[ref.Institution][]ref.Person
	sides  map[ref.Institution]ref.Side // on which it stands, or stood last
	ended  map[ref.Institution]bool     // it stood there
	leads  map[ref.Side][]ref.Institution
	among  map[ref.Side][]ref.Institution // of a side whose leads do not hear
}

// Listen finds who hears for some institutions and sides at the transaction's moment.
func Listen(ctx context.Context, tx *db.Tx, who access.Actor, about []ref.ID, all []ref.Institution, sides []ref.Side) (e *Ears, err error) {
	e = &Ears{who: who, about: about, leads: map[ref.Side][]ref.Institution{}, among: map[ref.Side][]ref.Institution{}}
	if e.sides, e.ended, err = lastSides(ctx, tx, all...); err != nil {
		return nil, err
	}
	sides = slices.AppendSeq(slices.Clone(sides), maps.Values(e.sides))
	slices.Sort(sides)
	sides = slices.Compact(sides)
	all = slices.Clone(all)
	for _, s := range sides {
		if e.leads[s], err = Leads(ctx, tx, s); err != nil {
			return nil, err
		}
		all = append(all, e.leads[s]...)
	}
	if err = e.listen(ctx, tx, all); err != nil {
		return nil, err
	}
	n := len(all)
	for _, s := range sides {
		if slices.ContainsFunc(e.leads[s], e.Hears) {
			continue
		}
		if e.among[s], err = Among(ctx, tx, s); err != nil {
			return nil, err
		}
		all = append(all, e.among[s]...)
	}
	if len(all) == n {
		return e, nil
	}
	return e, e.listen(ctx, tx, all)
}

func (e *Ears) listen(ctx context.Context, tx *db.Tx, all []ref.Institution) (err error) {
	slices.Sort(all)
	all = slices.Compact(all)
	if e.focal, err = FocalPoints(ctx, tx, all...); err != nil {
		return err
	}
	e.others, err = others(ctx, tx, all...)
	return err
}

// Focal gives those who act for an institution.
func (e *Ears) Focal(i ref.Institution) (out []ref.Person) {
	for _, f := range e.focal[i] {
		out = append(out, f.Person)
	}
	return out
}

// Hears says whether somebody who acts for an institution knows of the act: who does it for that one, or is
// told and is not the one whom it is about.
func (e *Ears) Hears(i ref.Institution) bool {
	return e.who.Institution == i && e.who.Represents() || slices.ContainsFunc(e.focal[i], func(f FocalPoint) bool {
		return f.Heard && f.Person != e.who.Person && !slices.Contains(e.about, ref.ID(f.Person))
	})
}

// Stead is who is told in the place of those who act for an institution or a side.
type Stead struct {
	Colleagues   []ref.Person      // who else is of the institution
	Institutions []ref.Institution // of the side, whose focal points are told
	Others       []ref.Person      // who else is of those that lead it
	Team         bool
	Ended        bool // the institution stands on the side no longer
}

// Beside gives who is told beside those who act for an institution: nobody where one of them hears.
func (e *Ears) Beside(i ref.Institution) (s Stead) {
	if e.Hears(i) {
		return s
	}
	if side := e.sides[i]; side != "" {
		s = e.Leading(side)
	} else {
		s.Team = true
	}
	s.Colleagues, s.Ended = e.others[i], e.ended[i]
	return s
}

// Of gives who of an institution is told of what becomes of its words: those who act for it, and where none of
// them hears, or they are of one that succeeded it, whoever else is of it.
func (e *Ears) Of(i ref.Institution) []ref.Person {
	focal, all := e.Focal(i), e.others[i]
	if e.Hears(i) && (len(focal) == 0 || slices.ContainsFunc(focal, func(p ref.Person) bool { return slices.Contains(all, p) })) {
		return focal
	}
	return slices.Concat(focal, slices.DeleteFunc(slices.Clone(all), func(p ref.Person) bool { return slices.Contains(focal, p) }))
}

// Addressed gives who is told of what is for a principal: those who act for it, and where none of an
// institution hears whoever else is of it.
func Addressed(ctx context.Context, tx *db.Tx, to access.Principal) ([]ref.Person, error) {
	return told(ctx, tx, to, func(e *Ears, i ref.Institution) []ref.Person {
		if e.Hears(i) {
			return e.Focal(i)
		}
		return e.Of(i)
	})
}

// Keeping gives who is told that an institution keeps its words: Addressed, and who is still of one that
// another succeeded.
func Keeping(ctx context.Context, tx *db.Tx, to access.Principal) ([]ref.Person, error) {
	return told(ctx, tx, to, (*Ears).Of)
}

func told(ctx context.Context, tx *db.Tx, to access.Principal, of func(*Ears, ref.Institution) []ref.Person) ([]ref.Person, error) {
	if to.Kind() != "institution" {
		return Acting(ctx, tx, to)
	}
	e := &Ears{}
	i := ref.Institution(to.ID())
	if err := e.listen(ctx, tx, []ref.Institution{i}); err != nil {
		return nil, err
	}
	return of(e, i), nil
}

// Leading gives who is told of what concerns a side.
func (e *Ears) Leading(side ref.Side) (s Stead) {
	if s.Institutions = e.leads[side]; slices.ContainsFunc(s.Institutions, e.Hears) {
		return s
	}
	for _, l := range s.Institutions {
		s.Others = append(s.Others, e.others[l]...)
	}
	s.Institutions = slices.Concat(s.Institutions, e.among[side])
	s.Team = !slices.ContainsFunc(s.Institutions, e.Hears)
	return s
}

// others gives who is of some institutions today, by whatever function: also who would act for one if it had not
// ended.
func others(ctx context.Context, tx *db.Tx, is ...ref.Institution) (map[ref.Institution][]ref.Person, error) {
	out := map[ref.Institution][]ref.Person{}
	if len(is) == 0 {
		return out, nil
	}
	today, err := Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	var a db.Args
	day := a.Add(today)
	rows, err := tx.Query(ctx, `select p.institution, o.id from object o join roster_post p on p.id = o.id and p.institution = `+postOn("o.id", day)+` and `+onDay("p", day)+`
		where o.kind = 'person' and `+access.Operator("tell").CanRead(&a, "o")+` and p.institution in `+db.In(&a, is)+`
		and exists (select 1 from roster_function f where f.id = o.id and `+onDay("f", day)+`) order by o.id -- roster.others`, a.List()...)
	_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var at ref.Institution
		var p ref.Person
		err := r.Scan(&at, &p)
		out[at] = append(out[at], p)
		return struct{}{}, err
	})
	return out, err
}

// lastSides gives the side on which each of some institutions stands today, or stood last and of which it is
// said that this ended; who never stood on one is absent.
func lastSides(ctx context.Context, tx *db.Tx, ids ...ref.Institution) (sides map[ref.Institution]ref.Side, ended map[ref.Institution]bool, err error) {
	sides, ended = map[ref.Institution]ref.Side{}, map[ref.Institution]bool{}
	if len(ids) == 0 {
		return sides, ended, nil
	}
	today, err := Today(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	var a db.Args
	day := a.Add(today)
	_, err = db.Collect(ctx, tx, func(r *sql.Rows) (struct{}, error) {
		var id ref.Institution
		var side ref.Side
		var until string
		err := r.Scan(&id, &side, &until)
		sides[id], ended[id] = side, until != "" && until < string(today) // of several, the one that began last
		return struct{}{}, err
	}, `select id, side, until_day from roster_standing where side <> '' and (from_day = '' or from_day <= `+day+`) and id in `+db.In(&a, ids)+` order by id, from_day -- roster.lastSides`, a.List()...)
	return sides, ended, err
}
