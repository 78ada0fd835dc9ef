package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"

	"entente/internal/bidi"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// views are the parsed pages. The files frame.html and part_*.html are in every page's set; every
// other file is one page and defines "main".
type views struct{ pages map[string]*template.Template }

func loadViews(a *assets) (*views, error) {
	v := &views{pages: map[string]*template.Template{}}
	funcs := template.FuncMap{"asset": a.path, "options": options}
	shared := template.New("").Funcs(funcs).Funcs(isolating)
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	isShared := func(n string) bool {
		b := path.Base(n)
		return b == "frame.html" || strings.HasPrefix(b, "part_")
	}
	for _, n := range names {
		if isShared(n) {
			if err = parse(shared, n); err != nil {
				return nil, err
			}
		}
	}
	for _, n := range names {
		if isShared(n) {
			continue
		}
		t, err := shared.Clone()
		if err != nil {
			return nil, err
		}
		if err = parse(t, n); err != nil {
			return nil, err
		}
		v.pages[strings.TrimSuffix(path.Base(n), ".html")] = t
	}
	return v, nil
}

// parse adds a file to a set, with the place of a token in every form that is posted, and with texts
// set apart by direction.
func parse(t *template.Template, name string) error {
	b, err := templateFiles.ReadFile(name)
	if err != nil {
		return err
	}
	if _, err = t.New(path.Base(name)).Parse(bound(string(b))); err == nil {
		isolateAll(t)
	}
	return err
}

// options writes the choices of a select. A list offers hundreds of institutions, and the template
// engine took a third of a page's time for them.
func options(list []Option) template.HTML {
	var b strings.Builder
	for _, o := range list {
		b.WriteString(`<option value="`)
		b.WriteString(template.HTMLEscapeString(o.Value))
		b.WriteByte('"')
		if o.Selected {
			b.WriteString(" selected")
		}
		if bidi.Turns(o.Text) {
			b.WriteString(` dir="auto"`)
		}
		b.WriteByte('>')
		b.WriteString(template.HTMLEscapeString(o.Text))
		b.WriteString("</option>")
	}
	return template.HTML(b.String())
}

// show answers with a page, rendered to a buffer first: what fails half-way must not reach a
// reader half.
func (s *Server) show(r *Request, status int, name string, page any) error {
	t, ok := s.views.pages[name]
	if !ok {
		return fmt.Errorf("no template %q", name)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "frame", page); err != nil {
		return err
	}
	body := s.bind(r, b.Bytes())
	h := r.W.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", r.Lang)
	// What one person may read must not be given to another by a cache in between.
	h.Set("Cache-Control", "private, no-store")
	if !r.Who.SignedIn() {
		h.Set("Cache-Control", "no-cache")
	}
	h.Add("Vary", "Cookie")
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		h.Set("Retry-After", retryAfter)
	}
	r.W.WriteHeader(status)
	_, err := r.W.Write(body)
	return err
}

// fragment answers a script with a part of a page.
func (s *Server) fragment(r *Request, name, part string, page any) error {
	var b bytes.Buffer
	if err := s.views.pages[name].ExecuteTemplate(&b, part, page); err != nil {
		return err
	}
	r.W.Header().Set("Content-Type", "text/html; charset=utf-8")
	r.W.Header().Set("Cache-Control", "private, no-store")
	_, err := b.WriteTo(r.W)
	return err
}

// ok shows a page with status 200.
func (s *Server) ok(r *Request, name string, page any) error {
	return s.show(r, http.StatusOK, name, page)
}

// assets serves the static files under names that hold their hash, so that they can be kept for ever.
type assets struct {
	hashed map[string]string // "entente.css" → "entente.3f2a….css"
	files  map[string]string // and back
	server http.Handler
}

func loadAssets() (*assets, error) {
	a := &assets{hashed: map[string]string{}, files: map[string]string{}}
	root, err := fs.Sub(staticFiles, "static")
	if err != nil {
		return nil, err
	}
	a.server = http.FileServerFS(root)
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		ext := path.Ext(name)
		h := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
		a.hashed[name], a.files[h] = h, name
		return nil
	})
	return a, err
}

// path gives the address of a static file.
func (a *assets) path(name string) (string, error) {
	h, ok := a.hashed[name]
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return "/static/" + h, nil
}

// hashedName is the form of the names that path gives.
var hashedName = regexp.MustCompile(`^(.+)\.[0-9a-f]{12}(\.[a-z0-9]+)$`)

// ServeHTTP serves a file by its hashed name for ever, by its plain name (a stylesheet names its
// fonts so) for a day.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/static/")
	if plain, ok := a.files[name]; ok {
		name = plain
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	} else if _, ok := a.hashed[name]; ok {
		w.Header().Set("Cache-Control", "public, max-age=86400")
	} else if m := hashedName.FindStringSubmatch(name); m != nil && a.hashed[m[1]+m[2]] != "" {
		// Another version's page asks: processes of a node are upgraded one after the other.
		name = m[1] + m[2]
		w.Header().Set("Cache-Control", "no-cache")
	} else {
		http.NotFound(w, r)
		return
	}
	r2 := r.Clone(r.Context())
	r2.URL.Path = "/" + name
	a.server.ServeHTTP(w, r2)
}
