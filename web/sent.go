package web

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/seal"
	"entente/ledger"
)

// A form that writes carries for whom its page was made and an id of its own, sealed with the
// node's key. The frame puts it into every form that is posted (loadViews, bind), and serve, which
// every post passes, looks at it before a handler does: what was written as one person is never
// taken from another, and what is sent twice acts once.

// tokenField is the name of the field that holds it.
const tokenField = "form"

// tokenPlace stands in a rendered page where the field is to be. No text that anybody wrote can
// hold it: it would be escaped.
const tokenPlace = `<input type="hidden" name="` + tokenField + `" value="">`

// postForm finds the beginning of a form that is posted, in a template.
var postForm = regexp.MustCompile(`<form\b[^>]*\bmethod="post"[^>]*>`)

// bound gives a template in which every posted form has the place of its token.
func bound(template string) string { return postForm.ReplaceAllString(template, "${0}"+tokenPlace) }

// token is what a form carries.
type token struct {
	ID          string
	Made        time.Time
	Person      ref.Person
	Institution ref.Institution // the one spoken for
}

// tokenPurpose is what the seal binds a token to.
const tokenPurpose = "form"

// newToken makes the token of one form for an actor.
func (s *Server) newToken(who access.Actor) string {
	t := strings.Join([]string{rand.Text(), db.Stamp(s.db.Now()), string(who.Person), string(who.Institution)}, "\n")
	return base64.RawURLEncoding.EncodeToString(s.seal.Seal(tokenPurpose, "", []byte(t)))
}

// openToken reads a token; ok is false for what this node did not make.
func openToken(box *seal.Box, sent string) (t token, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(sent)
	if err != nil {
		return t, false
	}
	plain, err := box.Open(tokenPurpose, "", sealed)
	parts := strings.Split(string(plain), "\n")
	if err != nil || len(parts) != 4 {
		return t, false
	}
	t.ID, t.Person, t.Institution = parts[0], ref.Person(parts[2]), ref.Institution(parts[3])
	t.Made, err = db.ParseStamp(parts[1])
	return t, err == nil
}

// bind gives each posted form of a page its token: a fresh one, or that of the form whose text the
// page keeps, so that sending it again is the same as having sent it.
func (s *Server) bind(r *Request, page []byte) []byte {
	place := []byte(tokenPlace)
	if !bytes.Contains(page, place) {
		return page
	}
	var out bytes.Buffer
	for {
		before, after, more := bytes.Cut(page, place)
		out.Write(before)
		if !more {
			return out.Bytes()
		}
		t := r.keeps
		if t == "" {
			t = s.newToken(r.Who)
		}
		fmt.Fprintf(&out, `<input type="hidden" name="%s" value="%s">`, tokenField, t)
		page = after
	}
}

// refused is a form that is not taken: which words say why (error.KEY.title, .text), and the status.
type refused struct {
	key    string
	status int
	done   string // the address that the form led to when it acted
	fresh  bool   // it may be sent again with a token of its own
}

func (e refused) Error() string { return "form refused: " + e.key }

// The reasons why a form is not taken.
var (
	errSignedOut = refused{key: "signed-out", status: http.StatusForbidden}
	errOwes      = refused{key: "owes", status: http.StatusForbidden}
	errForOther  = refused{key: "for-other", status: http.StatusConflict}
	errNotOurs   = refused{key: "not-ours", status: http.StatusConflict}
	errTooOld    = refused{key: "too-old", status: http.StatusConflict, fresh: true}
)

// speaks says whether what is posted at the route is done in somebody's name. Where it is not, a
// password or a code is the authority, and nobody need have signed in.
func (route Route) speaks() bool { return !route.Asks && route.Enter != All && route.Enter != Demo }

// mayTake reads the form's token and refuses what was made for another person or institution.
func (s *Server) mayTake(r *Request, route Route) error {
	t, ok := openToken(s.seal, r.tokenSent())
	if r.parsed && r.unread != nil {
		return r.form() // says what is wrong with it
	}
	if ok {
		r.sent = &ledger.Sent{Form: t.ID, Request: rand.Text()}
	}
	switch {
	case route.Enter != All && route.Enter != Demo && !r.Who.SignedIn(): // also what only asks for a look at itself was typed
		if s.kept(r) != nil {
			return errSignedOut
		}
		return nil // the entry says what becomes of it
	case !route.speaks():
		return nil
	case !ok:
		return errNotOurs
	case t.Person != r.Who.Person || t.Institution != r.Who.Institution:
		return errForOther
	case s.db.Now().Sub(t.Made) > ledger.FormLasts:
		return errTooOld
	}
	return nil
}

// peeked is how much of a form with a file is looked at before it is read; the token comes first.
const peeked = 4 << 10

// tokenSent gives the token of a posted form. Of a form with a file no more than the beginning is
// read, and that is put back.
func (r *Request) tokenSent() string {
	boundary := r.boundary()
	if boundary == "" {
		_ = r.parse() // whoever needs the form says what is wrong with it
		return r.PostForm.Get(tokenField)
	}
	b := bufio.NewReaderSize(r.Body, peeked)
	r.Body = struct {
		io.Reader
		io.Closer
	}{b, r.Body}
	head, _ := b.Peek(peeked)
	p := newParts(bytes.NewReader(head), boundary)
	for {
		part, err := p.next()
		if err != nil {
			return ""
		}
		if part.FormName() == tokenField {
			t, _ := io.ReadAll(part)
			return string(t)
		}
	}
}

// typed gives the fields that were sent, however far a handler came with them; a file is passed over.
func (r *Request) typed() (v url.Values, file bool) {
	if r.fields != nil {
		return r.fields, r.upload != ""
	}
	boundary := r.boundary()
	if boundary == "" {
		_ = r.parse()
		return r.PostForm, false
	}
	r.fields = url.Values{}
	p := newParts(r.Body, boundary)
	size := 0
	for {
		part, err := p.next()
		if err != nil {
			return r.fields, r.upload != ""
		}
		if part.FormName() == "file" {
			if part.FileName() != "" && r.upload == "" {
				sum := summed{Reader: part, sum: sha256.New()}
				_, _ = io.Copy(io.Discard, &sum)
				r.upload = sum.of(part.FileName())
			}
			continue
		}
		b, _ := io.ReadAll(io.LimitReader(part, int64(maxBody-size)))
		size += len(b)
		r.fields.Add(part.FormName(), string(b))
	}
}

// summed reads a file and tells its content from any other.
type summed struct {
	io.Reader
	n   int64
	sum hash.Hash
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	s.n += int64(n)
	s.sum.Write(p[:n])
	return n, err
}

// of gives what tells the file, as far as it was read, from every other.
func (s *summed) of(name string) string { return fmt.Sprintf("%q %d %x", name, s.n, s.sum.Sum(nil)) }

// digest tells one content of a form from another: what was sent, a file included. It is taken once,
// before a handler may put anything into the form that was not sent.
func (r *Request) digest() string {
	if r.sent.Digest != "" {
		return r.sent.Digest
	}
	v, _ := r.typed()
	var all url.Values = map[string][]string{}
	for name, vs := range v {
		if name != tokenField {
			all[name] = vs
		}
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s", r.URL.Path, all.Encode(), r.upload))
	r.sent.Digest = hex.EncodeToString(sum[:])
	return r.sent.Digest
}

// once lets a form act once: whoever sends it again is led to where it led, or shown what it showed. A
// handler's answer is held back until it is known whether another request took the form meanwhile.
func (s *Server) once(r *Request, route Route) error {
	leave, err := s.shown.enter(r.Context(), r.sent.Form)
	if err != nil {
		return err
	}
	defer leave()
	if led, err := s.again(r); led || err != nil {
		return err
	}
	if !route.Upload || r.boundary() == "" {
		r.digest()
	}
	w, held := r.W, &heldAnswer{ResponseWriter: r.W, header: r.W.Header().Clone()}
	r.W = held
	r.Request = r.WithContext(r.sent.With(r.Context()))
	err = route.Do(s, r)
	r.W = w
	if err != nil || held.status >= http.StatusBadRequest {
		// It may be refused because it was done already, a moment ago.
		if led, again := s.again(r); led || errors.As(again, &refused{}) {
			return again
		}
		if err != nil {
			return err
		}
	}
	if held.status == http.StatusSeeOther {
		if err := s.led(r, held.header.Get("Location")); err != nil {
			s.log.Warn("where a form led was not noted", "route", s.routeOf(r.Request), "error", err)
		}
	} else if err := s.keepShown(r, held); err != nil {
		s.log.Warn("what a form showed was not kept", "route", s.routeOf(r.Request), "error", err)
	}
	return held.send()
}

// again leads to where the form led before; led is false if it has not acted.
func (s *Server) again(r *Request) (led bool, err error) {
	var t ledger.Taken
	err = s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		t, led, err = ledger.FormTaken(ctx, tx, r.sent.Form)
		return err
	})
	if err != nil || !led {
		return false, err
	}
	to := t.Answer
	if to == "" {
		to = r.Page.To("/desk")
		if h, _, err := s.objects.Get(r.Context(), r.Who, t.Object); err == nil {
			to = r.Page.To(objectPath(h.Kind, h.ID))
		} else if !fault.Is(err, fault.NotFound) {
			return false, err
		}
	}
	if t.Digest != r.digest() && t.Request != r.sent.Request {
		return false, refused{key: "sent-before", status: http.StatusConflict, done: to, fresh: true}
	}
	if !s.showAgain(r) {
		http.Redirect(r.W, r.Request, to, http.StatusSeeOther)
	}
	return true, nil
}

// led notes where a form led, unless that is the page of the object: that is known without.
func (s *Server) led(r *Request, to string) error {
	var t ledger.Taken
	var ok bool
	err := s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		t, ok, err = ledger.FormTaken(ctx, tx, r.sent.Form)
		return err
	})
	if err != nil || !ok || strings.HasSuffix(to, "/"+t.Object) {
		return err
	}
	return s.db.Beside(r.Context(), func(ctx context.Context, tx *db.Tx) error { return r.sent.Answered(ctx, tx, to) })
}

// heldAnswer keeps an answer until it is sent.
type heldAnswer struct {
	http.ResponseWriter
	header http.Header
	status int
	body   bytes.Buffer
}

// Header gives the headers of the answer that is held.
func (h *heldAnswer) Header() http.Header { return h.header }

// WriteHeader keeps the status.
func (h *heldAnswer) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

// Write keeps what the answer says.
func (h *heldAnswer) Write(b []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(b)
}

// Unwrap gives the writer below (http.ResponseController).
func (h *heldAnswer) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// send gives the answer.
func (h *heldAnswer) send() error {
	to := h.ResponseWriter.Header()
	clear(to)
	for name, vs := range h.header {
		to[name] = vs
	}
	if h.status != 0 {
		h.ResponseWriter.WriteHeader(h.status)
	}
	_, err := h.body.WriteTo(h.ResponseWriter)
	return err
}
