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
	Mark     tlp.Label // empty: public
	National string
	Name     Said // of the object, for who hears the links out of their row
	Links    []Link
}

// acts gives the rows for objects that one page lists: what the project team may do, and for all
// who are signed in what institutions said, and the inner room of the reader's side. A list's headers come without their audiences, which
// say what is public: they are read at once.
func (s *Server) acts(r *Request, hs ...access.Header) (map[ref.ID]Acts, error) {
	if !r.Who.SignedIn() || len(hs) == 0 {
		return nil, nil
	}
	ids := make([]ref.ID, 0, len(hs))
	for _, h := range hs {
		ids = append(ids, h.ID)
	}
	ts, err := s.titles(r, ids...)
	if err != nil {
		return nil, err
	}
	inside, err := s.insideLinks(r, ids...)
	if err != nil {
		return nil, err
	}
	out := map[ref.ID]Acts{}
	if !r.Page.Reader.Team {
		for _, h := range hs {
			row := Acts{Words: r.Page.Words, Name: inPage(ts[h.ID].Text, ts[h.ID].Lang, r.Lang), Links: []Link{saidOf(r, h)}}
			if l, ok := inside[h.ID]; ok {
				row.Links = append(row.Links, Link{Said: plainly(r.Page.T("inside.short", "notes", l.Text)), Path: l.Path})
			}
			out[h.ID] = row
		}
		return out, nil
	}
	var audiences map[ref.ID]access.Audience
	err = s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		audiences, err = access.Audiences(ctx, tx, r.Who, ids...)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, h := range hs {
		h.Audience = audiences[h.ID]
		row := rowOf(r, h)
		row.Name = inPage(ts[h.ID].Text, ts[h.ID].Lang, r.Lang)
		out[h.ID] = row
	}
	return out, nil
}

// saidOf leads to what institutions said about an object.
func saidOf(r *Request, h access.Header) Link {
	return Link{Said: plainly(r.Page.T("statement.part")), Path: r.Page.To("/objects/", h.ID, "/statements")}
}

// rowOf makes the row of one object. The header must have its audience.
func rowOf(r *Request, h access.Header) Acts {
	out := Acts{Words: r.Page.Words}
	if !h.Audience.Has(access.Anyone) {
		out.Mark, out.National = h.Mark, h.National
	}
	link := func(path, key string) Link {
		return Link{Said: plainly(r.Page.T(key)), Path: r.Page.To("/objects/", h.ID, path)}
	}
	edit, more := actsOn(r, h)
	if edit != "" {
		out.Links = append(out.Links, link("/edit", "act.edit"))
	}
	out.Links = append(append(out.Links, more...), link("/history", "act.history"), saidOf(r, h))
	return out
}

// actsOn gives what policy lets the reader do with any object: the address of its form, empty where
// it is not the reader's to change, and the further acts. The header must have its audience.
func actsOn(r *Request, h access.Header) (edit string, more []Link) {
	may := func(act string) bool { return access.May(r.Who, act, h) == nil }
	if may(h.Kind + ".edit") {
		edit = r.Page.To("/objects/", h.ID, "/edit")
	}
	add := func(what string) {
		if may(access.ActOn(h.Kind, what)) {
			more = append(more, Link{Said: plainly(r.Page.T("act." + what)), Path: r.Page.To("/objects/", h.ID, "/", what)})
		}
	}
	if h.Audience.Has(access.Anyone) {
		add("withdraw")
	} else {
		add("publish")
	}
	if may(access.AuthorityAct(h.Kind)) {
		more = append(more, Link{Said: plainly(r.Page.T("act.authority." + h.Kind)), Path: r.Page.To("/objects/", h.ID, "/authority")})
	}
	add("audience")
	if !h.IsRoot() {
		add("remove")
	}
	return edit, more
}

// headersOf gives the headers of a list.
func headersOf[T any](list []access.Object[T]) []access.Header {
	out := make([]access.Header, 0, len(list))
	for _, o := range list {
		out = append(out, o.Header)
	}
	return out
}
