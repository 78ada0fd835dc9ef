package library

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"entente/internal/fault"
	"entente/internal/files"
)

func TestCleanName(t *testing.T) {
	for given, want := range map[string]string{
		"agenda.pdf": "agenda.pdf",
		"中欧移民对话 议程（终稿）.docx":      "中欧移民对话 议程（终稿）.docx",
		"../../etc/passwd":        "passwd",
		`C:\Users\x\签到表.xlsx`:     "签到表.xlsx",
		"a\x00b\nc.txt":           "ab c.txt",
		"\u202efdp.exe\u202c.txt": "fdp.exe.txt",
		"CON":                     "_CON",
		"nul.txt":                 "_nul.txt",
		".htaccess":               "htaccess",
		"report.pdf. . ":          "report.pdf",
		`who?<b>"x"|*.pdf`:        "who__b__x___.pdf",
		"":                        "file",
		"/":                       "file",
		"...":                     "file",
		"O'Neill-Ünal 欧阳 😀.txt":   "O'Neill-Ünal 欧阳 😀.txt",
		"\xff\xfe.txt":            "txt",
		"a/b/":                    "file",
	} {
		if got := CleanName(given); got != want {
			t.Errorf("CleanName(%q) = %q, want %q", given, got, want)
		}
	}
}

func FuzzCleanName(f *testing.F) {
	f.Add(strings.Repeat("议", 300) + ".pdf")
	f.Add(strings.Repeat("😀", 99) + "." + strings.Repeat("x", 300))
	f.Add("\u202e\u200b.\u0301.")
	f.Fuzz(func(t *testing.T, s string) {
		n := CleanName(s)
		if n == "" || len(n) > longestName+1 || !utf8.ValidString(n) || strings.ContainsAny(n, "/\\\x00<>:\"|?*") || n[0] == '.' {
			t.Errorf("CleanName(%q) = %q", s, n)
		}
		if again := CleanName(n); again != n {
			t.Errorf("CleanName(%q) = %q, and again %q", s, n, again)
		}
	})
}

func TestSniff(t *testing.T) {
	archive := func(names ...string) string {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, n := range names {
			w, err := z.Create(n)
			if err != nil {
				t.Fatal(err)
			}
			if n == "mimetype" {
				_, _ = w.Write([]byte("application/vnd.oasis.opendocument.text"))
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	for _, c := range []struct{ name, data, want string }{
		{"a.pdf", "%PDF-1.7\n", "application/pdf"},
		{"a.pdf", "<html><script>alert(1)</script>", ""},
		{"a.pdf", "plain words", "text/plain"},
		{"a.docx", archive("[Content_Types].xml", "word/document.xml"), officeParts[0].media},
		{"a.zip", archive("xl/workbook.xml"), officeParts[1].media},
		{"a.ofd", archive("OFD.xml"), "application/ofd"},
		{"a.odt", archive("mimetype", "content.xml"), "application/vnd.oasis.opendocument.text"},
		{"a.zip", archive("notes.txt"), "application/zip"},
		{"a.docx", "PK\x03\x04 broken", "application/octet-stream"},
		{"a.doc", string(ole) + "x", "application/msword"},
		{"a.bin", string(ole) + "x", "application/x-ole-storage"},
		{"a.pdf", "MZ\x90\x00", ""},
		{"a", "\x7fELF\x02", ""},
		{"a.txt", "#!/bin/sh\n", ""},
		{"setup.MSI", string(ole), ""},
		{"a.zip", archive("META-INF/MANIFEST.MF", "A.class"), ""},
		{"run.js", "alert(1)", ""},
		{"empty.pdf", "", ""},
	} {
		in := &files.Incoming{Content: files.Content{Size: int64(len(c.data))}, Data: strings.NewReader(c.data)}
		got, err := sniff(in, c.name)
		if got != c.want || (c.want == "") != fault.Is(err, fault.Invalid) {
			t.Errorf("%s %.20q: %q, %v; want %q", c.name, c.data, got, err, c.want)
		}
	}
}
