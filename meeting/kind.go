package meeting

import (
	"strconv"
	"strings"

	"entente/access"
	"entente/internal/fault"
	"entente/internal/label"
	"entente/internal/ref"
)

// Meetings is how meetings are kept.
var Meetings = &access.Kind[Meeting]{
	Name: "meeting", Table: "meeting",
	Columns: []string{"type", "format", "phase", "activity", "starts", "ends", "year", "stated"},
	Row: func(m *Meeting) []any {
		return []any{string(m.Type), string(m.Format), string(m.Phase), string(m.Activity), string(m.Starts), string(m.Ends), m.year(), m.stated()}
	},
	Parts: []access.Part[Meeting]{{Table: "meeting_participation", Columns: []string{"institution", "persons"}, Rows: func(m *Meeting) [][]any {
		var rows [][]any
		for _, p := range m.Participants {
			var n any
			if p.Count != nil {
				n = int64(*p.Count)
			}
			rows = append(rows, []any{string(p.Institution), n})
		}
		return rows
	}}},
	Sort:   func(m *Meeting) string { return m.Starts.Sort() },
	State:  func(m *Meeting) string { return string(m.State) },
	Parent: func(m *Meeting) ref.ID { return ref.ID(m.Activity) },
	Within: func(m *Meeting) (in []ref.ID) {
		for _, id := range []ref.ID{ref.ID(m.Phase), ref.ID(m.Round)} {
			if id != "" {
				in = append(in, id)
			}
		}
		return in
	},
	Titles: func(m *Meeting) []label.Text {
		return []label.Text{{Field: "title", Value: m.Title}, {Field: "place", Value: m.Place}}
	},
	Check: check,
	Guard: func(old, o *access.Object[Meeting], _ string) error {
		var f fault.Fields
		if old == nil || hoursMoved(&old.Value, &o.Value) {
			checkHours(&o.Value, &f)
		}
		if old == nil || daysMoved(&old.Value, &o.Value) {
			checkDays(&o.Value, &f)
		}
		return f.Err()
	},
}

func (m *Meeting) year() string {
	if m.Starts.IsZero() {
		return ""
	}
	return strconv.Itoa(m.Starts.YearOf())
}

// stated gives the numbers that sources state, short enough for a list: "~25/26" where they count
// the same people, "33+7" where they count different ones, "" where there are none.
func (m *Meeting) stated() string {
	var groups []string
	at := map[string]int{} // position of what is counted
	for _, f := range m.Stated {
		n := strconv.Itoa(f.Count)
		if f.About {
			n = "~" + n
		}
		of := f.Of.Get("")
		if i, ok := at[of]; ok {
			groups[i] += "/" + n
			continue
		}
		at[of] = len(groups)
		groups = append(groups, n)
	}
	return strings.Join(groups, "+")
}

// check holds the rules about a meeting by itself.
func check(m *Meeting, f *fault.Fields) {
	if m.Ends.Before(m.Starts) {
		f.Add("ends", string(m.Ends), "fault.period", "from", string(m.Starts))
	}
	if from, to, ok := m.instants(); m.At != "" && m.Until != "" && (m.Ends == "" || m.Ends == m.Starts) {
		switch {
		case ok && to.After(from):
		case ok && m.Until > m.At: // by the clock it is later
			f.Add("until_turn", string(m.UntilTurn), "fault.period-turn", "from", string(m.At), "until", string(m.Until))
		case m.Until == m.At:
			f.Add("until", string(m.Until), "fault.period-none")
		case m.Until < m.At:
			f.Add("until", string(m.Until), "fault.period-midnight", "from", string(m.At))
		}
	}
	if m.At != "" && m.Zone == "" {
		f.Add("zone", "", "fault.zone-required")
	}
	if (m.State == Cancelled || m.State == Postponed) && m.Reason.Empty() {
		f.Add("reason", "", "fault.required")
	}
	for i, g := range m.Stated {
		if g.Count < 0 {
			f.Add("stated."+strconv.Itoa(i)+".count", strconv.Itoa(g.Count), "fault.negative")
		}
	}
	seen := map[ref.Institution]bool{}
	for i, p := range m.Participants {
		path := "participants." + strconv.Itoa(i)
		if p.Count != nil && *p.Count < 0 {
			f.Add(path+".count", strconv.Itoa(*p.Count), "fault.negative")
		}
		if p.Institution != "" && seen[p.Institution] {
			f.Add(path+".institution", string(p.Institution), "fault.twice")
		}
		seen[p.Institution] = true
	}
	for i, it := range m.Agenda {
		path := "agenda." + strconv.Itoa(i)
		if it.Day < 0 || it.Day > 60 {
			f.Add(path+".day", strconv.Itoa(it.Day), "fault.range", "from", 1, "to", 60)
		}
		if it.At != "" && it.Until != "" && it.Until < it.At && !it.overnight() {
			f.Add(path+".until", string(it.Until), "fault.period", "from", string(it.At))
		}
		if last := m.span(); it.overnight() && last > 0 && max(it.Day, 1) >= last {
			f.Add(path+".until", string(it.Until), "fault.period-midnight", "from", string(it.At))
		}
	}
}
