-- +goose Up
-- What people are told: by mail, and on their page of notices; owned by notice. Working state, no
-- part of the record. A notice holds no content: what it says is made when it is read or sent, as
-- the person may read it then.
create table notice (
    id     text   not null primary key, -- of the message too, whenever it is sent
    person text   not null,
    kind   text   not null,
    object text   not null,             -- what it is about, or ''
    detail text   not null,             -- references and dates
    secret bytea,                       -- sealed; null where there is none, and once it is sent
    made   text   not null,
    state  text   not null,
    ended  text   not null,             -- when the state became final, or ''
    error  text   not null              -- why it was not sent, as a code
);
create index notice_person on notice (person, id);
create index notice_state on notice (state, id);

-- Where a person is reached by mail, and how often.
create table notice_address (
    person    text not null primary key,
    address   text not null,
    rhythm    text not null,
    confirmed text not null, -- when the person showed that letters arrive, or ''
    token     text not null, -- hashed, of the letter that asks
    asked     text not null  -- when it was asked
);
