package web

import (
	"net/http"
	"strings"
	"time"

	"entente/internal/text"
	"entente/library"
	"entente/standard/docx"
	"entente/standard/tlp"
)

// docxType is the media type of a word processor document (ISO/IEC 29500-1, annex).
const docxType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

// markColours are the colours in which FIRST draws the labels on black (TLP 2.0, section 3).
var markColours = map[tlp.Label]string{tlp.CLEAR: "FFFFFF", tlp.GREEN: "33FF00", tlp.AMBER: "FFC000", tlp.AMBERSTRICT: "FFC000", tlp.RED: "FF2B2B"}

// briefFile gives the brief as a document, to be worked on further and printed.
func (s *Server) briefFile(r *Request) error {
	p, err := s.brief(r)
	if err != nil {
		return err
	}
	b, err := docx.Bytes(p.document(time.Now()))
	if err != nil {
		return err
	}
	h := r.W.Header()
	shut(h)
	h.Set("Content-Type", docxType)
	h.Set("Content-Disposition", attachment(library.MarkedName(p.Mark, p.National, library.CleanName(p.Title+".docx"))))
	r.W.WriteHeader(http.StatusOK)
	_, err = r.W.Write(b)
	return err
}

// document is the brief for a word processor: the same parts in the same order as on the page.
func (p BriefPage) document(now time.Time) docx.Document {
	d := docx.Document{
		Title: p.Title, Language: p.Lang, Creator: p.From.Text, Created: now.UTC().Truncate(time.Second), Layout: docx.Memo,
		Header: strings.Join(nonEmpty(p.Dialogue.Name.Text, p.National), " · "), Mark: docx.Mark{Text: string(p.Mark), Colour: markColours[p.Mark]},
	}
	if p.Lang == "zh" {
		d.Layout = docx.Official
		d.Layout.Size, d.Layout.Line, d.Layout.TitleSize = 28, 480, 40
	}
	// One sheet, with room for the leader's hand: the margins of the page that is printed.
	d.Layout.Top, d.Layout.Right, d.Layout.Bottom, d.Layout.Left = 1134, 1077, 1021, 1077
	if p.Small {
		d.Layout.Size, d.Layout.Line, d.Layout.TitleSize = d.Layout.Size-4, d.Layout.Line*5/6, d.Layout.TitleSize-4
	}
	heading := func(key string) { d.Body = append(d.Body, docx.Heading{Level: 1, Text: docx.Text(p.T(key))}) }
	say := func(style docx.Style, runs ...docx.Run) {
		d.Body = append(d.Body, docx.Paragraph{Style: style, Text: runs})
	}
	say(docx.Letterhead, p.from()...)
	d.Body = append(d.Body, docx.Title{Text: docx.Text(p.Title)})
	heading("brief.matter")
	say("", docx.Run{Text: p.Matter}, docx.Run{Text: p.T("brief.asked", "date", p.Asked)})
	heading("brief.background")
	var facts []docx.Run
	for i, f := range p.Facts {
		if i > 0 {
			facts = append(facts, docx.Run{Text: p.T("list.semicolon")})
		}
		facts = append(facts, docx.Run{Text: f.Label + p.T("list.colon")}, run(f.Value))
	}
	if len(facts) > 0 {
		say("", facts...)
	}
	d.Body = append(d.Body, passages(p.Background)...)
	if len(p.Background)+len(p.Facts) == 0 {
		say("", docx.Run{Text: p.T("brief.no-background")})
	}
	say(docx.Small, docx.Run{Text: p.T("brief.where") + p.Space()}, docx.Run{Text: p.Where, Link: p.Where})
	heading("brief.deadline")
	say("", docx.Run{Text: p.Due, Bold: true}, docx.Run{Text: p.Left})
	heading("brief.readers")
	say("", docx.Run{Text: p.Sentence})
	heading("brief.reply")
	switch {
	case len(p.Full) > 0:
		say("", docx.Run{Text: p.T("brief.attached")})
	case len(p.Reply) > 0:
		d.Body = append(d.Body, passages(p.Reply)...)
	default:
		d.Body = append(d.Body, docx.Lines{N: briefLines})
	}
	if p.Source != "" {
		say(docx.Small, docx.Run{Text: p.Source})
	}
	d.Body = append(d.Body, docx.Space{Label: docx.Text(p.T("brief.note")), Height: 40})
	say(docx.Signature, docx.Run{Text: p.T("brief.prepared")}, run(p.Drafter), docx.Run{Text: "\n" + p.Today})
	if len(p.Full) > 0 {
		d.Body = append(d.Body, docx.Break{})
		heading("brief.full")
		d.Body = append(d.Body, passages(p.Full)...)
	}
	return d
}

// briefLines is how many lines stand empty where no reply is proposed yet.
const briefLines = 4

// from is the letterhead: who writes, and that it is a brief.
func (p BriefPage) from() []docx.Run {
	return []docx.Run{run(p.From), {Text: p.T("brief.letterhead")}}
}

// run is a text as a document tags it.
func run(s Said) docx.Run { return docx.Run{Text: s.Text, Lang: s.Lang} }

// passages gives texts in blocks of a document, each tagged with its language.
func passages(ps []Passage) (out []docx.Block) {
	for _, p := range ps {
		if p.Cut {
			out = append(out, docx.Paragraph{Text: []docx.Run{{Text: p.Text, Lang: p.Lang}}})
			continue
		}
		out = append(out, documentBlocks(text.Blocks(p.Text), p.Lang)...)
	}
	return out
}

// documentBlocks gives a rendered text as a document has it. Its headings stand below those of the
// sheet.
func documentBlocks(list []text.Block, lang string) (out []docx.Block) {
	runs := func(spans []text.Span) (rs []docx.Run) {
		for _, s := range spans {
			rs = append(rs, docx.Run{Text: s.Text, Lang: lang, Bold: s.Bold, Italic: s.Italic, Fixed: s.Code, Link: s.Link})
		}
		return rs
	}
	for _, b := range list {
		switch b.Kind {
		case text.ParagraphBlock, text.CodeBlock:
			out = append(out, docx.Paragraph{Text: runs(b.Spans)})
		case text.HeadingBlock:
			out = append(out, docx.Heading{Level: b.Level + 1, Text: runs(b.Spans)})
		case text.ListBlock:
			l := docx.List{Ordered: b.Ordered, Start: b.Start}
			for _, item := range b.Items {
				l.Items = append(l.Items, documentBlocks(item, lang))
			}
			out = append(out, l)
		case text.QuoteBlock:
			for _, item := range b.Items {
				out = append(out, docx.Quote{Body: documentBlocks(item, lang)})
			}
		case text.RuleBlock:
			out = append(out, docx.Rule{})
		case text.TableBlock:
			var t docx.Table
			for i, row := range b.Rows {
				var cells []docx.Cell
				for _, c := range row {
					cells = append(cells, docx.Words(runs(c)...))
				}
				if i == 0 {
					t.Head = cells
				} else {
					t.Rows = append(t.Rows, cells)
				}
			}
			out = append(out, t)
		}
	}
	return out
}

// nonEmpty leaves out empty texts.
func nonEmpty(list ...string) (out []string) {
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}
