package access

import (
	"context"
	"maps"
	"slices"
	"time"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
)

// Keeping is what keeping own words asks of those who know posts and notices. Without Counts and
// Actor nobody keeps anything; without Tell nobody is told.
type Keeping struct {
	Counts func(ctx context.Context, tx *db.Tx, i ref.Institution) ([]Principal, error) // what the people of an institution count as
	Actor  func(ctx context.Context, tx *db.Tx, p ref.Person) (Actor, error)            // NotFound where there is none
	Tell   func(ctx context.Context, tx *db.Tx, who Actor, kept []Kept) error
}

// Kept is a part of an object that stays with who said it, though they may read the object no more.
type Kept struct {
	Part Header
	By   Principal // the institution, its inside, or the person
}

// Keep says by what own words are kept.
func (s *Objects) Keep(k Keeping) *Objects {
	for _, k := range s.ordered {
		if k.IsPart() && k.KindName() != "note" && !slices.Contains(partKinds, k.KindName()) {
			panic("kind " + k.KindName() + " is a part, and partKinds does not know it")
		}
	}
	s.keeping = k
	return s
}

// remembering gives the objects for one act that asks of many parts who those are that said them: what
// an institution or a person counts as does not change while it runs, and is found once.
func (s *Objects) remembering() *Objects {
	of := s.keeping
	if of.Counts == nil || of.Actor == nil {
		return s
	}
	o := *s
	counts, actors := map[ref.Institution][]Principal{}, map[ref.Person]Actor{}
	o.keeping.Counts = func(ctx context.Context, tx *db.Tx, i ref.Institution) ([]Principal, error) {
		as, ok := counts[i]
		if ok {
			return as, nil
		}
		as, err := of.Counts(ctx, tx, i)
		if err == nil {
			counts[i] = slices.Clip(as)
		}
		return as, err
	}
	o.keeping.Actor = func(ctx context.Context, tx *db.Tx, p ref.Person) (Actor, error) {
		a, ok := actors[p]
		if ok {
			return a, nil
		}
		a, err := of.Actor(ctx, tx, p)
		if err == nil {
			actors[p] = a
		}
		return a, err
	}
	return &o
}

// KeepOwn keeps own words with some institutions that a change of the register, or of who takes part in
// a meeting, took what they are about from: those who lost say as whom. It is called when that was
// written. Each part that the institution could read as one of those lost, or whose whole it could, is
// its own by name from then on, where nothing else lets it read the part; the node itself does this,
// under the name of the act. It gives the parts that stay, of the institutions that lost the whole. Where
// a day took it, what was made since is none of what they read: made says until when; zero: whenever.
func (s *Objects) KeepOwn(ctx context.Context, tx *db.Tx, act string, lost []Principal, of []ref.Institution, made time.Time) (kept []Kept, err error) {
	if s.keeping.Counts == nil || len(lost) == 0 || len(of) == 0 {
		return nil, nil
	}
	s = s.remembering()
	all, err := s.partsFor(ctx, tx, lost, of)
	if err != nil {
		return nil, err
	}
	var ids []ref.ID
	for _, id := range all {
		if !made.IsZero() {
			e, err := Making(ctx, tx, id)
			if err != nil {
				return nil, err
			}
			if e.When >= db.Stamp(made) {
				continue
			}
		}
		ids = append(ids, id)
	}
	return s.stay(ctx, tx, act, ids, func(part Header) (Principal, error) { return InstitutionOf(ref.Institution(part.Owner)), nil })
}

// keepBefore keeps own words with those who read them, or their whole, as one of those for whom a removed
// object stands: the members of a circle, the participants of a meeting. It is called before that is
// written, since afterwards nobody counts as one of them, and gives what KeepOwn does.
func (s *Objects) keepBefore(ctx context.Context, tx *db.Tx, who Actor, act string, removed Header) ([]Kept, error) {
	var gone Principal
	switch removed.Kind {
	case "circle":
		gone = CircleOf(ref.Circle(removed.ID))
	case "meeting":
		gone = ParticipantsOf(ref.Meeting(removed.ID))
	}
	if gone == "" || s.keeping.Counts == nil {
		return nil, nil
	}
	ids, err := s.partsFor(ctx, tx, []Principal{gone}, nil)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	s = s.remembering()
	then := s.without(gone)
	return then.stay(ctx, tx, act, ids, func(part Header) (Principal, error) {
		own, err := s.keeper(ctx, tx, who, part)
		if err != nil || own == "" {
			return "", err
		}
		if reads, err := then.reads(ctx, tx, own, part); err != nil || !reads {
			return own, err
		}
		whole, err := Find(ctx, tx, Operator("keep"), part.Parent)
		if err != nil {
			return "", fault.Unless(err, fault.NotFound)
		}
		if reads, err := s.reads(ctx, tx, own, whole); err != nil || !reads {
			return "", err
		}
		return own, nil
	})
}

// without gives the objects for asking what is read where nobody counts as one of some.
func (s *Objects) without(gone Principal) *Objects {
	of, o := s.keeping, *s
	but := func(ps []Principal) []Principal {
		return slices.DeleteFunc(slices.Clone(ps), func(p Principal) bool { return p == gone })
	}
	o.keeping.Counts = func(ctx context.Context, tx *db.Tx, i ref.Institution) ([]Principal, error) {
		as, err := of.Counts(ctx, tx, i)
		return but(as), err
	}
	o.keeping.Actor = func(ctx context.Context, tx *db.Tx, p ref.Person) (Actor, error) {
		a, err := of.Actor(ctx, tx, p)
		a.principals = but(a.principals)
		return a, err
	}
	return &o
}

// partsFor gives the parts that some read, or whose whole they read, in the order in which they were
// made: a file follows what it is attached to. Without institutions those of all.
func (s *Objects) partsFor(ctx context.Context, tx *db.Tx, readers []Principal, of []ref.Institution) ([]ref.ID, error) {
	var kinds []string
	for _, k := range s.ordered {
		if k.IsPart() && !k.apart() {
			kinds = append(kinds, k.KindName())
		}
	}
	node := Operator("keep")
	var a db.Args
	among := ` in (select aset from aset_member where principal in ` + db.In(&a, readers) + `)`
	owned := ""
	if len(of) > 0 {
		owned = ` and o.owner in ` + db.In(&a, of)
	}
	return db.Collect(ctx, tx, db.One[ref.ID], `select o.id from object o join object w on w.id = o.parent
		where o.kind in `+a.In(kinds)+owned+` and (o.aset`+among+` or w.aset`+among+`) and `+node.CanRead(&a, "o")+`
		order by o.id -- access.partsFor`, a.List()...)
}

// stay makes each part its keeper's by name where the keeper reads it no more, and gives those whose
// whole the keeper reads no more.
func (s *Objects) stay(ctx context.Context, tx *db.Tx, act string, ids []ref.ID, keeper func(Header) (Principal, error)) (kept []Kept, err error) {
	node := Operator("keep")
	found, err := found(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		part, err := found(id)
		if err != nil {
			return nil, err
		}
		own, err := keeper(part)
		if err != nil {
			return nil, err
		}
		if own == "" {
			continue
		}
		reads, err := s.reads(ctx, tx, own, part)
		if err != nil {
			return nil, err
		}
		if !reads {
			if own.Kind() == "institution" && !Fits(part.Mark, own) { // it was for persons, and these it still names
				continue
			}
			k := s.kinds[part.Kind]
			h, v, err := k.LoadAny(ctx, tx, node, id)
			if err != nil {
				return nil, err
			}
			h.Audience, h.keeps = NewAudience(append(slices.Clone(h.Audience), own)...), Audience{own}
			if err := k.SaveAny(ctx, tx, node, act, &h, v, ""); err != nil {
				return nil, err
			}
			part = h
			found = func(id ref.ID) (Header, error) { return Find(ctx, tx, node, id) } // what is written may change others
		}
		whole, err := found(part.Parent)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if reads, err := s.reads(ctx, tx, own, whole); err != nil || reads {
			if err != nil {
				return nil, err
			}
			continue
		}
		kept = append(kept, Kept{part, own})
	}
	return kept, nil
}

// found reads the headers of parts, and of what they are part of, and gives what finds one of these.
func found(ctx context.Context, tx *db.Tx, ids []ref.ID) (func(ref.ID) (Header, error), error) {
	node := Operator("keep")
	all, err := Headers(ctx, tx, node, ids...)
	if err != nil {
		return nil, err
	}
	var of []ref.ID
	for _, h := range all {
		of = append(of, h.Parent)
	}
	wholes, err := Headers(ctx, tx, node, of...)
	maps.Copy(all, wholes)
	return func(id ref.ID) (Header, error) {
		h, ok := all[id]
		if !ok {
			return h, fault.New(fault.NotFound, "")
		}
		return h, nil
	}, err
}

// Keeps says whether a part is the actor's own words or those of the actor's institution, so that
// the actor reads it and what it referred to then, also where the whole was closed since. It is
// asked of a part that the actor may read.
func (a Actor) Keeps(part Header) bool {
	return a.SpeaksFor(part.Owner) || part.Owner == "" && part.Audience.Has(PersonOf(a.Person))
}

// WholeOf gives what a part is part of, or NotFound to who may not read that; and where that is a part
// itself, what it is part of. Who keeps the part gets kept instead, and no whole.
func WholeOf(ctx context.Context, tx *db.Tx, who Actor, part Header) (whole Header, kept bool, err error) {
	whole, err = FindWhole(ctx, tx, who, part.Parent)
	if fault.Is(err, fault.NotFound) && who.Keeps(part) {
		return Header{}, true, nil
	}
	return whole, false, err
}

// keeper gives as whom those who said a part read it as it stands, "" where a third party takes
// nothing from them by an act of who: that one is of theirs, or nobody says who they are.
func (s *Objects) keeper(ctx context.Context, tx *db.Tx, who Actor, part Header) (Principal, error) {
	if s.keeping.Counts == nil || who.SpeaksFor(part.Owner) && who.speaks() {
		return "", nil
	}
	if own := InsideOf(ref.Institution(part.Owner)); part.Audience.Has(own) {
		return own, nil // of what stands inside, the inside alone
	}
	if own := InstitutionOf(ref.Institution(part.Owner)); part.Owner != "" {
		if reads, err := s.reads(ctx, tx, own, part); err != nil || reads {
			return own, err
		}
	}
	by, err := MadeBy(ctx, tx, part.ID)
	if err != nil || by.Person == "" || by.Person == ref.ID(who.Person) {
		return "", err
	}
	maker, err := s.keeping.Actor(ctx, tx, ref.Person(by.Person))
	if err != nil || !maker.Reads(part) || part.Owner != "" && !maker.SpeaksFor(part.Owner) {
		return "", fault.Unless(err, fault.NotFound)
	}
	return PersonOf(maker.Person), nil
}

// reads says whether those behind a keeper may read an object with this header.
func (s *Objects) reads(ctx context.Context, tx *db.Tx, p Principal, h Header) (bool, error) {
	if h.Tombstone != "" {
		return false, nil
	}
	if p.Kind() == "person" {
		a, err := s.keeping.Actor(ctx, tx, ref.Person(p.ID()))
		return err == nil && a.Reads(h), fault.Unless(err, fault.NotFound)
	}
	as, err := s.keeping.Counts(ctx, tx, ref.Institution(p.ID()))
	return slices.ContainsFunc(append(as, p, Anyone, DialogueOf(h.Dialogue)), h.Audience.Has), err
}

// loses says whether those behind a keeper read the whole as it was and not as it is.
func (s *Objects) loses(ctx context.Context, tx *db.Tx, p Principal, was, is Header) (bool, error) {
	before, err := s.reads(ctx, tx, p, was)
	if err != nil || !before {
		return false, err
	}
	after, err := s.reads(ctx, tx, p, is)
	return !after, err
}

// leave keeps a part that is changed itself with who said it, in the act of a third party: beside
// the new readers, or alone where the part is removed.
func (s *Objects) leave(ctx context.Context, tx *db.Tx, k AnyKind, who Actor, was Header, is *Header) error {
	if !k.IsPart() || k.apart() {
		return nil
	}
	own, err := s.keeper(ctx, tx, who, was)
	if err != nil || own == "" {
		return err
	}
	if is.Tombstone != "" {
		is.Tombstone, is.Audience = "", nil
	} else if reads, err := s.reads(ctx, tx, own, *is); err != nil || reads {
		return err
	}
	is.Audience, is.keeps = NewAudience(append(slices.Clone(is.Audience), own)...), Audience{own}
	return nil
}

// stood gives those entries of a part's audience that are there because they said it. Such an entry
// stays whatever becomes of the whole, and whatever the mark is that came with it.
func stood(ctx context.Context, tx *db.Tx, part Header) (own Audience, err error) {
	maker := ref.ID("")
	if slices.ContainsFunc(part.Audience, func(p Principal) bool { return p.Kind() == "person" }) {
		by, err := MadeBy(ctx, tx, part.ID)
		if err != nil {
			return nil, err
		}
		maker = by.Person
	}
	for _, p := range part.Audience {
		switch p.Kind() {
		case "institution", "inside":
			if p.ID() == part.Owner {
				own = append(own, p)
			}
		case "person":
			if p.ID() == maker {
				own = append(own, p)
			}
		}
	}
	return own, nil
}

// beyond gives those entries of a part's audience that its whole has beyond its own mark, because
// these said it: what is attached to own words is kept with them.
func (h Header) beyond(part Audience) (out Audience) {
	for _, p := range part {
		if h.Audience.Has(p) && !Fits(h.Mark, p) {
			out = append(out, p)
		}
	}
	return out
}

// agrees is Agree for a part: a mark that rose with the whole leaves the part with who said it.
func (h Header) agrees() fault.Fields {
	if len(h.keeps) == 0 {
		return Agree(h.Mark, h.Audience)
	}
	rest := slices.DeleteFunc(slices.Clone(h.Audience), h.keeps.Has)
	if len(rest) == 0 && len(h.Audience) > 0 {
		return nil
	}
	return Agree(h.Mark, rest)
}

// Losing gives, before an act, the parts of an object that stay with who said them though these
// will read the object no more: those that the actor may read. A part itself is among them. is is the
// header as it would be.
func (s *Objects) Losing(ctx context.Context, who Actor, is Header) (out []Kept, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		s := s.remembering()
		was, err := Find(ctx, tx, who, is.ID)
		if err != nil {
			return err
		}
		add := func(k AnyKind, h Header, _ any) error {
			own, err := s.lostBy(ctx, tx, who, h, was, is)
			if own != "" {
				out = append(out, Kept{h, own})
			}
			return err
		}
		if k := s.kinds[was.Kind]; k != nil && k.IsPart() && !k.apart() { // it stays itself
			if err := add(k, was, nil); err != nil {
				return err
			}
		}
		return s.eachPart(ctx, tx, who, was.ID, add)
	})
	return out, err
}

// lostBy gives who said a part and loses the whole by an act, "" for nobody.
func (s *Objects) lostBy(ctx context.Context, tx *db.Tx, who Actor, part, was, is Header) (Principal, error) {
	own, err := s.keeper(ctx, tx, who, part)
	if err != nil || own == "" {
		return "", err
	}
	lost, err := s.loses(ctx, tx, own, was, is)
	if err != nil || !lost {
		return "", err
	}
	return own, nil
}

// out says whether those who said a part may not read its whole.
func (s *Objects) out(ctx context.Context, tx *db.Tx, who Actor, part, whole Header) (bool, error) {
	own, err := s.keeper(ctx, tx, who, part)
	if err != nil || own == "" {
		return false, err
	}
	reads, err := s.reads(ctx, tx, own, whole)
	return !reads, err
}

// eachPart gives the parts of an object that the actor may read, one by one.
func (s *Objects) eachPart(ctx context.Context, tx *db.Tx, who Actor, of ref.ID, fn func(AnyKind, Header, any) error) error {
	for _, k := range s.ordered {
		if !k.IsPart() {
			continue
		}
		var a db.Args
		ids, err := db.Collect(ctx, tx, db.One[ref.ID], `select o.id from object o where o.parent = `+a.Add(of)+
			` and o.kind = `+a.Add(k.KindName())+` and `+who.CanRead(&a, "o")+` order by o.id -- access.eachPart`, a.List()...)
		if err != nil {
			return err
		}
		for _, id := range ids {
			h, v, err := k.LoadAny(ctx, tx, who, id)
			if err != nil {
				return err
			}
			if err := fn(k, h, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// Spoken is what somebody of the actor's institution said, asked or attached.
type Spoken struct {
	Title
	Header Header // without its audience
}

// Spoken lists the own words of the actor's institution that the actor may read, the newest first:
// statements, calls, files and notes, whatever became of what they are about. total is how many there are.
func (s *Objects) Spoken(ctx context.Context, who Actor, d ref.Dialogue, lang text.Lang, limit, after int) (out []Spoken, total int, err error) {
	own := who.Institutions()
	var kinds []string
	for _, k := range s.ordered {
		if k.IsWords() {
			kinds = append(kinds, k.KindName())
		}
	}
	if len(own) == 0 {
		return nil, 0, nil
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		where := func(a *db.Args) string {
			return ` from object o where o.kind in ` + a.In(kinds) + ` and o.owner in ` + a.In(own) + ` and o.dialogue = ` + a.Add(d) + ` and ` + who.CanRead(a, "o")
		}
		var a, b db.Args
		if err := tx.QueryRow(ctx, `select count(*)`+where(&a)+` -- access.Spoken`, a.List()...).Scan(&total); err != nil || total == 0 {
			return err
		}
		ids, err := db.Collect(ctx, tx, db.One[ref.ID], `select o.id`+where(&b)+` order by o.id desc limit `+b.Add(limit)+` offset `+b.Add(after)+` -- access.Spoken`, b.List()...)
		if err != nil {
			return err
		}
		ts, err := Titles(ctx, tx, who, lang, ids...)
		if err != nil {
			return err
		}
		hs, err := Headers(ctx, tx, who, ids...)
		if err != nil {
			return err
		}
		for _, id := range ids {
			h := hs[id]
			h.Audience = nil
			out = append(out, Spoken{ts[id], h})
		}
		return nil
	})
	return out, total, err
}
