package library

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"entente/internal/fault"
)

// What a content is called and how it begins says little of what a browser or an office program makes of
// it. Here it is read as these read it, from the beginning to the end and a window at a time, so that the
// memory stays the same whatever the size.

const (
	window  = 64 << 10
	overlap = 4 << 10 // of a window with the next: nothing that is looked for is longer
	lookAt  = 2 << 10 // of what follows an element, to judge it
)

// watch is asked of each window of a content, and at its end; true ends the looking.
type watch func(b []byte, end bool) bool

// scan looks through a content, as it is or, with plain, as a reader of XML sees its letters.
func scan(r io.Reader, plain bool, found watch) (bool, error) {
	raw, b := make([]byte, window/2), make([]byte, 0, window)
	left := 0 // bytes at the beginning of raw that wait for what follows
	for {
		n, err := r.Read(raw[left:])
		end := err == io.EOF
		if err != nil && !end {
			return false, err
		}
		n += left
		take := n
		if plain {
			if i := bytes.LastIndexByte(raw[:n], '&'); !end && i >= 0 && n-i < 4*longestReference {
				take = i
			}
			b = appendPlain(b, raw[:take])
		} else {
			b = appendLower(b, raw[:take])
		}
		left = copy(raw, raw[take:n])
		if end || len(b) >= window/2 {
			if found(b, end) {
				return true, nil
			}
			b = b[:copy(b, b[max(0, len(b)-overlap):])]
		}
		if end {
			return false, nil
		}
	}
}

// appendLower appends bytes with the letters of ASCII in lower case.
func appendLower(b, in []byte) []byte {
	for _, c := range in {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}

// hides stands in no text of a reader of XML: what has it, or a number too long for a character, was
// written to be misread.
const hides = 0x1b

// longestReference is how long the number of a character may be written: &#x0000000041;
const longestReference = 40

var reference = regexp.MustCompile(`^&#(x[0-9a-fA-F]{1,32}|[0-9]{1,32});`)

// appendPlain appends bytes as letters in lower case, whatever they were written in: the zeros of UTF-16
// and UTF-32 are left out, and characters that stand as numbers are put for these.
func appendPlain(b, in []byte) []byte {
	start := len(b)
	for _, c := range in {
		if c != 0 {
			b = append(b, c)
		}
	}
	rest := b[start:]
	if !bytes.Contains(rest, []byte("&#")) {
		return appendLower(b[:start], rest)
	}
	out := b[:start]
	for i := 0; i < len(rest); {
		c, n := rest[i], 1
		if c == '&' {
			after := rest[i:min(len(rest), i+longestReference)]
			if m := reference.FindSubmatch(after); m != nil {
				c, n = letter(string(m[1])), len(m[0])
			} else if bytes.HasPrefix(after, []byte("&#")) {
				c = hides
			}
		}
		out = appendLower(out, []byte{c})
		i += n
	}
	return out
}

// letter gives the character of ASCII that a number stands for, and another one for all others.
func letter(number string) byte {
	base := 10
	if hex, ok := strings.CutPrefix(number, "x"); ok {
		number, base = hex, 16
	}
	n, err := strconv.ParseUint(number, base, 7)
	if err != nil {
		return '?'
	}
	return byte(n)
}

// begin gives the first bytes of a content that a reader of markup does not skip, as letters.
func begin(data io.ReaderAt, size int64) ([]byte, error) {
	b := make([]byte, lookAt)
	for at := int64(0); at < size; at += int64(len(b)) / 2 {
		n, err := data.ReadAt(b, at)
		if err != nil && err != io.EOF {
			return nil, err
		}
		low := appendPlain(nil, b[:n])
		for len(low) > 0 && strings.IndexByte("\xef\xbb\xbf\xfe\xff \t\r\n\f", low[0]) >= 0 {
			low = low[1:]
		}
		if len(low) > lookAt/4 || at+int64(n) >= size {
			return low, nil
		}
	}
	return nil, nil
}

// anyOf finds one of some byte strings.
func anyOf(what ...string) watch {
	return func(b []byte, _ bool) bool {
		return slices.ContainsFunc(what, func(w string) bool { return bytes.Contains(b, []byte(w)) })
	}
}

// either is two watches at once.
func either(x, y watch) watch { return func(b []byte, end bool) bool { return x(b, end) || y(b, end) } }

// In XML, wherever it stands: what a browser runs, by whatever prefix, and what hides names from a look.
var webMarks = anyOf("<svg", "<html", "<!doctype html", "<!doctype svg", "www.w3.org/1999/xhtml", "www.w3.org/2000/svg", "<script",
	"<?xml-stylesheet", "www.w3.org/1999/xsl/transform", "<!entity", string(rune(hides)))

// macroMarks are the types and relations of parts with macros (ECMA-376, [MS-OFFMACRO2]), in a package or
// in a flat one, and what Word 2003 keeps macros in.
var macroMarks = anyOf("vbaproject", "vbadata", "macroenabled", "macrosheet", "editdata.mso", "application/x-mso", "qwn0axzltwltz", `macrospresent="yes"`, string(rune(hides)))

// flatMacros gives what finds macros in an OpenDocument of one file: anything in office:scripts but the
// empty list of libraries that LibreOffice writes into every one, a listener, and an address of a script.
func flatMacros() watch {
	office, macros := false, false
	return func(b []byte, end bool) bool {
		office = office || inOffice(b, end)
		macros = macros || bytes.Contains(b, []byte("vnd.sun.star.script:")) || flatListener.Match(b) ||
			slices.ContainsFunc(flatScripts.FindAllIndex(b, -1), func(at []int) bool {
				whole := at[0]+lookAt <= len(b) || end // or the next window holds it
				return whole && !flatNothing.Match(b[at[0]:min(len(b), at[0]+lookAt)])
			})
		return office && macros
	}
}

var (
	flatScripts  = regexp.MustCompile(`<(?:[\w.-]+:)?scripts[\s/>]`)
	flatListener = regexp.MustCompile(`<(?:[\w.-]+:)?(?:event-listener|source-code)[\s/>]`)
	flatNothing  = regexp.MustCompile(`^<(?:[\w.-]+:)?scripts\s*(?:/>|>\s*(?:<[\w.-]+:script\s[^<>]*(?:/>|>\s*(?:<[\w.-]+:libraries\s[^<>]*/>)?\s*</[\w.-]+:script>)\s*)*</(?:[\w.-]+:)?scripts>)`)
	inOffice     = anyOf("urn:oasis:names:tc:opendocument:xmlns:office:1.0", "openoffice.org/2000/office")
	flatNames    = []string{".fodt", ".fods", ".fodp", ".fodg"}
)

// marked says why a content that begins as markup, or as a letter with parts, is refused; "" where it is not.
func marked(data io.ReaderAt, size int64, name string) (string, error) {
	low, err := begin(data, size)
	if err != nil {
		return "", err
	}
	whole := func(found watch) (bool, error) { return scan(io.NewSectionReader(data, 0, size), true, found) }
	markup := bytes.HasPrefix(low, []byte("<"))
	switch {
	case strings.HasPrefix(http.DetectContentType(low), "text/html"):
		return "fault.file-web", nil
	case !markup && bytes.Contains(low, []byte("mime-version:")): // a document of Word as a letter
		macros, err := whole(anyOf("application/x-mso", "qwn0axzltwltz"))
		return because(macros, "fault.file-macro"), err
	case !markup:
		return "", nil
	}
	// A flat OpenDocument is opened by an office program and by no browser; its namespaces name those of the web.
	if !slices.Contains(flatNames, path.Ext(strings.ToLower(name))) || !inOffice(low, true) {
		if web, err := whole(webMarks); err != nil || web {
			return because(web, "fault.file-web"), err
		}
	}
	macros, err := whole(either(macroMarks, flatMacros()))
	return because(macros, "fault.file-macro"), err
}

func because(is bool, key string) string {
	if is {
		return key
	}
	return ""
}

// oleMacros finds macros in the old office formats: the storage in which they are kept ([MS-OVBA],
// 2.2.1), as a directory writes its name, whose case does not count ([MS-CFB], 2.6.4), and sheets of
// macros of Excel 4 ([MS-XLS], 2.4.28).
func oleMacros(b []byte, _ bool) bool { return bytes.Contains(b, macroProject) || sheetOfMacros(b) }

var macroProject = []byte("_\x00v\x00b\x00a\x00_\x00p\x00r\x00o\x00j\x00e\x00c\x00t\x00")

func sheetOfMacros(b []byte) bool {
	for i := 0; ; i++ {
		n := bytes.Index(b[i:], []byte{0x85, 0})
		if i += n; n < 0 || i+12 > len(b) {
			return false
		}
		size, letters := int(b[i+2])|int(b[i+3])<<8, int(b[i+10])
		if b[i+8] <= 2 && b[i+9] == 1 && (size == 8+letters || size == 8+2*letters) {
			return true
		}
	}
}

// mostTypes bounds how much of an archive's own description is looked through.
const mostTypes = 8 << 20

// packed says why an archive is refused for what it holds; "" where it is not.
func packed(z *zip.Reader) string {
	open := slices.ContainsFunc(z.File, func(f *zip.File) bool { n := entry(f); return n == "mimetype" || n == "meta-inf/manifest.xml" })
	left := int64(mostTypes)
	for _, f := range z.File {
		name := entry(f)
		switch {
		case name == "meta-inf/manifest.mf" || name == "androidmanifest.xml":
			return "fault.file-program"
		case path.Base(name) == "vbaproject.bin", strings.Contains(name, "macrosheets/"), strings.HasPrefix(name, "basic/"), open && strings.HasPrefix(name, "scripts/"):
			return "fault.file-macro"
		case strings.HasPrefix(name, "[content_types].xml") || strings.HasSuffix(name, ".rels"):
			if macros, err := typed(f, &left); macros || err != nil { // what no one can read is not taken for harmless
				return "fault.file-macro"
			}
		}
	}
	return ""
}

// entry gives the name of an entry as those who open the archive compare it.
func entry(f *zip.File) string {
	return strings.TrimLeft(strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/")), "/")
}

// typed looks for macros in a part that says which parts there are. left is how much may be read.
func typed(f *zip.File, left *int64) (bool, error) {
	r, err := f.Open()
	if err != nil {
		return false, err
	}
	defer r.Close()
	in := &io.LimitedReader{R: r, N: *left}
	macros, err := scan(in, true, macroMarks)
	if *left = in.N; *left <= 0 && err == nil {
		err = fault.New(fault.TooLarge, "")
	}
	return macros, err
}
