package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// version is the version of the program; a release sets it when it links.
var version = "0.1"

const about = `Entente is the platform on which governments run a cooperation dialogue: one program
on one modest server, two-sided, bilingual, and provable. To see it, run

    entente demo

and open the address that it prints. To run a node of your own, run

    entente serve

Settings can stand in the environment instead of the command line: the name of the variable
stands behind the flag. A command ends with status 0 when it did what it was asked to, with 1
when it did not and says why, and with 2 when the command line was wrong or could not be tried;
entente verify and entente ledger verify have a status 3 of their own.`

type versionCmd struct{}

// Help explains the command (kong.HelpProvider, here and below).
func (versionCmd) Help() string {
	return `Prints the version of the program, the commit that it was built from where that is known, and the
version of Go.`
}

// Run prints it.
func (versionCmd) Run(c console) error {
	s := "entente " + version
	if info, ok := debug.ReadBuildInfo(); ok {
		if i := slices.IndexFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "vcs.revision" }); i >= 0 {
			s += " (" + info.Settings[i].Value[:min(12, len(info.Settings[i].Value))] + ")"
		}
	}
	_, err := fmt.Fprintf(c.out, "%s, %s\n", s, runtime.Version())
	return err
}

type helpCmd struct {
	Command []string `arg:"" optional:"" help:"The command to explain, as in: entente help ledger verify."`
}

// Help explains the command.
func (helpCmd) Help() string {
	return `Explains the program, or the command that is named. The same stands in docs/operate/commands.md.`
}

// Run explains.
func (h helpCmd) Run(c console, k *kong.Kong) error {
	n := k.Model.Node
	for _, word := range strings.Fields(strings.Join(h.Command, " ")) { // also where it came in quotes
		i := slices.IndexFunc(n.Children, func(c *kong.Node) bool { return c.Name == word })
		if i < 0 {
			return usagef("there is no command %q", strings.Join(h.Command, " "))
		}
		n = n.Children[i]
	}
	return textHelp(c.out, n)
}

// helpFlag is --help behind any command.
type helpFlag bool

// BeforeReset explains the command before anything else of it is looked at (kong's hook).
func (helpFlag) BeforeReset(line *kong.Context, c console) error {
	n := line.Model.Node
	if s := line.Selected(); s != nil {
		n = s
	}
	if err := textHelp(c.out, n); err != nil {
		return err
	}
	return ended{statusDone}
}

// topic is the help of one command or group of commands, before it is written in some form.
type topic struct {
	name     string // "entente ledger verify"
	summary  string
	usage    string
	detail   []paragraph
	args     [][2]string
	flags    [][2]string
	commands [][2]string
}

// paragraph is a text, or an example that keeps its lines.
type paragraph struct {
	lines   []string
	example bool
}

func topicOf(n *kong.Node) topic {
	t := topic{name: n.FullPath(), summary: n.Help, usage: n.FullPath()}
	detail := n.Detail
	if n.Parent == nil {
		t.summary, detail = "the platform of a cooperation dialogue", about
	}
	t.detail = paragraphs(detail)
	for _, a := range n.Positional {
		t.usage += " " + a.Summary()
		t.args = append(t.args, [2]string{a.Summary(), a.Help})
	}
	for _, f := range n.Flags {
		if f.Hidden || f.Name == "help" {
			continue
		}
		name := "--" + f.Name
		if !f.IsBool() {
			name += "=" + f.FormatPlaceHolder()
		}
		help := f.Help
		if f.Required {
			t.usage += " " + name
		}
		if len(f.Envs) > 0 {
			help += " ($" + f.Envs[0] + ")"
		}
		t.flags = append(t.flags, [2]string{name, help})
	}
	if slices.ContainsFunc(n.Flags, func(f *kong.Flag) bool { return !f.Required && !f.Hidden && f.Name != "help" }) {
		t.usage += " [flags]"
	}
	for _, leaf := range n.Leaves(true) {
		if leaf != n {
			t.commands = append(t.commands, [2]string{strings.TrimPrefix(leaf.FullPath(), "entente "), leaf.Help})
		}
	}
	if len(t.commands) > 0 {
		t.usage += " COMMAND"
	}
	return t
}

// paragraphs splits a text at empty lines; what is indented is an example.
func paragraphs(s string) (out []paragraph) {
	for block := range strings.SplitSeq(strings.TrimSpace(s), "\n\n") {
		p := paragraph{example: strings.HasPrefix(block, "    ")}
		for line := range strings.SplitSeq(block, "\n") {
			p.lines = append(p.lines, strings.TrimRight(strings.TrimPrefix(line, "    "), " "))
		}
		if len(p.lines) > 1 || p.lines[0] != "" {
			out = append(out, p)
		}
	}
	return out
}

const width = 88 // of a terminal's page

// textHelp writes the help of a command for a terminal.
func textHelp(w io.Writer, n *kong.Node) error {
	t := topicOf(n)
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\nUsage: %s\n", t.name, t.summary, t.usage)
	for _, p := range t.detail {
		b.WriteByte('\n')
		if p.example {
			for _, l := range p.lines {
				b.WriteString("    " + l + "\n")
			}
			continue
		}
		wrap(&b, strings.Join(p.lines, " "), "")
	}
	for _, part := range []struct {
		name string
		rows [][2]string
	}{{"Arguments", t.args}, {"Flags", t.flags}} {
		if len(part.rows) == 0 {
			continue
		}
		b.WriteString("\n" + part.name + "\n")
		for _, r := range part.rows {
			b.WriteString("  " + r[0] + "\n")
			wrap(&b, r[1], "      ")
		}
	}
	if len(t.commands) > 0 {
		b.WriteString("\nCommands\n")
		for _, r := range t.commands {
			fmt.Fprintf(&b, "  %-18s %s\n", r[0], r[1])
		}
		b.WriteString("\nentente help COMMAND explains a command.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// wrap writes a text in lines of the width, each behind the indent.
func wrap(b *strings.Builder, s, indent string) {
	line := indent
	for word := range strings.FieldsSeq(s) {
		if len(line) > len(indent) && len(line)+1+len(word) > width {
			b.WriteString(line + "\n")
			line = indent
		}
		if len(line) > len(indent) {
			line += " "
		}
		line += word
	}
	b.WriteString(line + "\n")
}
