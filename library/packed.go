package library

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"entente/internal/text"
)

const (
	mostTypes   = 8 << 20   // of an archive's own description that is looked through
	mostContent = 128 << 20 // of what its entries unpack to
)

var errSpent = errors.New("library: more than is looked through")

// spending gives bytes as long as there are any left to be read.
type spending struct {
	io.ReadCloser
	left *int64
}

func (s spending) Read(p []byte) (int, error) {
	if *s.left <= 0 {
		return 0, errSpent
	}
	n, err := s.ReadCloser.Read(p[:min(int64(len(p)), *s.left)])
	*s.left -= int64(n)
	return n, err
}

func unpacked(f *zip.File, left *int64) source {
	return func() (io.ReadCloser, error) {
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		return spending{r, left}, nil
	}
}

// packed says why an archive is refused for what it holds, and for which entry; "" where it is not. What
// somebody unpacks, and no office program opens as a whole, is judged entry by entry as what is attached.
func packed(z *zip.Reader, unpacks bool) (key, at string) {
	open := slices.ContainsFunc(z.File, func(f *zip.File) bool { n := entry(f); return n == "mimetype" || n == "meta-inf/manifest.xml" })
	types, contents := int64(mostTypes), int64(mostContent)
	for _, f := range z.File {
		name, inner := entry(f), unpacked(f, &contents)
		switch {
		case name == "meta-inf/manifest.mf" || name == "androidmanifest.xml":
			return "fault.file-program", ""
		case path.Base(name) == "vbaproject.bin", strings.Contains(name, "macrosheets/"), strings.HasPrefix(name, "basic/"), open && strings.HasPrefix(name, "scripts/"):
			return "fault.file-macro", ""
		case strings.HasPrefix(name, "[content_types].xml") || strings.HasSuffix(name, ".rels"):
			inner = unpacked(f, &types)
			if macros, err := inner.through(true, macroMarks); macros || err != nil { // what no one can read is not taken for harmless
				return "fault.file-macro", ""
			}
			if strings.HasPrefix(name, "[") {
				continue
			}
			if remote, err := loads(inner); remote || err != nil {
				return unread(err, "fault.file-remote"), ""
			}
		case open && (path.Base(name) == "content.xml" || path.Base(name) == "styles.xml"):
			if macros, err := inner.through(true, flatMacros()); macros || err != nil {
				return unread(err, "fault.file-macro"), ""
			}
		case open && name == "meta.xml":
			if remote, err := loads(inner); remote || err != nil {
				return unread(err, "fault.file-remote"), ""
			}
		case unpacks && !strings.HasSuffix(name, "/"):
			if key := inside(f, name, inner); key != "" {
				return key, text.OneLine(f.Name)
			}
		}
	}
	return "", ""
}

// inside judges an entry as what is attached by itself is judged. What is encrypted, or packed in a way that
// this program does not read, is judged by its name alone, and so is a further archive.
func inside(f *zip.File, name string, open source) string {
	name = strings.TrimRight(name, ". ") // so a system names what it unpacks
	if key := named(name); key != "" {
		return key
	}
	if f.Flags&1 != 0 {
		return ""
	}
	r, err := open()
	if errors.Is(err, zip.ErrAlgorithm) {
		return ""
	}
	if err != nil {
		return unread(err, "")
	}
	head := make([]byte, 512)
	n, err := io.ReadFull(r, head)
	_ = r.Close()
	switch head = head[:n]; {
	case err != nil && err != io.EOF && err != io.ErrUnexpectedEOF:
		return unread(err, "")
	case runs(head):
		return "fault.file-program"
	case bytes.HasPrefix(head, ole):
		macros, err := open.through(false, oleMacros)
		return unread(err, because(macros, "fault.file-macro"))
	}
	key, err := marked(open, name)
	return unread(err, key)
}

// unread gives the reason for which what cannot be read to its end is refused, or the one that was found.
func unread(err error, key string) string {
	if err != nil {
		return "fault.file-entries"
	}
	return key
}

// entry gives the name of an entry as those who open the archive compare it.
func entry(f *zip.File) string {
	return strings.TrimLeft(strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/")), "/")
}
