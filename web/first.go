package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"entente/account"
	"entente/bundle"
	"entente/dialogue"
	"entente/internal/fault"
	"entente/internal/message"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/roster"
)

// firstRoutes are the beginning of a node, and what it shows to whoever verifies it later.
var firstRoutes = []Route{
	get("/first/{token}", All, "token=NONE", (*Server).firstPage),
	post("/first/{token}", All, "token=NONE", (*Server).firstPost),
	plain(http.MethodGet, "/checkpoint", All, "", (*Server).checkpoint),
}

// FirstPage opens the first dialogue of an empty node and makes its first administrator.
type FirstPage struct {
	Page
	Gone    bool // the link was used or has expired
	Faults  []FieldFault
	Name    Field
	Short   Field
	Job     Field    // the administrator's function in words
	Tongues []Option // languages of the dialogue
	More    string   // further ones
	Public  bool
	Second  bool // the usual functions sign in with a second factor
	Login   string
	By      map[string]string // the fault of each field
}

func (s *Server) firstPage(r *Request) error {
	err := bundle.MayBegin(r.Context(), s.db, r.PathValue("token"), false)
	if err != nil {
		return s.firstGone(r, err)
	}
	b := bundle.Beginning{Dialogue: dialogue.Dialogue{Languages: message.Languages}}
	b.Admin.Person.Title = text.Both(message.In("en", "first.job-default"), message.In("zh", "first.job-default"))
	return s.showFirst(r, http.StatusOK, b, nil)
}

func (s *Server) firstPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	b := readFirst(r)
	var wrong fault.Fields
	if r.PostFormValue("password") != r.PostFormValue("again") {
		wrong.Add("again", "", "fault.again")
		// It is shown with the other faults, so the act is tried with a password that fails.
		b.Admin.Password = ""
	}
	person, err := bundle.Begin(r.Context(), s.db, r.PathValue("token"), b)
	var f *fault.Error
	switch {
	case fault.Is(err, fault.NotFound):
		return s.firstGone(r, err)
	case errors.As(err, &f) && len(f.Fields) > 0:
		if len(wrong) > 0 {
			f.Fields = slices.DeleteFunc(f.Fields, func(f fault.Field) bool { return f.Path == "password" })
		}
		return s.showFirst(r, http.StatusUnprocessableEntity, b, append(f.Fields, wrong...))
	case err != nil:
		return err
	}
	if err := s.signIn(r, account.Proved{Person: person}, byPassword); err != nil {
		return err
	}
	s.notice(r, "first.done")
	if !b.Single {
		return r.redirect(secondPath)
	}
	return r.redirect("/desk")
}

// readFirst decodes the form.
func readFirst(r *Request) (b bundle.Beginning) {
	both := func(name string) text.Multi {
		return text.Both(strings.TrimSpace(r.PostFormValue(name+".en")), strings.TrimSpace(r.PostFormValue(name+".zh")))
	}
	b.Dialogue = dialogue.Dialogue{Name: both("name"), Short: both("short"), Languages: r.PostForm["languages"]}
	b.Dialogue.Languages = append(b.Dialogue.Languages, strings.Fields(strings.ReplaceAll(text.ASCII(r.PostFormValue("more")), ",", " "))...)
	b.Public, b.Single = r.PostFormValue("public") != "", r.PostFormValue("second") == ""
	b.Admin = bundle.Newcomer{
		Person: roster.Person{Title: both("title"), Language: r.Lang},
		Login:  text.CleanName(r.PostFormValue("login")), Password: r.PostFormValue("password"),
	}
	return b
}

// firstGone says that the link is no longer good; anything else goes up.
func (s *Server) firstGone(r *Request, err error) error {
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	p := FirstPage{Page: r.Page, Gone: true}
	p.Title, p.Body = p.T("first.gone"), "door"
	return s.show(r, http.StatusNotFound, "first", p)
}

func (s *Server) showFirst(r *Request, status int, b bundle.Beginning, faults fault.Fields) error {
	p := FirstPage{Page: r.Page, Public: b.Public, Second: !b.Single, Login: b.Admin.Login}
	p.Title, p.Body = p.T("first.title"), "door"
	p.By = p.byPath(faults)
	p.Name = p.both("name", "first.name", "first.name-hint", b.Dialogue.Name)
	p.Short = p.both("short", "first.short", "first.short-hint", b.Dialogue.Short)
	p.Job = p.both("title", "first.job", "first.job-hint", b.Admin.Person.Title)
	for _, l := range message.Languages {
		p.Tongues = append(p.Tongues, Option{l, p.T("lang." + l), slices.Contains(b.Dialogue.Languages, l)})
	}
	var more []string
	for _, l := range b.Dialogue.Languages {
		if !slices.Contains(message.Languages, l) {
			more = append(more, l)
		}
	}
	p.More = strings.Join(more, " ")
	labels := map[string]string{
		"name": p.Name.Label, "short": p.Short.Label, "title": p.Job.Label, "languages": p.T("first.languages"),
		"login": p.T("first.login"), "password": p.T("first.password"), "again": p.T("first.again"),
	}
	for _, f := range p.Page.Faults(faults) {
		field, _, _ := strings.Cut(f.Path, ".")
		if l := labels[field]; l != "" {
			f.Text = p.T("first.fault", "field", l, "text", f.Text)
		}
		p.Faults = append(p.Faults, f)
	}
	return s.show(r, status, "first", p)
}

// both makes the field of a text in the languages of the interface, the page's own first.
func (p *FirstPage) both(name, label, hint string, m text.Multi) Field {
	f := Field{Words: p.Words, Path: name, Label: p.T(label), Hint: p.T(hint), Control: shape.Multi, Fault: p.By[name]}
	langs := slices.Clone(message.Languages)
	slices.SortStableFunc(langs, func(a, b string) int {
		switch p.Lang {
		case a:
			return -1
		case b:
			return 1
		}
		return 0
	})
	for _, l := range langs {
		path := name + "." + l
		f.Cols = append(f.Cols, Column{Words: p.Words, Path: path, Tongue: l, Name: p.T("lang." + l), Text: m[l].Text, Fault: p.By[path]})
	}
	return f
}

// checkpoint serves the newest head of the log that this node published, signed
// (C2SP tlog-checkpoint): who keeps some can tell later that nothing was rewritten.
func (s *Server) checkpoint(r *Request) error {
	note := ""
	if s.published != nil {
		note = s.published()
	}
	if note == "" {
		return plainText(r, http.StatusNotFound, "no checkpoint has been published yet\n")
	}
	return plainText(r, http.StatusOK, note)
}
