// Package browser walks the program as people do: in Chromium, against the real binary with the
// example, in both languages, wide and at 390 pixels, with the accessibility engine on each page.
package browser

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"entente/internal/browsertest"
	"entente/test/story"
)

func TestMain(m *testing.M) {
	os.Exit(story.Around(func() int { return browsertest.Around(m.Run) }))
}

// site starts the example and opens a tab at it.
func site(t *testing.T) *browsertest.Page {
	t.Helper()
	browsertest.Open(t, "about:blank") // skips before anything is built where there is no browser
	n := story.Start(t, "demo")
	return browsertest.Open(t, n.Base)
}

// as takes a role of the demonstration, by its button.
func as(t *testing.T, p *browsertest.Page, role string) {
	t.Helper()
	p.Goto(t, "/demo")
	if status := p.Submit(t, `form:has(input[value="`+role+`"]) button`); status != http.StatusOK {
		t.Fatalf("the desk of %s: %d", role, status)
	}
}

// address gives the address of the first link whose text holds the words.
func address(t *testing.T, p *browsertest.Page, words string) string {
	t.Helper()
	a := browsertest.Eval[string](t, p, `(() => {
		const a = [...document.querySelectorAll("main a")].find(a => a.innerText.includes(`+quote(words)+`));
		return a ? a.getAttribute("href") : "";
	})()`)
	if a == "" {
		t.Fatalf("%s has no link with %q", p.Path(t), words)
	}
	return a
}

func quote(s string) string { return "`" + strings.ReplaceAll(s, "`", "") + "`" }

// sound holds a page against everything that must be true of each: accessible, no wider than the
// window, nothing refused by the content policy.
func sound(t *testing.T, p *browsertest.Page, path string) {
	t.Helper()
	for _, width := range []int64{browsertest.Wide, browsertest.Narrow} {
		p.Viewport(t, width)
		if status := p.Goto(t, path); status != http.StatusOK {
			t.Errorf("%s: %d", path, status)
			return
		}
		p.Axe(t)
		p.HorizontalOverflow(t)
		p.ConsoleErrors(t)
	}
	p.Viewport(t, browsertest.Wide)
}

// TestJournalist: a visitor finds the launch, its 43 participants and the release.
func TestJournalist(t *testing.T) {
	p := site(t)
	for _, lang := range []string{"en", "zh"} {
		sound(t, p, "/"+lang+"/")
		for _, path := range []string{"/roadmap", "/meetings", "/partners", "/news", "/releases", "/project", "/plans", "/dialogue", "/search?q=migration", "/sign-in"} {
			sound(t, p, "/"+lang+path)
		}
	}
	p.Goto(t, "/en/meetings")
	launch := address(t, p, "Phase II")
	sound(t, p, launch)
	p.Goto(t, launch)
	if got := p.Text(t, "main"); !strings.Contains(got, "43") || !strings.Contains(got, "not held") {
		t.Errorf("the launch does not show what is stated and what is not held:\n%s", got)
	}
	p.Goto(t, "/en/releases")
	sound(t, p, address(t, p, "launch"))
	p.Dark(t)
	p.Goto(t, "/zh/")
	p.Axe(t)
}

// TestNationalImmigrationAdministration: NIA's focal point, in Chinese, with the keyboard alone.
func TestNationalImmigrationAdministration(t *testing.T) {
	p := site(t)
	p.Goto(t, "/demo")
	browsertest.Eval[bool](t, p, `(document.querySelector('form:has(input[value="cn-focal-point"]) button').focus(), true)`)
	p.Press(t, "\r")
	p.Await(t, `location.pathname === "/zh/desk"`)
	sound(t, p, "/zh/desk")
	p.Goto(t, "/zh/desk")
	if order := p.FocusOrder(t, 40); len(order) < 8 || !strings.HasPrefix(order[0].Element, "a") {
		t.Errorf("the order of focus: %v", order)
	}
	for _, path := range []string{"/zh/meetings", "/zh/partners", "/zh/project", "/zh/plans", "/zh/dialogue", "/zh/duties", "/zh/calendars"} {
		sound(t, p, path)
	}
	p.Goto(t, "/zh/meetings")
	if got := p.Text(t, "main"); !strings.Contains(got, "返回与重新融入") {
		t.Error("NIA does not see the exchange visit that BEEA took part in")
	}
}

// TestProjectTeam: the team changes a meeting: adds an item, previews, is told of a mistake, saves.
func TestProjectTeam(t *testing.T) {
	p := site(t)
	as(t, p, "project-team")
	sound(t, p, "/en/desk")
	for _, path := range []string{"/en/translations", "/en/duties", "/en/duties?view=awaited", "/en/calendars", "/en/publication", "/zh/publication", "/en/new/meeting", "/zh/new/activity"} {
		sound(t, p, path)
	}
	p.Goto(t, "/en/duties")
	duty := browsertest.Eval[string](t, p, `document.querySelector('.duties .what a').getAttribute('href')`)
	sound(t, p, duty)
	sound(t, p, strings.Replace(duty, "/en/", "/zh/", 1))
	p.Goto(t, "/en/meetings")
	launch := address(t, p, "Phase II")
	p.Goto(t, launch)
	form := browsertest.Eval[string](t, p, `document.querySelector("a.button-main").getAttribute("href")`)
	sound(t, p, form)
	p.Goto(t, form)

	items := browsertest.Eval[int](t, p, `document.querySelectorAll('[data-items="agenda"] > .item').length`)
	p.Click(t, `[data-items="agenda"] > .items-add button`)
	if now := browsertest.Eval[int](t, p, `document.querySelectorAll('[data-items="agenda"] > .item').length`); now != items+1 {
		t.Errorf("%d items of the agenda after adding one to %d", now, items)
	}
	p.Fill(t, `[name="summary.en"]`, "A **bold** word.")
	p.Click(t, `[data-field="summary.en"]`)
	p.Await(t, `document.querySelector("#summary-en-preview strong") !== null`)

	p.Fill(t, `[name="starts"]`, "31 June 2019")
	if status := p.Submit(t, ".savebar .button-main"); status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong date: %d", status)
	}
	p.Axe(t)
	if got := p.Text(t, ".error-summary"); !strings.Contains(got, "31 June 2019") {
		t.Errorf("the summary of faults: %s", got)
	}
	if got := browsertest.Eval[string](t, p, `document.querySelector('[name="summary.en"]').value`); got != "A **bold** word." {
		t.Errorf("what was written is lost: %q", got)
	}
	p.ConsoleErrors(t, "422")
	p.Fill(t, `[name="starts"]`, "2019")
	if status := p.Submit(t, ".savebar .button-main"); status != http.StatusOK {
		t.Errorf("saving: %d", status)
	}
	if got := p.Text(t, "main"); !strings.Contains(got, "bold") || !strings.Contains(got, "Saved.") {
		t.Errorf("after saving:\n%s", got)
	}
	sound(t, p, strings.Replace(form, "/edit", "/history", 1))
	sound(t, p, strings.Replace(form, "/edit", "/texts", 1))
	sound(t, p, strings.Replace(form, "/edit", "/audience", 1))
	sound(t, p, strings.Replace(form, "/edit", "/files", 1))
	sound(t, p, strings.Replace(strings.Replace(form, "/edit", "/files", 1), "/en/", "/zh/", 1))
	for _, path := range []string{"/en/account", "/zh/account", "/en/account/password", "/en/invitation", "/zh/invitation"} {
		sound(t, p, path)
	}
	p.Goto(t, "/en/partners")
	nia := address(t, p, "National Immigration Administration")
	sound(t, p, nia)
	sound(t, p, nia+"/invite")
	sound(t, p, strings.Replace(nia, "/en/", "/zh/", 1)+"/invite")
}

// TestPlanOnAPage: the plan as a drawing and a table, on screen and on paper.
func TestPlanOnAPage(t *testing.T) {
	p := site(t)
	as(t, p, "donor")
	sound(t, p, "/en/desk")
	p.Goto(t, "/en/plans")
	plan := address(t, p, "MMSP II")
	for _, path := range []string{plan, strings.Replace(plan, "/en/", "/zh/", 1)} {
		sound(t, p, path)
	}
	p.Goto(t, plan)
	bars := browsertest.Eval[int](t, p, `document.querySelectorAll(".plan svg a.row").length`)
	rows := browsertest.Eval[int](t, p, `document.querySelectorAll("table.list tbody tr:not(.group)").length`)
	if bars == 0 || rows < bars {
		t.Errorf("%d bars in the drawing, %d rows in the table", bars, rows)
	}
	p.Print(t)
	p.Visible(t, ".plan svg")
}

// TestRoles: each role's desk, both languages.
func TestRoles(t *testing.T) {
	p := site(t)
	for _, role := range []string{"administrator", "eu-focal-point", "member-state", "cn-contributor", "cn-ministry", "expert"} {
		as(t, p, role)
		for _, lang := range []string{"en", "zh"} {
			sound(t, p, "/"+lang+"/desk")
		}
	}
	as(t, p, "administrator")
	sound(t, p, "/en/operation")
	sound(t, p, "/zh/operation")
	for _, path := range []string{"/en/operation/jobs", "/zh/operation/jobs", "/en/downloads", "/zh/downloads"} {
		sound(t, p, path)
	}
}
