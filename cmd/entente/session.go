package main

import (
	"cmp"
	"context"
	"fmt"
	"text/tabwriter"

	"entente/account"
	"entente/internal/db"
	"entente/internal/fault"
)

type sessionListCmd struct{ aPerson }

// Help explains the command.
func (sessionListCmd) Help() string {
	return `Lists where a person is signed in: an id, when the session was used last (written down every few
minutes only), and the kind of device. Nothing else of a session is known.

    entente admin session list secretary

It only reads. The command ends with status 0, or with 1 when there is no such person.`
}

// Run lists.
func (o sessionListCmd) Run(ctx context.Context, c console) error {
	p, err := o.find(ctx, "admin session list", db.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer p.Close()
	all, err := account.New(p.DB).SessionsOf(ctx, p.who, p.id)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tLAST USED\tDEVICE")
	for _, s := range all {
		fmt.Fprintf(t, "%s\t%s\t%s\n", cmp.Or(s.ID, "-"), s.LastUse, cmp.Or(s.Agent, "-"))
	}
	return t.Flush()
}

type sessionEndCmd struct {
	aPerson
	ID string `arg:"" optional:"" help:"The session to end, as the list names it. Where nothing is said it is all of them."`
}

// Help explains the command.
func (sessionEndCmd) Help() string {
	return `Signs a person out, everywhere or in one place: after a lost device, or when somebody must not go on.
Everywhere, the address of the person's calendar ends too, and a code that would let in anew (entente
admin person link). Of one place that was named, only the session ends.
Whoever knows the name and the password signs in again; entente admin person end and entente admin
person password are against that.

    entente admin session end secretary

It holds from the next request on, also while the node runs, and is an entry of the ledger that names
this command. It ends with status 0, or with 1 when the person is not signed in there.`
}

// Run ends them.
func (o sessionEndCmd) Run(ctx context.Context, c console) error {
	p, err := o.find(ctx, "admin session end", db.Options{})
	if err != nil {
		return err
	}
	defer p.Close()
	n, err := account.New(p.DB).SignOut(ctx, p.who, p.id, o.ID)
	if fault.Is(err, fault.NotFound) {
		return fmt.Errorf("%s is not signed in there, and nothing was changed; entente admin session list shows where", o.Person)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "Signed out: %s, %s.\n", o.Person, count(int64(n), "session", "sessions"))
	return err
}
