package web

import (
	"entente/internal/ref"
	"entente/project"
)

// planRoutes are the work plan, its endorsed versions and its activities.
var planRoutes = []Route{
	get("/plans", All, "", (*Server).plansPage),
	get("/plans/{id}", All, "id=plan/plan-2", (*Server).planPage),
	get("/plans/{id}/endorse", Team, "id=plan/plan-2", (*Server).endorsePage),
	pins(post("/plans/{id}/endorse", Team, "id=plan/plan-2", (*Server).endorsePost)),
	get("/baselines/{id}", All, "id=baseline/plan-2-v1", (*Server).baselinePage),
	get("/activities/{id}", All, "id=activity/law-seminar", (*Server).activityPage),
}

// PlansPage lists the work plans that the reader may read.
type PlansPage struct {
	Page
	Rows []PlanSummary
	New  string
}

// PlanSummary is one work plan in the list.
type PlanSummary struct {
	Path    string
	Title   Said
	Phase   Said
	When    string
	Version string
	State   StateWord
	Total   int
	Counts  string // activities by state, in words
}

func (s *Server) plansPage(r *Request) error {
	r.in("plan")
	p := PlansPage{Page: r.Page}
	p.Title = p.T("room.plan")
	plans, err := s.projects.Plans(r.Context(), r.Who, p.Dialogue.ID)
	if err != nil {
		return err
	}
	if len(plans) == 1 && !p.Reader.Team { // nothing to choose from
		return r.redirect("/plans/" + plans[0].ID)
	}
	phases, err := s.projects.Phases(r.Context(), r.Who, p.Dialogue.ID)
	if err != nil {
		return err
	}
	counts, err := s.projects.Counts(r.Context(), r.Who, p.Dialogue.ID)
	if err != nil {
		return err
	}
	var ids []ref.ID
	for _, o := range plans {
		ids = append(ids, o.ID)
	}
	states, err := s.planStates(r, ids...)
	if err != nil {
		return err
	}
	for _, o := range plans {
		row := PlanSummary{Path: "/plans/" + o.ID, Title: say(o.Value.Title, r.Lang), Version: p.T("plan.version", "n", o.Value.Version), State: states.of(o.ID, string(o.Value.State))}
		for _, ph := range phases {
			if ph.ID == ref.ID(o.Value.Phase) {
				row.Phase, row.When = say(ph.Value.Name, r.Lang), p.Span(ph.Value.Starts, ph.Value.Ends)
			}
		}
		row.Total, row.Counts = countWords(p.Words, counts, o.Value.Phase)
		p.Rows = append(p.Rows, row)
	}
	if p.Reader.Team {
		p.New = p.To("/new/plan")
	}
	return s.ok(r, "plan_list", p)
}

// countWords says how many activities of a phase stand in which state.
func countWords(w Words, counts []project.Count, phase ref.Phase) (total int, words string) {
	for _, state := range project.ActivityState("").Options() {
		for _, c := range counts {
			if c.Phase != phase || string(c.State) != state {
				continue
			}
			if words != "" {
				words += w.T("list.comma")
			}
			words += w.T("plan.count-state", "state", w.Option("activity", "state", state), "n", c.N)
			total += c.N
		}
	}
	return total, words
}

// planStates is how the states of plans are shown: of one that stands endorsed by a file alone, which neither
// side stated here, everywhere as recorded.
type planStates struct {
	Words
	recorded map[ref.ID]bool
}

func (s *Server) planStates(r *Request, ids ...ref.ID) (planStates, error) {
	recorded, err := s.projects.Recorded(r.Context(), r.Who, ids...)
	return planStates{r.Page.Words, recorded}, err
}

func (p planStates) word(id ref.ID, state string) string {
	if p.recorded[id] {
		return p.T("plan.state-recorded")
	}
	return p.Option("plan", "state", state)
}

func (p planStates) of(id ref.ID, state string) StateWord {
	out := stateWord(p.Words, "plan", state)
	out.Word = capital(p.word(id, state))
	return out
}
