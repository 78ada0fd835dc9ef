package bundle

import (
	"context"
	"maps"
	"slices"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/meeting"
	"entente/notice"
	"entente/roster"
)

// Weighed is what a change makes of people, and which own words stay with institutions that lose what
// these are about.
type Weighed struct {
	Effects []roster.Effect
	Kept    []access.Kept
	Opened  int // objects that stand, and that the actor may read, which a circle's further members come to read
}

// Weigh does what Authority would do, undoes it, and says what it makes of people.
func Weigh(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, id ref.ID, rev int64, value any, reason string) (out Weighed, err error) {
	return out, d.Try(ctx, func(ctx context.Context) error {
		out, err = decide(ctx, d, objects, who, id, value, func() (access.Header, error) { return objects.Authority(ctx, who, id, rev, value, reason) })
		return err
	})
}

// Authority changes what decides who reads and who speaks for whom (access.Objects.Authority), and
// tells those concerned: everybody for whom it changes anything, today or on a later day, and the
// focal points of the institutions that it names.
func Authority(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, id ref.ID, rev int64, value any, reason string) error {
	return d.Together(ctx, func(ctx context.Context) error {
		_, err := decide(ctx, d, objects, who, id, value, func() (access.Header, error) { return objects.Authority(ctx, who, id, rev, value, reason) })
		return err
	})
}

// WeighEdit is Weigh for Edit. Of what decides nothing it does nothing and gives nothing.
func WeighEdit(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, id ref.ID, rev int64, value any) (out Weighed, err error) {
	some := false
	if err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		some, err = roster.Admits(ctx, tx, id)
		return err
	}); err != nil || !some {
		return out, err
	}
	return out, d.Try(ctx, func(ctx context.Context) error {
		out, err = decide(ctx, d, objects, who, id, value, func() (access.Header, error) { return objects.Edit(ctx, who, id, rev, value, "") })
		return err
	})
}

// Edit changes an object (access.Objects.Edit), and tells those concerned as Authority does where that
// changes who reads anything or who speaks for whom: the participants of a meeting, or what a command
// of the operator changes of the register.
func Edit(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, id ref.ID, rev int64, value any, reason string) error {
	return d.Together(ctx, func(ctx context.Context) error {
		_, err := decide(ctx, d, objects, who, id, value, func() (access.Header, error) { return objects.Edit(ctx, who, id, rev, value, reason) })
		return err
	})
}

func decide(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, id ref.ID, value any, do func() (access.Header, error)) (out Weighed, err error) {
	h, now, err := objects.Get(ctx, who, id)
	if err != nil {
		return out, err
	}
	return out, d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		k, _ := objects.Kind(h.Kind)
		do := func() (access.Header, error) {
			after, err := do()
			if err != nil || after.Rev == h.Rev {
				return after, err
			}
			return after, tellRenamed(ctx, tx, who, id, now, value)
		}
		admits, err := roster.Admits(ctx, tx, id)
		if err != nil {
			return err
		}
		if len(access.Deciding(k, now, value)) == 0 && !admits {
			_, err := do()
			return err
		}
		if err := KeepPassed(ctx, tx, objects); err != nil {
			return err
		}
		circle, err := opens(ctx, tx, who, h, now, value)
		if err != nil {
			return err
		}
		changed := false
		out.Effects, err = roster.Effects(ctx, tx, []roster.Change{{ID: id, Old: now, New: value}}, func() error {
			after, err := do()
			changed = after.Rev != h.Rev
			return err
		})
		if err != nil {
			return err
		}
		heirs, err := inherits(ctx, tx, who, h.Kind, out.Effects)
		out.Opened = circle.known + heirs.known
		if err != nil || !changed {
			return err
		}
		if out.Kept, err = keepOwn(ctx, tx, objects, who, h, out.Effects); err != nil {
			return err
		}
		if err := notice.TellVacant(ctx, tx, who); err != nil {
			return err
		}
		t := newTold()
		if err := t.add(ctx, tx, h, now, value, out.Effects); err != nil {
			return err
		}
		for _, o := range []opening{circle, heirs} {
			if err := t.addOwners(ctx, tx, h, o); err != nil {
				return err
			}
		}
		return t.tell(ctx, tx, who)
	})
}

// tellRenamed tells the people of a side or an institution that it is called otherwise: their words stand
// under that name from now on.
func tellRenamed(ctx context.Context, tx *db.Tx, who access.Actor, id ref.ID, old, new any) error {
	if !roster.Renamed(old, new) {
		return nil
	}
	people, err := roster.ToldOfName(ctx, tx, id, new)
	if err != nil {
		return err
	}
	for _, p := range people {
		if p == who.Person {
			continue
		}
		if err := notice.Put(ctx, tx, nil, notice.New{Person: p, Kind: notice.Authority, Object: id, Detail: notice.Detail{What: "renamed"}}); err != nil {
			return err
		}
	}
	return nil
}

// keepOwn keeps the own words of institutions of which somebody loses something by a change of an
// object, tells them, and says which these are.
func keepOwn(ctx context.Context, tx *db.Tx, objects *access.Objects, who access.Actor, changed access.Header, effects []roster.Effect) ([]access.Kept, error) {
	var lost []access.Principal
	var of []ref.Institution
	for _, e := range effects {
		lost = append(lost, e.Loses...)
		if len(e.Loses) > 0 && e.Institution != "" {
			of = append(of, e.Institution)
		}
	}
	slices.Sort(of)
	kept, err := objects.KeepOwn(ctx, tx, changed.Kind+"."+actOn(changed.Kind), access.NewAudience(lost...), slices.Compact(of), time.Time{})
	if err != nil || len(kept) == 0 {
		return nil, err
	}
	return kept, tellKept(ctx, tx, who, kept)
}

// actOn is the act by which an object of a kind decides who reads anything.
func actOn(kind string) string {
	if kind == meeting.Meetings.Name {
		return "edit"
	}
	return "authority"
}

// told is of which changed objects whom is to be told, and whom for what the own institution wrote.
type told struct {
	of     map[ref.Person][]access.Header
	owners map[ref.Person]bool
	acting map[ref.Institution][]ref.Person // found so far: a file enters many people of one institution
}

func newTold() told {
	return told{map[ref.Person][]access.Header{}, map[ref.Person]bool{}, map[ref.Institution][]ref.Person{}}
}

// actingFor gives those who act for an institution (roster.Acting).
func (t told) actingFor(ctx context.Context, tx *db.Tx, i ref.Institution) (people []ref.Person, err error) {
	people, found := t.acting[i]
	if found {
		return people, nil
	}
	if people, err = roster.Acting(ctx, tx, access.InstitutionOf(i)); err == nil {
		t.acting[i] = people
	}
	return people, err
}

// add puts down a change of an object: everybody for whom it changes anything, and of the register
// also the person that is changed and the focal points of the institutions that it names.
func (t told) add(ctx context.Context, tx *db.Tx, h access.Header, old, new any, effects []roster.Effect) error {
	people := map[ref.Person]bool{}
	for _, e := range effects {
		if e.Person != "" {
			people[e.Person] = true
		}
	}
	if h.Kind == roster.People.Name {
		people[ref.Person(h.ID)] = true
	}
	for _, i := range roster.Concerned(h.ID, old, new) {
		acting, err := t.actingFor(ctx, tx, i)
		if err != nil {
			return err
		}
		for _, p := range acting {
			people[p] = true
		}
	}
	for p := range people {
		t.of[p] = append(t.of[p], h)
	}
	return nil
}

// tell puts a notice down, one for each. Who may not read the object any more, like an institution that
// a circle leaves out, is told without it, and so is whom several concern.
func (t told) tell(ctx context.Context, tx *db.Tx, who access.Actor) error {
	for _, p := range slices.Sorted(maps.Keys(t.of)) {
		if p == who.Person {
			continue
		}
		reader, err := roster.ActorFor(ctx, tx, p)
		if fault.Is(err, fault.NotFound) { // removed by the same file
			continue
		}
		if err != nil {
			return err
		}
		h := t.of[p][0]
		n := notice.New{Person: p, Kind: notice.Authority, Object: h.ID, Detail: notice.Detail{What: h.Kind}}
		if t.owners[p] {
			n.Detail.What = opened(h.Kind)
		}
		if len(t.of[p]) > 1 {
			n.Object, n.Detail.What = "", "several"
		} else if _, err := access.Find(ctx, tx, reader, h.ID); err != nil {
			n.Object = ""
			switch {
			case t.owners[p]:
				n.Detail.What += "-hidden"
			case h.Kind == meeting.Meetings.Name:
				n.Detail.What = "part"
			case h.Kind == roster.People.Name:
				n.Detail.What = "gone"
			default:
				n.Detail.What = "hidden"
			}
		}
		if err := notice.Put(ctx, tx, nil, n); err != nil {
			return err
		}
	}
	return nil
}
