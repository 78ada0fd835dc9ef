package bundle_test

import (
	"context"
	"strings"
	"testing"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/jobs"
	"entente/internal/ref"
)

// TestJobActs: an administrator sees, retries and cancels; each is an entry; nobody else does.
func TestJobActs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		var id string
		if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			id, _, err = jobs.Enqueue(ctx, tx, jobs.New{Kind: "archive", Person: "p"})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		holds := func(f access.Function) access.Actor {
			return access.NewActor(access.Actor{Person: "a", Dialogue: "d", Functions: []access.Function{f}})
		}
		admin := holds(access.Administrator)
		for _, f := range []access.Function{access.ProjectTeam, access.FocalPoint, access.DonorOfficer} {
			_, read := bundle.WorkOf(ctx, d, holds(f), jobs.Query{Limit: 9})
			for _, err := range []error{read, bundle.CancelJob(ctx, d, holds(f), id), bundle.RetryJob(ctx, d, holds(f), id)} {
				if !fault.Is(err, fault.Forbidden) {
					t.Errorf("%s: %v", f, err)
				}
			}
		}
		want := func(err error, k fault.Kind) {
			t.Helper()
			if fault.Of(err) != k || k == "" && err != nil {
				t.Errorf("got %v, want %q", err, k)
			}
		}
		want(bundle.CancelJob(ctx, d, admin, id), "")
		want(bundle.CancelJob(ctx, d, admin, id), fault.Conflict)
		want(bundle.RetryJob(ctx, d, access.Operator("admin jobs retry"), id), "")
		want(bundle.RetryJob(ctx, d, admin, ref.New()), fault.NotFound)
		want(bundle.RetryJob(ctx, d, admin, "x\x00"), fault.NotFound)
		w, err := bundle.WorkOf(ctx, d, admin, jobs.Query{Limit: 9})
		if err != nil || len(w.Jobs) != 1 || w.Jobs[0].State != jobs.Waiting || len(w.Counts) != 1 || w.Counts[0].N != 1 {
			t.Errorf("%+v %v", w, err)
		}
		var bodies []string
		if err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			bodies, err = db.Collect(ctx, tx, db.One[string], `select body from entry order by seq`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if all := strings.Join(bodies, "\n"); len(bodies) != 2 || !strings.Contains(all, `"job.cancel"`) || !strings.Contains(all, `"admin jobs retry"`) || !strings.Contains(all, id) {
			t.Errorf("entries %s", all)
		}
		if err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, diff, err := bundle.Objects(d).Verify(ctx, tx)
			if diff != "" {
				t.Errorf("verification: %s", diff)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	})
}
