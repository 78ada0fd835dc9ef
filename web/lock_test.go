package web

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"entente/internal/db"
	"entente/internal/db/dbtest"
)

// TestReadingWaitsForNobody: while the lock of all writers is held, every page answers everybody as it
// does otherwise: those too who have just signed in, whose session is to be noted as used, and who come
// from an act. The lock is given back after the last answer; whoever waited for it would be told off.
func TestReadingWaitsForNobody(t *testing.T) {
	var ahead time.Duration
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ahead = 0
		loadExample(t, d)
		var mu sync.Mutex
		var told bytes.Buffer
		s := siteOver(t, d)
		var err error
		s.handler, err = New(Options{
			DB: d, Objects: s.objects, Demo: s.roles, Files: s.store, Archives: s.archives, FileLimit: testFileLimit,
			Log: slog.New(slog.NewTextHandler(lockedWriter{&mu, &told}, &slog.HandlerOptions{Level: slog.LevelWarn})),
		})
		if err != nil {
			t.Fatal(err)
		}
		roles := []string{visitor, "project-team", "cn-focal-point"}
		paths := map[string][]string{}
		for _, role := range roles {
			s.get(role, "/en/") // signs in
			if role == "project-team" {
				s.act("en", "The host asked for it.")
			}
			for _, r := range Routes() {
				if r.Method != http.MethodGet || strings.HasPrefix(r.Path, "/invitation/") { // a wrong code is counted
					continue
				}
				for _, path := range addresses(t, s, r) {
					paths[role] = append(paths[role], path)
				}
			}
		}
		ahead = 10 * time.Minute // the use of a session is due to be noted
		held, release, freed := make(chan struct{}), make(chan struct{}), make(chan error)
		go func() {
			freed <- d.Write(context.Background(), func(context.Context, *db.Tx) error {
				close(held)
				<-release
				return nil
			})
		}()
		<-held
		for _, role := range roles {
			for _, path := range paths[role] {
				a := s.get(role, path)
				if a.Status >= 500 {
					t.Errorf("%s as %s: %d while somebody writes", path, role, a.Status)
				}
			}
		}
		close(release)
		if err := <-freed; err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		defer mu.Unlock()
		if told.Len() > 0 {
			t.Errorf("what the log tells:\n%s", told.String())
		}
	}, db.Options{Volatile: true, Clock: func() time.Time { return time.Now().Add(ahead) }})
}

type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}
