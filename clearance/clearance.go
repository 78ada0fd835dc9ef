// Package clearance holds how a side forms its position: the notes of its inner room. A note hangs
// at any shared object and is read by named institutions, or persons, of that one side. The package
// must never let in anybody from outside the side, whoever asks: not the other side, not the project
// team, not the donor, not an operator's command.
package clearance

import (
	"entente/access"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
)

// Sort says what a note is.
type Sort string

// The sorts of notes.
const (
	Position Sort = "position"
	Question Sort = "question"
	Comment  Sort = "comment"
	Draft    Sort = "draft"
)

// Options lists the sorts.
func (Sort) Options() []string {
	return []string{string(Position), string(Question), string(Comment), string(Draft)}
}

// Note is what an institution writes inside its side. What is private is written by Open alone.
type Note struct {
	Title text.Multi `json:"title" shape:"required,label"`
	Sort  Sort       `json:"sort" shape:"required"`
	Text  text.Multi `json:"text" shape:"required,markdown"`
	Of    string     `json:"of" shape:"private"`           // the object it is about, of whatever kind
	Re    ref.Note   `json:"re,omitempty" shape:"private"` // the note it answers
	Side  ref.Side   `json:"side" shape:"private"`
}

const noteKind = "note"

// Notes is how notes are kept. What happens to the object that a note is about does not change the
// note: it is the side's own.
var Notes = &access.Kind[Note]{
	Name: noteKind, Table: "clearance_note", Version: 2,
	Columns: []string{"parent", "re"},
	Row:     func(n *Note) []any { return []any{n.Of, string(n.Re)} },
	Parent:  func(n *Note) ref.ID { return n.Of },
	Room:    func(n *Note) ref.Side { return n.Side },
	Check:   check,
	Guard:   guard,
	After:   inside,
	Part:    true,
	Apart:   true,
}

// check refuses what did not come in by Open.
func check(n *Note, f *fault.Fields) {
	if !ref.Valid(n.Of) || n.Side == "" {
		f.Add("of", n.Of, "fault.required")
	}
}

// guard keeps a note where it is.
func guard(old, new *access.Object[Note], _ string) error {
	if old == nil {
		return nil
	}
	a, b := &old.Value, &new.Value
	if a.Of != b.Of || a.Re != b.Re || a.Side != b.Side {
		return fault.New(fault.Forbidden, "fault.unchangeable")
	}
	return nil
}
