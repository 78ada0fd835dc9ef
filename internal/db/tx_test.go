package db_test

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"entente/internal/db"
	"entente/internal/db/dbtest"
	"entente/internal/fault"
)

func set(ctx context.Context, d *db.DB, name, value string) error {
	return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, "insert into node (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value", name, value)
		return err
	})
}

// get gives the value of a node setting, or "" when there is none.
func get(t testing.TB, ctx context.Context, d *db.DB, name string) string {
	t.Helper()
	var v string
	err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRow(ctx, "select value from node where name = $1", name).Scan(&v)
	})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		t.Fatal(err)
	}
	return v
}

func wantValue(t testing.TB, d *db.DB, name, want string) {
	t.Helper()
	if v := get(t, t.Context(), d, name); v != want {
		t.Errorf("%s is %q, want %q", name, v, want)
	}
}

var errMine = errors.New("mine")

func TestWriteCommitsOrRollsBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		if err := set(ctx, d, "a", "1"); err != nil {
			t.Fatal(err)
		}
		err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			if err := set(ctx, d, "a", "2"); err != nil {
				return err
			}
			return errMine
		})
		if !errors.Is(err, errMine) {
			t.Errorf("got %v", err)
		}
		wantValue(t, d, "a", "1")
	})
}

func TestPanicRollsBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		func() {
			defer func() {
				if r := recover(); r != "boom" {
					t.Errorf("recovered %v", r)
				}
			}()
			_ = d.Together(ctx, func(ctx context.Context) error {
				if err := set(ctx, d, "a", "1"); err != nil {
					return err
				}
				return d.Write(ctx, func(context.Context, *db.Tx) error { panic("boom") })
			})
		}()
		wantValue(t, d, "a", "")
		if err := set(ctx, d, "a", "2"); err != nil { // the writer is free again
			t.Fatal(err)
		}
		wantValue(t, d, "a", "2")
	})
}

func TestTogetherJoins(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		var ran []string
		err := d.Together(ctx, func(inner context.Context) error {
			d.AfterCommit(inner, func() { ran = append(ran, "after") })
			if err := set(inner, d, "a", "1"); err != nil {
				return err
			}
			if v := get(t, inner, d, "a"); v != "1" {
				t.Errorf("the read inside sees %q", v)
			}
			wantValue(t, d, "a", "") // from outside
			if err := d.Beside(inner, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, "insert into session (token, data, expires, person, agent, last_use) values ('t', $1, '', '', '', '')", []byte{1})
				return err
			}); err != nil {
				return err
			}
			ran = append(ran, "end")
			return d.Together(inner, func(ctx context.Context) error { return set(ctx, d, "b", "1") })
		})
		if err != nil {
			t.Fatal(err)
		}
		wantValue(t, d, "a", "1")
		wantValue(t, d, "b", "1")
		if len(ran) != 2 || ran[1] != "after" {
			t.Errorf("ran %v", ran)
		}
	})
}

func TestTogetherFails(t *testing.T) {
	cases := []struct {
		name string
		fn   func(ctx context.Context, d *db.DB) error
		want error
	}{
		{"own error", func(context.Context, *db.DB) error { return errMine }, errMine},
		{"dry run", func(context.Context, *db.DB) error { return db.ErrRollback }, nil},
		{"dropped error of a part", func(ctx context.Context, d *db.DB) error {
			_ = d.Write(ctx, func(context.Context, *db.Tx) error { return errMine })
			return nil
		}, errMine},
		{"dropped dry run of a part", func(ctx context.Context, d *db.DB) error {
			_ = d.Together(ctx, func(context.Context) error { return db.ErrRollback })
			return nil
		}, db.ErrRollback},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				err := d.Together(t.Context(), func(ctx context.Context) error {
					d.AfterCommit(ctx, func() { t.Error("ran after a rollback") })
					if err := set(ctx, d, "a", "1"); err != nil {
						return err
					}
					return c.fn(ctx, d)
				})
				if !errors.Is(err, c.want) || (c.want == nil && err != nil) {
					t.Errorf("got %v, want %v", err, c.want)
				}
				wantValue(t, d, "a", "")
			})
		}
	})
}

// PostgreSQL cannot go on after a failed statement; SQLite could, and must not differ.
func TestFailedStatementPreventsCommit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		for _, way := range []string{"exec", "row"} {
			err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
				if _, err := tx.Exec(ctx, "insert into node (name, value) values ('a', '1')"); err != nil {
					return err
				}
				var err error
				if way == "exec" {
					_, err = tx.Exec(ctx, "insert into node (name, value) values ('a', '2')")
				} else {
					err = tx.QueryRow(ctx, "insert into node (name, value) values ('a', '2') returning name").Scan(new(string))
				}
				if !db.Duplicate(err) {
					t.Errorf("%s: %v is no duplicate", way, err)
				}
				return nil // dropped
			})
			if !db.Duplicate(err) {
				t.Errorf("%s: got %v", way, err)
			}
			wantValue(t, d, "a", "")
		}
	})
}

func TestReadIsOneSnapshot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		if err := set(ctx, d, "a", "1"); err != nil {
			t.Fatal(err)
		}
		err := d.Read(ctx, func(inner context.Context, _ *db.Tx) error {
			if v := get(t, inner, d, "a"); v != "1" {
				t.Errorf("before: %q", v)
			}
			if err := set(ctx, d, "a", "2"); err != nil { // the outer context: another transaction
				return err
			}
			if v := get(t, inner, d, "a"); v != "1" {
				t.Errorf("after a write beside it: %q", v)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		wantValue(t, d, "a", "2")
	})
}

func TestReadCannotWrite(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "insert into node (name, value) values ('a', '1')")
			return err
		})
		if err == nil {
			t.Error("a read wrote")
		}
		if err := d.Read(ctx, func(ctx context.Context, _ *db.Tx) error { return set(ctx, d, "a", "1") }); err == nil {
			t.Error("a write joined a read")
		}
		wantValue(t, d, "a", "")
	})
}

func TestContextOfTransactionEndsWithIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var leaked context.Context
		var tx *db.Tx
		if err := d.Write(t.Context(), func(ctx context.Context, x *db.Tx) error { leaked, tx = ctx, x; return nil }); err != nil {
			t.Fatal(err)
		}
		if err := set(leaked, d, "a", "1"); err == nil {
			t.Error("the context outlived its transaction")
		}
		if err := tx.QueryRow(t.Context(), "select 1").Scan(new(int)); err == nil {
			t.Error("the transaction outlived its function")
		}
	})
}

func TestHostileTextIsRefused(t *testing.T) {
	type title string
	bad := map[string]any{
		"nul":          "a\x00b",
		"utf-8":        "a\xff",
		"surrogate":    "\xed\xa0\x80",
		"typed":        title("\x00"),
		"null string":  sql.NullString{String: "\x00", Valid: true},
		"pointer":      new("\x00"),
		"cut sequence": "会\xe8",
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		for name, v := range bad {
			for way, fn := range map[string]func(ctx context.Context, tx *db.Tx) error{
				"exec": func(ctx context.Context, tx *db.Tx) error {
					_, err := tx.Exec(ctx, "insert into node (name, value) values ('a', $1)", v)
					return err
				},
				"query": func(ctx context.Context, tx *db.Tx) error {
					_, err := db.Collect(ctx, tx, db.One[string], "select name from node where value = $1", v)
					return err
				},
				"row": func(ctx context.Context, tx *db.Tx) error {
					return tx.QueryRow(ctx, "select name from node where value = $1", v).Scan(new(string))
				},
			} {
				if err := d.Write(ctx, fn); !fault.Is(err, fault.Invalid) {
					t.Errorf("%s by %s: %v", name, way, err)
				}
			}
		}
		if err := set(ctx, d, "", "移民与流动 🌏 é"); err != nil {
			t.Error(err)
		}
		wantValue(t, d, "", "移民与流动 🌏 é")
	})
}

func TestValuesComeBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		at := time.Date(2026, 3, 1, 12, 0, 0, 987654321, time.FixedZone("", 8*3600))
		err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, "insert into entry (seq, body, salt, id, leaf) values ($1, $2, $3, $4, $5)", 1<<40, []byte{0, 255}, nil, at, []byte{}); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "insert into entry (seq, body, salt, id, leaf) values ($1, $2, $3, 'p', $4)", true, []byte(nil), (*string)(nil), []byte{1})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			var seq int64
			var body, salt, leaf []byte
			var id string
			if err := tx.QueryRow(ctx, "select seq, body, salt, id, leaf from entry where seq > 1").Scan(&seq, &body, &salt, &id, &leaf); err != nil {
				return err
			}
			if seq != 1<<40 || string(body) != "\x00\xff" || salt != nil || id != "2026-03-01T04:00:00.987Z" || len(leaf) != 0 {
				t.Error(seq, body, salt, id, leaf)
			}
			var flag bool
			if err := tx.QueryRow(ctx, "select seq, body, salt from entry where id = 'p'").Scan(&flag, &body, &salt); err != nil {
				return err
			}
			if !flag || body != nil || salt != nil {
				t.Error(flag, body, salt)
			}
			if err := tx.QueryRow(ctx, "select seq from entry where id = 'q'").Scan(&seq); !errors.Is(err, sql.ErrNoRows) {
				t.Errorf("no rows: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A placeholder is bound by its number, wherever and however often it stands.
func TestPlaceholdersByNumber(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			var s string
			err := tx.QueryRow(ctx, "select cast($2 as text) || cast($1 as text) || cast($2 as text)", "a", "b").Scan(&s)
			if s != "bab" {
				t.Errorf("got %q", s)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestTextSortsByItsBytes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		want := []string{"", " ", "-", "A", "B", "_", "a", "a b", "a-c", "ab", "b", "é", "你", "我", "\uFFFD", "🌏"}
		err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			for i := range want {
				if _, err := tx.Exec(ctx, "insert into node (name, value) values ($1, '')", want[len(want)-1-i]); err != nil {
					return err
				}
			}
			got, err := db.Collect(ctx, tx, db.One[string], "select name from node order by name")
			for i := range want {
				if i >= len(got) || got[i] != want[i] {
					t.Fatalf("got %q", got)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestWritersQueue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		other, err := db.Open(ctx, address(t, d), db.Options{Volatile: true}) // as another process would
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		if err := set(ctx, d, "n", "0"); err != nil {
			t.Fatal(err)
		}
		const workers, each = 8, 25
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for range each {
					err := []*db.DB{d, other}[w%2].Write(ctx, func(ctx context.Context, tx *db.Tx) error {
						var v string
						if err := tx.QueryRow(ctx, "select value from node where name = 'n'").Scan(&v); err != nil {
							return err
						}
						n, err := strconv.Atoi(v)
						if err != nil {
							return err
						}
						_, err = tx.Exec(ctx, "update node set value = $1 where name = 'n'", strconv.Itoa(n+1))
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
					if err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
						_, err := db.Collect(ctx, tx, db.One[string], "select value from node")
						return err
					}); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		wantValue(t, d, "n", strconv.Itoa(workers*each))
	})
}

func TestBesideDoesNotWaitForTheNode(t *testing.T) {
	d := dbtest.Postgres(t)
	ctx := t.Context()
	err := d.Write(ctx, func(_ context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "insert into node (name, value) values ('a', '')"); err != nil {
			return err
		}
		return d.Beside(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "insert into session (token, data, expires, person, agent, last_use) values ('t', $1, '', '', '', '')", []byte{1})
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheClock(t *testing.T) {
	at := time.Date(2026, 5, 4, 3, 2, 1, 999999999, time.FixedZone("", 7200))
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(_ context.Context, tx *db.Tx) error {
			first := tx.Now()
			at = at.Add(time.Hour)
			if !tx.Now().Equal(first) || first.Location() != time.UTC || first.Nanosecond() != 999e6 {
				t.Errorf("%v then %v", first, tx.Now())
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}, db.Options{Volatile: true, Clock: func() time.Time { return at }})
}

func TestCancel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, "insert into node (name, value) values ('a', '1')"); err != nil {
				return err
			}
			cancel()
			_, err := tx.Exec(ctx, "insert into node (name, value) values ('b', '1')")
			return err
		})
		if !errors.Is(err, context.Canceled) || fault.Of(err) != "" {
			t.Errorf("got %v", err)
		}
		wantValue(t, d, "a", "")
		if err := set(t.Context(), d, "a", "2"); err != nil {
			t.Error(err)
		}

		// In the middle of a query.
		ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer stop()
		err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
			return tx.QueryRow(ctx, "with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000000000) select count(*) from n").Scan(new(int64))
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		wantValue(t, d, "a", "2")

		// While it waits for the writer.
		err = d.Write(t.Context(), func(context.Context, *db.Tx) error {
			ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer stop()
			return set(ctx, d, "a", "3")
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		wantValue(t, d, "a", "2")
	})
}

// The same text may run again while its own rows are open, and rows left open do not stop the
// transaction from ending.
func TestQueryInsideItsOwnRows(t *testing.T) {
	d := dbtest.New(t)
	ctx := t.Context()
	err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		for i := range 3 {
			if _, err := tx.Exec(ctx, "insert into node (name, value) values ($1, '')", strconv.Itoa(i)); err != nil {
				return err
			}
		}
		const q = "select name from node order by name"
		n := 0
		_, err := db.Collect(ctx, tx, func(r *sql.Rows) (string, error) {
			inner, err := db.Collect(ctx, tx, db.One[string], q)
			n += len(inner)
			return "", err
		}, q)
		if n != 9 {
			t.Errorf("%d rows", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Query(ctx, "select name from node order by name")
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// More query texts than are kept.
func TestManyTexts(t *testing.T) {
	d := dbtest.New(t)
	err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		for i := range 1000 {
			var n int
			if err := tx.QueryRow(ctx, "select "+strconv.Itoa(i)).Scan(&n); err != nil || n != i {
				return errors.Join(err, errMine)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTryDoesNotQueue: a try undoes what it did, and gives up while somebody else writes, in this process
// or in another one; afterwards it is done, and acts wait as before.
func TestTryDoesNotQueue(t *testing.T) {
	dbtest.EachAddress(t, func(t *testing.T, address string) {
		ctx := t.Context()
		open := func() *db.DB {
			d, err := db.Open(ctx, address, db.Options{Volatile: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = d.Close() })
			return d
		}
		one, other := open(), open()
		try := func() error {
			return one.Try(ctx, func(ctx context.Context) error { return set(ctx, one, "a", "tried") })
		}
		for _, writer := range []*db.DB{one, other} {
			if err := writer.Write(ctx, func(context.Context, *db.Tx) error {
				if err := try(); !errors.Is(err, db.ErrBusy) || !fault.Is(err, fault.Unavailable) {
					t.Errorf("while somebody writes: %v", err)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if err := try(); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		}
		wantValue(t, one, "a", "")
		if err := one.Try(ctx, func(context.Context) error { return errMine }); !errors.Is(err, errMine) {
			t.Errorf("what it found: %v", err)
		}
		if err := one.Try(ctx, func(ctx context.Context) error { return one.Try(ctx, nil) }); err == nil {
			t.Error("a try inside a try is done")
		}
		if err := set(ctx, one, "a", "written"); err != nil {
			t.Fatal(err)
		}
		wantValue(t, one, "a", "written")
	})
}
