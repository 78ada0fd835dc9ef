package project

import (
	"entente/internal/amount"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
)

// PlanState says where the current version of a work plan stands.
type PlanState string

// The states of a work plan's current version.
const (
	PlanDraft    PlanState = "draft"    // being worked on; the last endorsed version is the baseline behind it
	PlanEndorsed PlanState = "endorsed" // both sides endorsed it and nothing changed since (双方认可)
)

// Options lists the states.
func (PlanState) Options() []string { return []string{string(PlanDraft), string(PlanEndorsed)} }

// Plan is the work plan of a phase. Its activities are the phase's; Version counts from 1 and
// moves on with the first change after an endorsement.
type Plan struct {
	Title    text.Multi   `json:"title" shape:"required,label"`
	Phase    ref.Phase    `json:"phase" shape:"required"`
	Version  int          `json:"version,omitempty" shape:"private"`
	State    PlanState    `json:"state" shape:"private"`
	Baseline ref.Baseline `json:"baseline,omitempty" shape:"private"` // the last endorsed version
	Note     text.Multi   `json:"note,omitempty" shape:"markdown"`
}

// Baseline is an endorsed version of a work plan: the activities as they stood. It is never
// changed.
type Baseline struct {
	Title      text.Multi `json:"title" shape:"required,label"`
	Plan       ref.Plan   `json:"plan" shape:"required"`
	Version    int        `json:"version"`
	Endorsed   when.Date  `json:"endorsed,omitempty"`
	Note       text.Multi `json:"note,omitempty"` // how the endorsement is known: minutes, letters
	Activities []Planned  `json:"activities,omitempty"`
}

// Planned is an activity as a baseline holds it.
type Planned struct {
	Activity ref.Activity  `json:"activity" shape:"required"`
	Rev      int           `json:"rev"`
	Title    text.Multi    `json:"title"`
	State    ActivityState `json:"state,omitempty"`
	Starts   when.Date     `json:"starts,omitempty"`
	Ends     when.Date     `json:"ends,omitempty"`
}

// ActivityType says what kind of activity it is.
type ActivityType string

// Options lists the types.
func (ActivityType) Options() []string {
	return []string{
		"workshop", "training", "seminar", "study-visit", "exchange-visit", "field-visit",
		"expert-mission", "research", "campaign", "publication", "meeting",
	}
}

// ActivityState says where an activity stands.
type ActivityState string

// The states of an activity.
const (
	Proposed  ActivityState = "proposed"
	Scheduled ActivityState = "planned"
	UnderWay  ActivityState = "under-way"
	Held      ActivityState = "held"
	Postponed ActivityState = "postponed"
	Cancelled ActivityState = "cancelled"
)

// Options lists the states.
func (ActivityState) Options() []string {
	return []string{
		string(Proposed), string(Scheduled), string(UnderWay), string(Held),
		string(Postponed), string(Cancelled),
	}
}

// Activity is one line of the work plan.
type Activity struct {
	Title      text.Multi        `json:"title" shape:"required,label"`
	Phase      ref.Phase         `json:"phase" shape:"required"`
	Code       string            `json:"code,omitempty" shape:"code"` // "A1.2"
	Type       ActivityType      `json:"type" shape:"required"`
	State      ActivityState     `json:"state" shape:"required"`
	FocusArea  ref.FocusArea     `json:"focus_area,omitempty"`
	Results    []ref.Result      `json:"results,omitempty"`
	Lead       ref.Institution   `json:"lead,omitempty"`
	Partners   []ref.Institution `json:"partners,omitempty"`
	Starts     when.Date         `json:"starts,omitempty"`
	Ends       when.Date         `json:"ends,omitempty"`
	DateNote   text.Multi        `json:"date_note,omitempty"`
	Place      text.Multi        `json:"place,omitempty"`
	Summary    text.Multi        `json:"summary,omitempty" shape:"markdown"`
	BudgetLine string            `json:"budget_line,omitempty"`
	Budget     amount.Decimal    `json:"budget,omitempty"`
	Currency   string            `json:"currency,omitempty" shape:"code"`
	DependsOn  []ref.Activity    `json:"depends_on,omitempty"`
	Source     text.Multi        `json:"source,omitempty"`
}
