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

// Allow says whether the key may do it now, and counts that it does.
func (k *Keyed) Allow(key string, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
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
	return l.AllowN(now, 1)
}

// Forget lets the key begin anew.
func (k *Keyed) Forget(key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.by, key)
}
