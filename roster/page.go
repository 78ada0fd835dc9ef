package roster

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
)

// Register is a set of institutions, to be asked who stood where.
type Register map[ref.Institution]*Institution

// NewRegister makes a register of a list.
func NewRegister(list []access.Object[Institution]) Register {
	r := Register{}
	for i := range list {
		r[ref.Institution(list[i].ID)] = &list[i].Value
	}
	return r
}

// SideOn gives the side of an institution on a day, "" when it was on none. Of a date known to
// the month or year, its first day counts. Without a date, the side it was last on.
func (r Register) SideOn(i ref.Institution, d when.Date) ref.Side {
	in := r[i]
	if in == nil {
		return ""
	}
	if d.IsZero() {
		for _, s := range slices.Backward(in.Standings) {
			if s.As == OnSide {
				return s.Side
			}
		}
		return ""
	}
	s, _ := in.StandingOn(d.First())
	return s.Side
}

// Standing today, where there is none any more.
const Former Standing = "former"

// Today gives as what an institution takes part on a day, and its side: Former where its last
// standing has ended, "" where none is known.
func (i *Institution) Today(day time.Time) (Standing, ref.Side) {
	if s, ok := i.StandingOn(day); ok {
		return s.As, s.Side
	}
	for _, s := range i.Standings {
		if !s.Until.IsZero() && lastDay(s.lasts()) < day.Format(time.DateOnly) {
			return Former, ""
		}
	}
	return "", ""
}

// PartnerQuery chooses institutions. Empty words choose all.
type PartnerQuery struct {
	Dialogue ref.Dialogue
	Lang     text.Lang
	Title    string // part of today's name or short name, in any language
	Level    Level
	Side     ref.Side // on it today
	As       Standing // today; Former too
}

// PartnerGroup is the institutions of one side, or of one standing outside the sides.
type PartnerGroup struct {
	As   Standing
	Side ref.Side
	List []access.Object[Institution]
}

// Partners gives the institutions that are chosen, by what they are today: the sides in the
// order given, then facilitators, donors, associated countries, observers, those of whom no
// standing is known, and those who took part formerly. Within a group they stand in the order of
// the language.
func (s *Service) Partners(ctx context.Context, who access.Actor, q PartnerQuery, sides []ref.Side) (out []PartnerGroup, people map[ref.Institution]int, err error) {
	var list []access.Object[Institution]
	var today time.Time
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		now, err := Today(ctx, tx)
		if err != nil {
			return err
		}
		today = now.First()
		var a db.Args
		join := `left join label l on l.object = o.id and l.field = 'title' and l.lang = ` + a.Add(q.Lang)
		where := `o.dialogue = ` + a.Add(q.Dialogue)
		if q.Level != "" {
			where += ` and t.level = ` + a.Add(string(q.Level))
		}
		if f := text.Sought(q.Title); f != "" {
			like := strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(f)
			where += ` and o.id in (select object from label where field in ('title', 'short') and fold like ` + a.Add("%"+like+"%") + ` escape '!')`
		}
		list, err = Institutions.List(ctx, tx, who, access.Select{Args: &a, Join: join, Where: where, Order: `l.sort, o.id`, Limit: 2000})
		if err != nil {
			return err
		}
		people, err = peopleCounts(ctx, tx, who, q.Dialogue)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	for _, side := range sides {
		out = append(out, PartnerGroup{As: OnSide, Side: side})
	}
	for _, as := range []Standing{Facilitator, Donor, Associated, Observer, "", Former} {
		out = append(out, PartnerGroup{As: as})
	}
	for _, o := range list {
		as, side := o.Value.Today(today)
		if q.Side != "" && side != q.Side || q.As != "" && as != q.As {
			continue
		}
		i := slices.IndexFunc(out, func(g PartnerGroup) bool { return g.As == as && g.Side == side })
		if i < 0 { // of a side that the reader may not read
			i = slices.IndexFunc(out, func(g PartnerGroup) bool { return g.As == "" })
		}
		out[i].List = append(out[i].List, o)
	}
	return slices.DeleteFunc(out, func(g PartnerGroup) bool { return len(g.List) == 0 }), people, nil
}

// peopleCounts counts the people who work in each institution today and whom the actor may read.
func peopleCounts(ctx context.Context, tx *db.Tx, who access.Actor, d ref.Dialogue) (map[ref.Institution]int, error) {
	today, err := Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	var a db.Args
	day := a.Add(today)
	rows, err := tx.Query(ctx, `select p.institution, count(distinct o.id) from object o join roster_post p on p.id = o.id
		where o.dialogue = `+a.Add(d)+` and (p.from_day = '' or p.from_day <= `+day+`) and (p.until_day = '' or p.until_day >= `+day+`)
			and `+who.CanRead(&a, "o")+` group by p.institution -- roster.peopleCounts`, a.List()...)
	out := map[ref.Institution]int{}
	_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var i ref.Institution
		var n int
		err := r.Scan(&i, &n)
		out[i] = n
		return struct{}{}, err
	})
	return out, err
}

// Step is an institution on the line that leads to another, or on from it.
type Step struct {
	access.Object[Institution]
	Next   ref.Institution // who took over from it (before), or it took over from (after)
	Date   when.Date       // of that
	Matter text.Multi      // in which it was; empty: in all
}

// line gives those that an institution succeeded, the oldest first, and those that succeeded it,
// directly or over others, as far as the actor may read them.
func line(ctx context.Context, tx *db.Tx, who access.Actor, o access.Object[Institution]) (before, after []Step, err error) {
	var a db.Args
	id := a.Add(o.ID)
	list, err := Institutions.List(ctx, tx, who, access.Select{Args: &a, Where: `o.id in (
		with recursive back(id) as (
			select ` + id + ` union select s.id from roster_succession s join back on s.successor = back.id
		) select id from back
		union
		select id from (with recursive ahead(id) as (
			select ` + id + ` union select s.successor from roster_succession s join ahead on s.id = ahead.id
		) select id from ahead) x)`, Order: `o.id`})
	if err != nil {
		return nil, nil, err
	}
	before, after = steps(ref.Institution(o.ID), list)
	return before, after, nil
}

// steps orders the institutions of a line around one of them.
func steps(self ref.Institution, list []access.Object[Institution]) (before, after []Step) {
	byID := map[ref.Institution]access.Object[Institution]{}
	for _, o := range list {
		byID[ref.Institution(o.ID)] = o
	}
	seen := map[ref.Institution]bool{self: true}
	for grown := []ref.Institution{self}; len(grown) > 0; {
		var next []ref.Institution
		for _, o := range list {
			id := ref.Institution(o.ID)
			for _, s := range o.Value.Successors {
				if !seen[id] && slices.Contains(grown, s.Institution) {
					seen[id] = true
					before = append(before, Step{o, s.Institution, s.From, s.Matter})
					next = append(next, id)
				}
			}
		}
		grown = next
	}
	slices.SortStableFunc(before, func(x, y Step) int { return cmp.Compare(x.Date.Sort(), y.Date.Sort()) })
	seen = map[ref.Institution]bool{self: true}
	for grown := []ref.Institution{self}; len(grown) > 0; {
		var next []ref.Institution
		for _, g := range grown {
			for _, s := range byID[g].Value.Successors {
				if o, ok := byID[s.Institution]; ok && !seen[s.Institution] {
					seen[s.Institution] = true
					after = append(after, Step{o, g, s.From, s.Matter})
					next = append(next, s.Institution)
				}
			}
		}
		grown = next
	}
	slices.SortStableFunc(after, func(x, y Step) int { return cmp.Compare(x.Date.SortLast(), y.Date.SortLast()) })
	return before, after
}
