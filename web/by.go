package web

import (
	"cmp"

	"entente/access"
	"entente/exchange"
	"entente/internal/ref"
	"entente/ledger"
)

// callOf gives the call that a statement answers, "" of anything else.
func callOf(value any) ref.ID {
	if v, ok := value.(*exchange.Statement); ok {
		return ref.ID(v.Call)
	}
	return ""
}

// actorIDs gives what byWords names.
func actorIDs(by ledger.By) []ref.ID {
	return append([]ref.ID{by.Person, by.Institution, by.OnBehalfOf}, by.SuccessorOf...)
}

// byWords says who acted, on whose behalf and in whose place, as far as the reader may know.
func (s *Server) byWords(p *Page, ts map[ref.ID]access.Title, by ledger.By) string {
	who := p.T("by.somebody")
	switch {
	case by.Operator != "":
		who = p.T("by.operator", "command", by.Operator)
	case ts[by.Person].Text != "":
		who = ts[by.Person].Text
	case ts[by.Institution].Text != "":
		who = ts[by.Institution].Short
	}
	short := func(id ref.ID) string { return cmp.Or(ts[id].Short, ts[id].Text, p.T("audience.hidden.institution")) }
	if by.OnBehalfOf != "" {
		who = p.T("by.behalf", "who", who, "institution", short(by.OnBehalfOf))
	}
	if len(by.SuccessorOf) == 0 {
		return who
	}
	var before []string
	for _, id := range by.SuccessorOf {
		before = append(before, short(id))
	}
	return p.T("by.successor", "who", who, "name", p.list(before))
}
