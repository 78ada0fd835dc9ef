package web

import (
	"context"
	"slices"

	"entente/access"
	"entente/internal/ref"
	"entente/internal/text"
)

// judgeRoutes are what an institution says of others' translations of its words.
var judgeRoutes = []Route{
	pins(post("/objects/{id}/translation/confirm", People, "id=meeting/launch-phase-2", judgePost("confirm", (*access.Objects).ConfirmTranslation))),
	pins(post("/objects/{id}/translation/contest", People, "id=meeting/launch-phase-2", judgePost("contest", (*access.Objects).ContestTranslation))),
}

// JudgePart asks an institution whether a translation of its words is right.
type JudgePart struct {
	Words
	Action  string
	Replace string // the form of the object; empty: not the reader's to change
	Rev     int64
	Rows    []JudgeRow
}

// JudgeRow is what waits for the institution's word in one language.
type JudgeRow struct {
	Lang  text.Lang
	Texts []BriefFact
}

// judgePart makes the part of an object's page, nil where nothing waits for the reader's word.
func (s *Server) judgePart(r *Request, h access.Header, value any) *JudgePart {
	if !access.MayJudge(r.Who, h) {
		return nil
	}
	p := &JudgePart{Words: r.Page.Words, Action: r.Page.To("/objects/", h.ID, "/translation"), Rev: h.Rev}
	if access.May(r.Who, h.Kind+".edit", h) == nil {
		p.Replace = r.Page.To("/objects/", h.ID, "/edit")
	}
	f := &form{Words: p.Words, kind: h.Kind}
	k, _ := s.objects.Kind(h.Kind)
	for _, t := range k.Said(value) {
		for _, l := range t.Value.Langs() {
			v, ok := t.Value.Unconfirmed(l)
			if !ok || v.Word == text.Contested {
				continue
			}
			i := slices.IndexFunc(p.Rows, func(row JudgeRow) bool { return row.Lang == l })
			if i < 0 {
				i, p.Rows = len(p.Rows), append(p.Rows, JudgeRow{Lang: l})
			}
			p.Rows[i].Texts = append(p.Rows[i].Texts, BriefFact{f.pathLabel(t.Path+"."+l, t.Field), p.withTranslation(t.Value, l, v)})
		}
	}
	if len(p.Rows) == 0 {
		return nil
	}
	return p
}

// judgePost takes the institution's word on a translation.
func judgePost(act string, do judging) func(*Server, *Request) error {
	return func(s *Server, r *Request) error {
		if err := r.form(); err != nil {
			return err
		}
		h, _, err := s.objects.Get(r.Context(), r.Who, r.PathValue("id"))
		if err != nil {
			return err
		}
		if err := do(s.objects, r.Context(), r.Who, h.ID, r.seenRev(0), r.PostFormValue("language")); err != nil {
			return err
		}
		s.notice(r, "notice.translation."+act)
		return r.redirect(objectPath(h.Kind, h.ID))
	}
}

// judging is an act on the translations of an object into one language.
type judging func(*access.Objects, context.Context, access.Actor, ref.ID, int64, text.Lang) error
