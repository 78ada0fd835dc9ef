package roster

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/when"
)

// Respondent is who answers for an institution on a day.
type Respondent struct {
	Institution ref.Institution // itself, or who succeeded it once it has ended; "" it was succeeded by nobody
	Ended       when.Date       // when the institution asked after ended; empty: it goes on
	People      []ref.Person    // of the one that answers: those who may state something for it
}

// Vacant says whether nobody is entered who could answer.
func (r Respondent) Vacant() bool { return len(r.People) == 0 }

// Hindrance is why nobody can answer for an institution.
type Hindrance string

// The hindrances.
const (
	Unhindered Hindrance = ""
	HasEnded   Hindrance = "ended"  // it ended, and nobody succeeded it
	Unseen     Hindrance = "unseen" // who answers for it may not read what it is asked about
	Unstaffed  Hindrance = "nobody" // nobody is entered, and let in by the side, who could state anything for it; a letter still can come
)

// Respondents tells of some institutions who answers for them today. It is found anew at each
// reading and stored nowhere: an end, a succession and a post that was entered for a later day count
// from that day on without anybody's act.
type Respondents struct {
	day    string
	heirs  map[ref.Institution][]ref.Institution // of who has ended; the one that answers stands first
	known  map[ref.Institution]access.Object[Institution]
	people map[ref.Institution][]ref.Person
	named  map[access.Principal][]member // who is in a circle or takes part in a meeting
}

// member is an institution in a circle or a meeting; of a side's circle, as far as it stands on that side.
type member struct {
	of   access.Principal
	i    ref.Institution
	side ref.Side
}

// Responding finds who answers for institutions today, and their people.
func Responding(ctx context.Context, tx *db.Tx, ids ...ref.Institution) (*Respondents, error) {
	today, err := Today(ctx, tx)
	if err != nil {
		return nil, err
	}
	return RespondingOn(ctx, tx, today.First(), ids...)
}

// RespondingOn finds who answers for institutions on a day, as far as the register says today.
func RespondingOn(ctx context.Context, tx *db.Tx, day time.Time, ids ...ref.Institution) (*Respondents, error) {
	r, err := respondingOn(ctx, tx, string(when.DateOf(day)), ids)
	if err != nil || len(ids) == 0 {
		return r, err
	}
	return r, r.staff(ctx, tx)
}

func respondingOn(ctx context.Context, tx *db.Tx, day string, ids []ref.Institution) (*Respondents, error) {
	r := &Respondents{day: day, heirs: map[ref.Institution][]ref.Institution{}, known: map[ref.Institution]access.Object[Institution]{}, people: map[ref.Institution][]ref.Person{}}
	if len(ids) == 0 {
		return r, nil
	}
	// Of several successors the one answers that took over first, of the same day the one entered first.
	type pair struct{ from, to ref.Institution }
	edges, err := db.Collect(ctx, tx, func(rows *sql.Rows) (p pair, err error) {
		err = rows.Scan(&p.from, &p.to)
		return p, err
	}, `select s.id, s.successor from roster_succession s where `+inherits("s", "$1")+` order by s.id, s.from_day, s.successor -- roster.Responding`, r.day)
	if err != nil {
		return nil, err
	}
	for _, e := range edges {
		r.heirs[e.from] = append(r.heirs[e.from], e.to)
	}
	var line []ref.Institution // those asked after, and who succeeded them
	for next := ids; len(next) > 0; {
		var more []ref.Institution
		for _, i := range next {
			if !slices.Contains(line, i) {
				line, more = append(line, i), append(more, r.heirs[i]...)
			}
		}
		next = more
	}
	var a db.Args
	list, err := Institutions.List(ctx, tx, access.Operator("roster"), access.Select{Args: &a, Where: `o.id in ` + db.In(&a, line)})
	if err != nil {
		return nil, err
	}
	for _, o := range list {
		r.known[ref.Institution(o.ID)] = o
	}
	return r, nil
}

// staff finds the people of institutions who may state something for them: of one on a side those alone
// whom the side let in, or will have once they take the code that they were given. Whose post or function
// ends today is not counted on any more, as at a handover.
func (r *Respondents) staff(ctx context.Context, tx *db.Tx) error {
	var a db.Args
	among := slices.Sorted(maps.Keys(r.known))
	day, now := a.Add(r.day), a.Add(db.Stamp(tx.Now()))
	side := sideOn("p.institution", day)
	holds := func(t string) string {
		return `(` + t + `.from_day = '' or ` + t + `.from_day <= ` + day + `) and (` + t + `.until_day = '' or ` + t + `.until_day > ` + day + `)`
	}
	type post struct {
		institution ref.Institution
		person      ref.Person
	}
	posts, err := db.Collect(ctx, tx, func(rows *sql.Rows) (p post, err error) {
		err = rows.Scan(&p.institution, &p.person)
		return p, err
	}, `select distinct p.institution, o.id from roster_post p join object o on o.id = p.id and o.tombstone = ''
		where p.institution in `+db.In(&a, among)+` and p.institution = (select q.institution from roster_post q where q.id = o.id and `+holds("q")+` order by q.from_day desc, q.institution limit 1)
		and exists (select 1 from roster_function f where f.id = o.id and f.name in `+db.In(&a, []access.Function{access.FocalPoint, access.Contributor})+` and `+holds("f")+`)
		and (coalesce(`+side+`, '') = '' or `+given("o.id", "p.institution", side, day, comesBy("m", "o.id", now))+`)
		order by p.institution, o.id -- roster.staff`, a.List()...)
	for _, p := range posts {
		r.people[p.institution] = append(r.people[p.institution], p.person)
	}
	return err
}

// For gives who answers for one of the institutions.
func (r *Respondents) For(i ref.Institution) Respondent {
	at, seen := i, []ref.Institution{}
	for at != "" && !slices.Contains(seen, at) && r.endOf(at) != "" {
		seen = append(seen, at)
		next := r.heirs[at]
		at = ""
		if len(next) > 0 {
			at = next[0]
		}
	}
	return Respondent{Institution: at, Ended: r.endOf(i), People: r.people[at]}
}

func (r *Respondents) endOf(i ref.Institution) when.Date {
	o, ok := r.known[i]
	if !ok {
		return ""
	}
	return o.Value.endedBy(r.day)
}

// Hindered says why nobody can answer for an institution about what some audiences may read; all of
// them have to take in who answers for it.
func (r *Respondents) Hindered(ctx context.Context, tx *db.Tx, i ref.Institution, read ...access.Audience) (Hindrance, error) {
	is := r.For(i)
	if is.Institution == "" {
		return HasEnded, nil
	}
	for _, a := range read {
		ok, err := r.reads(ctx, tx, is, a)
		if err != nil {
			return "", err
		}
		if !ok {
			return Unseen, nil
		}
	}
	if is.Vacant() {
		return Unstaffed, nil
	}
	return Unhindered, nil
}

// reads says whether who answers may read what an audience may: the institution as a whole, by what
// CountsAs says of it, or one of its people by name.
func (r *Respondents) reads(ctx context.Context, tx *db.Tx, is Respondent, a access.Audience) (bool, error) {
	o := r.known[is.Institution]
	if a.Has(access.Anyone) || a.Has(access.DialogueOf(o.Dialogue)) {
		return true, nil
	}
	var named bool
	for _, p := range a {
		switch p.Kind() {
		case "institution":
			if q := ref.Institution(p.ID()); q == is.Institution || slices.Contains(r.after(q), is.Institution) {
				return true, nil
			}
		case "side":
			if side := r.sideOf(is.Institution); side != "" && access.SideOf(side) == p {
				return true, nil
			}
		case "person":
			if slices.Contains(is.People, ref.Person(p.ID())) {
				return true, nil
			}
		case "circle", "participants":
			named = true
		}
	}
	if !named {
		return false, nil
	}
	if err := r.readNamed(ctx, tx); err != nil {
		return false, err
	}
	for _, p := range a {
		for _, m := range r.named[p] {
			if (m.side == "" || m.side == r.sideOf(is.Institution)) && (m.i == is.Institution || slices.Contains(r.after(m.i), is.Institution)) {
				return true, nil
			}
		}
	}
	return false, nil
}

// sideOf gives the side on which an institution stands today.
func (r *Respondents) sideOf(i ref.Institution) ref.Side {
	o := r.known[i]
	day, err := time.Parse(time.DateOnly, r.day)
	if s, ok := o.Value.StandingOn(day); err == nil && ok && s.As == OnSide {
		return s.Side
	}
	return ""
}

// after gives all that count as an institution by succession.
func (r *Respondents) after(i ref.Institution) (all []ref.Institution) {
	for next := r.heirs[i]; len(next) > 0; {
		var more []ref.Institution
		for _, h := range next {
			if !slices.Contains(all, h) {
				all, more = append(all, h), append(more, r.heirs[h]...)
			}
		}
		next = more
	}
	return all
}

// Succeeded gives an institution and all that it had succeeded by a day.
func Succeeded(ctx context.Context, tx *db.Tx, i ref.Institution, day string) ([]ref.Institution, error) {
	return ancestry(ctx, tx, i, day)
}

// Since gives who answers for an institution that has ended, as far as the actor may know of it: the
// last day of its own part, empty where it goes on, and the name of who does.
func (r *Respondents) Since(ctx context.Context, tx *db.Tx, who access.Actor, i ref.Institution) (e access.End, err error) {
	is := r.For(i)
	if e.Day = is.Ended; e.Day == "" {
		return e, nil
	}
	o, err := Institutions.Load(ctx, tx, who, ref.ID(is.Institution))
	if fault.Is(err, fault.NotFound) { // there is none, or none that the actor may read
		return e, nil
	}
	e.Heir = o.Value.Name()
	return e, err
}

// readNamed reads, once, which institutions are in circles and take part in meetings that are an
// audience of something.
func (r *Respondents) readNamed(ctx context.Context, tx *db.Tx) error {
	if r.named != nil {
		return nil
	}
	r.named = map[access.Principal][]member{}
	var a db.Args
	list, err := db.Collect(ctx, tx, func(rows *sql.Rows) (m member, err error) {
		err = rows.Scan(&m.of, &m.i, &m.side)
		return m, err
	}, `select 'circle:' || m.id, m.institution, `+sideOfCircle("m.id")+` from roster_circle_member m join object o on o.id = m.id and o.tombstone = ''
		union
		select p.principal, l.to_id, '' from (select distinct principal from aset_member where principal >= 'participants:' and principal < 'participants;') p
			cross join link l cross join object o
			where l.from_id = substr(p.principal, 14) and o.id = l.from_id and o.kind = 'meeting' and o.tombstone = ''
			and l.rel in `+a.In(TakesPart)+` -- roster.readNamed`, a.List()...)
	for _, m := range list {
		r.named[m.of] = append(r.named[m.of], m)
	}
	return err
}

// endOf gives when an institution ended, of its body; empty: it goes on, or is none.
func endOf(body, day string) (when.Date, error) {
	if body == "" {
		return "", nil
	}
	var i Institution
	err := json.Unmarshal([]byte(body), &i)
	return i.endedBy(day), err
}

// relieved gives those among what people of an institution count as for which others answer.
func (r *Respondents) relieved(own ref.Institution, line []ref.Institution) (out []ref.Institution) {
	for _, i := range line {
		if r.For(i).Institution != own {
			out = append(out, i)
		}
	}
	return out
}
