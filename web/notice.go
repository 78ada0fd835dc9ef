package web

import (
	"context"
	"errors"
	"net/http"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/notice"
)

// noticeRoutes are what a person was told, where letters go, and how the mail stands.
var noticeRoutes = []Route{
	get("/notices", People, "", (*Server).noticesPage),
	post("/account/mail", People, "", (*Server).mailPost),
	get("/account/mail", People, "", func(_ *Server, r *Request) error { return r.redirect("/account#mail") }), // after a fault, in another language
	get("/account/mail/{token}", All, "token=NONE", (*Server).confirmMailPage),
	post("/account/mail/{token}", All, "token=NONE", (*Server).confirmMailPost),
	get("/operation/mail", Admin, "", (*Server).outboxPage),
}

// noticesPerPage is how many notices a page lists.
const noticesPerPage = 30

// NoticesPage lists what a person was told.
type NoticesPage struct {
	Page
	List  []NoticeLine
	Older string
}

func (s *Server) noticesPage(r *Request) error {
	p := NoticesPage{Page: r.Page}
	p.Title = p.T("notice.title")
	err := s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		list, err := notice.Own(ctx, tx, r.Who, r.FormValue("below"), noticesPerPage+1)
		if err != nil {
			return err
		}
		if len(list) > noticesPerPage {
			list = list[:noticesPerPage]
			p.Older = p.To("/notices?below=", list[noticesPerPage-1].ID)
		}
		p.List, err = noticeLines(ctx, tx, p.Words, r.Who, list, "", false)
		for _, n := range p.List {
			if n.Mark.Compare(p.Mark) > 0 || p.Mark == "" {
				p.Mark = n.Mark // printed on the sheet: of what stands there, the strictest
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.ok(r, "notices", p)
}

// MailView is where a person's letters go, on the page of the own account.
type MailView struct {
	Words
	Works     bool // the node has a mail server
	Address   string
	Confirmed bool
	Asked     bool // a letter asked to confirm it
	Rhythms   []Option
	Fault     string
}

func (s *Server) mailView(r *Request, faults fault.Fields) (MailView, error) {
	a, err := s.notices.Address(r.Context(), r.Who)
	v := MailView{Words: r.Page.Words, Works: s.mails, Address: a.Address, Confirmed: a.Confirmed, Asked: a.Asked}
	for _, f := range faults {
		if f.Path == "address" {
			v.Address, v.Confirmed, v.Fault = f.Value, false, v.Words.Fault(f)
		}
	}
	for _, x := range notice.Rhythms() {
		v.Rhythms = append(v.Rhythms, Option{string(x), v.T("mail.rhythm." + string(x)), x == a.Rhythm})
	}
	return v, err
}

func (s *Server) mailPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	address := text.CleanName(r.PostFormValue("address"))
	if r.PostFormValue("do") == "forget" {
		address = ""
	}
	err := s.notices.SetAddress(r.Context(), r.Who, address, notice.Rhythm(r.PostFormValue("rhythm")))
	var f *fault.Error
	if errors.As(err, &f) && len(f.Fields) > 0 {
		return s.showAccount(r, http.StatusUnprocessableEntity, f.Fields)
	}
	if err != nil {
		return err
	}
	s.notice(r, "mail.saved")
	return r.redirect("/account#mail")
}

// ConfirmMailPage asks whoever opened the address of a letter to press a button: programs that look
// into letters open every address.
type ConfirmMailPage struct {
	Page
	Token string
	Done  bool
}

func (s *Server) confirmMailPage(r *Request) error {
	if err := s.notices.Asks(r.Context(), r.PathValue("token")); err != nil {
		return err
	}
	p := ConfirmMailPage{Page: r.Page, Token: r.PathValue("token")}
	p.Title, p.Body = p.T("mail.confirm"), "door"
	return s.ok(r, "mail_confirm", p)
}

func (s *Server) confirmMailPost(r *Request) error {
	if err := s.notices.ConfirmAddress(r.Context(), r.PathValue("token")); err != nil {
		return err
	}
	p := ConfirmMailPage{Page: r.Page, Done: true}
	p.Title, p.Body = p.T("mail.confirmed"), "door"
	return s.ok(r, "mail_confirm", p)
}

// OutboxPage shows the administrator how the mail stands: neither what was said nor to whom.
type OutboxPage struct {
	Page
	Works  bool
	States []OutboxState
	Chosen string
	List   []OutboxRow
	Older  string
}

// OutboxState is how many notices stand in a state.
type OutboxState struct {
	Link
	N int
}

// OutboxRow is one notice.
type OutboxRow struct {
	ID, Kind, State, Made, Ended, Error string
}

func (s *Server) outboxPage(r *Request) error {
	p := OutboxPage{Page: r.Page, Works: s.mails}
	p.Title = p.T("outbox.title")
	state := notice.State(r.FormValue("state"))
	err := s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		counts, err := notice.Counts(ctx, tx)
		if err != nil {
			return err
		}
		all := OutboxState{Link: Link{Said: plainly(p.T("outbox.all")), Path: p.To("/operation/mail"), Here: true}}
		for _, x := range notice.States() {
			here := x == state
			all.N += counts[x]
			all.Here = all.Here && !here
			p.States = append(p.States, OutboxState{Link{Said: plainly(p.T("notice.state." + string(x))), Path: p.To("/operation/mail?state=", string(x)), Here: here}, counts[x]})
		}
		if all.Here {
			state = ""
		}
		p.States = append([]OutboxState{all}, p.States...)
		list, err := notice.Outbox(ctx, tx, state, ref.ID(r.FormValue("below")), noticesPerPage+1)
		if len(list) > noticesPerPage {
			list = list[:noticesPerPage]
			p.Older = p.To("/operation/mail?state=", string(state), "&below=", list[noticesPerPage-1].ID)
		}
		for _, n := range list {
			row := OutboxRow{ID: n.ID, Kind: p.T("letter.subject."+string(n.Kind), "dialogue", ""), State: p.T("notice.state." + string(n.State)), Made: p.Moment(n.Made, p.zoneOf()), Error: n.Error}
			if n.Ended != "" {
				row.Ended = p.Moment(n.Ended, p.zoneOf())
			}
			p.List = append(p.List, row)
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.ok(r, "outbox", p)
}
