package web

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"entente/access"
	"entente/internal/db"
	"entente/internal/text"
	"entente/roster"
)

var (
	cardCode   = regexp.MustCompile(`<code>([A-Z2-7]{4}(?:-[A-Z2-7]{4}){4})</code>`)
	cardPerson = regexp.MustCompile(`href="/[a-z]+/people/([^"]+)"`)
)

// card reads the code and the person off a card.
func card(t testing.TB, a answer) (code, person string) {
	t.Helper()
	c, p := cardCode.FindStringSubmatch(a.Body), cardPerson.FindStringSubmatch(clip(a.Body))
	if c == nil || p == nil {
		t.Fatalf("no card: %d %s", a.Status, clip(a.Body))
	}
	return c[1], p[1]
}

// TestInvitation: the project team invites NIA's focal point, who comes in and invites a
// contributor, who leaves again.
func TestInvitation(t *testing.T) {
	s := newTest(t)
	at := "/institutions/{institution/nia}"
	s.want(s.get("project-team", "/en"+at), 200, "Invite a person")
	s.want(s.get("cn-focal-point", "/zh"+at), 200, "邀请人员")
	s.want(s.get("eu-focal-point", "/en"+at), 200, "!Invite a person")
	s.want(s.get(visitor, "/en"+at), 200, "!Invite a person")
	s.want(s.get("project-team", "/en"+at+"/invite"), 200, "Post in words", "Focal point")
	s.want(s.get("cn-focal-point", "/zh"+at+"/invite"), 200, "职务", "经办人", "!联络员</option>")
	s.want(s.get("eu-focal-point", "/en"+at+"/invite"), 403)
	s.want(s.post("eu-focal-point", "/en"+at+"/invite", url.Values{"title.en": {"X"}, "function": {"contributor"}}), 403)
	s.want(s.post("cn-focal-point", "/zh"+at+"/invite", url.Values{"title.zh": {"X"}, "function": {"project-team"}}), 422)
	s.want(s.post("project-team", "/en"+at+"/invite", url.Values{"function": {"focal-point"}, "family": {"<i>Li"}}), 422, "&lt;i&gt;Li", "!<i>Li")

	made := s.post("project-team", "/en"+at+"/invite", url.Values{"title.en": {"New <i>focal point</i>"}, "title.zh": {"新联络员"}, "function": {"focal-point"}, "language": {"zh"}})
	s.want(made, 200, "/zh/invitation", "New &lt;i&gt;focal", "Good until")
	code, person := card(t, made)
	s.want(s.get("project-team", "/en/people/"+person), 200, "An invitation is open until")
	s.want(s.get("cn-focal-point", "/zh/people/"+person), 200, "!邀请尚未接受")

	s.want(s.get(visitor, "/en/sign-in"), 200, "I have an invitation code")
	s.want(s.get(visitor, "/zh/invitation"), 200, "邀请码")
	s.want(s.post(visitor, "/en/invitation", url.Values{"code": {"AAAA-BBBB-CCCC"}}), 422, "This code is not good", "AAAA-BBBB-CCCC")
	typed := s.post(visitor, "/zh/invitation", url.Values{"code": {strings.ToLower(code)}})
	s.want(typed, http.StatusSeeOther)
	door := typed.Header.Get("Location")
	s.want(s.get(visitor, door), 200, "本邀请的对象为：新联络员")
	own := url.Values{"login": {"nia.focal"}, "password": {"several words of mine"}, "again": {"several words of mine"}}
	s.want(s.post(visitor, door, with(own, "again", "other")), 422, "两次输入的密码不一致", `value="nia.focal"`)
	s.want(s.post(visitor, door, with(own, "password", "password1234", "again", "password1234")), 422, "过于常见")
	in := s.post(visitor, door, own)
	s.want(in, http.StatusSeeOther)
	s.want(s.post(visitor, door, own), 404, "邀请码无效")
	s.as("nia", in)
	s.want(s.get("nia", "/zh/desk"), 200, "账户已开通")

	// Whom the project team entered is inside, and speaks for the institution, once a focal point of it says so.
	s.want(s.get("nia", "/zh/desk"), 200, "您尚未获准参与本方内部意见")
	s.want(s.get("nia", "/zh"+at+"/inside"), 404)
	s.want(s.post("nia", "/zh"+at+"/invite", url.Values{"title.zh": {"经办人"}, "function": {"contributor"}, "language": {"zh"}}), 403)
	s.want(s.post("project-team", "/en/people/"+person+"/admission", nil), 404)
	s.want(s.post("eu-focal-point", "/en/people/"+person+"/admission", nil), 404)
	s.want(s.get("cn-contributor", "/en/people/"+person+"/admission"), 403)
	s.want(s.get("cn-ministry", "/en/people/"+person+"/admission"), 403)
	s.want(s.get("cn-focal-point", "/zh"+at), 200, "参与本方内部意见的人员（1人待准予）")
	s.want(s.get("cn-focal-point", "/en"+at+"/inside"), 200, "Waiting", "entered on", "nobody of the side has let the person in", "/people/"+person+"/admission")
	if n := s.told("cn-focal-point", "admission"); n != 1 {
		t.Errorf("NIA's focal point was told %d times that somebody waits", n)
	}
	ask := s.get("cn-focal-point", "/en/people/"+person+"/admission")
	s.want(ask, 200, "No note of the inner room is for", "Let in")
	s.want(s.post("cn-focal-point", "/en/people/"+person+"/admission", nil), 200, "Let in", "!Shut out")
	s.want(s.post("cn-focal-point", "/en/people/"+person+"/admission", url.Values{"seen": {"0"}}), 409)
	seen := sight.FindStringSubmatch(ask.Body)
	h, v, err := s.objects.Get(t.Context(), access.Operator("test"), person)
	if err != nil {
		t.Fatal(err)
	}
	v.(*roster.Person).Title = text.Both("Somebody of another ministry", "他部人员")
	if _, err := s.objects.Edit(t.Context(), s.actor("project-team"), person, h.Rev, v, ""); err != nil {
		t.Fatal(err)
	}
	s.want(s.post("cn-focal-point", "/en/people/"+person+"/admission", url.Values{"seen": {seen[1]}}), 409) // the page named somebody else
	seen = sight.FindStringSubmatch(s.get("cn-focal-point", "/en/people/"+person+"/admission").Body)
	s.want(s.post("cn-focal-point", "/en/people/"+person+"/admission", url.Values{"seen": {seen[1]}}), 303)
	s.want(s.get("cn-contributor", "/en"+at+"/inside"), 200, "Inside", "by the operator’s command “test”", "!Waiting", "!Shut out")
	if n := s.told("cn-contributor", "admission"); n != 1 {
		t.Errorf("NIA's contributor was told %d times of the admission", n)
	}
	s.want(s.get("nia", "/zh/desk"), 200, "!您尚未获准参与本方内部意见")

	made = s.post("nia", "/zh"+at+"/invite", url.Values{"title.zh": {"经办人"}, "function": {"contributor"}, "language": {"zh"}})
	s.want(made, 200, "邀请卡")
	code, person = card(t, made)
	again := s.post("nia", "/zh/people/"+person+"/invitation", nil)
	s.want(again, 200)
	fresh, _ := card(t, again)
	if fresh == code {
		t.Error("the renewed code is the old one")
	}
	s.want(s.get(visitor, "/zh/invitation/"+code), 404)
	s.want(s.post("eu-focal-point", "/en/people/"+person+"/invitation", nil), 403)
	s.want(s.post("nia", "/zh/people/"+person+"/invitation/withdraw", nil), 303)
	s.want(s.get("nia", "/zh/people/"+person), 200, "邀请已撤回", "尚未开通账户")
	s.want(s.post("nia", "/zh/people/"+person+"/end", nil), 422)
	s.want(s.post("nia", "/zh/people/"+person+"/end", url.Values{"reason": {"调离"}}), 303)
	s.want(s.get("nia", "/zh/people/"+person), 200, "任职和职能已终止", "已不担任任何职能", "!发放邀请</button>")
	s.want(s.post("nia", "/zh/people/{person/project-team}/invitation", nil), 403)
}

// TestAccount: what a person sees of the own account, and the password changed.
func TestAccount(t *testing.T) {
	s := newTest(t)
	s.want(s.get(visitor, "/en/account"), 303)
	s.want(s.get("cn-focal-point", "/zh/account"), 200, "我的账户", "联络员", "当前设备", "未设密码")
	s.want(s.get("administrator", "/en/account"), 200, "My account", "this one")
	made := s.post("project-team", "/en/institutions/{institution/nia}/invite", url.Values{"title.en": {"Expert"}, "function": {"expert"}, "language": {"en"}})
	code, _ := card(t, made)
	password := "several words of mine"
	in := s.post(visitor, "/en/invitation/"+code, url.Values{"login": {"expert"}, "password": {password}, "again": {password}})
	s.as("one", in)
	s.as("two", s.post(visitor, "/en/sign-in", url.Values{"login": {"expert"}, "password": {password}}))
	page := s.get("one", "/en/account")
	s.want(page, 200, "You sign in as expert", "Sign out there", "Sign out everywhere else")
	s.want(s.post("one", "/en/account/password", url.Values{"old": {"wrong"}, "password": {"short"}, "again": {"short"}}), 422, "present password is not right", "12 to 200")
	s.want(s.post("one", "/en/account/password", url.Values{"old": {password}, "password": {"a new one of mine"}, "again": {"different"}}), 422, "not the same")
	s.want(s.get("two", "/en/account"), 200)
	s.want(s.post("one", "/en/account/password", url.Values{"old": {password}, "password": {"a new one of mine"}, "again": {"a new one of mine"}}), 303)
	s.want(s.get("two", "/en/account"), 303)
	s.want(s.get("one", "/en/account"), 200, "You are signed out everywhere else")
	s.as("two", s.post(visitor, "/en/sign-in", url.Values{"login": {"expert"}, "password": {"a new one of mine"}}))
	s.want(s.post("two", "/en/account/sessions", url.Values{"others": {"yes"}}), 303)
	s.want(s.get("one", "/en/account"), 303)
	s.want(s.get("two", "/en/account"), 200, "!Sign out there</button>")
}

func TestDevice(t *testing.T) {
	for agent, want := range map[string]string{
		"": "", "curl/8": "",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/120.0": "Edge · Windows",
		"Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0":                                                "Firefox · Linux",
	} {
		if got := device(agent); got != want {
			t.Errorf("%s: %q", agent, got)
		}
	}
}

// TestResetIsMailed: the fresh code of somebody with a confirmed address goes there and is shown to nobody;
// the focal points of the institution are told in their language.
func TestResetIsMailed(t *testing.T) {
	s := newTest(t)
	s.sendMail()
	person := s.enrol("expert", "several words of mine")
	if err := s.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `insert into notice_address (person, address, rhythm, confirmed, token, asked) values ($1, 'expert@nia.example', 'daily', $2, '', '')`,
			person, db.Stamp(tx.Now()))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	s.want(s.post("project-team", "/en/people/"+person+"/invitation", nil), http.StatusSeeOther)
	s.want(s.get("project-team", "/en/people/"+person), http.StatusOK, "A fresh code was sent to the mail address")
	s.want(s.get("cn-focal-point", "/en/notices"), http.StatusOK, "A fresh code to sign in with was given", "/en/people/"+person)
	s.want(s.get("cn-focal-point", "/zh/notices"), http.StatusOK, "重新签发登录邀请码")
	s.want(s.get("eu-focal-point", "/en/notices"), http.StatusOK, "!A fresh code to sign in with")
}
