package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"entente/access"
	"entente/account"
	"entente/bundle"
	"entente/internal/fault"
	"entente/internal/message"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
)

// invitationRoutes are how people are let in, and how their part ends.
var invitationRoutes = []Route{
	get("/institutions/{id}/invite", People, "id=institution/nia", (*Server).invitePage),
	post("/institutions/{id}/invite", People, "id=institution/nia", (*Server).invitePost),
	get("/people/{id}/invitation", People, "id=person/cn-focal-point", (*Server).backToPerson),
	post("/people/{id}/invitation", People, "id=person/cn-focal-point", (*Server).reinvitePost),
	post("/people/{id}/invitation/ask", People, "id=person/cn-focal-point", (*Server).askReset),
	post("/people/{id}/invitation/withdraw", People, "id=person/cn-focal-point", (*Server).withdrawInvitation),
	get("/people/{id}/end", People, "id=person/cn-focal-point", (*Server).backToPerson),
	post("/people/{id}/end", People, "id=person/cn-focal-point", (*Server).endPost),
	get("/invitation", All, "", (*Server).codePage),
	counted(post("/invitation", All, "", (*Server).codePost)),
	get("/invitation/{code}", All, "code=NONE", (*Server).acceptPage),
	counted(post("/invitation/{code}", All, "code=NONE", (*Server).acceptPost)),
}

// AccountView is how a person's account stands, on the person's page.
type AccountView struct {
	Words
	ID      string
	Charge  bool
	SignsIn bool
	Second  bool
	Ended   bool
	Invited string
	Leaving string // what the end of this person's part leaves undone
	Mail    bool   // the node sends mail
	Letter  string // the address to which a code given now is sent
	Reset   ResetView
	Seen    string // names the person and the account as they are shown: only on that anything is done
	Ending  bool   // the form that ends the person's part is shown open
	Reason  string // as it was typed there
}

// ResetView is how an account stands with the second person that a code needs which is shown.
type ResetView struct {
	Needed bool
	Alone  bool // there is none
	Mine   bool // the reader asked
	By     Link // who asked; empty where nobody did
	Until  string
}

func (s *Server) accountView(r *Request, id ref.Person) (AccountView, error) {
	st, err := s.accounts.StateOf(r.Context(), r.Who, id)
	v := AccountView{Words: r.Page.Words, ID: string(id), Charge: st.Charge, SignsIn: st.SignsIn, Second: st.Second, Ended: st.Ended, Mail: s.mails, Letter: st.Letter}
	if st.Invited != "" {
		v.Invited = v.Day(st.Invited)
	}
	if v.Reset = (ResetView{Needed: st.Reset.Needed, Alone: st.Reset.Alone}); err == nil && st.Reset.By != "" {
		var ns map[ref.ID]access.Title
		ns, err = s.named(r, ref.ID(st.Reset.By))
		v.Reset.By, v.Reset.Mine, v.Reset.Until = linkTo(v.Words, ns[ref.ID(st.Reset.By)]), st.Reset.By == r.Who.Person, v.Day(st.Reset.Until)
	}
	if err == nil && v.Charge && !v.Ended {
		if v.Leaving, err = s.leaving(r, id); err == nil {
			v.Seen, err = s.accountSight(r.Context(), r, id, st)
		}
		v.Ending, v.Reason = r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/end"), r.reason()
	}
	return v, err
}

// accountSight names what a person's page shows to who may end the person's part or give a code: the
// revision, how the account stands, and what an admission would stand on, which a code may bring.
func (s *Server) accountSight(ctx context.Context, r *Request, id ref.Person, st account.State) (string, error) {
	o, err := s.roster.Person(ctx, r.Who, id)
	if err != nil {
		return "", err
	}
	facts, err := s.roster.Facts(ctx, id)
	return sightOf(id, o.Rev, st, facts), err
}

// onSight does what a person's page offers on what it shows, and shows that page where the form names
// something else.
func (s *Server) onSight(r *Request, id ref.Person, do func(ctx context.Context) error) (done bool, err error) {
	err = s.db.Together(r.Context(), func(ctx context.Context) error {
		st, err := s.accounts.StateOf(ctx, r.Who, id)
		if err != nil {
			return err
		}
		if st.Charge && !st.Ended { // else there is no form, and the act says why not
			sight, err := s.accountSight(ctx, r, id, st)
			if err != nil {
				return err
			}
			if r.PostFormValue("seen") != sight {
				return errLook
			}
		}
		return do(ctx)
	})
	if errors.Is(err, errLook) {
		return false, s.personPage(r)
	}
	return err == nil, err
}

// InvitePage asks who is to be invited to an institution.
type InvitePage struct {
	Page
	Institution string // its id
	Faults      []FieldFault
	By          map[string]string
	Post        Field
	Functions   []Option
	Languages   []Option
	Family      string
	Given       string
	Mail        bool   // the node sends mail
	Address     string // typed
}

func (s *Server) invitePage(r *Request) error {
	return s.showInvite(r, http.StatusOK, account.Newcomer{Language: r.Lang}, nil)
}

func (s *Server) invitePost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	v := func(name string) string { return text.CleanName(r.PostFormValue(name)) }
	n := account.Newcomer{
		Institution: ref.Institution(r.PathValue("id")), Function: access.Function(v("function")),
		Title: text.Both(v("title.en"), v("title.zh")), Family: v("family"), Given: v("given"), Language: v("language"),
		Address: v("address"),
	}
	if _, err := s.institutionName(r, n.Institution); err != nil {
		return err
	}
	id, code, err := bundle.Invite(r.Context(), s.db, s.accounts, r.Who, n)
	if faults := fieldsOf(err); len(faults) > 0 {
		return s.showInvite(r, http.StatusUnprocessableEntity, n, faults)
	}
	if err != nil {
		return err
	}
	return s.showCard(r, id, code)
}

func (s *Server) institutionName(r *Request, id ref.Institution) (Said, error) {
	known, err := s.roster.Named(r.Context(), r.Who, id)
	if err != nil {
		return Said{}, err
	}
	i, ok := known[id]
	if !ok {
		return Said{}, errNoPage
	}
	return say(i.Name(), r.Lang), nil
}

func (s *Server) showInvite(r *Request, status int, n account.Newcomer, faults fault.Fields) error {
	id := ref.Institution(r.PathValue("id"))
	name, err := s.institutionName(r, id)
	if err != nil {
		return err
	}
	allowed := account.Invitable(r.Who, id)
	if len(allowed) == 0 {
		return fault.New(fault.Forbidden, "")
	}
	r.in("partners")
	p := InvitePage{Page: r.Page, Institution: string(id), Family: n.Family, Given: n.Given, Mail: s.mails, Address: n.Address}
	p.Title = p.T("invitation.new", "institution", name.Text)
	p.By, p.Faults = p.byPath(faults), p.Page.Faults(faults)
	first := FirstPage{Page: p.Page, By: p.By}
	p.Post = first.both("title", "invitation.post", "invitation.post-hint", n.Title)
	for _, f := range allowed {
		p.Functions = append(p.Functions, Option{string(f), p.Option("person", "function", string(f)), f == n.Function})
	}
	for _, l := range message.Languages {
		p.Languages = append(p.Languages, Option{l, p.T("lang." + l), l == n.Language})
	}
	return s.show(r, status, "invitation_new", p)
}

// CardPage is the card with the code, to be printed and handed over.
type CardPage struct {
	Page
	For     Said
	Address string
	Direct  string
	Code    string
	Until   string
	Person  string
	Mail    bool   // the node sends mail
	Sent    string // the address to which it sends the code
}

func (s *Server) showCard(r *Request, id ref.Person, code string) error {
	o, err := s.roster.Person(r.Context(), r.Who, id)
	if err != nil {
		return err
	}
	st, err := s.accounts.StateOf(r.Context(), r.Who, id)
	if err != nil {
		return err
	}
	r.in("partners")
	// The address is in the language that the person reads, whatever the inviter's.
	p := CardPage{Page: r.Page, For: say(o.Value.Title, r.Lang), Code: account.GroupCode(code), Person: string(id), Mail: s.mails, Sent: st.Sent}
	lang := PageReader{Language: o.Value.Language}.Prefers(r.Lang)
	p.Address = p.Base + "/" + lang + "/invitation"
	p.Direct = p.Address + "/" + code
	p.Until = when.DayOf(time.Now().Add(account.LinkLasts), "Asia/Shanghai", p.Lang)
	p.Title = p.T("invitation.card", "dialogue", p.Dialogue.Name.Text)
	return s.ok(r, "invitation_card", p)
}

func (s *Server) reinvitePost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	id := ref.Person(r.PathValue("id"))
	var code string
	done, err := s.onSight(r, id, func(ctx context.Context) (err error) {
		code, err = s.accounts.Reinvite(ctx, r.Who, id)
		return err
	})
	if !done {
		return err
	}
	if code == "" {
		s.notice(r, "invitation.mailed")
		return r.redirect("/people/" + string(id))
	}
	return s.showCard(r, id, code)
}

// askReset asks for a fresh code that another person is to confirm.
func (s *Server) askReset(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	id := ref.Person(r.PathValue("id"))
	done, err := s.onSight(r, id, func(ctx context.Context) error { return s.accounts.AskReset(ctx, r.Who, id) })
	if !done {
		return err
	}
	s.notice(r, "reset.asked")
	return r.redirect("/people/" + string(id))
}

// backToPerson is where the card leads in another language: its code is shown once.
func (s *Server) backToPerson(r *Request) error {
	o, err := s.roster.Person(r.Context(), r.Who, ref.Person(r.PathValue("id")))
	if err != nil {
		return err
	}
	return r.redirect("/people/" + o.ID)
}

func (s *Server) withdrawInvitation(r *Request) error {
	id := ref.Person(r.PathValue("id"))
	err := s.accounts.Withdraw(r.Context(), r.Who, id)
	if err != nil {
		return err
	}
	s.notice(r, "invitation.withdrawn")
	return r.redirect("/people/" + string(id))
}

func (s *Server) endPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	id := ref.Person(r.PathValue("id"))
	done, err := s.onSight(r, id, func(ctx context.Context) error { return bundle.End(ctx, s.db, s.accounts, r.Who, id, r.reason()) })
	if !done {
		return err
	}
	s.notice(r, "invitation.ended")
	return r.redirect("/people/" + string(id))
}

// InvitationPage asks for the code of an invitation, and then for a name and a password.
type InvitationPage struct {
	Page
	Code   string // "" while it is asked for
	Typed  string
	Fault  string
	For    string
	Second bool // a second factor will be dropped
	Login  string
	Faults []FieldFault
	By     map[string]string
}

func (s *Server) codePage(r *Request) error { return s.askCode(r, http.StatusOK, "", "") }

func (s *Server) codePost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	typed := text.CleanName(r.PostFormValue("code"))
	_, err := s.accounts.Invited(r.Context(), network(remote(r.Request)), typed)
	switch fault.Of(err) {
	case fault.NotFound:
		return s.askCode(r, http.StatusUnprocessableEntity, typed, r.Page.T("invitation.wrong"))
	case "":
		if err != nil {
			return err
		}
		return r.redirect("/invitation/" + account.CleanCode(typed))
	}
	return err
}

func (s *Server) askCode(r *Request, status int, typed, why string) error {
	p := InvitationPage{Page: r.Page, Typed: typed, Fault: why}
	p.Title, p.Body = p.T("invitation.title"), "door"
	return s.show(r, status, "invitation", p)
}

func (s *Server) acceptPage(r *Request) error { return s.showAccept(r, http.StatusOK, "", nil) }

func (s *Server) showAccept(r *Request, status int, login string, faults fault.Fields) error {
	code := account.CleanCode(r.PathValue("code"))
	person, err := s.accounts.Invited(r.Context(), network(remote(r.Request)), code)
	if fault.Is(err, fault.NotFound) {
		return s.askCode(r, http.StatusNotFound, r.PathValue("code"), r.Page.T("invitation.wrong"))
	}
	if err != nil {
		return err
	}
	p := InvitationPage{Page: r.Page, Code: code, Login: login, For: say(person.Title, r.Lang).Text, Second: person.Second}
	p.Title, p.Body = p.T("invitation.title"), "door"
	p.By, p.Faults = p.byPath(faults), p.Page.Faults(faults)
	return s.show(r, status, "invitation", p)
}

func (s *Server) acceptPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	login, password := text.CleanName(r.PostFormValue("login")), r.PostFormValue("password")
	if password != r.PostFormValue("again") {
		var f fault.Fields
		f.Add("again", "", "fault.again")
		return s.showAccept(r, http.StatusUnprocessableEntity, login, f)
	}
	person, err := s.accounts.Accept(r.Context(), network(remote(r.Request)), r.PathValue("code"), login, password)
	var f *fault.Error
	switch {
	case fault.Is(err, fault.NotFound):
		return s.askCode(r, http.StatusNotFound, r.PathValue("code"), r.Page.T("invitation.wrong"))
	case errors.As(err, &f) && len(f.Fields) > 0:
		return s.showAccept(r, http.StatusUnprocessableEntity, login, f.Fields)
	case err != nil:
		return err
	}
	if err := s.signIn(r, account.Proved{Person: person}, byPassword); err != nil {
		return err
	}
	s.notice(r, "invitation.done")
	return r.redirect("/desk")
}

// device says in a few words what a browser calls itself at length.
func device(agent string) string {
	find := func(pairs ...string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if strings.Contains(agent, pairs[i]) {
				return pairs[i+1]
			}
		}
		return ""
	}
	browser := find("MicroMessenger", "WeChat", "Edg", "Edge", "QQBrowser", "QQ Browser", "360", "360", "OPR", "Opera", "Firefox", "Firefox",
		"Chrome", "Chrome", "Safari", "Safari")
	system := find("Windows", "Windows", "Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Mac OS", "macOS", "HarmonyOS", "HarmonyOS", "Linux", "Linux")
	return strings.Trim(browser+" · "+system, " ·")
}
