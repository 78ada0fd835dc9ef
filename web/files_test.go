package web

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"entente/access"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/files"
	"entente/internal/ref"
	"entente/library"
	"entente/standard/tlp"
)

// send posts a form with a file as a role.
func (s *testSite) send(role, path, name, data string, fields map[string]string) answer {
	s.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	all := s.seen(role, path, func(name string) string { return fields[name] })
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, fields)
	for k, v := range all {
		if err := m.WriteField(k, v); err != nil {
			s.t.Fatal(err)
		}
	}
	if name != "" {
		w, err := m.CreateFormFile("file", name)
		if err != nil {
			s.t.Fatal(err)
		}
		if _, err := io.WriteString(w, data); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		s.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, s.fill(path), &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return s.do(role, r)
}

// attach adds a file as the project team and gives its id.
func (s *testSite) attach(to, name, data string, fields map[string]string) ref.ID {
	s.t.Helper()
	before := s.filesOf(to)
	s.want(s.send("project-team", "/en/objects/{"+to+"}/files", name, data, fields), http.StatusSeeOther)
	after := s.filesOf(to)
	if len(after) != len(before)+1 {
		s.t.Fatalf("%s has %d files, had %d", to, len(after), len(before))
	}
	return after[len(after)-1].ID
}

func (s *testSite) filesOf(to string) []access.Object[library.File] {
	s.t.Helper()
	list, err := library.New(s.db, nil, files.Scanner{}).Of(s.t.Context(), s.actor("project-team"), s.id(to))
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

// eachEngine runs a test over the example on both engines, and verifies everything at the end.
func eachEngine(t *testing.T, fn func(t *testing.T, s *testSite)) {
	run := func(t *testing.T, s *testSite) {
		fn(t, s)
		if err := s.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			_, d, err := s.objects.Verify(ctx, tx)
			if d = s.withoutInvented(d); d != "" {
				t.Errorf("verification: %s", d)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	}
	t.Run("sqlite", func(t *testing.T) { run(t, newTest(t)) })
	t.Run("postgres", func(t *testing.T) { run(t, siteOverExample(t, dbtest.Postgres(t))) })
}

const meeting1 = "meeting/launch-phase-2"

// narrow gives an object a mark and an audience, as the project team.
func (s *testSite) narrow(id ref.ID, mark tlp.Label, ps ...access.Principal) {
	s.t.Helper()
	team := s.actor("project-team")
	h, _, err := s.objects.Get(s.t.Context(), team, id)
	if err == nil {
		err = s.objects.SetAudience(s.t.Context(), team, id, h.Rev, mark, access.NewAudience(ps...), "test")
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestFiles(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		s.want(s.get("project-team", "/en/objects/{"+meeting1+"}/files"), 200, "No files here", "classified", "3.1 MB")
		s.want(s.get("project-team", "/zh/objects/{"+meeting1+"}/files"), 200, "暂无文件", "涉密")
		s.want(s.get("cn-focal-point", "/zh/objects/{"+meeting1+"}/files"), 200, "!type=\"file\"")
		id := s.attach(meeting1, `C:\议程 O'Neill<b>.txt`, "first words", map[string]string{"title": "<b>Agenda</b>", "language": "zh"})
		s.want(s.get("project-team", "/en/meetings/{"+meeting1+"}"), 200, "&lt;b&gt;Agenda&lt;/b&gt;", "11 bytes", "Add a file")
		s.want(s.get("project-team", "/en/files/"+id), 200, "议程 O&#39;Neill_b_.txt", "Add a new version")
		s.want(s.get("cn-focal-point", "/zh/files/"+id), 200, "校验值", "!上传新版本")

		a := s.get("cn-focal-point", "/files/"+id+"/any-name")
		s.want(a, 200, "first words")
		mark := s.filesOf(meeting1)[0].Mark
		for k, want := range map[string]string{
			"Content-Type": "text/plain", "X-Content-Type-Options": "nosniff", "Cache-Control": "private",
			"Content-Security-Policy": "sandbox; default-src 'none'", "Vary": "Cookie",
			"Content-Disposition": "attachment; filename=\"" + strings.ReplaceAll(string(mark), ":", "-") + " __ O'Neill_b_.txt\"; filename*=UTF-8''TLP-",
		} {
			if got := strings.Join(a.Header.Values(k), ", "); !strings.Contains(got, want) {
				t.Errorf("%s: %q, want %q", k, got, want)
			}
		}
		r := httptest.NewRequest(http.MethodGet, "/files/"+id+"/x", nil)
		r.Header.Set("Range", "bytes=6-")
		s.want(s.do("cn-focal-point", r), http.StatusPartialContent, "words", "!first")
		r = httptest.NewRequest(http.MethodGet, "/files/"+id+"/x", nil)
		r.Header.Set("If-None-Match", a.Header.Get("ETag"))
		s.want(s.do("cn-focal-point", r), http.StatusNotModified)

		// The next version stands in its place, the first one stays.
		s.want(s.send("project-team", "/en/files/"+id, "agenda.xml", `<?xml version="1.0"?><a>second</a>`, map[string]string{"rev": "1"}), http.StatusSeeOther)
		b := s.get("cn-focal-point", "/files/"+id+"/x")
		s.want(b, 200, "second")
		if got := b.Header.Get("Content-Type"); got != "application/octet-stream" {
			t.Errorf("XML goes out as %q", got)
		}
		s.want(s.get("cn-focal-point", "/files/"+id+"/x?version=1"), 200, "first words")
		s.want(s.get("cn-focal-point", "/files/"+id+"/x?version=3"), 404)
		s.want(s.get("cn-focal-point", "/en/files/"+id), 200, "Earlier versions", "version 1")
		s.want(s.send("project-team", "/en/files/"+id, "a.txt", "late", map[string]string{"rev": "1"}), http.StatusConflict)
		s.want(s.get("project-team", "/en/objects/"+id+"/edit"), 200, "Language of the file", "!name=\"hash\"")
		s.want(s.get("project-team", "/en/new/file"), 404)
	})
}

// TestFilesRefused: what is not taken, and who may not send.
func TestFilesRefused(t *testing.T) {
	s := newTest(t)
	at := "/en/objects/{" + meeting1 + "}/files"
	s.want(s.send("project-team", at, "", "", map[string]string{"title": "Kept words"}), 422, "Choose a file", "Kept words")
	s.want(s.send("project-team", at, "a.pdf", "MZ\x90\x00", nil), 422, "is a program")
	s.want(s.send("project-team", at, "<i>.exe", "words", nil), 422, "is a program", "!<i>")
	s.want(s.send("project-team", at, "a.pdf", "", nil), 422, "is empty")
	s.want(s.send("project-team", at, "a.pdf", strings.Repeat("x", testFileLimit+1), nil), 422, "larger than")
	s.want(s.send("project-team", at, "a.pdf", strings.Repeat("x", testFileLimit+maxBody+1), nil), 422, "larger than")
	s.want(s.send("cn-focal-point", at, "a.pdf", "words", nil), 403)
	s.want(s.send("donor", at, "a.pdf", "words", nil), 404)
	s.want(s.send(visitor, at, "a.pdf", "words", nil), 303)
	if n := len(s.filesOf(meeting1)); n != 0 {
		t.Errorf("%d files were kept", n)
	}
	s.want(s.send("project-team", at, strings.Repeat("议", 300)+".pdf", "%PDF-", nil), 303)
	s.want(s.send("project-team", at, "../../../etc/passwd", "root", nil), 303)
	s.want(s.get("project-team", at), 200, "passwd", "!etc")
	// Elsewhere a form is no larger for it.
	r := httptest.NewRequest(http.MethodPost, s.fill("/en/objects/{"+meeting1+"}/edit"), strings.NewReader("x="+strings.Repeat("x", maxBody)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	s.want(s.do("project-team", r), http.StatusRequestEntityTooLarge)
}

// TestFilesDoNotLeak: a file is found by nobody who may not read it or what it is attached to,
// also by an address that was kept from a time when that was allowed.
func TestFilesDoNotLeak(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		d := ref.Dialogue(s.id("dialogue/migration-mobility"))
		cn := access.SideOf(ref.Side(s.id("side/cn")))
		open := s.attach(meeting1, "open.txt", canary+" open", map[string]string{"title": canary + " open"})
		team := s.attach(meeting1, "inner.txt", canary+" inner", map[string]string{"title": canary + " inner", "readers": "own", "mark": "TLP:GREEN", "audience": "team:" + s.id("dialogue/migration-mobility")})
		const eu, zh = "eu-focal-point", "cn-focal-point"
		s.want(s.get(eu, "/files/"+open+"/open.txt"), 200, "open")
		s.want(s.get(eu, "/files/"+team+"/inner.txt"), 404)
		s.want(s.get(eu, "/en/files/"+team), 404, "!"+canary)
		s.want(s.get(eu, "/en/objects/{"+meeting1+"}/files"), 200, canary+" open", "!"+canary+" inner")
		s.want(s.get(eu, "/en/meetings/{"+meeting1+"}"), 200, canary+" open", "!"+canary+" inner")
		if got := s.archived(eu, meeting1); len(got) != 1 || !strings.Contains(got[0], "open.txt: "+canary+" open") {
			t.Errorf("the archive for %s holds %q", eu, got)
		}
		if got := s.archived("project-team", meeting1); len(got) != 2 {
			t.Errorf("the archive for the team holds %q", got)
		}
		etag := s.get(eu, "/files/"+open+"/open.txt").Header.Get("ETag")

		// The meeting is narrowed: its file follows, and the kept address leads nowhere.
		s.narrow(s.id(meeting1), tlp.AMBER, cn, access.TeamOf(d))
		for _, role := range []string{eu, visitor, "donor", "member-state", "administrator"} {
			for _, path := range []string{"/files/" + open + "/open.txt", "/files/" + open + "/open.txt?version=1", "/en/files/" + open, "/en/objects/{" + meeting1 + "}/files", "/en/objects/{" + meeting1 + "}/files.zip"} {
				s.want(s.get(role, path), 404, "!"+canary)
			}
			s.want(s.get(role, "/en/search?q="+canary), 200, "!"+canary+" open", "!open.txt")
		}
		r := httptest.NewRequest(http.MethodGet, "/files/"+open+"/open.txt", nil)
		r.Header.Set("If-None-Match", etag)
		s.want(s.do(eu, r), 404)
		s.want(s.get(zh, "/files/"+open+"/open.txt"), 200, canary)
		if m := s.filesOf(meeting1)[0].Mark; m != tlp.AMBER {
			t.Errorf("the file of an AMBER meeting is %s", m)
		}
		// No file is wider than its meeting.
		s.want(s.publish("project-team", open), 422)
		s.want(s.get(visitor, "/files/"+open+"/open.txt"), 404)
		// A meeting that is removed takes its files along.
		h, _, err := s.objects.Get(t.Context(), s.actor("project-team"), s.id(meeting1))
		if err == nil {
			err = s.objects.Remove(t.Context(), s.actor("project-team"), h.ID, h.Rev, "test")
		}
		if err != nil {
			t.Fatal(err)
		}
		s.want(s.get("project-team", "/files/"+open+"/open.txt"), 404)
		s.want(s.get("project-team", "/en/search?q="+canary), 200, "!open.txt", "!"+canary+" open")
	})
}

// archived gives what stands in the archive of an object's files: "name: content".
func (s *testSite) archived(role, of string) (out []string) {
	s.t.Helper()
	a := s.get(role, "/en/objects/{"+of+"}/files.zip")
	s.want(a, 200)
	z, err := zip.NewReader(strings.NewReader(a.Body), int64(len(a.Body)))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			s.t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			s.t.Fatal(err)
		}
		if !regexp.MustCompile(`^TLP-[A-Z+]+ [^/\\]+$`).MatchString(f.Name) {
			s.t.Errorf("a file in the archive is called %q", f.Name)
		}
		out = append(out, f.Name+": "+string(b))
	}
	return out
}

// TestPublishedWithoutItsFiles: whoever publishes something is told which of its files stay closed.
func TestPublishedWithoutItsFiles(t *testing.T) {
	s := newTest(t)
	id := s.attach("meeting/launch-phase-2", "plan.txt", "the content", map[string]string{"title": "Seating <plan>", "language": "en"})
	s.want(s.get("project-team", "/en/objects/{meeting/launch-phase-2}/publish"), 200, "!Seating")
	s.want(s.post("project-team", "/en/objects/{meeting/launch-phase-2}/withdraw", url.Values{"rev": {s.rev(s.id("meeting/launch-phase-2"))}, "reason": {"x"}}), 303)
	s.want(s.get("project-team", "/en/objects/"+id+"/audience"), 200)
	d, _, err := s.objects.Get(t.Context(), s.actor("project-team"), s.id("meeting/launch-phase-2"))
	if err != nil {
		t.Fatal(err)
	}
	for lang, told := range map[string]string{"en": "One attached file stays closed", "zh": "所附1份文件仍不对公众开放"} {
		s.want(s.get("project-team", "/"+lang+"/objects/{meeting/launch-phase-2}/publish"), 200, told, "Seating &lt;plan&gt;")
		widen := url.Values{"rev": {s.rev(s.id("meeting/launch-phase-2"))}, "step": {"look"}, "mark": {"TLP:CLEAR"}, "audience": {"anyone"}, "reason": {"x"}}
		s.want(s.post("project-team", "/"+lang+"/objects/{meeting/launch-phase-2}/audience", widen), 200, told, "Seating &lt;plan&gt;")
		widen["mark"], widen["audience"] = []string{"TLP:GREEN"}, []string{string(access.DialogueOf(d.Dialogue))}
		s.want(s.post("project-team", "/"+lang+"/objects/{meeting/launch-phase-2}/audience", widen), 200, "!"+told)
	}
}
