// Package library holds files: what is attached to an object, in versions, and its papers. A file
// is an object under its parent: it has its own mark and audience, and is never read by anybody
// who may not read the parent too. The bytes lie in a store (internal/files); the object holds
// their hash. The name and type that came with an upload are never believed.
package library

import (
	"context"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
)

// File is a file attached to an object. What is private is written by Add and Replace alone.
type File struct {
	Title    text.Multi `json:"title" shape:"required,label"`
	Language string     `json:"language,omitempty" shape:"lang"` // of the content; empty: none or several
	Note     text.Multi `json:"note,omitempty" shape:"long"`
	Of       string     `json:"of" shape:"private"`      // the object it is attached to, of whatever kind
	Version  int        `json:"version" shape:"private"` // counts the contents, from 1
	Name     string     `json:"name" shape:"private"`    // cleaned
	Type     string     `json:"type" shape:"private"`    // media type, as its content shows
	Size     int64      `json:"size" shape:"private"`    // bytes
	Hash     string     `json:"hash" shape:"private"`    // SHA-256 of the content
}

// Files is how files are kept.
var Files = &access.Kind[File]{
	Name: "file", Table: "library_file", Version: 3,
	Former:  access.Unsigned(2, "title", "note"),
	Columns: []string{"parent", "hash", "size"},
	Row:     func(f *File) []any { return []any{f.Of, f.Hash, f.Size} },
	Parent:  func(f *File) ref.ID { return f.Of },
	Check:   check,
	Allow:   allow,
	Guard:   guard,
	After:   within,
	Part:    true,
}

// check refuses what did not come in by Add or Replace.
func check(f *File, faults *fault.Fields) {
	if !ref.Valid(f.Of) || f.Version < 1 || f.Name == "" || f.Name != CleanName(f.Name) || f.Type == "" || len(f.Hash) != 64 || f.Size < 1 {
		faults.Add("file", f.Name, "fault.required")
	}
}

// actVersion is the act by which a file's content changes.
const actVersion = "file.version"

// allow keeps what an institution attached to its words as it says it is, and what one confirmed as it was then.
func allow(ctx context.Context, tx *db.Tx, who access.Actor, p access.Proposal[File]) error {
	if p.Old == nil || who.IsOperator() {
		return nil
	}
	if old := p.Old; old.Value.Language != p.New.Value.Language && old.Owner != "" && !who.Owns(old.Header) {
		var f fault.Fields
		f.Add("language", p.New.Value.Language, "fault.statement-words")
		return f.Err()
	}
	if p.Act == "file.edit" && onlyTranslated(p.Old.Value, p.New.Value) {
		return nil
	}
	return untaken(ctx, tx, who, p.Act, p.Old.Header)
}

// onlyTranslated says whether nothing of a file changes but translations of its words.
func onlyTranslated(a, b File) bool {
	return a.Language == b.Language && a.Title.SameWords(b.Title) && a.Note.SameWords(b.Note)
}

// untaken refuses to change, narrow, show or remove what is part of what an institution says, to
// everybody else: what it attached itself, and whatever is attached to something that it confirmed.
func untaken(ctx context.Context, tx *db.Tx, who access.Actor, act string, h access.Header) error {
	if !slices.Contains([]string{actVersion, "file.edit", "file.audience", "file.remove", "file.publish", "file.withdraw"}, act) {
		return nil
	}
	whole, err := access.Find(ctx, tx, access.Operator("part"), h.Parent)
	if fault.Is(err, fault.NotFound) { // it was removed
		return nil
	}
	if err != nil || who.Owns(whole) || !whole.IsSaid() {
		return err
	}
	attached := h.Owner == whole.Owner && act != "file.edit" // of its words others write translations alone (access.Kind.Save)
	if attached || whole.State == access.Vouched {
		return refusal(whole)
	}
	return nil
}

// refusal says why nobody else adds to what an institution says, and takes nothing from it.
func refusal(whole access.Header) *fault.Error {
	if whole.State == access.Vouched {
		return fault.New(fault.Forbidden, "fault.file-confirmed")
	}
	return fault.New(fault.Forbidden, "fault.file-own")
}

// guard keeps a file where it is, and lets only a next version change the content.
func guard(old, new *access.Object[File], act string) error {
	if old == nil {
		return nil
	}
	a, b := &old.Value, &new.Value
	same := a.Hash == b.Hash && a.Size == b.Size && a.Name == b.Name && a.Type == b.Type
	if act != actVersion && a.Version != b.Version || a.Of != b.Of || a.Version == b.Version && !same || b.Version != a.Version && b.Version != a.Version+1 {
		return fault.New(fault.Forbidden, "fault.fixed")
	}
	return nil
}
