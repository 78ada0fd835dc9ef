package web

import (
	"archive/zip"
	"cmp"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"entente/access"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/ledger"
	"entente/library"
	"entente/standard/tlp"
)

// fileRoutes are the files of an object, a file's own page, and the content. The content has an
// address without a language, and answers nothing that a browser would show as a page of ours.
var fileRoutes = []Route{
	get("/objects/{id}/files", All, "id=meeting/launch-phase-2", (*Server).filesPage),
	upload("/objects/{id}/files", Writers, "id=meeting/launch-phase-2", (*Server).filesPost),
	get("/objects/{id}/files.zip", All, "id=meeting/launch-phase-2", (*Server).filesArchive),
	get("/files/{id}", All, "id=meeting/launch-phase-2", (*Server).filePage),
	pins(upload("/files/{id}", Writers, "id=meeting/launch-phase-2", (*Server).filePost)),
	plain(http.MethodGet, "/files/{id}/{name}", All, "name=a.pdf&id=meeting/launch-phase-2", (*Server).fileContent),
}

// fileTime is how long a file may take on its way; a page has less.
const fileTime = 15 * time.Minute

// FileRow is a file as a list shows it.
type FileRow struct {
	Words
	Title    Said
	Path     string // its page
	Get      string // its content
	Name     string
	Type     string
	Size     string
	Tongue   string // in words
	Mark     tlp.Label
	National string
	Version  int
	Changed  string
	Public   bool
	By       string // who attached it, where that is not who said what it is attached to
}

// FilesPage lists the files of an object, with the form that adds one.
type FilesPage struct {
	Page
	Name    Said
	Leave   string
	Files   []FileRow
	Archive string // empty: there is nothing to put in it
	Form    *FileForm
}

// FileForm adds a file, or a next version of one.
type FileForm struct {
	Words
	Action  string
	Rev     int64 // of the file that gets a version; 0: a new file
	Title   string
	Tongues []OptionWord
	Picker  Picker // of a new file
	Limit   string
	Faults  map[string]string

	sent   url.Values // what the form sent, where it comes back
	faults fault.Fields
}

// OptionWord is one choice of a select.
type OptionWord struct {
	Value, Text string
	Selected    bool
}

// FilePage shows one file with its versions.
type FilePage struct {
	Page
	Head     Head
	File     FileRow
	Hash     string
	Maker    string // who added the version shown; for who is signed in
	Note     Said
	Versions []FileRow // the earlier ones, newest first
	Form     *FileForm
	Judge    *JudgePart
	Was      *Referred // what it is attached to, where the reader keeps it and may not read that any more
}

// row makes the line of a file. version is 0 for the content that stands.
func (w Words) row(o access.Object[library.File], version int) FileRow {
	f := o.Value
	row := FileRow{
		Words: w, Title: w.Text(f.Title), Path: objectPath("file", o.ID), Name: f.Name, Type: w.fileType(f),
		Size: w.size(f.Size), Mark: o.Mark, National: o.National, Version: f.Version, Changed: w.Day(o.ChangedAt),
		Get: "/files/" + o.ID + "/" + url.PathEscape(library.MarkedName(o.Mark, o.National, f.Name)),
	}
	if k := "lang." + f.Language; w.Has(k) {
		row.Tongue = w.T(k)
	}
	if version > 0 {
		row.Get += "?version=" + strconv.Itoa(version)
	}
	return row
}

// fileType is a file's type in a word: its extension, where that does not lie, else what its content shows.
func (w Words) fileType(f library.File) string {
	ext := strings.TrimPrefix(strings.ToUpper(path.Ext(f.Name)), ".")
	if t := mime.TypeByExtension(strings.ToLower(path.Ext(f.Name))); ext != "" && strings.HasPrefix(t, f.Type) {
		return ext
	}
	return f.Type
}

// size writes a number of bytes as people read it.
func (w Words) size(n int64) string {
	switch {
	case n < 1000:
		return w.T("file.bytes", "n", n)
	case n < 1_000_000:
		return w.T("file.kilobytes", "n", strconv.FormatInt((n+500)/1000, 10))
	}
	return w.T("file.megabytes", "n", strings.TrimSuffix(strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64), ".0"))
}

func (s *Server) filesPage(r *Request) error { return s.showFiles(r, http.StatusOK, nil) }

// showFiles shows the list; form is what was sent and could not be taken.
func (s *Server) showFiles(r *Request, status int, form *FileForm) error {
	h, value, err := s.objects.Get(r.Context(), r.Who, r.PathValue("id"))
	if err != nil {
		return err
	}
	if h.Kind == library.Files.Name {
		return r.redirect(objectPath(h.Kind, h.ID))
	}
	p := FilesPage{Page: r.Page, Name: nameOf(value, r.Lang), Leave: r.Page.To(objectPath(h.Kind, h.ID))}
	p.Title = p.T("files.title", "name", p.Name.Text)
	if r.Who.SignedIn() {
		p.Mark = h.Mark
	}
	if p.Files, err = s.files(r, h); err != nil {
		return err
	}
	if len(p.Files) > 0 {
		p.Archive = p.To("/objects/", h.ID, "/files.zip")
	}
	if _, err := s.library.MayAdd(r.Context(), r.Who, h.ID); err == nil {
		if form == nil {
			form = &FileForm{}
		}
		p.Form = s.fileForm(r, form, p.To("/objects/", h.ID, "/files"))
		whole := h
		if h.Kind == "dialogue" {
			whole.Dialogue = ref.Dialogue(h.ID)
		}
		if p.Form.Picker, err = s.picker(r, whole, &whole, form.sent, form.faults); err != nil {
			return err
		}
	}
	return s.show(r, status, "files", p)
}

// files lists the files of an object that the reader may read.
func (s *Server) files(r *Request, of access.Header) ([]FileRow, error) {
	list, err := s.library.Of(r.Context(), r.Who, of.ID)
	if err != nil {
		return nil, err
	}
	by, err := s.beside(r, of, list)
	var rows []FileRow
	for _, o := range list {
		row := r.Page.row(o, 0)
		row.Public, row.By = !r.Who.SignedIn(), by[o.ID]
		rows = append(rows, row)
	}
	return rows, err
}

// beside names who attached files to what an institution says, where it is not that institution: its
// words end where theirs begin.
func (s *Server) beside(r *Request, of access.Header, list []access.Object[library.File]) (map[ref.ID]string, error) {
	var owners []ref.ID
	for _, o := range list {
		if of.IsSaid() && o.Owner != of.Owner {
			owners = append(owners, o.Owner)
		}
	}
	if len(owners) == 0 {
		return nil, nil
	}
	ts, err := s.titles(r, owners...)
	w, out := r.Page.Words, map[ref.ID]string{}
	for _, o := range list {
		switch {
		case o.Owner == of.Owner:
		case o.Owner == "":
			out[o.ID] = w.T("file.beside-operator")
		default:
			out[o.ID] = w.T("file.beside", "name", cmp.Or(ts[o.Owner].Short, w.T("audience.hidden.institution")))
		}
	}
	return out, err
}

// mayOn gives nil when the reader may publish, withdraw, narrow or remove an object.
func (s *Server) mayOn(r *Request, act string, h access.Header) error {
	if h.Kind == library.Files.Name {
		return s.library.May(r.Context(), r.Who, access.ActOn(h.Kind, act), h)
	}
	return access.May(r.Who, access.ActOn(h.Kind, act), h)
}

func (s *Server) fileForm(r *Request, f *FileForm, action string) *FileForm {
	f.Words, f.Action, f.Limit = r.Page.Words, action, r.Page.size(s.fileLimit)
	chosen := ""
	if len(f.Tongues) == 1 { // what was sent
		chosen = f.Tongues[0].Value
	}
	f.Tongues = []OptionWord{{"", f.T("file.tongue-none"), false}}
	for _, l := range r.Page.Dialogue.Value.Languages {
		f.Tongues = append(f.Tongues, OptionWord{l, f.T("lang." + l), l == chosen})
	}
	return f
}

// faulty gives the form back with what was sent and what is wrong with it, where err says so.
func (in sent) faulty(w Words, err error) (*FileForm, bool) {
	fs := fieldsOf(err)
	if len(fs) == 0 {
		return nil, false
	}
	return &FileForm{
		Title: in.fields["title"], Tongues: []OptionWord{{Value: in.fields["language"]}},
		Faults: w.byPath(fs), sent: in.values, faults: fs,
	}, true
}

// missing is the fault of a form without its file.
func missing() error {
	var f fault.Fields
	f.Add("file", "", "fault.file-missing")
	return f.Err()
}

func (s *Server) filesPost(r *Request) error {
	h, err := s.library.MayAdd(r.Context(), r.Who, r.PathValue("id"))
	if err != nil {
		return err
	}
	in, err := s.receive(r)
	defer in.drop()
	if err == nil && !in.has {
		err = missing()
	}
	if err == nil {
		f := library.File{Language: in.fields["language"], Title: text.Multi{}}
		title := in.fields["title"]
		if title == "" {
			title = library.Stem(in.file.Name())
		}
		f.Title[r.Lang] = text.Version{Text: title, Status: text.Original}
		c, faults := picked(in.values)
		if err = faults.Err(); err == nil {
			_, err = s.library.Add(r.Context(), r.Who, h.ID, f, in.file, c.Mark, c.Audience)
		}
	}
	if form, ok := in.faulty(r.Page.Words, err); ok {
		return s.showFiles(r, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	s.notice(r, "notice.file")
	return r.redirect("/objects/" + h.ID + "/files")
}

func (s *Server) filePage(r *Request) error { return s.showFile(r, http.StatusOK, nil) }

func (s *Server) showFile(r *Request, status int, form *FileForm) error {
	o, err := s.library.Get(r.Context(), r.Who, r.PathValue("id"))
	if err != nil {
		return err
	}
	p := FilePage{File: r.Page.row(o, 0), Hash: o.Value.Hash, Note: r.Page.Text(o.Value.Note)}
	p.File.Public = !r.Who.SignedIn()
	back := []Link{ownWords(r.Page.Words)}
	switch h, whole, err := s.objects.Get(r.Context(), r.Who, o.Value.Of); {
	case err == nil:
		back = []Link{{Said: nameOf(whole, r.Lang), Path: objectPath(h.Kind, h.ID)}}
	case !fault.Is(err, fault.NotFound):
		return err
	default: // library.Get let in who keeps it
		if p.Was, err = s.referred(r, o.Header, o.Header.Parent); err != nil {
			return err
		}
	}
	if p.Head, err = s.head(r, o.Header, r.Page.Text(o.Value.Title), back...); err != nil {
		return err
	}
	p.Head.Acts = slices.DeleteFunc(p.Head.Acts, func(l Link) bool { // what policy lets, and the institution's words do not
		return s.mayOn(r, path.Base(l.Path), o.Header) != nil
	})
	r.titled(&p.Head, o.Value.Title)
	r.inRoom("", p.Head, p.Note)
	p.Page = r.Page
	p.Judge = s.judgePart(r, o.Header, &o.Value)
	if r.Who.SignedIn() {
		if err = s.versions(r, &p, o); err != nil {
			return err
		}
	}
	if p.Was == nil && s.library.MayReplace(r.Context(), r.Who, o) == nil {
		if form == nil {
			form = &FileForm{}
		}
		form.Rev = r.seenRev(o.Rev)
		p.Form = s.fileForm(r, form, r.Page.To(objectPath("file", o.ID)))
	}
	return s.show(r, status, "file", p)
}

// versions lists the contents of a file, as far as the reader was allowed to read them then: who added
// the one that stands, and the earlier ones.
func (s *Server) versions(r *Request, p *FilePage, o access.Object[library.File]) error {
	vs, err := s.objects.History(r.Context(), r.Who, o.ID, 0, historyOfFile)
	if err != nil {
		return err
	}
	last := o.Value.Version
	var by ledger.By
	for _, v := range vs {
		f, ok := v.Value.(*library.File)
		if ok && f.Version == o.Value.Version {
			by = v.By // the earliest revision with it is the one that brought it
		}
		if !ok || f.Version >= last {
			continue
		}
		last = f.Version
		then := access.Object[library.File]{Header: v.Header, Value: *f}
		then.ID, then.ChangedAt, then.Mark, then.National = o.ID, v.When, o.Mark, o.National
		p.Versions = append(p.Versions, r.Page.row(then, f.Version))
	}
	ts, err := s.titles(r, by.Person, by.Institution)
	if err != nil {
		return err
	}
	p.Maker = s.byWords(&p.Page, ts, by)
	if t := ts[by.Institution]; t.Text != "" && ts[by.Person].Text != "" {
		p.Maker += p.T("public.comma") + t.Short
	}
	return nil
}

// historyOfFile bounds how many revisions of a file are looked through for its versions.
const historyOfFile = 500

func (s *Server) filePost(r *Request) error {
	o, err := s.library.Get(r.Context(), r.Who, r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := s.library.MayReplace(r.Context(), r.Who, o); err != nil {
		return err
	}
	in, err := s.receive(r)
	defer in.drop()
	if err == nil && !in.has {
		err = missing()
	}
	if err == nil {
		rev := revIn(in.fields[revField])
		err = s.library.Replace(r.Context(), r.Who, o.ID, rev, in.file)
	}
	if form, ok := in.faulty(r.Page.Words, err); ok {
		return s.showFile(r, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	s.notice(r, "notice.file-version")
	return r.redirect(objectPath("file", o.ID))
}

// fileContent gives a file's bytes, to be kept and never to be shown.
func (s *Server) fileContent(r *Request) error {
	o, err := s.library.Get(r.Context(), r.Who, r.PathValue("id"))
	if err != nil {
		return err
	}
	f := o.Value
	if v := r.FormValue("version"); v != "" && v != strconv.Itoa(f.Version) {
		if f, err = s.contentAt(r, o.ID, v); err != nil {
			return err
		}
	}
	b, err := s.library.Open(f)
	if err != nil {
		return err
	}
	defer b.Close()
	h := r.W.Header()
	shut(h)
	h.Set("Content-Type", harmless(f.Type))
	h.Set("Content-Disposition", attachment(library.MarkedName(o.Mark, o.National, f.Name)))
	h.Set("ETag", `"`+f.Hash+`"`) // after the reader's right was checked, as it is at every request
	_ = http.NewResponseController(r.W).SetWriteDeadline(time.Now().Add(fileTime))
	http.ServeContent(r.W, r.Request, "", time.Time{}, b)
	return nil
}

// contentAt finds an earlier content among the revisions that the reader may read.
func (s *Server) contentAt(r *Request, id ref.ID, version string) (f library.File, err error) {
	vs, err := s.objects.History(r.Context(), r.Who, id, 0, historyOfFile)
	for _, v := range vs {
		if f, ok := v.Value.(*library.File); ok && strconv.Itoa(f.Version) == version {
			return *f, nil
		}
	}
	if err == nil {
		err = errNoPage
	}
	return f, err
}

// shut sets the headers of what a browser is to keep and not to open as a page of ours.
func shut(h http.Header) {
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "private, no-cache")
	h.Add("Vary", "Cookie")
}

// harmless gives a type under which nothing runs, should a browser open the file after all.
func harmless(t string) string {
	if strings.HasPrefix(t, "text/") && t != "text/plain" || strings.Contains(t, "xml") && !strings.HasPrefix(t, "application/vnd.") || strings.Contains(t, "html") {
		return "application/octet-stream"
	}
	return t
}

// attachment is the header by which a browser keeps a file under its name (RFC 6266, RFC 8187).
func attachment(name string) string {
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '_'
		}
		return r
	}, name)
	return `attachment; filename="` + plain + `"; filename*=UTF-8''` + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}

// filesArchive gives all files of an object that this reader may have, as they stand.
func (s *Server) filesArchive(r *Request) error {
	head, value, err := s.objects.Get(r.Context(), r.Who, r.PathValue("id"))
	if err != nil {
		return err
	}
	list, err := s.library.Of(r.Context(), r.Who, head.ID)
	if err != nil {
		return err
	}
	by, err := s.beside(r, head, list)
	if err != nil {
		return err
	}
	mark := head.Mark
	for _, o := range list {
		mark = stricter(mark, o.Mark)
	}
	h := r.W.Header()
	shut(h)
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", attachment(library.MarkedName(mark, head.National, library.CleanName(nameOf(value, r.Lang).Text+".zip"))))
	_ = http.NewResponseController(r.W).SetWriteDeadline(time.Now().Add(fileTime))
	z := zip.NewWriter(r.W)
	taken := map[string]bool{}
	for _, o := range list {
		if by := by[o.ID]; by != "" {
			ext := path.Ext(o.Value.Name)
			o.Value.Name = library.CleanName(r.Page.T("file.beside-name", "name", strings.TrimSuffix(o.Value.Name, ext), "by", by) + ext)
		}
		if err := s.pack(z, o, taken); err != nil {
			s.log.Error("archive of files", "route", s.routeOf(r.Request), "error", err)
			panic(http.ErrAbortHandler) // half an archive must not look like a whole one
		}
	}
	return z.Close()
}

// pack puts one file into an archive, under a name that no other has there.
func (s *Server) pack(z *zip.Writer, o access.Object[library.File], taken map[string]bool) error {
	b, err := s.library.Open(o.Value)
	if err != nil {
		return err
	}
	defer b.Close()
	name := library.MarkedName(o.Mark, o.National, o.Value.Name)
	for n, plain := 2, name; taken[strings.ToLower(name)]; n++ {
		ext := path.Ext(plain)
		name = strings.TrimSuffix(plain, ext) + " (" + strconv.Itoa(n) + ")" + ext
	}
	taken[strings.ToLower(name)] = true
	changed, _ := time.Parse(time.RFC3339, o.ChangedAt)
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: changed})
	if err != nil {
		return err
	}
	_, err = io.Copy(w, b)
	return err
}

// closedFiles names the attached files that stay closed where everybody may read the object.
func (s *Server) closedFiles(r *Request, p *ConfirmPage) error {
	files, err := s.library.Of(r.Context(), r.Who, p.Object.ID)
	for _, f := range files {
		if f.Mark != tlp.CLEAR {
			p.Files = append(p.Files, p.Text(f.Value.Title))
		}
	}
	return err
}
