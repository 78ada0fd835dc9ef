package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"text/tabwriter"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/jobs"
)

type jobsListCmd struct {
	place
	State string `enum:"waiting,running,done,refused,dead,cancelled," default:"" placeholder:"STATE" help:"Only jobs in this state: waiting, running, done, refused, dead or cancelled."`
	Kind  string `placeholder:"KIND" help:"Only jobs of this kind, as the list names it."`
	Limit int    `default:"50" placeholder:"NUMBER" help:"How many are listed, the newest first; 50 where nothing is said."`
}

// Help explains the command.
func (jobsListCmd) Help() string {
	return `Lists what the node does by itself, the newest first: the job's id, its kind and state, the time when
it is due or ended (UTC), the attempts, how far it is, and a code for the last fault. docs/jobs.md
draws the states. Behind the list stands how many there are in each state.

    entente admin jobs list --state dead

It only reads, and shows kinds and ids, never content. The node may run meanwhile. The command ends
with status 0, or with 1 when the list could not be made.`
}

// Run lists.
func (o jobsListCmd) Run(ctx context.Context, c console) error {
	if o.Limit < 1 || o.Limit > 100_000 {
		return usagef("--limit %d is not between 1 and 100000", o.Limit)
	}
	d, err := o.open(ctx, db.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer d.Close()
	w, err := bundle.WorkOf(ctx, d, access.Operator("admin jobs list"), jobs.Query{State: jobs.State(o.State), Kind: o.Kind, Limit: o.Limit})
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tKIND\tSTATE\tDUE OR ENDED\tATTEMPTS\tDONE\tFAULT")
	for _, j := range w.Jobs {
		done := "-"
		if j.Total > 0 {
			done = strconv.FormatInt(j.Done*100/j.Total, 10) + "%"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", j.ID, j.Kind, j.State, j.At, j.Attempts, done, cmp.Or(j.Error, "-"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	n := map[jobs.State]int64{}
	for _, k := range w.Counts {
		n[k.State] += k.N
	}
	fmt.Fprintln(c.out)
	for _, s := range jobs.States {
		fmt.Fprintf(c.out, "%d %s  ", n[s], s)
	}
	_, err = fmt.Fprintln(c.out)
	return err
}

type jobsRetryCmd struct {
	place
	ID []string `arg:"" name:"id" help:"The ids of the jobs."`
}

// Help explains the command.
func (jobsRetryCmd) Help() string {
	return `Has jobs tried again now that wait, failed, were refused or were cancelled, as if they had never been
tried. A node that runs begins within a second; without one they wait for the next start. One that
runs or is done is left as it is.

    entente admin jobs retry 019303a1-5c7e-7a55-8f0c-3f1f4b2f9d11

Each is an entry of the ledger that names this command. The command ends with status 0, or with 1
when one of them could not be tried again; the others are.`
}

// Run retries.
func (o jobsRetryCmd) Run(ctx context.Context, c console) error {
	return eachJob(ctx, c, o.place, o.ID, "admin jobs retry", "is tried again", bundle.RetryJob)
}

type jobsCancelCmd struct {
	place
	ID []string `arg:"" name:"id" help:"The ids of the jobs."`
}

// Help explains the command.
func (jobsCancelCmd) Help() string {
	return `Ends jobs that are not done. What they have done stays. One that a node works on is told within a
quarter of a minute and can write nothing more from now on.

    entente admin jobs cancel 019303a1-5c7e-7a55-8f0c-3f1f4b2f9d11

Each is an entry of the ledger that names this command. The command ends with status 0, or with 1
when one of them could not be cancelled; the others are.`
}

// Run cancels.
func (o jobsCancelCmd) Run(ctx context.Context, c console) error {
	return eachJob(ctx, c, o.place, o.ID, "admin jobs cancel", "is cancelled", bundle.CancelJob)
}

// eachJob does an act on jobs one by one, and says what became of each.
func eachJob(ctx context.Context, c console, p place, ids []string, command, done string, act func(context.Context, *db.DB, access.Actor, string) error) error {
	d, err := p.open(ctx, db.Options{})
	if err != nil {
		return err
	}
	defer d.Close()
	failed := false
	for _, id := range ids {
		err := act(ctx, d, access.Operator(command), id)
		switch {
		case err == nil:
			fmt.Fprintln(c.out, id, done)
			continue
		case fault.Is(err, fault.NotFound):
			err = errors.New("there is no such job")
		case fault.Is(err, fault.Conflict):
			err = errors.New("its state does not allow that, or the same work waits as another job")
		}
		failed = true
		c.say("%s: %s", id, explain(err))
	}
	if failed {
		return ended{statusFailed}
	}
	return nil
}
