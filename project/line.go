package project

import (
	"cmp"
	"slices"

	"entente/access"
	"entente/internal/ref"
)

// Line puts phases in the order in which one builds on another, the oldest first: a phase without
// dates stands after the one it follows. Phases that follow none begin their lines by date.
func Line(phases []access.Object[Phase]) []access.Object[Phase] {
	rest := slices.Clone(phases)
	slices.SortStableFunc(rest, func(x, y access.Object[Phase]) int {
		return cmp.Or(cmp.Compare(x.Value.Starts.SortLast(), y.Value.Starts.SortLast()), cmp.Compare(x.ID, y.ID))
	})
	known := map[ref.ID]bool{}
	for _, p := range rest {
		known[p.ID] = true
	}
	placed := map[ref.ID]bool{}
	var out []access.Object[Phase]
	for len(rest) > 0 {
		// The next is the earliest whose predecessor stands already; in a ring, the earliest.
		i := max(slices.IndexFunc(rest, func(p access.Object[Phase]) bool {
			f := ref.ID(p.Value.Follows)
			return !known[f] || placed[f]
		}), 0)
		out = append(out, rest[i])
		placed[rest[i].ID] = true
		rest = slices.Delete(rest, i, i+1)
	}
	return out
}

// Branch is a result at its place in the tree of the logframe.
type Branch struct {
	access.Object[Result]
	Depth      int
	Indicators []access.Object[Indicator]
}

// Tree gives the results with what serves each below it: impact, outcomes, outputs, by code. What
// serves nothing that the reader may read stands at the top.
func (l Logframe) Tree() []Branch {
	known := map[ref.ID]bool{}
	for _, r := range l.Results {
		known[r.ID] = true
	}
	below := map[ref.ID][]access.Object[Result]{}
	for _, r := range l.Results {
		up := ref.ID(r.Value.Serves)
		if !known[up] {
			up = ""
		}
		below[up] = append(below[up], r)
	}
	rank := func(r access.Object[Result]) int { return slices.Index(r.Value.Level.Options(), string(r.Value.Level)) }
	var out []Branch
	placed := map[ref.ID]bool{}
	var walk func(rs []access.Object[Result], depth int)
	walk = func(rs []access.Object[Result], depth int) {
		sortByCode(rs, func(r *Result) string { return r.Code })
		slices.SortStableFunc(rs, func(x, y access.Object[Result]) int { return cmp.Compare(rank(x), rank(y)) })
		for _, r := range rs {
			if placed[r.ID] {
				continue
			}
			placed[r.ID] = true
			is := l.Indicators[ref.Result(r.ID)]
			sortByCode(is, func(i *Indicator) string { return i.Code })
			out = append(out, Branch{r, depth, is})
			walk(below[r.ID], depth+1)
		}
	}
	walk(below[""], 0)
	walk(l.Results, 0) // what stands in a ring is reached from nowhere, and is shown all the same
	return out
}
