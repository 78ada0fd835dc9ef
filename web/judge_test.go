package web

import (
	"archive/zip"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"entente/access"
	"entente/exchange"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/library"
)

// What NIA said, and what others make of it in English.
const (
	said1     = "我局不同意该安排雪豹"
	rendering = "The Administration fully agrees, Bartgeier"
	beside    = "Unconfirmed translation by the project team; original in Chinese:"
)

// translate writes a text of an object in English, as the project team.
func (s *testSite) translate(id ref.ID, field, words string, status text.Status) {
	s.t.Helper()
	if err := s.tryTranslate("project-team", id, field, words, status); err != nil {
		s.t.Fatal(err)
	}
}

func (s *testSite) tryTranslate(role string, id ref.ID, field, words string, status text.Status) error {
	s.t.Helper()
	return s.writeText(s.actor(role), id, field, "en", text.Version{Text: words, Status: status})
}

// writeText writes one language of a text by the door that every edit passes.
func (s *testSite) writeText(who access.Actor, id ref.ID, field string, lang text.Lang, v text.Version) error {
	s.t.Helper()
	h, value, err := s.objects.Get(s.t.Context(), access.Operator("test"), id)
	if err != nil {
		s.t.Fatal(err)
	}
	if f, ok := value.(*library.File); ok && f.Note == nil {
		f.Note = text.Multi{}
	}
	for _, t := range shape.Texts(value) {
		if t.Path == field {
			t.Value[lang] = v
		}
	}
	_, err = s.objects.Edit(s.t.Context(), who, id, h.Rev, value, "")
	return err
}

// alone fails where an answer holds the rendering without the original and the words that say whose it is.
func alone(t *testing.T, at, body string) {
	t.Helper()
	whose := strings.Contains(body, beside) || strings.HasSuffix(at, ".json") && strings.Contains(body, `"by": "team:`)
	if strings.Contains(body, rendering) && (!strings.Contains(body, said1) || !whose) {
		t.Errorf("%s shows the translation without the original, or as the institution's\n%s", at, clip(body))
	}
}

// TestTranslationBeside: what the project team makes of an institution's words in another language is
// shown with the original and as the team's, by every page, until the institution confirms it.
func TestTranslationBeside(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing here runs at once")
	}
	eachEngine(t, func(t *testing.T, s *testSite) {
		at := "/objects/{" + meeting1 + "}/statements"
		id := s.said(s.send("cn-focal-point", "/zh"+at+"/new", "附件.txt", "text", map[string]string{"sort": "confirmation", "text.zh": said1}))
		page, file := "/statements/"+id, s.scanOf(id)
		edit := func(status string) url.Values {
			return url.Values{"rev": {s.rev(id)}, "text.zh": {said1}, "text.zh.status": {"original"}, "text.en": {rendering}, "text.en.status": {status}}
		}
		// Checked is the institution's word; so is the original.
		s.want(s.post("project-team", "/en/objects/"+id+"/edit", edit("checked")), http.StatusUnprocessableEntity, "Only the institution calls")
		s.want(s.post("project-team", "/en/objects/"+id+"/edit", edit("original")), http.StatusUnprocessableEntity, "stay as they were said")
		s.want(s.post("project-team", "/en/objects/"+id+"/edit", edit("draft")), http.StatusSeeOther)
		for _, status := range []text.Status{text.Original, text.Checked} {
			if err := s.tryTranslate("project-team", file, "title", rendering, status); !fault.Is(err, fault.Invalid) {
				t.Errorf("a file's title, %s: %v", status, err)
			}
		}
		if err := s.writeText(s.actor("project-team"), file, "title", "zh", text.Version{Text: "改了", Status: text.Original}); !fault.Is(err, fault.Invalid) {
			t.Errorf("the team renames what an institution attached: %v", err)
		}
		behalf := s.letter()
		behalf["text.en"], behalf["text.en.status"] = rendering, "checked"
		s.want(s.send("project-team", "/en"+at+"/behalf", "", "", behalf), http.StatusUnprocessableEntity, "Only the institution calls")
		behalf["text.zh"], behalf["text.en.status"] = said1, "draft"
		letter := s.said(s.send("project-team", "/en"+at+"/behalf", "", "", behalf))

		s.want(s.get("eu-focal-point", "/en"+page), 200, said1, beside, rendering)
		s.want(s.get("eu-focal-point", "/en/statements/"+letter), 200, said1, beside, rendering)
		s.want(s.get("eu-focal-point", "/zh"+page), 200, said1, "!"+rendering)
		s.want(s.get("eu-focal-point", "/en/search?q=Bartgeier"), 200, page)

		// Whoever asks for whatever page, the translation stands nowhere alone.
		n := 0
		for _, role := range []string{"eu-focal-point", "cn-focal-point", "project-team", "donor", visitor} {
			for _, route := range Routes() {
				if route.Method != http.MethodGet || strings.HasSuffix(route.Path, "/edit") {
					continue
				}
				for _, of := range []ref.ID{id, letter, file, s.id(meeting1), s.id("institution/nia")} {
					path := strings.Replace(route.Path, "{id}", of, 1)
					if strings.Contains(path, "{") || path == route.Path && of != id {
						continue
					}
					if route.Spoken {
						path = "/en" + path
					}
					a := s.get(role, path)
					alone(t, role+" "+path, a.Body)
					if strings.Contains(a.Body, rendering) {
						n++
					}
				}
			}
			alone(t, role+" search", s.get(role, "/en/search?q=Bartgeier").Body)
		}
		if n < 10 {
			t.Errorf("the translation stands on %d pages: this test looks at the wrong ones", n)
		}

		// On paper too.
		duty := judgeDuty.FindStringSubmatch(s.get("cn-focal-point", "/en/duties").Body)
		if duty == nil {
			t.Fatal("NIA owes no word on the translation")
		}
		s.want(s.get("cn-focal-point", "/en/duties/"+duty[1]+"/brief"), 200, said1, beside, rendering)
		alone(t, "the brief as a document", unzipped(t, s.get("cn-focal-point", "/en/duties/"+duty[1]+"/brief.docx").Body))

		// The institution is told, and alone has a word in it.
		s.want(s.get("cn-focal-point", "/zh/desk"), 200, "核对本单位原文的译文")
		s.want(s.get("cn-focal-point", "/zh"+page), 200, "请核对译文", "确认译文无误", "提出异议", "改用本单位译文", "译者：项目办")
		for _, role := range []string{"project-team", "eu-focal-point", "cn-ministry", "cn-contributor", "donor"} {
			s.want(s.get(role, "/en"+page), 200, "!Is this translation right")
			for _, act := range []string{"confirm", "contest"} {
				s.want(s.post(role, "/en/objects/"+id+"/translation/"+act, url.Values{"rev": {s.rev(id)}, "language": {"en"}}), http.StatusForbidden)
			}
		}
		judge := func(act string) {
			s.want(s.post("cn-focal-point", "/zh/objects/"+id+"/translation/"+act, url.Values{"rev": {s.rev(id)}, "language": {"en"}}), http.StatusSeeOther)
		}
		judge("confirm")
		s.want(s.get("eu-focal-point", "/en"+page), 200, rendering, "!Unconfirmed", "!"+said1)
		s.want(s.get("cn-focal-point", "/zh"+page), 200, "!请核对译文")
		s.want(s.get("eu-focal-point", "/en/objects/"+id+"/history"), 200, "confirmed the translation")
		// Confirmed, it is NIA's, and nobody else's to change or to take away.
		for _, words := range []string{rendering + "!", ""} {
			form := edit("draft")
			form.Set("text.en", words)
			s.want(s.post("project-team", "/en/objects/"+id+"/edit", form), http.StatusUnprocessableEntity, "its own translation")
		}
		s.want(s.get("eu-focal-point", "/en"+page), 200, rendering, "!Unconfirmed")
		// Contested it stays, whatever others call it, until it says something else.
		page, id = "/statements/"+letter, letter
		contested := "contested by the institution; original in Chinese:"
		judge("contest")
		s.want(s.get("eu-focal-point", "/en"+page), 200, contested, said1)
		for _, status := range []string{"machine", "draft"} {
			s.want(s.post("project-team", "/en/objects/"+id+"/edit", edit(status)), http.StatusSeeOther)
			s.want(s.get("eu-focal-point", "/en"+page), 200, contested, said1)
		}
		s.want(s.get("project-team", "/en/translations"), 200, id)
		s.want(s.post("cn-focal-point", "/zh/objects/"+id+"/translation/contest", url.Values{"rev": {s.rev(id)}, "language": {"en"}}), http.StatusConflict)
		own := edit("checked")
		own.Set("text.en", "The Administration does not agree.")
		s.want(s.post("cn-focal-point", "/zh/objects/"+id+"/edit", own), http.StatusSeeOther)
		s.want(s.get("eu-focal-point", "/en"+page), 200, "The Administration does not agree.", "!translation by", "!"+rendering)
	})
}

// TestContestedStays: what an institution contested is contested too where others take it out, or write
// something else, and write it again; another translation is unconfirmed as any, and the institution's word lifts it.
func TestContestedStays(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		id := s.said(s.post("cn-focal-point", "/zh/objects/{"+meeting1+"}/statements/new", url.Values{"sort": {"objection"}, "text.zh": {said1}}))
		judge := func(act string) {
			s.want(s.post("cn-focal-point", "/zh/objects/"+id+"/translation/"+act, url.Values{"rev": {s.rev(id)}, "language": {"en"}}), http.StatusSeeOther)
		}
		word := func() text.Word {
			_, v, err := s.objects.Get(t.Context(), access.Operator("test"), id)
			if err != nil {
				t.Fatal(err)
			}
			return v.(*exchange.Statement).Text["en"].Word
		}
		s.translate(id, "text", rendering, text.Draft)
		judge("contest")
		for _, between := range []string{"", "The Administration does not agree."} {
			for _, status := range []text.Status{text.Draft, text.Machine} {
				s.translate(id, "text", between, text.Draft)
				if w := word(); w != "" {
					t.Errorf("%q is %s", between, w)
				}
				s.translate(id, "text", " "+rendering+" ", status)
				if w := word(); w != text.Contested {
					t.Errorf("contested, then %q, then written again: %q", between, w)
				}
				s.want(s.get("eu-focal-point", "/en/statements/"+id), 200, "contested by the institution; original in Chinese:", said1)
			}
		}
		judge("confirm")
		s.want(s.get("eu-focal-point", "/en/statements/"+id), 200, rendering, "!contested by the institution")
	})
}

var judgeDuty = regexp.MustCompile(`/duties/([0-9a-f-]{36})">Confirm a translation of your words`)

// unzipped gives all that stands in the parts of a document.
func unzipped(t *testing.T, doc string) string {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(doc), int64(len(doc)))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err == nil {
			_, err = io.Copy(&b, r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// TestTranslationMoved: a confirmed translation is one of the original as it was then.
func TestTranslationMoved(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		id := s.said(s.send("cn-focal-point", "/zh/objects/{"+meeting1+"}/statements/new", "附件.txt", "text", map[string]string{"sort": "comment", "text.zh": "意见"}))
		file, nia := s.scanOf(id), s.actor("cn-focal-point")
		if err := s.writeText(nia, file, "title", "zh", text.Version{Text: said1, Status: text.Original}); err != nil {
			t.Fatal(err)
		}
		s.translate(file, "title", rendering, text.Machine)
		s.want(s.get("eu-focal-point", "/en/files/"+file), 200, "Unconfirmed machine translation by the project team; original in Chinese:", said1, rendering)
		s.want(s.post("cn-focal-point", "/zh/objects/"+file+"/translation/confirm", url.Values{"rev": {s.rev(file)}, "language": {"en"}}), http.StatusSeeOther)
		s.want(s.get("eu-focal-point", "/en/files/"+file), 200, rendering, "!Unconfirmed")
		if err := s.writeText(nia, file, "title", "zh", text.Version{Text: said1 + "更正", Status: text.Original}); err != nil {
			t.Fatal(err)
		}
		s.want(s.get("eu-focal-point", "/en/files/"+file), 200, rendering, "Unconfirmed translation by the project team", said1+"更正")
		// Also what a command of the operator calls checked is shown as recorded by it.
		if err := s.writeText(access.Operator("test"), file, "title", "en", text.Version{Text: rendering, Status: text.Checked}); err != nil {
			t.Fatal(err)
		}
		s.want(s.get("eu-focal-point", "/en/files/"+file), 200, rendering, "Unconfirmed translation by the node’s operator, who recorded it", said1+"更正")
	})
}

// TestOwnTranslation: what an institution wrote or confirmed in another language is its words as much as
// the original: nobody else changes it or takes it away as long as it is of the original as it stands.
func TestOwnTranslation(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		own := map[string]string{"sort": "objection", "text.zh": said1, "text.en": "We do not agree.", "text.en.status": "checked"}
		id := s.said(s.send("cn-focal-point", "/zh/objects/{"+meeting1+"}/statements/new", "附件.txt", "text", own))
		file, nia := s.scanOf(id), s.actor("cn-focal-point")
		for _, v := range []text.Version{{Text: rendering, Status: text.Draft}, {Text: rendering, Status: text.Original}, {}} {
			if err := s.writeText(s.actor("project-team"), id, "text", "en", v); !fault.Is(err, fault.Invalid) {
				t.Errorf("the team makes NIA's own English into %+v: %v", v, err)
			}
		}
		rev := s.rev(id)
		if err := s.tryTranslate("project-team", id, "text", "We do not agree.", text.Machine); err != nil {
			t.Error(err)
		}
		_, v, _ := s.objects.Get(t.Context(), access.Operator("test"), id)
		if en := v.(*exchange.Statement).Text["en"]; en.Word != text.Own || en.Status != text.Checked {
			t.Errorf("from revision %s on, NIA's own English is %+v", rev, en)
		}
		s.want(s.get("eu-focal-point", "/en/statements/"+id), 200, "We do not agree.", "!Unconfirmed", "!"+rendering)

		// A text that the institution left empty is no place for others' words.
		for _, status := range []text.Status{text.Original, text.Draft} {
			if err := s.tryTranslate("project-team", file, "note", rendering, status); !fault.Is(err, fault.Invalid) {
				t.Errorf("the team writes a note on NIA's file (%s): %v", status, err)
			}
		}
		form := url.Values{"rev": {s.rev(file)}, "title.zh": {"附件"}, "title.zh.status": {"original"}, "note.en": {rendering}, "note.en.status": {"original"}}
		s.want(s.post("project-team", "/en/objects/"+file+"/edit", form), http.StatusUnprocessableEntity, "left this empty")
		if err := s.writeText(nia, file, "note", "zh", text.Version{Text: said1, Status: text.Original}); err != nil {
			t.Error(err)
		}
		s.translate(file, "note", rendering, text.Draft)
		s.want(s.get("eu-focal-point", "/en/files/"+file), 200, rendering, beside, said1)

		// Where the original says something else since, a new translation stands beside it.
		if err := s.writeText(nia, file, "note", "en", text.Version{Text: "Not so", Status: text.Checked}); err != nil {
			t.Fatal(err)
		}
		if err := s.tryTranslate("project-team", file, "note", rendering, text.Draft); !fault.Is(err, fault.Invalid) {
			t.Errorf("the team replaces what NIA wrote: %v", err)
		}
		if err := s.writeText(nia, file, "note", "zh", text.Version{Text: said1 + "更正", Status: text.Original}); err != nil {
			t.Fatal(err)
		}
		s.translate(file, "note", rendering, text.Draft)
		s.want(s.get("eu-focal-point", "/en/files/"+file), 200, rendering, beside, said1+"更正")
		s.want(s.get("eu-focal-point", "/en/objects/"+file+"/history"), 200, "Not so")
	})
}

// TestSignedByWrite: who made a translation is written by the node, whatever the value says that comes in.
func TestSignedByWrite(t *testing.T) {
	s := newTest(t)
	o, err := exchange.New(s.db).State(t.Context(), s.actor("cn-focal-point"), s.id(meeting1), exchange.Said{Sort: exchange.Comment, Seen: 1, Text: text.Multi{"zh": {Text: said1, Status: text.Draft}}})
	if err != nil {
		t.Fatal(err)
	}
	if o.Value.Text["zh"].Status != text.Original {
		t.Error("what an institution says first is a translation of nothing")
	}
	for _, word := range []text.Word{text.Own, text.Confirmed} {
		if err := s.writeText(s.actor("project-team"), o.ID, "text", "en", text.Version{Text: rendering + string(word), Status: text.Draft, By: "institution:" + s.id("institution/nia"), Word: word}); err != nil {
			t.Fatal(err)
		}
		_, v, _ := s.objects.Get(t.Context(), access.Operator("test"), o.ID)
		if en := v.(*exchange.Statement).Text["en"]; en.Word != "" || !strings.HasPrefix(en.By, "team:") {
			t.Errorf("the team's translation is kept as %+v", en)
		}
	}
	if h, v, _ := s.objects.Get(t.Context(), access.Operator("test"), s.id(meeting1)); h.ID != "" {
		for _, x := range shape.Texts(v) {
			for l, version := range x.Value {
				if version.By != "" || version.Word != "" {
					t.Errorf("%s.%s of a meeting: %+v", x.Path, l, version)
				}
			}
		}
	}
}
