package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"entente/bundle"
	"entente/internal/db"
	"entente/internal/files"
	"entente/internal/jobs"
	"entente/internal/message"
	"entente/web"
)

func TestJobsCommands(t *testing.T) {
	data := exampleNode(t)
	d, err := db.Open(t.Context(), filepath.Join(data, databaseFile), db.Options{Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() // open, as by a node that runs
	var id string
	if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
		id, _, err = jobs.Enqueue(ctx, tx, jobs.New{Kind: "clean"})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	cli(t, "admin", "jobs", "list", "--data", data).want(t, statusDone, id, "clean", "waiting", "1 waiting  0 running")
	cli(t, "admin", "jobs", "cancel", "--data", data, id).want(t, statusDone, id+" is cancelled")
	cli(t, "admin", "jobs", "cancel", "--data", data, id, "x").want(t, statusFailed, "its state does not allow that", "x: there is no such job")
	cli(t, "admin", "jobs", "retry", "--data", data, id).want(t, statusDone, id+" is tried again")
	cli(t, "admin", "jobs", "list", "--data", data, "--state", "dead").want(t, statusDone, "1 waiting")
	cli(t, "admin", "jobs", "list", "--data", data, "--limit", "0").want(t, statusUsage, "--limit")
	cli(t, "ledger", "verify", filepath.Join(data, databaseFile)).want(t, statusDone)
}

// TestJobWords: the administrator reads what each kind of job does, in every language.
func TestJobWords(t *testing.T) {
	archives := bundle.NewArchives(nil, bundle.Objects(nil), nil, t.TempDir())
	for _, k := range (node{}).kinds(web.Options{Archives: archives}, nil) {
		if !message.Has("jobs.kind." + k.Name) {
			t.Errorf("%s has no words", k.Name)
		}
	}
}

// TestClean: the node's own first job.
func TestClean(t *testing.T) {
	data := exampleNode(t)
	d, err := db.Open(t.Context(), filepath.Join(data, databaseFile), db.Options{Volatile: true})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	old, fresh := "2020-01-01T00:00:00.000Z", db.Stamp(time.Now().Add(24*time.Hour)) // a count that lies further ahead is of a wrong clock
	ctx := t.Context()
	if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		for i, at := range []string{old, fresh} {
			for _, q := range []string{
				`insert into session (token, data, expires, person, agent, last_use) values ($1, '', $2, '', '', $2)`,
				`insert into onetime (token, purpose, detail, expires, used) values ($1, '', '', $2, '')`,
				`insert into account_attempt (key, free) values ($1, $2)`,
				`insert into form (id, request, digest, object, answer, at) values ($1, '', '', '', '', $2)`,
				`insert into job (id, kind, key, payload, person, state, at, lease, attempts, done, total, result, error, made)
					values ($1, 'x', '', '', '', 'done', $2, '', 1, 0, 0, '', '', '')`,
			} {
				if _, err := tx.Exec(ctx, q, i, at); err != nil {
					return err
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	folder, err := files.Open(t.TempDir(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	n := node{db: d, objects: bundle.Objects(d), log: slog.New(slog.DiscardHandler)}
	work, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		jobs.NewRunner(d, jobs.Options{}, n.kinds(web.Options{Archives: bundle.NewArchives(d, bundle.Objects(d), nil, t.TempDir())}, folder)...).Run(work)
	}()
	var left []string
	for left = nil; len(left) != 5; time.Sleep(10 * time.Millisecond) {
		left = nil
		if err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			for _, table := range []string{"session", "onetime", "account_attempt", "form", "job where kind = 'x'"} {
				rows, err := db.Collect(ctx, tx, db.One[int], `select count(*) from `+table)
				if err != nil {
					return err
				}
				if rows[0] == 1 {
					left = append(left, table)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	<-done
}
