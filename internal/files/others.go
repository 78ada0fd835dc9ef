package files

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"
)

// What lies in a folder for less than this may be on its way: an upload that is being read, or a
// content whose transaction is not committed yet. A node sweeps both away when they are a day old.
const (
	UploadLasts = 24 * time.Hour
	namingLasts = time.Hour
)

// Other is a file in the folder that is none of the contents that are named.
type Other struct {
	Path string // within the folder
	Hash string // where it is in the place of a content, as an upload leaves one whose transaction failed
	Left bool   // an upload that was broken off
	Size int64
}

// Others gives what lies in the folder beside the contents that are named. What may be on its way
// is left out: an upload for a day, a content for an hour.
func (f *Folder) Others(named func(hash string) bool) (out []Other, err error) {
	root, err := f.at()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	err = walk(root.FS(), func(o Other, modified time.Time) error {
		age := now.Sub(modified)
		if o.Hash != "" && (age < namingLasts || named(o.Hash)) || o.Left && age < UploadLasts {
			return nil
		}
		out = append(out, o)
		return nil
	})
	return out, lost(err)
}

// Holds says whether contents, or uploads, lie in the folder at a path. One that cannot be looked
// into counts as holding some.
func Holds(path string) bool {
	err := walk(os.DirFS(path), func(o Other, _ time.Time) error {
		if o.Left || o.Hash != "" {
			return errFound
		}
		return nil
	})
	return err != nil && !errors.Is(err, fs.ErrNotExist)
}

var errFound = errors.New("files: found")

// walk gives every file in a folder, with when it was written last, and says of each what it is by
// its place and name: what verification tells of and what Sweep deletes are the same.
func walk(folder fs.FS, fn func(o Other, modified time.Time) error) error {
	return fs.WalkDir(folder, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil && name != lostFound:
			return err
		case name == lostFound:
			return fs.SkipDir
		case e.IsDir():
			return nil
		}
		i, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) { // it was on its way, and is gone
			return nil
		}
		if err != nil {
			return err
		}
		o := Other{Path: name, Size: i.Size()}
		if hash := strings.Replace(name, "/", "", 1); i.Mode().IsRegular() && isHash(hash) && hash == strings.ToLower(hash) {
			if _, at := place(hash); at == name {
				o.Hash = hash
			}
		}
		o.Left = i.Mode().IsRegular() && strings.HasPrefix(name, incoming) && !strings.Contains(name, "/")
		return fn(o, i.ModTime())
	})
}

// lostFound stands in a folder that is the top of a file system, closed to all but the machine's
// administrator.
const lostFound = "lost+found"
