package bundle

import (
	"cmp"
	"context"
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
	readers, told := map[ref.Person]access.Actor{}, map[ref.Person][]ref.ID{}
	people := map[access.Principal][]ref.Person{}
	parts := map[ref.ID]bool{}
	for _, k := range kept {
		parts[k.Part.ID] = true
	}
	for _, k := range kept {
		if parts[k.Part.Parent] { // a file of what is told itself
			continue
		}
		by := k.By
		if by.Kind() == "inside" {
			by = access.InstitutionOf(ref.Institution(by.ID()))
		}
		all, known := people[by]
		if !known {
			var err error
			if all, err = roster.Keeping(ctx, tx, by); err != nil {
				return err
			}
			people[by] = all
		}
		for _, p := range all {
			if p == who.Person || len(told[p]) > mostClosed {
				continue
			}
			reader, known := readers[p]
			if !known {
				var err error
				if reader, err = roster.ActorFor(ctx, tx, p); err != nil {
					return err
				}
				readers[p] = reader
			}
			switch _, err := access.Find(ctx, tx, reader, k.Part.ID); {
			case fault.Is(err, fault.NotFound):
				continue
			case err != nil:
				return err
			}
			_, kept, err := access.WholeOf(ctx, tx, reader, k.Part)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			if err != nil || !kept || slices.Contains(told[p], k.Part.Parent) { // this one reads the object all the same, or knows
				continue
			}
			n := notice.New{Person: p, Kind: notice.Narrowed, Object: k.Part.ID}
			if told[p] = append(told[p], k.Part.Parent); len(told[p]) > mostClosed {
				n.Object, n.Detail.What = "", "more"
			}
			if err := notice.Put(ctx, tx, nil, n); err != nil {
				return err
			}
		}
	}
	return nil
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
