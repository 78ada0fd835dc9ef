package web

import (
	"context"
	"html/template"
	"slices"
	"strings"

	"entente/access"
	"entente/clearance"
	"entente/exchange"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/internal/when"
	"entente/roster"
	"entente/standard/tlp"
)

// briefRoutes are the brief for the leader about a duty (呈批件): a page to print, and the same to
// be worked on in a word processor.
var briefRoutes = []Route{
	get("/duties/{id}/brief", People, "id=none", (*Server).briefPage),
	get("/duties/{id}/brief.docx", People, "id=none", (*Server).briefFile),
}

// BriefPage is one sheet of paper for a leader who never signs in: what is asked, why, by when,
// who will read the reply, and what the reply could be. It is about a duty that the reader's own
// institution owes.
type BriefPage struct {
	Page
	Duty       access.Duty
	From       Said   // the institution that owes
	About      Said   // the object
	Matter     string // who asks for what
	Facts      []BriefFact
	Background []Passage
	Due        string
	Left       string // in working days
	Asked      string
	Sentence   string // who will be able to read the reply
	Reply      []Passage
	Full       []Passage // the reply on sheets of its own, where it is too long for the first
	Source     string    // from what the reply is taken
	Where      string    // where all of it stands
	Drafter    Said
	Today      string
	National   string // beside the mark
	Small      bool   // in the smaller type, so that one sheet holds it
	File       string
}

// BriefFact is a date, or what the object belongs to.
type BriefFact struct {
	Label string
	Value Said
}

// Passage is a text in one language, as Markdown.
type Passage struct {
	Label string
	Text  string
	Lang  string // empty: the page's own
	Cut   bool   // only the beginning, without markup
}

// HTML renders the passage.
func (p Passage) HTML() template.HTML {
	if p.Cut {
		return "<p>" + written(p.Text) + "</p>"
	}
	return text.HTML(p.Text)
}

func (s *Server) briefPage(r *Request) error {
	p, err := s.brief(r)
	if err != nil {
		return err
	}
	return s.ok(r, "brief", p)
}

// brief gathers what stands on the sheet. Whoever does not owe the duty finds none.
func (s *Server) brief(r *Request) (p BriefPage, err error) {
	var left int
	var dated, about bool
	var h, of access.Header // what the duty is on, and what the reply is about
	err = s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		if p.Duty, err = access.FindDuty(ctx, tx, r.Who, r.PathValue("id")); err != nil {
			return err
		}
		if !p.Duty.OwedBy(r.Who) {
			return errNoPage
		}
		if h, err = access.Find(ctx, tx, r.Who, p.Duty.Object); err != nil {
			return err
		}
		if of = h; h.Kind == exchange.Calls.Name {
			if of, err = access.Find(ctx, tx, r.Who, h.Parent); err != nil {
				return err
			}
		}
		days, err := access.Workdays(ctx, tx, h.Dialogue)
		if err != nil {
			return err
		}
		today := s.today(&r.Page)
		dated = p.Duty.Due.Precision() == when.Day
		about = len(days.Unannounced(today, p.Duty.Due)) > 0
		left, p.Today = days.Between(today, p.Duty.Due), r.Page.Date(today)
		return nil
	})
	if err != nil {
		return p, err
	}
	p.Page = r.Page
	p.Mark, p.National = tlp.Strictest(h.Mark, of.Mark), h.National
	p.Due, p.Asked = p.Date(p.Duty.Due), p.Date(p.Duty.Since)
	if dated {
		p.Left = p.workdaysLeft(left, about)
	}
	if err := s.briefNames(r, &p, h, of); err != nil {
		return p, err
	}
	if err := s.briefBackground(r, &p, h.ID); err != nil {
		return p, err
	}
	if of.ID != h.ID {
		if err := s.briefBackground(r, &p, of.ID); err != nil {
			return p, err
		}
	}
	if err := s.briefReply(r, &p, h.ID, of.ID); err != nil {
		return p, err
	}
	p.fit()
	p.Where = p.Base + p.To(objectPath(h.Kind, h.ID))
	p.File = p.To("/duties/", p.Duty.ID, "/brief.docx")
	return p, nil
}

// workdaysLeft says how many working days there are to a deadline, about so many where holidays on
// the way are not known.
func (w Words) workdaysLeft(n int, about bool) string {
	switch {
	case n < 0:
		return w.T("brief.late", "n", -n)
	case n == 0:
		return w.T("brief.today")
	case about:
		return w.T("brief.left-about", "n", n)
	}
	return w.T("brief.left", "n", n)
}

// briefNames says who owes what to whom, and who will read it.
func (s *Server) briefNames(r *Request, p *BriefPage, h, of access.Header) error {
	ts, err := s.titles(r, h.ID, of.ID, p.Duty.Principal.ID(), ref.ID(r.Who.Institution), ref.ID(p.Duty.Drafter))
	if err != nil {
		return err
	}
	named := func(id ref.ID) Said {
		t := ts[id]
		return inPage(t.Text, t.Lang, p.Lang)
	}
	p.About = named(h.ID)
	p.From = named(ref.ID(r.Who.Institution))
	owing, err := s.owing(r, []access.Duty{p.Duty})
	if err != nil {
		return err
	}
	if a := owing[p.Duty.ID]; a.Ended != "" { // asked was one that the institution succeeded
		p.Facts = append(p.Facts, BriefFact{p.T("brief.asked-was"), named(p.Duty.Principal.ID())})
	} else if a.Why == roster.Unstaffed {
		p.Facts = append(p.Facts, BriefFact{p.T("brief.answering"), plainly(p.T("owes.nobody"))})
	}
	p.Drafter = p.Page.Reader.Title
	if p.Duty.Drafter != "" && named(ref.ID(p.Duty.Drafter)).Text != "" {
		p.Drafter = named(ref.ID(p.Duty.Drafter))
	}
	asker, err := s.audience(r, access.Audience{p.Duty.Asker})
	if err != nil {
		return err
	}
	what := p.Duty.Kind
	if !p.Has("brief.title." + what) {
		what = "other"
	}
	p.Title = p.T("brief.title."+what, "name", p.About.Text)
	p.Matter = p.T("brief.matter."+what, "asker", asker.Short, "kind", p.T("kind."+h.Kind), "name", p.About.Text)
	if of.ID != h.ID {
		p.Facts = append(p.Facts, BriefFact{p.T("brief.about"), named(of.ID)})
	}
	readers := of.Audience
	if exchange.About(of.Kind) && p.Duty.Kind != access.DutyTranslate && p.Duty.Kind != access.DutyReview {
		readers = exchange.Readers(of).Audience // the reply is a statement about it
	}
	p.Sentence, err = s.briefReaders(r, of.Room, readers, asker.Short)
	return err
}

// briefReaders says in a sentence who will be able to read the reply: whom it goes to, and those who
// may read what it is written into.
func (s *Server) briefReaders(r *Request, room ref.Side, a access.Audience, asker string) (string, error) {
	readers, err := s.audience(r, a)
	if err != nil {
		return "", err
	}
	if readers.Open {
		return r.Page.T("brief.readers-anyone", "asker", asker), nil
	}
	who := readers.Short
	if len(readers.Groups) <= briefNamed {
		who = r.Page.list(readers.Groups)
	}
	known, _, to, err := s.reached(r, room, a)
	key := "brief.readers-are"
	if len(known) < len(a) {
		key = "brief.readers-least"
	}
	return r.Page.T(key, "asker", asker, "who", who, "count", r.Page.Reached(to)), err
}

// briefNamed is how many of those who may read the sheet has room to name.
const briefNamed = 8

// inPage is a text that is known to be in a language.
func inPage(t, lang, page string) Said {
	s := Said{Text: t}
	if lang != page {
		s.Lang = lang
	}
	return s
}

// briefBackground takes from the object what leads into it: its dates, what it belongs to, and its
// longer texts in their order.
func (s *Server) briefBackground(r *Request, p *BriefPage, id ref.ID) error {
	h, value, err := s.objects.Get(r.Context(), r.Who, id)
	if err != nil {
		return err
	}
	f := &form{Words: p.Words, kind: h.Kind, values: shape.EncodeForm(value)}
	fields := shape.FieldsOf(value)
	var ids []ref.ID
	for i := range fields {
		if fields[i].Control == shape.Ref && !fields[i].List {
			ids = append(ids, f.values.Get(fields[i].Name))
		}
	}
	ts, err := s.titles(r, ids...)
	if err != nil {
		return err
	}
	for i := range fields {
		d := &fields[i]
		v := f.values.Get(d.Name)
		switch {
		case v == "" || d.List || d.Private:
		case d.Type == "when.Date":
			p.Facts = append(p.Facts, BriefFact{f.label(d), Said{Text: p.Date(when.Date(v))}})
		case d.Control == shape.Ref && ts[v].Text != "":
			p.Facts = append(p.Facts, BriefFact{f.label(d), inPage(ts[v].Text, ts[v].Lang, p.Lang)})
		}
	}
	for _, t := range shape.Texts(value) {
		long := t.Field.Style == shape.Long || t.Field.Style == shape.Markdown
		said := sayLines(t.Value, p.Lang)
		if t.Field.Said {
			said = p.asked(t.Value)
		}
		if long && said.Text != "" && t.Field.Rel == t.Field.Name {
			p.Background = append(p.Background, Passage{Text: said.Text, Lang: said.Lang, Label: f.label(t.Field)})
			if said.Beside.Text != "" {
				p.Background = append(p.Background, Passage{Text: said.Beside.Note, Label: f.label(t.Field)},
					Passage{Text: said.Beside.Text, Lang: said.Beside.Lang, Label: f.label(t.Field)})
			}
		}
	}
	return nil
}

// briefReply proposes what the own institution last wrote down as its draft or position, in the inner
// room at what the duty is on or what that is about. The sheet then takes its mark too.
func (s *Server) briefReply(r *Request, p *BriefPage, at ...ref.ID) error {
	var last *access.Object[clearance.Note]
	for _, id := range slices.Compact(at) {
		room, err := s.clearance.Room(r.Context(), r.Who, id, r.Lang)
		if fault.Is(err, fault.NotFound) {
			continue // on no side there is none
		}
		if err != nil {
			return err
		}
		for i, n := range room.Notes {
			wanted := n.Value.Sort == clearance.Draft || n.Value.Sort == clearance.Position
			if wanted && r.Who.SpeaksFor(n.Owner) && (last == nil || n.ChangedAt >= last.ChangedAt) {
				last = &room.Notes[i]
			}
		}
	}
	if last == nil {
		return nil
	}
	said := sayLines(last.Value.Text, p.Lang)
	p.Reply = []Passage{{Text: said.Text, Lang: said.Lang}}
	p.Source = p.T("brief.source", "name", p.Text(last.Value.Title).Text, "date", p.Day(last.ChangedAt))
	p.Mark = tlp.Strictest(p.Mark, last.Mark)
	if last.National != "" {
		p.National = last.National
	}
	return nil
}

// sheet is what a sheet of paper holds beside what stands on every one: so many lines of so many
// columns. A Chinese character takes two columns, a Latin letter about one.
type sheet struct{ width, lines int }

// sheetSizes are those of the larger and the smaller type.
var sheetSizes = map[bool][2]sheet{
	true:  {{68, 12}, {80, 18}}, // Chinese
	false: {{88, 19}, {98, 26}},
}

// fit brings the brief onto one sheet: it chooses the type, shortens the background, and puts a
// reply that is too long on sheets of its own. A reply is never cut: the leader decides on all of
// it.
func (p *BriefPage) fit() {
	sizes := sheetSizes[p.Lang == "zh"]
	if p.fixed(sizes[0])+sizes[0].of(p.Background)+p.replyLines(sizes[0]) <= sizes[0].lines {
		return
	}
	p.Small = true
	size := sizes[1]
	left := size.lines - p.fixed(size)
	if p.replyLines(size) > left-min(2, size.of(p.Background)) {
		p.Reply, p.Full = nil, p.Reply
		if p.fixed(sizes[0])+sizes[0].of(p.Background)+p.replyLines(sizes[0]) <= sizes[0].lines {
			p.Small = false
			return
		}
	}
	left = max(left-p.replyLines(size), 1)
	var back []Passage
	for _, t := range p.Background {
		if left <= 0 {
			break
		}
		if n := size.of([]Passage{t}); n > left {
			words := text.Plain(t.Text)
			t.Text, t.Cut = text.Excerpt(t.Text, len([]rune(words))*left*size.width/max(columns(words), 1)), true
			if columns(words) <= left*size.width { // many short lines, which become one
				t.Text = text.Excerpt(t.Text, left*size.width/2)
			}
		}
		left -= size.of([]Passage{t})
		back = append(back, t)
	}
	p.Background = back
}

// fixed counts the lines of what is not shortened.
func (p *BriefPage) fixed(s sheet) int {
	var facts strings.Builder
	for _, f := range p.Facts {
		facts.WriteString(f.Label + ": " + f.Value.Text + "; ")
	}
	return s.count(p.Matter+p.T("brief.asked", "date", p.Asked)) + s.count(facts.String()) + 1 + s.count(p.Sentence) + s.count(p.Title) - 1
}

// replyLines counts the lines of the reply, or those left empty for it.
func (p *BriefPage) replyLines(s sheet) int {
	if len(p.Full) > 0 {
		return 2
	}
	if len(p.Reply) == 0 {
		return briefLines
	}
	return s.of(p.Reply) + 1
}

// of counts the lines that texts take.
func (s sheet) of(ps []Passage) (n int) {
	for _, p := range ps {
		words := p.Text
		if !p.Cut {
			words = text.Plain(p.Text)
		}
		n += s.count(words)
	}
	return n
}

// count counts the lines of a text.
func (s sheet) count(words string) (n int) {
	for line := range strings.Lines(words) {
		n += max(1, (columns(line)+s.width-1)/s.width)
	}
	return n
}

// columns counts how wide a text is.
func columns(s string) (n int) {
	for _, r := range s {
		n++
		if r >= 0x2E80 {
			n++
		}
	}
	return n
}
