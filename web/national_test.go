package web

import (
	"net/url"
	"strings"
	"testing"

	"entente/access"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/meeting"
	"entente/standard/tlp"
)

// TestNationalMark: it stands as plain text beside the label, goes out with what leaves the node, and
// is refused where it would say that there is classified material.
func TestNationalMark(t *testing.T) {
	s := newTest(t)
	dialogue := ref.Dialogue(s.id("dialogue/migration-mobility"))
	m := s.create("meeting", access.Header{Mark: tlp.GREEN, Audience: access.NewAudience(access.DialogueOf(dialogue), access.TeamOf(dialogue))},
		&meeting.Meeting{Title: text.Both("Marked", "有标识"), Type: "seminar", State: meeting.Planned, Starts: "2027-02-08"})
	at := "/en/objects/" + m.ID + "/audience"
	s.want(s.get("project-team", at), 200, "National mark", "no level of secrecy")
	s.want(s.get("project-team", strings.Replace(at, "/en/", "/zh/", 1)), 200, "本国标识", "不表示密级")
	form := url.Values{"mark": {"TLP:GREEN"}, "national": {" 机密★10年 "}, "reason": {"As it came"}, "audience": {string(access.DialogueOf(dialogue)), string(access.TeamOf(dialogue))}, "rev": {"1"}, "step": {"look"}}
	s.want(s.post("project-team", at, form), 422, "declares classified material", "机密★10年")
	form.Set("national", "内部 <b>")
	s.want(s.post("project-team", at, form), 200, `name="national" value="内部 &lt;b&gt;"`, `national-mark">内部 &lt;b&gt;`)
	form.Del("step")
	form.Set("seen", s.seenOf("project-team", at, form))
	s.want(s.post("project-team", at, form), 303)
	s.want(s.get("donor", "/en/meetings/"+m.ID), 200, "National mark", "内部 &lt;b&gt;</span>", "TLP:GREEN", "May be shared inside the dialogue")
	s.want(s.get("donor", "/en/meetings/"+m.ID+"/calendar.ics"), 200, "TLP:GREEN · 内部 <b>")

	// A file has its own; the archive goes out under the object's.
	s.want(s.send("project-team", "/en/objects/"+m.ID+"/files", "a.txt", "words", nil), 303)
	zip := s.get("donor", "/en/objects/"+m.ID+"/files.zip")
	if d, _ := url.QueryUnescape(zip.Header.Get("Content-Disposition")); !strings.Contains(d, "TLP-GREEN 内部") {
		t.Errorf("the archive is called %s", d)
	}

	// An edit keeps it; publishing takes it away.
	h, v, err := s.objects.Get(t.Context(), s.actor("project-team"), m.ID)
	if err != nil || h.National != "内部 <b>" {
		t.Fatalf("%q %v", h.National, err)
	}
	v.(*meeting.Meeting).Title = text.Both("Marked anew", "新标识")
	if h, err = s.objects.Edit(t.Context(), s.actor("project-team"), h.ID, h.Rev, v, ""); err != nil || h.National != "内部 <b>" {
		t.Errorf("after an edit: %q %v", h.National, err)
	}
	if err := s.objects.Publish(t.Context(), s.actor("project-team"), h.ID, h.Rev); err != nil {
		t.Fatal(err)
	}
	if h, _, err = s.objects.Get(t.Context(), s.actor("project-team"), m.ID); err != nil || h.National != "" || h.Mark != tlp.CLEAR {
		t.Errorf("after publishing: %q %s %v", h.National, h.Mark, err)
	}
}
