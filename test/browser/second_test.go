package browser

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"entente/internal/browsertest"
	"entente/standard/totp"
)

// sounds holds the page as it stands against what must be true of each, wide and narrow: for what
// is shown once, or after a form.
func sounds(t *testing.T, p *browsertest.Page, expected ...string) {
	t.Helper()
	for _, width := range []int64{browsertest.Narrow, browsertest.Wide} {
		p.Viewport(t, width)
		p.Axe(t)
		p.HorizontalOverflow(t)
	}
	p.ConsoleErrors(t, expected...)
}

// leave signs out.
func leave(t *testing.T, p *browsertest.Page) {
	t.Helper()
	p.Click(t, "details.me summary")
	p.Submit(t, `form[action$="/sign-out"] button`)
}

// TestSecondFactor: a focal point comes in by the card, takes the key over into a program, prints
// the recovery codes, and signs in with a code and then with one from the sheet.
func TestSecondFactor(t *testing.T) {
	p := site(t)
	as(t, p, "project-team")
	p.Goto(t, "/en/partners")
	p.Goto(t, address(t, p, "National Immigration Administration")+"/invite")
	p.Fill(t, `[name="title.en"]`, "Second focal point")
	p.Fill(t, `[name="title.zh"]`, "第二联络员")
	p.Submit(t, "main form.form button")
	code := p.Text(t, "main strong code")
	leave(t, p)

	const password = "several words of mine"
	p.Goto(t, "/zh/invitation/"+code)
	p.Fill(t, "#login", "nia.second")
	p.Fill(t, "#password", password)
	p.Fill(t, "#again", password)
	p.Submit(t, ".button-main")
	sound(t, p, "/zh/account")
	sound(t, p, "/en/account/second-factor")
	sound(t, p, "/zh/account/second-factor")
	p.Fill(t, "#begin-password", password)
	p.Submit(t, ".button-main")
	sounds(t, p)
	secret, err := totp.Parse(p.Text(t, "#key"))
	if err != nil {
		t.Fatal(err)
	}
	p.Fill(t, "#confirm-code", "000000")
	if status := p.Submit(t, ".button-main"); status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong code: %d", status)
	}
	sounds(t, p, "422")
	p.Fill(t, "#confirm-code", totp.Code(secret, time.Now()))
	if status := p.Submit(t, ".button-main"); status != http.StatusOK {
		t.Fatalf("the right code: %d", status)
	}
	sounds(t, p)
	sheet := p.Text(t, ".codes")
	p.Print(t)
	p.Visible(t, ".codes li:last-child")
	p.Screen(t)
	sound(t, p, "/zh/account/second-factor")
	sound(t, p, "/en/account/second-factor")

	enter := func(field, code string) {
		t.Helper()
		leave(t, p)
		p.Goto(t, "/zh/sign-in")
		p.Fill(t, "#login", "nia.second")
		p.Fill(t, "#password", password)
		p.Submit(t, ".button-main")
		if got := p.Path(t); got != "/zh/sign-in/code" {
			t.Fatalf("after the password: %s", got)
		}
		sounds(t, p)
		button := ".button-main"
		if field == "#recovery" {
			p.Click(t, "details.turn summary")
			sounds(t, p)
			button = "details.turn button"
		}
		p.Fill(t, field, code)
		if p.Submit(t, button); p.Path(t) != "/zh/desk" {
			t.Errorf("after the code: %s", p.Path(t))
		}
	}
	// Each code is good once: this is the next one, which is taken already and for a minute at least.
	enter("#code", totp.Code(secret, time.Now().Add(30*time.Second)))
	enter("#recovery", strings.ToLower(strings.Fields(sheet)[0]))
	if got := p.Text(t, "main"); !strings.Contains(got, "备用码") {
		t.Errorf("nothing is said of the code that was used up:\n%s", got)
	}
}
