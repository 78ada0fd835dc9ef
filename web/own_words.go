package web

import (
	"net/url"
	"slices"
	"strings"

	"entente/access"
	"entente/bundle"
	"entente/exchange"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/standard/tlp"
)

// ownWordsRoutes are the own words of the reader's institution, whatever became of what they are about.
var ownWordsRoutes = []Route{get("/said", People, "", (*Server).saidPage)}

// Referred is what a part referred to when it was made, for who keeps it and may not read its whole
// any more.
type Referred struct {
	Words
	Head     string
	Title    Said
	Sentence string
	Rows     []ConflictRow // its text as it stood then; none where it was erased or is not the reader's
}

// referredTo names what a part referred to: its whole, or what it answers.
func (s *Server) referredTo(r *Request, part access.Header, to ref.ID) (*Referred, access.Referred, error) {
	was, err := s.objects.Referred(r.Context(), r.Who, part, to)
	out := &Referred{Words: r.Page.Words, Head: r.Page.T("own.head")}
	if to != part.Parent {
		out.Head = out.T("own.head-answered")
	}
	if fault.Is(err, fault.NotFound) { // nothing tells it any more
		out.Title, out.Sentence = plainly(out.T("own.something")), out.T("own.referred-unknown")
		return out, was, nil
	}
	if err != nil {
		return nil, was, err
	}
	kind := out.T("kind." + was.Kind.KindName())
	if was.Value == nil {
		out.Title, out.Sentence = plainly(capital(kind)), out.T("own.referred-bare", "rev", was.Rev, "kind", kind)
		return out, was, nil
	}
	out.Title = nameOf(was.Value, r.Lang)
	out.Sentence = out.T("own.referred", "rev", was.Rev, "name", out.Title.Text)
	return out, was, nil
}

// referred names what a part referred to, and shows it as it stood then.
func (s *Server) referred(r *Request, part access.Header, to ref.ID) (*Referred, error) {
	out, was, err := s.referredTo(r, part, to)
	if err != nil || was.Value == nil {
		return out, err
	}
	f := &form{Words: out.Words, kind: was.Kind.KindName()}
	for _, d := range shape.Diff(was.Kind.New(), was.Value) {
		if !strings.HasSuffix(d.Path, ".status") && !strings.HasSuffix(d.Path, ".of") { // of a translation, not what was read
			out.Rows = append(out.Rows, f.change(d, nil, was.Value))
		}
	}
	if to != part.Parent && was.Header.Owner != "" { // who asked
		out.Rows = append(out.Rows, ConflictRow{Label: out.T("duty.asker"), Mine: was.Header.Owner})
	}
	out.Rows, err = s.rowsNamed(r, out.Rows)
	out.Rows = slices.DeleteFunc(out.Rows, func(row ConflictRow) bool { return ref.Valid(row.Mine) }) // the reader may not read that today
	return out, err
}

// answered shows the call that a statement answers as it stood then, for who keeps the statement and may
// not read the call any more; nil to anybody else.
func (s *Server) answered(r *Request, part access.Header, call ref.Call) (*Referred, error) {
	if call == "" || !r.Who.Keeps(part) {
		return nil, nil
	}
	if _, err := s.exchange.Call(r.Context(), r.Who, call); err == nil || !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	return s.referred(r, part, ref.ID(call))
}

// whole gives what a part is part of; kept says that the reader has the part alone.
func (s *Server) whole(r *Request, part access.Header) (h access.Header, kept bool, err error) {
	h, _, err = s.objects.Get(r.Context(), r.Who, part.Parent)
	if fault.Is(err, fault.NotFound) && r.Who.Keeps(part) {
		return h, true, nil
	}
	return h, false, err
}

// ownWords leads to what the reader's institution said.
func ownWords(w Words) Link { return Link{Said: plainly(w.T("own.list")), Path: "/said"} }

// SaidPage lists what the reader's institution said, asked and attached.
type SaidPage struct {
	Page
	Rows []SaidRow
	Pager
}

// SaidRow is one of these.
type SaidRow struct {
	Own       Link
	Kind      string
	About     Link   // no path: the reader may not read it any more
	Answered  string // the call that it answers, where the reader may not read that any more
	Day, When string
	Mark      tlp.Label
}

func (s *Server) saidPage(r *Request) error {
	p := SaidPage{Page: r.Page}
	p.Title = p.T("own.list")
	n := pageOf(r)
	list, total, err := s.objects.Spoken(r.Context(), r.Who, p.Dialogue.ID, r.Lang, statementsListed, (n-1)*statementsListed)
	if err != nil {
		return err
	}
	var wholes, own []ref.ID
	for _, o := range list {
		wholes, own = append(wholes, o.Header.Parent), append(own, o.ID)
	}
	said, err := s.statementsAmong(r, own...)
	if err != nil {
		return err
	}
	for _, st := range said {
		wholes = append(wholes, ref.ID(st.Call))
	}
	ts, err := s.titles(r, wholes...)
	if err != nil {
		return err
	}
	for _, o := range list {
		row := SaidRow{Own: linkTo(p.Words, o.Title), Kind: capital(p.T("kind." + o.Kind)), Day: o.Header.ChangedAt, When: p.Day(o.Header.ChangedAt), Mark: o.Header.Mark}
		if st, ok := said[o.ID]; ok {
			row.Kind, row.Day, row.When = st.Sort, st.Day, st.When
			if ts[ref.ID(st.Call)].ID == "" || ts[o.Header.Parent].ID == "" {
				was, err := s.answered(r, o.Header, st.Call)
				if err != nil {
					return err
				}
				if was != nil {
					row.Answered = p.T("own.answered", "name", was.Title.Text)
				}
			}
			if standing := st.Standing(); standing != "" {
				row.Kind = p.T("statement.joined", "line", row.Kind, "standing", standing)
			}
		}
		if t, ok := ts[o.Header.Parent]; ok {
			row.About = linkTo(p.Words, t)
		} else {
			was, _, err := s.referredTo(r, o.Header, o.Header.Parent)
			if err != nil {
				return err
			}
			row.About.Said = was.Title
		}
		p.Rows = append(p.Rows, row)
		p.Mark = stricter(p.Mark, o.Header.Mark) // printed on every sheet
	}
	p.Pager = pagerFor(p.Page.To("/said"), url.Values{}, n, statementsListed, total)
	return s.ok(r, "own_words", p)
}

// LosingRow is who keeps own words about an object, and which.
type LosingRow struct {
	Who   string
	Parts []Link
}

// keptAfter says, before an act, who will read an object no more and keeps own words about it, as far
// as the reader may read these.
func (s *Server) keptAfter(r *Request, is access.Header) (rows []LosingRow, err error) {
	kept, err := s.objects.Losing(r.Context(), r.Who, is)
	if err != nil {
		return nil, err
	}
	return s.keptRows(r, kept)
}

// removal says, before an object is removed, who loses what they read or for whom they speak, and who keeps
// own words: about it, and about what was for those whom it names.
func (s *Server) removal(r *Request, p *ConfirmPage, is access.Header) error {
	kept, err := s.objects.Losing(r.Context(), r.Who, is)
	if err != nil {
		return err
	}
	weighed, some, err := bundle.WeighRemoval(r.Context(), s.db, s.objects, r.Who, p.Object)
	if err != nil && len(fieldsOf(err)) == 0 { // what speaks against it is said once it is tried
		return err
	}
	p.Weighed = some && err == nil
	if p.Effects, err = s.effectRows(r, weighed.Effects); err != nil {
		return err
	}
	if p.Told, err = s.toldRows(r, weighed); err != nil {
		return err
	}
	for _, k := range weighed.Kept {
		if k.By.Kind() != "inside" && !slices.ContainsFunc(kept, func(o access.Kept) bool { return o.Part.ID == k.Part.ID }) {
			kept = append(kept, k)
		}
	}
	p.Kept, err = s.keptRows(r, kept)
	return err
}

// keptRows puts kept words by who said them, as far as the reader may read them.
func (s *Server) keptRows(r *Request, kept []access.Kept) (rows []LosingRow, err error) {
	kept = slices.DeleteFunc(kept, func(k access.Kept) bool { return !r.Who.Reads(k.Part) })
	if len(kept) == 0 {
		return nil, nil
	}
	var ids []ref.ID
	for _, k := range kept {
		ids = append(ids, k.Part.ID, k.By.ID())
	}
	ts, err := s.titles(r, ids...)
	if err != nil {
		return nil, err
	}
	said, err := s.statementsAmong(r, ids...)
	if err != nil {
		return nil, err
	}
	at := map[access.Principal]int{}
	for _, k := range kept {
		i, ok := at[k.By]
		if !ok {
			i = len(rows)
			at[k.By], rows = i, append(rows, LosingRow{Who: r.Page.principal(k.By, ts)})
		}
		l := linkTo(r.Page.Words, ts[k.Part.ID])
		if st, ok := said[k.Part.ID]; ok && k.Part.Kind == exchange.Statements.Name {
			l.Said = plainly(l.Text)
			if st.Text.Text != "" {
				l.Said = plainly(r.Page.T("own.line", "sort", st.Sort, "text", l.Text))
			} else {
				l.Said = plainly(st.Sort)
			}
		}
		rows[i].Parts = append(rows[i].Parts, l)
	}
	return rows, nil
}
