package roster

import (
	"context"
	"maps"
	"slices"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/when"
)

// Effect is what a change of the register makes of one person from a day on.
type Effect struct {
	Day          string          // YYYY-MM-DD: today, or a later day on which something begins or ends
	Person       ref.Person      // "": whoever is of the institution, or will be
	Institution  ref.Institution // the one spoken for, before and, where that differs, afterwards
	Then         ref.Institution
	Gains, Loses []access.Principal
	Takes, Drops []access.Function
	Enters       ref.Side // in whose inner room the person is from then on, and reads what names them in person
	Leaves       ref.Side // in whose inner room the person was
	Ends         bool     // the institution has ended: the person speaks for it no longer, and owes nothing for it
	Resumes      bool     // it has not ended any more
	Own          bool     // of the person's own posts and functions, which say nothing of the institution's other people

	was, is access.Actor
}

// Opens says whether the person may read an object from then on and might not before.
func (e Effect) Opens(h access.Header) bool { return e.is.Reads(h) && !e.was.Reads(h) }

// Before and After give whoever it is as that was, and is from then on.
func (e Effect) Before() access.Actor { return e.was }

// After is the other half of Before.
func (e Effect) After() access.Actor { return e.is }

// Spoke and Speaks say whether the person spoke for the institution before, and does from then on.
func (e Effect) Spoke() bool { return e.was.Represents() }

// Speaks is the other half of Spoke.
func (e Effect) Speaks() bool { return e.is.Represents() }

// Change is what becomes of one object's value. Old is nil of a new one.
type Change struct {
	ID       ref.ID
	Old, New any
}

// Concerned gives the institutions whose people a change of one of the kinds of the register may
// touch: those that the old and the new value name, and the object itself. Of other kinds it gives none.
func Concerned(id ref.ID, values ...any) (out []ref.Institution) {
	for _, v := range values {
		switch v := v.(type) {
		case *Institution:
			out = append(append(out, ref.Institution(id)), SucceededBy(v)...)
		case *Person:
			for _, q := range v.Posts {
				out = append(out, q.Institution)
			}
		case *Circle:
			out = append(out, v.Members...)
		case *Side:
			for _, l := range v.Leads {
				out = append(out, l.Institution)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// SucceededBy gives the institutions that succeed one by its value; of what is no institution none.
func SucceededBy(value any) (out []ref.Institution) {
	if i, ok := value.(*Institution); ok && i != nil {
		for _, s := range i.Successors {
			out = append(out, s.Institution)
		}
	}
	return out
}

// Parents gives the institutions that a value comes to name as what it is part of, or names no longer.
func Parents(old, new any) (out []ref.Institution) {
	was, is := parentOf(old), parentOf(new)
	if was == is {
		return nil
	}
	return slices.DeleteFunc([]ref.Institution{was, is}, func(i ref.Institution) bool { return i == "" })
}

func parentOf(value any) ref.Institution {
	if i, ok := value.(*Institution); ok && i != nil {
		return i.Parent
	}
	return ""
}

// SidesNamed gives the sides that a new institution names, on whatever day, or where a changed one names
// others than before all that it named and names.
func SidesNamed(old, new any) (out []ref.Side) {
	was, _ := old.(*Institution)
	is, _ := new.(*Institution)
	if is == nil {
		return nil
	}
	if out = is.sides(); was != nil {
		if slices.Equal(was.sides(), out) {
			return nil
		}
		out = append(out, was.sides()...)
	}
	return out
}

// LeadsChange says whether two values of a side name other leads.
func LeadsChange(old, new any) bool {
	var was, is []Lead
	if s, ok := old.(*Side); ok && s != nil {
		was = s.Leads
	}
	if s, ok := new.(*Side); ok && s != nil {
		is = s.Leads
	}
	return !slices.EqualFunc(was, is, func(a, b Lead) bool { return a.Institution == b.Institution && a.From == b.From && a.Until == b.Until })
}

// mostDays bounds the days to come on which one institution or person may change: each of them is
// looked at.
const mostDays = 24

// boundDays refuses a value that names more of them.
func boundDays(today when.Date, field string, value any, f *fault.Fields) {
	if n := len(days(today, value)) - 1; n > mostDays {
		f.Add(field, "", "fault.days-to-come", "n", n, "limit", mostDays)
	}
}

// Turns gives today and the later days on which a change of the register comes to count.
func (c Change) Turns(today when.Date) []time.Time { return days(today, c.Old, c.New) }

// days gives today and the later days on which something in the values begins, or has ended.
func days(today when.Date, values ...any) []time.Time { return daysAnd(today, nil, values...) }

// daysAnd is days with some more.
func daysAnd(today when.Date, more []string, values ...any) []time.Time {
	all := append([]string{string(today)}, more...)
	add := func(from, until when.Date) {
		all = append(all, firstDay(from))
		if !until.IsZero() {
			all = append(all, until.Last().AddDate(0, 0, 1).Format(time.DateOnly))
		}
	}
	for _, v := range values {
		switch v := v.(type) {
		case *Institution:
			add("", v.Ended)
			for _, p := range v.Standings {
				add(p.From, p.Until)
			}
			for _, s := range v.Successors {
				add(s.From, "")
			}
		case *Person:
			for _, q := range v.Posts {
				add(q.From, q.Until)
			}
			for _, h := range v.Functions {
				add(h.From, h.Until)
			}
		}
	}
	slices.Sort(all)
	var out []time.Time
	for _, d := range slices.Compact(all) {
		if day, err := time.Parse(time.DateOnly, d); err == nil && d >= string(today) && d < never { // on never nothing passes
			out = append(out, day)
		}
	}
	return out
}

// Participants gives the institutions and people whom a meeting names.
func Participants(values ...any) (is []ref.Institution, ps []ref.ID) {
	for _, v := range values {
		if v == nil {
			continue
		}
		for _, l := range shape.Refs(v) {
			switch id := l.Ref.(type) {
			case ref.Institution:
				if slices.Contains(TakesPart, l.Rel) {
					is = append(is, id)
				}
			case ref.Person:
				ps = append(ps, ref.ID(id))
			}
		}
	}
	return is, ps
}

// Admits says whether an object's participants are an audience of something, so that a change of the
// object may change who reads that.
func Admits(ctx context.Context, tx *db.Tx, id ref.ID) (some bool, err error) {
	err = tx.QueryRow(ctx, `select exists (select 1 from aset_member where principal = $1) -- roster.Admits`,
		string(access.ParticipantsOf(ref.Meeting(id)))).Scan(&some)
	return some, err
}

// Weighing is how people stand before changes, for telling afterwards what these made of them.
type Weighing struct {
	subjects []subject
	before   map[string]access.Actor
	wait     func() error
}

// subject is a person, or an institution for whoever works there, and the days on which it is looked at.
type subject struct {
	person      ref.Person
	institution ref.Institution
	days        []time.Time
	own         bool // it is changed itself
	made        any  // the value of one that is new, as long as it has no id
}

// Made says which id an object has that was new, and had none, when it was weighed: its value then.
func (w Weighing) Made(value any, id ref.ID) {
	for n := range w.subjects {
		s := &w.subjects[n]
		if s.made == nil || s.made != value {
			continue
		}
		switch value.(type) {
		case *Person:
			s.person = ref.Person(id)
		case *Institution:
			s.institution = ref.Institution(id)
		}
	}
}

// Weigh finds whom changes of objects of the register, or of meetings, may concern, and how they stand
// before these are written: the people of the institutions concerned, of who succeeded these, and the
// people that are changed or named; today, and on each later day that an old or a new value names, or on
// which their own posts, functions and standings turn. What becomes of an institution it says also where
// nobody is there yet of whom it could be said. It writes nothing; Weighing.Effects is the other half.
// wait, where it is given, is asked again and again whether to go on, here and there.
func Weigh(ctx context.Context, tx *db.Tx, changes []Change, wait func() error) (w Weighing, err error) {
	today, err := Today(ctx, tx)
	if err != nil {
		return w, err
	}
	var a db.Args
	var shared []any
	own := map[ref.Person][]any{} // what a person's own value names concerns that person alone
	var concerned, bodies []ref.Institution
	var themselves []ref.ID
	for _, c := range changes {
		is, ps := Participants(c.Old, c.New)
		switch c.New.(type) {
		case *Institution, *Person, *Circle, *Side:
			is, ps = Concerned(c.ID, c.Old, c.New), []ref.ID{c.ID}
		}
		if _, ok := c.New.(*Person); ok {
			own[ref.Person(c.ID)] = append(own[ref.Person(c.ID)], c.Old, c.New)
		} else {
			shared, bodies = append(shared, c.Old, c.New), append(bodies, is...)
		}
		concerned, themselves = append(concerned, is...), append(themselves, ps...)
	}
	people, err := db.Collect(ctx, tx, db.One[ref.Person], `with recursive heir(id) as (
			select h.id from roster_institution h where h.id in `+db.In(&a, concerned)+`
			union
			select s.successor from roster_succession s join heir on s.id = heir.id
		)
		select o.id from object o where o.kind = 'person' and o.tombstone = ''
			and (o.id in `+db.In(&a, themselves)+` or o.id in (select p.id from roster_post p where p.institution in (select id from heir))) order by o.id -- roster.Effects`, a.List()...)
	if err != nil {
		return w, err
	}
	if bodies, err = heirsOf(ctx, tx, bodies); err != nil {
		return w, err
	}
	made := map[ref.ID]any{} // who is new is found nowhere yet
	for _, c := range changes {
		if c.Old != nil {
			continue
		}
		switch c.New.(type) {
		case *Person:
			people = append(people, ref.Person(c.ID))
		case *Institution:
			bodies = append(bodies, ref.Institution(c.ID))
		default:
			continue
		}
		made[c.ID] = c.New
	}
	turns, err := turnsOf(ctx, tx, people, slices.Concat(concerned, bodies))
	if err != nil {
		return w, err
	}
	w.wait = wait
	for _, p := range people {
		at := slices.Concat(turns.people[p], turns.successions)
		for _, i := range slices.Concat(turns.at[p], Concerned("", own[p]...)) {
			at = append(at, turns.standings[i]...)
		}
		_, changed := own[p]
		w.subjects = append(w.subjects, subject{person: p, days: daysAnd(today, at, slices.Concat(shared, own[p])...), own: changed, made: made[ref.ID(p)]})
	}
	for _, i := range bodies {
		w.subjects = append(w.subjects, subject{institution: i, days: daysAnd(today, slices.Concat(turns.standings[i], turns.successions), shared...), made: made[ref.ID(i)]})
	}
	w.before, err = w.actors(ctx, tx)
	return w, err
}

func (s subject) on(day string) string { return day + string(s.person) + string(s.institution) }

// mostAtOnce bounds of how many people is asked at once, between two questions whether to go on.
const mostAtOnce = 500

// actors gives how everybody stands on the days of each. It asks day by day and not person by person: what
// an institution turns by concerns all its people alike.
func (w Weighing) actors(ctx context.Context, tx *db.Tx) (map[string]access.Actor, error) {
	all := map[string]access.Actor{}
	goOn := func() error {
		if w.wait != nil {
			return w.wait()
		}
		return nil
	}
	on := map[string][]ref.Person{}
	for _, s := range w.subjects {
		for _, day := range s.days {
			d := day.Format(time.DateOnly)
			if s.person != "" {
				on[d] = append(on[d], s.person)
				continue
			}
			if err := goOn(); err != nil {
				return nil, err
			}
			who, err := memberOn(ctx, tx, s.institution, d)
			if err != nil {
				return nil, err
			}
			all[s.on(d)] = who
		}
	}
	for _, d := range slices.Sorted(maps.Keys(on)) {
		for people := range slices.Chunk(on[d], mostAtOnce) {
			if err := goOn(); err != nil {
				return nil, err
			}
			entered, err := actorsOn(ctx, tx, people, d, false)
			if err != nil {
				return nil, err
			}
			for _, p := range people {
				who, is := entered[p]
				if !is {
					who.Person = p
				}
				all[subject{person: p}.on(d)] = who
			}
		}
	}
	return all, nil
}

// memberOn makes the actor of whoever works for an institution on a day, whatever the function.
func memberOn(ctx context.Context, tx *db.Tx, i ref.Institution, day string) (access.Actor, error) {
	a := access.Actor{Institution: i}
	if err := tx.QueryRow(ctx, `select coalesce((select o.dialogue from object o where o.id = $1), '') -- roster.memberOn`, i).Scan(&a.Dialogue); err != nil {
		return a, err
	}
	if a.Dialogue == "" { // it is not entered yet, and nobody works there
		return access.Actor{}, nil
	}
	ps, side, err := countsOn(ctx, tx, i, day)
	a.Side = side
	return access.NewActor(a, append(ps, access.DialogueOf(a.Dialogue))...), err
}

// Effects says what the changes, which are written by now, made of them.
func (w Weighing) Effects(ctx context.Context, tx *db.Tx) (out []Effect, err error) {
	after, err := w.actors(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, s := range w.subjects {
		var last Effect
		for _, day := range s.days {
			d := day.Format(time.DateOnly)
			was, is := w.before[s.on(d)], after[s.on(d)]
			e := Effect{Person: s.person, Institution: was.Institution, Then: is.Institution, Own: s.own, was: was, is: is}
			e.Gains, e.Loses = without(partOf(is), partOf(was)), without(partOf(was), partOf(is))
			e.Takes, e.Drops = without(is.Functions, was.Functions), without(was.Functions, is.Functions)
			if was.Room() != is.Room() {
				e.Enters, e.Leaves = is.Room(), was.Room()
			}
			if was.Institution == is.Institution && len(is.Functions) > 0 {
				e.Ends, e.Resumes = was.Ended.Day == "" && is.Ended.Day != "", was.Ended.Day != "" && is.Ended.Day == ""
			}
			if e.changes() && !e.same(last) && !e.said(out) {
				e.Day = d
				out = append(out, e)
			}
			last = e
		}
	}
	return out, nil
}

// partOf gives what an actor counts as; the inside as long as the actor takes part in it, and not where it
// merely reads on what was written there (access.Actor.Stood).
func partOf(a access.Actor) []access.Principal {
	return slices.DeleteFunc(slices.Clone(a.Principals()), func(p access.Principal) bool { return p.Kind() == "inside" && !a.Inside() })
}

// said says of what becomes of an institution whether it was said of people of it: these come first.
func (e Effect) said(of []Effect) bool {
	covers := func(all, some []access.Principal) bool { return len(without(some, all)) == 0 }
	return e.Person == "" && slices.ContainsFunc(of, func(p Effect) bool {
		return p.Person != "" && !p.Own && p.Institution == e.Institution && p.Then == e.Then && covers(p.Gains, e.Gains) && covers(p.Loses, e.Loses)
	})
}

func without[T comparable](all, not []T) (out []T) {
	for _, v := range all {
		if !slices.Contains(not, v) {
			out = append(out, v)
		}
	}
	return out
}

func (e Effect) changes() bool {
	return e.Institution != e.Then || e.Enters != e.Leaves || e.Ends || e.Resumes || len(e.Gains)+len(e.Loses)+len(e.Takes)+len(e.Drops) > 0
}

// same says whether two effects differ in the day alone.
func (e Effect) same(o Effect) bool {
	return e.Institution == o.Institution && e.Then == o.Then && e.Enters == o.Enters && e.Leaves == o.Leaves && e.Ends == o.Ends && e.Resumes == o.Resumes && slices.Equal(e.Gains, o.Gains) && slices.Equal(e.Loses, o.Loses) &&
		slices.Equal(e.Takes, o.Takes) && slices.Equal(e.Drops, o.Drops)
}
