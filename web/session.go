package web

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"entente/account"
	"entente/internal/db"
	"entente/internal/message"
	"entente/internal/ref"

	"github.com/alexedwards/scs/v2"
	"golang.org/x/text/language"
)

// What a session holds.
const (
	sessionPerson = "person"
	sessionProof  = "proof"

	// Of somebody whose password was right, and whose code is awaited. Nobody is signed in by these.
	sessionPassword = "pending-password" // when it was set
	sessionUntil    = "pending-until"
)

// The cookies beside the session's, by the ends of their names.
const (
	noticeCookie = "-notice" // the key of a message for the next page
	deviceCookie = "-device" // who has signed in with this browser (account.Service.Remember)
)

// proof is how a person proved to be that person, once all of it was there.
type proof string

const (
	byPassword proof = "password"
	byCode     proof = "password and code"
	byRole     proof = "role" // taken in a demonstration
)

// newSessions keeps sessions as rows, under the hash of their token. A visitor has none, and so
// no cookie.
func newSessions(d *db.DB, secure bool) *scs.SessionManager {
	m := scs.New()
	m.Store = account.NewSessions(d)
	m.HashTokenInStore = true
	m.Lifetime = 12 * time.Hour
	m.Cookie.Name = "entente"
	if secure {
		m.Cookie.Name = "__Host-entente" // a browser takes it from us alone, never from a name beside or under ours
	}
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Secure = secure
	m.Cookie.Path = "/"
	m.Codec = account.Codec{}
	return m
}

// notice keeps a message for the next page, after an act that redirects. It lies with the browser: the
// page that shows it has nothing to write down, and waits for nobody who writes.
func (s *Server) notice(r *Request, key string) { s.keep(r, noticeCookie, key, time.Minute) }

// noticed gives that message, once.
func (s *Server) noticed(r *Request) string {
	c, err := r.Cookie(s.sessions.Cookie.Name + noticeCookie)
	if err != nil {
		return ""
	}
	said, along := strings.CutSuffix(c.Value, noticeAgenda)
	key, about, _ := strings.Cut(said, ":")
	if !r.Page.Has(key) {
		return ""
	}
	s.keep(r, noticeCookie, "", -time.Second)
	out := r.Page.T(key)
	if key == noticeCallsStay || key == noticeCallsDue {
		out = s.callsStay(r, key, about)
	}
	if along {
		out = r.Page.Sentences(out, r.Page.T("notice.meeting.agenda"))
	}
	return out
}

// keep gives the browser a cookie beside that of the session, closed in the same way.
func (s *Server) keep(r *Request, name, value string, long time.Duration) {
	c := s.sessions.Cookie
	http.SetCookie(r.W, &http.Cookie{
		Name: c.Name + name, Value: value, Path: c.Path, MaxAge: int(long.Seconds()), Secure: c.Secure, HttpOnly: true, SameSite: c.SameSite,
	})
}

// signIn begins a session for a person who has proved to be that person, under a new token. It is
// the one place where a session gets its person, whatever the proof.
func (s *Server) signIn(r *Request, p account.Proved, by proof) error {
	if err := s.afresh(r); err != nil {
		return err
	}
	s.sessions.Put(r.Context(), sessionPerson, string(p.Person))
	s.sessions.Put(r.Context(), account.SessionPassword, p.Password)
	s.sessions.Put(r.Context(), sessionProof, string(by))
	s.sessions.Put(r.Context(), account.SessionID, rand.Text())
	s.sessions.Put(r.Context(), account.SessionAgent, device(r.UserAgent()))
	if err := s.writeSession(r); err != nil {
		return err
	}
	if by != byRole {
		s.remember(r, p.Person)
	}
	return nil
}

// remember lets the browser keep that the person has signed in with it.
func (s *Server) remember(r *Request, person ref.Person) {
	if words, ok := s.accountsOf(r).Remember(person); ok {
		s.keep(r, deviceCookie, words, account.DeviceLasts)
	}
}

// accountsOf gives the accounts as they stand to the browser that asks: one that a person is known to
// use is counted apart.
func (s *Server) accountsOf(r *Request) *account.Service {
	words := ""
	if c, err := r.Cookie(s.sessions.Cookie.Name + deviceCookie); err == nil {
		words = c.Value
	}
	return s.accounts.On(words)
}

// afresh leaves nothing of what the session held, and gives it a new token.
func (s *Server) afresh(r *Request) error {
	if err := s.sessions.Clear(r.Context()); err != nil {
		return err
	}
	return s.sessions.RenewToken(r.Context())
}

// await remembers for a while whose password was right. No page but that of the code sees it.
func (s *Server) await(r *Request, p account.Proved) error {
	if err := s.afresh(r); err != nil {
		return err
	}
	s.sessions.Put(r.Context(), account.SessionPending, string(p.Person))
	s.sessions.Put(r.Context(), sessionPassword, p.Password)
	s.sessions.Put(r.Context(), sessionUntil, db.Stamp(s.db.Now().Add(account.PendingLasts)))
	return s.writeSession(r)
}

// awaited gives whose code is awaited; ok is false for nobody, or nobody any more.
func (s *Server) awaited(r *Request) (p account.Proved, ok bool) {
	p = account.Proved{
		Person: ref.Person(s.sessions.GetString(r.Context(), account.SessionPending)), Password: s.sessions.GetString(r.Context(), sessionPassword), Code: true,
	}
	return p, p.Person != "" && s.sessions.GetString(r.Context(), sessionUntil) > db.Stamp(s.db.Now())
}

// sendToSignIn asks a visitor to sign in and to come back.
func (s *Server) sendToSignIn(r *Request) {
	to := s.signInPath(r)
	if r.Method == http.MethodGet {
		to += "?next=" + url.QueryEscape(r.URL.RequestURI())
	}
	http.Redirect(r.W, r.Request, to, http.StatusSeeOther)
}

// signInPath is where a visitor signs in, or goes on with it.
func (s *Server) signInPath(r *Request) string {
	if _, half := s.awaited(r); half {
		return "/" + r.Lang + "/sign-in/code"
	}
	return "/" + r.Lang + "/sign-in"
}

// redirect answers a post, so that a reload repeats nothing. path is without the language.
func (r *Request) redirect(path string) error {
	http.Redirect(r.W, r.Request, "/"+r.Lang+path, http.StatusSeeOther)
	return nil
}

// localPath gives next when it is an address of this program, else the fallback: a link to
// elsewhere must not be smuggled through our own sign-in.
func localPath(next, fallback string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n") {
		return fallback
	}
	if u, err := url.Parse(next); err != nil || u.Host != "" || u.Scheme != "" {
		return fallback
	}
	return next
}

var matcher = language.NewMatcher([]language.Tag{language.English, language.SimplifiedChinese})

// preferred gives the interface language that the browser asks for.
func preferred(r *http.Request) string {
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(tags) == 0 {
		return message.Languages[0]
	}
	_, i, _ := matcher.Match(tags...)
	return message.Languages[i]
}

// astray answers what no route knows. An address without its language leads to the reader's; one
// in a language as browsers write it, or with a slash too many, leads to the page that is meant.
func (s *Server) astray(r *Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return errNoPage
	}
	path := r.URL.Path
	lang, named := "", false
	if first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/"); first != "" {
		if lang, named = inAddress(first); named {
			path = "/" + rest
		}
	}
	if !named {
		lang = r.Page.Reader.Prefers(r.Lang)
	}
	to := *r.URL
	to.RawPath = ""
	to.Path = "/" + lang + strings.TrimRight(path, "/")
	if strings.Trim(path, "/") == "" {
		to.Path = "/" + lang + "/"
	}
	if to.Path == r.URL.Path || !s.known(to.Path) {
		return errNoPage
	}
	status := http.StatusMovedPermanently
	if !named {
		status = http.StatusFound
		r.W.Header().Add("Vary", "Accept-Language, Cookie")
	}
	http.Redirect(r.W, r.Request, to.RequestURI(), status)
	return nil
}

// inAddress gives the language of the interface that a part of an address names: "zh", "zh-CN", "EN".
func inAddress(part string) (lang string, ok bool) {
	tag, err := language.Parse(part)
	if err != nil {
		return "", false
	}
	base, sure := tag.Base()
	return base.String(), sure == language.Exact && slices.Contains(message.Languages, base.String())
}
