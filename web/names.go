package web

import (
	"entente/access"
	"entente/exchange"
	"entente/internal/message"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
)

// names are the titles of objects that a page points at, as far as the reader may read them.
type names map[ref.ID]access.Title

// named reads the titles of objects in one query.
func (s *Server) named(r *Request, ids ...ref.ID) (names, error) {
	ts, err := s.titles(r, ids...)
	return ts, err
}

// idsOf gives bare ids.
func idsOf[R ref.Ref](rs ...R) []ref.ID {
	out := make([]ref.ID, 0, len(rs))
	for _, r := range rs {
		out = append(out, r.RefID())
	}
	return out
}

// linkTo leads to an object by its full title.
func linkTo(w Words, t access.Title) Link {
	l := Link{Said: Said{Text: t.Text}, Path: objectPath(t.Kind, t.ID)}
	if t.Text == "" { // an acknowledgement of receipt has no words
		l.Said = plainly(capital(w.T("kind." + t.Kind)))
		return l
	}
	if t.Lang != w.Lang {
		l.Lang = t.Lang
	}
	return l
}

// briefTo leads to an object by its short title, where it has one.
func briefTo(w Words, t access.Title) Link {
	l := linkTo(w, t)
	l.Text = t.Short
	return l
}

// linksTo leads to several objects. What the reader may not read is left out.
func (n names) linksTo(w Words, ids ...ref.ID) []Link {
	var out []Link
	for _, id := range ids {
		if t, ok := n[id]; ok {
			out = append(out, linkTo(w, t))
		}
	}
	return out
}

// briefsTo is linksTo with short titles.
func (n names) briefsTo(w Words, ids ...ref.ID) []Link {
	var out []Link
	for _, id := range ids {
		if t, ok := n[id]; ok {
			out = append(out, briefTo(w, t))
		}
	}
	return out
}

// inOther gives a text in another language than the reader's, where it has one of its own: the
// line under a title.
func inOther(m text.Multi, lang string) Said {
	first, shown := m.In(lang)
	for _, l := range message.Languages {
		if s, in := m.In(l); shown == lang && in == l && l != lang && s != first {
			return Said{Text: s, Lang: l}
		}
	}
	return Said{}
}

// sayAll gives several texts to be shown.
func sayAll(ms []text.Multi, lang string) []Said {
	var out []Said
	for _, m := range ms {
		if !m.Empty() {
			out = append(out, say(m, lang))
		}
	}
	return out
}

// stateClasses are the classes of the states of objects; the word stands beside the sign.
var stateClasses = map[string]string{
	"held": "is-held", "reached": "is-done", "ended": "is-done", "endorsed": "is-agreed",
	"planned": "is-planned", "open": "is-waiting", "prepared": "is-planned",
	"under-way": "is-underway", "running": "is-underway",
	"proposed": "is-draft", "draft": "is-draft",
	"postponed": "is-postponed", "cancelled": "is-cancelled", "dropped": "is-withdrawn",
}

// StateWord is a state as a page shows it: its sign and its word.
type StateWord struct{ Class, Word string }

// stateWord makes the sign and the word of an object's state.
func stateWord(w Words, kind string, state string) StateWord {
	if state == "" {
		return StateWord{}
	}
	c, ok := stateClasses[state]
	if !ok {
		c = "is-unknown"
	}
	return StateWord{c, capital(w.Option(kind, "state", state))}
}

// Facts are what is known of an object, as a list of words and values.
type Facts struct {
	Words
	List []Fact
}

// Fact is one line of it: a text, links, or a state, and a word beside it.
type Fact struct {
	Label string
	Said
	Links []Link
	Mark  StateWord
	Aside Said
}

// add notes a text that is not empty.
func (f *Facts) add(label string, s Said, aside ...Said) {
	if s.Text != "" {
		f.List = append(f.List, Fact{Label: f.T(label), Said: s, Aside: firstSaid(aside)})
	}
}

// multi notes a text in several languages.
func (f *Facts) multi(label string, m text.Multi) { f.add(label, say(m, f.Lang)) }

// links notes what the reader may open.
func (f *Facts) links(label string, ls []Link) {
	if len(ls) > 0 {
		f.List = append(f.List, Fact{Label: f.T(label), Links: ls})
	}
}

// state notes a state.
func (f *Facts) state(label string, s StateWord, aside ...Said) {
	if s.Word != "" {
		f.List = append(f.List, Fact{Label: f.T(label), Mark: s, Aside: firstSaid(aside)})
	}
}

func firstSaid(list []Said) Said {
	if len(list) == 0 {
		return Said{}
	}
	return list[0]
}

// plainly gives a text that is in the page's own language.
func plainly(s string) Said { return Said{Text: s} }

// inRoom sets what every page of an object shares: its title, its room, the mark on every printed
// sheet, the description of a share card.
func (r *Request) inRoom(room string, h Head, describe Said) {
	r.in(room)
	for i := range r.Page.Sections { // of the public site
		s := &r.Page.Sections[i]
		s.Here = s.Here || len(h.Trail) > 0 && s.Path == h.Trail[0].Path
	}
	r.Page.Title = h.Title.Text
	if r.Who.SignedIn() {
		r.Page.Mark = h.Mark
	}
	r.Page.Describe = text.Excerpt(describe.Text, described)
}

// described is how many characters the description of a page has at most.
const described = 300

// nameOf gives the first labelled text of a value: its title or name.
func nameOf(value any, lang string) Said {
	if v, ok := value.(*exchange.Statement); ok {
		return nameOfStatement(v, lang)
	}
	if n, ok := value.(interface{ Name() text.Multi }); ok {
		return say(n.Name(), lang)
	}
	for _, t := range shape.Texts(value) {
		if t.Field.Label && t.Field.Said {
			return Words{lang}.line(t.Value)
		}
		if t.Field.Label {
			return say(t.Value, lang)
		}
	}
	return Said{}
}
