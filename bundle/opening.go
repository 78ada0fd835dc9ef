package bundle

import (
	"context"
	"database/sql"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/meeting"
	"entente/roster"
)

// opening is what an act lets somebody read of what stands already.
type opening struct {
	known  int               // how many objects the actor may read
	owners []ref.Institution // whose objects they are
	team   []ref.Institution // those of them alone that whoever comes to the team reads
}

// opens finds, once an act is written, what it lets somebody read: by a circle, the participants of a
// meeting, an institution that is not the own, or the project team. That somebody comes to a side is told to
// those who lead it (round.add), and that somebody comes to the dialogue to nobody. Of a person's own post it
// is what is for the team alone: what the institution reads is not opened by whoever comes to work there.
// made says of which objects the act itself says who reads them.
func opens(ctx context.Context, tx *db.Tx, who access.Actor, effects []roster.Effect, made func(ref.ID) bool) (out opening, err error) {
	var to access.Audience
	for _, e := range effects {
		for _, p := range e.Gains {
			switch k := p.Kind(); {
			case e.Own, k == "team":
			case k == "circle", k == "participants", k == "institution" && p != access.InstitutionOf(e.Then):
				to = append(to, p)
			}
		}
	}
	if out.known, out.owners, err = grown(ctx, tx, who, to, effects, made); err != nil {
		return out, err
	}
	n, owners, err := joined(ctx, tx, who, effects)
	out.known += n
	out.team = owners
	return out, err
}

// grown counts the objects that are addressed to some, and that somebody comes to read, as far as the
// actor may read them, and gives the owners of all.
func grown(ctx context.Context, tx *db.Tx, who access.Actor, to access.Audience, effects []roster.Effect, made func(ref.ID) bool) (known int, owners []ref.Institution, err error) {
	if len(to) == 0 {
		return 0, nil, nil
	}
	node := access.Operator("opens") // the owners are told of what the actor may not read, too
	var a db.Args
	of := map[ref.ID]ref.Institution{}
	ids, err := db.Collect(ctx, tx, func(r *sql.Rows) (id ref.ID, err error) {
		var owner ref.Institution
		err = r.Scan(&id, &owner)
		of[id] = owner
		return id, err
	}, `select o.id, o.owner from object o where o.aset in (select aset from aset_member where principal in `+db.In(&a, access.NewAudience(to...))+`)
		and o.room = '' and `+node.CanRead(&a, "o")+` order by o.id -- bundle.grown`, a.List()...)
	if err != nil {
		return 0, nil, err
	}
	all, err := access.Audiences(ctx, tx, node, ids...)
	if err != nil {
		return 0, nil, err
	}
	may, err := access.Audiences(ctx, tx, who, ids...)
	if err != nil {
		return 0, nil, err
	}
	for _, id := range ids {
		h := access.Header{Audience: all[id]}
		if made(id) || !slices.ContainsFunc(effects, func(e roster.Effect) bool { return e.Opens(h) }) {
			continue
		}
		if _, may := may[id]; may {
			known++
		}
		if of[id] != "" {
			owners = append(owners, of[id])
		}
	}
	slices.Sort(owners)
	return known, slices.Compact(owners), nil
}

// joined is the same for whoever comes to the project team: all that is for it and that such a person did
// not read before, in one query, since it may be most of what there is.
func joined(ctx context.Context, tx *db.Tx, who access.Actor, effects []roster.Effect) (known int, owners []ref.Institution, err error) {
	var team access.Audience
	var was []access.Actor
	for _, e := range effects {
		for _, p := range e.Gains {
			if p.Kind() == "team" {
				team, was = append(team, p), append(was, e.Before())
			}
		}
	}
	if len(team) == 0 {
		return 0, nil, nil
	}
	node := access.Operator("opens")
	var a db.Args
	before := access.NewAudience(access.Anyone) // what all of several read
	if len(was) == 1 {
		before = access.NewAudience(was[0].Principals()...)
	}
	_, err = db.Collect(ctx, tx, func(r *sql.Rows) (struct{}, error) {
		var owner ref.Institution
		var n int
		err := r.Scan(&owner, &n)
		if known += n; owner != "" {
			owners = append(owners, owner)
		}
		return struct{}{}, err
	}, `select o.owner, sum(case when `+who.CanRead(&a, "o")+` then 1 else 0 end) from object o
		where o.aset in (select aset from aset_member where principal in `+db.In(&a, access.NewAudience(team...))+`)
		and o.aset not in (select aset from aset_member where principal in `+db.In(&a, before)+`)
		and o.room = '' and `+node.CanRead(&a, "o")+` group by o.owner order by o.owner -- bundle.joined`, a.List()...)
	return known, owners, err
}

// sideOf gives the side whose circle an object is; "" for all others.
func sideOf(value any) ref.Side {
	if c, ok := value.(*roster.Circle); ok && c != nil {
		return c.Side
	}
	return ""
}

// opened says in a word of a notice by what others came to read what an institution wrote.
func opened(kind string) string {
	switch kind {
	case meeting.Meetings.Name:
		return "joined"
	case roster.Institutions.Name:
		return "succeeded"
	}
	return "opened"
}
