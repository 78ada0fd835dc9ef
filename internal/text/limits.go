package text

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// What bounds the work of rendering. Markdown lets a parser look ahead from every sign, nest
// without end, and fill up what a table lacks; a text made for it takes the square of its length,
// in time or in memory. No limit here is within reach of what people write, and what is beyond one
// is shown as the text it is. So nothing has to be refused, and what was stored before a limit
// was there is shown as well.
const (
	maxSigns   = 4000   // brackets and runs of * and _ that are read as signs in one block
	maxAddress = 4000   // bytes in which the address of a link must end
	maxDepth   = 30     // quotations and lists that begin in one line
	maxIndent  = 240    // columns of white space at the beginning of a line
	freeCells  = 10_000 // cells that tables of a text may have beyond one for each of its bytes
	maxPipes   = 1000   // escaped pipes in the tables of a text
)

var (
	signsKey = parser.NewContextKey()
	cellsKey = parser.NewContextKey()
)

type signs struct {
	parent ast.Node
	n      int
}

// tooMany counts a sign in a block. Matching signs costs the square of their number.
func tooMany(parent ast.Node, pc parser.Context) bool {
	s, _ := pc.Get(signsKey).(*signs)
	if s == nil || s.parent != parent {
		s = &signs{parent: parent}
		pc.Set(signsKey, s)
	}
	s.n++
	return s.n > maxSigns
}

// bounded is goldmark's parser of links within the limits.
type bounded struct{ parser.InlineParser }

func (b bounded) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, _ := block.PeekLine()
	if tooMany(parent, pc) || !addressEnds(line) {
		return nil
	}
	return b.InlineParser.Parse(parent, block, pc)
}

// CloseBlock passes on what goldmark's parser of links needs to hear.
func (b bounded) CloseBlock(parent ast.Node, block text.Reader, pc parser.Context) {
	if c, ok := b.InlineParser.(parser.CloseBlocker); ok {
		c.CloseBlock(parent, block, pc)
	}
}

// addressEnds says whether the address of a link, should one stand at the beginning of a line that
// begins with "](", ends within maxAddress: goldmark looks for its end through all of the line.
func addressEnds(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte("]("))
	if rest = bytes.TrimLeft(rest, " \t"); !ok || len(rest) <= maxAddress {
		return true
	}
	rest = rest[:maxAddress]
	if rest[0] == '<' {
		return bytes.IndexByte(rest, '>') > 0
	}
	open := 0
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case ' ', '\t', '\r', '\f', '\v':
			return true
		case '\\':
			i++ // what follows is no sign
		case '(':
			open++
		case ')':
			if open--; open < 0 {
				return true
			}
		}
	}
	return false
}

// marker is one sign of a quotation or a list item.
var marker = regexp.MustCompile(`^(?:>|(?:[-*+]|[0-9]{1,9}[.)])(?:[ \t]|$))`)

// flatten takes out what stands beyond maxDepth and maxIndent at the beginning of a line: every
// line is compared with all lists and quotations that are open before it, and they can be as many
// as the white space before it is wide.
func flatten(src string) string {
	var b strings.Builder
	done := 0 // src[:done] is in b; nothing is copied while nothing is taken out
	drop := func(from, to int) {
		if from < to {
			b.WriteString(src[done:from])
			done = to
		}
	}
	at := 0
	for line := range strings.Lines(src) {
		i, width := 0, 0
		for depth := 0; ; depth++ {
			for ; i < len(line) && width < maxIndent; i++ {
				if line[i] == '\t' {
					width += 4
				} else if line[i] != ' ' {
					break
				} else {
					width++
				}
			}
			blank := i
			for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
				i++
			}
			drop(at+blank, at+i)
			n := len(marker.FindString(line[i:]))
			if n == 0 {
				break
			}
			if depth >= maxDepth {
				drop(at+i, at+i+n)
			}
			i += n
		}
		at += len(line)
	}
	if done == 0 {
		return src
	}
	b.WriteString(src[done:])
	return b.String()
}

// tables is goldmark's reader of tables within the limits. Rows that are shorter than the head are
// filled up with cells, so that a broad head and many short rows are the square of what is
// written; and every cell with an escaped pipe is compared with all others.
type tables struct{ parser.ParagraphTransformer }

type written struct{ cells, pipes int }

func (t tables) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	lines, columns, pipes := node.Lines(), 0, 0
	for i := range lines.Len() {
		s := lines.At(i)
		line := s.Value(reader.Source())
		pipes += bytes.Count(line, []byte(`\|`))
		if len(bytes.Trim(line, "-:| \t\r\n")) == 0 {
			columns = max(columns, bytes.Count(line, []byte("|"))+1)
		}
	}
	if columns == 0 {
		return
	}
	w := pc.ComputeIfAbsent(cellsKey, func() any { return &written{} }).(*written)
	w.cells += columns * lines.Len()
	w.pipes += pipes
	if w.cells > len(reader.Source())+freeCells || w.pipes > maxPipes {
		return
	}
	t.ParagraphTransformer.Transform(node, reader, pc)
}
