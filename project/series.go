package project

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"entente/access"
	"entente/internal/amount"
	"entente/internal/fault"
	"entente/internal/when"
)

// Series gives figures in the order of their dates; those without one come last.
func Series(vs []Value) []Value {
	out := slices.Clone(vs)
	slices.SortStableFunc(out, func(a, b Value) int { return strings.Compare(a.Date.SortLast(), b.Date.SortLast()) })
	return out
}

// guardIndicator wants one figure a date, however sure the date is, and one a part: two contradict one
// another. What contradicted itself before can still be narrowed and mended.
func guardIndicator(old, o *access.Object[Indicator], _ string) error {
	var f fault.Fields
	one := func(path string, before, now []Value) {
		stood := map[when.Date]int{}
		for _, v := range before {
			stood[v.Date.Bare()]++
		}
		seen := map[when.Date]int{}
		for i, v := range now {
			day := v.Date.Bare()
			if seen[day]++; day != "" && seen[day] > max(1, stood[day]) {
				f.Add(path+"."+strconv.Itoa(i)+".date", string(v.Date), "fault.date-twice")
			}
			if !slices.ContainsFunc(before, func(b Value) bool { return reflect.DeepEqual(b, v) }) {
				partsOnce(path+"."+strconv.Itoa(i), v, &f)
			}
		}
	}
	var was Indicator
	if old != nil {
		was = old.Value
	}
	one("targets", was.Targets, o.Value.Targets)
	one("values", was.Values, o.Value.Values)
	if !reflect.DeepEqual(was.Baseline, o.Value.Baseline) {
		partsOnce("baseline", o.Value.Baseline, &f)
	}
	return f.Err()
}

// partsOnce wants one figure of each part.
func partsOnce(path string, v Value, f *fault.Fields) {
	for i, p := range v.Parts {
		if slices.ContainsFunc(v.Parts[:i], func(o Part) bool { return o.Dimension == p.Dimension && o.Category == p.Category }) {
			f.Add(path+".parts."+strconv.Itoa(i)+".category", p.Category, "fault.twice")
		}
	}
}

// Doubts is what a figure has against it besides its Gaps, and what may be right all the same: a
// change has parts below zero, what was reached can be more than was to be.
type Doubts struct {
	Below  []Part  // below zero, where the whole is not
	Over   bool    // a share of more than the whole
	Beside []Value // other figures that may be of the same time, or without a date like this one
}

// Doubts gives what speaks against a value that stands beside others.
func (i *Indicator) Doubts(v Value, others ...Value) (d Doubts) {
	whole := i.figure(v.Amount, v.Numerator)
	for _, p := range v.Parts {
		if n := i.figure(p.Amount, p.Numerator); !n.IsZero() && n.Rat().Sign() < 0 && (whole.IsZero() || whole.Rat().Sign() >= 0) {
			d.Below = append(d.Below, p)
		}
		d.Over = d.Over || over(p.Numerator, p.Denominator)
	}
	d.Over = d.Over || over(v.Numerator, v.Denominator)
	for _, o := range Series(others) {
		if v.meets(o) && v.differs(o) {
			d.Beside = append(d.Beside, o)
		}
	}
	return d
}

func over(numerator, denominator amount.Decimal) bool {
	return !numerator.IsZero() && !denominator.IsZero() && numerator.Cmp(denominator) > 0
}

// meets says whether two figures may be of one time: neither date lies certainly before the other.
func (v Value) meets(o Value) bool {
	return v.Date.Valid() == o.Date.Valid() && !v.Date.Before(o.Date) && !o.Date.Before(v.Date)
}

// differs says whether two values are figures, and not the same one.
func (v Value) differs(o Value) bool {
	unlike := func(a, b amount.Decimal) bool { return !a.IsZero() && !b.IsZero() && a.Cmp(b) != 0 }
	return unlike(v.Amount, o.Amount) || unlike(v.Numerator, o.Numerator) || unlike(v.Denominator, o.Denominator)
}

// figure gives the number that parts are to make: of a percentage it is the numerator, since each part
// has a whole of its own.
func (i *Indicator) figure(n, numerator amount.Decimal) amount.Decimal {
	if i.Measure == Percentage {
		return numerator
	}
	return n
}

// Gap is a division of a figure whose parts are all said and do not make the figure, or are more already
// where some are not said.
type Gap struct {
	Dimension Dimension
	Bases     bool           // of a percentage it is what the parts are shares of that do not make the whole's
	Parts     amount.Decimal // what they make together
	Whole     amount.Decimal
	Rest      amount.Decimal // what is in no part; below 0 where the parts make more
}

// Gaps gives the dimensions by which the parts of a value do not add up to it.
func (i *Indicator) Gaps(v Value) (out []Gap) {
	for _, d := range i.Dimensions {
		if g, ok := d.gap(v, i.figure(v.Amount, v.Numerator), func(p Part) amount.Decimal { return i.figure(p.Amount, p.Numerator) }); ok {
			out = append(out, g)
		}
		if i.Measure != Percentage {
			continue
		}
		if g, ok := d.gap(v, v.Denominator, func(p Part) amount.Decimal { return p.Denominator }); ok {
			g.Bases = true
			out = append(out, g)
		}
	}
	return out
}

// gap compares a number with those of the parts of a value.
func (d Dimension) gap(v Value, whole amount.Decimal, of func(Part) amount.Decimal) (g Gap, ok bool) {
	if whole.IsZero() {
		return g, false
	}
	said := map[string]amount.Decimal{}
	var all []amount.Decimal
	for _, p := range v.Parts {
		if n := of(p); p.Dimension == d.Code && !n.IsZero() {
			said[p.Category] = n
			all = append(all, n)
		}
	}
	parts, ok := amount.Sum(all...)
	if len(all) == 0 || !ok || parts.Cmp(whole) == 0 {
		return g, false
	}
	complete := !slices.ContainsFunc(d.Parts, func(c Category) bool { return said[c.Code].IsZero() })
	if !complete && (parts.Cmp(whole) < 0 || whole.Rat().Sign() < 0) {
		return g, false // the rest may be in those that are not said
	}
	minus := amount.Decimal("-" + parts)
	if rest, negative := strings.CutPrefix(string(parts), "-"); negative {
		minus = amount.Decimal(rest)
	} else if parts.Rat().Sign() == 0 {
		minus = parts
	}
	rest, ok := amount.Sum(whole, minus)
	return Gap{Dimension: d, Parts: parts, Whole: whole, Rest: rest}, ok
}
