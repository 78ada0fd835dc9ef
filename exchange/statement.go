// Package exchange holds what institutions say about shared objects, and what they are asked to
// say by a date. A statement is an institution's own: nobody changes its words. Who has no account
// speaks all the same: the project team, or a colleague, enters what came by letter or telephone,
// and it must never look like something that the institution entered itself.
package exchange

import (
	"entente/access"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
)

// Sort says what an institution says.
type Sort string

// The sorts of statements.
const (
	Receipt      Sort = "receipt" // 签收: it has the object before it, and says no more
	Comment      Sort = "comment"
	Answer       Sort = "answer"
	Confirmation Sort = "confirmation"
	Nomination   Sort = "nomination"
	Report       Sort = "report"
	Objection    Sort = "objection"
)

// Options lists the sorts.
func (Sort) Options() []string {
	return []string{
		string(Receipt), string(Comment), string(Answer), string(Confirmation), string(Nomination), string(Report), string(Objection),
	}
}

// State says where a statement stands. That a newer one replaced it is not a state of it: who may
// not read the newer one does not learn of it.
type State string

// The states of a statement.
const (
	Stands    State = "stands"       // made by the institution itself
	Entered   State = access.Waiting // "entered": on its behalf; the institution has not spoken to that yet
	Accepted  State = access.Vouched // "accepted": on its behalf, and the institution confirmed that it is right
	Contested State = "contested"    // on its behalf, and the institution says that it is not
	Withdrawn State = "withdrawn"    // taken back; it stays to be read
)

// Options lists the states.
func (State) Options() []string {
	return []string{string(Stands), string(Entered), string(Accepted), string(Contested), string(Withdrawn)}
}

// Statement is what an institution said about an object. Its texts may gain translations; nothing
// else of it is edited. What is private is written by the acts of this package alone.
type Statement struct {
	Text        text.Multi      `json:"text,omitempty" shape:"label,long"`
	Institution ref.Institution `json:"institution" shape:"required,private"`
	Side        ref.Side        `json:"side,omitempty" shape:"private"` // the institution's on that day
	Sort        Sort            `json:"sort" shape:"required,private"`
	Of          string          `json:"of" shape:"private"`       // the object it is about, of whatever kind
	Revision    int64           `json:"revision" shape:"private"` // of the object, as it stood then
	Made        string          `json:"made" shape:"private"`     // when it was entered here (db.Stamp)
	Call        ref.Call        `json:"call,omitempty" shape:"private"`
	Replaces    ref.Statement   `json:"replaces,omitempty" shape:"private"` // an earlier one of the same institution
	Entered     Entry           `json:"entered,omitzero"`                   // how it came, where it was entered on behalf
	State       State           `json:"state" shape:"required,private"`
	Contested   text.Multi      `json:"contested,omitempty" shape:"long"`       // why, in the institution's words
	Withdrawn   text.Multi      `json:"withdrawn,omitempty" shape:"long"`       // why, in the words of who took it back
	WithdrawnBy Entrant         `json:"withdrawn_by,omitempty" shape:"private"` // who did, where that is not the institution: the project team
}

// Entry says how a statement came that was entered on behalf of its institution. Its zero value is
// a statement that the institution made here itself.
type Entry struct {
	By      Entrant    `json:"by,omitempty" shape:"private"`
	Channel Channel    `json:"channel,omitempty" shape:"private"`
	Number  string     `json:"number,omitempty" shape:"private"` // of the letter (文号)
	Date    when.Date  `json:"date,omitempty" shape:"private"`   // of the letter or the call
	Note    text.Multi `json:"note,omitempty"`
}

// Entrant is who entered a statement on behalf of an institution.
type Entrant string

// Those who may.
const (
	ByTeam      Entrant = "team"
	ByColleague Entrant = "colleague" // a focal point of the same institution
)

// Options lists them.
func (Entrant) Options() []string { return []string{string(ByTeam), string(ByColleague)} }

// Channel is how a statement came.
type Channel string

// The channels.
const (
	Letter    Channel = "letter"
	Telephone Channel = "telephone"
	Mail      Channel = "mail"
	InPerson  Channel = "in-person"
)

// Options lists the channels.
func (Channel) Options() []string {
	return []string{string(Letter), string(Telephone), string(Mail), string(InPerson)}
}

// OnBehalf says whether somebody else entered the statement for its institution.
func (s *Statement) OnBehalf() bool { return s.Entered.By != "" }

// Counts says whether the statement is to be taken as said: not taken back and not contested.
func (s *Statement) Counts() bool { return s.State != Withdrawn && s.State != Contested }

// own gives the statement in the words it was made in, without the translations of them.
func (s Statement) own() Statement {
	for _, m := range []*text.Multi{&s.Text, &s.Entered.Note, &s.Contested, &s.Withdrawn} {
		words := text.Multi{}
		for l, v := range *m {
			if v.Status == text.Original || v.Status == "" {
				words[l] = v
			}
		}
		if len(words) > 0 {
			*m = words
		}
	}
	return s
}
