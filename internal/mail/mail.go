// Package mail hands letters to a mail server by SMTP (RFC 5321), and tells what comes to nothing
// for good from what may be tried again. It must never decide who gets a letter or what is in it,
// and never put an address or a text into an error: errors are kept and logged.
package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"entente/internal/dial"
	"entente/internal/jobs"
	"entente/internal/text"

	gomail "github.com/wneessen/go-mail"
)

// Security is how the connection to the mail server is kept from others.
type Security string

// The ways. None is for a server on the same machine.
const (
	StartTLS Security = "starttls" // the connection becomes TLS before anything is said (RFC 3207)
	TLS      Security = "tls"      // TLS from the first byte (RFC 8314)
	None     Security = "none"
)

// Config says which server takes letters, and from whom they come.
type Config struct {
	Server   string // host:port
	Security Security
	User     string // "" : the server asks for none
	Password string
	From     string      // address, or "Name <address>"
	Roots    *tls.Config // for tests: whom to trust; nil: the system
}

// Letter is one message to one person.
type Letter struct {
	ID      string // of the Message-ID before the "@": the same at every attempt
	To      string // address
	Lang    string // of subject and texts (Content-Language, RFC 3282)
	Subject string
	Text    string
	HTML    string
}

// Server sends letters.
type Server struct {
	from   *mail.Address
	client *gomail.Client
}

// timeout bounds one delivery.
const timeout = 30 * time.Second

// New makes the sender, without connecting. Through is the way out of the node.
func New(c Config, through *dial.Dialer) (*Server, error) {
	from, err := mail.ParseAddress(c.From)
	if err != nil {
		return nil, fmt.Errorf("%q is no address that letters can come from, like \"Dialogue <dialogue@example.org>\"", c.From)
	}
	host, port, err := net.SplitHostPort(c.Server)
	n, errPort := strconv.Atoi(port)
	if err != nil || errPort != nil || host == "" {
		return nil, fmt.Errorf("%q is no mail server, like mail.example.org:587", c.Server)
	}
	if c.User != "" && c.Security == None && !local(host) {
		return nil, errors.New("a name and a password are not sent in clear to another machine; use starttls or tls")
	}
	options := []gomail.Option{
		gomail.WithPort(n), gomail.WithTimeout(timeout), gomail.WithHELO(domain(from.Address)),
		gomail.WithDialContextFunc(through.DialContext),
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.Roots != nil {
		conf = c.Roots.Clone()
	}
	conf.ServerName = host
	options = append(options, gomail.WithTLSConfig(conf))
	switch c.Security {
	case StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case TLS:
		// The dialer's connection is plain; TLS begins on it at once.
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS), gomail.WithDialContextFunc(
			func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := through.DialContext(ctx, network, address)
				if err != nil {
					return nil, err
				}
				secure := tls.Client(conn, conf)
				if err := secure.HandshakeContext(ctx); err != nil {
					return nil, errors.Join(err, conn.Close())
				}
				return secure, nil
			}))
	case None:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		return nil, fmt.Errorf("%q is not starttls, tls or none", c.Security)
	}
	if c.User != "" {
		auth := gomail.SMTPAuthAutoDiscover
		if c.Security != StartTLS { // the library sees no TLS in a connection that it did not make secure itself
			auth = gomail.SMTPAuthPlainNoEnc
		}
		options = append(options, gomail.WithSMTPAuth(auth), gomail.WithUsername(c.User), gomail.WithPassword(c.Password))
	}
	client, err := gomail.NewClient(host, options...)
	if err != nil {
		return nil, err
	}
	return &Server{from, client}, nil
}

func local(host string) bool {
	a := net.ParseIP(host)
	return host == "localhost" || a != nil && a.IsLoopback()
}

func domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// Clean gives an address as it is kept, or false for what is none: the bare address, of at most
// 254 bytes (RFC 5321, section 4.5.3.1.3).
func Clean(s string) (string, bool) {
	s = text.ASCII(strings.TrimSpace(s))
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || len(s) > 254 || !utf8.ValidString(s) || strings.ContainsAny(s, "<>\r\n\x00 ") ||
		!strings.Contains(domain(a.Address), ".") {
		return "", false
	}
	return a.Address, true
}

// Send hands a letter to the server. Its faults are those of a job: jobs.Unfit where the server
// refuses the letter for good (a code of 500 or more, RFC 5321 section 4.2.1), jobs.Problem where it
// may be tried again. They hold the server's code and nothing else.
func (s *Server) Send(ctx context.Context, l Letter) error {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(s.from)
	if err := m.To(l.To); err != nil {
		return jobs.Unfit("mail-address", errors.New("the address cannot be written to"))
	}
	m.Subject(strings.Map(noControl, l.Subject))
	m.SetMessageIDWithValue(l.ID + "@" + domain(s.from.Address))
	m.SetDate()
	m.SetGenHeader("Content-Language", l.Lang)
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answers from machines
	m.SetGenHeader("X-Auto-Response-Suppress", "All")
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	if l.HTML != "" {
		m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	}
	err := s.client.DialAndSendWithContext(ctx, m)
	if err == nil || m.IsDelivered() { // taken by the server, whatever came after
		return nil
	}
	return judge(ctx, err)
}

// judge makes a job's fault of what the library says.
func judge(ctx context.Context, err error) error {
	var sent *gomail.SendError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, dial.ErrRefused):
		return jobs.Problem("mail-server-not-allowed", errors.New("the mail server's address is not on the open internet, or not to be called: name it with --allow-network if it is meant"))
	case errors.As(err, &sent) && sent.ErrorCode() >= 500 && slices.Contains(ofTheLetter, sent.Reason):
		return jobs.Unfit("smtp-"+strconv.Itoa(sent.ErrorCode()), errors.New("the mail server refused the letter"))
	case errors.As(err, &sent) && sent.ErrorCode() >= 400:
		return jobs.Problem("smtp-"+strconv.Itoa(sent.ErrorCode()), errors.New("the mail server will take the letter later"))
	}
	return jobs.Problem("mail-server", errors.New("the mail server was not reached, does not let this node in, or offers no TLS: see --smtp, --smtp-user and --smtp-security"))
}

// ofTheLetter are the steps at which a refusal means this letter or its recipient. Before them the
// server refuses this node, which somebody can mend.
var ofTheLetter = []gomail.SendErrReason{gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose}

func noControl(r rune) rune {
	if r < ' ' || r == 0x7f {
		return ' '
	}
	return r
}
