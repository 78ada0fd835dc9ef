// Package atom writes Atom feeds (RFC 4287). It writes only feeds that are valid: what section 4
// requires is checked before a byte is written.
package atom

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
)

// Feed is a feed (section 4.1.1).
type Feed struct {
	ID       string // an absolute IRI that never changes: URN or Tag makes one; required
	Title    string // required
	Subtitle string
	Language string // BCP 47, of every text here and of entries without their own
	Updated  time.Time
	Author   Person // of every entry without its own
	Rights   string

	Self       string // the feed's own address; required
	Alternate  string // the page that shows the same
	Alternates []Link // the same feed in other languages
	Entries    []Entry
}

// Entry is one item (section 4.1.2).
type Entry struct {
	ID         string // as Feed.ID, the same in every later version of the entry; required
	Title      string // required
	Language   string // of the entry's texts; empty: the feed's
	Updated    time.Time
	Published  time.Time // may be zero
	Author     Person    // may be empty where the feed has one
	Alternate  string    // the entry's page; required unless there is HTML
	Alternates []Link    // the same page in other languages
	Summary    string    // plain text
	HTML       string    // the content, already made safe by whoever rendered it
	Categories []string
}

// Person is a person or a body (section 3.2).
type Person struct{ Name, URI string }

// Link is an address with the language of what is there (section 4.2.7).
type Link struct{ Href, Language string }

// URN gives the identifier of a thing that has a UUID (RFC 9562 section 4).
func URN(uuid string) string { return "urn:uuid:" + strings.ToLower(uuid) }

// Tag gives the identifier of a thing that has a name only (RFC 4151 section 2.1): authority is
// a domain held on the given day.
func Tag(authority string, held time.Time, name string) string {
	u := url.URL{Path: name}
	return "tag:" + strings.ToLower(authority) + "," + held.Format("2006-01-02") + ":" + strings.TrimPrefix(u.EscapedPath(), "./")
}

// The elements, in the order in which they are written.

type xFeed struct {
	XMLName  xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	Lang     string   `xml:"xml:lang,attr,omitempty"`
	ID       string   `xml:"id"`
	Title    string   `xml:"title"`
	Subtitle string   `xml:"subtitle,omitempty"`
	Updated  string   `xml:"updated"`
	Author   *xPerson `xml:"author"`
	Rights   string   `xml:"rights,omitempty"`
	Maker    string   `xml:"generator"`
	Links    []xLink  `xml:"link"`
	Entries  []xEntry `xml:"entry"`
}

type xEntry struct {
	Lang       string      `xml:"xml:lang,attr,omitempty"`
	ID         string      `xml:"id"`
	Title      string      `xml:"title"`
	Updated    string      `xml:"updated"`
	Published  string      `xml:"published,omitempty"`
	Author     *xPerson    `xml:"author"`
	Links      []xLink     `xml:"link"`
	Categories []xCategory `xml:"category"`
	Summary    string      `xml:"summary,omitempty"`
	Content    *xContent   `xml:"content"`
}

type xPerson struct {
	Name string `xml:"name"`
	URI  string `xml:"uri,omitempty"`
}

type xLink struct {
	Rel      string `xml:"rel,attr"`
	Type     string `xml:"type,attr,omitempty"`
	Hreflang string `xml:"hreflang,attr,omitempty"`
	Href     string `xml:"href,attr"`
}

type xCategory struct {
	Term string `xml:"term,attr"`
}

// xContent is escaped HTML (section 4.1.3.3, point 3), said by its type.
type xContent struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

// Write writes f. The same feed always gives the same bytes; entries keep the order given.
// Characters that XML cannot hold are left out of texts. It returns an error, and writes
// nothing, when something required is missing or an identifier or address is not absolute.
func Write(w io.Writer, f Feed) error {
	x := xFeed{
		Lang: lang(f.Language), ID: f.ID, Title: text(f.Title), Subtitle: text(f.Subtitle), Updated: when(f.Updated),
		Author: person(f.Author), Rights: text(f.Rights), Maker: "Entente",
	}
	if err := first(identifier(f.ID), required("title", x.Title), required("updated", x.Updated), address("self", f.Self)); err != nil {
		return fmt.Errorf("atom: feed: %w", err)
	}
	x.Links = append(x.Links, xLink{Rel: "self", Type: "application/atom+xml", Href: f.Self})
	var err error
	if x.Links, err = pages(x.Links, f.Alternate, f.Language, f.Alternates, "text/html"); err != nil {
		return fmt.Errorf("atom: feed: %w", err)
	}
	seen := map[string]bool{}
	for _, e := range f.Entries {
		// Two entries of one id are one entry twice (section 4.1.1): in one feed, a mistake.
		if seen[e.ID] {
			return fmt.Errorf("atom: two entries with id %.80q", e.ID)
		}
		seen[e.ID] = true
		y, err := entry(e, f)
		if err != nil {
			return fmt.Errorf("atom: entry %.80q: %w", e.ID, err)
		}
		x.Entries = append(x.Entries, y)
	}
	b := bytes.NewBufferString(xml.Header)
	enc := xml.NewEncoder(b)
	enc.Indent("", " ")
	if err := enc.Encode(x); err != nil {
		return fmt.Errorf("atom: %w", err)
	}
	b.WriteByte('\n')
	_, err = w.Write(b.Bytes())
	return err
}

func entry(e Entry, f Feed) (xEntry, error) {
	x := xEntry{
		Lang: lang(e.Language), ID: e.ID, Title: text(e.Title), Updated: when(e.Updated), Published: when(e.Published),
		Author: person(e.Author), Summary: text(e.Summary),
	}
	if x.Author == nil && person(f.Author) == nil { // section 4.1.1
		return x, errors.New("no author")
	}
	if err := first(identifier(e.ID), required("title", x.Title), required("updated", x.Updated)); err != nil {
		return x, err
	}
	language := e.Language
	if language == "" {
		language = f.Language
	}
	var err error
	if x.Links, err = pages(nil, e.Alternate, language, e.Alternates, "text/html"); err != nil {
		return x, err
	}
	if e.HTML != "" {
		x.Content = &xContent{Type: "html", Text: text(e.HTML)}
	} else if e.Alternate == "" { // section 4.1.2
		return x, errors.New("neither content nor a page")
	}
	for _, c := range e.Categories {
		if c = text(c); c != "" {
			x.Categories = append(x.Categories, xCategory{c})
		}
	}
	return x, nil
}

// pages appends the alternate links. No two may have the same type and language (section 4.1.1).
func pages(links []xLink, page, language string, others []Link, kind string) ([]xLink, error) {
	if page != "" {
		others = append([]Link{{page, language}}, others...)
	}
	seen := map[string]bool{}
	for _, l := range others {
		if err := address("alternate", l.Href); err != nil {
			return nil, err
		}
		tag := lang(l.Language)
		if seen[strings.ToLower(tag)] {
			return nil, fmt.Errorf("two pages in language %q", tag)
		}
		seen[strings.ToLower(tag)] = true
		links = append(links, xLink{Rel: "alternate", Type: kind, Hreflang: tag, Href: l.Href})
	}
	return links, nil
}

func person(p Person) *xPerson {
	if text(p.Name) == "" {
		return nil
	}
	return &xPerson{text(p.Name), text(p.URI)}
}

// when writes a date construct (section 3.3), in UTC so that one instant has one form.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func required(name, value string) error {
	if strings.TrimSpace(value) == "" {
		return fmt.Errorf("no %s", name)
	}
	return nil
}

// identifier checks an atom:id (section 4.2.6): compared byte for byte, so taken as it is or not.
func identifier(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme == "" || text(s) != s || strings.ContainsAny(s, " \t\n\r<>\"") || len(s) == len(u.Scheme)+1 {
		return fmt.Errorf("id %.80q is not an absolute identifier", s)
	}
	return nil
}

func address(name, s string) error {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || text(s) != s || strings.ContainsAny(s, " <>\"") {
		return fmt.Errorf("%s link %.80q is not an absolute web address", name, s)
	}
	return nil
}

// lang keeps what can be a language tag (section 2) and drops anything else.
func lang(s string) string {
	for _, r := range s {
		if r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return ""
		}
	}
	return s
}

// text leaves out what XML 1.0 cannot hold (its section 2.2, Char) and bytes that are no UTF-8.
func text(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r', r >= ' ' && r <= 0xd7ff, r >= 0xe000 && r <= 0xfffd, r >= 0x10000:
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, ""))
}
