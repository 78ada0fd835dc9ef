package main

import (
	"errors"
	"fmt"
	"strings"

	"entente/bundle"
)

// coverage says what verification compares and what it does not, table by table, in paragraphs: for
// the help of the command and the end of what it prints.
func coverage() []string {
	out := []string{"What is compared:"}
	for _, c := range bundle.Compared {
		out = append(out, strings.Join(c.Tables, ", ")+": "+c.What+".")
	}
	out = append(out, "the schema: that no table, column, index, trigger or function is missing, was added, or is made in another way than this program makes it.",
		"the values of all tables, also of those that are not compared: that SQLite stores each as what its column is of, a text as text, a number as a number, bytes as bytes. A server keeps them so itself.",
		"What is not compared, because nothing in the log says what it should be:")
	for _, c := range bundle.NotCompared {
		out = append(out, strings.Join(c.Tables, ", ")+": "+c.What+".")
	}
	return append(out, "of the database: what its engine keeps for itself, as statistics; on a server also other schemas than the node's, sequences, types, orders of sorting, rights and its files, for which it has tools of its own.",
		"of the node's folder: what stands in files that the program did not make; entente verify names them, and looks whether node.key is there and the database's.")
}

// conclude ends what a verification prints: with what is compared and what is not, and then with what
// came of it, so that nothing is told after the verdict. What could not be verified has none.
func conclude(c console, sound string, found error) error {
	verdict := sound
	switch {
	case errors.Is(found, ended{statusFailed}):
		verdict = "Something differs: it stands above."
	case found != nil:
		return found
	}
	fmt.Fprintf(c.out, "\n%s\n%s\n", inLines(coverage()), verdict)
	return found
}

// inLines writes paragraphs in lines of the width.
func inLines(paragraphs []string) string {
	var b strings.Builder
	for i, p := range paragraphs {
		if i > 0 {
			b.WriteByte('\n')
		}
		wrap(&b, p, "")
	}
	return b.String()
}
