package access

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/label"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/ledger"
	"entente/standard/tlp"
)

// AnyKind is a Kind without its type: for the doors that serve every kind alike (the edit form,
// the text format, verification). Values go in and out as pointers to the subject's type.
type AnyKind interface {
	KindName() string
	// New gives a pointer to an empty value.
	New() any
	// Fields describes the value's fields.
	Fields() []shape.Field
	// LoadAny gives an object that the actor may read, or NotFound.
	LoadAny(ctx context.Context, tx *db.Tx, who Actor, id ref.ID) (Header, any, error)
	// SaveAny is Save.
	SaveAny(ctx context.Context, tx *db.Tx, who Actor, act string, h *Header, value any, reason string) error
	// Hand opens an object inside a side to an institution of it, or shuts it, unread by the actor.
	Hand(ctx context.Context, tx *db.Tx, who Actor, act string, id ref.ID, p Principal, open bool) error
	// Decode reads the value and the header out of a snapshot, of whatever version of the kind.
	Decode(snapshot []byte) (Header, any, error)
	// Dropped describes the fields that values held once and hold no longer.
	Dropped() []shape.Field
	// Tidy brings a value into the form that is stored.
	Tidy(value any)
	// Judge gives what else is wrong with a value that is not written for other faults.
	Judge(ctx context.Context, tx *db.Tx, who Actor, h Header, value any, read bool) (fault.Fields, error)
	// CanEdit says whether the kind is edited at all.
	CanEdit() bool
	// Derived gives mark and audience where they follow from the value; ok is false where they are chosen.
	Derived(h Header, value any) (mark tlp.Label, a Audience, ok bool)
	// Custom gives the header of a new object the mark and audience that were not chosen.
	Custom(ctx context.Context, tx *db.Tx, who Actor, h *Header, value any) error
	// ParentOf gives the object of which one with this value is part, "" for none.
	ParentOf(value any) ref.ID
	// WholesOf gives all to which an object with this value belongs.
	WholesOf(value any) []ref.ID
	// Title gives the text by which an object with this value is listed.
	Title(value any) text.Multi
	// Said gives the texts of a value but for what the project team wrote on it in its own name.
	Said(value any) []shape.MultiText
	// Deciding gives the fields that decide who reads and who speaks for whom.
	Deciding() []string
	// IsPart says whether objects of the kind are parts of others: made with them in hand alone,
	// and not in a file of objects.
	IsPart() bool
	// IsWords says whether objects of the kind are what somebody said, asked or attached: parts that hold
	// a text.
	IsWords() bool

	inside() Inside
	apart() bool
	asks(value any) Audience
	decodeAny(snapshot []byte) (h Header, value, former any, err error)
	tables() []string
	seek(snapshot []byte) (sought, error)
	texts(snapshot []byte) ([]shape.MultiText, error)
	relabel(ctx context.Context, tx *db.Tx, id ref.ID, body []byte, langs []text.Lang) error
	version() int
	sound()
	derived(ctx context.Context, tx *db.Tx, c current) error
	differs(ctx context.Context, tx *db.Tx, f *Findings, id ref.ID, rev int64, body []byte) (expected, string, error)
	owes(ctx context.Context, tx *db.Tx, page []expected) ([]Claim, error)
	rowsIn(body []byte) (Header, []tableRows, error)
}

// KindName gives the kind's name.
func (k *Kind[T]) KindName() string { return k.Name }

// New gives a pointer to an empty value.
func (k *Kind[T]) New() any { return new(T) }

// Fields describes the value's fields.
func (k *Kind[T]) Fields() []shape.Field { return shape.Describe[T]() }

// CanEdit says whether objects of the kind are edited after they are made.
func (k *Kind[T]) CanEdit() bool { return !k.Fixed }

// IsPart says whether objects of the kind are parts of others.
func (k *Kind[T]) IsPart() bool { return k.Part }

// IsWords says whether the kind's objects are words of somebody; see AnyKind.
func (k *Kind[T]) IsWords() bool {
	return k.Part && slices.ContainsFunc(k.Fields(), func(f shape.Field) bool { return f.Control == shape.Multi })
}

func (k *Kind[T]) inside() Inside { return k.Inside }

// Derived gives what the header takes from a value by Readers.
func (k *Kind[T]) Derived(h Header, value any) (tlp.Label, Audience, bool) {
	v, ok := value.(*T)
	if k.Readers == nil || !ok {
		return h.Mark, h.Audience, false
	}
	mark, a := k.Readers(&Object[T]{h, *v})
	return mark, a, true
}

// Tidy brings a value into the form that is stored: cleaned, and completed where something was
// left to be derived.
func (k *Kind[T]) Tidy(value any) {
	v := value.(*T)
	shape.Clean(v)
	if k.Fill != nil {
		k.Fill(v)
	}
}

// LoadAny is Load without the type.
func (k *Kind[T]) LoadAny(ctx context.Context, tx *db.Tx, who Actor, id ref.ID) (Header, any, error) {
	o, err := k.Load(ctx, tx, who, id)
	return o.Header, &o.Value, err
}

// SaveAny is Save without the type; value must be the pointer that New gave, filled.
func (k *Kind[T]) SaveAny(ctx context.Context, tx *db.Tx, who Actor, act string, h *Header, value any, reason string) error {
	v, ok := value.(*T)
	if !ok {
		return fmt.Errorf("%s: a value of type %T", k.Name, value)
	}
	o := &Object[T]{*h, *v}
	err := k.Save(ctx, tx, who, act, o, reason)
	if err == nil {
		*h, *v = o.Header, o.Value
	}
	return err
}

// Decode reads a snapshot.
func (k *Kind[T]) Decode(body []byte) (Header, any, error) {
	s, err := k.decode(body)
	return s.Object, &s.Value, err
}

func (k *Kind[T]) decodeAny(body []byte) (Header, any, any, error) {
	s, err := k.decode(body)
	return s.Object, &s.Value, s.dropped, err
}

func (k *Kind[T]) apart() bool { return k.Apart }

func (k *Kind[T]) tables() []string {
	ts := []string{k.Table}
	for _, p := range k.Parts {
		ts = append(ts, p.Table)
	}
	return ts
}

// Objects is every kind of the node: the acts that are the same for all of them.
type Objects struct {
	db      *db.DB
	kinds   map[string]AnyKind
	ordered []AnyKind
	keeping Keeping
}

// NewObjects gathers the kinds, in the order in which a file of objects lists them. It panics on
// a kind named twice, and on former fields that cannot be right: mistakes of the program.
func NewObjects(d *db.DB, kinds ...AnyKind) *Objects {
	o := &Objects{db: d, kinds: map[string]AnyKind{}, ordered: kinds}
	for _, k := range kinds {
		if o.kinds[k.KindName()] != nil {
			panic("kind " + k.KindName() + " is given twice")
		}
		k.sound()
		o.kinds[k.KindName()] = k
	}
	return o
}

// Kind gives a kind by its name.
func (s *Objects) Kind(name string) (AnyKind, bool) { k, ok := s.kinds[name]; return k, ok }

// Tables gives the tables of all kinds.
func (s *Objects) Tables() []string {
	var ts []string
	for _, k := range s.ordered {
		ts = append(ts, k.tables()...)
	}
	return ts
}

// Kinds gives all kinds in their order.
func (s *Objects) Kinds() []AnyKind { return s.ordered }

// Get gives an object of any kind that the actor may read, or NotFound.
func (s *Objects) Get(ctx context.Context, who Actor, id ref.ID) (h Header, value any, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		h, value, err = s.get(ctx, tx, who, id)
		return err
	})
	return h, value, err
}

// FindWhole gives the header of an object that the actor may read: of a part with its whole, or as own words.
func FindWhole(ctx context.Context, tx *db.Tx, who Actor, id ref.ID) (Header, error) {
	h, err := Find(ctx, tx, who, id)
	if err != nil || who.IsOperator() {
		return h, err
	}
	if slices.Contains(partKinds, h.Kind) {
		_, _, err = WholeOf(ctx, tx, who, h)
	}
	return h, err
}

func (s *Objects) get(ctx context.Context, tx *db.Tx, who Actor, id ref.ID) (Header, any, error) {
	h, err := FindWhole(ctx, tx, who, id)
	if err != nil {
		return h, nil, err
	}
	k, ok := s.kinds[h.Kind]
	if !ok {
		return h, nil, fmt.Errorf("object %s is of the unknown kind %q", id, h.Kind)
	}
	return k.LoadAny(ctx, tx, who, id)
}

// Create makes an object: the act "KIND.create". h says dialogue, key, mark and audience; empty
// mark and audience take the dialogue's custom. Who chooses an audience must be in it, and whoever
// makes something that everybody may read must be one who may publish.
func (s *Objects) Create(ctx context.Context, who Actor, kind string, h Header, value any) (Header, error) {
	k, ok := s.kinds[kind]
	if !ok {
		return h, fault.New(fault.NotFound, "")
	}
	h.Rev = 0
	if _, _, derived := k.Derived(h, value); h.Audience != nil && !derived && !who.IsOperator() {
		if err := holdsOneself(who, h.Audience); err != nil {
			return h, err
		}
		if h.Kind = kind; h.Audience.Has(Anyone) {
			if err := May(who, ActOn(kind, "publish"), h); err != nil {
				return h, err
			}
		}
	}
	return h, s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return k.SaveAny(ctx, tx, who, kind+".create", &h, value, "")
	})
}

// Edit replaces an object's value: the act "KIND.edit". rev is the revision that was read;
// Conflict when the object has moved on since. A value equal to the one that stands writes nothing.
// An operator, who changes all fields at once, does it by the act "KIND.authority" where one of them
// decides who reads or who speaks for whom.
func (s *Objects) Edit(ctx context.Context, who Actor, id ref.ID, rev int64, value any, reason string) (Header, error) {
	return s.edit(ctx, who, id, rev, value, reason, func(kind string) string { return kind + ".edit" })
}

func (s *Objects) edit(ctx context.Context, who Actor, id ref.ID, rev int64, value any, reason string, name func(kind string) string) (h Header, err error) {
	return h, s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var now any
		if h, now, err = s.get(ctx, tx, who, id); err != nil {
			return err
		}
		s.kinds[h.Kind].Tidy(value)
		act := name(h.Kind)
		if who.IsOperator() && len(Deciding(s.kinds[h.Kind], now, value)) > 0 {
			act = AuthorityAct(h.Kind)
		}
		if h.Rev == rev && reflect.DeepEqual(now, value) {
			return May(who, act, h)
		}
		before, err := Languages(ctx, tx, h.Dialogue)
		if err != nil {
			return err
		}
		h.Rev = rev
		if err := s.kinds[h.Kind].SaveAny(ctx, tx, who, act, &h, value, reason); err != nil {
			return err
		}
		after, err := Languages(ctx, tx, h.Dialogue)
		if err != nil || slices.Equal(before, after) {
			return err
		}
		return s.relabel(ctx, tx, h.Dialogue, after)
	})
}

// change loads an object, lets fn alter its header, and saves it under the act that does this to
// its kind (ActOn).
func (s *Objects) change(ctx context.Context, who Actor, id ref.ID, rev int64, what, reason string, fn func(*Header) error) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		h, v, err := s.get(ctx, tx, who, id)
		if err != nil {
			return err
		}
		act, was := ActOn(h.Kind, what), h
		if err := May(who, act, h); err != nil {
			return err
		}
		h.Rev = rev
		if err := fn(&h); err != nil {
			return err
		}
		if err := s.leave(ctx, tx, s.kinds[h.Kind], who, was, &h); err != nil {
			return err
		}
		if err := s.kinds[h.Kind].SaveAny(ctx, tx, who, act, &h, v, reason); err != nil {
			return err
		}
		if err := s.Follow(ctx, tx, who, act, reason, was, h); err != nil {
			return err
		}
		return s.readmit(ctx, tx, who, act, reason, was.Audience, h)
	})
}

// Publish shows an object to everybody: the act "object.publish".
func (s *Objects) Publish(ctx context.Context, who Actor, id ref.ID, rev int64) error {
	return s.change(ctx, who, id, rev, "publish", "", func(h *Header) error {
		h.Mark, h.National = tlp.CLEAR, "" // no national mark goes with what everybody reads
		h.Audience = NewAudience(append([]Principal{Anyone}, h.Audience...)...)
		return nil
	})
}

// Withdraw takes an object back from the public: the act "object.withdraw". Those of the
// dialogue still read it; more would read what is not public, and that is refused.
func (s *Objects) Withdraw(ctx context.Context, who Actor, id ref.ID, rev int64, reason string) error {
	return s.change(ctx, who, id, rev, "withdraw", reason, func(h *Header) error {
		if !h.Audience.Has(Anyone) {
			return fault.New(fault.Invalid, "fault.not-public")
		}
		h.Mark = tlp.GREEN
		var rest Audience
		for _, p := range h.Audience {
			if p != Anyone {
				rest = append(rest, p)
			}
		}
		h.Audience = NewAudience(append(rest, TeamOf(h.Dialogue), DialogueOf(h.Dialogue))...)
		return nil
	})
}

// SetAudience changes mark and audience with a reason: the act "object.audience". A national mark
// stays as it stands.
func (s *Objects) SetAudience(ctx context.Context, who Actor, id ref.ID, rev int64, mark tlp.Label, a Audience, reason string) error {
	return s.setReaders(ctx, who, id, rev, a, reason, func(h *Header) { h.Mark = mark })
}

// SetMarks is SetAudience with the national mark beside the label.
func (s *Objects) SetMarks(ctx context.Context, who Actor, id ref.ID, rev int64, mark tlp.Label, national string, a Audience, reason string) error {
	return s.setReaders(ctx, who, id, rev, a, reason, func(h *Header) { h.Mark, h.National = mark, national })
}

func (s *Objects) setReaders(ctx context.Context, who Actor, id ref.ID, rev int64, a Audience, reason string, marks func(*Header)) error {
	if strings.TrimSpace(reason) == "" {
		var f fault.Fields
		f.Add("reason", "", "fault.required")
		return f.Err()
	}
	if err := holdsOneself(who, a); err != nil {
		return err
	}
	return s.change(ctx, who, id, rev, "audience", reason, func(h *Header) error {
		marks(h)
		h.Audience = NewAudience(a...)
		return nil
	})
}

// holdsOneself refuses an audience without the actor: whoever shuts an object against themselves
// could not open it again.
func holdsOneself(who Actor, a Audience) error {
	var f fault.Fields
	if !who.IsOperator() && !slices.ContainsFunc(who.Principals(), a.Has) {
		f.Add("audience", "", "fault.audience-self")
	}
	return f.Err()
}

// Remove leaves a tombstone with a reason: the act "object.remove". Nobody finds the object
// afterwards; its revisions stay in the ledger. A dialogue is not removed: everything lives in it.
func (s *Objects) Remove(ctx context.Context, who Actor, id ref.ID, rev int64, reason string) error {
	if strings.TrimSpace(reason) == "" {
		var f fault.Fields
		f.Add("reason", "", "fault.required")
		return f.Err()
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		h, err := FindWhole(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if h.IsRoot() {
			return fault.New(fault.Forbidden, "fault.root")
		}
		act := ActOn(h.Kind, "remove")
		if err := May(who, act, h); err != nil {
			return err
		}
		kept, err := s.keepBefore(ctx, tx, who, act, h)
		if err != nil {
			return err
		}
		if err := s.change(ctx, who, id, rev, "remove", reason, func(h *Header) error {
			h.Tombstone = reason
			return nil
		}); err != nil || len(kept) == 0 || s.keeping.Tell == nil {
			return err
		}
		return s.keeping.Tell(ctx, tx, who, kept)
	})
}

// Version is one revision of an object as its history lists it.
type Version struct {
	Rev    int64
	Act    string
	When   string
	By     ledger.By
	Reason string
	Value  any // nil when erased
	Former any // what fields held that were dropped since; nil where the kind dropped none
	Header Header
}

// Since gives what changed from an earlier revision, also in fields that were dropped since.
func (v Version) Since(before Version) []shape.Change {
	return append(shape.Diff(before.Value, v.Value), shape.Diff(before.Former, v.Former)...)
}

// History gives the revisions of an object that the actor may read, newest first, at most limit
// beginning below the given revision (0: from the newest).
func (s *Objects) History(ctx context.Context, who Actor, id ref.ID, below int64, limit int) (out []Version, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		h, err := FindWhole(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if below <= 0 {
			below = h.Rev + 1
		}
		// An earlier revision may have had a narrower audience than today's: it is shown only as
		// far as the actor would have been allowed to read it.
		rows, err := tx.Query(ctx, `select r.rev, e.body, r.body from revision r join entry e on e.seq = r.seq
			where r.object = $1 and r.rev < $2 order by r.rev desc limit $3 -- access.History`, id, below, limit)
		all, err := db.Rows(rows, err, func(rows *sql.Rows) (Version, error) {
			var v Version
			var entry, body []byte
			if err := rows.Scan(&v.Rev, &entry, &body); err != nil {
				return v, err
			}
			return v, v.read(s.kinds[h.Kind], entry, body)
		})
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(v Version) bool { return v.Act == "" }) {
			kept, err := ledger.KeptOf(ctx, tx, id)
			if err != nil {
				return err
			}
			for i := range all {
				if k, ok := kept[all[i].Rev]; ok && all[i].Act == "" {
					all[i].Act, all[i].When, all[i].By = k.Act, k.When, k.By
				}
			}
		}
		for _, v := range all {
			if v.Value == nil || who.Reads(v.Header) {
				out = append(out, v)
			}
		}
		return nil
	})
	return out, err
}

// MadeBy says who made an object, as the ledger names them; nobody once that entry is erased.
func MadeBy(ctx context.Context, tx *db.Tx, id ref.ID) (by ledger.By, err error) {
	e, err := Making(ctx, tx, id)
	return e.By, err
}

// Making gives the entry by which an object was made; the zero one once it is erased.
func Making(ctx context.Context, tx *db.Tx, id ref.ID) (e ledger.Entry, err error) {
	var body []byte
	err = tx.QueryRow(ctx, `select e.body from revision r join entry e on e.seq = r.seq
		where r.object = $1 and r.rev = 1 -- access.Making`, id).Scan(&body)
	if err != nil || body == nil {
		return e, err
	}
	err = json.Unmarshal(body, &e)
	return e, err
}

// Recorded says which of some objects were made by a command of the node's operator, as an import
// makes them. What such an object says in the name of others, an owner or an endorsement, the
// operator recorded: none of them said it here.
func Recorded(ctx context.Context, tx *db.Tx, ids ...ref.ID) (map[ref.ID]bool, error) {
	out := map[ref.ID]bool{}
	for chunk := range slices.Chunk(ids, 500) {
		var a db.Args
		rows, err := tx.Query(ctx, `select r.object, e.body from revision r join entry e on e.seq = r.seq
			where r.rev = 1 and r.object in `+a.In(chunk)+` -- access.Recorded`, a.List()...)
		if _, err := db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
			var id ref.ID
			var body []byte
			if err := r.Scan(&id, &body); err != nil || body == nil {
				return struct{}{}, err
			}
			var e ledger.Entry
			err := json.Unmarshal(body, &e)
			out[id] = e.By.Operator != ""
			return struct{}{}, err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (v *Version) read(k AnyKind, entry, body []byte) (err error) {
	var e ledger.Entry
	if entry != nil {
		if err := json.Unmarshal(entry, &e); err != nil {
			return err
		}
		v.Act, v.When, v.By, v.Reason = e.Act, e.When, e.By, e.Reason
	}
	if body != nil {
		v.Header, v.Value, v.Former, err = k.decodeAny(body)
	}
	return err
}

// At gives an object's value as it stood at a revision, for showing two versions side by side.
func (s *Objects) At(ctx context.Context, who Actor, id ref.ID, rev int64) (Version, error) {
	vs, err := s.History(ctx, who, id, rev+1, 1)
	if err != nil {
		return Version{}, err
	}
	if len(vs) == 0 || vs[0].Rev != rev {
		return Version{}, fault.New(fault.NotFound, "")
	}
	return vs[0], nil
}

// relabel projects the labels of all objects of a dialogue anew, after its languages changed.
func (s *Objects) relabel(ctx context.Context, tx *db.Tx, d ref.Dialogue, langs []text.Lang) error {
	rows, err := tx.Query(ctx, `select o.id, o.rev, o.kind, r.body from object o
		join revision r on r.object = o.id and r.rev = o.rev where o.dialogue = $1 -- access.relabel`, d)
	all, err := db.Rows(rows, err, scanCurrent)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.body == nil {
			continue
		}
		if err := s.kinds[c.kind].relabel(ctx, tx, c.id, c.body, langs); err != nil {
			return err
		}
	}
	return nil
}

func (k *Kind[T]) relabel(ctx context.Context, tx *db.Tx, id ref.ID, body []byte, langs []text.Lang) error {
	if err := k.stands(ctx, tx); err != nil {
		return err
	}
	s, err := k.decode(body)
	if err != nil {
		return err
	}
	o := &Object[T]{s.Object, s.Value}
	o.ID = id
	if err := label.Put(ctx, tx, id, k.labels(o, langs)); err != nil {
		return err
	}
	return k.owe(ctx, tx, o, langs)
}
