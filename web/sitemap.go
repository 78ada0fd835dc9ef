package web

import (
	"context"
	"encoding/xml"
	"strings"
	"sync"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/message"
	"entente/internal/ref"
	"entente/internal/text"
)

// sitemapLimit bounds the objects that the site map lists: with every language it stays under the
// 50,000 addresses that one file may hold (sitemaps.org, "Sitemap file requirements").
const sitemapLimit = 20000

// ownPages are the kinds whose objects have a page of their own; the others stand on a page that
// the map lists anyway.
var ownPages = []string{"page", "news", "release", "meeting", "institution", "phase", "activity", "plan"}

// publicRooms are the pages of the site that are no objects.
var publicRooms = []string{"/", "/news", "/releases", "/meetings", "/roadmap", "/partners", "/project", "/dialogue"}

// robots says what machines that read the site may do. A demonstration must not be found as if it
// were the site that it shows.
func (s *Server) robots(r *Request) error {
	lines := "User-agent: *\n"
	if s.demo != nil {
		lines += "Disallow: /\n"
	} else {
		for _, l := range message.Languages {
			lines += "Disallow: /" + l + "/search\nDisallow: /" + l + "/sign-in\n"
		}
		lines += "Sitemap: " + r.Page.Base + "/sitemap.xml\n"
	}
	return serveBytes(r, "text/plain; charset=utf-8", time.Time{}, []byte(lines))
}

type urlSet struct {
	XMLName xml.Name  `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	Links   string    `xml:"xmlns:xhtml,attr"`
	URLs    []siteURL `xml:"url"`
}

type siteURL struct {
	Loc     string     `xml:"loc"`
	LastMod string     `xml:"lastmod,omitempty"`
	Others  []siteLink `xml:"xhtml:link"`
}

type siteLink struct {
	Rel  string `xml:"rel,attr"`
	Lang string `xml:"hreflang,attr"`
	Href string `xml:"href,attr"`
}

// sitemap lists what a visitor may read, whoever asks, each page in every language.
func (s *Server) sitemap(r *Request) error {
	d, err := s.dialogues.First(r.Context(), access.Visitor)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	set := urlSet{Links: "http://www.w3.org/1999/xhtml"}
	var newest string
	add := func(path string, changed map[text.Lang]string, langs []string) {
		var others []siteLink
		for _, l := range langs {
			others = append(others, siteLink{"alternate", l, r.Page.Base + "/" + l + path})
		}
		for _, o := range others {
			set.URLs = append(set.URLs, siteURL{o.Href, changed[o.Lang], others})
			newest = max(newest, changed[o.Lang])
		}
	}
	if err == nil {
		list, err := s.objects.Listed(r.Context(), access.Visitor, ref.Dialogue(d.ID), ownPages, sitemapLimit)
		if err != nil {
			return err
		}
		for _, p := range publicRooms {
			add(p, nil, message.Languages)
		}
		langs, err := s.textsIn(r, list)
		if err != nil {
			return err
		}
		changed, err := s.mapped.changed(r.Context(), s.objects, list)
		if err != nil {
			return err
		}
		for _, o := range list {
			add(objectPath(o.Kind, o.ID), changed[o.ID], langs[o.ID])
		}
	}
	var b strings.Builder
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	enc.Indent("", " ")
	if err := enc.Encode(set); err != nil {
		return err
	}
	return serveBytes(r, "application/xml; charset=utf-8", stampTime(newest), []byte(b.String()+"\n"))
}

// textsIn gives the languages in which each of a list of pages has a title, as its own head says
// (Request.written).
func (s *Server) textsIn(r *Request, list []access.Listed) (map[ref.ID][]string, error) {
	out := map[ref.ID][]string{}
	var ids []ref.ID
	for _, o := range list {
		ids = append(ids, o.ID)
	}
	err := s.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		for _, l := range message.Languages {
			ts, err := access.Titles(ctx, tx, access.Visitor, l, ids...)
			if err != nil {
				return err
			}
			for id, t := range ts {
				if t.Lang == l {
					out[id] = append(out[id], l)
				}
			}
		}
		return nil
	})
	for _, o := range list {
		if len(out[o.ID]) == 0 {
			out[o.ID] = message.Languages
		}
	}
	return out, err
}

// textDates keeps since when a visitor reads what the pages of the site map show, by their revision: that
// is found in all their revisions, and does not change while no further one is written. It holds dates of
// public texts alone, and gives them only for what the map lists anyway.
type textDates struct {
	mu sync.Mutex
	at map[ref.ID]textDate
}

type textDate struct {
	rev   int64
	dates map[text.Lang]string
}

// changed gives those dates of a list.
func (t *textDates) changed(ctx context.Context, objects *access.Objects, list []access.Listed) (map[ref.ID]map[text.Lang]string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var fresh []ref.ID
	now := map[ref.ID]textDate{}
	for _, o := range list {
		if now[o.ID] = t.at[o.ID]; now[o.ID].rev != o.Rev {
			fresh = append(fresh, o.ID)
		}
	}
	found, err := objects.TextChanged(ctx, access.Visitor, message.Languages, fresh...)
	if err != nil {
		return nil, err
	}
	out := map[ref.ID]map[text.Lang]string{}
	for _, o := range list {
		if dates := found[o.ID]; dates != nil {
			now[o.ID] = textDate{o.Rev, dates}
		}
		out[o.ID] = now[o.ID].dates
	}
	t.at = now // what is no longer public is forgotten
	return out, nil
}
