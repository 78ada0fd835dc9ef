package library

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
)

// What a content is called and how it begins says little of what a browser or an office program makes of
// it. Here it is read as these read it, from the beginning to the end and a window at a time, so that the
// memory stays the same whatever the size; of what loads reads, one text or tag is kept, up to mostToken.

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
		b = append(b, lower(c))
	}
	return b
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// hides stands in no text of a reader of XML: what has it, or a number too long for a character, was
// written to be misread.
const hides = 0x1b

// longestReference is how long the number of a character may be written: &#x0000000041;
const (
	longestReference = 40
	longestNumber    = 32
)

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
	if !bytes.Contains(rest, numberMark) {
		return appendLower(b[:start], rest)
	}
	out := b[:start]
	for i := 0; i < len(rest); {
		c, n := rest[i], 1
		if c == '&' {
			after := rest[i:min(len(rest), i+longestReference)]
			if l, size := numbered(after); size > 0 {
				c, n = l, size
			} else if bytes.HasPrefix(after, numberMark) {
				c = hides
			}
		}
		out = append(out, lower(c))
		i += n
	}
	return out
}

var numberMark, hexMark = []byte("&#"), []byte("x")

// numbered gives the character of ASCII that stands as a number at the beginning of b, and another one for
// all others and for those of markup, with how many bytes it takes: none where nothing stands so. It looks at
// each byte once and makes nothing, for a content may be of such numbers alone.
func numbered(b []byte) (c byte, size int) {
	digits, found := bytes.CutPrefix(b, numberMark)
	if !found {
		return 0, 0
	}
	base := 10
	if hex, ok := bytes.CutPrefix(digits, hexMark); ok {
		digits, base = hex, 16
	}
	value, n := 0, 0
	for n < len(digits) && n < longestNumber {
		d := strings.IndexByte("0123456789abcdef", lower(digits[n]))
		if d < 0 || d >= base {
			break
		}
		value = min(value*base+d, 0x80)
		n++
	}
	if n == 0 || n == len(digits) || digits[n] != ';' {
		return 0, 0
	}
	size = len(b) - len(digits) + n + 1
	if value == 0x80 || strings.IndexByte("<>\"'&", byte(value)) >= 0 { // as a number it is a letter of a text, and no markup
		return '?', size
	}
	return byte(value), size
}

// blanks are the bytes before the first that counts: marks of an encoding and white space.
const blanks = "\xef\xbb\xbf\xfe\xff \t\r\n\f"

// source opens a content anew, from its beginning.
type source func() (io.ReadCloser, error)

// through opens a content and looks through it.
func (open source) through(plain bool, found watch) (bool, error) {
	r, err := open()
	if err != nil {
		return false, err
	}
	defer r.Close()
	return scan(r, plain, found)
}

// begin gives the first bytes of a content that a reader of markup does not skip, as letters.
func begin(open source) ([]byte, error) {
	r, err := open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b := make([]byte, 0, lookAt)
	for {
		n, err := io.ReadFull(r, b[len(b):lookAt])
		end := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !end {
			return nil, err
		}
		b = b[:len(b)+n]
		low := appendPlain(nil, b)
		for len(low) > 0 && strings.IndexByte(blanks, low[0]) >= 0 {
			low = low[1:]
		}
		if enough(b, low) || end {
			return low, nil
		}
		b = b[:copy(b, b[lookAt/2:])]
	}
}

// enough says whether a window of a content shows how it begins: the next one begins in the middle of this one,
// and what begins before that is not let go, however long the numbers that its letters are written in.
func enough(b, low []byte) bool {
	skipped := 0
	for skipped < len(b) && (b[skipped] == 0 || strings.IndexByte(blanks, b[skipped]) >= 0) {
		skipped++
	}
	return len(low) > lookAt/4 || skipped < lookAt/2
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
// in a flat one, those of a page that a document takes in when it is opened (an altChunk), and what Word 2003
// keeps macros in.
var macroMarks = anyOf("relationships/afchunk", "vbaproject", "vbadata", "macroenabled", "macrosheet", "editdata.mso", "application/x-mso", "qwn0axzltwltz", `macrospresent="yes"`, string(rune(hides)))

// flatMacros gives what finds macros in an OpenDocument of one file: anything in office:scripts but the
// empty list of libraries that LibreOffice writes into every one, a listener, and an address of a script.
func flatMacros() watch {
	office, macros := false, false
	return func(b []byte, end bool) bool {
		office = office || inOffice(b, end)
		macros = macros || bytes.Contains(b, []byte("vnd.sun.star.script:")) || flatSource.Match(b) || listens(b, end) ||
			bytes.Contains(b, []byte("scripts")) && slices.ContainsFunc(flatScripts.FindAllIndex(b, -1), func(at []int) bool {
				whole := at[0]+lookAt <= len(b) || end // or the next window holds it
				return whole && !flatNothing.Match(b[at[0]:min(len(b), at[0]+lookAt)])
			})
		return office && macros
	}
}

// listens says whether a document lets something run when it is opened or clicked. What a click on a slide
// shows of the presentation itself is no such thing.
func listens(b []byte, end bool) bool {
	return bytes.Contains(b, []byte("event-listener")) && slices.ContainsFunc(flatListener.FindAllIndex(b, -1), func(at []int) bool {
		whole := at[0]+lookAt <= len(b) || end
		tag, _, _ := bytes.Cut(b[at[0]+1:min(len(b), at[0]+lookAt)], []byte("<"))
		return whole && (!flatShows.Match(tag) || bytes.Contains(tag, []byte("language")))
	})
}

var (
	flatScripts  = regexp.MustCompile(`<(?:[\w.-]+:)?scripts[\s/>]`)
	flatListener = regexp.MustCompile(`<(?:[\w.-]+:)?event-listener[\s/>]`)
	flatShows    = regexp.MustCompile(`\s[\w.-]+:action\s*=\s*["'](?:none|previous-page|next-page|first-page|last-page|hide|stop|show|fade-out|sound)["']`)
	flatSource   = regexp.MustCompile(`<(?:[\w.-]+:)?source-code[\s/>]`)
	flatNothing  = regexp.MustCompile(`^<(?:[\w.-]+:)?scripts\s*(?:/>|>\s*(?:<[\w.-]+:script\s[^<>]*(?:/>|>\s*(?:<[\w.-]+:libraries\s[^<>]*/>)?\s*</[\w.-]+:script>)\s*)*</(?:[\w.-]+:)?scripts>)`)
	inOffice     = anyOf("urn:oasis:names:tc:opendocument:xmlns:office:1.0", "openoffice.org/2000/office")
	flatNames    = []string{".fodt", ".fods", ".fodp", ".fodg"}
)

// marked says why a content that begins as markup, or as a letter with parts, is refused; "" where it is not.
func marked(open source, name string) (string, error) {
	low, err := begin(open)
	if err != nil {
		return "", err
	}
	whole := func(found watch) (bool, error) { return open.through(true, found) }
	markup := bytes.HasPrefix(low, []byte("<"))
	switch {
	case strings.HasPrefix(http.DetectContentType(low), "text/html"):
		return "fault.file-web", nil
	case !markup && bytes.Contains(low, []byte("mime-version:")): // a document of Word as a letter
		macros, err := whole(anyOf("application/x-mso", "qwn0axzltwltz"))
		return because(macros, "fault.file-macro"), err
	case bytes.HasPrefix(low, []byte(`{\rtf`)):
		remote, err := whole(rtfTemplate)
		return because(remote, "fault.file-remote"), err
	case !markup:
		return "", nil
	}
	// A flat OpenDocument is opened by an office program and by no browser; its namespaces name those of the web.
	if !slices.Contains(flatNames, path.Ext(strings.ToLower(name))) || !inOffice(low, true) {
		if web, err := whole(webMarks); err != nil || web {
			return because(web, "fault.file-web"), err
		}
	}
	if macros, err := whole(either(macroMarks, flatMacros())); err != nil || macros {
		return because(macros, "fault.file-macro"), err
	}
	if !inWord(low, true) && !inOffice(low, true) {
		return "", nil
	}
	remote, err := loads(open)
	var broken *xml.SyntaxError
	if errors.As(err, &broken) || errors.Is(err, errSpent) {
		return "fault.file-entries", nil
	}
	return because(remote, "fault.file-remote"), err
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
