package story

import (
	"bytes"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	nethtml "golang.org/x/net/html"
)

// Client is a person's browser without script: it keeps cookies, follows redirects and says
// where its forms come from.
type Client struct {
	base  string
	http  *http.Client
	token string // of a form on the page that came last, not sent yet
}

// Client is a new browser at the node, without cookies.
func (n *Node) Client(t testing.TB) *Client {
	t.Helper()
	return NewClient(t, n.Base)
}

// NewClient is a new browser at the site at base.
func NewClient(t testing.TB, base string) *Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &Client{base: base, http: &http.Client{Jar: jar, Transport: transport, Timeout: limit}}
}

// Page is an answer of the site.
type Page struct {
	Status int
	Path   string // path and query after redirects
	Header http.Header
	Body   string
}

// Get asks for a path of the site.
func (c *Client) Get(t testing.TB, path string) *Page {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c.Do(t, r)
}

// formToken finds what a form carries to show for whom it was made.
var formToken = regexp.MustCompile(`<input type="hidden" name="form" value="([^"]+)">`)

// sealed gives a form's token: its own, or one of the page that came last, or of a page that
// every person has.
func (c *Client) sealed(t testing.TB, form url.Values) string {
	t.Helper()
	token := form.Get("form")
	if token == "" && c.token == "" {
		c.Get(t, "/en/account")
	}
	if token == "" {
		token = c.token
	}
	c.token = ""
	return token
}

// Post sends a form, as the site's own page would.
func (c *Client) Post(t testing.TB, path string, form url.Values) *Page {
	t.Helper()
	sent := url.Values{"form": {c.sealed(t, form)}}
	for name, vs := range form {
		if name != "form" {
			sent[name] = vs
		}
	}
	form = sent
	return c.send(t, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// PostFile sends a form with one file in it.
func (c *Client) PostFile(t testing.TB, path string, form url.Values, field, name string, content []byte) *Page {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	_ = w.WriteField("form", c.sealed(t, form))
	for key, values := range form {
		for _, v := range values {
			if key == "form" {
				continue
			}
			_ = w.WriteField(key, v) // a buffer takes everything
		}
	}
	part, err := w.CreateFormFile(field, name)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(content)
	_ = w.Close()
	return c.send(t, path, w.FormDataContentType(), &body)
}

// send posts with the headers by which a site knows that a form is its own.
func (c *Client) send(t testing.TB, path, kind string, body io.Reader) *Page {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.base+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Origin", c.base)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return c.Do(t, r)
}

// Do sends a request as it is, with the cookies: the way to odd headers and foreign origins.
func (c *Client) Do(t testing.TB, r *http.Request) *Page {
	t.Helper()
	answer, err := c.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if m := formToken.FindSubmatch(body); m != nil {
		c.token = string(m[1])
	}
	return &Page{answer.StatusCode, answer.Request.URL.RequestURI(), answer.Header, string(body)}
}

// Text is what the page says, with spaces as a reader sees them: entities resolved, runs of
// white space as one, tags left in so that a phrase can name one.
func (p *Page) Text() string {
	return strings.Join(strings.Fields(html.UnescapeString(p.Lasting())), " ")
}

// Lasting is what the page says whenever it is asked for: each form of a page carries a token that
// is made anew each time, and always of the same length.
func (p *Page) Lasting() string {
	return formToken.ReplaceAllStringFunc(p.Body, func(s string) string { return strings.Repeat("-", len(s)) })
}

// Expect fails unless the answer has the status and contains every phrase. It returns the page,
// so that it can stand behind the request.
func (p *Page) Expect(t testing.TB, status int, phrases ...string) *Page {
	t.Helper()
	missing := false
	text := p.Text()
	for _, phrase := range phrases {
		if !strings.Contains(text, phrase) {
			t.Errorf("%s does not say %q", p.Path, phrase)
			missing = true
		}
	}
	if p.Status != status {
		t.Errorf("%s: status %d, want %d", p.Path, p.Status, status)
		missing = true
	}
	if missing {
		t.Logf("%s: %s", p.Path, cut(text, 3000))
	}
	return p
}

// Without fails if the page contains one of the phrases: what a person may not read.
func (p *Page) Without(t testing.TB, phrases ...string) *Page {
	t.Helper()
	for _, phrase := range phrases {
		if strings.Contains(p.Text(), phrase) || strings.Contains(p.Body, phrase) {
			t.Errorf("%s says %q and should not", p.Path, phrase)
		}
	}
	return p
}

// Form gives the values that the page's form with this action would send if nothing were
// changed, hidden ones among them: a story changes what a person would and posts the rest as it
// came. It fails if there is no such form.
func (p *Page) Form(t testing.TB, action string) url.Values {
	t.Helper()
	doc, err := nethtml.Parse(strings.NewReader(p.Body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == nethtml.ElementNode && n.Data == "form" && attr(n, "action") == action {
			return values(n)
		}
	}
	t.Fatalf("%s has no form with the action %q", p.Path, action)
	return nil
}

// values are what a form's controls hold, by the rules of the standard as far as a form without
// script needs them. A button's value is sent by pressing it, so it is not among them.
func values(form *nethtml.Node) url.Values {
	v := make(url.Values)
	for n := range form.Descendants() {
		name := attr(n, "name")
		if n.Type != nethtml.ElementNode || name == "" || has(n, "disabled") {
			continue
		}
		switch n.Data {
		case "input":
			switch attr(n, "type") {
			case "submit", "button", "image", "reset", "file":
			case "checkbox", "radio":
				if has(n, "checked") {
					v.Add(name, or(attr(n, "value"), "on"))
				}
			default:
				v.Add(name, attr(n, "value"))
			}
		case "textarea":
			v.Add(name, text(n))
		case "select":
			choose(v, name, n)
		}
	}
	return v
}

// choose adds what is selected; a list of one choice sends its first if nothing is.
func choose(v url.Values, name string, list *nethtml.Node) {
	chosen := 0
	var firstValue *string
	for n := range list.Descendants() {
		if n.Type != nethtml.ElementNode || n.Data != "option" || has(n, "disabled") {
			continue
		}
		value := attr(n, "value")
		if !has(n, "value") {
			value = strings.TrimSpace(text(n))
		}
		if firstValue == nil {
			firstValue = &value
		}
		if has(n, "selected") {
			v.Add(name, value)
			chosen++
		}
	}
	if chosen == 0 && firstValue != nil && !has(list, "multiple") {
		v.Add(name, *firstValue)
	}
}

// attr is an attribute's value.
func attr(n *nethtml.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// has reports whether an attribute is there, with a value or without.
func has(n *nethtml.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key {
			return true
		}
	}
	return false
}

// text is what stands in an element.
func text(n *nethtml.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == nethtml.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// or is a, or b where a is empty.
func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// cut keeps a failure's message readable.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + " …"
	}
	return s
}
