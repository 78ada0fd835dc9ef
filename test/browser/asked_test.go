package browser

import (
	"strings"
	"testing"

	"entente/internal/browsertest"
)

// TestAsked: what is asked in two languages is read on every page of whom it is put to, on a telephone too:
// the call, the notice, the form of the answer, the duty and its brief.
func TestAsked(t *testing.T) {
	p := site(t)
	as(t, p, "project-team")
	p.Goto(t, "/zh/meetings")
	meeting := address(t, p, "启动会")
	meeting = meeting[strings.LastIndex(meeting, "/")+1:]
	p.Goto(t, "/zh/objects/"+meeting+"/calls/new")
	if !browsertest.Eval[bool](t, p, `(() => {
		const set = (n, v) => { document.querySelector('[name="' + n + '"]').value = v };
		set("title.en", "Nominate two experts"); set("title.zh", "请推荐两名专家"); set("title.zh.status", "checked");
		set("for", "nomination"); set("due", "2040-03-15");
		const nia = [...document.querySelectorAll("input[name=to]")].find(b => /国家移民管理局/.test(b.labels[0].textContent));
		nia.checked = true;
		return true })()`) {
		t.Fatal("the form is not filled in")
	}
	p.Submit(t, "form.form .actions button")
	call := p.Path(t)
	if !strings.HasPrefix(call, "/zh/calls/") {
		t.Fatalf("asking leads to %s", call)
	}
	as(t, p, "cn-focal-point")
	for _, path := range []string{call, "/zh/notices", "/en/notices", "/zh/objects/" + meeting + "/statements/new?call=" + call[len("/zh/calls/"):]} {
		sound(t, p, path)
	}
	p.Goto(t, "/zh/duties")
	duty := address(t, p, "请推荐两名专家")
	sound(t, p, duty)
	sound(t, p, duty+"/brief")
}
