package web

import (
	"net/http"
	"net/netip"
	"time"

	"entente/internal/fault"
	"entente/internal/limit"
)

// requestTime is how long an answer may take to make. What reads or writes longer is given up,
// and nothing of it is kept.
const requestTime = 30 * time.Second

// uploadTime is the same for a route that takes a file, which comes over slow lines too.
const uploadTime = 10 * time.Minute

// limited is how many callers are counted at a time; the memory for it is a few megabytes at most.
const limited = 10_000

// limitPatience is how long a request that comes too soon waits for its turn before it is refused, and
// limitSlow how many wait so at a time.
const (
	limitPatience = 2 * time.Second
	limitSlow     = 200
)

// addressTimes is how much more an address may do than a session: a ministry, or everybody where the
// server in front names no address, is one.
const addressTimes = 5

// limits are how often one caller may write, and read what costs much. Whoever has signed in is
// counted by session, so that a ministry behind one address does not stand in its own way;
// everybody else is counted by address.
type limits struct {
	session, address allowed
	slow             chan struct{}
}

type allowed struct{ writes, reads *limit.Keyed }

// newLimits gives times the ordinary limits; nil, which is none at all, for 0.
func newLimits(times float64) *limits {
	if times <= 0 {
		return nil
	}
	of := func(times float64) allowed {
		each := time.Duration(float64(time.Second) / times)
		n := func(burst int) int { return max(1, int(float64(burst)*times)) }
		return allowed{limit.New(each, n(60), limited), limit.New(each/2, n(120), limited)}
	}
	return &limits{of(times), of(times * addressTimes), make(chan struct{}, limitSlow)}
}

// allow counts a request, waits for its turn where there were many, or gives the fault that says it
// came too soon.
func (l *limits) allow(s *Server, route Route, r *http.Request) error {
	if l == nil || route.Counted {
		return nil
	}
	key, by := "address "+network(remote(r)), l.address
	if s.sessions.GetString(r.Context(), sessionPerson) != "" {
		key, by = "session "+s.sessions.Token(r.Context()), l.session
	}
	of := by.reads
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		of = by.writes
	case !route.Costly:
		return nil
	}
	wait, ok := of.Take(key, s.db.Now(), limitPatience)
	if ok && wait > 0 {
		select {
		case l.slow <- struct{}{}:
			defer func() { <-l.slow }()
		default:
			ok = false
		}
	}
	if !ok {
		return fault.New(fault.TooMany, "")
	}
	if wait <= 0 {
		return nil
	}
	select {
	case <-time.After(wait):
		return nil
	case <-r.Context().Done():
		return r.Context().Err()
	}
}

// network is the address as it is counted: of the newer kind, a household or an office has a
// whole network of them.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}
