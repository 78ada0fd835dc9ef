package web

import (
	"net/url"
	"slices"
	"strconv"

	"entente/access"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/roster"
)

// partnerRoutes are the institutions and people that take part.
var partnerRoutes = []Route{
	get("/partners", All, "", (*Server).partnersPage),
	get("/institutions/{id}", All, "id=institution/nia", (*Server).institutionPage),
	get("/people/{id}", People, "id=person/cn-focal-point", (*Server).personPage),
}

// partnersShown is how many institutions a page of the list has.
const partnersShown = 100

// PartnersPage lists the institutions by what they are today.
type PartnersPage struct {
	Page
	Search         string
	Sides, Levels  []Option
	Filtered       bool
	Clear          string
	Count          string
	Groups         []PartnerGroup
	Previous, Next string
	People         bool // the reader may see how many people stand behind an institution
	Columns        int
	Circles        []CircleRow // on the first page of the whole list
	NewCircle      string
	New            string
	NewPerson      string
}

// PartnerGroup is the institutions of a side, or of one standing.
type PartnerGroup struct {
	Title Said
	Note  string
	Rows  []PartnerRow
}

// PartnerRow is one institution in the list.
type PartnerRow struct {
	ID     ref.ID
	Name   Said
	Tag    string // what a reader should know of the name: unofficial
	Other  Said
	Short  Said
	Level  string
	Since  string // when its standing began or ended, where that is known
	People int
}

// The standings that the filter offers beside the sides.
var otherStandings = []roster.Standing{roster.Facilitator, roster.Donor, roster.Associated, roster.Observer, roster.Former}

func (s *Server) partnersPage(r *Request) error {
	p := PartnersPage{Page: r.Page, People: r.Who.SignedIn()}
	p.Title = p.T("room.partners")
	sides, err := s.roster.Sides(r.Context(), r.Who, p.Dialogue.ID, r.Lang)
	if err != nil {
		return err
	}
	q := p.query(r.URL.Query(), sides)
	groups, people, err := s.roster.Partners(r.Context(), r.Who, q, sideIDs(sides))
	if err != nil {
		return err
	}
	p.page(r, groups, people, sides)
	p.Columns = 3 + btoi(p.People)
	if p.Reader.Team {
		p.New, p.NewPerson = p.To("/new/institution"), p.To("/new/person")
	}
	if p.Reader.SignedIn && !p.Filtered && p.Previous == "" {
		if p.Circles, p.NewCircle, err = s.circles(r); err != nil {
			return err
		}
	}
	return s.ok(r, "partners", p)
}

// query reads what is wanted and fills the filters. A word that is no choice chooses nothing.
func (p *PartnersPage) query(v url.Values, sides []access.Object[roster.Side]) roster.PartnerQuery {
	q := roster.PartnerQuery{Dialogue: p.Dialogue.ID, Lang: p.Lang, Title: text.CleanName(v.Get("name"))}
	p.Search = q.Title
	side := v.Get("side")
	for _, o := range sides {
		p.Sides = append(p.Sides, Option{o.ID, say(o.Value.Name, p.Lang).Text, o.ID == side})
		if o.ID == side {
			q.Side = ref.Side(side)
		}
	}
	for _, as := range otherStandings {
		p.Sides = append(p.Sides, Option{string(as), p.T("partners.as." + string(as)), string(as) == side})
		if string(as) == side {
			q.As = as
		}
	}
	level := v.Get("level")
	p.Levels = optionsOf(p.Words, "institution", "level", roster.Level("").Options())
	for i := range p.Levels {
		if p.Levels[i].Selected = p.Levels[i].Value == level; p.Levels[i].Selected {
			q.Level = roster.Level(level)
		}
	}
	p.Filtered = q.Title != "" || q.Side != "" || q.As != "" || q.Level != ""
	p.Clear = p.To("/partners")
	return q
}

// page fills one page of the list.
func (p *PartnersPage) page(r *Request, groups []roster.PartnerGroup, people map[ref.Institution]int, sides []access.Object[roster.Side]) {
	total := 0
	for _, g := range groups {
		total += len(g.List)
	}
	p.Count = p.T("partners.count", "n", total)
	at, _ := strconv.Atoi(r.URL.Query().Get("page"))
	at = max(min(at, (total-1)/partnersShown+1), 1)
	skip, left := (at-1)*partnersShown, partnersShown
	for _, g := range groups {
		n := min(skip, len(g.List))
		skip -= n
		list := g.List[n:min(n+left, len(g.List))]
		left -= len(list)
		if len(list) == 0 {
			continue
		}
		p.Groups = append(p.Groups, p.group(g, list, people, sides))
	}
	address := func(n int) string {
		v := url.Values{}
		for _, k := range []string{"name", "side", "level"} {
			if x := r.URL.Query().Get(k); x != "" {
				v.Set(k, x)
			}
		}
		v.Set("page", strconv.Itoa(n))
		return p.To("/partners?", v.Encode())
	}
	if at > 1 {
		p.Previous = address(at - 1)
	}
	if at*partnersShown < total {
		p.Next = address(at + 1)
	}
}

func (p *PartnersPage) group(g roster.PartnerGroup, list []access.Object[roster.Institution], people map[ref.Institution]int, sides []access.Object[roster.Side]) PartnerGroup {
	v := PartnerGroup{}
	if i := slices.IndexFunc(sides, func(o access.Object[roster.Side]) bool { return ref.Side(o.ID) == g.Side }); i >= 0 {
		v.Title = say(sides[i].Value.Name, p.Lang)
	} else {
		as := string(g.As)
		if as == "" {
			as = "unknown"
		}
		v.Title = plainly(p.T("partners.as." + as))
		if g.As == roster.Associated || g.As == roster.Former {
			v.Note = p.T("partners.as." + as + ".note")
		}
	}
	for _, o := range list {
		v.Rows = append(v.Rows, partnerRow(p.Words, o, people[ref.Institution(o.ID)]))
	}
	return v
}

func partnerRow(w Words, o access.Object[roster.Institution], people int) PartnerRow {
	i := &o.Value
	row := PartnerRow{ID: o.ID, Name: say(i.Name(), w.Lang), Other: inOther(i.Name(), w.Lang), Short: say(i.Short, w.Lang), People: people}
	if i.Level != "" {
		row.Level = capital(w.Option("institution", "level", string(i.Level)))
	}
	if n := len(i.Names); n > 0 && i.Names[n-1].Unofficial {
		row.Tag = w.T("partners.unofficial")
	}
	if n := len(i.Standings); n > 0 {
		row.Since = w.Span(i.Standings[n-1].From, i.Standings[n-1].Until)
	}
	return row
}
