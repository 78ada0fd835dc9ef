package mail_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"entente/internal/dial"
	"entente/internal/jobs"
	ours "entente/internal/mail"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// taken is a mail server in process, and what it took.
type taken struct {
	mu      sync.Mutex
	letters []string
	to      []string
	user    string
	rcpt    error // given to RCPT TO
	data    error // given after the letter
}

func (b *taken) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{b: b}, nil }

type session struct{ b *taken }

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "the password" {
			return smtp.ErrAuthFailed
		}
		s.b.mu.Lock()
		defer s.b.mu.Unlock()
		s.b.user = user
		return nil
	}), nil
}
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.b.to = append(s.b.to, to)
	return s.b.rcpt
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.b.letters = append(s.b.letters, string(b))
	if err != nil {
		return err
	}
	return s.b.data // as it is: the server looks at its type
}
func (*session) Reset()        {}
func (*session) Logout() error { return nil }

// start runs the server with a security, and gives its address and whom to trust.
func start(t *testing.T, b *taken, how ours.Security) (address string, roots *tls.Config) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := smtp.NewServer(b)
	s.Domain, s.AllowInsecureAuth = "mail.test", true
	address = l.Addr().String()
	if how != ours.None {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		c := &x509.Certificate{
			SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			IsCA: true, BasicConstraintsValid: true,
		}
		der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
		made, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		roots = &tls.Config{RootCAs: x509.NewCertPool()}
		roots.RootCAs.AddCert(made)
	}
	if how == ours.TLS {
		l = tls.NewListener(l, s.TLSConfig)
	}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return address, roots
}

func out(t *testing.T, allowed ...string) *dial.Dialer {
	t.Helper()
	d, err := dial.New(allowed...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var letter = ours.Letter{
	ID: "0192", To: "officer@nia.example", Lang: "zh", Subject: "期限提醒\r\nBcc: all@example.org", Text: "即将到期。\n", HTML: "<p>即将到期。</p>",
}

func TestSend(t *testing.T) {
	for _, how := range []ours.Security{ours.None, ours.StartTLS, ours.TLS} {
		t.Run(string(how), func(t *testing.T) {
			b := &taken{}
			address, roots := start(t, b, how)
			s, err := ours.New(ours.Config{
				Server: address, Security: how, User: "node", Password: "the password", From: "对话 <dialogue@entente.example>", Roots: roots,
			}, out(t, "127.0.0.1"))
			if err != nil {
				t.Fatal(err)
			}
			// The first alone: crypto/tls keeps a certificate by a weak pointer, which the race detector
			// does not follow.
			if err := s.Send(t.Context(), letter); err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			for range 3 { // jobs send at the same time
				all.Go(func() {
					if err := s.Send(t.Context(), letter); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if len(b.letters) != 4 || b.user != "node" || b.to[0] != letter.To {
				t.Fatalf("%d letters from %q to %q", len(b.letters), b.user, b.to)
			}
			m, err := mail.ReadMessage(strings.NewReader(b.letters[0]))
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]string{
				"Message-ID": "<0192@entente.example>", "Content-Language": "zh", "Auto-Submitted": "auto-generated", "Bcc": "",
			} {
				if got := m.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if !strings.HasPrefix(m.Header.Get("Content-Type"), "multipart/alternative") {
				t.Errorf("it is %s", m.Header.Get("Content-Type"))
			}
		})
	}
}

// What a server refuses for good is told from what may be tried again, and nothing is told of whom
// it was for.
func TestRefusals(t *testing.T) {
	refuse := func(code int) error {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: "officer@nia.example is unknown"}
	}
	for _, c := range []struct {
		rcpt, data error
		password   string
		allowed    string
		code       string
		final      bool
	}{
		{rcpt: refuse(550), code: "smtp-550", final: true},
		{rcpt: refuse(450), code: "smtp-450"},
		{data: refuse(554), code: "smtp-554", final: true},
		{data: refuse(452), code: "smtp-452"},
		{password: "another", code: "mail-server"},
		{allowed: "10.0.0.0/8", code: "mail-server-not-allowed"},
	} {
		b := &taken{rcpt: c.rcpt, data: c.data}
		address, _ := start(t, b, ours.None)
		if c.password == "" {
			c.password = "the password"
		}
		if c.allowed == "" {
			c.allowed = "127.0.0.1"
		}
		s, err := ours.New(ours.Config{Server: address, Security: ours.None, User: "node", Password: c.password, From: "dialogue@entente.example"}, out(t, c.allowed))
		if err != nil {
			t.Fatal(err)
		}
		err = s.Send(t.Context(), letter)
		code, final := jobs.Code(err)
		if code != c.code || final != c.final {
			t.Errorf("%q (final %v), want %q (%v): %v", code, final, c.code, c.final, err)
		}
		if err != nil && (strings.Contains(err.Error(), "nia") || strings.Contains(err.Error(), "password")) {
			t.Errorf("it tells too much: %v", err)
		}
	}
	gone, stop := context.WithCancel(t.Context())
	stop()
	s, err := ours.New(ours.Config{Server: "127.0.0.1:1", Security: ours.None, From: "a@b.example"}, out(t, "127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(gone, letter); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestConfig(t *testing.T) {
	good := ours.Config{Server: "mail.example.org:587", Security: ours.StartTLS, From: "a@b.example"}
	for name, change := range map[string]func(*ours.Config){
		"no port":    func(c *ours.Config) { c.Server = "mail.example.org" },
		"no sender":  func(c *ours.Config) { c.From = "nobody" },
		"a way":      func(c *ours.Config) { c.Security = "ssl" },
		"in clear":   func(c *ours.Config) { c.Security, c.User = ours.None, "node" },
		"a bad port": func(c *ours.Config) { c.Server = "mail.example.org:smtp" },
	} {
		c := good
		change(&c)
		if _, err := ours.New(c, out(t)); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
	if _, err := ours.New(good, out(t)); err != nil {
		t.Error(err)
	}
}

func TestClean(t *testing.T) {
	for given, want := range map[string]string{
		" a@b.example ": "a@b.example", "a.b+c@d-e.example": "a.b+c@d-e.example",
		"": "", "a": "", "a@": "", "a@localhost": "", "A <a@b.example>": "", "a@b.example\r\nBcc: c@d.example": "", "a@b.example,c@d.example": "",
		strings.Repeat("a", 260) + "@b.example": "", "a b@c.example": "", "a@b.example\x00": "",
	} {
		if got, ok := ours.Clean(given); got != want || ok != (want != "") {
			t.Errorf("Clean(%q) = %q, %v", given, got, ok)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("officer@nia.example")
	f.Add("\"a\r\nb\"@c.example")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := ours.Clean(s)
		if !ok {
			return
		}
		if again, ok := ours.Clean(got); !ok || again != got {
			t.Errorf("Clean(%q) = %q, and again %q", s, got, again)
		}
		if strings.ContainsAny(got, "\r\n\x00 ") {
			t.Errorf("Clean(%q) = %q", s, got)
		}
	})
}
