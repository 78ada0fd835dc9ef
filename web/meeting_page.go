package web

import (
	"context"
	"html/template"
	"strings"

	"entente/access"
	"entente/internal/bidi"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/meeting"
	"entente/publication"
)

// meetingRoutes are the addresses of the room Meetings.
var meetingRoutes = []Route{
	costly(get("/meetings", All, "", (*Server).meetingsPage)),
	costly(get("/meetings/calendar.ics", All, "", (*Server).meetingsCalendar)),
	get("/meetings/{id}", All, "id=meeting/launch-phase-2", (*Server).meetingPage),
	get("/meetings/{id}/calendar.ics", All, "id=meeting/mixed-migration-2018", (*Server).meetingCalendar),
	get("/meetings/{id}/postpone", Team, "id=meeting/launch-phase-2", change("postpone")),
	pins(post("/meetings/{id}/postpone", Team, "id=meeting/launch-phase-2", (*Server).postponePost)),
	get("/meetings/{id}/cancel", Team, "id=meeting/launch-phase-2", change("cancel")),
	pins(post("/meetings/{id}/cancel", Team, "id=meeting/launch-phase-2", (*Server).cancelPost)),
	get("/meetings/{id}/release", Team, "id=meeting/launch-phase-2", (*Server).writeRelease),
}

// MeetingPage shows a meeting as far as it is known.
type MeetingPage struct {
	Page
	Head Head

	When         string
	DateNote     Said
	From, Until  string // hours, where two zones meet in both
	Place        Said
	Type, Format string
	State        StateWord
	Reason       Said
	Phase        Link
	Activity     Link
	Round        Link

	Figures []MeetingFigure
	Counted Counted
	Differ  string // what the reader should know about numbers that do not agree

	Agenda     []AgendaDay
	NoTimes    bool   // no item has an hour
	Outside    string // for who edits: what of the agenda lies outside the meeting's hours
	Statements []MeetingStatement
	Sides      []MeetingSide
	Then       bool // a name or a side was another than today
	Papers     []MeetingPaper
	Summary    Said
	Account    template.HTML
	Owed       Owed // of the summary
	Source     Said
	Releases   []Link
	Files      []FileRow
	AddFile    string // address of the form; empty: not the reader's to add
}

// MeetingFigure is a number as a source states it.
type MeetingFigure struct {
	Of, Source Said
	Count      int
	About      bool
	URL        string
}

// Counted is the sum of the numbers that the register holds for institutions.
type Counted struct {
	Any  bool
	Sum  int
	Text string // what it is the sum of
}

// AgendaDay is the items of one day. Head is empty on a meeting of one day.
type AgendaDay struct {
	Head  string
	Items []AgendaItem
}

// AgendaItem is one item. Here names the zone of its hours, There the hour elsewhere.
type AgendaItem struct {
	Title, Note Said
	At, Until   string
	Here, There string
	Speakers    []Speaker
	Papers      []MeetingPaper
}

// Speaker speaks by function and for an institution. The order of the two is the language's.
type Speaker struct {
	Words
	Function    Said
	Institution Link
}

// MeetingStatement is what was said, in our account.
type MeetingStatement struct {
	Text         Said
	Function     Said
	Institutions []Link
}

// MeetingSide is the institutions of one side, or of none, as they stood on the day.
type MeetingSide struct {
	Name    Said
	Counted string
	Rows    []Participant
}

// Participant is one institution's part.
type Participant struct {
	Link
	As    string // standing, role: where it is more than a member of a side who takes part
	Note  Said
	Later string // who took over
	Count string // empty: not held
}

// MeetingPaper is a document of a meeting.
type MeetingPaper struct {
	Title    Said
	URL      string
	Language string
}

func (s *Server) meetingPage(r *Request) error {
	p := MeetingPage{Page: r.Page}
	err := s.db.Read(r.Context(), func(ctx context.Context, _ *db.Tx) error {
		at := *r
		at.Request = r.WithContext(ctx) // one snapshot for all that the page shows
		m, err := s.meetings.Get(ctx, r.Who, ref.Meeting(r.PathValue("id")))
		if err != nil {
			return err
		}
		names, err := s.namesOn(&at, m.Value.Starts, institutionsOf(&m.Value))
		if err != nil {
			return err
		}
		titles, err := s.titles(&at, append(names.successors(), ref.ID(m.Value.Phase), ref.ID(m.Value.Activity), ref.ID(m.Value.Round))...)
		if err != nil {
			return err
		}
		sides, err := s.roster.Sides(ctx, r.Who, m.Dialogue, r.Lang)
		if err != nil {
			return err
		}
		releases, err := s.publications.ReleasesOf(ctx, r.Who, ref.Meeting(m.ID))
		if err != nil {
			return err
		}
		if p.Files, err = s.files(&at, m.Header); err != nil {
			return err
		}
		if _, err := s.library.MayAdd(ctx, r.Who, m.ID); err == nil {
			p.AddFile = r.Page.To("/objects/", m.ID, "/files")
		}
		p.facts(&m.Value, titles)
		p.figures(&m.Value)
		p.agenda(&m.Value, names)
		if access.May(r.Who, "meeting.edit", m.Header) == nil {
			p.Outside = p.outside(&m.Value)
		}
		p.said(&m.Value, names)
		p.sides(&m.Value, names, sides, titles)
		p.written(releases)
		return p.head(s, &at, m)
	})
	if err != nil {
		return err
	}
	return s.ok(r, "meeting_page", p)
}

// head fills what stands above the page.
func (p *MeetingPage) head(s *Server, r *Request, m access.Object[meeting.Meeting]) (err error) {
	v := &m.Value
	title := p.Text(v.Title)
	trail := []Link{{Said: Said{Text: p.T("room.meetings")}, Path: "/meetings"}}
	if p.Phase.Path != "" {
		trail = append(trail, p.Phase)
	}
	if p.Head, err = s.head(r, m.Header, title, trail...); err != nil {
		return err
	}
	r.titled(&p.Head, v.Title)
	add := func(act, key, path string) {
		if act == "" || access.May(r.Who, act, m.Header) == nil {
			p.Head.Main = append(p.Head.Main, Link{Said: Said{Text: p.T(key)}, Path: p.To("/meetings/", m.ID, path)})
		}
	}
	if open := v.State == meeting.Planned || v.State == meeting.Postponed; open {
		add("meeting.postpone", "meeting.postpone", "/postpone")
		add("meeting.cancel", "meeting.cancel", "/cancel")
	}
	add("release.create", "meeting.release", "/release")
	if placed(v) {
		add("", "meeting.calendar", "/calendar.ics")
	}
	r.inRoom("meetings", p.Head, Said{Text: text.Excerpt(v.Summary.Get(r.Lang), 160)})
	p.Page = r.Page
	return nil
}

// facts fills what the meeting is, when and where.
func (p *MeetingPage) facts(m *meeting.Meeting, titles map[ref.ID]access.Title) {
	w := p.Words
	p.When = w.On(m.Starts, m.Ends)
	switch {
	case p.When != "":
		other := p.otherZone(m.Zone)
		p.From = when.InBoth(m.Starts, m.At, m.Zone, other, m.Turn, w.Lang)
		end := m.Ends
		if end == "" {
			end = m.Starts
		}
		p.Until = when.InBoth(end, m.Until, m.Zone, other, m.EndTurn(), w.Lang)
	case m.State == meeting.Postponed:
		p.When = w.T("meeting.date-open")
	default:
		p.When = w.T("meeting.date-unknown")
	}
	p.DateNote, p.Place, p.Reason, p.Source = w.Text(m.DateNote), w.Text(m.Place), w.Text(m.Reason), w.Text(m.Source)
	p.Type, p.State = capital(w.Option("meeting", "type", string(m.Type))), stateWord(w, "meeting", string(m.State))
	if m.Format != "" {
		p.Format = capital(w.Option("meeting", "format", string(m.Format)))
	}
	to := func(id ref.ID) Link {
		if t, ok := titles[id]; ok {
			return linkTo(w, t)
		}
		return Link{}
	}
	p.Phase, p.Activity, p.Round = to(ref.ID(m.Phase)), to(ref.ID(m.Activity)), to(ref.ID(m.Round))
	p.Summary = w.Text(m.Summary)
	p.Account, p.Owed = w.HTML(m.Summary), w.owed(p.Summary)
	for _, d := range m.Papers {
		p.Papers = append(p.Papers, w.paper(d))
	}
}

// otherZone gives the zone in which the people of the other side read a meeting's hours.
func (p *MeetingPage) otherZone(z when.Zone) when.Zone {
	for _, o := range p.Dialogue.Value.Zones {
		if o != z {
			return o
		}
	}
	return ""
}

func (w Words) paper(d meeting.Paper) MeetingPaper {
	out := MeetingPaper{Title: w.Text(d.Title), URL: d.URL, Language: d.Language}
	if k := "lang." + d.Language; w.Has(k) {
		out.Language = w.T(k)
	}
	return out
}

// figures puts every number beside its source. What is counted is the sum of what the register
// holds and of nothing else.
func (p *MeetingPage) figures(m *meeting.Meeting) {
	for _, f := range m.Stated {
		p.Figures = append(p.Figures, MeetingFigure{Of: p.Text(f.Of), Source: p.Text(f.Source), Count: f.Count, About: f.About, URL: f.URL})
	}
	held := 0
	for _, q := range m.Participants {
		if q.Count != nil {
			held++
			p.Counted.Sum += *q.Count
		}
	}
	all := len(m.Participants)
	p.Counted.Any = held > 0
	switch {
	case held == 0 && all == 0:
		p.Counted.Text = p.T("meeting.counted.nobody")
	case held == 0:
		p.Counted.Text = p.T("meeting.counted.none")
	case held == all:
		p.Counted.Text = p.T("meeting.counted.all", "n", all)
	default:
		p.Counted.Text = p.T("meeting.counted.some", "held", held, "all", all)
	}
	if len(p.Figures) == 0 {
		return
	}
	numbers := map[int]bool{}
	for _, f := range p.Figures {
		numbers[f.Count] = true
	}
	if !p.Counted.Any {
		p.Differ = p.T("meeting.differ.no-breakdown")
	} else if numbers[p.Counted.Sum] = true; len(numbers) > 1 {
		p.Differ = p.T("meeting.differ.kept")
	}
}

// agenda fills the timetable, a day at a time.
func (p *MeetingPage) agenda(m *meeting.Meeting, names namesOn) {
	other := p.otherZone(m.Zone)
	p.NoTimes = true
	last := -1
	for _, it := range m.Agenda {
		p.NoTimes = p.NoTimes && it.At == ""
		if it.Day != last {
			p.Agenda = append(p.Agenda, AgendaDay{Head: p.dayHead(m, it.Day)})
			last = it.Day
		}
		item := AgendaItem{Title: p.Text(it.Title), Note: p.Text(it.Note), At: string(it.At), Until: string(it.Until)}
		day := dayOf(m.Starts, it.Day)
		if both := when.InBoth(day, it.At, m.Zone, other, m.Turn, p.Lang); both != "" {
			item.Here, item.There = m.Zone.City(p.Lang), ""
			_, item.There, _ = strings.Cut(both, " · ")
		}
		for _, sp := range it.Speakers {
			item.Speakers = append(item.Speakers, Speaker{p.Words, p.Text(sp.Function), names.link(sp.Institution)})
		}
		for _, d := range it.Papers {
			item.Papers = append(item.Papers, p.paper(d))
		}
		d := &p.Agenda[len(p.Agenda)-1]
		d.Items = append(d.Items, item)
	}
}

// outside names the items of the agenda that lie outside the hours of the meeting.
func (p *MeetingPage) outside(m *meeting.Meeting) string {
	places := m.Outside()
	if len(places) == 0 {
		return ""
	}
	var items []string
	for _, i := range places {
		it := m.Agenda[i]
		hours := strings.Trim(string(it.At)+"–"+string(it.Until), "–")
		items = append(items, bidi.Isolate(p.Text(it.Title).Text)+p.T("list.aside", "aside", hours))
	}
	return p.T("meeting.outside", "items", strings.Join(items, p.T("list.semicolon")))
}

// dayHead names a day of a meeting of several: "Day 2, 7 February 2018".
func (p *MeetingPage) dayHead(m *meeting.Meeting, n int) string {
	if n < 1 {
		return ""
	}
	if d := dayOf(m.Starts, n); d != "" {
		return p.T("meeting.day-on", "n", n, "date", p.Date(d))
	}
	return p.T("meeting.day", "n", n)
}

// dayOf gives the n-th day of a meeting whose first is known, "" where that cannot be said.
func dayOf(starts when.Date, n int) when.Date {
	if starts.Precision() != when.Day {
		return ""
	}
	if n <= 1 {
		return starts
	}
	return when.DateOf(starts.First().AddDate(0, 0, n-1)) + starts[len(starts.Bare()):]
}

// said fills the statements.
func (p *MeetingPage) said(m *meeting.Meeting, names namesOn) {
	for _, st := range m.Statements {
		out := MeetingStatement{Text: p.attributed(st.Text, st.Function, st.Institutions...), Function: p.Text(st.Function)}
		for _, i := range st.Institutions {
			out.Institutions = append(out.Institutions, names.link(i))
		}
		p.Statements = append(p.Statements, out)
	}
}

// written links the press releases that were written from the meeting.
func (p *MeetingPage) written(list []access.Object[publication.Release]) {
	for _, o := range list {
		p.Releases = append(p.Releases, Link{Said: p.Text(o.Value.Title), Path: objectPath("release", o.ID)})
	}
}
