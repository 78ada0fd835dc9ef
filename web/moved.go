package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"entente/access"
	"entente/exchange"
	"entente/internal/fault"
	"entente/internal/ref"
)

// What is said, confirmed or decided about an object is filed on a revision, and that is the one
// which lay before the person: its number comes with the form, with those of what the object holds
// (access.Contents), and where another one stands by then nothing is done. The person is shown what
// changed, and may act on what stands now. Any newer revision counts, also one that changed nothing
// which this person reads: the page then says so.

// Moved is what became of an object since a form about it was opened.
type Moved struct {
	Words
	Name      Said
	Path      string
	Rev, Seen int64
	When      string
	Rows      []ConflictRow // Theirs is what was seen, Mine what stands
	Unseen    bool          // the earlier revision is not the reader's to see
	New       bool          // of what the object holds: it was not there
	Gone      int           // of what the object held, so many are no more, or no longer the reader's to see
	More      int           // so many of what it holds changed beside those that are shown
	field     string        // of the form, that holds the revision
	now       string        // what the field holds to act on what stands
}

// withField is the field of a form that holds what the object held, with its revisions.
const withField = "with"

// mostHeld bounds how many changes of what an object holds are shown.
const mostHeld = 20

// seenWith gives the contents that a form holds, or what stands where a page is opened only.
func (s *Server) seenWith(r *Request, h access.Header) (string, error) {
	if v, _ := r.typed(); r.Method == http.MethodPost {
		return v.Get(withField), nil
	}
	c, err := s.objects.Contents(r.Context(), r.Who, h)
	return c.String(), err
}

// revField is the field of a form that holds the revision of what it is about; that of a call stands
// beside it (callField).
const revField = "rev"

// callField names the field that holds the revision of a call as the form showed it, or what it held.
func callField(field string, call ref.ID) string { return field + "." + call }

// aboutField is the field of a form about a statement that holds what the statement is about.
const aboutField = "about"

// statementSeen gives the fields that hold what a statement is about, and what it answers, as they lie before
// the reader: as they stand now where a page is opened, else as the form had them.
func (s *Server) statementSeen(r *Request, v *exchange.Statement) (out []KeptField, err error) {
	sent, _ := r.typed()
	for _, of := range []struct{ field, id string }{{aboutField, v.Of}, {"call", string(v.Call)}} {
		if of.id == "" {
			continue
		}
		h, _, err := s.objects.Get(r.Context(), r.Who, of.id)
		if fault.Is(err, fault.NotFound) { // it stands on no page of the reader's
			continue
		}
		if err != nil {
			return nil, err
		}
		fields, err := s.callSeen(r, h)
		if err != nil {
			return nil, err
		}
		for i := range fields {
			if r.Method == http.MethodPost {
				fields[i].Value = sent.Get(fields[i].Name)
			}
		}
		out = append(append(out, KeptField{of.field, of.id}), fields...)
	}
	return out, nil
}

// sawOf reads out of a form what lay before whoever gives a word on a statement.
func sawOf(v url.Values) exchange.Saw {
	said, of := saidOn(v), v.Get(aboutField)
	return exchange.Saw{
		Rev: said.Seen, With: said.With, Asked: said.Asked, Annexed: said.Annexed,
		Seen: revIn(v.Get(callField(revField, of))), Holds: access.ReadContents(v.Get(callField(withField, of))),
	}
}

// callSeen gives the fields that hold a call, or what a statement is about, as it stands now.
func (s *Server) callSeen(r *Request, h access.Header) ([]KeptField, error) {
	c, err := s.objects.Contents(r.Context(), r.Who, h)
	return []KeptField{{callField(revField, h.ID), itoa(h.Rev)}, {callField(withField, h.ID), c.String()}}, err
}

// seenRev gives the revision that a form holds, or now where a page is opened only.
func (r *Request) seenRev(now int64) int64 {
	if r.Method != http.MethodPost {
		return now
	}
	v, _ := r.typed()
	return revIn(v.Get(revField))
}

// revIn reads the revision out of a form's field; 0: none.
func revIn(v string) int64 {
	n, _ := strconv.ParseInt(v, 10, 64)
	return n
}

// moved says what became of an object since the revision that was seen; nil where that one stands, or
// where the reader may not read the object.
func (s *Server) moved(r *Request, id ref.ID, seen int64) (*Moved, error) {
	h, value, err := s.objects.Get(r.Context(), r.Who, id)
	if fault.Is(err, fault.NotFound) || err == nil && h.Rev == seen {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m := &Moved{
		Words: r.Page.Words, Name: nameOf(value, r.Lang), Path: r.Page.To(objectPath(h.Kind, h.ID)),
		Rev: h.Rev, Seen: seen, When: r.Page.Day(h.ChangedAt), now: itoa(h.Rev), New: seen == 0,
	}
	if m.New {
		return m, nil
	}
	before, err := s.objects.At(r.Context(), r.Who, id, seen)
	if fault.Is(err, fault.NotFound) || err == nil && before.Value == nil {
		m.Unseen = true
		return m, nil
	}
	if err != nil {
		return nil, err
	}
	m.Rows, err = s.rowsNamed(r, s.conflict(r, h, before.Value, value).Rows)
	return m, err
}

// allMoved says what became of all that a form is about: the object of its address, the call that it
// answers, and what both hold.
func (s *Server) allMoved(r *Request) ([]Moved, error) {
	v, _ := r.typed()
	about := []struct{ id, rev, with string }{{r.PathValue("id"), revField, withField}}
	for _, id := range []string{v.Get("call"), v.Get(aboutField)} {
		about = append(about, struct{ id, rev, with string }{id, callField(revField, id), callField(withField, id)})
	}
	var out []Moved
	for _, a := range about {
		if a.id == "" {
			continue
		}
		m, err := s.moved(r, a.id, revIn(v.Get(a.rev)))
		if err != nil {
			return nil, err
		}
		if m != nil {
			m.field, m.New = a.rev, false
			m.Unseen = m.Unseen || m.Seen == 0
			out = append(out, *m)
		}
	}
	if _, sent := v[withField]; !sent {
		return out, nil
	}
	for _, a := range about {
		if a.id == "" {
			continue
		}
		held, err := s.heldMoved(r, a.id, a.with, access.ReadContents(v.Get(a.with)))
		if err != nil {
			return nil, err
		}
		out = append(out, held...)
	}
	return out, nil
}

// heldMoved says what became of what an object held since a form about it was opened.
func (s *Server) heldMoved(r *Request, of ref.ID, field string, seen access.Contents) (out []Moved, err error) {
	h, _, err := s.objects.Get(r.Context(), r.Who, of)
	if fault.Is(err, fault.NotFound) && of != r.PathValue("id") { // a call that is none: said elsewhere
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	now, err := s.objects.Contents(r.Context(), r.Who, h)
	if err != nil || maps.Equal(now, seen) {
		return nil, err
	}
	rest := Moved{Words: r.Page.Words, field: field, now: now.String()}
	for id := range seen {
		if now[id] == 0 {
			rest.Gone++
		}
	}
	for _, id := range slices.Sorted(maps.Keys(now)) {
		if now[id] == seen[id] {
			continue
		}
		if len(out) == mostHeld {
			rest.More++
			continue
		}
		m, err := s.moved(r, id, seen[id])
		if err != nil {
			return nil, err
		}
		if m != nil {
			m.field, m.now = rest.field, rest.now
			out = append(out, *m)
		}
	}
	if rest.Gone+rest.More > 0 || len(out) == 0 {
		out = append(out, rest)
	}
	return out, nil
}

// overMoved shows on the page of a conflict what changed, and offers to act on that.
func (s *Server) overMoved(r *Request, p *ErrorPage) (err error) {
	if p.Moved, err = s.allMoved(r); err != nil || len(p.Moved) == 0 {
		return err
	}
	p.Over, p.Action = resend(r, p.Moved), r.URL.RequestURI()
	if p.Kept != nil {
		p.Kept.Fields = nil // that would be on what was seen before
	}
	return nil
}

// resend gives the fields of a form as they were sent, on what stands now.
func resend(r *Request, moved []Moved) (out []KeptField) {
	v, file := r.typed()
	if file {
		return nil
	}
	fields := maps.Clone(v)
	fields.Del(tokenField)
	for _, m := range moved {
		fields.Set(m.field, m.now)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		for _, value := range fields[name] {
			out = append(out, KeptField{name, value})
		}
	}
	return out
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
