package meeting_test

import (
	"fmt"
	"testing"

	"entente/access"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/meeting"
	"entente/standard/tlp"
)

var dialogue = ref.Dialogue(ref.New())

// team is somebody of the project team, guest somebody who only takes part.
var (
	team = access.NewActor(access.Actor{Person: ref.Person(ref.New()), Dialogue: dialogue, Functions: []access.Function{access.ProjectTeam}},
		access.DialogueOf(dialogue), access.TeamOf(dialogue))
	guest = access.NewActor(access.Actor{Person: ref.Person(ref.New()), Dialogue: dialogue}, access.DialogueOf(dialogue))
)

type room struct {
	t       *testing.T
	objects *access.Objects
	*meeting.Service
}

func each(t *testing.T, fn func(room)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		fn(room{t, access.NewObjects(d, meeting.Meetings), meeting.New(d)})
	})
}

func (r room) add(m meeting.Meeting, audience ...access.Principal) access.Header {
	r.t.Helper()
	h := access.Header{Dialogue: dialogue}
	if len(audience) > 0 {
		h.Mark, h.Audience = tlp.AMBER, access.NewAudience(audience...)
	}
	h, err := r.objects.Create(r.t.Context(), team, "meeting", h, &m)
	if err != nil {
		r.t.Fatal(err)
	}
	return h
}

func plan(title string, starts when.Date) meeting.Meeting {
	return meeting.Meeting{Title: text.Both(title, title+"会"), Type: "workshop", State: meeting.Planned, Starts: starts}
}

// TestList: every meeting once, in order, forward and back, whatever the order and however many
// share a day or have none; what may not be read is neither listed nor counted.
func TestList(t *testing.T) {
	each(t, func(r room) {
		for i := range 25 {
			m := plan(fmt.Sprintf("Meeting %02d", (i*7)%25), "")
			if i%5 > 0 {
				m.Starts = when.Date(fmt.Sprintf("2019-%02d", i%4+1))
			}
			r.add(m)
		}
		r.add(plan("Meeting hidden", "2019-02-02"), access.TeamOf(dialogue))
		for _, q := range []meeting.Query{
			{Sort: meeting.ByDate},
			{Sort: meeting.ByDate, Ascending: true},
			{Sort: meeting.ByTitle},
			{Sort: meeting.ByTitle, Ascending: true},
		} {
			q.Dialogue, q.Lang, q.Page.Limit = dialogue, "zh", 4
			var forward, back []ref.Meeting
			for {
				l, err := r.List(t.Context(), guest, q)
				if err != nil {
					r.t.Fatal(err)
				}
				if l.Total != 25 {
					r.t.Fatalf("%+v counts %d", q, l.Total)
				}
				for _, m := range l.Rows {
					forward = append(forward, m.ID)
				}
				q.Page.Cursor = l.Next
				if l.Next == "" {
					q.Page.Cursor, q.Page.Backward = l.Prev, true
					for i := range l.Rows {
						back = append(back, l.Rows[len(l.Rows)-1-i].ID)
					}
					break
				}
			}
			for q.Page.Cursor != "" {
				l, err := r.List(t.Context(), guest, q)
				if err != nil {
					r.t.Fatal(err)
				}
				for i := range l.Rows {
					back = append(back, l.Rows[len(l.Rows)-1-i].ID)
				}
				q.Page.Cursor = l.Prev
			}
			seen := map[ref.Meeting]bool{}
			for i, id := range forward {
				if seen[id] || len(back) != len(forward) || back[len(back)-1-i] != id {
					r.t.Fatalf("%+v: forward %d, back %d, differ at %d", q, len(forward), len(back), i)
				}
				seen[id] = true
			}
			if len(seen) != 25 {
				r.t.Errorf("%+v lists %d", q, len(seen))
			}
		}
	})
}

func TestFilters(t *testing.T) {
	each(t, func(r room) {
		i := ref.Institution(ref.New())
		four := 4
		m := plan("100% O'Neill-Ünal_x!", "2018-02-06")
		m.Participants = []meeting.Participation{{Institution: i, Count: &four}}
		m.Stated = []meeting.Figure{
			{Count: 25, About: true, Of: text.Both("officials", ""), Source: text.Both("news", "")},
			{Count: 26, Of: text.Both("officials", ""), Source: text.Both("report", "")},
			{Count: 7, Of: text.Both("experts", ""), Source: text.Both("report", "")},
		}
		operator := access.Operator("test") // refers to an institution that this test does not make
		if _, err := r.objects.Create(t.Context(), operator, "meeting", access.Header{Dialogue: dialogue}, &m); err != nil {
			r.t.Fatal(err)
		}
		r.add(plan("1000 others", "2019"))
		r.add(plan("Hidden", "2017"), access.TeamOf(dialogue))
		for want, qs := range map[int][]meeting.Query{
			1: {{Title: "oneill unal"}, {Title: "100%"}, {Title: "l_x"}, {Institution: i}, {Year: "2018"}, {Before: "2018-12-31"}, {From: "2018-12-31"}, {Title: "会", Lang: "zh", Year: "2019"}},
			2: {{}, {Type: "workshop"}, {State: meeting.Planned}, {Title: "会", Lang: "zh"}},
			0: {{Type: "seminar"}, {Title: "%%"}, {Title: "a_b"}, {Year: "2017"}, {Institution: "x"}, {Phase: "x"}},
		} {
			for _, q := range qs {
				q.Dialogue = dialogue
				if q.Lang == "" {
					q.Lang = "en"
				}
				l, err := r.List(t.Context(), guest, q)
				if err != nil {
					r.t.Fatal(err)
				}
				if l.Total != want || len(l.Rows) != want {
					r.t.Errorf("%+v finds %d and counts %d, want %d", q, len(l.Rows), l.Total, want)
				}
			}
		}
		l, err := r.List(t.Context(), guest, meeting.Query{Dialogue: dialogue, Lang: "en", Year: "2018"})
		if err != nil || l.Rows[0].Stated != "~25/26+7" || l.Rows[0].Persons.Int64 != 4 {
			r.t.Errorf("%+v %v", l.Rows, err)
		}
		f, err := r.Years(t.Context(), guest, dialogue)
		if err != nil || fmt.Sprint(f) != "[2019 2018]" {
			r.t.Errorf("%v %v", f, err)
		}
	})
}

func TestPostponeAndCancel(t *testing.T) {
	each(t, func(r room) {
		h := r.add(plan("Expert meeting", "2031-03-04"))
		id, why := ref.Meeting(h.ID), text.Both("Calendars collide", "日程冲突")
		hidden := r.add(plan("Hidden", ""), access.TeamOf(dialogue))
		kind := func(err error, want fault.Kind) {
			r.t.Helper()
			if fault.Of(err) != want {
				r.t.Errorf("%v, want %q", err, want)
			}
		}
		kind(r.Postpone(t.Context(), guest, id, 1, meeting.Move{Starts: "2031-05-01", Ends: "", Reason: why}), fault.Forbidden)
		kind(r.Cancel(t.Context(), guest, ref.Meeting(hidden.ID), 1, why), fault.NotFound)
		kind(r.Postpone(t.Context(), team, id, 7, meeting.Move{Starts: "2031-05-01", Ends: "", Reason: why}), fault.Conflict)
		kind(r.Postpone(t.Context(), team, id, 1, meeting.Move{Starts: "2031-05-01", Ends: "", Reason: nil}), fault.Invalid)
		kind(r.Postpone(t.Context(), team, id, 1, meeting.Move{Starts: "2031-05-02", Ends: "2031-05-01", Reason: why}), fault.Invalid)
		kind(r.Cancel(t.Context(), team, id, 1, nil), fault.Invalid)
		if m, err := r.Get(t.Context(), guest, id); err != nil || m.Rev != 1 || m.Value.State != meeting.Planned {
			r.t.Fatalf("%+v %v", m, err)
		}
		kind(r.Postpone(t.Context(), team, id, 1, meeting.Move{Starts: "2031-05-01", Ends: "2031-05-02", Reason: why}), "")
		m, err := r.Get(t.Context(), guest, id)
		if err != nil || m.Rev != 2 || m.State != "postponed" || m.SortTime != "2031-05-01" || m.Value.Reason.Get("zh") != "日程冲突" {
			r.t.Errorf("%+v %v", m, err)
		}
		kind(r.Postpone(t.Context(), team, id, 2, meeting.Move{Starts: "", Ends: "", Reason: why}), "")
		kind(r.Cancel(t.Context(), team, id, 3, why), "")
		if m, err := r.Get(t.Context(), guest, id); err != nil || m.State != "cancelled" || m.SortTime != "" {
			r.t.Errorf("%+v %v", m, err)
		}
	})
}
