package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/jobs"
)

// fast are options under which a test does not wait. No lease ends because the machine is slow.
var fast = jobs.Options{Lease: time.Minute, Poll: 10 * time.Millisecond, Grace: 200 * time.Millisecond}

// until waits for what a runner does; the limit only ends a test that would wait for ever.
func until(is func() bool) {
	for end := time.Now().Add(2 * time.Minute); !is() && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}

// promise enqueues jobs in one act.
func promise(t testing.TB, d *db.DB, all ...jobs.New) (ids []string) {
	t.Helper()
	if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		for _, n := range all {
			id, _, err := jobs.Enqueue(ctx, tx, n)
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return ids
}

// start runs a runner until the test ends or stop is called.
func start(t testing.TB, d *db.DB, o jobs.Options, kinds ...jobs.Kind) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { defer close(over); jobs.NewRunner(d, o, kinds...).Run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); <-over })
	t.Cleanup(stop)
	return stop
}

// get looks a job up.
func get(t testing.TB, d *db.DB, id string) (j jobs.Job) {
	t.Helper()
	if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		j, err = jobs.Get(ctx, tx, id)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return j
}

// becomes waits until a job stands as wanted.
func becomes(t testing.TB, d *db.DB, id string, want jobs.State) jobs.Job {
	t.Helper()
	var j jobs.Job
	until(func() bool { j = get(t, d, id); return j.State == want })
	if j.State != want {
		t.Fatalf("the job is %s (%s, attempt %d), want %s", j.State, j.Error, j.Attempts, want)
	}
	return j
}

// set runs one statement on a row of the table.
func set(t testing.TB, d *db.DB, query string, args ...any) {
	t.Helper()
	if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestKeysAreUniqueAmongTheUnfinished(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := jobs.New{Kind: "a", Key: "k"}
		ids := promise(t, d, n, n, jobs.New{Kind: "b", Key: "k"}, jobs.New{Kind: "a"}, jobs.New{Kind: "a"})
		if ids[0] != ids[1] || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != 4 {
			t.Fatalf("ids %q", ids)
		}
		start(t, d, fast, jobs.Kind{Name: "a", Do: func(context.Context, *jobs.Run) error { return nil }})
		becomes(t, d, ids[0], jobs.Done)
		if again := promise(t, d, n); again[0] == ids[0] {
			t.Error("one that is done stands in the way")
		}
		if j := get(t, d, ids[2]); j.State != jobs.Waiting { // nobody here knows the kind
			t.Errorf("b is %s", j.State)
		}
	})
}

// A promise is the act's: undone with it.
func TestEnqueueIsPartOfTheAct(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var id string
		_ = d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
			if id, _, err = jobs.Enqueue(ctx, tx, jobs.New{Kind: "a"}); err != nil {
				t.Error(err)
			}
			return errors.New("not after all")
		})
		err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, err := jobs.Get(ctx, tx, id)
			return err
		})
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("got %v", err)
		}
		if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, _, err := jobs.Enqueue(ctx, tx, jobs.New{Kind: "a", Payload: fmt.Sprintf("%3000d", 1)})
			return err
		}); err == nil {
			t.Error("content was taken for a payload")
		}
	})
}

func TestErrorsLeadToTheirStates(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		type payload struct{ N int }
		fails := []struct {
			err   error
			state jobs.State
			code  string
		}{
			{nil, jobs.Done, ""},
			{errors.New("mail to li@example.org"), jobs.Waiting, "internal"},
			{jobs.Problem("smtp-421", errors.New("x")), jobs.Waiting, "smtp-421"},
			{jobs.Unfit("smtp-550", errors.New("x")), jobs.Dead, "smtp-550"},
			{fault.New(fault.Forbidden, ""), jobs.Refused, "forbidden"},
			{fault.New(fault.NotFound, ""), jobs.Refused, "not-found"},
			{fault.New(fault.Invalid, "x"), jobs.Dead, "invalid"},
			{fault.New(fault.Unavailable, ""), jobs.Waiting, "unavailable"},
		}
		var all []jobs.New
		for i := range fails {
			all = append(all, jobs.New{Kind: "a", Payload: payload{i}})
		}
		ids := promise(t, d, append(all, jobs.New{Kind: "panics"}, jobs.New{Kind: "slow"}, jobs.New{Kind: "last"})...)
		soon := db.Stamp(d.Now().Add(5 * time.Second))
		start(
			t, d, fast,
			jobs.Kind{Name: "a", Do: func(_ context.Context, r *jobs.Run) error {
				var p payload
				if err := r.Payload(&p); err != nil {
					return err
				}
				return fails[p.N].err
			}},
			jobs.Kind{Name: "panics", Do: func(context.Context, *jobs.Run) error { panic("oh") }},
			jobs.Kind{Name: "slow", Limit: time.Millisecond, Do: func(ctx context.Context, _ *jobs.Run) error { <-ctx.Done(); return ctx.Err() }},
			jobs.Kind{
				Name: "last", Most: 2, Retry: func(int) time.Duration { return time.Millisecond },
				Do: func(context.Context, *jobs.Run) error { return errors.New("again") },
			},
		)
		attempted := func(id string, s jobs.State, code string) {
			t.Helper()
			var j jobs.Job
			until(func() bool { j = get(t, d, id); return j.Attempts > 0 && j.State == s })
			if j.State != s || j.Error != code {
				t.Errorf("%s (%q), want %s (%q)", j.State, j.Error, s, code)
			}
			if s == jobs.Waiting && j.At < soon {
				t.Errorf("%q is tried again at %s", code, j.At)
			}
		}
		for i, f := range fails {
			attempted(ids[i], f.state, f.code)
		}
		n := len(fails)
		attempted(ids[n], jobs.Waiting, "panic")
		attempted(ids[n+1], jobs.Waiting, "took-too-long")
		if j := becomes(t, d, ids[n+2], jobs.Dead); j.Attempts != 2 || j.Error != "internal" {
			t.Errorf("attempts %d, %q", j.Attempts, j.Error)
		}
	})
}

func TestBackoff(t *testing.T) {
	for attempt, want := range map[int]time.Duration{1: 10 * time.Second, 2: 20 * time.Second, 5: 160 * time.Second, 12: time.Hour, 200: time.Hour} {
		var all []time.Duration
		for range 50 {
			all = append(all, jobs.Backoff(attempt))
		}
		if least, most := slices.Min(all), slices.Max(all); least < want*8/10 || most > want*12/10 || least == most {
			t.Errorf("attempt %d: from %s to %s, want about %s", attempt, least, most, want)
		}
	}
}

// A handler whose transaction did not commit has not finished, whatever it returns.
func TestFinishIsPartOfTheTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		id := promise(t, d, jobs.New{Kind: "a"})[0]
		start(t, d, fast, jobs.Kind{Name: "a", Retry: func(int) time.Duration { return 0 }, Do: func(ctx context.Context, r *jobs.Run) error {
			_ = d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
				if err := db.Set(ctx, tx, fmt.Sprint("attempt-", r.Attempts), "x"); err != nil {
					return err
				}
				if err := r.Finish(ctx, tx, []string{"a"}); err != nil || r.Attempts < 3 {
					return errors.Join(err, errors.New("no"))
				}
				return nil
			})
			return nil
		}})
		j := becomes(t, d, id, jobs.Done)
		if j.Attempts != 3 || j.Result != `["a"]` || j.Error != "" {
			t.Errorf("%+v", j)
		}
		if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			for i, want := range []string{"", "", "", "x"} {
				if v, err := db.Setting(ctx, tx, fmt.Sprint("attempt-", i)); err != nil || v != want {
					t.Errorf("attempt %d left %q (%v)", i, v, err)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// A run whose lease was taken over cannot write, even if it does not look.
func TestLeases(t *testing.T) {
	begun, late := time.Now(), atomic.Int64{}
	clock := func() time.Time { return begun.Add(time.Duration(late.Load())) }
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := fast
		o.Lease = 400 * time.Millisecond // by a clock that goes on as the test says
		id := promise(t, d, jobs.New{Kind: "a"})[0]
		begun, over := make(chan int, 9), make(chan error, 9)
		first := make(chan struct{})
		start(t, d, o, jobs.Kind{Name: "a", Do: func(ctx context.Context, r *jobs.Run) error {
			begun <- r.Attempts
			if r.Attempts == 1 {
				<-first // hangs, and does not listen to ctx
			}
			err := d.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *db.Tx) error {
				if err := db.Set(ctx, tx, "by", fmt.Sprint(r.Attempts)); err != nil {
					return err
				}
				_ = r.Finish(ctx, tx, nil) // drops the error: the transaction fails all the same
				return nil
			})
			over <- err
			return nil
		}})
		<-begun
		// Renewed while it lasts, far beyond one lease.
		for range 4 {
			before := get(t, d, id).At
			late.Add(int64(o.Lease * 3 / 4))
			until(func() bool { return get(t, d, id).At != before })
		}
		if j := get(t, d, id); j.State != jobs.Running || j.Attempts != 1 {
			t.Fatalf("the lease was not renewed: %+v", j)
		}
		// As if the process had been away: the lease is over, and another takes it.
		set(t, d, `update job set at = '2000-01-01T00:00:00.000Z', lease = 'nobody' where id = $1`, id)
		if n := <-begun; n != 2 {
			t.Fatalf("attempt %d", n)
		}
		if err := <-over; err != nil {
			t.Errorf("the second: %v", err)
		}
		close(first)
		if err := <-over; !errors.Is(err, jobs.ErrLost) {
			t.Errorf("the first one wrote: %v", err)
		}
		becomes(t, d, id, jobs.Done)
	}, db.Options{Volatile: true, Clock: clock})
}

// A process that kills itself over a job does not do so for ever.
func TestLeaseEndsTooOften(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		id := promise(t, d, jobs.New{Kind: "a"})[0]
		set(t, d, `update job set state = 'running', lease = 'x', attempts = 3, at = '2000-01-01T00:00:00.000Z' where id = $1`, id)
		start(t, d, fast, jobs.Kind{Name: "a", Most: 3, Do: func(context.Context, *jobs.Run) error { return nil }})
		if j := becomes(t, d, id, jobs.Dead); j.Error != "lease-ended" {
			t.Errorf("%+v", j)
		}
	})
}

// A runner that stops gives back what it cannot end, without counting the attempt.
func TestStopping(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ids := promise(t, d, jobs.New{Kind: "quick"}, jobs.New{Kind: "slow"})
		begun, goOn, over := make(chan struct{}), make(chan struct{}), make(chan struct{})
		o := fast
		o.Grace = time.Minute
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			defer close(over)
			jobs.NewRunner(d, o, jobs.Kind{Name: "quick", Do: func(context.Context, *jobs.Run) error {
				begun <- struct{}{}
				<-goOn
				return nil
			}}).Run(ctx)
		}()
		<-begun
		cancel()
		close(goOn)
		<-over
		if j := get(t, d, ids[0]); j.State != jobs.Done {
			t.Errorf("the quick one is %s", j.State)
		}
		stop := start(t, d, fast, jobs.Kind{Name: "slow", Do: func(ctx context.Context, r *jobs.Run) error {
			r.Progress(1, 2)
			begun <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		}})
		<-begun
		stop()
		if j := becomes(t, d, ids[1], jobs.Waiting); j.Attempts != 0 || j.Done != 0 {
			t.Errorf("the slow one: %+v", j)
		}
	})
}

// Long work has a place of its own, and its progress is to be seen.
func TestLongWork(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ids := promise(t, d, jobs.New{Kind: "long"}, jobs.New{Kind: "long"}, jobs.New{Kind: "quick"})
		goOn := make(chan struct{})
		start(
			t, d, fast,
			jobs.Kind{Name: "long", Long: true, Do: func(_ context.Context, r *jobs.Run) error { r.Progress(3, 7); <-goOn; return nil }},
			jobs.Kind{Name: "quick", Do: func(context.Context, *jobs.Run) error { return nil }},
		)
		becomes(t, d, ids[2], jobs.Done)
		until(func() bool { return get(t, d, ids[0]).Done == 3 })
		if j := get(t, d, ids[0]); j.Done != 3 || j.Total != 7 || j.State != jobs.Running {
			t.Errorf("%+v", j)
		}
		if j := get(t, d, ids[1]); j.State != jobs.Waiting {
			t.Errorf("two at a time: %s", j.State)
		}
		close(goOn)
		becomes(t, d, ids[1], jobs.Done)
	})
}

// What is due later waits, and what is scheduled comes once in a period for all processes.
func TestTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		soon := d.Now().Add(300 * time.Millisecond)
		ids := promise(t, d, jobs.New{Kind: "a", At: d.Now().Add(time.Hour)}, jobs.New{Kind: "a", At: soon})
		ran := make(chan string, 100)
		for range 3 {
			start(
				t, d, fast,
				jobs.Kind{Name: "a", Do: func(context.Context, *jobs.Run) error { return nil }},
				jobs.Kind{Name: "daily", Every: 24 * time.Hour, Do: func(_ context.Context, r *jobs.Run) error { ran <- r.Key; return nil }},
			)
		}
		if j := becomes(t, d, ids[1], jobs.Done); j.At < db.Stamp(soon) {
			t.Error("too early")
		}
		if j := get(t, d, ids[0]); j.State != jobs.Waiting {
			t.Errorf("the one in an hour is %s", j.State)
		}
		<-ran
		time.Sleep(100 * time.Millisecond) // for the others, should they run it too
		if len(ran) > 1 {                  // one more only at midnight
			t.Errorf("the daily one ran %d times", len(ran)+1)
		}
	})
}

// Several runners, as several processes, share without doubling.
func TestSharing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const n = 300
		var all []jobs.New
		for range n {
			all = append(all, jobs.New{Kind: "a"})
		}
		ids := promise(t, d, all...)
		var mu sync.Mutex
		by := map[int]int{}
		times := map[string]int{}
		two := make(chan struct{}) // closed when a second runner has something to do
		for runner := range 4 {
			start(t, d, fast, jobs.Kind{Name: "a", Do: func(ctx context.Context, r *jobs.Run) error {
				mu.Lock()
				if by[runner]++; by[runner] == 1 && len(by) == 2 {
					close(two)
				}
				times[r.ID]++
				mu.Unlock()
				<-two
				return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return r.Finish(ctx, tx, nil) })
			}})
		}
		for _, id := range ids {
			becomes(t, d, id, jobs.Done)
		}
		if len(times) != n {
			t.Errorf("shared as %v, %d jobs", by, len(times))
		}
		for id, k := range times {
			if k != 1 {
				t.Errorf("%s was done %d times", id, k)
			}
		}
	})
}

func TestClean(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		day := 24 * time.Hour
		left := map[string]bool{}
		for _, c := range []struct {
			state jobs.State
			age   time.Duration
			stays bool
		}{
			{jobs.Done, 29 * day, true},
			{jobs.Done, 31 * day, false},
			{jobs.Dead, 31 * day, true},
			{jobs.Dead, 91 * day, false},
			{jobs.Waiting, 400 * day, true},
			{jobs.Cancelled, 31 * day, false},
		} {
			id := promise(t, d, jobs.New{Kind: "a"})[0]
			set(t, d, `update job set state = $2, at = $3 where id = $1`, id, c.state, db.Stamp(d.Now().Add(-c.age)))
			left[id] = c.stays
		}
		if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			n, err := jobs.Clean(ctx, tx, tx.Now().Add(-30*day))
			if n != 3 {
				t.Errorf("%d gone", n)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for id, stays := range left {
			err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error { _, err := jobs.Get(ctx, tx, id); return err })
			if stays != (err == nil) {
				t.Errorf("%s: %v", id, err)
			}
		}
	})
}
