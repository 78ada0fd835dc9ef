-- +goose Up
-- Which forms were sent, so that each acts once; owned by ledger and written in the act's own
-- transaction. Working state, no part of the record: a row is of no use once its form is too old
-- to be taken.
create table form (
    id      text not null primary key,
    request text not null, -- the request that acted by it
    digest  text not null, -- of what was sent
    object  text not null, -- what the act was done to, or ''
    answer  text not null, -- where it led, where that is not the object's page
    at      text not null
);
create index form_at on form (at);
