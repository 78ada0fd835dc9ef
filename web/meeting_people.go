package web

import (
	"strings"
	"time"

	"entente/access"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/meeting"
	"entente/roster"
)

// sides puts each institution where it stood on the day of the meeting.
func (p *MeetingPage) sides(m *meeting.Meeting, names namesOn, sides []access.Object[roster.Side], titles map[ref.ID]access.Title) {
	groups := make([]MeetingSide, len(sides)+1)
	sums := make([]int, len(groups))
	held := make([]int, len(groups))
	for i, o := range sides {
		groups[i].Name = p.Text(o.Value.Name)
	}
	groups[len(sides)].Name = Said{Text: p.T("meeting.no-side")}
	for _, q := range m.Participants {
		i, known := names.of[q.Institution]
		row := Participant{Link: names.link(q.Institution), Note: p.Text(q.Note)}
		at := len(sides)
		as, standing := i.StandingOn(names.day)
		for n, o := range sides {
			if standing && as.As == roster.OnSide && ref.Side(o.ID) == as.Side {
				at = n
			}
		}
		var words []string
		if at == len(sides) && standing && as.As != roster.OnSide {
			words = append(words, p.Option("institution", "as", string(as.As)))
		}
		if q.Role != "" && q.Role != "participant" {
			words = append(words, p.Option("meeting", "role", string(q.Role)))
		}
		row.As = strings.Join(words, p.T("list.comma"))
		if known {
			row.Later = p.later(i, titles)
			today, still := i.StandingOn(names.today)
			p.Then = p.Then || still != standing || today.As != as.As || today.Side != as.Side || row.Later != ""
		}
		if q.Count != nil {
			row.Count = p.T("meeting.persons", "n", *q.Count)
			sums[at] += *q.Count
			held[at]++
		}
		groups[at].Rows = append(groups[at].Rows, row)
	}
	for n, g := range groups {
		if len(g.Rows) == 0 {
			continue
		}
		if held[n] > 0 {
			g.Counted = p.T("meeting.side-counted", "n", sums[n])
		} else if n < len(sides) {
			g.Counted = p.T("meeting.side-not-held")
		}
		p.Sides = append(p.Sides, g)
	}
}

// later says who took over from an institution that is no more.
func (p *MeetingPage) later(i roster.Institution, titles map[ref.ID]access.Title) string {
	if i.Ended == "" {
		return ""
	}
	for _, s := range i.Successors {
		if t, ok := titles[ref.ID(s.Institution)]; ok {
			return p.T("meeting.later", "year", p.Date(s.From), "name", t.Text)
		}
	}
	return ""
}

// namesOn is institutions as they were called on a day.
type namesOn struct {
	Words
	day, today time.Time
	of         map[ref.Institution]roster.Institution
}

// namesOn reads the institutions that the reader may know, in one query. A date that is not
// stated stands for today.
func (s *Server) namesOn(r *Request, on when.Date, ids []ref.Institution) (n namesOn, err error) {
	today := s.today(&r.Page).First()
	n = namesOn{Words: r.Page.Words, day: today, today: today}
	if !on.IsZero() {
		n.day = on.First()
	}
	n.of, err = s.roster.Named(r.Context(), r.Who, ids...)
	return n, err
}

// link gives the name on the day with the institution's full address. One that the reader may not
// read is there, but is not named.
func (n namesOn) link(id ref.Institution) Link {
	if id == "" {
		return Link{}
	}
	i, ok := n.of[id]
	if !ok {
		return Link{Said: Said{Text: n.T("meeting.unnamed")}}
	}
	return Link{Said: n.Text(i.NameOn(n.day)), Path: n.To(objectPath("institution", ref.ID(id)))}
}

// successors gives those who took over from institutions that ended.
func (n namesOn) successors() (ids []ref.ID) {
	for _, i := range n.of {
		if i.Ended == "" {
			continue
		}
		for _, s := range i.Successors {
			ids = append(ids, ref.ID(s.Institution))
		}
	}
	return ids
}

// institutionsOf gives every institution that a meeting names, each once.
func institutionsOf(m *meeting.Meeting) (ids []ref.Institution) {
	seen := map[ref.Institution]bool{"": true}
	add := func(i ref.Institution) {
		if !seen[i] {
			seen[i] = true
			ids = append(ids, i)
		}
	}
	for _, q := range m.Participants {
		add(q.Institution)
	}
	for _, st := range m.Statements {
		for _, i := range st.Institutions {
			add(i)
		}
	}
	for _, it := range m.Agenda {
		for _, sp := range it.Speakers {
			add(sp.Institution)
		}
	}
	return ids
}
