package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"entente/bundle/backup"
	"entente/internal/db"
	"entente/ledger"
)

// lookAtFolder looks at the node's folder itself: whether the node's key is in it, and what is in it
// that the program did not make. The latter may be the operator's own, and is named without differing.
func (o soundCmd) lookAtFolder(ctx context.Context, c console) error {
	wrong := o.keyDiffers(ctx)
	if wrong != "" {
		c.line("DIFFERENCE", "%s", wrong)
	}
	list, err := os.ReadDir(o.Data)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.say("entente: the node's folder was not looked at: %s", explain(err))
		if wrong == "" {
			return ended{statusUsage}
		}
	}
	list = slices.DeleteFunc(list, func(e fs.DirEntry) bool { return o.makes(e.Name()) })
	for i, e := range list {
		if i == mostFiles {
			fmt.Fprintf(c.out, "  and %d more\n", len(list)-mostFiles)
			break
		}
		c.line("beside", "%s: the program did not make it; where it is not your own, find out whose it is", filepath.Join(o.Data, e.Name()))
	}
	if wrong != "" {
		return ended{statusFailed}
	}
	return nil
}

// makes says whether the program makes what has such a name in a node's folder.
func (o soundCmd) makes(name string) bool {
	if slices.Contains([]string{keyFile, publicFile, checkpointFile, filesFolder, backup.Restoring, "lost+found"}, name) ||
		strings.HasPrefix(name, "before-") && strings.HasSuffix(name, ".tar") ||
		slices.ContainsFunc([]string{backup.Partial, "." + keyFile + "-", "." + publicFile + "-", "." + checkpointFile + "-"}, func(begin string) bool { return strings.HasPrefix(name, begin) }) {
		return true
	}
	path := strings.TrimPrefix(o.address(), "file:")
	if db.IsServer(path) || filepath.Clean(filepath.Dir(path)) != filepath.Clean(o.Data) {
		return false
	}
	rest, its := strings.CutPrefix(name, filepath.Base(path))
	return its && (slices.Contains([]string{"", "-wal", "-shm", "-journal"}, rest) ||
		strings.HasPrefix(rest, "."+backup.Restoring) || strings.HasPrefix(rest, ".before-") && (strings.HasSuffix(rest, ".bak") || strings.Contains(rest, ".partial")))
}

// keyDiffers says what is wrong with the node's key, "" when nothing is: without it a node does not
// start, and what is sealed by it is lost.
func (o soundCmd) keyDiffers(ctx context.Context) string {
	known := ""
	if d, err := o.open(ctx, db.Options{ReadOnly: true}); err == nil { // else it is told of the database
		_ = d.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			known, err = db.Setting(ctx, tx, db.PublicKey)
			return err
		})
		_ = d.Close()
	}
	if b, err := os.ReadFile(filepath.Join(o.Data, publicFile)); known == "" && err == nil {
		known = strings.TrimSpace(string(b))
	}
	path := filepath.Join(o.Data, keyFile)
	b, err := os.ReadFile(path)
	switch {
	case known == "": // it was never started
		return ""
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Sprintf("the node's key %s is missing: put it back from where you keep it. Without it the node does not start", path)
	case err != nil:
		return fmt.Sprintf("the node's key cannot be read: %s", explain(err))
	}
	if public, err := ledger.Public(strings.TrimSpace(string(b))); err != nil {
		return fmt.Sprintf("the file %s holds no key: put it back from where you keep it", path)
	} else if public != known {
		return fmt.Sprintf("the file %s is the key of another node than the one that the database belongs to (%s)", path, known)
	}
	return ""
}

// instead says what stands in the place of a content that is not what its name says.
func instead(path string) string {
	for _, at := range []struct{ path, of string }{{filepath.Dir(path), "the folder"}, {path, "the file"}} {
		i, err := os.Lstat(at.path)
		what := "something that is no file"
		switch {
		case err != nil:
			return fmt.Sprintf("the file %s cannot be read: %s", path, explain(err))
		case i.Mode()&fs.ModeSymlink != 0:
			what = "a link"
		case i.IsDir():
			what = "a folder"
		case i.Mode().IsRegular():
			what = "a file"
		}
		if what != map[string]string{"the folder": "a folder", "the file": "a file"}[at.of] {
			return fmt.Sprintf("in the place of %s %s stands %s", at.of, at.path, what)
		}
	}
	return fmt.Sprintf("the file %s was changed: its content is not what its name says", path)
}
