package docx

import (
	"strconv"
	"strings"
)

// styles are those of the layout (17.7). Headings carry their level (17.3.1.20): a reader's program
// makes the outline of them.
func styles(d Document) string {
	l := d.Layout
	var b strings.Builder
	b.WriteString(declaration + `<w:styles` + spaceW + `><w:docDefaults><w:rPrDefault><w:rPr>` + families(l.Body, l.Han.Body) + size(l.Size) +
		`<w:lang w:val="` + esc(latinLanguage(d)) + `" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>` +
		`<w:pPrDefault><w:pPr><w:widowControl/>` + l.spacing(0, l.after(), 1) + `</w:pPr></w:pPrDefault></w:docDefaults>`)
	for _, s := range l.sheet() {
		b.WriteString(`<w:style w:type="` + s.kind() + `"`)
		if s.id == "Normal" || s.id == "TableNormal" {
			b.WriteString(` w:default="1"`)
		}
		b.WriteString(` w:styleId="` + s.id + `"><w:name w:val="` + s.name + `"/>`)
		if s.based != "" {
			b.WriteString(`<w:basedOn w:val="` + s.based + `"/>`)
		}
		if s.next != "" {
			b.WriteString(`<w:next w:val="` + s.next + `"/>`)
		}
		b.WriteString(`<w:qFormat/>`)
		if s.paragraph != "" {
			b.WriteString(`<w:pPr>` + s.paragraph + `</w:pPr>`)
		}
		if s.run != "" {
			b.WriteString(`<w:rPr>` + s.run + `</w:rPr>`)
		}
		b.WriteString(s.table + `</w:style>`)
	}
	b.WriteString(`</w:styles>`)
	return b.String()
}

// style is one style. name is that which Word knows and shows in the reader's language.
type style struct {
	id, name, based, next string
	paragraph, run, table string
}

func (s style) kind() string {
	switch {
	case s.id == "Hyperlink":
		return "character"
	case s.table != "":
		return "table"
	}
	return "paragraph"
}

// sheet lists the styles. The elements stand in the order that the schema asks for.
func (l Layout) sheet() []style {
	jc := func(official, memo string) string {
		if l.Centred {
			memo = official
		}
		return `<w:jc w:val="` + memo + `"/>`
	}
	flush := `<w:ind w:firstLineChars="0" w:firstLine="0"/>`
	first := flush
	if l.Indent > 0 {
		first = `<w:ind w:firstLineChars="` + strconv.Itoa(l.Indent) + `" w:firstLine="` + strconv.Itoa(l.Indent*l.Size/10) + `"/>`
	}
	sheet := []style{
		{id: "Normal", name: "Normal", paragraph: first + jc("both", "left")},
		{id: "TableNormal", name: "Normal Table", table: `<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="40" w:type="dxa"/><w:left w:w="100" w:type="dxa"/><w:bottom w:w="40" w:type="dxa"/><w:right w:w="100" w:type="dxa"/></w:tblCellMar></w:tblPr>`},
		{id: "TableGrid", name: "Table Grid", based: "TableNormal", table: `<w:tblPr><w:tblBorders>` + borders("1B2330", "top", "left", "bottom", "right", "insideH", "insideV") + `</w:tblBorders></w:tblPr>`},
		{id: "TableFacts", name: "Facts", based: "TableNormal", table: `<w:tblPr><w:tblCellMar><w:left w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr>`},
		{id: "Title", name: "Title", based: "Normal", next: "Normal", paragraph: `<w:keepNext/>` + l.spacing(l.Size*5, l.Size*5, 1.25) + flush + jc("center", "left"), run: families(l.Title, l.Han.Title) + size(l.TitleSize)},
		{id: "Letterhead", name: "Letterhead", based: "Normal", paragraph: `<w:pBdr><w:bottom w:val="single" w:sz="12" w:space="6" w:color="` + l.Colour + `"/></w:pBdr>` + l.spacing(0, l.Size*5, 1.25) + flush + jc("center", "left"), run: families(l.Title, l.Han.Title) + colour(l.Colour) + size(l.TitleSize-l.Size/4)},
	}
	for level := 1; level <= 6; level++ {
		latin, han := l.Head, l.Han.Head
		if level > 1 {
			han = l.Han.Subhead
		}
		bold := `<w:b/><w:bCs/>`
		if l.Centred { // 黑体 and 楷体 are heavy enough
			bold = ""
		}
		n := strconv.Itoa(level)
		sheet = append(sheet, style{
			id: "Heading" + n, name: "heading " + n, based: "Normal", next: "Normal",
			paragraph: `<w:keepNext/><w:keepLines/>` + l.spacing(l.Size*3, 0, 1) + jc("left", "left") + `<w:outlineLvl w:val="` + strconv.Itoa(level-1) + `"/>`,
			run:       families(latin, han) + bold,
		})
	}
	small := size(max(l.Size*3/4, 18))
	right := strconv.Itoa(l.width())
	return append(sheet,
		style{id: "Flush", name: "Body Text", based: "Normal", paragraph: flush + `<w:jc w:val="left"/>`},
		style{id: "Small", name: "Remark", based: "Normal", paragraph: l.spacing(0, 0, .8) + flush + `<w:jc w:val="left"/>`, run: colour("5A6472") + small},
		style{id: "Signature", name: "Signature", based: "Normal", paragraph: l.spacing(l.Size*5, 0, 1) + `<w:ind w:rightChars="` + strconv.Itoa(l.Indent*2) + `" w:firstLineChars="0" w:firstLine="0"/>` + jc("right", "left")},
		style{id: "ListParagraph", name: "List Paragraph", based: "Normal", paragraph: `<w:contextualSpacing/><w:jc w:val="left"/>`},
		style{id: "Quote", name: "Quote", based: "Normal", paragraph: `<w:ind w:left="420" w:right="420" w:firstLineChars="0" w:firstLine="0"/>`},
		style{id: "Rule", name: "Rule", based: "Normal", paragraph: `<w:pBdr><w:bottom w:val="single" w:sz="4" w:space="1" w:color="5A6472"/></w:pBdr><w:spacing w:before="0" w:after="120" w:line="240" w:lineRule="exact"/>` + flush},
		style{id: "Line", name: "Line", based: "Normal", paragraph: `<w:pBdr><w:bottom w:val="single" w:sz="4" w:space="1" w:color="5A6472"/><w:between w:val="single" w:sz="4" w:space="1" w:color="5A6472"/></w:pBdr><w:spacing w:before="0" w:after="0" w:line="480" w:lineRule="exact"/>` + flush},
		style{id: "Gap", name: "Gap", based: "Normal", paragraph: `<w:spacing w:before="0" w:after="0" w:line="120" w:lineRule="exact"/>` + flush, run: size(4)},
		style{id: "Header", name: "header", based: "Normal", paragraph: `<w:tabs><w:tab w:val="right" w:pos="` + right + `"/></w:tabs><w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/>` + flush + `<w:jc w:val="left"/>`, run: size(18)},
		style{id: "Footer", name: "footer", based: "Normal", paragraph: `<w:tabs><w:tab w:val="right" w:pos="` + right + `"/></w:tabs><w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/>` + flush + `<w:jc w:val="left"/>`, run: size(18)},
		style{id: "Hyperlink", name: "Hyperlink", run: colour("1F6B5C") + `<w:u w:val="single"/>`},
	)
}

// families names the type of a style (17.3.2.26).
func families(latin, han string) string {
	return `<w:rFonts w:ascii="` + latin + `" w:eastAsia="` + han + `" w:hAnsi="` + latin + `" w:cs="` + latin + `"/>`
}

func size(halfPoints int) string {
	n := strconv.Itoa(halfPoints)
	return `<w:sz w:val="` + n + `"/><w:szCs w:val="` + n + `"/>`
}

func colour(hex string) string { return `<w:color w:val="` + hex + `"/>` }

func borders(hex string, sides ...string) string {
	s := ""
	for _, side := range sides {
		s += `<w:` + side + ` w:val="single" w:sz="4" w:space="0" w:color="` + hex + `"/>`
	}
	return s
}

// spacing gives the room around a paragraph and the distance of its lines (17.3.1.33).
func (l Layout) spacing(before, after int, times float64) string {
	rule, line := "auto", int(300*times)
	if l.Line > 0 {
		rule, line = "exact", int(float64(l.Line)*times)
	}
	return `<w:spacing w:before="` + strconv.Itoa(before) + `" w:after="` + strconv.Itoa(after) + `" w:line="` + strconv.Itoa(line) + `" w:lineRule="` + rule + `"/>`
}

// after is the room after a paragraph: none where the first line is set in.
func (l Layout) after() int {
	if l.Indent > 0 {
		return 0
	}
	return l.Size * 4
}
