package web

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/message"
	"entente/internal/ref"
	"entente/meeting"
	"entente/roster"
	"entente/standard/ical"
	"entente/standard/tlp"
)

// ownCalendarRoutes are a person's calendar, which opens without signing in for whoever has its
// address, and the acts on that address.
var ownCalendarRoutes = []Route{
	costly(plain(http.MethodGet, "/calendar/{token}", All, "token=NONE.ics", (*Server).ownCalendar)),
	post("/account/calendar", People, "", (*Server).feedPost),
	post("/account/calendar/end", People, "", (*Server).unfeedPost),
	get("/account/calendar", People, "", func(_ *Server, r *Request) error { return r.redirect("/account") }), // after the act, in another language
}

// What a person's calendar holds at most.
const (
	ownMeetings = 300
	ownDuties   = 300
)

// feedPost makes the address, or another in its place. It is shown in this one answer.
func (s *Server) feedPost(r *Request) error {
	token, err := s.accounts.MakeFeed(r.Context(), r.Who)
	if err != nil {
		return err
	}
	return s.accountWith(r, http.StatusOK, nil, r.Page.Base+"/calendar/"+token+".ics")
}

func (s *Server) unfeedPost(r *Request) error {
	if err := s.accounts.EndFeed(r.Context(), r.Who); err != nil {
		return err
	}
	s.notice(r, "account.calendar-ended")
	return r.redirect("/account")
}

// ownCalendar answers a calendar program. Who the person is and what they may read is found out
// each time; nothing on the way may keep the answer.
func (s *Server) ownCalendar(r *Request) error {
	h := r.W.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex")
	token, ok := strings.CutSuffix(r.PathValue("token"), ".ics")
	if !ok {
		return errNoPage
	}
	rd, err := s.accounts.FeedReader(r.Context(), token)
	if err != nil {
		return err
	}
	own, err := s.reading(r, rd)
	if err != nil {
		return err
	}
	c := ical.Calendar{
		Name: own.Page.T("owncal.name", "dialogue", own.Page.Dialogue.Name.Text), Description: own.Page.T("owncal.note"),
		Language: own.Lang, URL: own.Page.Base + own.Page.To("/desk"), Refresh: time.Hour,
	}
	if c.Events, err = s.ownEvents(own); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := ical.Write(&b, c); err != nil {
		return err
	}
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Language", own.Lang)
	r.W.WriteHeader(http.StatusOK)
	_, err = r.W.Write(b.Bytes())
	return err
}

// reading gives the request as that person's, in that person's language.
func (s *Server) reading(r *Request, rd roster.Reader) (*Request, error) {
	own := &Request{Request: r.Request, W: r.W, Who: rd.Actor, Lang: PageReader{Language: rd.Language}.Prefers(message.Languages[0])}
	d, err := s.dialogues.First(r.Context(), own.Who)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	own.Page = Page{Words: Words{own.Lang}, Base: s.base(r.Request)}
	own.Page.Dialogue = DialogueHead{ID: ref.Dialogue(d.ID), Name: say(d.Value.Name, own.Lang), Value: d.Value}
	own.Page.Reader.Team = own.Who.Holds(access.ProjectTeam)
	return own, nil
}

// ownEvents are the meetings that the person's institution takes part in, and the deadlines of what
// the person owes, translations added up by day.
func (s *Server) ownEvents(r *Request) (events []ical.Event, err error) {
	p := &r.Page
	var line []ref.Institution
	for _, q := range r.Who.Principals() {
		if q.Kind() == "institution" {
			line = append(line, ref.Institution(q.ID()))
		}
	}
	if len(line) > 0 {
		list, err := s.meetings.Feed(r.Context(), r.Who, p.Dialogue.ID, ownMeetings, line...)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			if placed(&m.Value) {
				events = append(events, s.ownMeeting(p, m))
			}
		}
	}
	debts, err := s.roster.Debts(r.Context(), r.Who, p.Dialogue.ID)
	if err != nil {
		return nil, err
	}
	got, err := s.objects.Duties(r.Context(), r.Who, access.DutyQuery{Dialogue: p.Dialogue.ID, Lang: r.Lang, Debts: debts, Others: true, Today: s.today(p), Limit: ownDuties})
	if err != nil {
		return nil, err
	}
	x, err := s.dutyReader(r, got.Days, plainDuties(got.List)...)
	if err != nil {
		return nil, err
	}
	for _, d := range got.List {
		if d.Due.Valid() { // one from before there were deadlines has none until the node's schedule ran
			events = append(events, ownDuty(x, d))
		}
	}
	due, err := s.objects.TranslationsDue(r.Context(), r.Who, p.Dialogue.ID, ownDuties)
	for _, d := range due {
		events = append(events, ical.Event{
			UID: "translations-" + string(d.Due) + "-" + string(r.Who.Person), Stamp: s.db.Now(), AllDay: true, Start: d.Due.First(),
			Summary: p.T("owncal.translations", "n", d.N), URL: p.Base + p.To("/translations"), Class: ical.Private,
		})
	}
	return events, err
}

// told says whether a calendar outside may hold what an object with this mark says: GREEN and
// below. Of all others it tells that there is a matter, and where.
func told(m tlp.Label) bool { return m.Compare(tlp.GREEN) <= 0 }

func (s *Server) ownMeeting(p *Page, m access.Object[meeting.Meeting]) ical.Event {
	e := s.event(p, m)
	if told(m.Mark) {
		e.Summary = string(m.Mark) + " " + e.Summary
		return e
	}
	e.Summary, e.Language = string(m.Mark)+" "+p.T("owncal.meeting"), ""
	e.Description, e.Location, e.Categories = p.T("owncal.sign-in"), "", nil
	return e
}

func ownDuty(x dutyReader, d access.ListedDuty) ical.Event {
	p := &x.r.Page
	e := ical.Event{
		UID: d.ID, AllDay: true, Start: d.Due.First(), URL: p.Base + x.w.To("/duties/", d.ID), Class: ical.Private, Stamp: x.s.db.Now(),
		Summary: string(d.Mark) + " " + x.w.T("owncal.duty"), Description: x.w.T("owncal.sign-in"),
	}
	if d.Was != "" {
		e.Sequence = 1
	}
	if told(d.Mark) {
		e.Summary = string(d.Mark) + " " + x.what(d.Duty) + x.w.T("list.colon") + d.About.Text
		e.Description = x.asked(d.Duty)
	}
	return e
}

// feedMade says since when the person's calendar has an address.
func (p *AccountPage) feedMade(made, address string) {
	p.Address = address
	if t, err := db.ParseStamp(made); err == nil {
		p.Calendar = p.Moment(db.Stamp(t), p.zoneOf())
	}
}
