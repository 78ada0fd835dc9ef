package project

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/standard/tlp"
)

// Service is the door to the subject's own acts and lists; making and editing single objects is
// the same for all kinds (access.Objects).
type Service struct{ db *db.DB }

// New gives the service over a database.
func New(d *db.DB) *Service { return &Service{d} }

// guardPlan keeps a plan with its phase: its activities are the phase's. A version comes to stand
// endorsed with the baseline that says so, and not by going back to an earlier one.
func guardPlan(old, o *access.Object[Plan], _ string) error {
	var f fault.Fields
	if old != nil && o.Value.Phase != old.Value.Phase {
		f.Add("phase", string(o.Value.Phase), "fault.unchangeable")
	}
	if o.Value.State == PlanEndorsed && (old == nil || old.Value.State != PlanEndorsed) {
		switch {
		case o.Value.Baseline == "":
			f.Add("baseline", "", "fault.required")
		case old != nil && o.Value.Version < old.Value.Version:
			f.Add("version", strconv.Itoa(o.Value.Version), "fault.plan-version", "version", old.Value.Version)
		}
	}
	return f.Err()
}

// checkEndorsed wants the baseline of an endorsed plan to be that of its version. An import may
// write either first; until the other stands nothing is asked.
func checkEndorsed(ctx context.Context, tx *db.Tx, who access.Actor, id ref.ID) error {
	p, err := Plans.Load(ctx, tx, who, id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || p.Value.State != PlanEndorsed {
		return err
	}
	b, err := Baselines.Load(ctx, tx, who, ref.ID(p.Value.Baseline))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil || ref.ID(b.Value.Plan) == id && b.Value.Version == p.Value.Version {
		return err
	}
	var f fault.Fields
	f.Add("version", strconv.Itoa(b.Value.Version), "fault.plan-version", "version", p.Value.Version)
	return f.Err()
}

// beginVersion is the consequence of a change of an activity: where the phase's plan stood
// endorsed, its next version begins, the baseline staying as it was. An import states the plan's
// version itself.
func beginVersion(ctx context.Context, tx *db.Tx, who access.Actor, a *access.Object[Activity]) error {
	if who.IsOperator() {
		return nil
	}
	if same, err := onlyReaders(ctx, tx, a); err != nil || same {
		return err
	}
	var args db.Args
	plans, err := Plans.List(ctx, tx, who, access.Select{
		Args: &args, Where: `t.phase = ` + args.Add(a.Value.Phase) + ` and o.state = ` + args.Add(PlanEndorsed),
	})
	if err != nil {
		return err
	}
	for _, p := range plans {
		p.Value.Version++
		p.Value.State = PlanDraft
		if err := Plans.Save(ctx, tx, who, "plan.edit", &p, ""); err != nil {
			return err
		}
	}
	return nil
}

// onlyReaders says whether nothing but mark or audience of an activity was changed: that is no
// change of the plan.
func onlyReaders(ctx context.Context, tx *db.Tx, a *access.Object[Activity]) (bool, error) {
	if a.Rev == 1 || a.Tombstone != "" {
		return false, nil
	}
	var body []byte
	err := tx.QueryRow(ctx, `select body from revision where object = $1 and rev = $2 -- project.onlyReaders`, a.ID, a.Rev-1).Scan(&body)
	if err != nil || body == nil {
		return false, err
	}
	_, before, err := Activities.Decode(body)
	return err == nil && reflect.DeepEqual(before, &a.Value), err
}

// Endorse records that both sides endorsed the plan's current version on a day: the activities
// as they stand become an immutable baseline. note says how it is known (minutes, letters).
// seen is the Print of the activities that the actor looked at, with what the plan held then, files too. Faults: NotFound, Forbidden,
// Conflict when plan or activities moved on since rev and seen, Invalid when the version is
// endorsed already or has no activity, or when the day is still to come.
func (s *Service) Endorse(ctx context.Context, who access.Actor, id ref.Plan, rev int64, seen string, with access.Contents, on when.Date, note text.Multi) (ref.Baseline, error) {
	var made ref.Baseline
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		plan, err := Plans.Load(ctx, tx, who, ref.ID(id))
		if err != nil {
			return err
		}
		if err := access.May(who, "plan.endorse", plan.Header); err != nil {
			return err
		}
		if plan.Rev != rev {
			return fault.New(fault.Conflict, "")
		}
		list, err := activitiesOf(ctx, tx, who, plan.Value.Phase)
		if err != nil {
			return err
		}
		same, err := with.Hold(ctx, tx, who, plan.Header)
		if err != nil {
			return err
		}
		if !same || Print(list) != seen {
			return fault.New(fault.Conflict, "")
		}
		if err := endorsable(plan.Value, list, on, tx.Now()); err != nil {
			return err
		}
		parts, err := baselines(ctx, tx, who, plan, list, on, note)
		if err != nil {
			return err
		}
		for i := range parts {
			if err := Baselines.Save(ctx, tx, who, "baseline.create", &parts[i], ""); err != nil {
				return err
			}
		}
		made = ref.Baseline(parts[0].ID)
		plan.Value.State, plan.Value.Baseline = PlanEndorsed, made
		return Plans.Save(ctx, tx, who, "plan.endorse", &plan, "")
	})
	return made, err
}

// Print is a short name for activities as they stand, so that an endorsement is of what was seen.
func Print(list []access.Object[Activity]) string {
	h := sha256.New()
	for _, a := range list {
		fmt.Fprintf(h, "%s %d\n", a.ID, a.Rev)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// happened refuses a day of endorsement that is still to come. East of Greenwich it may be tomorrow already.
func happened(on when.Date, now time.Time, f *fault.Fields) {
	if on.After(when.DateOf(now.UTC().AddDate(0, 0, 1))) {
		f.Add("endorsed", string(on), "fault.future")
	}
}

// endorsable says why a plan cannot be endorsed.
func endorsable(p Plan, list []access.Object[Activity], on when.Date, now time.Time) error {
	var f fault.Fields
	if on.IsZero() {
		f.Add("endorsed", "", "fault.required")
	}
	happened(on, now, &f)
	if p.State == PlanEndorsed {
		f.Add("state", string(p.State), "fault.endorsed-already", "version", p.Version)
	}
	if len(list) == 0 {
		f.Add("activities", "", "fault.plan-empty")
	}
	return f.Err()
}

// baselines makes the baseline of a plan, and one more beside it for each audience of activities
// that not every reader of the plan may read: a frozen line is told to nobody to whom the
// activity itself is not.
func baselines(ctx context.Context, tx *db.Tx, who access.Actor, plan access.Object[Plan], list []access.Object[Activity], on when.Date, note text.Multi) ([]access.Object[Baseline], error) {
	var ids []ref.ID
	for _, a := range list {
		ids = append(ids, a.ID)
	}
	readers, err := access.Audiences(ctx, tx, who, ids...)
	if err != nil {
		return nil, err
	}
	begin := func(mark tlp.Label, readers access.Audience) access.Object[Baseline] {
		b := access.Object[Baseline]{Value: Baseline{
			Title: text.Multi{}, Plan: ref.Plan(plan.ID), Version: plan.Value.Version, Endorsed: on, Note: note,
		}}
		for l, v := range plan.Value.Title {
			b.Value.Title[l] = text.Version{Text: fmt.Sprintf("%s (%d)", v.Text, plan.Value.Version), Status: v.Status}
		}
		b.Dialogue, b.Mark, b.Audience = plan.Dialogue, mark, readers
		return b
	}
	parts := []access.Object[Baseline]{begin(plan.Mark, plan.Audience)}
	for _, a := range list {
		at := 0
		if r := readers[a.ID]; !r.Covers(plan.Audience, plan.Dialogue) {
			at = slices.IndexFunc(parts, func(b access.Object[Baseline]) bool { return b.Mark == a.Mark && slices.Equal(b.Audience, r) })
			if at < 1 {
				at = len(parts)
				parts = append(parts, begin(a.Mark, r))
			}
		}
		parts[at].Value.Activities = append(parts[at].Value.Activities, Planned{
			Activity: ref.Activity(a.ID), Rev: int(a.Rev), Title: a.Value.Title, State: a.Value.State,
			Starts: a.Value.Starts, Ends: a.Value.Ends,
		})
	}
	return parts, nil
}

// activitiesOf gives the activities of a phase in the order of their dates.
func activitiesOf(ctx context.Context, tx *db.Tx, who access.Actor, p ref.Phase) ([]access.Object[Activity], error) {
	var a db.Args
	return Activities.List(ctx, tx, who, access.Select{
		Args: &a, Where: `t.phase = ` + a.Add(p), Order: `case when o.sort_time = '' then 1 else 0 end, o.sort_time, o.id`,
	})
}

// Plans gives the work plans of a dialogue, the newest phase first.
func (s *Service) Plans(ctx context.Context, who access.Actor, d ref.Dialogue) (out []access.Object[Plan], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		out, err = Plans.List(ctx, tx, who, access.Select{
			Args: &a, Join: `left join object p on p.id = o.parent`,
			Where: `o.dialogue = ` + a.Add(d), Order: `p.sort_time desc, o.id`,
		})
		return err
	})
	return out, err
}

// Recorded says which of some plans that the actor may read stand endorsed by a baseline that a command of
// the operator made: neither side stated here that it endorsed them. Ids of other things are passed over.
func (s *Service) Recorded(ctx context.Context, who access.Actor, ids ...ref.ID) (out map[ref.ID]bool, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		plans, err := Plans.List(ctx, tx, who, access.Select{Args: &a, Where: `o.id in ` + db.In(&a, ids) + ` and o.state = ` + a.Add(PlanEndorsed)})
		if err != nil || len(plans) == 0 {
			return err
		}
		out, err = recordedOf(ctx, tx, plans...)
		return err
	})
	return out, err
}

func recordedOf(ctx context.Context, tx *db.Tx, plans ...access.Object[Plan]) (map[ref.ID]bool, error) {
	var ids []ref.ID
	for _, p := range plans {
		ids = append(ids, ref.ID(p.Value.Baseline))
	}
	made, err := access.Recorded(ctx, tx, ids...)
	out := map[ref.ID]bool{}
	for _, p := range plans {
		out[p.ID] = made[ref.ID(p.Value.Baseline)]
	}
	return out, err
}

// Phases gives the phases of a dialogue's projects, the newest first.
func (s *Service) Phases(ctx context.Context, who access.Actor, d ref.Dialogue) (out []access.Object[Phase], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		out, err = Phases.List(ctx, tx, who, access.Select{
			Args: &a, Where: `o.dialogue = ` + a.Add(d), Order: `o.sort_time desc, o.id`,
		})
		return err
	})
	return out, err
}

// Logframe is the results of a phase with their indicators.
type Logframe struct {
	Results    []access.Object[Result]
	Indicators map[ref.Result][]access.Object[Indicator]
}

// Logframe gives the results and indicators of a phase that the actor may read.
func (s *Service) Logframe(ctx context.Context, who access.Actor, phase ref.Phase) (l Logframe, err error) {
	l.Indicators = map[ref.Result][]access.Object[Indicator]{}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		if l.Results, err = Results.List(ctx, tx, who, access.Select{
			Args: &a, Where: `t.phase = ` + a.Add(phase), Order: `o.id`,
		}); err != nil {
			return err
		}
		var b db.Args
		list, err := Indicators.List(ctx, tx, who, access.Select{
			Args: &b, Where: `t.result in (select id from project_result where phase = ` + b.Add(phase) + `)`, Order: `o.id`,
		})
		for _, i := range list {
			l.Indicators[i.Value.Result] = append(l.Indicators[i.Value.Result], i)
		}
		return err
	})
	return l, err
}

// FocusAreas gives the dialogue's focus areas in their order.
func (s *Service) FocusAreas(ctx context.Context, who access.Actor, d ref.Dialogue) (out []access.Object[FocusArea], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var a db.Args
		out, err = FocusAreas.List(ctx, tx, who, access.Select{
			Args: &a, Where: `o.dialogue = ` + a.Add(d), Order: `o.id`,
		})
		return err
	})
	sortFocusAreas(out)
	return out, err
}
