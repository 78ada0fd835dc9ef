package project

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
)

// An import records baselines that were made elsewhere. What no endorsement could have made it does not
// record: a second one of a version, an activity of another plan, a revision that never was. A plan is
// written before its baselines; an activity that comes after them is compared when it comes (checkNamed).

// checkFrozen compares a baseline of a file with its plan, with the others of that, and with its activities.
func checkFrozen(ctx context.Context, tx *db.Tx, who access.Actor, b *access.Object[Baseline]) error {
	if !who.IsOperator() { // Endorse made it
		return nil
	}
	var f fault.Fields
	second, err := isSecond(ctx, tx, who, b)
	if err != nil {
		return err
	}
	if second {
		f.Add("version", strconv.Itoa(b.Value.Version), "fault.baseline-second")
	}
	plan, err := Plans.Load(ctx, tx, who, ref.ID(b.Value.Plan))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	planned := err == nil
	known, err := activitiesIn(ctx, tx, who, &b.Value)
	if err != nil {
		return err
	}
	for n, l := range b.Value.Activities {
		path := "activities." + strconv.Itoa(n)
		a, there := known[l.Activity]
		if there && planned && a.Value.Phase != plan.Value.Phase {
			f.Add(path+".activity", cmp.Or(a.Key, string(a.ID)), "fault.baseline-activity")
		}
		// One that the same file brings from another node has had its revisions there.
		brought := !there || a.Rev == 1 && a.ChangedAt == db.Stamp(tx.Now())
		if l.Rev < 1 || int64(l.Rev) > a.Rev && !brought {
			f.Add(path+".rev", strconv.Itoa(l.Rev), "fault.baseline-revision", "n", max(a.Rev, 1))
		}
	}
	return f.Err()
}

// activitiesIn gives the activities that a baseline holds, as they stand.
func activitiesIn(ctx context.Context, tx *db.Tx, who access.Actor, b *Baseline) (map[ref.Activity]access.Object[Activity], error) {
	var ids []ref.Activity
	for _, l := range b.Activities {
		ids = append(ids, l.Activity)
	}
	var a db.Args
	all, err := Activities.List(ctx, tx, who, access.Select{Args: &a, Where: `o.id in ` + db.In(&a, ids)})
	known := map[ref.Activity]access.Object[Activity]{}
	for _, o := range all {
		known[ref.Activity(o.ID)] = o
	}
	return known, err
}

// isSecond says whether the version has a baseline already, of which this one is no part: those are of one
// day, each for other readers, and hold different activities (baselines).
func isSecond(ctx context.Context, tx *db.Tx, who access.Actor, b *access.Object[Baseline]) (bool, error) {
	var a db.Args
	all, err := Baselines.List(ctx, tx, who, access.Select{Args: &a, Where: `t.plan = ` + a.Add(b.Value.Plan) + ` and o.id <> ` + a.Add(b.ID), Order: `o.id`})
	if err != nil {
		return false, err
	}
	var ids []ref.ID
	for _, o := range all {
		ids = append(ids, o.ID)
	}
	readers, err := access.Audiences(ctx, tx, who, ids...)
	return slices.ContainsFunc(all, func(o access.Object[Baseline]) bool {
		return o.Value.Version == b.Value.Version && (o.Value.Endorsed != b.Value.Endorsed || o.Mark == b.Mark && slices.Equal(readers[o.ID], b.Audience) ||
			slices.ContainsFunc(o.Value.Activities, func(l Planned) bool {
				return slices.ContainsFunc(b.Value.Activities, func(k Planned) bool { return k.Activity == l.Activity })
			}))
	}), err
}

// checkNamed compares the baselines of a file with an activity that comes after them.
func checkNamed(ctx context.Context, tx *db.Tx, who access.Actor, x *access.Object[Activity]) error {
	if x.Rev > 1 || !who.IsOperator() {
		return nil
	}
	var a db.Args
	all, err := Baselines.List(ctx, tx, who, access.Select{Args: &a, Where: `o.id in (select from_id from link where to_id = ` + a.Add(x.ID) + ` and rel = 'activities.activity')`, Order: `o.id`})
	if err != nil {
		return err
	}
	for _, b := range all {
		p, err := Plans.Load(ctx, tx, who, ref.ID(b.Value.Plan))
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err == nil && p.Value.Phase != x.Value.Phase {
			var f fault.Fields
			f.Add("phase", cmp.Or(x.Key, string(x.ID)), "fault.baseline-activity")
			return f.Err()
		}
	}
	return nil
}
