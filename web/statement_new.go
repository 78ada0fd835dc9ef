package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"

	"entente/access"
	"entente/exchange"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/internal/when"
	"entente/library"
)

// SayPage is the form for what the own institution says, or for what came by letter or telephone.
type SayPage struct {
	Page
	Behalf    bool
	Name      Said // of the object
	Action    string
	Leave     string
	Fields    []Field
	Faults    []FieldFault
	Fault     string // of the file
	CallFault string
	Readers   Audience
	Own       string // the narrower choice in words; empty: there is none
	OwnHere   bool
	Replaces  StatementRow
	Asked     []CallRow
	Calls     []Option // the calls that it may answer; none: there are no such
	Limit     string   // of the file
	Rev       int64    // of the object, as the person saw it
	CallsSeen []KeptField
	With      string // what the object holds
	Moved     []Moved
}

// spoken is what the form of the own institution gives.
type spoken struct {
	Sort saidSort   `json:"sort" shape:"required"`
	Text text.Multi `json:"text" shape:"required,long"`
}

// saidSort is a sort with words: a receipt has a button of its own.
type saidSort string

// Options lists them.
func (saidSort) Options() []string {
	return slices.DeleteFunc(exchange.Sort("").Options(), func(s string) bool { return s == string(exchange.Receipt) })
}

// brought is what the form for a letter or a telephone call gives.
type brought struct {
	Institution ref.Institution `json:"institution" shape:"required"`
	Sort        exchange.Sort   `json:"sort" shape:"required"`
	Text        text.Multi      `json:"text,omitempty" shape:"long"`
	Entered     struct {
		Channel exchange.Channel `json:"channel" shape:"required"`
		Number  string           `json:"number,omitempty"`
		Date    when.Date        `json:"date,omitempty"`
		Note    text.Multi       `json:"note,omitempty"`
	} `json:"entered" shape:"required"`
}

// sayForm makes the page of a form.
func sayForm(behalf bool) func(*Server, *Request) error {
	return func(s *Server, r *Request) error {
		// What is asked of an institution is answered where that is which it is about.
		if v, err := s.exchange.Call(r.Context(), r.Who, ref.Call(r.PathValue("id"))); err == nil {
			return r.redirect("/objects/" + v.Value.Of + "/statements/new?call=" + v.ID)
		}
		q := r.URL.Query()
		return s.showSay(r, http.StatusOK, behalf, map[string][]string{"replaces": q["replaces"], "call": q["call"]}, nil, nil)
	}
}

// sayable finds the object of the address and makes sure that the reader may say something about it.
func (s *Server) sayable(r *Request, behalf bool) (h access.Header, value any, may exchange.Offer, err error) {
	if h, value, err = s.objects.Get(r.Context(), r.Who, r.PathValue("id")); err != nil {
		return h, nil, may, err
	}
	if !exchange.About(h.Kind) {
		return h, nil, may, errNoPage
	}
	may, err = s.exchange.May(r.Context(), r.Who, h.ID)
	if err == nil && (behalf && !may.Enter || !behalf && !may.State) {
		if err = may.Refused; err == nil {
			err = fault.New(fault.Forbidden, "")
		}
	}
	return h, value, may, err
}

// showSay shows the form with what was given and what is wrong with it. Without faults, a form
// that replaces an earlier statement begins with its words. After a conflict it is about what stands now.
func (s *Server) showSay(r *Request, status int, behalf bool, values map[string][]string, moved []Moved, faults fault.Fields) error {
	h, value, may, err := s.sayable(r, behalf)
	if err != nil {
		return err
	}
	p := SayPage{Page: r.Page, Behalf: behalf, Name: nameOf(value, r.Lang), Leave: r.Page.To(objectPath(h.Kind, h.ID)), Limit: r.Page.size(s.fileLimit)}
	p.Rev, p.Moved = r.seenRev(h.Rev), moved
	if p.With, err = s.seenWith(r, h); err != nil {
		return err
	}
	if len(moved) > 0 {
		now, err := s.objects.Contents(r.Context(), r.Who, h)
		if err != nil {
			return err
		}
		p.Rev, p.With = h.Rev, now.String()
	}
	p.Title, p.Action, p.Mark = p.T("statement.new"), p.To("/objects/", h.ID, "/statements/new"), h.Mark
	fields := shape.Describe[spoken]()
	if behalf {
		p.Title, p.Action = p.T("statement.behalf"), p.To("/objects/", h.ID, "/statements/behalf")
		fields = shape.Describe[brought]()
	}
	if old := first(values["replaces"]); old != "" {
		v, can, err := s.exchange.Statement(r.Context(), r.Who, ref.Statement(old))
		if err != nil {
			return err
		}
		if !can.Replace || v.Value.Of != h.ID {
			return errNoPage
		}
		rows, err := s.statementRows(r, v)
		if err != nil {
			return err
		}
		p.Replaces = rows[0]
		if status == http.StatusOK {
			values = shape.EncodeForm(&brought{Institution: v.Value.Institution, Sort: v.Value.Sort, Text: v.Value.Text})
			values["call"] = []string{string(v.Value.Call)}
		}
	}
	if err := s.offerCalls(r, &p, h.ID, values); err != nil {
		return err
	}
	f := &form{Words: p.Words, kind: exchange.Statements.Name, values: values, faults: p.byPath(faults), others: behalf}
	if err := s.choices(r, f, fields); err != nil {
		return err
	}
	if err := s.onlyAskable(r, f, h.ID); err != nil {
		return err
	}
	p.Fields, p.Faults, p.Fault = f.fields("", fields), p.Page.Faults(faults), f.faults["file"]
	p.CallFault = f.faults["call"]
	p.OwnHere = first(values["readers"]) == "own"
	after := exchange.Readers(h)
	if p.Readers, err = s.audience(r, after.Audience); err != nil {
		return err
	}
	if may.Own {
		p.Own = p.T("statement.readers-own", "institution", p.Reader.Institution.Text)
		if behalf {
			p.Own = p.T("statement.readers-team")
		}
	}
	return s.show(r, status, "statement_new", p)
}

// onlyAskable leaves in a form those institutions alone that can read the object.
func (s *Server) onlyAskable(r *Request, f *form, of ref.ID) error {
	var ids []ref.Institution
	for _, t := range f.choices["institution"] {
		ids = append(ids, ref.Institution(t.ID))
	}
	can, err := s.exchange.Askable(r.Context(), r.Who, of, ids)
	f.choices["institution"] = slices.DeleteFunc(f.choices["institution"], func(t access.Title) bool { return !can[ref.Institution(t.ID)] })
	return err
}

// offerCalls offers the open calls about the object: to an institution those that ask it. A form
// that begins with one is for what that one asks for.
func (s *Server) offerCalls(r *Request, p *SayPage, of ref.ID, values map[string][]string) error {
	list, err := s.exchange.CallsOn(r.Context(), r.Who, of, callsOnPage)
	if err != nil {
		return err
	}
	chosen := first(values["call"])
	for _, v := range list {
		c := v.Value
		if c.State != exchange.Open || !p.Behalf && v.Mine == "" || !p.Behalf && exchange.Sort(c.For) == exchange.Receipt {
			continue
		}
		row := p.Page.callRow(v, s.today(&p.Page))
		p.Asked = append(p.Asked, row)
		p.Calls = append(p.Calls, Option{Value: v.ID, Text: p.T("call.line", "title", p.line(c.Title).Text, "for", row.For, "date", row.When), Selected: v.ID == chosen})
		seen, err := s.callSeen(r, v.Header)
		if err != nil {
			return err
		}
		for i := range seen {
			if sent, ok := values[seen[i].Name]; ok && len(p.Moved) == 0 {
				seen[i].Value = first(sent)
			}
		}
		p.CallsSeen = append(p.CallsSeen, seen...)
		if v.ID == chosen && first(values["sort"]) == "" {
			values["sort"] = []string{string(c.For)}
		}
	}
	if len(p.Calls) > 0 {
		p.Calls = append([]Option{{Text: p.T("statement.call-none")}}, p.Calls...)
	}
	return nil
}

// first gives the first of a form's values.
func first(vs []string) string {
	if len(vs) == 0 {
		return ""
	}
	return vs[0]
}

// sayPost takes a form: the statement and, with it, the scan.
func sayPost(behalf bool) func(*Server, *Request) error {
	return func(s *Server, r *Request) error {
		h, _, _, err := s.sayable(r, behalf)
		if err != nil {
			return err
		}
		in, err := s.receive(r)
		defer in.drop()
		if err == nil && len(in.values) == 0 {
			err = r.form()
			in.values = r.PostForm
		}
		if err == nil {
			var id ref.ID
			if id, err = s.sayAll(r, h.ID, behalf, in); err == nil {
				s.notice(r, "notice.statement")
				return r.redirect(objectPath("statement", id))
			}
		}
		if fault.Is(err, fault.Conflict) {
			moved, failed := s.allMoved(r)
			if failed != nil || len(moved) == 0 {
				return cmp.Or(failed, err)
			}
			return s.showSay(r, http.StatusConflict, behalf, in.values, moved, nil)
		}
		fs := fieldsOf(err)
		if len(fs) == 0 {
			return err
		}
		return s.showSay(r, http.StatusUnprocessableEntity, behalf, in.values, nil, fs)
	}
}

// saidOn reads out of a form what lay before whoever says something: the object, the call that it
// answers, and what both held.
func saidOn(v url.Values) exchange.Said {
	call := v.Get("call")
	return exchange.Said{
		Seen: revIn(v.Get(revField)), With: access.ReadContents(v.Get(withField)),
		Call: ref.Call(call), Asked: revIn(v.Get(callField(revField, call))), Annexed: access.ReadContents(v.Get(callField(withField, call))),
	}
}

// sayAll makes the statement and attaches the file, both or neither, and gives the statement's id.
func (s *Server) sayAll(r *Request, of ref.ID, behalf bool, in sent) (id ref.ID, err error) {
	said := saidOn(in.values)
	said.Replaces, said.Own = ref.Statement(in.values.Get("replaces")), in.values.Get("readers") == "own"
	var own spoken
	var letter brought
	var faults fault.Fields
	if behalf {
		faults = shape.DecodeForm(in.values, &letter)
		said.Sort, said.Text = letter.Sort, letter.Text
	} else {
		faults = shape.DecodeForm(in.values, &own)
		said.Sort, said.Text = exchange.Sort(own.Sort), own.Text
	}
	if err := faults.Err(); err != nil {
		return "", err
	}
	err = s.db.Together(r.Context(), func(ctx context.Context) error {
		var o access.Object[exchange.Statement]
		if behalf {
			e := letter.Entered
			o, err = s.exchange.Enter(ctx, r.Who, of, letter.Institution, said,
				exchange.Entry{Channel: e.Channel, Number: e.Number, Date: e.Date, Note: e.Note})
		} else {
			o, err = s.exchange.State(ctx, r.Who, of, said)
		}
		if id = o.ID; err != nil || !in.has {
			return err
		}
		f := library.File{Title: text.Multi{r.Lang: {Text: library.Stem(in.file.Name()), Status: text.Original}}}
		_, err := s.library.Add(ctx, r.Who, o.ID, f, in.file, "", nil)
		return err
	})
	return id, err
}
