package bundle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"entente/access"
	"entente/account"
	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/ledger"
	"entente/roster"
)

// Options says how to import.
type Options struct {
	DryRun bool // do everything, tell every fault, and undo it
	Widen  bool // objects may get readers that they do not have; without it that is a fault
	Admit  bool // the people in the files who work for a side are let into its inner room
	Beside bool // others write meanwhile: refuse what would keep them waiting (MostBeside, LongestBeside)
}

// What an import may write beside a running node: its one transaction keeps all others from
// writing, who wait for ten seconds and then give up (docs/operate). An object is weighed by what is
// written of it, not by how long its text is alone: each item of a list has rows of its own.
const (
	MostBeside    = 20_000          // lines: those of the objects, ten more for each, and one for each 200 bytes
	LongestBeside = 3 * time.Second // to write; what takes longer is undone
)

// Report tells what an import did, or with DryRun would do.
type Report struct {
	Tally
	Kinds    []KindTally   // those of which the files hold objects, in the order of the kinds
	Widened  []fault.Field // the objects whose readers grow, in the order of the files
	Emptied  []Decided     // what stands and is left out by the files, and so goes
	Admitted int           // people who were let into the inner room of their side
	Decided  []Decided     // changes that decide who reads or who speaks for whom, in the order of the files
	Outside  []Outside     // agendas that lie outside the hours that the file gives their meetings
	Staying  []Staying     // open calls that keep their deadlines though their meeting moved, or was called off
	Kept     []KeptWords   // whose own words are taken out of what, in the order in which it is written
}

// Decided is a change of what decides who reads or who speaks for whom.
type Decided struct {
	Kind, Key string
	Fields    []string
}

// Tally counts objects by what became of them.
type Tally struct{ Created, Changed, Unchanged int }

// KindTally is the Tally of one kind.
type KindTally struct {
	Kind string
	Tally
}

// Import reads files of objects, in the format of docs/format.md, as one act: all of them or
// none. What the files say is created or changed; what they do not mention stays, and what they
// say as it stands is not written at all. Each object is written by the acts KIND.create and
// KIND.edit, and a change of its mark or audience by object.audience; policy must also let the
// actor "import". d must be the database of objects.
//
// On faults in the files it returns fault.Invalid with every one of them, each with file, line
// and field, and nothing was changed. An object that the policy or its own rules keep from being
// changed gives fault.Forbidden or fault.Conflict, and Fields names its document. What is too much
// beside others gives fault.TooLarge.
//
// Files are read, and compared with what stands, before the node's lock is taken. Where something
// was written in between, that is done again; where it happens again and again, under the lock.
func Import(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, files []File, o Options) (Report, error) {
	if err := access.May(who, "import", access.Header{}); err != nil {
		return Report{}, err
	}
	if !o.DryRun {
		if err := keepFirst(ctx, d, objects); err != nil {
			return Report{}, err
		}
	}
	for again := 2; ; again-- {
		im := importer{
			reading: reading{files: files}, who: who, options: o, now: d.Now, staged: -1, tallies: map[string]*Tally{},
		}
		im.objects = im.listing(objects)
		im.parse()
		if again > 0 {
			if err := d.Read(ctx, im.stage); err != nil {
				return Report{}, err
			}
		}
		err := d.Together(ctx, func(ctx context.Context) error {
			err := d.Write(ctx, im.act)
			if err == nil {
				err = im.findStaying(ctx, d)
			}
			if err == nil && o.DryRun {
				err = db.ErrRollback
			}
			return err
		})
		switch {
		case errors.Is(err, errMoved):
			continue
		case err != nil:
			return Report{}, err
		}
		return im.report(), nil
	}
}

// errMoved says that what stands is no longer what the import was staged upon.
var errMoved = errors.New("bundle: something was written since the import was staged")

type importer struct {
	reading
	who      access.Actor
	options  Options
	now      func() time.Time
	began    time.Time // when it had the lock
	staged   int64     // the ledger's size when stage looked; -1 before
	writes   int       // objects to be written
	lines    int       // and what they weigh, as MostBeside counts
	tallies  map[string]*Tally
	widened  []located
	decided  []Decided
	emptied  []Decided
	admitted int
	before   []deciding // what stands of those documents that change what decides
	round    *round
	kept     []access.Kept
	outside  []Outside
	staying  []Staying
}

// stage reads all documents and compares them with what stands. It writes nothing.
func (im *importer) stage(ctx context.Context, tx *db.Tx) (err error) {
	if im.staged, err = ledger.Size(ctx, tx); err != nil {
		return err
	}
	elsewhere, err := im.findHeld(ctx, tx)
	if err != nil {
		return err
	}
	im.claim(elsewhere)
	for _, d := range im.docs {
		if im.more {
			break
		}
		if err := im.patience(); err != nil {
			return err
		}
		if im.decode(d); d.mention || d.held == nil {
			continue
		}
		switch {
		case d.held.exists:
			if err := im.compare(ctx, tx, d); err != nil {
				return err
			}
		case d.mark != "" && d.saysAudience: // else it is settled when what it is part of is written
			im.settle(d, access.Header{})
		}
		if d.bad { // its value waits for what else is to be said of it
			continue
		}
		if d.settled {
			d.value = nil
			continue
		}
		if !d.held.exists {
			im.noteNew(d)
		}
		im.writes++
		n, err := weight(d.value)
		if err != nil {
			return err
		}
		im.lines += n
		if im.lines > MostBeside { // it is read once more when it is written: memory is not for all of them
			d.value = nil
		}
	}
	if im.options.Beside && im.lines > MostBeside && len(im.faults) == 0 {
		return fault.New(fault.TooLarge, FaultBeside, "n", im.writes, "lines", im.lines, "most", MostBeside)
	}
	var list []*changed
	for _, b := range im.before {
		list = append(list, &changed{kind: b.stands.Kind, dialogue: b.stands.Dialogue, id: b.change.ID, old: b.change.Old, new: b.change.New})
	}
	if im.round, err = begin(ctx, tx, im.who, list, im.patience); err == nil {
		im.round.gathers = true
	}
	return err
}

// weight says what a value costs to write, as MostBeside counts.
func weight(value any) (int, error) {
	var b strings.Builder
	err := shape.EncodeYAML(&b, value, nil, 0)
	return 10 + strings.Count(b.String(), "\n") + b.Len()/200, err
}

// patience ends what keeps others waiting for too long, whatever its weight was.
func (im *importer) patience() error {
	if im.options.Beside && !im.began.IsZero() && im.now().Sub(im.began) > LongestBeside {
		return fault.New(fault.TooLarge, FaultLong, "seconds", int(LongestBeside.Seconds()))
	}
	return nil
}

// act writes what was staged, in one transaction.
func (im *importer) act(ctx context.Context, tx *db.Tx) error {
	im.began = im.now()
	if im.staged < 0 {
		if err := im.stage(ctx, tx); err != nil {
			return err
		}
	}
	size, err := ledger.Size(ctx, tx)
	if err != nil {
		return err
	}
	if size != im.staged {
		return errMoved
	}
	if err := im.weighed(ctx, tx, func() error {
		if err := im.write(ctx, tx); err != nil {
			return err
		}
		if err := im.checkCircles(ctx, tx); err != nil {
			return err
		}
		return im.admit(ctx, tx)
	}); err != nil {
		return err
	}
	if !im.options.Widen && !im.options.DryRun {
		for _, w := range im.widened {
			im.note(w.file, w.Field)
		}
	}
	return im.err()
}

func (im *importer) report() Report {
	r := Report{Admitted: im.admitted, Decided: im.decided, Emptied: im.emptied, Outside: im.outside, Staying: im.staying, Kept: im.keptWords()}
	for _, k := range im.objects.Kinds() {
		if t := im.tallies[k.KindName()]; t != nil {
			r.Kinds = append(r.Kinds, KindTally{k.KindName(), *t})
			r.Created += t.Created
			r.Changed += t.Changed
			r.Unchanged += t.Unchanged
		}
	}
	for _, w := range im.widened {
		r.Widened = append(r.Widened, w.Field)
	}
	return r
}

// compare sets a document beside the object that stands, and says what is to be written.
func (im *importer) compare(ctx context.Context, tx *db.Tx, d *document) error {
	h, now, err := d.kind.LoadAny(ctx, tx, im.who, d.held.id)
	if err != nil {
		return im.told(d, err)
	}
	if im.settle(d, h); d.bad {
		return nil
	}
	if d.owner != "" && d.owner != h.Owner {
		im.failAt(d, "owner", "", FaultOwner)
		return nil
	}
	d.stands = h
	if d.sameValue, err = equal(now, d.value); err != nil {
		return err
	}
	d.decides = access.Deciding(d.kind, now, d.value)
	if err := im.noteDeciding(ctx, tx, d, now); err != nil {
		return err
	}
	im.noteEmptied(d, now)
	im.noteMoved(d, now)
	d.sameReaders = h.Mark == d.mark && h.National == d.national && slices.Equal(access.NewAudience(h.Audience...), d.audience)
	switch {
	case d.sameValue && d.sameReaders:
		im.tally(d).Unchanged++
		d.settled = true
		return nil
	case !d.kind.CanEdit():
		im.failAt(d, "key", d.key, FaultFixed, "kind", d.kind.KindName())
		return nil
	}
	if d.mark.Compare(h.Mark) < 0 { // also where nobody reads it by that today: who may be let in grows
		im.noteWider(d, "mark", FaultMark, string(d.mark), string(h.Mark))
	}
	wider, err := widens(ctx, tx, d.scope.id, h.Audience, d.audience)
	if err == nil && wider {
		im.noteWider(d, "audience", FaultWider, im.words(d.scope, d.audience), im.words(d.scope, h.Audience))
	}
	return err
}

// widens says whether somebody is in an audience who was not certainly in the one before. An
// institution is in it where its side is.
func widens(ctx context.Context, tx *db.Tx, dialogue ref.Dialogue, before, after access.Audience) (bool, error) {
	for _, p := range after {
		if before.Covers(access.Audience{p}, dialogue) {
			continue
		}
		if p.Kind() != "institution" {
			return true, nil
		}
		as, _, err := roster.CountsAs(ctx, tx, ref.Institution(p.ID()))
		if err != nil || !slices.ContainsFunc(as, before.Has) {
			return true, err
		}
	}
	return false, nil
}

// noteEmptied notes what of an object that stands its document leaves out: a document is the whole
// object, and what it does not say is empty from then on. Of a text it may be one language, or that it
// is a translation.
func (im *importer) noteEmptied(d *document, now any) {
	var fields []string
	for _, c := range shape.Diff(now, d.value) {
		said := c.Path
		if c.Field.Control != shape.Multi {
			said, _, _ = strings.Cut(c.Path, ".")
		}
		if c.Before == "" || c.After != "" || says(im.node(d), said) || slices.Contains(fields, said) {
			continue
		}
		fields = append(fields, said)
	}
	if len(fields) > 0 {
		im.emptied = append(im.emptied, Decided{d.kind.KindName(), d.key, fields})
	}
}

// noteWider notes that the readers of an object grow, or that its mark lets them.
func (im *importer) noteWider(d *document, path, key, now, before string) {
	im.widened = append(im.widened, located{d.file, fault.Field{
		File: im.files[d.file].Name, Line: d.first - 1 + lineOf(im.node(d), path), Path: path, Value: now,
		Key: key, Args: []any{"kind", d.kind.KindName(), "key", d.key, "before", before},
	}})
}

// words writes an audience as files do.
func (im *importer) words(s *scope, a access.Audience) string {
	return strings.Join(writePrincipals(a, func(_ string, id ref.ID) string {
		if h := s.ids[id]; h != nil && h.key != "" {
			return h.key
		}
		return id
	}), ", ")
}

func (im *importer) tally(d *document) *Tally {
	t := im.tallies[d.kind.KindName()]
	if t == nil {
		t = &Tally{}
		im.tallies[d.kind.KindName()] = t
	}
	return t
}

// write writes the documents in the order of the files, what others take their readers from before
// those. It goes on when there are faults, so that what the subjects' own rules find comes with
// them; all of it is undone then. It returns only what ends the import.
func (im *importer) write(ctx context.Context, tx *db.Tx) error {
	for _, d := range im.docs {
		if err := im.writeOne(ctx, tx, d); err != nil {
			return err
		}
	}
	return nil
}

// checkCircles holds a side's circle in the files among those who stand, or stood, on that side: its members,
// and who owns it, or nobody could look after it.
func (im *importer) checkCircles(ctx context.Context, tx *db.Tx) error {
	for _, d := range im.docs {
		if len(im.faults) > 0 || d.kind == nil || d.kind.KindName() != roster.Circles.Name || d.held == nil || d.mention {
			continue
		}
		o, err := roster.Circles.Load(ctx, tx, im.who, d.held.id)
		if err != nil {
			return err
		}
		outside, owns, err := roster.OutsideOf(ctx, tx, &o.Value, ref.Institution(o.Owner))
		if err != nil {
			return err
		}
		for i, m := range o.Value.Members {
			if slices.Contains(outside, m) {
				im.failAt(d, fmt.Sprint("members.", i), im.words(d.scope, access.Audience{access.InstitutionOf(m)}), FaultCircle)
			}
		}
		if !owns {
			im.failAt(d, "owner", "", FaultCircle)
		}
	}
	return nil
}

// admit lets the people of the files into the inner room of their side, where the operator says so. A
// file alone lets nobody in: it may have come from whoever enters people.
func (im *importer) admit(ctx context.Context, tx *db.Tx) (err error) {
	people := []ref.Person{}
	for _, d := range im.docs {
		if d.kind != nil && d.kind.KindName() == roster.People.Name && d.held != nil {
			people = append(people, ref.Person(d.held.id))
		}
	}
	if im.options.Admit && len(im.faults) == 0 {
		im.admitted, err = account.AdmitAll(ctx, tx, im.who, people...)
	}
	return err
}

func (im *importer) writeOne(ctx context.Context, tx *db.Tx, d *document) error {
	if im.more || d.settled || d.mention || d.held == nil {
		return nil
	}
	d.settled = true
	if d.bad {
		return im.judge(ctx, tx, d, access.Header{})
	}
	if err := im.patience(); err != nil {
		return err
	}
	if d.value == nil {
		if im.decode(d); d.held.exists {
			im.settle(d, d.stands)
		}
	}
	if !d.held.exists {
		for _, id := range d.kind.WholesOf(d.value) {
			if whole := d.scope.ids[id]; whole != nil && whole.doc != nil {
				if err := im.writeOne(ctx, tx, whole.doc); err != nil {
					return err
				}
			}
		}
	}
	err := im.put(ctx, tx, d)
	d.value = nil
	return im.told(d, err)
}

// told notes what the subjects' rules say of a document; it gives back what ends the import.
func (im *importer) told(d *document, err error) error {
	var e *fault.Error
	switch {
	case err == nil:
	case !errors.As(err, &e) || e.Kind == fault.Unavailable:
		return err
	case e.Kind == fault.Invalid && len(e.Fields) > 0:
		for _, f := range e.Fields {
			if h := d.scope.ids[f.Value]; h != nil && h.doc != nil {
				f.Value = h.doc.key // as the file has it
			}
			im.failAt(d, f.Path, short(f.Value), f.Key, f.Args...)
		}
	case len(im.faults) > 0: // it may come of an object that was not written for its faults
	default:
		f := fault.Field{
			File: im.files[d.file].Name, Line: d.line + d.first - 1, Path: "key", Value: d.key,
			Key: cmp.Or(e.Key, "fault."+string(e.Kind)), Args: e.Args,
		}
		return &fault.Error{Kind: e.Kind, Key: e.Key, Args: e.Args, Fields: []fault.Field{f}, Cause: err}
	}
	return nil
}

// judge notes what the rules say of a document that is not written, beside what was said already: what
// could not be read, or is not there, is not wrong once more.
func (im *importer) judge(ctx context.Context, tx *db.Tx, d *document, h access.Header) error {
	if d.value == nil {
		return nil
	}
	read := !slices.ContainsFunc(d.told, func(f fault.Field) bool { return !isHeader(f.Path) && f.Key != shape.FaultRequired })
	h.ID, h.Dialogue = d.held.id, d.scope.id
	faults, err := d.kind.Judge(ctx, tx, im.who, h, d.value, read)
	if err != nil {
		return err
	}
	for _, f := range faults {
		if !slices.ContainsFunc(d.told, func(t fault.Field) bool { return t.Path == f.Path }) {
			im.failAt(d, f.Path, short(f.Value), f.Key, f.Args...)
		}
	}
	return nil
}

func (im *importer) put(ctx context.Context, tx *db.Tx, d *document) error {
	if len(d.decides) > 0 {
		im.decided = append(im.decided, Decided{d.kind.KindName(), d.key, d.decides})
	}
	if d.held.exists {
		im.tally(d).Changed++
		return im.change(ctx, tx, d)
	}
	kind := d.kind.KindName()
	h := access.Header{ID: d.held.id, Dialogue: d.scope.id, Owner: d.owner, Mark: d.mark, Audience: d.audience}
	if err := d.kind.Custom(ctx, tx, im.who, &h, d.value); err != nil {
		return err
	}
	if im.settle(d, h); d.bad {
		return im.judge(ctx, tx, d, h)
	}
	h.Mark, h.National, h.Audience = d.mark, d.national, d.audience
	if d.key != h.ID {
		h.Key = d.key
	}
	im.tally(d).Created++
	_, err := im.objects.Create(ctx, im.who, kind, h, d.value)
	return err
}

// change writes a value, an audience, or both. Both go in one act where that can be: the history
// shows a revision to those who could read it, so that in two acts either the old value would
// come before the new audience or the new value before the old.
func (im *importer) change(ctx context.Context, tx *db.Tx, d *document) error {
	h, sameValue, sameReaders := d.stands, d.sameValue, d.sameReaders
	kind := d.kind.KindName()
	reason := "import of " + im.files[d.file].Name
	switch {
	case sameReaders || !sameValue && d.derived:
		_, err := im.objects.Edit(ctx, im.who, h.ID, h.Rev, d.value, "")
		return err
	case sameValue:
		return im.objects.SetMarks(ctx, im.who, h.ID, h.Rev, d.mark, d.national, d.audience, reason)
	case kind == dialogueKind: // Edit sees to what follows when its languages change
		h, err := im.objects.Edit(ctx, im.who, h.ID, h.Rev, d.value, "")
		if err != nil {
			return err
		}
		return im.objects.SetMarks(ctx, im.who, h.ID, h.Rev, d.mark, d.national, d.audience, reason)
	}
	if err := access.May(im.who, kind+".edit", h); err != nil {
		return err
	}
	was := h
	h.Mark, h.National, h.Audience = d.mark, d.national, d.audience
	if err := d.kind.SaveAny(ctx, tx, im.who, "object.audience", &h, d.value, reason); err != nil {
		return err
	}
	return im.objects.Follow(ctx, tx, im.who, "object.audience", reason, was, h)
}

// equal says whether a file writes two values alike.
func equal(a, b any) (bool, error) {
	var x, y strings.Builder
	if err := shape.EncodeYAML(&x, a, nil, 0); err != nil {
		return false, fmt.Errorf("bundle: what is stored: %w", err)
	}
	if err := shape.EncodeYAML(&y, b, nil, 0); err != nil {
		return false, err
	}
	return x.String() == y.String(), nil
}
