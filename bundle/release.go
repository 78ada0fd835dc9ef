package bundle

import (
	"strings"

	"entente/dialogue"
	"entente/internal/message"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/meeting"
	"entente/publication"
)

// DraftRelease fills a press release from what is known of a meeting, in every language that the
// meeting's title has: who did what, where and when, the stated numbers with their sources, what
// was said, and empty quotations for those who spoke. Consent to every quotation stands as asked:
// nothing goes out by being drafted. names are the institutions as they were called on the day.
//
// It invents nothing. A date that somebody inferred is not put into a sentence but stands with its
// note; a number that only the register holds is not for the public and is left out.
func DraftRelease(d dialogue.Dialogue, id ref.Meeting, m meeting.Meeting, names map[ref.Institution]text.Multi) publication.Release {
	w := drafter{d: d, m: m, names: names}
	return publication.Release{
		Title: w.each(w.title), Meeting: id, Date: m.Starts, DateNote: m.DateNote, Place: m.Place,
		Lead: w.each(w.lead), Body: w.each(w.body), Figures: w.figures(), Quotations: w.quotations(),
		Contact: w.each(w.contact), Funding: d.Funding,
	}
}

type drafter struct {
	d     dialogue.Dialogue
	m     meeting.Meeting
	names map[ref.Institution]text.Multi
}

// each writes a text in the languages of the meeting's title that the interface has words in. A
// text made of a translation is as good as that translation.
func (w drafter) each(write func(lang text.Lang) string) text.Multi {
	out := text.Multi{}
	for _, l := range message.Languages {
		t, ok := w.m.Title[l]
		if !ok || t.Text == "" {
			continue
		}
		if s := write(l); s != "" {
			v := text.Version{Text: s, Status: text.Original}
			if t.Status == text.Draft || t.Status == text.Machine {
				v.Status = text.Draft
			}
			out[l] = v
		}
	}
	return out
}

func (w drafter) title(l text.Lang) string {
	place := w.m.Place.Get(l)
	if place == "" {
		return w.m.Title[l].Text
	}
	return w.told(l, "title", "title", w.m.Title[l].Text, "place", place)
}

// told gives the words of a sentence about the meeting: as it was, or as it will be.
func (w drafter) told(l text.Lang, sentence string, args ...any) string {
	tense := "release.to-come."
	if w.m.State == meeting.Held {
		tense = "release.held."
	}
	return message.In(l, tense+sentence, args...)
}

// lead is one sentence on the meeting, one on the dialogue.
func (w drafter) lead(l text.Lang) string {
	what := w.told(l, "lead", "title", w.m.Title[l].Text, "dialogue", w.d.Name.Get(l), "where", w.where(l), "when", w.when(l))
	return join(l, what, w.d.Summary.Get(l))
}

func (w drafter) where(l text.Lang) string {
	if p := w.m.Place.Get(l); p != "" {
		return message.In(l, "release.draft.where", "place", p)
	}
	return ""
}

func (w drafter) when(l text.Lang) string {
	from, to := w.m.Starts, w.m.Ends
	if from.IsZero() || from != from.Bare() || to != to.Bare() {
		return ""
	}
	key := "release.draft.in"
	if from.Precision() == when.Day {
		key = "release.draft.on"
	}
	return message.In(l, key, "date", when.On(from, to, l))
}

// body is the account of the meeting, who took part, and what was on the agenda.
func (w drafter) body(l text.Lang) string {
	var parts []string
	if s := w.m.Summary.Get(l); s != "" {
		parts = append(parts, s)
	}
	var who []string
	for _, p := range w.m.Participants {
		if n := w.names[p.Institution].Get(l); n != "" {
			who = append(who, n)
		}
	}
	if len(who) > 0 {
		parts = append(parts, w.told(l, "who", "who", strings.Join(who, message.In(l, "list.comma"))))
	}
	var items []string
	for _, it := range w.m.Agenda {
		items = append(items, "- "+it.Title.Get(l))
	}
	if len(items) > 0 {
		parts = append(parts, message.In(l, "release.draft.agenda")+"\n\n"+strings.Join(items, "\n"))
	}
	return strings.Join(parts, "\n\n")
}

// figures are the numbers that sources state, each with its source, also where they disagree.
func (w drafter) figures() (out []publication.Figure) {
	for _, f := range w.m.Stated {
		t := text.Multi{}
		for l, of := range f.Of {
			key := "release.draft.figure"
			if f.About {
				key = "release.draft.figure-about"
			}
			t[l] = text.Version{Text: message.In(l, key, "count", f.Count, "of", of.Text), Status: of.Status}
		}
		out = append(out, publication.Figure{Text: t, Source: f.Source})
	}
	return out
}

// quotations are the statements, as reported speech, and an empty one for each who spoke and of
// whom no statement is held.
func (w drafter) quotations() (out []publication.Quotation) {
	heard := map[ref.Institution]bool{}
	for _, s := range w.m.Statements {
		q := publication.Quotation{Function: s.Function, Text: s.Text, Indirect: true, Consent: publication.Asked}
		if len(s.Institutions) == 1 {
			q.Institution = s.Institutions[0]
		} else if len(s.Institutions) > 1 {
			q.Function = w.each(func(l text.Lang) string { return w.together(l, s) })
		}
		for _, i := range s.Institutions {
			heard[i] = true
		}
		out = append(out, q)
	}
	asked := map[string]bool{}
	for _, it := range w.m.Agenda {
		for _, sp := range it.Speakers {
			key := string(sp.Institution) + "\n" + sp.Function.Get("")
			if heard[sp.Institution] || asked[key] {
				continue
			}
			asked[key] = true
			out = append(out, publication.Quotation{Function: sp.Function, Institution: sp.Institution, Consent: publication.Asked})
		}
	}
	return out
}

// together names several institutions that made one statement, as a quotation has room for one.
func (w drafter) together(l text.Lang, s meeting.Statement) string {
	var who []string
	for _, i := range s.Institutions {
		if n := w.names[i].Get(l); n != "" {
			who = append(who, n)
		}
	}
	names := strings.Join(who, message.In(l, "list.comma"))
	if f := s.Function.Get(l); f != "" {
		return message.In(l, "release.draft.at", "who", names, "function", f)
	}
	return names
}

func (w drafter) contact(l text.Lang) string {
	c := w.d.Contact
	var parts []string
	for _, s := range []string{c.Title.Get(l), c.Address.Get(l), c.Phone, c.Email} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, message.In(l, "list.comma"))
}

// join sets two sentences behind one another.
func join(l text.Lang, a, b string) string {
	if b == "" {
		return a
	}
	if l == "zh" {
		return a + b
	}
	return a + " " + b
}
