package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"entente/access"
	"entente/bundle"
	"entente/internal/bidi"
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
	Along    []string // what moves along, and what stays
	Calls    []CallDay
	Off      DayOff
	Reach    string // how far calendars of holidays reach, where deadlines move
}

// CallDay is an open call about the meeting, with its deadline and the one that it would get.
type CallDay struct {
	Link
	Due, To string
}

// postponed is what the form of a postponement gives. An empty day says that there is no new
// date yet.
type postponed struct {
	Starts    when.Date        `json:"starts,omitempty"`
	Ends      when.Date        `json:"ends,omitempty"`
	At        when.Clock       `json:"at,omitempty"` // asked for where the hour is none of the new day
	Until     when.Clock       `json:"until,omitempty"`
	Turn      when.Turn        `json:"turn,omitempty"`
	UntilTurn when.Turn        `json:"until_turn,omitempty"`
	Deadlines bundle.Deadlines `json:"deadlines,omitempty"`
	Reason    text.Multi       `json:"reason" shape:"required"`
}

func (p postponed) move() meeting.Move {
	return meeting.Move{Starts: p.Starts, Ends: p.Ends, At: p.At, Until: p.Until, Turn: p.Turn, Last: p.UntilTurn, Reason: p.Reason}
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
			values = shape.EncodeForm(&postponed{Starts: m.Value.Starts, Reason: m.Value.Reason})
		}
		values.Set("deadlines", string(bundle.Along))
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
	said := "notice.meeting.postpone"
	return s.changePost(r, "postpone", &in,
		func(m *meeting.Meeting) { m.Move(in.move()) },
		func(ctx context.Context, m access.Object[meeting.Meeting], rev int64) (string, error) {
			if faults, err := s.daysOff(r, m, &in); err != nil || len(faults) > 0 {
				return "", errors.Join(err, faults.Err())
			}
			n, err := bundle.Postpone(ctx, s.db, r.Who, ref.Meeting(m.ID), rev, in.move(), in.Deadlines)
			if n > 0 {
				said = "notice.meeting.postpone-along"
			}
			return said, err
		})
}

// daysOff tells of deadlines that would move to a day on which not all sides work, once. One press
// takes the working days before.
func (s *Server) daysOff(r *Request, m access.Object[meeting.Meeting], in *postponed) (f fault.Fields, err error) {
	if r.PostFormValue("take") != "" {
		in.Deadlines = bundle.Workdays
	}
	if in.Starts == "" || r.PostFormValue("keep") == string(in.Starts) {
		return nil, nil
	}
	list, err := bundle.DeadlinesOf(r.Context(), s.db, r.Who, m, in.Starts, in.Deadlines)
	var off []string
	for _, x := range list {
		if x.Off {
			off = append(off, bidi.Isolate(r.Page.line(x.Call.Value.Title).Text)+r.Page.T("list.colon")+r.Page.Date(x.To)+r.Page.T("list.aside", "aside", r.Page.T("meeting.postpone.work", "day", r.Page.Date(x.Work))))
		}
	}
	if len(off) > 0 {
		f.Add("deadlines", string(in.Starts), faultDaysOff, "list", strings.Join(off, r.Page.T("list.semicolon")))
	}
	return f, err
}

const faultDaysOff = "fault.days-off"

func (s *Server) cancelPost(r *Request) error {
	var in cancelled
	return s.changePost(r, "cancel", &in,
		func(m *meeting.Meeting) { m.State, m.Reason = meeting.Cancelled, in.Reason },
		func(ctx context.Context, m access.Object[meeting.Meeting], rev int64) (string, error) {
			return "notice.meeting.cancel", s.meetings.Cancel(ctx, r.Who, ref.Meeting(m.ID), rev, in.Reason)
		})
}

// changePost decodes the form into in and does the act. apply says what the act would make of
// the meeting that stands, for showing it when somebody else was quicker; do gives what is said
// when it is done.
func (s *Server) changePost(r *Request, act string, in any, apply func(*meeting.Meeting), do func(context.Context, access.Object[meeting.Meeting], int64) (string, error)) error {
	if err := r.form(); err != nil {
		return err
	}
	m, err := s.changeable(r, act)
	if err != nil {
		return err
	}
	p := ChangePage{}
	p.Rev = r.seenRev(0)
	faults := shape.DecodeForm(r.PostForm, in)
	if len(faults) == 0 {
		var said string
		if said, err = do(r.Context(), m, p.Rev); err == nil {
			s.notice(r, said)
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
	if act == "cancel" {
		if err := s.callDays(r, &p, m, url.Values{}); err != nil {
			return err
		}
	} else {
		fields = shape.Describe[postponed]()
		if err := s.along(r, &p, m, values); err != nil {
			return err
		}
		hours := map[string]when.Clock{"at": m.Value.At, "until": m.Value.Until}
		fields = slices.DeleteFunc(slices.Clone(fields), func(f shape.Field) bool {
			if hour, ok := hours[f.Name]; ok { // it stays what it is where the new day has it
				wanted := values.Get(f.Name) != ""
				if !wanted && slices.ContainsFunc(faults, func(x fault.Field) bool { return x.Path == f.Name }) {
					wanted = true
					values.Set(f.Name, string(hour))
				}
				return !wanted
			}
			return f.Name == "deadlines" && len(p.Calls) == 0 || f.Name == "turn" && m.Value.At == "" && len(m.Value.Agenda) == 0 ||
				f.Name == "until_turn" && m.Value.Until == ""
		})
		faults = onForm(p.Words, fields, faults)
		if i := slices.IndexFunc(faults, func(f fault.Field) bool { return f.Key == faultDaysOff }); i >= 0 {
			p.Off = DayOff{Words: p.Words, Day: faults[i].Value, Before: string(bundle.Workdays)}
		}
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

// along says what moves with the meeting and what stays, with the deadlines that hang on it.
func (s *Server) along(r *Request, p *ChangePage, m access.Object[meeting.Meeting], values url.Values) error {
	v := &m.Value
	if v.Ends != "" {
		p.Along = append(p.Along, p.T("meeting.along.length", "when", p.When))
	}
	if v.At != "" {
		hours := string(v.At)
		if v.Until != "" {
			hours += "–" + string(v.Until)
		}
		p.Along = append(p.Along, p.T("meeting.along.hours", "hours", hours, "zone", v.Zone.Words(p.Lang)))
	}
	if n := len(v.Agenda); n > 0 {
		p.Along = append(p.Along, p.T("meeting.along.agenda", "n", n))
	}
	return s.callDays(r, p, m, values)
}

// callDays lists the open calls about the meeting with their deadlines.
func (s *Server) callDays(r *Request, p *ChangePage, m access.Object[meeting.Meeting], values url.Values) error {
	starts, _ := when.ParseDate(values.Get("starts"))
	list, err := bundle.DeadlinesOf(r.Context(), s.db, r.Who, m, starts, bundle.Deadlines(values.Get("deadlines")))
	for _, x := range list {
		c := CallDay{Link: Link{Said: p.line(x.Call.Value.Title), Path: p.To(objectPath("call", x.Call.ID))}, Due: p.Date(x.Call.Value.Due)}
		if x.To != x.Call.Value.Due {
			c.To = p.Date(x.To)
		}
		p.Calls = append(p.Calls, c)
	}
	if err == nil && len(list) > 0 && p.Act == "postpone" {
		p.Reach, err = s.reach(r)
	}
	return err
}

// onForm puts the faults of what the form does not show, as an item of the agenda at an hour that
// the new day lacks, at its first field, each named.
func onForm(w Words, fields []shape.Field, faults fault.Fields) fault.Fields {
	named := &form{Words: w, kind: meeting.Meetings.Name}
	out := slices.Clone(faults)
	for i, f := range out {
		head, _, _ := strings.Cut(f.Path, ".")
		if slices.ContainsFunc(fields, func(d shape.Field) bool { return d.Name == head }) {
			continue
		}
		out[i].Path, out[i].Key = "starts", "fault.elsewhere"
		where := f.Path
		if d := fieldAt(meeting.Meetings.Fields(), f.Path); d != nil {
			where = named.pathLabel(f.Path, d)
		}
		out[i].Args = []any{"where", where, "what", w.Fault(f)}
	}
	return out
}

// meetingOf gives the meeting that a value is, an empty one where it is none.
func meetingOf(value any) meeting.Meeting {
	if m, ok := value.(*meeting.Meeting); ok {
		return *m
	}
	return meeting.Meeting{}
}

// savedWords gives what is said when a form is saved: of a meeting that was called off, or that
// begins on another day than before, also that the open calls about it stay as they were.
func (s *Server) savedWords(r *Request, id ref.ID, value any, before meeting.Meeting) (string, error) {
	said := noticeCallsStay
	switch now := meetingOf(value); {
	case now.State == meeting.Cancelled && before.State != meeting.Cancelled:
		said = noticeCallsDue
	case now.Starts == before.Starts:
		return "notice.saved", nil
	}
	m, err := s.meetings.Get(r.Context(), r.Who, ref.Meeting(id))
	if err != nil {
		return "", err
	}
	open, err := bundle.DeadlinesOf(r.Context(), s.db, r.Who, m, "", bundle.Stay)
	if len(open) > 0 {
		return said + ":" + id, err
	}
	return "notice.saved", err
}

// noticeCallsStay says which open calls keep their deadlines, though the meeting begins on another day,
// noticeCallsDue which stay due though it was called off; callsNamed is how many they name. noticeAgenda
// behind one says that the agenda moved with the hours.
const (
	noticeCallsStay = "notice.meeting.calls-stay"
	noticeCallsDue  = "notice.meeting.calls-due"
	callsNamed      = 5
	noticeAgenda    = "+agenda"
)

// callsStay names the open calls about a meeting that the reader may read, the next due first.
func (s *Server) callsStay(r *Request, said string, meeting ref.ID) string {
	open, err := s.exchange.OpenOn(r.Context(), r.Who, meeting)
	if err != nil || len(open) == 0 {
		return r.Page.T("notice.saved")
	}
	var names []string
	for _, c := range open[:min(len(open), callsNamed)] {
		names = append(names, r.Page.T("call.of-day", "title", r.Page.line(c.Value.Title).Text, "date", r.Page.Date(c.Value.Due)))
	}
	calls := strings.Join(names, r.Page.T("list.semicolon"))
	if more := len(open) - len(names); more > 0 {
		calls = r.Page.T("call.and-more", "calls", calls, "n", more)
	}
	return r.Page.T(said, "calls", calls)
}
