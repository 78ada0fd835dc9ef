package web

import (
	"html/template"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"entente/access"
	"entente/dialogue"
	"entente/internal/fault"
	"entente/internal/label"
	"entente/internal/message"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/roster"
	"entente/standard/tlp"
)

// Words is what a template needs to speak a reader's language. Every page and every part of a
// page embeds it.
type Words struct{ Lang string }

// T gives the interface message under key; args are pairs of placeholder and value.
func (w Words) T(key string, args ...any) string { return message.In(w.Lang, key, args...) }

// Has says whether the catalogue has the key, for what only some kinds have (hints).
func (w Words) Has(key string) bool { return message.Has(key) }

// Option gives the word for a value of a choice: the kind's own, or the common one.
func (w Words) Option(kind, field, value string) string {
	if k := "option." + kind + "." + field + "." + value; message.Has(k) {
		return w.T(k)
	}
	return w.T("option." + value)
}

// To gives the address of a path in the reader's language.
func (w Words) To(path ...string) string { return "/" + w.Lang + strings.Join(path, "") }

// Date writes a date as people of the language write it.
func (w Words) Date(d when.Date) string { return d.Words(w.Lang) }

// Span writes a period.
func (w Words) Span(from, to when.Date) string { return when.Span(from, to, w.Lang) }

// On writes the day or days of something that happens.
func (w Words) On(first, last when.Date) string { return when.On(first, last, w.Lang) }

// Day writes the day of a stamp (db.Stamp) in the reader's zone, Beijing time by default.
func (w Words) Day(stamp string) string {
	t, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return stamp
	}
	return when.DayOf(t, "Asia/Shanghai", w.Lang)
}

// Moment writes a stamp (db.Stamp) as day and time in a zone.
func (w Words) Moment(stamp string, z when.Zone) string {
	t, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return stamp
	}
	return when.Instant(t, z, w.Lang)
}

// Text gives a text to be shown, with the language it is really in and what is wrong with it.
func (w Words) Text(m text.Multi) Said { return say(m, w.Lang) }

// HTML renders a Markdown text.
func (w Words) HTML(m text.Multi) template.HTML { return text.HTML(m.Get(w.Lang)) }

// Explain says what a mark means, in the reader's language.
func (w Words) Explain(m tlp.Label) string { return w.T("mark." + markClass(m)) }

// MarkClass is the class of a mark's label.
func (w Words) MarkClass(m tlp.Label) string { return "tlp-" + markClass(m) }

func markClass(m tlp.Label) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(string(m), "TLP:")), "+", "-")
}

// Said is a text as it is shown. Lang is empty where the text is in the page's own language. Beside it
// stands an unconfirmed translation of what an institution said, which is never shown alone.
type Said struct {
	Text   string
	Lang   string
	State  text.State
	Beside Beside
}

// Beside is a translation into the page's language that the institution which said the original has
// not confirmed. Note says so, and whose it is.
type Beside struct {
	Note, Text string
	Lang       string // of the text; empty: the page's own
}

// String gives the text alone.
func (s Said) String() string { return s.Text }

// Owed says whether the reader should be told that a translation is missing or outdated.
func (s Said) Owed() bool { return s.State == text.Missing || s.State == text.Outdated }

// Sentences gives sentences one after the other, those that are empty left out: a blank stands between
// them where their writing has one.
func (w Words) Sentences(list ...string) string { return text.Paragraphs(strings.Join(list, "\n")) }

// Space is what stands between two sentences where the second is a link of its own.
func (w Words) Space() string {
	if w.Lang == "zh" {
		return ""
	}
	return " "
}

// say gives a text as it stands in a sentence or a cell: in one line.
func say(m text.Multi, lang string) Said {
	s := sayLines(m, lang)
	s.Text = text.OneLine(s.Text)
	return s
}

// sayLines gives a text whose lines are shown as lines (class "lines").
func sayLines(m text.Multi, lang string) Said {
	t, shown := m.In(lang)
	s := Said{Text: t, State: m.State(lang)}
	if shown != lang {
		s.Lang = shown
	}
	if v, ok := m.Unconfirmed(lang); ok {
		s.Beside = Beside{Note: Words{Lang: lang}.besideNote(m, v), Text: v.Text}
	}
	return s
}

// attributed gives what the project team has somebody say, in a record or a release, whether named by institution
// or by function alone: its translation stands beside the original and never in its place. A text that is nobody's
// words is shown as every text.
func (w Words) attributed(m, function text.Multi, to ...ref.Institution) Said {
	if function.Empty() && !slices.ContainsFunc(to, func(i ref.Institution) bool { return i != "" }) {
		return w.Text(m)
	}
	return w.reported(m)
}

// reported gives in one line what the project team writes, with its translation beside the original.
func (w Words) reported(m text.Multi) Said {
	said := w.withOriginal(m)
	said.Text, said.Beside.Text = text.OneLine(said.Text), text.OneLine(said.Beside.Text)
	return said
}

// withOriginal gives a text in its original, with the translation into the page's language beside it. Of two
// that are called originals neither stands alone. Its lines are shown as lines.
func (w Words) withOriginal(m text.Multi) Said {
	said, beside := sayLines(m, w.Lang), m.Beside(w.Lang)
	switch {
	case beside == "":
	case m.Translated(w.Lang):
		said.Text, said.Lang = m[beside].Text, beside
		key := "beside.reported"
		if said.State == text.Outdated {
			key = "beside.reported-old"
		}
		said.Beside = Beside{Note: w.T(key, "language", tongue(w, beside)), Text: m[w.Lang].Text}
	default:
		said.Beside = Beside{Note: w.T("beside.original", "language", tongue(w, beside)), Text: m[beside].Text, Lang: beside}
	}
	return said
}

// asked gives what is asked of institutions, in its original, and beside it the translation into the page's own
// language, or else the first into another: an institution may have answered to the words of its own language, and
// who reads the answer reads these too.
func (w Words) asked(m text.Multi) Said {
	said := w.withOriginal(m)
	for _, l := range m.Langs() {
		if said.Beside.Text == "" && l != w.Lang && m.Translated(l) {
			key := "beside.asked"
			if m.State(l) == text.Outdated {
				key = "beside.asked-old"
			}
			said.Beside = Beside{Note: w.T(key, "language", tongue(w, l)), Text: m[l].Text, Lang: l}
		}
	}
	return said
}

// line gives somebody's own words where one line alone has room.
func (w Words) line(m text.Multi) Said {
	said := w.Text(m)
	said.Text = text.OneLine(label.Line(m, w.Lang))
	return said
}

// withTranslation gives a text in its original, with an unconfirmed translation into a language beside it.
func (w Words) withTranslation(m text.Multi, lang string, v text.Version) Said {
	said := say(m, m.OriginalLang())
	said.Lang = other(w.Lang, m.OriginalLang())
	said.Beside = Beside{Note: w.besideNote(m, v), Text: v.Text, Lang: other(w.Lang, lang)}
	return said
}

// besideNote says of a translation that it is unconfirmed, whose it is, and of what.
func (w Words) besideNote(m text.Multi, v text.Version) string {
	key := "beside.unconfirmed"
	switch {
	case v.Word == text.Contested:
		key = "beside.contested"
	case v.Status == text.Machine:
		key = "beside.machine"
	}
	return w.beside(key, m, v)
}

// endedNote says it of the words of an institution that has ended: nobody can confirm it.
func (w Words) endedNote(m text.Multi, v text.Version) string {
	switch {
	case v.Word == text.Contested:
		return w.besideNote(m, v)
	case v.Status == text.Machine:
		return w.beside("beside.machine-ended", m, v)
	}
	return w.beside("beside.unconfirmed-ended", m, v)
}

func (w Words) beside(key string, m text.Multi, v text.Version) string {
	by, _, _ := strings.Cut(v.By, ":")
	return w.T(key, "who", w.T("beside.by."+by), "language", tongue(w, m.OriginalLang()))
}

// Page is the frame of every page. A page struct embeds it, so that templates reach both by dot.
type Page struct {
	Words
	Title     string // of the window and, mostly, of the page
	Body      string // classes of the body: inner, public or door
	Mark      tlp.Label
	Room      string // the current room's key
	Rooms     []Room
	Langs     []LangLink
	Dialogue  DialogueHead
	Reader    PageReader
	Demo      bool
	Notice    string // said once, after an act
	Canonical string
	Base      string // scheme and host, for what leaves the page: feeds, cards
	Describe  string // for share cards
	Sections  []Link // of the public site
	Notices   []Link // pages at the foot
	Foot      []Said // funding statement, disclaimer, imprint
	Updated   string // date of the last update, on the public site
	Feed      bool
}

// Room is a room of the house in the left column.
type Room struct {
	Key  string
	Path string
	Here bool
	Gap  bool // a thin rule above
	N    int  // what waits there; 0 shows nothing
}

// Link is an address with a text.
type Link struct {
	Said
	Path string
	Here bool
}

// LangLink leads to the same page in another language.
type LangLink struct {
	Lang, Name, Path string
	Here             bool
	Absent           bool // what the page shows has no text in it: it is not announced
}

// DialogueHead is what the frame shows of the dialogue.
type DialogueHead struct {
	ID    ref.Dialogue
	Name  Said
	Value dialogue.Dialogue
}

// PageReader is what the frame shows of the person.
type PageReader struct {
	SignedIn    bool
	Title       Said
	Institution Said
	Language    string
	Team, Admin bool
	Owes        bool // a second factor: no other page is open until it is set up
}

// Prefers gives the reader's language, or the one given.
func (p PageReader) Prefers(lang string) string {
	for _, l := range message.Languages {
		if l == p.Language {
			return l
		}
	}
	return lang
}

var errNoPage = fault.New(fault.NotFound, "")

// frame fills the page's frame for a request.
func (s *Server) frame(r *Request, reader roster.Reader) error {
	p := &r.Page
	p.Lang, p.Demo = r.Lang, s.demo != nil
	p.Body = "inner"
	p.Reader = PageReader{
		SignedIn: reader.Actor.SignedIn(), Title: say(reader.Title, r.Lang), Institution: say(reader.Institution, r.Lang),
		Language: reader.Language, Owes: p.Reader.Owes, Team: reader.Actor.Holds(access.ProjectTeam), Admin: reader.Actor.Holds(access.Administrator),
	}
	p.Base = s.base(r.Request)
	d, err := s.dialogues.First(r.Context(), r.Who)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	p.Dialogue = DialogueHead{ID: ref.Dialogue(d.ID), Name: say(d.Value.Name, r.Lang), Value: d.Value}
	if r.Method == http.MethodGet {
		p.Notice = s.noticed(r)
	}
	p.Langs = s.langs(r)
	p.Canonical = p.Base + r.URL.Path
	p.Rooms = rooms(r)
	if !p.Reader.SignedIn {
		p.Body = "public"
		return s.publicFrame(r)
	}
	return nil
}

// langs leads to the same page in every language.
func (s *Server) langs(r *Request) (out []LangLink) {
	rest := strings.TrimPrefix(r.URL.Path, "/"+r.Lang)
	if !strings.HasPrefix(rest, "/") {
		rest = "/" + rest
	}
	for _, l := range message.Languages {
		if !s.shows("/" + l + rest) {
			continue // an answer to a form has no address in another language
		}
		to := "/" + l + rest
		if q := r.URL.RawQuery; q != "" {
			to += "?" + q
		}
		out = append(out, LangLink{Lang: l, Name: message.Names[l], Path: to, Here: l == r.Lang})
	}
	return out
}

// writtenIn gives the languages of the interface in which a text was written, all of them where
// that is none.
func writtenIn(m text.Multi) []string {
	in := slices.DeleteFunc(slices.Clone(message.Languages), func(l string) bool { return m[l].Text == "" })
	if len(in) == 0 {
		return message.Languages
	}
	return in
}

// titled gives a page's head what its object is called in another language, and the frame the languages
// in which it has a title.
func (r *Request) titled(h *Head, m text.Multi) {
	h.Other = inOther(m, r.Lang)
	r.written(m)
}

// written says of a page in which languages its object has a title: the others are not announced as if
// there were a translation. It stands before the page takes the frame.
func (r *Request) written(m text.Multi) {
	in := writtenIn(m)
	for i := range r.Page.Langs {
		r.Page.Langs[i].Absent = !slices.Contains(in, r.Page.Langs[i].Lang)
	}
	if !slices.Contains(in, r.Lang) {
		r.Page.Canonical = r.Page.Base + Words{in[0]}.To(strings.TrimPrefix(r.URL.Path, "/"+r.Lang))
	}
}

// shows says whether there is a page to be got at a path.
func (s *Server) shows(path string) bool {
	_, pattern := s.mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}})
	return pattern != "" && pattern != "/"
}

// rooms gives the rooms that are built and that the reader may enter.
func rooms(r *Request) []Room {
	list := []Room{
		{Key: "desk", Path: "/desk"},
		{Key: "dialogue", Path: "/dialogue"},
		{Key: "project", Path: "/project"},
		{Key: "plan", Path: "/plans"},
		{Key: "meetings", Path: "/meetings"},
		{Key: "partners", Path: "/partners"},
	}
	if r.Page.Reader.Team {
		list = append(list, Room{Key: "publication", Path: "/publication", Gap: true}, Room{Key: "translations", Path: "/translations"})
	}
	if r.Page.Reader.Admin {
		list = append(list, Room{Key: "operation", Path: "/operation", Gap: true})
	}
	for i := range list {
		p := "/" + r.Lang + list[i].Path
		list[i].Here = r.URL.Path == p || strings.HasPrefix(r.URL.Path, p+"/")
	}
	return list
}

// in names the room that a page belongs to where its address does not say so.
func (r *Request) in(room string) {
	for i := range r.Page.Rooms {
		r.Page.Rooms[i].Here = r.Page.Rooms[i].Key == room
	}
}

// base gives scheme and host as the world sees them: what the operator said, or else this machine as
// the request reached it. The name that a request gives is whatever its sender wrote, and would stand
// in feeds and on cards for others.
func (s *Server) base(r *http.Request) string {
	if s.baseURL != "" {
		return s.baseURL
	}
	scheme := "http://"
	if r.TLS != nil || s.sessions.Cookie.Secure {
		scheme = "https://"
	}
	at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok { // a test's request
		return scheme + r.Host
	}
	local, err := netip.ParseAddrPort(at.String())
	if err != nil {
		return scheme + "localhost"
	}
	said := r.Host
	if host, _, err := net.SplitHostPort(said); err == nil {
		said = host
	}
	ip, err := netip.ParseAddr(strings.Trim(said, "[]"))
	here := local.Addr().Unmap()
	if err == nil && ip.Unmap() == here || strings.EqualFold(said, "localhost") && here.IsLoopback() {
		return scheme + r.Host
	}
	return scheme + netip.AddrPortFrom(here, local.Port()).String()
}
