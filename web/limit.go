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

// limits are how often one caller may write, and read what costs much. Whoever has signed in is
// counted by session, so that a ministry behind one address does not stand in its own way;
// everybody else is counted by address.
type limits struct{ writes, reads *limit.Keyed }

// newLimits gives times the ordinary limits; nil, which is none at all, for 0.
func newLimits(times float64) *limits {
	if times <= 0 {
		return nil
	}
	each := time.Duration(float64(time.Second) / times)
	n := func(burst int) int { return max(1, int(float64(burst)*times)) }
	return &limits{writes: limit.New(each, n(60), limited), reads: limit.New(each/2, n(120), limited)}
}

// allow counts a request, or gives the fault that says it came too soon.
func (l *limits) allow(s *Server, route Route, r *http.Request) error {
	if l == nil {
		return nil
	}
	by := l.reads
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		by = l.writes
	case !route.Costly:
		return nil
	}
	if by.Allow(s.caller(r), s.db.Now()) {
		return nil
	}
	return fault.New(fault.TooMany, "")
}

// caller is by what a request is counted.
func (s *Server) caller(r *http.Request) string {
	if s.sessions.GetString(r.Context(), sessionPerson) != "" {
		return "session " + s.sessions.Token(r.Context())
	}
	return "address " + network(remote(r))
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
