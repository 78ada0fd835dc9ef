package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/ref"
	"entente/ledger"
)

// log is a database with a log of n entries, each with a revision, signed at half and at the end.
type log struct {
	*testing.T
	db             *db.DB
	secret, public string
	published      string // the checkpoint of the end
	in             context.Context
}

func newLog(t *testing.T, d *db.DB, n int) *log {
	t.Helper()
	l := &log{T: t, db: d, in: context.Background()}
	l.secret, l.public = dbtest.Key(t, d)
	l.add(n / 2)
	l.sign()
	l.add(n - n/2)
	l.sign()
	return l
}

func (l *log) add(n int) {
	l.Helper()
	for i := range n {
		l.write(func(ctx context.Context, tx *db.Tx) error {
			_, err := ledger.Append(ctx, tx, ledger.By{Person: ref.New()},
				ledger.Act{Name: "meeting.edit", Object: fmt.Sprintf("object-%d-%s", i, ref.New()), Rev: 1},
				map[string]string{"title": fmt.Sprint("会议 ", i)})
			return err
		})
	}
}

func (l *log) sign() {
	l.Helper()
	l.write(func(ctx context.Context, tx *db.Tx) (err error) {
		l.published, err = ledger.Sign(ctx, tx, l.secret)
		return err
	})
}

func (l *log) write(fn func(context.Context, *db.Tx) error) {
	l.Helper()
	if err := l.db.Write(l.in, fn); err != nil {
		l.Fatal(err)
	}
}

func (l *log) read(fn func(context.Context, *db.Tx) error) {
	l.Helper()
	if err := l.db.Read(l.in, fn); err != nil {
		l.Fatal(err)
	}
}

func (l *log) exec(queries ...string) {
	l.Helper()
	l.write(func(ctx context.Context, tx *db.Tx) error {
		for _, q := range queries {
			if _, err := tx.Exec(ctx, q); err != nil {
				return fmt.Errorf("%s: %w", q, err)
			}
		}
		return nil
	})
}

func (l *log) verify(published string) ledger.Report {
	l.Helper()
	var r ledger.Report
	l.read(func(ctx context.Context, tx *db.Tx) (err error) {
		r, err = ledger.Verify(ctx, tx, l.public, published)
		return err
	})
	return r
}

func TestVerifyFindsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := newLog(t, d, 300) // more than a batch
		r := l.verify(l.published)
		if r.Difference != "" || r.Entries != 300 || r.Revisions != 300 || r.Checkpoints != 2 {
			t.Fatalf("%+v", r)
		}
		c, err := ledger.ParseCheckpoint(l.published, l.public)
		if err != nil || c.Root != r.Root || c.Size != 300 || c.Origin != "entente/test" {
			t.Fatalf("%+v %v, root %v", c, err, r.Root)
		}
	})
}

func TestVerifyEmpty(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := newLog(t, d, 0)
		if r := l.verify(""); r.Difference != "" || r.Entries != 0 {
			t.Fatalf("%+v", r)
		}
	})
}

// TestVerifyTellsApart tampers in each way that a person with the database in hand could, and
// wants the first difference named by what was done.
func TestVerifyTellsApart(t *testing.T) {
	swap := func(table, column, a, b string) []string {
		q := `update %[1]s set %[2]s = %[4]s where %[2]s = %[3]s`
		return []string{fmt.Sprintf(q, table, column, a, "-1"), fmt.Sprintf(q, table, column, b, a), fmt.Sprintf(q, table, column, "-1", b)}
	}
	cases := []struct {
		name string
		do   []string
		want string
	}{
		{"one byte of an entry", []string{`update entry set body = (select body from entry where seq = 4) where seq = 5`}, "entry 5 was changed"},
		{"a salt", []string{`update entry set salt = (select salt from entry where seq = 4) where seq = 5`}, "entry 5 was changed"},
		{"a leaf", []string{`update entry set leaf = (select leaf from entry where seq = 4) where seq = 5`}, "entries 5 and 4 were exchanged"},
		{"an id", []string{`update entry set id = 'other' where seq = 5`}, "entry 5: its id was changed"},
		{"an entry in the middle", []string{`delete from entry where seq = 5`}, "entry 5 is missing"},
		{"the newest entry", []string{`delete from entry where seq = 19`}, "entry 19 is missing: the tree has hashes for it, so the newest entries were deleted"},
		{"the newest entry and its hashes", []string{`delete from entry where seq = 19`, `delete from revision where seq = 19`, `delete from tlog_hash where idx >= (select max(idx) from tlog_hash) - 0`}, "is missing"},
		{"two rows exchanged", swap("entry", "seq", "7", "8"), "entries 7 and 8 were exchanged"},
		{"a tree hash", []string{`update tlog_hash set hash = (select hash from tlog_hash where idx = 0) where idx = 2`}, "tree hash 2 was changed"},
		{"a tree hash gone", []string{`delete from tlog_hash where idx = 2`}, "tree hash 2 is missing"},
		{"a revision's body", []string{`update revision set body = (select body from revision where seq = 2) where seq = 3`}, "revision 1 of object object-3"},
		{"contents emptied without an entry", []string{`update revision set body = null, salt = null where seq = 3`}, "the contents of entry 3 or of its revision are gone, and no later entry says that they were erased"},
		{"an entry emptied with its revision", []string{`update revision set body = null, salt = null where seq = 3`, `update entry set body = null, salt = null where seq = 3`}, "the contents of entry 3 or of its revision are gone"},
		{"a revision gone", []string{`delete from revision where seq = 3`}, "is missing"},
		{"a revision refiled", []string{`update revision set rev = 9 where seq = 3`}, "it is filed as revision 9"},
		{"a revision added", []string{`insert into revision (object, rev, seq, digest) values ('x', 1, 99, '')`}, "belongs to no entry"},
		{"a checkpoint", []string{`update checkpoint set note = (select note from checkpoint where size = 10) where size = 20`}, "checkpoint of size 20 says size 10"},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := newLog(t, d, 20)
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				var got string
				err := d.Together(context.Background(), func(ctx context.Context) error {
					if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
						for _, q := range c.do {
							if _, err := tx.Exec(ctx, q); err != nil {
								return fmt.Errorf("%s: %w", q, err)
							}
						}
						r, err := ledger.Verify(ctx, tx, l.public, l.published)
						got = r.Difference
						return err
					}); err != nil {
						return err
					}
					return db.ErrRollback
				})
				if err != nil && !errors.Is(err, db.ErrRollback) {
					t.Fatal(err)
				}
				if !strings.Contains(got, c.want) {
					t.Errorf("found %q, want %q", got, c.want)
				}
			})
		}
		if r := l.verify(l.published); r.Difference != "" {
			t.Fatal("the cases left a trace: ", r.Difference)
		}
	})
}

// TestVerifyOldCopy puts back a whole older state, which agrees with itself in everything: only
// the checkpoint published outside can tell.
func TestVerifyOldCopy(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := newLog(t, d, 20)
		l.exec(
			`delete from revision where seq >= 10`, `delete from entry where seq >= 10`,
			`delete from checkpoint where size > 10`, `delete from tlog_hash where idx >= 18`, // 18: the hashes of 10 leaves
		)
		if r := l.verify(""); r.Difference != "" || r.Entries != 10 {
			t.Fatalf("the old copy does not agree with itself: %+v", r)
		}
		r := l.verify(l.published)
		if !strings.Contains(r.Difference, "restored older copy") {
			t.Fatalf("found %q", r.Difference)
		}
	})
}

// TestVerifyForeignKey refuses a checkpoint that another key signed.
func TestVerifyForeignKey(t *testing.T) {
	l := newLog(t, dbtest.New(t), 4)
	_, other, err := ledger.GenerateKey("entente/test")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.ParseCheckpoint(l.published, other); err == nil {
		t.Fatal("a checkpoint opens with another node's key")
	}
}

// TestSaltedLeaves: two entries with the same contents do not show it.
func TestSaltedLeaves(t *testing.T) {
	l := newLog(t, dbtest.New(t), 0)
	l.write(func(ctx context.Context, tx *db.Tx) error {
		for rev := range int64(2) {
			if _, err := ledger.Append(ctx, tx, ledger.By{}, ledger.Act{Name: "a", Object: "o", Rev: rev + 1}, "same"); err != nil {
				return err
			}
		}
		var n int
		if err := tx.QueryRow(ctx, `select count(distinct digest) from revision`).Scan(&n); err != nil {
			return err
		}
		if n != 2 {
			t.Errorf("equal snapshots have equal digests")
		}
		return nil
	})
}

func BenchmarkAppend(b *testing.B) {
	ctx := context.Background()
	d, err := db.Open(ctx, b.TempDir()+"/ledger.db", db.Options{AnyFileSystem: true})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	for i := 0; b.Loop(); i++ {
		if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := ledger.Append(ctx, tx, ledger.By{Person: "p"}, ledger.Act{Name: "meeting.edit", Object: "o", Rev: int64(i + 1)}, map[string]string{"title": "t"})
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
}
