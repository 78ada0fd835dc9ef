package web

import (
	"context"
	"slices"
	"strconv"
	"time"

	"entente/access"
	"entente/exchange"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/meeting"
	"entente/standard/tlp"
)

var deskRoutes = []Route{get("/desk", People, "", (*Server).deskPage)}

// DeskPage is the home of a signed-in person: what waits, what comes, what others changed, and
// what goes with the person's function.
type DeskPage struct {
	Page
	Today   string // the day, and how much waits
	Waits   bool   // the person's side has not let the person in
	Content bool   // the person reads content; not by the administrator's function alone

	Duties  []TranslationSum
	Rows    []DutyRow // what else waits
	Late    string    // how much of it is overdue
	All     string    // address of all of it; empty: all of it stands here
	Awaited []DutyRow
	Whole   string // how much is awaited
	Done    []DutyRow
	Entered []StatementRow // entered on behalf of the person's institution, and not spoken to yet
	Next    []DeskMeeting
	Past    []MeetingRow // the institution's last meetings
	Ours    Link         // the person's institution
	Entries string       // address of its meetings; empty: the person has no institution
	Changes []DeskChange
	Loaded  string // what the operator's commands left
	Phase   *DeskPhase
	Donor   bool
	Contact ContactView
	Node    *NodeState
	Both    string // see inBoth
}

// DeskMeeting is a meeting to come.
type DeskMeeting struct {
	MeetingRow
	Left string // how far away it is
	Ours bool   // the person's institution takes part
}

// DeskChange is what somebody else did.
type DeskChange struct {
	Link
	When  string
	Day   string
	Kind  string
	Act   string
	Note  string // of a statement: how it came and where it stands
	Who   string
	Whole string // address of its history
}

// What a desk shows of each.
const (
	deskMeetings = 5
	deskChanges  = 10
	deskRows     = 8
	deskAwaited  = 5
	deskDone     = 3
	deskDoneFor  = 7 * 24 * time.Hour // how long what was done stands there as done
)

func (s *Server) deskPage(r *Request) error {
	p := DeskPage{Page: r.Page, Donor: r.Who.Holds(access.DonorOfficer), Waits: r.Who.Waits, Both: inBoth(r)}
	p.Title = p.T("room.desk")
	p.Content = slices.ContainsFunc(r.Who.Functions, func(f access.Function) bool { return f != access.Administrator })
	if p.Content {
		p.Mark = tlp.GREEN // printed on every sheet: of what stands there, the strictest
	}
	err := s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		at := *r
		at.Request = r.WithContext(ctx) // one snapshot for all that the page shows
		now := tx.Now().In(p.zoneOf().Location())
		p.Today = p.T("desk.weekday."+strconv.Itoa(int(now.Weekday())), "date", when.DayOf(now, p.zoneOf(), p.Lang))
		if r.Who.Holds(access.Administrator) {
			n, err := s.node(ctx, p.Words)
			if err != nil {
				return err
			}
			p.Node = &n
		}
		if !p.Content || p.Dialogue.ID == "" {
			return nil
		}
		p.Contact = contactView(p.Dialogue.Value.Contact, p.Lang)
		for _, fill := range []func(*Request, *DeskPage, time.Time) error{s.deskDuties, s.deskStatements, s.deskMeetings, s.deskChanges, s.deskPhase} {
			if err := fill(&at, &p, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.ok(r, "desk", p)
}

// deskDuties lists what the person owes, with translations added up; what the person waits for;
// and what was done of late.
func (s *Server) deskDuties(r *Request, p *DeskPage, now time.Time) error {
	owed, err := s.objects.Translations(r.Context(), r.Who, access.TranslationQuery{Dialogue: p.Dialogue.ID, Lang: p.Lang})
	if err != nil {
		return err
	}
	p.Duties = translationSums(p.Words, owed.Counts)
	debts, err := s.roster.Debts(r.Context(), r.Who, p.Dialogue.ID)
	if err != nil {
		return err
	}
	c, err := s.objects.CountDuties(r.Context(), r.Who, p.Dialogue.ID, s.today(&p.Page), debts)
	if err != nil {
		return err
	}
	for _, part := range []struct {
		view  access.DutyView
		limit int
		to    *[]DutyRow
	}{{access.DutiesWaiting, deskRows, &p.Rows}, {access.DutiesAwaited, deskAwaited, &p.Awaited}, {access.DutiesDone, deskDone, &p.Done}} {
		if *part.to, err = s.deskRows(r, p, part.view, debts, part.limit, now); err != nil {
			return err
		}
	}
	others := c.Waiting - owed.Total
	if others > len(p.Rows) {
		p.All = p.To("/duties")
	}
	if c.Overdue > 0 {
		p.Late = p.T("desk.overdue", "n", c.Overdue)
	}
	if c.Awaited > 0 {
		p.Whole = p.T("desk.awaited-all", "n", c.Awaited)
	}
	if n := len(p.Duties) + others; n > 0 {
		p.Today = p.T("desk.today-waiting", "today", p.Today, "waiting", p.T("desk.waiting", "n", n))
	}
	return nil
}

// deskRows gives the beginning of a view.
func (s *Server) deskRows(r *Request, p *DeskPage, view access.DutyView, debts access.Debts, limit int, now time.Time) ([]DutyRow, error) {
	got, err := s.objects.Duties(r.Context(), r.Who, access.DutyQuery{
		Dialogue: p.Dialogue.ID, Lang: p.Lang, View: view, Debts: debts, Others: true, Today: s.today(&p.Page), DoneSince: db.Stamp(now.Add(-deskDoneFor)), Limit: limit,
	})
	if err != nil || len(got.List) == 0 {
		return nil, err
	}
	x, err := s.dutyReader(r, got.Days, plainDuties(got.List)...)
	var rows []DutyRow
	for _, d := range got.List {
		p.Mark = stricter(p.Mark, d.Mark)
		rows = append(rows, x.row(d))
	}
	return rows, err
}

// deskMeetings lists what comes next, and the last meetings of the person's institution or of one
// that it succeeded.
func (s *Server) deskMeetings(r *Request, p *DeskPage, now time.Time) error {
	ours, err := s.ownMeetings(r, p)
	if err != nil {
		return err
	}
	today := now.Format(time.DateOnly)
	// A meeting of which only the year or month is known may still come.
	list, err := s.meetings.List(r.Context(), r.Who, meeting.Query{
		Dialogue: p.Dialogue.ID, Lang: p.Lang, Sort: meeting.ByDate, Ascending: true, From: strconv.Itoa(now.Year()) + "-01-01",
		Page: meeting.Page{Limit: 200},
	})
	if err != nil {
		return err
	}
	for _, m := range list.Rows {
		if comes(m.State, m.Starts, m.Ends, today) && len(p.Next) < deskMeetings {
			p.Next = append(p.Next, DeskMeeting{meetingRow(p.Words, m), p.left(m.Starts, today), ours[m.ID]})
			p.Mark = stricter(p.Mark, tlp.Label(m.Mark))
		}
	}
	return nil
}

// ownMeetings fills the institution's part, and says which meetings are its own.
func (s *Server) ownMeetings(r *Request, p *DeskPage) (map[ref.Meeting]bool, error) {
	ours := map[ref.Meeting]bool{}
	if r.Who.Institution == "" || r.Who.Holds(access.ProjectTeam) {
		return ours, nil
	}
	ts, err := s.titles(r, ref.ID(r.Who.Institution))
	if err != nil {
		return nil, err
	}
	if t, ok := ts[ref.ID(r.Who.Institution)]; ok {
		p.Ours = linkTo(p.Words, t)
	}
	p.Entries = p.To("/meetings?institution=", ref.ID(r.Who.Institution))
	var line []ref.Institution
	for _, q := range r.Who.Principals() {
		if q.Kind() == "institution" {
			line = append(line, ref.Institution(q.ID()))
		}
	}
	list, err := s.meetings.List(r.Context(), r.Who, meeting.Query{
		Dialogue: p.Dialogue.ID, Lang: p.Lang, OneOf: line, Sort: meeting.ByDate, Page: meeting.Page{Limit: 50},
	})
	if err != nil {
		return nil, err
	}
	for _, m := range list.Rows {
		ours[m.ID] = true
		if m.State != meeting.Planned && m.State != meeting.Postponed && len(p.Past) < deskMeetings {
			p.Past = append(p.Past, meetingRow(p.Words, m))
			p.Mark = stricter(p.Mark, tlp.Label(m.Mark))
		}
	}
	return ours, nil
}

// left says how far away a day is, where the day is known.
func (p *DeskPage) left(d when.Date, today string) string {
	t, err := time.Parse(time.DateOnly, today)
	if err != nil || d.Precision() != when.Day {
		return ""
	}
	switch days := int(d.First().Sub(t).Hours() / 24); {
	case days < 0:
		return p.T("desk.under-way")
	case days == 0:
		return p.T("desk.today")
	default:
		return p.T("desk.days", "n", days)
	}
}

// deskChanges lists what others changed.
func (s *Server) deskChanges(r *Request, p *DeskPage, _ time.Time) error {
	c, err := s.objects.ChangesByOthers(r.Context(), r.Who, p.Dialogue.ID, p.Lang, deskChanges)
	if err != nil {
		return err
	}
	var ids, statements []ref.ID
	for _, x := range c.List {
		ids = append(ids, x.By.Person, x.By.Institution, x.By.OnBehalfOf)
		if x.Kind == exchange.Statements.Name {
			statements = append(statements, x.ID)
		}
	}
	ts, err := s.titles(r, ids...)
	if err != nil {
		return err
	}
	said, err := s.statementsAmong(r, statements...)
	if err != nil {
		return err
	}
	for _, x := range c.List {
		x.By.SuccessorOf = nil // its history says that, to who may read the call that was answered
		p.Mark = stricter(p.Mark, x.Mark)
		line := DeskChange{
			Link: linkTo(p.Words, x.Title), When: p.Moment(x.When, p.zoneOf()), Day: x.When,
			Kind: capital(p.T("kind." + x.Kind)), Act: p.T("did." + x.Act), Who: s.byWords(&p.Page, ts, x.By),
			Whole: "/objects/" + x.ID + "/history",
		}
		if row, ok := said[x.ID]; ok {
			line.said(row)
		}
		p.Changes = append(p.Changes, line)
	}
	if c.Loaded > 0 {
		p.Loaded = p.T("desk.loaded", "n", c.Loaded, "date", p.Day(c.LoadedAt))
	}
	return nil
}

// stricter gives that of two marks that fewer may see; "" is none.
func stricter(a, b tlp.Label) tlp.Label {
	order := tlp.Options()
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}
