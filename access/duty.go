package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/internal/workday"
)

// The kinds of duty.
const (
	DutyTranslate   = "translate" // a missing, outdated or unchecked text; the detail is language and state: "zh missing"
	DutyAnswer      = "answer"
	DutyConfirm     = "confirm"
	DutyNominate    = "nominate"
	DutyReport      = "report"
	DutyAcknowledge = "acknowledge"
	DutyReview      = "review"
	DutyJudge       = "judge" // to confirm or contest a translation of the own words; the detail is its language
)

// DutyTerm is how many working days of both sides a duty has that was given no deadline: every
// duty has one.
const DutyTerm = 10

// Duty is something that somebody owes about an object by a day. It exists for those to whom it
// is addressed, for those to whom it is owed, and for the project team; and of them only for who
// may read the object.
type Duty struct {
	ID        ref.ID
	Object    ref.ID
	Principal Principal // who owes it
	Asker     Principal // to whom, who may extend it; empty: the project team of the object's dialogue
	Drafter   ref.Person
	Kind      string
	Detail    string    // tells apart what the same principal owes about the same object in the same kind; may be empty
	Due       when.Date // empty to Owe: DutyTerm working days from today
	Was       when.Date // the deadline before the last extension
	Reason    string    // of the last extension
	Since     when.Date // the day it was asked; empty to Owe: today
	Done      string    // when it was done; empty: it is open
}

// Owe writes down a duty, or moves the deadline and the asker of the open duty with the same
// object, principal, kind and detail. It is called in the act that makes the duty and decides
// nothing about who may do that.
func Owe(ctx context.Context, tx *db.Tx, d Duty) error {
	if d.Principal == "" || d.Kind == "" {
		return fmt.Errorf("a duty on %s without principal or kind", d.Object)
	}
	var dialogue ref.Dialogue
	var kind, set string
	err := tx.QueryRow(ctx, `select kind, dialogue, aset from object where id = $1 and tombstone = '' -- access.Owe`, d.Object).Scan(&kind, &dialogue, &set)
	if errors.Is(err, sql.ErrNoRows) {
		return fault.New(fault.NotFound, "")
	}
	if err != nil {
		return err
	}
	if d.Asker == "" {
		d.Asker = TeamOf(dialogue)
	}
	today, err := Today(ctx, tx)
	if err != nil {
		return err
	}
	if d.Since == "" {
		d.Since = today
	}
	var open ref.ID
	var stands when.Date
	err = tx.QueryRow(ctx, `select id, due from duty where object = $1 and principal = $2 and kind = $3 and detail = $4 and done = '' -- access.Owe`,
		d.Object, d.Principal, d.Kind, d.Detail).Scan(&open, &stands)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if d.Due == "" {
		d.Due = stands
	}
	if d.Due == "" {
		days, err := Workdays(ctx, tx, dialogue)
		if err != nil {
			return err
		}
		d.Due = days.Add(today, DutyTerm)
	}
	if d.Due.Precision() != when.Day || d.Due != d.Due.Bare() {
		return fmt.Errorf("a duty on %s is due on %q, which is no day", d.Object, d.Due)
	}
	return tallied(ctx, tx, d.Object, func() error {
		if open != "" {
			_, err := tx.Exec(ctx, `update duty set due = $2, asker = $3 where id = $1 -- access.Owe`, open, d.Due, d.Asker)
			return err
		}
		_, err := tx.Exec(ctx, `insert into duty (id, object, object_kind, dialogue, aset, principal, asker, drafter, kind, detail, due, was, reason, since, done)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', '', $12, '') -- access.Owe`,
			ref.New(), d.Object, kind, dialogue, set, d.Principal, d.Asker, d.Drafter, d.Kind, d.Detail, d.Due, d.Since)
		return err
	})
}

// Settle marks as done what the principal owes about an object in a kind.
func Settle(ctx context.Context, tx *db.Tx, object ref.ID, p Principal, kind string) error {
	return tallied(ctx, tx, object, func() error {
		_, err := tx.Exec(ctx, `update duty set done = $4 where object = $1 and principal = $2 and kind = $3 and done = '' -- access.Settle`,
			object, p, kind, db.Stamp(tx.Now()))
		return err
	})
}

// Drop takes away the open duties of a kind about an object that fell away without being done: of
// one principal, or of all when p is empty.
func Drop(ctx context.Context, tx *db.Tx, object ref.ID, p Principal, kind string) error {
	return tallied(ctx, tx, object, func() error {
		_, err := tx.Exec(ctx, `delete from duty where object = $1 and (principal = $2 or $2 = '') and kind = $3 and done = '' -- access.Drop`,
			object, p, kind)
		return err
	})
}

// endDuty marks a duty as done, or takes it away.
func endDuty(ctx context.Context, tx *db.Tx, d Duty, done bool) error {
	return tallied(ctx, tx, d.Object, func() error {
		if !done {
			_, err := tx.Exec(ctx, `delete from duty where id = $1 -- access.endDuty`, d.ID)
			return err
		}
		_, err := tx.Exec(ctx, `update duty set done = $2 where id = $1 -- access.endDuty`, d.ID, db.Stamp(tx.Now()))
		return err
	})
}

// followHeader keeps the audience that stands beside an object's duties that of its header. What
// is removed is owed by nobody.
func followHeader(ctx context.Context, tx *db.Tx, h Header, set string) error {
	var differs bool
	if err := tx.QueryRow(ctx, `select exists (select 1 from duty where object = $1 and (aset <> $2 or $3 <> '')) -- access.followHeader`,
		h.ID, set, h.Tombstone).Scan(&differs); err != nil || !differs {
		return err
	}
	return tallied(ctx, tx, h.ID, func() error {
		if h.Tombstone != "" {
			_, err := tx.Exec(ctx, `delete from duty where object = $1 -- access.followHeader`, h.ID)
			return err
		}
		_, err := tx.Exec(ctx, `update duty set aset = $2 where object = $1 -- access.followHeader`, h.ID, set)
		return err
	})
}

// readDuty gives the predicate of the object's header for duty y, whose audience stands beside it.
// There are no duties about what was removed.
func readDuty(a *db.Args, who Actor) string {
	if who.IsOperator() {
		return `y.aset <> ''`
	}
	return `y.aset in (select aset from aset_member where principal in ` + db.In(a, who.Principals()) + `)`
}

// seesDuty gives the condition under which duty y exists for the actor: it is addressed to it, owed
// to it, or the actor is the project team; and the actor may read the object and
// what that is part of.
func seesDuty(a *db.Args, who Actor) string {
	if who.IsOperator() {
		return readDuty(a, who)
	}
	s := `(y.principal in ` + db.In(a, who.Principals()) + ` or y.asker in ` + db.In(a, who.Principals())
	if who.Holds(ProjectTeam) {
		s += ` or y.dialogue = ` + a.Add(who.Dialogue)
	}
	return s + `) and ` + readDuty(a, who) + ` and ` + readWhole(a, who)
}

const dutyColumns = `y.id, y.object, y.principal, y.asker, y.drafter, y.kind, y.detail, y.due, y.was, y.reason, y.since, y.done`

func (d *Duty) fields() []any {
	return []any{&d.ID, &d.Object, &d.Principal, &d.Asker, &d.Drafter, &d.Kind, &d.Detail, &d.Due, &d.Was, &d.Reason, &d.Since, &d.Done}
}

func scanDuty(r *sql.Rows) (d Duty, err error) {
	err = r.Scan(d.fields()...)
	return d, err
}

// FindDuty gives a duty that exists for the actor, or NotFound.
func FindDuty(ctx context.Context, tx *db.Tx, who Actor, id ref.ID) (Duty, error) {
	var a db.Args
	list, err := db.Collect(ctx, tx, scanDuty, `select `+dutyColumns+` from duty y where y.id = `+a.Add(id)+` and `+seesDuty(&a, who)+` -- access.FindDuty`, a.List()...)
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, "")
	}
	if err != nil {
		return Duty{}, err
	}
	return list[0], nil
}

// DutiesOn gives the duties about an object that exist for the actor: the open ones first, by
// their deadlines, then what was done.
func DutiesOn(ctx context.Context, tx *db.Tx, who Actor, object ref.ID) ([]Duty, error) {
	var a db.Args
	return db.Collect(ctx, tx, scanDuty, `select `+dutyColumns+` from duty y where y.object = `+a.Add(object)+` and `+seesDuty(&a, who)+`
		order by y.done, y.due, y.id limit 200 -- access.DutiesOn`, a.List()...)
}

// Workdays gives the calendars of a dialogue's sides, by which its deadlines are counted. They are
// the same for everybody, whoever may read the objects that hold them.
func Workdays(ctx context.Context, tx *db.Tx, d ref.Dialogue) (workday.Calendars, error) {
	type row struct {
		id    ref.ID
		side  string
		day   when.Date
		works bool
	}
	rows, err := db.Collect(ctx, tx, func(r *sql.Rows) (x row, err error) {
		err = r.Scan(&x.id, &x.side, &x.day, &x.works)
		return x, err
	}, `select c.id, c.side, c.day, c.works from object o join calendar_day c on c.id = o.id
		where o.kind = 'calendar' and o.dialogue = $1 and o.tombstone = '' order by c.id, c.day -- access.Workdays`, d)
	if err != nil {
		return nil, err
	}
	var out workday.Calendars
	var last ref.ID
	for _, x := range rows {
		if x.id != last {
			out, last = append(out, workday.New(x.side)), x.id
		}
		out[len(out)-1].Set(x.day, x.works)
	}
	return out, nil
}
