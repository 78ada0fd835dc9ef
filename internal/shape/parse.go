package shape

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"entente/internal/fault"
	"entente/internal/text"
)

// Limits of a file.
const (
	maxFile  = 16 << 20 // bytes
	maxDepth = 40       // mappings and lists within one another
	maxTabs  = 1_000    // tabs in a long line, or < in a row: the scanner looks ahead from each
	maxToken = 50_000   // tokens of one document
)

// Document is one document of a YAML stream: a mapping.
type Document struct {
	Node ast.Node
	Line int // where it begins
}

// Text gives the text that stands under a name at the top of the document and its line; ok is
// false when there is none.
func (d Document) Text(name string) (s string, line int, ok bool) {
	for _, e := range entries(d.Node) {
		if key, isText := textOf(e.Key); isText && key == name {
			s, ok = textOf(e.Value)
			return s, lineOf(e.Key), ok
		}
	}
	return "", d.Line, false
}

// ParseFile splits a YAML stream into its documents. Faults have the file's name as path. We
// take the part of YAML that says one thing in one way: no anchors, aliases, tags, merge keys,
// directives and complex keys.
func ParseFile(name string, data []byte) ([]Document, fault.Fields) {
	if len(data) > maxFile {
		return nil, fault.Fields{{Path: name, Key: FaultLarge, Args: []any{"limit", maxFile >> 20}}}
	}
	src, encoding, ok := text.Decode(data)
	if !ok {
		return nil, fault.Fields{WrongEncoding(name, encoding)}
	}
	src = strings.ReplaceAll(strings.ReplaceAll(src, "\r\n", "\n"), "\r", "\n")
	// A line that begins with a separator ends a document wherever it stands, even within a
	// text. We split here and not in the parser, which loses what follows an empty document.
	p := fileParser{name: name}
	var part strings.Builder
	first, n := 1, 0
	for line := range strings.SplitSeq(src, "\n") {
		n++
		if wideDashes.MatchString(line) {
			p.fail(n, line, FaultSeparator, "line", n)
			line = "---"
		}
		if rest, ok := separator(line); ok {
			if rest != "" && rest[0] != '#' {
				p.fail(n, line, FaultYAML, "detail", "nothing may follow a separator in its line")
			}
			p.document(part.String(), first)
			part.Reset()
			first = n + 1
			continue
		}
		if !utf8.ValidString(line) || strings.Contains(line, "\x00") {
			character, _, column, _ := text.Unfit(line)
			p.fail(n, line, FaultCharacter, "character", character, "line", n, "column", column)
			line = ""
		} else if len(line) > maxTabs && strings.Count(line, "\t") > maxTabs {
			p.fail(n, line, FaultYAML, "detail", "too many tabs in one line")
			line = ""
		} else if strings.Contains(line, angles) {
			p.fail(n, line, FaultYAML, "detail", "too many < in a row")
			line = ""
		}
		part.WriteString(line)
		part.WriteByte('\n')
	}
	p.document(part.String(), first)
	return p.docs, p.found
}

// WrongEncoding is the fault of a file that text.Decode does not read.
func WrongEncoding(name, encoding string) fault.Field {
	if encoding == "" {
		return fault.Field{Path: name, Key: FaultNoText}
	}
	return fault.Field{Path: name, Key: FaultEncoding, Args: []any{"encoding", encoding}}
}

// Shift moves a fault by so many lines, for who gave a reader a part of a file: its line, and the
// lines that its message names.
func Shift(f fault.Field, n int) fault.Field {
	if f.Line == 0 || n == 0 {
		return f
	}
	f.Line += n
	name := map[string]string{FaultDuplicate: "first", FaultTab: "line", FaultColon: "line", FaultBlank: "line", FaultSeparator: "line", FaultCharacter: "line"}[f.Key]
	f.Args = slices.Clone(f.Args)
	for i := 0; name != "" && i+1 < len(f.Args); i += 2 {
		if line, ok := f.Args[i+1].(int); ok && f.Args[i] == name {
			f.Args[i+1] = line + n
		}
	}
	return f
}

// wideColon is a name with a full-width colon at the beginning of a line.
var wideColon = regexp.MustCompile(`^\s*(?:- +)*[\p{L}_][\p{L}\p{N}._-]*\s*：`)

// colon gives the column of the full-width colon by which a line was meant to name a field, or 0.
func colon(line string) int {
	return utf8.RuneCountInString(wideColon.FindString(line))
}

// blank gives the column of a blank that only looks like one, in what a line begins with (a full-width
// one, or one at which no line breaks), or 0.
func blank(line string) int {
	n := 0
	for _, r := range line {
		if n++; r != ' ' && unicode.IsSpace(r) && r >= utf8.RuneSelf {
			return n
		} else if r != ' ' {
			break
		}
	}
	return 0
}

// WideComma says whether s is several entries parted as Chinese does it.
func WideComma(s string) bool { return strings.ContainsAny(s, "，、") }

// tab gives the column of the tab that a line must not have: in what it begins with, or in the words
// behind their column from. It is 0 when there is none.
func tab(line string, from int) int {
	rs := []rune(line)
	for i := max(from-1, 0); i < len(rs); i++ {
		if rs[i] == '\t' {
			return i + 1
		}
		if from == 0 && rs[i] != ' ' {
			break
		}
	}
	return 0
}

var angles = strings.Repeat("<", maxTabs)

// wideDashes is a separator as a Chinese keyboard writes it.
var wideDashes = regexp.MustCompile(`^[－—–―─]{2,}\s*$`)

// separator says whether line parts documents, and what else is in it.
func separator(line string) (rest string, ok bool) {
	if !strings.HasPrefix(line, "---") && !strings.HasPrefix(line, "...") {
		return "", false
	}
	rest = strings.TrimLeft(line[3:], " \t")
	return rest, len(line) == 3 || len(rest) < len(line)-3
}

type fileParser struct {
	name  string
	docs  []Document
	found fault.Fields
}

func (p *fileParser) fail(line int, value, key string, args ...any) {
	p.found = append(p.found, fault.Field{Path: p.name, Line: line, Value: shorten(value), Key: key, Args: args})
}

// document reads one document that begins at line first of the file.
func (p *fileParser) document(src string, first int) {
	if strings.TrimSpace(src) == "" {
		return
	}
	// The parser is not ours and reads what strangers send. Should it fail on an input in a way
	// its authors did not foresee, that input is wrong, and the node goes on.
	defer func() {
		if r := recover(); r != nil {
			p.fail(first, "", FaultYAML, "detail", fmt.Sprint(r))
		}
	}()
	tokens := lexer.Tokenize(src)
	for _, t := range tokens {
		at := *t.Position
		at.Line += first - 1
		t.Position = &at
	}
	syntax := func(t *token.Token, detail string) {
		line := first
		if t != nil && t.Position != nil {
			line = t.Position.Line
		}
		at := lineAt(src, line-first+1)
		column := tab(at, 0)
		if column == 0 && strings.Contains(detail, "tab") {
			column = tab(at, 1)
		}
		switch {
		case column > 0:
			p.fail(line, strings.TrimSpace(at), FaultTab, "line", line, "column", column)
		case blank(at) > 0:
			p.fail(line, strings.TrimSpace(at), FaultBlank, "line", line, "column", blank(at))
		case colon(at) > 0:
			p.fail(line, strings.TrimSpace(at), FaultColon, "line", line, "column", colon(at))
		default:
			p.fail(line, strings.TrimSpace(at), FaultYAML, "detail", detail)
		}
	}
	if t := tokens.InvalidToken(); t != nil {
		syntax(t, t.Error)
		return
	}
	// Looked for in the tokens, before parsing: the parser calls itself at every level.
	if !p.accepted(tokens) || !p.whole(tokens, src, first) {
		return
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey()) // duplicates: see yamlDecoder
	if err != nil {
		var e yaml.Error
		if errors.As(err, &e) {
			syntax(e.GetToken(), e.GetMessage())
		} else {
			syntax(nil, err.Error())
		}
		return
	}
	for _, d := range file.Docs {
		switch {
		case d.Body == nil || absent(d.Body): // nothing but comments
		case !isMapping(d.Body):
			line := lineOf(d.Body)
			if at := lineAt(src, line-first+1); colon(at) > 0 {
				p.fail(line, strings.TrimSpace(at), FaultColon, "line", line, "column", colon(at))
			} else {
				p.fail(line, strings.TrimSpace(at), FaultMapping, "fields", "")
			}
		default:
			p.docs = append(p.docs, Document{Node: d.Body, Line: lineOf(d.Body)})
		}
	}
}

// accepted faults what we do not take, nesting that is too deep, and more names, items and tokens
// than any of our documents has: for some of those the parser's time grows with the square.
func (p *fileParser) accepted(tokens token.Tokens) bool {
	if len(tokens) > maxToken {
		p.fail(tokens[maxToken].Position.Line, "", FaultMany, "limit", maxToken)
		return false
	}
	features := map[token.Type]string{
		token.AnchorType:     "anchor",
		token.AliasType:      "alias",
		token.TagType:        "tag",
		token.MergeKeyType:   "merge",
		token.DirectiveType:  "directive",
		token.MappingKeyType: "key",
	}
	type block struct{ column, names, items int }
	var blocks []block // that are open
	faults, flow := len(p.found), 0
	for i, t := range tokens {
		if f, ok := features[t.Type]; ok {
			p.fail(t.Position.Line, t.Value, FaultFeature, "feature", f)
		}
		column, names, items := 0, 0, 0
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow = max(0, flow-1)
		case token.SequenceEntryType:
			column, items = t.Position.Column, 1
		case token.MappingValueType:
			if i > 0 {
				column, names = tokens[i-1].Position.Column, 1
			}
		}
		if column > 0 && flow == 0 {
			for len(blocks) > 0 && blocks[len(blocks)-1].column > column {
				blocks = blocks[:len(blocks)-1]
			}
			if len(blocks) == 0 || blocks[len(blocks)-1].column < column {
				blocks = append(blocks, block{column: column})
			}
			top := &blocks[len(blocks)-1]
			top.names += names
			top.items += items
			if max(top.names, top.items) > 2*MaxItems { // a list that is a little too long gets its fault, with its path, from DecodeYAML
				p.fail(t.Position.Line, "", FaultMany, "limit", MaxItems)
				return false
			}
		}
		if flow+len(blocks) > maxDepth {
			p.fail(t.Position.Line, "", FaultDeep, "limit", maxDepth)
			return false
		}
	}
	return len(p.found) == faults
}

// whole faults a tab within words that stand without quotation marks: the reader would drop it and
// join the words.
func (p *fileParser) whole(tokens token.Tokens, src string, first int) bool {
	faults := len(p.found)
	for i, t := range tokens {
		if t.Type != token.StringType || !strings.Contains(strings.TrimSpace(t.Origin), "\t") || i > 0 && inBlock(tokens[i-1]) {
			continue
		}
		line, from := t.Position.Line, t.Position.Column
		for range 1 + strings.Count(t.Origin, "\n") {
			if column := tab(lineAt(src, line-first+1), from); column > 0 {
				p.fail(line, strings.TrimSpace(lineAt(src, line-first+1)), FaultTab, "line", line, "column", column)
				break
			}
			line, from = line+1, 1
		}
	}
	return len(p.found) == faults
}

// inBlock says whether the words behind t are a block, whose lines are kept as they are.
func inBlock(t *token.Token) bool {
	return t.Type == token.LiteralType || t.Type == token.FoldedType || t.Type == token.CommentType && t.Prev != nil && inBlock(t.Prev)
}

func lineAt(src string, n int) string {
	for line := range strings.SplitSeq(src, "\n") {
		if n--; n == 0 {
			return line
		}
	}
	return ""
}

// entries gives the names and values of a mapping; nil when n is none.
func entries(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

func isMapping(n ast.Node) bool {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

// textOf gives a scalar as it was written; ok is false when n is none. That a parser may take
// it for a number or a truth value is nothing to us: the field's type reads it.
func textOf(n ast.Node) (s string, ok bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		if n.Value == nil {
			return "", true
		}
		return n.Value.Value, true
	case *ast.NullNode:
		if n.Token.Type == token.ImplicitNullType {
			return "", true
		}
		return n.Token.Value, true
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

// absent says whether nothing stands where n is.
func absent(n ast.Node) bool {
	if n == nil {
		return true
	}
	null, ok := n.(*ast.NullNode)
	return ok && null.Token.Type == token.ImplicitNullType
}

func lineOf(n ast.Node) int {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 && m.Values[0].Key != nil {
		n = m.Values[0].Key
	}
	if m, ok := n.(*ast.MappingValueNode); ok && m.Key != nil {
		n = m.Key
	}
	if n == nil {
		return 0
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}
