package db

import (
	"context"
	"embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

//go:embed schema.sqlite.sql schema.postgres.sql
var committed embed.FS

// SchemaDiffers compares the tables, columns, indexes, triggers, views and functions that stand in
// the database with those of this program's version, and says in a sentence each what is missing,
// does not belong there or is made in another way; broken are the tables, and whatever is no index,
// that are missing or lack a column, so that they cannot be asked. The tables that a search index keeps
// for itself, the migrations' own and what an extension of the server brought are no part of it.
func (tx *Tx) SchemaDiffers(ctx context.Context) (out, broken []string, err error) {
	groups, err := tx.schema(ctx)
	if err != nil {
		return nil, nil, err
	}
	have, err := partsOf(slices.Concat(groups...))
	if err != nil {
		return nil, nil, err
	}
	text, err := committed.ReadFile("schema." + string(tx.Engine()) + ".sql")
	if err != nil {
		return nil, nil, err
	}
	// A statement of the committed text ends its line with a semicolon, and nothing within one does.
	want, err := partsOf(strings.Split(strings.TrimSuffix(strings.TrimSpace(comment.ReplaceAllString(string(text), "")), ";"), ";\n"))
	if err != nil {
		return nil, nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		h, ok := have[name]
		w := want[name]
		if ok && w == h {
			continue
		}
		d := []string{"the " + name + " is missing"}
		if ok {
			d = columnsDiffer(name, w, h)
		}
		out = append(out, d...)
		kind, own, _ := strings.Cut(name, " ")
		lacks := slices.ContainsFunc(d, func(s string) bool { return strings.HasSuffix(s, "is missing") && !strings.HasPrefix(s, "the rule") })
		if kind != "index" && lacks {
			broken = append(broken, own)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if _, ok := want[name]; !ok {
			out = append(out, "the "+name+" does not belong here")
		}
	}
	if tx.Engine() == PostgreSQL {
		more, err := Collect(ctx, tx, One[string], besides)
		return append(out, more...), broken, err
	}
	return out, broken, nil
}

// besides finds what of a server's catalogue changes what statements do and is no statement of the
// committed text, be it in another schema where names are looked for: each as a sentence.
const besides = `with beside as (select oid, nspname from pg_namespace where nspname = any(current_schemas(false)) and nspname <> 'pg_catalog')
	select t from (
	select 'the rule ' || r.rulename || ' on ' || c.relname || ' does not belong here' as t from pg_rewrite r join pg_class c on c.oid = r.ev_class
		where c.relnamespace = quote_ident(current_schema())::regnamespace and c.relkind in ('r', 'p') 
	union all select 'the policy ' || p.polname || ' on ' || c.relname || ' does not belong here' from pg_policy p join pg_class c on c.oid = p.polrelid
		where c.relnamespace = quote_ident(current_schema())::regnamespace
	union all select 'the table ' || c.relname || ' hides rows by policies' from pg_class c
		where c.relnamespace = quote_ident(current_schema())::regnamespace and (c.relrowsecurity or c.relforcerowsecurity)
	union all select 'the table ' || c.relname || ' is not kept through a crash: it is unlogged' from pg_class c
		where c.relnamespace = quote_ident(current_schema())::regnamespace and c.relkind in ('r', 'p') and c.relpersistence = 'u'
	union all select 'the trigger ' || g.tgname || ' on ' || c.relname || ' is switched off' from pg_trigger g join pg_class c on c.oid = g.tgrelid
		where c.relnamespace = quote_ident(current_schema())::regnamespace and g.tgenabled = 'D' and not g.tgisinternal
	union all select 'the index ' || i.indexrelid::regclass::text || ' is not in use: it is marked as invalid' from pg_index i join pg_class c on c.oid = i.indexrelid
		where c.relnamespace = quote_ident(current_schema())::regnamespace and not (i.indisvalid and i.indisready and i.indislive)
	union all select 'the name ' || c.relname || ' stands in the schema ' || b.nspname || ' as well as in ' || current_schema() || ', and the search_path names both' from pg_class c join beside b on b.oid = c.relnamespace
		where b.nspname <> current_schema() and c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relname in (select relname from pg_class where relnamespace = quote_ident(current_schema())::regnamespace)
	union all select 'the function ' || p.proname || ' in the schema ' || b.nspname || ', which the search_path names, may stand for the server''s own or the program''s' from pg_proc p join beside b on b.oid = p.pronamespace
		where b.nspname <> current_schema() and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
		and p.proname in (select proname from pg_proc where pronamespace in (quote_ident(current_schema())::regnamespace, 'pg_catalog'::regnamespace))
	union all select 'the operator ' || o.oprname || ' in the schema ' || b.nspname || ', which the search_path names, may stand for the server''s own' from pg_operator o join beside b on b.oid = o.oprnamespace
		where not exists (select from pg_depend d where d.objid = o.oid and d.deptype = 'e') and o.oprname in (select oprname from pg_operator where oprnamespace = 'pg_catalog'::regnamespace)
	union all select 'the search_path names ' || (current_schemas(true))[1] || ' before pg_catalog: what stands there may be taken for the server''s own'
		where (select s from unnest(current_schemas(true)) s where s not like 'pg\_temp\_%' limit 1) <> 'pg_catalog'
) s order by t -- db.besides`

var (
	comment = regexp.MustCompile(`--[^\n]*`)
	makes   = regexp.MustCompile(`^create (?:or replace )?(?:unique |virtual |temp |materialized )*(table|index|trigger|view|function|procedure) (?:if not exists )?([^\s(]+)`)
)

// partsOf gives statements in one writing, by what they make: "table meeting", "index link_to".
func partsOf(statements []string) (map[string]string, error) {
	out := map[string]string{}
	for _, s := range statements {
		s = strings.Join(strings.Fields(lower(strings.ReplaceAll(comment.ReplaceAllString(s, ""), `"`, ""))), " ")
		m := makes.FindStringSubmatch(s)
		if m == nil {
			return nil, fmt.Errorf("db: %.60q in the schema makes nothing that is known", s)
		}
		s = strings.NewReplacer("( ", "(", " )", ")", " ,", ",").Replace(s)
		out[m[1]+" "+m[2]] = s
	}
	return out, nil
}

// lower writes a statement small, and what it quotes as it is.
func lower(s string) string {
	parts := strings.Split(s, "'")
	for i := 0; i < len(parts); i += 2 {
		parts[i] = strings.ToLower(parts[i])
	}
	return strings.Join(parts, "'")
}

// columnsDiffer says how a table that stands differs from what it should be; of anything else, that
// it does.
func columnsDiffer(name, want, have string) (out []string) {
	w, h := columnsIn(want), columnsIn(have)
	for _, c := range slices.Sorted(maps.Keys(w)) {
		if d, ok := h[c]; !ok {
			out = append(out, fmt.Sprintf("the %s of the %s is missing", c, name))
		} else if d != w[c] {
			out = append(out, fmt.Sprintf("the %s of the %s is made in another way", c, name))
		}
	}
	for _, c := range slices.Sorted(maps.Keys(h)) {
		if _, ok := w[c]; !ok {
			out = append(out, fmt.Sprintf("the %s of the %s does not belong here", c, name))
		}
	}
	if len(out) == 0 {
		out = append(out, "the "+name+" is made in another way")
	}
	return out
}

// columnsIn gives what a table's statement holds between its brackets: "column id", and by their
// words the rules that stand beside the columns.
func columnsIn(statement string) map[string]string {
	out := map[string]string{}
	if !strings.HasPrefix(statement, "create table") {
		return out
	}
	_, in, _ := strings.Cut(statement, "(")
	if end := strings.LastIndex(in, ")"); end >= 0 {
		in = in[:end]
	}
	depth, from := 0, 0
	for i, r := range in + "," {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == ',' && depth == 0:
			c := strings.TrimSpace(in[from:i])
			from = i + 1
			first, _, _ := strings.Cut(c, " ")
			if slices.Contains([]string{"primary", "unique", "check", "foreign", "constraint"}, first) {
				out[fmt.Sprintf("rule %q", c)] = c
			} else {
				out["column "+first] = c
			}
		}
	}
	return out
}
