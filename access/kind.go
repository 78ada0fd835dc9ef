package access

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/label"
	"entente/internal/ref"
	"entente/internal/search"
	"entente/internal/shape"
	"entente/internal/text"
	"entente/ledger"
	"entente/standard/tlp"
)

// Object is a readable thing: its header and its subject's value.
type Object[T any] struct {
	Header
	Value T
}

// Kind ties a subject's type to its table and says how a value is projected to the columns that
// SQL filters and sorts by. The table has the columns id and body (the value as JSON) and those
// named here. Everything projected is a pure function of the value, so that verification can
// derive it again, and so can an upgrade (Objects.Derive). A Kind is made once, as a variable of
// its subject's package.
type Kind[T any] struct {
	Name    string                                                  // "meeting": the kind in headers, addresses and files
	Version int                                                     // raised with each change of what is derived from a value, or of a field's name; the first is 1, and need not be said
	Former  []Former                                                // what earlier versions called otherwise, or had and it has no longer
	Table   string                                                  // "meeting"
	Columns []string                                                // projected columns of the table
	Row     func(*T) []any                                          // their values, in the order of Columns: string, int64 or nil
	Parts   []Part[T]                                               // further tables derived from the value
	Sort    func(*T) string                                         // the header's sort_time; nil: none
	State   func(*T) string                                         // the header's state; nil: none
	Parent  func(*T) ref.ID                                         // the header's parent; nil: none
	Within  func(*T) []ref.ID                                       // what else it belongs to: a new one has no more readers than these; nil: nothing
	Langs   func(*T) []text.Lang                                    // of a dialogue: the languages that it says it has; nil: it is in one
	Titles  func(*T) []label.Text                                   // nil: the fields tagged "label", the first of them as "title"
	Begin   func(Actor, *T)                                         // what a new value takes from whoever makes it; not asked of an operator; may be nil
	Room    func(*T) ref.Side                                       // the side in whose inner room the object stands; nil: in that of its whole, if in any
	Readers func(*Object[T]) (tlp.Label, Audience)                  // mark and audience, where they follow from the value; nil: they are chosen
	Fill    func(*T)                                                // completes what can be derived where it was left empty; may be nil
	Check   func(*T, *fault.Fields)                                 // the subject's rules about a value by itself; may be nil
	Guard   func(old, new *Object[T], act string) error             // rules about a change; old is nil at creation; may be nil
	Allow   func(context.Context, *db.Tx, Actor, Proposal[T]) error // rules about who may change what of it, and about others that the change touches; may be nil
	After   func(context.Context, *db.Tx, Actor, *Object[T]) error  // consequences, in the same transaction; may be nil
	Owes    Owes[T]                                                 // what is owed about it beside translations; nil: nothing
	Seek    func(T) T                                               // the value without what it must not be found by; nil: whole
	Decides []string                                                // the fields that decide who reads and who speaks for whom: KIND.authority alone changes them, KIND.edit the others
	Fixed   bool                                                    // never edited once made (a baseline)
	Inside  Inside                                                  // of a part: whom its whole takes in without naming them; nil: nobody
	Asks    func(*T) Audience                                       // of a part: whom it asks for something; they read it again once they read the whole again; nil: nobody
	Apart   bool                                                    // a part with readers of its own: what is done to the whole does not change it, and no translation of it is owed
	ByTeam  func(*T) []string                                       // of a part: the paths of the texts on it that are the project team's own words and not its owner's; nil: none
	Part    bool                                                    // part of its parent: read by nobody who may not read that, and not in a file of objects
}

// Proposal is an act on an object as its rules see it, before it is written.
type Proposal[T any] struct {
	Kind     *Kind[T]
	Act      string
	Old, New *Object[T] // Old is nil at creation
}

// Part is a table derived from a value: rows with the object's id first, then Columns.
type Part[T any] struct {
	Table   string
	Columns []string
	Rows    func(*T) [][]any
}

// Select says which objects of a kind are wanted: SQL after "join", after "where" and after
// "order by", over o (object) and t (the kind's table). Its arguments stand in Args.
type Select struct {
	Args  *db.Args
	Join  string
	Where string
	Order string
	Limit int // 0: no more than the reader's whole set, for kinds that are few
	After int // how many to pass over before
}

// Load gives an object that the actor may read, or NotFound.
func (k *Kind[T]) Load(ctx context.Context, tx *db.Tx, who Actor, id ref.ID) (Object[T], error) {
	var a db.Args
	list, err := k.List(ctx, tx, who, Select{Args: &a, Where: `o.id = ` + a.Add(id)})
	if err != nil {
		return Object[T]{}, err
	}
	if len(list) == 0 {
		return Object[T]{}, fault.New(fault.NotFound, "")
	}
	o := list[0]
	var set string
	if err := tx.QueryRow(ctx, `select aset from object where id = $1 -- access.Load`, id).Scan(&set); err != nil {
		return o, err
	}
	if o.Audience, err = members(ctx, tx, set); err != nil {
		return o, err
	}
	return o, nil
}

// List gives the objects that the actor may read among those selected. Their Audience is not
// loaded: it is one object's page that shows it.
func (k *Kind[T]) List(ctx context.Context, tx *db.Tx, who Actor, s Select) ([]Object[T], error) {
	if s.Args == nil {
		s.Args = &db.Args{}
	}
	var q strings.Builder
	q.WriteString(`select ` + columns + `, coalesce(k.text, ''), t.body from object o
		join ` + k.Table + ` t on t.id = o.id
		left join label k on k.object = o.id and k.field = 'key' and k.lang = '' ` + s.Join + `
		where o.kind = '` + k.Name + `' and ` + who.CanRead(s.Args, "o"))
	if s.Where != "" {
		q.WriteString(` and (` + s.Where + `)`)
	}
	if s.Order != "" {
		q.WriteString(` order by ` + s.Order)
	}
	if s.Limit > 0 {
		q.WriteString(` limit ` + s.Args.Add(s.Limit) + ` offset ` + s.Args.Add(s.After))
	}
	q.WriteString(` -- ` + k.Name + `.List`)
	rows, err := tx.Query(ctx, q.String(), s.Args.List()...)
	return db.Rows(rows, err, func(r *sql.Rows) (Object[T], error) {
		var o Object[T]
		var set, body string
		if err := r.Scan(append(o.fields(&set), &o.Key, &body)...); err != nil {
			return o, err
		}
		if err := json.Unmarshal([]byte(body), &o.Value); err != nil {
			return o, fmt.Errorf("%s %s: %w", k.Name, o.ID, err)
		}
		shape.Visible(&o.Value)
		return o, nil
	})
}

// Save writes an object: it cleans and checks the value, authorises the act on the object as it
// stands in this transaction, and writes row, header, revision, ledger entry, labels, links and
// translation duties. o.Rev is the revision the actor read, 0 to create; it is moved on. Faults:
// Invalid with fields, NotFound, Forbidden, Conflict when somebody else changed the object.
func (k *Kind[T]) Save(ctx context.Context, tx *db.Tx, who Actor, act string, o *Object[T], reason string) error {
	if err := k.admit(ctx, tx, who, act, o); err != nil {
		return err
	}
	return k.write(ctx, tx, who, ledger.Act{Name: act, Reason: reason}, o)
}

// Erase is Save for an act that takes something out for good: what earlier revisions held is
// erased with it, and of their entries those that also chooses; the ledger says so. Unkeyed takes
// the object's key away, where that tells what is to be forgotten.
func (k *Kind[T]) Erase(ctx context.Context, tx *db.Tx, who Actor, act string, o *Object[T], reason string, unkeyed bool, also func(ledger.Entry) bool) error {
	if err := k.admit(ctx, tx, who, act, o); err != nil {
		return err
	}
	if unkeyed {
		o.Key = ""
	}
	if err := k.write(ctx, tx, who, ledger.Act{Name: act, Reason: reason, Erases: o.Rev, Also: also}, o); err != nil {
		return err
	}
	return search.Purge(ctx, tx)
}

// write writes an object that was admitted, with all that is derived from it.
func (k *Kind[T]) write(ctx context.Context, tx *db.Tx, who Actor, act ledger.Act, o *Object[T]) error {
	if o.ID == "" {
		o.ID = ref.New()
	}
	if err := k.stands(ctx, tx); err != nil {
		return err
	}
	o.Rev++
	o.Kind = k.Name
	o.ChangedAt = db.Stamp(tx.Now())
	o.ChangedBy = ref.ID(who.Person)
	k.derive(o)
	if o.Rev == 1 { // it stays there: no kind lets an act move what it is part of, or whose it is
		room, err := k.room(ctx, tx, o)
		if err != nil {
			return err
		}
		o.Room = room
	}
	if err := put(ctx, tx, o.Header); err != nil {
		return err
	}
	if err := k.project(ctx, tx, o, o.Rev > 1); err != nil {
		return err
	}
	act.Dialogue, act.Object, act.Rev = ref.ID(o.Dialogue), o.ID, o.Rev
	if _, err := ledger.Append(ctx, tx, who.By(), act, k.snap(o)); err != nil {
		return err
	}
	if k.After != nil {
		return k.After(ctx, tx, who, o)
	}
	return nil
}

// owe writes down the translations that the object waits for. One that is never edited waits for
// none, nor does one that those who translate may not read.
func (k *Kind[T]) owe(ctx context.Context, tx *db.Tx, o *Object[T], langs []text.Lang) error {
	if k.Fixed || k.Apart {
		return nil
	}
	return oweTranslations(ctx, tx, o.Header, langs, shape.Texts(&o.Value), k.Said(&o.Value))
}

// admit decides whether the act may be done on the object with this value.
func (k *Kind[T]) admit(ctx context.Context, tx *db.Tx, who Actor, act string, o *Object[T]) error {
	var old *Object[T]
	if o.Rev < 1 && o.ChangedAt != "" { // it stands already: the act does not say what its actor had read
		return fault.New(fault.Invalid, "fault.no-rev")
	}
	if o.Rev == 0 {
		if err := k.Custom(ctx, tx, who, &o.Header, &o.Value); err != nil {
			return err
		}
		if o.Owner == "" && who.speaks() { // a post alone enters nothing in the institution's name
			o.Owner = ref.ID(who.Institution)
		}
		if err := May(who, act, o.Header); err != nil {
			return err
		}
		if k.Begin != nil && !who.IsOperator() {
			k.Begin(who, &o.Value)
		}
	} else {
		stored, err := k.Load(ctx, tx, who, o.ID)
		if err != nil {
			return err
		}
		if err := May(who, act, stored.Header); err != nil {
			return err
		}
		if stored.Rev != o.Rev {
			return fault.New(fault.Conflict, "")
		}
		if k.Fixed {
			return fault.New(fault.Forbidden, "fault.fixed")
		}
		// What identifies an object is not for an act to change.
		o.Dialogue, o.Owner, o.Key, o.Audience = stored.Dialogue, stored.Owner, stored.Key, orElse(o.Audience, stored.Audience)
		o.Mark = tlp.Label(or(string(o.Mark), string(stored.Mark)))
		old = &stored
	}
	k.Tidy(&o.Value)
	if k.Readers != nil {
		o.Mark, o.Audience = k.Readers(o)
	}
	if err := k.keep(ctx, tx, old, o); err != nil {
		return err
	}
	faults := shape.Check(&o.Value)
	if err := k.sign(ctx, tx, who, act, old, o, &faults); err != nil {
		return err
	}
	if k.Check != nil {
		k.Check(&o.Value, &faults)
	}
	o.National = text.CleanName(o.National)
	faults = append(faults, o.agrees()...)
	faults = append(faults, CheckNational(o.Mark, o.National)...)
	for _, p := range o.Audience {
		if p.Kind() == "inside" && !k.Part { // it is for notes and their files alone
			faults.Add("audience", string(p), "fault.principal-unknown")
		}
	}
	if old != nil && !who.IsOperator() {
		k.apartFrom(act, &old.Value, &o.Value, &faults)
	}
	if err := k.checkKey(ctx, tx, o, &faults); err != nil {
		return err
	}
	if err := k.checkLanguages(ctx, tx, old, o, &faults); err != nil {
		return err
	}
	if err := k.checkOrder(ctx, tx, old, o, &faults); err != nil {
		return err
	}
	if !who.IsOperator() { // an import resolves its references itself, also those that stand further down
		// What stood before stays as it is: a reference to something that was removed since must
		// not stand in the way of withdrawing or cancelling.
		var stood Object[T]
		if old != nil {
			stood = *old
		}
		// The readers of a whole are not asked of who makes a part of it: they may not know all of them.
		if old == nil && k.Part && k.Parent != nil {
			whole, err := Find(ctx, tx, who, k.Parent(&o.Value))
			if err != nil {
				return err
			}
			stood.Audience = whole.Audience
		}
		if err := checkRefs(ctx, tx, who, &stood.Value, &o.Value, &faults); err != nil {
			return err
		}
		stands := NewAudience(append(slices.Clone(stood.Audience), o.keeps...)...)
		if err := checkPrincipals(ctx, tx, who, stands, o.Header, &faults); err != nil {
			return err
		}
	}
	if err := faults.Err(); err != nil {
		return err
	}
	if k.Allow != nil {
		if err := k.Allow(ctx, tx, who, Proposal[T]{k, act, old, o}); err != nil {
			return err
		}
	}
	if k.Guard != nil {
		return k.Guard(old, o, act)
	}
	return nil
}

// keep finds those of a part's readers who are among them because they said it, or said what it is
// attached to: neither the mark nor the whole bounds these.
func (k *Kind[T]) keep(ctx context.Context, tx *db.Tx, old, o *Object[T]) error {
	if !k.Part || k.Apart {
		return nil
	}
	if old != nil {
		own, err := stood(ctx, tx, old.Header)
		if err != nil {
			return err
		}
		o.keeps = NewAudience(append(own, o.keeps...)...)
	}
	if len(o.agrees()) == 0 {
		return nil
	}
	whole, err := Find(ctx, tx, Operator("keep"), k.ParentOf(&o.Value))
	o.keeps = NewAudience(append(whole.beyond(o.Audience), o.keeps...)...)
	return fault.Unless(err, fault.NotFound)
}

// Custom gives a new object's header the mark and audience that were not chosen: those of what it
// belongs to, where that is narrower than the dialogue's custom, else that custom. Of several, nobody
// reads it who may not read each.
func (k *Kind[T]) Custom(ctx context.Context, tx *db.Tx, who Actor, h *Header, value any) error {
	if h.Mark != "" && h.Audience != nil {
		return nil
	}
	mark, audience := tlp.GREEN, NewAudience(DialogueOf(h.Dialogue), TeamOf(h.Dialogue))
	for _, id := range k.WholesOf(value) {
		whole, err := Find(ctx, tx, who, id)
		if fault.Is(err, fault.NotFound) { // the check of references says that
			continue
		}
		if err != nil {
			return err
		}
		mark, audience = tlp.Strictest(mark, whole.Mark), audience.within(whole.Audience, h.Dialogue)
	}
	h.Mark, h.Audience = tlp.Label(or(string(h.Mark), string(mark))), orElse(h.Audience, audience)
	return nil
}

// ParentOf gives the object of which one with this value is part, "" for none.
func (k *Kind[T]) ParentOf(value any) ref.ID {
	v, ok := value.(*T)
	if k.Parent == nil || !ok {
		return ""
	}
	return k.Parent(v)
}

// WholesOf gives all to which an object with this value belongs, and from which a new one takes its
// readers: what it is part of, and what else it stands in.
func (k *Kind[T]) WholesOf(value any) (ids []ref.ID) {
	if id := k.ParentOf(value); id != "" {
		ids = append(ids, id)
	}
	if v, ok := value.(*T); ok && k.Within != nil {
		ids = append(ids, k.Within(v)...)
	}
	return ids
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func orElse(a, b Audience) Audience {
	if a != nil {
		return a
	}
	return b
}

// derive fills what the header takes from the value.
func (k *Kind[T]) derive(o *Object[T]) {
	if k.Sort != nil {
		o.SortTime = k.Sort(&o.Value)
	}
	if k.State != nil {
		o.State = k.State(&o.Value)
	}
	if k.Parent != nil {
		o.Parent = k.Parent(&o.Value)
	}
}

// room gives the side in whose inner room an object stands, "" for none.
func (k *Kind[T]) room(ctx context.Context, tx *db.Tx, o *Object[T]) (room ref.Side, err error) {
	switch {
	case k.Room != nil:
		return k.Room(&o.Value), nil
	case !k.Part:
		return "", nil
	}
	err = tx.QueryRow(ctx, `select room from object where id = $1 -- access.room`, o.Parent).Scan(&room)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return room, err
}

// labels derives the projected texts.
func (k *Kind[T]) labels(o *Object[T], langs []text.Lang) []label.Row {
	return label.Rows(o.ID, langs, o.Key, k.titles(&o.Value))
}

// titles gives the texts by which the object is listed.
func (k *Kind[T]) titles(v *T) (texts []label.Text) {
	if k.Titles != nil {
		return k.Titles(v)
	}
	for _, t := range shape.Texts(v) {
		if !t.Field.Label || strings.Contains(t.Path, ".") {
			continue
		}
		name := t.Path
		if len(texts) == 0 {
			name = "title"
		}
		texts = append(texts, label.Text{Field: name, Value: t.Value, Said: t.Field.Said})
	}
	return texts
}

// Title gives the text by which an object with this value is listed, empty where it has none.
func (k *Kind[T]) Title(value any) text.Multi {
	if v, ok := value.(*T); ok {
		for _, t := range k.titles(v) {
			if t.Field == "title" {
				return t.Value
			}
		}
	}
	return nil
}

// rows derives the rows of the kind's own tables: the main one first, then the parts.
func (k *Kind[T]) rows(o *Object[T]) ([]tableRows, error) {
	body, err := json.Marshal(o.Value)
	if err != nil {
		return nil, err
	}
	main := []any{o.ID, string(body)}
	if k.Row != nil {
		main = append(main, k.Row(&o.Value)...)
	}
	out := []tableRows{{k.Table, append([]string{"id", "body"}, k.Columns...), [][]any{main}, k.canonical}}
	for _, p := range k.Parts {
		t := tableRows{table: p.Table, columns: append([]string{"id"}, p.Columns...)}
		for _, r := range p.Rows(&o.Value) {
			t.rows = append(t.rows, append([]any{o.ID}, r...))
		}
		out = append(out, t)
	}
	return out, nil
}

type tableRows struct {
	table   string
	columns []string
	rows    [][]any
	same    func(body string) string // writes the value in the column body, if there is one, as it would be written today
}

// canonical gives the value in a row's body as it is written today. A field that came later stands
// in no row until the next time it is written; it is empty all the same. What cannot be read whole,
// or is not written as it was read, is given back as it is.
func (k *Kind[T]) canonical(body string) string {
	var v T
	if err := strictly([]byte(body), &v); err != nil {
		return body
	}
	today, err := json.Marshal(v)
	if err != nil || !within([]byte(body), today) {
		return body
	}
	return string(today)
}

// project writes everything that is derived from the value beside the header: the kind's own rows,
// labels, what the object is found by, links, and the translations that are owed. Where rows may
// stand already, anew says so.
func (k *Kind[T]) project(ctx context.Context, tx *db.Tx, o *Object[T], anew bool) error {
	if err := k.putRows(ctx, tx, o, anew); err != nil {
		return err
	}
	langs, err := Languages(ctx, tx, o.Dialogue) // after the rows: a dialogue's own say which they are
	if err != nil {
		return err
	}
	if err := label.Put(ctx, tx, o.ID, k.labels(o, langs)); err != nil {
		return err
	}
	if err := search.Put(ctx, tx, o.ID, k.sought(o).index()); err != nil {
		return err
	}
	if err := putLinks(ctx, tx, o.ID, linksOf(&o.Value)); err != nil {
		return err
	}
	return k.owe(ctx, tx, o, langs)
}

// putRows writes the kind's own rows.
func (k *Kind[T]) putRows(ctx context.Context, tx *db.Tx, o *Object[T], anew bool) error {
	tables, err := k.rows(o)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if anew {
			if _, err := tx.Exec(ctx, `delete from `+t.table+` where id = $1 -- access.putRows`, o.ID); err != nil {
				return err
			}
		}
		for _, r := range t.rows {
			var a db.Args
			marks := make([]string, len(r))
			for i, v := range r {
				marks[i] = a.Add(v)
			}
			if _, err := tx.Exec(ctx, `insert into `+t.table+` (`+strings.Join(t.columns, ", ")+`)
				values (`+strings.Join(marks, ", ")+`) -- access.putRows`, a.List()...); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkKey refuses a key that another object of the kind has, and one that is not a key.
func (k *Kind[T]) checkKey(ctx context.Context, tx *db.Tx, o *Object[T], faults *fault.Fields) error {
	if o.Key == "" || o.Rev > 0 {
		return nil
	}
	if !ValidKey(o.Key) {
		faults.Add("key", o.Key, "fault.key")
		return nil
	}
	id, err := ByKey(ctx, tx, k.Name, o.Dialogue, o.Key)
	if err == nil && id != "" {
		faults.Add("key", o.Key, "fault.key-taken")
	}
	return err
}

// ValidKey says whether s can be an object's key: lower-case Latin letters, digits and hyphens,
// at most 80, and not the form of an id.
func ValidKey(s string) bool {
	if s == "" || len(s) > 80 || ref.Valid(s) || s[0] == '-' {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// ByKey gives the id of the dialogue's object of a kind with that key, "" when there is none.
// It stands outside access: only imports and writes may ask, never a page.
func ByKey(ctx context.Context, tx *db.Tx, kind string, dialogue ref.Dialogue, key string) (ref.ID, error) {
	var id ref.ID
	err := tx.QueryRow(ctx, `select o.id from label k join object o on o.id = k.object
		where k.field = 'key' and k.lang = '' and k.sort = $1 and o.kind = $2 and (o.dialogue = $3 or o.id = $3) -- access.ByKey`,
		[]byte(key), kind, dialogue).Scan(&id) // a key sorts as its bytes, which are indexed
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, err
}
