package bundle

import (
	"context"
	"database/sql"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/meeting"
	"entente/roster"
)

// opening is what the further members of a circle, participants of a meeting, or successors of an institution,
// come to read of what stands already.
type opening struct {
	side   ref.Side // whose circle it is
	known  int      // how many objects the actor may read
	owners []ref.Institution
}

// opens finds, before a circle gets further members or a meeting further participants, what these come to
// read by it: what was addressed to all of them before, but for what they read anyhow. Of other kinds, and
// of those who leave, it finds nothing.
func opens(ctx context.Context, tx *db.Tx, who access.Actor, h access.Header, old, new any) (out opening, err error) {
	to, was := addressed(h, old)
	_, is := addressed(h, new)
	if to == "" || old == nil {
		return out, nil
	}
	var come [][]access.Principal // as what each counts today
	for _, m := range is {
		if slices.Contains(was, m) {
			continue
		}
		as, err := countsAs(ctx, tx, m)
		if err != nil {
			return out, err
		}
		come = append(come, as)
	}
	if len(come) == 0 {
		return out, nil
	}
	if c, ok := new.(*roster.Circle); ok {
		out.side = c.Side
	}
	return out, out.find(ctx, tx, who, []access.Principal{to}, func(a access.Audience) bool {
		return slices.ContainsFunc(come, func(as []access.Principal) bool { return !slices.ContainsFunc(as, a.Has) })
	})
}

// inherits finds what a change of an institution's standing or succession, once it is written, lets others
// read that was addressed to an institution by name: to this one, and to those that it succeeded.
func inherits(ctx context.Context, tx *db.Tx, who access.Actor, kind string, effects []roster.Effect) (out opening, err error) {
	if kind != roster.Institutions.Name {
		return out, nil
	}
	var to access.Audience
	for _, e := range effects {
		for _, p := range e.Gains {
			if p.Kind() == "institution" && p != access.InstitutionOf(e.Then) {
				to = access.NewAudience(append(to, p)...)
			}
		}
	}
	return out, out.find(ctx, tx, who, to, func(a access.Audience) bool {
		return slices.ContainsFunc(effects, func(e roster.Effect) bool { return e.Opens(access.Header{Audience: a}) })
	})
}

// find adds the objects that are addressed to some, and whose readers grow.
func (o *opening) find(ctx context.Context, tx *db.Tx, who access.Actor, to []access.Principal, grows func(access.Audience) bool) error {
	if len(to) == 0 {
		return nil
	}
	node := access.Operator("opens") // the owners are told of what the actor may not read, too
	var a db.Args
	owners := map[ref.ID]ref.Institution{}
	ids, err := db.Collect(ctx, tx, func(r *sql.Rows) (id ref.ID, err error) {
		var owner ref.Institution
		err = r.Scan(&id, &owner)
		owners[id] = owner
		return id, err
	}, `select o.id, o.owner from object o where o.aset in (select aset from aset_member where principal in `+db.In(&a, to)+`)
		and `+node.CanRead(&a, "o")+` order by o.id -- bundle.find`, a.List()...)
	if err != nil {
		return err
	}
	all, err := access.Audiences(ctx, tx, node, ids...)
	if err != nil {
		return err
	}
	known, err := access.Audiences(ctx, tx, who, ids...)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !grows(all[id]) {
			continue
		}
		if _, may := known[id]; may {
			o.known++
		}
		if owners[id] != "" {
			o.owners = append(o.owners, owners[id])
		}
	}
	slices.Sort(o.owners)
	o.owners = slices.Compact(o.owners)
	return nil
}

// addressed gives as what the members of a circle, or the participants of a meeting, stand in an audience, and
// who they are by a value of it; "" for other kinds.
func addressed(h access.Header, value any) (to access.Principal, members []access.Principal) {
	switch v := value.(type) {
	case *roster.Circle:
		for _, m := range v.Members {
			members = append(members, access.InstitutionOf(m))
		}
		return access.CircleOf(ref.Circle(h.ID)), members
	case *meeting.Meeting:
		is, ps := roster.Participants(v)
		for _, i := range is {
			members = append(members, access.InstitutionOf(i))
		}
		for _, p := range ps {
			members = append(members, access.PersonOf(ref.Person(p)))
		}
		return access.ParticipantsOf(ref.Meeting(h.ID)), members
	}
	return "", nil
}

// countsAs gives as what the people of an institution, or a person, count today.
func countsAs(ctx context.Context, tx *db.Tx, p access.Principal) ([]access.Principal, error) {
	if p.Kind() == "institution" {
		as, _, err := roster.CountsAs(ctx, tx, ref.Institution(p.ID()))
		return as, err
	}
	a, err := roster.ActorFor(ctx, tx, ref.Person(p.ID()))
	if fault.Is(err, fault.NotFound) {
		return []access.Principal{p}, nil
	}
	return a.Principals(), err
}

// addOwners puts down that what institutions wrote is open to further members of a circle, whatever there
// is of it. Of a side's circle nobody outside that side is told.
func (t told) addOwners(ctx context.Context, tx *db.Tx, h access.Header, o opening) error {
	if len(o.owners) == 0 {
		return nil
	}
	sides, err := roster.SidesToday(ctx, tx, o.owners...)
	if err != nil {
		return err
	}
	for _, i := range o.owners {
		if o.side != "" && sides[i] != o.side {
			continue
		}
		acting, err := t.actingFor(ctx, tx, i)
		if err != nil {
			return err
		}
		for _, p := range acting {
			t.owners[p] = true
			if !slices.ContainsFunc(t.of[p], func(x access.Header) bool { return x.ID == h.ID }) {
				t.of[p] = append(t.of[p], h)
			}
		}
	}
	return nil
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
