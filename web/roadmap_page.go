package web

import (
	"html/template"
	"strconv"

	"entente/access"
	"entente/dialogue"
	"entente/internal/fault"
	"entente/internal/ref"
)

// RoadmapPage shows the roadmap: parallel tracks through successive stages.
type RoadmapPage struct {
	Page
	Head   Head
	Facts  Facts
	Origin template.HTML
	Tongue string
	Stages []Said
	Wide   string // class that says how many stages stand beside each other
	Tracks []TrackView
	Loose  []MilestoneView // of no track or stage that the roadmap names
	None   bool            // there is no roadmap to be read
	New    string
	Acts   map[ref.ID]Acts // of milestones
}

// TrackView is one line of the roadmap with a cell for each stage.
type TrackView struct {
	Name  Said
	Cells []StageCell
}

// StageCell is what a track has to do in a stage.
type StageCell struct {
	Stage      Said
	Milestones []MilestoneView
}

// MilestoneView is a step on a track.
type MilestoneView struct {
	ID     ref.ID
	Title  Said
	Class  string // of the list's sign: done, open, unknown
	State  StateWord
	When   string
	Day    string
	Note   template.HTML
	Lang   string
	Source Said
}

func (s *Server) roadmapPage(r *Request) error {
	r.in("dialogue")
	m, err := s.dialogues.Roadmap(r.Context(), r.Who, r.Page.Dialogue.ID)
	if fault.Is(err, fault.NotFound) {
		p := RoadmapPage{Page: r.Page, None: true}
		p.Title = p.T("section.roadmap")
		if p.Reader.Team {
			p.New = p.To("/new/roadmap")
		}
		return s.ok(r, "roadmap", p)
	}
	if err != nil {
		return err
	}
	o, _, err := s.objects.Get(r.Context(), r.Who, m.Roadmap.ID) // the header with its audience
	if err != nil {
		return err
	}
	road := m.Roadmap.Value
	head, err := s.head(r, o, say(road.Title, r.Lang), Link{Said: plainly(r.Page.T("room.dialogue")), Path: "/dialogue"})
	if err != nil {
		return err
	}
	head.Other = inOther(road.Title, r.Lang)
	r.inRoom("dialogue", head, sayLines(road.Origin, r.Lang))
	p := RoadmapPage{Page: r.Page, Head: head}
	p.Origin, p.Tongue = prose(p.Words, road.Origin)
	p.Facts.Words = p.Words
	p.Facts.add("roadmap.adopted", plainly(p.Date(road.Adopted)))
	p.Facts.multi("field.source", road.Source)
	if p.Reader.Team {
		p.New = p.To("/new/milestone?roadmap=", m.Roadmap.ID)
	}
	p.fill(road, m.Milestones)
	if p.Acts, err = s.acts(r, headersOf(m.Milestones)...); err != nil {
		return err
	}
	return s.ok(r, "roadmap", p)
}

// fill puts the milestones in their places.
func (p *RoadmapPage) fill(road dialogue.Roadmap, list []access.Object[dialogue.Milestone]) {
	for _, st := range road.Stages {
		p.Stages = append(p.Stages, say(st.Name, p.Lang))
	}
	p.Wide = "stages-" + strconv.Itoa(min(len(p.Stages), 6))
	placed := map[ref.ID]bool{}
	for _, t := range road.Tracks {
		v := TrackView{Name: say(t.Name, p.Lang)}
		for i, st := range road.Stages {
			c := StageCell{Stage: p.Stages[i]}
			for _, o := range list {
				if o.Value.Track == t.Code && o.Value.Stage == st.Code {
					c.Milestones = append(c.Milestones, milestoneView(&p.Page, o))
					placed[o.ID] = true
				}
			}
			v.Cells = append(v.Cells, c)
		}
		p.Tracks = append(p.Tracks, v)
	}
	for _, o := range list {
		if !placed[o.ID] {
			p.Loose = append(p.Loose, milestoneView(&p.Page, o))
		}
	}
}

func milestoneView(p *Page, o access.Object[dialogue.Milestone]) MilestoneView {
	v := MilestoneView{
		ID: o.ID, Title: say(o.Value.Title, p.Lang), State: stateWord(p.Words, "milestone", string(o.Value.State)),
		When: p.Date(o.Value.Date), Day: string(o.Value.Date.Bare()), Source: say(o.Value.Source, p.Lang),
	}
	v.Note, v.Lang = prose(p.Words, o.Value.Note)
	switch {
	case o.Value.State != dialogue.Reached:
		v.Class = "open"
		if v.When == "" {
			v.When = p.T("roadmap.date-open")
		}
	case v.When == "":
		v.Class, v.When = "done unknown", p.T("roadmap.date-unknown")
	default:
		v.Class = "done"
	}
	return v
}
