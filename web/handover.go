package web

import (
	"context"
	"net/http"
	"slices"

	"entente/access"
	"entente/account"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/message"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/roster"
)

// handoverRoutes are how a function passes from one person to another.
var handoverRoutes = []Route{
	get("/people/{id}/handover", People, "id=person/cn-focal-point", (*Server).handoverPage),
	post("/people/{id}/handover", People, "id=person/cn-focal-point", (*Server).handoverPost),
}

// HandoverPage asks who takes over, and then says what passes before it is done.
type HandoverPage struct {
	Page
	Person      string // id of the predecessor
	Predecessor Said
	Own         bool // the reader is the predecessor
	Institution Said
	Faults      []FieldFault
	By          map[string]string
	Function    string
	Functions   []Option
	Successors  []Option // "" is somebody new
	Next        string
	Stays       bool
	MayStay     bool
	MayLeave    bool
	Post        Field
	Family      string
	Given       string
	Language    string
	Languages   []Option

	Look      bool    // the second step
	Successor Said    // whom it says
	Word      string  // the function, in the second step
	Waits     bool    // the successor is not inside the side
	Coded     bool    // the reader lets in whoever comes in by the code
	Naming    []Named // what is open to the predecessor by name
	Effects   []EffectRow
	Kept      []LosingRow // none: an institution's words stay where its function passes
	Told      []string
	Seen      string // names all that this step shows: only that is done
}

// Named is an object with its id.
type Named struct {
	Link
	ID ref.ID
}

func (s *Server) handoverPage(r *Request) error {
	return s.showHandover(r, http.StatusOK, account.Handover{Newcomer: account.Newcomer{Language: r.Lang}}, nil, nil)
}

func (s *Server) handoverPost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	v := func(name string) string { return text.CleanName(r.PostFormValue(name)) }
	h := account.Handover{
		From: ref.Person(r.PathValue("id")), Function: access.Function(v("function")), To: ref.Person(v("to")), Stays: v("stays") == "yes",
		Newcomer: account.Newcomer{Title: text.Both(v("title.en"), v("title.zh")), Family: v("family"), Given: v("given"), Language: v("language")},
	}
	open := []ref.ID(r.PostForm["open"])
	if v("step") == "back" {
		return s.showHandover(r, http.StatusOK, h, nil, nil)
	}
	var to ref.Person
	var code string
	var weighed bundle.Weighed
	look := v("step") == "look" || r.PostFormValue("seen") == ""
	do := s.db.Together
	if look { // it waits for nobody who writes
		do = s.db.Try
	}
	err := do(r.Context(), func(ctx context.Context) (err error) {
		passing, err := s.accounts.Passing(ctx, r.Who, h.From)
		if err != nil {
			return err
		}
		shown, err := s.passesByName(ctx, r, h, passing)
		if err != nil {
			return err
		}
		// Only what was shown is done.
		look = look || r.PostFormValue("seen") != handoverSight(h, passing, shown)
		if to, code, weighed, err = bundle.HandOver(ctx, s.db, s.objects, r.Who, h, open); err == nil && look {
			return db.ErrRollback // nothing is done yet: the page shows first what would be
		}
		return err
	})
	if faults := fieldsOf(err); len(faults) > 0 {
		return s.showHandover(r, http.StatusUnprocessableEntity, h, nil, faults)
	}
	if err != nil {
		return err
	}
	if look {
		return s.showHandover(r, http.StatusOK, h, &weighed, nil)
	}
	if gone := h.From == r.Who.Person && !h.Stays; gone { // signed out by the act: this request must not bring the session back
		if err := s.sessions.Destroy(r.Context()); err != nil {
			return err
		}
		if code == "" {
			return r.redirect("/sign-in")
		}
	} else if code == "" {
		s.notice(r, "handover.done")
		return r.redirect("/people/" + string(to))
	}
	return s.showCard(r, to, code)
}

// showHandover shows the form, or where it was weighed what passes.
func (s *Server) showHandover(r *Request, status int, h account.Handover, weighed *bundle.Weighed, faults fault.Fields) error {
	h.From = ref.Person(r.PathValue("id"))
	passing, err := s.accounts.Passing(r.Context(), r.Who, h.From)
	if err != nil {
		return err
	}
	name, err := s.institutionName(r, passing.Institution)
	if err != nil {
		return err
	}
	r.in("partners")
	p := HandoverPage{
		Page: r.Page, Person: string(h.From), Predecessor: say(passing.Person.Value.Title, r.Lang), Own: h.From == r.Who.Person, Institution: name,
		Function: string(h.Function), Next: string(h.To), Stays: h.Stays, MayLeave: passing.MayLeave,
		Family: h.Newcomer.Family, Given: h.Newcomer.Given, Language: h.Newcomer.Language, Look: weighed != nil,
	}
	p.Title = p.T("handover.title", "person", p.Predecessor.Text)
	p.By, p.Faults = p.byPath(faults), p.Page.Faults(faults)
	if p.Function == "" {
		p.Function = string(passing.Functions[0])
	}
	for _, f := range passing.Functions {
		p.Functions = append(p.Functions, Option{string(f), p.Option("person", "function", string(f)), string(f) == p.Function})
		p.MayStay = p.MayStay || f != access.Contributor
	}
	for _, o := range passing.Candidates {
		title := say(o.Value.Title, r.Lang).Text
		if slices.Contains(passing.Waits, ref.Person(o.ID)) {
			title = p.T("handover.waiting", "person", title)
		}
		p.Successors = append(p.Successors, Option{o.ID, title, o.ID == p.Next})
	}
	p.Successors = append(p.Successors, Option{"", p.T("handover.somebody-new"), p.Next == ""})
	first := FirstPage{Page: p.Page, By: p.By}
	p.Post = first.both("title", "invitation.post", "invitation.post-hint", h.Newcomer.Title)
	for _, l := range message.Languages {
		p.Languages = append(p.Languages, Option{l, p.T("lang." + l), l == h.Newcomer.Language})
	}
	if weighed != nil {
		if p.Effects, err = s.effectRows(r, weighed.Effects); err != nil {
			return err
		}
		if p.Told, err = s.toldRows(r, *weighed); err != nil {
			return err
		}
		if err := s.handoverLook(r, &p, h, passing); err != nil {
			return err
		}
	}
	return s.show(r, status, "handover", p)
}

// handoverLook finds what a handover would pass on: what others than the institution as a whole
// may not read, and the successor could not.
func (s *Server) handoverLook(r *Request, p *HandoverPage, h account.Handover, passing account.Passing) error {
	p.Word = p.Option("person", "function", string(h.Function))
	p.Successor, p.Waits = say(h.Newcomer.Title, r.Lang), slices.Contains(passing.Waits, h.To)
	p.Coded = slices.Contains(passing.Coded, h.To) || h.To == "" && r.Who.Inside() && r.Who.Institution == passing.Institution
	if i := slices.IndexFunc(passing.Candidates, func(o access.Object[roster.Person]) bool { return ref.Person(o.ID) == h.To }); i >= 0 {
		p.Successor = say(passing.Candidates[i].Value.Title, r.Lang)
	}
	shown, err := s.passesByName(r.Context(), r, h, passing)
	if err != nil {
		return err
	}
	for _, t := range shown {
		p.Naming = append(p.Naming, Named{linkTo(p.Words, t), t.ID})
	}
	p.Seen = handoverSight(h, passing, shown)
	return nil
}

// handoverSight names what the look at a handover shows: whose function goes to whom, as both stand, and
// what may be opened.
func handoverSight(h account.Handover, passing account.Passing, shown []access.Title) string {
	var next int64
	for _, o := range passing.Candidates {
		if ref.Person(o.ID) == h.To {
			next = o.Rev
		}
	}
	var ids []ref.ID
	for _, t := range shown {
		ids = append(ids, t.ID)
	}
	return sightOf(h, passing.Person.Rev, passing.Institution, next, slices.Contains(passing.Waits, h.To), slices.Contains(passing.Coded, h.To), ids)
}

// passesByName gives what names the predecessor among the readers and is closed to the successor.
func (s *Server) passesByName(ctx context.Context, r *Request, h account.Handover, passing account.Passing) (out []access.Title, err error) {
	return out, s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		ts, err := access.Naming(ctx, tx, r.Who, r.Lang, ref.ID(passing.Institution), access.PersonOf(h.From))
		if err != nil {
			return err
		}
		reads := map[ref.ID]bool{}
		if h.To != "" {
			next, err := roster.ActorFor(ctx, tx, h.To)
			if err != nil {
				return err
			}
			var ids []ref.ID
			for _, t := range ts {
				ids = append(ids, t.ID)
			}
			if reads, _, err = access.Standing(ctx, tx, next, ids...); err != nil {
				return err
			}
		}
		for _, t := range ts {
			if !reads[t.ID] {
				out = append(out, t)
			}
		}
		return nil
	})
}
