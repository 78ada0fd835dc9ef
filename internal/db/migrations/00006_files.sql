-- +goose Up
-- Files attached to objects. The bytes lie outside the database, under their hash.
create table library_file (
    id     text   not null primary key,
    body   text   not null,
    parent text   not null,
    hash   text   not null,
    size   bigint not null
);
create index library_file_parent on library_file (parent);
