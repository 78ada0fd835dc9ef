package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"entente/access"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/meeting"
	"entente/standard/ical"
	"entente/standard/tlp"
)

// calendarLimit is how many meetings the feed holds, the newest.
const calendarLimit = 500

// placed says whether a meeting has a place in a calendar: its first day is stated or inferred. A
// year, a month or "about" is no day, and none is made up.
func placed(m *meeting.Meeting) bool {
	return m.Starts.Precision() == when.Day && !m.Starts.About()
}

// meetingCalendar gives one meeting to be taken into a calendar. One that has no day leads back
// to its page, which says how the date is known.
func (s *Server) meetingCalendar(r *Request) error {
	m, err := s.meetings.Get(r.Context(), r.Who, ref.Meeting(r.PathValue("id")))
	if err != nil {
		return err
	}
	if !placed(&m.Value) {
		return r.redirect("/meetings/" + m.ID)
	}
	c := ical.Calendar{
		Name: m.Value.Title.Get(r.Lang), Language: r.Lang, URL: r.Page.Base + r.Page.To("/meetings/", m.ID),
		Events: []ical.Event{s.event(&r.Page, m)},
	}
	return r.calendar(c, "meeting-"+string(m.Value.Starts.Bare())+".ics")
}

// meetingsCalendar is the feed of all meetings that the reader may read and that have a day.
func (s *Server) meetingsCalendar(r *Request) error {
	list, err := s.meetings.Feed(r.Context(), r.Who, r.Page.Dialogue.ID, calendarLimit)
	if err != nil {
		return err
	}
	p := &r.Page
	c := ical.Calendar{
		Name: p.T("meeting.feed", "dialogue", p.Dialogue.Name.Text), Description: p.T("meeting.feed-note"),
		Language: r.Lang, URL: p.Base + p.To("/meetings"),
	}
	for _, m := range list {
		if placed(&m.Value) {
			c.Events = append(c.Events, s.event(p, m))
		}
	}
	return r.calendar(c, "meetings.ics")
}

// event makes the calendar's account of a meeting that is placed. The same meeting has the same
// UID in every language and on every host, and a sequence that moves with its revisions.
func (s *Server) event(p *Page, m access.Object[meeting.Meeting]) ical.Event {
	v := &m.Value
	title := p.Text(v.Title)
	e := ical.Event{
		UID: m.ID, Sequence: int(m.Rev - 1), Summary: title.Text, Language: title.Lang, Location: v.Place.Get(p.Lang),
		URL: p.Base + p.To("/meetings/", m.ID), Status: ical.Confirmed, Class: ical.Private,
		Categories: []string{p.Option("meeting", "type", string(v.Type))},
	}
	if m.Mark == tlp.CLEAR {
		e.Class = ical.Public
	}
	switch {
	case v.State == meeting.Cancelled:
		e.Status = ical.Cancelled
	case v.Starts.Inferred():
		e.Status = ical.Tentative
	}
	e.LastModified, _ = time.Parse(time.RFC3339, m.ChangedAt)
	e.Description = calendarNote(p, m)
	last := v.Starts
	if v.Ends.Precision() == when.Day && !v.Ends.About() {
		last = v.Ends
	}
	if from, ok := when.Moment(v.Starts.Bare(), v.At, v.Zone, v.Turn); ok {
		e.Start, e.Zone = from, string(v.Zone)
		if to, ok := when.Moment(last.Bare(), v.Until, v.Zone, v.EndTurn()); ok && to.After(from) {
			e.End = to
		}
		if v.Until != "" || last == v.Starts {
			return e
		}
	}
	e.AllDay, e.Zone, e.Start, e.End = true, "", v.Starts.First(), last.First()
	return e
}

// calendarNote says what a calendar has no field for: how the date is known, why it moved, who
// may see the entry.
func calendarNote(p *Page, m access.Object[meeting.Meeting]) string {
	v := &m.Value
	lines := []string{p.Words.On(v.Starts, v.Ends), v.DateNote.Get(p.Lang)}
	if v.State != meeting.Held && v.State != meeting.Planned {
		lines = append(lines, capital(p.Option("meeting", "state", string(v.State)))+p.T("meeting.colon")+text.OneLine(v.Reason.Get(p.Lang)))
	}
	lines = append(lines, text.Plain(v.Summary.Get(p.Lang)))
	if m.Mark != tlp.CLEAR {
		mark := string(m.Mark)
		if m.National != "" {
			mark += " · " + m.National
		}
		lines = append(lines, mark+p.T("meeting.colon")+p.Explain(m.Mark))
	}
	var said []string
	for _, l := range lines {
		if l != "" {
			said = append(said, l)
		}
	}
	return strings.Join(said, "\n")
}

// calendar answers with a calendar, or says that it is the one the reader has.
func (r *Request) calendar(c ical.Calendar, name string) error {
	var b bytes.Buffer
	if err := ical.Write(&b, c); err != nil {
		return err
	}
	h := r.W.Header()
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return r.file("text/calendar; charset=utf-8", b.Bytes())
}

// file answers with what machines fetch again and again: its tag is that of the bytes, and one
// who has them gets none. What it holds depends on who asks.
func (r *Request) file(kind string, b []byte) error {
	sum := sha256.Sum256(b)
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	h := r.W.Header()
	h.Set("Content-Type", kind)
	h.Set("ETag", tag)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Content-Language", r.Lang)
	h.Add("Vary", "Cookie")
	if hasTag(r.Header.Get("If-None-Match"), tag) {
		r.W.WriteHeader(http.StatusNotModified)
		return nil
	}
	r.W.WriteHeader(http.StatusOK)
	_, err := r.W.Write(b)
	return err
}

// hasTag says whether a list of entity tags holds one, compared weakly (RFC 9110, section 13.1.2).
func hasTag(list, tag string) bool {
	for t := range strings.SplitSeq(list, ",") {
		t = strings.TrimPrefix(strings.TrimSpace(t), "W/")
		if t == tag || t == "*" {
			return true
		}
	}
	return false
}
