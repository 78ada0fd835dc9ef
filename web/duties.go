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
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
)

// dutyRoutes are what somebody owes, and by which days it is counted.
var dutyRoutes = []Route{
	get("/duties", People, "", (*Server).dutiesPage),
	get("/duties/{id}", People, "id=meeting/launch-phase-2", (*Server).dutyPage),
	post("/duties/{id}/extend", People, "id=meeting/launch-phase-2", (*Server).extendPost),
	post("/duties/{id}/drafter", People, "id=meeting/launch-phase-2", (*Server).drafterPost),
	get("/calendars", People, "", (*Server).calendarsPage),
}

// DutiesPage lists the duties of one view.
type DutiesPage struct {
	Page
	Views []DutyTab
	View  string
	Count string
	Rows  []DutyRow
	Next  string
	First string // the first page of the view, on a later one
}

// DutyTab is one view, with how many stand in it.
type DutyTab struct {
	Text, Path string
	N          int
	Count      bool // a number is given
	Here       bool
}

const dutiesShown = 50

func (s *Server) dutiesPage(r *Request) error {
	r.in("desk")
	p := DutiesPage{Page: r.Page}
	view := access.DutyView(r.FormValue("view"))
	if !slices.Contains(access.DutyViews(), view) {
		view = access.DutiesWaiting
	}
	p.View = string(view)
	p.Title = p.T("duty.title")
	debts, err := s.roster.Debts(r.Context(), r.Who, p.Dialogue.ID)
	if err != nil {
		return err
	}
	counts, err := s.objects.CountDuties(r.Context(), r.Who, p.Dialogue.ID, s.today(&p.Page), debts)
	if err != nil {
		return err
	}
	p.tabs(view, counts)
	got, err := s.objects.Duties(r.Context(), r.Who, access.DutyQuery{
		Dialogue: p.Dialogue.ID, Lang: r.Lang, View: view, Debts: debts, Today: s.today(&p.Page), After: text.CleanName(r.FormValue("after")), Limit: dutiesShown,
	})
	if err != nil {
		return err
	}
	x, err := s.dutyReader(r, got.Days, plainDuties(got.List)...)
	if err != nil {
		return err
	}
	for _, d := range got.List {
		p.Mark = stricter(p.Mark, d.Mark)
		p.Rows = append(p.Rows, x.row(d))
	}
	q := url.Values{"view": {p.View}}
	if r.FormValue("after") != "" {
		p.First = p.To("/duties?" + q.Encode())
	}
	if got.Next != "" {
		q.Set("after", got.Next)
		p.Next = p.To("/duties?" + q.Encode())
	}
	return s.ok(r, "duty_list", p)
}

func plainDuties(list []access.ListedDuty) (ds []access.Duty) {
	for _, d := range list {
		ds = append(ds, d.Duty)
	}
	return ds
}

// tabs fills the views; those that say how many.
func (p *DutiesPage) tabs(view access.DutyView, c access.DutyCounts) {
	n := map[access.DutyView]int{
		access.DutiesWaiting: c.Waiting, access.DutiesMine: c.Mine, access.DutiesInstitution: c.Institution,
		access.DutiesOverdue: c.Overdue, access.DutiesAwaited: c.Awaited, access.DutiesIdle: c.Idle,
	}
	for _, v := range access.DutyViews() {
		_, counted := n[v]
		p.Views = append(p.Views, DutyTab{p.T("duty.view." + string(v)), p.To("/duties?view=" + string(v)), n[v], counted, v == view})
		if v == view && counted {
			p.Count = p.T("duty.count", "n", n[v])
		}
	}
}

// DutyPage is one duty: the matter, the deadline, and what can be done.
type DutyPage struct {
	Page
	What     string
	About    Said
	Facts    Facts
	Do       Link
	Object   Link
	Rule     string
	Gap      string // years that are not announced
	Extends  bool
	Reveal   string
	Due      string // the deadline that was seen
	Values   url.Values
	Faults   []FieldFault
	By       map[string]string
	Conflict bool
	Off      DayOff
	Reach    string // how far calendars of holidays reach
	Drafters []Option
	At       string // its own address
	Brief    string // address of the brief for the leader; empty: it is not the reader's to do
}

func (s *Server) dutyPage(r *Request) error {
	return s.showDuty(r, http.StatusOK, url.Values{}, nil)
}

func (s *Server) showDuty(r *Request, status int, values url.Values, faults fault.Fields) error {
	r.in("desk")
	var d access.Duty
	var h access.Header
	p := DutyPage{Page: r.Page, Values: values, Conflict: status == http.StatusConflict}
	var x dutyReader
	err := s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		at := *r
		at.Request = r.WithContext(ctx)
		if d, err = access.FindDuty(ctx, tx, r.Who, r.PathValue("id")); err != nil {
			return err
		}
		if h, err = access.Find(ctx, tx, r.Who, d.Object); err != nil {
			return err
		}
		days, err := access.Workdays(ctx, tx, h.Dialogue)
		if err != nil {
			return err
		}
		x, err = s.dutyReader(&at, days, d)
		return err
	})
	if err != nil {
		return err
	}
	x.full = true
	p.fill(x, d)
	p.Mark = h.Mark
	p.By, p.Faults, p.Off = p.byPath(faults), p.Page.Faults(faults), s.offerDay(r, faults)
	open := d.Done == ""
	if open && d.OwedBy(r.Who) {
		p.Brief = p.At + "/brief"
	}
	p.Reach = x.reach()
	p.Extends = open && d.OwedTo(r.Who) && access.May(r.Who, "duty.extend", h) == nil
	p.Reveal = p.T("duty.extend-reveal", "who", x.debtor(d))
	if open && d.OwedBy(r.Who) && access.May(r.Who, "duty.drafter", h) == nil {
		people, err := s.roster.Drafters(r.Context(), r.Who, r.Lang)
		if err != nil {
			return err
		}
		for _, o := range people {
			p.Drafters = append(p.Drafters, Option{Value: o.ID, Text: say(o.Value.Title, r.Lang).Text, Selected: o.ID == ref.ID(d.Drafter)})
		}
	}
	return s.show(r, status, "duty_page", p)
}

// fill puts the duty into words.
func (p *DutyPage) fill(x dutyReader, d access.Duty) {
	t := x.names[d.Object]
	p.What, p.About, p.Do = x.what(d), Said{Text: t.Text, Lang: other(x.w.Lang, t.Lang)}, x.do(d)
	p.Object = linkTo(x.w, t)
	p.Object.Path = x.w.To(p.Object.Path)
	p.Title = p.What + x.w.T("list.colon") + bidi.Isolate(t.Text)
	p.At, p.Due = x.w.To("/duties/", d.ID), string(d.Due)
	p.Facts.Words = x.w
	f := &p.Facts
	switch {
	case d.Done != "":
		f.state("duty.state", StateWord{"is-done", x.w.T("duty.done")}, plainly(x.w.Day(d.Done)))
	case x.owing[d.ID].Idle():
		f.state("duty.state", StateWord{"is-unknown", x.w.T("owes.none")})
	case d.Due != "" && d.Due.Before(x.today):
		f.state("duty.state", StateWord{"is-late", x.w.T("duty.overdue")}, plainly(x.w.T("duty.overdue-since", "date", x.w.Date(d.Due))))
	default:
		f.state("duty.state", StateWord{"is-waiting", x.w.T("duty.open")})
	}
	if d.Done == "" {
		f.add("duty.due", plainly(x.w.Date(d.Due)), plainly(x.left(x.days, d.Due)))
		if own := x.days.Of(string(x.r.Who.Side)); len(own) > 0 && !d.Due.Before(x.today) {
			f.add("duty.own-side", plainly(x.left(own, d.Due)))
		}
		p.Rule, p.Gap = x.w.T("duty.rule"), x.unannounced(d.Due)
	} else {
		f.add("duty.due", plainly(x.w.Date(d.Due)))
	}
	if d.Was != "" {
		f.add("duty.extended", plainly(x.w.T("duty.extended-from", "was", x.w.Date(d.Was), "due", x.w.Date(d.Due))), plainly(d.Reason))
	}
	f.add("duty.principal", plainly(x.debtor(d)), plainly(strings.Join(x.hindrances(d), x.w.T("public.comma"))))
	f.add("duty.asker", plainly(x.who(d.Asker)))
	f.add("duty.since", plainly(x.w.Date(d.Since)))
	if t, ok := x.names[ref.ID(d.Drafter)]; ok {
		f.add("duty.drafter", Said{Text: t.Text, Lang: other(x.w.Lang, t.Lang)})
	}
}

func (s *Server) extendPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	takeDay(r)
	to, err := when.ParseDate(when.Date("").Typed(text.ASCII(r.PostForm.Get("due"))))
	var f fault.Fields
	if err != nil {
		key, args := "fault.day", []any(nil)
		if e := (*when.Error)(nil); errors.As(err, &e) && e.Key != "fault.date" { // a day, but one that is not taken
			key, args = e.Key, e.FaultArgs()
		}
		f.Add("due", r.PostFormValue("due"), key, args...)
		return s.showDuty(r, http.StatusUnprocessableEntity, r.PostForm, f)
	}
	may, err := s.mayExtend(r)
	if err != nil {
		return err
	}
	if f, err = s.dayOff(r, to); err != nil {
		return err
	}
	if may && len(f) > 0 {
		return s.showDuty(r, http.StatusUnprocessableEntity, r.PostForm, f)
	}
	err = bundle.ExtendDuty(r.Context(), s.db, s.objects, r.Who, r.PathValue("id"), when.Date(r.PostFormValue("from")), to, r.reason())
	var refused *fault.Error
	switch {
	case err == nil:
		s.notice(r, "duty.extended-notice")
		return r.redirect("/duties/" + r.PathValue("id"))
	case fault.Is(err, fault.Conflict):
		return s.showDuty(r, http.StatusConflict, r.PostForm, nil)
	case errors.As(err, &refused) && len(refused.Fields) > 0:
		return s.showDuty(r, http.StatusUnprocessableEntity, r.PostForm, refused.Fields)
	}
	return err
}

// mayExtend says whether the duty is the reader's to extend; what it is not the act itself says.
func (s *Server) mayExtend(r *Request) (may bool, err error) {
	err = s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		d, err := access.FindDuty(ctx, tx, r.Who, r.PathValue("id"))
		if err != nil {
			return err
		}
		h, err := access.Find(ctx, tx, r.Who, d.Object)
		may = err == nil && d.OwedTo(r.Who) && access.May(r.Who, "duty.extend", h) == nil
		return err
	})
	return may, err
}

func (s *Server) drafterPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	if err := s.roster.SetDrafter(r.Context(), r.Who, r.PathValue("id"), ref.Person(r.PostFormValue("drafter"))); err != nil {
		return err
	}
	s.notice(r, "duty.drafter-notice")
	return r.redirect("/duties/" + r.PathValue("id"))
}
