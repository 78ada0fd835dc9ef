package ledger

import (
	"cmp"
	"database/sql"
	"errors"
	"slices"

	"entente/internal/db"
)

// loadSignatures reads the signatures of entries, which are few.
func (v *verifier) loadSignatures() error {
	type line struct {
		seq  int64
		note string
	}
	rows, err := v.tx.Query(v.ctx, `select seq, note from entry_signature -- ledger.Verify`)
	lines, err := db.Rows(rows, err, func(r *sql.Rows) (l line, err error) { err = r.Scan(&l.seq, &l.note); return l, err })
	v.signed = make(map[int64]string, len(lines))
	for _, l := range lines {
		v.signed[l.seq] = l.note
	}
	return err
}

// exceptional checks an entry that excuses something, or is signed: one may not be without the
// other since signatures began. An erasure excuses what it lists and nothing else.
func (v *verifier) exceptional(n int64, e Entry, r row, signed bool) error {
	if !e.excuses() {
		if signed {
			return differ("entry %d is signed, and %s is no act that is", n, e.Act)
		}
		return nil
	}
	if !signed && (v.report.Begun >= 0 || e.promises()) {
		return differ("entry %d, %s of %s by %s, bears no signature by the node's key: nobody who had the key wrote it", n, e.Act, e.When, e.By.Name())
	}
	if e.Erases > 0 || e.Erased != nil {
		if wrong := e.erases(r.rbody); wrong != "" {
			return differ("entry %d: %s", n, wrong)
		}
		if err := v.erasure(n, e, signed); err != nil {
			return err
		}
		if wrong := e.stateless(); wrong != "" {
			return differ("entry %d: %s", n, wrong)
		}
		if err := v.ofPersons(n, e); err != nil {
			return err
		}
	}
	if e.Act != SignAct {
		x := e.exception(n)
		x.Signed, x.Root = signed, v.root()
		v.report.Exceptions = append(v.report.Exceptions, x)
	}
	return nil
}

// erasure takes what an erasure says for said. One from before signatures began lists nothing, and
// stands for the revisions of its object up to the one that it names.
func (v *verifier) erasure(n int64, e Entry, signed bool) error {
	if !signed {
		for _, g := range v.gone {
			if g.object == e.Object && g.rev <= e.Erases {
				g.saidEntry, g.saidRevision = true, true
			}
		}
		return nil
	}
	if e.Erased == nil {
		return differ("entry %d erases and does not list what", n)
	}
	for _, k := range e.Erased.Acts {
		if g := v.gone[k.Seq]; g == nil || !slices.Contains(e.Erased.Entries, k.Seq) || g.rev != k.Rev {
			return differ("entry %d says who acted in entry %d, and does not list that as erased", n, k.Seq)
		}
	}
	for _, list := range []struct {
		seqs  []int64
		entry bool
	}{{e.Erased.Entries, true}, {e.Erased.Revisions, false}} {
		for _, seq := range list.seqs {
			g := v.gone[seq]
			switch {
			case g != nil && g.object != e.Object, g != nil && g.rev > e.Erases:
				return differ("entry %d lists entry %d, which is none of what it may erase", n, seq)
			case g == nil, list.entry && !g.entry, !list.entry && !g.revision:
				return differ("entry %d says that contents of entry %d were erased, and they are there", n, seq)
			case list.entry:
				g.saidEntry = true
			default:
				g.saidRevision = true
			}
		}
	}
	return nil
}

// erase notes what is gone, until an entry says so.
func (v *verifier) erase(r row) {
	v.gone[r.seq] = &erased{object: r.object.String, rev: r.rev.Int64, entry: r.body == nil, revision: r.rbody == nil}
}

// unsaid gives the first entry that was erased without an entry that says so.
func (v *verifier) unsaid() (seq int64, found bool) {
	for n, g := range v.gone {
		if (g.entry && !g.saidEntry || g.revision && !g.saidRevision) && (!found || n < seq) {
			seq, found = n, true
		}
	}
	return seq, found
}

// Name says who acted, for an operator.
func (b By) Name() string { return cmp.Or(b.Person, b.Operator, "nobody") }

// numbered looks whether the revisions of each object are 1, 2, 3 and so on, in the order of their
// entries. Where an entry is gone nothing else says of which object its revision is: filed under another
// it leaves a gap in one of the two.
func (v *verifier) numbered() error {
	var object string
	var rev int64
	err := v.tx.QueryRow(v.ctx, `select r.object, r.rev from revision r left join revision p on p.object = r.object and p.rev = r.rev - 1
		where r.rev < 1 or r.rev > 1 and (p.seq is null or p.seq >= r.seq) order by r.seq limit 1 -- ledger.Verify`).Scan(&object, &rev)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return differ("revision %d of object %s does not follow upon the one before it", rev, object)
}

// ofPersons looks whether what is left of the revisions of an object that was erased is of a person.
func (v *verifier) ofPersons(n int64, e Entry) error {
	rows, err := v.tx.Query(v.ctx, `select body from revision where object = $1 and body is not null order by rev -- ledger.Verify`, e.Object)
	states, err := db.Rows(rows, err, func(r *sql.Rows) (b []byte, err error) { err = r.Scan(&b); return b, err })
	for _, state := range states {
		if wrong := e.erases(state); wrong != "" {
			return differ("entry %d: %s", n, wrong)
		}
	}
	return err
}
