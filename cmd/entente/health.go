package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"entente/internal/dial"
)

// healthTime is how long a node may take to say how it stands.
const healthTime = 8 * time.Second

type healthCmd struct {
	URL    string `arg:"" optional:"" help:"Where the node answers on this machine. Where nothing is said it is the address of --listen."`
	Listen string `env:"ENTENTE_LISTEN" default:"127.0.0.1:8080" placeholder:"ADDRESS" help:"The address at which the node listens, as it was given to entente serve; 127.0.0.1:8080 where nothing is said."`
	TLS    string `name:"tls-cert" env:"ENTENTE_TLS_CERT" placeholder:"FILE" help:"Given where the node itself speaks TLS; then it is asked over TLS."`
}

// Help explains the command.
func (healthCmd) Help() string {
	return `Asks a node on this machine whether it can serve, for systems that look after containers and have
nothing else inside. It asks for /readyz and prints what the node says.

    entente health
    entente health http://127.0.0.1:9000

The certificate is not looked at: it is of another name than the one that is asked for here.
The command ends with status 0 when the node can serve, and with 1 when it cannot or does not answer.`
}

// Run asks.
func (o healthCmd) Run(ctx context.Context, c console) error {
	address := o.URL
	if address == "" {
		host, port, err := net.SplitHostPort(o.Listen)
		if err != nil {
			return usagef("--listen %q is not an address with a port, like 127.0.0.1:8080", o.Listen)
		}
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			host = "localhost"
		}
		address = "http://" + net.JoinHostPort(host, port)
		if o.TLS != "" {
			address = "https://" + net.JoinHostPort(host, port)
		}
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return usagef("%q is not an address like http://127.0.0.1:8080", address)
	}
	said, status, err := ask(ctx, u)
	if err != nil {
		return fmt.Errorf("the node does not answer: %w", err)
	}
	if _, err := io.WriteString(c.out, said); err != nil {
		return err
	}
	if status != http.StatusOK {
		return ended{statusFailed}
	}
	return nil
}

// ask asks for /readyz, over a connection of its own: the program keeps no client that might call elsewhere.
func ask(ctx context.Context, u *url.URL) (said string, status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	way, err := dial.New(u.Hostname())
	if err != nil {
		return "", 0, err
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	conn, err := way.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return "", 0, err
	}
	defer conn.Close()
	until, _ := ctx.Deadline()
	_ = conn.SetDeadline(until)
	if u.Scheme == "https" {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}) // nothing is told to it, and one line is believed
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(u.String(), "/")+"/readyz", nil)
	if err != nil {
		return "", 0, err
	}
	r.Close = true
	if err := r.Write(conn); err != nil {
		return "", 0, err
	}
	a, err := http.ReadResponse(bufio.NewReader(conn), r)
	if err != nil {
		return "", 0, err
	}
	defer a.Body.Close()
	b, err := io.ReadAll(io.LimitReader(a.Body, 4096))
	return string(b), a.StatusCode, err
}
