package project

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
)

// Filter chooses activities. Empty words choose all.
type Filter struct {
	FocusArea ref.FocusArea
	Type      ActivityType
	State     ActivityState
	Side      ref.Side // that of an institution that leads or takes part
	// SideOn tells on which side an institution stood on a day: the register is not this
	// subject's. Without it no activity is of any side.
	SideOn func(ref.Institution, when.Date) ref.Side
}

// chooses says whether an activity is among those wanted.
func (f Filter) chooses(a *Activity) bool {
	return (f.FocusArea == "" || a.FocusArea == f.FocusArea) &&
		(f.Type == "" || a.Type == f.Type) &&
		(f.State == "" || a.State == f.State) &&
		(f.Side == "" || f.SideOn != nil && slices.ContainsFunc(a.institutions(), func(i ref.Institution) bool {
			return f.SideOn(i, a.Starts) == f.Side
		}))
}

// institutions are those that lead or take part.
func (a *Activity) institutions() []ref.Institution {
	if a.Lead == "" {
		return a.Partners
	}
	return append([]ref.Institution{a.Lead}, a.Partners...)
}

// PlanPage is a work plan with its phase, the endorsed version behind it and its activities, as
// far as the actor may read them.
type PlanPage struct {
	Plan     access.Object[Plan]
	Phase    access.Object[Phase] // without id where the actor may not read it
	Baseline *access.Object[Baseline]
	Frozen   []Planned                 // the activities of the baseline
	Recorded bool                      // the baseline was made by a command of the operator
	Removed  map[ref.Activity]bool     // those of them that were removed since
	All      []access.Object[Activity] // dated ones first, in the order of their dates
	Chosen   []access.Object[Activity] // those that the filter chooses
	Now      time.Time
}

// Page gives a plan for showing.
func (s *Service) Page(ctx context.Context, who access.Actor, id ref.Plan, f Filter) (p PlanPage, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		p.Now = tx.Now()
		if p.Plan, err = Plans.Load(ctx, tx, who, ref.ID(id)); err != nil {
			return err
		}
		if p.Phase, err = Phases.Load(ctx, tx, who, ref.ID(p.Plan.Value.Phase)); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if p.Baseline, p.Frozen, p.Removed, err = endorsedOf(ctx, tx, who, p.Plan.Value); err != nil {
			return err
		}
		recorded, err := recordedOf(ctx, tx, p.Plan)
		if err != nil {
			return err
		}
		p.Recorded = recorded[p.Plan.ID]
		p.All, err = activitiesOf(ctx, tx, who, p.Plan.Value.Phase)
		return err
	})
	for _, a := range p.All {
		if f.chooses(&a.Value) {
			p.Chosen = append(p.Chosen, a)
		}
	}
	return p, err
}

// endorsedOf gives the endorsed version behind a plan, nil where there is none to be read.
func endorsedOf(ctx context.Context, tx *db.Tx, who access.Actor, p Plan) (*access.Object[Baseline], []Planned, map[ref.Activity]bool, error) {
	if p.Baseline == "" {
		return nil, nil, nil, nil
	}
	b, err := Baselines.Load(ctx, tx, who, ref.ID(p.Baseline))
	if fault.Is(err, fault.NotFound) {
		return nil, nil, nil, nil
	}
	if err != nil {
		return nil, nil, nil, err
	}
	frozen, removed, err := frozenOf(ctx, tx, who, b.Value)
	return &b, frozen, removed, err
}

// frozenOf gives the activities of an endorsed version from all its parts, as far as the actor
// may read today the activity itself, or could until it was removed: its audience may have become
// narrower since.
func frozenOf(ctx context.Context, tx *db.Tx, who access.Actor, b Baseline) ([]Planned, map[ref.Activity]bool, error) {
	var a db.Args
	parts, err := Baselines.List(ctx, tx, who, access.Select{Args: &a, Where: `t.plan = ` + a.Add(b.Plan), Order: `o.id`})
	if err != nil {
		return nil, nil, err
	}
	var all []Planned
	var ids []ref.ID
	for _, p := range parts {
		if p.Value.Version == b.Version {
			for _, l := range p.Value.Activities {
				all, ids = append(all, l), append(ids, ref.ID(l.Activity))
			}
		}
	}
	readable, gone, err := access.Standing(ctx, tx, who, ids...)
	if err != nil {
		return nil, nil, err
	}
	removed := map[ref.Activity]bool{}
	var out []Planned
	for _, l := range all {
		switch {
		case gone[ref.ID(l.Activity)]:
			removed[l.Activity] = true
		case !readable[ref.ID(l.Activity)]:
			continue
		}
		out = append(out, l)
	}
	slices.SortStableFunc(out, func(x, y Planned) int { return cmp.Compare(x.Starts.SortLast(), y.Starts.SortLast()) })
	return out, removed, nil
}

// BaselinePage is an endorsed version as it was frozen.
type BaselinePage struct {
	Baseline   access.Object[Baseline]
	Plan       access.Object[Plan] // without id where the actor may not read it
	Recorded   bool                // it was made by a command of the operator
	Activities []Planned
	Removed    map[ref.Activity]bool // those that were removed since
}

// Baseline gives an endorsed version that the actor may read, or NotFound.
func (s *Service) Baseline(ctx context.Context, who access.Actor, id ref.Baseline) (p BaselinePage, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if p.Baseline, err = Baselines.Load(ctx, tx, who, ref.ID(id)); err != nil {
			return err
		}
		if p.Plan, err = Plans.Load(ctx, tx, who, ref.ID(p.Baseline.Value.Plan)); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		made, err := access.Recorded(ctx, tx, p.Baseline.ID)
		if err != nil {
			return err
		}
		p.Recorded = made[p.Baseline.ID]
		p.Activities, p.Removed, err = frozenOf(ctx, tx, who, p.Baseline.Value)
		return err
	})
	return p, err
}

// ActivityPage is an activity with the plan that it stands in and the line by which it was endorsed.
type ActivityPage struct {
	Activity access.Object[Activity]
	Plan     *access.Object[Plan]
	Baseline *access.Object[Baseline]
	Planned  *Planned // nil: not in the endorsed version
	Waiting  []access.Title
}

// Activity gives an activity that the actor may read, or NotFound.
func (s *Service) Activity(ctx context.Context, who access.Actor, id ref.Activity, lang text.Lang) (p ActivityPage, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if p.Activity, err = Activities.Load(ctx, tx, who, ref.ID(id)); err != nil {
			return err
		}
		if p.Plan, err = planOf(ctx, tx, who, p.Activity.Value.Phase); err != nil {
			return err
		}
		if p.Plan != nil {
			var frozen []Planned
			if p.Baseline, frozen, _, err = endorsedOf(ctx, tx, who, p.Plan.Value); err != nil {
				return err
			}
			if i := slices.IndexFunc(frozen, func(l Planned) bool { return l.Activity == id }); i >= 0 {
				p.Planned = &frozen[i]
			}
		}
		p.Waiting, err = access.Pointing(ctx, tx, who, lang, ref.ID(id), "activity", "depends_on", 100)
		return err
	})
	return p, err
}

// planOf gives the work plan of a phase, nil where there is none to be read.
func planOf(ctx context.Context, tx *db.Tx, who access.Actor, phase ref.Phase) (*access.Object[Plan], error) {
	var a db.Args
	plans, err := Plans.List(ctx, tx, who, access.Select{Args: &a, Where: `t.phase = ` + a.Add(phase), Order: `o.id desc`, Limit: 1})
	if err != nil || len(plans) == 0 {
		return nil, err
	}
	return &plans[0], nil
}

// PhasePage is a phase with its project, focus areas, logframe and plan.
type PhasePage struct {
	Phase      access.Object[Phase]
	FocusAreas []access.Object[FocusArea]
	Logframe   Logframe
	Plan       *access.Object[Plan]
	Next       []access.Title // the phases that build on it
}

// Phase gives a phase that the actor may read, or NotFound.
func (s *Service) Phase(ctx context.Context, who access.Actor, id ref.Phase, lang text.Lang) (p PhasePage, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if p.Phase, err = Phases.Load(ctx, tx, who, ref.ID(id)); err != nil {
			return err
		}
		var a db.Args
		if p.FocusAreas, err = FocusAreas.List(ctx, tx, who, access.Select{
			Args: &a, Where: `o.id in (select from_id from link where rel = 'phases' and to_id = ` + a.Add(id) + `)`,
		}); err != nil {
			return err
		}
		sortFocusAreas(p.FocusAreas)
		if p.Logframe, err = s.Logframe(ctx, who, id); err != nil {
			return err
		}
		if p.Plan, err = planOf(ctx, tx, who, id); err != nil {
			return err
		}
		p.Next, err = access.Pointing(ctx, tx, who, lang, ref.ID(id), "phase", "follows", 20)
		return err
	})
	return p, err
}

// Projects gives the dialogue's projects.
func (s *Service) Projects(ctx context.Context, who access.Actor, d ref.Dialogue) (out []access.Object[Project], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		out, err = Projects.List(ctx, tx, who, access.Select{Args: &a, Where: `o.dialogue = ` + a.Add(d), Order: `o.id`})
		return err
	})
	return out, err
}

// Count says how many activities of a phase stand in a state.
type Count struct {
	Phase ref.Phase
	State ActivityState
	N     int
}

// Counts counts the activities that the actor may read, by phase and state.
func (s *Service) Counts(ctx context.Context, who access.Actor, d ref.Dialogue) (out []Count, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		rows, err := tx.Query(ctx, `select t.phase, o.state, count(*) from object o join project_activity t on t.id = o.id
			where o.dialogue = `+a.Add(d)+` and `+who.CanRead(&a, "o")+` group by t.phase, o.state -- project.Counts`, a.List()...)
		out, err = db.Rows(rows, err, func(r *sql.Rows) (c Count, err error) {
			err = r.Scan(&c.Phase, &c.State, &c.N)
			return c, err
		})
		return err
	})
	return out, err
}

// ResultPage is a result with what serves it, its indicators and the activities that serve it.
type ResultPage struct {
	Result     access.Object[Result]
	Served     []access.Title // results that serve it
	Indicators []access.Object[Indicator]
	Activities []access.Title
}

// Result gives a result of the logframe that the actor may read, or NotFound.
func (s *Service) Result(ctx context.Context, who access.Actor, id ref.Result, lang text.Lang) (p ResultPage, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if p.Result, err = Results.Load(ctx, tx, who, ref.ID(id)); err != nil {
			return err
		}
		var a db.Args
		if p.Indicators, err = Indicators.List(ctx, tx, who, access.Select{Args: &a, Where: `t.result = ` + a.Add(id), Order: `o.id`}); err != nil {
			return err
		}
		sortByCode(p.Indicators, func(i *Indicator) string { return i.Code })
		if p.Served, err = access.Pointing(ctx, tx, who, lang, ref.ID(id), "result", "serves", 100); err != nil {
			return err
		}
		p.Activities, err = access.Pointing(ctx, tx, who, lang, ref.ID(id), "activity", "results", 200)
		return err
	})
	return p, err
}

// Indicator gives an indicator that the actor may read, or NotFound.
func (s *Service) Indicator(ctx context.Context, who access.Actor, id ref.Indicator) (i access.Object[Indicator], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		i, err = Indicators.Load(ctx, tx, who, ref.ID(id))
		return err
	})
	return i, err
}

// sortFocusAreas puts focus areas in their order.
func sortFocusAreas(list []access.Object[FocusArea]) {
	slices.SortStableFunc(list, func(x, y access.Object[FocusArea]) int {
		return cmp.Or(cmp.Compare(x.Value.Order, y.Value.Order), cmp.Compare(x.ID, y.ID))
	})
}

// sortByCode puts objects in the order of their codes; those without one come last.
func sortByCode[T any](list []access.Object[T], code func(*T) string) {
	slices.SortStableFunc(list, func(x, y access.Object[T]) int {
		a, b := code(&x.Value), code(&y.Value)
		if (a == "") != (b == "") {
			return cmp.Compare(b, a)
		}
		return slices.Compare(text.SortKey("", a), text.SortKey("", b))
	})
}
