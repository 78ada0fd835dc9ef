package text

import (
	"fmt"
	"strings"
	"testing"
)

// drawn writes blocks in one line: what they are, and what stands in them.
func drawn(bs []Block) string {
	var out []string
	span := func(list []Span) string {
		s := ""
		for _, x := range list {
			t := x.Text
			if x.Bold {
				t = "*" + t + "*"
			}
			if x.Italic {
				t = "/" + t + "/"
			}
			if x.Code {
				t = "`" + t + "`"
			}
			if x.Link != "" {
				t = "[" + t + "→" + x.Link + "]"
			}
			s += t
		}
		return s
	}
	for _, b := range bs {
		s := string(b.Kind) + "(" + span(b.Spans)
		if b.Kind == HeadingBlock {
			s += fmt.Sprint(" ", b.Level)
		}
		if b.Ordered {
			s += fmt.Sprint(b.Start, ": ")
		}
		for i, item := range b.Items {
			if i > 0 {
				s += " | "
			}
			s += drawn(item)
		}
		for i, row := range b.Rows {
			if i > 0 {
				s += " / "
			}
			for j, c := range row {
				if j > 0 {
					s += ", "
				}
				s += span(c)
			}
		}
		out = append(out, s+")")
	}
	return strings.Join(out, " ")
}

func TestBlocks(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"", ""},
		{"One *two* **three** `four`\nfive", "paragraph(One /two/ *three* `four` five)"},
		{"中文\n换行**“粗”**的", "paragraph(中文换行*“粗”*的)"},
		{"a  \nb\\\nc", "paragraph(a\nb\nc)"},
		{"# Head\n\n#### Deep", "heading(Head 1) heading(Deep 4)"},
		{"- a\n- b\n  1. c\n  2. d", "list(paragraph(a) | paragraph(b) list(1: paragraph(c) | paragraph(d)))"},
		{"7. a\n\n   b\n8. c", "list(7: paragraph(a) paragraph(b) | paragraph(c))"},
		{"> quoted\n> - in", "quote(paragraph(quoted) list(paragraph(in)))"},
		{"```\na\n  b\n```\n\n---", "code(`a\n  b`) rule()"},
		{"| A | B |\n|---|---|\n| 1 | **2** |", "table(A, B / 1, *2*)"},
		{"[in](https://example.org/?a=1&b=2) [bad](javascript:x) ![picture](x.png)", "paragraph([in→https://example.org/?a=1&b=2] bad picture)"},
		{"<script>alert(1)</script> & \\* &amp; \x00", "paragraph(<script>alert(1)</script> & * & \ufffd)"},
	} {
		if got := drawn(Blocks(c.src)); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}
