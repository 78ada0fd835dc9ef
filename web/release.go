package web

import (
	"context"
	"html/template"
	"net/http"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/meeting"
	"entente/publication"
)

// releaseRoutes are the addresses of press releases.
var releaseRoutes = []Route{
	get("/releases", All, "", (*Server).releasesPage),
	get("/releases/{id}", All, "id=release/launch-release", (*Server).releasePage),
}

// releasesShown is how many releases a page of the list has.
const releasesShown = 20

// ReleasesPage lists press releases, the newest first.
type ReleasesPage struct {
	Page
	Rows  []ReleaseRow
	Older string
}

// ReleaseRow is one release in the list.
type ReleaseRow struct {
	Title  Said
	Path   string
	When   string
	Day    string
	Place  Said
	Lead   Said
	Inside bool // not public yet
}

func (s *Server) releasesPage(r *Request) error {
	list, err := s.publications.Releases(r.Context(), r.Who, r.Page.Dialogue.ID, r.FormValue("before"), releasesShown+1)
	if err != nil {
		return err
	}
	r.in("publication")
	p := ReleasesPage{Page: r.Page}
	p.Title = p.T("release.list")
	for i, o := range list {
		if i == releasesShown {
			last := list[i-1]
			p.Older = p.To("/releases?before=", last.SortTime, "_", last.ID)
			break
		}
		v := &o.Value
		p.Rows = append(p.Rows, ReleaseRow{
			Title: p.Text(v.Title), Path: p.To(objectPath("release", o.ID)), When: p.Date(v.Date), Day: string(v.Date.Bare()),
			Place: p.Text(v.Place), Lead: p.Text(v.Lead), Inside: o.Mark != "TLP:CLEAR" && r.Who.SignedIn(),
		})
	}
	return s.ok(r, "release_list", p)
}

// ReleasePage shows a press release as it goes out.
type ReleasePage struct {
	Page
	Head       Head
	When       string
	Day        string
	DateNote   Said
	Place      Said
	Lead       Said
	LeadOwed   Owed
	Main       Said
	MainOwed   Owed
	Account    template.HTML
	Figures    []ReleaseFigure
	Quotations []Quotation
	Contact    Said
	Funding    Said
	Meeting    Link
}

// ReleaseFigure is a number with its source.
type ReleaseFigure struct{ Text, Source Said }

// Quotation is what somebody said, by function. Consent is shown inside only.
type Quotation struct {
	Speaker
	Text     Said
	Indirect bool
	Consent  string
	Evidence Said
}

func (s *Server) releasePage(r *Request) error {
	p := ReleasePage{}
	err := s.db.Read(r.Context(), func(ctx context.Context, _ *db.Tx) error {
		at := *r
		at.Request = r.WithContext(ctx)
		o, err := s.publications.Release(ctx, r.Who, ref.Release(r.PathValue("id")))
		if err != nil {
			return err
		}
		v := &o.Value
		var ids []ref.Institution
		for _, q := range v.Quotations {
			if q.Institution != "" {
				ids = append(ids, q.Institution)
			}
		}
		names, err := s.namesOn(&at, v.Date, ids)
		if err != nil {
			return err
		}
		titles, err := s.titles(&at, ref.ID(v.Meeting))
		if err != nil {
			return err
		}
		p.Page = at.Page
		p.fill(v, names)
		if t, ok := titles[ref.ID(v.Meeting)]; ok {
			p.Meeting = linkTo(p.Words, t)
		}
		h, err := s.head(&at, o.Header, p.Text(v.Title), Link{Said: plainly(p.T("release.list")), Path: "/releases"})
		if err != nil {
			return err
		}
		at.titled(&h, v.Title)
		at.inRoom("publication", h, Said{Text: text.Excerpt(v.Lead.Get(r.Lang), 160)})
		p.Page, p.Head = at.Page, h
		return nil
	})
	if err != nil {
		return err
	}
	return s.ok(r, "release_page", p)
}

// fill fills the page from the release. To a visitor a quotation without consent does not exist;
// the guard keeps such a release from being public, and this is the second lock.
func (p *ReleasePage) fill(v *publication.Release, names namesOn) {
	p.When, p.Day, p.DateNote, p.Place = p.Date(v.Date), string(v.Date.Bare()), p.Text(v.DateNote), p.Text(v.Place)
	p.Lead, p.Main, p.Account = p.Text(v.Lead), p.Text(v.Body), p.HTML(v.Body)
	p.LeadOwed, p.MainOwed = p.owed(p.Lead), p.owed(p.Main)
	p.Contact, p.Funding = p.Text(v.Contact), p.Text(v.Funding)
	for _, f := range v.Figures {
		p.Figures = append(p.Figures, ReleaseFigure{p.Text(f.Text), p.Text(f.Source)})
	}
	for _, q := range v.Quotations {
		out := Quotation{Text: p.attributed(q.Text, q.Function, q.Institution), Indirect: q.Indirect}
		out.Speaker = Speaker{p.Words, p.Text(q.Function), names.link(q.Institution)}
		if p.Reader.SignedIn {
			out.Consent, out.Evidence = p.Option("release", "consent", string(q.Consent)), p.Text(q.Evidence)
		} else if q.Consent != publication.Given && q.Consent != publication.Published {
			continue
		}
		p.Quotations = append(p.Quotations, out)
	}
}

// writeRelease shows the form of a new release, filled from a meeting. Nothing is saved before
// the form is.
func (s *Server) writeRelease(r *Request) error {
	m, err := s.meetings.Get(r.Context(), r.Who, ref.Meeting(r.PathValue("id")))
	if err != nil {
		return err
	}
	h := access.Header{Kind: "release", Dialogue: m.Dialogue}
	if err := access.May(r.Who, "release.create", h); err != nil {
		return err
	}
	draft, err := s.draftRelease(r, m)
	if err != nil {
		return err
	}
	p := s.newFrame(r, "release")
	p.Leave = p.To("/meetings/", m.ID)
	p.Notice = p.T("release.drafted")
	return s.showForm(r, http.StatusOK, p, h, shape.EncodeForm(&draft), nil)
}

func (s *Server) draftRelease(r *Request, m access.Object[meeting.Meeting]) (publication.Release, error) {
	n, err := s.namesOn(r, m.Value.Starts, institutionsOf(&m.Value))
	if err != nil {
		return publication.Release{}, err
	}
	names := map[ref.Institution]text.Multi{}
	for id, i := range n.of {
		names[id] = i.NameOn(n.day)
	}
	return bundle.DraftRelease(r.Page.Dialogue.Value, ref.Meeting(m.ID), m.Value, names), nil
}
