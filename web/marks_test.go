package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/meeting"
	"entente/standard/tlp"
)

// TestMatrixMarks walks the routes with an object of each mark, each with a word of its own: no
// answer to a role that may not read the object holds its word.
func TestMatrixMarks(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing here runs at once")
	}
	eachEngine(t, matrixMarks)
}

func matrixMarks(t *testing.T, s *testSite) {
	team, nia := s.actor("project-team"), s.actor("cn-focal-point")
	marked := map[string]access.Audience{}
	words := map[string]string{}
	for key, m := range map[string]struct {
		mark tlp.Label
		to   access.Audience
	}{
		"meeting/mixed-migration-2018":  {tlp.GREEN, access.NewAudience(access.DialogueOf(team.Dialogue), access.TeamOf(team.Dialogue))},
		"meeting/policy-seminar-2018":   {tlp.AMBER, access.NewAudience(access.InstitutionOf(nia.Institution), access.TeamOf(team.Dialogue))},
		"meeting/victims-workshop-2017": {tlp.AMBERSTRICT, access.NewAudience(access.InstitutionOf(nia.Institution))},
		"meeting/visa-officers-2018":    {tlp.RED, access.NewAudience(access.PersonOf(nia.Person))},
	} {
		h, v, err := s.objects.Get(t.Context(), team, s.id(key))
		if err != nil {
			t.Fatal(err)
		}
		word := canary + strings.NewReplacer(":", "", "+", "").Replace(string(m.mark)) + "x"
		v.(*meeting.Meeting).Title = text.Both(word, word)
		if h, err = s.objects.Edit(t.Context(), team, h.ID, h.Rev, v, ""); err != nil {
			t.Fatal(err)
		}
		if err := s.objects.SetAudience(t.Context(), access.Operator("test"), h.ID, h.Rev, m.mark, m.to, "test"); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		marked[key], words[key] = m.to, word
	}
	reads := func(role, key string) bool {
		_, _, err := s.objects.Get(t.Context(), s.actor(role), ref.ID(s.id(key)))
		return err == nil
	}
	read := map[string]map[string]bool{}
	for _, role := range matrixRoles() {
		read[role] = map[string]bool{}
		for key := range marked {
			read[role][key] = reads(role, key)
		}
	}
	if !read["cn-focal-point"]["meeting/visa-officers-2018"] || read["project-team"]["meeting/victims-workshop-2017"] || read[visitor]["meeting/mixed-migration-2018"] {
		t.Fatalf("who reads what: %v", read)
	}
	shown := map[string]int{}
	for _, route := range Routes() {
		at := []string{}
		for object, address := range addresses(t, s, route) {
			if !slices.Contains(hidden, object) {
				at = append(at, address)
			}
		}
		if strings.HasPrefix(route.Path, "/objects/{id}") || strings.HasPrefix(route.Path, "/meetings/{id}") {
			prefix := map[bool]string{true: "/en"}[route.Spoken]
			for key := range marked {
				at = append(at, prefix+strings.ReplaceAll(route.Path, "{id}", s.id(key)))
			}
		}
		if route.Path == "/search" {
			at = append(at, "/en/search?q=2018&kind=meeting", "/zh/search?kind=meeting")
		}
		for _, address := range at {
			for _, role := range matrixRoles() {
				if route.Path == "/sign-out" {
					continue
				}
				var a answer
				if route.Method == http.MethodGet {
					a = s.get(role, address)
				} else {
					a = s.post(role, address, url.Values{})
				}
				for key, word := range words {
					if !strings.Contains(a.Body, word) {
						continue
					}
					if shown[word]++; !read[role][key] {
						t.Errorf("%s %s shows %q the word of %s", route.Method, address, role, key)
					}
				}
				for key := range marked {
					if strings.Contains(address, s.id(key)) && a.Status == http.StatusOK && !read[role][key] {
						t.Errorf("%s %s as %q: %d", route.Method, address, role, a.Status)
					}
				}
			}
		}
	}
	for _, word := range words {
		if shown[word] < 3 {
			t.Errorf("%s is shown to nobody, which proves nothing", word)
		}
	}
}
