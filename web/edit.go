package web

import (
	"cmp"
	"context"
	"errors"
	"html/template"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/internal/when"
	"entente/meeting"
)

// EditPage changes an object of any kind, or makes one. Its fields are those of the kind.
type EditPage struct {
	Page
	Kind     string
	ID       ref.ID
	Rev      int64
	Action   string // where the form goes
	Leave    string // where leaving goes
	Fields   []Field
	Faults   []FieldFault
	Conflict *Conflict
	Readers  Audience
	Picker   *Picker     // of a new object; nil where nobody chooses who may read it
	Look     bool        // the person is asked to look who will be able to read it
	Told     []string    // whose focal points are told
	Effects  []EffectRow // who gains and who loses by what is to be saved; none: nobody
	Opened   string      // how much of what stands further members or participants come to read
	Kept     []LosingRow // of those who lose, who keeps own words
	Seen     string      // what of that is shown
}

// Conflict shows what somebody else saved beside what was to be saved.
type Conflict struct {
	Rev  int64
	When string
	Rows []ConflictRow
}

// ConflictRow is one field that differs.
type ConflictRow struct {
	Label, Lang, Mine, Theirs string
}

// choiceLimit bounds a field that chooses an object; a dialogue has some hundred institutions.
const choiceLimit = 2000

func (s *Server) editPage(r *Request) error {
	h, value, err := s.editable(r)
	if err != nil {
		return err
	}
	p := s.editFrame(r, h)
	return s.showForm(r, http.StatusOK, p, h, shape.EncodeForm(value), nil)
}

func (s *Server) editPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	// The form is read onto the value that stands: what no form shows (private fields) stays.
	h, value, err := s.editable(r)
	if err != nil {
		return err
	}
	k, _ := s.objects.Kind(h.Kind)
	p := s.editFrame(r, h)
	p.Rev = r.seenRev(0)
	if done, err := s.pressed(r, k, p, h); done {
		return err
	}
	before := meetingOf(value)
	asItStands(r.PostForm, value, k.Deciding())
	if faults := shape.DecodeForm(r.PostForm, value); len(faults) > 0 {
		return s.showForm(r, http.StatusUnprocessableEntity, p, h, shape.Refill(value, faults), faults)
	}
	along := false
	if m, ok := value.(*meeting.Meeting); ok && p.Rev == h.Rev {
		along = m.Along(&before)
	}
	weighed, err := bundle.WeighEdit(r.Context(), s.db, s.objects, r.Who, h.ID, p.Rev, value)
	if seen := seenEffects(value, weighed); err == nil && len(weighed.Effects) > 0 && r.PostFormValue("seen") != seen {
		p.Seen = seen
		if err := s.weighed(r, &p, weighed); err != nil {
			return err
		}
		return s.showForm(r, http.StatusOK, p, h, shape.EncodeForm(value), nil)
	}
	if err == nil {
		err = bundle.Edit(r.Context(), s.db, s.objects, r.Who, h.ID, p.Rev, value, "")
	}
	var f *fault.Error
	switch {
	case err == nil:
		said, err := s.savedWords(r, h.ID, value, before)
		if err != nil {
			return err
		}
		if along {
			said += noticeAgenda
		}
		s.notice(r, said)
		return r.redirect(objectPath(h.Kind, h.ID))
	case fault.Is(err, fault.Conflict):
		return s.showConflict(r, p, h, value)
	case errors.As(err, &f) && len(f.Fields) > 0:
		return s.showForm(r, http.StatusUnprocessableEntity, p, h, shape.Refill(value, f.Fields), f.Fields)
	}
	return err
}

// editable loads the object of the address and makes sure that the reader may edit it.
func (s *Server) editable(r *Request) (access.Header, any, error) {
	h, value, err := s.objects.Get(r.Context(), r.Who, r.PathValue("id"))
	if err != nil {
		return h, nil, err
	}
	k, _ := s.objects.Kind(h.Kind)
	if !k.CanEdit() {
		return h, nil, fault.New(fault.Forbidden, "fault.fixed")
	}
	return h, value, access.May(r.Who, h.Kind+".edit", h)
}

func (s *Server) editFrame(r *Request, h access.Header) EditPage {
	p := EditPage{Page: r.Page, Kind: h.Kind, ID: h.ID, Rev: h.Rev}
	p.Title = p.T("edit.title", "kind", p.T("kind."+h.Kind))
	p.Action = p.To("/objects/", h.ID, "/edit")
	p.Leave = p.To(objectPath(h.Kind, h.ID))
	p.Mark = h.Mark
	return p
}

func (s *Server) newPage(r *Request) error {
	k, h, err := s.creatable(r)
	if err != nil {
		return err
	}
	p := s.newFrame(r, k.KindName())
	values := url.Values{}
	for name, vs := range r.URL.Query() { // a link may fill in what it knows: the phase of an activity
		values[name] = vs
	}
	if err := crowded(values); err != nil {
		return err
	}
	return s.showForm(r, http.StatusOK, p, h, values, nil)
}

func (s *Server) newPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	k, h, err := s.creatable(r)
	if err != nil {
		return err
	}
	p := s.newFrame(r, k.KindName())
	if done, err := s.pressed(r, k, p, h); done {
		return err
	}
	value := k.New()
	if faults := shape.DecodeForm(r.PostForm, value); len(faults) > 0 {
		return s.showForm(r, http.StatusUnprocessableEntity, p, h, shape.Refill(value, faults), faults)
	}
	if _, _, derived := k.Derived(h, value); !derived {
		c, faults := picked(r.PostForm)
		if len(faults) > 0 {
			return s.showForm(r, http.StatusUnprocessableEntity, p, h, r.PostForm, faults)
		}
		seen, err := s.seen(r, access.Header{Kind: h.Kind}, c)
		if err != nil {
			return err
		}
		if h.Mark, h.Audience = c.Mark, c.Audience; c.Audience != nil && r.PostFormValue("seen") != seen {
			p.Look = true
			return s.showForm(r, http.StatusOK, p, access.Header{Kind: h.Kind, Dialogue: h.Dialogue}, r.PostForm, nil)
		}
		if told := r.PostFormValue("told"); c.Audience == nil && told != "" {
			usual, err := s.usual(r, k, r.PostForm)
			if err != nil {
				return err
			}
			if told != (choice{usual.Mark, usual.Audience}).name() { // what it belongs to was chosen since
				p.Look = true
				return s.showForm(r, http.StatusOK, p, h, r.PostForm, nil)
			}
		}
	}
	made, err := bundle.Create(r.Context(), s.db, s.objects, r.Who, k.KindName(), h, value)
	var f *fault.Error
	if errors.As(err, &f) && len(f.Fields) > 0 {
		return s.showForm(r, http.StatusUnprocessableEntity, p, h, shape.Refill(value, f.Fields), f.Fields)
	}
	if err != nil {
		return err
	}
	s.notice(r, "notice.saved")
	return r.redirect(objectPath(made.Kind, made.ID))
}

// creatable finds the kind of the address and the header a new object of it would have.
func (s *Server) creatable(r *Request) (access.AnyKind, access.Header, error) {
	var h access.Header
	k, ok := s.objects.Kind(r.PathValue("kind"))
	if !ok || !k.CanEdit() || k.IsPart() { // a part begins on the page of the whole
		return nil, h, fault.New(fault.NotFound, "")
	}
	h.Kind, h.Dialogue = k.KindName(), r.Page.Dialogue.ID
	return k, h, access.May(r.Who, h.Kind+".create", h)
}

func (s *Server) newFrame(r *Request, kind string) EditPage {
	p := EditPage{Page: r.Page, Kind: kind}
	p.Title = p.T("new.title", "kind", p.T("kind."+kind))
	p.Action = p.To("/new/", kind)
	p.Leave = p.To(listPath(kind))
	return p
}

// pressed answers a press of a list's button, or a preview: the form comes back changed and
// nothing is saved.
func (s *Server) pressed(r *Request, k access.AnyKind, p EditPage, h access.Header) (bool, error) {
	do := r.PostFormValue("do")
	if do == "" {
		return false, nil
	}
	if !press(r.PostForm, do, counts(k.Fields(), do)) {
		return false, nil
	}
	return true, s.showForm(r, http.StatusOK, p, h, r.PostForm, nil)
}

// showForm shows the form with values and faults.
func (s *Server) showForm(r *Request, status int, p EditPage, h access.Header, values url.Values, faults fault.Fields) error {
	k, _ := s.objects.Kind(p.Kind)
	var not []string
	if p.ID != "" { // what decides who reads is changed on a page of its own
		not = k.Deciding()
	}
	err := s.fill(r, &p, not, values, faults)
	if err != nil {
		return err
	}
	if p.ID == "" {
		if h, err = s.usual(r, k, values); err != nil {
			return err
		}
	}
	if p.Readers, err = s.audience(r, h.Audience); err != nil {
		return err
	}
	if _, _, derived := k.Derived(h, k.New()); derived { // what the form says decides who may read
		p.Readers.Short = p.T("circle.readers")
		if p.Reader.Team {
			p.Readers.Short = p.T("circle.readers-team")
		}
	} else if p.ID == "" {
		picker, err := s.picker(r, h, nil, r.PostForm, faults)
		if err != nil {
			return err
		}
		picker.Open = picker.Open || p.Look
		picker.Told = choice{h.Mark, h.Audience}.name()
		p.Picker = &picker
	}
	return s.show(r, status, "edit", p)
}

// usual gives the header that a new object would have where nobody chooses who may read it: by what
// its form says so far, since what it belongs to may have fewer readers.
func (s *Server) usual(r *Request, k access.AnyKind, values url.Values) (access.Header, error) {
	v := k.New()
	shape.DecodeForm(maps.Clone(values), v) // what is wrong with it is said when it is sent
	h := access.Header{Kind: k.KindName(), Dialogue: r.Page.Dialogue.ID}
	return h, s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error { return k.Custom(ctx, tx, r.Who, &h, v) })
}

// fill fills a form's fields but some with values and faults.
func (s *Server) fill(r *Request, p *EditPage, not []string, values url.Values, faults fault.Fields) error {
	k, _ := s.objects.Kind(p.Kind)
	f := &form{Words: p.Words, kind: p.Kind, values: values, faults: p.byPath(faults)}
	shown := fieldsBut(k.Fields(), not)
	if err := s.choices(r, f, shown); err != nil {
		return err
	}
	f.fold()
	p.Fields = f.fields("", shown)
	p.Faults = s.namedFaults(p.Words, k, faults)
	return nil
}

// choices reads what the form's references can point at, and the dialogue's languages.
func (s *Server) choices(r *Request, f *form, fs []shape.Field) error {
	f.choices = map[string][]access.Title{}
	kinds := map[string]bool{}
	var walk func([]shape.Field)
	walk = func(fs []shape.Field) {
		for _, d := range fs {
			if d.Control == shape.Ref {
				kinds[d.RefKind] = true
			}
			walk(d.Fields)
		}
	}
	walk(fs)
	return s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		if f.langs, err = access.Languages(ctx, tx, r.Page.Dialogue.ID); err != nil {
			return err
		}
		for k := range kinds {
			if f.choices[k], err = access.TitlesOf(ctx, tx, r.Who, r.Lang, r.Page.Dialogue.ID, k, choiceLimit); err != nil {
				return err
			}
		}
		return nil
	})
}

// showConflict shows what somebody else saved meanwhile. The form comes back with their text
// wherever the person changed nothing, so that saving it takes nothing back that was not looked at.
func (s *Server) showConflict(r *Request, p EditPage, h access.Header, mine any) error {
	now, theirs, err := s.objects.Get(r.Context(), r.Who, h.ID)
	if err != nil {
		return err
	}
	values := shape.EncodeForm(mine)
	if base, err := s.objects.At(r.Context(), r.Who, h.ID, p.Rev); err == nil && base.Value != nil {
		values = merge(shape.EncodeForm(base.Value), shape.EncodeForm(theirs), values)
		k, _ := s.objects.Kind(h.Kind)
		merged := k.New()
		if faults := shape.DecodeForm(values, merged); len(faults) == 0 {
			mine = merged
		}
	} else if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	p.Conflict = s.conflict(r, now, theirs, mine)
	p.Rev = now.Rev
	return s.showForm(r, http.StatusConflict, p, now, values, nil)
}

// merge puts what the person changed since base onto theirs. A list is taken whole: its positions
// mean something only together.
func merge(base, theirs, mine url.Values) url.Values {
	group := func(name string) string {
		parts := strings.Split(name, ".")
		for i, part := range parts {
			if _, err := strconv.Atoi(part); err == nil {
				return strings.Join(parts[:i], ".") + "."
			}
		}
		return name
	}
	names := map[string]bool{}
	for _, v := range []url.Values{base, mine} {
		for name := range v {
			names[name] = true
		}
	}
	changed := map[string]bool{}
	for name := range names {
		if !slices.Equal(base[name], mine[name]) {
			changed[group(name)] = true
		}
	}
	out := url.Values{}
	for name, vs := range theirs {
		if !changed[group(name)] {
			out[name] = vs
		}
	}
	for name, vs := range mine {
		if changed[group(name)] {
			out[name] = vs
		}
	}
	return out
}

// conflict compares what stands with what was to be saved.
func (s *Server) conflict(r *Request, h access.Header, theirs, mine any) *Conflict {
	f := &form{Words: r.Page.Words, kind: h.Kind}
	c := &Conflict{Rev: h.Rev, When: r.Page.Day(h.ChangedAt)}
	for _, d := range shape.Diff(theirs, mine) {
		c.Rows = append(c.Rows, f.change(d, theirs, mine))
	}
	return c
}

// change is the row of a field that changed, with the values in words. A translation of an
// institution's words that it has not confirmed is shown with the original, here too.
func (f *form) change(d shape.Change, before, after any) ConflictRow {
	row := ConflictRow{Label: f.pathLabel(d.Path, d.Field), Lang: langIn(d.Path, d.Field), Theirs: f.said(d, d.Before), Mine: f.said(d, d.After)}
	if row.Lang == "" || !strings.HasSuffix(d.Path, "."+row.Lang) {
		return row
	}
	beside := func(value any, said string) string {
		if said == "" {
			return ""
		}
		for _, t := range shape.Texts(value) {
			if v, ok := t.Value.Unconfirmed(row.Lang); ok && t.Path+"."+row.Lang == d.Path {
				return f.besideNote(t.Value, v) + f.Space() + said + "\n" + t.Value.Get(row.Lang)
			}
		}
		return said
	}
	row.Theirs, row.Mine = beside(before, d.Before), beside(after, d.After)
	return row
}

// said writes a value as the page of its object does: a choice in words, a date as people write it.
func (f *form) said(d shape.Change, value string) string {
	switch {
	case value == "":
	case d.Field.Control == shape.Choice:
		return f.word("option."+f.kind+"."+d.Field.Name+"."+value, "option."+value)
	case d.Field.Control == shape.Multi && strings.HasSuffix(d.Path, ".status"):
		return f.word("status."+value, value)
	case d.Field.Type == "when.Date":
		return f.Date(when.Date(value))
	}
	return value
}

// pathLabel names a field by its place: "Agenda 2: Title (Chinese)".
func (f *form) pathLabel(path string, d *shape.Field) string {
	label := f.label(d)
	if head, rest, nested := strings.Cut(path, "."); nested && head != d.Name {
		if n, _, _ := strings.Cut(rest, "."); n != "" {
			if i, err := strconv.Atoi(n); err == nil {
				label = f.word("field."+f.kind+"."+head, "field."+head) + " " + strconv.Itoa(i+1) + f.T("list.colon") + label
			}
		}
	}
	if l := langIn(path, d); l != "" {
		label += f.T("list.aside", "aside", f.word("lang."+l, l))
	}
	return label
}

// langIn gives the language that the path of a text ends with ("title.zh", "title.zh.status"),
// "" when it names none.
func langIn(path string, d *shape.Field) text.Lang {
	if d.Control != shape.Multi {
		return ""
	}
	path = strings.TrimSuffix(strings.TrimSuffix(path, ".status"), ".of")
	last := path[strings.LastIndexByte(path, '.')+1:]
	if _, err := strconv.Atoi(last); err == nil || last == d.Name {
		return ""
	}
	return last
}

// previewPost renders a Markdown text as readers will see it. The script asks for the fragment
// alone; without script it is a page of its own.
func (s *Server) previewPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	field := cmp.Or(r.PostFormValue("field"), r.PostFormValue("preview"))
	p := PreviewPage{Page: r.Page, HTML: text.HTML(r.PostFormValue(field)), Tongue: field[strings.LastIndexByte(field, '.')+1:]}
	if r.Header.Get("X-Fragment") == "preview" {
		r.W.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, err := io.WriteString(r.W, string(p.HTML))
		return err
	}
	p.Title, p.Body = p.T("preview.title"), "door"
	return s.ok(r, "preview", p)
}

// PreviewPage shows a text as readers will see it.
type PreviewPage struct {
	Page
	HTML   template.HTML
	Tongue string
}
