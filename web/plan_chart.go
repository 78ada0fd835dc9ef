package web

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"entente/internal/when"
	"entente/project"

	"entente/internal/timeline"
)

// A drawing may be so high, in its own units, that its words are still nine points high when it
// is drawn smaller to go on one sheet of A3; eight where that spares a second sheet.
const (
	sheetHeight = 1040
	oneSheet    = 1180
)

// draw draws the plan, cut into several sheets where it is long.
func (p *PlanPage) draw(got project.PlanPage, n int) ([]template.HTML, error) {
	var out []template.HTML
	for i, sheet := range sheets(p.chart(got, n)) {
		sheet.ID = "plan-" + strconv.Itoa(i+1)
		var b strings.Builder
		if err := timeline.Draw(&b, sheet); err != nil {
			return nil, err
		}
		out = append(out, template.HTML(b.String())) // timeline escapes whatever it is given
	}
	return out, nil
}

// sheets cuts a plan so that the last sheet of a few is not left with a line or two.
func sheets(plan timeline.Plan) []timeline.Plan {
	if one := timeline.Sheets(plan, oneSheet); len(one) == 1 {
		return one
	}
	out := timeline.Sheets(plan, sheetHeight)
	for h := sheetHeight - 40.0; h > sheetHeight/2 && len(out) < 5; h -= 40 {
		lower := timeline.Sheets(plan, h)
		if len(lower) > len(out) {
			break
		}
		out = lower
	}
	return out
}

// chart makes what is drawn of the rows in their groups.
func (p *PlanPage) chart(got project.PlanPage, n int) timeline.Plan {
	c := timeline.Plan{
		Lang: p.Lang, Title: p.T("plan.chart.title", "plan", p.Head.Title.Text),
		Desc:  p.T("plan.chart.desc", "n", n),
		Words: p.chartWords(got),
		Today: dayIn(got.Now, p.zoneOf()),
	}
	var lo, hi time.Time
	reach := func(first, last time.Time) {
		if first.IsZero() {
			return
		}
		if lo.IsZero() || first.Before(lo) {
			lo = first
		}
		if last.After(hi) {
			hi = last
		}
	}
	for _, g := range p.Groups {
		group := timeline.Group{Title: g.Title.Text, Lang: g.Title.Lang}
		for _, row := range g.Rows {
			r := p.chartRow(row)
			reach(r.From, r.To)
			if r.Baseline != nil {
				reach(r.Baseline.From, r.Baseline.To)
			}
			group.Rows = append(group.Rows, r)
		}
		c.Groups = append(c.Groups, group)
	}
	p.placeToday(&c, got, lo, hi)
	return c
}

// placeToday keeps today's line on the drawing of a phase that runs, and says it in words where
// today lies outside the drawing.
func (p *PlanPage) placeToday(c *timeline.Plan, got project.PlanPage, lo, hi time.Time) {
	if lo.IsZero() {
		return
	}
	today := c.Today
	if today.After(hi) && got.Phase.Value.State == "running" {
		c.To = time.Date(today.Year(), today.Month()+1, 0, 0, 0, 0, 0, time.UTC)
		return
	}
	switch day := when.DateOf(today).Words(p.Lang); {
	case today.After(hi):
		p.Today = p.T("plan.today-after", "date", day)
	case today.Before(lo):
		p.Today = p.T("plan.today-before", "date", day)
	}
}

func (p *PlanPage) chartRow(row PlanRow) timeline.Row {
	a := row.value
	r := timeline.Row{
		ID: row.ID, Title: strings.TrimSpace(row.Code + " " + row.Title.Text), Lang: row.Title.Lang, Href: p.To("/activities/", row.ID),
		State: string(a.State), StateWords: row.State.Word, When: row.When, Note: p.chartNote(row),
	}
	r.From, r.To = project.Bounds(a.Starts, a.Ends)
	r.Unknown = r.From.IsZero()
	r.FromVague = vague(a.Starts)
	r.ToVague = vague(a.Ends) || a.Ends.IsZero() && vague(a.Starts)
	if l := row.change.Was; l != nil {
		if first, last := project.Bounds(l.Starts, l.Ends); !first.IsZero() {
			r.Baseline = &timeline.Span{From: first, To: last}
		}
	}
	for _, d := range a.DependsOn {
		r.DependsOn = append(r.DependsOn, string(d))
	}
	return r
}

// chartNote says beside the bar what the bed behind it shows.
func (p *PlanPage) chartNote(row PlanRow) string {
	switch row.change.Drift {
	case project.Moved, project.Undated:
		return p.T("plan.note.endorsed", "date", row.Was)
	case project.Added:
		if p.Was != "" {
			return p.T("plan.note.added")
		}
	}
	return ""
}

// vague says whether the day is not known.
func vague(d when.Date) bool {
	return !d.IsZero() && (d.Precision() != when.Day || d.About() || d.Inferred())
}

func (p *PlanPage) chartWords(got project.PlanPage) timeline.Words {
	w := timeline.Words{
		Today: p.T("plan.chart.today"), Unknown: p.T("plan.date-unknown"), Empty: p.T("plan.none-fit"), Continued: p.T("plan.chart.continued"),
		Vague: p.T("plan.chart.vague"), DependsOn: p.T("plan.chart.depends"),
		Year:  func(y int) string { return p.Date(when.Date(fmt.Sprintf("%04d", y))) },
		Month: func(y int, m time.Month) string { return p.Date(when.Date(fmt.Sprintf("%04d-%02d", y, int(m)))) },
	}
	if got.Baseline != nil {
		w.Baseline = p.T("plan.chart.baseline", "n", got.Baseline.Value.Version)
	}
	copy(w.Months[:], strings.Fields(p.T("plan.chart.months")))
	return w
}

// dayIn gives the civil day of a moment in a zone.
func dayIn(t time.Time, z when.Zone) time.Time {
	y, m, d := t.In(z.Location()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
