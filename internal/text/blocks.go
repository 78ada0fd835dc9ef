package text

import (
	"bytes"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// BlockKind is what a block of a text is.
type BlockKind string

// The kinds of block.
const (
	ParagraphBlock BlockKind = "paragraph"
	HeadingBlock   BlockKind = "heading"
	ListBlock      BlockKind = "list"
	QuoteBlock     BlockKind = "quote"
	CodeBlock      BlockKind = "code"
	TableBlock     BlockKind = "table"
	RuleBlock      BlockKind = "rule"
)

// Block is a part of a text, for a file format that is not HTML.
type Block struct {
	Kind    BlockKind
	Level   int        // of a heading, from 1
	Ordered bool       // of a list
	Start   int        // number of an ordered list's first item
	Spans   []Span     // of a paragraph, heading or code
	Items   [][]Block  // of a list; of a quotation the one
	Rows    [][][]Span // of a table; the first is its head
}

// Span is words of one kind. A line break is "\n".
type Span struct {
	Text               string
	Bold, Italic, Code bool
	Link               string
}

// Blocks gives Markdown as HTML gives it, in parts: the same words, nothing that HTML would refuse.
func Blocks(src string) []Block {
	root, err := html.Parse(bytes.NewReader(policy.SanitizeBytes(render(src))))
	if err != nil {
		return []Block{{Kind: ParagraphBlock, Spans: []Span{{Text: src}}}} // a Reader of bytes gives them all
	}
	return blocksIn(root)
}

func blocksIn(n *html.Node) (out []Block) {
	var loose []Span // words that stand in no paragraph, as in a tight list
	flush := func() {
		if loose = trimSpans(loose); len(loose) > 0 {
			out = append(out, Block{Kind: ParagraphBlock, Spans: loose})
		}
		loose = nil
	}
	for c := range n.ChildNodes() {
		var b Block
		switch c.DataAtom {
		case atom.Html, atom.Head, atom.Body:
			out = append(out, blocksIn(c)...)
			continue
		case atom.P:
			b.Kind, b.Spans = ParagraphBlock, trimSpans(spans(c, Span{}))
		case atom.H3, atom.H4, atom.H5, atom.H6:
			b.Kind, b.Spans = HeadingBlock, trimSpans(spans(c, Span{}))
			b.Level = int(c.Data[1]-'0') - 2
		case atom.Ul, atom.Ol:
			b.Kind, b.Ordered, b.Start = ListBlock, c.DataAtom == atom.Ol, 1
			if n, err := strconv.Atoi(attribute(c, "start")); err == nil {
				b.Start = n
			}
			for item := range c.ChildNodes() {
				if item.DataAtom == atom.Li {
					b.Items = append(b.Items, blocksIn(item))
				}
			}
		case atom.Blockquote:
			b.Kind, b.Items = QuoteBlock, [][]Block{blocksIn(c)}
		case atom.Pre:
			b.Kind, b.Spans = CodeBlock, []Span{{Text: strings.TrimRight(contentOf(c), "\n"), Code: true}}
		case atom.Hr:
			b.Kind = RuleBlock
		case atom.Table:
			b.Kind, b.Rows = TableBlock, rows(c)
		default:
			loose = append(loose, spansOf(c, Span{})...)
			continue
		}
		flush()
		out = append(out, b)
	}
	flush()
	return out
}

// spans gives the words within a node, spansOf those of the node itself.
func spans(n *html.Node, as Span) (out []Span) {
	for c := range n.ChildNodes() {
		out = append(out, spansOf(c, as)...)
	}
	return out
}

func spansOf(n *html.Node, as Span) []Span {
	if n.Type == html.TextNode {
		as.Text = strings.ReplaceAll(n.Data, "\n", " ")
		return []Span{as}
	}
	switch n.DataAtom {
	case atom.Br:
		as.Text = "\n"
		return []Span{as}
	case atom.Strong:
		as.Bold = true
	case atom.Em:
		as.Italic = true
	case atom.Code:
		as.Code = true
	case atom.A:
		as.Link = attribute(n, "href")
	}
	return spans(n, as)
}

// trimSpans takes off what HTML does not show: space at the ends and after a line break.
func trimSpans(list []Span) (out []Span) {
	begins := true
	for _, s := range list {
		if begins {
			s.Text = strings.TrimLeft(s.Text, " ")
		}
		if s.Text == "" {
			continue
		}
		begins = strings.HasSuffix(s.Text, "\n")
		out = append(out, s)
	}
	for len(out) > 0 {
		last := &out[len(out)-1]
		if last.Text = strings.TrimRight(last.Text, " \n"); last.Text != "" {
			break
		}
		out = out[:len(out)-1]
	}
	return out
}

func rows(table *html.Node) (out [][][]Span) {
	for n := range table.Descendants() {
		if n.DataAtom != atom.Tr {
			continue
		}
		var row [][]Span
		for c := range n.ChildNodes() {
			if c.DataAtom == atom.Th || c.DataAtom == atom.Td {
				row = append(row, trimSpans(spans(c, Span{})))
			}
		}
		out = append(out, row)
	}
	return out
}

func contentOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
