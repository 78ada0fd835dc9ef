package web

import (
	"html/template"
	"strings"

	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
)

// BitextPage shows every text of an object in two languages, paragraph beside paragraph.
type BitextPage struct {
	Page
	Name  Said
	ID    ref.ID
	Leave string
	Left  string // languages, the page's own first
	Right string
	Rows  []BitextRow
}

// BitextRow is one text of the object.
type BitextRow struct {
	Label string
	Pairs []BitextPair
	Owed  Owed
	Notes []string // of translations that are not confirmed
	Third Said     // the original of these, where it stands in neither column
}

// BitextPair is one paragraph in both languages; a side without one is a gap.
type BitextPair struct {
	Left, Right template.HTML
}

func (s *Server) bitextPage(r *Request) error {
	h, value, err := s.objects.Get(r.Context(), r.Who, r.PathValue("id"))
	if err != nil {
		return err
	}
	p := BitextPage{Page: r.Page, Name: nameOf(value, r.Lang), ID: h.ID, Leave: objectPath(h.Kind, h.ID), Left: r.Lang, Right: "zh"}
	if r.Lang == "zh" {
		p.Right = "en"
	}
	p.Title = p.T("bitext.title", "name", p.Name.Text)
	f := &form{Words: p.Words, kind: h.Kind}
	for _, t := range shape.Texts(value) {
		if t.Value.Empty() {
			continue
		}
		row := BitextRow{Label: f.pathLabel(t.Path, t.Field)}
		other := say(t.Value, p.Right)
		if mine := say(t.Value, p.Left); mine.Owed() {
			row.Owed = p.owed(mine)
		} else if other.Owed() {
			row.Owed = p.owed(other)
		}
		for _, l := range []string{p.Left, p.Right} {
			if v, ok := t.Value.Unconfirmed(l); ok {
				row.Notes = append(row.Notes, tongue(p.Words, l)+p.T("list.colon")+p.besideNote(t.Value, v))
				if orig := t.Value.OriginalLang(); orig != p.Left && orig != p.Right {
					row.Third = Said{Text: t.Value.Get(orig), Lang: orig}
				}
			}
		}
		left, right := paragraphs(t, p.Left), paragraphs(t, p.Right)
		for i := range max(len(left), len(right)) {
			var pair BitextPair
			if i < len(left) {
				pair.Left = left[i]
			}
			if i < len(right) {
				pair.Right = right[i]
			}
			row.Pairs = append(row.Pairs, pair)
		}
		p.Rows = append(p.Rows, row)
	}
	return s.ok(r, "bitext", p)
}

// paragraphs renders the text in exactly this language, a part for each paragraph.
func paragraphs(t shape.MultiText, lang string) []template.HTML {
	src := t.Value[lang].Text
	if src == "" {
		return nil
	}
	if t.Field.Style != shape.Markdown {
		return []template.HTML{written(text.OneLine(src))}
	}
	var out []template.HTML
	for p := range strings.SplitSeq(src, "\n\n") {
		if strings.TrimSpace(p) != "" {
			out = append(out, text.HTML(p))
		}
	}
	return out
}
