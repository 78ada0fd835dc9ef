package library

import (
	"archive/zip"
	"bytes"
	"cmp"
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
	{0x4c, 0, 0, 0, 1, 0x14, 2, 0},                                                       // a shortcut of Windows
	[]byte("\x00\x01\x00\x00Standard ACE DB"), []byte("\x00\x01\x00\x00Standard Jet DB"), // of Access, which runs what it holds
}

// programNames are extensions by which a system runs a file whatever it holds.
var programNames = []string{
	".exe", ".com", ".bat", ".cmd", ".scr", ".pif", ".msi", ".msp", ".dll", ".cpl", ".lnk", ".url", ".reg", ".hta", ".chm",
	".js", ".jse", ".vbs", ".vbe", ".wsf", ".wsh", ".ps1", ".sh", ".jar", ".app", ".apk", ".dmg", ".pkg", ".deb", ".rpm",
	".xll", ".wll", ".sct", ".wsc", ".jnlp", ".scf", ".swf",
	".msc", ".settingcontent-ms", ".library-ms", ".searchconnector-ms", ".appref-ms", ".application", ".appinstaller", ".msix", ".appx",
	".diagcab", ".gadget", ".inf", ".psm1", ".psd1", ".ps1xml", ".ws", ".desktop", ".command", ".terminal", ".workflow", ".appimage", ".run",
}

// webNames are extensions of what a browser runs, also where it is packed once more.
var webNames = []string{
	".htm", ".html", ".xhtml", ".xht", ".shtm", ".shtml", ".stm", ".mht", ".mhtml", ".svg", ".svgz", ".xsl", ".xslt", ".webarchive",
}

// macroNames are extensions of documents that are made to hold macros, or that call for them.
var macroNames = []string{
	".docm", ".dotm", ".xlsm", ".xltm", ".xlam", ".xlsb", ".pptm", ".potm", ".ppsm", ".ppam", ".xla", ".xlm", ".ppa", ".slk", ".iqy",
	".accdb", ".accde", ".accdr", ".accdt", ".accda", ".mdb", ".mde", ".mda", ".mdw", ".adp", ".ade",
}

// documentNames are extensions of packages that an office program opens as a whole: their entries are its own.
var documentNames = []string{
	".docx", ".dotx", ".xlsx", ".xltx", ".pptx", ".potx", ".ppsx", ".ofd", ".odt", ".ott", ".ods", ".ots", ".odp", ".otp", ".odg", ".otg", ".odf", ".odb", ".odc",
}

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
	low := strings.ToLower(name)
	ext := path.Ext(low)
	if slices.Contains(programNames, ext) || runs(head) {
		return "", refused(name, "fault.file-program")
	}
	if n == 0 {
		return "", refused(name, "fault.file-empty")
	}
	if key := named(low); key != "" {
		return "", refused(name, key)
	}
	whole := func() (io.ReadCloser, error) { return io.NopCloser(io.NewSectionReader(in.Data, 0, in.Size)), nil }
	if key, err := marked(whole, name); err != nil || key != "" {
		return "", cmp.Or(err, refused(name, key))
	}
	if bytes.HasPrefix(head, ole) {
		macros, err := scan(io.NewSectionReader(in.Data, 0, in.Size), false, oleMacros)
		if err != nil || macros {
			return "", cmp.Or(err, refused(name, "fault.file-macro"))
		}
		if t, ok := oleTypes[ext]; ok {
			return t, nil
		}
		return "application/x-ole-storage", nil
	}
	media, err := sniffZip(in, name)
	if err != nil {
		return "", err
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return cmp.Or(media, "application/octet-stream"), nil // it may begin as an archive and be none
	}
	t, _, err := mime.ParseMediaType(http.DetectContentType(head))
	return t, err
}

// runs says whether a content begins as what a machine would run.
func runs(head []byte) bool {
	return flash(head) || slices.ContainsFunc(programs, func(p []byte) bool { return bytes.HasPrefix(head, p) })
}

// named says why what has a name, in small letters, is refused whatever it holds; "" where it is not.
func named(low string) string {
	ext := path.Ext(low)
	switch {
	case slices.Contains(programNames, ext):
		return "fault.file-program"
	case slices.Contains(webNames, ext) || slices.Contains(webNames, path.Ext(strings.TrimSuffix(low, ".gz"))):
		return "fault.file-web"
	case slices.Contains(macroNames, ext):
		return "fault.file-macro"
	}
	return ""
}

// flash says whether a content begins as a film of Flash: a word of three letters and a version.
func flash(head []byte) bool {
	return len(head) > 8 && (head[0] == 'F' || head[0] == 'C' || head[0] == 'Z') && head[1] == 'W' && head[2] == 'S' && head[3] < ' '
}

// sniffZip tells documents that are archives from each other and from programs that are; "" for no
// archive. An archive is known by its end: those who open one do not mind what stands before it.
func sniffZip(in *files.Incoming, name string) (string, error) {
	data := &sparing{in.Data, mostDirectory}
	z, err := zip.NewReader(data, in.Size)
	if data.left < 0 {
		return "", refused(name, "fault.file-entries")
	}
	if err != nil || len(z.File) == 0 {
		return "", nil //nolint:nilerr // it is none
	}
	data.left = 4*in.Size + 2*mostTypes // the directory is read; an entry is looked through a few times
	media := "application/zip"
	for i, f := range z.File {
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
		if nestedBasic(entry(f)) {
			return "", refused(name, "fault.file-macro")
		}
	}
	whole := media != "application/zip" && slices.Contains(documentNames, path.Ext(strings.ToLower(name)))
	if key, at := packed(z, !whole); key != "" {
		if at != "" {
			name += ": " + at
		}
		return "", refused(name, key)
	}
	return media, nil
}

// nestedBasic says whether an entry is the list of the macros of a document within a document, as of a form
// in a database of LibreOffice.
func nestedBasic(name string) bool {
	return strings.Contains(name, "/basic/") && slices.Contains([]string{"script-lc.xml", "script-lb.xml", "script.xlc"}, path.Base(name))
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
