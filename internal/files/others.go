package files

import (
	"io/fs"
	"path"
	"strings"
	"time"
)

// What lies in a folder for less than this may be on its way: an upload that is being read, or a
// content whose transaction is not committed yet. Sweep takes both away when they are a day old.
const (
	uploadLasts = 24 * time.Hour
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
	err = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == "lost+found": // of a file system whose top the folder is
			return fs.SkipDir
		case e.IsDir():
			return nil
		}
		o := Other{Path: name, Left: strings.HasPrefix(name, incoming)}
		if hash := path.Dir(name) + path.Base(name); isHash(hash) && hash == strings.ToLower(hash) && e.Type().IsRegular() && strings.Count(name, "/") == 1 {
			if named(hash) {
				return nil
			}
			o.Hash = hash
		}
		i, err := e.Info()
		if err != nil { // it was on its way, and is gone
			return nil
		}
		o.Size = i.Size()
		if age := now.Sub(i.ModTime()); o.Left && age < uploadLasts || o.Hash != "" && age < namingLasts {
			return nil
		}
		out = append(out, o)
		return nil
	})
	return out, lost(err)
}
