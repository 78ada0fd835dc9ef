package web

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"html/template"
	"net/http"
	"slices"
	"time"

	"entente/access"
	"entente/dialogue"
	"entente/internal/db"
	"entente/internal/message"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/standard/atom"

	"github.com/google/uuid"
)

// feedLimit bounds how many pieces of news, and how many releases, the feed holds.
const feedLimit = 30

// feed gives the public news and press releases as an Atom feed, one for each language. Whoever
// asks gets what a visitor would: a reader program has no session.
func (s *Server) feed(r *Request) error {
	var b bytes.Buffer
	var updated time.Time
	err := s.db.Read(r.Context(), func(ctx context.Context, _ *db.Tx) error {
		d, err := s.dialogues.First(ctx, access.Visitor)
		if err != nil {
			return err
		}
		f, err := s.feedOf(ctx, r, d)
		if err != nil {
			return err
		}
		updated = f.Updated
		return atom.Write(&b, f)
	})
	if err != nil {
		return err
	}
	h := r.W.Header()
	h.Set("Content-Language", r.Lang)
	return serveBytes(r, "application/atom+xml; charset=utf-8", updated, b.Bytes())
}

// serveBytes answers with something that is the same for everybody, and with "not modified"
// where the asker has just these bytes. A date alone proves nothing: what is withdrawn leaves an
// older one behind.
func serveBytes(r *Request, kind string, modified time.Time, b []byte) error {
	sum := sha256.Sum256(b)
	h := r.W.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "public, no-cache") // asked anew each time: what is narrowed is gone at once
	h.Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
	asked := r.Clone(r.Context())
	asked.Header.Del("If-Modified-Since")
	http.ServeContent(r.W, asked, "", modified, bytes.NewReader(b))
	return nil
}

func (s *Server) feedOf(ctx context.Context, r *Request, d access.Object[dialogue.Dialogue]) (atom.Feed, error) {
	w := r.Page.Words
	team := d.Value.Team.Get(r.Lang)
	if team == "" {
		team = d.Value.Name.Get(r.Lang)
	}
	f := atom.Feed{
		ID: feedID(ref.ID(d.ID), r.Lang), Title: w.T("feed.heading", "dialogue", d.Value.Name.Get(r.Lang)), Language: r.Lang,
		Subtitle: text.OneLine(d.Value.Summary.Get(r.Lang)), Rights: text.OneLine(d.Value.Funding.Get(r.Lang)), Author: atom.Person{Name: team},
		Self: r.Page.Base + w.To("/feed.atom"), Alternate: r.Page.Base + w.To("/news"), Updated: stampTime(d.ChangedAt),
	}
	for _, l := range message.Languages {
		if l != r.Lang {
			f.Alternates = append(f.Alternates, atom.Link{Href: r.Page.Base + Words{l}.To("/news"), Language: l})
		}
	}
	news, err := s.publications.News(ctx, access.Visitor, ref.Dialogue(d.ID), "", feedLimit)
	if err != nil {
		return f, err
	}
	releases, err := s.publications.Releases(ctx, access.Visitor, ref.Dialogue(d.ID), "", feedLimit)
	if err != nil {
		return f, err
	}
	var items []feedItem
	for _, n := range news {
		items = append(items, feedItem{n.Header, n.Value.Title, n.Value.Lead, n.Value.Body, n.Value.Date, w.T("kind.news"), ""})
	}
	for _, o := range releases {
		items = append(items, feedItem{o.Header, o.Value.Title, o.Value.Lead, o.Value.Body, o.Value.Date, w.T("kind.release"), ""})
	}
	slices.SortStableFunc(items, func(a, b feedItem) int { return cmp.Compare(b.day(), a.day()) })
	var ids []ref.ID
	for _, i := range items {
		ids = append(ids, i.ID)
	}
	changed, err := s.objects.TextChanged(ctx, access.Visitor, []text.Lang{r.Lang}, ids...)
	if err != nil {
		return f, err
	}
	for _, i := range items {
		i.changed = cmp.Or(changed[i.ID][r.Lang], i.ChangedAt)
		e := i.entry(r, f.Language)
		f.Entries = append(f.Entries, e)
		if e.Updated.After(f.Updated) {
			f.Updated = e.Updated
		}
	}
	return f, nil
}

// feedID names the feed of one language, the same on every node that holds the dialogue.
func feedID(d ref.ID, lang string) string {
	space, err := uuid.Parse(d)
	if err != nil {
		space = uuid.NameSpaceURL
	}
	return atom.URN(uuid.NewSHA1(space, []byte("feed/"+lang)).String())
}

type feedItem struct {
	access.Header
	title, lead, body text.Multi
	date              when.Date
	kind              string
	changed           string // when the text last changed, as far as everybody could read it
}

// day is by what items stand in order: their date, or where none is known the day of the change.
func (i feedItem) day() string {
	if d := i.date.Sort(); d != "" {
		return d
	}
	return i.ChangedAt
}

func (i feedItem) entry(r *Request, lang string) atom.Entry {
	path := objectPath(i.Kind, i.ID)
	title, shown := i.title.In(lang)
	e := atom.Entry{
		ID: atom.URN(i.ID), Title: title, Updated: stampTime(i.changed),
		Alternate: r.Page.Base + r.Page.To(path), Summary: text.OneLine(i.lead.Get(lang)), Categories: []string{i.kind},
	}
	if shown != lang {
		e.Language = shown
	}
	if i.date.Precision() == when.Day { // a feed knows no other dates
		e.Published = i.date.First()
	}
	written := writtenIn(i.title)
	if !slices.Contains(written, lang) {
		e.Alternate = r.Page.Base + Words{written[0]}.To(path)
	}
	if !i.body.Empty() {
		e.HTML = string(text.HTML(i.body.Get(lang)))
		if lead := e.Summary; lead != "" {
			e.HTML = "<p>" + template.HTMLEscapeString(lead) + "</p>\n" + e.HTML
		}
	}
	for _, l := range written {
		if l != lang && l != shown { // the page that stands first counts as the shown language's
			e.Alternates = append(e.Alternates, atom.Link{Href: r.Page.Base + Words{l}.To(path), Language: l})
		}
	}
	return e
}

// stampTime reads a stamp (db.Stamp).
func stampTime(stamp string) time.Time {
	t, _ := time.Parse(time.RFC3339, stamp)
	return t
}
