package backup

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// syncEvery is how much is written before the disk is asked to have it. At once at the end it
// would stand in the way of the node, which waits for the disk at every act.
const syncEvery = 8 << 20

// ToFile writes a backup to a new file: under another name first, until it is whole and on the
// disk. What stands there already is not replaced. It gives the hash of the file.
func ToFile(ctx context.Context, s Source, l Lock, path string) (h Header, m Manifest, hash string, err error) {
	if _, err := os.Lstat(path); err == nil {
		return h, m, "", fmt.Errorf("%s exists already, and a backup never replaces a file: name another", path)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return h, m, "", err
	}
	folder := filepath.Dir(path)
	f, err := os.OpenFile(filepath.Join(folder, Partial+rand.Text()[:8]), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return h, m, "", err
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}()
	sum := sha256.New()
	h, m, err = ToStream(ctx, s, l, io.MultiWriter(&paced{file: f}, sum))
	if err != nil {
		return h, m, "", err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return h, m, "", err
	}
	if err := place(f.Name(), path); err != nil {
		return h, m, "", err
	}
	return h, m, hex.EncodeToString(sum.Sum(nil)), nil
}

// ToStream writes a backup, encrypted where the lock says so.
func ToStream(ctx context.Context, s Source, l Lock, w io.Writer) (h Header, m Manifest, err error) {
	out, err := l.wrap(w)
	if err != nil {
		return h, m, err
	}
	if h, m, err = Write(ctx, s, out); err != nil {
		return h, m, err
	}
	return h, m, out.Close()
}

// Partial begins the names of files that are not whole; a killed backup leaves one behind, which
// the next one in the folder removes after a day.
const Partial = ".entente-partial-"

// place gives a file its name, unless something has it already.
func place(from, to string) error {
	err := os.Link(from, to)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = os.Rename(from, to) // a file system without second names
	}
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(to))
}

// openFile opens a backup. A folder of backups is easily named in place of one.
func openFile(file string) (*os.File, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	if st, err := f.Stat(); err != nil || st.IsDir() {
		return nil, errors.Join(err, f.Close(), fmt.Errorf("%s is a folder: name one of the backups in it", file))
	}
	return f, nil
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// paced asks the disk to have what was written, a piece at a time.
type paced struct {
	file *os.File
	n    int
}

// Write writes.
func (p *paced) Write(b []byte) (int, error) {
	n, err := p.file.Write(b)
	if p.n += n; err == nil && p.n >= syncEvery {
		p.n = 0
		err = p.file.Sync()
	}
	return n, err
}

const (
	nameForm = "20060102T150405Z"
	nameHead = "entente-"
)

// Name gives the name of a backup in a folder: the time, so that they sort.
func Name(at time.Time, locked bool) string {
	name := nameHead + at.UTC().Format(nameForm) + ".tar"
	if locked {
		name += ".age"
	}
	return name
}

// made reads the time in a name that Name gave.
func made(name string) (time.Time, bool) {
	stem := strings.TrimSuffix(strings.TrimSuffix(name, ".age"), ".tar")
	at, err := time.Parse(nameHead+nameForm, stem)
	return at, err == nil && (name == Name(at, false) || name == Name(at, true))
}

// superfluous gives those names of backups that need not be kept: of each of the last n days on
// which there is one, the newest is kept, and of each of the last n weeks (from Monday, UTC) the
// newest. Other names are never among them.
func superfluous(names []string, n int) (out []string) {
	type one struct {
		name string
		at   time.Time
	}
	var all []one
	for _, name := range names {
		if at, ok := made(name); ok {
			all = append(all, one{name, at})
		}
	}
	slices.SortFunc(all, func(a, b one) int { return b.at.Compare(a.at) })
	days, weeks := map[string]bool{}, map[string]bool{}
	first := func(seen map[string]bool, key string) bool {
		if seen[key] || len(seen) >= n {
			return false
		}
		seen[key] = true
		return true
	}
	for _, o := range all {
		year, week := o.at.ISOWeek()
		ofDay, ofWeek := first(days, o.at.Format(time.DateOnly)), first(weeks, fmt.Sprint(year, week))
		if !ofDay && !ofWeek {
			out = append(out, o.name)
		}
	}
	return out
}

// Tidy removes from a folder the backups that need not be kept, and what killed ones left. It
// gives the names of those that it removed.
func Tidy(folder string, n int, now time.Time) (removed []string, err error) {
	list, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range list {
		if !e.Type().IsRegular() {
			continue
		}
		names = append(names, e.Name())
		if i, err := e.Info(); err == nil && strings.HasPrefix(e.Name(), Partial) && now.Sub(i.ModTime()) > 24*time.Hour {
			_ = os.Remove(filepath.Join(folder, e.Name()))
		}
	}
	for _, name := range superfluous(names, n) {
		if err := os.Remove(filepath.Join(folder, name)); err != nil {
			return removed, err
		}
		removed = append(removed, name)
	}
	return removed, nil
}
