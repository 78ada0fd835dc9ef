package bundle

import (
	"context"

	"entente/access"
	"entente/exchange"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/internal/workday"
	"entente/meeting"
	"entente/roster"
)

// Deadlines says what becomes of the deadlines of open calls about a meeting that is moved.
type Deadlines string

// The choices.
const (
	Stay     Deadlines = "stay"
	Along    Deadlines = "along"     // by as many days as the meeting
	Workdays Deadlines = "work-days" // so, and from a day off to the last working day before it
)

// Options lists the choices.
func (Deadlines) Options() []string { return []string{string(Stay), string(Along), string(Workdays)} }

// Deadline is an open call about a meeting, with the day it has when the meeting is moved.
type Deadline struct {
	Call access.Object[exchange.Call]
	To   when.Date // the day it has already: it stays
	Off  bool      // not all sides work on that day
	Work when.Date // then the last working day before
}

// DeadlinesOf gives the open calls about a meeting that the actor may read, and what the choice makes
// of their days where the meeting begins on another. They stay where either day is not known, and
// where the day they would get has passed.
func DeadlinesOf(ctx context.Context, d *db.DB, who access.Actor, m access.Object[meeting.Meeting], starts when.Date, choice Deadlines) (out []Deadline, err error) {
	err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		days, err := access.Workdays(ctx, tx, m.Dialogue)
		if err != nil {
			return err
		}
		today, err := roster.Today(ctx, tx)
		if err != nil {
			return err
		}
		calls, err := exchange.New(d).OpenOn(ctx, who, m.ID)
		for _, c := range calls {
			to := moved(&m.Value, c.Value.Due, starts, choice, days, today)
			x := Deadline{Call: c, To: to}
			if to != c.Value.Due && !days.Works(to) {
				x.Off, x.Work = true, days.Add(to, -1)
			}
			out = append(out, x)
		}
		return err
	})
	return out, err
}

// moved gives the day of a deadline.
func moved(m *meeting.Meeting, due, starts when.Date, choice Deadlines, days workday.Calendars, today when.Date) when.Date {
	by, ok := m.Distance(starts)
	if !ok || choice == Stay || choice == "" {
		return due
	}
	to := due.Plus(by)
	if choice == Workdays && !days.Works(to) {
		to = days.Add(to, -1)
	}
	if to.Before(today) {
		return due
	}
	return to
}

// Postpone moves a meeting (meeting.Service.Postpone), and the deadlines of the open calls about it
// as chosen, in one transaction. It gives how many of them moved.
func Postpone(ctx context.Context, d *db.DB, who access.Actor, id ref.Meeting, rev int64, to meeting.Move, choice Deadlines) (n int, err error) {
	return n, d.Together(ctx, func(ctx context.Context) error {
		meetings := meeting.New(d)
		m, err := meetings.Get(ctx, who, id)
		if err != nil {
			return err
		}
		list, err := DeadlinesOf(ctx, d, who, m, to.Starts, choice)
		if err != nil {
			return err
		}
		if err := meetings.Postpone(ctx, who, id, rev, to); err != nil {
			return err
		}
		days := map[when.Date]when.Date{}
		for _, x := range list {
			days[x.Call.Value.Due] = x.To
		}
		n, err = exchange.New(d).Follow(ctx, who, m.ID, func(due when.Date) when.Date { return days[due] }, to.Reason)
		return err
	})
}
