package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"entente/access"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/internal/when"
	"entente/meeting"
)

// ChangePage moves a meeting or calls it off, with a reason, and says before the button who will
// see it.
type ChangePage struct {
	Page
	Act      string // postpone, cancel
	ID       ref.ID
	Name     Said
	When     string // the date that stands
	Warn     string // what makes the act odd: the meeting was held, or is cancelled already
	Rev      int64
	Fields   []Field
	Faults   []FieldFault
	Readers  Audience
	Conflict *Conflict     // what this act would change now, beside what stands
	Moved    []ConflictRow // what others changed since the form was opened
	Leave    string
}

// postponed is what the form of a postponement gives. An empty day says that there is no new
// date yet.
type postponed struct {
	Starts when.Date  `json:"starts,omitempty"`
	Ends   when.Date  `json:"ends,omitempty"`
	Reason text.Multi `json:"reason" shape:"required"`
}

// cancelled is what the form of a cancellation gives.
type cancelled struct {
	Reason text.Multi `json:"reason" shape:"required"`
}

// change makes the page that stands before a meeting is moved or called off.
func change(act string) func(*Server, *Request) error {
	return func(s *Server, r *Request) error {
		m, err := s.changeable(r, act)
		if err != nil {
			return err
		}
		values := url.Values{}
		if act == "postpone" && m.Value.State == meeting.Postponed {
			values = shape.EncodeForm(&postponed{Starts: m.Value.Starts, Ends: m.Value.Ends, Reason: m.Value.Reason})
		}
		return s.showChange(r, http.StatusOK, act, m, ChangePage{Rev: m.Rev}, values, nil)
	}
}

// changeable loads the meeting of the address and makes sure that the reader may do the act.
func (s *Server) changeable(r *Request, act string) (access.Object[meeting.Meeting], error) {
	m, err := s.meetings.Get(r.Context(), r.Who, ref.Meeting(r.PathValue("id")))
	if err != nil {
		return m, err
	}
	return m, access.May(r.Who, "meeting."+act, m.Header)
}

func (s *Server) postponePost(r *Request) error {
	var in postponed
	return s.changePost(r, "postpone", &in,
		func(m *meeting.Meeting) {
			m.State, m.Starts, m.Ends, m.Reason = meeting.Postponed, in.Starts, in.Ends, in.Reason
		},
		func(ctx context.Context, id ref.Meeting, rev int64) error {
			return s.meetings.Postpone(ctx, r.Who, id, rev, in.Starts, in.Ends, in.Reason)
		})
}

func (s *Server) cancelPost(r *Request) error {
	var in cancelled
	return s.changePost(r, "cancel", &in,
		func(m *meeting.Meeting) { m.State, m.Reason = meeting.Cancelled, in.Reason },
		func(ctx context.Context, id ref.Meeting, rev int64) error {
			return s.meetings.Cancel(ctx, r.Who, id, rev, in.Reason)
		})
}

// changePost decodes the form into in and does the act. apply says what the act would make of
// the meeting that stands, for showing it when somebody else was quicker.
func (s *Server) changePost(r *Request, act string, in any, apply func(*meeting.Meeting), do func(context.Context, ref.Meeting, int64) error) error {
	if err := r.form(); err != nil {
		return err
	}
	m, err := s.changeable(r, act)
	if err != nil {
		return err
	}
	p := ChangePage{}
	p.Rev, _ = strconv.ParseInt(r.PostFormValue("rev"), 10, 64)
	faults := shape.DecodeForm(r.PostForm, in)
	if len(faults) == 0 {
		err = do(r.Context(), ref.Meeting(m.ID), p.Rev)
		if err == nil {
			s.notice(r, "notice.meeting."+act)
			return r.redirect("/meetings/" + m.ID)
		}
		faults = fieldsOf(err)
	}
	var f *fault.Error
	switch {
	case len(faults) > 0:
		return s.showChange(r, http.StatusUnprocessableEntity, act, m, p, shape.Refill(in, faults), faults)
	case errors.As(err, &f) && f.Kind == fault.Conflict:
		mine := m.Value
		apply(&mine)
		shape.Clean(&mine)
		p.Conflict = s.conflict(r, m.Header, &m.Value, &mine)
		if before, err := s.objects.At(r.Context(), r.Who, m.ID, p.Rev); err == nil && before.Value != nil {
			p.Moved = s.conflict(r, m.Header, before.Value, &m.Value).Rows
		}
		p.Rev = m.Rev
		return s.showChange(r, http.StatusConflict, act, m, p, r.PostForm, nil)
	}
	return err
}

// showChange shows the form with values and faults.
func (s *Server) showChange(r *Request, status int, act string, m access.Object[meeting.Meeting], p ChangePage, values url.Values, faults fault.Fields) error {
	r.in("meetings")
	p.Page, p.Act, p.ID, p.Name = r.Page, act, m.ID, r.Page.Text(m.Value.Title)
	p.Title = p.T("meeting."+act+".title", "name", p.Name.Text)
	p.When = p.Words.On(m.Value.Starts, m.Value.Ends)
	p.Leave = p.To("/meetings/", m.ID)
	p.Mark = m.Mark
	switch m.Value.State {
	case meeting.Held:
		p.Warn = p.T("meeting.change.held")
	case meeting.Cancelled:
		p.Warn = p.T("meeting.change.cancelled")
	}
	fields := shape.Describe[cancelled]()
	if act == "postpone" {
		fields = shape.Describe[postponed]()
	}
	// The kind names the words of the labels: "field.postpone.starts".
	f := &form{Words: p.Words, kind: act, values: values, faults: p.byPath(faults)}
	if err := s.choices(r, f, fields); err != nil {
		return err
	}
	p.Fields, p.Faults = f.fields("", fields), p.Page.Faults(faults)
	var err error
	if p.Readers, err = s.audience(r, m.Audience); err != nil {
		return err
	}
	return s.show(r, status, "meeting_change", p)
}
