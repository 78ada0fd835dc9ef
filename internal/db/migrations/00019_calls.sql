-- +goose Up
-- What institutions are asked, about which object and by when.
create table exchange_call (
    id     text not null primary key,
    body   text not null,
    parent text not null,
    due    text not null
);
create index exchange_call_parent on exchange_call (parent);

create table exchange_call_asked (
    id          text not null,
    institution text not null,
    primary key (id, institution)
);
create index exchange_call_asked_institution on exchange_call_asked (institution);
