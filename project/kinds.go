package project

import (
	"context"
	"slices"
	"strconv"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/label"
	"entente/internal/ref"
	"entente/internal/when"
)

// How the subject's objects are kept.
var (
	Projects = &access.Kind[Project]{
		Name: "project", Table: "project",
		Titles: func(p *Project) []label.Text {
			return []label.Text{{Field: "title", Value: p.Name}, {Field: "short", Value: p.Short}}
		},
	}
	Phases = &access.Kind[Phase]{
		Name: "phase", Table: "project_phase",
		Sort:   func(p *Phase) string { return p.Starts.Sort() },
		State:  func(p *Phase) string { return string(p.State) },
		Parent: func(p *Phase) ref.ID { return ref.ID(p.Project) },
		Titles: func(p *Phase) []label.Text {
			return []label.Text{{Field: "title", Value: p.Name}, {Field: "short", Value: p.Short}}
		},
		Check: func(p *Phase, f *fault.Fields) {
			checkSpan(f, p.Starts, p.Ends)
			if p.Months < 0 || p.Months > 240 {
				f.Add("months", strconv.Itoa(p.Months), "fault.range", "from", 0, "to", 240)
			}
			for i, m := range p.Budget {
				checkCurrency(f, "budget."+strconv.Itoa(i)+".currency", m.Currency)
			}
		},
		Seek: func(p Phase) Phase { // what pages keep back is not found either
			p.Codes = slices.DeleteFunc(slices.Clone(p.Codes), func(c Code) bool { return !c.Public })
			return p
		},
	}
	FocusAreas = &access.Kind[FocusArea]{
		Name: "focus-area", Table: "project_focus",
		Within: func(f *FocusArea) (in []ref.ID) {
			for _, id := range f.Phases {
				in = append(in, ref.ID(id))
			}
			return in
		},
	}
	Results = &access.Kind[Result]{
		Name: "result", Table: "project_result",
		Columns: []string{"phase"},
		Row:     func(r *Result) []any { return []any{string(r.Phase)} },
		Parent:  func(r *Result) ref.ID { return ref.ID(r.Phase) },
	}
	Indicators = &access.Kind[Indicator]{
		Name: "indicator", Table: "project_indicator",
		Columns: []string{"result"},
		Row:     func(i *Indicator) []any { return []any{string(i.Result)} },
		Parent:  func(i *Indicator) ref.ID { return ref.ID(i.Result) },
		Check:   checkIndicator,
		Guard:   guardIndicator,
	}
	Plans = &access.Kind[Plan]{
		Name: "plan", Table: "project_plan",
		Columns: []string{"phase"},
		Row:     func(p *Plan) []any { return []any{string(p.Phase)} },
		State:   func(p *Plan) string { return string(p.State) },
		Parent:  func(p *Plan) ref.ID { return ref.ID(p.Phase) },
		Fill: func(p *Plan) {
			p.Version = max(p.Version, 1)
			if p.State == "" {
				p.State = PlanDraft
			}
		},
		Guard: guardPlan,
	}
	Baselines = &access.Kind[Baseline]{
		Name: "baseline", Table: "project_baseline", Fixed: true,
		Columns: []string{"plan"},
		Row:     func(b *Baseline) []any { return []any{string(b.Plan)} },
		Sort:    func(b *Baseline) string { return b.Endorsed.Sort() },
		Parent:  func(b *Baseline) ref.ID { return ref.ID(b.Plan) },
	}
	Activities = &access.Kind[Activity]{
		Name: "activity", Table: "project_activity",
		Columns: []string{"phase", "type", "focus", "lead"},
		Row: func(a *Activity) []any {
			return []any{string(a.Phase), string(a.Type), string(a.FocusArea), string(a.Lead)}
		},
		Sort:   func(a *Activity) string { return a.Starts.Sort() },
		State:  func(a *Activity) string { return string(a.State) },
		Parent: func(a *Activity) ref.ID { return ref.ID(a.Phase) },
		Check: func(a *Activity, f *fault.Fields) {
			checkSpan(f, a.Starts, a.Ends)
			checkCurrency(f, "currency", a.Currency)
			if a.Budget != "" && a.Currency == "" {
				f.Add("currency", "", "fault.required")
			}
		},
		Guard: func(old, o *access.Object[Activity], _ string) error {
			var f fault.Fields
			if old != nil && o.Value.Phase != old.Value.Phase { // it would leave an endorsed plan without its next version
				f.Add("phase", string(o.Value.Phase), "fault.unchangeable")
			}
			return f.Err()
		},
	}
)

// The consequences read by the kinds, so the kinds cannot name them where they are made.
func init() {
	Activities.After = func(ctx context.Context, tx *db.Tx, who access.Actor, a *access.Object[Activity]) error {
		if err := checkNamed(ctx, tx, who, a); err != nil {
			return err
		}
		return beginVersion(ctx, tx, who, a)
	}
	Plans.After = func(ctx context.Context, tx *db.Tx, who access.Actor, p *access.Object[Plan]) error {
		return checkEndorsed(ctx, tx, who, p.ID)
	}
	Baselines.After = func(ctx context.Context, tx *db.Tx, who access.Actor, b *access.Object[Baseline]) error {
		var f fault.Fields
		if happened(b.Value.Endorsed, tx.Now(), &f); len(f) > 0 {
			return f.Err()
		}
		if err := checkFrozen(ctx, tx, who, b); err != nil {
			return err
		}
		return checkEndorsed(ctx, tx, who, ref.ID(b.Value.Plan))
	}
}

func checkSpan(f *fault.Fields, from, until when.Date) {
	if until.Before(from) {
		f.Add("ends", string(until), "fault.period", "from", string(from))
	}
}

// checkCurrency wants three capital letters (ISO 4217); which of them exist is not ours to say.
func checkCurrency(f *fault.Fields, path, c string) {
	if c == "" {
		return
	}
	if len(c) != 3 || c[0] < 'A' || c[0] > 'Z' || c[1] < 'A' || c[1] > 'Z' || c[2] < 'A' || c[2] > 'Z' {
		f.Add(path, c, "fault.currency")
	}
}

// checkIndicator wants each value in the form of the indicator's measure, and its parts among
// the dimensions that the indicator names.
func checkIndicator(i *Indicator, f *fault.Fields) {
	known := map[[2]string]bool{}
	for _, d := range i.Dimensions {
		for _, c := range d.Parts {
			known[[2]string{d.Code, c.Code}] = true
		}
	}
	check := func(path string, v Value) {
		switch {
		case i.Measure == Percentage && v.Amount != "":
			f.Add(path+".amount", string(v.Amount), "fault.percentage")
		case i.Measure != Percentage && (v.Numerator != "" || v.Denominator != ""):
			f.Add(path+".numerator", string(v.Numerator), "fault.not-percentage")
		case (v.Numerator == "") != (v.Denominator == ""):
			f.Add(path+".denominator", string(v.Denominator), "fault.percentage")
		case v.Denominator != "" && v.Denominator.Rat().Sign() == 0:
			f.Add(path+".denominator", string(v.Denominator), "fault.zero")
		}
		for n, p := range v.Parts {
			if !known[[2]string{p.Dimension, p.Category}] {
				f.Add(path+".parts."+strconv.Itoa(n)+".category", p.Category, "fault.dimension")
			}
		}
	}
	check("baseline", i.Baseline)
	for n, v := range i.Targets {
		check("targets."+strconv.Itoa(n), v)
	}
	for n, v := range i.Values {
		check("values."+strconv.Itoa(n), v)
	}
}
