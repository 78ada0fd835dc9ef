package jobs

import (
	"context"
	"errors"
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
)

// arrow is one arrow of the drawing.
var arrow = regexp.MustCompile(`(?m)^ +(\S+) --> (\S+): (.+)$`)

// TestStatesAreThoseDrawn: each step of the code, tried from each state, goes where docs/jobs.md
// draws it, and nowhere else.
func TestStatesAreThoseDrawn(t *testing.T) {
	text, err := os.ReadFile("../../docs/jobs.md")
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[string]bool{}
	for _, m := range arrow.FindAllStringSubmatch(string(text), -1) {
		drawn[m[1]+" --> "+m[2]+": "+m[3]] = true
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		found := map[string]bool{}
		for _, from := range States {
			for s := range steps {
				if to, moved := tried(t, d, s, from); moved {
					found[string(from)+" --> "+string(to)+": "+string(s)] = true
				}
			}
			if cleaned(t, d, from) {
				found[string(from)+" --> [*]: clean"] = true
			}
		}
		found["[*] --> "+string(enqueued(t, d).State)+": enqueue"] = true
		if !maps.Equal(found, drawn) {
			for _, a := range slices.Sorted(maps.Keys(found)) {
				if !drawn[a] {
					t.Errorf("not drawn: %s", a)
				}
			}
			for _, a := range slices.Sorted(maps.Keys(drawn)) {
				if !found[a] {
					t.Errorf("drawn, and the code does not do it: %s", a)
				}
			}
		}
	})
}

func enqueued(t *testing.T, d *db.DB) (j Job) {
	t.Helper()
	if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		id, _, err := Enqueue(ctx, tx, New{Kind: "a"})
		if err == nil {
			j, err = Get(ctx, tx, id)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return j
}

// in gives a job in a state, with the lease "l".
func in(t *testing.T, d *db.DB, s State) Job {
	t.Helper()
	j := enqueued(t, d)
	if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `update job set state = $2, lease = 'l', at = '2000-01-01T00:00:00.000Z' where id = $1`, j.ID, s)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return j
}

// tried tries a step on a job in a state, as the code takes it.
func tried(t *testing.T, d *db.DB, s step, from State) (to State, moved bool) {
	t.Helper()
	j := in(t, d, from)
	err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		switch s {
		case claim:
			_, got, err := take(ctx, tx, []string{"a"}, 99, time.Hour)
			if !slices.ContainsFunc(got, func(g Job) bool { return g.ID == j.ID }) {
				return errors.Join(err, ErrLost)
			}
			return err
		case retry:
			_, err := Retry(ctx, tx, j.ID)
			return err
		case cancel:
			_, err := Cancel(ctx, tx, j.ID)
			return err
		}
		return end(ctx, tx, &Run{Job: Job{ID: j.ID}, lease: "l"}, s, ending{at: tx.Now()})
	})
	if err != nil && !errors.Is(err, ErrLost) && !fault.Is(err, fault.Conflict) {
		t.Fatalf("%s from %s: %v", s, from, err)
	}
	var now Job
	if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) (e error) {
		if now, e = Get(ctx, tx, j.ID); e == nil {
			_, e = tx.Exec(ctx, `delete from job`)
		}
		return e
	}); err != nil {
		t.Fatal(err)
	}
	if err != nil && now.State != from {
		t.Errorf("%s from %s failed and led to %s", s, from, now.State)
	}
	if retrying, cancelling := (Job{State: from}).Can(); s == retry && retrying != (err == nil) || s == cancel && cancelling != (err == nil) {
		t.Errorf("%s from %s: %v, and Can says otherwise", s, from, err)
	}
	return now.State, err == nil
}

func cleaned(t *testing.T, d *db.DB, s State) bool {
	t.Helper()
	in(t, d, s)
	var n int64
	if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		if n, err = Clean(ctx, tx, tx.Now().Add(-time.Hour)); err == nil {
			_, err = tx.Exec(ctx, `delete from job`)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n > 0
}

// TestFencing: what another has by now cannot be ended, whatever the step.
func TestFencing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for s := range steps {
			if s == claim || s == retry || s == cancel {
				continue
			}
			j := in(t, d, Running)
			err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				return end(ctx, tx, &Run{Job: Job{ID: j.ID}, lease: "of old"}, s, ending{at: tx.Now()})
			})
			if !errors.Is(err, ErrLost) {
				t.Errorf("%s: %v", s, err)
			}
		}
	})
}

func TestLists(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var ids []string
		for _, s := range []State{Waiting, Dead, Dead, Done} {
			ids = append(ids, in(t, d, s).ID)
		}
		if err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			counts, err := Counts(ctx, tx)
			if want := []Count{{"a", Dead, 2}, {"a", Done, 1}, {"a", Waiting, 1}}; err != nil || !slices.Equal(counts, want) {
				t.Errorf("%v %v", counts, err)
			}
			for _, c := range []struct {
				q    Query
				want []string
			}{
				{Query{Limit: 9}, []string{ids[3], ids[2], ids[1], ids[0]}},
				{Query{Limit: 1, State: Dead}, []string{ids[2]}},
				{Query{Limit: 9, State: Dead, Before: ids[2], Kind: "a"}, []string{ids[1]}},
				{Query{Limit: 9, Kind: "b"}, nil},
			} {
				all, err := List(ctx, tx, c.q)
				var got []string
				for _, j := range all {
					got = append(got, j.ID)
				}
				if err != nil || !slices.Equal(got, c.want) {
					t.Errorf("%+v: %q %v", c.q, got, err)
				}
			}
			mine, err := Of(ctx, tx, "", "a", 2)
			if len(mine) != 2 || err != nil {
				t.Errorf("%v %v", mine, err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// TestRetryOfWhatWasPromisedAnew: one piece of work is not done by two jobs.
func TestRetryOfWhatWasPromisedAnew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			old, _, err := Enqueue(ctx, tx, New{Kind: "a", Key: "k"})
			if err != nil {
				return err
			}
			if _, err = Cancel(ctx, tx, old); err != nil {
				return err
			}
			if _, _, err = Enqueue(ctx, tx, New{Kind: "a", Key: "k"}); err != nil {
				return err
			}
			_, err = Retry(ctx, tx, old)
			return err
		})
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("got %v", err)
		}
	})
}
