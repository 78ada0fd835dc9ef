package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTamperingSideBySide: one thing that is told silences no other; what could not be compared for
// it is said.
func TestTamperingSideBySide(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing here runs at once")
	}
	for _, c := range []struct {
		name, sql string
		want      []string
		never     string
	}{
		{"a table that nothing needs", `drop table form; delete from duty_tally`, []string{"the table form is missing", "duty_tally counts"}, "NOT COMPARED"},
		{"a table of a kind", `drop table publication_news; update object set mark = 'TLP:RED' where kind = 'person'`, []string{"the table publication_news is missing", "its row in object was changed", "NOT COMPARED: rows of publication_news were not compared: what stands in publication_news cannot be read", "NOT COMPARED: duties were"}, ""},
		{"a table of accounts", `drop table account_feed; insert into account_factor values ('x', x'00', 'x', 'x', 0)`, []string{"no act set it", "rows of account_feed were not compared"}, ""},
		{"a column", `alter table duty_tally drop column n; delete from label where rowid = (select max(rowid) from label)`, []string{"the column n of the table duty_tally is missing", "label", "the counts of duties were not compared"}, ""},
		{"duties", `drop table duty; update object set mark = 'TLP:RED' where kind = 'person'`, []string{"the table duty is missing", "its row in object was changed", "duties were not compared"}, ""},
		{"the search", `drop table search_index; delete from duty_tally`, []string{"the table search_index is missing", "duty_tally counts", "the search was not compared"}, ""},
		{"the search's own", `update search_index_config set v = 99 where k = 'version'; delete from duty_tally`, []string{"the database is damaged: the index of the search cannot be opened", "the index of the search cannot be read: its settings, in SQLite's own table search_index_config, were changed", "NOT COMPARED: the search", "duty_tally counts"}, "SQL logic error"},
		{"the search's own settings", `insert into search_index_config values ('rank', 'bm25(10.0)')`, []string{"search_index_config, were changed"}, ""},
		{"derivation", `drop table derivation; delete from duty_tally`, []string{"the table derivation is missing", "duty_tally counts"}, ""},
		{"what all need", `drop table label; insert into account_factor values ('x', x'00', 'x', 'x', 0)`, []string{"the table label is missing", "no act set it", "objects, duties and the search were not compared"}, ""},
		{"the log's own", `drop table checkpoint`, []string{"the table checkpoint is missing", "the log, and with it all else, was not compared"}, ""},
		{"an entry", `update entry set salt = zeroblob(32) where seq = 21; drop table form`, []string{"entry 21 was changed", "the table form is missing", "NOT COMPARED: what follows in the log was not verified; objects"}, ""},
		{"settings", `drop table node; drop table form`, []string{"the table node is missing", "the table form is missing", "NOT COMPARED: the log"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := exampleNode(t)
			d := raw(t, data)
			for _, statement := range strings.Split(c.sql, ";") {
				exec(t, d, statement)
			}
			a := verifyData(t, data).want(t, statusFailed, c.want...)
			if c.never != "" {
				a.never(t, c.never)
			}
		})
	}
}

// TestTamperingNamed: what has a title is told with it, but neither a person nor what stands inside a
// side, since what a command prints is kept in logs.
func TestTamperingNamed(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing here runs at once")
	}
	data := exampleNode(t)
	d := raw(t, data)
	titles := names(t, d, `select '“' || l.text || '”' from label l join object o on o.id = l.object
		where o.kind in ('meeting', 'institution') and o.room = '' and l.field = 'title' and l.lang = 'en' order by o.id`)
	exec(t, d, `update object set state = 'x' where kind in ('meeting', 'person')`)
	a := verifyData(t, data).want(t, statusFailed, "its row in object was changed", "meeting", "person", "“")
	if !slices.ContainsFunc(titles, func(title string) bool { return strings.Contains(a.out, title) }) {
		t.Error("no title is told:", a.out)
	}
	for _, name := range names(t, d, `select '“' || l.text || '”' from label l join object o on o.id = l.object where o.kind = 'person' and l.field = 'title'`) {
		a.never(t, name)
	}
}

// TestDamagedPages: a page that is not what SQLite wrote is told, as serve tells it, and so is an index
// that lost its rows.
func TestDamagedPages(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing here runs at once")
	}
	empty := []byte{0x0a, 0, 0, 0, 0, 0, 0, 0} // a page of an index that holds nothing
	for name, page := range map[string][]byte{"notice": nil, "job": nil, "session": nil, "duty_principal": empty, "link_to": empty} {
		t.Run(name, func(t *testing.T) {
			data := exampleNode(t)
			d := raw(t, data)
			var root, size int64
			if err := d.QueryRow(`select rootpage, (select page_size from pragma_page_size) from sqlite_master where name = $1`, name).Scan(&root, &size); err != nil {
				t.Fatal(err)
			}
			if _, err := d.Exec(`pragma wal_checkpoint(truncate)`); err != nil {
				t.Fatal(err)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			b := make([]byte, size)
			copy(b, page)
			if page != nil { // its cells begin at the end of the page
				b[5], b[6] = byte(size>>8), byte(size)
			}
			f, err := os.OpenFile(filepath.Join(data, databaseFile), os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt(b, (root-1)*size); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			verifyData(t, data).want(t, statusFailed, "DIFFERENCE", "the database is damaged").never(t, "nothing differs")
		})
	}
}

// TestStoredAsBytes casts a value of every column of every table, the columns of one table at a time, to what
// SQLite takes for another: the program does not find it any more, and verification names each. So does a start.
func TestStoredAsBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("some dozen verifications")
	}
	data := exampleNode(t)
	d := raw(t, data)
	cast := 0
	for _, table := range names(t, d, `select name from pragma_table_list where schema = 'main' and type = 'table' and name not like 'sqlite_%' and name <> 'goose_db_version'`) {
		want := []string{"DIFFERENCE"}
		var back []func()
		for _, column := range names(t, d, `select name from pragma_table_info('`+table+`') where lower(type) <> 'integer'`) { // a row's own number is never another
			var row int64
			var old any
			if err := d.QueryRow(`select rowid, `+column+` from `+table+` where `+column+` is not null order by rowid desc limit 1`).Scan(&row, &old); err != nil {
				continue // db.TestStoredOtherwise has rows of all tables
			}
			exec(t, d, `update `+table+` set `+column+` = case typeof(`+column+`) when 'blob' then cast(`+column+` as text) else cast(`+column+` as blob) end where rowid = $1`, row)
			want = append(want, "the "+column+" of the table "+table+" is stored in 1 of its rows as something else")
			back = append(back, func() { exec(t, d, `update `+table+` set `+column+` = $1 where rowid = $2`, old, row) })
		}
		if len(back) == 0 {
			continue
		}
		cast += len(back)
		verifyData(t, data).want(t, statusFailed, want...)
		if table == "aset_member" {
			served(t, "--data", data).want(t, statusFailed, "is damaged", "the principal of the table aset_member").never(t, "ready")
		}
		for _, put := range back {
			put()
		}
	}
	if cast < 150 {
		t.Errorf("only %d columns were cast", cast)
	}
	verifyData(t, data).want(t, statusDone, "nothing differs", "that SQLite stores each")
}
