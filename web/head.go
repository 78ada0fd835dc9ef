package web

import (
	"context"
	"slices"

	"entente/access"
	"entente/clearance"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/library"
)

// Head is what stands under the title of every object's page: mark, audience in words, owner,
// revision, and what the reader may do.
type Head struct {
	access.Header
	Words
	Title   Said
	Other   Said // the title in another language, as it is
	Trail   []Link
	Readers Audience
	Why     []string // by what the reader may read it; nothing for a visitor
	Owner   string
	Changed string // day of the last change
	Owed    Owed
	Main    []Link          // the page's own acts, full addresses
	Edit    string          // address of the form; empty: not the reader's to change
	Acts    []Link          // further acts
	Said    *StatementsPart // what institutions said about it; nil: nothing is stated about such a thing
	Inside  InsideLink      // the inner room of the reader's side; no path: the reader is on no side
	Public  bool            // shown to a visitor: no mark, no audience, no history
}

// Owed says that a translation is missing or older than its original, and who owes it.
type Owed struct {
	Class string // missing, outdated
	Text  string
	Who   string
}

// owed makes the mark of a text whose translation is missing or outdated; nothing otherwise.
func (w Words) owed(s Said) Owed {
	if !s.Owed() {
		return Owed{}
	}
	return Owed{Class: string(s.State), Text: w.T("owed." + string(s.State)), Who: w.T("owed.team")}
}

// Audience is who may read, in words: a short sentence and the list behind it.
type Audience struct {
	Words
	Short  string
	Groups []string
	People int // how many people that is today; 0: not counted
	Open   bool
}

// recorded says whether an object was made by a command of the node's operator.
func (s *Server) recorded(r *Request, id ref.ID) (recorded bool, err error) {
	err = s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		made, err := access.Recorded(ctx, tx, id)
		recorded = made[id]
		return err
	})
	return recorded, err
}

// head fills what an object's page shows under its title.
func (s *Server) head(r *Request, h access.Header, title Said, trail ...Link) (Head, error) {
	out := Head{Header: h, Words: r.Page.Words, Title: title, Trail: trail, Changed: r.Page.Day(h.ChangedAt), Public: !r.Who.SignedIn(), Owed: r.Page.owed(title)}
	if !h.Audience.Covers(access.Audience{access.TeamOf(h.Dialogue)}, h.Dialogue) {
		out.Owed.Who = "" // who cannot read it owes no translation
	}
	var err error
	if out.Readers, err = s.audience(r, h.Audience); err != nil {
		return out, err
	}
	if !out.Public {
		if out.Why, err = s.why(r, h); err != nil {
			return out, err
		}
	}
	if h.Owner != "" {
		ts, err := s.titles(r, h.Owner)
		if err != nil {
			return out, err
		}
		recorded, err := s.recorded(r, h.ID)
		if err != nil {
			return out, err
		}
		if out.Owner = ts[h.Owner].Short; recorded && out.Owner != "" {
			out.Owner = r.Page.T("head.recorded", "owner", out.Owner)
		}
	}
	if !out.Public && h.Kind != clearance.Notes.Name {
		out.Main = append(out.Main, Link{Said: Said{Text: r.Page.T("act.texts")}, Path: r.Page.To("/objects/", h.ID, "/texts")})
		inside, err := s.insideLinks(r, h.ID)
		if err != nil {
			return out, err
		}
		out.Inside = inside[h.ID]
	}
	if !out.Public {
		if h.Kind != library.Files.Name {
			out.Main = append(out.Main, Link{Said: Said{Text: r.Page.T("act.files")}, Path: r.Page.To("/objects/", h.ID, "/files")})
		}
	}
	if out.Said, err = s.statementsPart(r, h); err != nil {
		return out, err
	}
	if k, ok := s.objects.Kind(h.Kind); ok && k.CanEdit() { // what is fixed has no act but being read
		out.Edit, out.Acts = actsOn(r, h)
	}
	return out, nil
}

// titles names objects that the reader may read.
func (s *Server) titles(r *Request, ids ...ref.ID) (ts map[ref.ID]access.Title, err error) {
	err = s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		ts, err = access.Titles(ctx, tx, r.Who, r.Lang, ids...)
		return err
	})
	return ts, err
}

// audience puts an audience into words. What the reader may not name is counted, not named.
func (s *Server) audience(r *Request, a access.Audience) (Audience, error) {
	out := Audience{Words: r.Page.Words, Open: a.Has(access.Anyone)}
	var ids []ref.ID
	for _, p := range a {
		ids = append(ids, p.ID())
	}
	ts, err := s.titles(r, ids...)
	if err != nil {
		return out, err
	}
	w := r.Page.Words
	for _, p := range a.ByWidth() {
		switch p.Kind() {
		case "anyone":
			out.Groups = append(out.Groups, w.T("audience.anyone"))
		case "dialogue":
			out.Groups = append(out.Groups, w.T("audience.dialogue"))
		case "team":
			out.Groups = append(out.Groups, w.T("audience.team"))
		default:
			out.Groups = append(out.Groups, w.principal(p, ts))
		}
	}
	// How many circles there are that the reader may not know of is not told either.
	hidden := false
	out.Groups = slices.DeleteFunc(out.Groups, func(g string) bool {
		again := hidden && g == w.T("audience.hidden.circle")
		hidden = hidden || g == w.T("audience.hidden.circle")
		return again
	})
	out.Short = out.brief()
	return out, nil
}

// brief says in a line who may read.
func (a Audience) brief() string {
	switch {
	case a.Open:
		return a.T("audience.anyone")
	case len(a.Groups) <= 3:
		return a.list(a.Groups)
	}
	return a.T("audience.more", "first", a.list(a.Groups[:2]), "n", len(a.Groups)-2)
}

// principal names an entry of an audience that stands for an object, as far as the reader may read that.
func (w Words) principal(p access.Principal, ts map[ref.ID]access.Title) string {
	t, ok := ts[p.ID()]
	switch kind := p.Kind(); {
	case !ok && kind == "inside":
		return w.T("audience.hidden.institution")
	case !ok:
		return w.T("audience.hidden." + kind)
	case kind == "circle" || kind == "participants":
		return w.T("audience."+kind, "name", t.Text)
	}
	return t.Text
}

// why says by what the reader may read the object. It names what the reader is, and an
// institution that the reader's own succeeded only where the reader may read of it.
func (s *Server) why(r *Request, h access.Header) ([]string, error) {
	because := r.Who.Why(h)
	ids := []ref.ID{ref.ID(r.Who.Institution)}
	for _, p := range because {
		ids = append(ids, p.ID())
	}
	ts, err := s.titles(r, ids...)
	if err != nil {
		return nil, err
	}
	own := ts[ref.ID(r.Who.Institution)].Text
	var out []string
	for _, p := range because {
		kind, name := p.Kind(), ts[p.ID()].Text
		if kind == "inside" {
			kind = "institution"
		}
		switch {
		case kind == "institution" && own == "", (kind == "side" || kind == "circle" || kind == "participants") && name == "":
			kind += "-unnamed"
		case kind == "institution" && p.ID() != ref.ID(r.Who.Institution) && name == "":
			kind = "successor-unnamed"
		case kind == "institution" && p.ID() != ref.ID(r.Who.Institution):
			kind = "successor"
		}
		out = append(out, r.Page.T("why."+kind, "name", name, "own", own))
	}
	return out, nil
}

// objectPath gives the page of an object.
func objectPath(kind string, id ref.ID) string {
	switch kind {
	case "dialogue", "side", "round":
		return "/dialogue"
	case "roadmap", "milestone":
		return "/roadmap"
	case "calendar":
		return "/calendars"
	case "project", "focus-area":
		return "/project"
	case "phase":
		return "/phases/" + id
	case "result", "indicator":
		return "/results/" + id
	case "baseline":
		return "/baselines/" + id
	case "institution":
		return "/institutions/" + id
	case "person":
		return "/people/" + id
	case "circle":
		return "/circles/" + id
	case "note":
		return "/notes/" + id
	case "activity":
		return "/activities/" + id
	case "file":
		return "/files/" + id
	case "call":
		return "/calls/" + id
	case "statement":
		return "/statements/" + id
	case "admission":
		return "/objects/" + id + "/history"
	}
	return listPath(kind) + "/" + id
}

// listPath gives the page that lists a kind.
func listPath(kind string) string {
	switch kind {
	case "meeting":
		return "/meetings"
	case "plan", "activity", "baseline":
		return "/plans"
	case "page":
		return "/pages"
	case "news":
		return "/news"
	case "release":
		return "/releases"
	case "institution", "person", "circle":
		return "/partners"
	case "roadmap", "milestone":
		return "/roadmap"
	case "calendar":
		return "/calendars"
	case "project", "phase", "focus-area", "result", "indicator":
		return "/project"
	}
	return "/dialogue"
}
