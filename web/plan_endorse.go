package web

import (
	"context"
	"net/http"
	"net/url"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/internal/when"
	"entente/project"
)

// EndorsePage says what endorsing does and asks how the endorsement is known.
type EndorsePage struct {
	Page
	Name     Said
	Version  int
	Rev      int64
	Seen     string
	With     string // what the plan holds: activities, and the files of all
	Total    int
	Readers  Audience
	Action   string
	Leave    string
	Fields   []Field
	Faults   []FieldFault
	Conflict bool
	Moved    []Moved
}

// endorsement is what the form asks for.
type endorsement struct {
	Endorsed when.Date  `json:"endorsed" shape:"required"`
	Note     text.Multi `json:"note" shape:"long"`
}

func (s *Server) endorsePage(r *Request) error {
	return s.showEndorse(r, http.StatusOK, url.Values{}, nil)
}

func (s *Server) endorsePost(r *Request) error {
	if err := r.form(); err != nil {
		return err
	}
	var e endorsement
	faults := shape.DecodeForm(r.PostForm, &e)
	faults = append(faults, shape.Check(&e)...)
	if len(faults) > 0 {
		return s.showEndorse(r, http.StatusUnprocessableEntity, r.PostForm, faults)
	}
	rev := r.seenRev(0)
	id := ref.Plan(r.PathValue("id"))
	_, err := s.projects.Endorse(r.Context(), r.Who, id, rev, r.PostFormValue("seen"), access.ReadContents(r.PostFormValue(withField)), e.Endorsed, e.Note)
	switch {
	case err == nil:
		s.notice(r, "notice.endorse")
		return r.redirect("/plans/" + string(id))
	case fault.Is(err, fault.Conflict):
		return s.showEndorse(r, http.StatusConflict, r.PostForm, nil)
	case len(fieldsOf(err)) > 0:
		return s.showEndorse(r, http.StatusUnprocessableEntity, r.PostForm, fieldsOf(err))
	}
	return err
}

func (s *Server) showEndorse(r *Request, status int, values url.Values, faults fault.Fields) error {
	r.in("plan")
	got, err := s.projects.Page(r.Context(), r.Who, ref.Plan(r.PathValue("id")), project.Filter{})
	if err != nil {
		return err
	}
	if err := access.May(r.Who, "plan.endorse", got.Plan.Header); err != nil {
		return err
	}
	p := EndorsePage{
		Page: r.Page, Name: say(got.Plan.Value.Title, r.Lang), Version: got.Plan.Value.Version, Rev: r.seenRev(got.Plan.Rev),
		Seen: project.Print(got.All), Total: len(got.All), Conflict: status == http.StatusConflict,
	}
	if p.With, err = s.seenWith(r, got.Plan.Header); err != nil {
		return err
	}
	switch {
	case p.Conflict:
		if p.Moved, err = s.allMoved(r); err != nil {
			return err
		}
		now, err := s.objects.Contents(r.Context(), r.Who, got.Plan.Header)
		if err != nil {
			return err
		}
		p.Rev, p.With = got.Plan.Rev, now.String()
	case r.Method == http.MethodPost:
		p.Seen = r.PostFormValue("seen")
	}
	p.Title = p.T("plan.endorse.title", "n", p.Version)
	p.Mark = got.Plan.Mark
	p.Leave = p.To("/plans/", got.Plan.ID)
	p.Action = p.To("/plans/", got.Plan.ID, "/endorse")
	if p.Readers, err = s.audience(r, got.Plan.Audience); err != nil {
		return err
	}
	f := &form{Words: p.Words, kind: "baseline", values: values, faults: p.byPath(faults)}
	if err := s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		f.langs, err = access.Languages(ctx, tx, p.Dialogue.ID)
		return err
	}); err != nil {
		return err
	}
	p.Fields = f.fields("", shape.Describe[endorsement]())
	p.Faults = p.Page.Faults(faults)
	return s.show(r, status, "plan_endorse", p)
}
