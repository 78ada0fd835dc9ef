package web

import (
	"context"
	"slices"
	"strings"

	"entente/access"
	"entente/bundle"
	"entente/exchange"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/roster"
)

// hindrances say of an institution that was asked and has not answered why it cannot, or who does in
// its place. ns names what the reader may read: a successor of whom the reader does not know is not told.
func hindrances(w Words, ns names, a exchange.Awaited) (out []string) {
	if a.Ended != "" {
		said := w.T("owes.ended", "date", w.Date(a.Ended))
		if t, ok := ns[ref.ID(a.Institution)]; ok {
			said = w.T("owes.succeeded", "date", w.Date(a.Ended), "name", t.Text)
		}
		out = append(out, said)
	}
	switch a.Why {
	case roster.Unseen:
		out = append(out, w.T("owes.unseen"))
	case roster.Unstaffed:
		out = append(out, w.T("owes.nobody"))
	}
	return out
}

// hindered says in one line which of those asked cannot answer a call, and why; empty where all can,
// and to who may not know it.
func (row *CallRow) hindered(v exchange.CallView, ns names) {
	if !v.Knows || v.Value.State != exchange.Open {
		return
	}
	var said []string
	idle := len(v.Open) > 0
	for _, i := range v.Value.To {
		a, open := v.Open[i]
		if !open {
			continue
		}
		idle = idle && a.Idle()
		name := row.T("audience.hidden.institution")
		if t, ok := ns[ref.ID(i)]; ok {
			name = t.Short
		}
		if why := hindrances(row.Words, ns, a); len(why) > 0 {
			said = append(said, row.T("owes.row", "name", name, "why", strings.Join(why, row.T("public.comma"))))
		}
	}
	row.Hindered = strings.Join(said, row.T("statement.semicolon"))
	if idle {
		row.State = StateWord{"is-unknown", row.T("owes.none")}
	}
}

// callNames reads the names of who answers for those that were asked.
func (s *Server) callNames(r *Request, vs ...exchange.CallView) (names, error) {
	var ids []ref.ID
	for _, v := range vs {
		for i, a := range v.Open {
			ids = append(ids, ref.ID(i), ref.ID(a.Institution))
		}
	}
	return s.named(r, ids...)
}

// owing finds who answers for the institutions that owe duties, and to who may know it why nobody can.
func (s *Server) owing(r *Request, ds []access.Duty) (map[ref.ID]exchange.Awaited, error) {
	out := map[ref.ID]exchange.Awaited{}
	var to []ref.Institution
	var about []ref.ID
	for _, d := range ds {
		if d.Done == "" && d.Principal.Kind() == "institution" {
			to, about = append(to, ref.Institution(d.Principal.ID())), append(about, d.Object)
		}
	}
	if len(to) == 0 {
		return out, nil
	}
	err := s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		at, err := roster.Responding(ctx, tx, to...)
		if err != nil {
			return err
		}
		readers, err := access.Audiences(ctx, tx, r.Who, about...)
		if err != nil {
			return err
		}
		wholes, err := access.Wholes(ctx, tx, r.Who, about...)
		if err != nil {
			return err
		}
		for _, d := range ds {
			i := ref.Institution(d.Principal.ID())
			if d.Done != "" || !slices.Contains(to, i) {
				continue
			}
			a := exchange.Awaited{Respondent: at.For(i)}
			if r.Who.Holds(access.ProjectTeam) || d.OwedTo(r.Who) || d.OwedBy(r.Who) {
				open := []access.Audience{readers[d.Object]}
				if whole, ok := wholes[d.Object]; ok && d.Kind != access.DutyTranslate {
					open = append(open, whole)
				}
				if a.Why, err = at.Hindered(ctx, tx, i, open...); err != nil {
					return err
				}
			}
			out[d.ID] = a
		}
		return nil
	})
	return out, err
}

// hindrances say of a duty why nobody can do it, or in whose place the reader does.
func (x dutyReader) hindrances(d access.Duty) (out []string) {
	a, ok := x.owing[d.ID]
	if !ok {
		return nil
	}
	if d.OwedBy(x.r.Who) && a.Ended != "" {
		out = append(out, x.w.T("owes.as-successor", "name", x.who(d.Principal)))
		a.Ended = ""
	}
	return append(out, hindrances(x.w, x.names, a)...)
}

// debtor says who owes a duty: who answers for the institution that was asked, as its successor.
func (x dutyReader) debtor(d access.Duty) string {
	a := x.owing[d.ID]
	t, ok := x.names[ref.ID(a.Institution)]
	if a.Ended == "" || !ok {
		return x.who(d.Principal)
	}
	name := t.Short
	if x.full {
		name = t.Text
	}
	return x.w.T("owes.by", "name", name, "of", x.who(d.Principal))
}

// leaving says what becomes of the duties of a person's institution when that person leaves, before it
// is done; empty where somebody else is there. It gives a number of those alone that the reader may know.
func (s *Server) leaving(r *Request, id ref.Person) (said string, err error) {
	at, n, last, err := s.roster.Leaving(r.Context(), r.Who, id)
	if err != nil || !last {
		return "", err
	}
	name, err := s.institutionName(r, at)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if n > 0 {
		return r.Page.T("owes.leaving", "n", n, "name", name.Text), nil
	}
	return r.Page.T("owes.leaving-last", "name", name.Text), nil
}

// emptied says which institutions an act leaves without anybody who could do what they were asked, and
// where that comes later, from when on.
func (s *Server) emptied(r *Request, left []bundle.Vacated) (said []string, err error) {
	var ids []ref.Institution
	for _, v := range left {
		ids = append(ids, v.Institution)
	}
	known, err := s.roster.Named(r.Context(), r.Who, ids...)
	for _, v := range left {
		at, ok := known[v.Institution]
		if !ok {
			continue
		}
		args := []any{"n", v.Duties, "name", say(at.Name(), r.Lang).Text}
		if v.Later {
			said = append(said, r.Page.T("owes.empties-later", append(args, "date", r.Page.Date(when.DateOf(v.From)))...))
		} else {
			said = append(said, r.Page.T("owes.empties", args...))
		}
	}
	return said, err
}

// spelled gives the arguments of a fault in the reader's words: days and names come as they are kept.
func (w Words) spelled(args []any) []any {
	out := slices.Clone(args)
	for i, a := range out {
		switch a := a.(type) {
		case when.Date:
			out[i] = w.Date(a)
		case text.Multi:
			out[i] = say(a, w.Lang).Text
		}
	}
	return out
}
