package web

import (
	"html"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/internal/seal"
	"entente/standard/totp"
)

var (
	secondKey     = regexp.MustCompile(`<code class="key" id="key">([A-Z2-7 ]+)</code>`)
	recoveryCodes = regexp.MustCompile(`<li><code>([A-Z2-7]{4}(?:-[A-Z2-7]{4}){3})</code></li>`)
)

// enrol lets an expert in by invitation, as a role of that name.
func (s *testSite) enrol(login, password string) (person string) {
	s.t.Helper()
	made := s.post("project-team", "/en/institutions/{institution/nia}/invite", url.Values{"title.en": {"Expert " + login}, "function": {"expert"}, "language": {"en"}})
	code, person := card(s.t, made)
	in := s.post(visitor, "/en/invitation/"+code, url.Values{"login": {login}, "password": {password}, "again": {password}})
	s.as(login, in)
	return person
}

// TestSecond: a person sets a second factor, signs in with it in two steps, and gets rid of it.
func TestSecond(t *testing.T) {
	now := time.Now()
	s := newTestAt(t, func() time.Time { return now })
	step := func() { now = now.Add(30 * time.Second) }
	const password, at = "several words of mine", "/account/second-factor"
	do := func(what string, more ...string) url.Values {
		v := url.Values{"do": {what}}
		for i := 0; i+1 < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	s.want(s.get("cn-focal-point", "/zh"+at), 200, "两步验证", "未设密码", "!<form class=\"form\"")
	person := s.enrol("expert", password)
	s.want(s.get("expert", "/en/account"), 200, "Second factor", "None is set", "Set up a second factor")
	s.want(s.get("expert", "/zh"+at), 200, "启用两步验证", "验证器应用")
	s.want(s.post("expert", "/en"+at, do("begin", "password", "wrong")), 422, "present password is not right", `id="begin-password-error"`)
	s.want(s.post("expert", "/en"+at, do("confirm", "code", "000000")), 303)
	s.want(s.get("expert", "/en"+at), 200, "Nothing was set; begin again")
	s.want(s.post("expert", "/en"+at, do("begin", "password", password)), 303)
	page := s.get("expert", "/en"+at)
	s.want(page, 200, `<svg class="qr"`, `href="otpauth://totp/`, "by time, six figures")
	if again := s.get("expert", "/zh"+at); secondKey.FindString(again.Body) != secondKey.FindString(page.Body) {
		t.Error("the key changes with the language")
	}
	secret, err := totp.Parse(secondKey.FindStringSubmatch(page.Body)[1])
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(html.UnescapeString(page.Body), totp.Address("Migration and Mobility Dialogue", "expert", secret)) {
		t.Error("the address is not the key's")
	}
	s.want(s.post("expert", "/zh"+at, do("confirm", "code", "000000")), 422, "验证码无效", `aria-invalid="true"`)
	s.as("elsewhere", s.post(visitor, "/en/sign-in", url.Values{"login": {"expert"}, "password": {password}}))
	done := s.post("expert", "/en"+at, do("confirm", "code", totp.Code(secret, now)))
	s.want(done, 200, "Recovery codes for EU-China", "Print this page", "Each code is good once", "!hreflang=\"zh\">中文")
	codes := recoveryCodes.FindAllStringSubmatch(done.Body, -1)
	if len(codes) != 10 || done.Header.Get("Cache-Control") != "private, no-store" {
		t.Fatalf("%d recovery codes, %q", len(codes), done.Header.Get("Cache-Control"))
	}
	s.want(s.get("elsewhere", "/en/account"), 303)
	s.want(s.get("expert", "/en/account"), 200, "10 recovery codes are left", "Look after it")
	s.want(s.get("project-team", "/en/people/"+person), 200, "signs in with a second factor")

	// The password alone opens no page.
	half := func() {
		a := s.post(visitor, "/en/sign-in", url.Values{"login": {"expert"}, "password": {password}, "next": {"/en/account"}})
		if s.want(a, 303); a.Header.Get("Location") != "/en/sign-in/code?next=%2Fen%2Faccount" {
			t.Errorf("led to %s", a.Header.Get("Location"))
		}
		s.as("half", a)
	}
	half()
	s.want(s.get("expert", "/en/account"), 200, "Sign out everywhere else", "a sign-in that still waits for its code")
	s.want(s.post("expert", "/en/account/sessions", url.Values{"others": {"yes"}}), 303)
	if a := s.get("half", "/en/sign-in/code"); a.Status != 303 {
		t.Errorf("a code is asked for all the same: %d", a.Status)
	}
	s.want(s.get("expert", "/en/account"), 200, "!Sign out everywhere else", "!Letters go to")
	half()
	for _, path := range []string{"/en/desk", "/en/account", "/en" + at, "/en/objects/{meeting/launch-phase-2}/history"} {
		if a := s.get("half", path); a.Status != 303 || !strings.Contains(a.Header.Get("Location"), "/sign-in") {
			t.Errorf("%s with the password alone: %d %s", path, a.Status, a.Header.Get("Location"))
		}
	}
	s.want(s.get("half", "/en/"), 200, "Sign in", "!Expert expert")
	s.want(s.post("half", "/en"+at, do("drop", "password", password, "code", codes[0][1])), 303)
	s.want(s.get("half", "/zh/sign-in/code?next=/zh/account"), 200, "请输入验证器应用当前显示的验证码", `value="/zh/account"`, "备用码")
	s.want(s.post("half", "/en/sign-in/code", url.Values{"code": {"000000"}}), 422, "This code is not good")
	s.want(s.post("half", "/zh/sign-in/code", url.Values{"recovery": {"AAAA<i>"}}), 422, "备用码无效", "AAAA&lt;i&gt;", " open>")
	step()
	a := s.post("half", "/en/sign-in/code", url.Values{"code": {totp.Code(secret, now)}, "next": {"/en/account"}})
	if s.want(a, 303); a.Header.Get("Location") != "/en/account" {
		t.Errorf("led to %s", a.Header.Get("Location"))
	}
	s.want(s.get("half", "/en/account"), 200, "You sign in as expert")
	s.want(s.get(visitor, "/en/sign-in/code?next=//evil.example"), 303)
	s.want(s.post(visitor, "/en/sign-in/code", url.Values{"code": {totp.Code(secret, now)}}), 303)

	// What was begun ends after ten minutes, and with a session taken over nothing of the other is left.
	half()
	now = now.Add(10*time.Minute + time.Second)
	s.want(s.post("half", "/en/sign-in/code", url.Values{"code": {totp.Code(secret, now)}}), 303)
	s.want(s.get("half", "/en/sign-in"), 200, "Sign in again: the ten minutes")
	s.want(s.get("half", "/en/sign-in/code"), 303)
	half()
	a = s.post("half", "/en/sign-in/code", url.Values{"recovery": {strings.ToLower(codes[1][1])}})
	if s.want(a, 303); a.Header.Get("Location") != "/en/desk" {
		t.Errorf("led to %s", a.Header.Get("Location"))
	}
	s.want(s.get("half", "/en/desk"), 200, "signed in by a recovery code")
	s.want(s.get("half", "/zh/account"), 200, "备用码剩余9个")
	s.want(s.post("expert", "/en/sign-in", url.Values{"login": {"expert"}, "password": {password}}), 303)
	s.want(s.get("expert", "/en/account"), 303) // somebody signs in on a device where somebody was

	// Renewed and dropped, by both factors.
	s.want(s.get("half", "/en"+at), 200, "Renew the recovery codes", "Remove the second factor", `id="renew-code"`, `id="drop-code"`)
	s.want(s.post("half", "/en"+at, do("renew", "password", "wrong", "code", codes[2][1])), 422, `id="renew-password-error"`, `!id="drop-password-error"`)
	s.want(s.post("half", "/zh"+at, do("drop", "password", password, "code", codes[1][1])), 422, `id="drop-code-error"`, `href="#drop-code"`)
	fresh := s.post("half", "/zh"+at, do("renew", "password", password, "code", codes[2][1]))
	s.want(fresh, 200, "备用码", "请立即打印")
	s.want(s.post("half", "/en"+at, do("drop", "password", password, "code", codes[3][1])), 422)
	step()
	s.want(s.post("half", "/en"+at, do("drop", "password", password, "code", totp.Code(secret, now))), 303)
	s.want(s.get("half", "/en"+at), 200, "The second factor is removed", "Show the key")
	s.want(s.post("half", "/en"+at, do("nonsense")), 422)
	s.want(s.post("half", "/en"+at, do("drop", "password", password, "code", totp.Code(secret, now))), 303)
}

// TestRequired: who holds a function that requires a second factor is led to set one up, and does
// nothing else until then.
func TestRequired(t *testing.T) {
	now := time.Now()
	s := newTestAt(t, func() time.Time { return now })
	const password, at = "several words of mine", "/account/second-factor"
	s.enrol("expert", password)
	s.want(s.get("administrator", "/en/operation"), 200, "Functions that require a second factor", `id="second.4" value="expert">`)
	s.want(s.get("administrator", "/zh/operation"), 200, "须启用两步验证的职能", "请提前告知")
	s.want(s.post("project-team", "/en/operation", url.Values{"name": {access.SecondFactor}, "value": {"expert"}}), 404)
	s.want(s.post("administrator", "/en/operation", url.Values{"name": {access.SecondFactor}, "value": {"minister"}}), 422)
	s.want(s.post("administrator", "/en/operation", url.Values{"name": {"public-key"}, "value": {"x"}}), 422)
	s.want(s.post("administrator", "/en/operation", url.Values{"name": {access.SecondFactor}, "value": {"administrator", "expert"}}), 303)
	s.want(s.get("administrator", "/en/operation"), 200, "The setting is changed", `value="expert" checked>`) // a role of the demonstration owes nothing

	led := func(a answer) {
		t.Helper()
		if a.Status != 303 || !strings.HasSuffix(a.Header.Get("Location"), at) {
			t.Errorf("%d to %s", a.Status, a.Header.Get("Location"))
		}
	}
	for _, path := range []string{"/en/desk", "/en/account", "/en/", "/en/meetings/{meeting/launch-phase-2}", "/en/search?q=x", "/en/sign-in", "/zh/files"} {
		if a := s.get("expert", path); a.Status != 404 {
			led(a)
		}
	}
	led(s.post("expert", "/en/account/password", url.Values{"old": {password}}))
	led(s.post("expert", "/en/objects/{meeting/launch-phase-2}/remove", nil))
	s.want(s.get("expert", "/healthz"), 200)
	s.want(s.get("expert", "/en"+at), 200, "Your function requires a second factor", "!<nav class=\"rooms\"", "!role=\"search\"", "Sign out", "!My account</a>")
	s.want(s.get("expert", "/zh"+at), 200, "您所任职能须启用两步验证")
	s.want(s.post("expert", "/en"+at, url.Values{"do": {"begin"}, "password": {password}}), 303)
	secret, err := totp.Parse(secondKey.FindStringSubmatch(s.get("expert", "/en"+at).Body)[1])
	if err != nil {
		t.Fatal(err)
	}
	done := s.post("expert", "/en"+at, url.Values{"do": {"confirm"}, "code": {totp.Code(secret, now)}})
	s.want(done, 200, "to the desk")
	s.want(s.get("expert", "/en/desk"), 200)
	// Dropped again, and led again; signing out is open.
	code := recoveryCodes.FindStringSubmatch(done.Body)[1]
	s.want(s.post("expert", "/en"+at, url.Values{"do": {"drop"}, "password": {password}, "code": {code}}), 303)
	led(s.get("expert", "/en/desk"))
	s.want(s.post("expert", "/en/sign-out", nil), http.StatusSeeOther)
	s.want(s.get("expert", "/en/"), 200)
}

// TestRequiredAsUsual: where nobody set anything, a focal point who signs in by name and password in Chinese
// is led to set a second factor up, does so there, and is asked for its code from then on.
func TestRequiredAsUsual(t *testing.T) {
	now := time.Now()
	s := newTestAt(t, func() time.Time { return now })
	if _, err := s.objects.ChangeSetting(t.Context(), access.Operator("test"), access.SecondFactor, access.SecondFactorUsual); err != nil {
		t.Fatal(err)
	}
	const password, at = "several words of mine", "/zh/account/second-factor"
	code, _ := card(t, s.post("project-team", "/en/institutions/{institution/nia}/invite", url.Values{"title.zh": {"联络员"}, "function": {"focal-point"}, "language": {"zh"}}))
	s.as("focal", s.post(visitor, "/zh/invitation/"+code, url.Values{"login": {"focal"}, "password": {password}, "again": {password}}))
	led := func(a answer, to string) {
		t.Helper()
		if got := a.Header.Get("Location"); a.Status != 303 || got != to {
			t.Errorf("%d to %s, want %s", a.Status, got, to)
		}
	}
	led(s.get("focal", "/zh/desk"), at)
	s.want(s.get("focal", at), 200, "您所任职能须启用两步验证。请先完成设置", "!<nav class=\"rooms\"")
	s.want(s.post("focal", at, url.Values{"do": {"begin"}, "password": {"not that one here"}}), 422, "!Your function")
	s.want(s.post("focal", at, url.Values{"do": {"begin"}, "password": {password}}), 303)
	page := s.get("focal", at)
	s.want(page, 200, "第二步：确认", "您所任职能须启用两步验证")
	secret, err := totp.Parse(secondKey.FindStringSubmatch(page.Body)[1])
	if err != nil {
		t.Fatal(err)
	}
	s.want(s.post("focal", at, url.Values{"do": {"confirm"}, "code": {totp.Code(secret, now)}}), 200, "已妥善保存，前往工作台")
	s.want(s.get("focal", "/zh/desk"), 200)
	now = now.Add(time.Minute)
	led(s.post(visitor, "/zh/sign-in", url.Values{"login": {"focal"}, "password": {password}}), "/zh/sign-in/code")
}

// TestSecondLost: who accepts a fresh invitation is told that the second factor goes.
func TestSecondLost(t *testing.T) {
	now := time.Now()
	s := newTestAt(t, func() time.Time { return now })
	const password, at = "several words of mine", "/account/second-factor"
	person := s.enrol("expert", password)
	s.want(s.post("expert", "/en"+at, url.Values{"do": {"begin"}, "password": {password}}), 303)
	secret, err := totp.Parse(secondKey.FindStringSubmatch(s.get("expert", "/en"+at).Body)[1])
	if err != nil {
		t.Fatal(err)
	}
	s.want(s.post("expert", "/en"+at, url.Values{"do": {"confirm"}, "code": {totp.Code(secret, now)}}), 200)
	code, _ := card(t, s.post("project-team", "/en/people/"+person+"/invitation", nil))
	s.want(s.get(visitor, "/en/invitation/"+code), 200, "second factor of this account", "are dropped when you accept")
	s.want(s.get(visitor, "/zh/invitation/"+code), 200, "原两步验证和备用码即行停用")
	s.as("back", s.post(visitor, "/en/invitation/"+code, url.Values{"login": {"expert"}, "password": {password}, "again": {password}}))
	s.want(s.get("expert", "/en/account"), 303)
	s.want(s.get("back", "/en/account"), 200, "None is set")
}

// TestQR: the square of a text has the finder patterns where a reader looks for them, is quiet
// around, and tells one text from another.
func TestQR(t *testing.T) {
	a, err := qrOf("otpauth://totp/a:b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=a")
	if err != nil {
		t.Fatal(err)
	}
	if (a.Size-2*quiet-21)%4 != 0 || !strings.HasPrefix(a.Path, "M4 4h7v1h-7z") || strings.Contains(a.Path, "M3 ") {
		t.Errorf("%d %.60s", a.Size, a.Path)
	}
	b, err := qrOf("otpauth://totp/a:b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJR&issuer=a")
	if err != nil || a.Path == b.Path {
		t.Errorf("two keys look the same: %v", err)
	}
	if _, err := qrOf(strings.Repeat("x", 5000)); err == nil {
		t.Error("what has no place is drawn")
	}
}

// TestSecondSealed: a node whose key was replaced says which ways are left.
func TestSecondSealed(t *testing.T) {
	now := time.Now()
	s := newTestAt(t, func() time.Time { return now })
	const password, at = "several words of mine", "/account/second-factor"
	s.enrol("expert", password)
	s.want(s.post("expert", "/en"+at, url.Values{"do": {"begin"}, "password": {password}}), 303)
	secret, err := totp.Parse(secondKey.FindStringSubmatch(s.get("expert", "/en"+at).Body)[1])
	if err != nil {
		t.Fatal(err)
	}
	done := s.post("expert", "/en"+at, url.Values{"do": {"confirm"}, "code": {totp.Code(secret, now)}})
	codes := recoveryCodes.FindAllStringSubmatch(done.Body, -1)
	now = now.Add(time.Minute)
	box, err := seal.New("the key of another node, made up by a test")
	if err != nil {
		t.Fatal(err)
	}
	s.box = box
	if s.handler, err = New(Options{DB: s.db, Objects: s.objects, Seal: box, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	s.as("half", s.post(visitor, "/zh/sign-in", url.Values{"login": {"expert"}, "password": {password}}))
	s.want(s.post("half", "/zh/sign-in/code", url.Values{"code": {totp.Code(secret, now)}}), 503, "请使用备用码")
	s.want(s.post("half", "/zh/sign-in/code", url.Values{"recovery": {codes[0][1]}}), 303)
	s.want(s.post("half", "/en"+at, url.Values{"do": {"drop"}, "password": {password}, "code": {codes[1][1]}}), 303)
	s.want(s.get("half", "/en"+at), 200, "The second factor is removed", "Show the key")
}
