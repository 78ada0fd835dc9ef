package library

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
)

// remoteParts are the relations of a package by which an office program loads what stands elsewhere when
// it opens the document (ECMA-376, part 1, 15.2). A link that somebody clicks, and a picture, are none.
var remoteParts = []string{"attachedtemplate", "subdocument", "frame", "oleobject", "afchunk"}

// inWord says of XML that an office program of Microsoft opens it: a package in one file, or Word of 2003.
var inWord = anyOf("schemas.microsoft.com/office/2006/xmlpackage", "schemas.microsoft.com/office/word/2003/wordml")

// loads says whether XML names a template or another part that is loaded from elsewhere: in relations of a
// package, in Word of 2003, and in what an OpenDocument says of itself.
func loads(open source) (bool, error) {
	r, err := open()
	if err != nil {
		return false, err
	}
	defer r.Close()
	letters := &narrow{Reader: r}
	d := xml.NewDecoder(letters)
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for {
		letters.read = 0
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		e, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		at := map[string]string{}
		for _, a := range e.Attr {
			at[strings.ToLower(a.Name.Local)] = a.Value
		}
		kind := strings.ToLower(path.Base(at["type"]))
		switch name := strings.ToLower(e.Name.Local); {
		case name == "relationship" && slices.Contains(remoteParts, kind) && strings.EqualFold(at["targetmode"], "external") && elsewhere(at["target"]),
			name == "attachedtemplate" && elsewhere(at["val"]),
			name == "template" && elsewhere(at["href"]):
			return true, nil
		}
	}
}

// narrow gives XML of whatever encoding as letters of ASCII: the zeros and the mark of UTF-16 are left out, and
// an underscore stands for each byte of another letter, of which none is looked for. A reader of XML
// keeps a text as a whole, so no more than mostToken is given at a time.
type narrow struct {
	io.Reader
	read int
}

// mostToken bounds what is kept of a text or a tag: a picture of some 12 MB in a document of one file.
const mostToken = 16 << 20

func (n *narrow) Read(p []byte) (int, error) {
	if n.read > mostToken {
		return 0, errSpent
	}
	for {
		got, err := n.Reader.Read(p)
		left := p[:0]
		for _, c := range p[:got] {
			switch {
			case c == 0 || c == 0xfe || c == 0xff: // none of these stands in UTF-8
			case c >= 0x80:
				left = append(left, '_')
			default:
				left = append(left, c)
			}
		}
		if len(left) > 0 || err != nil || len(p) == 0 {
			n.read += len(left)
			return len(left), err
		}
	}
}

var scheme = regexp.MustCompile(`^[a-z][a-z0-9+.-]+:`)

// elsewhere says whether an address leads beyond the machine on which a document is opened. A path on that
// machine, which Word writes of every document that was made from somebody's own template, does not.
func elsewhere(address string) bool {
	at := strings.Map(func(c rune) rune {
		switch {
		case c <= ' ':
			return -1
		case c == '\\':
			return '/'
		}
		return c
	}, strings.ToLower(address))
	path, file := strings.CutPrefix(at, "file:")
	bare := strings.TrimLeft(path, "/")
	drive := len(bare) > 1 && 'a' <= bare[0] && bare[0] <= 'z' && (bare[1] == ':' || bare[1] == '|')
	slashes := len(path) - len(bare)
	switch {
	case drive:
		return false
	case file:
		return slashes == 2 || slashes > 3
	}
	return slashes > 1 || scheme.MatchString(at)
}

// rtfTemplate finds in RTF a template that is not on the machine, or is written to be misread.
func rtfTemplate(b []byte, end bool) bool {
	return bytes.Contains(b, []byte("template")) && slices.ContainsFunc(rtfTemplates.FindAllIndex(b, -1), func(at []int) bool {
		rest := b[at[1]:min(len(b), at[1]+lookAt)]
		name, _, whole := bytes.Cut(rest, []byte("}"))
		if !whole && !end && at[1]+lookAt > len(b) {
			return false // the next window holds it
		}
		plain := strings.ReplaceAll(string(name), `\\`, "/")
		return strings.Contains(plain, `\`) || elsewhere(plain)
	})
}

var rtfTemplates = regexp.MustCompile(`\\\*\s*\\template\b`)
