-- +goose Up
-- What can be searched, as tokens (internal/text): an index that keeps no text of its own. A long
-- text is kept in several parts, so that an object may have several rows.
create table search (
    object text     not null,
    title  tsvector not null,
    body   tsvector not null
);
create index search_object on search (object);
create index search_title on search using gin (title);
create index search_body on search using gin (body);
