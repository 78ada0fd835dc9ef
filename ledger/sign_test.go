package ledger_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
	"entente/internal/ref"
	"entente/ledger"
)

// state is what a revision of an object holds, as far as the ledger looks at it.
func state(kind string, rev int64) any {
	return map[string]any{"object": map[string]any{"kind": kind}, "rev": rev}
}

// act appends an act on an object and gives the number of its entry.
func (l *log) act(a ledger.Act, kind string) (seq int64) {
	l.Helper()
	l.write(func(ctx context.Context, tx *db.Tx) (err error) {
		seq, err = ledger.Append(ctx, tx, ledger.By{Person: "p"}, a, state(kind, a.Rev))
		return err
	})
	return seq
}

// forge appends an entry of any content without the node's key, and the tree with it.
func (l *log) forge(e ledger.Entry) (seq int64) {
	l.Helper()
	l.write(func(ctx context.Context, tx *db.Tx) (err error) {
		seq, err = ledger.Forge(ctx, tx, e)
		return err
	})
	return seq
}

func (l *log) differs(what, want string) {
	l.Helper()
	if r := l.verify(""); r.Difference == "" || !strings.Contains(r.Difference, want) {
		l.Errorf("%s: %q does not say %q", what, r.Difference, want)
	}
}

// undone runs a step of a test in a transaction that is rolled back.
func (l *log) undone(name string, fn func(l *log)) {
	l.Helper()
	l.Run(name, func(t *testing.T) {
		err := l.db.Together(t.Context(), func(ctx context.Context) error {
			inner := *l
			inner.T, inner.in = t, ctx
			fn(&inner)
			return db.ErrRollback
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

const erasing = ledger.EraseAct

// person makes a person with three revisions and erases the first two.
func (l *log) person(id ref.ID) (erasure int64) {
	l.Helper()
	l.act(ledger.Act{Name: "person.create", Object: id, Rev: 1}, "person")
	l.act(ledger.Act{Name: "person.edit", Object: id, Rev: 2, Reason: "secret"}, "person")
	return l.act(ledger.Act{Name: erasing, Object: id, Rev: 3, Erases: 2, Also: func(e ledger.Entry) bool { return e.Reason == "secret" }}, "person")
}

// TestErase: contents that an act erased are gone, what the log says stays, and verification asks
// for the signed entry that says so.
func TestErase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := newLog(t, d, 4)
		l.person("o")
		r := l.verify(l.published)
		if r.Difference != "" || r.Erased != 3 || r.Revisions != 7 || r.Begun != 6 || r.Unsigned != 4 || len(r.Exceptions) != 1 || !r.Exceptions[0].Signed || r.Exceptions[0].Object != "o" {
			t.Fatalf("%+v", r)
		}
		l.act(ledger.Act{Name: "person.edit", Object: "o", Rev: 4}, "person")
		// Again, with the state that the first erasure left, whose entry goes too.
		l.act(ledger.Act{Name: erasing, Object: "o", Rev: 5, Erases: 4, Also: func(e ledger.Entry) bool { return e.Act == erasing }}, "person")
		if r := l.verify(""); r.Difference != "" || r.Erased != 6 || len(r.Exceptions) != 1 {
			t.Errorf("%+v", r)
		}
		l.exec(`update revision set body = null, salt = null where object = 'o' and rev = 5`)
		l.differs("what nobody erased", "no later entry says")
	})
}

// TestEraseRefused: without the key, of another kind and by another act nothing is erased.
func TestEraseRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := newLog(t, d, 2)
		l.act(ledger.Act{Name: "person.create", Object: "o", Rev: 1}, "person")
		try := func(name, kind string) error {
			return d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				_, err := ledger.Append(ctx, tx, ledger.By{Person: "p"}, ledger.Act{Name: name, Object: "o", Rev: 2, Erases: 1}, state(kind, 2))
				return err
			})
		}
		if err := try(erasing, "meeting"); err == nil || !strings.Contains(err.Error(), "meeting") {
			t.Errorf("of a meeting: %v", err)
		}
		if err := try("meeting.edit", "person"); err == nil || !strings.Contains(err.Error(), "meeting.edit") {
			t.Errorf("by another act: %v", err)
		}
		other, _, err := ledger.GenerateKey("entente/test")
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"", "nonsense", other} {
			d.Hold(key, nil)
			if err := try(erasing, "person"); fault.Of(err) != fault.Unavailable || !strings.Contains(err.Error(), ledger.FaultKey) {
				t.Errorf("with the key %.8q: %v", key, err)
			}
		}
		if r := l.verify(l.published); r.Difference != "" || r.Entries != 3 {
			t.Errorf("%+v", r)
		}
	})
}

// TestExceptionsForged: whoever can write to the database and has not the key appends exceptional
// entries, with the tree over them; verification says so.
func TestExceptionsForged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := newLog(t, d, 4)
		meeting := l.act(ledger.Act{Name: "meeting.create", Object: "m", Rev: 1}, "meeting")
		erasure := l.person("o")
		empty := func(l *log, seq int64) {
			l.exec(fmt.Sprintf(`update revision set body = null, salt = null where seq = %d`, seq), fmt.Sprintf(`update entry set body = null, salt = null where seq = %d`, seq))
		}
		lists := &ledger.Erased{Entries: []int64{meeting}, Revisions: []int64{meeting}}
		if r := l.verify(""); r.Difference != "" {
			t.Fatalf("%+v", r)
		}
		for name, e := range map[string]ledger.Entry{
			"as older programs did": {Act: "meeting.edit", Object: "m", Erases: 1},
			"of a person":           {Act: erasing, Object: "m", Erases: 1},
			"with a list":           {Act: erasing, Object: "m", Erases: 1, Erased: lists},
			"by a list alone":       {Act: "meeting.edit", Object: "m", Erased: lists},
		} {
			l.undone(name, func(l *log) {
				empty(l, meeting)
				l.forge(e)
				l.differs(name, "bears no signature")
			})
		}
		l.undone("a signature by another key", func(l *log) {
			empty(l, meeting)
			other, _, err := ledger.GenerateKey("entente/test")
			if err != nil {
				l.Fatal(err)
			}
			seq := l.forge(ledger.Entry{Act: erasing, Object: "m", Erases: 1, Erased: lists})
			l.write(func(ctx context.Context, tx *db.Tx) error { return ledger.SignEntry(ctx, tx, other, seq) })
			l.differs("forged", fmt.Sprintf("the signature of entry %d", seq))
		})
		l.undone("a signature moved from another entry", func(l *log) {
			empty(l, meeting)
			seq := l.forge(ledger.Entry{Act: erasing, Object: "m", Erases: 1, Erased: lists})
			l.exec(fmt.Sprintf(`insert into entry_signature (seq, note) select %d, note from entry_signature where seq = %d`, seq, erasure))
			l.differs("moved", fmt.Sprintf("the signature of entry %d", seq))
		})
		l.undone("a signature of nothing", func(l *log) {
			l.exec(fmt.Sprintf(`insert into entry_signature (seq, note) select 999, note from entry_signature where seq = %d`, erasure))
			l.differs("of nothing", "a signature of entry 999")
		})
		l.undone("a signature taken away", func(l *log) {
			l.exec(fmt.Sprintf(`delete from entry_signature where seq = %d`, erasure))
			l.differs("taken away", fmt.Sprintf("entry %d, person.erase", erasure))
		})
		l.undone("all signatures taken away", func(l *log) {
			l.exec(`delete from entry_signature`)
			l.differs("all", "node.sign")
		})
		l.undone("an erasure used for more", func(l *log) {
			empty(l, meeting)
			l.exec(fmt.Sprintf(`update revision set object = 'o', rev = 9 where seq = %d`, meeting))
			l.differs("more", "no later entry says")
		})
		// Signed by the node, and listing more than it may: a mistake of the program's, or a stolen key.
		for name, c := range map[string]struct {
			entry ledger.Entry
			want  string
		}{
			"more than of its object": {ledger.Entry{Act: erasing, Object: "o", Erases: 9, Erased: lists}, "none of what it may erase"},
			"acts that are there":     {ledger.Entry{Act: erasing, Object: "o", Erases: 9, Erased: &ledger.Erased{Acts: []ledger.Kept{{Act: "person.end", Seq: 1, Rev: 1}}}}, "who acted"},
			"what is there":           {ledger.Entry{Act: erasing, Object: "o", Erases: 9, Erased: &ledger.Erased{Revisions: []int64{0}}}, "they are there"},
			"nothing":                 {ledger.Entry{Act: erasing, Object: "m", Erases: 9}, "does not list what"},
			"by another act":          {ledger.Entry{Act: "meeting.edit", Object: "m", Erases: 9, Erased: lists}, "may not erase"},
			"what is not exceptional": {ledger.Entry{Act: "meeting.edit", Object: "m"}, "no act that is"},
		} {
			l.undone("signed: "+name, func(l *log) {
				empty(l, meeting)
				seq := l.forge(c.entry)
				l.write(func(ctx context.Context, tx *db.Tx) error { return ledger.SignEntry(ctx, tx, l.secret, seq) })
				l.differs(name, c.want)
			})
		}
	})
}

// TestErasedBefore: a log of an older program, whose exceptional entries bear no signature, is
// taken as it is up to the entry from which they are signed, and no further.
func TestErasedBefore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := newLog(t, d, 2)
		l.act(ledger.Act{Name: "person.create", Object: "o", Rev: 1}, "person")
		l.exec(`update revision set body = null, salt = null where object = 'o'`)
		l.forgeState(ledger.Entry{Act: erasing, Object: "o", Rev: 2, Erases: 1}, "person")
		if r := l.verify(""); r.Difference != "" || r.Begun != -1 || len(r.Exceptions) != 1 || r.Exceptions[0].Signed {
			t.Fatalf("%+v", r)
		}
		l.undone("of a meeting", func(l *log) {
			l.forge(ledger.Entry{Act: "meeting.edit", Object: "o", Erases: 1})
			l.differs("of a meeting", "may not erase")
		})
		l.write(func(ctx context.Context, tx *db.Tx) error { return ledger.Begin(ctx, tx, l.secret) })
		l.write(func(ctx context.Context, tx *db.Tx) error { return ledger.Begin(ctx, tx, l.secret) }) // once
		if r := l.verify(""); r.Difference != "" || r.Begun != 4 || r.Entries != 5 || len(r.Exceptions) != 1 {
			t.Fatalf("%+v", r)
		}
		l.sign()
		if c, err := ledger.ParseCheckpoint(l.published, l.public); err != nil || c.Since != 5 {
			t.Errorf("%+v %v", c, err)
		}
		l.forge(ledger.Entry{Act: erasing, Object: "o", Erases: 1})
		l.differs("one later", "bears no signature")
	})
}

// TestRestoreForged: an older copy is put back, with an entry that says it was restored and names
// the public checkpoint; the checkpoint itself says that such an entry is signed.
func TestRestoreForged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := newLog(t, d, 2)
		var later string
		l.undone("what is lost", func(l *log) {
			l.add(2)
			l.write(func(ctx context.Context, tx *db.Tx) error { return ledger.Begin(ctx, tx, l.secret) })
			l.sign()
			later = l.published
		})
		forge := func(l *log) {
			r, err := json.Marshal(ledger.Restored{Backup: "then", Entries: 2, Published: later, Key: l.public})
			if err != nil {
				l.Fatal(err)
			}
			l.forge(ledger.Entry{Act: ledger.RestoreAct, Reason: string(r)})
			l.write(func(ctx context.Context, tx *db.Tx) error { return db.Set(ctx, tx, "epochs", "2") })
		}
		doubtful := func(l *log) (out []ledger.Exception, same bool) {
			l.read(func(ctx context.Context, tx *db.Tx) (err error) {
				c, err := ledger.ParseCheckpoint(later, l.public)
				if err != nil {
					return err
				}
				if same, err = ledger.Extends(ctx, tx, c); err != nil {
					return err
				}
				out, err = ledger.Doubtful(ctx, tx, 2)
				return err
			})
			return out, same
		}
		l.undone("forged", func(l *log) {
			forge(l)
			if r := l.verify(later); !strings.Contains(r.Difference, "did not sign") {
				l.Errorf("%+v", r)
			}
			if list, same := doubtful(l); same || len(list) != 1 || list[0].Signed {
				l.Errorf("%v %+v", same, list)
			}
		})
		l.undone("restored", func(l *log) {
			l.write(func(ctx context.Context, tx *db.Tx) error {
				if err := ledger.Restore(ctx, tx, ledger.By{Operator: "restore"}, ledger.Restored{}, ""); fault.Of(err) != fault.Unavailable {
					l.Errorf("without the key: %v", err)
				}
				return ledger.Restore(ctx, tx, ledger.By{Operator: "restore"}, ledger.Restored{Backup: "then", Published: later}, l.secret)
			})
			if r := l.verify(later); r.Difference != "" || r.Lost != 3 || len(r.Exceptions) != 1 || !r.Exceptions[0].Signed || r.Exceptions[0].NewKey {
				l.Errorf("%+v", r)
			}
			if list, same := doubtful(l); !same || len(list) != 1 || !list[0].Signed {
				l.Errorf("%v %+v", same, list)
			}
			l.exec(`delete from entry_signature`)
			l.differs("the signature taken away", "bears no signature")
		})
	})
}

// TestWrittenOtherwise: an exceptional entry is told whatever the letters in which it is written, and
// verification tells each entry that is not written as the program writes it.
func TestWrittenOtherwise(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := newLog(t, d, 2)
		l.write(func(ctx context.Context, tx *db.Tx) error { return ledger.Begin(ctx, tx, l.secret) })
		const plain = `{"act":"person.erase","by":{"person":"p"},"erased":{"revisions":[1]},"erases":1,"id":"ID","object":"m","when":"2026-01-01T00:00:00Z"}`
		for name, c := range map[string]struct {
			body     string
			doubtful bool
			says     string
		}{
			"plainly":              {plain, true, "bears no signature"},
			"the act escaped":      {`{"act":"person.eras\u0065","by":{"person":"p"},"id":"ID","object":"m","when":"x"}`, true, "bears no signature"},
			"keys escaped":         {`{"act":"meeting.edit","by":{"person":"p"},"\u0065rased":{"revisions":[1]},"er\u0061ses":1,"id":"ID","object":"m","when":"x"}`, true, "bears no signature"},
			"keys in capitals":     {`{"act":"meeting.edit","by":{"person":"p"},"ERASED":{"revisions":[1]},"Erases":1,"id":"ID","object":"m","when":"x"}`, true, "bears no signature"},
			"keys in long letters": {`{"act":"meeting.edit","by":{"person":"p"},"eraſeſ":1,"id":"ID","object":"m","when":"x"}`, true, "bears no signature"},
			"a restore escaped":    {`{"act":"node\u002erestore","by":{"operator":"o"},"id":"ID","when":"x"}`, true, "leaves it out"},
			"a common act escaped": {`{"act":"meeting.\u0065dit","by":{"person":"p"},"id":"ID","object":"m","when":"x"}`, false, "canonical"},
			"with blanks":          {`{"act": "meeting.edit","by":{"person":"p"},"id":"ID","object":"m","when":"x"}`, false, "canonical"},
			"in another order":     {`{"by":{"person":"p"},"act":"meeting.edit","id":"ID","object":"m","when":"x"}`, false, "canonical"},
			"a key in capitals":    {`{"Act":"meeting.edit","by":{"person":"p"},"id":"ID","object":"m","when":"x"}`, false, "canonical"},
			"a key twice":          {`{"act":"meeting.edit","act":"meeting.edit","by":{"person":"p"},"id":"ID","object":"m","when":"x"}`, false, "canonical"},
		} {
			l.undone(name, func(l *log) {
				var list []ledger.Exception
				l.write(func(ctx context.Context, tx *db.Tx) error {
					id := ref.New()
					seq, err := ledger.ForgeBody(ctx, tx, id, []byte(strings.Replace(c.body, "ID", id, 1)))
					if err == nil {
						list, err = ledger.Doubtful(ctx, tx, seq+1)
					}
					return err
				})
				if len(list) > 0 != c.doubtful || c.doubtful && !list[0].Owed {
					l.Errorf("%s: doubtful are %+v", name, list)
				}
				l.differs(name, c.says)
			})
		}
	})
}
