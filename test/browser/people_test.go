package browser

import (
	"net/http"
	"strings"
	"testing"
)

// TestFocalPointHandsOver: NIA's focal point looks at the own data, hands the function over to a
// colleague, and is signed out; the project team erases what is no longer needed.
func TestFocalPointHandsOver(t *testing.T) {
	p := site(t)
	as(t, p, "cn-focal-point")
	for _, path := range []string{"/zh/account", "/zh/account/data", "/en/account/data"} {
		sound(t, p, path)
	}
	p.Goto(t, "/zh/account")
	form := address(t, p, "移交职能")
	sound(t, p, form)
	sound(t, p, strings.Replace(form, "/zh/", "/en/", 1))
	p.Goto(t, form)
	p.Click(t, `input[name="to"]`)
	if status := p.Submit(t, `button[value="look"]`); status != http.StatusOK {
		t.Fatalf("what passes: %d", status)
	}
	p.Axe(t)
	p.HorizontalOverflow(t)
	p.ConsoleErrors(t)
	if got := p.Text(t, ".reveal"); !strings.Contains(got, "国家移民管理局经办人") || !strings.Contains(got, "不可再登录") {
		t.Errorf("before it is done the page says:\n%s", got)
	}
	p.Submit(t, `.button-seal`) // a card, since the colleague of the example has no password
	p.Axe(t)
	p.Goto(t, "/zh/desk")
	if at := p.Path(t); !strings.Contains(at, "sign-in") {
		t.Errorf("whoever left is at %s", at)
	}

	as(t, p, "project-team")
	person := strings.Replace(strings.TrimSuffix(form, "/handover"), "/zh/", "/en/", 1)
	sound(t, p, person)
	sound(t, p, person+"/erase")
	sound(t, p, strings.Replace(person, "/en/", "/zh/", 1)+"/erase")
	p.Goto(t, person+"/erase")
	p.Fill(t, `[name="reason"]`, "asked for")
	if status := p.Submit(t, `.button-seal`); status != http.StatusOK {
		t.Errorf("erasing: %d", status)
	}
	sound(t, p, person)
	sound(t, p, strings.Replace(person, "/people/", "/objects/", 1)+"/history")
}
