package docx

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// everything is a document with one of each.
func everything(l Layout) Document {
	return Document{
		Title: "关于组团参会的请示 & <others>", Language: "zh", Creator: "Focal point, NIA", Created: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC),
		Layout: l, Header: "中欧移民和人员往来对话", Mark: Mark{"TLP:AMBER+STRICT", "FFC000"},
		Body: []Block{
			Paragraph{Style: Letterhead, Text: Text("国家移民管理局")},
			Title{Text("关于组团参会的请示")},
			Heading{1, Text("一、事由")},
			Paragraph{Text: []Run{{Text: "根据“对话”安排"}, {Text: "2026年12月4日前", Bold: true}, {Text: "IOM China", Lang: "en", Italic: true}, {Text: "强调", Italic: true}, {Text: "网站", Link: "https://example.org/a?b=1&c=2"}, {Text: "no link", Link: "javascript:alert(1)"}, {Text: "代码", Fixed: true}}},
			Heading{2, Text("（一）经过")},
			List{Items: [][]Block{{Paragraph{Text: Text("甲")}, List{Ordered: true, Start: 3, Items: [][]Block{{Paragraph{Text: Text("三")}}, {Paragraph{Text: Text("四")}, Paragraph{Text: Text("四之二")}}}}}, {Paragraph{Text: Text("乙")}}, {}}},
			List{Ordered: true, Items: [][]Block{{Table{Rows: [][]Cell{{Words(Run{Text: "x"})}}}}}},
			Quote{[]Block{Paragraph{Text: Text("引文\n第二行\t后")}}},
			Rule{},
			Lines{2},
			Table{Head: []Cell{Words(Run{Text: "单位"}), Words(Run{Text: "人数"})}, Rows: [][]Cell{{Words(Run{Text: "NIA"})}, {Words(Run{Text: "MFA"}), {}}}, Widths: []int{3, 1}},
			Table{Plain: true, Rows: [][]Cell{{Words(Run{Text: "截止日期", Bold: true}), Words(Run{Text: "2026年12月4日"})}}},
			Table{},
			Space{Label: Text("领导批示"), Height: 45},
			Paragraph{Style: Signature, Text: Text("2026年11月23日")},
			Break{},
			Paragraph{Style: Small, Text: []Run{{Text: "\x00\x08\ufffe bad \xff & <b>\"quoted\"</b>", Lang: `en" x="`}, {}}},
		},
	}
}

// unpack gives the parts of a file by name.
func unpack(t testing.TB, b []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		part, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(part)
	}
	if z.File[0].Name != "[Content_Types].xml" {
		t.Errorf("the package begins with %s", z.File[0].Name)
	}
	return out
}

// wellFormed reads a part to its end.
func wellFormed(part string) error {
	for d := xml.NewDecoder(strings.NewReader(part)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestParts(t *testing.T) {
	for _, l := range []Layout{Memo, Official} {
		b, err := Bytes(everything(l))
		if err != nil {
			t.Fatal(err)
		}
		again, _ := Bytes(everything(l))
		if !bytes.Equal(b, again) {
			t.Error("the same document gives other bytes")
		}
		parts := unpack(t, b)
		for name, part := range parts {
			if err := wellFormed(part); err != nil {
				t.Errorf("%s: %v\n%s", name, err, part)
			}
		}
		// What is named is there, and what is there is named.
		for _, m := range regexp.MustCompile(`PartName="/([^"]+)"`).FindAllStringSubmatch(parts["[Content_Types].xml"], -1) {
			if parts[m[1]] == "" {
				t.Errorf("%s is named and missing", m[1])
			}
		}
		for name := range parts {
			if strings.HasPrefix(name, "word/") && !strings.Contains(parts["[Content_Types].xml"], name) && !strings.HasSuffix(name, ".rels") {
				t.Errorf("%s has no type", name)
			}
		}
		defined := map[string]bool{}
		for _, m := range regexp.MustCompile(`w:styleId="([^"]+)"`).FindAllStringSubmatch(parts["word/styles.xml"], -1) {
			defined[m[1]] = true
		}
		for _, part := range []string{"document", "styles", "header1", "footer1"} {
			for _, m := range regexp.MustCompile(`<w:(?:pStyle|rStyle|tblStyle|basedOn|next) w:val="([^"]+)"`).FindAllStringSubmatch(parts["word/"+part+".xml"], -1) {
				if !defined[m[1]] {
					t.Errorf("%s uses the style %s, which there is not", part, m[1])
				}
			}
		}
		for _, m := range regexp.MustCompile(`r:id="([^"]+)"`).FindAllStringSubmatch(parts["word/document.xml"], -1) {
			if !strings.Contains(parts["word/_rels/document.xml.rels"], `Id="`+m[1]+`"`) {
				t.Errorf("%s leads nowhere", m[1])
			}
		}
		for _, m := range regexp.MustCompile(`<w:numId w:val="([^"]+)"`).FindAllStringSubmatch(parts["word/document.xml"], -1) {
			if !strings.Contains(parts["word/numbering.xml"], `<w:num w:numId="`+m[1]+`"`) {
				t.Errorf("the list %s has no numbers", m[1])
			}
		}
		for _, font := range regexp.MustCompile(`w:(?:ascii|eastAsia)="([^"]+)"`).FindAllStringSubmatch(parts["word/styles.xml"], -1) {
			if font[1] != "zh-CN" && font[1] != "Arial" && !strings.Contains(parts["word/fontTable.xml"], `w:name="`+font[1]+`"`) {
				t.Errorf("the table of fonts has no %s", font[1])
			}
		}
	}
}

var update = flag.Bool("update", false, "write testdata anew")

// TestStructure compares the parts with the committed ones: a change of what is written is looked
// at. go test ./standard/docx -run Structure -update
func TestStructure(t *testing.T) {
	b, err := Bytes(everything(Official))
	if err != nil {
		t.Fatal(err)
	}
	parts := unpack(t, b)
	got := ""
	for _, name := range []string{"docProps/core.xml", "word/document.xml", "word/_rels/document.xml.rels", "word/header1.xml", "word/footer1.xml"} {
		got += "== " + name + "\n" + regexp.MustCompile(`(</w:p>|</w:tblGrid>|</w:trPr>|</w:tcPr>|</w:pPr>|</w:r>|/>)(<(?:w:p>|w:tbl>|w:tr>|w:tc>|w:r>|w:hyperlink|w:sectPr|Rel|/w:tc|/w:tbl))`).ReplaceAllString(strings.TrimPrefix(parts[name], declaration), "$1\n$2") + "\n"
	}
	const golden = "testdata/structure.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the body is another:\n%s", got)
	}
}

// TestSaid: what a reader's program is told besides the words.
func TestSaid(t *testing.T) {
	b, err := Bytes(everything(Official))
	if err != nil {
		t.Fatal(err)
	}
	parts := unpack(t, b)
	for part, wants := range map[string][]string{
		"docProps/core.xml": {"<dc:title>关于组团参会的请示 &amp; &lt;others&gt;</dc:title>", "<dc:language>zh-CN</dc:language>", "2026-11-23T08:00:00Z"},
		"word/document.xml": {
			`<w:pStyle w:val="Title"/>`, `<w:pStyle w:val="Heading1"/>`, `<w:tblHeader/>`, `w:w="11906" w:h="16838"`,
			`<w:lang w:val="zh-CN" w:eastAsia="zh-CN"/></w:rPr><w:t xml:space="preserve">根据“对话”安排`, // runs say their language
			`<w:i/><w:iCs/><w:lang w:val="en-GB"/></w:rPr><w:t xml:space="preserve">IOM China`,
			`<w:em w:val="dot"/>`, // no italics in Chinese
			`<w:br/>`, `<w:tab/>`, `<w:br w:type="page"/>`,
			`w:top="2098" w:right="1474" w:bottom="1984" w:left="1587"`, // 37, 26, 35, 28 mm
		},
		"word/numbering.xml": {`<w:lvlOverride w:ilvl="1"><w:startOverride w:val="3"/>`, `<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/>`},
		"word/header1.xml":   {"TLP:AMBER+STRICT", `<w:color w:val="FFC000"/>`, `w:fill="000000"`},
		"word/footer1.xml":   {"TLP:AMBER+STRICT", `w:instr="PAGE"`, "— "},
		"word/styles.xml":    {`w:eastAsia="仿宋"`, `w:eastAsia="方正小标宋简体"`, `<w:outlineLvl w:val="0"/>`, `w:firstLineChars="200"`},
		"word/fontTable.xml": {"FangSong,仿宋_GB2312"},
	} {
		for _, want := range wants {
			if !strings.Contains(parts[part], want) {
				t.Errorf("%s: no %s", part, want)
			}
		}
	}
	if strings.Contains(parts["word/_rels/document.xml.rels"], "javascript") {
		t.Error("a link that runs a script")
	}
}

func FuzzText(f *testing.F) {
	f.Add("a\x00<b>&\"'\u202e\ufffe\ud7ff\U0010ffff", "en", "https://example.org/%zz")
	f.Fuzz(func(t *testing.T, s, lang, link string) {
		b, err := Bytes(Document{Title: s, Language: lang, Header: s, Mark: Mark{s, s}, Body: []Block{Title{Text(s)}, Paragraph{Text: []Run{{Text: s, Lang: s, Link: link}}}}})
		if err != nil {
			t.Fatal(err)
		}
		for name, part := range unpack(t, b) {
			if err := wellFormed(part); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
