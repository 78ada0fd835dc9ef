package web

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/meeting"
)

// meetingsShown is how many meetings a page of the list has.
const meetingsShown = 50

// MeetingsPage lists the meetings that the reader may read.
type MeetingsPage struct {
	Page
	Search                                     string
	Types, States, Phases, Institutions, Years []Option
	Filtered                                   bool
	Sort, Dir                                  string // kept by the form of filters; empty: the custom
	Order                                      string // the order in words
	Total                                      int
	Rows                                       []MeetingRow
	ByDate, ByTitle                            SortLink
	Previous, Next                             string // addresses of the pages beside this one
	Clear                                      string
	Calendar                                   string
	New                                        string // address of the form; empty: not the reader's to make
}

// SortLink is the head of a column by which a list sorts.
type SortLink struct{ Path, Aria string }

// MeetingRow is one meeting in the list.
type MeetingRow struct {
	Title   Said
	Path    string
	When    string
	Day     string // for machines; empty: the date is not known
	Place   Said
	Type    string
	State   StateWord
	Counted string // people in the register; empty: not held
	Stated  string // people by sources; empty: none
}

// meetingFilters are the words of the address that choose meetings.
var meetingFilters = []string{"title", "type", "state", "phase", "institution", "year"}

func (s *Server) meetingsPage(r *Request) error {
	p := MeetingsPage{Page: r.Page}
	p.Title = p.T("room.meetings")
	var list meeting.Listing
	var asked url.Values
	err := s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		if asked, err = s.meetingChoices(ctx, tx, r, &p); err != nil {
			return err
		}
		list, err = s.meetings.List(ctx, r.Who, meetingQuery(&p, r.URL.Query(), asked))
		return err
	})
	if err != nil {
		return err
	}
	p.Total = list.Total
	for _, m := range list.Rows {
		p.Rows = append(p.Rows, meetingRow(p.Words, m))
	}
	p.address(asked, list)
	if access.May(r.Who, "meeting.create", access.Header{Kind: "meeting", Dialogue: p.Dialogue.ID}) == nil {
		p.New = p.To("/new/meeting")
	}
	return s.ok(r, "meeting_list", p)
}

// meetingChoices fills the filters and gives what of the address is a choice among them. The
// rest of the address chooses nothing: a foreign word must not empty the list without a sign.
func (s *Server) meetingChoices(ctx context.Context, tx *db.Tx, r *Request, p *MeetingsPage) (url.Values, error) {
	asked, q := url.Values{}, r.URL.Query()
	offer := func(name string, values []Option) []Option {
		for i := range values {
			if v := q.Get(name); v != "" && v == values[i].Value {
				values[i].Selected = true
				asked.Set(name, v)
			}
		}
		return values
	}
	if p.Search = text.CleanName(q.Get("title")); p.Search != "" {
		asked.Set("title", p.Search)
	}
	years, err := s.meetings.Years(ctx, r.Who, p.Dialogue.ID)
	if err != nil {
		return nil, err
	}
	p.Types = offer("type", optionsOf(p.Words, "meeting", "type", meeting.Type("").Options()))
	p.States = offer("state", optionsOf(p.Words, "meeting", "state", meeting.State("").Options()))
	p.Years = make([]Option, 0, len(years))
	for _, y := range years {
		p.Years = append(p.Years, Option{Value: y, Text: y})
	}
	offer("year", p.Years)
	for kind, to := range map[string]*[]Option{"phase": &p.Phases, "institution": &p.Institutions} {
		ts, err := access.TitlesOf(ctx, tx, r.Who, r.Lang, p.Dialogue.ID, kind, choiceLimit)
		if err != nil {
			return nil, err
		}
		opts := make([]Option, 0, len(ts))
		for _, t := range ts {
			opts = append(opts, Option{Value: t.ID, Text: t.Text})
		}
		*to = offer(kind, opts)
	}
	p.Filtered = len(asked) > 0
	return asked, nil
}

// optionsOf gives the choices of a field as a person reads them.
func optionsOf[T ~string](w Words, kind, field string, values []T) []Option {
	out := make([]Option, 0, len(values))
	for _, v := range values {
		out = append(out, Option{Value: string(v), Text: capital(w.Option(kind, field, string(v)))})
	}
	return out
}

// meetingQuery reads the query out of the address: what is asked for, the order and the place in
// the list.
func meetingQuery(p *MeetingsPage, q, asked url.Values) meeting.Query {
	m := meeting.Query{
		Dialogue: p.Dialogue.ID, Lang: p.Lang, Title: p.Search, Type: meeting.Type(asked.Get("type")),
		State: meeting.State(asked.Get("state")), Phase: ref.Phase(asked.Get("phase")),
		Institution: ref.Institution(asked.Get("institution")), Year: asked.Get("year"), Sort: meeting.ByDate,
		Page: meeting.Page{Limit: meetingsShown, Cursor: q.Get("after")},
	}
	if q.Get("sort") == string(meeting.ByTitle) {
		m.Sort, m.Ascending, p.Sort = meeting.ByTitle, true, string(meeting.ByTitle)
	}
	if d := q.Get("dir"); d == "asc" || d == "desc" {
		m.Ascending, p.Dir = d == "asc", d
	}
	if before := q.Get("before"); before != "" {
		m.Page.Cursor, m.Page.Backward = before, true
	}
	return m
}

// address makes the addresses that lead on from the list as it was asked for.
func (p *MeetingsPage) address(asked url.Values, list meeting.Listing) {
	to := func(sort, dir, cursor, at string) string {
		v := url.Values{}
		for _, name := range meetingFilters {
			if asked.Has(name) {
				v.Set(name, asked.Get(name))
			}
		}
		for name, value := range map[string]string{"sort": sort, "dir": dir, cursor: at} {
			if name != "" && value != "" {
				v.Set(name, value)
			}
		}
		if len(v) == 0 {
			return p.To("/meetings")
		}
		return p.To("/meetings?", v.Encode())
	}
	ascending := p.Sort == string(meeting.ByTitle)
	if p.Dir != "" {
		ascending = p.Dir == "asc"
	}
	aria, other := "descending", "asc"
	if ascending {
		aria, other = "ascending", "desc"
	}
	p.ByDate, p.ByTitle = SortLink{Path: to("", "", "", "")}, SortLink{Path: to(string(meeting.ByTitle), "", "", "")}
	if p.Sort == string(meeting.ByTitle) {
		p.ByTitle = SortLink{to(p.Sort, other, "", ""), aria}
		p.Order = p.T("meeting.order.title." + aria)
	} else {
		p.ByDate = SortLink{to("", other, "", ""), aria}
		p.Order = p.T("meeting.order.date." + aria)
	}
	if list.Prev != "" {
		p.Previous = to(p.Sort, p.Dir, "before", list.Prev)
	}
	if list.Next != "" {
		p.Next = to(p.Sort, p.Dir, "after", list.Next)
	}
	p.Clear = p.To("/meetings")
	p.Calendar = p.To("/meetings/calendar.ics")
}

func meetingRow(w Words, m meeting.Row) MeetingRow {
	row := MeetingRow{
		Title: Said{Text: m.Title}, Path: "/meetings/" + string(m.ID), When: w.On(m.Starts, m.Ends), Day: string(m.Starts.Bare()),
		Place: Said{Text: m.Place}, Type: capital(w.Option("meeting", "type", string(m.Type))),
		State: stateWord(w, "meeting", string(m.State)), Stated: statedWords(w, m.Stated),
	}
	if m.TitleLang != w.Lang {
		row.Title.Lang = m.TitleLang
	}
	if m.PlaceLang != w.Lang {
		row.Place.Lang = m.PlaceLang
	}
	if row.When == "" {
		row.When = w.T("meeting.date-unknown")
		if m.State == meeting.Postponed {
			row.When = w.T("meeting.date-open")
		}
	}
	if m.Persons.Valid {
		row.Counted = strconv.FormatInt(m.Persons.Int64, 10)
	}
	return row
}

// statedWords writes the short form of stated numbers (meeting.Row) for a reader: "about 25 / 26".
func statedWords(w Words, brief string) string {
	return strings.NewReplacer("~", w.T("meeting.about"), "/", " / ", "+", " + ").Replace(brief)
}

// capital writes a word of the catalogue as it stands alone: in a cell, in a choice.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}
