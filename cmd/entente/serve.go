package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"entente/access"
	"entente/account"
	"entente/bundle"
	"entente/dialogue"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/files"
	"entente/library"
	"entente/web"

	"github.com/alecthomas/kong"
)

// firstLinkLasts is how long the link for the first administrator is good.
const firstLinkLasts = 30 * time.Minute

type serveCmd struct {
	place
	smtp
	Listen    string     `env:"ENTENTE_LISTEN" default:"127.0.0.1:8080" placeholder:"ADDRESS" help:"The address of this machine and the port to answer at; 127.0.0.1:8080 where nothing is said. :8080 is every address of the machine."`
	BaseURL   string     `name:"base-url" env:"ENTENTE_BASE_URL" placeholder:"URL" help:"Where the world reaches this node, like https://dialogue.example.org: for addresses that leave it, in feeds, on cards and in links. Where nothing is said they name this machine by its number, whatever name a request used."`
	TLSCert   string     `name:"tls-cert" env:"ENTENTE_TLS_CERT" and:"tls" xor:"tls-or-proxy" placeholder:"FILE" help:"The certificate with which the node itself speaks TLS, with the chain, in PEM."`
	TLSKey    string     `name:"tls-key" env:"ENTENTE_TLS_KEY" and:"tls" placeholder:"FILE" help:"The key of the certificate, in PEM."`
	BehindTLS bool       `name:"behind-tls" env:"ENTENTE_BEHIND_TLS" xor:"tls-or-proxy" help:"A server in front of this one speaks TLS: cookies are sent over TLS alone, and the reader's address is the last that X-Forwarded-For names. Only that server should be able to reach this one."`
	Limit     float64    `name:"rate-limit" env:"ENTENTE_RATE_LIMIT" default:"1" placeholder:"TIMES" help:"How often one session or address may write, search and fetch feeds, as a multiple of the ordinary: 60 writes at once and then one a second, 120 such reads and then two a second; an address from which nobody has signed in five times that. 1 where nothing is said; 0 sets no limit but that on attempts to sign in."`
	FileLimit int64      `name:"file-limit" env:"ENTENTE_FILE_LIMIT" default:"25" placeholder:"MB" help:"How large a file that is sent may be, in megabytes."`
	Quota     int64      `name:"upload-quota" env:"ENTENTE_UPLOAD_QUOTA" default:"500" placeholder:"MB" help:"How much one person may add in files within 24 hours, in megabytes; all people of one institution together four times that. 0 sets no bound."`
	Reserve   int64      `name:"disk-reserve" env:"ENTENTE_DISK_RESERVE" default:"500" placeholder:"MB" help:"How much room the disk of --data must keep for everything else, in megabytes; no file is taken that would leave less."`
	Scan      string     `name:"scan-command" env:"ENTENTE_SCAN_COMMAND" placeholder:"COMMAND" help:"A command that looks at every file before it is kept. It is given the file's path as its last argument; status 0 is clean, 1 refuses the file, and with any other, or none within a minute, no file is taken."`
	NoBackup  bool       `env:"ENTENTE_NO_BACKUP" help:"Do not back up the database before it is upgraded: for one that is backed up otherwise."`
	Metrics   string     `env:"ENTENTE_METRICS" placeholder:"ADDRESS" help:"An address of this machine with a port of its own, like 127.0.0.1:9090, at which /metrics tells a Prometheus how the node stands. Nothing is told where nothing is said."`
	Log       slog.Level `env:"ENTENTE_LOG" default:"info" placeholder:"LEVEL" help:"What is logged: debug, info, warn or error. Never a query, a reader's address or a person."`
	LogFormat string     `env:"ENTENTE_LOG_FORMAT" enum:"text,json" default:"text" placeholder:"FORMAT" help:"How it is logged: text, or json for a program that gathers logs."`
	Explain   bool       `help:"Print each setting, its value without passwords, and where it came from: the command line, a variable of the environment, or the program itself; and what would be refused. Nothing is opened or started."`
}

// Help explains the command.
func (serveCmd) Help() string {
	return `Runs a node until it is asked to stop. The database is a file, or a PostgreSQL when a machine is
outgrown; it is made and brought to this program's version at the start. Before that it is backed
up: a file beside itself (entente.db.before-VERSION.bak), a PostgreSQL into the folder of --data
(before-VERSION-TIME.tar, a backup without attached files); the newest three are kept.

On the first start the node makes its key in the folder of --data. Keep a copy of it apart: without
the key the node can neither go on signing its log nor read the second factors with which people
sign in.

    entente serve --data /var/lib/entente
    ENTENTE_DB=postgres://entente@/entente entente serve --data /var/lib/entente --behind-tls

As long as the database is empty, each start prints a link that is good for 30 minutes and once.
It leads to a page that opens the dialogue and makes its first administrator. The log goes to
standard error. Once an hour at most, and at the end, the node signs the head of its log and writes
it to the file checkpoint in its folder; GET /checkpoint serves it.

Files that are attached lie in the folder files of --data, under the hash of their content; what is
known of them is in the database. entente backup writes both to one file.

On PostgreSQL several processes with the same database and the same folder are one node
(docs/operate/two-processes.md).

A PostgreSQL that does not answer at the start is waited for, a minute at most. What is lost later is
told to people on a page and to machines at /readyz, and found again without a restart.

Asked to stop, by SIGTERM or Ctrl+C, the node takes no more requests, finishes those under way
within ten seconds, and ends with status 0. With 1 it could not start, and says why.`
}

// refused tells what is wrong with the settings by themselves, before anything is opened or made.
func (o serveCmd) refused() (all []error) {
	no := func(err error) {
		if err != nil {
			all = append(all, err)
		}
	}
	if o.BaseURL != "" {
		if u, err := url.Parse(o.BaseURL); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			no(usagef("--base-url %q is not an address like https://dialogue.example.org", o.BaseURL))
		}
	}
	if o.Limit < 0 || o.Limit > 1000 {
		no(usagef("--rate-limit %v is not a number from 0 to 1000", o.Limit))
	}
	if o.FileLimit < 1 || o.FileLimit > 4096 {
		no(usagef("--file-limit %d is not between 1 and 4096 megabytes", o.FileLimit))
	}
	if o.Quota < 0 || o.Quota > 1_000_000 {
		no(usagef("--upload-quota %d is not between 0 and 1000000 megabytes", o.Quota))
	}
	if o.Reserve < 0 || o.Reserve > 1_000_000 {
		no(usagef("--disk-reserve %d is not between 0 and 1000000 megabytes", o.Reserve))
	}
	_, err := o.server()
	no(err)
	if o.Server != "" && o.BaseURL == "" {
		no(usagef("--smtp needs --base-url: letters hold addresses of this node"))
	}
	_, err = certificate(o.TLSCert, o.TLSKey)
	no(err)
	if o.Metrics != "" {
		no(apart(o.Metrics, o.Listen))
	}
	no(settled(o.Data))
	return all
}

// Run runs the node.
func (o serveCmd) Run(ctx context.Context, c console, line *kong.Context) error {
	refused := o.refused()
	if o.Explain {
		return explainSettings(c, line, refused)
	}
	if len(refused) > 0 {
		return refused[0]
	}
	post, err := o.server()
	if err != nil {
		return err
	}
	log := logger(c.err, o.Log, o.LogFormat)
	secure, err := certificate(o.TLSCert, o.TLSKey)
	if err != nil {
		return err
	}
	l, err := listen(o.Listen, "entente serve")
	if err != nil {
		return err
	}
	defer l.Close()
	var metrics net.Listener
	if o.Metrics != "" {
		if metrics, err = listenMetrics(o.Metrics); err != nil {
			return err
		}
		defer metrics.Close()
	}
	if err := os.MkdirAll(o.Data, 0o700); err != nil {
		return fmt.Errorf("the folder of --data: %w", err)
	}
	d, err := patient(ctx, o.address(), log, db.Options{
		NoBackup: o.NoBackup, BeforeUpgrade: o.beforeUpgrade, Existing: o.lived(), Alone: true, Sound: soundTime,
	})
	if err != nil {
		return o.lost(err)
	}
	defer d.Close()
	n := node{db: d, objects: bundle.Objects(d), folder: o.Data, listener: l, tls: secure, proxied: o.BehindTLS, log: log, mail: post}
	n.metrics, n.reserve = metrics, o.Reserve*1_000_000
	n.web = web.Options{
		Secure: secure != nil || o.BehindTLS, BaseURL: o.BaseURL, Rate: o.Limit,
		FileLimit: o.FileLimit * 1_000_000, Quota: library.Quota{Person: o.Quota * 1_000_000, Institution: 4 * o.Quota * 1_000_000}, Scanner: files.Scanner{Command: o.Scan},
	}
	base := strings.TrimSuffix(o.BaseURL, "/")
	if base == "" {
		base = site(l, secure != nil)
	}
	if a, ok := l.Addr().(*net.TCPAddr); ok && !a.IP.IsLoopback() && !n.web.Secure {
		log.Warn("passwords and pages travel in clear between this machine and its readers; use --tls-cert, or a server in front that speaks TLS and --behind-tls")
	}
	if a, ok := l.Addr().(*net.TCPAddr); o.BaseURL == "" && (o.BehindTLS || ok && !a.IP.IsLoopback()) {
		log.Warn("feeds, cards and links name this machine by its number: say with --base-url where the world reaches it")
	}
	err = n.run(ctx, func() error {
		log.Info("ready", "listen", l.Addr().String(), "database", db.Redact(o.address()))
		if err := warnSecond(ctx, d, log); err != nil {
			return err
		}
		return invite(ctx, c, d, base)
	})
	if err == nil {
		log.Info("stopped")
	}
	return o.lost(err)
}

// soundTime is how long a start looks through a database file for damage: more than a minute would be
// an outage of its own, and in this time a slow disk gives some gigabytes.
const soundTime = 20 * time.Second

// serverWait is how long a node that starts waits for its PostgreSQL: after a loss of power both
// machines come up, in any order.
var serverWait = time.Minute

// patient opens the database. It waits a while for a server that does not answer, and asks it at
// least twice; one that refuses, and a file, it does not wait for.
func patient(ctx context.Context, address string, log *slog.Logger, o db.Options) (*db.DB, error) {
	o.Logger = log
	until := time.Now().Add(serverWait)
	for pause, again := time.Second, false; ; pause, again = min(2*pause, 10*time.Second), true {
		d, err := bundle.Open(ctx, address, o)
		left := max(time.Until(until), 0)
		if !fault.Is(err, fault.Unavailable) || !db.IsServer(address) || left == 0 && again {
			return d, err
		}
		pause = min(pause, left)
		log.Warn("the database does not answer; it is asked again", "database", db.Redact(address), "in", pause.Round(time.Second), "for", left.Round(time.Second), "error", err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// logger writes one line, or one JSON object, for each thing that is to be known.
func logger(w io.Writer, level slog.Level, format string) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// warnSecond says that nobody has to sign in with a second factor, where that was set so, and at a node of
// before it was usual.
func warnSecond(ctx context.Context, d *db.DB, log *slog.Logger) error {
	begun, err := dialogue.New(d).Any(ctx)
	if err != nil || !begun {
		return err
	}
	required, err := bundle.Objects(d).SettingValues(ctx, access.Operator("serve"))
	if err == nil && required[access.SecondFactor] == "" {
		log.Warn("nobody has to sign in with a second factor; require it of those who can commit an institution or look after accounts",
			"do", "run entente admin setting set "+access.SecondFactor+" "+access.SecondFactorUsual)
	}
	return err
}

// invite prints the link for the first administrator of an empty node.
func invite(ctx context.Context, c console, d *db.DB, base string) error {
	begun, err := dialogue.New(d).Any(ctx)
	if err != nil || begun {
		return err
	}
	token, err := account.New(d).NewLink(ctx, bundle.FirstLink, "", firstLinkLasts)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, `This node is empty. Open this address within 30 minutes, to name the dialogue and to make its
first administrator. It works once; the next start prints another as long as the node is empty.

  %s/%s/first/%s

`, base, speech(""), token)
	return err
}
