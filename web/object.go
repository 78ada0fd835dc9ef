package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"entente/access"
	"entente/bundle"
	"entente/clearance"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/library"
	"entente/roster"
	"entente/standard/tlp"
)

// objectRoutes are the acts that are the same for every kind: making, editing, history,
// publishing, withdrawing, changing the audience, removing.
var objectRoutes = []Route{
	get("/objects/{id}", All, "id=meeting/launch-phase-2", (*Server).objectPage),
	get("/objects/{id}/edit", Writers, "id=meeting/launch-phase-2", (*Server).editPage),
	pins(post("/objects/{id}/edit", Writers, "id=meeting/launch-phase-2", (*Server).editPost)),
	get("/objects/{id}/authority", Writers, "id=institution/nia", (*Server).authorityPage),
	pins(post("/objects/{id}/authority", Writers, "id=institution/nia", (*Server).authorityPost)),
	costly(get("/objects/{id}/history", People, "id=meeting/launch-phase-2", (*Server).historyPage)),
	get("/objects/{id}/texts", People, "id=meeting/launch-phase-2", (*Server).bitextPage),
	get("/objects/{id}/publish", Team, "id=meeting/launch-phase-2", confirm("publish")),
	pins(post("/objects/{id}/publish", Team, "id=meeting/launch-phase-2", (*Server).publishPost)),
	get("/objects/{id}/withdraw", Team, "id=meeting/launch-phase-2", confirm("withdraw")),
	pins(post("/objects/{id}/withdraw", Team, "id=meeting/launch-phase-2", (*Server).withdrawPost)),
	get("/objects/{id}/audience", Writers, "id=meeting/launch-phase-2", confirm("audience")),
	pins(post("/objects/{id}/audience", Writers, "id=meeting/launch-phase-2", (*Server).audiencePost)),
	get("/objects/{id}/remove", Writers, "id=meeting/launch-phase-2", confirm("remove")),
	pins(post("/objects/{id}/remove", Writers, "id=meeting/launch-phase-2", (*Server).removePost)),
	get("/new/{kind}", Writers, "kind=meeting", (*Server).newPage),
	post("/new/{kind}", Writers, "kind=meeting", (*Server).newPost),
	asks(post("/preview", Writers, "", (*Server).previewPost)),
}

// objectPage leads from an object's bare address to its page.
func (s *Server) objectPage(r *Request) error {
	h, _, err := s.objects.Get(r.Context(), r.Who, r.PathValue("id"))
	if err != nil {
		return err
	}
	return r.redirect(objectPath(h.Kind, h.ID))
}

// ConfirmPage says what will happen, and to whom it will be visible, before a button is pressed.
type ConfirmPage struct {
	Page
	Act      string // publish, withdraw, audience, remove
	Object   access.Header
	Name     Said
	Rev      int64
	Readers  Audience
	Seen     string   // publishing: names the mark that is lifted and its readers; only those that were shown are
	Now      Audience // publishing: who reads it until then
	Leave    string
	Marks    []MarkChoice
	Choices  []AudienceGroup
	Reason   string
	National string
	Faults   map[string]string // of the page's own fields
	Other    []FieldFault      // of the object itself: it must be mended first
	Inner    Said              // publishing: what it belongs to, where the public cannot read that
	Files    []Said            // opening to everybody: attached files that stay closed
	Pointing []Link            // removing: what points at it
	Picker   Picker            // changing the audience: the first step
	Reach    Reach             // withdrawing: who is left
	Look     *Difference       // before an audience is changed: the second step
	Leaving  string            // removing a person: what that leaves undone
	Kept     []LosingRow       // who loses it and keeps own words about it
	Told     []string          // whose focal points are told of that
	Effects  []EffectRow       // removing what lets people read or speak: who loses what
	Weighed  bool              // and that this was looked at
}

// Difference is who would gain and who would lose by a change of the audience, and how many people
// could read before and afterwards.
type Difference struct {
	Mark           tlp.Label
	Audience       []string // as it was chosen, to be sent again
	Seen           string   // names what was chosen: only that is carried out
	Gain, Lose     []string
	Before, After  string
	Uncounted      bool // of whom the reader may not read, nobody is counted
	Opened, Closed bool // everybody may read afterwards; everybody might before
}

// chosen gives the audience as it would be.
func (d *Difference) chosen() (a access.Audience) {
	for _, q := range d.Audience {
		a = append(a, access.Principal(q))
	}
	return access.NewAudience(a...)
}

// MarkChoice is one mark that may be chosen.
type MarkChoice struct {
	Mark   tlp.Label
	Chosen bool
}

// AudienceGroup is the principals of one sort, under its name.
type AudienceGroup struct {
	Title   string
	Choices []AudienceChoice
}

// AudienceChoice is one principal that may be chosen.
type AudienceChoice struct {
	Value, Text string
	Chosen      bool
	Marks       string // with which it goes
}

// confirm makes the page that stands before an act on an object.
func confirm(act string) func(*Server, *Request) error {
	return func(s *Server, r *Request) error { return s.showConfirm(r, http.StatusOK, act, nil) }
}

func (s *Server) showConfirm(r *Request, status int, act string, faults fault.Fields) error {
	h, value, err := s.objects.Get(r.Context(), r.Who, r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := s.mayOn(r, act, h); err != nil {
		return err
	}
	p := ConfirmPage{Page: r.Page, Act: act, Object: h, Rev: r.seenRev(h.Rev), Name: nameOf(value, r.Lang), Reason: r.reason()}
	p.Title = p.T("confirm."+act+".title", "name", p.Name.Text)
	p.Leave = p.To(objectPath(h.Kind, h.ID))
	if p.National = h.National; r.Method == http.MethodPost && act == "audience" {
		p.National = r.PostFormValue("national")
	}
	own := func(f fault.Field) bool {
		return f.Path == "mark" || f.Path == "national" || f.Path == "audience" || f.Path == "reason"
	}
	p.Faults = p.byPath(slices.DeleteFunc(slices.Clone(faults), func(f fault.Field) bool { return !own(f) }))
	k, _ := s.objects.Kind(h.Kind)
	p.Other = s.namedFaults(p.Words, k, slices.DeleteFunc(slices.Clone(faults), own))
	if act == "remove" && h.Kind == roster.People.Name {
		if p.Leaving, err = s.leaving(r, ref.Person(h.ID)); err != nil {
			return err
		}
	}
	if err := s.around(r, &p); err != nil {
		return err
	}
	after := h.Audience
	switch act {
	case "publish":
		after = access.NewAudience(append([]access.Principal{access.Anyone}, h.Audience...)...)
		if p.Seen, err = s.standing(r, h); err != nil {
			return err
		}
		if p.Now, err = s.audience(r, h.Audience); err != nil {
			return err
		}
		if err := s.closedFiles(r, &p); err != nil {
			return err
		}
	case "withdraw":
		after = access.NewAudience(append(slices.DeleteFunc(slices.Clone(h.Audience), func(q access.Principal) bool { return q == access.Anyone }),
			access.DialogueOf(h.Dialogue), access.TeamOf(h.Dialogue))...)
		if p.Reach, err = s.reaches(r, h.Room, after); err != nil {
			return err
		}
	case "audience":
		if err := s.offer(r, &p); err != nil {
			return err
		}
		if err := s.pickAgain(r, &p, k.IsPart() && h.Kind != clearance.Notes.Name); err != nil {
			return err
		}
	}
	if p.Readers, err = s.audience(r, after); err != nil {
		return err
	}
	then := h
	then.Audience = after
	switch {
	case act == "audience" && r.Method == http.MethodPost && len(faults) == 0:
		if err := s.look(r, &p); err != nil {
			return err
		}
		then.Mark, then.Audience = p.Look.Mark, p.Look.chosen()
		if p.Look.Opened {
			if err := s.closedFiles(r, &p); err != nil {
				return err
			}
		}
	case act == "remove":
		then.Tombstone = act
	}
	if act == "remove" && len(faults) == 0 {
		err = s.removal(r, &p, then)
	} else {
		p.Kept, err = s.keptAfter(r, then)
	}
	if err != nil {
		return err
	}
	return s.show(r, status, "confirm", p)
}

// around finds what a person should know of before publishing or removing.
func (s *Server) around(r *Request, p *ConfirmPage) error {
	return s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		switch {
		case p.Act == "publish" && p.Object.Parent != "":
			parent, err := access.Find(ctx, tx, r.Who, p.Object.Parent)
			if err != nil || parent.Audience.Has(access.Anyone) {
				return fault.Unless(err, fault.NotFound)
			}
			ts, err := access.Titles(ctx, tx, r.Who, r.Lang, parent.ID)
			p.Inner = Said{Text: ts[parent.ID].Text, Lang: ts[parent.ID].Lang}
			return err
		case p.Act == "remove":
			ts, err := access.Pointing(ctx, tx, r.Who, r.Lang, p.Object.ID, "", "", pointingShown)
			for _, t := range ts {
				l := Link{Said: Said{Text: t.Text}, Path: objectPath(t.Kind, t.ID)}
				if t.Lang != r.Lang {
					l.Lang = t.Lang
				}
				p.Pointing = append(p.Pointing, l)
			}
			return err
		}
		return nil
	})
}

// pointingShown is how many of those that point at an object are named before it is removed.
const pointingShown = 20

// look says what the chosen audience would change.
func (s *Server) look(r *Request, p *ConfirmPage) error {
	old, chosen := p.Object.Audience, access.NewAudience()
	d := &Difference{}
	for _, m := range p.Marks {
		if m.Chosen {
			d.Mark = m.Mark
		}
	}
	for _, g := range p.Choices {
		for _, c := range g.Choices {
			if q := access.Principal(c.Value); c.Chosen {
				chosen, d.Audience = append(chosen, q), append(d.Audience, c.Value)
				if !old.Covers(access.Audience{q}, p.Object.Dialogue) {
					d.Gain = append(d.Gain, c.Text)
				}
			}
		}
	}
	var lost access.Audience
	for _, q := range old {
		if !chosen.Covers(access.Audience{q}, p.Object.Dialogue) {
			lost = append(lost, q)
		}
	}
	words, err := s.audience(r, lost)
	if err != nil {
		return err
	}
	d.Lose, d.Opened, d.Closed = words.Groups, chosen.Has(access.Anyone), old.Has(access.Anyone)
	known, _, before, err := s.reached(r, p.Object.Room, old)
	if err != nil {
		return err
	}
	_, _, after, err := s.reached(r, p.Object.Room, chosen)
	d.Before, d.After, d.Uncounted = p.Reached(before), p.Reached(after), len(known) < len(old) && !d.Closed
	if err != nil {
		return err
	}
	d.Seen, err = s.seen(r, p.Object, choice{d.Mark, chosen})
	p.Look = d
	return err
}

// offer fills the page with the marks and principals that an audience can be made of.
func (s *Server) offer(r *Request, p *ConfirmPage) (err error) {
	chosen := p.Object.Audience
	mark := string(p.Object.Mark)
	if r.Method == http.MethodPost {
		chosen, mark = nil, r.PostFormValue("mark")
		for _, v := range r.PostForm["audience"] {
			chosen = append(chosen, access.Principal(v))
		}
	}
	for _, m := range tlp.Options() {
		p.Marks = append(p.Marks, MarkChoice{m, string(m) == mark})
	}
	if p.Object.Kind == clearance.Notes.Name {
		p.Marks = slices.DeleteFunc(p.Marks, func(m MarkChoice) bool { return m.Mark.Compare(tlp.AMBERSTRICT) < 0 })
		p.Choices, err = s.offerNote(r, p.Object, chosen)
		return err
	}
	p.Choices, err = s.offered(r, p.Object, chosen)
	return err
}

// offered gives, in groups, what the reader may choose an audience from for an object with this
// header: nothing that the reader may not read. Those of chosen are marked.
func (s *Server) offered(r *Request, h access.Header, chosen access.Audience) (out []AudienceGroup, err error) {
	w := r.Page.Words
	group := func(key string) { out = append(out, AudienceGroup{Title: w.T(key)}) }
	add := func(q access.Principal, text string) {
		g := &out[len(out)-1]
		g.Choices = append(g.Choices, AudienceChoice{Value: string(q), Text: text, Chosen: chosen.Has(q)})
	}
	group("audience.group.wide")
	add(access.Anyone, w.T("audience.anyone"))
	add(access.DialogueOf(h.Dialogue), w.T("audience.dialogue"))
	add(access.TeamOf(h.Dialogue), w.T("audience.team"))
	if err := s.offerMeeting(r, h, group, add); err != nil {
		return nil, err
	}
	sides, err := s.roster.Sides(r.Context(), r.Who, h.Dialogue, r.Lang)
	if err != nil {
		return nil, err
	}
	group("audience.group.sides")
	for _, o := range sides {
		add(access.SideOf(ref.Side(o.ID)), say(o.Value.Name, r.Lang).Text)
	}
	circles, err := s.roster.Circles(r.Context(), r.Who, h.Dialogue, r.Lang)
	if err != nil {
		return nil, err
	}
	group("audience.group.circles")
	for _, o := range circles {
		add(access.CircleOf(ref.Circle(o.ID)), say(o.Value.Name, r.Lang).Text)
	}
	list, err := s.roster.Institutions(r.Context(), r.Who, h.Dialogue, r.Lang)
	if err != nil {
		return nil, err
	}
	group("audience.group.institutions")
	for _, o := range list {
		add(access.InstitutionOf(ref.Institution(o.ID)), say(o.Value.Name(), r.Lang).Text)
	}
	if err := s.offerInside(r, h, group, add); err != nil {
		return nil, err
	}
	people, err := s.roster.People(r.Context(), r.Who, h.Dialogue, "", r.Lang)
	group("audience.group.people")
	for _, o := range people {
		add(access.PersonOf(ref.Person(o.ID)), say(o.Value.Title, r.Lang).Text)
	}
	return out, err
}

// offerInside offers, of what stands in a side's inner room, the institutions that it names.
func (s *Server) offerInside(r *Request, h access.Header, group func(string), add func(access.Principal, string)) error {
	var ids []ref.ID
	for _, q := range h.Audience {
		if q.Kind() == "inside" {
			ids = append(ids, q.ID())
		}
	}
	ts, err := s.titles(r, ids...)
	group("inside.head")
	for _, id := range ids {
		if t, ok := ts[id]; ok {
			add(access.InsideOf(ref.Institution(id)), t.Text)
		}
	}
	return err
}

// offerMeeting offers the participants of the meeting that the object is or hangs at, and of those
// that its audience names already.
func (s *Server) offerMeeting(r *Request, h access.Header, group func(string), add func(access.Principal, string)) error {
	ids := []ref.ID{h.ID, h.Parent}
	for _, q := range h.Audience {
		if q.Kind() == "participants" {
			ids = append(ids, q.ID())
		}
	}
	ts, err := s.titles(r, ids...)
	group("audience.group.meeting")
	for i, id := range ids {
		if t := ts[id]; t.Kind != "meeting" || slices.Index(ids, id) < i {
			continue
		} else if id == h.ID {
			add(access.ParticipantsOf(ref.Meeting(id)), r.Page.T("audience.participants-here"))
		} else {
			add(access.ParticipantsOf(ref.Meeting(id)), r.Page.T("audience.participants", "name", t.Text))
		}
	}
	return err
}

// errLook says that nothing is done yet: the page shows first what would be.
var errLook = errors.New("to be looked at first")

// after runs an act on the object of the address and leads back to it, or shows what was wrong.
func (s *Server) after(r *Request, act string, fn func(h access.Header, rev int64, reason string) error) error {
	if err := r.form(); err != nil {
		return err
	}
	h, _, err := s.objects.Get(r.Context(), r.Who, r.PathValue("id"))
	if err != nil {
		return err
	}
	err = fn(h, r.seenRev(0), r.reason())
	if fs := fieldsOf(err); len(fs) > 0 {
		return s.showConfirm(r, http.StatusUnprocessableEntity, act, fs)
	}
	if errors.Is(err, errLook) && r.seenRev(0) != h.Rev {
		return fault.New(fault.Conflict, "")
	}
	if errors.Is(err, errLook) {
		return s.showConfirm(r, http.StatusOK, act, nil)
	}
	if err != nil {
		return err
	}
	s.notice(r, "notice."+act)
	if act == "remove" && h.Kind == library.Files.Name {
		return r.redirect("/objects/" + h.Parent + "/files")
	}
	if act == "remove" && h.Kind == clearance.Notes.Name {
		if _, _, err := s.objects.Get(r.Context(), r.Who, h.Parent); err != nil {
			return r.redirect("/desk")
		}
		return r.redirect("/objects/" + h.Parent + "/inside")
	}
	if act == "remove" {
		return r.redirect(listPath(h.Kind))
	}
	return r.redirect(objectPath(h.Kind, h.ID))
}

// standing names an object with the mark and the audience that it has.
func (s *Server) standing(r *Request, h access.Header) (string, error) {
	return s.seen(r, h, choice{Mark: h.Mark, Audience: h.Audience})
}

func (s *Server) publishPost(r *Request) error {
	return s.after(r, "publish", func(h access.Header, rev int64, _ string) error {
		if seen, err := s.standing(r, h); err != nil {
			return err
		} else if r.PostFormValue("seen") != seen {
			return errLook
		}
		return s.objects.Publish(r.Context(), r.Who, h.ID, rev)
	})
}

func (s *Server) withdrawPost(r *Request) error {
	return s.after(r, "withdraw", func(h access.Header, rev int64, reason string) error {
		return s.objects.Withdraw(r.Context(), r.Who, h.ID, rev, reason)
	})
}

func (s *Server) audiencePost(r *Request) error {
	return s.after(r, "audience", func(h access.Header, rev int64, reason string) error {
		form := maps.Clone(r.PostForm)
		form.Set(pickName, pickOwn) // here nothing is as usual
		c, f := picked(form)
		if c.Mark == "" {
			return f.Err()
		}
		national := text.CleanName(r.PostFormValue("national"))
		seen, err := s.seen(r, h, c)
		if err != nil {
			return err
		}
		if r.PostFormValue("step") == "look" || r.PostFormValue("seen") != seen {
			f = append(f, access.CheckNational(c.Mark, national)...)
			if reason == "" {
				f.Add("reason", "", "fault.required")
			}
			if err := f.Err(); err != nil {
				return err
			}
			return errLook
		}
		return s.objects.SetMarks(r.Context(), r.Who, h.ID, rev, c.Mark, national, c.Audience, reason)
	})
}

func (s *Server) removePost(r *Request) error {
	return s.after(r, "remove", func(h access.Header, rev int64, reason string) error {
		return bundle.Remove(r.Context(), s.db, s.objects, r.Who, h.ID, rev, reason)
	})
}

// HistoryPage lists an object's revisions with what changed in each.
type HistoryPage struct {
	Page
	Name     Said
	Object   access.Header
	Versions []VersionRow
	Older    string
	Leave    string
}

// VersionRow is one revision.
type VersionRow struct {
	Rev     int64
	When    string
	Act     string
	By      string
	Reason  string
	Erased  bool
	Changes []ConflictRow
}

const historyPage = 20

func (s *Server) historyPage(r *Request) error {
	h, value, err := s.objects.Get(r.Context(), r.Who, r.PathValue("id"))
	if err != nil {
		return err
	}
	below, _ := strconv.ParseInt(r.FormValue("below"), 10, 64)
	// One more than shown: each revision is compared with the one before it.
	vs, err := s.objects.History(r.Context(), r.Who, h.ID, below, historyPage+1)
	if err != nil {
		return err
	}
	p := HistoryPage{Page: r.Page, Name: nameOf(value, r.Lang), Object: h, Leave: r.Page.To(objectPath(h.Kind, h.ID))}
	p.Title = p.T("history.title", "name", p.Name.Text)
	var people []ref.ID
	for _, v := range vs {
		people = append(append(people, actorIDs(v.By)...), callOf(v.Value))
	}
	ts, err := s.titles(r, people...)
	if err != nil {
		return err
	}
	f := &form{Words: p.Words, kind: h.Kind}
	for i, v := range vs {
		if i == historyPage {
			p.Older = p.To("/objects/", h.ID, "/history?below=", strconv.FormatInt(vs[i-1].Rev, 10))
			break
		}
		row := VersionRow{Rev: v.Rev, When: p.Moment(v.When, p.zoneOf()), Act: p.T("did." + v.Act), Reason: v.Reason, Erased: v.Value == nil}
		if v.Act == "" { // its entry is erased too
			row.Act, row.When = p.T("history.erased"), ""
			p.Versions = append(p.Versions, row)
			continue
		}
		if ts[callOf(v.Value)].ID == "" { // who may not read of a call is not told whom it asked
			v.By.SuccessorOf = nil
		}
		row.By = s.byWords(&p.Page, ts, v.By)
		if i+1 < len(vs) && v.Value != nil && vs[i+1].Value != nil && vs[i+1].Rev == v.Rev-1 {
			for _, d := range v.Since(vs[i+1]) {
				row.Changes = append(row.Changes, f.change(d, vs[i+1].Value, v.Value))
			}
			readers, err := s.readersChanged(r, vs[i+1].Header, v.Header)
			if err != nil {
				return err
			}
			row.Changes = append(row.Changes, readers...)
		}
		p.Versions = append(p.Versions, row)
	}
	return s.ok(r, "history", p)
}

// readersChanged says from which mark and audience to which an object came.
func (s *Server) readersChanged(r *Request, from, to access.Header) (out []ConflictRow, err error) {
	add := func(key, before, after string) {
		if before != after {
			out = append(out, ConflictRow{Label: r.Page.T(key), Theirs: before, Mine: after})
		}
	}
	add("head.mark", string(from.Mark), string(to.Mark))
	add("head.national", from.National, to.National)
	if slices.Equal(from.Audience, to.Audience) {
		return out, nil
	}
	before, err := s.audience(r, from.Audience)
	if err != nil {
		return out, err
	}
	after, err := s.audience(r, to.Audience)
	add("history.readers", r.Page.list(before.Groups), r.Page.list(after.Groups))
	return out, err
}
