package text

import (
	"bufio"
	"bytes"
	"html/template"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	rendered "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"golang.org/x/net/html"

	"entente/internal/bidi"
)

// HTML renders Markdown (CommonMark 0.31 with tables and bare addresses as links) for a page.
// Headings begin at h3, since the page has h1 and h2. Raw HTML is shown as the text it is,
// pictures as their description, links go to http, https, mailto and this node only. Text that is
// indented is text, as it comes from a word processor, not code. Emphasis works beside Chinese
// punctuation, and a line break between Chinese characters leaves no space. A link stands where it
// is written: a line "[a]: b" is shown, as a definition of a link elsewhere would be hidden from
// those who read, and could be repeated until a short text becomes a page without end.
//
// What it costs grows with the length of a text alone, whatever the text: see limits.go.
//
// Where a letter is written from right to left, each block has its own direction.
func HTML(src string) template.HTML {
	b := policy.SanitizeBytes(render(src))
	if bidi.Turns(string(b)) {
		b = blocks.ReplaceAll(b, []byte(`<$1 dir="auto"`))
	}
	return template.HTML(b) //nolint:gosec // sanitized here
}

// blocks finds the elements of a rendered text that stand by themselves; no < of its words stands as
// it is.
var blocks = regexp.MustCompile(`<(p|li|h[3-6]|t[dh]|pre)\b`)

// Plain gives the words of Markdown without its signs, one line a block: for feeds,
// descriptions and search.
func Plain(src string) string {
	var b strings.Builder
	z := html.NewTokenizer(bytes.NewReader(render(src)))
	pre := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return tidyLines(b.String())
		case html.TextToken:
			s := string(z.Text())
			if pre == 0 {
				s = strings.ReplaceAll(s, "\n", " ")
			}
			b.WriteString(s)
		case html.StartTagToken, html.SelfClosingTagToken:
			switch name, _ := z.TagName(); string(name) {
			case "br", "hr", "blockquote", "ul", "ol", "li":
				b.WriteByte('\n')
			case "pre":
				pre++
			}
		case html.EndTagToken:
			switch name, _ := z.TagName(); string(name) {
			case "pre":
				pre--
				b.WriteByte('\n')
			case "p", "h3", "h4", "h5", "h6", "li", "tr":
				b.WriteByte('\n')
			case "td", "th":
				b.WriteByte(' ')
			}
		}
	}
}

// tidyLines collapses the white space of every line and drops empty lines.
func tidyLines(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		if line = OneLine(line); line == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(line)
	}
	return b.String()
}

// Excerpt gives the beginning of Plain(src) in one line of at most so many characters. What is
// cut ends at a word, or between two Chinese characters, with "…"; a composed character stays
// whole.
func Excerpt(src string, runes int) string {
	// Only the beginning is needed, and Markdown is seldom more signs than words.
	s := Paragraphs(Plain(firstRunes(src, 20*max(runes, 0)+4000)))
	rs := []rune(s)
	if len(rs) <= runes {
		return s
	}
	if runes <= 1 {
		return strings.Repeat("…", max(runes, 0))
	}
	cut := runes - 1
	whole := cut
	for whole > 0 && (unicode.Is(unicode.M, rs[whole]) || rs[whole] == '\u200d' || rs[whole-1] == '\u200d') {
		whole--
	}
	end := whole
	for end > 0 && !boundary(rs[end-1], rs[end]) {
		end--
	}
	if end == 0 {
		end = whole // one endless word
	}
	s = strings.TrimRightFunc(string(rs[:end]), func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(",;:(-–—，、；：（“‘《…", r)
	})
	return s + "…"
}

// boundary says whether a text may be cut between a and b.
func boundary(a, b rune) bool {
	return unicode.IsSpace(a) || unicode.IsSpace(b) ||
		(cjk(a) || wide(a)) && !wide(b) || cjk(b)
}

func render(src string) []byte {
	var b bytes.Buffer
	src = strings.ReplaceAll(strings.ToValidUTF8(Breaks(src), "\ufffd"), "\x00", "\ufffd")
	if err := markdown.Convert([]byte(flatten(src)), &b); err != nil {
		return []byte("<p>" + template.HTMLEscapeString(src) + "</p>") // a Buffer takes every write
	}
	return b.Bytes()
}

var markdown = goldmark.New(
	goldmark.WithParser(parser.NewParser(
		parser.WithEscapedSpace(), // as goldmark's extension for Chinese has it, whose line breaks know no punctuation: see softBreaks
		parser.WithBlockParsers(
			util.Prioritized(parser.NewSetextHeadingParser(), 100),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(parser.NewListParser(), 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(parser.NewBlockquoteParser(), 800),
			util.Prioritized(paragraph{parser.NewParagraphParser()}, 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(bounded{parser.NewLinkParser()}, 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(emphasis{}, 500),
			util.Prioritized(bareAddress{}, 999),
			util.Prioritized(extension.NewLinkifyParser(extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"})), 999),
		),
		parser.WithParagraphTransformers(util.Prioritized(tables{extension.NewTableParagraphTransformer()}, 200)),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0), util.Prioritized(shift{}, 500), util.Prioritized(softBreaks{}, 600)),
	)),
	goldmark.WithRendererOptions(rendered.WithWriter(seen{rendered.NewWriter(rendered.WithEscapedSpace())}), renderer.WithNodeRenderers(
		util.Prioritized(links{}, 100),
		util.Prioritized(extension.NewTableHTMLRenderer(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)), 500),
	)),
)

// seen writes words. What their entities stand for (&#8238;) is held to what holds for a character that
// is typed: nothing invisible, no control character, a line break that leaves no blank in Chinese.
type seen struct{ rendered.Writer }

func (w seen) Write(out util.BufWriter, words []byte) {
	if !bytes.ContainsRune(words, '&') {
		w.Writer.Write(out, words)
		return
	}
	var b bytes.Buffer
	decoded := bufio.NewWriter(&b)
	w.Writer.Write(decoded, words)
	_ = decoded.Flush() // a Buffer takes every write
	s := strings.Map(func(r rune) rune {
		if _, _, _, ok := Unfit(string(r)); !ok {
			return utf8.RuneError
		}
		return r
	}, Visible(Breaks(b.String())))
	before, rest, broken := strings.Cut(s, "\n")
	for broken {
		after := rest
		_, _ = out.WriteString(before)
		if !tight(before, after) {
			_ = out.WriteByte(' ')
		}
		before, rest, broken = strings.Cut(after, "\n")
	}
	_, _ = out.WriteString(before)
}

// paragraph takes indented lines, too, since there is no indented code to take them.
type paragraph struct{ parser.BlockParser }

func (paragraph) CanAcceptIndentedLine() bool { return true }

// policy is the second wall: what render should give, and nothing else.
var policy = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong",
		"table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|center|right)$`)).OnElements("th", "td")
	p.AllowAttrs("href", "title").OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile(`^noopener nofollow$`)).OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	return p
}()

// shift moves headings two levels down.
type shift struct{}

func (shift) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := n.(*ast.Heading); ok && entering {
			h.Level = min(h.Level+2, 6)
		}
		return ast.WalkContinue, nil
	})
}

// softBreaks takes the line breaks away that would be a blank between Chinese characters, whatever
// signs stand beside them: **重点**⏎工作.
type softBreaks struct{}

func (softBreaks) Transform(doc *ast.Document, reader text.Reader, _ parser.Context) {
	const enough = 4 * reach // bytes that are looked at before a break
	src, before := reader.Source(), ""
	var open *ast.Text
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if n.Type() == ast.TypeBlock {
			before, open = "", nil
			return ast.WalkContinue, nil
		}
		var words []byte
		t, isText := n.(*ast.Text)
		switch n := n.(type) {
		case *ast.Text:
			words = n.Segment.Value(src)
		case *ast.AutoLink:
			words = n.Label(src)
		}
		if !entering {
			return ast.WalkContinue, nil
		}
		if len(words) > 0 {
			if open != nil && tight(before, string(words)) {
				open.SetSoftLineBreak(false)
			}
			open = nil
			before += string(words[max(0, len(words)-enough):])
			before = before[max(0, len(before)-enough):]
		}
		if isText && t.SoftLineBreak() {
			open = t
		}
		return ast.WalkContinue, nil
	})
}

// links renders what leads out of the text. A link that may not be followed leaves its words.
type links struct{}

func (links) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(ast.KindLink, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		l := n.(*ast.Link)
		if href, ok := address(l.Destination); ok {
			anchor(w, href, l.Title, entering)
		}
		return ast.WalkContinue, nil
	})
	reg.Register(ast.KindAutoLink, func(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		l := n.(*ast.AutoLink)
		if !entering {
			return ast.WalkContinue, nil
		}
		dest := l.URL(src)
		if l.AutoLinkType == ast.AutoLinkEmail && !bytes.HasPrefix(bytes.ToLower(dest), []byte("mailto:")) {
			dest = append([]byte("mailto:"), dest...)
		}
		href, ok := address(dest)
		if ok {
			anchor(w, href, nil, true)
		}
		_, _ = w.Write(util.EscapeHTML(l.Label(src)))
		if ok {
			anchor(w, href, nil, false)
		}
		return ast.WalkContinue, nil
	})
	// A picture on another machine would tell that machine who reads.
	reg.Register(ast.KindImage, func(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) {
		return ast.WalkContinue, nil
	})
}

// address gives a destination as it stands in an attribute, and whether it may be followed.
func address(dest []byte) (string, bool) {
	dest = util.URLEscape(dest, true)
	u, err := url.Parse(string(dest))
	if err != nil || len(dest) == 0 {
		return "", false
	}
	switch {
	case u.Scheme == "http" || u.Scheme == "https":
		return string(dest), u.Host != ""
	case u.Scheme == "mailto":
		return string(dest), true
	}
	// On this node: browsers read "//host", and any number of slashes more, as another one.
	return string(dest), u.Scheme == "" && u.Host == "" && !bytes.HasPrefix(dest, []byte("//"))
}

func anchor(w util.BufWriter, href string, title []byte, entering bool) {
	if !entering {
		_, _ = w.WriteString("</a>")
		return
	}
	_, _ = w.WriteString(`<a href="`)
	_, _ = w.Write(util.EscapeHTML([]byte(href)))
	if title = util.UnescapePunctuations(title); len(title) > 0 {
		_, _ = w.WriteString(`" title="`)
		_, _ = w.Write(util.EscapeHTML(title))
	}
	_, _ = w.WriteString(`" rel="noopener nofollow">`)
}

// bareAddress finds an address that follows Chinese text without a space, where goldmark's own
// parser does not look. A parser is only asked at punctuation, so it takes back the scheme that
// went before the colon.
type bareAddress struct{}

var address7bit = regexp.MustCompile(`^https?://[-a-zA-Z0-9.]{1,255}(?::[0-9]+)?(?:[/#?][-a-zA-Z0-9@:%_+.~#$!?&/=();,']*)?`)

func (bareAddress) Trigger() []byte { return []byte{':'} }

func (bareAddress) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, segment := block.PeekLine()
	before, ok := parent.LastChild().(*ast.Text)
	if !ok || pc.IsInLinkLabel() || before.Segment.Stop != segment.Start || !bytes.HasPrefix(line, []byte("://")) {
		return nil
	}
	words := before.Segment.Value(block.Source())
	head := bytes.TrimSuffix(bytes.TrimSuffix(words, []byte("https")), []byte("http"))
	if r, _ := utf8.DecodeLastRune(head); len(head) == len(words) || r < utf8.RuneSelf || !cjk(r) && !util.IsPunctRune(r) {
		return nil
	}
	start := segment.Start - (len(words) - len(head))
	m := address7bit.Find(block.Source()[start:segment.Stop])
	m = bytes.TrimRight(m, "?!.,:;*_~'")
	for open := bytes.Count(m, []byte(")")) - bytes.Count(m, []byte("(")); open > 0 && bytes.HasSuffix(m, []byte(")")); open-- {
		m = bytes.TrimRight(m[:len(m)-1], "?!.,:;*_~'")
	}
	if start+len(m) <= segment.Start+len("://") {
		return nil
	}
	before.Segment = before.Segment.WithStop(start)
	block.Advance(start + len(m) - segment.Start)
	return ast.NewAutoLink(ast.AutoLinkURL, ast.NewTextSegment(text.NewSegment(start, start+len(m))))
}

// emphasis reads * and _ as CommonMark (0.31, section 6.2) does, except that * works beside
// Chinese punctuation. CommonMark lets a run open only where no word ends before it and
// punctuation follows, which fails where words are not separated by spaces: **“中文”**的. The rules
// here are those of markdown-cjk-friendly (github.com/tats-u/markdown-cjk-friendly), and a
// little more: fullwidth punctuation counts as a letter; so do … and —, which Chinese shares; an
// opening quotation mark or bracket behind the run lets it open and a closing one before it lets
// it close; and other punctuation is no hindrance where a Chinese character stands beside it.
type emphasis struct{}

func (emphasis) Trigger() []byte { return []byte{'*', '_'} }

func (emphasis) IsDelimiter(c byte) bool { return c == '*' || c == '_' }

func (emphasis) CanOpenCloser(opener, closer *parser.Delimiter) bool {
	return opener.Char == closer.Char
}

func (emphasis) OnMatch(n int) ast.Node { return ast.NewEmphasis(n) }

func (e emphasis) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	node := parser.ScanDelimiter(line, before, 1, e)
	if node == nil {
		return nil
	}
	n := node.OriginalLength
	if node.Char == '*' {
		after := ' '
		if n < len(line) {
			after, _ = utf8.DecodeRune(line[n:])
		}
		left := nearest(before, block.Source()[:segment.Start], last)
		right := nearest(after, line[n:], first)
		if !util.IsSpaceRune(after) {
			node.CanOpen = node.CanOpen || !punctuation(after) || cjk(left) || cjk(right) || unicode.In(after, unicode.Ps, unicode.Pi)
		}
		if !util.IsSpaceRune(before) {
			node.CanClose = node.CanClose || !punctuation(before) || cjk(left) || cjk(right) || unicode.In(before, unicode.Pe, unicode.Pf)
		}
	}
	if tooMany(parent, pc) {
		node.CanOpen, node.CanClose = false, false
	}
	node.Segment = segment.WithStop(segment.Start + n)
	block.Advance(n)
	pc.PushDelimiter(node)
	return node
}

// CloseBlock has nothing to do.
func (emphasis) CloseBlock(ast.Node, text.Reader, parser.Context) {}

// nearest gives the first character that is no punctuation, beginning with r and going on through
// s from the end that next takes from, but looks no further than a few characters and not past a
// space or another run.
func nearest(r rune, s []byte, next func([]byte) (rune, []byte)) rune {
	for range 6 {
		if !util.IsPunctRune(r) {
			return r
		}
		if len(s) == 0 {
			break
		}
		if r, s = next(s); r == '*' || r == '_' {
			break
		}
	}
	return ' '
}

func first(s []byte) (rune, []byte) {
	r, n := utf8.DecodeRune(s)
	return r, s[n:]
}

func last(s []byte) (rune, []byte) {
	r, n := utf8.DecodeLastRune(s)
	return r, s[:len(s)-n]
}

// punctuation says whether r hinders emphasis beside it.
func punctuation(r rune) bool {
	return util.IsPunctRune(r) && !wide(r)
}

// wide says whether r is punctuation as Chinese writes it: fullwidth, or one of the marks that
// Chinese and Latin share.
func wide(r rune) bool {
	return r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xffef || r >= 0xfe10 && r <= 0xfe4f ||
		slices.Contains([]rune("…—⋯"), r)
}
