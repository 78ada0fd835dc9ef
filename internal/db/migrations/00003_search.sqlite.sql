-- +goose Up
-- What can be searched, as tokens (internal/text): an index that keeps no text of its own. A long
-- text is kept in several parts, so that an object may have several rows.
create table search (
    n      integer not null primary key, -- the row of search_index
    object text    not null
);
create index search_object on search (object);
create virtual table search_index using fts5(
    title, body,
    content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 0"
);
