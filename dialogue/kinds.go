package dialogue

import (
	"context"
	"net/mail"
	"slices"
	"strings"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/label"
	"entente/internal/ref"
	"entente/internal/when"

	"golang.org/x/text/language"
)

// Dialogues, Rounds, Roadmaps and Milestones are how the subject's objects are kept.
var (
	Dialogues = &access.Kind[Dialogue]{
		Name: "dialogue", Table: "dialogue",
		Parts: []access.Part[Dialogue]{{Table: "language", Columns: []string{"lang", "pos"}, Rows: func(d *Dialogue) [][]any {
			var rows [][]any
			for i, l := range d.Languages {
				rows = append(rows, []any{l, int64(i)})
			}
			return rows
		}}},
		Langs: func(d *Dialogue) []string { return d.Languages },
		Titles: func(d *Dialogue) []label.Text {
			return []label.Text{{Field: "title", Value: d.Name}, {Field: "short", Value: d.Short}}
		},
		Check: checkDialogue,
		Allow: keepsDay,
	}
	Rounds = &access.Kind[Round]{
		Name: "round", Table: "dialogue_round",
		Sort: func(r *Round) string { return r.Date.Sort() },
		Check: func(r *Round, f *fault.Fields) {
			if !r.Until.IsZero() && r.Until.Before(r.Date) {
				f.Add("until", string(r.Until), "fault.period", "from", string(r.Date))
			}
		},
	}
	Roadmaps = &access.Kind[Roadmap]{
		Name: "roadmap", Table: "dialogue_roadmap",
		Sort: func(r *Roadmap) string { return r.Adopted.Sort() },
	}
	Milestones = &access.Kind[Milestone]{
		Name: "milestone", Table: "dialogue_milestone",
		Columns: []string{"roadmap"},
		Row:     func(m *Milestone) []any { return []any{string(m.Roadmap)} },
		Sort:    func(m *Milestone) string { return m.Date.Sort() },
		State:   func(m *Milestone) string { return string(m.State) },
		Parent:  func(m *Milestone) ref.ID { return ref.ID(m.Roadmap) },
		After:   checkCodes,
	}
)

// checkDialogue wants well-formed languages without doubles and an address one can write to.
func checkDialogue(d *Dialogue, f *fault.Fields) {
	for i, l := range d.Languages {
		if t, err := language.Parse(l); err != nil || t.String() != l {
			f.Add("languages", l, "fault.language")
		} else if slices.Index(d.Languages, l) != i {
			f.Add("languages", l, "fault.twice")
		}
	}
	if d.Contact.Email != "" {
		if a, err := mail.ParseAddress(d.Contact.Email); err != nil || a.Address != d.Contact.Email {
			f.Add("contact.email", d.Contact.Email, "fault.email")
		}
	}
}

// keepsDay refuses a change of the zone by which the days of everybody's rights count (roster.Today) to
// all but the operator: turned back, it would let a standing, a post or a function that ended go on, and
// turned forward begin what is entered for tomorrow. Until a zone is entered the usual one counts, and
// stays the first.
func keepsDay(_ context.Context, _ *db.Tx, who access.Actor, c access.Proposal[Dialogue]) error {
	if c.Old == nil || who.IsOperator() {
		return nil
	}
	var f fault.Fields
	if was, is := when.ToldIn(c.Old.Value.Zones), when.ToldIn(c.New.Value.Zones); is != was {
		f.Add("zones", string(is), "fault.zone-first", "zone", string(was))
	}
	return f.Err()
}

// checkCodes wants a milestone to stand on a stage and a track of its roadmap. An import may write
// the roadmap after its milestones; until it stands nothing is asked.
func checkCodes(ctx context.Context, tx *db.Tx, who access.Actor, m *access.Object[Milestone]) error {
	if m.Tombstone != "" {
		return nil
	}
	r, err := Roadmaps.Load(ctx, tx, who, ref.ID(m.Value.Roadmap))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var stages, tracks []string
	for _, s := range r.Value.Stages {
		stages = append(stages, s.Code)
	}
	for _, t := range r.Value.Tracks {
		tracks = append(tracks, t.Code)
	}
	var f fault.Fields
	if !slices.Contains(stages, m.Value.Stage) {
		f.Add("stage", m.Value.Stage, "fault.option", "options", strings.Join(stages, ", "))
	}
	if !slices.Contains(tracks, m.Value.Track) {
		f.Add("track", m.Value.Track, "fault.option", "options", strings.Join(tracks, ", "))
	}
	return f.Err()
}
