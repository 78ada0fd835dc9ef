package web

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"entente/account"
	"entente/internal/fault"
	"entente/internal/when"
	"entente/standard/totp"
)

// secondPath is where a second factor is set up and looked after.
const secondPath = "/account/second-factor"

var secondRoutes = []Route{
	bare(get(secondPath, People, "", (*Server).secondPage)),
	bare(post(secondPath, People, "", (*Server).secondPost)),
}

// SecondPage sets up a person's second factor and looks after it.
type SecondPage struct {
	Page
	State   string // none, begun, set, or no-password where there is nothing to which it would be the second
	Since   string
	Left    int
	Key     string       // in groups, to be typed
	Address template.URL // for a program on the same device
	QR      QR
	Faults  []FieldFault
	By      map[string]string
}

// SecondForm is one of the page's forms, by what it does, with the faults of its fields.
type SecondForm struct {
	Words
	Do, Password, Code string
}

// Form gives a form of the page.
func (p SecondPage) Form(do string) SecondForm {
	return SecondForm{p.Words, do, p.By[do+"-password"], p.By[do+"-code"]}
}

func (s *Server) secondPage(r *Request) error { return s.showSecond(r, http.StatusOK, "", nil) }

// showSecond shows the page; faults are those of the form that was sent to do something.
func (s *Server) showSecond(r *Request, status int, do string, faults fault.Fields) error {
	f, err := s.accounts.SecondOf(r.Context(), r.Who)
	if err != nil {
		return err
	}
	p := SecondPage{Page: r.Page, Left: f.Left}
	p.Title = p.T("second.title")
	if p.Reader.Owes {
		p.Body = "door"
	}
	faults = slices.Clone(faults)
	for i := range faults { // there may be two forms with the same fields
		faults[i].Path = do + "-" + faults[i].Path
	}
	p.By, p.Faults = p.byPath(faults), p.Page.Faults(faults)
	switch {
	case f.Since != "":
		p.State, p.Since = "set", p.Day(f.Since)
	case !f.Password:
		p.State = "no-password"
	case f.Secret == nil:
		p.State = "none"
	default:
		p.State = "begun"
		if err := s.showSecret(r, &p, f.Secret); err != nil {
			return err
		}
	}
	return s.show(r, status, "second_factor", p)
}

func (s *Server) showSecret(r *Request, p *SecondPage, secret []byte) error {
	own, err := s.accounts.OwnOf(r.Context(), r.Who)
	if err != nil {
		return err
	}
	issuer := p.Dialogue.Value.Short.Get("en") // programs on a telephone break other letters now and then
	if issuer == "" {
		issuer = "Entente"
	}
	address := totp.Address(issuer, own.Login, secret)
	p.Address = template.URL(address) // made here, of escaped parts
	for g := range slices.Chunk([]byte(totp.Text(secret)), 4) {
		p.Key = strings.TrimSpace(p.Key + " " + string(g))
	}
	p.QR, err = qrOf(address)
	return err
}

// secondPost does what one of the page's forms asks for.
func (s *Server) secondPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	ctx, do, keep := r.Context(), r.PostFormValue("do"), s.sessions.GetString(r.Context(), account.SessionID)
	password, code := r.PostFormValue("password"), r.PostFormValue("code")
	var codes []string
	var err error
	switch do {
	case "begin":
		err = s.accounts.BeginSecond(ctx, r.Who, password)
	case "confirm":
		codes, err = s.accounts.SetSecond(ctx, r.Who, keep, code)
	case "renew":
		codes, err = s.accounts.RenewRecovery(ctx, r.Who, password, code)
	case "drop":
		err = s.accounts.DropSecond(ctx, r.Who, keep, password, code)
	default:
		var f fault.Fields
		f.Add("do", do, "fault.option", "options", "begin, confirm, renew, drop")
		err = f.Err()
	}
	switch faults := fieldsOf(err); {
	case len(faults) > 0 && do != "" && faults[0].Path != "do":
		return s.showSecond(r, http.StatusUnprocessableEntity, do, faults)
	case fault.Is(err, fault.NotFound) && do == "confirm":
		s.notice(r, "second.late-setting")
	case fault.Is(err, fault.NotFound), fault.Is(err, fault.Conflict): // done meanwhile from elsewhere: the page shows how it stands
	case err != nil:
		return err
	case codes != nil:
		return s.showRecovery(r, codes)
	case do == "drop":
		s.notice(r, "second.dropped")
	}
	return r.redirect(secondPath)
}

// RecoveryPage shows recovery codes once, to be printed.
type RecoveryPage struct {
	Page
	Codes []string
	Login string
	Day   string
}

func (s *Server) showRecovery(r *Request, codes []string) error {
	own, err := s.accounts.OwnOf(r.Context(), r.Who)
	if err != nil {
		return err
	}
	p := RecoveryPage{Page: r.Page, Login: own.Login, Day: when.DayOf(s.db.Now(), "Asia/Shanghai", r.Lang)}
	p.Title = p.T("second.codes", "dialogue", p.Dialogue.Name.Text)
	p.Langs = nil // on the same page in another language they would be gone
	for _, c := range codes {
		p.Codes = append(p.Codes, account.GroupCode(c))
	}
	return s.ok(r, "recovery_codes", p)
}

// CodePage is the second step of signing in.
type CodePage struct {
	Page
	Next      string
	Fault     string
	Recovery  bool   // the form for a recovery code stands open
	Recovered string // what was typed there; a code of the program is not shown again
}

// signInCodePage asks whose password was right for a code. Nobody else sees it.
func (s *Server) signInCodePage(r *Request) error {
	next := localPath(r.FormValue("next"), "")
	if _, ok := s.awaited(r); !ok {
		return s.signInAnew(r, next)
	}
	return s.askForCode(r, http.StatusOK, CodePage{Next: next})
}

func (s *Server) askForCode(r *Request, status int, p CodePage) error {
	p.Page = r.Page
	p.Title, p.Body = p.T("second.sign-in"), "door"
	return s.show(r, status, "sign_in_code", p)
}

func (s *Server) signInCodePost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	next := localPath(r.PostFormValue("next"), "")
	proved, ok := s.awaited(r)
	if !ok {
		return s.signInAnew(r, next)
	}
	code, p := r.PostFormValue("code"), CodePage{Next: next}
	if typed := r.PostFormValue("recovery"); typed != "" {
		code, p.Recovery, p.Recovered = typed, true, typed
	}
	recovered, err := s.accountsOf(r).Code(r.Context(), network(remote(r.Request)), proved, code)
	if err == nil {
		err = s.signIn(r, proved, byCode)
	}
	var f *fault.Error
	errors.As(err, &f)
	switch {
	case err == nil:
	case fault.Is(err, fault.NotFound):
		return s.signInAnew(r, next)
	case fault.Is(err, fault.Invalid) && len(f.Fields) > 0:
		p.Fault = r.Page.Words.Fault(f.Fields[0])
		return s.askForCode(r, statuses[f.Kind], p)
	case fault.Is(err, fault.TooMany):
		p.Fault = r.Page.T(f.Key)
		return s.askForCode(r, statuses[f.Kind], p)
	case unwritten(err):
		s.log.Error("signing in was not written down", "error", err)
		p.Fault = r.Page.T("fault.sign-in-unwritten")
		return s.askForCode(r, http.StatusServiceUnavailable, p)
	default:
		return err
	}
	if recovered {
		s.notice(r, "second.recovered")
	}
	http.Redirect(r.W, r.Request, localPath(next, r.Page.To("/desk")), http.StatusSeeOther)
	return nil
}

// signInAnew begins with the password again; whose code was awaited for too long is told so.
func (s *Server) signInAnew(r *Request, next string) error {
	if s.sessions.GetString(r.Context(), account.SessionPending) != "" {
		if err := s.afresh(r); err != nil {
			return err
		}
		s.notice(r, "second.late")
	}
	return r.redirect("/sign-in" + after(next))
}

// after says to a page of signing in which page was asked for.
func after(next string) string {
	if next == "" {
		return ""
	}
	return "?next=" + url.QueryEscape(next)
}
