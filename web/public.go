package web

import (
	"entente/access"
	"entente/internal/text"
	"entente/internal/when"
	"entente/publication"
)

// publicFrame fills what only visitors' pages show: the sections, the notices and statements at
// the foot, the day of the last update.
func (s *Server) publicFrame(r *Request) error {
	p := &r.Page
	p.Feed = true
	add := func(key, path string) {
		p.Sections = append(p.Sections, Link{Said: Said{Text: p.T(key)}, Path: path, Here: r.URL.Path == p.To(path)})
	}
	add("section.home", "/")
	pages, err := s.publications.Pages(r.Context(), r.Who, p.Dialogue.ID)
	if err != nil {
		return err
	}
	for _, o := range pages {
		l := Link{Said: say(o.Value.Title, r.Lang), Path: "/pages/" + o.ID}
		l.Here = r.URL.Path == p.To(l.Path)
		switch o.Value.Menu {
		case publication.Head:
			p.Sections = append(p.Sections, l)
		case publication.Foot:
			p.Notices = append(p.Notices, l)
		}
	}
	add("section.roadmap", "/roadmap")
	add("section.meetings", "/meetings")
	add("section.partners", "/partners")
	add("section.news", "/news")
	for _, m := range []text.Multi{p.Dialogue.Value.Funding, p.Dialogue.Value.Disclaimer, p.Dialogue.Value.Imprint} {
		if !m.Empty() {
			p.Foot = append(p.Foot, say(m, r.Lang))
		}
	}
	newest, err := s.objects.Listed(r.Context(), access.Visitor, p.Dialogue.ID, nil, 1)
	if err != nil {
		return err
	}
	if len(newest) > 0 {
		p.Updated = p.Day(newest[0].Changed)
	}
	return nil
}

// zoneOf gives the dialogue's first zone, by which the program tells the time.
func (p *Page) zoneOf() when.Zone { return when.ToldIn(p.Dialogue.Value.Zones) }
