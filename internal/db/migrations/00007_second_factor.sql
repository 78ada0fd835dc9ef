-- +goose Up
-- The second factor with which a person signs in. The secret is sealed under a key that is not in
-- this database; since is '' while the first code is awaited.
create table account_factor (
    person text   not null primary key,
    secret bytea  not null,
    begun  text   not null,
    since  text   not null,
    step   bigint not null -- of the newest code that was used: each is good once
);
-- Codes on paper for a lost second factor. One that is used is gone.
create table account_recovery (
    token  text not null primary key, -- hashed
    person text not null
);
create index account_recovery_person on account_recovery (person);
