package main

import (
	"context"
	"fmt"

	"entente/access"
	"entente/account"
	"entente/internal/db"
)

type attemptsClearCmd struct{ place }

// Help explains the command.
func (attemptsClearCmd) Help() string {
	return `Forgets every failed attempt to sign in, to give a code of a second factor and to use a code of an
invitation: whoever was kept waiting by them, or by what others tried at the same name, begins anew.
The counts are kept as hashes, so that none can be picked out. They clear themselves within minutes;
this is for when somebody cannot wait.

    entente admin attempts clear --data /var/lib/entente

While somebody goes on guessing at a name from many places, clearing does not help for long: its owner
comes in from a device used before, or by a code (entente admin person link).

The node may run meanwhile. It is no part of the record. The command ends with status 0.`
}

// Run clears them.
func (o attemptsClearCmd) Run(ctx context.Context, c console) error {
	d, err := o.open(ctx, db.Options{})
	if err != nil {
		return err
	}
	defer d.Close()
	n, err := account.New(d).ForgetAttempts(ctx, access.Operator("admin attempts clear"))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "Cleared: %s of attempts.\n", count(n, "count", "counts"))
	return err
}
