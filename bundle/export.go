package bundle

import (
	"bufio"
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"entente/access"
	"entente/internal/db"
	"entente/internal/ref"
	"entente/internal/shape"
	"entente/project"
)

// pageSize is how many objects an export holds in memory.
const pageSize = 200

// Export writes the dialogues that the actor reads, each followed by those of its objects that
// the actor reads, in the format of docs/format.md. The same contents always give the same
// bytes: kinds come in the order of objects, objects in the order of their keys, those without
// one after them by id.
//
// An operator's export is of everything and an act of the policy, "export". To any other actor it
// is a way of reading and needs no act: what the actor does not read is left out, also where
// something points at it. It shows one state of the database and holds it open until w has taken
// everything, so that a slow reader is better served from a copy.
func Export(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, w io.Writer) error {
	return export(ctx, d, objects, who, w, func(access.Header) {})
}

// export is Export that tells of each object it has written.
func export(ctx context.Context, d *db.DB, objects *access.Objects, who access.Actor, w io.Writer, wrote func(access.Header)) error {
	if who.IsOperator() {
		if err := access.May(who, "export", access.Header{}); err != nil {
			return err
		}
	}
	return d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		e := exporter{tx: tx, who: who, w: bufio.NewWriter(w), wrote: wrote}
		k, ok := objects.Kind(dialogueKind)
		if !ok {
			return fmt.Errorf("bundle: there is no kind %q", dialogueKind)
		}
		for dialogue, err := range e.objects(ctx, dialogueKind, "") {
			if err != nil {
				return err
			}
			e.dialogue = ref.Dialogue(dialogue)
			if err := e.write(ctx, k, []ref.ID{dialogue}); err != nil {
				return err
			}
			for _, k := range objects.Kinds() {
				if k.KindName() == dialogueKind || k.IsPart() {
					continue
				}
				if err := e.kind(ctx, k); err != nil {
					return err
				}
			}
		}
		return e.w.Flush()
	})
}

type exporter struct {
	tx       *db.Tx
	who      access.Actor
	w        *bufio.Writer
	wrote    func(access.Header)
	dialogue ref.Dialogue
	names    map[ref.ID]name // of what the page points at
	recorded map[ref.ID]bool // what an operator made
}

// kind writes all objects of a kind, a page at a time.
func (e *exporter) kind(ctx context.Context, k access.AnyKind) error {
	page := make([]ref.ID, 0, pageSize)
	for id, err := range e.objects(ctx, k.KindName(), e.dialogue) {
		if err != nil {
			return err
		}
		if page = append(page, id); len(page) == pageSize {
			if err := e.write(ctx, k, page); err != nil {
				return err
			}
			page = page[:0]
		}
	}
	return e.write(ctx, k, page)
}

// objects gives the ids of a kind's objects in the order of the file; an empty dialogue means
// all.
func (e *exporter) objects(ctx context.Context, kind string, dialogue ref.Dialogue) func(func(ref.ID, error) bool) {
	return func(yield func(ref.ID, error) bool) {
		for _, keyed := range []bool{true, false} {
			var after place
			for {
				page, err := e.page(ctx, kind, dialogue, keyed, after)
				if err != nil {
					yield("", err)
					return
				}
				for _, p := range page {
					if !yield(p.id, nil) {
						return
					}
				}
				if len(page) < pageSize {
					break
				}
				after = page[len(page)-1]
			}
		}
	}
}

// place is where an object stands in the file: the bytes of its key, then its id. The first
// has none of either.
type place struct {
	sort []byte
	id   ref.ID
}

func (e *exporter) page(ctx context.Context, kind string, dialogue ref.Dialogue, keyed bool, after place) ([]place, error) {
	var a db.Args
	where := `o.kind = ` + a.Add(kind) + ` and ` + e.who.CanRead(&a, "o")
	if dialogue != "" {
		where += ` and o.dialogue = ` + a.Add(dialogue)
	}
	if keyed {
		where += ` and k.object is not null`
	} else {
		where += ` and k.object is null`
	}
	switch {
	case after.id == "":
	case keyed:
		key := a.Add(after.sort)
		where += ` and (k.sort > ` + key + ` or k.sort = ` + key + ` and o.id > ` + a.Add(after.id) + `)`
	default:
		where += ` and o.id > ` + a.Add(after.id)
	}
	order := `o.id`
	if keyed {
		order = `k.sort, o.id`
	}
	rows, err := e.tx.Query(ctx, `select k.sort, o.id from object o
		left join label k on k.object = o.id and k.field = 'key' and k.lang = ''
		where `+where+` order by `+order+` limit `+a.Add(pageSize)+` -- bundle.page`, a.List()...)
	return db.Rows(rows, err, func(r *sql.Rows) (p place, err error) {
		err = r.Scan(&p.sort, &p.id)
		return p, err
	})
}

// write writes objects of one kind.
func (e *exporter) write(ctx context.Context, k access.AnyKind, ids []ref.ID) error {
	type object struct {
		access.Header
		value any
	}
	var page []object
	pointed := map[ref.ID]bool{}
	for _, id := range ids {
		h, v, err := k.LoadAny(ctx, e.tx, e.who, id)
		if err != nil {
			return err
		}
		for _, l := range shape.Refs(v) {
			pointed[l.Ref.RefID()] = true
		}
		for _, p := range h.Audience {
			pointed[p.ID()] = true
		}
		pointed[h.Owner] = true
		page = append(page, object{h, v})
	}
	delete(pointed, "")
	var err error
	if e.recorded, err = access.Recorded(ctx, e.tx, ids...); err != nil {
		return err
	}
	if err := e.find(ctx, slices.Sorted(maps.Keys(pointed))); err != nil {
		return err
	}
	var b strings.Builder
	for _, o := range page {
		b.Reset()
		_, _, derived := k.Derived(o.Header, o.value) // mark and audience follow from the value, and are not written
		if err := e.document(&b, o.Header, o.value, derived); err != nil {
			return fmt.Errorf("bundle: %s %s: %w", k.KindName(), o.ID, err)
		}
		if _, err := e.w.WriteString(b.String()); err != nil {
			return err
		}
		e.wrote(o.Header)
	}
	return nil
}

// find learns the keys of what a page points at: the dialogue's objects that the actor reads.
func (e *exporter) find(ctx context.Context, ids []ref.ID) error {
	e.names = map[ref.ID]name{}
	for chunk := range slices.Chunk(ids, 500) {
		var a db.Args
		rows, err := e.tx.Query(ctx, `select o.id, o.kind, coalesce(k.text, o.id) from object o
			left join label k on k.object = o.id and k.field = 'key' and k.lang = ''
			where o.id in `+a.In(chunk)+` and (o.dialogue = `+a.Add(e.dialogue)+` or o.id = `+a.Add(e.dialogue)+`)
			and `+e.who.CanRead(&a, "o")+` -- bundle.find`, a.List()...)
		if _, err := db.Rows(rows, err, func(r *sql.Rows) (struct{}, error) {
			var id ref.ID
			var n name
			err := r.Scan(&id, &n.kind, &n.key)
			e.names[id] = n
			return struct{}{}, err
		}); err != nil {
			return err
		}
	}
	return nil
}

// document writes one object.
func (e *exporter) document(b *strings.Builder, h access.Header, value any, derived bool) error {
	keys := &writing{names: e.names, whole: e.who.IsOperator()}
	if !keys.whole {
		keys.leaveOut(value)
	}
	b.WriteString("---\n")
	head := words{Kind: h.Kind, Key: cmp.Or(h.Key, h.ID), National: h.National}
	if !derived {
		head.Mark = h.Mark
	}
	if err := shape.EncodeYAML(b, &head, nil, 0); err != nil {
		return err
	}
	if own := access.NewAudience(h.Audience...); !derived {
		for _, p := range own {
			if !slices.Contains(principalWords, p.Kind()) || (p.Kind() == "dialogue" || p.Kind() == "team") && p.ID() != ref.ID(e.dialogue) {
				return fmt.Errorf("its audience names %s, for which there is no word", p)
			}
		}
		b.WriteString("audience: [" + strings.Join(writePrincipals(own, keys.Key), ", ") + "]\n")
	}
	if owner := keys.Key("institution", h.Owner); owner != "" {
		if err := shape.EncodeYAML(b, &struct {
			Owner string `json:"owner"`
		}{owner}, nil, 0); err != nil {
			return err
		}
	}
	if e.recorded[h.ID] && (h.Owner != "" || h.Kind == project.Baselines.Name) {
		b.WriteString("recorded: operator\n")
	}
	// What is absent is known when the value is written, and stands before it.
	var own strings.Builder
	if err := shape.EncodeYAML(&own, value, keys, 0); err != nil {
		return err
	}
	slices.Sort(keys.absent)
	if absent := slices.Compact(keys.absent); len(absent) > 0 {
		b.WriteString("absent: [" + strings.Join(absent, ", ") + "]\n")
	}
	b.WriteString(own.String())
	return nil
}

// writing gives keys for ids (shape.Keys) and notes those that there are none for: of objects
// that were removed, or belong to another dialogue.
type writing struct {
	names  map[ref.ID]name
	whole  bool // such ids are written, so that nothing is lost
	absent []ref.ID
}

// Key gives what the file calls an object, "" for one that it does not name.
func (w *writing) Key(kind, id string) string {
	if n, ok := w.names[id]; ok && n.kind == kind {
		return n.key
	}
	if !w.whole || id == "" {
		return ""
	}
	w.absent = append(w.absent, id)
	return id
}

// ID is not needed for writing.
func (w *writing) ID(_, key string) (string, bool) { return key, false }

// leaveOut takes from a value the references that Key has no name for.
func (w *writing) leaveOut(value any) {
	shape.Walk(value, func(_ string, f *shape.Field, v reflect.Value) {
		if f.Control == shape.Ref && w.Key(f.RefKind, v.String()) == "" {
			v.SetZero()
		}
	})
	shape.Clean(value)
}
