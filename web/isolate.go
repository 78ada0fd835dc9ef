package web

import (
	"fmt"
	"html/template"
	"reflect"
	"regexp"
	"strings"
	tree "text/template/parse"

	"entente/internal/bidi"
)

// A text that is written from right to left is set apart from what stands beside it, whichever
// template shows it: every value that a template writes between its tags passes isolate, which the
// parsed trees are given here. Values in attributes are left alone, for they go back as they came.
// What a template has set apart itself, because it writes a text in pieces, says so by "apart".

var isolating = template.FuncMap{"isolate": isolate, "apart": func(s string) string { return s }}

// isolate gives a text with a letter written from right to left as an element of its own.
func isolate(v any) any {
	var s string
	switch x := v.(type) {
	case template.HTML, template.URL, template.HTMLAttr, template.CSS, template.JS:
		return v
	case string:
		s = x
	case fmt.Stringer:
		s = x.String()
	default:
		r := reflect.ValueOf(v)
		if r.Kind() != reflect.String {
			return v
		}
		s = r.String()
	}
	if !bidi.Turns(s) {
		return v
	}
	return written(s)
}

// written escapes a text, and sets it apart where it is written from right to left.
func written(s string) template.HTML {
	out := template.HTMLEscapeString(s)
	if bidi.Turns(s) {
		out = "<bdi>" + out + "</bdi>"
	}
	return template.HTML(out) //nolint:gosec // escaped here
}

// isolateAll gives the trees of a set, as far as they are new, their isolate.
func isolateAll(t *template.Template) {
	for _, x := range t.Templates() {
		if x.Tree != nil && x.Tree.Root != nil {
			w := isolator{}
			w.list(x.Tree.Root)
		}
	}
}

// isolator walks a tree in the order of its text and keeps whether it is within a tag, or within an
// element that holds no others.
type isolator struct {
	tag, plain bool
	quote      byte
}

// plainElement finds the elements that hold no others: their words are shown, or go back, as they are.
var plainElement = regexp.MustCompile(`(?i)^<(/?)(?:textarea|title|option)\b`)

func (w *isolator) list(l *tree.ListNode) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *tree.TextNode:
			w.text(n.Text)
		case *tree.ActionNode:
			w.action(n)
		case *tree.IfNode:
			w.branch(&n.BranchNode)
		case *tree.RangeNode:
			w.branch(&n.BranchNode)
		case *tree.WithNode:
			w.branch(&n.BranchNode)
		}
	}
}

// branch walks both ways, which end in the same place, as the engine demands.
func (w *isolator) branch(b *tree.BranchNode) {
	other := *w
	w.list(b.List)
	other.list(b.ElseList)
}

func (w *isolator) text(b []byte) {
	for i, c := range b {
		switch {
		case w.quote != 0:
			if c == w.quote {
				w.quote = 0
			}
		case w.tag && (c == '"' || c == '\''):
			w.quote = c
		case w.tag:
			w.tag = c != '>'
		case c == '<':
			w.tag = i+1 == len(b) || strings.IndexByte(" \n<", b[i+1]) < 0
			if m := plainElement.FindSubmatch(b[i:]); m != nil {
				w.plain = len(m[1]) == 0
			}
		}
	}
}

func (w *isolator) action(n *tree.ActionNode) {
	if w.tag || w.plain || n.Pipe == nil || len(n.Pipe.Decl) > 0 {
		return
	}
	first, last := n.Pipe.Cmds[0], n.Pipe.Cmds[len(n.Pipe.Cmds)-1]
	if f, ok := last.Args[0].(*tree.IdentifierNode); ok && (f.Ident == "isolate" || f.Ident == "apart") {
		return
	}
	if says(first.Args[0]) {
		return
	}
	at := n.Pipe.Pos
	n.Pipe.Cmds = append(n.Pipe.Cmds, &tree.CommandNode{
		NodeType: tree.NodeCommand, Pos: at, Args: []tree.Node{tree.NewIdentifier("isolate").SetPos(at)},
	})
}

// says tells a call of T: a sentence of ours, in which texts are set apart already.
func says(n tree.Node) bool {
	var names []string
	switch n := n.(type) {
	case *tree.FieldNode:
		names = n.Ident
	case *tree.VariableNode:
		names = n.Ident
	case *tree.ChainNode:
		names = n.Field
	}
	return len(names) > 0 && names[len(names)-1] == "T"
}

// list writes texts behind one another, each by itself.
func (w Words) list(texts []string) string {
	out := make([]string, 0, len(texts))
	for _, t := range texts {
		out = append(out, bidi.Isolate(t))
	}
	return strings.Join(out, w.T("list.comma"))
}
