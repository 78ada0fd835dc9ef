package ledger_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/ledger"
)

// gone empties an entry and its revision, as whoever can write to the database may.
func gone(seq int64, more string) []string {
	return []string{
		fmt.Sprintf(`update revision set body = null, salt = null %s where seq = %d`, more, seq),
		fmt.Sprintf(`update entry set body = null, salt = null where seq = %d`, seq),
	}
}

// TestErasesWhatWasThere: an erasure signs only for what was as it was written when it took it, or what
// an earlier signed one lists. Else it refuses, and the difference stays one.
func TestErasesWhatWasThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := newLog(t, d, 2)
		var statement []int64
		for rev := range int64(3) {
			statement = append(statement, l.act(ledger.Act{Name: "statement.edit", Object: "s", Rev: rev + 1}, "statement"))
		}
		l.person("o")
		l.act(ledger.Act{Name: "person.authority", Object: "o", Rev: 4, Reason: "let in"}, "person")
		kept := l.act(ledger.Act{Name: "person.authority", Object: "o", Rev: 5, Reason: "secret reason"}, "person")
		end := l.act(ledger.Act{Name: "person.end", Object: "o", Rev: 6}, "person")
		later := l.act(ledger.Act{Name: "statement.edit", Object: "s", Rev: 4}, "statement")
		refiled := func(rev int64, seq int64) []string { return gone(seq, fmt.Sprintf(`, object = 'o', rev = %d`, rev)) }
		for name, change := range map[string][]string{
			"nothing":                             nil,
			"an entry emptied":                    {fmt.Sprintf(`update entry set body = null, salt = null where seq = %d`, kept)},
			"a revision emptied":                  {fmt.Sprintf(`update revision set body = null, salt = null where seq = %d`, kept)},
			"the entry of what was erased":        {fmt.Sprintf(`update entry set body = null, salt = null where seq = %d`, statement[2]+1)},
			"of a statement, at the end":          {fmt.Sprintf(`update revision set object = 'x' where seq = %d`, end), fmt.Sprintf(`update revision set object = 'o', rev = 6 where seq = %d`, later)},
			"both":                                gone(kept, ""),
			"a revision changed":                  {fmt.Sprintf(`update revision set salt = other.salt from (select salt from revision where seq = %d) as other where seq = %d`, kept-1, kept)},
			"a leaf changed":                      {fmt.Sprintf(`update entry set leaf = other.leaf from (select leaf from entry where seq = %d) as other where seq = %d`, kept-1, kept)},
			"a digest changed":                    {fmt.Sprintf(`update revision set digest = 'x' where seq = %d`, kept)},
			"a revision taken away":               {fmt.Sprintf(`delete from revision where seq = %d`, kept)},
			"the erasure's signature taken away":  {`delete from entry_signature where seq >= 8`},
			"of a statement, below the first":     append(refiled(0, statement[0]), refiled(-1, statement[1])...),
			"of a statement, all":                 append(append(refiled(0, statement[0]), refiled(-1, statement[1])...), refiled(-2, statement[2])...),
			"of a statement, in place of another": append([]string{fmt.Sprintf(`update revision set object = 'x' where seq = %d`, kept)}, refiled(5, statement[0])...),
			"of a statement, with its entry":      {fmt.Sprintf(`update revision set object = 'x' where seq = %d`, kept), fmt.Sprintf(`update revision set object = 'o', rev = 5 where seq = %d`, statement[0])},
		} {
			l.undone(name, func(l *log) {
				l.exec(change...)
				if change != nil {
					l.differs(name, " ")
				}
				err := l.db.Write(l.in, func(ctx context.Context, tx *db.Tx) error {
					_, err := ledger.Append(ctx, tx, ledger.By{Person: "p"}, ledger.Act{Name: erasing, Object: "o", Rev: 7, Erases: 6}, state("person", 7))
					return err
				})
				if change == nil {
					if r := l.verify(""); err != nil || r.Difference != "" || len(r.Exceptions) != 2 {
						l.Errorf("%v %+v", err, r)
					}
				} else if fault.Of(err) != fault.Unavailable || !strings.Contains(err.Error(), ledger.FaultDiffers) {
					l.Errorf("%s: %v", name, err)
				}
			})
		}
	})
}

// TestNumbered: the revisions of an object are numbered without a gap, in the order of their entries.
func TestNumbered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := newLog(t, d, 0)
		l.person("o")
		l.undone("a gap", func(l *log) {
			l.act(ledger.Act{Name: "person.edit", Object: "o", Rev: 5}, "person")
			l.differs("a gap", "does not follow")
		})
		l.undone("not from the first", func(l *log) {
			l.act(ledger.Act{Name: "meeting.edit", Object: ref.New(), Rev: 2}, "meeting")
			l.differs("a gap", "does not follow")
		})
		l.undone("below the first", func(l *log) {
			l.act(ledger.Act{Name: "person.edit", Object: "o", Rev: 0}, "person")
			l.differs("zero", "does not follow")
		})
		l.undone("another kind", func(l *log) {
			m := l.act(ledger.Act{Name: "meeting.create", Object: "m", Rev: 1}, "meeting")
			l.act(ledger.Act{Name: "meeting.edit", Object: "m", Rev: 2}, "meeting")
			l.exec(fmt.Sprintf(`update revision set body = null, salt = null where seq = %d`, m))
			seq := l.forgeState(ledger.Entry{Act: erasing, Object: "m", Rev: 3, Erases: 1, Erased: &ledger.Erased{Revisions: []int64{m}}}, "person")
			l.write(func(ctx context.Context, tx *db.Tx) error { return ledger.SignEntry(ctx, tx, l.secret, seq) })
			l.differs("another kind", "of the kind")
		})
	})
}

// TestErasedBeforeAgain: what an older program's erasure took is not signed for by a later one, whose
// entry goes on saying so.
func TestErasedBeforeAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := newLog(t, d, 0)
		first := l.act(ledger.Act{Name: "person.create", Object: "o", Rev: 1}, "person")
		l.exec(gone(first, "")...)
		l.forgeState(ledger.Entry{Act: erasing, Object: "o", Rev: 2, Erases: 1}, "person")
		l.write(func(ctx context.Context, tx *db.Tx) error { return ledger.Begin(ctx, tx, l.secret) })
		l.act(ledger.Act{Name: erasing, Object: "o", Rev: 3, Erases: 2, Also: func(ledger.Entry) bool { return true }}, "person")
		if r := l.verify(""); r.Difference != "" || r.Erased != 3 || len(r.Exceptions) != 2 || r.Exceptions[0].Signed || !r.Exceptions[1].Signed {
			t.Errorf("%+v", r)
		}
	})
}
