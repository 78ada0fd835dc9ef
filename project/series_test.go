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
		{nil, object("2021", "2021~", "2021?", "2021%"), 3},
		{object("2021", "2021~"), object("2021?", "2021"), 0},
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
		{"60", []project.Part{part("f", "70")}, "70 of 60: -10"},
		{"-5", []project.Part{part("f", "2")}, ""},
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

// TestBasesGap: what the parts of a percentage are shares of makes what the whole is a share of.
func TestBasesGap(t *testing.T) {
	sex := project.Dimension{Code: "sex", Parts: []project.Category{{Code: "f"}, {Code: "m"}}}
	part := func(category string, n, of amount.Decimal) project.Part {
		return project.Part{Dimension: "sex", Category: category, Numerator: n, Denominator: of}
	}
	for _, c := range []struct {
		of    amount.Decimal
		parts []project.Part
		want  string
	}{
		{"10", []project.Part{part("f", "3", "5"), part("m", "3", "4")}, "true 9 of 10: 1"},
		{"8", []project.Part{part("f", "3", "5"), part("m", "3", "4")}, "true 9 of 8: -1"},
		{"9", []project.Part{part("f", "3", "5"), part("m", "3", "4")}, ""},
		{"9", []project.Part{part("f", "3", "5"), part("m", "2", "4")}, "false 5 of 6: 1"},
		{"10", []project.Part{part("f", "3", "5"), part("m", "3", "")}, ""},
		{"", []project.Part{part("f", "3", "5"), part("m", "3", "4")}, ""},
	} {
		i := project.Indicator{Measure: project.Percentage, Dimensions: []project.Dimension{sex}}
		got := ""
		for _, g := range i.Gaps(project.Value{Numerator: "6", Denominator: c.of, Parts: c.parts}) {
			got += fmt.Sprint(g.Bases, " ", g.Parts, " of ", g.Whole, ": ", g.Rest)
		}
		if got != c.want {
			t.Errorf("of %s, %v: %q, want %q", c.of, c.parts, got, c.want)
		}
	}
}

// TestPartOnce: a part has one figure; what had two before can be changed around it.
func TestPartOnce(t *testing.T) {
	part := func(category string) project.Part {
		return project.Part{Dimension: "sex", Category: category, Amount: "1"}
	}
	object := func(ps ...project.Part) *access.Object[project.Indicator] {
		v := project.Value{Amount: "2", Parts: ps}
		return &access.Object[project.Indicator]{Value: project.Indicator{Baseline: v, Targets: []project.Value{v}, Values: []project.Value{v}}}
	}
	twice := object(part("f"), part("m"), part("f"))
	err := project.Indicators.Guard(nil, twice, "indicator.create")
	if e, _ := err.(*fault.Error); e == nil || len(e.Fields) != 3 || e.Fields[0].Path != "targets.0.parts.2.category" {
		t.Errorf("a part twice: %v", err)
	}
	for _, old := range []*access.Object[project.Indicator]{twice, object(part("f"))} {
		err := project.Indicators.Guard(old, twice, "indicator.edit")
		if (err == nil) != (old == twice) {
			t.Errorf("%v: %v", old.Value.Baseline.Parts, err)
		}
	}
	if err := project.Indicators.Guard(nil, object(part("f"), part("m")), "indicator.create"); err != nil {
		t.Error(err)
	}
}

// TestDoubts: a part below zero, more than the whole, and another figure that may be of the same time.
func TestDoubts(t *testing.T) {
	at := func(d when.Date, n amount.Decimal) project.Value { return project.Value{Date: d, Amount: n} }
	i := project.Indicator{Measure: project.Number}
	for _, c := range []struct {
		v      project.Value
		others []project.Value
		want   string
	}{
		{at("2021", "60"), []project.Value{at("2021", "60"), at("2020", "1"), at("2021-12", "63"), at("", "7")}, "[2021-12]"},
		{at("2021-12", "63"), []project.Value{at("2021-11", "2"), at("2021~", "60")}, "[2021~]"},
		{at("", "1"), []project.Value{at("", "1"), at("", "2"), at("2021", "3")}, "[]"},
		{at("2018", "60"), []project.Value{at("2018", "40"), at("2018", "60.0"), {Date: "2018"}}, "[2018]"},
		{project.Value{Date: "2018"}, []project.Value{at("2018", "40")}, "[]"},
	} {
		var got []when.Date
		d := i.Doubts(c.v, c.others...)
		for _, o := range d.Beside {
			got = append(got, o.Date)
		}
		if fmt.Sprint(got) != c.want || c.v.Date == "" && len(d.Beside) != 1 {
			t.Errorf("%v: beside it %v, want %s", c.v, got, c.want)
		}
	}
	below := project.Value{Amount: "60", Parts: []project.Part{{Category: "f", Amount: "70"}, {Category: "m", Amount: "-10"}}}
	if d := i.Doubts(below); len(d.Below) != 1 || d.Below[0].Category != "m" || d.Over {
		t.Errorf("%+v", d)
	}
	if below.Amount = "-60"; len(i.Doubts(below).Below) != 0 {
		t.Error("the parts of a fall are below zero")
	}
	share := project.Indicator{Measure: project.Percentage}
	for n, want := range map[amount.Decimal]bool{"120": true, "100": false, "80": false, "": false} {
		if share.Doubts(project.Value{Numerator: n, Denominator: "100"}).Over != want {
			t.Errorf("%s of 100: over is not %v", n, want)
		}
	}
}
