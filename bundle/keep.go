package bundle

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/notice"
	"entente/roster"
)

// keeping tells access who an institution's people and a part's maker are, so that own words stay
// with who said them.
var keeping = access.Keeping{
	Counts: func(ctx context.Context, tx *db.Tx, i ref.Institution) ([]access.Principal, error) {
		as, _, err := roster.CountsAs(ctx, tx, i)
		return as, err
	},
	Actor: roster.ActorFor,
	Tell:  tellKept,
}

// keptDaySetting is the day up to which own words were kept from what days take.
const keptDaySetting = "own-words-kept"

// KeepPassed keeps own words with institutions that a day which came took what they are about from, by a
// date that was entered before, and tells those who act for them. Nothing else follows such a day: it is
// done at short intervals, and before an act of the register, which might take the date away again.
func KeepPassed(ctx context.Context, tx *db.Tx, objects *access.Objects) error {
	today, err := roster.Today(ctx, tx)
	if err != nil {
		return err
	}
	since, err := db.Setting(ctx, tx, keptDaySetting)
	if err != nil || since >= string(today) {
		return err
	}
	lost, err := roster.LostSince(ctx, tx, since)
	if err != nil {
		return err
	}
	var all []access.Kept
	for _, l := range lost {
		kept, err := objects.KeepOwn(ctx, tx, access.AuthorityAct(roster.Institutions.Name), access.NewAudience(l.As...), []ref.Institution{l.Institution}, l.Began)
		if err != nil {
			return err
		}
		all = append(all, kept...)
	}
	if err := tellKept(ctx, tx, access.Operator("keep"), all); err != nil {
		return err
	}
	return db.Set(ctx, tx, keptDaySetting, string(today))
}

// keepFirst is KeepPassed before an import, which takes the node's lock only where a day took something.
func keepFirst(ctx context.Context, d *db.DB, objects *access.Objects) error {
	some := false
	err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		since, err := db.Setting(ctx, tx, keptDaySetting)
		if err != nil {
			return err
		}
		lost, err := roster.LostSince(ctx, tx, since)
		some = len(lost) > 0
		return err
	})
	if err != nil || !some {
		return err
	}
	return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return KeepPassed(ctx, tx, objects) })
}

// mostClosed is how many objects that were closed to one person are told one by one.
const mostClosed = 20

// tellKept tells those who act for who said something that its object was closed to them and that they
// keep their words: once for each object, by the first of them that they read. Who reads none is told nothing.
func tellKept(ctx context.Context, tx *db.Tx, who access.Actor, kept []access.Kept) error {
	ids := map[ref.ID]bool{}
	for _, k := range kept {
		ids[k.Part.ID] = true
	}
	parts := map[access.Principal][]access.Header{} // by who said them, but for files of what is told itself
	for _, k := range kept {
		by := k.By
		if by.Kind() == "inside" {
			by = access.InstitutionOf(ref.Institution(by.ID()))
		}
		if !ids[k.Part.Parent] {
			parts[by] = append(parts[by], k.Part)
		}
	}
	told := map[ref.Person][]ref.ID{}
	for _, by := range slices.Sorted(maps.Keys(parts)) {
		people, err := roster.Keeping(ctx, tx, by)
		if err != nil {
			return err
		}
		for _, p := range people {
			if p == who.Person {
				continue
			}
			if told[p], err = tellClosed(ctx, tx, p, parts[by], told[p]); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellClosed tells a person of the objects of parts that were closed to that one, but for those that were told
// before, and gives all that are told by now.
func tellClosed(ctx context.Context, tx *db.Tx, p ref.Person, parts []access.Header, told []ref.ID) ([]ref.ID, error) {
	reader, err := roster.ActorFor(ctx, tx, p)
	for _, part := range parts {
		if err != nil || len(told) > mostClosed {
			break
		}
		if slices.Contains(told, part.Parent) {
			continue
		}
		var kept bool
		if _, err = access.Find(ctx, tx, reader, part.ID); err == nil {
			_, kept, err = access.WholeOf(ctx, tx, reader, part)
		}
		if err != nil || !kept { // this one does not read the words, or reads the object all the same
			err = fault.Unless(err, fault.NotFound)
			continue
		}
		n := notice.New{Person: p, Kind: notice.Narrowed, Object: part.ID}
		if told = append(told, part.Parent); len(told) > mostClosed {
			n.Object, n.Detail.What = "", "more"
		}
		err = notice.Put(ctx, tx, nil, n)
	}
	return told, err
}

// KeptWords are own words that an act takes out of an object, and that stay with who said them.
type KeptWords struct {
	Kind, Key string // of the object
	By        string // who said them, as files write a reader: institution:nia
	Parts     []KeptKind
}

// KeptKind is how many of a kind.
type KeptKind struct {
	Kind string
	N    int
}

// listing gives the objects for an import, which also lists what it takes out of objects.
func (im *importer) listing(objects *access.Objects) *access.Objects {
	o, tell := *objects, keeping
	tell.Tell = func(ctx context.Context, tx *db.Tx, who access.Actor, kept []access.Kept) error {
		im.kept = append(im.kept, kept...)
		return tellKept(ctx, tx, who, kept)
	}
	return o.Keep(tell)
}

// keptWords adds up whose own words are taken out of what, as the page before a narrowing does: what is
// attached to a part goes with it. What stands inside a side is not listed, or it would tell that there
// is something.
func (im *importer) keptWords() (out []KeptWords) {
	listed := map[ref.ID]bool{}
	for _, k := range im.kept {
		if listed[k.Part.ID] || k.Part.Room != "" || k.By.Kind() == "inside" {
			continue
		}
		listed[k.Part.ID] = true
		row := KeptWords{Key: k.Part.Parent, By: string(k.By)}
		for _, s := range im.scopes {
			if h := s.ids[k.Part.Parent]; h != nil {
				row.Kind, row.Key, row.By = h.kind, cmp.Or(h.key, row.Key), im.words(s, access.Audience{k.By})
			}
		}
		if whole, ok := im.objects.Kind(row.Kind); ok && whole.IsPart() {
			continue
		}
		at := slices.IndexFunc(out, func(w KeptWords) bool { return w.Kind == row.Kind && w.Key == row.Key && w.By == row.By })
		if at < 0 {
			at, out = len(out), append(out, row)
		}
		i := slices.IndexFunc(out[at].Parts, func(p KeptKind) bool { return p.Kind == k.Part.Kind })
		if i < 0 {
			i, out[at].Parts = len(out[at].Parts), append(out[at].Parts, KeptKind{Kind: k.Part.Kind})
		}
		out[at].Parts[i].N++
	}
	return out
}
