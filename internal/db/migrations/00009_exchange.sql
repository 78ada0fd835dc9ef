-- +goose Up
-- What institutions said about shared objects.
create table exchange_statement (
    id          text   not null primary key,
    body        text   not null,
    parent      text   not null,
    revision    bigint not null,
    institution text   not null,
    sort        text   not null,
    call        text   not null,
    replaces    text   not null
);
create index exchange_statement_parent on exchange_statement (parent);
create index exchange_statement_institution on exchange_statement (institution);
create index exchange_statement_call on exchange_statement (call);
create index exchange_statement_replaces on exchange_statement (replaces);
