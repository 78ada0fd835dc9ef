package roster

import (
	"context"
	"database/sql"
	"slices"
	"strconv"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/standard/tlp"
)

// Circle is a named circle of institutions, to be chosen as an audience. Only its members know of
// it, and the project team where the project team made it.
type Circle struct {
	Name    text.Multi        `json:"name" shape:"required,label"`
	Members []ref.Institution `json:"members" shape:"required"`
	Note    text.Multi        `json:"note,omitempty" shape:"long"`
	Side    ref.Side          `json:"side,omitempty" shape:"private"` // whose circle it is; empty: the project team's
}

// Circles is how circles are kept. Nobody chooses who may read one: its audience is its members.
var Circles = &access.Kind[Circle]{
	Name: "circle", Table: "roster_circle", Version: 2,
	Parts: []access.Part[Circle]{{Table: "roster_circle_member", Columns: []string{"institution"}, Rows: func(c *Circle) [][]any {
		var rows [][]any
		for _, m := range c.Members {
			rows = append(rows, []any{string(m)})
		}
		return rows
	}}},
	Begin: func(who access.Actor, c *Circle) {
		if c.Side = who.Room(); who.Holds(access.ProjectTeam) {
			c.Side = ""
		}
	},
	Room:    func(c *Circle) ref.Side { return c.Side },
	Readers: readersOfCircle,
	Check:   checkCircle,
	Guard:   guardCircle,
	After:   withinSide,
	Decides: []string{"members"},
}

// readersOfCircle gives a circle to its members, and to the project team where it made it.
func readersOfCircle(o *access.Object[Circle]) (tlp.Label, access.Audience) {
	var ps []access.Principal
	for _, m := range o.Value.Members {
		ps = append(ps, access.InstitutionOf(m))
	}
	if o.Value.Side == "" {
		ps = append(ps, access.TeamOf(o.Dialogue))
	}
	return tlp.AMBERSTRICT, access.NewAudience(ps...)
}

func checkCircle(c *Circle, f *fault.Fields) {
	for i, m := range c.Members {
		if slices.Index(c.Members, m) < i {
			f.Add("members."+strconv.Itoa(i), string(m), "fault.twice")
		}
	}
}

// guardCircle keeps a circle with those who made it: neither the project team's nor a side's
// becomes the other's.
func guardCircle(old, o *access.Object[Circle], _ string) error {
	if old != nil && old.Value.Side != o.Value.Side {
		return fault.New(fault.Forbidden, "fault.unchangeable")
	}
	return nil
}

// withinSide keeps a side's circle among the institutions of that side, the maker's own among
// them. What an operator imports is held against it when all of
// the file is written (OutsideOf).
func withinSide(ctx context.Context, tx *db.Tx, who access.Actor, o *access.Object[Circle]) error {
	side := o.Value.Side
	switch {
	case o.Tombstone != "" || who.IsOperator():
		return nil
	case side == "" && who.Holds(access.ProjectTeam):
		return nil
	case side == "" || side != who.Room():
		return fault.New(fault.Forbidden, "fault.circle-side")
	}
	sides, err := SidesToday(ctx, tx, o.Value.Members...)
	if err != nil {
		return err
	}
	var f fault.Fields
	own := false
	for i, m := range o.Value.Members {
		own = own || slices.Contains(who.Principals(), access.InstitutionOf(m))
		if sides[m] != side {
			f.Add("members."+strconv.Itoa(i), string(m), "fault.circle-member")
		}
	}
	if !own {
		f.Add("members", "", "fault.circle-own")
	}
	return f.Err()
}

// OutsideOf gives those of a side's circle who never stood on that side: its members, and the owner.
// It is asked of what an operator imports, when all of it is written.
func OutsideOf(ctx context.Context, tx *db.Tx, c *Circle, owner ref.Institution) (members []ref.Institution, owns bool, err error) {
	if c.Side == "" {
		return nil, true, nil
	}
	stood := func(i ref.Institution) (bool, error) {
		sides, err := sidesEver(ctx, tx, i)
		return slices.Contains(sides, c.Side), err
	}
	for _, m := range c.Members {
		if ok, err := stood(m); err != nil {
			return nil, false, err
		} else if !ok {
			members = append(members, m)
		}
	}
	if owner == "" {
		return members, true, nil
	}
	owns, err = stood(owner)
	return members, owns, err
}

// SidesToday gives the side on which each of some institutions stands at the transaction's moment;
// those on none are absent.
func SidesToday(ctx context.Context, tx *db.Tx, ids ...ref.Institution) (map[ref.Institution]ref.Side, error) {
	today, err := Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	out := map[ref.Institution]ref.Side{}
	var a db.Args
	day := a.Add(today)
	_, err = db.Collect(ctx, tx, func(r *sql.Rows) (struct{}, error) {
		var id ref.Institution
		var as Standing
		var side ref.Side
		err := r.Scan(&id, &as, &side)
		if delete(out, id); as == OnSide { // of several, the one that began last
			out[id] = side
		}
		return struct{}{}, err
	}, `select id, standing, side from roster_standing where (from_day = '' or from_day <= `+day+`)
		and (until_day = '' or until_day >= `+day+`) and id in `+db.In(&a, ids)+` order by id, from_day -- roster.SidesToday`, a.List()...)
	return out, err
}

// Circles gives the circles that the actor may read, in the order of a language.
func (s *Service) Circles(ctx context.Context, who access.Actor, d ref.Dialogue, lang text.Lang) (out []access.Object[Circle], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		out, err = Circles.List(ctx, tx, who, access.Select{
			Args: &a, Join: `left join label l on l.object = o.id and l.field = 'title' and l.lang = ` + a.Add(lang),
			Where: `o.dialogue = ` + a.Add(d), Order: `l.sort, o.id`, Limit: 500,
		})
		return err
	})
	return out, err
}

// Circle gives a circle that the actor may read, or NotFound.
func (s *Service) Circle(ctx context.Context, who access.Actor, id ref.Circle) (o access.Object[Circle], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		o, err = Circles.Load(ctx, tx, who, ref.ID(id))
		return err
	})
	return o, err
}
