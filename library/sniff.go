package library

import (
	"archive/zip"
	"bytes"
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"

	"entente/internal/fault"
	"entente/internal/files"
)

// programs begin what a machine would run.
var programs = [][]byte{
	[]byte("MZ"), []byte("\x7fELF"), []byte("#!"), []byte("\x00asm"), []byte("dex\n"),
	{0xfe, 0xed, 0xfa, 0xce},
	{0xfe, 0xed, 0xfa, 0xcf},
	{0xce, 0xfa, 0xed, 0xfe},
	{0xcf, 0xfa, 0xed, 0xfe},
	{0xca, 0xfe, 0xba, 0xbe},
	{0x4c, 0, 0, 0, 1, 0x14, 2, 0}, // a shortcut of Windows
}

// programNames are extensions by which a system runs a file whatever it holds.
var programNames = []string{
	".exe", ".com", ".bat", ".cmd", ".scr", ".pif", ".msi", ".msp", ".dll", ".cpl", ".lnk", ".url", ".reg", ".hta", ".chm",
	".js", ".jse", ".vbs", ".vbe", ".wsf", ".wsh", ".ps1", ".sh", ".jar", ".app", ".apk", ".dmg", ".pkg", ".deb", ".rpm",
}

// webNames are extensions of what a browser runs, and webHeads how it begins.
var (
	webNames = []string{".htm", ".html", ".xhtml", ".xht", ".shtml", ".mht", ".mhtml", ".svg", ".svgz"}
	webHeads = [][]byte{[]byte("<svg"), []byte("<!doctype html"), []byte("<!doctype svg"), []byte("<html"), []byte("http://www.w3.org/1999/xhtml")}
)

// macroNames are extensions of documents that are made to hold macros.
var macroNames = []string{".docm", ".dotm", ".xlsm", ".xltm", ".xlam", ".xlsb", ".pptm", ".potm", ".ppsm", ".ppam"}

// macroProject is the storage in which the old office formats keep macros ([MS-OVBA], 2.2.1), as a
// directory writes its name.
var macroProject = []byte("_\x00V\x00B\x00A\x00_\x00P\x00R\x00O\x00J\x00E\x00C\x00T\x00")

// mostDirectory bounds how much of an archive's directory is read: each entry costs memory. Ten
// thousand files with long names have less.
const mostDirectory = 2 << 20

var (
	ole = []byte{0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1}
	// oleTypes are the old office formats, which only their extension tells apart.
	oleTypes = map[string]string{
		".doc": "application/msword", ".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint",
		".wps": "application/vnd.ms-works", ".msg": "application/vnd.ms-outlook",
	}
	// officeParts are folders by which the newer ones, and OFD (GB/T 33190), are known.
	officeParts = []struct{ part, media string }{
		{"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		{"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
		{"OFD.xml", "application/ofd"},
	}
)

// sniff gives the media type that a content shows, or refuses what a machine would run.
func sniff(in *files.Incoming, name string) (string, error) {
	head := make([]byte, 512)
	n, err := in.Data.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return "", err
	}
	head = head[:n]
	ext := strings.ToLower(path.Ext(name))
	runs := slices.Contains(programNames, ext) ||
		slices.ContainsFunc(programs, func(p []byte) bool { return bytes.HasPrefix(head, p) })
	if runs {
		return "", refused(name, "fault.file-program")
	}
	if n == 0 {
		return "", refused(name, "fault.file-empty")
	}
	if slices.Contains(webNames, ext) || isWeb(head) {
		return "", refused(name, "fault.file-web")
	}
	if slices.Contains(macroNames, ext) {
		return "", refused(name, "fault.file-macro")
	}
	if bytes.HasPrefix(head, ole) {
		if macros, err := holds(in, macroProject); err != nil || macros {
			if err == nil {
				err = refused(name, "fault.file-macro")
			}
			return "", err
		}
		if t, ok := oleTypes[ext]; ok {
			return t, nil
		}
		return "application/x-ole-storage", nil
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return sniffZip(in, name)
	}
	t, _, err := mime.ParseMediaType(http.DetectContentType(head))
	return t, err
}

// isWeb says whether a browser would take what begins so for a page or a drawing that runs.
func isWeb(head []byte) bool {
	low := bytes.ToLower(bytes.TrimLeft(head, "\ufeff \t\r\n\x00"))
	return strings.HasPrefix(http.DetectContentType(head), "text/html") || bytes.HasPrefix(low, []byte("<")) &&
		slices.ContainsFunc(webHeads, func(h []byte) bool { return bytes.Contains(low, h) })
}

// sniffZip tells documents that are archives from each other and from programs that are.
func sniffZip(in *files.Incoming, name string) (string, error) {
	data := &sparing{in.Data, mostDirectory}
	z, err := zip.NewReader(data, in.Size)
	if data.left < 0 {
		return "", refused(name, "fault.file-entries")
	}
	if err != nil {
		return "application/octet-stream", nil //nolint:nilerr // it begins as an archive and is none
	}
	media := "application/zip"
	for i, f := range z.File {
		if strings.EqualFold(path.Base(f.Name), "vbaProject.bin") || strings.HasPrefix(f.Name, "Basic/") { // ECMA-376; OpenDocument
			return "", refused(name, "fault.file-macro")
		}
		if f.Name == "META-INF/MANIFEST.MF" || f.Name == "AndroidManifest.xml" {
			return "", refused(name, "fault.file-program")
		}
		if i == 0 && f.Name == "mimetype" && f.UncompressedSize64 < 100 { // OpenDocument, 3.3: stands first
			if t := content(f); strings.HasPrefix(t, "application/vnd.oasis.opendocument.") {
				media = t
			}
		}
		for _, p := range officeParts {
			if media == "application/zip" && strings.HasPrefix(f.Name, p.part) {
				media = p.media
			}
		}
	}
	return media, nil
}

// sparing gives no more than so many bytes of what it reads.
type sparing struct {
	io.ReaderAt
	left int64
}

func (s *sparing) ReadAt(p []byte, at int64) (int, error) {
	if s.left -= int64(len(p)); s.left < 0 {
		return 0, io.ErrUnexpectedEOF
	}
	return s.ReaderAt.ReadAt(p, at)
}

// holds says whether a content holds some bytes, wherever they stand.
func holds(in *files.Incoming, what []byte) (bool, error) {
	r := io.NewSectionReader(in.Data, 0, in.Size)
	b := make([]byte, 64<<10)
	for kept := 0; ; {
		n, err := r.Read(b[kept:])
		if bytes.Contains(b[:kept+n], what) {
			return true, nil
		}
		if err == io.EOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		tail := min(len(what)-1, kept+n)
		copy(b, b[kept+n-tail:kept+n])
		kept = tail
	}
}

// content reads the first bytes of a small entry.
func content(f *zip.File) string {
	r, err := f.Open()
	if err != nil {
		return ""
	}
	defer r.Close()
	b, _ := io.ReadAll(io.LimitReader(r, 100))
	return string(b)
}

func refused(name, key string) error {
	var f fault.Fields
	f.Add("file", name, key)
	return f.Err()
}
