package web

import (
	"context"
	"errors"
	"net"
	"net/http"

	"entente/account"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
)

// doorRoutes are the ways in and out, and what a machine asks of the node.
var doorRoutes = []Route{
	get("/sign-in", All, "", (*Server).signInPage),
	counted(post("/sign-in", All, "", (*Server).signInPost)),
	get("/sign-in/code", All, "", (*Server).signInCodePage),
	counted(post("/sign-in/code", All, "", (*Server).signInCodePost)),
	bare(post("/sign-out", All, "", (*Server).signOutPost)),
	plain(http.MethodGet, "/demo", Demo, "", (*Server).demoPage), // the address one is told, in the reader's language
	get("/demo", Demo, "", (*Server).demoPage),
	plain(http.MethodPost, "/demo/sign-in", Demo, "", (*Server).demoSignIn),
	probe(plain(http.MethodGet, "/healthz", All, "", (*Server).healthz)),
	probe(plain(http.MethodGet, "/readyz", All, "", (*Server).readyz)),
}

// SignInPage asks for name and password.
type SignInPage struct {
	Page
	Next   string
	Login  string
	Fault  string
	Prompt bool // sent here from a page that needs signing in
}

func (s *Server) signInPage(r *Request) error {
	if r.Who.SignedIn() {
		return r.redirect("/desk")
	}
	p := SignInPage{Page: r.Page, Next: localPath(r.FormValue("next"), "")}
	p.Prompt = p.Next != ""
	p.Title, p.Body = p.T("sign-in.title"), "door"
	return s.ok(r, "sign_in", p)
}

func (s *Server) signInPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	p := SignInPage{Page: r.Page, Login: text.CleanName(r.PostFormValue("login")), Next: localPath(r.PostFormValue("next"), "")}
	p.Title, p.Body = p.T("sign-in.title"), "door"
	proved, err := s.accountsOf(r).SignIn(r.Context(), network(remote(r.Request)), p.Login, r.PostFormValue("password"))
	to := "/" + r.Lang + "/sign-in/code" + after(p.Next)
	switch {
	case err != nil:
	case proved.Code:
		err = s.await(r, proved)
	default:
		to = localPath(p.Next, p.To("/desk"))
		err = s.signIn(r, proved, byPassword)
	}
	switch {
	case err == nil:
		http.Redirect(r.W, r.Request, to, http.StatusSeeOther)
		return nil
	case fault.Is(err, fault.Invalid):
		p.Fault = p.T("fault.sign-in")
	case fault.Is(err, fault.TooMany):
		p.Fault = p.T("fault.throttled")
	case unwritten(err):
		s.log.Error("signing in was not written down", "error", err)
		p.Fault = p.T("fault.sign-in-unwritten")
		return s.show(r, http.StatusServiceUnavailable, "sign_in", p)
	default:
		return err
	}
	return s.show(r, statuses[fault.Of(err)], "sign_in", p)
}

// unwritten says whether an error is of a database that could not write, or did not come to it in time.
func unwritten(err error) bool {
	var f *fault.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &f) && f.Kind == fault.Unavailable && f.Key == ""
}

func (s *Server) signOutPost(r *Request) error {
	if err := s.sessions.Destroy(r.Context()); err != nil {
		return err
	}
	return r.redirect("/")
}

// remote gives the address a request came from, by which attempts are throttled.
func remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// DemoPage offers the roles of the demonstration.
type DemoPage struct {
	Page
	Roles []DemoRole
}

func (s *Server) demoPage(r *Request) error {
	p := DemoPage{Page: r.Page, Roles: s.demo}
	p.Title, p.Body = p.T("demo.title"), "door"
	return s.ok(r, "demo", p)
}

func (s *Server) demoSignIn(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	role := r.PostFormValue("role")
	for _, d := range s.demo {
		if d.Role != role {
			continue
		}
		if err := s.signIn(r, account.Proved{Person: ref.Person(d.Person)}, byRole); err != nil {
			return err
		}
		rd, err := s.roster.Reader(r.Context(), ref.Person(d.Person))
		if err != nil {
			return err
		}
		lang := PageReader{Language: rd.Language}.Prefers(r.Lang)
		http.Redirect(r.W, r.Request, "/"+lang+"/desk", http.StatusSeeOther)
		return nil
	}
	var f fault.Fields
	options := ""
	for i, d := range s.demo {
		if i > 0 {
			options += ", "
		}
		options += d.Role
	}
	f.Add("role", role, "fault.option", "options", options)
	return f.Err()
}

// healthz says that the process lives; readyz that it can serve.
func (s *Server) healthz(r *Request) error { return plainText(r, http.StatusOK, "ok\n") }

// readyz names each part that the node needs and does not have. What is wrong with it is for the log.
func (s *Server) readyz(r *Request) error {
	status, said := http.StatusOK, "ready\n"
	for _, p := range Parts(r.Context(), s.db, s.store) {
		if p.Fault == nil {
			continue
		}
		if status == http.StatusOK {
			status, said = http.StatusServiceUnavailable, ""
		}
		said += p.Name + ": " + p.Lacks + "\n"
		s.log.Error("not ready", "part", p.Name, "error", p.Fault)
	}
	if status != http.StatusOK {
		r.W.Header().Set("Retry-After", retryAfter)
	}
	return plainText(r, status, said)
}

func plainText(r *Request, status int, body string) error {
	r.W.Header().Set("Content-Type", "text/plain; charset=utf-8")
	r.W.Header().Set("Cache-Control", "no-store")
	r.W.WriteHeader(status)
	_, err := r.W.Write([]byte(body))
	return err
}
