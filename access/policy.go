package access

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"entente/internal/fault"
	"entente/internal/ref"
)

// Who is a group of actors as the policy names them, seen from the object acted on.
type Who string

// The groups of the policy.
const (
	Everybody       Who = "everybody"               // signed in or not
	People          Who = "people"                  // everybody signed in
	TheTeam         Who = "project team"            // of the object's dialogue
	OwnTeam         Who = "project team of its own" // of the object's dialogue, with what no institution owns or the own one does
	TheDonor        Who = "donor's officer"         // of the object's dialogue
	FocalPoints     Who = "focal point"             // of an institution in the object's dialogue; where that is on a side, one whom the side admitted, and so for all that follow
	OwnFocalPoints  Who = "owner's focal point"     // of the institution that owns the object; who succeeded it acts for it nowhere
	OwnContributors Who = "owner's contributor"     // of the same
	SideWriters     Who = "writers of a side"       // focal points and contributors who work for a side, in the object's dialogue
	OwnWriters      Who = "owner's writers"         // those of them who write for the institution that owns what stands in the inner room
	Nobody          Who = "nobody"                  // it is said that nobody may
	Oneself         Who = "the person"              // whom the act is about
	Administrators  Who = "administrator"           // of the node
	Operators       Who = "operator"                // a command on the node's machine
)

// Rule is one line of the policy: the act, who may do it, and what it is for.
type Rule struct {
	Act  string
	Who  []Who
	What string
}

var team = []Who{TheTeam, Operators}

// Policy is the whole of it. Reading is not listed: who may read is the audience's matter alone.
// An act that is not listed is nobody's. `entente admin policy` prints this table.
var Policy = []Rule{
	{"dialogue.create", []Who{Operators}, "open a dialogue on the node"},
	{"dialogue.edit", team, "the dialogue's name, description, languages and contact"},
	{"side.create", team, "name a side"},
	{"side.edit", team, "a side's name and note"},
	{"side.authority", team, "which institutions lead a side, with a reason"},
	{"institution.create", team, "enter an institution"},
	{"institution.edit", team, "names, level and note of an institution"},
	{"institution.authority", team, "standing, end, parent and successors of an institution, with a reason; no succession crosses the sides"},
	{"person.create", team, "enter a person by function"},
	{"person.password", []Who{Operators}, "give a person a name and a password to sign in with"},
	{"person.invite", []Who{TheTeam, FocalPoints}, "invite a person, with post and function; a focal point: contributors of the same institution"},
	{"person.link", []Who{TheTeam, FocalPoints, Administrators, Operators}, "give a fresh invitation to somebody with no more rights than one's own; where that resets who commits an institution or looks after accounts and its code is shown: once another asked for it"},
	{"person.reset-ask", []Who{TheTeam, Administrators}, "ask for a fresh invitation that another is to confirm"},
	{"person.unlink", []Who{TheTeam, FocalPoints, Administrators, Operators}, "withdraw an invitation"},
	{"person.accept", []Who{Oneself}, "accept an invitation: choose name and password"},
	{"person.own-password", []Who{Oneself}, "change one's own password"},
	{"person.second-factor", []Who{Oneself}, "set a second factor for one's own signing in"},
	{"person.second-factor-drop", []Who{Oneself}, "drop one's own second factor, by password and code or by a fresh invitation"},
	{"person.recovery-codes", []Who{Oneself}, "renew one's own recovery codes"},
	{"person.feed", []Who{Oneself}, "make the address of one's own calendar"},
	{"person.unfeed", []Who{Oneself}, "end the address of one's own calendar"},
	{"person.sign-out", []Who{Operators}, "end where a person is signed in"},
	{"person.end", []Who{TheTeam, FocalPoints, Operators}, "end posts, functions and signing in of somebody with no more rights than one's own"},
	{"person.handover", []Who{TheTeam, FocalPoints}, "hand a function over to a successor: a focal point the own, the project team those it may invite to"},
	{"person.correct", []Who{Oneself}, "put one's own name and language of reading right"},
	{"person.erase", team, "take the name of somebody whose functions have ended out of the node for good"},
	{"person.edit", team, "how a person is entered: function in words, name, language"},
	{"person.authority", team, "posts and functions of a person, with a reason; into a side's inner room nobody comes by it"},
	{"admission.give", []Who{FocalPoints, Operators}, "let somebody into the inner room of the side: of the own institution; the side's lead: the first of another"},
	{"admission.end", []Who{FocalPoints}, "shut the inner room to somebody of the own institution, with a reason"},
	{"admission.lapse", []Who{Operators}, "an admission whose facts changed stands no longer: the way of signing in, post, function or standing"},
	{"admission.create", []Who{Nobody}, "nobody writes an admission but by giving it"},
	{"admission.edit", []Who{Nobody}, "what an admission was given on is nobody's to change"},
	{"admission.remove", []Who{Nobody}, "an admission ends, and stays in the record"},
	{"circle.create", []Who{TheTeam, FocalPoints, Operators}, "name a circle of institutions; a focal point: of institutions of the own side"},
	{"circle.edit", []Who{TheTeam, OwnFocalPoints, Operators}, "a circle's name and note"},
	{"circle.authority", []Who{TheTeam, OwnFocalPoints, Operators}, "the members of a circle, with a reason"},
	{"circle.remove", []Who{TheTeam, OwnFocalPoints, Operators}, "remove a circle: it lets nobody read any more; nobody changes its audience, which is its members"},
	{"calendar.create", team, "enter a side's calendar of working days"},
	{"calendar.edit", team, "the days of a side's calendar"},
	{"duty.extend", []Who{TheTeam, FocalPoints, Operators}, "extend a deadline that is owed to oneself, with a reason"},
	{"duty.drafter", []Who{TheTeam, FocalPoints}, "say who of those who owe a duty works on it"},
	{"round.create", team, "enter a round of the dialogue"},
	{"round.edit", team, "a round's date, place and account"},
	{"roadmap.create", team, "enter the roadmap"},
	{"roadmap.edit", team, "the roadmap's tracks and origin"},
	{"milestone.create", team, "enter a milestone"},
	{"milestone.edit", team, "a milestone's state, date and source"},
	{"project.create", team, "enter a project"},
	{"project.edit", team, "a project's name and description"},
	{"phase.create", team, "enter a phase"},
	{"phase.edit", team, "a phase's dates, budget, objectives, achievements and lessons"},
	{"focus-area.create", team, "enter a focus area"},
	{"focus-area.edit", team, "a focus area's name and description"},
	{"result.create", team, "enter an impact, outcome or output"},
	{"result.edit", team, "a result's wording and assumptions"},
	{"indicator.create", team, "enter an indicator"},
	{"indicator.edit", team, "an indicator's baseline, targets and values"},
	{"plan.create", team, "begin a work plan"},
	{"plan.edit", team, "a work plan's name and note; a change of its activities begins the next version"},
	{"plan.endorse", team, "record that both sides endorsed the plan: it becomes the baseline"},
	{"baseline.create", team, "freeze the activities of an endorsed version"},
	{"activity.create", team, "enter an activity"},
	{"activity.edit", team, "an activity's dates, state, partners and budget line"},
	{"meeting.create", team, "enter a meeting"},
	{"meeting.edit", team, "a meeting's agenda, people, papers and figures"},
	{"meeting.postpone", team, "move a meeting, with a reason"},
	{"meeting.cancel", team, "cancel a meeting, with a reason"},
	{"call.create", []Who{TheTeam}, "ask institutions for something about an object, by a day"},
	{"call.extend", []Who{TheTeam}, "give a call a later day, with a reason"},
	{"call.follow", []Who{TheTeam}, "move the day of a call with the meeting it is about"},
	{"call.close", []Who{TheTeam}, "close a call: nothing is owed to it any more"},
	{"call.audience", []Who{TheTeam}, "change who reads a call, with a reason"},
	{"call.remove", []Who{TheTeam}, "remove a call, with a reason"},
	{"call.edit", []Who{TheTeam}, "mend or translate the words of a call; once it is answered, translate them"},
	{"statement.create", []Who{OwnFocalPoints, OwnContributors}, "state something on an object for one's own institution, and acknowledge receipt"},
	{"statement.on-behalf", []Who{TheTeam, OwnFocalPoints}, "enter what an institution said by letter or telephone; a focal point: for colleagues of the same institution"},
	{"statement.accept", []Who{OwnFocalPoints}, "confirm for the institution that what was entered on its behalf is right"},
	{"statement.contest", []Who{OwnFocalPoints}, "contest what was entered on the institution's behalf, with a reason"},
	{"statement.withdraw", []Who{OwnFocalPoints, OwnContributors, TheTeam}, "take back what the institution said; the project team: an entry of its own that nobody has accepted or contested"},
	{"statement.remove", []Who{Nobody}, "what an institution said is published, narrowed or removed with its object alone, and stays with who said it"},
	{"statement.edit", []Who{TheTeam, OwnFocalPoints}, "translate what an institution said; its own words are nobody's to change"},
	{"translation.confirm", []Who{OwnFocalPoints}, "confirm for the institution that somebody else's translation of its words is right"},
	{"translation.contest", []Who{OwnFocalPoints}, "contest somebody else's translation of the institution's words"},
	{"note.create", []Who{SideWriters}, "open a note in the own side's inner room, which institutions of that side alone can read"},
	{"note.edit", []Who{OwnWriters}, "a note's text"},
	{"note.audience", []Who{OwnWriters}, "who of the side may read a note, with a reason"},
	{"note.remove", []Who{OwnWriters}, "remove a note, with a reason; nobody publishes one"},
	{"inside.handover", []Who{FocalPoints}, "let a successor that the register names read what stands inside: of the own institution, chosen; the side's lead: of another of the side, as a whole and unread"},
	{"inside.take-back", []Who{FocalPoints}, "take back what was handed over to a successor inside, by whom that may be handed over"},
	{"file.create", []Who{TheTeam, Operators, OwnFocalPoints, OwnContributors}, "attach a file to an object; to what an institution said, and to its notes: its own people alone, and the project team to an entry on its behalf that waits"},
	{"file.edit", []Who{TheTeam, OwnFocalPoints, OwnWriters, Operators}, "a file's title, language and note; of an institution's file its people, others translate its words"},
	{"file.version", []Who{OwnTeam, OwnFocalPoints, OwnContributors, OwnWriters, Operators}, "a file's next version; of an institution's file its own people alone, of one attached to what an institution confirmed nobody"},
	{"file.audience", []Who{TheTeam, OwnFocalPoints, OwnWriters, Operators}, "change a file's mark and audience within what it is attached to, with a reason; of what an institution attached to its words its own people alone"},
	{"file.remove", []Who{TheTeam, OwnFocalPoints, OwnWriters, Operators}, "remove a file, with a reason; a tombstone stays, or where somebody else added it, the file with them; of what an institution attached to its words its own people alone"},
	{"file.publish", team, "show a file to everybody, but what an institution attached to its words"},
	{"file.withdraw", team, "take a published file back from the public, but what an institution attached to its words"},
	{"page.create", team, "write a page of the public site"},
	{"page.edit", team, "a page's texts"},
	{"news.create", team, "write a piece of news"},
	{"news.edit", team, "a piece of news"},
	{"release.create", team, "write a press release from a meeting"},
	{"release.edit", team, "a press release before and after publication"},
	{"object.publish", team, "show an object to everybody"},
	{"object.withdraw", team, "take a published object back from the public"},
	{"object.remove", team, "remove an object, with a reason; a tombstone stays"},
	{"object.audience", team, "change mark and audience, with a reason"},
	{"object.pass", []Who{TheTeam, FocalPoints}, "at a handover, let the successor read what the institution opened to the predecessor by name"},
	{"settings.change", []Who{Administrators, Operators}, "see and change the settings of the node"},
	{"import", []Who{Operators}, "load a file of objects"},
	{"export", []Who{Operators}, "write all objects to a file, outside access"},
	{"node.restore", []Who{Operators}, "put the node back from a backup: the log goes on in a new epoch"},
	{"node.sign", []Who{Operators}, "note, once, that from here on the node's key signs every exceptional entry of the log"},
	{"node.derive", []Who{Operators}, "after an upgrade, derive rows anew from the newest revisions: what was said stays as it is"},
	{"job.read", []Who{Administrators, Operators}, "see what the node does by itself: kinds, numbers and states"},
	{"job.retry", []Who{Administrators, Operators}, "have a job tried again now"},
	{"job.cancel", []Who{Administrators, Operators}, "end a job that is not done"},
	{"policy.read", []Who{Administrators, Operators}, "see this table"},
}

var rules = func() map[string]Rule {
	m := map[string]Rule{}
	for _, r := range Policy {
		if _, twice := m[r.Act]; twice {
			panic("policy names " + r.Act + " twice")
		}
		m[r.Act] = r
	}
	return m
}()

// ActOn gives the act by which an object of a kind is published, withdrawn, given another audience
// or removed: "object.remove", or "note.remove" for a kind that the policy gives a line of its own for
// removing. Such a kind has lines of its own for all four; what they do not list is nobody's.
func ActOn(kind, what string) string {
	if _, own := rules[kind+".remove"]; own {
		return kind + "." + what
	}
	return "object." + what
}

// May gives nil when policy lets the actor do the act on the object, NotFound when the actor may
// not even read it, Forbidden otherwise. For an object that does not exist yet, h is the header
// it would have. The header must have been loaded in the transaction that writes.
func May(a Actor, act string, h Header) error {
	if h.Rev > 0 && !a.Reads(h) {
		return fault.New(fault.NotFound, "")
	}
	r, ok := rules[act]
	if !ok {
		return fault.Because(fault.Forbidden, fmt.Errorf("the policy has no act %q", act))
	}
	refused := fault.New(fault.Forbidden, "")
	for _, w := range r.Who {
		if !a.is(w, h) {
			continue
		}
		if why := a.unheard(w, act, h); why != nil {
			refused = why
			continue
		}
		return nil
	}
	return refused
}

// voice lists the acts by which somebody speaks for an institution. Its own people do them as long as
// it goes on.
var voice = []string{
	"statement.create", "statement.on-behalf", "statement.accept", "statement.contest", "statement.withdraw", "statement.edit",
	"translation.confirm", "translation.contest", "note.create", "note.edit", "note.audience", "file.create", "file.edit", "file.version",
	"circle.create", "circle.edit", "circle.authority", "duty.extend", "duty.drafter", "person.invite", "admission.give",
	"inside.handover", "inside.take-back",
}

// unheard says why somebody who belongs to a group may not speak for an institution all the same; nil
// where that is not what the act is, or there is nothing against it. What an institution owns is for its
// own people, whatever the act: who succeeded it reads it, and speaks in the own name.
func (a Actor) unheard(w Who, act string, h Header) *fault.Error {
	owns := slices.Contains([]Who{OwnFocalPoints, OwnContributors, OwnWriters}, w)
	speaks := slices.Contains(voice, act) && (owns || w == FocalPoints || w == SideWriters)
	switch {
	case speaks && a.Ended.Day != "" && a.Ended.Heir.Empty():
		return fault.New(fault.Forbidden, "fault.ended", "date", a.Ended.Day)
	case speaks && a.Ended.Day != "":
		return fault.New(fault.Forbidden, "fault.ended-succeeded", "date", a.Ended.Day, "name", a.Ended.Heir)
	case owns && h.Owner != ref.ID(a.Institution):
		return fault.New(fault.Forbidden, "fault.predecessor")
	}
	return nil
}

// is says whether the actor belongs to the group, seen from the object.
func (a Actor) is(w Who, h Header) bool {
	switch w {
	case Everybody:
		return true
	case People:
		return a.SignedIn()
	case TheTeam:
		return a.Holds(ProjectTeam) && a.Dialogue == h.Dialogue
	case OwnTeam:
		return a.is(TheTeam, h) && (h.Owner == "" || a.Owns(h))
	case TheDonor:
		return a.Holds(DonorOfficer) && a.Dialogue == h.Dialogue
	case FocalPoints:
		return a.Holds(FocalPoint) && a.speaks() && a.Dialogue == h.Dialogue
	case OwnFocalPoints:
		return a.is(FocalPoints, h) && a.SpeaksFor(h.Owner)
	case OwnContributors:
		return a.Holds(Contributor) && a.speaks() && a.SpeaksFor(h.Owner) && a.Dialogue == h.Dialogue
	case SideWriters:
		return (a.Holds(FocalPoint) || a.Holds(Contributor)) && a.Institution != "" && a.Inside() && a.Dialogue == h.Dialogue
	case OwnWriters:
		return a.is(SideWriters, h) && a.SpeaksFor(h.Owner) && h.inRoom()
	case Oneself:
		return a.SignedIn() && ref.ID(a.Person) == h.ID
	case Administrators:
		return a.Holds(Administrator)
	case Operators:
		return a.IsOperator()
	}
	return false
}

// inRoom says whether the object stands in a side's inner room: a note, or a file attached to one. What
// is for the people of institutions as far as they work for their side is nothing else.
func (h Header) inRoom() bool {
	return len(h.Audience) > 0 && !slices.ContainsFunc(h.Audience, func(p Principal) bool { return p.Kind() != "inside" && p.Kind() != "person" })
}

// PrintPolicy writes the table for a person at a terminal.
func PrintPolicy(w io.Writer) error {
	wide := slices.MaxFunc(Policy, func(x, y Rule) int { return len(x.Act) - len(y.Act) })
	for _, r := range Policy {
		var who []string
		for _, g := range r.Who {
			who = append(who, string(g))
		}
		if _, err := fmt.Fprintf(w, "%-*s  %s: %s\n", len(wide.Act), r.Act, strings.Join(who, ", "), r.What); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "\nWhat an institution owns is for its own people; who succeeded it reads it, and acts in the own name. Until it ends, its people do these:\n%s\n", strings.Join(voice, ", "))
	return err
}
