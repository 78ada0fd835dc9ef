package web

import (
	"archive/zip"
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"entente/access"
	"entente/exchange"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/files"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/library"
	"entente/project"
	"entente/standard/tlp"
)

var heldIn = regexp.MustCompile(`name="with" value="([^"]*)"`)

// opened gives what a page's form says the object holds.
func (s *testSite) opened(role, path string) string {
	s.t.Helper()
	m := heldIn.FindStringSubmatch(s.get(role, path).Body)
	if m == nil {
		s.t.Fatalf("%s has no form that says what is held", path)
	}
	return html.UnescapeString(m[1])
}

// under gives one of what an object holds, of a kind.
func (s *testSite) under(of ref.ID, kind string) (found ref.ID) {
	s.t.Helper()
	h, _, err := s.objects.Get(s.t.Context(), access.Operator("test"), of)
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := s.objects.Contents(s.t.Context(), s.actor("cn-focal-point"), h)
	if err != nil {
		s.t.Fatal(err)
	}
	for id := range c {
		if h, _, err := s.objects.Get(s.t.Context(), access.Operator("test"), id); err == nil && h.Kind == kind && (found == "" || id < found) {
			found = id
		}
	}
	if found == "" {
		s.t.Fatalf("%s holds no %s", of, kind)
	}
	return found
}

// retitle changes something that an object holds, as the project team.
func (s *testSite) retitle(id ref.ID, word string) {
	s.t.Helper()
	h, v, err := s.objects.Get(s.t.Context(), access.Operator("test"), id)
	if err != nil {
		s.t.Fatal(err)
	}
	switch o := v.(type) {
	case *project.Activity:
		o.Title = text.Both(word, word)
	case *project.Indicator:
		o.Title = text.Both(word, word)
	case *project.FocusArea:
		o.Name = text.Both(word, word)
	case *library.File:
		s.want(s.send("project-team", "/en/files/"+id, "paper.txt", word, map[string]string{revField: itoa(h.Rev)}), http.StatusSeeOther)
		return
	default:
		s.t.Fatalf("%T", v)
	}
	if _, err := s.objects.Edit(s.t.Context(), s.actor("project-team"), id, h.Rev, v, ""); err != nil {
		s.t.Fatal(err)
	}
}

// TestHeld: what is said of an object is said of what it holds too. Where that changed since the form
// was opened, nothing is filed, also where the object itself stands as it was; the page shows what changed.
func TestHeld(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing here runs at once")
	}
	eachEngine(t, func(t *testing.T, s *testSite) {
		meeting := launch(s)
		s.want(s.send("project-team", "/en/objects/"+meeting+"/files", "paper.txt", "text", map[string]string{"title": "Paper"}), http.StatusSeeOther)
		plan := s.id("plan/plan-2")
		said := func(of ref.ID) int {
			_, n, err := exchange.New(s.db).Of(t.Context(), s.actor("project-team"), of, exchange.Query{Limit: 1})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		received := map[ref.ID]bool{} // once for a revision
		for _, c := range []struct {
			of   ref.ID
			kind string // of what changes
		}{{plan, "activity"}, {meeting, "file"}, {s.id("phase/mmsp-2"), "activity"}, {s.id("phase/mmsp-2"), "indicator"}, {s.id("project/mmsp"), "indicator"}, {s.id("phase/mmsp-2"), "focus-area"}, {s.id("project/mmsp"), "focus-area"}} {
			call := s.ask(c.of, nil)
			for i, act := range []struct {
				role, path, opened string
				form               url.Values
			}{
				{"cn-focal-point", "/statements/new", "/statements/new", url.Values{"sort": {"confirmation"}, "text.zh": {"国家移民管理局同意"}}},
				{"cn-focal-point", "/statements/new", "/statements/new?call=" + call, url.Values{"sort": {"confirmation"}, "text.zh": {"国家移民管理局同意"}, "call": {call}}},
				{"project-team", "/statements/behalf", "/statements/behalf", letterForm(s, "")},
				{"cn-focal-point", "/receipt", "/statements", url.Values{}},
			} {
				if act.path == "/receipt" {
					if received[c.of] {
						continue
					}
					received[c.of] = true
				}
				at := "/en/objects/" + c.of
				form := plus(act.form, url.Values{withField: {s.opened(act.role, at+act.opened)}, revField: {s.rev(c.of)}})
				rev, before := s.rev(c.of), said(c.of)
				word := "Siebenschläfer " + itoa(int64(i))
				s.retitle(s.under(c.of, c.kind), word)
				if s.rev(c.of) != rev {
					t.Fatalf("a change of %s %s made another revision of the whole", c.kind, c.of)
				}
				a := s.post(act.role, at+act.path, form)
				if c.kind == "file" {
					word = "Paper"
				}
				s.want(a, http.StatusConflict, word, "It changed since you opened this page")
				if n := said(c.of); n != before {
					t.Errorf("%s %s: it was said all the same", c.kind, act.path)
				}
				now := heldIn.FindStringSubmatch(a.Body)
				if now == nil {
					t.Fatalf("%s: the page offers no form on what stands now", act.path)
				}
				form.Set(withField, now[1])
				s.want(s.post(act.role, at+act.path, form), http.StatusSeeOther)
			}
		}
		// What came, and what went, counts as well.
		at := "/en/objects/" + meeting + "/statements/new"
		form := url.Values{"sort": {"comment"}, "text.zh": {"意见"}, withField: {s.opened("cn-focal-point", at)}}
		s.want(s.send("project-team", "/en/objects/"+meeting+"/files", "b.txt", "text", map[string]string{"title": "Annex"}), http.StatusSeeOther)
		s.want(s.post("cn-focal-point", at, form), http.StatusConflict, "Annex", "It was not there when you opened")
		form.Set(withField, s.opened("cn-focal-point", at))
		paper := s.under(meeting, "file")
		if err := s.objects.Remove(t.Context(), s.actor("project-team"), paper, revIn(s.rev(paper)), "test"); err != nil {
			t.Fatal(err)
		}
		s.want(s.post("cn-focal-point", at, form), http.StatusConflict, "no longer there")
		// What is not the reader's changes nothing for the reader.
		form.Set(withField, s.opened("cn-focal-point", at))
		h, _, _ := s.objects.Get(t.Context(), s.actor("project-team"), meeting)
		in, err := library.New(s.db, s.store, files.Scanner{}).Receive(t.Context(), library.Upload{Name: "c.txt", Data: strings.NewReader("text")})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := library.New(s.db, s.store, files.Scanner{}).Add(t.Context(), s.actor("project-team"), meeting, library.File{Title: text.Both("C", "丙")}, in, tlp.AMBERSTRICT, access.NewAudience(access.TeamOf(h.Dialogue))); err != nil {
			t.Fatal(err)
		}
		s.want(s.post("cn-focal-point", at, form), http.StatusSeeOther)
	})
}

// TestScanConfirmed: an institution confirms or contests an entry with the scan that it saw, and what it
// confirmed stays as it was.
func TestScanConfirmed(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		id := s.said(s.send("project-team", "/en/objects/{"+meeting1+"}/statements/behalf", "scan.txt", "we agree to section 1 only", s.letter()))
		scan, page := s.scanOf(id), "/en/statements/"+id
		form := s.wordOn(id)
		form.Set(withField, s.opened("cn-focal-point", page))
		s.retitle(scan, "we agree to everything")
		s.want(s.post("cn-focal-point", page+"/accept", form), http.StatusConflict, scan)
		s.want(s.post("cn-focal-point", page+"/contest", plus(form, url.Values{"reason.zh": {"不属实"}})), http.StatusConflict, scan)
		if h, _, _ := s.objects.Get(t.Context(), access.Operator("test"), id); h.State != string(exchange.Entered) {
			t.Fatalf("the entry is %s", h.State)
		}
		s.retitle(scan, "we agree to section 1 only")
		form.Set(withField, s.opened("cn-focal-point", page))
		s.want(s.post("cn-focal-point", page+"/accept", form), http.StatusSeeOther)

		rev, team := revIn(s.rev(scan)), s.actor("project-team")
		s.want(s.get("project-team", "/en/files/"+scan), 200, "!Add a new version")
		s.want(s.send("project-team", "/en/files/"+scan, "scan.txt", "we agree to everything", map[string]string{revField: itoa(rev)}), http.StatusForbidden)
		s.want(s.send("project-team", "/en/objects/"+id+"/files", "more.txt", "and to more", nil), http.StatusForbidden)
		for what, err := range map[string]error{
			"title":    s.writeText(team, scan, "title", "en", text.Version{Text: "We agree to everything", Status: text.Original}),
			"removal":  s.objects.Remove(t.Context(), team, scan, rev, "test"),
			"audience": s.objects.SetAudience(t.Context(), team, scan, rev, tlp.AMBERSTRICT, access.NewAudience(access.TeamOf(team.Dialogue)), "test"),
		} {
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("the team changes what was confirmed, %s: %v", what, err)
			}
		}
		if err := s.writeText(team, scan, "title", "zh", text.Version{Text: "扫描件", Status: text.Draft}); err != nil {
			t.Errorf("a translation of its title: %v", err)
		}
		s.want(s.get("eu-focal-point", "/files/"+scan+"/x"), 200, "we agree to section 1 only")
		s.want(s.send("cn-focal-point", "/en/objects/"+id+"/files", "own.txt", "own", nil), http.StatusSeeOther)
	})
}

// TestOwnContent: what is in a file of an institution is for its own people to change, and the file's page
// says who added what is shown.
func TestOwnContent(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		id := s.said(s.send("cn-focal-point", "/zh/objects/{"+meeting1+"}/statements/new", "附件.txt", "hello", map[string]string{"sort": "comment", "text.zh": said1}))
		file := s.scanOf(id)
		next := func(role, words string, status int) {
			t.Helper()
			s.want(s.send(role, "/en/files/"+file, "a.txt", words, map[string]string{revField: s.rev(file)}), status)
		}
		for _, role := range []string{"project-team", "eu-focal-point", "cn-ministry"} {
			s.want(s.get(role, "/en/files/"+file), 200, "!Add a new version")
			next(role, "agreed fully", http.StatusForbidden)
		}
		h, v, err := s.objects.Get(t.Context(), s.actor("project-team"), file)
		if err != nil {
			t.Fatal(err)
		}
		f := *v.(*library.File)
		f.Language = "en"
		if _, err := s.objects.Edit(t.Context(), s.actor("project-team"), file, h.Rev, &f, ""); !fault.Is(err, fault.Invalid) {
			t.Errorf("the team says in which language NIA's file is: %v", err)
		}
		for _, act := range []string{"file.edit", "translation.confirm"} { // a content comes by its own act alone
			f := *v.(*library.File)
			f.Version, f.Name = f.Version+1, "b.txt"
			err := s.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				return library.Files.Save(ctx, tx, s.actor("cn-focal-point"), act, &access.Object[library.File]{Header: h, Value: f}, "")
			})
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("a version by %s: %v", act, err)
			}
		}
		s.want(s.get("cn-contributor", "/en/files/"+file), 200, "Add a new version")
		next("cn-contributor", "second", http.StatusSeeOther)
		next("cn-focal-point", "third", http.StatusSeeOther)
		s.want(s.get("eu-focal-point", "/files/"+file+"/x"), 200, "third")
		s.want(s.get("eu-focal-point", "/en/files/"+file), 200, "Added by", "NIA")
	})
}

// TestHeldFiles: what is said of a plan is said of the files of its activities too.
func TestHeldFiles(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		plan := s.id("plan/plan-2")
		activity := s.under(plan, "activity")
		s.want(s.send("project-team", "/en/objects/"+activity+"/files", "terms.txt", "terms one", map[string]string{"title": "Terms"}), http.StatusSeeOther)
		at := "/en/objects/" + plan + "/statements/new"
		form := url.Values{"sort": {"confirmation"}, "text.zh": {"同意"}, withField: {s.opened("cn-focal-point", at)}, revField: {s.rev(plan)}}
		s.retitle(s.under(plan, "file"), "terms two: everything")
		s.want(s.post("cn-focal-point", at, form), http.StatusConflict, "Terms", "It changed since you opened this page")
		form.Set(withField, s.opened("cn-focal-point", at))
		s.want(s.send("project-team", "/en/objects/"+activity+"/files", "more.txt", "more", map[string]string{"title": "Annex"}), http.StatusSeeOther)
		s.want(s.post("cn-focal-point", at, form), http.StatusConflict, "Annex")
		form.Set(withField, s.opened("cn-focal-point", at))
		s.want(s.post("cn-focal-point", at, form), http.StatusSeeOther)
	})
}

// TestOwnAttachment: what an institution attached to its words is its own. Nobody else takes it away,
// narrows it, shows it or attaches another beside it; where one stands there, pages and archive say whose.
func TestOwnAttachment(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		id := s.said(s.send("cn-focal-point", "/zh/objects/{"+meeting1+"}/statements/new", "position.txt", "NIA objects", map[string]string{"sort": "objection", "text.zh": "立场见附件。"}))
		file, team, svc := s.scanOf(id), s.actor("project-team"), library.New(s.db, s.store, files.Scanner{})
		rev := revIn(s.rev(file))
		narrow := func(who access.Actor) error {
			return s.objects.SetAudience(t.Context(), who, file, revIn(s.rev(file)), tlp.AMBERSTRICT, access.NewAudience(access.TeamOf(team.Dialogue), access.InstitutionOf(s.actor("cn-focal-point").Institution)), "test")
		}
		for what, err := range map[string]error{
			"removal":  s.objects.Remove(t.Context(), team, file, rev, "test"),
			"audience": narrow(team),
			"publish":  s.objects.Publish(t.Context(), team, file, rev),
			"withdraw": s.objects.Withdraw(t.Context(), team, file, rev, "test"),
		} {
			if !fault.Is(err, fault.Forbidden) && what != "withdraw" || err == nil {
				t.Errorf("the team, %s: %v", what, err)
			}
		}
		for _, act := range []string{"remove", "audience", "publish"} {
			s.want(s.get("project-team", "/en/objects/"+file+"/"+act), http.StatusForbidden)
		}
		s.want(s.get("project-team", "/en/files/"+file), 200, "!/objects/"+file+"/remove", "!/objects/"+file+"/audience", "!/objects/"+file+"/publish")
		for _, role := range []string{"project-team", "eu-focal-point", "cn-ministry"} {
			s.want(s.send(role, "/en/objects/"+id+"/files", "position.txt", "NIA agrees fully", nil), http.StatusForbidden)
			s.want(s.get(role, "/en/statements/"+id), 200, "!Add a file", "!attached by")
		}
		// An entry that waits: the team adds to it, and what the institution attached there stays its own.
		entry := s.said(s.send("project-team", "/en/objects/{"+meeting1+"}/statements/behalf", "scan.txt", "we agree to section 1 only", s.letter()))
		scan := s.scanOf(entry)
		s.want(s.send("project-team", "/en/objects/"+entry+"/files", "page2.txt", "page two", nil), http.StatusSeeOther)
		s.want(s.send("cn-focal-point", "/en/objects/"+entry+"/files", "ours.txt", "ours", nil), http.StatusSeeOther)
		list, err := svc.Of(t.Context(), team, entry)
		if err != nil || len(list) != 3 {
			t.Fatalf("%d files, %v", len(list), err)
		}
		if err := s.objects.Remove(t.Context(), team, list[2].ID, list[2].Rev, "test"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the team removes what NIA attached to an entry that waits: %v", err)
		}
		if err := s.objects.Remove(t.Context(), team, scan, revIn(s.rev(scan)), "test"); err != nil {
			t.Errorf("the team removes its own scan: %v", err)
		}

		// What stands beside all the same, as of a former program, is told apart.
		in, err := svc.Receive(t.Context(), library.Upload{Name: "position.txt", Data: strings.NewReader("NIA agrees fully")})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := svc.Add(t.Context(), access.Operator("test"), id, library.File{Title: text.Both("B", "乙")}, in, "", nil); err != nil {
			t.Fatalf("the operator attaches: %v", err)
		}
		s.want(s.get("eu-focal-point", "/en/statements/"+id), 200, "attached by the node’s operator")
		s.want(s.get("eu-focal-point", "/en/objects/"+id+"/files"), 200, "attached by the node’s operator")
		s.want(s.get("cn-focal-point", "/zh/statements/"+id), 200, "由系统运维上传")
		s.want(s.get("eu-focal-point", "/en/statements/"+entry), 200, "attached by IOM")
		s.want(s.get("cn-focal-point", "/zh/objects/"+entry+"/files"), 200, "由国际移民组织上传")
		z := s.get("eu-focal-point", "/en/objects/"+entry+"/files.zip")
		s.want(z, 200)
		r, err := zip.NewReader(strings.NewReader(z.Body), int64(len(z.Body)))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range r.File {
			names = append(names, f.Name)
		}
		if all := strings.Join(names, "; "); !strings.Contains(all, "page2 (attached by IOM)") || strings.Contains(all, "ours (") {
			t.Errorf("the archive names %s", all)
		}
		// The institution itself, and the operator, stay able.
		if err := narrow(s.actor("cn-focal-point")); err != nil {
			t.Errorf("NIA narrows its own: %v", err)
		}
		if err := s.objects.Remove(t.Context(), access.Operator("test"), file, revIn(s.rev(file)), "test"); err != nil {
			t.Errorf("the operator removes: %v", err)
		}
	})
}
