// Package meeting holds what people attend: meetings with agenda, speakers by function, papers,
// statements, participating institutions and the figures that sources give. It must never make
// stated figures and counted ones agree: both stand, each with its source.
package meeting

import (
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
)

// Type says what kind of meeting it is.
type Type string

// Options lists the types.
func (Type) Options() []string {
	return []string{
		"launch", "coordination", "workshop", "seminar", "training", "high-level", "expert",
		"exchange-visit", "study-visit", "field-visit", "conference",
	}
}

// Format says how people attend.
type Format string

// Options lists the formats.
func (Format) Options() []string { return []string{"in-person", "online", "hybrid"} }

// State says where a meeting stands.
type State string

// The states of a meeting.
const (
	Planned   State = "planned"
	Held      State = "held"
	Postponed State = "postponed" // moved, the new date in Starts, or none yet
	Cancelled State = "cancelled"
)

// Options lists the states.
func (State) Options() []string {
	return []string{string(Planned), string(Held), string(Postponed), string(Cancelled)}
}

// Meeting is a meeting, with dates as precisely as they are known. Times are those of Zone.
type Meeting struct {
	Title        text.Multi      `json:"title" shape:"required,label"`
	Type         Type            `json:"type" shape:"required"`
	State        State           `json:"state" shape:"required"`
	Reason       text.Multi      `json:"reason,omitempty"` // why it was postponed or cancelled
	Starts       when.Date       `json:"starts,omitempty"`
	At           when.Clock      `json:"at,omitempty"`
	Ends         when.Date       `json:"ends,omitempty"`
	Until        when.Clock      `json:"until,omitempty"`
	Zone         when.Zone       `json:"zone,omitempty"`
	Turn         when.Turn       `json:"turn,omitempty"`       // which is meant where its hours come twice that night
	UntilTurn    when.Turn       `json:"until_turn,omitempty"` // the same of its end; empty: as Turn says
	DateNote     text.Multi      `json:"date_note,omitempty"`  // how the date is known
	Place        text.Multi      `json:"place,omitempty" shape:"label"`
	Format       Format          `json:"format,omitempty"`
	Phase        ref.Phase       `json:"phase,omitempty"`
	Activity     ref.Activity    `json:"activity,omitempty"`
	Round        ref.Round       `json:"round,omitempty"`
	Summary      text.Multi      `json:"summary,omitempty" shape:"markdown"`
	Agenda       []Item          `json:"agenda,omitempty"`
	Statements   []Statement     `json:"statements,omitempty"`
	Participants []Participation `json:"participants,omitempty"`
	Stated       []Figure        `json:"stated,omitempty"`
	Papers       []Paper         `json:"papers,omitempty"`
	Source       text.Multi      `json:"source,omitempty"`
}

// Item is one item of the agenda. Day counts from 1 and is left out on a one-day meeting.
type Item struct {
	Title    text.Multi `json:"title" shape:"required"`
	Day      int        `json:"day,omitempty"`
	At       when.Clock `json:"at,omitempty"`
	Until    when.Clock `json:"until,omitempty"`
	Speakers []Speaker  `json:"speakers,omitempty"`
	Note     text.Multi `json:"note,omitempty" shape:"long"`
	Papers   []Paper    `json:"papers,omitempty"`
}

// Speaker speaks by function for an institution, never by name.
type Speaker struct {
	Function    text.Multi      `json:"function,omitempty"`
	Institution ref.Institution `json:"institution,omitempty"`
}

// Statement is what an institution said at the meeting, in our account. A courtesy is a
// statement, not a follow-up.
type Statement struct {
	Institutions []ref.Institution `json:"institutions,omitempty"`
	Function     text.Multi        `json:"function,omitempty"`
	Text         text.Multi        `json:"text" shape:"required,long,said"`
}

// Role says as what an institution takes part in a meeting.
type Role string

// Options lists the roles.
func (Role) Options() []string {
	return []string{"host", "participant", "expert", "observer", "organiser"}
}

// Participation is one institution's part in a meeting. Count is the number of its people in
// the register; nil: not held.
type Participation struct {
	Institution ref.Institution `json:"institution" shape:"required"`
	Role        Role            `json:"role,omitempty"`
	Count       *int            `json:"count,omitempty"`
	Note        text.Multi      `json:"note,omitempty"`
}

// Figure is a number of people as a source states it. About: the source itself rounds.
type Figure struct {
	Count  int        `json:"count" shape:"required"`
	About  bool       `json:"about,omitempty"`
	Of     text.Multi `json:"of" shape:"required"` // what is counted: "participants", "Chinese officials"
	Source text.Multi `json:"source" shape:"required"`
	URL    string     `json:"url,omitempty" shape:"url"`
}

// Paper is a document of the meeting, for now a title and a link.
type Paper struct {
	Title    text.Multi `json:"title" shape:"required"`
	URL      string     `json:"url,omitempty" shape:"url"`
	Language string     `json:"language,omitempty" shape:"lang"`
}
