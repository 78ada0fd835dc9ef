package web

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestLogNamesNobody: at its most talkative the log tells which route was asked and what came of
// it, and nothing of who asked, from where, for what, and what was typed.
func TestLogNamesNobody(t *testing.T) {
	var said bytes.Buffer
	var seen []Answered
	s := newTest(t)
	h, err := New(Options{
		DB: s.db, Objects: s.objects, Demo: s.roles, Files: s.store, FileLimit: testFileLimit,
		Log:     slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Observe: func(a Answered) { seen = append(seen, a) },
	})
	if err != nil {
		t.Fatal(err)
	}
	s.handler = h
	secrets := []string{"192.0.2.1", "secretword", "zhang.wei", "wrong-password-1", "TOKENTOKEN", "张伟", "Somebody Particular", "%E5%BC%A0"}
	for key, id := range s.ids {
		secrets = append(secrets, id)
		if name, ok := strings.CutPrefix(key, "person/"); ok && strings.Contains(name, "-focal-point") {
			secrets = append(secrets, name)
		}
	}
	for _, role := range []string{visitor, "project-team", "cn-focal-point", "donor"} {
		for _, r := range Routes() {
			if r.Method != http.MethodGet || r.Path == "/objects/{id}/files.zip" {
				continue
			}
			for _, path := range addresses(t, s, r) {
				s.get(role, path+"?q=secretword")
			}
		}
		for _, path := range []string{"/en/first/TOKENTOKEN", "/en/invitation/TOKENTOKEN", "/zh/people/张伟", "/TOKENTOKEN", "/en/search?q=secretword", "/en/meetings?q=张伟&from=secretword"} {
			s.get(role, (&url.URL{Path: strings.Split(path, "?")[0], RawQuery: strings.TrimPrefix(path[strings.IndexByte(path+"?", 0x3f):], "?")}).String())
		}
		s.post(role, "/en/sign-in", url.Values{"login": {"zhang.wei"}, "password": {"wrong-password-1"}})
		s.post(role, "/en/objects/{meeting/launch-phase-2}/edit", url.Values{"title.en": {"Somebody Particular"}, "mark": {"secretword"}, "rev": {"TOKENTOKEN"}})
		s.post(role, "/en/invitation", url.Values{"code": {"TOKENTOKEN"}})
	}
	r := httptest.NewRequest("SECRETWORD", "/en/", nil)
	s.do(visitor, r)
	log := said.String()
	if n := strings.Count(log, "\n"); n < 300 {
		t.Fatalf("only %d lines", n)
	}
	counted := fmt.Sprint(seen)
	for _, secret := range secrets {
		for what, in := range map[string]string{"the log": log, "what is counted": counted} {
			if i := strings.Index(strings.ToLower(in), strings.ToLower(secret)); i >= 0 {
				t.Errorf("%s holds %q: …%s…", what, secret, in[max(0, i-200):min(len(in), i+100)])
			}
		}
	}
	if !strings.Contains(log, "route=/meetings/{id}") || !slices.ContainsFunc(seen, func(a Answered) bool { return a.Route == "/meetings/{id}" && a.Status == 200 && a.Took > 0 }) {
		t.Error("it does not tell the route")
	}
	if !slices.ContainsFunc(seen, func(a Answered) bool { return a.Route == "" && a.Status == 404 }) {
		t.Error("an address that no route knows is not counted as such")
	}
}
