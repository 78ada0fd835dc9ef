package web

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"entente/access"
	"entente/bundle"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/internal/when"
	"entente/roster"
)

// AuthorityPage changes what decides who reads and who speaks for whom: standing and succession of an
// institution, posts and functions of a person, members of a circle, who leads a side. Before anything
// is done it shows who gains and who loses.
type AuthorityPage struct {
	EditPage
	Lead   string
	Reason string
	Wrong  string      // with the reason
	Sent   []KeptField // of the first step, sent again by the second
	Rows   []ConflictRow
	Empty  []string // what will have nobody who could do it
}

// EffectRow is what becomes of the people of one institution on a day.
type EffectRow struct {
	When, Who    string
	Gains, Loses []string
}

func (s *Server) authorityPage(r *Request) error {
	h, value, err := s.weighable(r)
	if err != nil {
		return err
	}
	return s.showAuthority(r, http.StatusOK, s.authorityFrame(r, h, value), h, shape.EncodeForm(value), nil)
}

// weighable loads the object of the address and makes sure that the reader may change what it decides.
func (s *Server) weighable(r *Request) (access.Header, any, error) {
	h, value, err := s.objects.Get(r.Context(), r.Who, r.PathValue("id"))
	if err != nil {
		return h, nil, err
	}
	return h, value, access.May(r.Who, access.AuthorityAct(h.Kind), h)
}

// reason gives why a person does what a form is for: one line.
func (r *Request) reason() string { return text.CleanName(text.Line(r.PostFormValue("reason"))) }

func (s *Server) authorityFrame(r *Request, h access.Header, value any) AuthorityPage {
	p := AuthorityPage{EditPage: s.editFrame(r, h), Reason: r.reason()}
	p.Title, p.Lead = p.T("authority.title", "act", p.T("act.authority."+h.Kind), "name", nameOf(value, r.Lang).Text), p.T("authority.lead")
	p.Action = p.To("/objects/", h.ID, "/authority")
	return p
}

func (s *Server) authorityPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	h, value, err := s.weighable(r)
	if err != nil {
		return err
	}
	k, _ := s.objects.Kind(h.Kind)
	p := s.authorityFrame(r, h, value)
	p.Rev = r.seenRev(0)
	sent := url.Values{}
	for name, vs := range r.PostForm {
		if head, _, _ := strings.Cut(name, "."); slices.Contains(k.Deciding(), head) {
			sent[name] = vs
		}
	}
	if do := r.PostFormValue("do"); do != "" && press(sent, do, counts(k.Fields(), do)) || r.PostFormValue("step") == "back" {
		return s.showAuthority(r, http.StatusOK, p, h, sent, nil)
	}
	whole := maps.Clone(sent)
	asItStands(whole, value, besides(k))
	faults := shape.DecodeForm(whole, value)
	if len(faults) > 0 {
		return s.showAuthority(r, http.StatusUnprocessableEntity, p, h, shape.Refill(value, faults), faults)
	}
	weighed, err := bundle.Weigh(r.Context(), s.db, s.objects, r.Who, h.ID, p.Rev, value, p.Reason)
	if err == nil && r.PostFormValue("seen") == seenEffects(value, weighed) {
		if err = bundle.Authority(r.Context(), s.db, s.objects, r.Who, h.ID, p.Rev, value, p.Reason); err == nil {
			s.notice(r, "authority.done")
			return r.redirect(objectPath(h.Kind, h.ID))
		}
	}
	var f *fault.Error
	switch {
	case errors.As(err, &f) && len(f.Fields) > 0:
		return s.showAuthority(r, http.StatusUnprocessableEntity, p, h, shape.Refill(value, f.Fields), f.Fields)
	case err != nil:
		return err
	}
	p.Look, p.Seen = true, seenEffects(value, weighed)
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		for _, v := range sent[name] {
			p.Sent = append(p.Sent, KeptField{name, v})
		}
	}
	_, now, err := s.objects.Get(r.Context(), r.Who, h.ID)
	if err != nil {
		return err
	}
	change := roster.Change{ID: h.ID, Old: now, New: value}
	if p.Rows, err = s.rowsNamed(r, s.conflict(r, h, now, value).Rows); err != nil {
		return err
	}
	left, err := bundle.Vacates(r.Context(), s.db, r.Who, change, func(ctx context.Context) error {
		return bundle.Authority(ctx, s.db, s.objects, r.Who, h.ID, p.Rev, value, p.Reason)
	})
	if err != nil {
		return err
	}
	if p.Empty, err = s.emptied(r, left); err != nil {
		return err
	}
	if h.Kind == roster.Sides.Name && len(p.Rows) > 0 {
		p.Empty = append(p.Empty, p.T("authority.lead-admits"))
	}
	if err := s.weighed(r, &p.EditPage, weighed); err != nil {
		return err
	}
	return s.show(r, http.StatusOK, "authority", p)
}

// showAuthority shows the form with values and faults.
func (s *Server) showAuthority(r *Request, status int, p AuthorityPage, h access.Header, values url.Values, faults fault.Fields) error {
	k, _ := s.objects.Kind(h.Kind)
	reason := func(f fault.Field) bool { return f.Path == "reason" }
	if err := s.fill(r, &p.EditPage, besides(k), values, slices.DeleteFunc(slices.Clone(faults), reason)); err != nil {
		return err
	}
	p.Wrong = p.byPath(faults)["reason"]
	return s.show(r, status, "authority", p)
}

// besides gives the fields of a kind that decide nothing.
func besides(k access.AnyKind) (out []string) {
	for _, f := range k.Fields() {
		if !slices.Contains(k.Deciding(), f.Name) {
			out = append(out, f.Name)
		}
	}
	return out
}

func fieldsBut(fs []shape.Field, not []string) []shape.Field {
	return slices.DeleteFunc(slices.Clone(fs), func(f shape.Field) bool { return slices.Contains(not, f.Name) })
}

// asItStands completes what a form sent by what stands in those fields that it does not show. A form
// that names one of them all the same is left to the act, which refuses what it may not change.
func asItStands(sent url.Values, value any, fields []string) {
	named := map[string]bool{}
	for name := range sent {
		head, _, _ := strings.Cut(name, ".")
		named[head] = true
	}
	for name, vs := range shape.EncodeForm(value) {
		if head, _, _ := strings.Cut(name, "."); slices.Contains(fields, head) && !named[head] {
			sent[name] = vs
		}
	}
}

// seenEffects names a value and what it makes of people, so that the second step can say what its
// reader was shown: where that has moved since, it is shown again.
func seenEffects(value any, weighed bundle.Weighed) string {
	return sightOf(value, weighed.Effects, weighed.Opened)
}

// sightOf names in one word what a page showed before an act: the act is done on that alone, and where
// it is another by now, or a form names none, it is shown first.
func sightOf(shown ...any) string {
	b, err := json.Marshal(shown)
	if err != nil { // nothing is named so, and nothing done on it
		return "none of these"
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:8])
}

// unplaced puts rows of one list that names objects, which were compared place by place, as what left it
// and what came: where one is left out, all behind it move up, and nothing became of those.
func unplaced(rows []ConflictRow) (out []ConflictRow) {
	names := func(row ConflictRow) bool {
		return (row.Theirs == "" || ref.Valid(row.Theirs)) && (row.Mine == "" || ref.Valid(row.Mine))
	}
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && names(rows[0]) && names(rows[n]) && rows[n].Label == rows[0].Label {
			n++
		}
		var left, came []ConflictRow
		for _, row := range rows[:n] {
			if row.Theirs != "" && !slices.ContainsFunc(rows[:n], func(o ConflictRow) bool { return o.Mine == row.Theirs }) {
				left = append(left, ConflictRow{Label: row.Label, Lang: row.Lang, Theirs: row.Theirs})
			}
			if row.Mine != "" && !slices.ContainsFunc(rows[:n], func(o ConflictRow) bool { return o.Theirs == row.Mine }) {
				came = append(came, ConflictRow{Label: row.Label, Lang: row.Lang, Mine: row.Mine})
			}
		}
		if n == 1 {
			left, came = rows[:1], nil
		}
		out, rows = append(append(out, left...), came...), rows[n:]
	}
	return out
}

// rowsNamed writes the names of what rows point at for its ids, as far as the reader may read it.
func (s *Server) rowsNamed(r *Request, rows []ConflictRow) ([]ConflictRow, error) {
	rows = unplaced(rows)
	var ids []ref.ID
	for _, row := range rows {
		ids = append(ids, row.Theirs, row.Mine)
	}
	ts, err := s.titles(r, slices.DeleteFunc(ids, func(id ref.ID) bool { return !ref.Valid(id) })...)
	for i := range rows {
		rows[i].Theirs, rows[i].Mine = cmp.Or(ts[rows[i].Theirs].Text, rows[i].Theirs), cmp.Or(ts[rows[i].Mine].Text, rows[i].Mine)
	}
	return rows, err
}

// weighed shows what a change makes of people, and of what they said.
func (s *Server) weighed(r *Request, p *EditPage, w bundle.Weighed) (err error) {
	if p.Effects, err = s.effectRows(r, w.Effects); err != nil {
		return err
	}
	if w.Opened > 0 {
		switch p.Kind {
		case roster.Circles.Name:
			p.Opened = p.Sentences(p.T("authority.opened", "n", w.Opened), p.T("authority.opened-else"))
		case roster.Institutions.Name:
			p.Opened = p.Sentences(p.T("authority.succeeded", "n", w.Opened), p.T("authority.joined-else"))
		case roster.People.Name:
			p.Opened = p.Sentences(p.T("authority.team-opened", "n", w.Opened), p.T("authority.joined-else"))
		default:
			p.Opened = p.Sentences(p.T("authority.joined", "n", w.Opened), p.T("authority.joined-else"))
		}
	}
	if p.Told, err = s.toldRows(r, w); err != nil {
		return err
	}
	p.Kept, err = s.keptRows(r, w.Kept)
	return err
}

// toldRows names those whose focal points are told of an act, as far as the reader may read of them.
func (s *Server) toldRows(r *Request, w bundle.Weighed) (rows []string, err error) {
	var ids []ref.ID
	for _, i := range w.Told {
		ids = append(ids, ref.ID(i))
	}
	ts, err := s.titles(r, ids...)
	for _, id := range ids {
		if t, ok := ts[id]; ok {
			rows = append(rows, t.Text)
		}
	}
	if w.Team {
		rows = append(rows, r.Page.T("authority.told-team"))
	}
	return rows, err
}

// effectRows puts effects into words, the people of an institution together. It names nothing that the
// reader may not read, and leaves out what that would tell of: a circle, a meeting.
func (s *Server) effectRows(r *Request, effects []roster.Effect) (rows []EffectRow, err error) {
	var ids []ref.ID
	var people []ref.Person
	for _, e := range effects {
		ids = append(ids, ref.ID(e.Institution), ref.ID(e.Then), ref.ID(e.Enters), ref.ID(e.Leaves))
		if e.Person != "" {
			people = append(people, e.Person)
		}
		for _, q := range slices.Concat(e.Gains, e.Loses) {
			ids = append(ids, q.ID())
		}
	}
	ts, err := s.titles(r, ids...)
	if err != nil {
		return nil, err
	}
	signs, err := s.roster.SigningIn(r.Context(), people...)
	if err != nil {
		return nil, err
	}
	w := r.Page.Words
	at := func(institution ref.Institution, speaks bool, otherwise string) string {
		if speaks {
			otherwise = "authority.speaks"
		}
		return w.T(otherwise, "name", cmp.Or(ts[ref.ID(institution)].Text, w.T("audience.hidden.institution")))
	}
	says := func(ps []access.Principal, fs []access.Function, post string, room ref.Side) (out []string) {
		if post != "" {
			out = append(out, post)
		}
		for _, f := range fs {
			out = append(out, w.T("authority.function", "name", w.Option("person", "function", string(f))))
		}
		for _, q := range access.Audience(ps).ByWidth() {
			switch _, known := ts[q.ID()]; {
			case q.Kind() == "dialogue" || q.Kind() == "team":
				out = append(out, w.T("authority.reads", "name", w.T("audience."+q.Kind())))
			case !known:
			case q.Kind() == "inside":
				out = append(out, w.T("authority.inside", "name", w.principal(q, ts)))
			default:
				out = append(out, w.T("authority.reads", "name", w.principal(q, ts)))
			}
		}
		if t := ts[ref.ID(room)]; t.ID != "" {
			out = append(out, w.T("authority.room", "name", t.Text))
		}
		return out
	}
	counts := map[string]int{}
	where := map[string]int{}
	for _, e := range effects {
		day, _ := when.ParseDate(e.Day)
		row := EffectRow{When: w.Date(day)}
		var comes, goes string
		moved := e.Institution != e.Then
		if e.Then != "" && (moved || e.Speaks() && !e.Spoke()) {
			comes = at(e.Then, e.Speaks(), "authority.post-only")
		}
		if e.Institution != "" && (moved || e.Spoke() && !e.Speaks()) {
			goes = at(e.Institution, e.Spoke(), "authority.post")
		}
		row.Gains, row.Loses = says(e.Gains, e.Takes, comes, e.Enters), says(e.Loses, e.Drops, goes, e.Leaves)
		if len(row.Gains)+len(row.Loses) == 0 {
			continue
		}
		row.Who = cmp.Or(ts[ref.ID(cmp.Or(e.Institution, e.Then))].Text, w.T("authority.nowhere"))
		key := strings.Join(slices.Concat([]string{row.When, row.Who, "+"}, row.Gains, []string{"-"}, row.Loses), "\n")
		if _, known := where[key]; !known {
			where[key] = len(rows)
			rows = append(rows, row)
		}
		if signs[e.Person] {
			counts[key]++
		}
	}
	for key, i := range where {
		if n := counts[key]; n > 0 {
			rows[i].Who = w.T("authority.people", "n", n, "name", rows[i].Who)
		} else {
			rows[i].Who = w.T("authority.people-none", "name", rows[i].Who)
		}
	}
	return rows, nil
}
