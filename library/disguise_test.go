package library

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"

	"entente/internal/fault"
	"entente/internal/files"
)

// zipped makes an archive of names and contents, one after the other.
func zipped(t *testing.T, parts ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err == nil {
			_, err = w.Write([]byte(parts[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// wide writes a text in UTF-16.
func wide(order binary.AppendByteOrder, s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

const (
	xmlHead  = "<?xml version=\"1.0\"?>\n"
	svg      = `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`
	types    = "[Content_Types].xml"
	noMacros = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>`
	flatODF  = xmlHead + `<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:xhtml="http://www.w3.org/1999/xhtml" xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0">`
	ofLibre  = "<office:scripts>\n <office:script script:language=\"ooo:Basic\">\n  <ooo:libraries xmlns:ooo=\"http://openoffice.org/2004/office\" xmlns:xlink=\"http://www.w3.org/1999/xlink\"/>\n </office:script>\n</office:scripts>"
)

// TestDisguised: pages, drawings and documents with macros are known by what a browser or an office program
// makes of them, wherever that stands and however it is written; and what only looks like them is taken.
func TestDisguised(t *testing.T) {
	const web, macro, program, remote, spent = "fault.file-web", "fault.file-macro", "fault.file-program", "fault.file-remote", "fault.file-entries"
	comment, old := "<!--"+strings.Repeat("x", 300_000)+"-->", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
	project := func(s string) string { return old + strings.Repeat("x", 65_000) + wide(binary.LittleEndian, s) }
	sheet := func(kind byte) string {
		return old + strings.Repeat("x", 900) + "\x85\x00\x0e\x00abcd\x00" + string([]byte{kind}) + "\x06\x00Sheet1"
	}
	flatOPC := func(part string) string {
		return xmlHead + `<?mso-application progid="Word.Document"?><pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlpackage">` + strings.Repeat("<pkg:part/>", 10_000) + part + `</pkg:package>`
	}
	doc := []string{types, noMacros, "word/document.xml", "<w/>"}
	with := func(more ...string) string { return zipped(t, append(doc[:len(doc):len(doc)], more...)...) }
	related := func(kind, mode, target string) string {
		return with("word/_rels/settings.xml.rels", xmlHead+`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Target="`+target+`" Id="&#60;a" TargetMode="`+mode+
			`" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/`+kind+`"/></Relationships>`)
	}
	odf := func(more ...string) string {
		return zipped(t, append([]string{"mimetype", "application/vnd.oasis.opendocument.text"}, more...)...)
	}
	content := func(s string) string {
		return strings.Replace(flatODF, "document ", "document-content ", 1) + s + "</office:document-content>"
	}
	for _, c := range []struct{ what, name, data, want string }{
		{"after a long comment", "a.xml", xmlHead + comment + svg, web},
		{"XHTML there", "a.xml", xmlHead + comment + `<html xmlns="http://www.w3.org/1999/xhtml"/>`, web},
		{"by a prefix", "a.xml", xmlHead + comment + `<s:svg xmlns:s="http://www.w3.org/2000/svg"/>`, web},
		{"its namespace in numbers", "a.xml", xmlHead + `<s:s` + comment + `vg xmlns:s="http://www.w3.org&#x2F;2000/&#115;vg"/>`, web},
		{"in very long ones", "a.xml", xmlHead + `<s:s xmlns:s="http:/&#` + strings.Repeat("0", 90) + `47;www"/>`, web},
		{"after a mark and much white space", "a.xml", "\xef\xbb\xbf" + strings.Repeat(" ", 5_000) + xmlHead + svg, web},
		{"after many numbers", "a.xml", "<x>" + strings.Repeat("&#65;", 3_000) + svg + "</x>", web},
		{"by an entity", "a.xml", xmlHead + `<!DOCTYPE x [<!ENTITY n "http://www">]><s:s xmlns:s="&n;"/>`, web},
		{"after much white space", "a.txt", strings.Repeat(" \n", 200_000) + svg, web},
		{"made by a style sheet in it", "a.xml", xmlHead + `<?xml-stylesheet type="text/xsl" href="#s"?><x/>`, web},
		{"UTF-16 with a mark", "u16.dat", "\xff\xfe" + wide(binary.LittleEndian, "<html><script>alert(1)</script>"), web},
		{"the other way round", "u16.dat", "\xfe\xff" + wide(binary.BigEndian, "<!doctype html>"), web},
		{"without a mark, late", "u16.xml", wide(binary.LittleEndian, xmlHead+comment+svg), web},
		{"with escapes of ISO-2022-JP", "a.xml", "<?xml version='1.0' encoding='iso-2022-jp'?><sv\x1b(Bg/>", web},
		{"by name", "a.xsl", "words", web},
		{"by name", "a.shtm", "words", web},
		{"by name, packed", "a.svg.gz", "\x1f\x8b words", web},
		{"by name", "a.webarchive", "bplist00", web},
		{"by name", "a.swf", "words", program},
		{"by content", "a.dat", "CWS\x0a0000000000", program},

		{"a part of another name, by its type", "a.doc", with(types, `<Override PartName="/word/data.bin" ContentType="application/vnd.ms-office.vbaProject"/>`, "word/data.bin", "x"), macro},
		{"the type in numbers", "a.docx", with(types, `<Override ContentType="application/vnd.ms-office.vba&#80;roject"/>`), macro},
		{"the type in UTF-16", "a.docx", with(types, wide(binary.LittleEndian, `<Override ContentType="application/vnd.ms-office.vbaProject"/>`)), macro},
		{"by its relation", "a.docx", with("word/_rels/document.xml.rels", `<Relationship Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject"/>`), macro},
		{"by the type of the whole", "a.xlsx", zipped(t, types, `<Override ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>`), macro},
		{"names in other letters", "a.docx", with(`WORD\VBAPROJECT.BIN`, "x"), macro},
		{"sheets of macros", "a.xls", zipped(t, types, noMacros, "xl/macrosheets/sheet1.xml", "x"), macro},
		{"scripts of an OpenDocument", "a.odt", zipped(t, "mimetype", "application/vnd.oasis.opendocument.text", "Scripts/python/x.py", "x"), macro},
		{"the same without its first entry", "a.odt", zipped(t, "META-INF/manifest.xml", "x", "Scripts/python/x.py", "x"), macro},
		{"bytes before the archive", "a.docx", "xxxx" + with("word/vbaProject.bin", "x"), macro},
		{"a picture before the archive", "a.png", "\x89PNG\r\n\x1a\n" + with("word/vbaProject.bin", "x"), macro},
		{"a program in an archive", "a.dat", "xxxx" + zipped(t, "meta-inf/manifest.mf", "x"), program},
		{"a description too long to be read", "a.docx", with(types, strings.Repeat("x", mostTypes+1)), macro},
		{"a directory in small letters", "a.xls", project("_vba_project"), macro},
		{"and in both", "a.ppt", project("_Vba_Project"), macro},
		{"a sheet of Excel 4", "a.xls", sheet(1), macro},
		{"by name", "a.xla", old, macro},
		{"a page taken in", "a.docx", with("word/_rels/document.xml.rels", `<Relationship Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk" Target="/word/page.html"/>`), macro},
		{"the same by the strict names, in numbers", "a.docx", with("word/_rels/document.xml.rels", `<Relationship Type="http://purl.oclc.org/ooxml/officeDocument/relationships/aFCh&#117;nk" Target="x"/>`), macro},
		{"the same in one file", "a.xml", flatOPC(`<Relationship Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk"/>`), macro},
		{"a database with Basic in a form", "a.odb", zipped(t, "mimetype", "application/vnd.oasis.opendocument.base", "forms/Obj11/Basic/script-lc.xml", "x"), macro},
		{"a database of Access", "a.accdb", "x", macro},
		{"an older one", "a.MDB", "x", macro},
		{"one by its content", "a.dat", "\x00\x01\x00\x00Standard ACE DB\x00", program},
		{"a console of Windows", "a.msc", xmlHead + "<x/>", program},
		{"a setting", "a.SettingContent-ms", xmlHead + "<x/>", program},
		{"a library", "a.library-ms", xmlHead + "<x/>", program},
		{"a starter", "a.desktop", "[Desktop Entry]", program},
		{"a script of a Mac", "a.command", "ls", program},
		{"a package in one file", "a.xml", flatOPC(`<pkg:part pkg:name="/word/vbaProject.bin" pkg:contentType="application/vnd.ms-office.vbaProject"/>`), macro},
		{"of Word 2003", "a.doc", xmlHead + `<w:wordDocument w:macrosPresent="yes"><w:binData w:name="editdata.mso"/></w:wordDocument>`, macro},
		{"of Word as a letter", "a.doc", "MIME-Version: 1.0\n\n" + strings.Repeat("x\n", 50_000) + "Content-Type: application/x-mso\n", macro},
		{"Basic in a flat OpenDocument", "a.fodt", flatODF + strings.Repeat(" ", 64_000) + `<office:scripts><office:script script:language="ooo:Basic"><ooo:libraries><ooo:library ooo:name="S"/></ooo:libraries></office:script></office:scripts></office:document>`, macro},
		{"a script of another language", "a.fodt", flatODF + `<office:scripts><office:script script:language="JavaScript">x</office:script></office:scripts></office:document>`, macro},
		{"without a prefix", "a.fods", flatODF + `<scripts xmlns="urn:oasis:names:tc:opendocument:xmlns:office:1.0"><script>x</script></scripts></office:document>`, macro},
		{"a listener", "a.fodt", flatODF + ofLibre + `<script:event-listener script:language="x"/></office:document>`, macro},

		{"a template from the web", "a.docx", related("attachedTemplate", "External", "https://example.org/a.dotm"), remote},
		{"its address in numbers, its words in other letters", "a.docx", related("ATTACHEDTEMPLATE", "&#69;xternal", "&#104;ttp&#58;//example.org/a.dotm"), remote},
		{"from a share", "a.docx", related("attachedTemplate", "External", `\\example.org\a\b.dotm`), remote},
		{"from a share as a file", "a.docx", related("attachedTemplate", "External", "file:///\\\\example.org\\a\\b.dotm"), remote},
		{"and as another", "a.docx", related("attachedTemplate", "External", "file://example.org/a.dotm"), remote},
		{"a program's part from the web", "a.docx", related("oleObject", "External", "mhtml:https://example.org/a!x"), remote},
		{"relations that nobody can read", "a.docx", with("word/_rels/settings.xml.rels", "<Relationships><"), spent},
		{"in a package of one file", "a.xml", flatOPC(`<pkg:part><Relationship Type="http://x/attachedTemplate" Target="http://example.org/a" TargetMode="External"/></pkg:part>`), remote},
		{"of Word 2003", "a.xml", xmlHead + `<w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"><w:attachedTemplate w:val="http://example.org/a.dot"/></w:wordDocument>`, remote},
		{"of a flat OpenDocument", "a.fodt", flatODF + `<office:meta><meta:template xlink:href="https://example.org/a.ott"/></office:meta></office:document>`, remote},
		{"a text too long to be kept", "a.xml", flatOPC(strings.Repeat("x", mostToken+1<<20)), spent},
		{"packed", "a.odt", odf("content.xml", content(""), "meta.xml", "<office:meta>"+strings.Repeat("x", mostToken+1<<20)+"</office:meta>"), spent},
		{"of another encoding", "a.xml", `<?xml version="1.0" encoding="GB2312"?><w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"><w:t>` + "\xd6\xd0\xb9\xfa" + `</w:t><w:attachedTemplate w:val="http://example.org/a.dot"/></w:wordDocument>`, remote},
		{"behind zeros", "a.xml", xmlHead + `<w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml">` + strings.Repeat("\x00", 1<<20) + `<w:attachedTemplate w:val="http://example.org/a.dot"/></w:wordDocument>`, remote},
		{"what nobody can read", "a.xml", xmlHead + `<w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"><`, spent},
		{"of RTF", "a.rtf", `{\rtf1{\*\template http://example.org/a.dot}words}`, remote},
		{"of RTF in numbers", "a.rtf", `{\rtf1{\*\template \u104?\u116?tp://example.org/a.dot}words}`, remote},
		{"of an OpenDocument", "a.odt", odf("content.xml", content(""), "meta.xml", `<office:meta><meta:template xlink:href="https://example.org/a.ott"/></office:meta>`), remote},
		{"a listener of an OpenDocument", "a.odt", odf("content.xml", content(ofLibre+`<office:event-listeners><script:event-listener script:language="ooo:script" xlink:href="vnd.sun.star.script:x"/></office:event-listeners>`)), macro},
		{"behind much", "a.ods", odf("content.xml", content(strings.Repeat(" ", 300_000)+`<script:event-listener script:event-name="dom:load" script:language="x"/>`)), macro},
		{"its own scripts", "a.odt", odf("content.xml", content(`<office:scripts><office:script script:language="JavaScript">x</office:script></office:scripts>`)), macro},
		{"of an object in it", "a.odt", odf("content.xml", content(""), "Object 1/content.xml", content(`<script:event-listener script:language="x"/>`)), macro},
		{"in its styles", "a.odt", odf("styles.xml", content(`<script:event-listener script:language="x"/>`)), macro},
		{"a slide that runs a program", "a.odp", odf("content.xml", content(`<presentation:event-listener script:event-name="dom:click" presentation:action="execute" xlink:href="x"/>`)), macro},
		{"more than is looked through", "a.ods", odf("content.xml", strings.Repeat(" ", mostContent+1)), spent},

		{"a page in an archive", "a.zip", zipped(t, "papers/Index.HTML", "x"), web},
		{"by what a system makes of its name", "a.zip", zipped(t, "papers/index.html. .", "x"), web},
		{"by its content alone", "a.zip", zipped(t, "papers/a.txt", " <!doctype html><script>x</script>"), web},
		{"a drawing", "a.zip", zipped(t, "a.dat", xmlHead+comment+svg), web},
		{"a document with macros", "a.zip", zipped(t, "a.docm", "x"), macro},
		{"an old one", "a.zip", zipped(t, "a.doc", project("_vba_project")), macro},
		{"a script", "a.zip", zipped(t, "a.js", "x"), program},
		{"a program by its content", "a.zip", zipped(t, "a.dat", "MZ x"), program},
		{"in what calls itself a document", "a.docx", zipped(t, "a.js", "x"), program},
		{"in an archive with a document's folder", "a.zip", with("a.hta", "x"), program},

		{"a link in a document", "a.docx", related("hyperlink", "External", "https://example.org/"), ""},
		{"a template of the machine's", "a.docx", related("attachedTemplate", "External", `file:///C:\Users\a\Templates\letter.dotx`), ""},
		{"one beside the document", "a.docx", related("attachedTemplate", "External", "letter.dotx"), ""},
		{"one of RTF", "a.rtf", `{\rtf1{\*\template C:\\a\\Normal.dot}words}`, ""},
		{"one of an OpenDocument", "a.odt", odf("content.xml", content(ofLibre), "meta.xml", `<office:meta><meta:template xlink:href="file:///usr/share/a.ott"/></office:meta>`), ""},
		{"a slide that shows the next", "a.odp", odf("content.xml", content(`<presentation:event-listener script:event-name="dom:click" presentation:action="next-page"/>`)), ""},
		{"a drawing of a document's own", "a.docx", with("word/media/image1.svg", svg), ""},
		{"an archive of papers", "a.zip", zipped(t, "a/", "", "a/a.txt", "第一次会议", "a/b.pdf", "%PDF-1.7", "a/c.xml", xmlHead+"<x/>", "a/d.doc", project("_VBA_PROTOCOL")), ""},

		{"a database of LibreOffice", "a.odb", zipped(t, "mimetype", "application/vnd.oasis.opendocument.base", "forms/Obj11/content.xml", "<x/>"), ""},
		{"papers on Basic", "a.zip", zipped(t, "a/basic/paper.txt", "x"), ""},
		{"data in XML", "a.xml", xmlHead + comment + `<iati-activities>R&amp;D &#20013;&#x56FD;</iati-activities>`, ""},
		{"a package in one file", "a.xml", flatOPC(`<pkg:part pkg:name="/word/document.xml" pkg:contentType="application/xml"/>`), ""},
		{"of Word 2003 in another encoding", "a.xml", `<?xml version="1.0" encoding="GB2312"?><w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"><w:t>` + "\xd6\xd0\xb9\xfa" + `</w:t></w:wordDocument>`, ""},
		{"a flat OpenDocument", "a.fodt", flatODF + ofLibre + `<office:body/></office:document>`, ""},
		{"one without scripts", "a.fodt", flatODF + `<office:scripts/><office:body/></office:document>`, ""},
		{"a document", "a.docx", with("word/_rels/document.xml.rels", `<Relationship Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"/>`), ""},
		{"an OpenDocument", "a.odt", zipped(t, "mimetype", "application/vnd.oasis.opendocument.text", "content.xml", "x"), ""},
		{"a folder of scripts", "a.zip", zipped(t, "scripts/opening.txt", "x", "xl.txt", "x"), ""},
		{"an old document", "a.doc", project("_VBA_PROTOCOL"), ""},
		{"an old workbook", "a.xls", sheet(0), ""},
		{"words about them", "a.txt", "of <svg, <html and vbaProject.bin & #c", ""},
		{"Chinese in UTF-16", "a.txt", "\xff\xfe" + wide(binary.LittleEndian, "第一次会议 <html>"), ""},
		{"packed words", "a.txt.gz", "\x1f\x8b words", ""},
		{"a letter", "a.eml", "Subject: x\nMIME-Version: 1.0\nContent-Type: text/html\n\n<html>", ""},
	} {
		_, err := sniff(&files.Incoming{Content: files.Content{Size: int64(len(c.data))}, Data: strings.NewReader(c.data)}, c.name)
		got := ""
		if f := faultsOf(err); len(f) == 1 {
			got = f[0].Key
		} else if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s (%s): %q, want %q", c.what, c.name, got, c.want)
		}
	}
}

func faultsOf(err error) fault.Fields {
	f, _ := err.(*fault.Error)
	if f == nil {
		return nil
	}
	return f.Fields
}

// TestLookedThroughAsAStream: looking through a content costs the same memory whatever its size.
func TestLookedThroughAsAStream(t *testing.T) {
	for name, words := range map[string]string{"words": "words &amp; words ", "numbers": "&#65;&#x4e2d;"} {
		t.Run(name, func(t *testing.T) { streams(t, xmlHead+"<x>"+strings.Repeat(words, 1<<20)+"</x>") })
	}
}

func streams(t *testing.T, data string) {
	t.Helper()
	in := &files.Incoming{Content: files.Content{Size: int64(len(data))}, Data: strings.NewReader(data)}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := sniff(in, "a.xml"); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 && !testing.Short() {
		t.Errorf("%d bytes of a file cost %d bytes of memory", len(data), n)
	}
}
