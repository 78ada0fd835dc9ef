package main

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"path/filepath"
	"sync"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/files"
	"entente/internal/jobs"
	"entente/internal/mail"
	"entente/internal/seal"
	"entente/library"
	"entente/web"
)

// fileLimit is how large a file may be where nothing is said, in MB.
const fileLimit = 25

// node is a running node: what serve and demo share.
type node struct {
	db       *db.DB
	objects  *access.Objects
	folder   string
	listener net.Listener
	tls      *tls.Config
	proxied  bool // a server in front passes requests on
	log      *slog.Logger
	mail     *mail.Server // nil: no mail is sent
	metrics  net.Listener // nil: none are told
	reserve  int64        // bytes of the disk that files leave to everything else
	web      web.Options  // what else the pages are to know
}

// run serves until ctx ends. ready is called when the first request will be answered. The
// checkpoint is published hourly, and at the end when nobody acts any more. Jobs that are under way
// at the end are given back.
func (n node) run(ctx context.Context, ready func() error) error {
	lessOften()
	id, err := identify(ctx, n.db, n.folder)
	if err != nil {
		return err
	}
	p, err := newPublisher(ctx, n.db, id, n.folder, n.log)
	if err != nil {
		return err
	}
	n.db.Hold(id.secret, p.signed)
	n.db.Watch(p.witnesses)
	if err := bundle.AsBefore(ctx, n.db, n.log); err != nil {
		return err
	}
	o := n.web
	if o.Seal, err = seal.New(id.secret); err != nil {
		return err
	}
	o.DB, o.Objects, o.Log, o.Checkpoint = n.db, n.objects, n.log, p.latest
	o.Version, o.Mail = version, n.mail != nil
	if o.FileLimit == 0 {
		o.FileLimit = fileLimit * 1_000_000
	}
	store, err := files.Open(filepath.Join(n.folder, filesFolder), o.FileLimit)
	if err != nil {
		return err
	}
	defer store.Close()
	store.Reserve(n.reserve)
	o.Files = store
	o.Archives = bundle.NewArchives(n.db, n.objects, library.New(n.db, store, o.Scanner), filepath.Join(n.folder, "archives"))
	var m *meter
	if n.metrics != nil {
		m = newMeter(n.db, p, store, n.log)
		o.Observe = m.answered
	}
	h, err := web.New(o)
	if err != nil {
		return err
	}
	if n.proxied {
		h = forwarded(h)
	}
	if err := ready(); err != nil {
		return err
	}
	var background sync.WaitGroup
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	background.Go(func() { p.run(work) })
	background.Go(func() { jobs.NewRunner(n.db, jobs.Options{Log: n.log}, n.kinds(o, store)...).Run(work) })
	if m != nil {
		h = m.count(h)
		background.Go(func() { serveMetrics(work, n.metrics, m.handler(), n.log) })
	}
	var idle idler
	background.Go(func() { idle.run(work) })
	err = serve(ctx, n.listener, idle.count(h), n.tls, n.log)
	stop()
	background.Wait()
	return err
}
