package limit

import (
	"slices"
	"strconv"
	"testing"
	"time"
)

func TestAllow(t *testing.T) {
	k, now := New(time.Second, 3, 10), time.Now()
	allow := func(key string, now time.Time) bool {
		_, ok := k.Take(key, now, 0)
		return ok
	}
	for i, want := range []bool{true, true, true, false} {
		if allow("a", now) != want {
			t.Errorf("attempt %d: allowed should be %v", i, want)
		}
	}
	if !allow("b", now) {
		t.Error("one key is refused for what another did")
	}
	if !allow("a", now.Add(time.Second)) || allow("a", now.Add(time.Second)) {
		t.Error("not one a second")
	}
}

// TestSlow: who asks too often waits, as long as that is bearable, and is refused after that; what is
// refused is not counted.
func TestSlow(t *testing.T) {
	k, now := New(time.Second, 3, 10), time.Now()
	var waits []time.Duration
	for range 9 {
		if wait, ok := k.Take("a", now, 2*time.Second); ok {
			waits = append(waits, wait)
		}
	}
	if want := []time.Duration{0, 0, 0, time.Second, 2 * time.Second}; !slices.Equal(waits, want) {
		t.Errorf("waits %v, want %v", waits, want)
	}
	if _, ok := k.Take("a", now.Add(time.Second), 2*time.Second); !ok {
		t.Error("what was refused is counted")
	}
}

// TestClockAhead: a clock that was a year ahead keeps nobody out, and does not keep the quiet.
func TestClockAhead(t *testing.T) {
	k, now := New(time.Second, 3, 100), time.Now()
	for i := range 50 {
		k.Take(strconv.Itoa(i), now.Add(365*24*time.Hour), 0)
	}
	if _, ok := k.Take("0", now, 0); !ok {
		t.Error("refused")
	}
	k.Take("0", now.Add(2*sweep), 0)
	if len(k.by) > 1 {
		t.Errorf("%d keys are kept", len(k.by))
	}
}

// TestBounded: many keys take no more room than was given, and the quiet take none.
func TestBounded(t *testing.T) {
	k, now := New(time.Second, 3, 100), time.Now()
	for i := range 10_000 {
		k.Take(strconv.Itoa(i), now, 0)
	}
	if len(k.by) > 100 {
		t.Errorf("%d keys are kept", len(k.by))
	}
	k.Take("late", now.Add(2*sweep), 0)
	if len(k.by) != 1 {
		t.Errorf("%d keys are kept after a quiet time", len(k.by))
	}
}
