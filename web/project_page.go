package web

import (
	"html/template"
	"slices"

	"entente/access"
	"entente/internal/ref"
	"entente/project"
)

// projectRoutes are the project, its phases and what they are to bring about.
var projectRoutes = []Route{
	get("/project", All, "", (*Server).projectPage),
	get("/phases/{id}", All, "id=phase/mmsp-2", (*Server).phasePage),
	get("/results/{id}", All, "id=result/output-regular", (*Server).resultPage),
}

// ProjectPage shows what supports the dialogue: the projects, and their phases as one line.
type ProjectPage struct {
	Page
	Projects   []ProjectView
	Line       []PhaseStep
	FocusAreas []FocusView
	Acts       map[ref.ID]Acts // of projects and focus areas
	NewProject string
	NewPhase   string
	NewArea    string
}

// ProjectView is a project as it describes itself.
type ProjectView struct {
	ID          ref.ID
	Name, Other Said
	Description template.HTML
	Tongue      string
	Owed        Owed
}

// PhaseStep is a phase on the line.
type PhaseStep struct {
	ID      ref.ID
	Class   string
	Name    Said
	Other   Said
	When    string
	Note    Said // how the dates are known
	State   StateWord
	Donor   []Link
	By      []Link
	Areas   []Said
	Follows Said // the phase it builds on
}

// FocusView is a focus area with the phases that work in it.
type FocusView struct {
	ID          ref.ID
	Name        Said
	Description template.HTML
	Tongue      string
	Phases      []Link
}

func (s *Server) projectPage(r *Request) error {
	r.in("project")
	p := ProjectPage{Page: r.Page}
	p.Title = p.T("room.project")
	phases, err := s.projects.Phases(r.Context(), r.Who, p.Dialogue.ID)
	if err != nil {
		return err
	}
	areas, err := s.projects.FocusAreas(r.Context(), r.Who, p.Dialogue.ID)
	if err != nil {
		return err
	}
	projects, err := s.projects.Projects(r.Context(), r.Who, p.Dialogue.ID)
	if err != nil {
		return err
	}
	line := project.Line(phases)
	var ids []ref.ID
	for _, o := range line {
		ids = append(ids, o.ID, ref.ID(o.Value.Donor))
		ids = append(ids, idsOf(o.Value.Implementers...)...)
	}
	ns, err := s.named(r, ids...)
	if err != nil {
		return err
	}
	for _, o := range line {
		p.Line = append(p.Line, phaseStep(p.Words, o, ns, areas))
	}
	for _, o := range newestFirst(projects, line) {
		v := ProjectView{ID: o.ID, Name: say(o.Value.Name, r.Lang), Other: inOther(o.Value.Name, r.Lang)}
		v.Owed = p.owed(v.Name)
		v.Description, v.Tongue = prose(p.Words, o.Value.Description)
		p.Projects = append(p.Projects, v)
	}
	for _, o := range areas {
		v := FocusView{ID: o.ID, Name: say(o.Value.Name, r.Lang), Phases: ns.briefsTo(p.Words, idsOf(o.Value.Phases...)...)}
		v.Description, v.Tongue = prose(p.Words, o.Value.Description)
		p.FocusAreas = append(p.FocusAreas, v)
	}
	if len(p.Projects) > 0 {
		p.Describe = p.Projects[0].Name.Text
	}
	if p.Reader.Team {
		p.NewProject, p.NewPhase, p.NewArea = p.To("/new/project"), p.To("/new/phase"), p.To("/new/focus-area")
	}
	if p.Acts, err = s.acts(r, append(headersOf(projects), headersOf(areas)...)...); err != nil {
		return err
	}
	return s.ok(r, "project", p)
}

// newestFirst puts the project whose phase is the last of the line first: it is what the dialogue
// has now.
func newestFirst(projects []access.Object[project.Project], line []access.Object[project.Phase]) []access.Object[project.Project] {
	newest := func(o access.Object[project.Project]) (at int) {
		for i, ph := range line {
			if ref.ID(ph.Value.Project) == o.ID {
				at = i + 1
			}
		}
		return at
	}
	out := slices.Clone(projects)
	slices.SortStableFunc(out, func(x, y access.Object[project.Project]) int { return newest(y) - newest(x) })
	return out
}

func phaseStep(w Words, o access.Object[project.Phase], ns names, areas []access.Object[project.FocusArea]) PhaseStep {
	v := PhaseStep{
		ID: o.ID, Name: say(o.Value.Name, w.Lang), Other: inOther(o.Value.Name, w.Lang), When: w.Span(o.Value.Starts, o.Value.Ends),
		State: stateWord(w, "phase", string(o.Value.State)), Note: say(o.Value.DateNote, w.Lang),
		Donor: ns.linksTo(w, ref.ID(o.Value.Donor)), By: ns.linksTo(w, idsOf(o.Value.Implementers...)...),
	}
	if t, ok := ns[ref.ID(o.Value.Follows)]; ok {
		v.Follows = briefTo(w, t).Said
	}
	if v.When == "" {
		v.When = w.T("project.dates-unknown")
	}
	switch o.Value.State {
	case "running":
		v.Class = "here"
	case "ended":
		v.Class = "ended"
	}
	for _, a := range areas {
		for _, ph := range a.Value.Phases {
			if ref.ID(ph) == o.ID {
				v.Areas = append(v.Areas, say(a.Value.Name, w.Lang))
			}
		}
	}
	return v
}
