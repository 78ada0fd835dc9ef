package exchange

import (
	"context"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/label"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/internal/when"
	"entente/roster"
)

// titleRunes is how much of a statement its title shows.
const titleRunes = 100

// Statements is how statements are kept.
var Statements = &access.Kind[Statement]{
	Name: "statement", Table: "exchange_statement", Version: 3,
	Former:  access.Unsigned(1, "text", "entered.note", "contested", "withdrawn"),
	Columns: []string{"parent", "revision", "institution", "sort", "call", "replaces"},
	Row: func(s *Statement) []any {
		return []any{s.Of, s.Revision, string(s.Institution), string(s.Sort), string(s.Call), string(s.Replaces)}
	},
	Parent: func(s *Statement) ref.ID { return s.Of },
	State:  func(s *Statement) string { return string(s.State) },
	Sort:   func(s *Statement) string { return day(s.Made) },
	Titles: titles,
	ByTeam: byTeam,
	Check:  check,
	Guard:  guard,
	After: func(ctx context.Context, tx *db.Tx, who access.Actor, o *access.Object[Statement]) error {
		return access.Within(ctx, tx, who, o.Header, inside)
	},
	Inside: inside,
	Part:   true,
}

// inside says whether the people of an institution may read the whole today: by its side, or by
// an institution that it succeeded.
func inside(ctx context.Context, tx *db.Tx, whole access.Header, p access.Principal) (bool, error) {
	if p.Kind() != "institution" {
		return false, nil
	}
	as, _, err := roster.CountsAs(ctx, tx, ref.Institution(p.ID()))
	return slices.ContainsFunc(as, whole.Audience.Has), err
}

// dayIn gives the day of a stamp in the zone by which successions count too.
func dayIn(zone when.Zone, stamp string) string {
	at, err := db.ParseStamp(stamp)
	if err != nil { // an erased one has none
		return day(stamp)
	}
	return string(when.DateOf(at.In(zone.Location())))
}

// day gives the day of a stamp by UTC, to sort by.
func day(stamp string) string { return stamp[:min(len(stamp), len("2006-01-02"))] }

// titles gives the beginning of what was said. A receipt says nothing: pages name it by its sort.
func titles(s *Statement) []label.Text {
	t := text.Multi{}
	for l, v := range s.Text {
		if s.Text.State(l) != text.Outdated {
			v.Of = "" // it is a translation of the beginning too
		}
		v.Text = text.Excerpt(v.Text, titleRunes)
		t[l] = v
	}
	return []label.Text{{Field: "title", Value: t}}
}

// byTeam names what the project team wrote on its entry in its own name: how that came, and why it took it back.
func byTeam(s *Statement) (paths []string) {
	if s.Entered.By == ByTeam {
		paths = append(paths, "entered.note")
	}
	if s.WithdrawnBy == ByTeam {
		paths = append(paths, "withdrawn")
	}
	return paths
}

func check(s *Statement, faults *fault.Fields) {
	if !ref.Valid(s.Of) || s.Revision < 1 || s.Made == "" {
		faults.Add("of", s.Of, "fault.required")
	}
	if s.Text.Empty() && s.Sort != Receipt {
		faults.Add("text", "", "fault.required")
	}
	e := s.Entered
	if s.OnBehalf() && e.Channel == "" {
		faults.Add("entered.channel", "", "fault.required")
	}
	if !s.OnBehalf() && (e.Channel != "" || e.Number != "" || e.Date != "" || !e.Note.Empty()) {
		faults.Add("entered.channel", string(e.Channel), "fault.required")
	}
	if s.OnBehalf() == (s.State == Stands) && s.State != Withdrawn {
		faults.Add("state", string(s.State), "fault.required")
	}
	if s.WithdrawnBy != "" && (s.WithdrawnBy != ByTeam || s.State != Withdrawn || e.By != ByTeam) {
		faults.Add("withdrawn_by", string(s.WithdrawnBy), "fault.required")
	}
	if s.State == Contested && s.Contested.Empty() {
		faults.Add("reason", "", "fault.required")
	}
}

// leads says to which state an act leads, and from which.
var leads = map[string]struct {
	to   State
	from []State
}{
	"statement.accept":   {Accepted, []State{Entered, Contested}},
	"statement.contest":  {Contested, []State{Entered}},
	"statement.withdraw": {Withdrawn, []State{Stands, Entered, Accepted, Contested}},
}

// guard keeps what was said as it was said: an act may move the state and say why, and a
// translation may be added or mended. Mark and audience change with the whole (access.Follow).
func guard(old, new *access.Object[Statement], act string) error {
	if old == nil {
		return nil
	}
	was, is := old.Value.own(), new.Value.own()
	if l, ok := leads[act]; ok {
		moved := false
		for _, s := range l.from {
			moved = moved || was.State == s
		}
		if !moved || is.State != l.to {
			return fault.New(fault.Conflict, "")
		}
		was.State = is.State
		if is.State == Contested {
			was.Contested = is.Contested
		}
		if is.State == Withdrawn {
			was.Withdrawn, was.WithdrawnBy = is.Withdrawn, is.WithdrawnBy
		}
	}
	var f fault.Fields
	for _, c := range shape.Diff(&was, &is) {
		f.Add(c.Path, c.After, "fault.statement-words")
	}
	return f.Err()
}
