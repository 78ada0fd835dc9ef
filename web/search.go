package web

import (
	"net/url"
	"strconv"

	"entente/access"
	"entente/exchange"
	"entente/internal/ref"
	"entente/internal/search"
	"entente/internal/text"
	"entente/internal/when"
	"entente/standard/tlp"
)

var searchRoutes = []Route{costly(get("/search", All, "", (*Server).searchPage))}

// SearchPage shows what was found, by words in any text of anything the reader may read.
type SearchPage struct {
	Page
	Query string
	Kind  string // chosen; empty: all
	Kinds []SearchKind
	Total int
	Hits  []SearchHit
	Pager
	Blank   bool // nothing was asked
	Nothing bool // what was asked holds nothing that can be sought
}

// SearchKind is a kind of which something was found.
type SearchKind struct {
	Text, Path string
	N          int
	Here       bool
}

// SearchHit is one object found, with the words marked.
type SearchHit struct {
	Path    string
	Kind    string
	When    string
	State   StateWord
	Title   Marked
	Note    string // of a statement: who said it about what, and how it came
	Excerpt Marked
}

// Marked is a text with what was sought in it.
type Marked struct {
	Pieces []search.Piece
	Lang   string // empty: the page's own
}

// Pager leads to the pages beside this one, by number.
type Pager struct {
	Previous, Next string
	First, Last    int // of all
}

// pageOf reads which page of a list is asked for, counted from 1.
func pageOf(r *Request) int {
	n, err := strconv.Atoi(r.FormValue("page"))
	if err != nil || n < 1 || n > 1000 {
		return 1
	}
	return n
}

// pagerFor makes the links beside page n of a list, whose address is path with the query.
func pagerFor(path string, q url.Values, n, size, total int) Pager {
	at := func(n int) string {
		q.Set("page", strconv.Itoa(n))
		return path + "?" + q.Encode()
	}
	p := Pager{First: (n-1)*size + 1, Last: min(n*size, total)}
	if n > 1 {
		p.Previous = at(n - 1)
	}
	if n*size < total {
		p.Next = at(n + 1)
	}
	return p
}

const searchShown = 20

func (s *Server) searchPage(r *Request) error {
	p := SearchPage{Page: r.Page, Query: text.CleanName(r.FormValue("q"))} // the page repeats it in a sentence
	p.Title = p.T("search.title")
	if p.Query == "" {
		p.Blank = true
		return s.ok(r, "search", p)
	}
	if _, ok := s.objects.Kind(r.FormValue("kind")); ok {
		p.Kind = r.FormValue("kind")
	}
	n := pageOf(r)
	found, err := s.objects.Search(r.Context(), r.Who, search.Query{
		Dialogue: p.Dialogue.ID, Words: p.Query, Kind: p.Kind, Lang: r.Lang, Limit: searchShown, Offset: (n - 1) * searchShown,
	})
	if err != nil {
		return err
	}
	p.Nothing, p.Total = found.Empty, found.Total
	p.kinds(found.Counts)
	q := url.Values{"q": {p.Query}}
	if p.Kind != "" {
		q.Set("kind", p.Kind)
	}
	p.Pager = pagerFor(p.Page.To("/search"), q, n, searchShown, found.Total)
	ids := map[string][]ref.ID{}
	for _, h := range found.Hits {
		ids[h.Kind] = append(ids[h.Kind], h.ID)
	}
	said, err := s.statementsAmong(r, ids[exchange.Statements.Name]...)
	if err != nil {
		return err
	}
	states, err := s.planStates(r, ids["plan"]...)
	if err != nil {
		return err
	}
	for _, h := range found.Hits {
		hit := searchHit(p.Words, h)
		if h.Kind == "plan" {
			hit.State = states.of(h.ID, h.State)
		}
		if row, ok := said[h.ID]; ok {
			hit.said(row)
		}
		p.Hits = append(p.Hits, hit)
		if r.Who.SignedIn() {
			p.Mark = stricter(p.Mark, tlp.Label(h.Mark)) // printed on every sheet
		}
	}
	return s.ok(r, "search", p)
}

// kinds offers each kind of which something was found.
func (p *SearchPage) kinds(counts []search.Count) {
	all := 0
	for _, c := range counts {
		all += c.N
	}
	add := func(kind, text string, n int) {
		q := url.Values{"q": {p.Query}}
		if kind != "" {
			q.Set("kind", kind)
		}
		p.Kinds = append(p.Kinds, SearchKind{text, p.Page.To("/search?") + q.Encode(), n, kind == p.Kind})
	}
	if len(counts) < 2 && p.Kind == "" {
		return
	}
	add("", p.T("search.all"), all)
	for _, c := range counts {
		add(c.Kind, capital(p.T("kind."+c.Kind)), c.N)
	}
}

func searchHit(w Words, h access.Hit) SearchHit {
	out := SearchHit{Path: objectPath(h.Kind, h.ID), Kind: capital(w.T("kind." + h.Kind)), State: stateWord(w, h.Kind, h.State)}
	out.Title = Marked{Pieces: h.Title, Lang: other(w.Lang, h.Lang)}
	out.Excerpt = Marked{Pieces: h.Excerpt, Lang: other(w.Lang, h.Shown)}
	if d := when.Date(h.SortTime); d.Valid() && h.Kind != "person" {
		out.When = strconv.Itoa(d.YearOf()) // the header knows a day to sort by, not how precisely it is known
	}
	return out
}

// said says of a hit that is a statement who said it about what, and how it came.
func (h *SearchHit) said(row StatementRow) {
	h.Note = row.Line()
	if standing := row.Standing(); standing != "" {
		h.Note = row.T("statement.joined", "line", h.Note, "standing", standing)
	}
	h.State = StateWord{} // the note says it
	if len(h.Title.Pieces) == 0 {
		h.Title = Marked{Pieces: []search.Piece{{Text: row.Sort}}}
	}
}

// other gives a language where it is not the page's own.
func other(page, lang string) string {
	if lang == page {
		return ""
	}
	return lang
}
