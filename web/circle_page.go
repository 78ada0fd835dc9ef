package web

import (
	"entente/access"
	"entente/internal/ref"
	"entente/roster"
)

var circleRoutes = []Route{
	get("/circles/{id}", People, "id=circle/border-practice", (*Server).circlePage),
}

// CirclePage shows a named circle of institutions to its members, and to whoever made it.
type CirclePage struct {
	Page
	Head    Head
	Made    Said
	Members []Link
	Note    Said
}

func (s *Server) circlePage(r *Request) error {
	o, err := s.roster.Circle(r.Context(), r.Who, ref.Circle(r.PathValue("id")))
	if err != nil {
		return err
	}
	ns, err := s.named(r, append(idsOf(o.Value.Members...), ref.ID(o.Value.Side))...)
	if err != nil {
		return err
	}
	head, err := s.head(r, o.Header, say(o.Value.Name, r.Lang), Link{Said: plainly(r.Page.T("room.partners")), Path: "/partners"})
	if err != nil {
		return err
	}
	r.titled(&head, o.Value.Name)
	r.inRoom("partners", head, Said{})
	p := CirclePage{Page: r.Page, Head: head, Members: ns.linksTo(r.Page.Words, idsOf(o.Value.Members...)...), Note: r.Page.Text(o.Value.Note)}
	p.Made = plainly(p.T("audience.team"))
	if o.Value.Side != "" {
		p.Made = linkTo(p.Words, ns[ref.ID(o.Value.Side)]).Said
	}
	return s.ok(r, "circle", p)
}

// CircleRow is one circle in a list.
type CircleRow struct {
	Name        Said
	Path, Count string
	Note        string // to whom it is known
}

// circles lists the circles that the reader may read, and gives the address of the form of a new
// one to those who may make one.
func (s *Server) circles(r *Request) (rows []CircleRow, add string, err error) {
	h := access.Header{Kind: roster.Circles.Name, Dialogue: r.Page.Dialogue.ID}
	if access.May(r.Who, "circle.create", h) == nil && (r.Page.Reader.Team || r.Who.Room() != "") {
		add = r.Page.To("/new/circle")
	}
	list, err := s.roster.Circles(r.Context(), r.Who, h.Dialogue, r.Lang)
	for _, o := range list {
		row := CircleRow{Name: say(o.Value.Name, r.Lang), Path: objectPath(o.Kind, o.ID), Count: r.Page.T("partners.circle-count", "n", len(o.Value.Members))}
		row.Note = r.Page.T("partners.circles-note")
		if o.Value.Side == "" {
			row.Note = r.Page.T("partners.circles-team")
		}
		rows = append(rows, row)
	}
	return rows, add, err
}
