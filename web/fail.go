package web

import (
	"context"
	"errors"
	"net/http"

	"entente/internal/db"
	"entente/internal/fault"
)

// ErrorPage says what happened, what was kept and what to do.
type ErrorPage struct {
	Page
	Status int
	Key    string // error.KEY.title, .text
	Detail string
	Fields []FieldFault
	Again  string // the same address, where asking once more may help
	Done   string // where the form led when it was sent before
	Fresh  string // the page of the form, where it is to be filled anew
	Kept   *Kept  // what was typed; nil where that is nothing
	Moved  []Moved
	Over   []KeptField // what is sent again, on what stands now
	Action string
}

// FieldFault is the fault of one field as a page lists it.
type FieldFault struct {
	Path, Text string
}

// statuses are the HTTP statuses of the kinds of fault.
var statuses = map[fault.Kind]int{
	fault.NotFound: http.StatusNotFound, fault.Forbidden: http.StatusForbidden, fault.Invalid: http.StatusUnprocessableEntity,
	fault.Conflict: http.StatusConflict, fault.TooLarge: http.StatusRequestEntityTooLarge,
	fault.TooMany: http.StatusTooManyRequests, fault.Unavailable: http.StatusServiceUnavailable,
}

// fail makes status, page and log line of an error. A person sees a safe sentence: the cause is
// for the log.
func (s *Server) fail(r *Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // nobody listens any more
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fault.Because(fault.Unavailable, err)
	}
	kind := fault.Of(err)
	status, known := statuses[kind]
	var form refused
	switch {
	case errors.As(err, &form):
		status, kind = form.status, fault.Kind(form.key)
	case errors.Is(err, db.ErrBusy):
		kind = "busy"
	case !known:
		status, kind = http.StatusInternalServerError, "internal"
	}
	if status >= 500 {
		s.log.Error("request failed", "method", methodOf(r.Request), "route", s.routeOf(r.Request), "error", err)
	} else {
		s.log.Debug("request refused", "method", methodOf(r.Request), "route", s.routeOf(r.Request), "fault", refusal(err))
	}
	if r.Page.Lang == "" { // the frame was not filled: no time for it, or no database
		r.Page.Lang, r.Page.Demo, r.Page.Langs = r.Lang, s.demo != nil, s.langs(r)
	}
	p := ErrorPage{Page: r.Page, Status: status, Key: string(kind)}
	p.Title = p.T("error." + p.Key + ".title")
	p.Body = "door"
	if r.Method == http.MethodGet && (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) {
		p.Again = r.URL.RequestURI()
	}
	p.Done = form.done
	if form.key == errForOther.key {
		p.Fresh = s.formPage(r)
	}
	if p.Kept = s.kept(r); p.Kept != nil {
		if v, _ := r.typed(); !form.fresh && len(p.Kept.Fields) > 0 {
			r.keeps = v.Get(tokenField)
		}
		switch {
		case form.key == errOwes.key:
			p.Kept.SignIn = p.To(secondPath)
		case form.key == errSignedOut.key:
			p.Kept.SignIn = s.signInPath(r)
		case form.key == errForOther.key: // as this one it is never taken
			p.Kept.Fields = nil
		}
	}
	if r.pins && kind == fault.Conflict {
		if err := s.overMoved(r, &p); err != nil {
			s.log.Error("what changed since a form was opened", "route", s.routeOf(r.Request), "error", err)
		}
	}
	var f *fault.Error
	if errors.As(err, &f) {
		if f.Key != "" {
			p.Detail = p.T(f.Key, p.spelled(f.Args)...)
		}
		p.Fields = p.Faults(f.Fields)
	}
	if err := s.show(r, status, "error", p); err != nil {
		s.log.Error("error page", "error", err)
		http.Error(r.W, p.Title, status)
	}
}

// formPage gives the address of the page that has the form which was posted; "" where that stands on the
// page of something else.
func (s *Server) formPage(r *Request) string {
	get := r.Clone(r.Context())
	get.Method = http.MethodGet
	if s.routeOf(get) == "" {
		return ""
	}
	return r.URL.RequestURI()
}

// Faults writes the faults of fields for a reader.
func (w Words) Faults(fs fault.Fields) []FieldFault {
	var out []FieldFault
	for _, f := range fs {
		out = append(out, FieldFault{f.Path, w.Fault(f)})
	}
	return out
}

// Fault writes the fault of one field: what is wrong with the value, and what would be right.
func (w Words) Fault(f fault.Field) string {
	return w.T(f.Key, append([]any{"value", f.Value}, w.spelled(f.Args)...)...)
}

// fieldsOf gives the faults of fields that an error carries.
func fieldsOf(err error) fault.Fields {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Fields
	}
	return nil
}
