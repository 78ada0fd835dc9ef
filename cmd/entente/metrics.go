package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"entente/internal/db"
	"entente/internal/files"
	"entente/internal/jobs"
	"entente/ledger"
	"entente/library"
	"entente/notice"
	"entente/web"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// scrapeTime is how long the node may take to say how it stands.
const scrapeTime = 8 * time.Second

// meter counts what the node does, and says how it stands, in the form of Prometheus. A label is a
// word of this program: no path, no person, no id, no text.
type meter struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	underWay prometheus.Gauge
	refused  prometheus.Counter
}

func newMeter(d *db.DB, p *publisher, store *files.Folder, log *slog.Logger) *meter {
	m := &meter{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "entente_http_requests_total", Help: "Requests that were answered; status 0 is one that was not waited for.",
		}, []string{"route", "method", "status"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "entente_http_request_seconds", Help: "How long answers took.",
			Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 5, 30},
		}, []string{"route", "method"}),
		underWay: prometheus.NewGauge(prometheus.GaugeOpts{Name: "entente_http_requests_under_way", Help: "Requests that are being answered."}),
		refused:  prometheus.NewCounter(prometheus.CounterOpts{Name: "entente_sign_in_failures_total", Help: "Attempts to sign in that failed or came too often."}),
	}
	m.registry.MustRegister(m.requests, m.took, m.underWay, m.refused, &standing{d, p, store, log},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// answered counts an answer (web.Options.Observe).
func (m *meter) answered(a web.Answered) {
	m.requests.WithLabelValues(a.Route, a.Method, strconv.Itoa(a.Status)).Inc()
	m.took.WithLabelValues(a.Route, a.Method).Observe(a.Took.Seconds())
	if a.Method == http.MethodPost && (a.Route == "/sign-in" || a.Route == "/sign-in/code") &&
		(a.Status == http.StatusUnprocessableEntity || a.Status == http.StatusTooManyRequests) {
		m.refused.Inc()
	}
}

// count wraps a handler.
func (m *meter) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.underWay.Inc()
		defer m.underWay.Dec()
		next.ServeHTTP(w, r)
	})
}

// handler answers at /metrics alone.
func (m *meter) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		MaxRequestsInFlight: 2, ErrorHandling: promhttp.ContinueOnError,
	}))
	return mux
}

// standing says how the node stands at the moment it is asked.
type standing struct {
	db    *db.DB
	p     *publisher
	store *files.Folder
	log   *slog.Logger
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("entente_"+name, help, labels, nil)
}

// What is told of the node.
var (
	descBuild    = desc("build_info", "1, with the version of the program.", "version", "go", "engine")
	descUp       = desc("part_up", "1 where a part that the node needs is there: as /readyz says.", "part")
	descJobs     = desc("jobs", "Jobs that are kept, by how they stand.", "kind", "state")
	descNotices  = desc("notices", "Notices to people that are kept, by what became of them.", "state")
	descLate     = desc("jobs_late_seconds", "For how long the job that waits longest has been due; 0 where none is.")
	descEntries  = desc("ledger_entries", "Entries of the log.")
	descSigned   = desc("checkpoint_entries", "Entries of the log that the published checkpoint covers.")
	descAge      = desc("checkpoint_age_seconds", "Age of the published checkpoint.")
	descBlocked  = desc("checkpoint_blocked", "1 where no checkpoint is published since the file holds none of this node.")
	descSize     = desc("database_bytes", "Room that the database takes.")
	descConns    = desc("database_connections", "Connections to the database.", "pool", "state")
	descWaits    = desc("database_waits_total", "How often somebody waited for a connection.", "pool")
	descFreeDisk = desc("files_free_bytes", "Room that is left for attached files, beside what is reserved; below 0 none is taken.")
	descFiles    = desc("files_bytes", "Bytes of the attached files, each in the version that stands.")
	descTaken    = desc("files_received_bytes_total", "Bytes of files that were sent to this process, whether they were kept or not.")
)

// Describe says nothing beforehand: what cannot be asked is left out (prometheus.Collector).
func (s *standing) Describe(chan<- *prometheus.Desc) {}

// Collect asks (prometheus.Collector).
func (s *standing) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	tell := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	tell(descBuild, 1, version, runtime.Version(), string(s.db.Engine()))
	for _, p := range s.db.Pools() {
		tell(descConns, float64(p.InUse), p.Name, "in use")
		tell(descConns, float64(p.Idle), p.Name, "idle")
		out <- prometheus.MustNewConstMetric(descWaits, prometheus.CounterValue, float64(p.WaitCount), p.Name)
	}
	if free, known := s.store.Free(); known {
		tell(descFreeDisk, float64(free))
	}
	out <- prometheus.MustNewConstMetric(descTaken, prometheus.CounterValue, float64(s.store.Taken()))
	size, at, blocked := s.p.state()
	tell(descBlocked, truth(blocked))
	if size > 0 {
		tell(descSigned, float64(size))
		tell(descAge, time.Since(at).Seconds())
	}
	for _, p := range web.Parts(ctx, s.db, s.store) {
		tell(descUp, truth(p.Fault == nil), p.Name)
		if p.Fault != nil && p.Name == "database" {
			return // the rest is asked of it
		}
	}
	if err := s.ask(ctx, tell); err != nil {
		s.log.Warn("metrics: the database did not say how it stands", "error", err)
	}
}

// ask tells what the database knows.
func (s *standing) ask(ctx context.Context, tell func(*prometheus.Desc, float64, ...string)) error {
	bytes, err := s.db.Size(ctx)
	if err != nil {
		return err
	}
	tell(descSize, float64(bytes))
	return s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		entries, err := ledger.Size(ctx, tx)
		if err != nil {
			return err
		}
		tell(descEntries, float64(entries))
		held, err := library.Bytes(ctx, tx)
		if err != nil {
			return err
		}
		tell(descFiles, float64(held))
		counts, err := jobs.Counts(ctx, tx)
		if err != nil {
			return err
		}
		for _, c := range counts {
			tell(descJobs, float64(c.N), c.Kind, string(c.State))
		}
		told, err := notice.Counts(ctx, tx)
		if err != nil {
			return err
		}
		for state, n := range told {
			tell(descNotices, float64(n), string(state))
		}
		late, err := jobs.Late(ctx, tx)
		tell(descLate, late.Seconds())
		return err
	})
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// listenMetrics opens the address for metrics.
func listenMetrics(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %q for metrics (%w); --metrics takes an address of this machine with a free port, like 127.0.0.1:9090", address, err)
	}
	return l, nil
}

// apart refuses one port for both: on two addresses of a machine they are told apart by an address
// alone, and a mistake in it shows everybody how busy the node is.
func apart(address, public string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return usagef("--metrics %q is not an address with a port, like 127.0.0.1:9090", address)
	}
	if _, other, err := net.SplitHostPort(public); err == nil && port == other && port != "0" {
		return usagef("--metrics %s has the port of --listen %s: metrics are for the operator alone, on a port of their own", address, public)
	}
	return nil
}

// serveMetrics answers until ctx ends.
func serveMetrics(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) {
	if a, ok := l.Addr().(*net.TCPAddr); ok && !a.IP.IsLoopback() {
		log.Warn("metrics are answered to whoever reaches this address; they hold no content, and show how busy the node is", "listen", l.Addr().String())
	}
	if err := serve(ctx, l, h, nil, log); err != nil && !errors.Is(err, net.ErrClosed) {
		log.Error("metrics are no longer answered", "error", err)
	}
}
