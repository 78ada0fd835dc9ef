package story

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// postOffice is a mail server in the test's process.
type postOffice struct {
	mu       sync.Mutex
	closed   bool // it takes nothing for now
	letters  []string
	refusals int
}

func (p *postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return postSession{p}, nil }

type postSession struct{ p *postOffice }

func (postSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s postSession) Rcpt(string, *smtp.RcptOptions) error {
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	if s.p.closed {
		s.p.refusals++
		return &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 1}, Message: "later"}
	}
	return nil
}

func (s postSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.p.letters = append(s.p.letters, string(b))
	return err
}
func (postSession) Reset()        {}
func (postSession) Logout() error { return nil }

func (p *postOffice) open(yes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = !yes
}

// refused waits until a letter was sent away.
func (p *postOffice) refused(t *testing.T) {
	t.Helper()
	Until(t, "a letter is tried", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.refusals > 0
	})
}

var (
	soft      = regexp.MustCompile(`=\r?\n`)
	addressIn = regexp.MustCompile(`http://entente\.example(/\S+)`)
)

// take waits for letter number n (from 1) and gives its headers, its text and the first address in it.
func (p *postOffice) take(t *testing.T, n int) (head mail.Header, text, path string) {
	t.Helper()
	var raw string
	Until(t, fmt.Sprintf("letter %d comes", n), func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.letters) >= n {
			raw = p.letters[n-1]
		}
		return raw != ""
	})
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(m.Body)
	text = strings.ReplaceAll(soft.ReplaceAllString(string(b), ""), "=3D", "=")
	if x := addressIn.FindStringSubmatch(text); x != nil {
		path = x[1]
	}
	return m.Header, text, path
}

// TestMail: an invitation goes out by mail though the node is killed before the mail server takes
// it; who accepts confirms the address and is warned when the password changes.
func TestMail(t *testing.T) {
	office := &postOffice{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(office)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })

	args := []string{
		"serve", "--smtp", l.Addr().String(), "--smtp-security", "none", "--mail-from", "Dialogue <dialogue@entente.example>",
		"--allow-network", "127.0.0.1", "--base-url", "http://entente.example",
	}
	n := Start(t, args...)
	on := func(args ...string) string {
		t.Helper()
		out, status := Launch{Args: args, Data: n.Data}.Run(t)
		if status != 0 {
			t.Fatalf("%v: status %d: %s", args, status, out)
		}
		return out
	}
	if out := on("admin", "mail", "test", "--smtp", l.Addr().String(), "--smtp-security", "none", "--mail-from", "dialogue@entente.example",
		"--allow-network", "127.0.0.1", "operator@entente.example"); !strings.Contains(out, "took the letter") {
		t.Errorf("the test letter: %s", out)
	}
	office.take(t, 1)
	file := filepath.Join(n.Data, "dialogue.yaml")
	if err := os.WriteFile(file, []byte("kind: dialogue\nkey: fisheries\nname: {en: Dialogue on fisheries}\n---\n"+
		"kind: institution\nkey: office\nnames:\n  - name: {en: Fisheries office}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	on("import", file)
	on("admin", "setting", "set", "second-factor", "")
	out := on("admin", "person", "add", "--title-en", "Secretary", "--function", "project-team", "--login", "secretary")
	c := n.Client(t)
	c.Post(t, "/en/sign-in", url.Values{"login": {"secretary"}, "password": {regexp.MustCompile(`once: (\S+)`).FindStringSubmatch(out)[1]}})
	found := regexp.MustCompile(`href="/en(/institutions/[0-9a-f-]+)"`).FindStringSubmatch(c.Get(t, "/en/partners").Body)
	if found == nil {
		t.Fatal("no institution is listed")
	}

	office.open(false)
	form := c.Get(t, "/en"+found[1]+"/invite").Expect(t, http.StatusOK, "The code is then sent there by mail as well").Form(t, "/en"+found[1]+"/invite")
	form.Set("title.en", "Focal point")
	form.Set("function", "focal-point")
	form.Set("address", "focal-point@fisheries.example")
	c.Post(t, "/en"+found[1]+"/invite", form).Expect(t, http.StatusOK, "Focal point")
	office.refused(t) // the attempt was made, and there will be another
	n.Kill()
	office.open(true)
	n = Launch{Args: args, Data: n.Data}.Start(t)

	head, text, path := office.take(t, 2)
	if head.Get("Subject") != "[TLP:CLEAR] Invitation to Dialogue on fisheries" || !strings.HasPrefix(path, "/en/invitation/") {
		t.Fatalf("%v\n%s", head, text)
	}
	guest := n.Client(t)
	accept := guest.Get(t, path).Expect(t, http.StatusOK, "Focal point").Form(t, path)
	accept.Set("login", "focal")
	accept.Set("password", "seven herring swim")
	accept.Set("again", "seven herring swim")
	guest.Post(t, path, accept).Expect(t, http.StatusOK, "Welcome")
	guest.Get(t, "/en/account").Expect(t, http.StatusOK, "not confirmed yet")

	head, text, path = office.take(t, 3)
	if head.Get("Subject") != "[TLP:CLEAR] Confirm this address" || !strings.HasPrefix(path, "/en/account/mail/") {
		t.Fatalf("%v\n%s", head, text)
	}
	n.Client(t).Get(t, path).Expect(t, http.StatusOK, "Confirm the address")
	n.Client(t).Post(t, path, url.Values{}).Expect(t, http.StatusOK, "The address is confirmed")
	n.Client(t).Get(t, path).Expect(t, http.StatusNotFound)
	guest.Get(t, "/en/account").Expect(t, http.StatusOK, "focal-point@fisheries.example").Without(t, "not confirmed yet")

	guest.Post(t, "/en/account/password", url.Values{"old": {"seven herring swim"}, "password": {"eight mackerel leap"}, "again": {"eight mackerel leap"}}).
		Expect(t, http.StatusOK)
	if _, text, _ = office.take(t, 4); !strings.Contains(text, "Your password was changed") {
		t.Errorf("the warning:\n%s", text)
	}
	guest.Get(t, "/en/notices").Expect(t, http.StatusOK, "Your password was changed", "sent by mail")
	if strings.Contains(n.Output(), "fisheries.example") || strings.Contains(n.Output(), "/invitation/") {
		t.Errorf("the log holds an address or a code:\n%s", n.Output())
	}
}
