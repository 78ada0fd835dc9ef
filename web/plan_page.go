package web

import (
	"html/template"
	"net/url"
	"slices"

	"entente/access"
	"entente/internal/ref"
	"entente/project"
	"entente/roster"
)

// PlanPage is the work plan on a page: a drawing, the same as a table, and what changed since it
// was endorsed.
type PlanPage struct {
	Page
	Head     Head
	State    StateWord
	Standing string // version, state and endorsed version, in a sentence
	Baseline *Link
	Recorded string // that the endorsed version was recorded by the operator
	Drift    string // what became of the endorsed activities, in a sentence
	Note     template.HTML
	Tongue   string

	Areas, Sides, Types, States, Groupings []Option
	Filtered                               bool
	Clear                                  string
	Count                                  string

	Drawings []template.HTML
	Sheet    string // second line of the printed sheet's heading
	Today    string // said where today lies outside the drawing
	Was      string // head of the column of endorsed dates; empty: no endorsed version
	Serves   bool   // some activity serves a result
	Columns  int
	Groups   []PlanGroup
	Changes  []ChangeRow
}

// PlanGroup is a focus area, a result or a lead institution with its activities.
type PlanGroup struct {
	Title Said
	Rows  []PlanRow
}

// PlanRow is one activity of the plan.
type PlanRow struct {
	ID     ref.ID
	Code   string
	Title  Said
	Type   string
	Place  Said
	When   string
	Day    string
	Unset  bool // no date
	Note   Said // how the date is known
	Was    string
	WasNot string // why there is no endorsed date
	Same   bool   // the dates are those endorsed
	State  StateWord
	Lead   []Link
	With   []Link
	Serves []ResultTag
	Waits  []WaitTag

	change project.Change
	value  *project.Activity
}

// ResultTag names a result briefly.
type ResultTag struct {
	ID    ref.ID
	Code  string
	Title Said
}

// WaitTag names an activity that another waits for.
type WaitTag struct {
	ID    ref.ID
	Title Said
}

// ChangeRow is one activity that no longer stands as it was endorsed.
type ChangeRow struct {
	Path  string // empty: removed
	Title Said
	Was   string
	Now   string
	What  string
}

// planSources is what the page needs beside the plan to name things.
type planSources struct {
	areas        []access.Object[project.FocusArea]
	results      []project.Branch
	sides        []access.Object[roster.Side]
	institutions []access.Object[roster.Institution]
	register     roster.Register
	names        names // of institutions and activities
}

func (s *Server) planPage(r *Request) error {
	src, err := s.planSources(r)
	if err != nil {
		return err
	}
	p := PlanPage{Page: r.Page}
	q := p.filter(r.URL.Query(), src)
	got, err := s.projects.Page(r.Context(), r.Who, ref.Plan(r.PathValue("id")), q)
	if err != nil {
		return err
	}
	logframe, err := s.projects.Logframe(r.Context(), r.Who, got.Plan.Value.Phase)
	if err != nil {
		return err
	}
	src.results = logframe.Tree()
	if err := s.planHead(r, &p, got); err != nil {
		return err
	}
	for _, a := range got.All {
		src.names[a.ID] = access.Title{ID: a.ID, Kind: a.Kind, Text: a.Value.Title.Get(r.Lang), Lang: say(a.Value.Title, r.Lang).Lang, Short: a.Value.Code}
	}
	changes := project.Compare(got.Frozen, got.Removed, got.All)
	p.offer(r, got, src)
	group := groupBy(r.URL.Query().Get("group"))
	p.Groups = p.groups(group, p.rows(got, changes, src), src)
	p.compare(got, changes)
	p.Columns = 4 + btoi(p.Was != "") + btoi(p.Serves)
	p.sheetWords(got)
	if p.Drawings, err = p.draw(got, len(got.Chosen)); err != nil {
		return err
	}
	return s.ok(r, "plan", p)
}

// planSources reads the register and the focus areas.
func (s *Server) planSources(r *Request) (src planSources, err error) {
	d := r.Page.Dialogue.ID
	if src.areas, err = s.projects.FocusAreas(r.Context(), r.Who, d); err != nil {
		return src, err
	}
	if src.sides, err = s.roster.Sides(r.Context(), r.Who, d, r.Lang); err != nil {
		return src, err
	}
	if src.institutions, err = s.roster.Institutions(r.Context(), r.Who, d, r.Lang); err != nil {
		return src, err
	}
	src.register = roster.NewRegister(src.institutions)
	src.names = names{}
	for _, o := range src.institutions {
		name := o.Value.Name()
		short := o.Value.Short.Get(r.Lang)
		if short == "" {
			short = name.Get(r.Lang)
		}
		src.names[o.ID] = access.Title{ID: o.ID, Kind: o.Kind, Text: name.Get(r.Lang), Lang: say(name, r.Lang).Lang, Short: short}
	}
	return src, nil
}

// filter reads what is wanted. A word that is no choice chooses nothing.
func (p *PlanPage) filter(q url.Values, src planSources) project.Filter {
	f := project.Filter{SideOn: src.register.SideOn}
	if v := q.Get("focus"); slices.ContainsFunc(src.areas, func(o access.Object[project.FocusArea]) bool { return o.ID == v }) {
		f.FocusArea = ref.FocusArea(v)
	}
	if v := q.Get("side"); slices.ContainsFunc(src.sides, func(o access.Object[roster.Side]) bool { return o.ID == v }) {
		f.Side = ref.Side(v)
	}
	if v := q.Get("type"); slices.Contains(project.ActivityType("").Options(), v) {
		f.Type = project.ActivityType(v)
	}
	if v := q.Get("state"); slices.Contains(project.ActivityState("").Options(), v) {
		f.State = project.ActivityState(v)
	}
	p.Filtered = f.FocusArea != "" || f.Side != "" || f.Type != "" || f.State != ""
	return f
}

// The groupings of the plan.
const (
	byFocus  = "focus"
	byResult = "result"
	byLead   = "lead"
)

func groupBy(s string) string {
	if s == byResult || s == byLead {
		return s
	}
	return byFocus
}

// offer fills the filters with what occurs in the plan.
func (p *PlanPage) offer(r *Request, got project.PlanPage, src planSources) {
	q := r.URL.Query()
	choose := func(name, value, text string) Option { return Option{value, text, q.Get(name) == value} }
	for _, o := range src.areas {
		if slices.ContainsFunc(got.All, func(a access.Object[project.Activity]) bool { return ref.ID(a.Value.FocusArea) == o.ID }) {
			p.Areas = append(p.Areas, choose("focus", o.ID, say(o.Value.Name, r.Lang).Text))
		}
	}
	for _, o := range src.sides {
		p.Sides = append(p.Sides, choose("side", o.ID, say(o.Value.Name, r.Lang).Text))
	}
	for _, v := range project.ActivityType("").Options() {
		if slices.ContainsFunc(got.All, func(a access.Object[project.Activity]) bool { return string(a.Value.Type) == v }) {
			p.Types = append(p.Types, choose("type", v, capital(p.Option("activity", "type", v))))
		}
	}
	for _, v := range project.ActivityState("").Options() {
		if slices.ContainsFunc(got.All, func(a access.Object[project.Activity]) bool { return string(a.Value.State) == v }) {
			p.States = append(p.States, choose("state", v, capital(p.Option("activity", "state", v))))
		}
	}
	group := groupBy(q.Get("group"))
	for _, v := range []string{byFocus, byResult, byLead} {
		p.Groupings = append(p.Groupings, Option{v, p.T("plan.group." + v), v == group})
	}
	p.Clear = p.To("/plans/", got.Plan.ID)
	if group != byFocus {
		p.Clear += "?group=" + group
	}
	p.Count = p.T("plan.count", "n", len(got.All))
	if p.Filtered {
		p.Count = p.T("plan.count-of", "shown", len(got.Chosen), "n", len(got.All))
	}
}

// planHead fills the head and says where the plan stands.
func (s *Server) planHead(r *Request, p *PlanPage, got project.PlanPage) error {
	o := got.Plan
	trail := []Link{{Said: plainly(p.T("room.plan")), Path: "/plans"}}
	if got.Phase.ID != "" {
		name := got.Phase.Value.Short
		if name.Empty() {
			name = got.Phase.Value.Name
		}
		trail = append(trail, Link{Said: say(name, r.Lang), Path: "/phases/" + got.Phase.ID})
	}
	head, err := s.head(r, o.Header, say(o.Value.Title, r.Lang), trail...)
	if err != nil {
		return err
	}
	r.titled(&head, o.Value.Title)
	r.inRoom("plan", head, Said{})
	p.Page, p.Head = r.Page, head
	recorded := got.Recorded && o.Value.State == project.PlanEndorsed
	p.State = planStates{p.Words, map[ref.ID]bool{o.ID: recorded}}.of(o.ID, string(o.Value.State))
	p.Standing = p.T("plan.stands."+string(o.Value.State), "n", o.Value.Version)
	if recorded {
		p.Standing = p.T("plan.stands.recorded", "n", o.Value.Version)
	}
	if b := got.Baseline; b != nil {
		day := p.Date(b.Value.Endorsed)
		if day == "" {
			day = p.T("plan.day-unknown")
		}
		p.Baseline = &Link{Said: plainly(p.T("plan.baseline", "n", b.Value.Version, "date", day)), Path: "/baselines/" + b.ID}
		p.Was = p.T("plan.was", "n", b.Value.Version)
		if got.Recorded {
			p.Recorded = p.T("plan.recorded-by")
		}
	}
	p.Note, p.Tongue = prose(p.Words, o.Value.Note)
	if p.Reader.Team {
		p.Head.Main = append(p.Head.Main, Link{Said: plainly(p.T("plan.new-activity")), Path: p.To("/new/activity?phase=", string(o.Value.Phase))})
		if o.Value.State != project.PlanEndorsed {
			p.Head.Main = append(p.Head.Main, Link{Said: plainly(p.T("plan.endorse.go")), Path: p.To("/plans/", o.ID, "/endorse")})
		}
	}
	return nil
}
