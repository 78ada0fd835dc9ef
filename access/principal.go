// Package access says who may read and do what. It owns the object header: the state, mark and
// audience of every readable thing, whatever its subject. It gives the one predicate that every
// reading query contains (Actor.CanRead), the one policy that every act asks (May), and the one
// way in which an object is written (Kind.Save). It must never decide by anything but the actor
// that was handed to it.
package access

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"entente/internal/ref"
)

// Principal is one entry of an audience: "anyone", "dialogue:ID", "side:ID", "institution:ID",
// "person:ID", "team:DIALOGUE", "circle:ID", "participants:MEETING", "inside:INSTITUTION".
type Principal string

// Anyone is everybody, signed in or not.
const Anyone Principal = "anyone"

// DialogueOf is everybody who takes part in the dialogue.
func DialogueOf(d ref.Dialogue) Principal { return Principal("dialogue:" + string(d)) }

// SideOf is every person whose institution is on the side today.
func SideOf(s ref.Side) Principal { return Principal("side:" + string(s)) }

// InstitutionOf is every person of the institution or, once it has ended, of its successor on the same side.
func InstitutionOf(i ref.Institution) Principal { return Principal("institution:" + string(i)) }

// PersonOf is one person.
func PersonOf(p ref.Person) Principal { return Principal("person:" + string(p)) }

// TeamOf is the project team of the dialogue.
func TeamOf(d ref.Dialogue) Principal { return Principal("team:" + string(d)) }

// CircleOf is every person of the institutions in a named circle, or of their successors.
func CircleOf(c ref.Circle) Principal { return Principal("circle:" + string(c)) }

// ParticipantsOf is everybody who takes part in a meeting: the persons and the people of the
// institutions that it names.
func ParticipantsOf(m ref.Meeting) Principal { return Principal("participants:" + string(m)) }

// InsideOf is those people of the institution who work for its side and whom the side let in: the institution stands on one
// today and never stood on another, and they are not there for the project team, the donor or the node.
// No succession opens it. The notes of a side's inner room have no other institutions in their audience.
func InsideOf(i ref.Institution) Principal { return Principal("inside:" + string(i)) }

// Kind gives the word before the colon.
func (p Principal) Kind() string { k, _, _ := strings.Cut(string(p), ":"); return k }

// ID gives the id behind the colon, "" for anyone.
func (p Principal) ID() ref.ID { _, id, _ := strings.Cut(string(p), ":"); return id }

// Audience is who may read an object: a set of principals, sorted, without doubles. An empty
// audience is nobody.
type Audience []Principal

// NewAudience makes a sorted set.
func NewAudience(ps ...Principal) Audience {
	a := slices.Clone(ps)
	slices.Sort(a)
	return Audience(slices.Compact(a))
}

// Has says whether p stands in the audience.
func (a Audience) Has(p Principal) bool { return slices.Contains(a, p) }

// Covers says whether everybody in b is certainly in a too, among those who take part in the
// dialogue d: what is said to a may then be told to b.
func (a Audience) Covers(b Audience, d ref.Dialogue) bool {
	if a.Has(Anyone) {
		return true
	}
	for _, p := range b {
		if !a.Has(p) && (p == Anyone || p.Kind() == "dialogue" || !a.Has(DialogueOf(d))) {
			return false
		}
	}
	return len(b) > 0
}

// within gives those of two audiences who are certainly in both; nobody where that cannot be said.
func (a Audience) within(b Audience, d ref.Dialogue) Audience {
	if a.Covers(b, d) {
		return b
	}
	if b.Covers(a, d) {
		return a
	}
	out := Audience{}
	for _, p := range a {
		if b.Covers(Audience{p}, d) {
			out = append(out, p)
		}
	}
	for _, p := range b {
		if a.Covers(Audience{p}, d) {
			out = append(out, p)
		}
	}
	return NewAudience(out...)
}

// set is the interned name of the audience: the hash of its sorted principals.
func (a Audience) set() string {
	var b strings.Builder
	for _, p := range a {
		b.WriteString(string(p))
		b.WriteByte('\n')
	}
	h := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(h[:16])
}

// rank orders principals as a person wants to read them: the widest first.
func (p Principal) rank() int {
	return slices.Index([]string{"anyone", "dialogue", "side", "team", "circle", "participants", "institution", "inside", "person"}, p.Kind())
}

// ByWidth gives the principals with the widest first.
func (a Audience) ByWidth() []Principal {
	s := slices.Clone([]Principal(a))
	slices.SortStableFunc(s, func(x, y Principal) int { return cmp.Compare(x.rank(), y.rank()) })
	return s
}
