// Package limit bounds how often one caller may do something: a number at once, then one every
// so often. It must never grow with the number of callers, and never keep one who went quiet.
package limit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// sweep is how often the quiet are forgotten.
const sweep = time.Minute

// Keyed counts by key: an address, a session, a name.
type Keyed struct {
	mu    sync.Mutex
	by    map[string]*rate.Limiter
	every rate.Limit
	burst int
	most  int
	swept time.Time
}

// New allows burst at once and then one every so often, for each of at most so many keys. Where
// more come at a time, one of those known is forgotten for each that is new.
func New(every time.Duration, burst, keys int) *Keyed {
	return &Keyed{by: map[string]*rate.Limiter{}, every: rate.Every(every), burst: burst, most: keys}
}

// Take counts that the key does it, and gives how long it has to wait before; false, and nothing is
// counted, where that is longer than its patience.
func (k *Keyed) Take(key string, now time.Time, patience time.Duration) (wait time.Duration, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.swept.Sub(now) > sweep { // the clock was ahead, and so is what was counted
		clear(k.by)
		k.swept = now
	}
	if now.Sub(k.swept) > sweep {
		k.swept = now
		for q, l := range k.by {
			if l.TokensAt(now) >= float64(k.burst) {
				delete(k.by, q)
			}
		}
	}
	l := k.by[key]
	if l == nil {
		for q := range k.by {
			if len(k.by) < k.most {
				break
			}
			delete(k.by, q)
		}
		l = rate.NewLimiter(k.every, k.burst)
		k.by[key] = l
	}
	r := l.ReserveN(now, 1)
	if wait = r.DelayFrom(now); wait > patience {
		r.CancelAt(now)
		return 0, false
	}
	return wait, true
}
