package web

import (
	"context"
	"encoding/xml"
	"strings"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/message"
	"entente/internal/ref"
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
	text := "User-agent: *\n"
	if s.demo != nil {
		text += "Disallow: /\n"
	} else {
		for _, l := range message.Languages {
			text += "Disallow: /" + l + "/search\nDisallow: /" + l + "/sign-in\n"
		}
		text += "Sitemap: " + r.Page.Base + "/sitemap.xml\n"
	}
	return serveBytes(r, "text/plain; charset=utf-8", time.Time{}, []byte(text))
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
	add := func(path, changed string, langs []string) {
		var others []siteLink
		for _, l := range langs {
			others = append(others, siteLink{"alternate", l, r.Page.Base + "/" + l + path})
		}
		for _, o := range others {
			set.URLs = append(set.URLs, siteURL{o.Href, changed, others})
		}
	}
	var newest time.Time
	if err == nil {
		list, err := s.objects.Listed(r.Context(), access.Visitor, ref.Dialogue(d.ID), ownPages, sitemapLimit)
		if err != nil {
			return err
		}
		for _, p := range publicRooms {
			add(p, "", message.Languages)
		}
		langs, err := s.textsIn(r, list)
		if err != nil {
			return err
		}
		for _, o := range list {
			add(objectPath(o.Kind, o.ID), o.Changed, langs[o.ID])
		}
		if len(list) > 0 {
			newest = stampTime(list[0].Changed)
		}
	}
	var b strings.Builder
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	enc.Indent("", " ")
	if err := enc.Encode(set); err != nil {
		return err
	}
	return serveBytes(r, "application/xml; charset=utf-8", newest, []byte(b.String()+"\n"))
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
