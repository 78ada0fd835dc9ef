package web

import (
	"html/template"
	"regexp"
	"slices"
	"strconv"

	"entente/access"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/publication"
)

// PagesPage lists the pages of the public site: for the project team with their place and state,
// for others as an index.
type PagesPage struct {
	Page
	Team bool
	List SitePages
	New  string
}

// SitePages is a table of pages.
type SitePages struct {
	Words
	Rows []SitePageRow
}

// SitePageRow is a page of the public site in a list.
type SitePageRow struct {
	Link
	Lead  Said
	Menu  string
	Order int
	State StateWord
	Owed  Owed
}

func (s *Server) pagesPage(r *Request) error {
	r.in("publication")
	p := PagesPage{Page: r.Page, Team: r.Page.Reader.Team}
	p.Title = p.T("pages.title")
	var err error
	if p.List, err = s.sitePages(r); err != nil {
		return err
	}
	if access.May(r.Who, "page.create", access.Header{Kind: "page", Dialogue: p.Dialogue.ID}) == nil {
		p.New = p.To("/new/page")
	}
	return s.ok(r, "pages", p)
}

// sitePages lists the pages that the reader may read, and says which of them are public.
func (s *Server) sitePages(r *Request) (out SitePages, err error) {
	list, err := s.publications.Pages(r.Context(), r.Who, r.Page.Dialogue.ID)
	if err != nil {
		return out, err
	}
	public, err := s.public(r, "page")
	if err != nil {
		return out, err
	}
	w := r.Page.Words
	out.Words = w
	menus := publication.Menu("").Options()
	slices.SortStableFunc(list, func(a, b access.Object[publication.Page]) int {
		return slices.Index(menus, string(menuOf(a.Value))) - slices.Index(menus, string(menuOf(b.Value)))
	})
	for _, o := range list {
		t := w.Text(o.Value.Title)
		out.Rows = append(out.Rows, SitePageRow{
			Link: Link{Said: t, Path: "/pages/" + o.ID}, Lead: w.Text(o.Value.Lead), Order: o.Value.Order,
			Menu: capital(w.Option("page", "menu", string(menuOf(o.Value)))), State: w.publicity(public[o.ID]), Owed: w.owed(t),
		})
	}
	return out, nil
}

func menuOf(p publication.Page) publication.Menu {
	if p.Menu == "" {
		return publication.NoMenu
	}
	return p.Menu
}

// public gives the objects of a kind that a visitor may read.
func (s *Server) public(r *Request, kind string) (map[ref.ID]bool, error) {
	list, err := s.objects.Listed(r.Context(), access.Visitor, r.Page.Dialogue.ID, []string{kind}, 5000)
	out := map[ref.ID]bool{}
	for _, l := range list {
		out[l.ID] = true
	}
	return out, err
}

// publicity says in a word whether an object is public.
func (w Words) publicity(public bool) StateWord {
	if public {
		return StateWord{"is-done", w.T("publication.public")}
	}
	return StateWord{"is-draft", w.T("publication.inside")}
}

// SitePage is a page of the public site.
type SitePage struct {
	Page
	Head   Head
	Lead   Said
	Prose  template.HTML
	Tongue string
	Owed   Owed // of the text
}

func (s *Server) sitePage(r *Request) error {
	h, value, err := s.objects.Get(r.Context(), r.Who, r.PathValue("id"))
	if err != nil {
		return err
	}
	v, ok := value.(*publication.Page)
	if !ok {
		return errNoPage
	}
	var trail []Link
	if r.Who.SignedIn() {
		trail = append(trail, Link{Said: plainly(r.Page.T("pages.title")), Path: "/pages"})
	}
	head, err := s.head(r, h, say(v.Title, r.Lang), trail...)
	if err != nil {
		return err
	}
	r.written(v.Title)
	r.inRoom("publication", head, plainly(text.Excerpt(v.Lead.Get(r.Lang), 200)))
	p := SitePage{Page: r.Page, Head: head, Lead: r.Page.Text(v.Lead)}
	p.Prose, p.Tongue = prose(p.Words, v.Body)
	p.Prose = raise(p.Prose, 2)
	if b := p.Text(v.Body); !head.Title.Owed() && b.Owed() {
		p.Owed = p.owed(b)
	}
	return s.ok(r, "page", p)
}

var headings = regexp.MustCompile(`</?h[1-6]\b`)

// raise shifts the headings of a rendered text so that the highest of them is of a level, and
// none is skipped below the page's own: a writer begins with whatever level looks right.
func raise(text template.HTML, level int) template.HTML {
	highest := 7
	for _, h := range headings.FindAllString(string(text), -1) {
		highest = min(highest, int(h[len(h)-1]-'0'))
	}
	return template.HTML(headings.ReplaceAllStringFunc(string(text), func(h string) string { //nolint:gosec // only levels change
		return h[:len(h)-1] + strconv.Itoa(min(int(h[len(h)-1]-'0')-highest+level, 6))
	}))
}
