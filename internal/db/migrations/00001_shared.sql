-- +goose Up
-- The tables that all subjects share. Text is '' where a value is absent, except where a null
-- is said to have a meaning. Times are fixed-width UTC text (db.Stamp).

-- The header of every readable object; owned by access.
create table object (
    id         text   not null primary key,
    kind       text   not null,
    dialogue   text   not null,
    owner      text   not null,
    parent     text   not null,
    rev        bigint not null,
    state      text   not null,
    mark       text   not null,
    aset       text   not null,
    sort_time  text   not null,
    changed_at text   not null,
    changed_by text   not null,
    tombstone  text   not null -- the key of the reason it was deleted for
);
-- Lists, counts and the predicate read this index alone, in the order of a list.
create index object_kind on object (kind, dialogue, sort_time, id, aset, tombstone, state);
create index object_parent on object (parent);
create index object_changed on object (changed_at);

-- An audience, interned: its id is the hash of its sorted principals.
create table aset (
    id text not null primary key
);
create table aset_member (
    principal text not null,
    aset      text not null,
    primary key (principal, aset)
);
create index aset_member_aset on aset_member (aset);

-- What lists show and sort by: one row for every language of the dialogue, the fallback
-- resolved when it is written.
create table label (
    object     text  not null,
    field      text  not null,
    lang       text  not null,
    text       text  not null,
    shown_lang text  not null, -- the language the text is in, where it fell back
    sort       bytea not null, -- collation key
    fold       text  not null, -- folded for comparison
    primary key (object, field, lang)
);
create index label_sort on label (field, lang, sort, object);

-- The thread from roadmap to result.
create table link (
    from_id text   not null,
    rel     text   not null,
    to_id   text   not null,
    pos     bigint not null,
    primary key (from_id, rel, to_id)
);
create index link_to on link (to_id, rel);

-- What somebody owes by a date.
create table duty (
    object    text not null,
    principal text not null,
    kind      text not null,
    detail    text not null,
    due       text not null,
    done      text not null,
    primary key (object, principal, kind, detail)
);
create index duty_principal on duty (principal, done, due);

-- The snapshot an act left; body and salt are null once erased.
create table revision (
    object text   not null,
    rev    bigint not null,
    seq    bigint not null unique, -- the entry that left it
    body   bytea,
    salt   bytea,
    digest text   not null,
    primary key (object, rev)
);

-- The ledger. seq is the size of the tree before the entry; body and salt are null once erased.
create table entry (
    seq  bigint not null primary key,
    id   text   not null unique,
    body bytea,
    salt bytea,
    leaf bytea  not null
);
create table tlog_hash (
    idx  bigint not null primary key,
    hash bytea  not null
);
create table checkpoint (
    size bigint not null primary key,
    note text   not null
);

-- Settings of the node.
create table node (
    name  text not null primary key,
    value text not null
);

-- Working state, no part of the record.
create table session (
    token    text  not null primary key, -- hashed
    data     bytea not null,
    expires  text  not null,
    person   text  not null,
    agent    text  not null,
    last_use text  not null
);
create index session_expires on session (expires);
create index session_person on session (person);
create table onetime (
    token   text not null primary key, -- hashed
    purpose text not null,
    detail  text not null,
    expires text not null,
    used    text not null
);
create table credential (
    person  text not null primary key,
    login   text not null unique,
    hash    text not null,
    changed text not null
);
