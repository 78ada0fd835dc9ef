package docx

import (
	"strconv"
	"strings"
	"time"
)

// The parts of the package beside the body. Relationships and their types are those of
// ISO/IEC 29500-1, 11.3 (parts of a WordprocessingML document) and 15.2.12 (core properties).

const (
	declaration = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	spaceW      = ` xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`
	spaceR      = ` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	relation    = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	wordType    = "application/vnd.openxmlformats-officedocument.wordprocessingml."
)

const contentTypes = declaration + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
	`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
	`<Default Extension="xml" ContentType="application/xml"/>` +
	`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>` +
	`<Override PartName="/word/document.xml" ContentType="` + wordType + `document.main+xml"/>` +
	`<Override PartName="/word/styles.xml" ContentType="` + wordType + `styles+xml"/>` +
	`<Override PartName="/word/numbering.xml" ContentType="` + wordType + `numbering+xml"/>` +
	`<Override PartName="/word/settings.xml" ContentType="` + wordType + `settings+xml"/>` +
	`<Override PartName="/word/fontTable.xml" ContentType="` + wordType + `fontTable+xml"/>` +
	`<Override PartName="/word/header1.xml" ContentType="` + wordType + `header+xml"/>` +
	`<Override PartName="/word/footer1.xml" ContentType="` + wordType + `footer+xml"/>` +
	`</Types>`

const packageRelations = declaration + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
	`<Relationship Id="rId1" Type="` + relation + `officeDocument" Target="word/document.xml"/>` +
	`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/>` +
	`</Relationships>`

// properties are the core properties (Part 2, clause 10).
func (d Document) properties() string {
	var b strings.Builder
	b.WriteString(declaration + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`)
	b.WriteString(`<dc:title>` + esc(d.Title) + `</dc:title>`)
	if d.Creator != "" {
		b.WriteString(`<dc:creator>` + esc(d.Creator) + `</dc:creator>`)
	}
	if d.Mark.Text != "" {
		b.WriteString(`<cp:keywords>` + esc(d.Mark.Text) + `</cp:keywords>`)
	}
	b.WriteString(`<dc:language>` + esc(region(d.Language)) + `</dc:language>`)
	if !d.Created.IsZero() {
		at := d.Created.UTC().Format(time.RFC3339)
		b.WriteString(`<dcterms:created xsi:type="dcterms:W3CDTF">` + at + `</dcterms:created>`)
		b.WriteString(`<dcterms:modified xsi:type="dcterms:W3CDTF">` + at + `</dcterms:modified>`)
	}
	b.WriteString(`</cp:coreProperties>`)
	return b.String()
}

// relations are those of the body.
func (w *writer) relations() string {
	var b strings.Builder
	b.WriteString(declaration + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`)
	for i, part := range []string{"styles", "numbering", "settings", "fontTable"} {
		b.WriteString(`<Relationship Id="rId` + strconv.Itoa(i+1) + `" Type="` + relation + part + `" Target="` + part + `.xml"/>`)
	}
	b.WriteString(`<Relationship Id="rId5" Type="` + relation + `header" Target="header1.xml"/>`)
	b.WriteString(`<Relationship Id="rId6" Type="` + relation + `footer" Target="footer1.xml"/>`)
	for i, l := range w.links {
		b.WriteString(`<Relationship Id="link` + strconv.Itoa(i+1) + `" Type="` + relation + `hyperlink" Target="` + esc(l) + `" TargetMode="External"/>`)
	}
	b.WriteString(`</Relationships>`)
	return b.String()
}

// document wraps the body (17.2.3), with the page at its end (17.6.17).
func document(d Document, body string) string {
	l := d.Layout
	n := strconv.Itoa
	return declaration + `<w:document` + spaceW + spaceR + `><w:body>` + body +
		`<w:sectPr><w:headerReference w:type="default" r:id="rId5"/><w:footerReference w:type="default" r:id="rId6"/>` +
		`<w:pgSz w:w="` + n(pageWidth) + `" w:h="` + n(pageHeight) + `"/>` +
		`<w:pgMar w:top="` + n(l.Top) + `" w:right="` + n(l.Right) + `" w:bottom="` + n(l.Bottom) + `" w:left="` + n(l.Left) +
		`" w:header="` + n(l.Top*2/5) + `" w:footer="` + n(l.Bottom*2/5) + `" w:gutter="0"/></w:sectPr></w:body></w:document>`
}

// header is at the head of every page: a line, and the mark at its right end.
func header(d Document) string {
	w := &writer{doc: d}
	w.WriteString(`<w:p><w:pPr><w:pStyle w:val="Header"/></w:pPr>`)
	w.run(Run{Text: d.Header})
	w.WriteString(`<w:r><w:tab/></w:r>` + d.Mark.run() + `</w:p>`)
	return declaration + `<w:hdr` + spaceW + spaceR + `>` + w.String() + `</w:hdr>`
}

// footer is at the foot of every page: its number, and the mark at the right end.
func footer(d Document) string {
	b := `<w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr>`
	for i, part := range strings.Split(d.Layout.Pages, "##") { // ## is how many there are
		if i > 0 {
			b += field("NUMPAGES")
		}
		before, after, found := strings.Cut(part, "#")
		b += plain(before)
		if found {
			b += field("PAGE") + plain(after)
		}
	}
	return declaration + `<w:ftr` + spaceW + spaceR + `>` + b + `<w:r><w:tab/></w:r>` + d.Mark.run() + `</w:p></w:ftr>`
}

func plain(s string) string {
	if s == "" {
		return ""
	}
	return "<w:r>" + characters(s) + "</w:r>"
}

// field is a value that the reader's program fills in (17.16.19).
func field(code string) string {
	return `<w:fldSimple w:instr="` + code + `"><w:r><w:t>1</w:t></w:r></w:fldSimple>`
}

// run draws the mark in its colour on black, in twelve points as FIRST asks of a document. Its
// language is English: a label is never translated.
func (m Mark) run() string {
	if m.Text == "" {
		return ""
	}
	return `<w:r><w:rPr><w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial"/><w:b/><w:bCs/><w:color w:val="` + esc(m.Colour) +
		`"/><w:sz w:val="24"/><w:szCs w:val="24"/><w:shd w:val="clear" w:color="auto" w:fill="000000"/>` + language("en") +
		`</w:rPr><w:t xml:space="preserve"> ` + esc(m.Text) + ` </w:t></w:r>`
}

// settings (17.15.1): the compatibility mode keeps Word from showing the file as one of an older
// version, and Chinese punctuation is set as printers do.
func settings(d Document) string {
	return declaration + `<w:settings` + spaceW + `><w:zoom w:percent="100"/><w:defaultTabStop w:val="420"/>` +
		`<w:characterSpacingControl w:val="compressPunctuation"/>` +
		`<w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>` +
		`<w:themeFontLang w:val="` + esc(latinLanguage(d)) + `" w:eastAsia="zh-CN"/></w:settings>`
}

func latinLanguage(d Document) string {
	if eastAsian(d.Language) {
		return "en-GB"
	}
	return region(d.Language)
}

// fontTable names the families and their other names (17.8.3).
func fontTable() string {
	var b strings.Builder
	b.WriteString(declaration + `<w:fonts` + spaceW + `>`)
	for _, f := range fonts {
		charset := "00"
		if f.name[0] >= 0x80 {
			charset = "86" // GB 2312
		}
		b.WriteString(`<w:font w:name="` + f.name + `"><w:altName w:val="` + f.other + `"/><w:panose1 w:val="` + f.panose +
			`"/><w:charset w:val="` + charset + `"/><w:family w:val="` + f.family + `"/><w:pitch w:val="variable"/></w:font>`)
	}
	b.WriteString(`</w:fonts>`)
	return b.String()
}

// numbering describes the lists (17.9): abstract 0 has bullets, abstract 1 numbers; every ordered
// list is an instance of its own that begins at its level anew (17.9.8, 17.9.26).
func (w *writer) numbering() string {
	var b strings.Builder
	b.WriteString(declaration + `<w:numbering` + spaceW + `>`)
	for abstract, format := range []string{"bullet", "decimal"} {
		b.WriteString(`<w:abstractNum w:abstractNumId="` + strconv.Itoa(abstract) + `"><w:multiLevelType w:val="hybridMultilevel"/>`)
		for level := range maxDepth {
			text := "•"
			if format == "decimal" {
				text = "%" + strconv.Itoa(level+1) + "."
			}
			b.WriteString(`<w:lvl w:ilvl="` + strconv.Itoa(level) + `"><w:start w:val="1"/><w:numFmt w:val="` + format + `"/><w:lvlText w:val="` + text + `"/><w:lvlJc w:val="left"/>` +
				`<w:pPr><w:ind w:left="` + strconv.Itoa((level+1)*indent) + `" w:hanging="` + strconv.Itoa(indent) + `" w:firstLineChars="0"/></w:pPr>`)
			if format == "bullet" {
				b.WriteString(`<w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:cs="Times New Roman"/></w:rPr>`)
			}
			b.WriteString(`</w:lvl>`)
		}
		b.WriteString(`</w:abstractNum>`)
	}
	b.WriteString(`<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>`)
	for i, o := range w.orders {
		b.WriteString(`<w:num w:numId="` + strconv.Itoa(i+2) + `"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="` + strconv.Itoa(o.level) +
			`"><w:startOverride w:val="` + strconv.Itoa(o.start) + `"/></w:lvlOverride></w:num>`)
	}
	b.WriteString(`</w:numbering>`)
	return b.String()
}
