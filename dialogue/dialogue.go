// Package dialogue holds the mechanism between the sides: the dialogue itself, its rounds, and
// the roadmap of parallel tracks and milestones that stands above any project.
package dialogue

import (
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
)

// Dialogue is the mechanism. Everything lives in one dialogue.
type Dialogue struct {
	Name        text.Multi  `json:"name" shape:"required,label"`
	Short       text.Multi  `json:"short,omitempty" shape:"label"`
	Summary     text.Multi  `json:"summary,omitempty" shape:"long"` // one sentence: what it is, who funds, who implements, since when
	Description text.Multi  `json:"description,omitempty" shape:"markdown"`
	Team        text.Multi  `json:"team,omitempty"` // what the facilitator's team is called here
	Facilitator text.Multi  `json:"facilitator,omitempty"`
	Languages   []string    `json:"languages,omitempty" shape:"code"` // BCP 47, in the order they are offered
	Zones       []when.Zone `json:"zones,omitempty"`                  // where the sides sit; the first is the default of a meeting
	Contact     Contact     `json:"contact"`
	Funding     text.Multi  `json:"funding,omitempty" shape:"long"`    // the donor's funding statement
	Disclaimer  text.Multi  `json:"disclaimer,omitempty" shape:"long"` // who answers for the contents
	Imprint     text.Multi  `json:"imprint,omitempty" shape:"long"`    // foot of the public site: registration number and the like
}

// Contact is where the public and the press write to.
type Contact struct {
	Title   text.Multi `json:"title,omitempty"`
	Email   string     `json:"email,omitempty" shape:"code"`
	Phone   string     `json:"phone,omitempty" shape:"code"`
	Address text.Multi `json:"address,omitempty"`
}

// RoundLevel says at which level the sides met.
type RoundLevel string

// Options lists the levels.
func (RoundLevel) Options() []string {
	return []string{"summit", "high-level", "expert", "coordination"}
}

// Round is one meeting of the mechanism itself.
type Round struct {
	Title  text.Multi `json:"title" shape:"required,label"`
	Level  RoundLevel `json:"level" shape:"required"`
	Number int        `json:"number,omitempty"`
	Date   when.Date  `json:"date,omitempty"`
	Until  when.Date  `json:"until,omitempty"`
	Place  text.Multi `json:"place,omitempty"`
	Note   text.Multi `json:"note,omitempty" shape:"markdown"`
	Source text.Multi `json:"source,omitempty"`
}

// Roadmap is what the sides agreed to do: parallel tracks through successive stages.
type Roadmap struct {
	Title   text.Multi `json:"title" shape:"required,label"`
	Adopted when.Date  `json:"adopted,omitempty"`
	Origin  text.Multi `json:"origin,omitempty" shape:"markdown"`
	Stages  []Stage    `json:"stages,omitempty"`
	Tracks  []Track    `json:"tracks,omitempty"`
	Source  text.Multi `json:"source,omitempty"`
}

// Stage is a step of the roadmap; its code ties milestones to it ("1").
type Stage struct {
	Code string     `json:"code" shape:"code,required"`
	Name text.Multi `json:"name" shape:"required"`
}

// Track is one of the parallel lines; its code ties milestones to it ("visa").
type Track struct {
	Code string     `json:"code" shape:"code,required"`
	Name text.Multi `json:"name" shape:"required"`
}

// MilestoneState says where a milestone stands.
type MilestoneState string

// The states of a milestone.
const (
	Open     MilestoneState = "open"
	UnderWay MilestoneState = "under-way"
	Reached  MilestoneState = "reached"
	Dropped  MilestoneState = "dropped"
)

// Options lists the states.
func (MilestoneState) Options() []string {
	return []string{string(Open), string(UnderWay), string(Reached), string(Dropped)}
}

// Milestone is a step on a track of the roadmap.
type Milestone struct {
	Title   text.Multi     `json:"title" shape:"required,label"`
	Roadmap ref.Roadmap    `json:"roadmap" shape:"required"`
	Stage   string         `json:"stage" shape:"code,required"`
	Track   string         `json:"track" shape:"code,required"`
	State   MilestoneState `json:"state" shape:"required"`
	Date    when.Date      `json:"date,omitempty"`
	Note    text.Multi     `json:"note,omitempty" shape:"markdown"`
	Source  text.Multi     `json:"source,omitempty"`
}
