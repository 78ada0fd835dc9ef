package bundle

import (
	"context"
	"database/sql"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/roster"
)

// opening is what the further members of a circle come to read of what stands already.
type opening struct {
	side   ref.Side // whose circle it is
	known  int      // how many objects the actor may read
	owners []ref.Institution
}

// opens finds, before a circle gets further members, what these come to read by it: what was addressed
// to the circle before, but for what they read anyhow. Of other kinds, and of members who leave, it
// finds nothing.
func opens(ctx context.Context, tx *db.Tx, who access.Actor, h access.Header, old, new any) (out opening, err error) {
	was, is := circleOf(old), circleOf(new)
	if was == nil || is == nil {
		return out, nil
	}
	var come [][]access.Principal // as what each counts today
	for _, m := range is.Members {
		if !slices.Contains(was.Members, m) {
			as, _, err := roster.CountsAs(ctx, tx, m)
			if err != nil {
				return out, err
			}
			come = append(come, as)
		}
	}
	if len(come) == 0 {
		return out, nil
	}
	node := access.Operator("circle") // the owners are told of what the actor may not read, too
	var a db.Args
	owners := map[ref.ID]ref.Institution{}
	ids, err := db.Collect(ctx, tx, func(r *sql.Rows) (id ref.ID, err error) {
		var owner ref.Institution
		err = r.Scan(&id, &owner)
		owners[id] = owner
		return id, err
	}, `select o.id, o.owner from object o where o.aset in (select aset from aset_member where principal = `+a.Add(access.CircleOf(ref.Circle(h.ID)))+`)
		and `+node.CanRead(&a, "o")+` order by o.id -- bundle.opens`, a.List()...)
	if err != nil {
		return out, err
	}
	all, err := access.Audiences(ctx, tx, node, ids...)
	if err != nil {
		return out, err
	}
	known, err := access.Audiences(ctx, tx, who, ids...)
	if err != nil {
		return out, err
	}
	out.side = is.Side
	for _, id := range ids {
		if !slices.ContainsFunc(come, func(as []access.Principal) bool { return !slices.ContainsFunc(as, all[id].Has) }) {
			continue
		}
		if _, may := known[id]; may {
			out.known++
		}
		if owners[id] != "" {
			out.owners = append(out.owners, owners[id])
		}
	}
	slices.Sort(out.owners)
	out.owners = slices.Compact(out.owners)
	return out, nil
}

func circleOf(value any) *roster.Circle {
	c, _ := value.(*roster.Circle)
	return c
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
