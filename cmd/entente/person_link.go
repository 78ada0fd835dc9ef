package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"entente/access"
	"entente/account"
	"entente/internal/db"
	"entente/internal/text"
)

type personLinkCmd struct {
	place
	Login string `arg:"" help:"The name that the person signs in with."`
	Lang  string `env:"ENTENTE_LANG" enum:"en,zh," default:"" placeholder:"LANGUAGE" help:"The language of the page where the code is typed: en or zh. Where nothing is said it is that of the terminal."`
}

// Help explains the command.
func (personLinkCmd) Help() string {
	return `Prints a fresh code for somebody who can no longer sign in and whom nobody else may help: mostly the
only administrator, after a lost password or a lost second factor. Whoever looks after a person does
the same on the person's page.

    entente admin person link root

The code is good for 14 days and once. When it is used, the person chooses a name and a password
anew, and the second factor of before is dropped; until then nothing changes. That it was given is
an entry of the ledger that names this command. The node may run meanwhile. The command ends with
status 0, or with 1 when nobody signs in with that name, or the person holds no function any more.`
}

// Run gives the code.
func (o personLinkCmd) Run(ctx context.Context, c console) error {
	d, err := o.open(ctx, db.Options{})
	if err != nil {
		return err
	}
	defer d.Close()
	who, accounts := access.Operator("admin person link"), account.New(d)
	logins, err := accounts.Logins(ctx, who)
	if err != nil {
		return err
	}
	for id, login := range logins {
		if login != text.Fold(o.Login) {
			continue
		}
		code, err := accounts.Reinvite(ctx, who, id)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.out, "Code, shown this once and good for 14 days: %s\nIt is typed at /%s/invitation of the node.\n", account.GroupCode(code), speech(o.Lang))
		return err
	}
	return fmt.Errorf("nobody signs in as %q; the names are: %v", o.Login, slices.Sorted(maps.Values(logins)))
}
