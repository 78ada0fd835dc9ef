package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"

	"entente/internal/dial"
	"entente/internal/jobs"
	"entente/internal/mail"
	"entente/internal/text"
)

// smtp is where letters are handed over; commands that send mail share it.
type smtp struct {
	Server   string   `name:"smtp" env:"ENTENTE_SMTP" placeholder:"HOST:PORT" help:"The mail server that takes letters, like mail.example.org:587. Without one no mail is sent, and people read their notices on their pages. Needs --mail-from, and for serve --base-url."`
	Security string   `name:"smtp-security" env:"ENTENTE_SMTP_SECURITY" default:"starttls" enum:"starttls,tls,none" placeholder:"WAY" help:"How the connection to the mail server is secured: starttls, tls (from the first byte, mostly port 465) or none (for a server on this machine). starttls where nothing is said."`
	User     string   `name:"smtp-user" env:"ENTENTE_SMTP_USER" placeholder:"NAME" help:"The name by which the mail server knows this node."`
	Password string   `name:"smtp-password-file" env:"ENTENTE_SMTP_PASSWORD_FILE" placeholder:"FILE" help:"A file with the password for that name on its first line."`
	From     string   `name:"mail-from" env:"ENTENTE_MAIL_FROM" placeholder:"ADDRESS" help:"From whom letters come, like: Dialogue <dialogue@example.org>."`
	Allow    []string `name:"allow-network" env:"ENTENTE_ALLOW_NETWORK" placeholder:"NETWORK" help:"Networks (10.1.0.0/16), addresses or hosts that this node may call although they are not on the open internet, with a comma between: a mail server of the house."`
}

// server gives the mail server; nil where none was named.
func (o smtp) server() (*mail.Server, error) {
	if o.Server == "" {
		return nil, nil
	}
	if o.From == "" {
		return nil, usagef("--smtp needs --mail-from: from whom letters come")
	}
	c := mail.Config{Server: o.Server, Security: mail.Security(o.Security), User: o.User, From: o.From}
	if (o.User == "") != (o.Password == "") {
		return nil, usagef("--smtp-user and --smtp-password-file go together")
	}
	if o.Password != "" {
		b, err := os.ReadFile(o.Password)
		if err != nil {
			return nil, fmt.Errorf("the file of --smtp-password-file: %w", err)
		}
		s, encoding, ok := text.Decode(b)
		if !ok {
			return nil, fmt.Errorf("the file of --smtp-password-file is not in UTF-8 (it seems to be in %s): save it anew", cmp.Or(encoding, "no encoding of text"))
		}
		c.Password, _, _ = strings.Cut(s, "\n")
		c.Password = strings.TrimSuffix(c.Password, "\r")
	}
	out, err := dial.New(o.Allow...)
	if err != nil {
		return nil, usage{error: err}
	}
	s, err := mail.New(c, out)
	if err != nil {
		return nil, usage{error: err}
	}
	return s, nil
}

type mailTestCmd struct {
	smtp
	To string `arg:"" placeholder:"ADDRESS" help:"Where the letter goes."`
}

// Help explains the command.
func (mailTestCmd) Help() string {
	return `Sends one letter with the settings of entente serve, to see whether the mail server takes it.

    entente admin mail test --smtp mail.example.org:587 --smtp-user node \
      --smtp-password-file /etc/entente/smtp --mail-from "Dialogue <dialogue@example.org>" you@example.org

The command ends with status 0 when the server took the letter; whether it arrives is to be seen in
the mailbox. With 1 it says the server's code: smtp-4xx is tried again by a node, smtp-5xx is not.`
}

// Run sends it.
func (o mailTestCmd) Run(ctx context.Context, c console) error {
	to, ok := mail.Clean(o.To)
	if !ok {
		return usagef("%q is not a mail address", o.To)
	}
	s, err := o.server()
	if err != nil {
		return err
	}
	if s == nil {
		return usagef("name the mail server with --smtp")
	}
	err = s.Send(ctx, mail.Letter{
		ID: rand.Text(), To: to, Lang: "en", Subject: "[TLP:CLEAR] Entente can send mail", Text: "This letter was sent by: entente admin mail test\n",
	})
	if err != nil {
		code, _ := jobs.Code(err)
		return fmt.Errorf("the letter was not taken: %s (%w)", code, errors.Unwrap(err))
	}
	fmt.Fprintf(c.out, "%s took the letter for %s.\n", o.Server, to)
	return nil
}
