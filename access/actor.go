package access

import (
	"slices"

	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/ledger"
)

// Function is what somebody holds in a dialogue; functions carry the right to act.
type Function string

// The functions. Their holders are listed by roster, with dates.
const (
	Administrator Function = "administrator" // operates the node; reads no content by that
	ProjectTeam   Function = "project-team"
	FocalPoint    Function = "focal-point"
	Contributor   Function = "contributor"
	Expert        Function = "expert"
	Observer      Function = "observer"
	DonorOfficer  Function = "donor-officer"
)

// Options lists the functions, for forms and for messages about wrong input.
func (Function) Options() []string {
	return []string{
		string(Administrator), string(ProjectTeam), string(FocalPoint), string(Contributor),
		string(Expert), string(Observer), string(DonorOfficer),
	}
}

// Actor is who acts or reads, as membership stands at this moment. It is made by roster for a
// signed-in person and passed explicitly to everything. The zero Actor is a visitor.
type Actor struct {
	Person      ref.Person
	Institution ref.Institution // the one spoken for
	Side        ref.Side        // the institution's side today; empty for a facilitator
	Sided       bool            // the institution stands, stood or will stand on a side
	Stood       ref.Side        // the only side on which the institution ever stood, where it stands on none today: the actor, let in then, reads on what the institution itself wrote inside
	Dialogue    ref.Dialogue
	Functions   []Function
	Ended       End               // of the institution spoken for; the zero End: it goes on
	Relieved    []ref.Institution // those among the principals for which others answer: what they owe, the actor does not
	Admitted    bool              // let in by the side itself, for which the actor works; without it nobody speaks for an institution on a side
	Waits       bool              // works for a side that has not let the actor in, or no longer does

	principals []Principal
	operator   string
	onBehalf   ref.Institution
	inPlaceOf  []ref.ID
}

// End is the end of an institution: its last day, and who answers for it since. Its people read on what
// they could, and speak for it no longer.
type End struct {
	Day  when.Date
	Heir text.Multi // the name; empty: nobody succeeded it, or nobody of whom the actor may know
}

// Visitor is somebody who has not signed in.
var Visitor = Actor{}

// Operator is a command of the node's operator (import, export, demo). It stands outside access:
// it reads everything and is named as such in the ledger.
func Operator(command string) Actor { return Actor{operator: command} }

// NewActor makes the actor for a person who belongs to the given principals today. Anyone and
// the person's own principal are always among them.
func NewActor(a Actor, ps ...Principal) Actor {
	a.principals = NewAudience(append(slices.Clone(ps), Anyone, PersonOf(a.Person))...)
	return a
}

// For gives the actor as it enters what an institution said by letter or telephone: the ledger then
// names both. It gives no right: policy and predicate see the same actor.
func (a Actor) For(i ref.Institution) Actor {
	a.onBehalf = i
	return a
}

// InPlaceOf gives the actor as it does what others were asked that the institution spoken for succeeded:
// the ledger then names them. It gives no right, as For gives none.
func (a Actor) InPlaceOf(is ...ref.Institution) Actor {
	a.inPlaceOf = nil
	for _, i := range is {
		a.inPlaceOf = append(a.inPlaceOf, ref.ID(i))
	}
	return a
}

// SpeaksFor says whether the actor's institution is this one, or succeeded it: what may be read, and
// whose answer is owed. What is done for an institution is for its own people (May).
func (a Actor) SpeaksFor(i ref.ID) bool {
	return i != "" && slices.Contains(a.principals, InstitutionOf(ref.Institution(i)))
}

// Institutions gives the actor's institution and those that it succeeded.
func (a Actor) Institutions() (own []ref.ID) {
	for _, p := range a.principals {
		if p.Kind() == "institution" {
			own = append(own, p.ID())
		}
	}
	return own
}

// SignedIn says whether the actor is a person.
func (a Actor) SignedIn() bool { return a.Person != "" }

// IsOperator says whether a command of the operator acts, outside access.
func (a Actor) IsOperator() bool { return a.operator != "" }

// Holds says whether the actor holds the function today.
func (a Actor) Holds(f Function) bool { return slices.Contains(a.Functions, f) }

// speaks says whether the actor may act for the institution. Where that stands on a side, whenever that
// is, it is for the side to say who may: whoever enters people must not speak by them, and not by taking
// the institution off its side for a day either.
func (a Actor) speaks() bool {
	return a.Institution != "" && (a.Admitted || a.Side == "" && !a.Sided)
}

// Represents says whether the actor says anything for the institution: by a function that does, let in
// where its side has to, and until it ends. A post alone is none of that.
func (a Actor) Represents() bool {
	return a.speaks() && a.Ended.Day == "" && (a.Holds(FocalPoint) || a.Holds(Contributor))
}

// Owns says whether the actor may act for the institution that owns an object. Who succeeded it, or has
// a post there alone, does not.
func (a Actor) Owns(h Header) bool { return h.Owner == ref.ID(a.Institution) && a.speaks() }

// Inside says whether the actor works for a side, so that its inner room is open to the actor.
func (a Actor) Inside() bool {
	return a.Side != "" && slices.ContainsFunc(a.principals, func(p Principal) bool { return p.Kind() == "inside" })
}

// Room gives the side in whose inner room the actor is, "" for none.
func (a Actor) Room() ref.Side {
	if !a.Inside() {
		return ""
	}
	return a.Side
}

// Principals gives what the actor counts as.
func (a Actor) Principals() []Principal {
	if len(a.principals) == 0 {
		return []Principal{Anyone}
	}
	return a.principals
}

// Owing gives those of the principals by whose duties the actor owes something: an institution's are
// owed by its own people until it ends, and then by those of the one institution that answers for it.
func (a Actor) Owing() []Principal {
	if len(a.Relieved) == 0 {
		return a.Principals()
	}
	return slices.DeleteFunc(slices.Clone(a.Principals()), func(p Principal) bool {
		return p.Kind() == "institution" && slices.Contains(a.Relieved, ref.Institution(p.ID()))
	})
}

// CanRead gives the predicate that every query returning readable objects contains. alias is the
// query's name for the object table; the arguments go into args.
func (a Actor) CanRead(args *db.Args, alias string) string {
	if a.IsOperator() {
		return alias + ".tombstone = ''"
	}
	return "(" + alias + ".tombstone = '' and " + a.named(args, alias) + ")"
}

// named is the predicate without its first half, which hides what was removed from everybody: the
// audience names the actor, and what stands inside a side is for those who work for it today, or wrote
// it when they did (Stood).
func (a Actor) named(args *db.Args, alias string) string {
	room := alias + ".room = ''"
	if r := a.Room(); r != "" {
		room = alias + ".room in " + args.In([]string{"", string(r)})
	} else if a.Stood != "" {
		room = "(" + room + " or " + alias + ".room = " + args.Add(string(a.Stood)) + " and " + alias + ".owner = " + args.Add(string(a.Institution)) + ")"
	}
	return alias + ".aset in (select aset from aset_member where principal in " + db.In(args, a.Principals()) + ") and " + room
}

// enters says whether the room in which an object stands is open to the actor, for this object.
func (a Actor) enters(h Header) bool {
	return h.Room == "" || h.Room == a.Room() || h.Room == a.Stood && h.Owner == ref.ID(a.Institution)
}

// Reads says whether the actor may read an object with this header: the predicate again, for a
// header already in hand.
func (a Actor) Reads(h Header) bool {
	if h.Tombstone != "" {
		return false
	}
	return a.IsOperator() || a.enters(h) && slices.ContainsFunc(a.Principals(), h.Audience.Has)
}

// Why gives those of the actor's principals by which it reads an object with this header, the
// widest first; none where it may not read it, and none for an operator, who needs none. Of the
// audience it tells the actor nothing but what the actor is.
func (a Actor) Why(h Header) []Principal {
	if a.IsOperator() || !a.Reads(h) {
		return nil
	}
	var mine Audience
	for _, p := range h.Audience {
		if slices.Contains(a.Principals(), p) {
			mine = append(mine, p)
		}
	}
	return mine.ByWidth()
}

// By is how the ledger names the actor.
func (a Actor) By() ledger.By {
	return ledger.By{
		Person: ref.ID(a.Person), Institution: ref.ID(a.Institution), Side: ref.ID(a.Side),
		OnBehalfOf: ref.ID(a.onBehalf), Operator: a.operator, SuccessorOf: a.inPlaceOf,
	}
}
