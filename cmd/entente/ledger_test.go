package main

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"entente/access"
	"entente/bundle"
	"entente/dialogue"
	"entente/internal/db"
	"entente/ledger"
)

func verifyData(t testing.TB, data string, more ...string) answer {
	t.Helper()
	return cli(t, append([]string{"ledger", "verify", filepath.Join(data, databaseFile)}, more...)...)
}

// raw opens the database as whoever tampers with it would.
func raw(t testing.TB, data string) *sql.DB {
	t.Helper()
	d, err := sql.Open("sqlite", filepath.Join(data, databaseFile))
	if err != nil {
		t.Fatal(err)
	}
	d.SetMaxOpenConns(1)
	t.Cleanup(func() { d.Close() })
	return d
}

func exec(t testing.TB, d *sql.DB, query string, args ...any) int64 {
	t.Helper()
	r, err := d.Exec(query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	n, err := r.RowsAffected()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestVerify(t *testing.T) {
	data := exampleNode(t)
	verifyData(t, data).want(t, statusDone, "nothing differs", "entries", filepath.Join(data, checkpointFile), filepath.Join(data, publicFile))
	elsewhere := t.TempDir()
	verifyData(t, data, "--data", elsewhere).want(t, statusDone, "the database itself", "none at hand")
	verifyData(t, data, "--data", elsewhere, "--public-key", strings.TrimSpace(read(t, filepath.Join(data, publicFile))), "--checkpoint", filepath.Join(data, checkpointFile)).want(t, statusDone, "as given")
	verifyData(t, data, "--checkpoint", filepath.Join(elsewhere, "none")).want(t, statusUsage, "not verified", "none")

	other := exampleNode(t)
	d, err := db.Open(t.Context(), filepath.Join(elsewhere, "new.db"), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := identify(t.Context(), d, elsewhere); err != nil {
		t.Fatal(err)
	}
	verifyData(t, other, "--public-key", filepath.Join(elsewhere, publicFile)).want(t, statusFailed, "DIFFERENCE", "checkpoint")
	write(t, filepath.Join(other, databaseFile), "This is no database, and long enough to be looked at as if it were one by whoever opens it.\n"+strings.Repeat("x", 200))
	verifyData(t, other).want(t, statusUsage, "not verified")
}

// TestTampering: whoever can write the database's file changes something in it; verification
// says what.
func TestTampering(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing here runs at once")
	}
	for _, c := range []struct {
		name, sql, want string
	}{
		{"entry body", `update entry set body = cast(replace(cast(body as text), '"operator":"demo"', '"operator":"nemo"') as blob) where seq = 20`, "entry 20 was changed"},
		{"entry salt", `update entry set salt = zeroblob(32) where seq = 21`, "entry 21 was changed"},
		{"entry leaf", `update entry set leaf = zeroblob(32) where seq = 22`, "entry 22 was changed"},
		{"entry id", `update entry set id = 'x' where seq = 23`, "entry 23: its id was changed"},
		{"entry and leaf of another", `update entry set body = (select body from entry where seq = 25), salt = (select salt from entry where seq = 25) where seq = 24`, "entries 24 and 25 were exchanged"},
		{"revision body", `update revision set body = cast(replace(cast(body as text), 'TLP:CLEAR', 'TLP:GREEN') as blob) where seq = 0`, "revision 1 of object"},
		{"revision digest", `update revision set digest = 'x' where seq = 30`, "(entry 30) was changed"},
		{"revision filed elsewhere", `update revision set object = 'x' where seq = 31`, "(entry 31) was changed"},
		{"revision deleted", `delete from revision where seq = 32`, "(entry 32) is missing"},
		{"revision added", `insert into revision select object, rev + 1, 9999, body, salt, digest from revision where seq = 33`, "belongs to no entry"},
		{"tree hash", `update tlog_hash set hash = zeroblob(32) where idx = 2`, "tree hash 2 was changed"},
		{"tree hash deleted", `delete from tlog_hash where idx = 5`, "tree hash 5 is missing"},
		{"checkpoint", `update checkpoint set note = replace(note, 'entente/', 'entento/')`, "checkpoint of size"},
		{"checkpoint's size", `update checkpoint set size = size - 1`, "says size"},

		{"label text", `update label set text = text || '.' where field = 'title' and lang = 'zh' and object in (select id from object where kind = 'meeting' order by id limit 1)`, "label"},
		{"label sort", `update label set sort = x'00' where rowid = (select min(rowid) from label)`, "label"},
		{"label deleted", `delete from label where rowid = (select max(rowid) from label)`, "label"},
		{"label of nothing", `insert into label select 'x', field, lang, text, shown_lang, sort, fold from label limit 1`, "belongs to no act"},
		{"mark", `update object set mark = 'TLP:CLEAR' where kind = 'person'`, "its row in object was changed"},
		{"audience", `update object set aset = (select aset from object where kind = 'dialogue') where kind = 'person'`, "its audience was changed"},
		{"audience's members", `insert into aset_member select 'anyone', aset from object where kind = 'person' limit 1`, "the members of audience"},
		{"members of no audience", `insert into aset_member values ('anyone', 'x')`, "belong to no audience"},
		{"revision number", `update object set rev = 7 where id = (select max(id) from object)`, "stands at revision 7"},
		{"tombstone", `update object set tombstone = 'gone' where id = (select min(id) from object where kind = 'news')`, "its row in object was changed"},
		{"object deleted", `delete from object where id = (select min(id) from object where kind = 'news')`, "missing"},
		{"object added", `insert into object select 'x', kind, dialogue, owner, parent, rev, state, mark, aset, sort_time, changed_at, changed_by, tombstone, national, room from object limit 1`, "belongs to no act"},
		{"meeting body", `update meeting set body = replace(body, '43', '44') where body like '%43%'`, "its row in meeting was changed"},
		{"meeting column", `update meeting set year = '1999' where id = (select min(id) from meeting)`, "its row in meeting was changed"},
		{"meeting deleted", `delete from meeting where id = (select min(id) from meeting)`, "its row in meeting was changed"},
		{"participant added", `insert into meeting_participation select id, institution, 99 from meeting_participation limit 1`, "its row in meeting_participation was changed"},
		{"function assumed", `insert into roster_function select id, 'project-team', '', '' from roster_person where id not in (select id from roster_function where name = 'project-team') limit 1`, "its row in roster_function was changed"},
		{"language", `delete from language where lang = 'zh'`, "label"},
		{"link", `update link set rel = 'x' where rowid = (select min(rowid) from link)`, "link"},

		{"newest entry deleted", `delete from entry where seq = (select max(seq) from entry)`, "the newest entries were deleted"},
		{"newest entry deleted with its hashes", `delete from tlog_hash where idx >= (select idx from (
			select 2 * (select max(seq) from entry) - 200 idx)); delete from revision where seq > 50; delete from entry where seq > 50`, "is missing"},
		{"entry in the middle deleted", `delete from entry where seq = 40`, "entry 40 is missing"},
		{"entry added", `insert into entry select seq + 1, 'x', body, salt, leaf from entry order by seq desc limit 1`, "was added outside the log"},
		{"two entries exchanged", `update entry set seq = -1 where seq = 60; update entry set seq = 60 where seq = 61; update entry set seq = 61 where seq = -1`, "entries 60 and 61 were exchanged"},
		{"two meetings exchanged", `update meeting set id = 'x' where id = (select min(id) from meeting);
			update meeting set id = (select min(id) from object where kind = 'meeting') where id = (select max(id) from object where kind = 'meeting');
			update meeting set id = (select max(id) from object where kind = 'meeting') where id = 'x'`, "its row in meeting was changed"},

		{"duty deleted", `delete from duty where rowid = (select min(rowid) from duty where done = '')`, "the duty is missing"},
		{"all duties deleted", `delete from duty; delete from duty_tally`, "the duty is missing"},
		{"duty invented", `insert into duty select '0', object, object_kind, dialogue, aset, principal, asker, '', 'report', '', due, '', '', since, '' from duty limit 1`, "report: no act made this duty"},
		{"duty of nothing", `insert into duty select '0', 'x', object_kind, dialogue, aset, principal, asker, '', 'report', '', due, '', '', since, '' from duty limit 1`, "a row of duty with id x belongs to no act"},
		{"deadline moved", `update duty set due = '2199-01-01' where rowid = (select min(rowid) from duty)`, "its deadline stands as 2199-01-01, by the log it is "},
		{"deadline moved with a reason", `update duty set was = due, due = '2199-01-01', reason = 'x' where rowid = (select min(rowid) from duty)`, "and no act moved it"},
		{"duty asked earlier", `update duty set since = '2001-01-01', due = '2001-01-15' where rowid = (select min(rowid) from duty)`, "asked on 2001-01-01, and no act of that day asked it"},
		{"duty marked as done", `update duty set done = '2199-01-01T00:00:00.000Z' where rowid = (select min(rowid) from duty)`, "no act of that time did it"},
		{"duty of another", `update duty set principal = 'institution:x' where rowid = (select min(rowid) from duty)`, "it stands as owed by institution:x"},
		{"duty owed to another", `update duty set asker = 'institution:x' where rowid = (select min(rowid) from duty)`, "it stands as owed to institution:x"},
		{"duty open to others", `update duty set aset = 'x' where rowid = (select min(rowid) from duty)`, "is not that of the object"},
		{"tally", `update duty_tally set n = n + 1`, "duty_tally counts"},

		{"search emptied", `insert into search_index (search_index) values ('delete-all'); delete from search`, "its rows in search are missing"},
		{"search row deleted", `delete from search where n = (select min(n) from search)`, "its rows in search are missing"},
		{"search row doubled", `insert into search (object) select object from search limit 1`, "by other words than it has"},
		{"search row of another", `update search set object = (select object from search order by n desc limit 1) where n = 1`, "by other words than it has"},
		{"search row of nothing", `insert into search (object) values ('x')`, "a row of search with id x belongs to no act"},
		{"search words", `insert into search_index (rowid, title, body) values ((select min(n) from search), 'x', 'y')`, "by other words than it has"},
		{"search words of nothing", `insert into search_index (rowid, title, body) values (999999, 'x', 'y')`, "the search finds words in 1 rows that belong to no object"},
		{"search words not sought", `delete from search_index_idx`, "words of the search's index other rows are found than hold them, or none"},
		{"search row not counted", `delete from search_index_docsize where id = 5`, "of 1 rows of the search's index the words are counted otherwise"},
		{"search row counted otherwise", `update search_index_docsize set sz = x'0101' where id = 5`, "of 1 rows of the search's index the words are counted otherwise"},
		{"search row counted that is none", `insert into search_index_docsize values (999999, x'0101', 1)`, "of 1 rows of the search's index the words are counted otherwise"},

		{"index dropped", `drop index link_to`, "the index link_to is missing"},
		{"index added", `create index mine on link (rel)`, "the index mine does not belong here"},
		{"table added", `create table mine (id text)`, "the table mine does not belong here"},
		{"column added", `alter table link add column mine text`, "the column mine of the table link does not belong here"},
		{"trigger added", `create trigger mine after insert on link begin delete from label; end`, "the trigger mine does not belong here"},

		{"setting changed", `update node set value = 'administrator' where name = 'second-factor'`, "the setting second-factor stands as \"administrator\", by the log it is \"\""},
		{"public key changed", `update node set value = 'x' where name = 'public-key'`, "the row public-key of node stands as \"x\""},
		{"public key deleted", `delete from node where name = 'public-key'`, "the row public-key of node stands as \"\""},
		{"setting taken back", `delete from node where name = 'second-factor'`, "the setting second-factor stands as \"administrator,project-team,focal-point\", by the log it is \"\""},
		{"row of node invented", `insert into node values ('mine', 'x')`, "the row \"mine\" of node does not belong there"},
		{"deadline moved behind an older id", `update duty set due = '2199-01-01', id = substr(object, 1, 14) || '8' || substr(object, 16, 20) || '1' where rowid = (select min(rowid) from duty where done = '')`, "its deadline stands as 2199-01-01, by the log it is "},
		{"checkpoints deleted", `delete from checkpoint`, "is not among those in the database"},
		{"credential invented", `insert into credential (person, login, hash, changed) values ('x', 'x', 'x', 'x')`, "no act set it"},
		{"second factor invented", `insert into account_factor values ('x', x'00', 'x', 'x', 0)`, "a second factor of person x stands as set at x, and no act set it"},
		{"calendar's address invented", `insert into account_feed values ('x', 'x', 'x', 'x')`, "no act set it"},

		{"what is not compared", `insert into onetime values ('x', 'first', '', '', '', '', ''); insert into account_recovery values ('x', 'x'); insert into session values ('x', x'00', 'x', 'x', 'x', 'x')`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := exampleNode(t)
			d := raw(t, data)
			n := int64(0)
			statements := strings.Split(c.sql, ";")
			if strings.HasPrefix(c.sql, "create trigger") {
				statements = []string{c.sql}
			}
			for _, statement := range statements {
				n += exec(t, d, statement)
			}
			if n == 0 && !strings.Contains(c.want, "the ") {
				t.Fatal("nothing was tampered with")
			}
			if c.want == "" {
				verifyData(t, data).want(t, statusDone)
				return
			}
			verifyData(t, data).want(t, statusFailed, "DIFFERENCE", c.want)
		})
	}
}

// TestEveryColumn changes one value of every column, one after the other, of every table that is
// not on the list of those that no entry covers, takes a row out of each, and doubles one.
func TestEveryColumn(t *testing.T) {
	if testing.Short() {
		t.Skip("some hundred verifications")
	}
	data := exampleNode(t)
	d := raw(t, data)
	for _, table := range covered(t, d) {
		for _, column := range names(t, d, `select name from pragma_table_info('`+table+`')`) {
			var row int64
			var kind string
			var old any
			find := fmt.Sprintf(`select rowid, typeof(%[2]s), %[2]s from %[1]s order by %[2]s is null or %[2]s = '', rowid desc limit 1`, table, column)
			if err := d.QueryRow(find).Scan(&row, &kind, &old); err != nil {
				t.Logf("%s has no row", table)
				continue
			}
			exec(t, d, fmt.Sprintf(`update %s set %s = $1 where rowid = $2`, table, column), other(old), row)
			if a := verifyData(t, data); a.status == statusDone && !slices.Contains(notAlone, table+"."+column) {
				t.Errorf("%s.%s was changed from %.80v to %.80v, and nobody noticed", table, column, old, other(old))
			}
			exec(t, d, fmt.Sprintf(`update %s set %s = $1 where rowid = $2`, table, column), old, row)
		}
		exec(t, d, `create table kept as select rowid r, * from `+table+` order by rowid desc limit 1`)
		if exec(t, d, `delete from `+table+` where rowid = (select r from kept)`) == 1 {
			if a := verifyData(t, data); a.status == statusDone {
				t.Errorf("a row of %s was deleted, and nobody noticed", table)
			}
			columns := strings.Join(names(t, d, `select name from pragma_table_info('`+table+`')`), ", ")
			exec(t, d, `insert into `+table+` (rowid, `+columns+`) select r, `+columns+` from kept`)
			if _, err := d.Exec(`insert into ` + table + ` (` + columns + `) select ` + columns + ` from kept`); err == nil { // there is no key
				if a := verifyData(t, data); a.status == statusDone {
					t.Errorf("a row of %s was doubled, and nobody noticed", table)
				}
				exec(t, d, `delete from `+table+` where rowid = (select max(rowid) from `+table+`)`)
			}
		}
		exec(t, d, `drop table kept`)
	}
	verifyData(t, data).want(t, statusDone)
}

// covered lists the tables that are compared in all their columns.
func covered(t testing.TB, d *sql.DB) []string {
	t.Helper()
	var out []string
	for _, c := range bundle.Compared {
		if !slices.Contains(c.Tables, "node") && !slices.Contains(c.Tables, "credential") { // those in part
			out = append(out, c.Tables...)
		}
	}
	if len(out) < 15 {
		t.Fatalf("only %v are covered", out)
	}
	return slices.DeleteFunc(out, func(table string) bool { return strings.HasPrefix(table, "search") }) // of its columns one is the row, and the index shows none
}

// notAlone are columns that nothing else tells of: an id that nothing points at, and who drafts.
var notAlone = []string{"duty.id", "duty.drafter"}

func names(t testing.TB, d *sql.DB, query string) (out []string) {
	t.Helper()
	rows, err := d.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// other changes one byte of a value, or one by one.
func other(v any) any {
	switch v := v.(type) {
	case int64:
		return v + 1
	case string:
		if v == "" {
			return "x"
		}
		b := []byte(v)
		for i := len(b) / 2; i < len(b); i++ {
			if b[i] >= 'a' && b[i] < 'z' || b[i] >= '0' && b[i] < '9' { // so that JSON stays JSON
				b[i]++
				return string(b)
			}
		}
		return v + "x"
	case []byte:
		b := slices.Clone(v)
		if len(b) == 0 {
			return []byte{0}
		}
		b[len(b)/2] ^= 1
		return b
	}
	return "x"
}

// TestRestoredCopy: a whole older copy agrees with itself; only what was published can tell.
func TestRestoredCopy(t *testing.T) {
	data := exampleNode(t)
	old := read(t, filepath.Join(data, databaseFile))
	cli(t, "import", "--data", data, write(t, filepath.Join(t.TempDir(), "more.yaml"), `kind: dialogue
key: migration-mobility
---
kind: news
key: more
title: {en: More}
`)).want(t, statusFailed) // the dialogue's name is needed: nothing is done

	d, err := db.Open(t.Context(), filepath.Join(data, databaseFile), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o, err := dialogue.New(d).First(t.Context(), access.Operator("test"))
	if err != nil {
		t.Fatal(err)
	}
	o.Value.Contact.Phone = "+86 10 0000 0000"
	if _, err := bundle.Objects(d).Edit(t.Context(), access.Operator("test"), o.ID, o.Rev, &o.Value, ""); err != nil {
		t.Fatal(err)
	}
	id, err := identify(t.Context(), d, data)
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPublisher(t.Context(), d, id, data, silent)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	verifyData(t, data).want(t, statusDone)

	published := filepath.Join(data, checkpointFile)
	kept := read(t, published)
	write(t, filepath.Join(data, databaseFile), old)
	verifyData(t, data).want(t, statusFailed, "restored older copy")
	verifyData(t, data, "--data", t.TempDir()).want(t, statusDone, "would not be noticed")

	// A node does not start on it, also when the log has grown past the witness, which stays as it is.
	if d, err = db.Open(t.Context(), filepath.Join(data, databaseFile), db.Options{}); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	refused := func() {
		if _, err := newPublisher(t.Context(), d, id, data, silent); !errors.Is(err, ledger.ErrUnlike) {
			t.Errorf("an older copy: %v", err)
		}
	}
	refused()
	for range 3 {
		o.Value.Contact.Phone += "0"
		h, err := bundle.Objects(d).Edit(t.Context(), access.Operator("test"), o.ID, o.Rev, &o.Value, "")
		if err != nil {
			t.Fatal(err)
		}
		o.Rev = h.Rev
	}
	refused()
	if read(t, published) != kept {
		t.Error("the published checkpoint was given up")
	}
	verifyData(t, data).want(t, statusFailed, "DIFFERENCE", "another root")
}
