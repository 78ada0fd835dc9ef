package db

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Schema gives the text of the database's schema, without goose's own table: the same text for
// the same schema, on every server version. It is committed, so that a change is seen in review,
// and so that what stands can be compared with it (SchemaDiffers); it is not run anywhere.
func (d *DB) Schema(ctx context.Context) (text string, err error) {
	err = d.Read(ctx, func(ctx context.Context, tx *Tx) error {
		groups, err := tx.schema(ctx)
		var b strings.Builder
		for _, g := range groups {
			b.WriteString(strings.Join(g, ";\n") + ";\n\n")
		}
		text = b.String()
		return err
	})
	return text, err
}

// schema gives the statements that make what stands, each table with what belongs to it.
func (tx *Tx) schema(ctx context.Context) ([][]string, error) {
	if tx.Engine() == SQLite {
		return schemaSQLite(ctx, tx)
	}
	return schemaPostgres(ctx, tx)
}

func schemaSQLite(ctx context.Context, tx *Tx) (groups [][]string, err error) {
	// The shadow tables of a virtual table follow from it; what somebody put on them does not.
	parts, err := Collect(ctx, tx, One[string], `select m.sql from sqlite_master m
		where m.sql is not null and not (m.type = 'table' and (m.name = $1
			or m.name in (select name from pragma_table_list where schema = 'main' and type = 'shadow')))
		and m.name not like 'sqlite\_%' escape '\'
		order by m.tbl_name, m.type = 'table' desc, m.type, m.name`, versionTable)
	for _, p := range parts {
		groups = append(groups, []string{p})
	}
	return groups, err
}

// schemaPostgres reads the catalogue, as the text of pg_dump varies with its version. What an
// extension of the server put there is not ours.
func schemaPostgres(ctx context.Context, tx *Tx) (groups [][]string, err error) {
	tables, err := Collect(ctx, tx, One[string], `select c.relname from pg_class c
		where c.relnamespace = quote_ident(current_schema())::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
		and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
		and c.relname <> $1 order by c.relname`, versionTable)
	if err != nil {
		return nil, err
	}
	for _, table := range tables {
		lines, err := Collect(ctx, tx, column, `select a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
				a.attgenerated::text, a.attidentity::text, pg_get_expr(d.adbin, d.adrelid)
			from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
			where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`, table)
		if err != nil {
			return nil, err
		}
		// Not the not-null constraints that newer servers list as well.
		constraints, err := Collect(ctx, tx, One[string], `select 'constraint ' || conname || ' ' || pg_get_constraintdef(oid)
			from pg_constraint where conrelid = $1::regclass and contype <> 'n' order by contype = 'p' desc, conname`, table)
		if err != nil {
			return nil, err
		}
		more, err := Collect(ctx, tx, One[string], `select t from (
				select 1 as n, indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as t from pg_index
				where indrelid = $1::regclass and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))
				union all select 2, tgname, pg_get_triggerdef(oid) from pg_trigger where tgrelid = $1::regclass and not tgisinternal
			) s order by n, name`, table)
		if err != nil {
			return nil, err
		}
		table := fmt.Sprintf("create table %s (\n    %s\n)", table, strings.Join(append(lines, constraints...), ",\n    "))
		groups = append(groups, append([]string{table}, more...))
	}
	functions, err := Collect(ctx, tx, One[string], `select pg_get_functiondef(p.oid) from pg_proc p
		where p.pronamespace = quote_ident(current_schema())::regnamespace and p.prokind in ('f', 'p')
		and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e') order by p.proname, p.oid`)
	if err != nil {
		return nil, err
	}
	for _, f := range functions {
		groups = append(groups, []string{f})
	}
	// The schema's name is the operator's choice.
	var schema string
	if err := tx.QueryRow(ctx, "select quote_ident(current_schema())").Scan(&schema); err != nil {
		return nil, err
	}
	for _, g := range groups {
		for i := range g {
			g[i] = strings.ReplaceAll(g[i], " "+schema+".", " ")
		}
	}
	return groups, nil
}

func column(rows *sql.Rows) (string, error) {
	var name, kind, generated, identity string
	var notNull bool
	var expr sql.NullString
	if err := rows.Scan(&name, &kind, &notNull, &generated, &identity, &expr); err != nil {
		return "", err
	}
	s := name + " " + kind
	if notNull {
		s += " not null"
	}
	switch {
	case generated != "":
		s += " generated always as (" + expr.String + ") stored"
	case identity != "":
		s += " generated as identity"
	case expr.Valid:
		s += " default " + expr.String
	}
	return s, nil
}
