package web

import (
	"errors"
	"net/http"

	"entente/account"
	"entente/internal/fault"
)

// accountRoutes are a person's own account.
var accountRoutes = []Route{
	get("/account", People, "", (*Server).accountPage),
	post("/account/sessions", People, "", (*Server).sessionsPost),
	post("/account/password", People, "", (*Server).passwordPost),
	get("/account/password", People, "", func(_ *Server, r *Request) error { return r.redirect("/account") }), // after a fault, in another language
}

// AccountPage is what a person sees and does with the own account.
type AccountPage struct {
	Page
	Person    string
	Functions []HeldFunction
	Handover  string // address of the form by which the own function is handed over
	Login     string
	Changed   string
	Sessions  []SessionRow
	Ends      bool   // something else could be ended: a session, or what else lets in
	Second    string // since when there is a second factor
	SecondUse string // when a code of it was used last
	Left      int    // recovery codes
	Calendar  string // since when the person's calendar has an address
	Fetched   string // when the calendar was fetched last
	Address   string // that address, in the answer that made it alone
	Faults    []FieldFault
	By        map[string]string
	Mail      MailView
}

// SessionRow is one place where the person is signed in.
type SessionRow struct {
	ID, Device, Used string
	Here             bool
}

func (s *Server) accountPage(r *Request) error { return s.showAccount(r, http.StatusOK, nil) }

func (s *Server) showAccount(r *Request, status int, faults fault.Fields) error {
	return s.accountWith(r, status, faults, "")
}

// accountWith shows the page, with the address of the person's calendar where it was made just now.
func (s *Server) accountWith(r *Request, status int, faults fault.Fields, address string) error {
	own, err := s.accounts.OwnOf(r.Context(), r.Who)
	if err != nil {
		return err
	}
	second, err := s.accounts.SecondOf(r.Context(), r.Who)
	if err != nil {
		return err
	}
	p := AccountPage{Page: r.Page, Login: own.Login, Left: second.Left}
	if second.Since != "" {
		p.Second, p.SecondUse = p.Day(second.Since), p.Moment(second.Used, "Asia/Shanghai")
	}
	made, used, err := s.accounts.Feed(r.Context(), r.Who)
	if err != nil {
		return err
	}
	p.feedMade(made, address)
	if used != "" {
		p.Fetched = p.Moment(used, p.zoneOf())
	}
	p.Title = p.T("account.title")
	p.By, p.Faults = p.byPath(faults), p.Page.Faults(faults)
	if p.Mail, err = s.mailView(r, faults); err != nil {
		return err
	}
	p.Ends = own.Half || own.Invited != "" || own.Reset != "" || own.Feed != "" || p.Address != "" || p.Mail.Asked
	if own.Changed != "" {
		p.Changed = p.Day(own.Changed)
	}
	here := s.sessions.GetString(r.Context(), account.SessionID)
	for _, x := range own.Sessions {
		row := SessionRow{ID: x.ID, Device: x.Agent, Used: p.Moment(x.LastUse, "Asia/Shanghai"), Here: x.ID == here}
		if row.Device == "" {
			row.Device = p.T("account.device-unknown")
		}
		p.Ends = p.Ends || !row.Here
		p.Sessions = append(p.Sessions, row)
	}
	me, err := s.roster.Person(r.Context(), r.Who, r.Who.Person)
	switch {
	case err == nil:
		p.Person = p.To("/people/", me.ID)
		var of PersonPage
		of.Page = r.Page
		of.fill(me.Value, names{}, s.today(&r.Page))
		if err := s.heldBy(r, me, of.Functions); err != nil {
			return err
		}
		p.Functions = of.Functions
		if _, err := s.accounts.Passing(r.Context(), r.Who, r.Who.Person); err == nil {
			p.Handover = p.To("/people/", me.ID, "/handover")
		} else if !fault.Is(err, fault.Forbidden) {
			return err
		}
	case !fault.Is(err, fault.NotFound): // who only administers the node may not read the directory
		return err
	}
	return s.show(r, status, "account", p)
}

func (s *Server) sessionsPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	var err error
	if r.PostFormValue("others") != "" {
		err = s.accounts.EndOthers(r.Context(), r.Who, s.sessions.GetString(r.Context(), account.SessionID))
	} else {
		err = s.accounts.EndSession(r.Context(), r.Who, r.PostFormValue("session"))
	}
	if err != nil {
		return err
	}
	s.notice(r, "account.ended")
	return r.redirect("/account")
}

func (s *Server) passwordPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	if r.PostFormValue("password") != r.PostFormValue("again") {
		var f fault.Fields
		f.Add("again", "", "fault.again")
		return s.showAccount(r, http.StatusUnprocessableEntity, f)
	}
	err := s.accounts.ChangePassword(r.Context(), r.Who, s.sessions.GetString(r.Context(), account.SessionID), r.PostFormValue("old"), r.PostFormValue("password"))
	var f *fault.Error
	if errors.As(err, &f) && len(f.Fields) > 0 {
		return s.showAccount(r, http.StatusUnprocessableEntity, f.Fields)
	}
	if err != nil {
		return err
	}
	s.notice(r, "account.changed")
	return r.redirect("/account")
}
