// Package roster holds who takes part: the sides of a dialogue, the institutions and the people,
// by function and over time. It answers what was true on a day (which side an institution is on,
// who succeeded it, who leads) and makes the access.Actor of a signed-in person. It must never
// tell more of a person than function and institution unless a name was entered.
package roster

import (
	"entente/access"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
)

// Side is one side of the dialogue: the EU side, the Chinese side.
type Side struct {
	Name  text.Multi `json:"name" shape:"required,label"`
	Short text.Multi `json:"short,omitempty" shape:"label"`
	Lang  string     `json:"lang,omitempty" shape:"lang=dialogue"` // the language in whose texts this side is named first
	Leads []Lead     `json:"leads,omitempty"`
	Note  text.Multi `json:"note,omitempty" shape:"markdown"`
}

// Lead is a mandate: the institution that speaks for its side in a matter, for a period.
type Lead struct {
	Institution ref.Institution `json:"institution" shape:"required"`
	Matter      text.Multi      `json:"matter,omitempty"`
	From        when.Date       `json:"from,omitempty"`
	Until       when.Date       `json:"until,omitempty"`
	AtOnce      bool            `json:"at_once,omitempty" shape:"private"` // as of Post
}

// Level says where an institution stands in its administration.
type Level string

// Options lists the levels.
func (Level) Options() []string {
	return []string{"international", "union", "national", "mission", "provincial", "municipal", "association"}
}

// Standing says as what an institution takes part.
type Standing string

// The standings. Only a member of a side has a side.
const (
	OnSide      Standing = "side"
	Facilitator Standing = "facilitator"
	Donor       Standing = "donor"
	Observer    Standing = "observer"
	Associated  Standing = "associated" // an associated country, on neither side
)

// Options lists the standings.
func (Standing) Options() []string {
	return []string{string(OnSide), string(Facilitator), string(Donor), string(Observer), string(Associated)}
}

// Institution is a ministry, agency, directorate-general, embassy, provincial office or
// international organisation, with its names, standing and successors over time. The last name
// is today's.
type Institution struct {
	Names       []Name          `json:"names" shape:"required"`
	Short       text.Multi      `json:"short,omitempty" shape:"label"`
	Level       Level           `json:"level,omitempty"`
	Parent      ref.Institution `json:"parent,omitempty"`
	Standings   []Period        `json:"standings,omitempty"`
	Successors  []Succession    `json:"successors,omitempty"`
	Ended       when.Date       `json:"ended,omitempty"`                         // it ceased to exist
	EndedAtOnce bool            `json:"ended_at_once,omitempty" shape:"private"` // as of Post
	Website     string          `json:"website,omitempty" shape:"url"`
	Note        text.Multi      `json:"note,omitempty" shape:"markdown"`
	Source      text.Multi      `json:"source,omitempty"`
}

// Name is a name for a period. Unofficial marks one that the institution itself has not published.
type Name struct {
	Name       text.Multi `json:"name" shape:"required"`
	From       when.Date  `json:"from,omitempty"`
	Until      when.Date  `json:"until,omitempty"`
	Unofficial bool       `json:"unofficial,omitempty"`
	Note       text.Multi `json:"note,omitempty"`
}

// Period is a standing for a time.
type Period struct {
	As     Standing   `json:"as" shape:"required"`
	Side   ref.Side   `json:"side,omitempty"`
	From   when.Date  `json:"from,omitempty"`
	Until  when.Date  `json:"until,omitempty"`
	AtOnce bool       `json:"at_once,omitempty" shape:"private"` // as of Post
	Note   text.Multi `json:"note,omitempty"`
}

// Succession says who took over, when, and in which matter (empty: in all).
type Succession struct {
	Institution ref.Institution `json:"institution" shape:"required"`
	From        when.Date       `json:"from,omitempty"`
	Matter      text.Multi      `json:"matter,omitempty"`
}

// Person is somebody who takes part, shown by function unless a name was entered. Family and
// given name stand apart; SortName orders lists and may be edited.
type Person struct {
	Title     text.Multi `json:"title" shape:"required,label"` // the function in words: "Focal point, NIA"
	Family    string     `json:"family,omitempty"`
	Given     string     `json:"given,omitempty"`
	SortName  string     `json:"sort_name,omitempty"`
	Language  string     `json:"language,omitempty" shape:"lang=interface"` // the language the person reads
	Posts     []Post     `json:"posts,omitempty"`
	Functions []Held     `json:"functions,omitempty"`
	Erased    when.Date  `json:"erased,omitempty" shape:"private"` // the name was taken out for good
}

// Post is where a person works, for a period.
type Post struct {
	Institution ref.Institution `json:"institution" shape:"required"`
	Title       text.Multi      `json:"title,omitempty"`
	From        when.Date       `json:"from,omitempty"`
	Until       when.Date       `json:"until,omitempty"`
	AtOnce      bool            `json:"at_once,omitempty" shape:"private"` // an act ended it on its last day, and with that act (endAtOnce)
}

// Held is a function that a person holds, for a period.
type Held struct {
	Function    access.Function `json:"function" shape:"required"`
	From        when.Date       `json:"from,omitempty"`
	Until       when.Date       `json:"until,omitempty"`
	AtOnce      bool            `json:"at_once,omitempty" shape:"private"` // as of Post
	Predecessor ref.Person      `json:"predecessor,omitempty"`             // from whom it was taken over
}
