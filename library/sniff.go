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
func sniff(in files.Incoming, name string) (string, error) {
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
	if bytes.HasPrefix(head, ole) {
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

// sniffZip tells documents that are archives from each other and from programs that are.
func sniffZip(in files.Incoming, name string) (string, error) {
	z, err := zip.NewReader(in.Data, in.Size)
	if err != nil {
		return "application/octet-stream", nil //nolint:nilerr // it begins as an archive and is none
	}
	media := "application/zip"
	for i, f := range z.File {
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
