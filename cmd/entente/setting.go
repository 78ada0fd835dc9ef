package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
)

type settingListCmd struct{ place }

// Help explains the command.
func (settingListCmd) Help() string {
	return `Lists what is decided about a node while it runs: the name of each setting, how it stands, what it is
for and how its value is written. Nothing set is a hyphen.

    entente admin setting list

It only reads. The command ends with status 0, or with 1 when the list could not be made.`
}

// Run lists.
func (o settingListCmd) Run(ctx context.Context, c console) error {
	values, err := o.values(ctx, "admin setting list")
	if err != nil {
		return err
	}
	for _, s := range access.Settings {
		fmt.Fprintf(c.out, "%s: %s\n    %s\n    value: %s\n", s.Name, cmp.Or(values[s.Name], "-"), s.What, s.Form)
	}
	return nil
}

// values reads the settings.
func (p place) values(ctx context.Context, command string) (map[string]string, error) {
	d, err := p.open(ctx, db.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return bundle.Objects(d).SettingValues(ctx, access.Operator(command))
}

type settingGetCmd struct {
	place
	Name string `arg:"" help:"The name of the setting."`
}

// Help explains the command.
func (settingGetCmd) Help() string {
	return `Prints how one setting stands; an empty line for nothing.

    entente admin setting get second-factor

It only reads. The command ends with status 0, or with 1 when there is no such setting.`
}

// Run prints it.
func (o settingGetCmd) Run(ctx context.Context, c console) error {
	if !slices.ContainsFunc(access.Settings, func(s access.Setting) bool { return s.Name == o.Name }) {
		var names []string
		for _, s := range access.Settings {
			names = append(names, s.Name)
		}
		return fmt.Errorf("there is no setting %q; the settings are: %s", o.Name, strings.Join(names, ", "))
	}
	values, err := o.values(ctx, "admin setting get")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.out, values[o.Name])
	return err
}

type settingSetCmd struct {
	place
	Name  string `arg:"" help:"The name of the setting."`
	Value string `arg:"" help:"What it is to be; '' for nothing."`
	Lang  string `env:"ENTENTE_LANG" enum:"en,zh," default:"" placeholder:"LANGUAGE" help:"The language in which faults are told: en or zh."`
}

// Help explains the command.
func (settingSetCmd) Help() string {
	return `Changes a setting. It holds from the next request on, also while the node runs, and becomes an entry
of the ledger that names this command.

    entente admin setting set second-factor administrator,project-team
    entente admin setting set second-factor ''

Whoever holds a function that second-factor names, and has none, is led to set one up before
anything else. As long as nobody set it, it names administrators, the project team and focal
points; as long as it names nobody, entente serve warns at its start.
The command ends with status 0, or with 1 when there is no such setting or no such
value and nothing was changed.`
}

// Run changes it.
func (o settingSetCmd) Run(ctx context.Context, c console) error {
	d, err := o.open(ctx, db.Options{})
	if err != nil {
		return err
	}
	defer d.Close()
	value, err := bundle.Objects(d).ChangeSetting(ctx, access.Operator("admin setting set"), o.Name, o.Value)
	if fs := fieldsOf(err); len(fs) > 0 {
		faults(c.err, speech(o.Lang), fs)
		c.say("Nothing was changed.")
		return ended{statusFailed}
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "%s: %s\n", o.Name, cmp.Or(value, "-"))
	return err
}
