package web

import (
	"context"
	"slices"
	"strconv"
	"time"

	"entente/access"
	"entente/dialogue"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/meeting"
	"entente/publication"
)

// publicRoutes are the public site; what belongs to one noun stands in that noun's file.
var publicRoutes = []Route{
	get("/", All, "", (*Server).frontPage),
	get("/pages", All, "", (*Server).pagesPage),
	get("/pages/{id}", All, "id=page/who-we-are", (*Server).sitePage),
	get("/news", All, "", (*Server).newsListPage),
	get("/news/{id}", All, "id=news/launch", (*Server).newsPage),
	costly(get("/feed.atom", All, "", (*Server).feed)),
	plain("GET", "/robots.txt", All, "", (*Server).robots),
	costly(plain("GET", "/sitemap.xml", All, "", (*Server).sitemap)),
}

// FrontPage is the first screen for a journalist. It shows what a visitor may read, whoever looks
// at it: the project team sees here what the public sees.
type FrontPage struct {
	Page
	Opening Said
	Owed    Owed
	News    *NewsCard // the newest
	Older   []NewsRow
	Release *NewsRow // the newest press release
	Figures []FrontFigure
	Next    *FrontEvent
	Contact ContactView
	Adopted string
	Tracks  []FrontTrack
	Empty   bool // nothing is public
}

// NewsCard is a piece of news with the passage that may be quoted.
type NewsCard struct {
	NewsRow
	Quote Said
}

// FrontFigure is a number that a source states, with that source.
type FrontFigure struct {
	Count  string
	About  bool
	Of     Said
	At     Link // the meeting
	When   string
	Source Said
	Also   []OtherFigure // what other sources state
}

// OtherFigure is another source's number for the same.
type OtherFigure struct {
	Count  string
	Source Said
}

// FrontEvent is the next public event.
type FrontEvent struct {
	Link
	When  string
	Day   string
	Place string
}

// FrontTrack is a line of the roadmap.
type FrontTrack struct {
	Name       Said
	Milestones []MilestoneView
}

// ContactView is where the public and the press write to.
type ContactView struct {
	Title   Said
	Email   string
	Phone   string
	Address Said
}

func contactView(c dialogue.Contact, lang string) ContactView {
	return ContactView{Title: say(c.Title, lang), Email: c.Email, Phone: c.Phone, Address: say(c.Address, lang)}
}

// On the first screen: news, and figures.
const (
	frontNews    = 4
	frontFigures = 3
)

func (s *Server) frontPage(r *Request) error {
	p := FrontPage{Page: r.Page}
	p.Title = p.T("public.home")
	if !r.Who.SignedIn() {
		p.Title = "" // the window bears the dialogue's name alone
	}
	err := s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		d, err := s.dialogues.First(ctx, access.Visitor)
		if fault.Is(err, fault.NotFound) {
			p.Empty = true
			return nil
		}
		if err != nil {
			return err
		}
		p.opening(d.Value)
		id := ref.Dialogue(d.ID)
		if err := s.frontNews(ctx, &p, id); err != nil {
			return err
		}
		if err := s.frontMeetings(ctx, &p, id, tx.Now()); err != nil {
			return err
		}
		return s.frontRoadmap(ctx, &p, id)
	})
	if err != nil {
		return err
	}
	return s.ok(r, "front", p)
}

func (p *FrontPage) opening(d dialogue.Dialogue) {
	sentence := d.Summary
	if sentence.Empty() {
		sentence = d.Name
	}
	p.Opening = say(sentence, p.Lang)
	p.Owed = p.owed(p.Opening)
	p.Describe = p.Opening.Text
	p.Contact = contactView(d.Contact, p.Lang)
}

func (s *Server) frontNews(ctx context.Context, p *FrontPage, d ref.Dialogue) error {
	news, err := s.publications.News(ctx, access.Visitor, d, "", frontNews)
	if err != nil {
		return err
	}
	for i, n := range news {
		if i > 0 {
			p.Older = append(p.Older, newsRow(p.Words, n))
			continue
		}
		p.News = &NewsCard{newsRow(p.Words, n), say(quoteOf(n.Value), p.Lang)}
	}
	releases, err := s.publications.Releases(ctx, access.Visitor, d, "", 1)
	if err != nil {
		return err
	}
	for _, o := range releases {
		row := releaseRow(p.Words, o)
		p.Release = &row
	}
	return nil
}

// quoteOf gives the passage of a piece of news that is offered for quotation.
func quoteOf(n publication.News) text.Multi {
	if n.Quote.Empty() {
		return n.Lead
	}
	return n.Quote
}

// frontMeetings finds figures and the next event among the public meetings.
func (s *Server) frontMeetings(ctx context.Context, p *FrontPage, d ref.Dialogue, now time.Time) error {
	counted, err := s.meetings.Counted(ctx, access.Visitor, d, frontFigures)
	if err != nil {
		return err
	}
	for _, m := range counted {
		p.Figures = append(p.Figures, frontFigure(p.Words, m))
	}
	coming, err := s.meetings.Coming(ctx, access.Visitor, d, comingSeen)
	if err != nil {
		return err
	}
	today := now.In(p.zoneOf().Location()).Format(time.DateOnly)
	for _, m := range coming {
		if v := m.Value; comes(v.State, v.Starts, v.Ends, today) {
			p.Next = &FrontEvent{
				Link: Link{Said: say(v.Title, p.Lang), Path: "/meetings/" + m.ID}, When: p.On(v.Starts, v.Ends),
				Day: string(v.Starts.Bare()), Place: v.Place.Get(p.Lang),
			}
			break
		}
	}
	return nil
}

// comingSeen bounds how many planned meetings are looked through for the next one: those whose
// day has passed without anybody saying how it went stand before it.
const comingSeen = 100

// comes says whether a meeting is still to come, or under way, on a day.
func comes(state meeting.State, starts, ends when.Date, today string) bool {
	if ends.IsZero() {
		ends = starts
	}
	return (state == meeting.Planned || state == meeting.Postponed) && !starts.IsZero() && ends.Last().Format(time.DateOnly) >= today
}

// frontFigure takes the first number that is stated for a meeting, and beside it what others
// state for the same.
func frontFigure(w Words, m access.Object[meeting.Meeting]) FrontFigure {
	v := m.Value
	first := v.Stated[0]
	f := FrontFigure{
		Count: strconv.Itoa(first.Count), About: first.About, Of: w.Text(first.Of), Source: w.Text(first.Source),
		At: Link{Said: w.Text(v.Title), Path: "/meetings/" + m.ID}, When: w.On(v.Starts, v.Ends),
	}
	of := f.Of.Text
	f.Of.Text = capital(of)
	for _, o := range v.Stated[1:] {
		if o.Of.Get(w.Lang) == of {
			f.Also = append(f.Also, OtherFigure{count(w, o), w.Text(o.Source)})
		}
	}
	return f
}

// count writes a number as its source gives it.
func count(w Words, f meeting.Figure) string {
	n := strconv.Itoa(f.Count)
	if f.About {
		return w.T("public.about", "count", n)
	}
	return n
}

func (s *Server) frontRoadmap(ctx context.Context, p *FrontPage, d ref.Dialogue) error {
	m, err := s.dialogues.Roadmap(ctx, access.Visitor, d)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	road := m.Roadmap.Value
	if !road.Adopted.IsZero() {
		p.Adopted = p.T("public.adopted", "date", p.Date(road.Adopted))
	}
	stage := func(o access.Object[dialogue.Milestone]) int {
		return slices.IndexFunc(road.Stages, func(s dialogue.Stage) bool { return s.Code == o.Value.Stage })
	}
	slices.SortStableFunc(m.Milestones, func(a, b access.Object[dialogue.Milestone]) int { return stage(a) - stage(b) })
	for _, t := range road.Tracks {
		track := FrontTrack{Name: say(t.Name, p.Lang)}
		for _, o := range m.Milestones {
			if o.Value.Track == t.Code {
				track.Milestones = append(track.Milestones, milestoneView(&p.Page, o))
			}
		}
		if len(track.Milestones) > 0 {
			p.Tracks = append(p.Tracks, track)
		}
	}
	return nil
}
