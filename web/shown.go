package web

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"entente/account"
	"entente/internal/db"
	"entente/ledger"
)

// An act whose answer is a page shows there what is shown once: a code, codes for recovery, the address
// of a calendar. Of a button that is pressed twice a browser shows the second answer alone, so that one
// is the same page again. It is kept for the session that had it, in the memory of the process alone.
const (
	shownLasts = 5 * time.Minute
	shownMost  = 200       // pages that are kept at a time; the oldest goes first
	shownBytes = 256 << 10 // of one page; what is longer is not kept
)

// shown keeps the pages by which acts of late were answered, and lets one request at a time send a form.
type shown struct {
	mu    sync.Mutex
	busy  map[string]chan struct{} // by the form; closed at the end
	pages []shownPage              // the oldest first
}

// shownPage is an answer, of one form to one session.
type shownPage struct {
	form, session string
	at            time.Time
	header        http.Header
	body          []byte
}

// enter waits until no other request of this process sends the form, and gives what ends it.
func (s *shown) enter(ctx context.Context, form string) (leave func(), err error) {
	for {
		s.mu.Lock()
		other, busy := s.busy[form]
		if !busy {
			own := make(chan struct{})
			if s.busy == nil {
				s.busy = map[string]chan struct{}{}
			}
			s.busy[form] = own
			s.mu.Unlock()
			return func() {
				s.mu.Lock()
				defer s.mu.Unlock()
				delete(s.busy, form)
				close(own)
			}, nil
		}
		s.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// keep keeps a page, and forgets those that are too old or too many.
func (s *shown) keep(p shownPage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(p.at)
	s.pages = append(s.pages, p)
	if len(s.pages) > shownMost {
		s.pages = slices.Delete(s.pages, 0, len(s.pages)-shownMost)
	}
}

// page gives the page that answered a form of a session.
func (s *shown) page(form, session string, now time.Time) (p shownPage, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(now)
	i := slices.IndexFunc(s.pages, func(p shownPage) bool { return p.form == form && p.session == session })
	if i < 0 {
		return p, false
	}
	return s.pages[i], true
}

// forget drops what is too old.
func (s *shown) forget(now time.Time) {
	s.pages = slices.DeleteFunc(s.pages, func(p shownPage) bool { return now.Sub(p.at) > shownLasts })
}

// keepShown keeps the page that answers a form which acted with this request.
func (s *Server) keepShown(r *Request, a *heldAnswer) error {
	session := s.sessions.GetString(r.Context(), account.SessionID)
	if session == "" || a.status != http.StatusOK || a.body.Len() > shownBytes {
		return nil
	}
	var t ledger.Taken
	var taken bool
	if err := s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		t, taken, err = ledger.FormTaken(ctx, tx, r.sent.Form)
		return err
	}); err != nil || !taken || t.Request != r.sent.Request {
		return err
	}
	h := a.header.Clone()
	h.Del("Set-Cookie")
	s.shown.keep(shownPage{r.sent.Form, session, s.db.Now(), h, slices.Clone(a.body.Bytes())})
	return nil
}

// showAgain shows the page that answered the form when it acted, to the session that had it.
func (s *Server) showAgain(r *Request) bool {
	p, ok := s.shown.page(r.sent.Form, s.sessions.GetString(r.Context(), account.SessionID), s.db.Now())
	if !ok {
		return false
	}
	to := r.W.Header()
	for name, vs := range p.header {
		to[name] = slices.Clone(vs)
	}
	r.W.WriteHeader(http.StatusOK)
	_, _ = r.W.Write(p.body)
	return true
}
