package main

import (
	"context"
	"fmt"
	"slices"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/when"
	"entente/roster"
)

// aFunction is the function that a person gets or gives up.
type aFunction struct {
	aPerson
	Function string `arg:"" placeholder:"FUNCTION" enum:"administrator,project-team,focal-point,contributor,expert,observer,donor-officer" help:"The function: administrator, project-team, focal-point, contributor, expert, observer or donor-officer."`
	Reason   string `required:"" placeholder:"TEXT" help:"Why; it stands in the ledger."`
}

// change alters what the person holds and says what was done.
func (o aFunction) change(ctx context.Context, c console, command, done string, fn func(p *roster.Person, held int, today when.Date) error) error {
	f, err := o.find(ctx, command, db.Options{})
	if err != nil {
		return err
	}
	defer f.Close()
	objects := bundle.Objects(f.DB)
	h, value, err := objects.Get(ctx, f.who, ref.ID(f.id))
	if err != nil {
		return err
	}
	p := value.(*roster.Person)
	var today when.Date
	if err := f.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		today, err = roster.Today(ctx, tx)
		return err
	}); err != nil {
		return err
	}
	held := slices.IndexFunc(p.Functions, func(x roster.Held) bool {
		return string(x.Function) == o.Function && (x.Until.IsZero() || today.Before(x.Until))
	})
	if err := fn(p, held, today); err != nil {
		return err
	}
	if err := bundle.Edit(ctx, f.DB, objects, f.who, h.ID, h.Rev, p, o.Reason); err != nil {
		return o.told(c, err)
	}
	fmt.Fprintf(c.out, "%s: %s %s.\n", f.name(), o.Function, done)
	return nil
}

type personGiveCmd struct{ aFunction }

// Help explains the command.
func (personGiveCmd) Help() string {
	return `Gives a person a function from today on. Whoever came in by an invitation for less keeps the
account; a code that was given before is good no longer.

    entente admin person give cn-contributor focal-point --reason "letter of 12 November"

A function that passes from one person to another is better handed over on the person's page, since
duties pass with it. The act becomes an entry of the ledger that names this command. The node may
run meanwhile. The command ends with status 0, or with 1 when something was wrong and nothing was
changed.`
}

// Run gives it.
func (o personGiveCmd) Run(ctx context.Context, c console) error {
	return o.change(ctx, c, "admin person give", "from today on", func(p *roster.Person, held int, today when.Date) error {
		if held >= 0 {
			return fmt.Errorf("the person holds %s already, and nothing was changed", o.Function)
		}
		p.Functions = append(p.Functions, roster.Held{Function: access.Function(o.Function), From: today})
		return nil
	})
}

type personTakeCmd struct{ aFunction }

// Help explains the command.
func (personTakeCmd) Help() string {
	return `Ends a function of a person at once. Other functions, the post and the account stay; entente
admin person end ends everything.

    entente admin person take cn-contributor focal-point --reason "moved to another office"

The act becomes an entry of the ledger that names this command. The node may run meanwhile. The
command ends with status 0, or with 1 when something was wrong and nothing was changed.`
}

// Run ends it.
func (o personTakeCmd) Run(ctx context.Context, c console) error {
	return o.change(ctx, c, "admin person take", "ended", func(p *roster.Person, held int, today when.Date) error {
		switch {
		case held < 0:
			return fmt.Errorf("the person does not hold %s, and nothing was changed", o.Function)
		case today.Before(p.Functions[held].From): // what was to begin later never does
			p.Functions = slices.Delete(p.Functions, held, held+1)
			return nil
		}
		p.Functions[held].End(today)
		return nil
	})
}
