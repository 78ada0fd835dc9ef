package web

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/files"
	"entente/internal/text"
	"entente/library"
)

// lying gives the paths of everything that lies in the folder of contents.
func (s *testSite) lying() (out []string) {
	s.t.Helper()
	if err := filepath.WalkDir(s.files, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, p)
		}
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return out
}

// TestRefusedUploadLeavesNothing: a file whose act is refused is not on the disk afterwards, whatever
// refused it, and one that is taken lies there once.
func TestRefusedUploadLeavesNothing(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		at := "/en/objects/{" + meeting1 + "}/files"
		s.want(s.send("project-team", at, "a.txt", "no such mark", map[string]string{"readers": "own", "mark": "TLP:PINK", "audience": "public"}), 422)
		s.want(s.send("project-team", at, "a.txt", "too long a title", map[string]string{"title": strings.Repeat("x", 5000)}), 422)
		s.want(s.send("project-team", at, "a.exe", "refused by its name", nil), 422)
		s.want(s.send("project-team", at, "a.txt", "a field too large", map[string]string{"title": strings.Repeat("x", 256<<10+1)}), 422, "!larger than")
		s.want(s.send("cn-focal-point", "/en/objects/{"+meeting1+"}/statements/new", "a.txt", "no text said", map[string]string{"sort": "comment"}), 422)
		if l := s.lying(); len(l) != 0 {
			t.Errorf("refused, and there lie %v", l)
		}
		id := s.attach(meeting1, "a.txt", "taken", nil)
		s.want(s.send("project-team", "/en/files/"+id, "a.txt", "late", map[string]string{"rev": "7"}), http.StatusConflict)
		if l := s.lying(); len(l) != 1 {
			t.Errorf("one was taken, and there lie %v", l)
		}
	})
}

// TestSweepKeepsWhatIsNamed: what no file names in any version goes after a day, nothing else.
func TestSweepKeepsWhatIsNamed(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		id := s.attach(meeting1, "a.txt", "first", nil)
		s.want(s.send("project-team", "/en/files/"+id, "a.txt", "second", map[string]string{"rev": "1"}), http.StatusSeeOther)
		in, err := s.store.Take(t.Context(), strings.NewReader("its act failed at the very end"))
		if err == nil {
			err = in.Keep()
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range s.lying() {
			old := s.db.Now().Add(-48 * time.Hour)
			if err := os.Chtimes(p, old, old); err != nil {
				t.Fatal(err)
			}
		}
		swept, err := library.Sweep(t.Context(), s.db, s.store)
		if err != nil || swept.Contents != 1 {
			t.Fatalf("%+v %v", swept, err)
		}
		s.want(s.get("project-team", "/files/"+id+"/x?version=1"), 200, "first")
		s.want(s.get("project-team", "/files/"+id+"/x"), 200, "second")
	})
}

// grew gives how many bytes fn allocated, all in all.
func grew(fn func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// raw posts a body as it is.
func (s *testSite) raw(path, kind string, body []byte) answer {
	r := httptest.NewRequest(http.MethodPost, s.fill(path), bytes.NewReader(body))
	r.Header.Set("Content-Type", kind)
	return s.do("project-team", r)
}

// TestUploadBounds: a form with a file costs no more memory than a page of ours would make it, however
// it is put together.
func TestUploadBounds(t *testing.T) {
	s := newTest(t)
	at := "/en/objects/{" + meeting1 + "}/files"
	token := "--B\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\n" + s.tokenOf(s.actor("project-team")) + "\r\n"
	part := func(name, more string) string {
		return "--B\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n" + more + "\r\n\r\n"
	}
	for name, body := range map[string]string{
		"empty parts":      strings.Repeat(part("x", ""), 50_000),
		"a long name":      part(strings.Repeat("x", 1_000_000), ""),
		"a long header":    part("x", "X-More: "+strings.Repeat("x", 1_000_000)+"\r\n"),
		"many headers":     part("x", strings.Repeat("X-More: x\r\n", 100_000)),
		"a long file name": part("file\"; filename=\""+strings.Repeat("x", 1_000_000), ""),
	} {
		t.Run(name, func(t *testing.T) {
			sent := []byte(token + body + "--B--\r\n")
			var a answer
			cost := grew(func() { a = s.raw(at, "multipart/form-data; boundary=B", sent) })
			s.want(a, http.StatusUnprocessableEntity, "no whole form")
			if most := uint64(len(sent) + 8<<20); cost > most && !testing.Short() { // the test itself copies what it sends, and the race detector keeps much more
				t.Errorf("%d bytes sent cost %d bytes of memory", len(sent), cost)
			}
		})
	}
}

// archive makes an archive with entries of some names.
func archive(t testing.TB, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		w, err := z.CreateHeader(&zip.FileHeader{Name: n})
		if err == nil {
			_, err = io.WriteString(w, "x")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestUploadKinds: what a browser or an office program would run is refused, by its name and by its
// content; what only looks like it is taken.
func TestUploadKinds(t *testing.T) {
	s := newTest(t)
	at := "/en/objects/{" + meeting1 + "}/files"
	const ole = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
	project := "_\x00V\x00B\x00A\x00_\x00P\x00R\x00O\x00J\x00E\x00C\x00T\x00"
	for _, c := range []struct{ name, data, want string }{
		{"a.html", "words", "browser would run"},
		{"a.SVG", "words", "browser would run"},
		{"a.txt", "<!DOCTYPE html><p>words", "browser would run"},
		{"a.pdf", "\ufeff  <?xml version='1.0'?>\n<!-- x --><svg xmlns='http://www.w3.org/2000/svg'/>", "browser would run"},
		{"a.xml", "<?xml version='1.0'?><x xmlns:h='http://www.w3.org/1999/xhtml'/>", "browser would run"},
		{"a.docm", archive(t, "word/document.xml"), "holds macros"},
		{"a.docx", archive(t, "word/document.xml", "word/vbaProject.bin"), "holds macros"},
		{"a.ods", archive(t, "mimetype", "Basic/Standard/Module1.xml"), "holds macros"},
		{"a.xls", ole + strings.Repeat("x", 65530) + project, "holds macros"},
		{"a.xls", ole + "words", ""},
		{"a.docx", archive(t, "word/document.xml"), ""},
		{"a.xml", "<?xml version='1.0'?><iati-activities/>", ""},
		{"a.txt", "of the tag <svg and of <html", ""},
		{"a.eml", "Subject: x\n\n<html>", ""},
	} {
		a := s.send("project-team", at, c.name, c.data, nil)
		if c.want != "" {
			s.want(a, 422, c.want, c.name)
		} else {
			s.want(a, http.StatusSeeOther)
		}
	}
}

// TestUploadDirectory: the directory of an archive is read as far as an office document or a folder of
// pictures has one, and no further.
func TestUploadDirectory(t *testing.T) {
	names := make([]string, 200_000)
	for i := range names {
		names[i] = fmt.Sprintf("%d", i)
	}
	store, err := files.Open(t.TempDir(), 100<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	l := library.New(nil, store, files.Scanner{})
	many, few := archive(t, names...), archive(t, names[:5000]...)
	cost := grew(func() {
		if _, err := l.Receive(t.Context(), library.Upload{Name: "a.zip", Data: strings.NewReader(many)}); !fault.Is(err, fault.Invalid) {
			t.Errorf("200,000 entries: %v", err)
		}
	})
	if cost > 48<<20 && !testing.Short() {
		t.Errorf("an archive of %d bytes cost %d bytes of memory", len(many), cost)
	}
	in, err := l.Receive(t.Context(), library.Upload{Name: "a.zip", Data: strings.NewReader(few)})
	if err != nil {
		t.Errorf("5,000 entries: %v", err)
	}
	in.Drop()
}

// TestUploadQuota: what was added within a day counts, by person and by institution, in whatever
// versions; what was refused does not.
func TestUploadQuota(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		team := s.actor("project-team")
		l := library.New(s.db, s.store, files.Scanner{})
		l.Quota = library.Quota{Person: 2_000_000, Institution: 3_000_000}
		add := func(who access.Actor, bytes int) error {
			in, err := l.Receive(t.Context(), library.Upload{Name: "a.txt", Data: strings.NewReader(strings.Repeat("x", bytes))})
			if err != nil {
				t.Fatal(err)
			}
			defer in.Drop()
			_, err = l.Add(t.Context(), who, s.id(meeting1), library.File{Title: text.Both("Paper", "文件")}, in, "", nil)
			return err
		}
		refused := func(err error, key string) {
			t.Helper()
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), key) {
				t.Errorf("%v, want %s", err, key)
			}
		}
		if err := add(team, 1_500_000); err != nil {
			t.Fatal(err)
		}
		refused(add(team, 600_000), "fault.file-quota-person")
		if err := add(team, 400_000); err != nil { // what was refused does not count
			t.Error(err)
		}
		// A next version counts as well.
		f := s.filesOf(meeting1)[0]
		in, err := l.Receive(t.Context(), library.Upload{Name: "b.txt", Data: strings.NewReader(strings.Repeat("y", 200_000))})
		if err != nil {
			t.Fatal(err)
		}
		defer in.Drop()
		refused(l.Replace(t.Context(), team, f.ID, f.Rev, in), "fault.file-quota-person")
		// A colleague has a bound of their own, and shares that of the institution.
		other := team
		other.Person = s.actor("cn-focal-point").Person
		refused(add(other, 1_200_000), "fault.file-quota-institution")
		if err := add(other, 1_000_000); err != nil {
			t.Error(err)
		}
		refused(add(other, 200_000), "fault.file-quota-institution")
		// Those who are of none share nothing with one another.
		for _, role := range []string{"administrator", "eu-focal-point"} {
			alone := team
			alone.Person, alone.Institution = s.actor(role).Person, ""
			if err := add(alone, 1_900_000); err != nil {
				t.Errorf("%s: %v", role, err)
			}
		}
	})
}

// TestUploadQuotaClock: what was added while the clock was ahead counts for nobody once it is right.
func TestUploadQuotaClock(t *testing.T) {
	now := time.Now()
	ahead := now.Add(365 * 24 * time.Hour)
	clock := ahead
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		clock = ahead
		s := siteOverExample(t, d)
		l := library.New(s.db, s.store, files.Scanner{})
		l.Quota = library.Quota{Person: 1_000_000, Institution: 1_000_000}
		add := func() error {
			in, err := l.Receive(t.Context(), library.Upload{Name: "a.txt", Data: strings.NewReader(strings.Repeat("x", 900_000))})
			if err != nil {
				t.Fatal(err)
			}
			defer in.Drop()
			_, err = l.Add(t.Context(), s.actor("project-team"), s.id(meeting1), library.File{Title: text.Both("Paper", "文件")}, in, "", nil)
			return err
		}
		if err := add(); err != nil {
			t.Fatal(err)
		}
		if err := add(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v within the day", err)
		}
		clock = now
		if err := add(); err != nil {
			t.Errorf("the clock is right again: %v", err)
		}
		if err := add(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v within the day of the right clock", err)
		}
	}, db.Options{Volatile: true, Clock: func() time.Time { return clock }})
}

// TestUploadsAtOnce: one person's slow lines do not take the place of everybody's.
func TestUploadsAtOnce(t *testing.T) {
	s := newTest(t)
	at := s.fill("/en/objects/{" + meeting1 + "}/files")
	s.get("project-team", at) // signs in
	var ends []func()
	var answers []chan answer
	for range uploadsOfPerson {
		r, w := io.Pipe()
		m := multipart.NewWriter(w)
		req := httptest.NewRequestWithContext(context.Background(), http.MethodPost, at, r)
		req.Header.Set("Content-Type", m.FormDataContentType())
		done := make(chan answer, 1)
		answers = append(answers, done)
		token := s.tokenOf(s.actor("project-team"))
		for _, c := range s.jar("project-team", req.URL).Cookies(&url.URL{Scheme: "http", Host: req.Host, Path: "/"}) {
			req.AddCookie(c)
		}
		go func() {
			w := httptest.NewRecorder()
			s.handler.ServeHTTP(w, req)
			done <- answer{w.Code, w.Header(), w.Body.String()}
		}()
		_ = m.WriteField("form", token)
		f, err := m.CreateFormFile("file", "slow.txt")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(f, strings.Repeat("x", 10_000)) // it was read: the file is coming in
		ends = append(ends, func() { _ = m.Close(); _ = w.Close() })
	}
	s.want(s.send("project-team", at, "a.txt", "one more", nil), http.StatusTooManyRequests, "coming in already")
	s.want(s.send("administrator", at, "a.txt", "somebody else's", nil), 404)
	for i, end := range ends {
		end()
		s.want(<-answers[i], http.StatusSeeOther)
	}
	s.want(s.send("project-team", at, "a.txt", "one more", nil), http.StatusSeeOther)
}

// FuzzParts: whatever is sent as a form with a file ends, without a panic, after no more parts and no
// longer names than there may be.
func FuzzParts(f *testing.F) {
	f.Add("--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nwords\r\n--B--\r\n")
	f.Add("--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\nContent-Type: x\r\n\r\n%PDF\r\n--B--")
	f.Add("--B\n\n--B\n\n\n--B--")
	f.Add("--B\r\nContent-Disposition: form-data; name*=utf-8''%e4; name=\"\x00\"\r\n\r\n\r\n--B\r\n")
	f.Fuzz(func(t *testing.T, body string) {
		p := newParts(strings.NewReader(body), "B")
		for n := 0; ; n++ {
			part, err := p.next()
			if err != nil {
				return
			}
			if n >= maxParts || len(part.FormName()) > maxName {
				t.Fatalf("part %d is called %q", n, part.FormName())
			}
			_, _ = io.CopyN(io.Discard, part, 10)
		}
	})
}
