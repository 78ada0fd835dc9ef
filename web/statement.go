package web

import (
	"context"
	"slices"
	"strings"

	"entente/access"
	"entente/exchange"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/roster"
	"entente/standard/tlp"
)

// What a page shows of what institutions said; the rest is a page of its own.
const (
	statementsOnPage = 5
	receiptsOnPage   = 20
	statementsListed = 20
)

// StatementRow is what an institution said, as every page shows it.
type StatementRow struct {
	Words
	ID          ref.ID
	Path        string
	Object      Link     // what it is about; on pages of other things
	Call        ref.Call // which it answers
	Sort        string
	Institution Link
	Side        Said
	Day         string // for machines
	When        string
	Text        Said
	Behalf      string // who entered it, for whom, and how it came; empty: the institution itself
	Note        Said
	State       StateWord // contested, withdrawn, accepted, waiting; empty: it simply stands
	Contested   Said
	Withdrawn   Said
	TakenBack   string // what stands before why it was
	Newer       string // address of the one that replaced it
	Narrow      string // who reads it, where that is fewer than read the object
	Mark        tlp.Label
}

// StatementsPart is the part of an object's page that shows what institutions said about it.
type StatementsPart struct {
	Words
	Calls        []CallRow
	Ask          string // address of the form of a call
	Rows         []StatementRow
	Receipts     []StatementRow
	Total        int
	All          string
	New          string // address of the form for the own institution; empty: not for the reader
	Enter        string // address of the form for what came by letter or telephone
	Receipt      string // where the button of the receipt goes
	Rev          int64
	With         string // what the object holds, for the receipt
	Acknowledged bool
}

// statementStates are the signs of the states that a page tells; what simply stands needs none.
var statementStates = map[exchange.State]string{
	exchange.Entered: "is-waiting", exchange.Accepted: "is-agreed", exchange.Contested: "is-objects", exchange.Withdrawn: "is-withdrawn",
}

// statementsPart fills the part of an object's page; nil where nothing is stated about its kind,
// and for visitors.
func (s *Server) statementsPart(r *Request, h access.Header) (*StatementsPart, error) {
	if !r.Who.SignedIn() || !exchange.About(h.Kind) {
		return nil, nil
	}
	at := "/objects/" + h.ID + "/statements"
	p := &StatementsPart{Words: r.Page.Words, Rev: h.Rev, All: r.Page.To(at)}
	said, _, err := s.exchange.Of(r.Context(), r.Who, h.ID, exchange.Query{Which: exchange.Words, Limit: statementsOnPage})
	if err != nil {
		return nil, err
	}
	receipts, _, err := s.exchange.Of(r.Context(), r.Who, h.ID, exchange.Query{Which: exchange.Receipts, Limit: receiptsOnPage})
	if err != nil {
		return nil, err
	}
	_, p.Total, err = s.exchange.Of(r.Context(), r.Who, h.ID, exchange.Query{Limit: 1})
	if err != nil {
		return nil, err
	}
	calls, err := s.exchange.CallsOn(r.Context(), r.Who, h.ID, callsOnPage)
	if err != nil {
		return nil, err
	}
	ns, err := s.callNames(r, calls...)
	if err != nil {
		return nil, err
	}
	for _, c := range calls {
		row := r.Page.callRow(c, s.today(&r.Page))
		row.hindered(c, ns)
		p.Calls = append(p.Calls, row)
	}
	rows, err := s.statementRows(r, slices.Concat(said, receipts)...)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].about(h)
	}
	p.Rows, p.Receipts = rows[:len(said)], rows[len(said):]
	return p, p.offer(s, r, h)
}

// offer fills what the reader may do.
func (p *StatementsPart) offer(s *Server, r *Request, h access.Header) error {
	may, err := s.exchange.May(r.Context(), r.Who, h.ID)
	if err != nil {
		return err
	}
	at := r.Page.To("/objects/", h.ID)
	p.Acknowledged = may.Acknowledged
	if may.State {
		p.New = at + "/statements/new"
		if !may.Acknowledged {
			p.Receipt = at + "/receipt"
			held, err := s.objects.Contents(r.Context(), r.Who, h)
			if err != nil {
				return err
			}
			p.With = held.String()
		}
	}
	if may.Ask {
		p.Ask = at + "/calls/new"
	}
	if may.Enter {
		p.Enter = at + "/statements/behalf"
	}
	return nil
}

// about says of a row what is to be said only beside its object.
func (row *StatementRow) about(h access.Header) {
	row.Object = Link{}
	if row.Mark == h.Mark {
		row.Mark = ""
	}
}

// statementRows puts statements into words, naming what the reader may read.
func (s *Server) statementRows(r *Request, vs ...exchange.View) ([]StatementRow, error) {
	var ids []ref.ID
	for _, v := range vs {
		ids = append(ids, v.Value.Of, ref.ID(v.Value.Institution), ref.ID(v.Value.Side))
	}
	ns, err := s.named(r, ids...)
	if err != nil {
		return nil, err
	}
	var own []ref.ID
	for _, v := range vs {
		own = append(own, v.ID)
	}
	known, err := s.roster.Known(r.Context(), own...)
	if err != nil {
		return nil, err
	}
	var readers map[ref.ID]access.Audience
	ended := map[ref.Institution]bool{}
	if err := s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		if readers, err = access.Audiences(ctx, tx, r.Who, own...); err != nil {
			return err
		}
		var mute []ref.Institution // of whom a word is awaited
		for _, v := range vs {
			if _, foreign := v.Value.Text.Unconfirmed(r.Lang); foreign || v.Value.State == exchange.Entered {
				mute = append(mute, v.Value.Institution)
			}
		}
		if len(mute) == 0 {
			return nil
		}
		at, err := roster.Responding(ctx, tx, mute...)
		if err != nil {
			return err
		}
		for _, i := range mute {
			ended[i] = at.For(i).Ended != ""
		}
		return nil
	}); err != nil {
		return nil, err
	}
	var rows []StatementRow
	for _, v := range vs {
		row := statementRow(r.Page.Words, v, ns, known)
		if _, known := ns[ref.ID(v.Value.Institution)]; known && ended[v.Value.Institution] {
			row.unheard(v.Value)
		}
		if slices.Equal(readers[v.ID], exchange.Own(v.Dialogue, v.Value.Institution)) {
			row.Narrow = row.T("statement.narrow", "institution", row.Institution.Text)
		}
		if row.Object.Text == "" && r.Who.Keeps(v.Header) {
			was, _, err := s.referredTo(r, v.Header, v.Header.Parent)
			if err != nil {
				return nil, err
			}
			row.Object.Said = was.Title
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// saidBy names who said something, or the side on which that stood: as it is called today, and as it was
// when that was said, where that differs. Whoever reads the words reads whose they are.
func saidBy(w Words, ns names, id ref.ID, known roster.Known, brief bool) (l Link) {
	switch t, ok := ns[id]; {
	case !ok:
		l.Text, l.Lang = known.Now.In(w.Lang, brief)
		l.Lang = other(w.Lang, l.Lang)
	case brief:
		l = briefTo(w, t)
	default:
		l = linkTo(w, t)
	}
	if then := known.Before(w.Lang, brief); then != "" {
		l.Text = w.T("statement.then", "name", l.Text, "then", then)
	}
	return l
}

func statementRow(w Words, v exchange.View, ns names, known map[roster.Words]roster.Known) StatementRow {
	o := v.Value
	row := StatementRow{
		Words: w, ID: v.ID, Call: o.Call, Path: objectPath("statement", v.ID), Sort: capital(w.Option("statement", "sort", string(o.Sort))),
		Day: o.Made, When: w.Day(o.Made), Text: sayLines(o.Text, w.Lang), Note: w.Text(o.Entered.Note), Mark: v.Mark,
		Contested: w.Text(o.Contested), Withdrawn: w.Text(o.Withdrawn),
	}
	row.Institution = saidBy(w, ns, ref.ID(o.Institution), known[roster.Words{Said: v.ID, Named: ref.ID(o.Institution)}], true)
	if o.Side != "" {
		row.Side = saidBy(w, ns, ref.ID(o.Side), known[roster.Words{Said: v.ID, Named: ref.ID(o.Side)}], false).Said
	}
	if t, ok := ns[o.Of]; ok {
		row.Object = linkTo(w, t)
	}
	if c := statementStates[o.State]; c != "" {
		row.State = StateWord{c, capital(w.Option("statement", "state", string(o.State)))}
	}
	row.TakenBack = w.T("statement.withdrawn-why")
	if o.WithdrawnBy != "" {
		row.TakenBack, row.State.Word = w.T("statement.withdrawn-why.team"), w.T("statement.withdrawn.team")
		row.Withdrawn = w.reported(o.Withdrawn)
	}
	if o.Entered.By == exchange.ByTeam {
		row.Note = w.reported(o.Entered.Note)
	}
	if o.OnBehalf() {
		row.Behalf = w.behalf(o.Entered, row.Institution.Text)
	}
	if v.Newer != "" {
		row.Newer = objectPath("statement", ref.ID(v.Newer))
	}
	return row
}

// unheard says that the word which is awaited comes no more, since the institution has ended.
func (row *StatementRow) unheard(o exchange.Statement) {
	if v, ok := o.Text.Unconfirmed(row.Lang); ok {
		row.Text.Beside.Note = row.endedNote(o.Text, v)
	}
	if o.State == exchange.Entered {
		row.State.Word = row.T("statement.ended")
	}
}

// behalf says who entered a statement, for whom, and how it came.
func (w Words) behalf(e exchange.Entry, institution string) string {
	var number, date string
	if e.Number != "" {
		number = w.T("statement.number", "number", e.Number)
	}
	if !e.Date.IsZero() {
		date = w.T("statement.date."+string(e.Channel), "date", w.Date(e.Date))
	}
	how := w.T("statement.how."+string(e.Channel), "number", number, "date", date)
	return w.T("statement.by."+string(e.By), "institution", institution, "how", how)
}

// Line names a statement in one line, for lists of all kinds of things.
func (row StatementRow) Line() string {
	key := "statement.line"
	if row.Object.Text == "" {
		key = "statement.line-bare"
	}
	return row.T(key, "sort", row.Sort, "institution", row.Institution.Text, "object", row.Object.Text)
}

// Standing says in one line how a statement came and where it stands; empty: the institution made
// it and it simply stands.
func (row StatementRow) Standing() string {
	var parts []string
	if row.Behalf != "" {
		parts = append(parts, row.Behalf)
	}
	if row.State.Word != "" {
		parts = append(parts, row.State.Word)
	}
	if row.Newer != "" {
		parts = append(parts, row.T("statement.replaced"))
	}
	if row.Narrow != "" {
		parts = append(parts, row.Narrow)
	}
	return strings.Join(parts, row.T("statement.stop"))
}

// statementsAmong puts those among ids that are statements into words.
func (s *Server) statementsAmong(r *Request, ids ...ref.ID) (map[ref.ID]StatementRow, error) {
	found, err := s.exchange.Some(r.Context(), r.Who, ids...)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	var vs []exchange.View
	for _, v := range found {
		vs = append(vs, v)
	}
	rows, err := s.statementRows(r, vs...)
	out := map[ref.ID]StatementRow{}
	for _, row := range rows {
		out[row.ID] = row
	}
	return out, err
}

// nameOfStatement gives the beginning of what was said, or of what sort it is where it has no words.
func nameOfStatement(v *exchange.Statement, lang string) Said {
	w := Words{Lang: lang}
	if v.Text.Empty() {
		return plainly(capital(w.Option("statement", "sort", string(v.Sort))))
	}
	n := sayLines(v.Text, lang)
	n.Text = text.Excerpt(n.Text, 80)
	return n
}
