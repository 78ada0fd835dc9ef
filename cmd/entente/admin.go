package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"entente/access"
	"entente/account"
	"entente/bundle"
	"entente/dialogue"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/roster"
)

type personAddCmd struct {
	place
	Dialogue      string   `placeholder:"KEY" help:"The key of the dialogue, where the node holds several."`
	Key           string   `placeholder:"KEY" help:"A key for the person, by which files of objects name it."`
	TitleEN       string   `name:"title-en" placeholder:"TEXT" help:"The function in English words, like: Focal point, NIA. This or --title-zh is needed; both are better."`
	TitleZH       string   `name:"title-zh" placeholder:"TEXT" help:"The function in Chinese words."`
	Institution   string   `placeholder:"KEY" help:"The key of the institution that the person belongs to."`
	Function      []string `required:"" placeholder:"NAME" enum:"administrator,project-team,focal-point,contributor,expert,observer,donor-officer" help:"A function that the person holds: administrator, project-team, focal-point, contributor, expert, observer or donor-officer. Several are given with a comma between."`
	Language      string   `enum:"en,zh," default:"" placeholder:"LANGUAGE" help:"The language that the person reads: en or zh."`
	Login         string   `required:"" placeholder:"NAME" help:"The name to sign in with."`
	PasswordStdin bool     `help:"Read the password from the first line of standard input. Without this one is made up and printed."`
	Lang          string   `env:"ENTENTE_LANG" enum:"en,zh," default:"" placeholder:"LANGUAGE" help:"The language in which faults are told: en or zh."`
}

// Help explains the command.
func (personAddCmd) Help() string {
	return `Enters a person by function into a dialogue and sets the name and the password to sign in with:
both or neither. A password is made up and printed once, unless --password-stdin gives one of at
least 12 characters; only its hash is kept. It should reach the person on another way than the
name.

    entente admin person add --title-en "Focal point, NIA" --title-zh 国家移民管理局联络员 \
      --institution nia --function focal-point --language zh --login nia

That the person was entered becomes an entry of the ledger that names this command. The node may run
meanwhile. The command ends with status 0, or with 1 when something was wrong and nothing was
changed.`
}

// Run enters the person.
func (o personAddCmd) Run(ctx context.Context, c console) error {
	d, err := o.open(ctx, db.Options{})
	if err != nil {
		return err
	}
	defer d.Close()
	n := bundle.Newcomer{Key: o.Key, Login: o.Login}
	made := !o.PasswordStdin
	if n.Password, err = readPassword(c, o.PasswordStdin); err != nil {
		return err
	}
	who := access.Operator("admin person add")
	err = d.Together(ctx, func(ctx context.Context) error {
		in, err := theDialogue(ctx, d, who, o.Dialogue)
		if err != nil {
			return err
		}
		if n.Person, err = o.person(ctx, d, in); err != nil {
			return err
		}
		_, err = bundle.Enrol(ctx, d, who, in, n)
		return err
	})
	if fs := fieldsOf(err); len(fs) > 0 {
		faults(c.err, speech(o.Lang), fs)
		c.say("Nothing was changed.")
		return ended{statusFailed}
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "Entered: %s, signs in as %s.\n", cmp.Or(o.TitleEN, o.TitleZH), text.CleanName(o.Login))
	if made {
		fmt.Fprintf(c.out, "Password, shown this once: %s\n", n.Password)
	}
	return nil
}

// person makes what the roster is to hold of the command line.
func (o personAddCmd) person(ctx context.Context, d *db.DB, in ref.Dialogue) (p roster.Person, err error) {
	p = roster.Person{Title: text.Both(o.TitleEN, o.TitleZH), Language: o.Language}
	for _, f := range o.Function {
		p.Functions = append(p.Functions, roster.Held{Function: access.Function(f)})
	}
	if o.Institution == "" {
		return p, nil
	}
	all, err := roster.New(d).Institutions(ctx, access.Operator("admin person add"), in, "en")
	if err != nil {
		return p, err
	}
	var keys []string
	for _, i := range all {
		if o.Institution == i.Key || o.Institution == i.ID {
			p.Posts = []roster.Post{{Institution: ref.Institution(i.ID), Title: p.Title}}
			return p, nil
		}
		keys = append(keys, cmp.Or(i.Key, i.ID))
	}
	slices.Sort(keys)
	return p, fmt.Errorf("no institution has the key %q, and nothing was changed; the keys are: %s", o.Institution, strings.Join(keys, ", "))
}

// theDialogue finds the dialogue that is meant.
func theDialogue(ctx context.Context, d *db.DB, who access.Actor, key string) (id ref.Dialogue, err error) {
	err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		all, err := dialogue.Dialogues.List(ctx, tx, who, access.Select{Order: `o.id`})
		if err != nil {
			return err
		}
		var keys []string
		for _, o := range all {
			if key == o.Key && key != "" || key == o.ID || key == "" && len(all) == 1 {
				id = ref.Dialogue(o.ID)
				return nil
			}
			keys = append(keys, cmp.Or(o.Key, o.ID))
		}
		switch {
		case len(all) == 0:
			return errors.New("the node holds no dialogue yet; entente serve prints a link to open the first, or import one")
		case key == "":
			return fmt.Errorf("the node holds several dialogues; name one with --dialogue: %s", strings.Join(keys, ", "))
		}
		return fmt.Errorf("no dialogue has the key %q; the keys are: %s", key, strings.Join(keys, ", "))
	})
	return id, err
}

type personListCmd struct {
	place
	Dialogue string `placeholder:"KEY" help:"The key of the dialogue, where the node holds several."`
	Lang     string `env:"ENTENTE_LANG" enum:"en,zh," default:"" placeholder:"LANGUAGE" help:"The language of the list: en or zh. Where nothing is said it is that of the terminal."`
}

// Help explains the command.
func (personListCmd) Help() string {
	return `Lists the people of a dialogue by function: the name each signs in with, or a hyphen for those who
do not, the functions held today or ever, the institution, the title, and the key.

    entente admin person list

This is an act of the operator outside access. It only reads. The command ends with status 0, or
with 1 when the list could not be made.`
}

// Run lists.
func (o personListCmd) Run(ctx context.Context, c console) error {
	d, err := o.open(ctx, db.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer d.Close()
	who, lang := access.Operator("admin person list"), speech(o.Lang)
	return d.Read(ctx, func(ctx context.Context, _ *db.Tx) error {
		in, err := theDialogue(ctx, d, who, o.Dialogue)
		if err != nil {
			return err
		}
		people, err := roster.New(d).People(ctx, who, in, "", lang)
		if err != nil {
			return err
		}
		logins, err := account.New(d).Logins(ctx, who)
		if err != nil {
			return err
		}
		institutions, err := roster.New(d).Institutions(ctx, who, in, lang)
		if err != nil {
			return err
		}
		names := map[ref.Institution]string{}
		for _, i := range institutions {
			names[ref.Institution(i.ID)] = cmp.Or(i.Value.Short.Get(lang), i.Value.Name().Get(lang))
		}
		t := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "SIGNS IN AS\tFUNCTIONS\tINSTITUTION\tTITLE\tKEY")
		for _, p := range people {
			fmt.Fprintln(t, row(p, logins, names, lang))
		}
		return t.Flush()
	})
}

func row(p access.Object[roster.Person], logins map[ref.Person]string, names map[ref.Institution]string, lang string) string {
	var functions []string
	for _, h := range p.Value.Functions {
		functions = append(functions, string(h.Function))
	}
	institution := "-"
	if n := len(p.Value.Posts); n > 0 {
		institution = names[p.Value.Posts[n-1].Institution]
	}
	return strings.Join([]string{
		cmp.Or(logins[ref.Person(p.ID)], "-"), cmp.Or(strings.Join(functions, ", "), "-"), institution,
		p.Value.Title.Get(lang), cmp.Or(p.Key, p.ID),
	}, "\t")
}

type policyCmd struct{}

// Help explains the command.
func (policyCmd) Help() string {
	return `Prints the policy, a line for each act: who may do it and what it is for. What is not listed nobody
may do. Reading is not listed, since that is a matter of each object's audience alone.

    entente admin policy | grep meeting

It reads no database. The command ends with status 0.`
}

// Run prints it.
func (policyCmd) Run(c console) error { return access.PrintPolicy(c.out) }
