// Package ref has the typed ids by which subjects point at one another without importing one
// another: a meeting names its activity as ref.Activity. An id is a UUID of version 7, made
// here, in lower-case text.
package ref

import (
	"strings"

	"github.com/google/uuid"
)

// ID is the id of any readable object. Its zero value points at nothing.
type ID = string

// New makes an id. Its leading bits are the time, so that rows made together lie together.
func New() ID { return uuid.Must(uuid.NewV7()).String() }

// Valid says whether s is an id in the form New gives: a lower-case UUID.
func Valid(s string) bool {
	u, err := uuid.Parse(s)
	return err == nil && u.String() == s && !strings.ContainsAny(s, "ABCDEF")
}

// Ref is implemented by every typed id.
type Ref interface {
	RefKind() string
	RefID() ID
}

// Dialogue is the id of an object of kind "dialogue".
type Dialogue string

// RefKind gives the kind this id points at.
func (Dialogue) RefKind() string { return "dialogue" }

// RefID gives the bare id.
func (r Dialogue) RefID() ID { return string(r) }

// Side is the id of an object of kind "side".
type Side string

// RefKind gives the kind this id points at.
func (Side) RefKind() string { return "side" }

// RefID gives the bare id.
func (r Side) RefID() ID { return string(r) }

// Institution is the id of an object of kind "institution".
type Institution string

// RefKind gives the kind this id points at.
func (Institution) RefKind() string { return "institution" }

// RefID gives the bare id.
func (r Institution) RefID() ID { return string(r) }

// Person is the id of an object of kind "person".
type Person string

// RefKind gives the kind this id points at.
func (Person) RefKind() string { return "person" }

// RefID gives the bare id.
func (r Person) RefID() ID { return string(r) }

// Round is the id of an object of kind "round".
type Round string

// RefKind gives the kind this id points at.
func (Round) RefKind() string { return "round" }

// RefID gives the bare id.
func (r Round) RefID() ID { return string(r) }

// Roadmap is the id of an object of kind "roadmap".
type Roadmap string

// RefKind gives the kind this id points at.
func (Roadmap) RefKind() string { return "roadmap" }

// RefID gives the bare id.
func (r Roadmap) RefID() ID { return string(r) }

// Project is the id of an object of kind "project".
type Project string

// RefKind gives the kind this id points at.
func (Project) RefKind() string { return "project" }

// RefID gives the bare id.
func (r Project) RefID() ID { return string(r) }

// Phase is the id of an object of kind "phase".
type Phase string

// RefKind gives the kind this id points at.
func (Phase) RefKind() string { return "phase" }

// RefID gives the bare id.
func (r Phase) RefID() ID { return string(r) }

// FocusArea is the id of an object of kind "focus-area".
type FocusArea string

// RefKind gives the kind this id points at.
func (FocusArea) RefKind() string { return "focus-area" }

// RefID gives the bare id.
func (r FocusArea) RefID() ID { return string(r) }

// Result is the id of an object of kind "result".
type Result string

// RefKind gives the kind this id points at.
func (Result) RefKind() string { return "result" }

// RefID gives the bare id.
func (r Result) RefID() ID { return string(r) }

// Indicator is the id of an object of kind "indicator".
type Indicator string

// RefKind gives the kind this id points at.
func (Indicator) RefKind() string { return "indicator" }

// RefID gives the bare id.
func (r Indicator) RefID() ID { return string(r) }

// Plan is the id of an object of kind "plan".
type Plan string

// RefKind gives the kind this id points at.
func (Plan) RefKind() string { return "plan" }

// RefID gives the bare id.
func (r Plan) RefID() ID { return string(r) }

// Activity is the id of an object of kind "activity".
type Activity string

// RefKind gives the kind this id points at.
func (Activity) RefKind() string { return "activity" }

// RefID gives the bare id.
func (r Activity) RefID() ID { return string(r) }

// Baseline is the id of an object of kind "baseline".
type Baseline string

// RefKind gives the kind this id points at.
func (Baseline) RefKind() string { return "baseline" }

// RefID gives the bare id.
func (r Baseline) RefID() ID { return string(r) }

// Meeting is the id of an object of kind "meeting".
type Meeting string

// RefKind gives the kind this id points at.
func (Meeting) RefKind() string { return "meeting" }

// RefID gives the bare id.
func (r Meeting) RefID() ID { return string(r) }

// Release is the id of an object of kind "release".
type Release string

// RefKind gives the kind this id points at.
func (Release) RefKind() string { return "release" }

// RefID gives the bare id.
func (r Release) RefID() ID { return string(r) }

// Circle is the id of an object of kind "circle".
type Circle string

// RefKind gives the kind this id points at.
func (Circle) RefKind() string { return "circle" }

// RefID gives the bare id.
func (r Circle) RefID() ID { return string(r) }

// Statement is the id of an object of kind "statement".
type Statement string

// RefKind gives the kind this id points at.
func (Statement) RefKind() string { return "statement" }

// RefID gives the bare id.
func (r Statement) RefID() ID { return string(r) }

// Call is the id of an object of kind "call".
type Call string

// RefKind gives the kind this id points at.
func (Call) RefKind() string { return "call" }

// RefID gives the bare id.
func (r Call) RefID() ID { return string(r) }

// Note is the id of an object of kind "note".
type Note string

// RefKind gives the kind this id points at.
func (Note) RefKind() string { return "note" }

// RefID gives the bare id.
func (r Note) RefID() ID { return string(r) }
