package access

import (
	"context"
	"database/sql"

	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/internal/workday"
)

// The stages at which a duty is reminded of: so many working days of both sides before its
// deadline, on it, and after it.
var reminderStages = []struct {
	Name string
	Days int
}{
	{"before-5", -5},
	{"before-1", -1},
	{"due", 0},
	{"after-5", 5},
	{"after-10", 10},
	{"after-15", 15},
}

// Reminder is a duty that somebody is to be reminded of, and the stage at which.
type Reminder struct {
	Duty
	Stage string
}

// remindedAtOnce is about how many reminders one call gives; who calls goes on until there is none.
// remindedFor is for how many working days after its deadline a duty is looked at.
const (
	remindedAtOnce = 2000
	remindedFor    = 40
)

// Reminders gives what is to be reminded of on a day and notes it, so that each stage of each
// deadline is given once, whoever calls how often. Where days were missed the newest stage alone
// is given; a stage that was past when the duty was made is not. An extension begins anew. It is
// for the node's own schedule, and decides nothing about who may read: whoever sends a reminder
// asks again. A duty from before there were deadlines gets one here.
func Reminders(ctx context.Context, tx *db.Tx, day when.Date) (out []Reminder, err error) {
	dialogues, err := db.Collect(ctx, tx, db.One[ref.Dialogue], `select distinct dialogue from duty where done = '' order by dialogue -- access.Reminders`)
	if err != nil {
		return nil, err
	}
	// What nothing is counted in any more.
	if _, err := tx.Exec(ctx, `delete from duty_tally where n = 0 -- access.Reminders`); err != nil {
		return nil, err
	}
	for _, d := range dialogues {
		days, err := Workdays(ctx, tx, d)
		if err != nil {
			return nil, err
		}
		if err := dateDuties(ctx, tx, d, days.Add(day, DutyTerm)); err != nil {
			return nil, err
		}
		some, err := remind(ctx, tx, d, days, day)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

// dateDuties gives a deadline to what has none.
func dateDuties(ctx context.Context, tx *db.Tx, d ref.Dialogue, due when.Date) error {
	var some bool
	if err := tx.QueryRow(ctx, `select exists (select 1 from duty where dialogue = $1 and done = '' and due = '') -- access.dateDuties`, d).Scan(&some); err != nil || !some {
		return err
	}
	return talliedWhole(ctx, tx, func() error {
		_, err := tx.Exec(ctx, `update duty set due = $2 where dialogue = $1 and done = '' and due = '' -- access.dateDuties`, d, due)
		return err
	})
}

// remind notes and gives the reminders of one dialogue.
func remind(ctx context.Context, tx *db.Tx, d ref.Dialogue, days workday.Calendars, day when.Date) (out []Reminder, err error) {
	first, last := stageDay(days, day, -5), days.Add(day, -remindedFor)
	after, id := last, ""
	for len(out) < remindedAtOnce {
		// What was reminded of for the last time, or today, is passed over.
		page, err := db.Collect(ctx, tx, func(r *sql.Rows) (n reminded, err error) {
			err = r.Scan(append(n.fields(), &n.stage)...)
			return n, err
		}, `select `+dutyColumns+`, coalesce((select max(m.stage) from duty_reminder m where m.duty = y.id and m.due = y.due), '')
			from duty y where y.dialogue = $1 and y.done = '' and y.due <= $2 and (y.due, y.id) > ($3, $4)
			and not exists (select 1 from duty_reminder m where m.duty = y.id and m.due = y.due and (m.day = $5 or m.stage = $6))
			order by y.due, y.id limit 500 -- access.remind`,
			d, first, after, id, day, stageName(len(reminderStages)-1))
		if err != nil || len(page) == 0 {
			return out, err
		}
		for _, n := range page {
			after, id = n.Due, n.ID
			at := n.stageOn(days, day)
			if at < 0 || stageName(at) <= n.stage {
				continue
			}
			if _, err := tx.Exec(ctx, `insert into duty_reminder (duty, due, stage, day) values ($1, $2, $3, $4) -- access.remind`,
				n.ID, n.Due, stageName(at), day); err != nil {
				return nil, err
			}
			out = append(out, Reminder{n.Duty, reminderStages[at].Name})
		}
	}
	return out, nil
}

// reminded is a duty with the last stage that was noted of its deadline.
type reminded struct {
	Duty
	stage string
}

// stageOn gives the newest stage that has come by a day; -1 before the first.
func (d Duty) stageOn(days workday.Calendars, day when.Date) int {
	at := -1
	for i, s := range reminderStages {
		on := d.Due
		if s.Days != 0 {
			on = days.Add(d.Due, s.Days)
		}
		// Whoever was asked less than five days before was told then.
		if !day.Before(on) && (s.Days >= 0 || d.Since.Before(on)) {
			at = i
		}
	}
	return at
}

// stageDay is the last deadline that may have its first stage on a day: a deadline on a day that
// nobody works lies as far ahead as the next working day.
func stageDay(days workday.Calendars, day when.Date, before int) when.Date {
	return days.Add(days.Add(day, 0), 1-before)
}

// stageName is how a stage is noted: its number first, so that names sort as stages follow.
func stageName(i int) string { return string(rune('0'+i)) + " " + reminderStages[i].Name }
