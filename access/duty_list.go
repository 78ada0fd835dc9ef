package access

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/internal/workday"
	"entente/standard/tlp"
)

// DutyView is one of the ways in which somebody looks at duties.
type DutyView string

// The views. All but Awaited, Idle and Done are of what the actor owes and has not done.
const (
	DutiesWaiting     DutyView = "waiting"     // all of it
	DutiesMine        DutyView = "mine"        // addressed to the person, or to the project team
	DutiesInstitution DutyView = "institution" // addressed to the institution or one it succeeded
	DutiesOverdue     DutyView = "overdue"
	DutiesAwaited     DutyView = "awaited" // what others owe to the actor, and have not done
	DutiesIdle        DutyView = "idle"    // of that, what nobody can do: it waits for nobody, and is late for nobody
	DutiesDone        DutyView = "done"    // what the actor owed, the newest first
)

// DutyViews lists the views.
func DutyViews() []DutyView {
	return []DutyView{DutiesWaiting, DutiesMine, DutiesInstitution, DutiesOverdue, DutiesAwaited, DutiesIdle, DutiesDone}
}

// DutyQuery chooses duties.
type DutyQuery struct {
	Dialogue  ref.Dialogue
	Lang      text.Lang // for the titles of objects
	View      DutyView  // empty: DutiesWaiting
	Others    bool      // without translations, which a desk adds up
	Today     when.Date
	Debts     Debts
	DoneSince string // of DutiesDone: no older than this time
	After     string // Next of the page before
	Limit     int
}

// ListedDuty is a duty with the title of its object.
type ListedDuty struct {
	Duty
	About Title
	Mark  tlp.Label // of the object
}

// DutyCounts is how many duties stand in each view.
type DutyCounts struct {
	Waiting, Mine, Institution, Overdue int
	Awaited, AwaitedOverdue, Idle       int
}

// Duties is one page of a view.
type Duties struct {
	List []ListedDuty
	Next string // where the next page begins; empty: this is the last
	Days workday.Calendars
}

// Duties gives a page of the duties that exist for the actor in a view: by deadline, the nearest
// first, what was done by the day it was done.
func (s *Objects) Duties(ctx context.Context, who Actor, q DutyQuery) (out Duties, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if out.Days, err = Workdays(ctx, tx, q.Dialogue); err != nil {
			return err
		}
		list, err := listDuties(ctx, tx, who, q)
		if err != nil {
			return err
		}
		if len(list) > q.Limit {
			list = list[:q.Limit]
			last := list[q.Limit-1]
			out.Next = last.Due.Sort() + "_" + last.ID
			if q.View == DutiesDone {
				out.Next = last.Done + "_" + last.ID
			}
		}
		ids := make([]ref.ID, 0, len(list))
		for _, d := range list {
			ids = append(ids, d.Object)
		}
		titles, err := Titles(ctx, tx, who, q.Lang, ids...)
		if err != nil {
			return err
		}
		marks, err := marksOf(ctx, tx, who, ids)
		for _, d := range list {
			out.List = append(out.List, ListedDuty{d, titles[d.Object], marks[d.Object]})
		}
		return err
	})
	return out, err
}

// marksOf gives the marks of objects that the actor may read.
func marksOf(ctx context.Context, tx *db.Tx, who Actor, ids []ref.ID) (map[ref.ID]tlp.Label, error) {
	out := map[ref.ID]tlp.Label{}
	for chunk := range slices.Chunk(ids, 500) {
		var a db.Args
		rows, err := tx.Query(ctx, `select o.id, o.mark from object o where o.id in `+a.In(chunk)+` and `+who.CanRead(&a, "o")+` -- access.marksOf`, a.List()...)
		if _, err := db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
			var id ref.ID
			var m tlp.Label
			err := r.Scan(&id, &m)
			out[id] = m
			return struct{}{}, err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// listDuties reads one more than the limit. Each principal's duties stand in an index in the order
// of the list, so that the page is the beginning of a few of them, however many there are.
func listDuties(ctx context.Context, tx *db.Tx, who Actor, q DutyQuery) ([]Duty, error) {
	var a db.Args
	var parts []string
	order := ` order by due, id`
	if q.View == DutiesDone {
		order = ` order by done desc, id desc`
	}
	limit := a.Add(q.Limit + 1)
	for _, from := range dutySources(&a, who, q) {
		where := from + ` and ` + readDuty(&a, who) + ` and ` + readWhole(&a, who)
		if q.View == DutiesDone {
			where += ` and y.done > ` + a.Add(q.DoneSince) + ` and y.done <> ''`
		} else {
			where += ` and y.done = '' and ` + q.Debts.once(&a)
		}
		switch {
		case q.View == DutiesIdle:
			where += ` and (` + q.Debts.idle(&a) + ` or ` + q.Debts.closed(&a) + `)`
		case q.View == DutiesAwaited:
			if len(q.Debts.Idle) > 0 {
				where += ` and not ` + q.Debts.idle(&a)
			}
			if len(q.Debts.Closed) > 0 {
				where += ` and not ` + q.Debts.closed(&a)
			}
		}
		if q.View == DutiesOverdue {
			where += ` and y.due < ` + a.Add(q.Today)
		}
		if q.Others {
			where += ` and y.kind <> 'translate'` // in these words an index answers it
		}
		if at, id, ok := strings.Cut(q.After, "_"); ok {
			if q.View == DutiesDone {
				where += ` and (y.done, y.id) < (` + a.Add(at) + `, ` + a.Add(id) + `)`
			} else {
				where += ` and (y.due, y.id) > (` + a.Add(at) + `, ` + a.Add(id) + `)`
			}
		}
		parts = append(parts, `select * from (select `+dutyColumns+` from duty y where `+where+order+` limit `+limit+`) part`)
	}
	if len(parts) == 0 {
		return nil, nil
	}
	return db.Collect(ctx, tx, scanDuty, `select * from (`+strings.Join(parts, ` union all `)+`) every`+order+` limit `+limit+` -- access.listDuties`, a.List()...)
}

// dutySources gives the conditions that find the duties of a view, each of which an index answers.
// No duty meets two of them. Whoever counts as a principal takes part in its dialogue, so that only
// what the project team awaits needs to be told the dialogue; said elsewhere, it leads the engines to
// the index of all its duties.
func dutySources(a *db.Args, who Actor, q DutyQuery) (out []string) {
	own := who.Owing()
	if q.View == DutiesAwaited || q.View == DutiesIdle {
		notMine := ` and y.principal not in ` + db.In(a, own)
		if who.Holds(ProjectTeam) && who.Dialogue == q.Dialogue {
			return []string{`y.dialogue = ` + a.Add(q.Dialogue) + notMine}
		}
		return []string{`y.asker in ` + db.In(a, who.Principals()) + notMine}
	}
	var rest []Principal
	for _, p := range own {
		institution := p.Kind() == "institution"
		switch {
		case q.View == DutiesMine && institution || q.View == DutiesInstitution && !institution:
		case institution, p.Kind() == "person", p.Kind() == "team": // those who mostly owe
			out = append(out, `y.principal = `+a.Add(p))
		default:
			rest = append(rest, p)
		}
	}
	if len(rest) > 0 {
		out = append(out, `y.principal in `+db.In(a, rest))
	}
	return out
}

// OwedBy says whether a duty is the actor's to do.
func (d Duty) OwedBy(who Actor) bool { return slices.Contains(who.Owing(), d.Principal) }

// OwedTo says whether it is owed to one that the actor counts as.
func (d Duty) OwedTo(who Actor) bool { return slices.Contains(who.Principals(), d.Asker) }
