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

// term is something that ends by a last day.
type term struct {
	what   string
	until  when.Date
	atOnce *bool
	fresh  bool // also what was entered with its last day is ended by that act, since nobody is to have the rest of the day
}

func (p *Person) terms() (all []term) {
	for i := range p.Posts {
		q := &p.Posts[i]
		all = append(all, term{"post " + string(q.Institution), q.Until, &q.AtOnce, true})
	}
	for i := range p.Functions {
		h := &p.Functions[i]
		all = append(all, term{"function " + string(h.Function), h.Until, &h.AtOnce, true})
	}
	return all
}

func (i *Institution) terms() (all []term) {
	for n := range i.Standings {
		p := &i.Standings[n]
		all = append(all, term{"standing " + string(p.As) + " " + string(p.Side), p.Until, &p.AtOnce, false})
	}
	return append(all, term{"itself", i.Ended, &i.EndedAtOnce, false})
}

func (s *Side) terms() (all []term) {
	for i := range s.Leads {
		l := &s.Leads[i]
		all = append(all, term{"lead " + string(l.Institution), l.Until, &l.AtOnce, false})
	}
	return all
}

// endAtOnce lets what an act ends today end with the act, by whichever door it comes: its last day is
// today, and it no longer counts today. An end that was entered before, for a day that has come, lasts
// through that day, whatever else the act changes.
func endAtOnce[T any](c access.Proposal[T], terms func(*T) []term, today when.Date) {
	planned, known := map[term]bool{}, map[string]bool{}
	if c.Old != nil {
		for _, t := range terms(&c.Old.Value) {
			known[t.what] = true
			if !*t.atOnce {
				t.atOnce = nil
				planned[t] = true
			}
		}
	}
	for _, t := range terms(&c.New.Value) {
		at := t.atOnce
		t.atOnce = nil
		switch last := when.Date(lastDay(t.until)); {
		case last == "" || today.Before(last):
			*at = false
		case last == today && !planned[t] && (t.fresh || known[t.what]):
			*at = true
		}
	}
}

// lasts gives the last day on which the standing counts.
func (p Period) lasts() when.Date { return lasts(p.Until, p.AtOnce) }

// leadsOn says whether the lead counts on a day.
func (l Lead) leadsOn(day when.Date) bool {
	return holds(l.From, lasts(l.Until, l.AtOnce), day.First())
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
