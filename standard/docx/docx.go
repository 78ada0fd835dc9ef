// Package docx writes word processor documents in WordprocessingML, as ISO/IEC 29500-1:2016
// (ECMA-376, 5th edition, Part 1) clause 17 describes it, in the package of Part 2. It writes what
// EN 301 549 clause 10 asks of a document that is not a web page: real headings, real lists,
// tables whose head is marked as such, a title, and a language on every run of text. The same
// Document always gives the same bytes.
package docx

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"time"
)

// Document is a text with what stands around it.
type Document struct {
	Title    string    // of the file's properties; what a reader's program announces
	Language string    // BCP 47; of every run that names none
	Creator  string    // who made it; empty: not said
	Created  time.Time // zero: not said
	Layout   Layout    // the zero Layout is Memo
	Header   string    // a line at the head of every page, before the mark
	Mark     Mark      // at head and foot of every page
	Body     []Block
}

// Mark is a label as it is drawn on black, on every page.
type Mark struct {
	Text   string
	Colour string // six hexadecimal digits
}

// Block is a part of the body: Title, Heading, Paragraph, List, Quote, Table, Rule, Lines, Break or
// Space.
type Block interface{ write(w *writer, in place) }

// Title is the document's title, as its reader sees it.
type Title struct{ Text []Run }

// Heading is a heading of the first to sixth level.
type Heading struct {
	Level int
	Text  []Run
}

// Paragraph is a paragraph of text.
type Paragraph struct {
	Style Style
	Text  []Run
}

// Style is the part that a paragraph plays.
type Style string

// The styles of paragraphs. The empty one is body text.
const (
	Letterhead Style = "Letterhead" // who writes (文头)
	Flush      Style = "Flush"      // body text that begins at the margin
	Small      Style = "Small"      // a remark
	Signature  Style = "Signature"  // who signs, and when (署名、日期)
)

// List is a list of items, each of one or more blocks.
type List struct {
	Ordered bool
	Start   int // number of the first item of an ordered list; 0 is 1
	Items   [][]Block
}

// Quote is what is quoted from elsewhere.
type Quote struct{ Body []Block }

// Table has a head that is repeated on every page, and rows. A row that is shorter than the widest
// is filled up.
type Table struct {
	Head   []Cell
	Rows   [][]Cell
	Widths []int // the columns' parts of the width; none: equal
	Plain  bool  // without lines: facts beside their names
}

// Cell is one cell.
type Cell struct{ Body []Block }

// Rule is a thin line across the page.
type Rule struct{}

// Lines are ruled lines left free for a hand.
type Lines struct{ N int }

// Break begins a new page.
type Break struct{}

// Space is a ruled box left free for a hand, with a word in its corner.
type Space struct {
	Label  []Run
	Height int // millimetres
}

// Run is a text of one kind in one language.
type Run struct {
	Text         string // a line break is one on paper too
	Lang         string // BCP 47; empty: the document's
	Bold, Italic bool
	Fixed        bool   // of fixed width: what a machine reads
	Link         string // http, https or mailto; anything else leaves the words
}

// Text is one plain run.
func Text(s string) []Run { return []Run{{Text: s}} }

// Words is a cell of one plain paragraph.
func Words(runs ...Run) Cell { return Cell{[]Block{Paragraph{Style: Flush, Text: runs}}} }

// Write writes d.
func Write(w io.Writer, d Document) error {
	if d.Layout.Size == 0 {
		d.Layout = Memo
	}
	x := &writer{doc: d}
	for _, b := range d.Body {
		b.write(x, place{})
	}
	body := x.String()
	// Part 2, clause 9.2: what the package holds. The parts are written in one order, without the
	// hour, so that the same document is the same file.
	parts := []struct{ name, content string }{
		{"[Content_Types].xml", contentTypes},
		{"_rels/.rels", packageRelations},
		{"docProps/core.xml", d.properties()},
		{"word/document.xml", document(d, body)},
		{"word/_rels/document.xml.rels", x.relations()},
		{"word/styles.xml", styles(d)},
		{"word/numbering.xml", x.numbering()},
		{"word/settings.xml", settings(d)},
		{"word/fontTable.xml", fontTable()},
		{"word/header1.xml", header(d)},
		{"word/footer1.xml", footer(d)},
	}
	z := zip.NewWriter(w)
	for _, p := range parts {
		f, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate, Modified: epoch})
		if err != nil {
			return fmt.Errorf("docx: %w", err)
		}
		if _, err := io.WriteString(f, p.content); err != nil {
			return fmt.Errorf("docx: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("docx: %w", err)
	}
	return nil
}

// Bytes gives the file of d.
func Bytes(d Document) ([]byte, error) {
	var b bytes.Buffer
	err := Write(&b, d)
	return b.Bytes(), err
}

// epoch is the earliest time that a ZIP archive can name.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
