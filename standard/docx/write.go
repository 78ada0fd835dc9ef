package docx

import (
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// writer collects the body, and what it points at in other parts.
type writer struct {
	strings.Builder
	doc    Document
	links  []string
	orders []order // the ordered lists, each with its own numbers
}

// order is one ordered list: it begins anew at its level.
type order struct{ level, start int }

// place is where a block stands.
type place struct {
	depth int    // of lists
	mark  string // numPr that the next paragraph of the item takes
	quote bool
	cell  bool
	head  bool // in a table's head
}

// maxDepth is how deep lists have levels (17.9.6); what is deeper stays there.
const maxDepth = 9

// indent is how far a level of a list stands from the one around it.
const indent = 420

func (t Title) write(w *writer, _ place) { w.paragraph("Title", "", t.Text, false) }

func (h Heading) write(w *writer, _ place) {
	w.paragraph("Heading"+strconv.Itoa(min(max(h.Level, 1), 6)), "", h.Text, false)
}

func (p Paragraph) write(w *writer, in place) {
	style, more := string(p.Style), in.mark
	switch {
	case in.mark != "":
		style = "ListParagraph"
	case in.depth > 0:
		style, more = "ListParagraph", ind(in.depth*indent)
	case in.quote && style == "":
		style = "Quote"
	case in.cell && style == "":
		style = string(Flush)
	}
	w.paragraph(style, more, p.Text, in.head)
}

// ind gives an indent from the margin, with nothing before the first line (17.3.1.12).
func ind(left int) string {
	return `<w:ind w:left="` + strconv.Itoa(left) + `" w:firstLineChars="0" w:firstLine="0"/>`
}

// paragraph writes one (17.3.1.22). more are properties that stand behind the style's name.
func (w *writer) paragraph(style, more string, runs []Run, bold bool) {
	w.WriteString("<w:p>")
	if style != "" || more != "" {
		w.WriteString("<w:pPr>")
		if style != "" {
			w.WriteString(`<w:pStyle w:val="` + style + `"/>`)
		}
		w.WriteString(more + "</w:pPr>")
	}
	for _, r := range runs {
		r.Bold = r.Bold || bold
		w.run(r)
	}
	w.WriteString("</w:p>")
}

// run writes a text (17.3.2.25), as a link where it is one (17.16.22).
func (w *writer) run(r Run) {
	if r.Text == "" {
		return
	}
	link := address(r.Link)
	if link != "" {
		w.links = append(w.links, link)
		w.WriteString(`<w:hyperlink r:id="link` + strconv.Itoa(len(w.links)) + `">`)
	}
	w.WriteString("<w:r><w:rPr>")
	if link != "" {
		w.WriteString(`<w:rStyle w:val="Hyperlink"/>`)
	}
	lang := r.Lang
	if lang == "" {
		lang = w.doc.Language
	}
	w.WriteString(runFonts(r.Fixed, eastAsian(lang)))
	if r.Bold {
		w.WriteString("<w:b/><w:bCs/>")
	}
	if r.Italic && !eastAsian(lang) { // Chinese has no slanted type; 17.3.2.12 gives it its mark of emphasis
		w.WriteString("<w:i/><w:iCs/>")
	} else if r.Italic {
		w.WriteString(`<w:em w:val="dot"/>`)
	}
	w.WriteString(language(lang) + "</w:rPr>" + characters(r.Text) + "</w:r>")
	if link != "" {
		w.WriteString("</w:hyperlink>")
	}
}

// runFonts says of a run in an East Asian language that signs which two scripts share (“ ” … —) are
// set in its type (17.3.2.26, hint).
func runFonts(fixed, asian bool) string {
	s := ""
	if asian {
		s += ` w:hint="eastAsia"`
	}
	if fixed {
		s += ` w:ascii="Courier New" w:hAnsi="Courier New" w:cs="Courier New"`
	}
	if s == "" {
		return ""
	}
	return "<w:rFonts" + s + "/>"
}

// language tags a run (17.3.2.20). Word knows a language by its region only.
func language(tag string) string {
	if tag = region(tag); tag == "" {
		return ""
	}
	s := `<w:lang w:val="` + esc(tag) + `"`
	if eastAsian(tag) {
		s += ` w:eastAsia="` + esc(tag) + `"`
	}
	return s + "/>"
}

func region(tag string) string {
	switch tag {
	case "zh", "zh-Hans":
		return "zh-CN"
	case "en":
		return "en-GB"
	}
	return tag
}

func eastAsian(tag string) bool {
	primary, _, _ := strings.Cut(tag, "-")
	return primary == "zh" || primary == "ja" || primary == "ko"
}

// characters gives the content of a run: text, breaks and tabs (17.3.3).
func characters(s string) string {
	var b strings.Builder
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(s)
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteString("<w:br/>")
		}
		for j, part := range strings.Split(line, "\t") {
			if j > 0 {
				b.WriteString("<w:tab/>")
			}
			if part != "" {
				b.WriteString(`<w:t xml:space="preserve">` + esc(part) + `</w:t>`)
			}
		}
	}
	return b.String()
}

// address gives a link that leads out of the document and may be followed, "" for another.
func address(s string) string {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") && u.Scheme != "mailto" {
		return ""
	}
	return u.String()
}

// esc writes a text so that it can stand in XML: what the production Char of XML 1.0 (2.2) leaves
// out is dropped, bytes that are no UTF-8 become U+FFFD.
func esc(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&#34;")
		case r == '\t' || r == '\n' || r == '\r':
			b.WriteByte(' ')
		case r < ' ' || r == 0xFFFE || r == 0xFFFF || r > utf8.MaxRune:
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (l List) write(w *writer, in place) {
	level := min(in.depth, maxDepth-1)
	num := 1 // the list of bullets; every ordered list is a further one
	if l.Ordered {
		w.orders = append(w.orders, order{level, max(l.Start, 1)})
		if l.Start == 0 {
			w.orders[len(w.orders)-1].start = 1
		}
		num = 1 + len(w.orders)
	}
	mark := `<w:numPr><w:ilvl w:val="` + strconv.Itoa(level) + `"/><w:numId w:val="` + strconv.Itoa(num) + `"/></w:numPr>`
	for _, item := range l.Items {
		at := place{depth: level + 1, mark: mark, head: in.head}
		if len(item) == 0 {
			item = []Block{Paragraph{}}
		}
		if _, ok := item[0].(Paragraph); !ok { // a number of its own line
			Paragraph{}.write(w, at)
			at.mark = ""
		}
		for _, b := range item {
			b.write(w, at)
			at.mark = ""
		}
	}
}

func (q Quote) write(w *writer, in place) {
	in.quote = true
	for _, b := range q.Body {
		b.write(w, in)
	}
}

func (Rule) write(w *writer, _ place) {
	w.WriteString(`<w:p><w:pPr><w:pStyle w:val="Rule"/></w:pPr></w:p>`)
}

func (l Lines) write(w *writer, _ place) {
	for range l.N {
		w.WriteString(`<w:p><w:pPr><w:pStyle w:val="Line"/></w:pPr></w:p>`)
	}
}

func (Break) write(w *writer, _ place) {
	w.WriteString(`<w:p><w:pPr><w:pStyle w:val="Flush"/></w:pPr><w:r><w:br w:type="page"/></w:r></w:p>`)
}

func (s Space) write(w *writer, _ place) {
	w.WriteString(`<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="` + strconv.Itoa(w.doc.Layout.width()) + `" w:type="dxa"/><w:tblLayout w:type="fixed"/></w:tblPr>`)
	w.WriteString(`<w:tblGrid><w:gridCol w:w="` + strconv.Itoa(w.doc.Layout.width()) + `"/></w:tblGrid>`)
	w.WriteString(`<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val="` + strconv.Itoa(length(float64(s.Height))) + `" w:hRule="atLeast"/></w:trPr>`)
	w.WriteString(`<w:tc><w:tcPr><w:tcW w:w="` + strconv.Itoa(w.doc.Layout.width()) + `" w:type="dxa"/></w:tcPr>`)
	w.paragraph(string(Small), "", s.Label, false)
	w.WriteString("</w:tc></w:tr></w:tbl>" + gap)
}

// gap is the least paragraph: two tables that touch would be one, and a body ends with a paragraph.
const gap = `<w:p><w:pPr><w:pStyle w:val="Gap"/></w:pPr></w:p>`

// table (17.4.37); a cell must end with a paragraph (17.4.65).
func (t Table) write(w *writer, in place) {
	cols := len(t.Head)
	for _, r := range t.Rows {
		cols = max(cols, len(r))
	}
	if cols == 0 {
		return
	}
	widths := t.columns(cols, w.doc.Layout.width()-in.depth*indent)
	style, look := "TableGrid", "0020" // the first row is a head (17.4.55)
	if t.Plain {
		style, look = "TableFacts", "0080" // the first column is
	}
	w.WriteString(`<w:tbl><w:tblPr><w:tblStyle w:val="` + style + `"/><w:tblW w:w="0" w:type="auto"/>`)
	if in.depth > 0 {
		w.WriteString(`<w:tblInd w:w="` + strconv.Itoa(in.depth*indent) + `" w:type="dxa"/>`)
	}
	w.WriteString(`<w:tblLayout w:type="fixed"/><w:tblLook w:val="` + look + `"/></w:tblPr><w:tblGrid>`)
	for _, c := range widths {
		w.WriteString(`<w:gridCol w:w="` + strconv.Itoa(c) + `"/>`)
	}
	w.WriteString("</w:tblGrid>")
	if len(t.Head) > 0 {
		w.row(t.Head, widths, true) // repeated on every page (17.4.50)
	}
	for _, r := range t.Rows {
		w.row(r, widths, false)
	}
	w.WriteString("</w:tbl>")
	w.WriteString(gap)
}

func (w *writer) row(cells []Cell, widths []int, head bool) {
	w.WriteString("<w:tr><w:trPr><w:cantSplit/>")
	if head {
		w.WriteString("<w:tblHeader/>")
	}
	w.WriteString("</w:trPr>")
	for i, width := range widths {
		w.WriteString(`<w:tc><w:tcPr><w:tcW w:w="` + strconv.Itoa(width) + `" w:type="dxa"/></w:tcPr>`)
		last := ""
		if i < len(cells) {
			for _, b := range cells[i].Body {
				before := w.Len()
				b.write(w, place{cell: true, head: head})
				last = w.String()[before:]
			}
		}
		if !strings.HasSuffix(last, "</w:p>") {
			w.paragraph(string(Flush), "", nil, false)
		}
		w.WriteString("</w:tc>")
	}
	w.WriteString("</w:tr>")
}

// columns shares the width out.
func (t Table) columns(n, width int) []int {
	parts, sum := make([]int, n), 0
	for i := range parts {
		parts[i] = 1
		if i < len(t.Widths) && t.Widths[i] > 0 {
			parts[i] = t.Widths[i]
		}
		sum += parts[i]
	}
	for i := range parts {
		parts[i] = max(parts[i]*width/sum, 300)
	}
	return parts
}
