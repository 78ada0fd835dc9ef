// Package project holds what a dialogue's project is to do and does: phases, focus areas, the
// logframe, the work plan in versions and its activities. An endorsed work plan is an immutable
// baseline; nothing here may change one.
package project

import (
	"entente/internal/amount"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
)

// Project is what supports a dialogue, through successive phases.
type Project struct {
	Name        text.Multi `json:"name" shape:"required,label"`
	Short       text.Multi `json:"short,omitempty" shape:"label"`
	Description text.Multi `json:"description,omitempty" shape:"markdown"`
}

// Phase is one funded period of a project. Dates are given as precisely as known.
type Phase struct {
	Name         text.Multi        `json:"name" shape:"required,label"`
	Short        text.Multi        `json:"short,omitempty" shape:"label"`
	Project      ref.Project       `json:"project" shape:"required"`
	Follows      ref.Phase         `json:"follows,omitempty"` // the phase it builds on
	State        PhaseState        `json:"state" shape:"required"`
	Donor        ref.Institution   `json:"donor,omitempty"`
	ManagedBy    ref.Institution   `json:"managed_by,omitempty"` // the donor's office in charge
	Instrument   text.Multi        `json:"instrument,omitempty"`
	Implementers []ref.Institution `json:"implementers,omitempty"`
	Starts       when.Date         `json:"starts,omitempty"`
	Ends         when.Date         `json:"ends,omitempty"`
	Months       int               `json:"months,omitempty"` // agreed duration
	DateNote     text.Multi        `json:"date_note,omitempty"`
	Reference    string            `json:"reference,omitempty"` // the donor's contract number
	Budget       []Money           `json:"budget,omitempty"`
	Approach     text.Multi        `json:"approach,omitempty" shape:"markdown"`
	Objectives   []text.Multi      `json:"objectives,omitempty"`
	Themes       []text.Multi      `json:"themes,omitempty"`
	Achievements []Sourced         `json:"achievements,omitempty"`
	Lessons      []Sourced         `json:"lessons,omitempty"`
	Codes        []Code            `json:"codes,omitempty"`
	Source       text.Multi        `json:"source,omitempty"`
}

// PhaseState says where a phase stands.
type PhaseState string

// Options lists the states.
func (PhaseState) Options() []string { return []string{"prepared", "running", "ended"} }

// Money is an amount and what it is for. Currency is ISO 4217.
type Money struct {
	Amount   amount.Decimal `json:"amount" shape:"required"`
	Currency string         `json:"currency" shape:"code,required"`
	Of       text.Multi     `json:"of,omitempty"`
}

// Sourced is a sentence with its source.
type Sourced struct {
	Text   text.Multi `json:"text" shape:"required"`
	Source text.Multi `json:"source,omitempty"`
	URL    string     `json:"url,omitempty" shape:"url"`
}

// Scheme is a list of codes kept by others.
type Scheme string

// Options lists the schemes: purpose codes of the OECD's Development Assistance Committee,
// targets of the Sustainable Development Goals, objectives of the Global Compact for Migration.
func (Scheme) Options() []string { return []string{"DAC", "SDG", "GCM"} }

// Code classifies a phase for reporting; codes are kept off the public pages unless Public.
type Code struct {
	Scheme Scheme     `json:"scheme" shape:"required"`
	Code   string     `json:"code" shape:"code,required"`
	Name   text.Multi `json:"name,omitempty"`
	Public bool       `json:"public,omitempty"`
}

// FocusArea is one of the fields that phases work in.
type FocusArea struct {
	Name        text.Multi  `json:"name" shape:"required,label"`
	Phases      []ref.Phase `json:"phases,omitempty"`
	Description text.Multi  `json:"description,omitempty" shape:"markdown"`
	Order       int         `json:"order,omitempty"`
}
