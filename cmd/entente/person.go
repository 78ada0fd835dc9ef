package main

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"entente/access"
	"entente/account"
	"entente/bundle"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/message"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/internal/when"
	"entente/roster"
)

// aPerson is the person whom a command is about.
type aPerson struct {
	place
	Dialogue string `placeholder:"KEY" help:"The key of the dialogue, where the node holds several."`
	Person   string `arg:"" help:"Who: the key, the name to sign in with, or the id, as entente admin person list shows them."`
	Lang     string `env:"ENTENTE_LANG" enum:"en,zh," default:"" placeholder:"LANGUAGE" help:"The language in which faults are told: en or zh. Where nothing is said it is that of the terminal."`
}

// found is that person, with the database open.
type found struct {
	*db.DB
	who   access.Actor
	id    ref.Person
	value roster.Person
	login string // "" for who has none
}

// find opens the database and finds the person.
func (o aPerson) find(ctx context.Context, command string, options db.Options) (f found, err error) {
	if f.DB, err = o.open(ctx, options); err != nil {
		return f, err
	}
	f.who = access.Operator(command)
	err = f.Read(ctx, func(ctx context.Context, _ *db.Tx) error {
		in, err := theDialogue(ctx, f.DB, f.who, o.Dialogue)
		if err != nil {
			return err
		}
		people, err := roster.New(f.DB).People(ctx, f.who, in, "", "en")
		if err != nil {
			return err
		}
		logins, err := account.New(f.DB).Logins(ctx, f.who)
		if err != nil {
			return err
		}
		named, err := account.New(f.DB).WhoSignsIn(ctx, o.Person)
		if err != nil {
			return err
		}
		for _, p := range people {
			login := logins[ref.Person(p.ID)]
			if o.Person == p.Key || o.Person == p.ID || named != "" && ref.ID(named) == p.ID {
				f.id, f.value, f.login = ref.Person(p.ID), p.Value, login
				return nil
			}
		}
		return fmt.Errorf("nobody has the key, the id or the name %q, and nothing was changed; entente admin person list shows who there is", o.Person)
	})
	if err != nil {
		_ = f.Close()
	}
	return f, err
}

// told says what came of an act: its faults a line each, or nothing.
func (o aPerson) told(c console, err error) error {
	fs := fieldsOf(err)
	if len(fs) == 0 {
		return err
	}
	faults(c.err, speech(o.Lang), fs)
	c.say("Nothing was changed.")
	return ended{statusFailed}
}

func (f found) name() string { return cmp.Or(f.value.Title.Get("en"), string(f.id)) }

// readPassword reads a password from the first line of standard input, or makes one.
func readPassword(c console, given bool) (string, error) {
	if !given {
		s := rand.Text()
		return strings.Join([]string{s[:5], s[5:10], s[10:15], s[15:20]}, "-"), nil
	}
	s, err := bufio.NewReader(io.LimitReader(c.in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimRight(strings.TrimPrefix(s, "\uFEFF"), "\r\n"), nil // Windows puts the mark before what is piped
}

type personPasswordCmd struct {
	aPerson
	Login         string `placeholder:"NAME" help:"The name to sign in with. Where nothing is said it stays as it is."`
	PasswordStdin bool   `help:"Read the password from the first line of standard input. Without this one is made up and printed."`
}

// Help explains the command.
func (personPasswordCmd) Help() string {
	return `Sets the password of a person who is entered already, by an import or from the pages, and the name
to sign in with. A password is made up and printed once, unless --password-stdin gives one of at
least 12 characters; only its hash is kept. Where the person is signed in, that ends, and
so do the address of the person's calendar and a code that was given before.

    entente admin person password cn-focal-point --login nia

A code that the person types to choose a password is better where it can be handed over: see
entente admin person link. The act becomes an entry of the ledger that names this command. The
node may run meanwhile. The command ends with status 0, or with 1 when something was wrong and
nothing was changed.`
}

// Run sets it.
func (o personPasswordCmd) Run(ctx context.Context, c console) error {
	f, err := o.find(ctx, "admin person password", db.Options{})
	if err != nil {
		return err
	}
	defer f.Close()
	password, err := readPassword(c, o.PasswordStdin)
	if err != nil {
		return err
	}
	login := cmp.Or(o.Login, f.login)
	if err := o.told(c, bundle.SetPassword(ctx, f.DB, account.New(f.DB), f.who, f.id, login, password)); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "Set: %s signs in as %s.\n", f.name(), text.CleanName(login))
	if !o.PasswordStdin {
		fmt.Fprintf(c.out, "Password, shown this once: %s\n", password)
	}
	return nil
}

type personEndCmd struct {
	aPerson
	Reason string `required:"" placeholder:"TEXT" help:"Why; it stays in the ledger."`
}

// Help explains the command.
func (personEndCmd) Help() string {
	return `Ends the posts and functions of a person today and signing in at once. What the person did stays in
the record. To hand a function over to somebody, use the person's page.

    entente admin person end cn-contributor --reason "moved to another department"

The act becomes an entry of the ledger that names this command. The node may run meanwhile. The
command ends with status 0, or with 1 when something was wrong and nothing was changed.`
}

// Run ends it.
func (o personEndCmd) Run(ctx context.Context, c console) error {
	f, err := o.find(ctx, "admin person end", db.Options{})
	if err != nil {
		return err
	}
	defer f.Close()
	if err := o.told(c, bundle.End(ctx, f.DB, account.New(f.DB), f.who, f.id, o.Reason)); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "Ended: posts, functions and signing in of %s.\n", f.name())
	return nil
}

type personEraseCmd struct {
	aPerson
	Reason string `required:"" placeholder:"TEXT" help:"Why, without the name: it stays in the ledger."`
	Yes    bool   `help:"Do it. Without this the command only says what would go."`
}

// Help explains the command.
func (personEraseCmd) Help() string {
	return `Takes the name of a person whose functions have ended out of the node for good: from the entry, from
all its earlier revisions, from the search, and with the means of signing in. Institution, posts,
functions and their dates stay, and so does what the person did. The ledger says that it was
erased, and verifies as before.

    entente admin person erase 01900000-0000-7000-8000-000000000001 --reason "asked for" --yes

Afterwards a database file is rewritten, so that its free space holds nothing of the name; that
takes as much room as the file, and writes wait meanwhile. Where that failed, the same command
does it again. On PostgreSQL the server keeps what was replaced until it cleans up; VACUUM FULL on
the tables revision, entry, roster_person, label and search does it at once. Backups, exports and
the copies that stand beside the database from before an upgrade still hold the name: see to them.
After restoring an older backup, erase again.

The entry is signed with the node's key, so the command needs the folder that holds it (--data), and
publishes a checkpoint at once. From then on entente verify ends with status 3 until the entry is
accepted.

The node may run meanwhile. The command ends with status 0, or with 1 when it was not done.`
}

// Run erases.
func (o personEraseCmd) Run(ctx context.Context, c console) error {
	f, err := o.find(ctx, "admin person erase", db.Options{})
	if err != nil {
		return err
	}
	defer f.Close()
	if !o.Yes {
		fmt.Fprintf(c.out, "To be erased: the name of %s, from its entry and all earlier revisions. This cannot be undone.\n", f.name())
		c.say("Nothing was changed. Say --yes to do it.")
		return ended{statusFailed}
	}
	id, err := o.hold(ctx, f.DB)
	if err != nil {
		return err
	}
	err = account.New(f.DB).Erase(ctx, f.who, f.id, o.Reason)
	var e *fault.Error
	traces := errors.As(err, &e) && e.Key == account.FaultTraces
	if err := o.told(c, err); err != nil && !traces {
		return err
	}
	if err := publish(ctx, f.DB, id, o.Data, c); err != nil {
		return fmt.Errorf("it was erased; no checkpoint was published: %w", err)
	}
	if traces {
		c.say("%s", message.In(speech(o.Lang), e.Key))
		return ended{statusFailed}
	}
	_, err = fmt.Fprintln(c.out, "Erased. Backups and exports from before still hold the name.")
	return err
}

type personFunctionsCmd struct {
	aPerson
}

// Help explains the command.
func (personFunctionsCmd) Help() string {
	return `Lists the functions that a person holds or held: since when and until when, when it was entered and
by whom, as the ledger says.

    entente admin person functions cn-focal-point

This is an act of the operator outside access. It only reads. The command ends with status 0, or
with 1 when the list could not be made.`
}

// Run lists.
func (o personFunctionsCmd) Run(ctx context.Context, c console) error {
	f, err := o.find(ctx, "admin person functions", db.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		gifts, err := roster.New(f.DB).Gifts(ctx, f.who, f.id)
		if err != nil {
			return err
		}
		var givers []ref.ID
		for _, g := range gifts[f.id] {
			givers = append(givers, g.By.Person)
		}
		lang := speech(o.Lang)
		titles, err := access.Titles(ctx, tx, f.who, lang, givers...)
		if err != nil {
			return err
		}
		t := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "FUNCTION\tFROM\tUNTIL\tENTERED\tBY")
		day := func(d when.Date) string { return cmp.Or(string(d), "-") }
		for i, h := range f.value.Functions {
			g := gifts[f.id][i]
			by := cmp.Or(titles[g.By.Person].Text, g.By.Operator, g.By.Person, "-")
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", h.Function, day(h.From), day(h.Until), cmp.Or(g.When, "-"), by)
		}
		return t.Flush()
	})
}
