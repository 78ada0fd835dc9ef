package leak

import (
	"net/http"
	"net/url"
	"testing"
)

// TestOther: what is checked is what is written: the object of the address, whatever a form names.
// Rights checked on one id and a row written under another have opened whole systems.
func TestOther(t *testing.T) {
	s := open(t)
	a, b := s.meeting("Ours"), s.meeting(secret)
	s.act(a, "audience", func(f url.Values) {
		f.Set("reason", "A reason")
		f.Set("mark", "TLP:GREEN")
		f["audience"] = removed(f["audience"], "anyone")
		for _, name := range []string{"id", "object", "ID", "object.id"} {
			f.Set(name, b)
		}
	})
	s.visitor.Get(t, "/en/meetings/"+a).Expect(t, http.StatusNotFound)
	s.visitor.Get(t, "/en/meetings/"+b).Expect(t, http.StatusOK, secret)

	// Somebody who may not change anything posts the team's own form.
	s.narrow(b)
	at := "/en/objects/" + b + "/audience"
	form := s.team.Get(t, at).Form(t, at)
	form.Set("reason", "Let me in")
	form.Set("mark", "TLP:CLEAR")
	form["audience"] = []string{"anyone"}
	for _, c := range s.outside {
		c.Post(t, at, form)
		c.Post(t, "/en/objects/"+a+"/audience?id="+b, form)
		c.Get(t, "/en/meetings/"+b).Expect(t, http.StatusNotFound)
	}
}

func removed(list []string, gone string) (kept []string) {
	for _, v := range list {
		if v != gone {
			kept = append(kept, v)
		}
	}
	return kept
}
