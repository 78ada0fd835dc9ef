package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"entente/internal/db"
)

// Kind says how the jobs of a kind are done.
type Kind struct {
	Name string
	// Do works on one job. What it writes it commits together with run.Finish. When ctx ends it
	// returns soon: the process stops, or the job is no longer its own.
	Do func(ctx context.Context, run *Run) error
	// Long is for work of minutes: it has a place of its own, so that mail never waits for it.
	Long  bool
	Most  int           // attempts; 0: 15, over some seven hours
	Limit time.Duration // of one attempt; 0: five minutes, six hours for Long
	// Retry says how long to wait after an attempt that failed; nil: Backoff.
	Retry func(attempt int) time.Duration
	// Every makes a job of this kind once in each period of UTC, whichever process comes first: one
	// that nobody ran in is not made up for. 0: only when promised.
	Every time.Duration
}

// Options say how a runner works. The zero value is right for a node.
type Options struct {
	Log     *slog.Logger
	Workers int           // quick jobs at a time; 0: 4
	Lease   time.Duration // after which a process that died is no longer waited for; 0: a minute
	Poll    time.Duration // how often it looks by itself, for what other processes promise; 0: a second
	Grace   time.Duration // for jobs under way when it stops; 0: three seconds
}

// Runner works on the jobs of the kinds it was given.
type Runner struct {
	db    *db.DB
	o     Options
	kinds map[string]Kind
	lanes []*lane
	freed chan struct{}

	mu   sync.Mutex
	runs map[string]*Run // under way
	work sync.WaitGroup

	seen map[string]string // the last period of each scheduled kind that was seen to
}

// lane is a number of places for some kinds.
type lane struct {
	kinds []string
	free  chan struct{} // a token for each free place
}

// NewRunner makes a runner for kinds.
func NewRunner(d *db.DB, o Options, kinds ...Kind) *Runner {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Workers == 0 {
		o.Workers = 4
	}
	def(&o.Lease, time.Minute)
	def(&o.Poll, time.Second)
	def(&o.Grace, 3*time.Second)
	r := &Runner{
		db: d, o: o, kinds: map[string]Kind{}, runs: map[string]*Run{}, seen: map[string]string{},
		freed: make(chan struct{}, 1), lanes: []*lane{newLane(o.Workers), newLane(1)},
	}
	for _, k := range kinds {
		l := r.lanes[0]
		limit := 5 * time.Minute
		if k.Long {
			l, limit = r.lanes[1], 6*time.Hour
		}
		def(&k.Limit, limit)
		if k.Most == 0 {
			k.Most = 15
		}
		if k.Retry == nil {
			k.Retry = Backoff
		}
		if _, twice := r.kinds[k.Name]; twice || k.Do == nil {
			panic("jobs: the kind " + k.Name + " stands twice or does nothing")
		}
		r.kinds[k.Name] = k
		l.kinds = append(l.kinds, k.Name)
	}
	return r
}

func newLane(n int) *lane {
	l := &lane{free: make(chan struct{}, n)}
	for range n {
		l.free <- struct{}{}
	}
	return l
}

// Run works until ctx ends. Then it takes nothing more, gives what is under way a moment to end,
// and gives the rest back for another process.
func (r *Runner) Run(ctx context.Context) {
	woken, leave := sleeper()
	defer leave()
	work, cut := context.WithCancelCause(context.WithoutCancel(ctx))
	kept := make(chan struct{})
	keeping, unkeep := context.WithCancel(context.WithoutCancel(ctx))
	go func() { defer close(kept); r.keep(keeping) }()

	for away := false; ctx.Err() == nil; {
		sleep, err := r.look(ctx, work)
		switch {
		case err != nil && !away && ctx.Err() == nil: // once, and not each second of an outage
			r.o.Log.Error("jobs: the queue cannot be read; it is tried again each second", "error", err)
		case err == nil && away:
			r.o.Log.Info("jobs: the queue is read again")
		}
		away = err != nil
		timer := time.NewTimer(sleep)
		select {
		case <-woken:
		case <-r.freed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}

	over := make(chan struct{})
	go func() { defer close(over); r.work.Wait() }()
	select {
	case <-over:
	case <-time.After(r.o.Grace):
	}
	cut(errStopping)
	select {
	case <-over:
	case <-time.After(r.o.Grace): // one that does not listen: its lease ends by itself
		r.o.Log.Warn("jobs: some did not stop; another process takes them when their lease ends")
	}
	unkeep()
	<-kept
}

// look takes what is due and says how long there is nothing to do.
func (r *Runner) look(ctx, work context.Context) (sleep time.Duration, err error) {
	sleep = r.o.Poll
	if err := r.schedule(ctx); err != nil {
		return sleep, err
	}
	if err := r.reclaim(ctx); err != nil {
		return sleep, err
	}
	for _, l := range r.lanes {
		for len(l.kinds) > 0 && len(l.free) > 0 && ctx.Err() == nil {
			var next string
			if err := r.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
				next, err = due(ctx, tx, l.kinds)
				return err
			}); err != nil || next == "" {
				if err != nil {
					return sleep, err
				}
				break
			}
			at, err := db.ParseStamp(next)
			if err != nil {
				return sleep, err
			}
			if wait := at.Sub(r.db.Now()); wait > 0 {
				sleep = min(sleep, wait)
				break
			}
			n, err := r.begin(ctx, work, l)
			if err != nil {
				return sleep, err
			}
			if n == 0 {
				break // another process was quicker
			}
		}
	}
	return sleep, nil
}

// begin takes as many jobs as there are free places and starts them.
func (r *Runner) begin(ctx, work context.Context, l *lane) (int, error) {
	var token string
	var taken []Job
	err := r.db.Beside(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		token, taken, err = take(ctx, tx, l.kinds, len(l.free), r.o.Lease)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, j := range taken {
		<-l.free
		ctx, cancel := context.WithCancelCause(work)
		run := &Run{Job: j, lease: token, cancel: cancel}
		r.mu.Lock()
		if old := r.runs[j.ID]; old != nil {
			old.cancel(ErrLost)
		}
		r.runs[j.ID] = run
		r.mu.Unlock()
		r.work.Go(func() {
			r.do(ctx, run)
			cancel(nil)
			l.free <- struct{}{}
			signal(r.freed)
		})
	}
	return len(taken), nil
}

// do works on one job and writes down what came of it.
func (r *Runner) do(ctx context.Context, run *Run) {
	k := r.kinds[run.Kind]
	limited, end := context.WithTimeout(ctx, k.Limit)
	err := r.attempt(limited, k, run)
	end()
	for wait := 50 * time.Millisecond; ; wait *= 2 { // the database may be away for a moment
		settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.o.Lease)
		failed := r.settle(settle, k, run, err, context.Cause(ctx))
		cancel()
		if failed == nil || errors.Is(failed, ErrLost) || wait > r.o.Lease/2 {
			break
		}
		time.Sleep(wait)
	}
	r.mu.Lock()
	if r.runs[run.ID] == run { // or the job came back to this process by a newer lease
		delete(r.runs, run.ID)
	}
	r.mu.Unlock()
}

// attempt calls the handler; a panic is an error as any other.
func (r *Runner) attempt(ctx context.Context, k Kind, run *Run) (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.o.Log.Error("jobs: panic", "kind", k.Name, "job", run.ID, "stack", string(debug.Stack()))
			err = Problem("panic", fmt.Errorf("%T", p))
		}
	}()
	return k.Do(ctx, run)
}

// settle writes down what came of a run. ErrLost means that there is nothing to write: the job was
// finished in the handler's own transaction, or is another's by now.
func (r *Runner) settle(ctx context.Context, k Kind, run *Run, err, cause error) error {
	s, e := finish, ending{at: r.db.Now()}
	e.done, e.total, _ = run.said()
	switch {
	case errors.Is(err, ErrLost), errors.Is(cause, ErrLost):
		return ErrLost
	case err == nil && run.finished():
		// The transaction of Finish did not come to its end, or the row would not be ours.
		s, e.error = fail, "rolled-back"
		if run.Attempts >= k.Most {
			s = giveUp
		}
	case err == nil:
	case errors.Is(cause, errStopping):
		s, e.attempts, e.done, e.total = release, 1, 0, 0
	default:
		s, e.error = judge(err, run.Attempts, k.Most)
	}
	if s == fail {
		e.at = e.at.Add(k.Retry(run.Attempts))
	}
	failed := r.db.Beside(ctx, func(ctx context.Context, tx *db.Tx) error { return end(ctx, tx, run, s, e) })
	if failed == nil && e.error != "" {
		r.o.Log.Warn("jobs: "+string(s), "kind", k.Name, "job", run.ID, "attempt", run.Attempts, "code", e.error)
		r.o.Log.Debug("jobs: "+string(s), "job", run.ID, "cause", err) // may hold what a log should not
	}
	if failed == nil && s == fail {
		wake()
	}
	return failed
}

// reclaim makes jobs wait again whose process died.
func (r *Runner) reclaim(ctx context.Context) error {
	var all []*Run
	kinds := slices.Collect(maps.Keys(r.kinds))
	if err := r.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		all, err = left(ctx, tx, kinds)
		return err
	}); err != nil || len(all) == 0 {
		return err
	}
	for _, run := range all {
		s := expire
		if run.Attempts >= r.kinds[run.Kind].Most { // perhaps it is what kills
			s = giveUp
		}
		err := r.db.Beside(ctx, func(ctx context.Context, tx *db.Tx) error {
			return end(ctx, tx, run, s, ending{at: tx.Now(), error: "lease-ended"})
		})
		if errors.Is(err, ErrLost) {
			continue // renewed after all, or taken by another
		}
		if err != nil {
			return err
		}
		r.o.Log.Warn("jobs: "+string(s), "kind", run.Kind, "job", run.ID, "attempt", run.Attempts)
	}
	return nil
}

// keep renews leases and writes progress down, until ctx ends.
func (r *Runner) keep(ctx context.Context) {
	tick := time.NewTicker(min(time.Second, r.o.Lease/8))
	defer tick.Stop()
	renewed := time.Now()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		r.mu.Lock()
		runs := maps.Clone(r.runs)
		r.mu.Unlock()
		if len(runs) == 0 {
			continue
		}
		err := r.tell(ctx, runs)
		if time.Since(renewed) >= r.o.Lease/4 {
			renewed = time.Now()
			err = errors.Join(err, r.prolong(ctx, runs))
		}
		if err != nil && ctx.Err() == nil {
			r.o.Log.Warn("jobs: a lease was not renewed; it is tried again", "error", err)
		}
	}
}

func (r *Runner) tell(ctx context.Context, runs map[string]*Run) error {
	for _, run := range runs {
		done, total, fresh := run.said()
		if !fresh {
			continue
		}
		if err := r.db.Beside(ctx, func(ctx context.Context, tx *db.Tx) error { return advance(ctx, tx, run, done, total) }); err != nil {
			return err
		}
	}
	return nil
}

func (r *Runner) prolong(ctx context.Context, runs map[string]*Run) error {
	var lost []*Run
	err := r.db.Beside(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		lost, err = renew(ctx, tx, runs, r.o.Lease)
		return err
	})
	for _, run := range lost {
		if !run.finished() { // that one is about to end by itself
			run.cancel(ErrLost)
		}
	}
	return err
}

// schedule promises the jobs of this period that no process has promised yet.
func (r *Runner) schedule(ctx context.Context) error {
	for _, k := range r.kinds {
		if k.Every == 0 {
			continue
		}
		period := db.Stamp(r.db.Now().Truncate(k.Every))
		if r.seen[k.Name] == period {
			continue
		}
		var there bool
		look := func(ctx context.Context, tx *db.Tx) (err error) {
			there, err = promised(ctx, tx, k.Name, period)
			return err
		}
		if err := r.db.Read(ctx, look); err != nil {
			return err
		}
		if !there {
			// Under the node's lock, or two processes would both find none.
			if err := r.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
				if err := look(ctx, tx); err != nil || there {
					return err
				}
				_, _, err := Enqueue(ctx, tx, New{Kind: k.Name, Key: period})
				return err
			}); err != nil {
				return err
			}
		}
		r.seen[k.Name] = period
	}
	return nil
}
