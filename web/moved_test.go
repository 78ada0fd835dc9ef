package web

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/exchange"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/internal/when"
	"entente/library"
	"entente/meeting"
	"entente/project"
	"entente/publication"
	"entente/roster"
	"entente/standard/tlp"
)

// pinned are the acts that are done on a revision, by their routes: who does it, on what, and what
// the form holds beside the revision. of makes the object where it is not of the example.
var pinned = map[string]struct {
	role string
	of   func(*testSite) ref.ID
	form func(s *testSite, id ref.ID) url.Values
	file bool
	over int // what sending it on the newer revision gives; 0: 303
}{
	"/objects/{id}/statements/new":      {role: "cn-focal-point", of: launch, form: typed("text.zh", "sort", "confirmation")},
	"/objects/{id}/statements/behalf":   {role: "project-team", of: launch, form: letterForm},
	"/objects/{id}/receipt":             {role: "cn-focal-point", of: launch, form: typed("")},
	"/statements/{id}/accept":           {role: "cn-focal-point", of: behalf, form: wordForm()},
	"/statements/{id}/contest":          {role: "cn-focal-point", of: behalf, form: wordForm("reason.zh")},
	"/statements/{id}/withdraw":         {role: "project-team", of: behalf, form: typed("reason.en")},
	"/objects/{id}/translation/confirm": {role: "cn-focal-point", of: rendered, form: typed("", "language", "en")},
	"/objects/{id}/translation/contest": {role: "cn-focal-point", of: rendered, form: typed("", "language", "en")},
	"/calls/{id}/extend":                {role: "project-team", of: asked, form: typed("reason.en", "due", "2031-02-03")},
	"/calls/{id}/close":                 {role: "project-team", of: asked, form: typed("reason.en")},
	"/files/{id}":                       {role: "project-team", of: paper, form: typed(""), file: true},
	"/meetings/{id}/postpone":           {role: "project-team", of: launch, form: typed("reason.en", "starts", "2031-01-01")},
	"/meetings/{id}/cancel":             {role: "project-team", of: launch, form: typed("reason.en")},
	"/objects/{id}/edit":                {role: "project-team", of: launch, form: wholeForm},
	"/objects/{id}/authority":           {role: "project-team", of: institution, form: typed("reason", "standings.0.as", "facilitator"), over: 200}, // who gains and loses comes first
	"/objects/{id}/publish":             {role: "project-team", of: draft, form: typed(""), over: 200},                                              // and so does who could read it until now
	"/objects/{id}/withdraw":            {role: "project-team", of: public, form: typed("reason")},
	"/objects/{id}/audience":            {role: "project-team", of: launch, form: audienceForm},
	"/objects/{id}/remove":              {role: "project-team", of: launch, form: typed("reason")},
	"/plans/{id}/endorse":               {role: "project-team", of: plan, form: endorsedForm},
}

// unpinned are the posts about an object that are done on no revision of it, and why.
var unpinned = map[string]string{
	"/objects/{id}/calls/new":            "a question; it holds what it asks in its own words",
	"/duties/{id}/extend":                "a duty has no revisions; the form holds the day that was seen",
	"/duties/{id}/drafter":               "a duty has no revisions",
	"/objects/{id}/files":                "a file is beside the object and says nothing about it",
	"/objects/{id}/inside":               "a note opens a conversation; nothing is filed on a revision",
	"/people/{id}/handover":              "on what was seen, which the form holds",
	"/people/{id}/admission":             "on the facts that were seen, which the form holds",
	"/institutions/{id}/inside/handover": "on what was seen, which the form holds",
	"/people/{id}/end":                   "on what was seen, which the form holds",
	"/people/{id}/erase":                 "what an entry says goes, whatever it was",
	"/people/{id}/invitation":            "a code, on what was seen, which the form holds",
	"/people/{id}/invitation/ask":        "on what was seen, which the form holds",
	"/people/{id}/invitation/withdraw":   "a code",
	"/institutions/{id}/invite":          "a person is entered",
}

func plan(s *testSite) ref.ID        { return s.id("plan/plan-2") }
func institution(s *testSite) ref.ID { return s.id("institution/iom") }
func asked(s *testSite) ref.ID       { return s.ask(launch(s), nil) }

// launch makes a meeting that everybody of the dialogue reads.
func launch(s *testSite) ref.ID {
	return s.create("meeting", access.Header{}, &meeting.Meeting{Title: text.Both("Launch", "启动"), Type: "seminar", State: meeting.Planned}).ID
}

func public(s *testSite) ref.ID {
	id := launch(s)
	if err := s.objects.Publish(s.t.Context(), s.actor("project-team"), id, 1); err != nil {
		s.t.Fatal(err)
	}
	return id
}

func paper(s *testSite) ref.ID {
	return s.attach(meeting1, "paper.txt", "text", map[string]string{"title.en": "Paper"})
}

func behalf(s *testSite) ref.ID {
	return s.said(s.send("project-team", "/en/objects/"+launch(s)+"/statements/behalf", "", "", s.letter()))
}

// rendered is a statement of NIA with a translation by the project team.
func rendered(s *testSite) ref.ID {
	id := behalf(s)
	s.translate(id, "text", "Not yet", text.Draft)
	return id
}

func draft(s *testSite) ref.ID {
	return s.create("news", access.Header{}, &publication.News{Title: text.Both("Draft", "草稿"), Date: "2026-11-12", Body: text.Both("Text", "正文")}).ID
}

// typed gives a form in which the field is filled with a word to find again, and some others.
func typed(field string, more ...string) func(*testSite, ref.ID) url.Values {
	return func(*testSite, ref.ID) url.Values {
		v := url.Values{}
		if field != "" {
			v.Set(field, "Haselmaus")
		}
		for i := 0; i < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
}

// wordForm is a word on a statement, with what that is about as it stands, and the field filled.
func wordForm(fields ...string) func(*testSite, ref.ID) url.Values {
	return func(s *testSite, id ref.ID) url.Values {
		v := s.wordOn(id)
		for _, f := range fields {
			v.Set(f, "Haselmaus")
		}
		return v
	}
}

// wordOn gives what a form for a word on an entry on behalf of NIA holds.
func (s *testSite) wordOn(id ref.ID) url.Values {
	s.t.Helper()
	_, v, err := s.objects.Get(s.t.Context(), access.Operator("test"), id)
	if err != nil {
		s.t.Fatal(err)
	}
	st := v.(*exchange.Statement)
	form := url.Values{revField: {s.rev(id)}, withField: {s.held(id)}, aboutField: {st.Of}}
	for _, of := range []ref.ID{st.Of, ref.ID(st.Call)} {
		if of != "" {
			form.Set(callField(revField, of), s.rev(of))
			form.Set(callField(withField, of), s.held(of))
		}
	}
	if st.Call != "" {
		form.Set("call", string(st.Call))
	}
	return form
}

// held gives what an object holds, as NIA reads it.
func (s *testSite) held(id ref.ID) string {
	s.t.Helper()
	h, _, err := s.objects.Get(s.t.Context(), access.Operator("test"), id)
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := s.objects.Contents(s.t.Context(), s.actor("cn-focal-point"), h)
	if err != nil {
		s.t.Fatal(err)
	}
	return c.String()
}

func wholeForm(s *testSite, id ref.ID) url.Values {
	_, v, err := s.objects.Get(s.t.Context(), access.Operator("test"), id)
	if err != nil {
		s.t.Fatal(err)
	}
	form := shape.EncodeForm(v)
	form.Set("summary.en", "Haselmaus")
	return form
}

func letterForm(s *testSite, _ ref.ID) url.Values {
	v := url.Values{}
	for k, x := range s.letter() {
		v.Set(k, x)
	}
	v.Set("entered.note.en", "Haselmaus")
	return v
}

func endorsedForm(s *testSite, _ ref.ID) url.Values {
	v := endorseForm(s)
	v.Set("endorsed", "2021-02-03")
	v.Set("note.en", "Haselmaus")
	return v
}

func audienceForm(*testSite, ref.ID) url.Values {
	v := url.Values{"mark": {string(tlp.GREEN)}, "audience": {"dialogue:{dialogue/migration-mobility}", "team:{dialogue/migration-mobility}"}, "reason": {"Haselmaus"}, "readers": {"own"}}
	return v
}

// change makes the next revision of an object, as the project team, and gives the word that it brings.
func (s *testSite) change(id ref.ID) string {
	s.t.Helper()
	const word = "Siebenschläfer"
	h, v, err := s.objects.Get(s.t.Context(), access.Operator("test"), id)
	if err != nil {
		s.t.Fatal(err)
	}
	switch o := v.(type) {
	case *meeting.Meeting:
		o.DateNote = text.Both(word, word)
	case *exchange.Statement:
		o.Text["en"] = text.Version{Text: word, Status: text.Draft}
	case *exchange.Call:
		o.Text = text.Both(word, word)
	case *library.File:
		o.Note = text.Both(word, word)
	case *project.Plan:
		o.Note = text.Both(word, word)
	case *roster.Institution:
		o.Short = text.Both(word, word)
	case *publication.News:
		o.Body = text.Both(word, word)
	default:
		s.t.Fatalf("%T", v)
	}
	if _, err := s.objects.Edit(s.t.Context(), s.actor("project-team"), id, h.Rev, v, ""); err != nil {
		s.t.Fatal(err)
	}
	return word
}

// TestPinned: whoever says, confirms or decides something about an object does so on the revision
// that they saw. Where it changed since they opened the form, nothing is done; they are shown what
// changed, nothing they typed is lost, and they may do it on what stands now.
func TestPinned(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		for _, route := range Routes() {
			if route.Method != http.MethodPost || !strings.Contains(route.Path, "{id}") {
				continue
			}
			act, known := pinned[route.Path]
			_, free := unpinned[route.Path]
			if known == free || known != route.Pins {
				t.Errorf("%s: in pinned %v, in unpinned %v, the route pins %v", route.Path, known, free, route.Pins)
				continue
			}
			if !known {
				continue
			}
			t.Run(strings.ReplaceAll(route.Path, "/", " "), func(t *testing.T) {
				s.t = t
				id := act.of(s)
				form, path := act.form(s, id), "/en"+strings.Replace(route.Path, "{id}", id, 1)
				form.Set(revField, s.rev(id))
				send := func(form url.Values) answer {
					if !act.file {
						return s.post(act.role, path, form)
					}
					fields := map[string]string{}
					for k := range form {
						fields[k] = form.Get(k)
					}
					return s.send(act.role, path, "paper.txt", "another text", fields)
				}
				word := s.change(id)
				now := s.rev(id)
				a := send(form)
				s.want(a, http.StatusConflict, word)
				if slices.Contains(slices.Concat(slices.Collect(maps.Values(form))...), "Haselmaus") {
					s.want(a, http.StatusConflict, "Haselmaus")
				}
				if !act.file {
					s.want(a, http.StatusConflict, `name="rev" value="`+now+`"`)
				}
				if got := s.rev(id); got != now {
					t.Errorf("revision %s, want %s", got, now)
				}
				if list, _, err := exchange.New(s.db).Of(t.Context(), s.actor("project-team"), id, exchange.Query{Limit: 50}); err != nil || slices.ContainsFunc(list, func(v exchange.View) bool { return v.Value.Revision == revIn(now) }) {
					t.Errorf("it was said all the same: %v", err)
				}
				form.Set(revField, now)
				want := act.over
				if want == 0 {
					want = http.StatusSeeOther
				}
				if route.Path == "/objects/{id}/audience" {
					form.Set("seen", s.seenOf(act.role, path, form))
				}
				s.want(send(form), want)
			})
			s.t = t
		}
	})
}

// TestPinnedCall: an answer is to the call as it stood when its form was opened.
func TestPinnedCall(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		for _, wanted := range []string{"confirmation", "receipt"} {
			call := s.ask(s.id(meeting1), func(v url.Values) { v.Set("for", wanted) })
			path, form := "/en/objects/{"+meeting1+"}/statements/new", url.Values{"sort": {wanted}, "text.en": {"Haselmaus"}}
			if wanted == "receipt" {
				path, form = "/en/objects/{"+meeting1+"}/receipt", url.Values{}
			}
			form.Set("call", call)
			form.Set(revField, s.rev(s.id(meeting1)))
			form.Set(callField(revField, call), s.rev(call))
			word := s.change(call)
			a := s.post("cn-focal-point", path, form)
			s.want(a, http.StatusConflict, word, `name="`+callField(revField, call)+`" value="`+s.rev(call)+`"`)
			form.Set(callField(revField, call), s.rev(call))
			s.want(s.post("cn-focal-point", path, form), http.StatusSeeOther)
		}
	})
}

// TestPinnedAnnex: an answer is to the call with what is attached to it, as both stood when its form was
// opened, however it is given.
func TestPinnedAnnex(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		whole := launch(s)
		at := "/en/objects/" + whole
		for _, c := range []struct{ role, opened, path, sort string }{
			{"cn-focal-point", at + "/statements/new?call=", at + "/statements/new", "confirmation"},
			{"project-team", at + "/statements/behalf?call=", at + "/statements/behalf", "confirmation"},
			{"cn-focal-point", "/en/calls/", at + "/receipt", "receipt"},
		} {
			call := s.ask(whole, func(v url.Values) { v.Set("for", c.sort) })
			attach := func(name, title string) {
				s.want(s.send("project-team", "/en/objects/"+call+"/files", name, title, map[string]string{"title": title}), http.StatusSeeOther)
			}
			attach("annex.txt", "Annex")
			annex := s.under(call, "file")
			held := regexp.MustCompile(`name="` + regexp.QuoteMeta(callField(withField, call)) + `" value="([^"]*)"`)
			seen := func(a answer) string {
				m := held.FindStringSubmatch(a.Body)
				if m == nil {
					t.Fatalf("%s: no form says what the call holds\n%s", c.path, clip(a.Body))
				}
				return m[1]
			}
			form := typed("text.zh", "sort", c.sort)(s, whole)
			if c.role == "project-team" {
				form = letterForm(s, "")
				form.Set("entered.date", string(when.DateOf(s.db.Now().In(when.Beijing.Location())))) // not before the day of the call
			}
			form = plus(form, url.Values{"call": {call}, revField: {s.rev(whole)}, callField(revField, call): {s.rev(call)}})
			form.Set(callField(withField, call), seen(s.get(c.role, c.opened+call)))
			s.retitle(annex, "two: everything")
			a := s.post(c.role, c.path, form)
			s.want(a, http.StatusConflict, "Annex", "It changed since you opened this page")
			form.Set(callField(withField, call), seen(a))
			attach("more.txt", "Further")
			a = s.post(c.role, c.path, form)
			s.want(a, http.StatusConflict, "Further", "It was not there when you opened")
			form.Set(callField(withField, call), seen(a))
			if err := s.objects.Remove(t.Context(), s.actor("project-team"), annex, revIn(s.rev(annex)), "test"); err != nil {
				t.Fatal(err)
			}
			a = s.post(c.role, c.path, form)
			s.want(a, http.StatusConflict)
			form.Set(callField(withField, call), seen(a))
			s.want(s.post(c.role, c.path, form), http.StatusSeeOther)
		}
	})
}

// TestAnnexAnswered: the page of an answer says at which revision the call stood, and at which version each
// file attached to it, when the answer was given; in both languages, and also once these have moved on.
func TestAnnexAnswered(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		whole := launch(s)
		call := s.ask(whole, func(v url.Values) { v.Set("for", "receipt") })
		send := func(path, name, data string, fields map[string]string) {
			s.want(s.send("project-team", path, name, data, fields), http.StatusSeeOther)
		}
		send("/en/objects/"+call+"/files", "annex.txt", "first", map[string]string{"title": "Annex"})
		annex := s.under(call, "file")
		form := hiddenOf(s.get("cn-focal-point", "/en/calls/"+call).Body)
		s.want(s.post("cn-focal-point", "/en/objects/"+whole+"/receipt", form), http.StatusSeeOther)
		m := regexp.MustCompile(`/statements/([0-9a-f-]{36})`).FindStringSubmatch(s.get("project-team", "/en/calls/"+call).Body)
		if m == nil {
			t.Fatal("the call has no answer")
		}
		answer := m[1]
		s.want(s.get("cn-focal-point", "/en/statements/"+answer), http.StatusOK, "attached to it: “Annex”, version 1<", "!as of revision")
		send("/en/files/"+annex, "annex.txt", "second", map[string]string{"rev": s.rev(annex)})
		send("/en/objects/"+call+"/files", "later.txt", "later", map[string]string{"title": "Later annex"})
		s.want(s.post("project-team", "/en/calls/"+call+"/extend", url.Values{"rev": {s.rev(call)}, "due": {"2031-06-02"}, "reason.en": {"More time"}}), http.StatusSeeOther)
		s.want(s.get("cn-focal-point", "/en/statements/"+answer), http.StatusOK,
			"attached to it: “Annex”, version 1 then; version 2 now", "as of revision 1; it stands at 2 now", "!“Later annex”, version")
		s.want(s.get("cn-focal-point", "/zh/statements/"+answer), http.StatusOK, "当时为第1版，现为第2版", "针对第1版，现为第2版")
		if err := s.objects.Remove(t.Context(), s.actor("project-team"), annex, revIn(s.rev(annex)), "test"); err != nil {
			t.Fatal(err)
		}
		s.want(s.get("cn-focal-point", "/en/statements/"+answer), http.StatusOK, "!“Annex”")
	})
}
