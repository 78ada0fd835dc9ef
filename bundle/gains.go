package bundle

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"entente/access"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/meeting"
	"entente/notice"
	"entente/roster"
)

// mostGained bounds the objects that an import lists because somebody comes to read them by what the
// file changes of the register.
const mostGained = 100

// deciding is a document that changes what decides who reads and who speaks for whom.
type deciding struct {
	doc    *document
	stands access.Header
	change roster.Change
}

// noteNew puts down a document of a new object that decides: to a dialogue that stands, a new person or
// institution opens what a changed one does. Where there was no dialogue, there is nothing to open.
func (im *importer) noteNew(d *document) {
	if !d.scope.stood {
		return
	}
	if d.decides = access.Deciding(d.kind, d.kind.New(), d.value); len(d.decides) > 0 {
		h := access.Header{ID: d.held.id, Kind: d.kind.KindName(), Dialogue: d.scope.id}
		im.before = append(im.before, deciding{d, h, roster.Change{ID: h.ID, New: d.value}})
	}
}

// noteDeciding puts down a document that changes what decides: what its kind says, or who takes part in
// a meeting whose participants are an audience.
func (im *importer) noteDeciding(ctx context.Context, tx *db.Tx, d *document, now any) error {
	decides := len(d.decides) > 0
	if !decides && !d.sameValue && d.kind.KindName() == meeting.Meetings.Name {
		some, err := roster.Admits(ctx, tx, d.stands.ID)
		if err != nil {
			return err
		}
		decides = some
	}
	if decides {
		im.before = append(im.before, deciding{d, d.stands, roster.Change{ID: d.stands.ID, Old: now, New: d.value}})
	}
	return nil
}

// weighed writes what was staged, tells those concerned, each once, and lists what somebody comes to
// read by it.
func (im *importer) weighed(ctx context.Context, tx *db.Tx, write func() error) error {
	if len(im.before) == 0 {
		return write()
	}
	if err := write(); err != nil || len(im.faults) > 0 {
		return err
	}
	effects, err := im.round.effects(ctx, tx)
	if err != nil {
		return err
	}
	if err := notice.TellVacant(ctx, tx, im.who); err != nil {
		return err
	}
	for _, b := range im.before {
		if roster.Resumes(b.change.Old, b.change.New) {
			im.noteGain(b, FaultResumes)
		}
	}
	own := map[int][]roster.Effect{} // by the document to which they are put down
	for _, e := range effects {
		n := im.by(e)
		own[n] = append(own[n], e)
	}
	opened := im.openedBy(effects)
	for n, b := range im.before {
		if err := im.patience(); err != nil {
			return err
		}
		kept, err := keepOwn(ctx, tx, im.objects, im.who, b.stands, own[n])
		if err != nil {
			return err
		}
		im.kept = append(im.kept, kept...)
		o, err := opens(ctx, tx, im.who, opened[n], im.made)
		if err != nil {
			return err
		}
		if err := im.round.add(ctx, tx, im.round.list[n], own[n], o); err != nil {
			return err
		}
	}
	if err := im.round.tell(ctx, tx); err != nil {
		return err
	}
	return im.noteGains(ctx, tx, effects)
}

// by gives the document to which an effect is put down: that of the person, else the first that names
// what the person spoke for, speaks for or comes to count as.
func (im *importer) by(e roster.Effect) int {
	ids := []ref.ID{ref.ID(e.Institution), ref.ID(e.Then)}
	for _, p := range slices.Concat(e.Gains, e.Loses) {
		ids = append(ids, p.ID())
	}
	if n := slices.IndexFunc(im.before, func(b deciding) bool { return b.change.ID == ref.ID(e.Person) }); n >= 0 {
		return n
	}
	return max(0, slices.IndexFunc(im.before, func(b deciding) bool {
		return slices.Contains(ids, b.change.ID) || slices.ContainsFunc(roster.Concerned(b.change.ID, b.change.Old, b.change.New), func(i ref.Institution) bool { return slices.Contains(ids, ref.ID(i)) })
	}))
}

// openedBy gives by the document what of each effect it opens: one that several documents make is put down to
// each with what comes by that one, so that the owners of what is opened are told which it was.
func (im *importer) openedBy(effects []roster.Effect) map[int][]roster.Effect {
	cause := im.causes()
	out := map[int][]roster.Effect{}
	for _, e := range effects {
		parts := map[int][]access.Principal{}
		for _, p := range e.Gains {
			n := cause(e, p)
			parts[n] = append(parts[n], p)
		}
		for n, gains := range parts {
			e.Gains = gains
			out[n] = append(out[n], e)
		}
	}
	return out
}

// causes gives what finds by which document somebody comes to count as something: that of the circle or the
// meeting where the institution was entered by it; where it succeeds another one by the files, that one's; the
// circle's or the meeting's where somebody else was entered, whom it succeeds; and else an institution's, since
// a person opens nothing of the institution's, but what is for the project team.
func (im *importer) causes() func(roster.Effect, access.Principal) int {
	named, passes, first := map[ref.ID]int{}, map[ref.Institution]int{}, -1
	for n, b := range im.before {
		named[b.change.ID] = n
		for _, i := range roster.SucceededBy(b.change.New) {
			passes[i] = n
		}
		if first < 0 && b.doc.kind.KindName() == roster.Institutions.Name {
			first = n
		}
	}
	return func(e roster.Effect, p access.Principal) int {
		if p.Kind() == "team" {
			return im.by(e)
		}
		i := cmp.Or(e.Then, e.Institution)
		n, known := named[p.ID()]
		var entered []ref.Institution
		if known {
			entered = enteredIn(im.before[n].change)
		}
		switch at, passed := passes[i]; {
		case known && (slices.Contains(entered, i) || p.Kind() == "institution"):
			return n
		case passed:
			return at
		case len(entered) > 0:
			return n
		}
		if n = im.by(e); first >= 0 && im.before[n].doc.kind.KindName() != roster.Institutions.Name {
			return first
		}
		return n
	}
}

// enteredIn gives the institutions that come to a circle or a meeting by a change.
func enteredIn(c roster.Change) []ref.Institution {
	in := func(v any) (out []ref.Institution) {
		switch v := v.(type) {
		case *roster.Circle:
			if v != nil {
				out = v.Members
			}
		case *meeting.Meeting:
			if v != nil {
				for _, q := range v.Participants {
					out = append(out, q.Institution)
				}
			}
		}
		return out
	}
	was := in(c.Old)
	return slices.DeleteFunc(slices.Clone(in(c.New)), func(i ref.Institution) bool { return slices.Contains(was, i) })
}

// noteGains notes each object that somebody comes to read by what the files change of the register. Of
// what stands inside a side it says that somebody comes in, whether or not there is anything. What fewest
// may see stands first.
func (im *importer) noteGains(ctx context.Context, tx *db.Tx, effects []roster.Effect) error {
	var gained []access.Principal
	effects = slices.DeleteFunc(slices.Clone(effects), func(e roster.Effect) bool { // an institution that is new, and where nobody is
		return e.Person == "" && e.Institution == ""
	})
	for _, e := range effects {
		for _, p := range e.Gains {
			if p.Kind() != "inside" && !slices.Contains(gained, p) {
				gained = append(gained, p)
			}
		}
		if e.Enters != "" {
			im.noteGain(im.before[im.by(e)], FaultInside)
		}
	}
	var a db.Args
	type object struct {
		id        ref.ID
		kind, key string
	}
	found, err := db.Collect(ctx, tx, func(r *sql.Rows) (o object, err error) {
		err = r.Scan(&o.id, &o.kind, &o.key)
		return o, err
	}, `select o.id, o.kind, coalesce(k.text, '') from object o left join label k on k.object = o.id and k.field = 'key' and k.lang = ''
		where o.aset in (select aset from aset_member where principal in `+db.In(&a, gained)+`) and o.room = '' and `+im.who.CanRead(&a, "o")+`
		order by case o.mark when 'TLP:RED' then 0 when 'TLP:AMBER+STRICT' then 1 when 'TLP:AMBER' then 2 else 3 end, o.kind, o.id -- bundle.noteGains`, a.List()...)
	if err != nil {
		return err
	}
	n, cause := 0, im.causes()
	for _, o := range found {
		if im.made(o.id) {
			continue
		}
		if err := im.patience(); err != nil {
			return err
		}
		h, err := access.Find(ctx, tx, im.who, o.id)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(effects, func(e roster.Effect) bool { return e.Opens(h) })
		if at < 0 {
			continue
		}
		by := im.by(effects[at])
		if i := slices.IndexFunc(effects[at].Gains, h.Audience.Has); i >= 0 {
			by = cause(effects[at], effects[at].Gains[i])
		}
		if n++; n > mostGained {
			im.noteGain(im.before[by], FaultGainsMore, "limit", mostGained)
			return nil
		}
		if o.key == "" {
			o.key = o.id
		}
		im.noteGain(im.before[by], FaultGains, "kind", o.kind, "key", o.key)
	}
	return nil
}

// made says whether an object is made by the files, which say themselves who reads it.
func (im *importer) made(id ref.ID) bool {
	for _, s := range im.scopes {
		if h := s.ids[id]; h != nil && h.doc != nil && !h.exists {
			return true
		}
	}
	return false
}

// noteGain notes, once, that by a document's change readers grow.
func (im *importer) noteGain(b deciding, key string, args ...any) {
	d := b.doc
	path := "participants"
	if len(d.decides) > 0 {
		path = d.decides[0]
	}
	f := located{d.file, fault.Field{
		File: im.files[d.file].Name, Line: d.first - 1 + lineOf(im.node(d), path), Path: path, Value: strings.Join(d.decides, ", "), Key: key, Args: args,
	}}
	if !slices.ContainsFunc(im.widened, func(w located) bool {
		return w.file == f.file && w.Key == key && w.Line == f.Line && slices.Equal(w.Args, args)
	}) {
		im.widened = append(im.widened, f)
	}
}
