package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"entente/internal/fault"
	"entente/internal/message"
)

// Answered is one answer of the server in numbers. It holds no text of the request: not the path,
// but the route as the list of routes writes it.
type Answered struct {
	Route  string // without its language; "" where no route knows the address
	Method string // "other" for one that HTTP does not define
	Status int    // 0: whoever asked did not wait
	Took   time.Duration
}

// methods are those that a browser or a feed reader sends. Any other word is somebody's own.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

func methodOf(r *http.Request) string {
	if slices.Contains(methods, r.Method) {
		return r.Method
	}
	return "other"
}

// routeOf gives the route that a request goes to, as it may be logged and counted. A path names
// people, objects and one-time links; a route names nobody.
func (s *Server) routeOf(r *http.Request) string {
	_, pattern := s.mux.Handler(r)
	if pattern == "" || pattern == "/" {
		return ""
	}
	_, route, spaced := strings.Cut(pattern, " ")
	if !spaced {
		route = pattern
	}
	for _, l := range message.Languages {
		if rest, ok := strings.CutPrefix(route, "/"+l+"/"); ok {
			route = "/" + rest
		}
	}
	return strings.TrimSuffix(route, "{$}")
}

// refusal is a fault as it may be logged: what was wrong, and never the value that was.
func refusal(err error) string {
	kind := string(fault.Of(err))
	for _, f := range fieldsOf(err) {
		kind += " " + f.Key
	}
	return kind
}
