package bundle

import (
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// lineOf gives the line on which a path ("agenda.2.title.en") stands in a document, or, where
// nothing stands, that of what is around it; 0 for an empty document. Rules about a value know
// paths only: this is how their faults find back to the file. Items are counted as they are
// written; should empty ones stand before, the line is that of a neighbour.
func lineOf(n ast.Node, path string) int {
	line := position(n)
	names := strings.Split(path, ".")
	for len(names) > 0 {
		switch at := n.(type) {
		case *ast.SequenceNode:
			i, err := strconv.Atoi(names[0])
			if err != nil || i < 0 || i >= len(at.Values) {
				return line
			}
			n, names = at.Values[i], names[1:]
			line = position(n)
		case *ast.MappingNode, *ast.MappingValueNode:
			e, used := entry(n, names)
			if e == nil {
				return line
			}
			line = position(e.Key)
			n, names = e.Value, names[used:]
		default:
			return line
		}
	}
	return line
}

// entry finds the entry of a mapping whose name is the first of names, or the first two: the
// status of a text stands under "zh.status".
func entry(n ast.Node, names []string) (e *ast.MappingValueNode, used int) {
	for used := min(2, len(names)); used > 0; used-- {
		name := strings.Join(names[:used], ".")
		es := entries(n)
		if i := slices.IndexFunc(es, func(e *ast.MappingValueNode) bool { return nameOf(e) == name }); i >= 0 {
			return es[i], used
		}
	}
	return nil, 0
}

func entries(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

func nameOf(e *ast.MappingValueNode) string {
	if s, ok := e.Key.(*ast.StringNode); ok {
		return s.Value
	}
	if e.Key == nil || e.Key.GetToken() == nil {
		return ""
	}
	return e.Key.GetToken().Value
}

// position gives the line at which a node begins. A mapping's own token is its first colon.
func position(n ast.Node) int {
	if es := entries(n); len(es) > 0 && es[0].Key != nil {
		n = es[0].Key
	}
	if n == nil {
		return 0
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}
