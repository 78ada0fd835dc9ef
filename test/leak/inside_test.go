package leak

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"entente/test/story"
)

// TestInside: MFA opens an inner note for NIA and MPS; the project team, the other side, the donor, the
// administrator and a visitor find it by no door, and no page of theirs is other than it was before.
// Comments of one side have been read by the other in an export, in a list of what was changed last, as a
// number beside an empty list, and by the people who ran the system.
func TestInside(t *testing.T) {
	s := open(t)
	as := func(role string) *story.Client {
		c := s.node.Client(t)
		c.Post(t, "/demo/sign-in", url.Values{"role": {role}}).Expect(t, http.StatusOK)
		return c
	}
	mfa, admin := as("cn-ministry"), as("administrator")
	outside := map[string]*story.Client{
		"team": s.team, "EU Delegation": as("eu-focal-point"), "Netherlands": as("member-state"), "expert": as("expert"),
		"donor": s.donor, "administrator": admin, "visitor": s.visitor,
	}
	about := s.meeting("A seminar on border matters")
	room := s.succeeded("National Immigration Administration", "Ministry of Public Security")
	pages := []string{
		"/en/desk", "/zh/desk", "/en/", "/en/meetings", "/en/meetings?year=2018", "/en/meetings/" + about, "/zh/meetings/" + about,
		"/en/objects/" + about + "/history", "/en/objects/" + about + "/files", "/en/objects/" + about + "/texts", "/en/objects/" + about + "/inside",
		"/en/objects/" + about + "/audience", "/en/objects/" + about + "/remove", "/en/objects/" + about + "/publish", "/en/objects/" + about + "/edit",
		"/en/translations", "/zh/translations", "/en/search?q=" + secret, "/en/search?q=border", "/zh/search?q=border&kind=note", "/en/partners", "/en/dialogue",
		"/en/roadmap", "/en/project", "/en/plans", "/en/publication", "/en/news", "/en/feed.atom", "/sitemap.xml", "/en/meetings/calendar.ics",
		"/en/meetings/" + about + "/calendar.ics", "/en/new/circle", "/en/account", "/en/notices", "/en/operation/mail",
		room, room + "/handover",
	}
	look := func() map[string]string {
		seen := map[string]string{}
		for name, c := range outside {
			for _, a := range pages {
				seen[name+" "+a] = stamps.ReplaceAllString(c.Get(t, a).Lasting(), "")
			}
		}
		return seen
	}
	before := look()

	at := "/en/objects/" + about + "/inside"
	form := mfa.Get(t, at).Expect(t, http.StatusOK, "Inside our side").Form(t, at)
	form.Set("title", secret+" border")
	form.Set("text", "Our side speaks of border matters and "+secret)
	form["audience"] = []string{institutionNamed(t, mfa, at, "National Immigration Administration"), institutionNamed(t, mfa, at, "Ministry of Public Security")}
	p := mfa.Post(t, at, form).Expect(t, http.StatusOK, secret)
	note := noteIn.FindStringSubmatch(p.Body)[1]
	s.nia.Get(t, at).Expect(t, http.StatusOK, secret, note)
	reply := s.nia.Get(t, at+"?re="+note).Expect(t, http.StatusOK).Form(t, at)
	reply.Set("title", secret+" answered")
	reply.Set("text", secret)
	reply.Del("audience") // for NIA alone
	s.nia.Post(t, at, reply).Expect(t, http.StatusOK, secret+" answered")
	mfa.PostFile(t, "/en/objects/"+note+"/files", nil, "file", "paper.txt", []byte(secret)).Expect(t, http.StatusOK)
	listed := mfa.Get(t, "/en/notes/"+note).Expect(t, http.StatusOK, "paper")
	file := fileIn.FindStringSubmatch(listed.Body)[1]
	s.nia.Get(t, "/en/files/"+file).Expect(t, http.StatusOK)

	// NIA hands its own over to its successor, and the side's lead, which is MFA, learns a number of it alone.
	s.nia.Get(t, room).Expect(t, http.StatusOK, "Hand over what stands inside")
	ask := s.nia.Get(t, room+"/handover").Expect(t, http.StatusOK, "Ministry of Public Security")
	ask = s.nia.Post(t, room+"/handover", ask.Form(t, room+"/handover")).Expect(t, http.StatusOK, secret+" answered", "0 people")
	mfa.Post(t, room+"/handover", mfa.Get(t, room+"/handover").Form(t, room+"/handover")).Expect(t, http.StatusOK, "One note passes").Without(t, secret)
	s.nia.Post(t, room+"/handover", ask.Form(t, room+"/handover")).Expect(t, http.StatusOK, "reads one note as successor")
	mfa.Get(t, room+"/handover").Expect(t, http.StatusOK, "reads one note as successor").Without(t, secret)

	for where, body := range look() {
		if body != before[where] {
			t.Errorf("%s differs after the note was opened", where)
		}
		if strings.Contains(body, note) || strings.Contains(body, file) {
			t.Errorf("%s holds the address of the note", where)
		}
	}

	// By address, and by acts: as if there were nothing.
	const none = "01a20816-3b1b-78c1-b815-000000000000"
	bare := func(body, id string) string { return strings.ReplaceAll(body, id, "") }
	for name, c := range outside {
		for path, id := range map[string]string{
			"/en/notes/ID": note, "/en/objects/ID": note, "/en/objects/ID/history": note, "/en/objects/ID/texts": note, "/en/objects/ID/edit": note,
			"/en/objects/ID/audience": note, "/en/objects/ID/remove": note, "/en/objects/ID/publish": note, "/en/objects/ID/files": note,
			"/en/objects/ID/files.zip": note, "/en/objects/ID/inside": note, "/en/files/ID": file, "/files/ID/paper.txt": file, "/en/objects/ID/audience?": file,
		} {
			hidden, absent := c.Get(t, strings.ReplaceAll(path, "ID", id)), c.Get(t, strings.ReplaceAll(path, "ID", none))
			if hidden.Status != absent.Status || bare(hidden.Lasting(), id) != bare(absent.Lasting(), none) {
				t.Errorf("GET %s as %s: hidden %d, absent %d, or the pages differ", path, name, hidden.Status, absent.Status)
			}
		}
		for _, act := range []string{"edit", "audience", "remove", "publish", "withdraw", "inside"} {
			form := url.Values{"rev": {"1"}, "reason": {"x"}, "mark": {"TLP:CLEAR"}, "audience": {"anyone"}, "title.en": {"x"}, "sort": {"comment"}}
			hidden, absent := c.Post(t, "/en/objects/"+note+"/"+act, form), c.Post(t, "/en/objects/"+none+"/"+act, form)
			if hidden.Status != absent.Status || bare(hidden.Lasting(), note) != bare(absent.Lasting(), none) {
				t.Errorf("POST %s as %s: hidden %d, absent %d, or the answers differ", act, name, hidden.Status, absent.Status)
			}
		}
		// An answer to a note that one may not read is refused as one to none.
		for _, re := range []string{note, none} {
			c.Post(t, at, url.Values{"re": {re}, "title": {"x"}, "text": {"x"}, "sort": {"comment"}, "for": {"institutions"}}).Without(t, secret)
		}
	}
	// The team removes the meeting. It learns of nothing, and the side keeps its notes.
	s.act(about, "remove", func(f url.Values) { f.Set("reason", "Entered twice") })
	s.nia.Get(t, "/en/notes/"+note).Expect(t, http.StatusOK, secret)
	s.team.Get(t, "/en/notes/"+note).Expect(t, http.StatusNotFound).Without(t, secret)
}

var (
	noteIn  = regexp.MustCompile(`id="note-([0-9a-f-]{36})"`)
	fileIn  = regexp.MustCompile(`href="/en/files/([0-9a-f-]{36})"`)
	choices = regexp.MustCompile(`value="(inside:[^"]+)"[^>]*><label[^>]*>([^<]+)<`)
	// What is other at each time: when a calendar was made, and how many acts there were in all, which the
	// administrator sees (docs/threat-model.md).
	stamps = regexp.MustCompile(`DTSTAMP:\S+|(Entries in the ledger|存证记录条数)</dt><dd class="num">\d+`)
)

// succeeded has the project team name the successor of an institution, and gives the address of who is
// inside it.
func (s *site) succeeded(name, successor string) string {
	s.Helper()
	partners := s.team.Get(s, "/en/partners").Body
	id := func(name string) string {
		m := regexp.MustCompile(`href="/en/institutions/([0-9a-f-]{36})"[^>]*>(?:<[^>]*>)*` + name).FindStringSubmatch(partners)
		if m == nil {
			s.Fatalf("the partners are without %s", name)
		}
		return m[1]
	}
	at := "/en/objects/" + id(name) + "/authority"
	form := s.team.Get(s, at).Expect(s, http.StatusOK).Form(s, at)
	form.Set("successors.0.institution", id(successor))
	form.Set("reason", "Decided")
	s.team.Post(s, at, s.team.Post(s, at, form).Expect(s, http.StatusOK).Form(s, at)).Expect(s, http.StatusOK)
	return "/en/institutions/" + id(name) + "/inside"
}

// institutionNamed finds the choice of an institution on a page.
func institutionNamed(t *testing.T, c *story.Client, page, name string) string {
	t.Helper()
	for _, m := range choices.FindAllStringSubmatch(c.Get(t, page).Body, -1) {
		if m[2] == name {
			return m[1]
		}
	}
	t.Fatalf("%s does not offer %s", page, name)
	return ""
}
