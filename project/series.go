package project

import (
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

// guardIndicator wants one figure a date: two for one day contradict one another. What contradicted
// itself before can still be narrowed and mended.
func guardIndicator(old, o *access.Object[Indicator], _ string) error {
	var f fault.Fields
	one := func(path string, before, now []Value) {
		stood := map[when.Date]int{}
		for _, v := range before {
			stood[v.Date]++
		}
		seen := map[when.Date]int{}
		for i, v := range now {
			if seen[v.Date]++; v.Date != "" && seen[v.Date] > max(1, stood[v.Date]) {
				f.Add(path+"."+strconv.Itoa(i)+".date", string(v.Date), "fault.date-twice")
			}
		}
	}
	var was Indicator
	if old != nil {
		was = old.Value
	}
	one("targets", was.Targets, o.Value.Targets)
	one("values", was.Values, o.Value.Values)
	return f.Err()
}

// Gap is a division of a figure whose parts are all said and do not make the figure.
type Gap struct {
	Dimension Dimension
	Parts     amount.Decimal // what they make together
	Whole     amount.Decimal
	Rest      amount.Decimal // what is in no part; below 0 where the parts make more
}

// Gaps gives the dimensions by which all parts of a value are said and do not add up to it. Of a
// percentage it is the numerators that do, since each part has a whole of its own.
func (i *Indicator) Gaps(v Value) (out []Gap) {
	figure := func(n, numerator amount.Decimal) amount.Decimal {
		if i.Measure == Percentage {
			return numerator
		}
		return n
	}
	whole := figure(v.Amount, v.Numerator)
	if whole.IsZero() {
		return nil
	}
	for _, d := range i.Dimensions {
		said := map[string]amount.Decimal{}
		var all []amount.Decimal
		for _, p := range v.Parts {
			if n := figure(p.Amount, p.Numerator); p.Dimension == d.Code && !n.IsZero() {
				said[p.Category] = n
				all = append(all, n)
			}
		}
		if len(d.Parts) == 0 || slices.ContainsFunc(d.Parts, func(c Category) bool { return said[c.Code].IsZero() }) {
			continue
		}
		parts, ok := amount.Sum(all...)
		if !ok || parts.Cmp(whole) == 0 {
			continue
		}
		minus := amount.Decimal("-" + parts)
		if rest, negative := strings.CutPrefix(string(parts), "-"); negative {
			minus = amount.Decimal(rest)
		} else if parts.Rat().Sign() == 0 {
			minus = parts
		}
		if rest, ok := amount.Sum(whole, minus); ok {
			out = append(out, Gap{d, parts, whole, rest})
		}
	}
	return out
}
