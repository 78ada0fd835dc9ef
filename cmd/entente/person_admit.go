package main

import (
	"context"
	"errors"
	"fmt"

	"entente/account"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/message"
)

type personAdmitCmd struct {
	aPerson
}

// Help explains the command.
func (personAdmitCmd) Help() string {
	return `Lets a person into the inner room of the side for whose institution the person works, and speak for
that institution. Whom a side lets in is for the side: its focal points do it on their institution's
page. This command is for the first of each side, who admits the others, and for a side of which
nobody who could admit is left. The people of the institution are told, and its page names the command.

    entente admin person admit cn-focal-point

The person must be able to sign in, or have no open code: whoever holds a code could come in by it.
An admission lapses when somebody else gives the person another way of signing in, this machine's
commands too, or changes the post, the functions or the institution's standing. The act becomes an
entry of the ledger that names this command. The node may run meanwhile. The command ends with status
0, or with 1 when something was wrong and nothing was changed.`
}

// Run admits.
func (o personAdmitCmd) Run(ctx context.Context, c console) error {
	f, err := o.find(ctx, "admin person admit", db.Options{})
	if err != nil {
		return err
	}
	defer f.Close()
	err = account.New(f.DB).Admit(ctx, f.who, f.id, "")
	var e *fault.Error
	if errors.As(err, &e) && e.Kind == fault.Invalid {
		c.say("%s", message.In(speech(o.Lang), e.Key))
		c.say("Nothing was changed.")
		return ended{statusFailed}
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "Admitted: %s is inside the side.\n", f.name())
	return err
}
