package web

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/meeting"
	"entente/standard/tlp"
)

const laterWord = "Nachtfalter" // stands in the object after what was said of it

// utterances is what the EU Delegation, NIA and MFA said about a meeting that is narrowed afterwards.
type utterances struct {
	*testSite
	comment, receipt, scan, behalf, note ref.ID
}

// newUtterances has everybody say something, and the meeting changed after that.
func newUtterances(s *testSite) (w utterances) {
	s.t.Helper()
	at := "/objects/{" + meeting1 + "}"
	w.testSite = s
	w.comment = s.said(s.post("eu-focal-point", "/en"+at+"/statements/new", url.Values{"sort": {"confirmation"}, "text.en": {canary + " of the Delegation"}}))
	s.want(s.send("eu-focal-point", "/en/objects/"+w.comment+"/files", "annex.txt", "an annex", nil), 303)
	w.scan = s.scanOf(w.comment)
	s.want(s.post("eu-focal-point", "/en"+at+"/receipt", url.Values{"rev": {s.rev(s.id(meeting1))}}), 303)
	if err := s.db.Read(s.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, `select id from exchange_statement where sort = 'receipt'`).Scan(&w.receipt)
	}); err != nil {
		s.t.Fatal(err)
	}
	w.behalf = s.said(s.send("project-team", "/en"+at+"/statements/behalf", "scan.pdf", "%PDF-1.7 "+canary, s.letter()))
	a := s.post("cn-ministry", "/zh"+at+"/inside", url.Values{"title": {"内部立场"}, "text": {canary + "内部"}, "sort": {"position"}, "for": {"institutions"}, "language": {"zh"}})
	s.want(a, 303)
	w.note = noteID.FindStringSubmatch(a.Header.Get("Location"))[1]

	h, v, err := s.objects.Get(s.t.Context(), s.actor("project-team"), s.id(meeting1))
	if err != nil {
		s.t.Fatal(err)
	}
	m := *v.(*meeting.Meeting)
	m.Title = text.Both("Launch, "+laterWord, laterWord)
	if _, err := s.objects.Edit(s.t.Context(), s.actor("project-team"), h.ID, h.Rev, &m, "later"); err != nil {
		s.t.Fatal(err)
	}
	return w
}

// narrow gives the meeting these readers, after the page that stands before.
func (w utterances) narrow(mark tlp.Label, phrases []string, to ...access.Principal) {
	w.t.Helper()
	at := "/en/objects/{" + meeting1 + "}/audience"
	form := url.Values{"rev": {w.rev(w.id(meeting1))}, "mark": {string(mark)}, "reason": {"Geheimgrund"}}
	for _, p := range to {
		form.Add("audience", string(p))
	}
	w.want(w.post("project-team", at, plus(form, url.Values{"step": {"look"}})), 200, phrases...)
	form.Set("seen", w.seenOf("project-team", at, form))
	w.want(w.post("project-team", at, form), 303)
}

// keeps says that the EU Delegation has its words, and nothing else of the meeting.
func (w utterances) keeps(reason string) {
	w.t.Helper()
	const then = "of “Launch"
	hidden := []string{"!" + laterWord, "!Geheimgrund", "!内部立场", "!我局同意", "!/meetings/" + w.id(meeting1), "!/objects/" + w.id(meeting1)}
	with := func(phrases ...string) []string { return append(phrases, hidden...) }
	w.want(w.get("eu-focal-point", "/en/meetings/{"+meeting1+"}"), 404)
	w.want(w.get("eu-focal-point", "/en/objects/{"+meeting1+"}/statements"), 404)
	w.want(w.get("eu-focal-point", "/en/objects/{"+meeting1+"}/history"), 404)
	w.want(w.get("eu-focal-point", "/en/statements/"+w.comment), 200, with(canary+" of the Delegation", "Referred to revision 1 "+then, "which you may no longer read", "Beijing", "annex", "!Replace", "!#add")...)
	w.want(w.get("eu-focal-point", "/zh/statements/"+w.comment), 200, with("第1版，您现已无权查阅该内容", "启动会", "!>launch<", "!>held<", "!>checked<")...)
	w.want(w.get("eu-focal-point", "/en/statements/"+w.receipt), 200, with("Referred to revision 1 "+then)...)
	w.want(w.get("eu-focal-point", "/en/files/"+w.scan), 200, with("annex")...)
	w.want(w.get("eu-focal-point", "/en/objects/"+w.comment+"/history"), 200, with("Revision 1")...)
	w.want(w.get("eu-focal-point", "/en/objects/"+w.comment+"/files"), 200, with("annex")...)
	w.want(w.get("eu-focal-point", "/en/said"), 200, with(w.comment, w.receipt, w.scan, "Launch", "no longer open to you", "!"+w.behalf, "!"+w.note)...)
	w.want(w.get("eu-focal-point", "/en/search?q="+canary), 200, with(w.comment, "Confirmation: EU Delegation", "Launch", "!"+w.behalf)...)
	w.want(w.get("eu-focal-point", "/en/desk"), 200, with()...)
	w.want(w.get("eu-focal-point", "/en/notices"), 200, with("It keeps its own words", "/statements/")...)
	w.want(w.get("eu-focal-point", "/account/data.json"), 200, with(canary+" of the Delegation", `"as_of_revision": 1`, "statement.create")...)
	if n := w.told("eu-focal-point", "narrowed"); n != 1 {
		w.t.Errorf("%s: told %d times", reason, n)
	}
}

// leaks says that somebody finds none of these.
func (w utterances) leaks(role string, ids ...ref.ID) {
	w.t.Helper()
	for _, id := range ids {
		for _, at := range []string{"/statements/", "/files/", "/notes/", "/objects/"} {
			path := "/en" + at + id
			if at == "/objects/" {
				path += "/history"
			}
			if a := w.get(role, path); a.Status != 404 {
				w.t.Errorf("%s as %s: %d", path, role, a.Status)
			}
		}
		closed := w.get(role, "/en/meetings/{"+meeting1+"}").Status == 404
		for _, at := range []string{"/en/said", "/en/desk", "/en/notices", "/en/search?q=" + canary, "/en/duties", "/account/data.json", "/en/meetings"} {
			if a := w.get(role, at); strings.Contains(a.Body, id) || closed && strings.Contains(a.Body, laterWord) {
				w.t.Errorf("%s shows %s what it may not read", at, role)
			}
		}
	}
}

// TestOwnWordsKept: whoever said something keeps it, and what it referred to then, after the object was
// narrowed, narrowed again, opened, and removed; nobody gains anything by that.
func TestOwnWordsKept(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		w := newUtterances(s)
		nia := access.InstitutionOf(ref.Institution(s.id("institution/nia")))
		team := access.TeamOf(ref.Dialogue(s.id("dialogue/migration-mobility")))
		person := access.PersonOf(ref.Person(s.id("person/project-team")))
		kept := []string{"keep their own words", "Confirmation: " + canary, "Acknowledgement of receipt", "!内部立场", "!" + w.note}

		w.narrow(tlp.AMBERSTRICT, append(kept, "!我局同意"), nia, team)
		w.keeps("narrowed")
		for _, role := range []string{"donor", "expert", "member-state", "cn-ministry"} {
			w.leaks(role, w.comment, w.receipt, w.scan, w.behalf)
		}
		s.want(s.get("cn-focal-point", "/en/statements/"+w.comment), 200, laterWord, "as of revision 1", "!Referred to")
		if n := s.told("cn-ministry", "narrowed"); n != 1 { // by its note
			t.Errorf("MFA is told %d times", n)
		}
		s.want(s.get("cn-ministry", "/zh/notes/"+w.note), 200, canary+"内部", "第1版，您现已无权查阅该内容", "!"+laterWord, "!Geheimgrund")
		s.want(s.get("cn-ministry", "/zh/said"), 200, w.note)
		w.leaks("cn-focal-point", w.note)
		w.leaks("project-team", w.note)

		// Under RED for one person: the mark of the part rises, who said it still reads it.
		w.narrow(tlp.RED, []string{"keep their own words", "我局同意", "!Confirmation: "}, person)
		w.keeps("narrowed again")
		s.want(s.get("eu-focal-point", "/en/statements/"+w.comment), 200, "TLP:RED")
		s.want(s.get("cn-focal-point", "/en/statements/"+w.behalf), 200, "Referred to revision 1", "!"+laterWord, "Contest", "scan.pdf")
		s.want(s.get("cn-focal-point", "/en/desk"), 200, w.behalf)
		w.leaks("cn-focal-point", w.comment, w.receipt, w.scan)
		w.leaks("donor", w.comment, w.behalf)
		w.leaks("expert", w.comment, w.behalf)
		s.want(s.post("cn-focal-point", "/en/statements/"+w.behalf+"/contest", plus(s.wordOn(w.behalf), url.Values{"reason.en": {"Not so."}})), 303)
		s.want(s.post("eu-focal-point", "/en/objects/"+w.comment+"/edit", url.Values{"rev": {s.rev(w.comment)}, "text.en": {"More"}, "text.en.status": {"original"}}), 422, "stay as they were said")

		// Opened again: the meeting as it stands, and nothing of this.
		w.narrow(tlp.GREEN, nil, access.DialogueOf(ref.Dialogue(s.id("dialogue/migration-mobility"))), team)
		s.want(s.get("eu-focal-point", "/en/statements/"+w.comment), 200, laterWord, "as of revision 1", "!Referred to")
		w.nothing("donor", w.comment)

		s.want(s.get("project-team", "/en/objects/{"+meeting1+"}/remove"), 200, "keep their own words", "我局同意", "!内部立场")
		s.want(s.post("project-team", "/en/objects/{"+meeting1+"}/remove", url.Values{"rev": {s.rev(s.id(meeting1))}, "reason": {"Geheimgrund"}}), 303)
		s.want(s.get("eu-focal-point", "/en/statements/"+w.comment), 200, canary, "Referred to revision 1", "annex", "!"+laterWord, "!Geheimgrund")
		s.want(s.get("eu-focal-point", "/en/said"), 200, w.comment, w.receipt, w.scan, "!"+laterWord)
		s.want(s.get("cn-focal-point", "/en/statements/"+w.behalf), 200, "Referred to revision 1", "!"+laterWord)
		s.want(s.get("cn-ministry", "/zh/notes/"+w.note), 200, canary)
		for _, role := range []string{"project-team", "donor", "expert", "cn-ministry", "member-state"} {
			w.leaks(role, w.comment, w.receipt, w.scan, w.behalf)
		}
		s.want(s.post("eu-focal-point", "/en/statements/"+w.comment+"/withdraw", url.Values{"rev": {s.rev(w.comment)}}), 303)
		s.want(s.get("eu-focal-point", "/en/statements/"+w.comment), 200, "Withdrawn", "Referred to revision 1")
	})
}

// TestOwnWordsImport: an import that narrows a meeting says whose own words it takes out, also in a dry
// run, tells them as the page does, and says nothing of what stands inside a side.
func TestOwnWordsImport(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		w := newUtterances(s)
		var b bytes.Buffer
		if err := bundle.Export(t.Context(), s.db, s.objects, access.Operator("test"), &b); err != nil {
			t.Fatal(err)
		}
		_, key, _ := strings.Cut(meeting1, "/")
		src := "kind: dialogue\nkey: migration-mobility\n"
		for _, d := range strings.Split(b.String(), "---\n") {
			if strings.HasPrefix(d, "kind: meeting\nkey: "+key+"\n") {
				d = regexp.MustCompile(`(?m)^(mark|audience): .*\n`).ReplaceAllString(d, "")
				src += "---\n" + strings.Replace(d, "kind: meeting\n", "kind: meeting\nmark: AMBER+STRICT\naudience: [institution:nia, team]\n", 1)
			}
		}
		files := []bundle.File{{Name: "a.yaml", Data: []byte(src)}}
		for _, dry := range []bool{true, false} {
			r, err := bundle.Import(t.Context(), s.db, s.objects, access.Operator("test"), files, bundle.Options{DryRun: dry})
			want := []bundle.KeptWords{{Kind: "meeting", Key: key, By: "institution:eud", Parts: []bundle.KeptKind{{Kind: "statement", N: 2}}}}
			if err != nil || r.Changed != 1 || fmt.Sprint(r.Kept) != fmt.Sprint(want) {
				t.Fatalf("dry run %v: %+v, %v", dry, r, err)
			}
			if n := s.told("eu-focal-point", "narrowed"); n != map[bool]int{false: 1}[dry] {
				t.Errorf("dry run %v: the Delegation is told %d times", dry, n)
			}
			if n := s.told("cn-ministry", "narrowed"); n != map[bool]int{false: 1}[dry] { // by its note
				t.Errorf("dry run %v: MFA is told %d times", dry, n)
			}
		}
		w.keeps("narrowed by an import")
	})
}

// open lets the dialogue read an object again.
func (s *testSite) open(id ref.ID) *testSite {
	s.t.Helper()
	h, _, err := s.objects.Get(s.t.Context(), access.Operator("test"), id)
	if err == nil {
		d := h.Dialogue
		err = s.objects.SetAudience(s.t.Context(), access.Operator("test"), id, h.Rev, tlp.GREEN, access.NewAudience(access.DialogueOf(d), access.TeamOf(d)), "opened")
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return s
}

// nothing says that widening the whole gave a narrowed part to nobody.
func (w utterances) nothing(role string, id ref.ID) {
	w.t.Helper()
	w.want(w.get(role, "/en/statements/"+id), 404)
}

// TestOwnAnswerKept: who was asked keeps its answer, with the call as it stood then and nothing later of it; under RED the person who wrote
// keeps it, and not the institution, which could not read it.
func TestOwnAnswerKept(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		at := "/objects/{" + meeting1 + "}"
		ask := url.Values{"title.en": {"Please confirm"}, "text.en": {"Which of the two days?"}, "for": {"answer"}, "due": {"2031-01-10"}, "to": {"{institution/eud}", "{institution/nia}"}}
		a := s.post("project-team", "/en"+at+"/calls/new", ask)
		s.want(a, 303)
		_, call, _ := strings.Cut(a.Header.Get("Location"), "/calls/")
		answer := s.said(s.post("eu-focal-point", "/en"+at+"/statements/new", url.Values{"sort": {"answer"}, "text.en": {canary}, "call": {call}}))
		later := url.Values{"rev": {s.rev(call)}, "due": {"2031-02-20"}, "reason.en": {laterWord}}
		s.want(s.post("project-team", "/en/calls/"+call+"/extend", later), 303)
		w := utterances{testSite: s}
		team := access.TeamOf(ref.Dialogue(s.id("dialogue/migration-mobility")))
		w.narrow(tlp.AMBERSTRICT, []string{"Answer: " + canary}, access.InstitutionOf(ref.Institution(s.id("institution/nia"))), team)
		then := []string{canary, "Referred to revision 1", "Please confirm", "Which of the two days?", "10 January 2031", "Asked by", "!20 February 2031", "!" + laterWord, "!/calls/", "!/meetings/" + s.id(meeting1)}
		s.want(s.get("eu-focal-point", "/en/statements/"+answer), 200, then...)
		s.want(s.get("eu-focal-point", "/zh/statements/"+answer), 200, "当时所办复的请办事项", "Which of the two days?", "2031年1月10日", "提出方")
		s.want(s.get("eu-focal-point", "/en/said"), 200, "answered “Please confirm”", "!/calls/")
		s.want(s.get("eu-focal-point", "/account/data.json"), 200, `"answered": {`, "Which of the two days?", "2031-01-10", "!2031-02-20", "!"+laterWord)
		s.want(s.get("cn-focal-point", "/en/said"), 200, "!Please confirm")
		s.want(s.get("eu-focal-point", "/en/calls/"+call), 404)
		s.want(s.get("eu-focal-point", "/en/duties"), 200, "!"+call)
		s.want(s.get("cn-focal-point", "/en/calls/"+call), 200, "!Referred to")

		eu, me := access.PersonOf(ref.Person(s.id("person/eu-focal-point"))), access.PersonOf(ref.Person(s.id("person/project-team")))
		w.narrow(tlp.RED, nil, eu, me)
		own := s.said(s.post("eu-focal-point", "/en"+at+"/statements/new", url.Values{"sort": {"comment"}, "text.en": {canary}}))
		w.narrow(tlp.RED, nil, me)
		s.want(s.get("eu-focal-point", "/en/statements/"+own), 200, canary, "Referred to revision")
		h, _, err := s.objects.Get(t.Context(), s.actor("project-team"), own)
		if want := access.NewAudience(eu, me); err != nil || !slices.Equal(h.Audience, want) {
			t.Errorf("it is read by %v, %v", h.Audience, err)
		}
	})
}

// TestOwnFileKept: what an operator's command narrows leaves a file with who added it, and nobody else
// removes one from an institution's words.
func TestOwnFileKept(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		at := "/objects/{" + meeting1 + "}"
		s.want(s.send("project-team", "/en"+at+"/files", "paper.txt", canary, nil), 303)
		paper := s.scanOf(s.id(meeting1))
		nia := access.InstitutionOf(ref.Institution(s.id("institution/nia")))
		h, _, err := s.objects.Get(t.Context(), access.Operator("test"), s.id(meeting1))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.objects.SetAudience(t.Context(), access.Operator("test"), h.ID, h.Rev, tlp.AMBERSTRICT, access.NewAudience(nia), "by a command"); err != nil {
			t.Fatal(err)
		}
		s.want(s.get("project-team", "/en/files/"+paper), 200, "paper", "Referred to revision 1", "!Add the next version")
		s.want(s.get("project-team", "/en/said"), 200, paper)
		s.want(s.get("cn-focal-point", "/en/files/"+paper), 200, "paper", "!Referred to")
		s.want(s.get("eu-focal-point", "/en/files/"+paper), 404)
		o, _, err := s.objects.Get(t.Context(), s.actor("project-team"), paper)
		if err != nil || o.Mark != tlp.AMBERSTRICT || len(o.Audience) != 2 {
			t.Errorf("%+v, %v", o, err)
		}

		// What an institution attached to its words goes by nobody but itself.
		w := newUtterances(s.open(h.ID))
		s.want(s.get("project-team", "/en/objects/"+w.scan+"/remove"), 403)
		s.want(s.post("project-team", "/en/objects/"+w.scan+"/remove", url.Values{"rev": {s.rev(w.scan)}, "reason": {"Geheimgrund"}}), 403)
		s.want(s.get("eu-focal-point", "/en/files/"+w.scan), 200, "annex")
	})
}

// TestSaidIsWords: what an institution said lists its words, not who was let into its inner room.
func TestSaidIsWords(t *testing.T) {
	s := newTest(t)
	s.want(s.get("cn-focal-point", "/zh/institutions/{institution/nia}/inside"), 200, "已准予")
	s.want(s.get("cn-focal-point", "/zh/said"), 200, "!准予")
	id := s.said(s.post("cn-focal-point", "/zh/objects/{"+meeting1+"}/statements/new", url.Values{"sort": {"comment"}, "text.zh": {canary}, "rev": {s.rev(s.id(meeting1))}}))
	s.want(s.get("cn-focal-point", "/zh/said"), 200, "/statements/"+id)
}
