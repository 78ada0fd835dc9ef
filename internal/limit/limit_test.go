package limit

import (
	"strconv"
	"testing"
	"time"
)

func TestAllow(t *testing.T) {
	k, now := New(time.Second, 3, 10), time.Now()
	for i, want := range []bool{true, true, true, false} {
		if k.Allow("a", now) != want {
			t.Errorf("attempt %d: allowed should be %v", i, want)
		}
	}
	if !k.Allow("b", now) {
		t.Error("one key is refused for what another did")
	}
	if !k.Allow("a", now.Add(time.Second)) || k.Allow("a", now.Add(time.Second)) {
		t.Error("not one a second")
	}
	k.Forget("a")
	if !k.Allow("a", now.Add(time.Second)) {
		t.Error("not forgotten")
	}
}

// TestBounded: many keys take no more room than was given, and the quiet take none.
func TestBounded(t *testing.T) {
	k, now := New(time.Second, 3, 100), time.Now()
	for i := range 10_000 {
		k.Allow(strconv.Itoa(i), now)
	}
	if len(k.by) > 100 {
		t.Errorf("%d keys are kept", len(k.by))
	}
	k.Allow("late", now.Add(2*sweep))
	if len(k.by) != 1 {
		t.Errorf("%d keys are kept after a quiet time", len(k.by))
	}
}
