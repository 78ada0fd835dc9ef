package web

import (
	"net/http"
	"slices"

	"entente/access"
	"entente/exchange"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/internal/when"
)

// callRoutes are what institutions are asked about an object: the form, a call's own page, a later
// day, and its end.
var callRoutes = []Route{
	get("/objects/{id}/calls/new", Team, "id=meeting/launch-phase-2", (*Server).askPage),
	post("/objects/{id}/calls/new", Team, "id=meeting/launch-phase-2", (*Server).askPost),
	get("/calls/{id}", People, "id=meeting/launch-phase-2", (*Server).callPage),
	get("/calls/{id}/extend", Team, "id=meeting/launch-phase-2", changeCall("extend")),
	pins(post("/calls/{id}/extend", Team, "id=meeting/launch-phase-2", changeCallPost("extend"))),
	get("/calls/{id}/close", Team, "id=meeting/launch-phase-2", changeCall("close")),
	pins(post("/calls/{id}/close", Team, "id=meeting/launch-phase-2", changeCallPost("close"))),
}

// callsOnPage is how many calls an object's page shows.
const callsOnPage = 10

// CallRow is a call as pages list it.
type CallRow struct {
	Words
	Title    Said
	Text     Said
	Path     string
	For      string
	Day      string
	When     string
	State    StateWord
	Said     string // how many of those asked have answered, as far as the reader may know
	Hindered string // who of those asked cannot answer, and why
	Answer   string // where the reader's institution answers; empty: it is not asked, or has answered
}

// callRow puts a call into words. today is a day.
func (p *Page) callRow(v exchange.CallView, today when.Date) CallRow {
	w, c := p.Words, v.Value
	row := CallRow{
		Words: w, Title: w.asked(c.Title), Text: w.asked(c.Text), Path: objectPath("call", v.ID), For: capital(w.Option("call", "for", string(c.For))),
		Day: string(c.Due), When: w.Date(c.Due), State: stateWord(w, "call", string(c.State)),
		Said: w.T("call.said", "n", len(v.Said), "of", len(c.To)),
	}
	switch {
	case c.State == exchange.Closed:
		row.State.Class = "is-done"
	case len(v.Said) == len(c.To):
		row.State = StateWord{"is-done", w.T("call.complete")}
	case c.Due.Before(today):
		row.State = StateWord{"is-late", w.T("call.late")}
	}
	if v.Mine != "" && v.Said[v.Mine] == "" && c.State == exchange.Open {
		row.Answer = w.To("/objects/", c.Of, "/statements/new?call=", v.ID)
		if exchange.Sort(c.For) == exchange.Receipt {
			row.Answer = w.To(row.Path)
		}
	}
	return row
}

// CallPage shows one call: what is asked of whom by when, and who has said it.
type CallPage struct {
	Page
	Head    Head
	Row     CallRow
	Object  Link
	Source  Said
	Reason  Said
	Left    string // working days to the deadline, of an open call
	Gap     string // of which years on the way some side's holidays are not known
	Closed  bool
	Asked   []CallAsked
	Receipt string      // where the button of the receipt goes
	Rev     int64       // of the object
	With    string      // what that holds
	Seen    []KeptField // the call as it stands
	ID      ref.ID
	Change  bool // the reader may extend and close it
	Enter   string
	Judge   *JudgePart
	Was     *Referred // what it is about, where the reader keeps it and may not read that any more
}

// CallAsked is one institution that was asked.
type CallAsked struct {
	Institution Link
	State       StateWord
	Answer      StatementRow
	Answered    bool
	Notes       []string // why it cannot answer, or who does in its place
}

func (s *Server) callPage(r *Request) error {
	v, err := s.exchange.Call(r.Context(), r.Who, ref.Call(r.PathValue("id")))
	if err != nil {
		return err
	}
	c := v.Value
	whole, kept, err := s.whole(r, v.Header)
	if err != nil {
		return err
	}
	ids := []ref.ID{c.Of}
	var said []ref.ID
	for _, i := range c.To {
		ids, said = append(ids, ref.ID(i), ref.ID(v.Open[i].Institution)), append(said, ref.ID(v.Said[i]))
	}
	ns, err := s.named(r, ids...)
	if err != nil {
		return err
	}
	rows, err := s.statementsAmong(r, slices.DeleteFunc(said, func(id ref.ID) bool { return id == "" })...)
	if err != nil {
		return err
	}
	p := CallPage{
		Row: r.Page.callRow(v, s.today(&r.Page)), Source: r.Page.asked(c.Source), Reason: r.Page.asked(c.Reason),
		Closed: c.State == exchange.Closed, Rev: whole.Rev, ID: v.ID,
	}
	if !p.Closed {
		x, err := s.deadlines(r)
		if err != nil {
			return err
		}
		p.Left, p.Gap = x.left(x.days, c.Due), x.unannounced(c.Due)
	}
	p.Row.hindered(v, ns)
	if t, ok := ns[c.Of]; ok {
		p.Object = linkTo(r.Page.Words, t)
	}
	trail := p.Object
	if kept { // nobody answers it any more who does not read the object
		if p.Was, err = s.referred(r, v.Header, v.Header.Parent); err != nil {
			return err
		}
		trail, p.Row.Answer = ownWords(r.Page.Words), ""
	}
	for _, i := range c.To {
		a := CallAsked{State: StateWord{"is-waiting", r.Page.T("call.waiting")}}
		if t, ok := ns[ref.ID(i)]; ok {
			a.Institution = linkTo(r.Page.Words, t)
		} else {
			a.Institution.Said = plainly(r.Page.T("audience.hidden.institution"))
		}
		if a.Answer, a.Answered = rows[ref.ID(v.Said[i])]; a.Answered {
			a.State = StateWord{"is-done", a.Answer.Sort}
			if a.Institution.Path == "" && a.Answer.Institution.Path == "" { // the words say whose they are
				a.Institution.Said = a.Answer.Institution.Said
			}
			if by := a.Answer.Institution; by.Path != "" && by.Path != a.Institution.Path {
				a.Notes = []string{r.Page.T("owes.by", "name", by.Text, "of", a.Institution.Text)}
			}
		} else if p.Closed {
			a.State = StateWord{"is-unknown", r.Page.T("call.unanswered")}
		} else if open := v.Open[i]; v.Knows {
			a.Notes = hindrances(r.Page.Words, ns, open)
			if open.Idle() {
				a.State = StateWord{"is-unknown", r.Page.T("owes.none")}
			}
		} else if i == v.Mine && open.Ended != "" {
			a.Notes = []string{r.Page.T("owes.as-successor", "name", a.Institution.Text)}
		}
		p.Asked = append(p.Asked, a)
	}
	if p.Head, err = s.head(r, v.Header, p.Row.Title, trail); err != nil {
		return err
	}
	r.written(c.Title)
	r.inRoom("", p.Head, p.Row.Text)
	p.Page = r.Page
	p.Mark = v.Mark
	p.Judge = s.judgePart(r, v.Header, &v.Value)
	if p.Row.Answer != "" && exchange.Sort(c.For) == exchange.Receipt {
		p.Receipt = p.To("/objects/", c.Of, "/receipt")
		if p.With, err = s.seenWith(r, whole); err != nil {
			return err
		}
		if p.Seen, err = s.callSeen(r, v.Header); err != nil {
			return err
		}
	}
	p.Change = !p.Closed && access.May(r.Who, "call.extend", v.Header) == nil
	if p.Change && !kept {
		p.Enter = p.To("/objects/", c.Of, "/statements/behalf?call=", v.ID)
	}
	return s.ok(r, "call", p)
}

// asking is what the form of a call gives.
type asking struct {
	Title  text.Multi      `json:"title" shape:"required"`
	For    exchange.Wanted `json:"for" shape:"required"`
	Due    when.Date       `json:"due" shape:"required"`
	Text   text.Multi      `json:"text,omitempty" shape:"long"`
	Source text.Multi      `json:"source,omitempty"`
}

// AskPage is the form of a call, and of a call's later day and its end.
type AskPage struct {
	Page
	Act     string // new, extend, close
	Name    Said   // of the object, or of the call
	Action  string
	Leave   string
	Rev     int64
	Fields  []Field
	Faults  []FieldFault
	Asked   []AudienceGroup // who can be asked, by side
	Fault   string          // of those asked
	Readers Audience
	Wide    bool
	Off     DayOff
	Reach   string // how far calendars of holidays reach
}

func (s *Server) askPage(r *Request) error { return s.showAsk(r, http.StatusOK, nil) }

func (s *Server) showAsk(r *Request, status int, faults fault.Fields) error {
	h, value, err := s.objects.Get(r.Context(), r.Who, r.PathValue("id"))
	if err != nil {
		return err
	}
	may, err := s.exchange.May(r.Context(), r.Who, h.ID)
	if err != nil {
		return err
	}
	if !exchange.About(h.Kind) {
		return errNoPage
	}
	if !may.Ask {
		return fault.New(fault.Forbidden, "")
	}
	p := AskPage{Page: r.Page, Act: "new", Name: nameOf(value, r.Lang), Leave: r.Page.To(objectPath(h.Kind, h.ID)), Action: r.Page.To("/objects/", h.ID, "/calls/new")}
	p.Title, p.Mark, p.Wide = p.T("call.new"), h.Mark, r.PostFormValue("readers") == "wide"
	if p.Readers, err = s.audience(r, exchange.Readers(h).Audience); err != nil {
		return err
	}
	if p.Asked, err = s.askable(r, h.ID); err != nil {
		return err
	}
	fields := shape.Describe[asking]()
	f := &form{Words: p.Words, kind: exchange.Calls.Name, values: r.PostForm, faults: p.byPath(faults)}
	if err := s.choices(r, f, fields); err != nil {
		return err
	}
	p.Fields, p.Faults, p.Fault, p.Off = f.fields("", fields), p.Page.Faults(faults), f.faults["to"], s.offerDay(r, faults)
	if p.Reach, err = s.reach(r); err != nil {
		return err
	}
	return s.show(r, status, "call_form", p)
}

// askable offers the institutions that can be asked about an object, by side; the others last.
func (s *Server) askable(r *Request, of ref.ID) ([]AudienceGroup, error) {
	list, err := s.roster.Institutions(r.Context(), r.Who, r.Page.Dialogue.ID, r.Lang)
	if err != nil {
		return nil, err
	}
	sides, err := s.roster.Sides(r.Context(), r.Who, r.Page.Dialogue.ID, r.Lang)
	if err != nil {
		return nil, err
	}
	var ids []ref.Institution
	for _, o := range list {
		ids = append(ids, ref.Institution(o.ID))
	}
	can, err := s.exchange.Askable(r.Context(), r.Who, of, ids)
	if err != nil {
		return nil, err
	}
	groups := make([]AudienceGroup, len(sides)+1)
	at := map[ref.Side]int{}
	for i, o := range sides {
		groups[i].Title, at[ref.Side(o.ID)] = say(o.Value.Name, r.Lang).Text, i
	}
	groups[len(sides)].Title = r.Page.T("meeting.no-side")
	day := s.today(&r.Page).First()
	for _, o := range list {
		as, side := o.Value.Today(day)
		if !can[ref.Institution(o.ID)] || as == "former" || o.Value.Ended != "" {
			continue
		}
		i, ok := at[side]
		if !ok {
			i = len(sides)
		}
		groups[i].Choices = append(groups[i].Choices, AudienceChoice{Value: o.ID, Text: say(o.Value.Name(), r.Lang).Text, Chosen: slices.Contains(r.PostForm["to"], o.ID)})
	}
	return slices.DeleteFunc(groups, func(g AudienceGroup) bool { return len(g.Choices) == 0 }), nil
}

func (s *Server) askPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	takeDay(r)
	var in asking
	faults := shape.DecodeForm(r.PostForm, &in)
	var to []ref.Institution
	for _, v := range r.PostForm["to"] {
		to = append(to, ref.Institution(v))
	}
	if len(to) == 0 {
		faults.Add("to", "", "fault.required")
	}
	off, err := s.dayOff(r, in.Due)
	if err != nil {
		return err
	}
	if faults = append(faults, off...); len(faults) > 0 {
		return s.showAsk(r, http.StatusUnprocessableEntity, faults)
	}
	o, err := s.exchange.Ask(r.Context(), r.Who, r.PathValue("id"), exchange.Asked{
		Title: in.Title, Text: in.Text, Source: in.Source, For: in.For, To: to, Due: in.Due, Wide: r.PostFormValue("readers") == "wide",
	})
	if fs := fieldsOf(err); len(fs) > 0 {
		return s.showAsk(r, http.StatusUnprocessableEntity, fs)
	}
	if err != nil {
		return err
	}
	s.notice(r, "notice.call")
	return r.redirect(objectPath("call", o.ID))
}

// later is what the form of an extension gives; ended that of closing.
type later struct {
	Due    when.Date  `json:"due" shape:"required"`
	Reason text.Multi `json:"reason" shape:"required"`
}

type ended struct {
	Reason text.Multi `json:"reason,omitempty"`
}

// changeCall makes the page that stands before a call is extended or closed.
func changeCall(act string) func(*Server, *Request) error {
	return func(s *Server, r *Request) error { return s.showCallChange(r, http.StatusOK, act, nil) }
}

func (s *Server) showCallChange(r *Request, status int, act string, faults fault.Fields) error {
	v, err := s.exchange.Call(r.Context(), r.Who, ref.Call(r.PathValue("id")))
	if err != nil {
		return err
	}
	if err := access.May(r.Who, "call."+act, v.Header); err != nil {
		return err
	}
	p := AskPage{Page: r.Page, Act: act, Name: r.Page.line(v.Value.Title), Rev: r.seenRev(v.Rev), Leave: r.Page.To(objectPath("call", v.ID))}
	p.Title, p.Mark, p.Action = p.T("call."+act+".title", "due", p.Date(v.Value.Due)), v.Mark, p.Leave+"/"+act
	if p.Readers, err = s.audience(r, v.Audience); err != nil {
		return err
	}
	fields := shape.Describe[ended]()
	if act == "extend" {
		fields = shape.Describe[later]()
		if p.Reach, err = s.reach(r); err != nil {
			return err
		}
	}
	f := &form{Words: p.Words, kind: exchange.Calls.Name, values: r.PostForm, faults: p.byPath(faults)}
	if err := s.choices(r, f, fields); err != nil {
		return err
	}
	p.Fields, p.Faults, p.Off = f.fields("", fields), p.Page.Faults(faults), s.offerDay(r, faults)
	return s.show(r, status, "call_form", p)
}

func changeCallPost(act string) func(*Server, *Request) error {
	return func(s *Server, r *Request) error {
		if err := r.form(); err != nil {
			return err
		}
		id := ref.Call(r.PathValue("id"))
		rev := r.seenRev(0)
		var faults fault.Fields
		var err error
		if act == "extend" {
			takeDay(r)
			var in later
			faults = shape.DecodeForm(r.PostForm, &in)
			var off fault.Fields
			if off, err = s.dayOff(r, in.Due); err != nil {
				return err
			}
			if faults = append(faults, off...); len(faults) == 0 {
				err = s.exchange.Extend(r.Context(), r.Who, id, rev, in.Due, in.Reason)
			}
		} else {
			var in ended
			if faults = shape.DecodeForm(r.PostForm, &in); len(faults) == 0 {
				err = s.exchange.Close(r.Context(), r.Who, id, rev, in.Reason)
			}
		}
		if faults = append(faults, fieldsOf(err)...); len(faults) > 0 {
			return s.showCallChange(r, http.StatusUnprocessableEntity, act, faults)
		}
		if err != nil {
			return err
		}
		s.notice(r, "notice.call."+act)
		return r.redirect(objectPath("call", ref.ID(id)))
	}
}
