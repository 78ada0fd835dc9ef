package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

//go:generate go run . manual ../../docs/operate/commands.md

// manualCmd writes the help of every command to one page of the documentation.
type manualCmd struct {
	File string `arg:"" help:"Where to."`
}

// Run writes it.
func (m manualCmd) Run(k *kong.Kong) error {
	return os.WriteFile(m.File, []byte(manual(k)), 0o644)
}

// manual is the page.
func manual(k *kong.Kong) string {
	var b strings.Builder
	b.WriteString("# The commands of entente\n\n")
	b.WriteString("This page is what `entente help` says; `go generate ./cmd/entente` writes it.\n")
	write := func(n *kong.Node, level string) {
		t := topicOf(n)
		if n.Parent != nil {
			fmt.Fprintf(&b, "\n%s %s\n\n%s\n\n    %s\n", level, t.name, t.summary, t.usage)
		}
		for _, p := range t.detail {
			b.WriteByte('\n')
			for _, l := range p.lines {
				if p.example {
					l = "    " + l
				}
				b.WriteString(l + "\n")
			}
		}
		for _, rows := range [][][2]string{t.args, t.flags} {
			if len(rows) == 0 {
				continue
			}
			b.WriteByte('\n')
			for _, r := range rows {
				fmt.Fprintf(&b, "* `%s`: %s\n", r[0], r[1])
			}
		}
	}
	write(k.Model.Node, "#")
	for _, n := range k.Model.Leaves(true) {
		write(n, "##")
	}
	return b.String()
}
