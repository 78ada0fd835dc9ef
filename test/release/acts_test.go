package release_test

import (
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"entente/standard/totp"
	"entente/test/release"
	"entente/test/story"
)

var (
	code     = regexp.MustCompile(`: ([A-Z2-7]{4}(?:-[A-Z2-7]{4})+)`)
	totpKey  = regexp.MustCompile(`id="key">([A-Z2-7 ]+)<`)
	objectID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)
	noteAt   = regexp.MustCompile(`id="note-([0-9a-f-]{36})"`)
	fileAt   = regexp.MustCompile(`/files/([0-9a-f-]{36})`)
	dutyAt   = regexp.MustCompile(`/en/duties/([0-9a-f-]{36})`)
)

// far is a day on which something is due, for as long as there are releases to make.
const far = "2040-01-16"

// set is what somebody changes of a form; a field with several values is a list.
type set map[string][]string

// maker makes the node whose backup is kept.
type maker struct {
	*testing.T
	launch story.Launch
	node   *story.Node
	ids    map[string]string        // "institution/nia" is what it is in files
	by     map[string]*story.Client // who is signed in, by key
	secret string                   // key of the second factor
}

// tell does what people do in a dialogue: every kind of object comes about, and every act that
// leaves something of its own in what is stored.
func (m *maker) tell() {
	m.node = m.launch.Start(m)
	m.command("import", "data")
	m.command("admin", "setting", "set", "second-factor", "")
	m.known()
	m.by = map[string]*story.Client{}
	for _, key := range []string{"team", "administrator", "eud", "nia", "nia-before", "mfa", "fpi"} {
		m.enter(key)
	}
	m.second()
	m.admits()
	m.edits()
	m.asks()
	m.speaks()
	m.inside()
	m.files()
	m.endorses()
	m.marks()
	m.people()
}

// command runs a command of the operator's on the node.
func (m *maker) command(args ...string) string {
	m.Helper()
	l := m.launch
	l.Args = args
	if args[0] == "import" {
		path, err := filepath.Abs(args[1])
		if err != nil {
			m.Fatal(err)
		}
		l.Args = []string{"import", path}
	}
	out, status := l.Run(m)
	if !story.Went(args, status) {
		m.Fatalf("%v: status %d: %s", args, status, out)
	}
	return out
}

// known learns which id each object of the files has: no page shows keys.
func (m *maker) known() {
	m.Helper()
	file := filepath.Join(m.TempDir(), "known.tar")
	m.command("backup", "--no-files", file)
	b, err := release.Open(file)
	if err != nil {
		m.Fatal(err)
	}
	list, err := b.Newest()
	if err != nil {
		m.Fatal(err)
	}
	m.ids = map[string]string{}
	for _, r := range list {
		m.ids[r.Kind+"/"+r.Key] = r.Object
	}
}

// id gives the id of an object of the files.
func (m *maker) id(name string) string {
	m.Helper()
	if m.ids[name] == "" {
		m.Fatalf("there is no %s", name)
	}
	return m.ids[name]
}

// enter lets somebody in who was imported.
func (m *maker) enter(key string) {
	m.Helper()
	given := code.FindStringSubmatch(m.command("admin", "person", "link", key, "--lang", "en"))
	if given == nil {
		m.Fatalf("no code for %s", key)
	}
	c, at := m.node.Client(m), "/en/invitation/"+strings.ReplaceAll(given[1], "-", "")
	form := c.Get(m, at).Expect(m, http.StatusOK).Form(m, at)
	form.Set("login", key)
	form.Set("password", release.Password)
	form.Set("again", release.Password)
	c.Post(m, at, form).Expect(m, http.StatusOK)
	m.by[key] = c
}

// admits: each side lets its people in, the first of them by a command, the first of another institution
// by the side's lead, and the others by their own focal point.
func (m *maker) admits() {
	m.Helper()
	m.command("admin", "person", "admit", "eud")
	m.command("admin", "person", "admit", "mfa")
	m.do("mfa", "/en/people/"+m.id("person/nia")+"/admission", nil)
	m.do("nia", "/en/people/"+m.id("person/nia-before")+"/admission", nil)
}

// second sets up a second factor.
func (m *maker) second() {
	m.Helper()
	const at = "/en/account/second-factor"
	c := m.by[release.SecondFactor]
	page := c.Post(m, at, url.Values{"do": {"begin"}, "password": {release.Password}}).Expect(m, http.StatusOK)
	m.secret = totpKey.FindStringSubmatch(page.Body)[1]
	secret, err := totp.Parse(m.secret)
	if err != nil {
		m.Fatal(err)
	}
	// The code of the step before, so that the next one is good at once.
	c.Post(m, at, url.Values{"do": {"confirm"}, "code": {totp.Code(secret, time.Now().Add(-30*time.Second))}}).Expect(m, http.StatusOK, "Recovery codes")
}

// fill opens a page, changes its form, whose address is action, and sends it: it gives where that led.
func (m *maker) fill(who, page, action string, values set) *story.Page {
	m.Helper()
	form := m.by[who].Get(m, page).Expect(m, http.StatusOK).Form(m, action)
	maps.Copy(form, url.Values(values))
	return m.by[who].Post(m, action, form).Expect(m, http.StatusOK)
}

// do is fill for a page whose form goes to its own address.
func (m *maker) do(who, at string, values set) *story.Page {
	m.Helper()
	return m.fill(who, at, at, values)
}

// makes gives the id of what a form made.
func (m *maker) makes(who, at string, values set) string {
	m.Helper()
	led := m.do(who, at, values)
	id := objectID.FindString(led.Path)
	if id == "" || strings.HasSuffix(led.Path, "/new") {
		m.Fatalf("%s led to %s: %.3000s", at, led.Path, led.Text())
	}
	return id
}

// edit changes an object by its form.
func (m *maker) edit(who, id string, values set) {
	m.Helper()
	if led := m.do(who, "/en/objects/"+id+"/edit", values); strings.HasSuffix(led.Path, "/edit") {
		m.Fatalf("%s was not saved: %.3000s", id, led.Text())
	}
}

// edits: texts are translated and become out of date, a meeting is postponed, another is cancelled
// and removed.
func (m *maker) edits() {
	launch, planned := m.id("meeting/launch"), m.id("meeting/expert-meeting")
	m.edit("team", launch, set{"summary.zh": {"双方欢迎第二期项目启动，商定再次会晤。"}, "summary.zh.status": {"checked"}, "summary.fr": {"Les deux parties se sont félicitées."}, "summary.fr.status": {"draft"}})
	m.edit("team", launch, set{"summary.en": {"Both sides welcomed the second phase, which lasts three years."}})
	m.do("team", "/en/meetings/"+planned+"/postpone", set{"starts": {"2040-04-09"}, "reason.en": {"The hall is not free"}, "reason.zh": {"会场占用"}})

	made := m.makes("team", "/en/new/meeting", set{"title.en": {"A meeting that is cancelled"}, "title.zh": {"取消的会议"}, "type": {"workshop"}, "state": {"planned"}, "starts": {"2040-05-07"}})
	m.do("team", "/en/meetings/"+made+"/cancel", set{"reason.en": {"No need any more"}, "reason.zh": {"不再需要"}})
	m.do("team", "/en/objects/"+made+"/remove", set{"reason": {"Entered by mistake"}})
}

// asks: institutions are asked, and all but one answer; a deadline is moved for all and for one, a
// call is closed.
func (m *maker) asks() {
	launch := m.id("meeting/launch")
	ask := func(values set) string {
		form := set{
			"title.en": {"Nominate participants"}, "title.zh": {"请提名参会人员"}, "text.en": {"Two of each."}, "text.zh": {"每单位两人。"},
			"source.zh": {"会议纪要第3项"}, "for": {"nomination"}, "due": {far}, "to": {m.id("institution/nia"), m.id("institution/mfa"), m.id("institution/eud")},
		}
		maps.Copy(form, values)
		return m.fill("team", "/en/objects/"+launch+"/calls/new", "/en/objects/"+launch+"/calls/new", form).Path[len("/en/calls/"):]
	}
	call := ask(nil)
	m.edit("team", call, set{"text.en": {"Two of each institution."}}) // once it is answered, its words stay
	m.say("nia", launch, set{"sort": {"nomination"}, "text.zh": {"处长一人。"}, "text.zh.status": {"original"}, "call": {call}})
	m.letter("mfa", launch, set{"sort": {"nomination"}, "call": {call}})
	m.do("team", "/en/calls/"+call+"/extend", set{"due": {"2040-02-16"}, "reason.en": {"Asked for"}})

	// Receipt is given by a button; one institution alone is given a later day.
	receipt := ask(set{"for": {"receipt"}, "title.en": {"Confirm receipt"}, "title.zh": {"请签收"}, "readers": {"wide"}})
	at := "/en/objects/" + launch + "/receipt"
	m.by["nia"].Post(m, at, m.by["nia"].Get(m, "/en/calls/"+receipt).Form(m, at)).Expect(m, http.StatusOK)
	duty := dutyAt.FindStringSubmatch(m.by["team"].Get(m, "/en/duties?view=awaited").Expect(m, http.StatusOK).Body)
	if duty == nil {
		m.Fatal("nothing is awaited")
	}
	at = "/en/duties/" + duty[1]
	m.fill("team", at, at+"/extend", set{"due": {"2040-03-16"}, "reason": {"Asked for by telephone"}})
	m.do("team", "/en/calls/"+receipt+"/close", set{"reason.en": {"All have it"}})
}

// say states something for the own institution.
func (m *maker) say(who, of string, values set) string {
	m.Helper()
	return m.makes(who, "/en/objects/"+of+"/statements/new", values)
}

// letter enters what an institution said by letter, with a scan.
func (m *maker) letter(institution, of string, values set) string {
	m.Helper()
	at := "/en/objects/" + of + "/statements/behalf"
	form := m.by["team"].Get(m, at).Expect(m, http.StatusOK).Form(m, at)
	maps.Copy(form, url.Values{
		"institution": {m.id("institution/" + institution)}, "sort": {"answer"}, "text.zh": {"同意上述安排。"}, "text.zh.status": {"original"}, "entered.channel": {"letter"},
		"entered.number": {"示例函〔2026〕15号"}, "entered.date": {time.Now().UTC().Format(time.DateOnly)}, "entered.note.en": {"Came by post"}, "entered.note.zh": {"邮寄收到"},
	})
	maps.Copy(form, url.Values(values))
	led := m.by["team"].PostFile(m, at, form, "file", "letter.pdf", []byte("%PDF-1.7 a scan")).Expect(m, http.StatusOK)
	if !strings.HasPrefix(led.Path, "/en/statements/") {
		m.Fatalf("entering led to %s: %.3000s", led.Path, led.Text())
	}
	return objectID.FindString(led.Path)
}

// speaks: what institutions say is translated, replaced, taken back, and of what was entered on
// their behalf one is accepted and one contested.
func (m *maker) speaks() {
	about := m.id("activity/seminar")
	said := m.say("eud", about, set{"sort": {"comment"}, "text.en": {"We can host."}, "text.en.status": {"original"}})
	m.edit("team", said, set{"text.zh": {"我方可承办。"}, "text.zh.status": {"machine"}})
	m.fill("eud", "/en/statements/"+said, "/en/objects/"+said+"/translation/contest", nil)
	m.edit("team", said, set{"text.zh": {"我方可以承办。"}, "text.zh.status": {"draft"}})
	m.fill("eud", "/en/statements/"+said, "/en/objects/"+said+"/translation/confirm", nil)
	better := m.fill("eud", "/en/objects/"+about+"/statements/new?replaces="+said, "/en/objects/"+about+"/statements/new",
		set{"sort": {"answer"}, "text.en": {"We shall host."}, "readers": {"own"}})
	m.do("eud", "/en/statements/"+objectID.FindString(better.Path)+"/withdraw", set{"reason.en": {"The hall is let"}})
	m.say("mfa", about, set{"sort": {"objection"}, "text.zh": {"时间不合适。"}, "text.zh.status": {"original"}})

	accepted := m.letter("nia", about, set{"sort": {"confirmation"}})
	m.fill("nia", "/en/statements/"+accepted, "/en/statements/"+accepted+"/accept", nil)
	contested := m.letter("nia", about, set{"sort": {"report"}, "entered.channel": {"telephone"}})
	m.do("nia", "/en/statements/"+contested+"/contest", set{"reason.zh": {"来函原文为原则同意。"}, "reason.zh.status": {"original"}})
	mistaken := m.letter("mfa", about, set{"sort": {"report"}})
	m.do("team", "/en/statements/"+mistaken+"/withdraw", set{"reason.en": {"It was about another seminar"}})
}

// inside: a side speaks within itself, about a meeting, with an answer and a file; and it has a
// circle of its own.
func (m *maker) inside() {
	at := "/en/objects/" + m.id("meeting/launch") + "/inside"
	page := m.by["mfa"].Get(m, at).Expect(m, http.StatusOK)
	form := page.Form(m, at)
	form.Set("sort", "question")
	form.Set("language", "zh")
	form.Set("title", "内部征求意见")
	form.Set("text", "请各单位提出**意见**。")
	for _, i := range regexp.MustCompile(`value="(inside:[^"]+)"`).FindAllStringSubmatch(page.Body, -1) {
		form.Add("audience", i[1])
	}
	note := noteAt.FindStringSubmatch(m.by["mfa"].Post(m, at, form).Expect(m, http.StatusOK).Body)[1]
	m.fill("nia", at+"?re="+note, at, set{"sort": {"position"}, "language": {"zh"}, "title": {"答复"}, "text": {"无不同意见。"}})
	m.edit("mfa", note, set{"text.zh": {"请各单位于年底前提出**意见**。"}})
	m.by["mfa"].PostFile(m, "/en/objects/"+note+"/files", nil, "file", "征求意见.txt", []byte("Inside the side")).Expect(m, http.StatusOK)
	m.makes("mfa", "/en/new/circle", set{"name.zh": {"中方工作组（示例）"}, "members.0": {m.id("institution/mfa")}, "members": {m.id("institution/mfa"), m.id("institution/nia")}})
}

// files: a file is attached, replaced by a second version, and described.
func (m *maker) files() {
	at := "/en/objects/" + m.id("meeting/launch") + "/files"
	page := m.by["team"].PostFile(m, at, url.Values{"title": {"Agenda"}, "language": {"en"}}, "file", "agenda.txt", []byte("Opening, remarks, closing\n")).Expect(m, http.StatusOK)
	file := fileAt.FindStringSubmatch(page.Body)[1]
	m.by["team"].PostFile(m, "/en/files/"+file, m.by["team"].Get(m, "/en/files/"+file).Form(m, "/en/files/"+file), "file", "agenda-2.txt", []byte("Opening, closing\n")).Expect(m, http.StatusOK)
	m.edit("team", file, set{"title.zh": {"议程"}, "title.zh.status": {"checked"}, "note.en": {"As it was sent out"}})
}

// endorses: a plan is endorsed, and what is changed afterwards begins its next version.
func (m *maker) endorses() {
	m.do("team", "/en/plans/"+m.id("plan/plan-2")+"/endorse", set{"endorsed": {"2026-11-20"}, "note.en": {"Minutes of the meeting"}, "note.zh": {"会议纪要"}})
	m.edit("team", m.id("activity/seminar"), set{"starts": {"2020-09"}, "ends": {"2020-10"}})
}

// marks: something is published and withdrawn, something is left to few with a reason.
func (m *maker) marks() {
	news := m.makes("team", "/en/new/news", set{"title.en": {"Published too early"}, "date": {"2026-11-01"}})
	m.do("team", "/en/objects/"+news+"/publish", nil)
	m.do("team", "/en/objects/"+news+"/withdraw", set{"reason": {"Too early"}})

	at := "/en/objects/" + m.id("meeting/expert-meeting") + "/audience"
	look := m.do("team", at, set{"mark": {"TLP:RED"}, "audience": {"person:" + m.id("person/team"), "person:" + m.id("person/nia")}, "national": {"工作秘密（示例）"}, "reason": {"Named persons alone"}})
	m.by["team"].Post(m, at, look.Form(m, at)).Expect(m, http.StatusOK)
}

// people: somebody hands a function over, leaves, and the name is erased.
func (m *maker) people() {
	before, next := m.id("person/nia-before"), m.id("person/nia")
	at := "/en/people/" + before + "/handover"
	look := m.do("team", at, set{"function": {"contributor"}, "to": {next}, "stays": {""}})
	m.by["team"].Post(m, at, look.Form(m, at)).Expect(m, http.StatusOK)
	m.do("team", "/en/people/"+before+"/erase", set{"reason": {"Asked for"}})
}
