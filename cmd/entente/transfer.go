package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"entente/access"
	"entente/bundle"
	"entente/internal/db"
)

type exportCmd struct {
	place
	File string `arg:"" optional:"" default:"-" help:"The file to write, or - for standard output."`
}

// Help explains the command.
func (exportCmd) Help() string {
	return `Writes every object of every dialogue in the text format of docs/format.md, as it stands today.
The same contents always give the same bytes, and importing them changes nothing. The ledger,
passwords and sessions are not part of it: for a copy of a whole node keep its database and its
folder.

    entente export --data /var/lib/entente all.yaml
    entente export | less

This is an act of the node's operator, outside access: it writes what nobody but those named may
read. Keep the file as the most sensitive thing in it. A file that stands there already is
replaced, whole or not at all. The node may run meanwhile. The command ends with status 0, or with
1 when nothing was written.`
}

// Run exports.
func (o exportCmd) Run(ctx context.Context, c console) error {
	d, err := o.open(ctx, db.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer d.Close()
	c.say("This export is an operator's act outside access: it holds everything, whatever its mark and audience.")
	write := func(w io.Writer) error {
		return bundle.Export(ctx, d, bundle.Objects(d), access.Operator("export"), w)
	}
	if o.File == "-" {
		return write(c.out)
	}
	if err := replace(o.File, 0o600, write); err != nil {
		return err
	}
	c.say("Written: %s", o.File)
	return nil
}

type importCmd struct {
	place
	DryRun bool     `help:"Tell what would be done and every fault, and change nothing."`
	Widen  bool     `help:"Let objects get readers that they do not have today, or a wider mark. Without it such an import is refused; a dry run lists them."`
	Admit  bool     `help:"Let the people in the files who work for a side into its inner room. Without it a file lets nobody in."`
	Lang   string   `env:"ENTENTE_LANG" enum:"en,zh," default:"" placeholder:"LANGUAGE" help:"The language in which faults are told: en or zh. Where nothing is said it is that of the terminal."`
	Files  []string `arg:"" name:"file" help:"Files of objects, folders whose .yaml files are read in the order of their names, or - for standard input."`
}

// Help explains the command.
func (importCmd) Help() string {
	return `Loads objects from files in the text format of docs/format.md: all of them or none. What the files
say is created or changed, what they do not mention stays as it is, and what they say as it stands
is not written again. Several files are read as one, in the order in which they are named. Changes of
what decides who reads or who speaks for whom (standing, end, parent and successors of an institution,
posts and functions, members of a circle, who leads a side) are named, also with --dry-run; those
concerned are told, and what it opens to anybody is listed as below.

    entente import --dry-run contacts.yaml
    entente import --data /var/lib/entente dialogue/ meetings.yaml

Faults are told all at once, a line each: the file, the line, the field, and what would be right.
Each object that is written becomes an entry of the ledger that names this command. A database file
that does not exist is made, unless the folder is that of a node whose database is gone, and stays
only where something was imported.

What a file does not say of an object's readers (mark, national, audience) stays as it is. Where it
gives an object readers that it does not have today, also by a new person or institution, the object
is listed and nothing is changed, unless --widen says that it is meant; a dry run lists them too. The
same holds for a wider mark. Where it takes readers away who have said something about the object, they
keep their own words and are told; whose words these are is listed, also with --dry-run.

Into the inner room of a side, and to speaking for an institution on it, nobody comes by a file: that
is for the side's focal points, or for entente admin person admit. --admit does it for all people in
the files, in the name of this command; say it only of files that each side has seen.

The node may run meanwhile, up to a size. Files are read and checked beside it, but while they are
written nobody else can write, who would wait ten seconds and then be told to try again. So an import
that would write more than 20,000 lines, where each object counts as ten lines more and each 200 bytes
as one, or takes longer than three seconds, is refused while another program has the database open:
stop the node, or divide the files. A dry run beside others works on a copy of a database file, in its
folder, and keeps nobody waiting; on PostgreSQL it is bounded in the same way.

The command ends with status 0, or with 1 when there were faults and nothing was changed.`
}

// Run imports.
func (o importCmd) Run(ctx context.Context, c console) error {
	files, err := readFiles(c, o.Files)
	if err != nil {
		return err
	}
	if err := settled(o.Data); err != nil {
		return err
	}
	lived := o.lived()
	anew := errors.As(exists(o.address()), new(missing)) && !lived
	if o.DB == "" && anew {
		if err := os.MkdirAll(o.Data, 0o700); err != nil {
			return err
		}
	}
	beside := false
	if exists(o.address()) == nil {
		if beside, err = db.InUse(ctx, o.address()); err != nil {
			return o.lost(err)
		}
	}
	address := o.address()
	copied := beside && o.DryRun && !db.IsServer(address) // so that nobody waits for what is undone
	if anew || copied {                                   // a new one comes to its place when something is in it: an empty one would be a new node's
		folder, err := os.MkdirTemp(filepath.Dir(strings.TrimPrefix(address, "file:")), "importing-")
		if err != nil {
			return fmt.Errorf("the folder of the database: %w", err)
		}
		defer os.RemoveAll(folder)
		address = filepath.Join(folder, databaseFile)
	}
	if copied {
		if err := bundle.Copy(ctx, o.address(), address); err != nil {
			return o.lost(err)
		}
		beside = false
	}
	d, err := bundle.Open(ctx, address, db.Options{
		Existing: lived, NoBackup: copied, BeforeUpgrade: o.beforeUpgrade, Logger: logger(c.err, slog.LevelInfo, "text"),
	})
	if err == nil {
		err = o.witnessed(ctx, d)
	}
	if err != nil {
		return o.lost(err)
	}
	defer d.Close()
	r, err := bundle.Import(ctx, d, bundle.Objects(d), access.Operator("import"), files, bundle.Options{DryRun: o.DryRun, Widen: o.Widen, Admit: o.Admit, Beside: beside})
	if fs := fieldsOf(err); len(fs) > 0 {
		faults(c.err, speech(o.Lang), fs)
		c.say("%s in %s. Nothing was changed.", count(int64(len(fs)), "fault", "faults"), count(int64(len(files)), "file", "files"))
		return ended{statusFailed}
	}
	if err != nil {
		return err
	}
	faults(c.err, speech(o.Lang), r.Widened)
	if r.Admitted > 0 {
		fmt.Fprintf(c.out, "  Admitted to the inner room of their side: %s.\n", count(int64(r.Admitted), "person", "people"))
	}
	for _, k := range r.Kinds {
		fmt.Fprintf(c.out, "  %-12s %s\n", k.Kind, tally(k.Tally))
	}
	for _, x := range r.Emptied {
		fmt.Fprintf(c.out, "  Left out by the file, and empty from now on: %s/%s, %s.\n", x.Kind, x.Key, strings.Join(x.Fields, ", "))
	}
	for _, x := range r.Decided {
		fmt.Fprintf(c.out, "  Who reads or who speaks for whom: %s/%s changes in %s.\n", x.Kind, x.Key, strings.Join(x.Fields, ", "))
	}
	for _, x := range r.Outside {
		var items []string
		for _, it := range x.Items {
			title, _ := it.Title.In("en")
			items = append(items, fmt.Sprintf("%s (%s)", title, strings.Trim(string(it.At)+"–"+string(it.Until), "–")))
		}
		fmt.Fprintf(c.out, "  meeting/%s has items of its agenda outside its hours: %s.\n", x.Key, strings.Join(items, "; "))
	}
	for _, x := range r.Staying {
		why := "begins on another day, and open calls about it keep their deadlines"
		if x.Off {
			why = "is called off, and open calls about it stay due"
		}
		var calls []string
		for _, k := range x.Calls {
			title, _ := k.Value.Title.In("en")
			calls = append(calls, fmt.Sprintf("%s (%s)", title, k.Value.Due))
		}
		fmt.Fprintf(c.out, "  meeting/%s %s: %s.\n", x.Key, why, strings.Join(calls, "; "))
	}
	for _, x := range r.Kept {
		var parts []string
		for _, k := range x.Parts {
			parts = append(parts, fmt.Sprintf("%d of kind %s", k.N, k.Kind))
		}
		fmt.Fprintf(c.out, "  Own words taken out of %s/%s, kept by who said them, who is told: %s, %s.\n", x.Kind, x.Key, x.By, strings.Join(parts, ", "))
	}
	if anew && !o.DryRun {
		if err := errors.Join(d.Close(), moveNew(address, o.address())); err != nil {
			return err
		}
	}
	done := "Imported"
	if o.DryRun {
		done = "Nothing was changed; the import would be"
	}
	_, err = fmt.Fprintf(c.out, "%s: %s.\n", done, tally(r.Tally))
	return err
}

// moveNew brings a database that is whole and closed to the address of a file that does not exist.
func moveNew(from, address string) error {
	final := strings.TrimPrefix(address, "file:")
	if _, err := os.Lstat(final); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s was made by another program meanwhile, and nothing was put there: run the command again", final)
	}
	return os.Rename(from, final)
}

func tally(t bundle.Tally) string {
	return fmt.Sprintf("%d created, %d changed, %d unchanged", t.Created, t.Changed, t.Unchanged)
}

// readFiles reads what the command line names, in its order.
func readFiles(c console, names []string) (files []bundle.File, err error) {
	for _, name := range names {
		if name == "-" {
			b, err := io.ReadAll(c.in)
			if err != nil {
				return nil, err
			}
			files = append(files, bundle.File{Name: "standard input", Data: b})
			continue
		}
		i, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no file or folder %s", name)
		}
		if err != nil {
			return nil, err
		}
		if !i.IsDir() {
			b, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			files = append(files, bundle.File{Name: name, Data: b})
			continue
		}
		in, err := bundle.Files(os.DirFS(name))
		if err != nil {
			return nil, err
		}
		if len(in) == 0 {
			return nil, fmt.Errorf("the folder %s holds no file whose name ends in .yaml", name)
		}
		for _, f := range in {
			f.Name = filepath.Join(name, filepath.FromSlash(f.Name))
			files = append(files, f)
		}
	}
	if len(files) == 0 {
		return nil, usagef("no file was named: %s", strings.Join(names, " "))
	}
	return files, nil
}
