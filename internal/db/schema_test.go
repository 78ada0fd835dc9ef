package db_test

import (
	"context"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"entente/internal/db"
	"entente/internal/db/dbtest"
)

var update = flag.Bool("update", false, "rewrite the committed schemas")

// The committed schema is the one the migrations give: go test ./internal/db -run Schema -update
func TestSchemaIsCommitted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		got, err := d.Schema(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got = "-- The schema after all migrations, written by: go test ./internal/db -run Schema -update\n\n" + got
		file := "schema." + string(d.Engine()) + ".sql"
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is not what the migrations give: run go test ./internal/db -run Schema -update and look at the difference", file)
		}
	})
}

// What was done to the schema beside the program is told by name, on both engines; what an engine
// keeps for itself is not.
func TestSchemaDiffers(t *testing.T) {
	for _, c := range []struct{ sql, want string }{
		{``, ""},
		{`drop index link_to`, "the index link_to is missing"},
		{`create index mine on link (rel)`, "the index mine does not belong here"},
		{`create table beside (id text primary key)`, "the table beside does not belong here"},
		{`drop table calendar_day`, "the table calendar_day is missing"},
		{`alter table link add column more text`, "the column more of the table link does not belong here"},
		{`alter table link drop column pos`, "the column pos of the table link is missing"},
		{`drop index link_to; create index link_to on link (to_id)`, "the index link_to is made in another way"},
		{`create view seen as select 1 as one`, "seen does not belong here"},
		{`create trigger mine after insert on link begin select 1; end`, "the trigger mine does not belong here"},
		{`create trigger mine after insert on search_index_data begin select 1; end`, "the trigger mine does not belong here"},
		{`create function mine() returns trigger language plpgsql as $$ begin return new; end $$`, "the function mine does not belong here"},
		{`drop index duty_other; create index duty_other on duty (principal, done, due, id, dialogue, aset) where kind <> 'TRANSLATE'`, "the index duty_other is made in another way"},
		{`create rule mine as on delete to link do instead nothing`, "the rule mine on link does not belong here"},
		{`create policy mine on link`, "the policy mine on link does not belong here"},
		{`alter table link enable row level security`, "the table link hides rows"},
		{`alter table form set unlogged`, "the table form is not kept"},
		{`create schema mine; create table mine.other (id text); create function mine.other() returns int language sql return 1; set local search_path to public, mine`, ""},
		{`create schema mine; create table mine.duty (id text); set local search_path to public, mine`, "the name duty stands in the schema mine as well as in public"},
		{`create schema "Mine"; create table "Mine".duty (id text); set local search_path to "Mine", public`, "the name duty stands in the schema public as well as in Mine"},
		{`create schema mine; create function mine.lower(varchar) returns text language sql return ''; set local search_path to public, mine`, "the function lower in the schema mine"},
		{`create operator public.= (leftarg = text, rightarg = text, function = texteq)`, "the operator = in the schema public"},
		{`set local search_path to public, pg_catalog`, "the search_path names public before pg_catalog"},
	} {
		server := []string{"rule", "policy", "row level", "unlogged", "function", "schema", "operator", "search_path"}
		dbtest.Each(t, func(t *testing.T, d *db.DB) {
			if strings.Contains(c.sql, "trigger mine") && d.Engine() != db.SQLite || slices.ContainsFunc(server, func(s string) bool { return strings.Contains(c.sql, s) }) && d.Engine() != db.PostgreSQL {
				return // it is written otherwise there
			}
			if err := d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
				for _, s := range strings.SplitAfter(c.sql, ";") {
					if strings.Contains(c.sql, "begin") {
						s = c.sql
					}
					if _, err := tx.Exec(ctx, s); s != "" && err != nil {
						return err
					}
					if s == c.sql {
						break
					}
				}
				out, _, err := tx.SchemaDiffers(ctx)
				if got := strings.Join(out, "; "); err != nil || got == "" != (c.want == "") || !strings.Contains(got, c.want) {
					t.Errorf("after %s: %q %v, want %q", c.sql, got, err, c.want)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}
