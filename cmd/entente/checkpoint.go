package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"entente/internal/db"
	"entente/ledger"
)

const (
	publishEvery = time.Hour // at most: the size of the tree shows how busy a node is
	lookEvery    = time.Minute
)

// publisher signs the head of the log and publishes it: in the node's folder, and through the
// server. What is published once is never contradicted: a node does not start on a database that is
// not the one that the published checkpoint was signed of, or an older copy of it, and what is in the
// file and no checkpoint of this node stays as it is, for it is the only witness. Several processes of a node share the file: each goes by what stands in it.
type publisher struct {
	db   *db.DB
	id   identity
	file string
	log  *slog.Logger

	wake chan struct{} // an act was signed: it is published at once

	mu      sync.Mutex
	note    string      // published
	size    int64       // of its tree
	at      time.Time   // when
	seen    os.FileInfo // the file as it was read last
	blocked bool

	known atomic.Pointer[string] // note where it is this node's, for acts, which may not wait for mu
}

func newPublisher(ctx context.Context, d *db.DB, id identity, folder string, log *slog.Logger) (*publisher, error) {
	p := &publisher{db: d, id: id, file: filepath.Join(folder, checkpointFile), log: log, wake: make(chan struct{}, 1)}
	if err := p.adopt(); err != nil || p.note == "" {
		return p, err
	}
	// A checkpoint is of at least one entry: a log without any is not what it was signed of, nor an
	// older copy of that.
	if n, err := p.entries(ctx); err != nil || n == 0 {
		return nil, cmp.Or(err, fmt.Errorf("%w of the log that was published", db.ErrEmpty))
	}
	if p.blocked {
		return p, nil
	}
	return p, contains(ctx, d, p.note, id.public)
}

// contains gives ledger.ErrUnlike where the log in the database is not that of a checkpoint and has
// not grown from it.
func contains(ctx context.Context, d *db.DB, note, public string) error {
	return d.Read(ctx, func(ctx context.Context, tx *db.Tx) error { return ledger.Witnessed(ctx, tx, note, public) })
}

// inFile gives what stands in the file of a checkpoint, and nothing where it cannot be read.
func inFile(file string) []string {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	return []string{string(b)}
}

// witnesses gives the acts that sign what was published: what this process knows of, should the file
// be gone, and what stands in the file, should another process have published since.
func (p *publisher) witnesses() []string {
	list := inFile(p.file)
	if note := p.known.Load(); note != nil && !slices.Contains(list, *note) {
		list = append(list, *note)
	}
	return list
}

// adopt reads what stands in the file, if it is another than was read last: another process of
// the node may have published since.
func (p *publisher) adopt() error {
	i, err := os.Stat(p.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || p.seen != nil && os.SameFile(i, p.seen) && i.ModTime().Equal(p.seen.ModTime()) {
		return err
	}
	b, err := os.ReadFile(p.file)
	if err != nil {
		return err
	}
	p.seen = i
	c, err := ledger.ParseCheckpoint(string(b), p.id.public)
	switch {
	case err != nil:
		p.note = string(b)
		p.block(err.Error())
	case c.Size >= p.size:
		p.note, p.size, p.at = string(b), c.Size, i.ModTime()
		note := p.note
		p.known.Store(&note)
	}
	return nil
}

// block keeps the published file from being replaced, and says so.
func (p *publisher) block(why string) {
	p.blocked = true
	p.log.Error("checkpoints are not published: "+why, "file", p.file,
		"do", "run entente ledger verify; when the cause is known, move the file to a safe place and start again")
}

// latest gives the newest published checkpoint, "" before there is one.
func (p *publisher) latest() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.adopt(); err != nil {
		p.log.Error("the published checkpoint cannot be read", "error", err)
	}
	return p.note
}

// state gives how many entries the published checkpoint covers, 0 before there is one, when it was
// published, and whether no other will be.
func (p *publisher) state() (size int64, at time.Time, blocked bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.size, p.at, p.blocked
}

// entries gives how many the log in the database has.
func (p *publisher) entries(ctx context.Context) (n int64, err error) {
	err = p.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		n, err = ledger.Size(ctx, tx)
		return err
	})
	return n, err
}

// begun says whether the log says that exceptional entries are signed.
func (p *publisher) begun(ctx context.Context) (begun bool, err error) {
	err = p.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		seq, err := ledger.Begun(ctx, tx)
		begun = seq >= 0
		return err
	})
	return begun, err
}

// publish signs and publishes when the tree has grown. What it signs says that exceptional entries
// are signed: the entry that begins so is made here, where there is none. Where the log is not the one
// that was published, nothing is signed, and as at a start nothing more is written.
func (p *publisher) publish(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.blocked {
		return nil
	}
	err := p.db.Stopped() // by an act that was to be signed
	if err == nil {
		err = p.renew(ctx)
	}
	if errors.Is(err, ledger.ErrUnlike) {
		p.db.Stop(err)
		p.block(err.Error() + "; nothing more is written")
		return nil
	}
	return err
}

// same asks whether the log in the database is the one that was published, or has grown from it.
func (p *publisher) same(ctx context.Context, tx *db.Tx) error {
	if err := p.adopt(); err != nil || p.blocked || p.note == "" {
		return err
	}
	return ledger.Witnessed(ctx, tx, p.note, p.id.public)
}

func (p *publisher) renew(ctx context.Context) error {
	if err := p.db.Read(ctx, p.same); err != nil || p.blocked {
		return err
	}
	size, err := p.entries(ctx)
	if err != nil || size == 0 {
		return err
	}
	begun, err := p.begun(ctx)
	if err != nil || size <= p.size && begun {
		return err
	}
	var note string
	if err := p.db.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if err := p.same(ctx, tx); err != nil || p.blocked {
			return err
		}
		if err := ledger.Begin(ctx, tx, p.id.secret); err != nil {
			return err
		}
		note, err = ledger.Sign(ctx, tx, p.id.secret)
		return err
	}); err != nil || note == "" {
		return err
	}
	c, err := ledger.ParseCheckpoint(note, p.id.public)
	if err != nil {
		return err
	}
	// Only now: a head must not be published that a lost transaction never had. Under the node's
	// lock once more, so that a process that signed less does not write later.
	return p.db.Write(ctx, func(context.Context, *db.Tx) error {
		if err := p.adopt(); err != nil || p.blocked || c.Size <= p.size {
			return err
		}
		if err := writeFile(p.file, []byte(note), 0o644); err != nil {
			return err
		}
		return p.adopt()
	})
}

// due says whether it is time.
func (p *publisher) due(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.adopt() // publish reads it again, and says what is wrong
	since := now.Sub(p.at)
	return since >= publishEvery || since < -publishEvery // the clock was ahead when the file was written
}

// signed is called after an act whose entry is signed.
func (p *publisher) signed() {
	select {
	case p.wake <- struct{}{}:
	default: // it is about to be published
	}
}

// warn tells of exceptional entries that an operator should know of. Who acted is not told: the log
// of the program names no person.
func (p *publisher) warn(ctx context.Context) error {
	size, _, _ := p.state()
	var list []ledger.Exception
	err := p.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = ledger.Doubtful(ctx, tx, size)
		return err
	})
	for _, x := range list {
		what := "the log holds an exceptional entry that no published checkpoint covers yet"
		if x.Owed {
			what = "the log holds an exceptional entry that bears no signature by the node's key"
		}
		p.log.Warn(what, "entry", x.Seq, "act", x.Act, "time", x.When, "do", "run entente ledger verify, which says by whom it is")
	}
	return err
}

// run publishes hourly until ctx ends, and then once more; at once when an act was signed, and at the
// start where the log does not say yet that such acts are signed.
func (p *publisher) run(ctx context.Context) {
	if err := p.warn(ctx); err != nil && ctx.Err() == nil {
		p.log.Error("the exceptional entries of the log could not be looked at; run entente ledger verify", "error", err)
	}
	if begun, err := p.begun(ctx); err == nil && !begun {
		p.try(ctx)
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if p.due(time.Now()) {
			p.try(ctx)
		}
		select {
		case <-tick.C:
		case <-p.wake:
			p.try(ctx)
		case <-ctx.Done():
			p.try(context.WithoutCancel(ctx))
			return
		}
	}
}

func (p *publisher) try(ctx context.Context) {
	if err := p.publish(ctx); err != nil && ctx.Err() == nil {
		p.log.Error("no checkpoint was published; it is tried again", "error", err)
	}
}
