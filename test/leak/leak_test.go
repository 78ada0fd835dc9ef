// Package leak tells one story for each way in which systems like this one have let slip what a
// person may not read. The stories knock at the real program; each file says what was at stake.
package leak

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"entente/test/story"
)

func TestMain(m *testing.M) { story.Main(m) }

// secret stands in what is to stay unseen, and nowhere else in the example.
const secret = "Zibetkatze"

// site is the example with browsers of those whom the stories need: the project team, who make
// things; NIA's focal point, the donor's officer and a visitor, who must not find them.
type site struct {
	testing.TB
	node                      *story.Node
	team, nia, donor, visitor *story.Client
	outside                   []*story.Client // all but the team
}

// open starts the example.
func open(t *testing.T) *site {
	t.Helper()
	n := story.Start(t, "demo")
	s := &site{TB: t, node: n, visitor: n.Client(t)}
	as := func(role string) *story.Client {
		c := n.Client(t)
		c.Post(t, "/demo/sign-in", url.Values{"role": {role}}).Expect(t, http.StatusOK)
		return c
	}
	s.team, s.nia, s.donor = as("project-team"), as("cn-focal-point"), as("donor")
	s.outside = []*story.Client{s.nia, s.donor, s.visitor}
	return s
}

var idIn = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

// make fills the form of a new object as the project team, and gives its id.
func (s *site) make(kind string, values map[string]string) (id string) {
	s.Helper()
	form := s.team.Get(s, "/en/new/"+kind).Form(s, "/en/new/"+kind)
	for k, v := range values {
		form.Set(k, v)
	}
	p := s.team.Post(s, "/en/new/"+kind, form).Expect(s, http.StatusOK)
	if id = idIn.FindString(p.Path); id == "" {
		s.Fatalf("making a %s led to %s", kind, p.Path)
	}
	return id
}

// meeting makes a meeting that everybody may read.
func (s *site) meeting(title string) (id string) {
	s.Helper()
	id = s.make("meeting", map[string]string{"title.en": title, "title.zh": title, "type": "seminar", "state": "held", "starts": "2018-02-08"})
	s.act(id, "publish", nil)
	return id
}

// act does what stands behind a page that asks first.
func (s *site) act(id, act string, change func(url.Values)) {
	s.Helper()
	at := "/en/objects/" + id + "/" + act
	page := s.team.Get(s, at).Expect(s, http.StatusOK)
	form := page.Form(s, at)
	if change != nil {
		change(form)
	}
	if p := s.team.Post(s, at, form).Expect(s, http.StatusOK); act == "audience" { // which shows first what it changes
		s.team.Post(s, at, p.Form(s, at)).Expect(s, http.StatusOK)
	}
}

var manager = regexp.MustCompile(`value="(person:[^"]+)"[^>]*><label[^>]*>Programme manager, IOM`)

// narrow leaves the object to one named person of the project team.
func (s *site) narrow(id string) {
	s.Helper()
	m := manager.FindStringSubmatch(s.team.Get(s, "/en/objects/"+id+"/audience").Body)
	if m == nil {
		s.Fatal("the page offers no programme manager")
	}
	s.act(id, "audience", func(f url.Values) {
		f.Set("mark", "TLP:RED")
		f["audience"] = []string{m[1]}
		f.Set("reason", "It was published by mistake")
	})
}

// unseen fails when one of those outside finds the word, or the id, at an address.
func (s *site) unseen(id string, addresses ...string) {
	s.Helper()
	for _, a := range addresses {
		for _, c := range s.outside {
			p := c.Get(s, a)
			p.Without(s, secret)
			if strings.Contains(p.Body, id) {
				s.Errorf("%s shows the address of what may not be read", a)
			}
		}
	}
}

// seen fails when a visitor does not find the word at an address: else its absence later on
// would prove nothing.
func (s *site) seen(addresses ...string) {
	s.Helper()
	for _, a := range addresses {
		s.visitor.Get(s, a).Expect(s, http.StatusOK, secret)
	}
}
