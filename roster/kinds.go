package roster

import (
	"context"
	"strconv"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/label"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
)

// Sides, Institutions and People are how the subject's objects are kept.
var (
	Sides = &access.Kind[Side]{
		Name: "side", Table: "roster_side",
		Titles: func(s *Side) []label.Text {
			return []label.Text{{Field: "title", Value: s.Name}, {Field: "short", Value: s.Short}}
		},
		Check: func(s *Side, f *fault.Fields) {
			for i, l := range s.Leads {
				checkPeriod(f, "leads."+strconv.Itoa(i), l.From, l.Until)
			}
		},
		Allow:   allowSide,
		Decides: []string{"leads"},
	}
	Institutions = &access.Kind[Institution]{
		Name: "institution", Table: "roster_institution", Version: 2,
		Columns: []string{"level", "parent"},
		Row:     func(i *Institution) []any { return []any{string(i.Level), string(i.Parent)} },
		Parts: []access.Part[Institution]{
			{Table: "roster_standing", Columns: []string{"standing", "side", "from_day", "until_day"}, Rows: func(i *Institution) [][]any {
				var rows [][]any
				for _, p := range i.Standings {
					rows = append(rows, []any{string(p.As), string(p.Side), firstDay(p.From), lastDay(p.lasts())})
				}
				return rows
			}},
			{Table: "roster_succession", Columns: []string{"successor", "from_day"}, Rows: func(i *Institution) [][]any {
				var rows [][]any
				for _, s := range i.Successors {
					rows = append(rows, []any{string(s.Institution), i.inheritedFrom(s)})
				}
				return rows
			}},
		},
		Titles: func(i *Institution) []label.Text {
			return []label.Text{{Field: "title", Value: i.Name()}, {Field: "short", Value: i.Short}}
		},
		Parent: func(i *Institution) ref.ID { return ref.ID(i.Parent) },
		Check:  checkInstitution,
		Allow:  allowInstitution,
		After: func(ctx context.Context, tx *db.Tx, _ access.Actor, o *access.Object[Institution]) error {
			return lapseAhead(ctx, tx, `t.institution`, o.ID)
		},
		Decides: []string{"parent", "standings", "successors", "ended", "ended_at_once"},
	}
	People = &access.Kind[Person]{
		Name: "person", Table: "roster_person",
		Columns: []string{"language"},
		Row:     func(p *Person) []any { return []any{p.Language} },
		Parts: []access.Part[Person]{
			{Table: "roster_post", Columns: []string{"institution", "from_day", "until_day"}, Rows: func(p *Person) [][]any {
				var rows [][]any
				for _, q := range p.Posts {
					rows = append(rows, []any{string(q.Institution), firstDay(q.From), lastDay(lasts(q.Until, q.AtOnce))})
				}
				return rows
			}},
			{Table: "roster_function", Columns: []string{"name", "from_day", "until_day"}, Rows: func(p *Person) [][]any {
				var rows [][]any
				for _, h := range p.Functions {
					rows = append(rows, []any{string(h.Function), firstDay(h.From), lastDay(lasts(h.Until, h.AtOnce))})
				}
				return rows
			}},
		},
		Fill: func(p *Person) {
			if p.SortName == "" && p.Family != "" {
				p.SortName = text.Pinyin(p.Family) + " " + text.Pinyin(p.Given)
			}
			if p.Family+p.Given != "" { // entered again: there is a name to erase
				p.Erased = ""
			}
		},
		Check: checkPerson,
		Allow: func(ctx context.Context, tx *db.Tx, who access.Actor, c access.Proposal[Person]) error {
			today, err := Today(ctx, tx)
			if err != nil {
				return err
			}
			if c.Old != nil {
				if err := lapseOf(ctx, tx, `t.person`, c.Old.ID); err != nil {
					return err
				}
			}
			endAtOnce(c, (*Person).terms, today)
			return allowPerson(ctx, tx, who, c, today)
		},
		After: func(ctx context.Context, tx *db.Tx, _ access.Actor, o *access.Object[Person]) error {
			return lapseAhead(ctx, tx, `t.person`, o.ID)
		},
		Decides: []string{"posts", "functions"},
	}
)

// Name is the name that an institution bears today: its last.
func (i *Institution) Name() text.Multi {
	if len(i.Names) == 0 {
		return nil
	}
	return i.Names[len(i.Names)-1].Name
}

// StandingOn gives the institution's standing on a day, of several the one that began last; ok is false
// where none is known.
func (i *Institution) StandingOn(day time.Time) (p Period, ok bool) {
	for _, s := range i.Standings {
		if holds(s.From, s.lasts(), day) && (!ok || s.later(p)) {
			p, ok = s, true
		}
	}
	return p, ok
}

// NameOn gives the name on a day, or today's where none is known for it.
func (i *Institution) NameOn(day time.Time) text.Multi {
	for _, n := range i.Names {
		if holds(n.From, n.Until, day) {
			return n.Name
		}
	}
	return i.Name()
}

// holds says whether a period covers a day. An end known only to the year lasts through it.
func holds(from, until when.Date, day time.Time) bool {
	d := day.Format(time.DateOnly)
	return (from.IsZero() || firstDay(from) <= d) && (until.IsZero() || d <= lastDay(until))
}

func firstDay(d when.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.First().Format(time.DateOnly)
}

func lastDay(d when.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.Last().Format(time.DateOnly)
}

func checkPeriod(f *fault.Fields, path string, from, until when.Date) {
	if !from.IsZero() && !until.IsZero() && lastDay(until) < firstDay(from) {
		f.Add(path+".until", string(until), "fault.period", "from", string(from))
	}
}

func checkInstitution(i *Institution, f *fault.Fields) {
	for n, p := range i.Standings {
		path := "standings." + strconv.Itoa(n)
		checkPeriod(f, path, p.From, p.Until)
		switch {
		case p.As == OnSide && p.Side == "":
			f.Add(path+".side", "", "fault.side-required")
		case p.As != OnSide && p.Side != "":
			f.Add(path+".side", string(p.Side), "fault.side-without")
		}
	}
	begunAlike(i, f)
	for n, m := range i.Names {
		checkPeriod(f, "names."+strconv.Itoa(n), m.From, m.Until)
	}
}

func checkPerson(p *Person, f *fault.Fields) {
	for n, q := range p.Posts {
		checkPeriod(f, "posts."+strconv.Itoa(n), q.From, q.Until)
	}
	for n, h := range p.Functions {
		checkPeriod(f, "functions."+strconv.Itoa(n), h.From, h.Until)
	}
}

func (p *Person) administers() (hs []Held) {
	for _, h := range p.Functions {
		if h.Function == access.Administrator {
			hs = append(hs, h)
		}
	}
	return hs
}
