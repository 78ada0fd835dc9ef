package project_test

import (
	"fmt"
	"testing"

	"entente/access"
	"entente/internal/amount"
	"entente/internal/fault"
	"entente/internal/when"
	"entente/project"
)

// TestSeries: figures stand by date, and those without one last.
func TestSeries(t *testing.T) {
	var got []when.Date
	for _, v := range project.Series([]project.Value{{Date: "2021"}, {}, {Date: "2019-05"}, {Date: "2020"}}) {
		got = append(got, v.Date)
	}
	if fmt.Sprint(got) != "[2019-05 2020 2021 ]" {
		t.Error(got)
	}
}

// TestDateOnce: a series has one figure a date; an indicator that had two before can be changed.
func TestDateOnce(t *testing.T) {
	object := func(dates ...when.Date) *access.Object[project.Indicator] {
		o := &access.Object[project.Indicator]{}
		for _, d := range dates {
			o.Value.Values = append(o.Value.Values, project.Value{Date: d})
		}
		return o
	}
	for _, c := range []struct {
		old, new *access.Object[project.Indicator]
		want     int
	}{
		{nil, object("2020", "2021", "", ""), 0},
		{nil, object("2021", "2021"), 1},
		{object("2021"), object("2021", "2020", "2021"), 1},
		{object("2021", "2021"), object("2021", "2021"), 0},
		{object("2021", "2021"), object("2021", "2021", "2021"), 1},
	} {
		err := project.Indicators.Guard(c.old, c.new, "indicator.edit")
		e, _ := err.(*fault.Error)
		if (err != nil) != (c.want > 0) || e != nil && len(e.Fields) != c.want {
			t.Errorf("%v: %v", c.new.Value.Values, err)
		}
	}
}

// TestGaps: parts that are all said and do not make the figure are told, with what is in none.
func TestGaps(t *testing.T) {
	sex := project.Dimension{Code: "sex", Parts: []project.Category{{Code: "f"}, {Code: "m"}}}
	part := func(category string, n amount.Decimal) project.Part {
		return project.Part{Dimension: "sex", Category: category, Amount: n, Numerator: n}
	}
	for _, c := range []struct {
		whole amount.Decimal
		parts []project.Part
		want  string
	}{
		{"60", []project.Part{part("f", "20"), part("m", "30")}, "50 of 60: 10"},
		{"45", []project.Part{part("f", "20"), part("m", "30")}, "50 of 45: -5"},
		{"50", []project.Part{part("f", "20"), part("m", "30.0")}, ""},
		{"60", []project.Part{part("f", "20")}, ""}, // not complete
		{"", []project.Part{part("f", "20"), part("m", "30")}, ""},
		{"7", []project.Part{part("f", "0"), part("m", "0")}, "0 of 7: 7"},
		{"7", nil, ""},
	} {
		for _, m := range []project.Measure{project.Number, project.Percentage} {
			i := project.Indicator{Measure: m, Dimensions: []project.Dimension{sex}}
			got := ""
			for _, g := range i.Gaps(project.Value{Amount: c.whole, Numerator: c.whole, Parts: c.parts}) {
				got += fmt.Sprint(g.Parts, " of ", g.Whole, ": ", g.Rest)
			}
			if got != c.want {
				t.Errorf("%s of %v (%s): %q, want %q", c.whole, c.parts, m, got, c.want)
			}
		}
	}
}
