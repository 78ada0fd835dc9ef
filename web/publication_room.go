package web

import (
	"entente/access"
	"entente/internal/ref"
)

var publicationRoutes = []Route{get("/publication", Team, "", (*Server).publicationPage)}

// PublicationPage is the room in which the project team sees what is public and what is not yet.
type PublicationPage struct {
	Page
	Pages    SitePages
	News     Publications
	Releases Publications
	MoreNews bool
	Public   int // pages, news and releases that anyone may read
	Inside   int // and those that are not public
	Waiting  int // texts of theirs that wait for a translation
	Meetings string
}

// Publications is a table of news or press releases.
type Publications struct {
	Words
	Title string
	Rows  []PublicationRow
}

// PublicationRow is a piece of news or a press release with its state.
type PublicationRow struct {
	NewsRow
	State   StateWord
	Changed string
}

const publicationShown = 50

func (s *Server) publicationPage(r *Request) error {
	p := PublicationPage{Page: r.Page, Meetings: r.Page.To("/meetings")}
	p.Title = p.T("room.publication")
	p.News, p.Releases = Publications{Words: p.Words, Title: p.T("news.title")}, Publications{Words: p.Words, Title: p.T("publication.releases")}
	var err error
	if p.Pages, err = s.sitePages(r); err != nil {
		return err
	}
	for _, row := range p.Pages.Rows {
		p.tell(row.State)
	}
	if err := s.publicationNews(r, &p); err != nil {
		return err
	}
	found, err := s.objects.Translations(r.Context(), r.Who, access.TranslationQuery{Dialogue: p.Dialogue.ID, Lang: r.Lang})
	if err != nil {
		return err
	}
	for _, c := range found.Counts {
		if c.Kind == "page" || c.Kind == "news" || c.Kind == "release" {
			p.Waiting += c.N
		}
	}
	return s.ok(r, "publication", p)
}

func (s *Server) publicationNews(r *Request, p *PublicationPage) error {
	public, err := s.public(r, "news")
	if err != nil {
		return err
	}
	news, err := s.publications.News(r.Context(), r.Who, p.Dialogue.ID, "", publicationShown+1)
	if err != nil {
		return err
	}
	if p.MoreNews = len(news) > publicationShown; p.MoreNews {
		news = news[:publicationShown]
	}
	for _, o := range news {
		p.News.Rows = append(p.News.Rows, p.row(newsRow(p.Words, o), o.Header, public))
	}
	if public, err = s.public(r, "release"); err != nil {
		return err
	}
	releases, err := s.publications.Releases(r.Context(), r.Who, p.Dialogue.ID, "", publicationShown)
	if err != nil {
		return err
	}
	for _, o := range releases {
		p.Releases.Rows = append(p.Releases.Rows, p.row(releaseRow(p.Words, o), o.Header, public))
	}
	return nil
}

func (p *PublicationPage) row(n NewsRow, h access.Header, public map[ref.ID]bool) PublicationRow {
	row := PublicationRow{n, p.publicity(public[h.ID]), p.Day(h.ChangedAt)}
	p.tell(row.State)
	return row
}

func (p *PublicationPage) tell(s StateWord) {
	if s == p.publicity(true) {
		p.Public++
	} else {
		p.Inside++
	}
}
