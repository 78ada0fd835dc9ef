package web

import (
	"html/template"

	"entente/access"
	"entente/internal/bidi"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/project"
)

// ResultPage shows one result of the logframe, or one indicator.
type ResultPage struct {
	Page
	Head       Head
	Level      string
	Facts      Facts
	Note       template.HTML
	Tongue     string
	Rows       []IndicatorRow // of a result
	Activities []Link         // that serve a result
	Served     []Link         // results that serve it
	Indicator  *IndicatorRow  // of an indicator
	Tables     []ValueTable
	NewOne     string
}

// ValueTable is the values of an indicator as a table: baseline, targets, what came about.
type ValueTable struct {
	Title  string
	Values []ValueView
	Empty  string
}

// resultPage shows a result or an indicator: both have their page at the same address, since
// both are parts of one logframe.
func (s *Server) resultPage(r *Request) error {
	id := r.PathValue("id")
	got, err := s.projects.Result(r.Context(), r.Who, ref.Result(id), r.Lang)
	if fault.Is(err, fault.NotFound) {
		return s.indicatorPage(r, ref.Indicator(id))
	}
	if err != nil {
		return err
	}
	v := got.Result.Value
	ns, err := s.named(r, ref.ID(v.Phase), ref.ID(v.Serves), ref.ID(v.FocusArea))
	if err != nil {
		return err
	}
	head, err := s.resultHead(r, got.Result.Header, say(v.Title, r.Lang), ns.linksTo(r.Page.Words, ref.ID(v.Phase)))
	if err != nil {
		return err
	}
	r.titled(&head, v.Title)
	r.inRoom("project", head, Said{})
	p := ResultPage{Page: r.Page, Head: head, Level: capital(r.Page.Option("result", "level", string(v.Level)))}
	f := &p.Facts
	f.Words = p.Words
	f.add("field.level", plainly(p.Level))
	f.add("field.code", plainly(v.Code))
	f.links("field.serves", ns.linksTo(p.Words, ref.ID(v.Serves)))
	f.links("field.focus_area", ns.linksTo(p.Words, ref.ID(v.FocusArea)))
	for _, a := range sayAll(v.Assumptions, r.Lang) {
		f.add("project.assumption", a)
	}
	p.Note, p.Tongue = prose(p.Words, v.Note)
	for _, i := range got.Indicators {
		p.Rows = append(p.Rows, indicatorRow(p.Words, i))
	}
	for _, t := range got.Served {
		p.Served = append(p.Served, linkTo(p.Words, t))
	}
	for _, t := range got.Activities {
		p.Activities = append(p.Activities, linkTo(p.Words, t))
	}
	if p.Reader.Team {
		p.NewOne = p.To("/new/indicator?result=", got.Result.ID)
	}
	return s.ok(r, "result", p)
}

func (s *Server) indicatorPage(r *Request, id ref.Indicator) error {
	o, err := s.projects.Indicator(r.Context(), r.Who, id)
	if err != nil {
		return err
	}
	ns, err := s.named(r, ref.ID(o.Value.Result))
	if err != nil {
		return err
	}
	head, err := s.resultHead(r, o.Header, say(o.Value.Title, r.Lang), ns.linksTo(r.Page.Words, ref.ID(o.Value.Result)))
	if err != nil {
		return err
	}
	r.titled(&head, o.Value.Title)
	r.inRoom("project", head, Said{})
	row := indicatorRow(r.Page.Words, o)
	p := ResultPage{Page: r.Page, Head: head, Level: capital(r.Page.T("kind.indicator")), Indicator: &row}
	p.indicator(o.Value, ns)
	return s.ok(r, "result", p)
}

func (p *ResultPage) indicator(v project.Indicator, ns names) {
	f := &p.Facts
	f.Words = p.Words
	f.add("field.code", plainly(v.Code))
	f.links("project.measures", ns.linksTo(p.Words, ref.ID(v.Result)))
	f.add("field.measure", plainly(capital(p.Option("indicator", "measure", string(v.Measure)))))
	f.multi("field.unit", v.Unit)
	f.multi("field.data_source", v.DataSource)
	f.multi("field.frequency", v.Frequency)
	for _, d := range v.Dimensions {
		parts := ""
		for i, c := range d.Parts {
			if i > 0 {
				parts += p.T("list.comma")
			}
			parts += bidi.Isolate(say(c.Name, p.Lang).Text)
		}
		name := say(d.Name, p.Lang)
		f.add("project.dimension", name, plainly(parts))
	}
	p.Note, p.Tongue = prose(p.Words, v.Note)
	p.Tables = []ValueTable{
		{p.T("field.baseline"), nil, p.T("project.no-baseline")},
		{p.T("field.targets"), p.Indicator.Targets, p.T("project.no-targets")},
		{p.T("field.values"), p.Indicator.Values, p.T("project.no-values")},
	}
	if !p.Indicator.Baseline.Nothing() {
		p.Tables[0].Values = []ValueView{p.Indicator.Baseline}
	}
}

// resultHead makes the head of a part of the logframe: its trail leads up to the phase.
func (s *Server) resultHead(r *Request, h access.Header, title Said, up []Link) (Head, error) {
	trail := append([]Link{{Said: plainly(r.Page.T("room.project")), Path: "/project"}}, up...)
	return s.head(r, h, title, trail...)
}
