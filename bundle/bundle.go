// Package bundle writes a dialogue's objects to a text format and reads them back: a stream of
// YAML documents, one per object, that a person can write by hand (docs/format.md). Reading is
// whole or not at all, tells every fault at once with file, line and field, and goes through the
// same door as any other act: policy, rules, labels and ledger are those of access.Kind. Reading
// back what was written changes nothing. This package must never delete an object, nor give an
// import what its file does not say.
package bundle

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strings"

	"entente/access"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/standard/tlp"
)

// Message keys of the faults that this package finds, beside those of shape and access.
const (
	FaultKind       = "fault.kind"              // no such kind of object; {options} lists them
	FaultNoDialogue = "fault.no-dialogue"       // the files must begin with a document of kind dialogue
	FaultKeyTwice   = "fault.key-twice"         // another document has this kind and key: {file}, line {line}
	FaultKeyTaken   = "fault.key-taken"         // the id is that of an object of another kind or dialogue
	FaultRemoved    = "fault.removed"           // the object was removed; an import does not bring it back
	FaultPrincipal  = "fault.principal"         // no such entry of an audience; {options} lists them
	FaultOwner      = "fault.owner"             // the object is another institution's; an import cannot change that
	FaultAbsent     = "fault.absent"            // not an id; only ids stand under "absent"
	FaultFixed      = "fault.fixed"             // objects of this kind are not changed once made
	FaultWider      = "fault.import-wider"      // readers of {kind} {key} grow, from {before}
	FaultMark       = "fault.import-mark"       // the mark of {kind} {key} becomes wider, from {before}
	FaultGains      = "fault.import-gains"      // by what the file changes here, more people read {kind} {key}
	FaultGainsMore  = "fault.import-gains-more" // and more than {limit} objects
	FaultCircle     = "fault.import-circle"     // who owns a side's circle, or is a member, never stood on that side
	FaultResumes    = "fault.import-resumes"    // by what the file changes here, an institution that has ended, or will, goes on
	FaultInside     = "fault.import-inside"     // by what the file changes here, somebody comes into a side's inner room
	FaultBeside     = "fault.import-beside"     // {n} objects of {lines} are too much beside others; at most {most}
	FaultLong       = "fault.import-long"       // after {seconds} it was undone, since others waited
	FaultMore       = "fault.more"              // there are more faults than the {limit} that are told
)

// dialogueKind is the kind whose document opens a dialogue: those that follow belong to it.
const dialogueKind = "dialogue"

// words is the header of a document: what every object has, before the subject's own fields.
type words struct {
	Kind     string          `json:"kind"`
	Key      string          `json:"key"`
	Mark     tlp.Label       `json:"mark"`
	National string          `json:"national"`
	Audience []string        `json:"audience"`
	Owner    ref.Institution `json:"owner"`
	Recorded string          `json:"recorded"` // "operator": its owner or endorsement was said by a file; every import says that anew
	Absent   []string        `json:"absent"`   // ids that the object points at and the file does not hold
}

var headerWords = []string{"kind", "key", "mark", "national", "audience", "owner", "recorded", "absent"}

// The words of an audience, the widest first: in this order they are written. "side" and those
// behind "team" take a key: that of an object of the kind, for "participants" of a meeting.
var principalWords = []string{"anyone", "dialogue", "side", "team", "circle", "participants", "institution", "person"}

const principalForms = "anyone, dialogue, team, side:KEY, circle:KEY, participants:KEY, institution:KEY, person:KEY"

// writePrincipals puts an audience in words. key gives what a file calls an object, "" for one
// that is to be left out.
func writePrincipals(a access.Audience, key func(kind string, id ref.ID) string) []string {
	var out []string
	for _, p := range a {
		switch p.Kind() {
		case "anyone", "dialogue", "team":
			out = append(out, p.Kind())
		default:
			if k := key(kindOf(p.Kind()), p.ID()); k != "" {
				out = append(out, p.Kind()+":"+k)
			}
		}
	}
	rank := func(s string) int {
		word, _, _ := strings.Cut(s, ":")
		return slices.Index(principalWords, word)
	}
	slices.SortFunc(out, func(x, y string) int {
		return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(x, y))
	})
	return out
}

// kindOf gives the kind of the object that an entry of an audience names.
func kindOf(word string) string {
	if word == "participants" {
		return "meeting"
	}
	return word
}

// File is one file of objects. Several are read as if they stood in one, in their order.
type File struct {
	Name string // as faults call it
	Data []byte
}

// Files gives the files of a folder and the folders below it whose names end in .yaml, in the
// order of their paths.
func Files(folder fs.FS) ([]File, error) {
	var out []File
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".yaml" {
			return err
		}
		data, err := fs.ReadFile(folder, name)
		out = append(out, File{name, data})
		return err
	})
	return out, err
}

// lines gives a file's text with one form of line end; ok is false where it is not in UTF-8 or UTF-16.
func (f File) lines() (s, encoding string, ok bool) {
	s, encoding, ok = text.Decode(f.Data)
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n"), encoding, ok
}
