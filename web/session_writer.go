package web

import (
	"context"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
)

// withSession gives a request its session, and writes down what became of it before the answer
// begins. The session manager's own way would answer "Internal Server Error" in plain text where
// the database is lost, and then the page below it.
func (s *Server) withSession(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Cookie")
		token := ""
		if c, err := r.Cookie(s.sessions.Cookie.Name); err == nil {
			token = c.Value
		}
		ctx, err := s.sessions.Load(r.Context(), token)
		if err != nil {
			s.fail(&Request{Request: r, W: w, Lang: langOf(r)}, err)
			return
		}
		sw := &sessionWriter{ResponseWriter: w, server: s, token: token}
		sw.request = r.WithContext(context.WithValue(ctx, sessionWriterKey{}, sw))
		next.ServeHTTP(sw, sw.request)
		sw.begin()
	})
}

// sessionWriterKey is under which a request's context holds its sessionWriter.
type sessionWriterKey struct{}

// writeSession writes a session down before the answer begins, so that a handler can say why it cannot
// be. One that could not is not tried again.
func (s *Server) writeSession(r *Request) error {
	if w, ok := r.Context().Value(sessionWriterKey{}).(*sessionWriter); ok {
		w.begun = true
	}
	token, expiry, err := s.sessions.Commit(r.Context())
	if err == nil {
		s.sessions.WriteSessionCookie(r.Context(), r.W, token, expiry)
	}
	return err
}

// sessionWriter writes the session down when the answer begins.
type sessionWriter struct {
	http.ResponseWriter
	server  *Server
	request *http.Request
	token   string // that the request came with
	begun   bool
	refused bool // another answer was given; what the handler writes is dropped
}

// begin writes the session down, once. A session that cannot be written although the reader has
// it already loses when it was used last or a word on the next page, and no more: a full disk
// keeps nobody from reading. One that was to begin or to change hands is another matter.
func (w *sessionWriter) begin() {
	if w.begun {
		return
	}
	w.begun = true
	s, ctx := w.server, w.request.Context()
	switch s.sessions.Status(ctx) {
	case scs.Modified:
		now := s.sessions.Token(ctx)
		token, expiry, err := s.sessions.Commit(ctx)
		if err == nil {
			s.sessions.WriteSessionCookie(ctx, w.ResponseWriter, token, expiry)
			return
		}
		if now != "" && now == w.token {
			s.log.Warn("a session was not written down", "route", s.routeOf(w.request), "error", err)
			return
		}
		w.refused = true
		w.Header().Del("Location")
		s.fail(&Request{Request: w.request, W: w.ResponseWriter, Lang: langOf(w.request)}, err)
	case scs.Destroyed:
		s.sessions.WriteSessionCookie(ctx, w.ResponseWriter, "", time.Time{})
	case scs.Unmodified:
	}
}

// WriteHeader begins the answer.
func (w *sessionWriter) WriteHeader(status int) {
	if w.begin(); !w.refused {
		w.ResponseWriter.WriteHeader(status)
	}
}

// Write begins the answer, where that was not done, and goes on with it.
func (w *sessionWriter) Write(b []byte) (int, error) {
	if w.begin(); w.refused {
		return len(b), nil
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap gives the writer below (http.ResponseController).
func (w *sessionWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
