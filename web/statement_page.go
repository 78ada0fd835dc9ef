package web

import (
	"net/http"
	"net/url"
	"time"

	"entente/access"
	"entente/exchange"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/library"
)

// statementRoutes are what institutions said about an object: the list, the forms, and one
// statement's own page with what its institution may do about it.
var statementRoutes = []Route{
	get("/objects/{id}/statements", People, "id=meeting/launch-phase-2", (*Server).statementsPage),
	get("/objects/{id}/statements/new", People, "id=meeting/launch-phase-2", sayForm(false)),
	pins(upload("/objects/{id}/statements/new", People, "id=meeting/launch-phase-2", sayPost(false))),
	get("/objects/{id}/statements/behalf", People, "id=meeting/launch-phase-2", sayForm(true)),
	pins(upload("/objects/{id}/statements/behalf", People, "id=meeting/launch-phase-2", sayPost(true))),
	pins(post("/objects/{id}/receipt", People, "id=meeting/launch-phase-2", (*Server).receiptPost)),
	get("/statements/{id}", People, "id=meeting/launch-phase-2", (*Server).statementPage),
	pins(post("/statements/{id}/accept", People, "id=meeting/launch-phase-2", (*Server).acceptStatement)),
	get("/statements/{id}/contest", People, "id=meeting/launch-phase-2", takeBack("contest")),
	pins(post("/statements/{id}/contest", People, "id=meeting/launch-phase-2", (*Server).contestStatement)),
	get("/statements/{id}/withdraw", People, "id=meeting/launch-phase-2", takeBack("withdraw")),
	pins(post("/statements/{id}/withdraw", People, "id=meeting/launch-phase-2", (*Server).withdrawStatement)),
}

// StatementsPage lists what institutions said about an object.
type StatementsPage struct {
	Page
	Name  Said
	Leave string
	Part  *StatementsPart
	Pager
}

func (s *Server) statementsPage(r *Request) error {
	h, value, err := s.objects.Get(r.Context(), r.Who, r.PathValue("id"))
	if err != nil {
		return err
	}
	if !exchange.About(h.Kind) {
		return errNoPage
	}
	n := pageOf(r)
	list, total, err := s.exchange.Of(r.Context(), r.Who, h.ID, exchange.Query{Limit: statementsListed, After: (n - 1) * statementsListed})
	if err != nil {
		return err
	}
	p := StatementsPage{Page: r.Page, Name: nameOf(value, r.Lang), Leave: r.Page.To(objectPath(h.Kind, h.ID))}
	p.Title, p.Mark = p.T("statement.title", "name", p.Name.Text), h.Mark
	p.Part = &StatementsPart{Words: p.Words, Rev: h.Rev, Total: total}
	if p.Part.Rows, err = s.statementRows(r, list...); err != nil {
		return err
	}
	for i := range p.Part.Rows {
		p.Mark = stricter(p.Mark, p.Part.Rows[i].Mark)
		p.Part.Rows[i].about(h)
	}
	p.Pager = pagerFor(p.To("/objects/", h.ID, "/statements"), url.Values{}, n, statementsListed, total)
	if err := p.Part.offer(s, r, h); err != nil {
		return err
	}
	return s.ok(r, "statements", p)
}

// receiptPost notes that the reader's institution has the object before it.
func (s *Server) receiptPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	h, _, err := s.objects.Get(r.Context(), r.Who, r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := s.exchange.Acknowledge(r.Context(), r.Who, h.ID, saidOn(r.PostForm)); err != nil {
		return err
	}
	s.notice(r, "notice.receipt")
	return r.redirect(objectPath(h.Kind, h.ID))
}

// StatementPage shows one statement.
type StatementPage struct {
	Page
	Head      Head
	Row       StatementRow
	Earlier   []string    // it was said of an earlier revision of the object, or what that holds has changed
	Reworded  []string    // the same of the call that it answers
	Entered   []BriefFact // to who confirms or contests it: every language of what was entered in several
	Seen      []KeptField // what it is about and what it answers, as they stand
	Replaces  Link
	Call      Link
	Annexed   []Link   // what was attached to the call, in the versions of then
	As        []string // in whose place it answers
	Files     []FileRow
	AddFile   string
	With      string // what is attached
	Accept    bool
	Contest   bool
	Withdraw  bool
	Replace   string
	Translate string
	Judge     *JudgePart
	Was       *Referred // what it was said about, where the reader keeps it and may not read that any more
	Answered  *Referred // the call that it answers, likewise
}

func (s *Server) statementPage(r *Request) error {
	v, can, err := s.exchange.Statement(r.Context(), r.Who, ref.Statement(r.PathValue("id")))
	if err != nil {
		return err
	}
	rows, err := s.statementRows(r, v)
	if err != nil {
		return err
	}
	row := rows[0]
	title := plainly(r.Page.T("statement.line-bare", "sort", row.Sort, "institution", row.Institution.Text))
	p := StatementPage{Row: row, Accept: can.Accept, Contest: can.Contest, Withdraw: can.Withdraw}
	whole, kept, err := s.whole(r, v.Header)
	if err != nil {
		return err
	}
	trail := row.Object
	if kept {
		if p.Was, err = s.referred(r, v.Header, v.Header.Parent); err != nil {
			return err
		}
		trail = ownWords(r.Page.Words)
	}
	if p.Head, err = s.head(r, v.Header, title, trail); err != nil {
		return err
	}
	p.Head.Edit, p.Head.Acts = "", nil // nobody changes what was said
	r.inRoom("", p.Head, row.Text)
	p.Page = r.Page
	p.Mark = v.Mark
	p.Judge = s.judgePart(r, v.Header, &v.Value)
	if !kept {
		if p.Earlier, err = s.since(r, v.ID, whole); err != nil {
			return err
		}
	}
	if can.Accept || can.Contest {
		p.Entered = r.Page.everyLanguage(&v.Value)
		if p.Seen, err = s.statementSeen(r, &v.Value); err != nil {
			return err
		}
	}
	if old := v.Value.Replaces; old != "" {
		before, err := s.statementsAmong(r, ref.ID(old))
		if err != nil {
			return err
		}
		if b, ok := before[ref.ID(old)]; ok {
			p.Replaces = Link{Said: plainly(b.T("statement.of-day", "sort", b.Sort, "date", b.When)), Path: b.Path}
		}
	}
	if v.Value.Call != "" {
		ns, err := s.named(r, append(idsOf(v.For...), ref.ID(v.Value.Call))...)
		if err != nil {
			return err
		}
		for _, i := range v.For {
			if t, ok := ns[ref.ID(i)]; ok {
				p.As = append(p.As, p.T("owes.as-successor", "name", t.Text))
			}
		}
		if p.Answered, err = s.answered(r, v.Header, v.Value.Call); err != nil {
			return err
		}
		if t, ok := ns[ref.ID(v.Value.Call)]; ok && p.Answered == nil {
			p.Call = linkTo(p.Words, t)
			call, asked, err := s.objects.Get(r.Context(), r.Who, t.ID)
			if err != nil {
				return err
			}
			p.Call.Said = p.asked(asked.(*exchange.Call).Title)
			if err := s.annexed(r, &p, v.Header, t.ID); err != nil {
				return err
			}
			if p.Reworded, err = s.since(r, v.ID, call); err != nil {
				return err
			}
		}
	}
	if can.Replace && !kept {
		form := "new"
		if v.Value.OnBehalf() && p.Reader.Team {
			form = "behalf"
		}
		p.Replace = p.To("/objects/", v.Value.Of, "/statements/", form, "?replaces=", v.ID)
	}
	if can.Translate && !v.Value.Text.Empty() {
		p.Translate = p.To("/objects/", v.ID, "/edit")
	}
	if p.Files, err = s.files(r, v.Header); err != nil {
		return err
	}
	if p.With, err = s.seenWith(r, v.Header); err != nil {
		return err
	}
	if _, err := s.library.MayAdd(r.Context(), r.Who, v.ID); err == nil && !kept {
		p.AddFile = p.To("/objects/", v.ID, "/files")
	}
	return s.ok(r, "statement", p)
}

// annexed says at which version each file attached to the call was that was answered.
func (s *Server) annexed(r *Request, p *StatementPage, part access.Header, call ref.ID) error {
	list, err := s.objects.Before(r.Context(), r.Who, part, call)
	if err != nil {
		return err
	}
	files, err := s.library.Of(r.Context(), r.Who, call)
	if err != nil {
		return err
	}
	now := map[ref.ID]int{}
	for _, f := range files {
		now[f.ID] = f.Value.Version
	}
	for _, was := range list {
		if f, file := was.Value.(*library.File); file {
			key := "statement.annexed"
			if f.Version != now[was.ID] {
				key = "statement.annexed-earlier"
			}
			p.Annexed = append(p.Annexed, Link{Said: plainly(p.T(key, "name", nameOf(f, r.Lang).Text, "n", f.Version, "now", now[was.ID])), Path: objectPath("file", was.ID)})
		}
	}
	return nil
}

// since says what became of an object since a statement about it, or in answer to it, was made.
func (s *Server) since(r *Request, of ref.ID, h access.Header) (out []string, err error) {
	was, err := s.objects.Since(r.Context(), r.Who, of, h)
	if err != nil {
		return nil, err
	}
	if was.Rev != h.Rev {
		out = append(out, r.Page.T("statement.earlier", "rev", was.Rev, "now", h.Rev))
	}
	if was.Held {
		out = append(out, r.Page.T("statement.held-since"))
	}
	return out, nil
}

// everyLanguage gives the texts of what was entered on behalf in each of their languages, where they are
// several: who confirms an entry has read all of it.
func (w Words) everyLanguage(v *exchange.Statement) (out []BriefFact) {
	f := &form{Words: w, kind: exchange.Statements.Name}
	for _, t := range shape.Texts(v) {
		langs := t.Value.Langs()
		for _, l := range langs {
			if len(langs) > 1 {
				said := Said{Text: t.Value[l].Text, Lang: other(w.Lang, l)}
				if u, beside := t.Value.Unconfirmed(l); beside {
					said = w.withTranslation(t.Value, l, u)
				}
				out = append(out, BriefFact{f.pathLabel(t.Path+"."+l, t.Field), said})
			}
		}
	}
	return out
}

func (s *Server) acceptStatement(r *Request) error {
	return s.afterStatement(r, "accept", func(id ref.Statement, _ int64, _ text.Multi) error {
		return s.exchange.Accept(r.Context(), r.Who, id, sawOf(r.PostForm))
	})
}

func (s *Server) contestStatement(r *Request) error {
	return s.afterStatement(r, "contest", func(id ref.Statement, _ int64, reason text.Multi) error {
		return s.exchange.Contest(r.Context(), r.Who, id, sawOf(r.PostForm), reason)
	})
}

func (s *Server) withdrawStatement(r *Request) error {
	return s.afterStatement(r, "withdraw", func(id ref.Statement, rev int64, reason text.Multi) error {
		return s.exchange.Withdraw(r.Context(), r.Who, id, rev, reason)
	})
}

// afterStatement does an act on a statement and leads back to it, or shows what was wrong.
func (s *Server) afterStatement(r *Request, act string, fn func(ref.Statement, int64, text.Multi) error) error {
	if err := r.form(); err != nil {
		return err
	}
	id := ref.Statement(r.PathValue("id"))
	if _, _, err := s.exchange.Statement(r.Context(), r.Who, id); err != nil {
		return err
	}
	rev := r.seenRev(0)
	var in struct {
		Reason text.Multi `json:"reason" shape:"long"`
	}
	faults := shape.DecodeForm(r.PostForm, &in)
	err := faults.Err()
	if err == nil {
		err = fn(id, rev, in.Reason)
	}
	if fs := fieldsOf(err); len(fs) > 0 && act != "accept" {
		return s.showTakeBack(r, http.StatusUnprocessableEntity, act, fs)
	}
	if err != nil {
		return err
	}
	s.notice(r, "notice.statement."+act)
	return r.redirect(objectPath("statement", ref.ID(id)))
}

// TakeBackPage asks why a statement is contested or withdrawn, and says what will be seen of it.
type TakeBackPage struct {
	Page
	Act     string // contest, withdraw
	Row     StatementRow
	Rev     int64
	With    string
	Seen    []KeptField // what it is about and what it answers
	Entered []BriefFact // every language of what was entered in several
	Fields  []Field
	Faults  []FieldFault
	Readers Audience
	Leave   string
}

// takeBack makes the page that stands before a statement is contested or withdrawn.
func takeBack(act string) func(*Server, *Request) error {
	return func(s *Server, r *Request) error { return s.showTakeBack(r, http.StatusOK, act, nil) }
}

func (s *Server) showTakeBack(r *Request, status int, act string, faults fault.Fields) error {
	v, can, err := s.exchange.Statement(r.Context(), r.Who, ref.Statement(r.PathValue("id")))
	if err != nil {
		return err
	}
	if act == "contest" && !can.Contest || act == "withdraw" && !can.Withdraw {
		return fault.New(fault.Forbidden, "")
	}
	rows, err := s.statementRows(r, v)
	if err != nil {
		return err
	}
	p := TakeBackPage{Page: r.Page, Act: act, Row: rows[0], Rev: r.seenRev(v.Rev), Leave: r.Page.To(rows[0].Path)}
	p.Title, p.Mark = p.T("statement."+act+".title"), v.Mark
	if p.With, err = s.seenWith(r, v.Header); err != nil {
		return err
	}
	if act == "contest" {
		p.Entered = p.everyLanguage(&v.Value)
		if p.Seen, err = s.statementSeen(r, &v.Value); err != nil {
			return err
		}
	}
	f := &form{Words: p.Words, kind: act, values: r.PostForm, faults: p.byPath(faults), others: v.Owner != ref.ID(r.Who.Institution)}
	type why struct {
		Reason text.Multi `json:"reason" shape:"required,long"`
	}
	type perhaps struct {
		Reason text.Multi `json:"reason,omitempty" shape:"long"`
	}
	fields := shape.Describe[why]()
	if act == "withdraw" {
		fields = shape.Describe[perhaps]()
	}
	if err := s.choices(r, f, fields); err != nil {
		return err
	}
	p.Fields, p.Faults = f.fields("", fields), p.Page.Faults(faults)
	if p.Readers, err = s.audience(r, v.Audience); err != nil {
		return err
	}
	return s.show(r, status, "statement_back", p)
}

// deskStatements lists what was entered on behalf of the reader's institution and waits for a word
// of it.
func (s *Server) deskStatements(r *Request, p *DeskPage, _ time.Time) error {
	list, err := s.exchange.Waiting(r.Context(), r.Who, p.Dialogue.ID, statementsListed)
	if err != nil {
		return err
	}
	p.Entered, err = s.statementRows(r, list...)
	for _, v := range list {
		p.Mark = stricter(p.Mark, v.Mark)
	}
	return err
}

// said says of a line that is a statement what it is and how it came.
func (c *DeskChange) said(row StatementRow) {
	c.Said = plainly(row.Line())
	c.Note = row.Standing()
}
