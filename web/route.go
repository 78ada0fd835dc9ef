package web

import (
	"net/http"
	"strings"

	"entente/access"
	"entente/internal/message"
)

// Entry says who may come in at a route at all. What a person then finds there is a matter of
// the predicate, what a person may do of the policy.
type Entry string

// The entries.
const (
	All    Entry = "all"          // visitors too
	People Entry = "people"       // signed in; a visitor is sent to the sign-in page
	Team   Entry = "project team" // others are told that there is no such page
	// Writers are the project team, focal points and contributors; what each of them may write is
	// a matter of the policy. Others are told that there is no such page.
	Writers Entry = "writers"
	Admin   Entry = "administrator" // others are told that there is no such page
	Demo    Entry = "demonstration" // exists in demonstration mode only
)

// lets says whether the actor may come in.
func (e Entry) lets(s *Server, who access.Actor) bool {
	switch e {
	case All:
		return true
	case People:
		return who.SignedIn()
	case Team:
		return who.Holds(access.ProjectTeam)
	case Writers:
		return who.Holds(access.ProjectTeam) || who.Holds(access.FocalPoint) || who.Holds(access.Contributor)
	case Admin:
		return who.Holds(access.Administrator)
	case Demo:
		return s.demo != nil
	}
	return false
}

// Route is one address of the program. Path is without the language where Spoken: "/meetings/{id}"
// is served at /en/meetings/{id} and /zh/meetings/{id}. Example fills the path's places with
// keys of the example programme ("id=meeting/launch-phase-2"), for the tests that walk all routes;
// a path without places needs none.
type Route struct {
	Method  string
	Path    string
	Spoken  bool
	Enter   Entry
	Example string
	Do      func(*Server, *Request) error
	Costly  bool // a read that costs much: it is limited as writes are
	Upload  bool // takes a file: its body may be as large as one, and it may take longer
	Probe   bool // asked by machines, also while the database is away: nobody is looked up, nothing is counted
	Counted bool // a try to get in, which package account counts by what it tries: it fails at no other limit
	Bare    bool // open to a person who still owes a second factor
	Asks    bool // a post that only asks: nothing is done by it
	Pins    bool // acts on the revision that the person saw: its form holds that, and another one is a conflict (moved.go)
	Foreign bool // answers what another site sent: nothing of it is given back
}

// get and post make routes of pages, which speak a language.
func get(path string, e Entry, example string, do func(*Server, *Request) error) Route {
	return Route{Method: http.MethodGet, Path: path, Spoken: true, Enter: e, Example: example, Do: do}
}

func post(path string, e Entry, example string, do func(*Server, *Request) error) Route {
	return Route{Method: http.MethodPost, Path: path, Spoken: true, Enter: e, Example: example, Do: do}
}

// upload makes the route of a form that sends a file.
func upload(path string, e Entry, example string, do func(*Server, *Request) error) Route {
	r := post(path, e, example, do)
	r.Upload = true
	return r
}

// plain makes a route of something that does not speak a language.
func plain(method, path string, e Entry, example string, do func(*Server, *Request) error) Route {
	return Route{Method: method, Path: path, Enter: e, Example: example, Do: do}
}

// bare says of a route that it is open to a person who still owes a second factor.
func bare(r Route) Route { r.Bare = true; return r }

// counted says of a route that package account counts what is tried there.
func counted(r Route) Route { r.Counted = true; return r }

// pins says of a route that what is done there is done on the revision that the form holds.
func pins(r Route) Route { r.Pins = true; return r }

// asks says of a route that what is posted there changes nothing.
func asks(r Route) Route { r.Asks = true; return r }

// probe says of a route that it answers although the database may be away.
func probe(r Route) Route { r.Probe = true; return r }

// costly says of a route that it reads much, so that how often one caller asks is limited.
func costly(r Route) Route { r.Costly = true; return r }

// patterns gives the patterns for the mux.
func (r Route) patterns() []string {
	if !r.Spoken {
		return []string{r.Method + " " + r.Path}
	}
	var ps []string
	for _, l := range message.Languages {
		p := "/" + l + r.Path
		if strings.HasSuffix(p, "/") {
			p += "{$}"
		}
		ps = append(ps, r.Method+" "+p)
	}
	return ps
}
