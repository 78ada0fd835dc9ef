package web

import (
	"archive/zip"
	"context"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/jobs"
	"entente/internal/ref"
	"entente/roster"
	"entente/standard/tlp"
)

// works does what waits for a role until nothing is on its way.
func (s *testSite) works(role string) []jobs.Job {
	s.t.Helper()
	ctx, stop := context.WithCancel(s.t.Context())
	over := make(chan struct{})
	go func() {
		defer close(over)
		jobs.NewRunner(s.db, jobs.Options{Poll: 5 * time.Millisecond}, jobs.Kind{Name: bundle.ArchiveJob, Long: true, Do: s.archives.Make}).Run(ctx)
	}()
	defer func() { stop(); <-over }()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		all := s.archiveJobs(role)
		if !slices.ContainsFunc(all, func(j jobs.Job) bool { return j.State == jobs.Waiting || j.State == jobs.Running }) {
			return all
		}
	}
	s.t.Fatalf("the archive is never made: %+v", s.archiveJobs(role))
	return nil
}

func (s *testSite) archiveJobs(role string) (all []jobs.Job) {
	s.t.Helper()
	if err := s.db.Read(s.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		all, err = jobs.Of(ctx, tx, ref.Person(s.id("person/"+role)), bundle.ArchiveJob, 20)
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return all
}

var archiveLink = regexp.MustCompile(`/(?:en|zh)/downloads/[0-9a-f-]+/archive\.zip`)

// unzip gives the contents of an archive by name.
func unzip(t *testing.T, body string) map[string]string {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(b)
	}
	return out
}

// TestDownloads: a person asks, closes the page, comes back, and fetches what that person may
// read and nothing else; nobody else does; and no longer than it all may still be read.
func TestDownloads(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *testSite) {
		hide(t, s)
		s.attach(meeting1, "agenda.txt", "the agenda", map[string]string{"title": "Agenda"})
		s.attach(meeting1, "agenda.txt", "for the team", map[string]string{"title": "Team", "readers": "own", "mark": "TLP:AMBER+STRICT", "audience": "team:" + s.id("dialogue/migration-mobility")})
		const role = "eu-focal-point"

		s.want(s.get(visitor, "/en/downloads"), 303)
		s.want(s.get(role, "/en/downloads"), 200, "No file was made yet", "will hold what you may read when it is made", "TLP:GREEN", "Make the file")
		s.want(s.get(role, "/zh/downloads"), 200, "尚未生成下载包", "仅供您本人使用")
		s.want(s.post(role, "/en/downloads", url.Values{}), 303)
		s.want(s.post(role, "/en/downloads", url.Values{}), 303)
		if n := len(s.archiveJobs(role)); n != 1 {
			t.Fatalf("%d archives were promised", n)
		}
		s.want(s.get(role, "/en/downloads"), 200, "The file is being made.", "Waiting", "It waits for its turn", "You may close this page", "data-poll", "!Make the file")
		s.want(s.get(role, "/zh/downloads"), 200, "正在排队")

		first := s.works(role)[0]
		if first.State != jobs.Done || first.Done == 0 || first.Done != first.Total {
			t.Fatalf("%+v", first)
		}
		page := s.get(role, "/en/downloads")
		s.want(page, 200, "Ready", "For you alone, until", "1 files", "Make the file", "!data-poll")
		link := archiveLink.FindString(page.Body)
		a := s.get(role, link)
		s.want(a, 200)
		if h := a.Header; !strings.HasPrefix(h.Get("Content-Disposition"), `attachment; filename="TLP-`) || h.Get("Cache-Control") != "private, no-store" {
			t.Errorf("headers %v", h)
		}
		in := unzip(t, a.Body)
		text, list := in["entente.yaml"], in["contents.csv"]
		if len(in) != 3 || in["files/TLP-CLEAR agenda.txt"] != "the agenda" {
			t.Errorf("it holds %d files", len(in))
		}
		if !strings.Contains(text, "key: launch-phase-2") || !strings.Contains(list, s.id(meeting1)) || !strings.Contains(list, "files/TLP-CLEAR agenda.txt") {
			t.Error("what the person may read is not in it")
		}
		for _, name := range []string{"entente.yaml", "contents.csv"} {
			if strings.Contains(in[name], canary) || strings.Contains(in[name], s.id(hidden[0])) || strings.Contains(in[name], "for the team") {
				t.Errorf("%s holds what the person may not read", name)
			}
		}

		// It is that person's alone, and the address is no key.
		for _, other := range []string{"project-team", "cn-focal-point", "administrator", "donor"} {
			s.want(s.get(other, link), 404)
			s.want(s.get(other, "/en/downloads"), 200, "No file was made yet")
		}
		s.want(s.get(visitor, link), 303)

		// What is narrowed is gone from it at once.
		s.narrow(s.id(meeting1), tlp.AMBER, access.TeamOf(ref.Dialogue(s.id("dialogue/migration-mobility"))))
		s.want(s.get(role, link), 409, "has changed since this file was made")
		s.want(s.get(role, "/en/downloads"), 200, "Out of date", "Have it made anew", "!/archive.zip")
		s.want(s.get(role, "/zh/downloads"), 200, "已失效")

		// The new one takes its place.
		s.want(s.post(role, "/en/downloads", url.Values{}), 303)
		s.works(role)
		link = archiveLink.FindString(s.get(role, "/en/downloads").Body)
		if in := unzip(t, s.get(role, link).Body); strings.Contains(in["contents.csv"], s.id(meeting1)) || len(in) != 2 {
			t.Errorf("the narrowed one is still in it: %d", len(in))
		}
		if files, err := filepath.Glob(filepath.Join(s.archiveFolder, "*")); err != nil || len(files) != 1 {
			t.Errorf("in the folder: %q %v", files, err)
		} else if i, err := os.Stat(files[0]); err != nil || i.Mode().Perm() != 0o600 {
			t.Errorf("%v %v", i, err)
		}

		// Its day ends.
		newest := s.archiveJobs(role)[0].ID
		s.sql(`update job set at = $2 where id = $1`, newest, db.Stamp(s.db.Now().Add(-bundle.ArchiveLasts)))
		s.want(s.get(role, link), 404)
		s.want(s.get(role, "/en/downloads"), 200, "is deleted now")
		s.sql(`update job set at = $2 where id = $1`, newest, db.Stamp(s.db.Now()))
		s.want(s.get(role, link), 200)

		// A person who is somebody else by now does not get what the earlier one was given.
		s.member(role, func(p *roster.Person) { p.Posts = nil })
		s.want(s.get(role, link), 409)

		// And one who is gone gets nothing.
		s.want(s.post(role, "/en/downloads", url.Values{}), 303)
		s.person(role, func(o *access.Object[roster.Person]) { o.Tombstone = "left" })
		if j := s.works(role)[0]; j.State != jobs.Refused {
			t.Errorf("%+v", j)
		}
	})
}

// TestDownloadsClean: archives whose day is over are deleted, also those that nobody knows of.
func TestDownloadsClean(t *testing.T) {
	s := newTest(t)
	if err := os.MkdirAll(s.archiveFolder, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, age := range map[string]time.Duration{"old": 26 * time.Hour, "fresh": time.Hour} {
		path := filepath.Join(s.archiveFolder, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.archives.Clean(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if files, _ := filepath.Glob(filepath.Join(s.archiveFolder, "*")); len(files) != 1 || filepath.Base(files[0]) != "fresh" {
		t.Errorf("left: %q", files)
	}
}

// sql runs one statement.
func (s *testSite) sql(query string, args ...any) {
	s.t.Helper()
	if err := s.db.Write(s.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
}

// person changes the person of a role.
func (s *testSite) person(role string, change func(*access.Object[roster.Person])) {
	s.t.Helper()
	if err := s.db.Write(s.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		who := access.Operator("test")
		o, err := roster.People.Load(ctx, tx, who, s.id("person/"+role))
		if err != nil {
			return err
		}
		change(&o)
		return roster.People.Save(ctx, tx, who, "person.edit", &o, "test")
	}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *testSite) member(role string, change func(*roster.Person)) {
	s.t.Helper()
	s.person(role, func(o *access.Object[roster.Person]) { change(&o.Value) })
}
