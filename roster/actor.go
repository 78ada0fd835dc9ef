package roster

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
)

// ActorFor makes the actor for a person as membership stands at the transaction's moment: the
// institution of the current post, its side today, the functions held today, and everything
// they count as. A person whose institution succeeded another of its side reads what the other could,
// once that has ended, and nothing that stands inside. What stands inside is for whom the side itself
// admitted. NotFound when the person does not exist or was removed.
func ActorFor(ctx context.Context, tx *db.Tx, id ref.Person) (access.Actor, error) {
	today, err := Today(ctx, tx)
	if err != nil {
		return access.Actor{}, err
	}
	return actorOn(ctx, tx, id, string(today))
}

func actorOn(ctx context.Context, tx *db.Tx, id ref.Person, day string) (access.Actor, error) {
	a := access.Actor{Person: id}
	var body string
	err := tx.QueryRow(ctx, `select o.dialogue, coalesce(p.institution, ''), coalesce(i.body, ''), exists (select 1 from roster_standing b where b.id = p.institution and b.side <> '')
		from object o left join roster_post p on p.id = o.id
			and (p.from_day = '' or p.from_day <= $2) and (p.until_day = '' or p.until_day >= $2)
		left join roster_institution i on i.id = p.institution
		where o.id = $1 and o.kind = 'person' and o.tombstone = '' order by p.from_day desc, p.institution limit 1 -- roster.ActorFor`,
		id, day).Scan(&a.Dialogue, &a.Institution, &body, &a.Sided)
	if errors.Is(err, sql.ErrNoRows) {
		return a, fault.New(fault.NotFound, "")
	}
	if err != nil {
		return a, err
	}
	rows, err := tx.Query(ctx, `select name from roster_function where id = $1
		and (from_day = '' or from_day <= $2) and (until_day = '' or until_day >= $2) order by name -- roster.ActorFor`, id, day)
	a.Functions, err = db.Rows(rows, err, func(r *sql.Rows) (f access.Function, err error) {
		err = r.Scan(&f)
		return f, err
	})
	if err != nil {
		return a, err
	}
	var ps []access.Principal
	var line []ref.Institution
	if a.Institution != "" {
		if ps, line, a.Side, err = countsAs(ctx, tx, a.Institution, day); err != nil {
			return a, err
		}
		if a.Ended.Day, err = endOf(body, day); err != nil {
			return a, err
		}
	}
	named, err := namedIn(ctx, tx, a, line)
	if err != nil {
		return a, err
	}
	ps = append(ps, named...)
	switch {
	case a.Side == "" && a.Sided && worksInside(a):
		if a.Stood, err = stoodInside(ctx, tx, a, day); err != nil {
			return a, err
		}
		if a.Stood != "" {
			ps = append(ps, access.InsideOf(a.Institution))
		}
	case isInside(a):
		var room bool
		if a.Admitted, room, err = isAdmitted(ctx, tx, a, day); err != nil {
			return a, err
		}
		a.Waits = !a.Admitted
		if room {
			ps = append(ps, access.InsideOf(a.Institution))
		}
	}
	// The administrator operates the node and reads no content by that function alone.
	if len(a.Functions) > 1 || len(a.Functions) == 1 && a.Functions[0] != access.Administrator {
		ps = append(ps, access.DialogueOf(a.Dialogue))
	}
	if a.Holds(access.ProjectTeam) {
		ps = append(ps, access.TeamOf(a.Dialogue))
	}
	if a.Ended.Day != "" || len(line) > 1 {
		if err := relieve(ctx, tx, &a, line, ps, day); err != nil {
			return a, err
		}
	}
	return access.NewActor(a, ps...), nil
}

// CountsAs gives what the people of an institution count as today whatever their functions: its
// side, itself and those it succeeded, its circles and the meetings it takes part in; and the
// side, "" where it is on none.
func CountsAs(ctx context.Context, tx *db.Tx, i ref.Institution) ([]access.Principal, ref.Side, error) {
	today, err := Today(ctx, tx)
	if err != nil {
		return nil, "", err
	}
	return countsOn(ctx, tx, i, string(today))
}

// countsOn is CountsAs for a day.
func countsOn(ctx context.Context, tx *db.Tx, i ref.Institution, day string) ([]access.Principal, ref.Side, error) {
	ps, line, side, err := countsAs(ctx, tx, i, day)
	if err != nil {
		return nil, "", err
	}
	named, err := namedIn(ctx, tx, access.Actor{Side: side}, line)
	return append(ps, named...), side, err
}

func countsAs(ctx context.Context, tx *db.Tx, i ref.Institution, day string) (ps []access.Principal, line []ref.Institution, on ref.Side, err error) {
	as, side, err := standing(ctx, tx, i, day)
	if err != nil {
		return nil, nil, "", err
	}
	if as == OnSide {
		on = side
		ps = append(ps, access.SideOf(side))
	}
	line, err = ancestry(ctx, tx, i, day)
	for _, i := range line {
		ps = append(ps, access.InstitutionOf(i))
	}
	return ps, line, on, err
}

// isInside says whether a person works for the side on which the institution stands: by a function
// other than those of the project team, the donor and the node's administrator. The side lets in those
// of them whom it admits (Admission).
func isInside(a access.Actor) bool { return a.Side != "" && worksInside(a) }

// worksInside says whether somebody holds a function that is for the inside of a side.
func worksInside(a access.Actor) bool {
	return !a.Holds(access.ProjectTeam) && !a.Holds(access.DonorOfficer) &&
		slices.ContainsFunc(a.Functions, func(f access.Function) bool { return f != access.Administrator })
}

// peopleInside is isInside in SQL, of a person who has a post at an institution of a side on a day.
func peopleInside(person, day string) string {
	held := `exists (select 1 from roster_function x where x.id = ` + person + ` and ` + onDay("x", day)
	return held + ` and x.name <> '` + string(access.Administrator) + `') and not ` +
		held + ` and x.name in ('` + string(access.ProjectTeam) + `', '` + string(access.DonorOfficer) + `'))`
}

// MemberOf makes the actor of somebody who works for an institution and its side and is nobody in
// particular: for asking what the institution's people may read.
func MemberOf(ctx context.Context, tx *db.Tx, d ref.Dialogue, i ref.Institution) (access.Actor, error) {
	ps, side, err := CountsAs(ctx, tx, i)
	if err == nil && side != "" {
		ps, err = withInside(ctx, tx, ps, i)
	}
	return access.NewActor(access.Actor{Institution: i, Side: side, Dialogue: d, Admitted: side != ""}, append(ps, access.DialogueOf(d))...), err
}

// withInside adds what those count as who work for the side: the inside of their own institution
// alone, since no succession opens what stands there. An institution that ever stood on another side
// has none: what was written inside the old side would lie open on the new one.
func withInside(ctx context.Context, tx *db.Tx, ps []access.Principal, own ref.Institution) ([]access.Principal, error) {
	sides, err := sidesEver(ctx, tx, own)
	if len(sides) == 1 {
		ps = append(ps, access.InsideOf(own))
	}
	return ps, err
}

// sidesEver gives the sides on which the register says that an institution stands, stood or will.
func sidesEver(ctx context.Context, tx *db.Tx, i ref.Institution) ([]ref.Side, error) {
	return db.Collect(ctx, tx, db.One[ref.Side], `select distinct side from roster_standing where id = $1 and side <> '' order by side -- roster.sidesEver`, i)
}

// oneSide says in SQL that an institution stood on at most one side, whenever that was.
func oneSide(i string) string { return sideBound("min", i) + ` = ` + sideBound("max", i) }

func sideBound(bound, i string) string { return sideAmong(bound, i, ` and b.side <> ''`) }

// sideAmong gives the first or last of the sides on which an institution stood; empty stands for a
// standing on none.
func sideAmong(bound, i, which string) string {
	return `coalesce((select ` + bound + `(b.side) from roster_standing b where b.id = ` + i + which + `), '')`
}

// inherits says in SQL by which rows s of roster_succession the successor counts as its predecessor on
// a day: the day has come from which that one is no more, and on every day of its own that one stood on
// the one side, or on every day on none, since what it was let read beside the side is not the side's.
// The successor stood on no other side, whenever that was, and from its first day as successor to this
// one nowhere else. A side that either of them takes later ends it, and no chain leads across.
func inherits(s, day string) string {
	id, successor := s+".id", s+".successor"
	side := sideAmong("min", id, "")
	return s + `.from_day <= ` + day + ` and ` + side + ` = ` + sideAmong("max", id, "") + ` and ` + oneSide(successor) + ` and ` + sideBound("min", successor) + ` = ` + side + `
			and not exists (select 1 from roster_standing b where b.id = ` + successor + ` and b.side <> ` + side + `
				and (b.from_day = '' or b.from_day <= ` + day + `) and (b.until_day = '' or b.until_day >= ` + s + `.from_day))`
}

// standing gives an institution's standing and side on a day.
func standing(ctx context.Context, tx *db.Tx, i ref.Institution, day string) (as Standing, side ref.Side, err error) {
	err = tx.QueryRow(ctx, `select g.standing, g.side from roster_standing g where g.id = $1 and `+onDay("g", "$2")+standingOrder("g")+` -- roster.standing`, i, day).Scan(&as, &side)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", nil
	}
	return as, side, err
}

// ancestry gives the institution and all that it counts as by succession on that day, directly or over
// others.
func ancestry(ctx context.Context, tx *db.Tx, i ref.Institution, day string) ([]ref.Institution, error) {
	rows, err := tx.Query(ctx, `with recursive line(id) as (
			select $1
			union
			select s.id from roster_succession s join line on s.successor = line.id
			where `+inherits("s", "$2")+`)
		select id from line order by id -- roster.ancestry`, string(i), day)
	return db.Rows(rows, err, func(r *sql.Rows) (id ref.Institution, err error) {
		err = r.Scan(&id)
		return id, err
	})
}

// TakesPart are the fields of a meeting by which an institution takes part in it, as the shared
// table of links names them. A person takes part whichever field names the person.
var TakesPart = []string{"participants.institution", "agenda.speakers.institution", "statements.institutions"}

// namedIn gives the circles and meetings that a person counts as by institution or in person. A
// side's circle counts for who stands on that side today. Of
// the meetings only those whose participants are an audience of something: an institution takes
// part in hundreds, and every query would name them all.
func namedIn(ctx context.Context, tx *db.Tx, who access.Actor, line []ref.Institution) ([]access.Principal, error) {
	var a db.Args
	own := db.In(&a, line)
	return db.Collect(ctx, tx, db.One[access.Principal], `select 'circle:' || m.id from roster_circle_member m
			join object o on o.id = m.id and o.tombstone = ''
			where m.institution in `+own+` and `+sideOfCircle("m.id")+` in ('', `+a.Add(string(who.Side))+`)
		union
		select p.principal from (select distinct principal from aset_member where principal >= 'participants:' and principal < 'participants;') p
			cross join link l cross join object o -- in this order: from the few that are an audience
			where l.from_id = substr(p.principal, 14) and o.id = l.from_id and o.kind = 'meeting' and o.tombstone = ''
			and (l.to_id in `+own+` and l.rel in `+a.In(TakesPart)+` or l.to_id = `+a.Add(who.Person)+`) -- roster.namedIn`, a.List()...)
}
