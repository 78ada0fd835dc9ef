package roster

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/when"
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
	all, err := actorsOn(ctx, tx, []ref.Person{id}, day, true)
	if err != nil {
		return access.Actor{}, err
	}
	a, there := all[id]
	if !there {
		return access.Actor{Person: id}, fault.New(fault.NotFound, "")
	}
	return a, nil
}

// actorsOn makes the actors of some people on a day, of those who are entered. It asks for all of them, and
// for those of one institution, at once, so that many cost as many questions as one; but for heirs, whether
// to name who answers for an institution that has ended, which depends on what each may read.
func actorsOn(ctx context.Context, tx *db.Tx, people []ref.Person, day string, heirs bool) (map[ref.Person]access.Actor, error) {
	var args db.Args
	d, among := args.Add(day), db.In(&args, people)
	found := map[ref.Person]*access.Actor{}
	bodies := map[ref.Institution]string{}
	at := map[ref.Institution][]*access.Actor{}
	rows, err := tx.Query(ctx, `select o.id, o.dialogue, coalesce(p.institution, ''), coalesce(i.body, ''), exists (select 1 from roster_standing b where b.id = p.institution and b.side <> '')
		from object o left join roster_post p on p.id = o.id and `+onDay("p", d)+`
		left join roster_institution i on i.id = p.institution
		where o.id in `+among+` and o.kind = 'person' and o.tombstone = '' order by o.id, p.from_day desc, p.institution -- roster.ActorFor`, args.List()...)
	if _, err := db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var a access.Actor
		var body string
		if err := r.Scan(&a.Person, &a.Dialogue, &a.Institution, &body, &a.Sided); err != nil || found[a.Person] != nil { // the first post is the one spoken for
			return struct{}{}, err
		}
		found[a.Person], bodies[a.Institution] = &a, body
		at[a.Institution] = append(at[a.Institution], &a)
		return struct{}{}, nil
	}); err != nil || len(found) == 0 {
		return nil, err
	}
	rows, err = tx.Query(ctx, `select f.id, f.name from roster_function f where `+onDay("f", d)+` and f.id in `+among+` order by f.id, f.name -- roster.ActorFor`, args.List()...)
	if _, err := db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id ref.Person
		var f access.Function
		err := r.Scan(&id, &f)
		if a := found[id]; a != nil {
			a.Functions = append(a.Functions, f)
		}
		return struct{}{}, err
	}); err != nil {
		return nil, err
	}
	all := map[ref.Person]access.Actor{}
	for _, i := range slices.Sorted(maps.Keys(at)) {
		if err := colleagues(ctx, tx, i, bodies[i], at[i], day, heirs, all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// colleagues completes the actors of people of one institution, or of none, and puts them down.
func colleagues(ctx context.Context, tx *db.Tx, i ref.Institution, body string, of []*access.Actor, day string, heirs bool, all map[ref.Person]access.Actor) error {
	var shared []access.Principal
	var line []ref.Institution
	var side ref.Side
	var ended when.Date
	var err error
	if i != "" {
		if shared, line, side, err = countsAs(ctx, tx, i, day); err != nil {
			return err
		}
		if ended, err = endOf(body, day); err != nil {
			return err
		}
	}
	var people, inside, outside []ref.Person
	for _, a := range of {
		a.Side, a.Ended.Day = side, ended
		people = append(people, a.Person)
		switch {
		case side == "" && a.Sided && worksInside(*a):
			outside = append(outside, a.Person)
		case isInside(*a):
			inside = append(inside, a.Person)
		}
	}
	named, own, err := namedIn(ctx, tx, side, line, people)
	if err != nil {
		return err
	}
	stood, letIn, err := stoodInside(ctx, tx, outside, i, day)
	if err != nil {
		return err
	}
	admitted, room, err := areAdmitted(ctx, tx, inside, i, side, day)
	if err != nil {
		return err
	}
	var r *Respondents
	if ended != "" || len(line) > 1 {
		if r, err = respondingOn(ctx, tx, day, line); err != nil {
			return err
		}
	}
	for _, a := range of {
		ps := slices.Concat(shared, named, own[a.Person])
		switch {
		case letIn[a.Person]:
			a.Stood = stood
			ps = append(ps, access.InsideOf(i))
		case isInside(*a):
			a.Admitted = admitted[a.Person]
			a.Waits = !a.Admitted
			if a.Admitted && room {
				ps = append(ps, access.InsideOf(i))
			}
		}
		// The administrator operates the node and reads no content by that function alone.
		if len(a.Functions) > 1 || len(a.Functions) == 1 && a.Functions[0] != access.Administrator {
			ps = append(ps, access.DialogueOf(a.Dialogue))
		}
		if a.Holds(access.ProjectTeam) {
			ps = append(ps, access.TeamOf(a.Dialogue))
		}
		if r != nil {
			a.Relieved = r.relieved(i, line)
			if a.Ended.Day != "" && heirs {
				if a.Ended, err = r.Since(ctx, tx, access.NewActor(*a, ps...), i); err != nil {
					return err
				}
			}
		}
		all[a.Person] = access.NewActor(*a, ps...)
	}
	return nil
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
	named, _, err := namedIn(ctx, tx, side, line, nil)
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

// namedIn gives the circles and meetings that people of an institution count as by it, and those that each
// of them counts as in person. A side's circle counts for who stands on that side today. Of
// the meetings only those whose participants are an audience of something: an institution takes
// part in hundreds, and every query would name them all.
func namedIn(ctx context.Context, tx *db.Tx, side ref.Side, line []ref.Institution, people []ref.Person) (shared []access.Principal, own map[ref.Person][]access.Principal, err error) {
	var a db.Args
	among, persons := db.In(&a, line), db.In(&a, people)
	own = map[ref.Person][]access.Principal{}
	rows, err := tx.Query(ctx, `select '' as person, 'circle:' || m.id from roster_circle_member m
			join object o on o.id = m.id and o.tombstone = ''
			where m.institution in `+among+` and `+sideOfCircle("m.id")+` in ('', `+a.Add(string(side))+`)
		union
		select case when l.to_id in `+persons+` then l.to_id else '' end, p.principal from (select distinct principal from aset_member where principal >= 'participants:' and principal < 'participants;') p
			cross join link l cross join object o -- in this order: from the few that are an audience
			where l.from_id = substr(p.principal, 14) and o.id = l.from_id and o.kind = 'meeting' and o.tombstone = ''
			and (l.to_id in `+among+` and l.rel in `+a.In(TakesPart)+` or l.to_id in `+persons+`) -- roster.namedIn`, a.List()...)
	_, err = db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
		var person ref.Person
		var p access.Principal
		if err := r.Scan(&person, &p); err != nil {
			return struct{}{}, err
		}
		if person == "" {
			shared = append(shared, p)
		} else {
			own[person] = append(own[person], p)
		}
		return struct{}{}, nil
	})
	return shared, own, err
}
