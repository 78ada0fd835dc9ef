package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/message"

	"github.com/alecthomas/kong"
)

// The statuses with which the program ends.
const (
	statusDone   = 0
	statusFailed = 1
	statusUsage  = 2 // the command line is wrong, or what was asked could not be tried

	statusExceptional = 3 // nothing differs, and the log holds exceptional entries that nobody accepted
)

// commands are the commands of the program: what they take, from where, and what it is for.
type commands struct {
	Demo      demoCmd      `cmd:"" help:"Show the example dialogue. Nothing needs to be set up."`
	Serve     serveCmd     `cmd:"" help:"Run a node."`
	Health    healthCmd    `cmd:"" help:"Ask a node on this machine whether it can serve."`
	Import    importCmd    `cmd:"" help:"Load files of objects, whole or not at all."`
	Export    exportCmd    `cmd:"" help:"Write all objects to a file."`
	Backup    backupCmd    `cmd:"" help:"Write the whole node to one file, while it works."`
	Verify    soundCmd     `cmd:"" help:"Verify a node, or a backup: every file, the log, and everything that stands in the database."`
	Restore   restoreCmd   `cmd:"" help:"Make a node of a backup, in an empty place."`
	MigrateDB migrateDBCmd `cmd:"" name:"migrate-db" help:"Move a node's database from a file to PostgreSQL, or back."`
	Ledger    struct {
		Verify verifyCmd `cmd:"" help:"Verify the log and everything that stands in the database."`
	} `cmd:"" help:"The append-only log."`
	Admin struct {
		Person struct {
			Add  personAddCmd  `cmd:"" help:"Enter a person who is to sign in."`
			List personListCmd `cmd:"" help:"List the people, and with which names they sign in."`
			Link personLinkCmd `cmd:"" help:"Give a fresh code to somebody who can no longer sign in."`

			Give      personGiveCmd      `cmd:"" help:"Give a person a function."`
			Take      personTakeCmd      `cmd:"" help:"End a function of a person."`
			Admit     personAdmitCmd     `cmd:"" help:"Let a person into the inner room of the side: the first of it."`
			Functions personFunctionsCmd `cmd:"" help:"List what a person holds, since when, and who entered it."`
			Password  personPasswordCmd  `cmd:"" help:"Set a person's name and password to sign in with."`
			End       personEndCmd       `cmd:"" help:"End a person's posts, functions and signing in."`
			Erase     personEraseCmd     `cmd:"" help:"Erase a person's name for good."`
		} `cmd:"" help:"People of a dialogue."`
		Session struct {
			List sessionListCmd `cmd:"" help:"List where a person is signed in."`
			End  sessionEndCmd  `cmd:"" help:"Sign a person out, everywhere or in one place."`
		} `cmd:"" help:"Where people are signed in."`
		Attempts struct {
			Clear attemptsClearCmd `cmd:"" help:"Let everybody begin anew who was kept waiting by failed attempts to sign in."`
		} `cmd:"" help:"Failed attempts to sign in."`
		Setting struct {
			List settingListCmd `cmd:"" help:"List the settings of the node, and how they stand."`
			Get  settingGetCmd  `cmd:"" help:"Print how a setting stands."`
			Set  settingSetCmd  `cmd:"" help:"Change a setting."`
		} `cmd:"" help:"What is decided about a node while it runs."`
		Jobs struct {
			List   jobsListCmd   `cmd:"" help:"List what the node does by itself."`
			Retry  jobsRetryCmd  `cmd:"" help:"Have jobs tried again now."`
			Cancel jobsCancelCmd `cmd:"" help:"End jobs that are not done."`
		} `cmd:"" help:"The queue of what the node does by itself."`
		Mail struct {
			Test mailTestCmd `cmd:"" help:"Send a letter to see whether the mail server takes it."`
		} `cmd:"" help:"Mail."`
		Policy policyCmd `cmd:"" help:"Print who may do what."`
	} `cmd:"" help:"Operate a node, also while it runs."`
	Help    helpCmd    `cmd:"" help:"Explain the program, or a command."`
	Version versionCmd `cmd:"" help:"Print the version."`
	Manual  manualCmd  `cmd:"" hidden:"" help:"Write the manual as Markdown."`

	Flag helpFlag `name:"help" short:"h" help:"Explain the command."`
}

// console is where a command reads and writes.
type console struct {
	in       io.Reader
	out, err io.Writer
}

// say writes a line for the operator who waits; what the command was asked for goes to out.
func (c console) say(format string, args ...any) { fmt.Fprintf(c.err, format+"\n", args...) }

// line writes a line of what a verification tells: what it is about, and what is told of it.
func (c console) line(name, format string, args ...any) {
	fmt.Fprintf(c.out, "  %-12s %s\n", name, fmt.Sprintf(format, args...))
}

// ended is an error that has been told, or none, with the status to end with.
type ended struct{ status int }

func (ended) Error() string { return "ended" }

// usage is a mistake in the command line of a command.
type usage struct {
	error
	command string
}

func usagef(format string, args ...any) error { return usage{error: fmt.Errorf(format, args...)} }

// run runs one command line to its end and gives the status.
func run(ctx context.Context, args []string, c console) int {
	k, err := parser(c)
	if err != nil {
		c.say("entente: %v", err)
		return statusFailed
	}
	if len(args) == 0 {
		args = []string{"help"}
	}
	line, err := k.Parse(args)
	if err != nil {
		return tell(c, mistake(err))
	}
	line.BindTo(ctx, (*context.Context)(nil))
	line.Bind(c, k, line)
	err = line.Run()
	var u usage
	if errors.As(err, &u) {
		err = usage{u.error, line.Selected().Path()}
	}
	return tell(c, err)
}

func parser(c console) (*kong.Kong, error) {
	return kong.New(&commands{}, kong.Name("entente"), kong.NoDefaultHelp(), kong.Writers(c.out, c.err),
		kong.Bind(c), kong.Exit(func(int) {}))
}

// mistake makes a usage of what kong found, and leaves the end that a flag brought about.
func mistake(err error) error {
	var e ended
	if errors.As(err, &e) {
		return e
	}
	var p *kong.ParseError
	if !errors.As(err, &p) {
		return err
	}
	u := usage{error: p.Unwrap()}
	if p.Context != nil && p.Context.Selected() != nil {
		u.command = p.Context.Selected().Path()
	}
	return u
}

// tell says what went wrong and gives the status to end with.
func tell(c console, err error) int {
	var e ended
	var u usage
	switch {
	case err == nil:
		return statusDone
	case errors.As(err, &e):
		return e.status
	case errors.As(err, &u):
		c.say("%s: %v", strings.TrimSpace("entente "+u.command), err)
		c.say("%s explains more.", strings.TrimSpace("entente help "+u.command))
		return statusUsage
	}
	c.say("entente: %s", explain(err))
	return statusFailed
}

// explain writes an error for an operator, who may know its cause.
func explain(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err.Error()
	}
	s := message.In("en", "error."+string(f.Kind)+".title")
	switch {
	case f.Kind == fault.Unavailable && f.Key == "":
		if what := db.Trouble(err); what != "" {
			s = "the database " + what + "; nothing was changed"
		}
	case f.Key != "":
		s = message.In("en", f.Key, f.Args...)
	}
	if f.Cause != nil {
		s += " (" + f.Cause.Error() + ")"
	}
	return s
}

// speech gives the language for what the catalogue says: as asked for, else as the terminal is
// set, else English.
func speech(asked string) string {
	for _, s := range []string{asked, os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")} {
		if s == "" {
			continue
		}
		for _, l := range message.Languages {
			if strings.HasPrefix(strings.ToLower(s), l) {
				return l
			}
		}
		break
	}
	return message.Languages[0]
}

// faults writes the faults of an input, a line each: file:line: field: what is wrong.
func faults(w io.Writer, lang string, fs fault.Fields) {
	for _, f := range fs {
		place := ""
		if f.File != "" {
			place = f.File + ":"
			if f.Line > 0 {
				place += fmt.Sprintf("%d:", f.Line)
			}
			place += " "
		}
		if f.Path != "" {
			place += f.Path + ": "
		}
		fmt.Fprintln(w, place+message.In(lang, f.Key, append([]any{"value", f.Value}, f.Args...)...))
	}
}

// fieldsOf gives the faults of fields that an error carries.
func fieldsOf(err error) fault.Fields {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Fields
	}
	return nil
}
