package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"entente/access"
	"entente/bundle"
	"entente/demo"
	"entente/dialogue"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/roster"
	"entente/web"
)

type demoCmd struct {
	Data   string `env:"ENTENTE_DATA" placeholder:"DIR" help:"A folder in which the demonstration is kept. Without one it is in a temporary folder and gone when the program ends."`
	Listen string `env:"ENTENTE_LISTEN" default:"127.0.0.1:8080" placeholder:"ADDRESS" help:"The address of this machine and the port to answer at; 127.0.0.1:8080 where nothing is said."`
	Lang   string `env:"ENTENTE_LANG" enum:"en,zh," default:"" placeholder:"LANGUAGE" help:"The language of the address that is printed: en or zh. Where nothing is said it is that of the terminal."`
}

// Help explains the command.
func (demoCmd) Help() string {
	return `Shows the example: the EU-China Dialogue on Migration and Mobility and its Support Project, with
public facts. It makes a database in a temporary folder, prints the address to open in a browser,
and serves until it is stopped with Ctrl+C. At /demo whoever comes takes any of the roles, without
a password: the project team, the focal points of both sides, an embassy, the donor, and others.
Nobody is asked for a second factor there, as everybody is who answers for something at a real node.

    entente demo
    entente demo --listen 127.0.0.1:8081 --data example

What is changed is gone when the program ends. With --data it is kept in that folder, and the next
start goes on there and loads nothing anew. A folder that holds anything but a demonstration is
refused. The command ends with status 0 when it is stopped, and with 1 when it could not start.`
}

// Run shows the example.
func (o demoCmd) Run(ctx context.Context, c console) (err error) {
	l, err := listen(o.Listen, "entente demo")
	if err != nil {
		return err
	}
	defer l.Close()
	folder, kept := o.Data, o.Data != ""
	if !kept {
		if folder, err = os.MkdirTemp("", "entente-demo-"); err != nil {
			return err
		}
		defer os.RemoveAll(folder)
	} else if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	if err := settled(folder); err != nil {
		return err
	}
	at := place{Data: folder}
	d, err := bundle.Open(ctx, at.address(), db.Options{Volatile: !kept, Existing: at.lived(), Alone: true, Logger: logger(c.err, slog.LevelWarn, "text")})
	if err != nil {
		return at.lost(err)
	}
	defer d.Close()
	n := node{db: d, objects: bundle.Objects(d), folder: folder, listener: l}
	n.log = slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if err := loadDemo(ctx, n, o.Data); err != nil {
		return err
	}
	n.web.Rate = 1
	if n.web.Demo, err = demoRoles(ctx, d); err != nil {
		return err
	}
	return at.lost(n.run(ctx, func() error { return o.welcome(c, site(l, false)) }))
}

// welcome says where to look.
func (o demoCmd) welcome(c console, site string) error {
	lasts := "What you change is gone when you stop it with Ctrl+C; --data DIR keeps it."
	if o.Data != "" {
		lasts = "What you change is kept in " + o.Data + "."
	}
	_, err := fmt.Fprintf(c.out, `Entente shows the EU-China Dialogue on Migration and Mobility, with public facts.

  %[1]s/%[2]s/    what everybody sees
  %[1]s/demo   take a role: project team, focal point of a side, embassy, donor

%[3]s
`, site, speech(o.Lang), lasts)
	return err
}

// loadDemo loads the example into an empty database, and goes on with one that holds it.
func loadDemo(ctx context.Context, n node, folder string) error {
	full, err := dialogue.New(n.db).Any(ctx)
	if err != nil {
		return err
	}
	if full {
		var mark string
		err := n.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			mark, err = db.Setting(ctx, tx, db.Demonstration)
			return err
		})
		if err == nil && mark == "" {
			return fmt.Errorf("%s holds a node that is no demonstration, where nobody signs in without a password; "+
				"name another folder with --data, or run this one with entente serve", folder)
		}
		return err
	}
	files, err := bundle.Files(demo.Files())
	if err != nil {
		return err
	}
	return n.db.Together(ctx, func(ctx context.Context) error {
		if _, err := bundle.Import(ctx, n.db, n.objects, access.Operator("demo"), files, bundle.Options{Admit: true}); err != nil {
			return fmt.Errorf("the example: %w", err)
		}
		if _, err := n.objects.ChangeSetting(ctx, access.Operator("demo"), access.SecondFactor, ""); err != nil {
			return err
		}
		return n.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			return db.Set(ctx, tx, db.Demonstration, "yes")
		})
	})
}

// demoRoles finds the people who hold the roles of the example; one who was removed is left out.
func demoRoles(ctx context.Context, d *db.DB) (roles []web.DemoRole, err error) {
	err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		in, err := dialogue.New(d).First(ctx, access.Operator("demo"))
		if err != nil {
			return err
		}
		for _, r := range demo.Roles() {
			id, err := access.ByKey(ctx, tx, roster.People.Name, ref.Dialogue(in.ID), r.Person)
			if err != nil {
				return err
			}
			if id != "" {
				roles = append(roles, web.DemoRole{Role: r.Name, Person: id})
			}
		}
		return nil
	})
	return roles, err
}
