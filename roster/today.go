package roster

import (
	"context"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/when"
)

// Today gives the day by which everything counts (access.Today).
func Today(ctx context.Context, tx *db.Tx) (when.Date, error) { return access.Today(ctx, tx) }

// term is a post or a function of a person as what it ends by.
type term struct {
	what   string
	until  when.Date
	atOnce *bool
}

func (p *Person) terms() (all []term) {
	for i := range p.Posts {
		q := &p.Posts[i]
		all = append(all, term{"post " + string(q.Institution), q.Until, &q.AtOnce})
	}
	for i := range p.Functions {
		h := &p.Functions[i]
		all = append(all, term{"function " + string(h.Function), h.Until, &h.AtOnce})
	}
	return all
}

// endAtOnce lets what an act ends today end with the act, by whichever door it comes: its last day is
// today, and it no longer counts today. An end that was entered before, for a day that has come, lasts
// through that day, whatever else the act changes.
func endAtOnce(old, p *Person, today when.Date) {
	planned := map[term]bool{}
	if old != nil {
		for _, t := range old.terms() {
			if !*t.atOnce {
				t.atOnce = nil
				planned[t] = true
			}
		}
	}
	for _, t := range p.terms() {
		at := t.atOnce
		t.atOnce = nil
		switch last := when.Date(lastDay(t.until)); {
		case last == "" || today.Before(last):
			*at = false
		case last == today && !planned[t]:
			*at = true
		}
	}
}

// HeldOn says whether the post counts on a day.
func (q Post) HeldOn(day when.Date) bool { return holds(q.From, lasts(q.Until, q.AtOnce), day.First()) }

// HeldOn says whether the function counts on a day.
func (h Held) HeldOn(day when.Date) bool { return holds(h.From, lasts(h.Until, h.AtOnce), day.First()) }

// End ends the post with an act on a day; one that ended earlier stays as it is.
func (q *Post) End(today when.Date) { q.Until, q.AtOnce = ending(q.Until, q.AtOnce, today) }

// End ends the function with an act on a day; one that ended earlier stays as it is.
func (h *Held) End(today when.Date) { h.Until, h.AtOnce = ending(h.Until, h.AtOnce, today) }

func ending(until when.Date, atOnce bool, today when.Date) (when.Date, bool) {
	if over(until, today) {
		return until, atOnce
	}
	return today, true
}

// Over says whether the post counts neither on a day nor later.
func (q Post) Over(day when.Date) bool { return over(lasts(q.Until, q.AtOnce), day) }

// Over says whether the function counts neither on a day nor later.
func (h Held) Over(day when.Date) bool { return over(lasts(h.Until, h.AtOnce), day) }

func over(until, day when.Date) bool { return !until.IsZero() && until.Before(day) }

// lasts gives the last day on which something counts that has a last day: what an act ended on it
// counted until the day before.
func lasts(until when.Date, atOnce bool) when.Date {
	if !atOnce || until.IsZero() {
		return until
	}
	return when.DateOf(until.Last().AddDate(0, 0, -1))
}

// Gone says whether a person holds no function today and none that begins later. Where that is so
// nothing is sent to the person any more.
func Gone(ctx context.Context, tx *db.Tx, id ref.Person) (gone bool, err error) {
	today, err := Today(ctx, tx)
	if err != nil {
		return false, err
	}
	err = tx.QueryRow(ctx, `select not exists (select 1 from roster_function where id = $1 and (until_day = '' or until_day >= $2)) -- roster.Gone`, id, today).Scan(&gone)
	return gone, err
}
