package web

import (
	"context"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/standard/tlp"
)

// Acts is the quiet row beside an object that has no page of its own: what the reader may do with
// it, and its mark as long as the public does not see it.
type Acts struct {
	Words
	Mark  tlp.Label // empty: public
	Links []Link
}

// acts gives the rows for objects that one page lists: what the project team may do, and for all
// who are signed in what institutions said. A list's headers come without their audiences, which
// say what is public: they are read at once.
func (s *Server) acts(r *Request, hs ...access.Header) (map[ref.ID]Acts, error) {
	if !r.Who.SignedIn() || len(hs) == 0 {
		return nil, nil
	}
	if !r.Page.Reader.Team {
		out := map[ref.ID]Acts{}
		for _, h := range hs {
			out[h.ID] = Acts{Words: r.Page.Words, Links: []Link{saidOf(r, h)}}
		}
		return out, nil
	}
	ids := make([]ref.ID, 0, len(hs))
	for _, h := range hs {
		ids = append(ids, h.ID)
	}
	var audiences map[ref.ID]access.Audience
	err := s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		audiences, err = access.Audiences(ctx, tx, r.Who, ids...)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := map[ref.ID]Acts{}
	for _, h := range hs {
		h.Audience = audiences[h.ID]
		out[h.ID] = actsOn(r, h)
	}
	return out, nil
}

// saidOf leads to what institutions said about an object.
func saidOf(r *Request, h access.Header) Link {
	return Link{Said: plainly(r.Page.T("statement.part")), Path: r.Page.To("/objects/", h.ID, "/statements")}
}

// actsOn makes the row of one object. The header must have its audience.
func actsOn(r *Request, h access.Header) Acts {
	out := Acts{Words: r.Page.Words}
	add := func(act, path, key string) {
		if access.May(r.Who, act, h) == nil {
			out.Links = append(out.Links, Link{Said: plainly(r.Page.T(key)), Path: r.Page.To("/objects/", h.ID, path)})
		}
	}
	add(h.Kind+".edit", "/edit", "act.edit")
	if h.Audience.Has(access.Anyone) {
		add(access.ActOn(h.Kind, "withdraw"), "/withdraw", "act.withdraw")
	} else {
		out.Mark = h.Mark
		add(access.ActOn(h.Kind, "publish"), "/publish", "act.publish")
	}
	add(access.ActOn(h.Kind, "audience"), "/audience", "act.audience")
	out.Links = append(out.Links, Link{Said: plainly(r.Page.T("act.history")), Path: r.Page.To("/objects/", h.ID, "/history")}, saidOf(r, h))
	add(access.ActOn(h.Kind, "remove"), "/remove", "act.remove")
	return out
}

// headersOf gives the headers of a list.
func headersOf[T any](list []access.Object[T]) []access.Header {
	out := make([]access.Header, 0, len(list))
	for _, o := range list {
		out = append(out, o.Header)
	}
	return out
}
