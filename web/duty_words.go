package web

import (
	"context"
	"strconv"
	"strings"

	"entente/access"
	"entente/exchange"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/internal/workday"
)

// DutyRow is a duty as lists show it.
type DutyRow struct {
	Words
	Path  string // its own page
	What  string // the kind, in words
	About Said
	Kind  string // of the object
	Due   string
	Day   string
	Left  string // working days left, or by how many it is late
	Late  bool
	Owes  string // who owes it, where that is somebody else
	Asked string // by whom and when
	Moved string // that the deadline was extended, and from when
	Done  string
	Do    Link // the act: full address
	Draft string
	Notes []string // why nobody can do it, or in whose place the reader does
}

// dutyReader is what a page needs to put duties into the reader's words.
type dutyReader struct {
	s     *Server
	r     *Request
	w     Words
	names names
	days  workday.Calendars
	today when.Date
	full  bool // names in full, as on a page of its own
	owing map[ref.ID]exchange.Awaited
}

// today is the day in the dialogue's zone.
func (s *Server) today(p *Page) when.Date { return when.DateOf(s.db.Now().In(p.zoneOf().Location())) }

// dutyReader reads the names that duties mention.
func (s *Server) dutyReader(r *Request, days workday.Calendars, ds ...access.Duty) (dutyReader, error) {
	owing, err := s.owing(r, ds)
	if err != nil {
		return dutyReader{}, err
	}
	var ids []ref.ID
	for _, d := range ds {
		ids = append(ids, d.Object, d.Principal.ID(), d.Asker.ID(), ref.ID(d.Drafter), ref.ID(owing[d.ID].Institution))
	}
	ns, err := s.named(r, ids...)
	return dutyReader{s: s, r: r, w: r.Page.Words, names: ns, days: days, today: s.today(&r.Page), owing: owing}, err
}

// who puts a principal into words; what the reader may not name is described.
func (x dutyReader) who(p access.Principal) string {
	switch p.Kind() {
	case "team", "dialogue", "anyone":
		return x.w.T("audience." + p.Kind())
	}
	if t, ok := x.names[p.ID()]; ok {
		if x.full {
			return t.Text
		}
		return t.Short
	}
	return x.w.T("audience.hidden." + p.Kind())
}

// what puts the kind of a duty into words.
func (x dutyReader) what(d access.Duty) string {
	if d.Kind == access.DutyTranslate {
		lang, state, _ := strings.Cut(d.Detail, " ")
		if k := "desk.translate." + state; x.w.Has(k) {
			return x.w.T(k, "language", tongue(x.w, lang))
		}
	}
	if k := "duty.kind." + d.Kind; x.w.Has(k) {
		return x.w.T(k)
	}
	return x.w.T("duty.kind.other")
}

// asked says by whom and when, where that is not who owes it.
func (x dutyReader) asked(d access.Duty) string {
	if d.Asker == d.Principal {
		return x.w.T("duty.since-date", "date", x.w.Date(d.Since))
	}
	return x.w.T("duty.asked", "who", x.who(d.Asker), "date", x.w.Date(d.Since))
}

// left says how many working days are left by some calendars, or by how many it is late.
func (x dutyReader) left(days workday.Calendars, due when.Date) string {
	n := days.Between(x.today, due)
	switch {
	case due == "":
		return ""
	case due == x.today:
		return x.w.T("duty.today")
	case due.Before(x.today):
		return x.w.T("duty.late", "n", -n)
	}
	if len(days.Unannounced(x.today, due)) > 0 { // holidays are missing in the count
		return x.w.T("duty.left-about", "n", n)
	}
	return x.w.T("duty.left", "n", n)
}

// row makes what a list shows.
func (x dutyReader) row(d access.ListedDuty) DutyRow {
	out := DutyRow{
		Words: x.w,
		Path:  x.w.To("/duties/", d.ID), What: x.what(d.Duty), About: Said{Text: d.About.Text, Lang: other(x.w.Lang, d.About.Lang)},
		Kind: capital(x.w.T("kind." + d.About.Kind)), Due: x.w.Date(d.Due), Day: string(d.Due), Left: x.left(x.days, d.Due),
		Late: d.Done == "" && d.Due.Before(x.today) && !x.owing[d.ID].Idle(), Notes: x.hindrances(d.Duty), Asked: x.asked(d.Duty), Do: x.do(d.Duty),
	}
	if !d.OwedBy(x.r.Who) {
		out.Owes = x.debtor(d.Duty)
	}
	if d.Was != "" {
		out.Moved = x.w.T("duty.moved", "was", x.w.Date(d.Was))
	}
	if x.owing[d.ID].Idle() {
		out.Left = ""
	}
	if d.Done != "" {
		out.Left, out.Done = "", x.w.T("duty.done-on", "date", x.w.Day(d.Done))
	}
	if t, ok := x.names[ref.ID(d.Drafter)]; ok {
		out.Draft = x.w.T("duty.drafted", "who", t.Text)
	}
	return out
}

// do leads to where a duty is done: for whoever owes it to the form, for everybody else to the
// object.
func (x dutyReader) do(d access.Duty) Link {
	t := x.names[d.Object]
	link := Link{Said: plainly(x.w.T("desk.open")), Path: x.w.To(objectPath(t.Kind, d.Object))}
	if d.Done != "" || !d.OwedBy(x.r.Who) {
		return link
	}
	switch d.Kind {
	case access.DutyTranslate:
		_, state, _ := strings.Cut(d.Detail, " ")
		if k := "desk.translate-do." + state; x.w.Has(k) && x.r.Page.Reader.Team {
			return Link{Said: plainly(x.w.T(k)), Path: x.w.To("/objects/", d.Object, "/edit")}
		}
	case access.DutyAnswer:
		// The form of statements, where this program has it.
		if form := x.w.To("/objects/", d.Object, "/statements/new"); x.s.shows(form) {
			return Link{Said: plainly(x.w.T("duty.do.answer")), Path: form}
		}
	}
	if k := "duty.do." + d.Kind; x.w.Has(k) {
		link.Said = plainly(x.w.T(k))
	}
	return link
}

// unannounced says of which years until a deadline a side's calendar says nothing.
func (x dutyReader) unannounced(due when.Date) string {
	years := x.days.Unannounced(x.today, due)
	if len(years) == 0 {
		return ""
	}
	return x.w.T("duty.unannounced", "years", x.w.years(years))
}

// years names years, those without a gap between them together.
func (w Words) years(years []int) string {
	var said []string
	for from := 0; from < len(years); {
		to := from
		for to+1 < len(years) && years[to+1] == years[to]+1 {
			to++
		}
		said = append(said, w.Span(when.Date(strconv.Itoa(years[from])), when.Date(strconv.Itoa(years[to]))))
		from = to + 1
	}
	return strings.Join(said, w.T("list.comma"))
}

// deadlines reads what is needed to say how far a deadline is.
func (s *Server) deadlines(r *Request) (x dutyReader, err error) {
	x = dutyReader{w: r.Page.Words, today: s.today(&r.Page)}
	err = s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		x.days, err = access.Workdays(ctx, tx, r.Page.Dialogue.ID)
		return err
	})
	return x, err
}

// reach says to which year every side's holidays are known, where a deadline is given.
func (s *Server) reach(r *Request) (string, error) {
	x, err := s.deadlines(r)
	return x.reach(), err
}

func (x dutyReader) reach() string {
	if year := x.days.Through(x.today.YearOf()); year > 0 {
		return x.w.T("duty.reach", "year", x.w.Date(when.Date(strconv.Itoa(year))))
	}
	return x.w.T("duty.reach-none")
}
