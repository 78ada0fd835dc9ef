package access

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"entente/internal/db"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/internal/text"
	"entente/ledger"
)

// DeriveAct is the act of a node whose program derives rows in another way than the one before.
const DeriveAct = "node.derive"

// current is an object as it stands with its newest revision, whose body is nil once erased.
type current struct {
	id   ref.ID
	rev  int64
	kind string
	body []byte
}

func scanCurrent(r *sql.Rows) (c current, err error) {
	err = r.Scan(&c.id, &c.rev, &c.kind, &c.body)
	return c, err
}

// stamp is by what the rows of a kind were derived: the version of the kind, of the collation by
// whose keys names are sorted, and of the words by which the search finds them.
type stamp struct {
	Version   int    `json:"version"`
	Collation string `json:"collation"`
	Words     int    `json:"words"`
}

func stampOf(k interface{ version() int }) stamp {
	return stamp{k.version(), text.CollationVersion, text.WordsVersion}
}

// derivation is how the rows of a kind stand in the database.
type derivation struct {
	kind string
	stamp
	after sql.NullString // valid while they are derived anew: the object that was reached
}

func derivations(ctx context.Context, tx *db.Tx) (map[string]derivation, error) {
	rows, err := tx.Query(ctx, `select kind, version, sorting, words, after from derivation -- access.derivations`)
	all := map[string]derivation{}
	_, err = db.Rows(rows, err, func(r *sql.Rows) (d derivation, err error) {
		err = r.Scan(&d.kind, &d.Version, &d.Collation, &d.Words, &d.after)
		all[d.kind] = d
		return d, err
	})
	return all, err
}

// stands says whether what an act writes now is derived as everything else of its kind is. It is
// not while another process upgrades the node: what this one wrote would be found by some lists
// and not by others. The first object of a kind says by what its rows are derived.
func (k *Kind[T]) stands(ctx context.Context, tx *db.Tx) error {
	have, want := stamp{}, stampOf(k)
	err := tx.QueryRow(ctx, `select version, sorting, words from derivation where kind = $1 -- access.stands`, k.Name).
		Scan(&have.Version, &have.Collation, &have.Words)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		_, err = tx.Exec(ctx, `insert into derivation (kind, version, sorting, words) values ($1, $2, $3, $4) -- access.stands`,
			k.Name, want.Version, want.Collation, want.Words)
		return err
	case err == nil && have != want:
		f := fault.New(fault.Unavailable, "fault.upgrading")
		f.Cause = fmt.Errorf("the rows of the kind %s are of %v and this program derives %v: it is the older one, or was started while it ran", k.Name, have, want)
		return f
	}
	return err
}

// Moved gives the kinds whose rows were derived otherwise than this program derives them, in the
// order in which Derive takes them, and whether it has begun. It refuses a database that a newer
// program derived.
func (s *Objects) Moved(ctx context.Context) (kinds []string, begun bool, err error) {
	return kinds, begun, s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		all, err := derivations(ctx, tx)
		if err != nil {
			return err
		}
		for _, k := range s.ordered {
			d, ok := all[k.KindName()]
			delete(all, k.KindName())
			switch {
			case ok && (d.Version > k.version() || d.Words > text.WordsVersion):
				return fmt.Errorf("what is derived of the kind %s is of version %d (words %d) and this program knows versions up to %d (%d): "+
					"it was upgraded by a newer program; use that, or restore the backup made before the upgrade", d.kind, d.Version, d.Words, k.version(), text.WordsVersion)
			case ok && (d.stamp != stampOf(k) || d.after.Valid):
				kinds = append(kinds, d.kind)
				begun = begun || d.after.Valid
			}
		}
		for kind := range all {
			return fmt.Errorf("the database holds objects of the kind %s, which this program does not know: "+
				"it was upgraded by a newer program; use that, or restore the backup made before the upgrade", kind)
		}
		return nil
	})
}

// Progress is told how many of a kind's objects are done.
type Progress func(kind string, done, total int64)

// deriveBatch is how many objects are derived in one transaction: so many are done again after a
// kill, and so long do others wait who write.
const deriveBatch = 250

// Derive makes everything that is derived from values anew, of the kinds that moved: rows, columns,
// parts, labels, links, the words of the search, and what the header takes from the value or its whole. It reads
// the newest revisions and changes none. What was decided when they were written (mark, audience,
// the number of the revision) is not derived and stays. Killed, it goes on where it was; two
// processes that do it at once share the work. Each kind that had objects ends with an entry of the
// log. It gives how many objects it derived.
func (s *Objects) Derive(ctx context.Context, tell Progress) (n int64, err error) {
	who := Operator("upgrade")
	if err := May(who, DeriveAct, Header{}); err != nil {
		return 0, err
	}
	kinds, _, err := s.Moved(ctx)
	if err != nil || len(kinds) == 0 {
		return 0, err
	}
	// From here on it has begun, of all of them: whoever starts again finds what is half derived.
	if err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		all, err := derivations(ctx, tx)
		if err != nil {
			return err
		}
		// Another process may have ended some since.
		kinds = slices.DeleteFunc(kinds, func(kind string) bool { return all[kind].stamp == stampOf(s.kinds[kind]) && !all[kind].after.Valid })
		if len(kinds) == 0 {
			return nil
		}
		var a db.Args
		_, err = tx.Exec(ctx, `update derivation set after = '' where after is null and kind in `+a.In(kinds)+` -- access.Derive`, a.List()...)
		return err
	}); err != nil {
		return 0, err
	}
	for _, name := range kinds {
		more, err := s.deriveKind(ctx, who, s.kinds[name], tell)
		n += more
		if err != nil {
			return n, fmt.Errorf("deriving what is kept of the kind %s: %w", name, err)
		}
	}
	return n, nil
}

const deriveTellEvery = 2 * time.Second

func (s *Objects) deriveKind(ctx context.Context, who Actor, k AnyKind, tell Progress) (n int64, err error) {
	told := time.Now()
	for ended := false; !ended; {
		var page, done, total int64
		if err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			if page, ended, err = s.deriveSome(ctx, tx, who, k); err != nil || tell == nil || !ended && time.Since(told) < deriveTellEvery {
				return err
			}
			told = time.Now()
			done, total, err = derivedOf(ctx, tx, k.KindName())
			return err
		}); err != nil {
			return n, err
		}
		n += page
		if total > 0 {
			tell(k.KindName(), done, total)
		}
	}
	return n, nil
}

// deriveSome derives the next objects of a kind, and after the last of them ends with an entry.
func (s *Objects) deriveSome(ctx context.Context, tx *db.Tx, who Actor, k AnyKind) (n int64, ended bool, err error) {
	all, err := derivations(ctx, tx)
	if err != nil {
		return 0, false, err
	}
	d, want := all[k.KindName()], stampOf(k)
	if d.stamp == want && !d.after.Valid {
		return 0, true, nil // another process has ended it
	}
	if d.stamp != want {
		d.stamp, d.after = want, sql.NullString{Valid: true}
	}
	// The kind stands inside coalesce so that an engine walks the ids on from where it was, and does
	// not sort all objects of the kind for each few of them.
	page, err := db.Collect(ctx, tx, scanCurrent, `select o.id, o.rev, o.kind, r.body from object o
		join revision r on r.object = o.id and r.rev = o.rev
		where coalesce(o.kind, '') = $1 and o.id > $2 order by o.id limit $3 -- access.deriveSome`, d.kind, d.after.String, deriveBatch)
	if err != nil {
		return 0, false, err
	}
	for _, c := range page {
		if c.body == nil {
			continue // erased: there is nothing to derive from
		}
		if err := k.derived(ctx, tx, c); err != nil {
			if whole, broken := ledger.Intact(ctx, tx, c.id, c.rev); broken == nil && !whole {
				err = errors.New("it is not what the log says: it was changed outside the program")
			}
			return 0, false, fmt.Errorf("revision %d of %s: %w", c.rev, c.id, err)
		}
	}
	if ended = len(page) < deriveBatch; ended {
		d.after = sql.NullString{}
		err = tellDerived(ctx, tx, who, d)
	} else {
		d.after.String = page[len(page)-1].id
	}
	if err != nil {
		return 0, false, err
	}
	_, err = tx.Exec(ctx, `update derivation set version = $2, sorting = $3, words = $4, after = $5 where kind = $1 -- access.deriveSome`,
		d.kind, d.Version, d.Collation, d.Words, d.after)
	return int64(len(page)), ended, err
}

// derivedOf counts the objects of a kind, and those of them that are derived.
func derivedOf(ctx context.Context, tx *db.Tx, kind string) (done, total int64, err error) {
	err = tx.QueryRow(ctx, `select coalesce(sum(case when d.after is null or o.id <= d.after then 1 else 0 end), 0), count(*)
		from object o join derivation d on d.kind = o.kind where o.kind = $1 -- access.derivedOf`, kind).Scan(&done, &total)
	return done, total, err
}

// tellDerived writes the entry that says what was derived anew, and how.
func tellDerived(ctx context.Context, tx *db.Tx, who Actor, d derivation) error {
	_, objects, err := derivedOf(ctx, tx, d.kind)
	if err != nil || objects == 0 {
		return err
	}
	reason, err := json.Marshal(struct {
		Kind    string `json:"kind"`
		Objects int64  `json:"objects"`
		stamp
	}{d.kind, objects, d.stamp})
	if err != nil {
		return err
	}
	_, err = ledger.Append(ctx, tx, who.By(), ledger.Act{Name: DeriveAct, Reason: string(reason)}, nil)
	return err
}

// derived derives one object.
func (k *Kind[T]) derived(ctx context.Context, tx *db.Tx, c current) error {
	s, err := k.decode(c.body)
	if err != nil {
		return err
	}
	o := &Object[T]{s.Object, s.Value}
	o.ID, o.Rev = c.id, c.rev
	k.derive(o)
	if o.Room, err = k.room(ctx, tx, o); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update object set parent = $2, state = $3, sort_time = $4, room = $5
		where id = $1 and (parent <> $2 or state <> $3 or sort_time <> $4 or room <> $5) -- access.derived`, o.ID, o.Parent, o.State, o.SortTime, o.Room); err != nil {
		return err
	}
	return k.project(ctx, tx, o, true)
}
