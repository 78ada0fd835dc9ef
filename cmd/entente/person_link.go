package main

import (
	"context"
	"fmt"

	"entente/account"
	"entente/internal/db"
	"entente/internal/fault"
)

type personLinkCmd struct {
	aPerson
}

// Help explains the command.
func (personLinkCmd) Help() string {
	return `Prints a fresh code for somebody who can no longer sign in and whom nobody else may help: mostly the
only administrator, after a lost password or a lost second factor; or for somebody who was imported
and is to sign in for the first time. Whoever looks after a person does the same on the person's
page.

    entente admin person link root

The code is good for 14 days and once. When it is used, the person chooses a name and a password
anew, and the second factor of before is dropped; until then nothing changes. That it was given is
an entry of the ledger that names this command. The node may run meanwhile. The command ends with
status 0, or with 1 when there is no such person, or the person holds no function any more.`
}

// Run gives the code.
func (o personLinkCmd) Run(ctx context.Context, c console) error {
	f, err := o.find(ctx, "admin person link", db.Options{})
	if err != nil {
		return err
	}
	defer f.Close()
	code, err := account.New(f.DB).Reinvite(ctx, f.who, f.id)
	if fault.Is(err, fault.Forbidden) {
		return fmt.Errorf("%s holds no function any more, and nothing was changed", f.name())
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "Code, shown this once and good for 14 days: %s\nIt is typed at /%s/invitation of the node.\n", account.GroupCode(code), speech(o.Lang))
	return err
}
