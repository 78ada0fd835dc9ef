package web

import (
	"slices"
	"strings"

	"entente/access"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/project"
	"entente/roster"
)

// rows makes the rows of the chosen activities, in their order.
func (p *PlanPage) rows(got project.PlanPage, changes []project.Change, src planSources) []PlanRow {
	by := map[ref.ID]project.Change{}
	for _, c := range changes {
		if c.Now != nil {
			by[c.Now.ID] = c
		}
	}
	var out []PlanRow
	for i := range got.Chosen {
		a := &got.Chosen[i]
		v := &a.Value
		row := PlanRow{
			ID: a.ID, Code: v.Code, Title: say(v.Title, p.Lang), Type: capital(p.Option("activity", "type", string(v.Type))), Place: say(v.Place, p.Lang),
			When: p.On(v.Starts, v.Ends), Day: string(v.Starts.Bare()), Note: say(v.DateNote, p.Lang), State: stateWord(p.Words, "activity", string(v.State)),
			Lead: src.names.briefsTo(p.Words, ref.ID(v.Lead)), With: src.names.briefsTo(p.Words, idsOf(v.Partners...)...),
			change: by[a.ID], value: v,
		}
		if row.When == "" {
			row.When, row.Unset = p.T("plan.date-unknown"), true
		}
		if p.Was != "" {
			row.Was, row.WasNot = p.was(row.change.Was)
			row.Same = row.Was == row.When
		}
		for _, id := range v.Results {
			for _, b := range src.results {
				if b.ID == ref.ID(id) {
					row.Serves = append(row.Serves, ResultTag{b.ID, b.Value.Code, say(b.Value.Title, p.Lang)})
					p.Serves = true
				}
			}
		}
		for _, id := range v.DependsOn {
			if t, ok := src.names[ref.ID(id)]; ok {
				row.Waits = append(row.Waits, WaitTag{t.ID, briefOr(p.Words, t)})
			}
		}
		out = append(out, row)
	}
	return out
}

// briefOr names an activity by its code, or by its title where it has none.
func briefOr(w Words, t access.Title) Said {
	if t.Short != "" {
		return plainly(t.Short)
	}
	return Said{Text: t.Text, Lang: t.Lang}
}

// was gives the endorsed dates in words, or why there are none.
func (p *PlanPage) was(l *project.Planned) (dates, none string) {
	if l == nil {
		return "", p.T("plan.not-in")
	}
	if dates = p.On(l.Starts, l.Ends); dates == "" {
		return "", p.T("plan.date-unknown")
	}
	return dates, ""
}

// groups puts the rows into their groups. An activity that serves several results stands with
// the first: it is one line of the plan.
func (p *PlanPage) groups(group string, rows []PlanRow, src planSources) []PlanGroup {
	type slot struct {
		id    ref.ID
		title Said
	}
	var slots []slot
	var of func(*project.Activity) ref.ID
	var rest Said
	switch group {
	case byResult:
		for _, b := range src.results {
			title := say(b.Value.Title, p.Lang)
			title.Text = strings.TrimSpace(b.Value.Code + " " + title.Text)
			slots = append(slots, slot{b.ID, title})
		}
		of = func(a *project.Activity) ref.ID {
			for _, id := range a.Results {
				if slices.ContainsFunc(slots, func(s slot) bool { return s.id == ref.ID(id) }) {
					return ref.ID(id)
				}
			}
			return ""
		}
		rest = plainly(p.T("plan.no-result"))
	case byLead:
		for _, side := range append(sideIDs(src.sides), "") {
			for _, o := range src.institutions {
				if src.register.SideOn(ref.Institution(o.ID), "") == side {
					slots = append(slots, slot{o.ID, say(o.Value.Name(), p.Lang)})
				}
			}
		}
		of = func(a *project.Activity) ref.ID { return ref.ID(a.Lead) }
		rest = plainly(p.T("plan.no-lead"))
	default:
		for _, o := range src.areas {
			slots = append(slots, slot{o.ID, say(o.Value.Name, p.Lang)})
		}
		of = func(a *project.Activity) ref.ID { return ref.ID(a.FocusArea) }
		rest = plainly(p.T("plan.no-focus"))
	}
	at := map[ref.ID][]PlanRow{}
	for _, row := range rows {
		id := of(row.value)
		if !slices.ContainsFunc(slots, func(s slot) bool { return s.id == id }) {
			id = ""
		}
		at[id] = append(at[id], row)
	}
	var out []PlanGroup
	for _, s := range append(slots, slot{"", rest}) {
		if len(at[s.id]) > 0 {
			out = append(out, PlanGroup{s.title, at[s.id]})
			delete(at, s.id)
		}
	}
	return out
}

// sheetWords says on the printed sheet, which may lie on a table alone, where the plan stands and
// of which day it is.
func (p *PlanPage) sheetWords(got project.PlanPage) {
	parts := []string{p.Standing}
	if p.Baseline != nil {
		parts = append(parts, p.Baseline.Text+p.T("plan.full-stop"))
	}
	parts = append(parts, p.Drift, p.T("plan.sheet", "count", p.Count, "date", when.DayOf(got.Now, p.zoneOf(), p.Lang)))
	sep := " "
	if p.Lang == "zh" {
		sep = ""
	}
	p.Sheet = strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), sep)
}

func sideIDs(sides []access.Object[roster.Side]) []ref.Side {
	var out []ref.Side
	for _, o := range sides {
		out = append(out, ref.Side(o.ID))
	}
	return out
}

// compare says what changed since the endorsement: a sentence, and a row for each activity that
// no longer stands as it was endorsed.
func (p *PlanPage) compare(got project.PlanPage, changes []project.Change) {
	if got.Baseline == nil {
		return
	}
	n := map[project.Drift]int{}
	for _, c := range changes {
		n[c.Drift]++
		if c.Drift == project.AsEndorsed {
			continue
		}
		row := ChangeRow{What: p.T("plan.drift." + string(c.Drift))}
		row.Was, _ = p.was(c.Was)
		if c.Now != nil {
			row.Path, row.Title = "/activities/"+c.Now.ID, say(c.Now.Value.Title, p.Lang)
			row.Now = p.On(c.Now.Value.Starts, c.Now.Value.Ends)
		} else {
			row.Title = say(c.Was.Title, p.Lang)
		}
		p.Changes = append(p.Changes, row)
	}
	var parts []string
	for _, d := range project.Drifts() {
		if n[d] > 0 {
			parts = append(parts, p.T("plan.drifted."+string(d), "n", n[d]))
		}
	}
	p.Drift = p.T("plan.since", "n", got.Baseline.Value.Version, "changes", strings.Join(parts, p.T("public.comma")))
}
