package bundle

import (
	"context"
	"maps"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/meeting"
	"entente/notice"
	"entente/roster"
)

// changed is an object of the register, or a meeting, that an act makes, changes or removes: one of those
// that decide who reads anything and who speaks for whom.
type changed struct {
	kind     string
	dialogue ref.Dialogue
	id       ref.ID // "" of one that the act makes: it is put here once it has one
	old, new any    // old is nil of one that is made; where the act itself makes the new value, the old one stands for it
	word     string // says in a notice what became of it; "": that it was changed, or entered
	weighed  ref.ID // the id that it had when it was weighed
}

// isNew says whether the act makes the object.
func (c *changed) isNew() bool { return c.old == nil }

// around is what is put around every act that may change who counts as what, whichever door it comes
// by: it weighs how everybody concerned stands before and after, and tells all whom that concerns. Do
// says whether it changed anything.
func around(ctx context.Context, tx *db.Tx, who access.Actor, list []*changed, do func() (bool, error)) (out Weighed, err error) {
	r, err := begin(ctx, tx, who, list, nil)
	if err != nil {
		return out, err
	}
	if out.changed, err = do(); err != nil {
		return out, err
	}
	if out.Effects, err = r.effects(ctx, tx); err != nil {
		return out, err
	}
	o, err := opens(ctx, tx, who, out.Effects, func(ref.ID) bool { return false })
	out.Opened = o.known
	if err != nil || !out.changed {
		return out, err
	}
	for n, c := range list {
		if n > 0 {
			o = opening{} // it is put down to the first
		}
		if err := r.add(ctx, tx, c, out.Effects, o); err != nil {
			return out, err
		}
	}
	out.Told, out.Team = r.heard, r.team
	return out, r.tell(ctx, tx)
}

// round is one act, or one file, as it is told.
type round struct {
	who      access.Actor
	list     []*changed
	weighing roster.Weighing

	today     string
	ears      *roster.Ears
	about     []ref.ID // the people of the list
	operating map[ref.Dialogue][]ref.Person
	among     map[ref.Side][]ref.Institution // all that stand on a side whose lead changes

	gathers bool // whom several things concern is told once, that there are several
	notices map[ref.Person][]tiding
	readers map[ref.Person]access.Actor // found so far
	heard   []ref.Institution           // whose focal points are told, but as owners of what opens
	team    bool                        // the project team and the administrators are told
}

// tiding is a notice to be put down.
type tiding struct {
	of   *changed
	what string
	rank int
}

// How much a notice says: of several about one object the one that says most is put down.
const (
	generally = iota
	closely
	asOwner
)

// begin finds how those stand whom changes concern, before they are written.
func begin(ctx context.Context, tx *db.Tx, who access.Actor, list []*changed, wait func() error) (r *round, err error) {
	r = &round{who: who, list: list, notices: map[ref.Person][]tiding{}, readers: map[ref.Person]access.Actor{}}
	var changes []roster.Change
	for _, c := range list {
		c.weighed = c.id
		changes = append(changes, roster.Change{ID: c.id, Old: c.old, New: c.new})
	}
	r.weighing, err = roster.Weigh(ctx, tx, changes, wait)
	return r, err
}

// effects says what the changes, which are written by now, made of people, and finds who is to be told.
func (r *round) effects(ctx context.Context, tx *db.Tx) (effects []roster.Effect, err error) {
	for _, c := range r.list {
		if c.weighed != c.id {
			r.weighing.Made(c.new, c.id)
		}
	}
	if effects, err = r.weighing.Effects(ctx, tx); err != nil {
		return nil, err
	}
	today, err := roster.Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	r.today = string(today)
	var all []ref.Institution
	var sides []ref.Side
	r.among = map[ref.Side][]ref.Institution{}
	for _, c := range r.list {
		all = append(append(all, r.concerned(c, nil)...), roster.Parents(c.old, c.new)...)
		sides = append(sides, roster.SidesNamed(c.old, c.new)...)
		if c.kind != roster.Sides.Name || !roster.LeadsChange(c.old, c.new) {
			continue
		}
		side := ref.Side(c.id)
		if r.among[side], err = roster.Among(ctx, tx, side); err != nil {
			return nil, err
		}
		all = append(all, r.among[side]...)
	}
	for _, e := range effects {
		all = append(all, e.Institution, e.Then)
		sides = append(sides, sidesOf(e)...)
		if e.Person != "" {
			r.readers[e.Person] = e.After()
			if e.Day > r.today {
				r.readers[e.Person] = e.Before()
			}
		}
	}
	r.about = nil
	for _, c := range r.list {
		if c.kind == roster.People.Name {
			r.about = append(r.about, c.id)
		}
	}
	if r.ears, err = roster.Listen(ctx, tx, r.who, r.about, once(all), once(sides)); err != nil {
		return nil, err
	}
	r.operating = map[ref.Dialogue][]ref.Person{}
	for _, c := range r.list {
		if _, known := r.operating[c.dialogue]; known {
			continue
		}
		if r.operating[c.dialogue], err = roster.Operating(ctx, tx, c.dialogue); err != nil {
			return nil, err
		}
	}
	return effects, nil
}

// once gives each of some once, and nothing that is empty.
func once[T ~string](all []T) []T {
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(v T) bool { return v == "" })
}

// sidesOf gives the sides that somebody comes to count as, or counts as no longer.
func sidesOf(e roster.Effect) (out []ref.Side) {
	for _, p := range slices.Concat(e.Gains, e.Loses) {
		if p.Kind() == "side" {
			out = append(out, ref.Side(p.ID()))
		}
	}
	return out
}

// concerned gives the institutions that a change names, and those of the people for whom it changes
// something, before and after. Of a meeting, those people themselves are told.
func (r *round) concerned(c *changed, effects []roster.Effect) []ref.Institution {
	all := roster.Concerned(c.id, c.old, c.new)
	if c.kind != meeting.Meetings.Name {
		for _, e := range effects {
			all = append(all, e.Institution, e.Then)
		}
	}
	return once(all)
}

// add puts down a change of an object: to everybody for whom it changes anything; to the focal points of
// the institutions concerned, and where nobody of one hears of it to whoever does in their stead
// (roster.Ears); to the leads of a side that somebody comes to count as, or no longer, and to the whole
// side where its lead changes; to the institution that is named as parent; to the project team and the
// administrators where one comes or goes; and to the owners of what opens.
func (r *round) add(ctx context.Context, tx *db.Tx, c *changed, effects []roster.Effect, o opening) error {
	for _, e := range effects {
		if e.Person != "" {
			r.note(e.Person, tiding{c, c.kind, generally})
		}
	}
	if c.kind == roster.People.Name && !c.isNew() {
		r.note(ref.Person(c.id), tiding{c, c.kind, generally})
	}
	own, _, _ := c.words()
	for _, i := range r.concerned(c, effects) {
		r.institution(i, tiding{c, own, generally})
		if c.kind != meeting.Meetings.Name && !(c.isNew() && ref.ID(i) == c.id) {
			r.stead(r.ears.Beside(i), c)
		}
	}
	for _, i := range roster.Parents(c.old, c.new) {
		r.institution(i, tiding{c, "parent", closely})
	}
	for _, s := range roster.SidesNamed(c.old, c.new) {
		r.stead(r.ears.Leading(s), c)
	}
	var sides []ref.Side
	for _, e := range effects {
		sides = append(sides, sidesOf(e)...)
		if slices.ContainsFunc(slices.Concat(e.Takes, e.Drops), operates) {
			r.operators(c, "team", closely)
		}
	}
	for _, s := range once(sides) {
		if r.who.Side != s {
			r.stead(r.ears.Leading(s), c)
		}
	}
	for _, i := range r.among[ref.Side(c.id)] {
		r.institution(i, tiding{c, own, generally})
	}
	return r.owners(ctx, tx, c, o)
}

func operates(f access.Function) bool { return f == access.ProjectTeam || f == access.Administrator }

// words gives by which word a change is told to the institutions concerned, to the lead of their side, and
// to others in their place.
func (c *changed) words() (own, side, other string) {
	switch {
	case c.word != "":
		return c.word, c.word + "-other", c.word + "-other"
	case c.isNew() && c.kind == roster.People.Name:
		return "entered", "entered-side", "entered-other"
	case c.isNew() && c.kind == roster.Institutions.Name:
		return c.kind, "entered-institution", c.kind
	case c.kind == roster.Institutions.Name:
		return c.kind, "standing", "standing"
	}
	return c.kind, c.kind, c.kind
}

// institution puts something down to the focal points of an institution.
func (r *round) institution(i ref.Institution, n tiding) {
	for _, p := range r.ears.Focal(i) {
		r.note(p, n)
		if p != r.who.Person && n.rank < asOwner && !slices.Contains(r.heard, i) {
			r.heard = append(r.heard, i)
		}
	}
}

// stead puts a change down to whoever is told of it in others' stead, or for a side.
func (r *round) stead(s roster.Stead, c *changed) {
	_, side, other := c.words()
	if s.Ended {
		side = other
	}
	for _, i := range s.Institutions {
		r.institution(i, tiding{c, side, generally})
	}
	for _, p := range slices.Concat(s.Colleagues, s.Others) {
		r.note(p, tiding{c, other, generally})
	}
	if s.Team {
		r.operators(c, other, generally)
	}
}

func (r *round) operators(c *changed, what string, rank int) {
	for _, p := range r.operating[c.dialogue] {
		r.note(p, tiding{c, what, rank})
		r.team = r.team || p != r.who.Person
	}
}

// owners puts down that what institutions wrote is open to others, whatever there is of it. Of a side's
// circle nobody outside that side is told.
func (r *round) owners(ctx context.Context, tx *db.Tx, c *changed, o opening) error {
	all := slices.Concat(o.owners, o.team)
	if len(all) == 0 {
		return nil
	}
	ears, err := roster.Listen(ctx, tx, r.who, r.about, all, nil)
	if err != nil {
		return err
	}
	sides, err := roster.SidesToday(ctx, tx, all...)
	if err != nil {
		return err
	}
	of := sideOf(c.new)
	for n, i := range all {
		if of != "" && sides[i] != of {
			continue
		}
		what := opened(c.kind)
		if n >= len(o.owners) {
			what = "team-opened"
		}
		for _, p := range ears.Of(i) {
			r.note(p, tiding{c, what, asOwner})
		}
	}
	return nil
}

// note puts one notice down, unless as much is put down of the same object. What opens own words in two ways is
// told as two.
func (r *round) note(p ref.Person, n tiding) {
	if p == r.who.Person || !r.gathers && n.of.isNew() && n.of.id == ref.ID(p) { // who comes by a code knows
		return
	}
	at := slices.IndexFunc(r.notices[p], func(o tiding) bool {
		return o.of == n.of && (o.rank < asOwner || n.rank < asOwner || o.what == n.what)
	})
	switch {
	case at < 0:
		r.notices[p] = append(r.notices[p], n)
	case r.notices[p][at].rank < n.rank:
		r.notices[p][at] = n
	}
}

// tell puts the notices down. Who may not read the object any more, like an institution that a circle
// leaves out, is told without it.
func (r *round) tell(ctx context.Context, tx *db.Tx) error {
	heads := map[*changed]access.Header{}
	for _, p := range slices.Sorted(maps.Keys(r.notices)) {
		reader, err := r.reader(ctx, tx, p)
		if fault.Is(err, fault.NotFound) { // removed by this act
			continue
		}
		if err != nil {
			return err
		}
		of := r.notices[p]
		if r.gathers {
			var gathered []string
			of, gathered = gather(of)
			for _, what := range gathered {
				if err := notice.Put(ctx, tx, nil, notice.New{Person: p, Kind: notice.Authority, Detail: notice.Detail{What: what}}); err != nil {
					return err
				}
			}
		}
		for _, n := range of {
			h, known := heads[n.of]
			if !known {
				if h, err = access.Find(ctx, tx, access.Operator("tell"), n.of.id); err != nil && !fault.Is(err, fault.NotFound) {
					return err
				}
				heads[n.of] = h
			}
			put := notice.New{Person: p, Kind: notice.Authority, Object: n.of.id, Detail: notice.Detail{What: n.what}}
			if h.ID == "" || !reader.Reads(h) {
				put.Object, put.Detail.What = "", n.hidden(h.ID == "")
			}
			if err := notice.Put(ctx, tx, nil, put); err != nil {
				return err
			}
		}
	}
	return nil
}

// mostOpened is how many things that open what an institution wrote are told one by one.
const mostOpened = 5

// gather gives which of some tidings are told one by one, and by which words the others are told at once: what
// opens own words is never told as part of something else.
func gather(all []tiding) (each []tiding, gathered []string) {
	var rest []tiding
	for _, n := range all {
		if n.rank == asOwner {
			each = append(each, n)
		} else {
			rest = append(rest, n)
		}
	}
	if len(each) > mostOpened {
		each, gathered = nil, append(gathered, "several-opened")
	}
	if len(rest) > 1 {
		return each, append(gathered, "several")
	}
	return append(each, rest...), gathered
}

// reader makes the actor of somebody who is to be told. That of whom the act concerns is known.
func (r *round) reader(ctx context.Context, tx *db.Tx, p ref.Person) (a access.Actor, err error) {
	if a, known := r.readers[p]; known && !slices.ContainsFunc(r.list, func(c *changed) bool { return c.id == ref.ID(p) }) {
		return a, nil
	}
	return roster.ActorFor(ctx, tx, p)
}

// hidden is the word for whoever may not read the object.
func (n tiding) hidden(removed bool) string {
	switch {
	case n.rank == asOwner:
		return n.what + "-hidden"
	case n.of.kind == meeting.Meetings.Name:
		return "part"
	case n.of.kind == roster.People.Name && removed:
		return "gone"
	case n.what == roster.Circles.Name || n.what == roster.Institutions.Name:
		return "hidden"
	}
	return "unread"
}
