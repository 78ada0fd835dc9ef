package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"entente/access"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/roster"
	"entente/standard/tlp"
)

// readersRoutes tell who would be able to read, before anything is written.
var readersRoutes = []Route{asks(post("/readers", Writers, "", (*Server).readersPost))}

// Picker is the one way in which a person chooses who may read what is written: mark and audience,
// by default as is usual. Every form that writes something has it, and picked reads it.
type Picker struct {
	Words
	Short   string // who may read as things stand, in a line
	Usual   string // what applies where nothing is chosen; empty: it is always chosen
	Reaches string // whom that lets read
	Of      string // the kind of something new
	Told    string // names what applies, so that its writer is asked where it is no longer that
	Own     bool   // it is chosen
	Bound   string // why not everything is offered
	Marks   []MarkChoice
	Choices []AudienceGroup
	Reach   Reach
	Seen    string // what the person was shown who would read it
	Object  ref.ID // what the form is about, for asking who could read; empty: something new
	Faults  map[string]string
	Open    bool
}

// Reach is everybody whom an audience lets read, as far as the reader may name them.
type Reach struct {
	Words
	Sentence     string
	Institutions []Said
	People       []Said // who is named in person
	Silent       []Said // institutions of whose people nobody can sign in
	More         string // that some are neither named nor counted
}

// Names of the picker's fields.
const (
	pickOwn  = "own"
	pickName = "readers" // the radio: as usual, or chosen here
	ofField  = "readers-of"
)

// choice is what a form says about who may read. The zero choice says nothing: as is usual.
type choice struct {
	Mark     tlp.Label
	Audience access.Audience
}

// picked reads a picker's fields. A form that chose "as usual" and ticked readers all the same is
// asked which it is: a guess could show something to somebody.
func picked(v url.Values) (c choice, faults fault.Fields) {
	for _, q := range v["audience"] {
		c.Audience = append(c.Audience, access.Principal(q))
	}
	if v.Get(pickName) != pickOwn {
		if len(c.Audience) > 0 || v.Get("mark") != "" {
			faults.Add("audience", "", "fault.picker-both")
		}
		return choice{}, faults
	}
	c.Audience = access.NewAudience(c.Audience...)
	mark, err := tlp.Parse(text.ASCII(v.Get("mark")))
	if err != nil {
		faults.Add("mark", v.Get("mark"), "fault.mark")
		return c, faults
	}
	c.Mark = mark
	return c, access.Agree(mark, c.Audience)
}

// name names a choice: two that say the same have one.
func (c choice) name() string {
	h := sha256.New()
	h.Write([]byte(c.Mark))
	for _, q := range access.NewAudience(c.Audience...) {
		h.Write([]byte("\n" + q))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// seen names what somebody was shown who looked at a choice: of which object, or something new of which
// kind, as it stood, and who would read it. Where any of that is another since, it is shown anew.
func (s *Server) seen(r *Request, h access.Header, c choice) (string, error) {
	var to roster.Reached
	if !c.Audience.Has(access.Anyone) {
		var err error
		if _, _, to, err = s.reached(r, h.Room, c.Audience); err != nil {
			return "", err
		}
	}
	return sightOf(h.Kind, h.ID, h.Rev, c.name(), to), nil
}

// picker makes the picker of a form for something that would have the header h where nothing is
// chosen. v is what the form sent, nil for a fresh one. Something that is part of a whole is
// offered no wider than that: within is the whole's header, nil for what stands by itself.
func (s *Server) picker(r *Request, h access.Header, within *access.Header, v url.Values, faults fault.Fields) (p Picker, err error) {
	p = Picker{Words: r.Page.Words, Object: h.ID, Own: v.Get(pickName) == pickOwn}
	c, wrong := picked(v)
	p.Faults = p.byPath(slices.DeleteFunc(slices.Concat(faults, wrong), func(f fault.Field) bool { return f.Path != "mark" && f.Path != "audience" }))
	p.Open = p.Own || len(p.Faults) > 0
	usual, err := s.audience(r, h.Audience)
	if err != nil {
		return p, err
	}
	p.Usual, p.Short = p.T("picker.usual", "who", usual.Short), usual.Short
	if within != nil {
		p.Usual = p.T("file.readers-same", "readers", usual.Short)
	}
	for _, m := range tlp.Options() {
		p.Marks = append(p.Marks, MarkChoice{Mark: m, Chosen: string(m) == v.Get("mark")})
	}
	if p.Choices, err = s.offered(r, h, c.Audience); err != nil {
		return p, err
	}
	if within != nil {
		p.keepWithin(*within)
	}
	p.fit()
	reads := h.Audience
	if p.Own {
		reads = c.Audience
		words, err := s.audience(r, reads)
		if err != nil {
			return p, err
		}
		p.Short = words.Short
		if p.Short == "" {
			p.Short = p.T("look.nobody")
		}
	}
	if p.Reach, err = s.reaches(r, h.Room, reads); err != nil {
		return p, err
	}
	if p.Reaches = p.Reach.Sentence; p.Own {
		as, err := s.reaches(r, h.Room, h.Audience)
		if err != nil {
			return p, err
		}
		p.Reaches = as.Sentence
	}
	if h.ID == "" {
		p.Of = h.Kind
	}
	if p.Own && len(p.Faults) == 0 {
		p.Seen, err = s.seen(r, access.Header{Kind: h.Kind}, c)
	}
	return p, err
}

// pickAgain makes the picker by which an object's mark and audience are changed. What is part of a
// whole is offered no wider than that.
func (s *Server) pickAgain(r *Request, p *ConfirmPage, part bool) (err error) {
	p.Picker = Picker{Words: p.Words, Object: p.Object.ID, Own: true, Open: true, Marks: p.Marks, Choices: p.Choices, Faults: p.Faults}
	if part {
		whole, _, err := s.objects.Get(r.Context(), r.Who, p.Object.Parent)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err == nil {
			p.Picker.keepWithin(whole)
		}
	}
	p.Picker.fit()
	words, err := s.audience(r, p.Object.Audience)
	if err != nil {
		return err
	}
	p.Picker.Short = words.Short
	p.Picker.Reach, err = s.reaches(r, p.Object.Room, p.Object.Audience)
	return err
}

// keepWithin takes away what is wider than a whole.
func (p *Picker) keepWithin(whole access.Header) {
	p.Marks = slices.DeleteFunc(p.Marks, func(m MarkChoice) bool { return m.Mark.Compare(whole.Mark) < 0 })
	for i := range p.Choices {
		p.Choices[i].Choices = slices.DeleteFunc(p.Choices[i].Choices, func(c AudienceChoice) bool {
			return !whole.Audience.Covers(access.Audience{access.Principal(c.Value)}, whole.Dialogue)
		})
	}
	if whole.Mark != tlp.CLEAR {
		p.Bound = p.T("picker.within", "mark", string(whole.Mark))
	}
}

// fit says of every choice with which marks it goes, and takes away what goes with none of those
// that are offered.
func (p *Picker) fit() {
	fits(p.Marks, p.Choices)
	for i := range p.Choices {
		p.Choices[i].Choices = slices.DeleteFunc(p.Choices[i].Choices, func(c AudienceChoice) bool { return c.Marks == "" })
	}
}

func fits(marks []MarkChoice, groups []AudienceGroup) {
	for i := range groups {
		for j := range groups[i].Choices {
			c := &groups[i].Choices[j]
			var with []string
			for _, m := range marks {
				if access.Fits(m.Mark, access.Principal(c.Value)) {
					with = append(with, string(m.Mark))
				}
			}
			c.Marks = strings.Join(with, " ")
		}
	}
}

// reached finds whom an audience reaches: the one number that every page tells. Of whom the reader
// may not read, it tells neither names nor number; known is the rest, with its titles.
func (s *Server) reached(r *Request, room ref.Side, a access.Audience) (known access.Audience, ts map[ref.ID]access.Title, to roster.Reached, err error) {
	var ids []ref.ID
	for _, q := range a {
		ids = append(ids, q.ID())
	}
	if ts, err = s.titles(r, ids...); err != nil {
		return nil, nil, to, err
	}
	known = slices.DeleteFunc(slices.Clone(a), func(q access.Principal) bool {
		wide := q == access.DialogueOf(r.Page.Dialogue.ID) || q == access.TeamOf(r.Page.Dialogue.ID)
		return !wide && ts[q.ID()].ID == ""
	})
	to, err = s.roster.Reach(r.Context(), room, known)
	return known, ts, to, err
}

// Reached says how many people an audience reaches, and of how many institutions.
func (w Words) Reached(to roster.Reached) string {
	return w.T("reach.count", "n", to.People, "from", w.T("reach.institutions", "n", len(to.Institutions)))
}

// reaches says in a sentence and a list who will be able to read what has an audience, and stands in
// a side's room where one is said.
func (s *Server) reaches(r *Request, room ref.Side, a access.Audience) (out Reach, err error) {
	out.Words = r.Page.Words
	if a.Has(access.Anyone) {
		out.Sentence = out.T("reach.anyone")
		return out, nil
	}
	known, ts, to, err := s.reached(r, room, a)
	if err != nil {
		return out, err
	}
	if len(known) < len(a) {
		out.More = out.T("reach.more")
	}
	for _, q := range known {
		if t := ts[q.ID()]; q.Kind() == "person" {
			out.People = append(out.People, inPage(t.Text, t.Lang, r.Lang))
		}
	}
	out.Sentence = out.T("reach.people", "count", out.Words.Reached(to))
	if out.Institutions, err = s.inOrder(r, to.Institutions); err != nil {
		return out, err
	}
	out.Silent, err = s.inOrder(r, to.Silent)
	return out, err
}

// inOrder gives the names of those institutions that the reader may read, in the order of the page's language.
func (s *Server) inOrder(r *Request, is []ref.Institution) (out []Said, err error) {
	ts, err := s.titles(r, idsOf(is...)...)
	for _, t := range ts {
		out = append(out, inPage(t.Text, t.Lang, r.Lang))
	}
	slices.SortFunc(out, func(x, y Said) int {
		return bytes.Compare(text.SortKey(r.Lang, x.Text), text.SortKey(r.Lang, y.Text))
	})
	return out, err
}

// Most says how widely a mark lets something be read.
func (w Words) Most(m tlp.Label) string { return w.T("picker.most." + markClass(m)) }

// ReadersPage says who would be able to read what a form chose.
type ReadersPage struct {
	Page
	Reach  Reach
	Seen   string
	Faults []FieldFault
}

// readersPost answers a form's question who would be able to read. The script asks for the fragment
// alone; without script it is a page of its own.
func (s *Server) readersPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	p := ReadersPage{Page: r.Page}
	p.Title, p.Body = p.T("readers.title"), "door"
	c, faults := picked(r.PostForm)
	p.Faults = p.Words.Faults(faults)
	if len(faults) == 0 && c.Audience != nil {
		var err error
		if p.Reach, err = s.reaches(r, "", c.Audience); err != nil {
			return err
		}
		if k, ok := s.objects.Kind(r.PostFormValue(ofField)); ok {
			if p.Seen, err = s.seen(r, access.Header{Kind: k.KindName()}, c); err != nil {
				return err
			}
		}
	}
	if r.Header.Get("X-Fragment") == "preview" {
		return s.fragment(r, "readers", "readers-of", p)
	}
	return s.show(r, http.StatusOK, "readers", p)
}
