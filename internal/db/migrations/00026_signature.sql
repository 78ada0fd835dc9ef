-- +goose Up
-- The signatures, by the node's key, of entries that excuse something: a restore, a new key, an
-- erasure. Written in the act's own transaction; the key lies outside the database.
create table entry_signature (
    seq  bigint not null primary key, -- of the entry
    note text   not null              -- what was signed, as a signed note
);
