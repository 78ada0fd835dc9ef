// Package office opens what the program writes in the programs in which people open it.
package office

import (
	"regexp"
	"strings"
	"testing"

	"entente/internal/officetest"
	"entente/standard/docx"
)

// TestDocx: LibreOffice finds headings, lists, tables, languages and the mark where they were put.
func TestDocx(t *testing.T) {
	item := func(s string) []docx.Block { return []docx.Block{docx.Paragraph{Text: docx.Text(s)}} }
	table := docx.Table{Head: []docx.Cell{docx.Words(docx.Run{Text: "单位"}), docx.Words(docx.Run{Text: "Delegates", Lang: "en"})}}
	for range 60 {
		table.Rows = append(table.Rows, []docx.Cell{docx.Words(docx.Run{Text: "国家移民管理局"}), docx.Words(docx.Run{Text: "2"})})
	}
	b, err := docx.Bytes(docx.Document{
		Title: "呈批件标题", Language: "zh", Layout: docx.Official, Header: "对话", Mark: docx.Mark{Text: "TLP:AMBER", Colour: "FFC000"},
		Body: []docx.Block{
			docx.Paragraph{Style: docx.Letterhead, Text: docx.Text("国家移民管理局")},
			docx.Title{Text: docx.Text("呈批件标题")},
			docx.Heading{Level: 1, Text: docx.Text("一、事由")},
			docx.Paragraph{Text: []docx.Run{{Text: "根据安排，"}, {Text: "International Organization for Migration", Lang: "en", Bold: true}, {Text: "网址", Link: "https://example.org/"}}},
			docx.List{Ordered: true, Start: 4, Items: [][]docx.Block{item("第四项"), append(item("第五项"), docx.List{Items: [][]docx.Block{item("下一级")}})}},
			docx.Heading{Level: 2, Text: docx.Text("（一）名单")},
			table,
			docx.Space{Label: docx.Text("领导批示"), Height: 45},
			docx.Paragraph{Style: docx.Signature, Text: docx.Text("2026年11月23日")},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	// The flat form of OpenDocument is one XML text: what LibreOffice understood.
	got := string(officetest.Convert(t, b, "docx", "fodt"))
	for _, want := range []string{
		`<dc:title>呈批件标题</dc:title>`,
		`<text:h text:style-name="[^"]*" text:outline-level="1"[^>]*>(<[^>]*>)*一、事由`,
		`<text:h text:style-name="[^"]*" text:outline-level="2"[^>]*>(<[^>]*>)*（一）名单`,
		`<table:table-header-rows>`,
		`text:start-value="4"`,
		`xlink:href="https://example.org/"`,
		`TLP:AMBER`,
		`style:language-asian="zh" style:country-asian="CN"`,
		`fo:language="en" fo:country="GB"`,
		`<text:p text:style-name="Title">`,
		`fo:page-width="(21cm|21.00\dcm|20.99\d*cm|8.26\d*in)"`,
	} {
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("LibreOffice does not find %s", want)
		}
	}
	if text := string(officetest.Convert(t, b, "docx", "txt:Text (encoded):UTF8")); !strings.Contains(text, "International Organization for Migration") || !strings.Contains(text, "4. 第四项") {
		t.Errorf("the words are others:\n%s", text)
	}
}
