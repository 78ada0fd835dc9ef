package web

import (
	"html/template"
	"strings"

	"entente/access"
	"entente/internal/text"
	"entente/internal/when"
	"entente/publication"
)

// NewsRow is a piece of news, or a press release, in a list.
type NewsRow struct {
	Link
	When string
	Day  string // for machines; empty: no date is known
	Lead Said
	Owed Owed // of the title
}

func newsRow(w Words, o access.Object[publication.News]) NewsRow {
	return newsLine(w, "/news/"+o.ID, o.Value.Title, o.Value.Lead, o.Value.Date)
}

func releaseRow(w Words, o access.Object[publication.Release]) NewsRow {
	return newsLine(w, "/releases/"+o.ID, o.Value.Title, o.Value.Lead, o.Value.Date)
}

func newsLine(w Words, path string, title, lead text.Multi, d when.Date) NewsRow {
	t := w.Text(title)
	return NewsRow{Link: Link{Said: t, Path: path}, When: w.Date(d), Day: string(d.Bare()), Lead: w.Text(lead), Owed: w.owed(t)}
}

// NewsListPage lists the news, the newest first.
type NewsListPage struct {
	Page
	Rows  []NewsRow
	Older string // addresses of other pages; empty: there is none
	Top   string
	New   string
}

// newsShown is how many pieces of news a page of the list has.
const newsShown = 20

func (s *Server) newsListPage(r *Request) error {
	r.in("publication")
	p := NewsListPage{Page: r.Page}
	p.Title, p.Describe = p.T("news.title"), p.T("news.describe")
	before := r.FormValue("before")
	if strings.Trim(before, "0123456789abcdef-_") != "" {
		before = "" // no place in the list
	}
	list, err := s.publications.News(r.Context(), r.Who, p.Dialogue.ID, before, newsShown+1)
	if err != nil {
		return err
	}
	if len(list) > newsShown {
		list = list[:newsShown]
		last := list[newsShown-1]
		p.Older = p.To("/news?before=", last.SortTime, "_", last.ID)
	}
	if before != "" {
		p.Top = p.To("/news")
	}
	for _, o := range list {
		p.Rows = append(p.Rows, newsRow(p.Words, o))
	}
	if access.May(r.Who, "news.create", access.Header{Kind: "news", Dialogue: p.Dialogue.ID}) == nil {
		p.New = p.To("/new/news")
	}
	return s.ok(r, "news_list", p)
}

// NewsPage is a piece of news with the passage that may be quoted.
type NewsPage struct {
	Page
	Head   Head
	When   string
	Day    string
	Lead   Said
	Quote  Said
	Prose  template.HTML
	Tongue string
	Owed   Owed // of the text
}

func (s *Server) newsPage(r *Request) error {
	h, value, err := s.objects.Get(r.Context(), r.Who, r.PathValue("id"))
	if err != nil {
		return err
	}
	n, ok := value.(*publication.News)
	if !ok {
		return errNoPage
	}
	head, err := s.head(r, h, say(n.Title, r.Lang), Link{Said: plainly(r.Page.T("news.title")), Path: "/news"})
	if err != nil {
		return err
	}
	r.titled(&head, n.Title)
	r.inRoom("publication", head, plainly(text.Excerpt(n.Lead.Get(r.Lang), 200)))
	p := NewsPage{Page: r.Page, Head: head, When: r.Page.Date(n.Date), Day: string(n.Date.Bare())}
	p.Lead, p.Quote = p.Text(n.Lead), p.Text(quoteOf(*n))
	if p.Quote.Text == p.Lead.Text {
		p.Lead = Said{} // the lead itself is the passage
	}
	p.Prose, p.Tongue = prose(p.Words, n.Body)
	p.Prose = raise(p.Prose, 3)
	if b := p.Text(n.Body); !head.Title.Owed() && b.Owed() {
		p.Owed = p.owed(b)
	}
	return s.ok(r, "news", p)
}
