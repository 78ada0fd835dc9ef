package web

import (
	"strconv"
	"strings"

	"entente/access"
	"entente/internal/amount"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/project"
)

// The logframe as tables show it: on a phase's page, and on the pages of single results.

// ResultRow is a result at its place in the logframe, with its indicators.
type ResultRow struct {
	ID          ref.ID
	Depth       string // class that sets it in
	Level       string
	Code        string
	Title       Said
	Assumptions []Said
	Indicators  []IndicatorRow
}

// IndicatorRow is an indicator with what was agreed and what came about.
type IndicatorRow struct {
	ID       ref.ID
	Code     string
	Title    Said
	Unit     Said
	Baseline ValueView
	Targets  []ValueView
	Values   []ValueView
	Source   Said // of data
}

// ValueView is a figure in words: "80.0% (4 of 5)", with its date, parts and source.
type ValueView struct {
	Words
	Figure  Said
	When    string
	Parts   []PartView
	Gaps    []string // what contradicts it: parts that do not make the figure, another figure of the time
	Source  Said
	None    bool
	InWords bool // a sentence, not a number
}

// Nothing says whether nothing at all is stated: neither a figure nor when or by whom one was sought.
func (v ValueView) Nothing() bool {
	return v.None && v.When == "" && v.Source.Text == "" && len(v.Parts) == 0
}

// PartView is the figure of one part of a disaggregated value.
type PartView struct {
	Name  Said
	Value string
}

func resultRows(w Words, tree []project.Branch) []ResultRow {
	var out []ResultRow
	for _, b := range tree {
		row := ResultRow{
			ID: b.ID, Depth: "depth-" + strconv.Itoa(min(b.Depth, 3)), Level: capital(w.Option("result", "level", string(b.Value.Level))),
			Code: b.Value.Code, Title: say(b.Value.Title, w.Lang), Assumptions: sayAll(b.Value.Assumptions, w.Lang),
		}
		for _, i := range b.Indicators {
			row.Indicators = append(row.Indicators, indicatorRow(w, i))
		}
		out = append(out, row)
	}
	return out
}

func indicatorRow(w Words, o access.Object[project.Indicator]) IndicatorRow {
	v := o.Value
	row := IndicatorRow{ID: o.ID, Code: v.Code, Title: say(v.Title, w.Lang), Unit: say(v.Unit, w.Lang), Source: say(v.DataSource, w.Lang)}
	row.Baseline = valueView(w, v, v.Baseline, v.Values...)
	for _, t := range project.Series(v.Targets) {
		row.Targets = append(row.Targets, valueView(w, v, t, v.Targets...))
	}
	for _, t := range project.Series(v.Values) {
		row.Values = append(row.Values, valueView(w, v, t, append([]project.Value{v.Baseline}, v.Values...)...))
	}
	return row
}

func valueView(w Words, i project.Indicator, v project.Value, others ...project.Value) ValueView {
	out := ValueView{Words: w, When: w.Date(v.Date), Source: say(v.Source, w.Lang)}
	switch {
	case !v.Words.Empty():
		out.Figure, out.InWords = say(v.Words, w.Lang), true
	default:
		out.Figure.Text = figure(w, v.Amount, v.Numerator, v.Denominator)
	}
	out.None = out.Figure.Text == ""
	for _, p := range v.Parts {
		out.Parts = append(out.Parts, PartView{partName(i, p, w.Lang), figure(w, p.Amount, p.Numerator, p.Denominator)})
	}
	for _, g := range i.Gaps(v) {
		less, more, rest := "project.parts-less", "project.parts-more", g.Rest
		if g.Bases {
			less, more = "project.bases-less", "project.bases-more"
		}
		key := less
		if over, ok := strings.CutPrefix(string(rest), "-"); ok {
			key, rest = more, amount.Decimal(over)
		}
		out.Gaps = append(out.Gaps, w.T(key, "dimension", say(g.Dimension.Name, w.Lang).Text,
			"parts", g.Parts.Words(w.Lang), "whole", g.Whole.Words(w.Lang), "rest", rest.Words(w.Lang)))
	}
	d := i.Doubts(v, others...)
	for _, p := range d.Below {
		out.Gaps = append(out.Gaps, w.T("project.part-below", "name", partName(i, p, w.Lang).Text))
	}
	if d.Over {
		out.Gaps = append(out.Gaps, w.T("project.share-over"))
	}
	var beside []string
	for _, o := range d.Beside {
		n := figure(w, o.Amount, o.Numerator, o.Denominator)
		if o.Date != "" {
			n = w.T("project.beside-one", "date", w.Date(o.Date), "figure", n)
		}
		beside = append(beside, n)
	}
	switch {
	case len(beside) > 0 && v.Date == "":
		out.Gaps = append(out.Gaps, w.T("project.beside-undated", "list", w.list(beside)))
	case len(beside) > 0:
		out.Gaps = append(out.Gaps, w.T("project.beside", "list", w.list(beside)))
	}
	return out
}

// figure writes an exact number, or a share with what it is made of.
func figure(w Words, a, num, den amount.Decimal) string {
	if share, ok := amount.Percent(num, den); ok {
		return w.T("project.share", "percent", share, "part", num.Words(w.Lang), "whole", den.Words(w.Lang))
	}
	return a.Words(w.Lang)
}

// partName gives the name of a category, or its code where the dimension does not name it.
func partName(i project.Indicator, p project.Part, lang text.Lang) Said {
	for _, d := range i.Dimensions {
		for _, c := range d.Parts {
			if d.Code == p.Dimension && c.Code == p.Category {
				return say(c.Name, lang)
			}
		}
	}
	return Said{Text: p.Category}
}
