package db

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Schema gives the text of the database's schema, without goose's own table: the same text for
// the same schema, on every server version. It is committed, so that a change is seen in review,
// and it is not run anywhere.
func (d *DB) Schema(ctx context.Context) (string, error) {
	var text string
	err := d.Read(ctx, func(ctx context.Context, tx *Tx) (err error) {
		if d.engine == SQLite {
			text, err = schemaSQLite(ctx, tx)
		} else {
			text, err = schemaPostgres(ctx, tx)
		}
		return err
	})
	return text, err
}

func schemaSQLite(ctx context.Context, tx *Tx) (string, error) {
	// The shadow tables of a virtual table follow from it.
	parts, err := Collect(ctx, tx, One[string], `select m.sql from sqlite_master m
		where m.sql is not null and m.tbl_name <> $1
		and m.tbl_name not in (select name from pragma_table_list where schema = 'main' and type = 'shadow')
		and m.name not like 'sqlite\_%' escape '\'
		order by m.tbl_name, m.type = 'table' desc, m.type, m.name`, versionTable)
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p + ";\n\n")
	}
	return b.String(), err
}

// schemaPostgres reads the catalogue, as the text of pg_dump varies with its version.
func schemaPostgres(ctx context.Context, tx *Tx) (string, error) {
	var b strings.Builder
	tables, err := Collect(ctx, tx, One[string], `select c.relname from pg_class c
		where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
		and c.relname <> $1 order by c.relname`, versionTable)
	if err != nil {
		return "", err
	}
	for _, table := range tables {
		lines, err := Collect(ctx, tx, column, `select a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
				a.attgenerated::text, a.attidentity::text, pg_get_expr(d.adbin, d.adrelid)
			from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
			where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`, table)
		if err != nil {
			return "", err
		}
		// Not the not-null constraints that newer servers list as well.
		constraints, err := Collect(ctx, tx, One[string], `select 'constraint ' || conname || ' ' || pg_get_constraintdef(oid)
			from pg_constraint where conrelid = $1::regclass and contype <> 'n' order by contype = 'p' desc, conname`, table)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "create table %s (\n    %s\n);\n", table, strings.Join(append(lines, constraints...), ",\n    "))
		more, err := Collect(ctx, tx, One[string], `select t from (
				select 1 as n, indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as t from pg_index
				where indrelid = $1::regclass and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))
				union all select 2, tgname, pg_get_triggerdef(oid) from pg_trigger where tgrelid = $1::regclass and not tgisinternal
			) s order by n, name`, table)
		if err != nil {
			return "", err
		}
		for _, m := range more {
			b.WriteString(m + ";\n")
		}
		b.WriteString("\n")
	}
	functions, err := Collect(ctx, tx, One[string], `select pg_get_functiondef(p.oid) from pg_proc p
		where p.pronamespace = current_schema()::regnamespace and p.prokind in ('f', 'p')
		and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e') order by p.proname, p.oid`)
	if err != nil {
		return "", err
	}
	for _, f := range functions {
		b.WriteString(f + ";\n\n")
	}
	// The schema's name is the operator's choice.
	var schema string
	if err := tx.QueryRow(ctx, "select quote_ident(current_schema())").Scan(&schema); err != nil {
		return "", err
	}
	return strings.ReplaceAll(b.String(), " "+schema+".", " "), nil
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
