package backup

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"entente/internal/db"
)

var columns = []db.Column{
	{Name: "t", Type: "text"},
	{Name: "n", Type: "bigint"},
	{Name: "b", Type: "bytea"},
	{Name: "u", Type: "text", Null: true},
	{Name: "m", Type: "bigint", Null: true},
	{Name: "c", Type: "bytea", Null: true},
}

func TestRow(t *testing.T) {
	for _, row := range [][]any{
		{"", int64(0), []byte{}, nil, nil, nil},
		{"张伟 O'Neill-Ünal \u202e😀", int64(-1 << 63), []byte{0, 255, 254}, "null", int64(1<<63 - 1), []byte("x")},
		{"a\"b\\c\nd\re\tf\x01\x7f</script>\u2028", int64(7), []byte("],["), `\`, int64(-1), []byte(nil)},
		{`["x",1]`, int64(1), []byte("y"), `"`, nil, nil},
	} {
		line, err := appendRow(nil, row)
		if err != nil {
			t.Fatal(err)
		}
		var plain []any // any reader of JSON must understand it
		if err := json.Unmarshal(line, &plain); err != nil || plain[0] != row[0] {
			t.Errorf("%s: %v", line, err)
		}
		got := make([]any, len(columns))
		if err := readRow(bytes.TrimSuffix(line, []byte("\n")), columns, got); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		if b, ok := row[5].([]byte); ok && b == nil {
			row[5] = []byte{}
		}
		if !reflect.DeepEqual(got, row) {
			t.Errorf("%s: got %#v", line, got)
		}
	}
	if _, err := appendRow(nil, []any{"\xff"}); err == nil {
		t.Error("text that is not UTF-8 was written")
	}
	for _, bad := range []string{
		``, `[`, `{}`, `[]`, `["a",1,"",null,null]`, `["a",1,"",null,null,null,1]`, `["a",1,"",null,null,null`, `["a",1,"",null,null,null]]`,
		`[null,1,"",null,null,null]`, `["a",1.5,"",null,null,null]`, `["a","1","",null,null,null]`, `["a",1,"é",null,null,null]`,
		`["a",1,"YQ",null,null,null]`, `["a,1,"",null,null,null]`, `["a",9223372036854775808,"",null,null,null]`, "[\"\x01\",1,\"\",null,null,null]",
		"[\"\xff\",1,\"\",null,null,null]", `["\ud800`, `["a",1,"", null,null,null]`, `["a",1,"",{},null,null]`,
	} {
		if err := readRow([]byte(bad), columns, make([]any, len(columns))); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

// FuzzRow: what is read can be written, and is the same when it is read again.
func FuzzRow(f *testing.F) {
	f.Add([]byte(`["a",1,"YQ==",null,2,null]`))
	f.Add([]byte(`["\u00e9\ud83d\ude00\n",-1,"",null,null,"YWI="]`))
	f.Fuzz(func(t *testing.T, line []byte) {
		row := make([]any, len(columns))
		if readRow(line, columns, row) != nil {
			return
		}
		out, err := appendRow(nil, row)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		again := make([]any, len(columns))
		if err := readRow(out[:len(out)-1], columns, again); err != nil || !reflect.DeepEqual(row, again) {
			t.Fatalf("%q: %#v %#v %v", line, row, again, err)
		}
	})
}

func TestMemberNames(t *testing.T) {
	if table, n, ok := chunk("tables/object/00012.jsonl.gz"); !ok || table != "object" || n != 12 {
		t.Error(table, n, ok)
	}
	for _, bad := range []string{"tables/object/12.jsonl.gz", "tables/../object/00012.jsonl.gz", "tables/object/-0012.jsonl.gz", "files/00", "tables/object/00012.jsonl"} {
		if _, _, ok := chunk(bad); ok {
			t.Errorf("%s is taken for rows", bad)
		}
	}
	hash := "00" + fmt.Sprintf("%062d", 7)
	if got, ok := content(contentName(hash)); !ok || got != hash {
		t.Error(got, ok)
	}
	for _, bad := range []string{"files/" + hash, "files/../" + hash, "files/0/0" + hash[2:], "files/ab"} {
		if _, ok := content(bad); ok {
			t.Errorf("%s is taken for a content", bad)
		}
	}
}

func TestRetention(t *testing.T) {
	var names []string
	start := time.Date(2026, 1, 1, 2, 0, 0, 0, time.UTC)
	for day := range 100 {
		names = append(names, Name(start.AddDate(0, 0, day), day%2 == 0))
	}
	last := start.AddDate(0, 0, 99)
	names = append(names, Name(last.Add(-time.Hour), true), Name(last.Add(time.Hour), true), "notes.txt", "entente-20260101T020000Z.tar.age.old", "entente-2026.tar")
	drop := superfluous(names, 3)
	kept := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(drop, n) })
	want := []string{
		"entente-20260329T020000Z.tar", // Sunday
		"entente-20260405T020000Z.tar.age", "entente-20260408T020000Z.tar", "entente-20260409T020000Z.tar.age",
		"entente-20260410T030000Z.tar.age", // Friday, the newest of that day
		"notes.txt", "entente-20260101T020000Z.tar.age.old", "entente-2026.tar",
	}
	slices.Sort(kept)
	slices.Sort(want)
	for i := range want {
		if i >= len(kept) || made2(want[i]) != made2(kept[i]) {
			t.Fatalf("kept %q, want %q", kept, want)
		}
	}
	if len(kept) != len(want) {
		t.Fatalf("kept %q, want %q", kept, want)
	}
	if got := superfluous(names[:1], 1); len(got) > 0 {
		t.Errorf("the only one is superfluous: %q", got)
	}
}

// made2 compares names without their ending.
func made2(name string) string {
	if at, ok := made(name); ok {
		return at.String()
	}
	return name
}
