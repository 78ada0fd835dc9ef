package db_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"entente/internal/db"
	"entente/internal/db/dbtest"
)

func TestArgs(t *testing.T) {
	var a db.Args
	if p := a.Add("x"); p != "$1" {
		t.Error(p)
	}
	if p := a.In([]string{"y", "z"}); p != "($2,$3)" {
		t.Error(p)
	}
	type id string
	if p := db.In(&a, []id{"w"}); p != "($4)" {
		t.Error(p)
	}
	if p := a.Add(5); p != "$5" {
		t.Error(p)
	}
	if want := []any{"x", "y", "z", "w", 5}; !reflect.DeepEqual(a.List(), want) {
		t.Error(a.List())
	}
}

func TestInNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := set(t.Context(), d, "a", "1"); err != nil {
			t.Fatal(err)
		}
		for op, want := range map[string]int{"in": 0, "not in": 1} {
			err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				var a db.Args
				list, err := db.Collect(ctx, tx, db.One[string], "select name from node where name "+op+" "+a.In(nil), a.List()...)
				if len(list) != want {
					t.Errorf("%s: %q", op, list)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
}

func TestStamp(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6999999, time.FixedZone("", -3600))
	s := db.Stamp(at)
	if s != "2026-01-02T04:04:05.006Z" {
		t.Error(s)
	}
	back, err := db.ParseStamp(s)
	if err != nil || !back.Equal(at.Truncate(time.Millisecond)) {
		t.Error(back, err)
	}
	for _, bad := range []string{"", "2026-01-02T04:04:05Z", "2026-01-02T04:04:05.0060Z", "2026-01-02T04:04:05,006Z", "2026-02-30T04:04:05.006Z", "2026-01-02T04:04:05.006+00:00"} {
		if _, err := db.ParseStamp(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}
