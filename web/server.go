// Package web shows the subjects to a browser: one list of routes (routes.go), a file per page or
// action, page structs, templates and static files. A handler decodes, calls one act or reads,
// and fills a page struct; no rule lives here, and no template queries.
package web

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"entente/access"
	"entente/account"
	"entente/bundle"
	"entente/clearance"
	"entente/dialogue"
	"entente/exchange"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/files"
	"entente/internal/message"
	"entente/internal/ref"
	"entente/internal/seal"
	"entente/internal/shape"
	"entente/ledger"
	"entente/library"
	"entente/meeting"
	"entente/notice"
	"entente/project"
	"entente/publication"
	"entente/roster"

	"github.com/alexedwards/scs/v2"
)

// maxBody bounds what a form may send. A record of a meeting in two languages is far below it.
const maxBody = 2 << 20

// Options are what the command gives to the server.
type Options struct {
	DB      *db.DB
	Objects *access.Objects
	Log     *slog.Logger
	Secure  bool       // served behind TLS: cookies are Secure, and browsers are told to stay with TLS
	Rate    float64    // how many times the ordinary rate limits; 0: no limits
	BaseURL string     // where the world reaches this node; empty: this machine, as a request reached it
	Demo    []DemoRole // demonstration: the roles that /demo offers; nil: none
	Ready   func(context.Context) error
	// Checkpoint gives the newest published head of the log, signed; "" before there is one.
	Checkpoint func() string
	// Observe is told of every answer; nil: nobody is.
	Observe   func(Answered)
	Version   string    // of the program, for the administrator
	Mail      bool      // a mail server is set up
	Seal      *seal.Box // keeps secrets of the database, and seals forms; nil: there is no second factor
	Files     files.Store
	Archives  *bundle.Archives // of what a person may read
	FileLimit int64            // bytes of one file; what the store refuses above
	Quota     library.Quota    // bytes of files that may be added within a day
	Scanner   files.Scanner
}

// DemoRole is a role one may take on in a demonstration, and the id of the person who holds it.
type DemoRole struct {
	Role   string
	Person string
}

// Server answers requests.
type Server struct {
	db           *db.DB
	objects      *access.Objects
	accounts     *account.Service
	dialogues    *dialogue.Service
	roster       *roster.Service
	projects     *project.Service
	meetings     *meeting.Service
	publications *publication.Service
	exchange     *exchange.Service
	library      *library.Service
	archives     *bundle.Archives
	clearance    *clearance.Service

	notices *notice.Service
	mails   bool

	log       *slog.Logger
	sessions  *scs.SessionManager
	limits    *limits
	baseURL   string
	demo      []DemoRole
	published func() string // Options.Checkpoint
	observe   func(Answered)
	version   string
	fileLimit int64
	uploads   uploads
	store     files.Store
	seal      *seal.Box // of forms
	shown     shown
	views     *views
	assets    *assets
	mux       *http.ServeMux
	mapped    textDates
}

// New makes the handler of the whole program.
func New(o Options) (http.Handler, error) {
	s, err := newServer(o)
	if err != nil {
		return nil, err
	}
	return s.handler(), nil
}

func newServer(o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	var taken []ref.Person
	for _, d := range o.Demo {
		taken = append(taken, ref.Person(d.Person))
	}
	s := &Server{
		db: o.DB, objects: o.Objects, log: o.Log, baseURL: strings.TrimSuffix(o.BaseURL, "/"), demo: o.Demo,
		accounts: account.New(o.DB).Sealing(o.Seal).Mailing(o.Mail), dialogues: dialogue.New(o.DB), roster: roster.New(o.DB).Demonstrated(taken...),
		projects: project.New(o.DB), meetings: meeting.New(o.DB), publications: publication.New(o.DB),
		notices: notice.NewService(o.DB, o.Seal), mails: o.Mail,
		sessions: newSessions(o.DB, o.Secure), limits: newLimits(o.Rate), published: o.Checkpoint, version: o.Version,
		clearance: clearance.New(o.DB),
		library:   library.New(o.DB, o.Files, o.Scanner), fileLimit: o.FileLimit, store: o.Files, observe: o.Observe,
		archives: o.Archives,
		exchange: exchange.New(o.DB), seal: o.Seal,
	}
	s.library.Quota = o.Quota
	var err error
	if s.seal == nil { // forms hold as long as the process does
		if s.seal, err = seal.New(rand.Text() + rand.Text()); err != nil {
			return nil, err
		}
	}
	if s.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	if s.views, err = loadViews(s.assets); err != nil {
		return nil, err
	}
	return s, nil
}

// handler wires the routes. Outermost stand what every answer needs: the log line, the headers,
// the refusal of posts from other sites, the session.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	s.mux = mux
	for _, r := range Routes() {
		for _, p := range r.patterns() {
			mux.Handle(p, s.serve(r))
		}
	}
	mux.Handle("GET /static/", s.assets)
	mux.Handle("/", s.serve(Route{Enter: All, Do: (*Server).astray}))
	var h http.Handler = s.withSession(s.ownSite(mux))
	h = secureHeaders(h, s.sessions.Cookie.Secure)
	return s.logged(h)
}

// ownSite lets through what a page of this site sends. What changes something and comes from another
// is refused, by the browser's own word for it, by Origin, or, from the few browsers that say neither,
// by the Referer.
func (s *Server) ownSite(next http.Handler) http.Handler {
	refuse := s.serve(Route{Enter: All, Foreign: true, Do: func(*Server, *Request) error {
		return fault.New(fault.Forbidden, "fault.cross-origin")
	}})
	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(refuse)
	guarded := crossOrigin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		safe := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
		silent := r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == ""
		if from := r.Header.Get("Referer"); !safe && silent && from != "" {
			if u, err := url.Parse(from); err != nil || !strings.EqualFold(u.Host, r.Host) {
				refuse.ServeHTTP(w, r)
				return
			}
		}
		guarded.ServeHTTP(w, r)
	})
}

// Request is a request on its way through a handler: who asks, in which language, and the page
// frame that answers it.
type Request struct {
	*http.Request
	W    http.ResponseWriter
	Lang string
	Who  access.Actor
	Page Page // the frame, filled; a handler embeds it in its page struct

	sent    *ledger.Sent // the form; nil where none of this node's was sent
	keeps   string       // the token of the form whose text the answer keeps
	fields  url.Values   // of a form with a file, as far as they were read
	foreign bool         // another site sent it
	pins    bool         // the route acts on the revision that the form holds
	closed  bool         // the form asks who somebody is

	upload string // what came with the form as a file: its name, size and hash; "" for none
	parsed bool   // the form was read
	unread error
}

// serve wraps a route: it finds out who asks, lets in or not, and makes an answer of an error.
func (s *Server) serve(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		long := requestTime
		if route.Upload {
			long = uploadTime
			// The connection's own limits would cut a slow line off; a test's recorder has none.
			rc := http.NewResponseController(w)
			_ = rc.SetReadDeadline(time.Now().Add(long))
			_ = rc.SetWriteDeadline(time.Now().Add(long))
		}
		ctx, cancel := context.WithTimeout(hr.Context(), long)
		defer cancel()
		hr = hr.WithContext(ctx)
		hr.Body = http.MaxBytesReader(w, hr.Body, s.limit(route))
		r := &Request{Request: hr, W: w, Lang: langOf(hr), foreign: route.Foreign, pins: route.Pins, closed: route.Bare || !route.speaks()}
		var err error
		if !route.Probe {
			err = s.limits.allow(s, route, hr)
			if err == nil {
				err = s.prepare(r)
			}
		}
		if err == nil && route.Method == http.MethodPost {
			err = s.mayTake(r, route)
		}
		if err == nil && r.Page.Reader.Owes && !route.Bare {
			if hr.Method == http.MethodPost && s.kept(r) != nil {
				s.fail(r, errOwes)
				return
			}
			if route.Spoken {
				_ = r.redirect(secondPath)
				return
			}
			r.Who = access.Visitor // what speaks no language is what the public sees, until it is done
		}
		if err == nil && !route.Enter.lets(s, r.Who) {
			if route.Enter == People || route.Enter == Team || route.Enter == Writers || route.Enter == Admin {
				if !r.Who.SignedIn() {
					s.sendToSignIn(r)
					return
				}
			}
			err = fault.New(fault.NotFound, "")
		}
		if err == nil {
			if r.sent != nil && !route.Asks {
				err = s.once(r, route)
			} else {
				err = route.Do(s, r)
			}
		}
		if err != nil {
			s.fail(r, err)
		}
	})
}

// prepare finds the actor and fills the frame.
func (s *Server) prepare(r *Request) error {
	reader, err := s.reader(r)
	if err != nil {
		return err
	}
	r.Who = reader.Actor
	if s.sessions.GetString(r.Context(), sessionProof) != string(byRole) {
		if r.Page.Reader.Owes, err = s.accounts.Owes(r.Context(), r.Who); err != nil {
			return err
		}
	}
	return s.frame(r, reader)
}

// reader gives the signed-in person's actor as membership stands now, or a visitor's. A person
// who was removed, or holds no function any more, is a visitor: a session ends with the last function,
// whichever act or day ended that.
func (s *Server) reader(r *Request) (roster.Reader, error) {
	id := s.sessions.GetString(r.Context(), sessionPerson)
	if id == "" {
		return roster.Reader{Actor: access.Visitor}, nil
	}
	rd, err := s.roster.Reader(r.Context(), ref.Person(id))
	if fault.Is(err, fault.NotFound) || err == nil && len(rd.Actor.Functions) == 0 {
		return roster.Reader{Actor: access.Visitor}, nil
	}
	return rd, err
}

// langOf gives the language that stands first in the path, or else the reader's.
func langOf(r *http.Request) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	for _, l := range message.Languages {
		if first == l {
			return l
		}
	}
	return preferred(r)
}

// logged writes one line a request, at debug, and tells whoever counts. Neither holds a path, a
// query, an address of a reader, a person or a value that was typed.
func (s *Server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		sw := &statusWriter{ResponseWriter: w}
		method, route := methodOf(r), s.routeOf(r)
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				s.log.Error("panic", "method", method, "route", route, "cause", p, "stack", string(debug.Stack()))
				if sw.status == 0 {
					http.Error(sw, message.In(langOf(r), "error.internal.title"), http.StatusInternalServerError)
				}
			}
			took := time.Since(start)
			s.log.Debug("request", "method", method, "route", route, "status", sw.status, "took", took)
			if s.observe != nil {
				s.observe(Answered{route, method, sw.status, took})
			}
		}()
		next.ServeHTTP(sw, r)
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(code int) { w.status = code; w.ResponseWriter.WriteHeader(code) }

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// secureHeaders closes what a page of ours never needs. Behind TLS a browser is told never to come
// without it for a year; the names under ours are not ours to speak for.
func secureHeaders(next http.Handler, secure bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("X-Permitted-Cross-Domain-Policies", "none")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		if secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// limit is how much a route takes: a form, and where it sends a file that too.
func (s *Server) limit(route Route) int64 {
	if route.Upload {
		return s.fileLimit + maxBody
	}
	return maxBody
}

// parse reads a posted form, once: what was wrong with it is wrong for everybody who asks.
func (r *Request) parse() error {
	if !r.parsed {
		r.parsed, r.unread = true, r.ParseForm()
	}
	return r.unread
}

// form parses a posted form, or gives a fault that says why it could not.
func (r *Request) form() error {
	err := r.parse()
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return fault.New(fault.TooLarge, "fault.form-bytes")
	}
	if err != nil {
		return fault.Because(fault.Invalid, err)
	}
	return crowded(r.PostForm)
}

// crowded refuses a form of more parts than an object has.
func crowded(v url.Values) error {
	if shape.Crowded(v) {
		return fault.New(fault.TooLarge, "fault.form-parts", "one", shape.MaxItems, "all", shape.MaxParts)
	}
	return nil
}
