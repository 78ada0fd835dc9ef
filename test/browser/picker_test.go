package browser

import (
	"net/http"
	"strings"
	"testing"

	"entente/internal/browsertest"
)

// TestPicker: whoever writes something chooses who may read it; the list of readers follows, and what
// the mark does not allow cannot be ticked.
func TestPicker(t *testing.T) {
	p := site(t)
	as(t, p, "project-team")
	p.Goto(t, "/en/new/meeting")
	p.Click(t, "#readers summary")
	p.Axe(t)
	p.Click(t, `[id="readers.own"]`)
	p.Click(t, `[name="mark"][value="TLP:AMBER+STRICT"]`)
	if !browsertest.Eval[bool](t, p, `document.querySelector('[name="audience"][value="anyone"]').disabled`) {
		t.Error("everybody can be ticked under AMBER+STRICT")
	}
	p.Click(t, `[name="audience"][value^="team:"]`)
	p.Await(t, `document.querySelector('#readers-out [name="seen"]') !== null`)
	if got := p.Text(t, "#readers-out"); !strings.Contains(got, "who can sign in, of 1 institution.") || !strings.Contains(got, "International Organization for Migration") {
		t.Errorf("the readers: %s", got)
	}
	if got := p.Text(t, "#readers summary"); !strings.Contains(got, "Who may read this: Project team") {
		t.Errorf("the summary: %s", got)
	}
	p.Axe(t)
	p.Fill(t, `[name="title.en"]`, "Preparation")
	browsertest.Eval[bool](t, p, `(document.querySelector('[name="type"]').value = "seminar", document.querySelector('[name="state"]').value = "planned", true)`)
	if status := p.Submit(t, ".savebar .button-main"); status != http.StatusOK {
		t.Errorf("saving: %d", status)
	}
	if got := p.Text(t, "main"); !strings.Contains(got, "TLP:AMBER+STRICT") || !strings.Contains(got, "Preparation") {
		t.Errorf("after saving:\n%s", got)
	}
}

// TestBrief: the brief for the leader is a page like the others.
func TestBrief(t *testing.T) {
	p := site(t)
	as(t, p, "project-team")
	p.Goto(t, "/en/duties")
	duty := browsertest.Eval[string](t, p, `document.querySelector('.duties .what a').getAttribute('href')`)
	sound(t, p, duty+"/brief")
	sound(t, p, strings.Replace(duty, "/en/", "/zh/", 1)+"/brief")
}
