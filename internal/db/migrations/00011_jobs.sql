-- +goose Up
-- Work that is to be done later, or elsewhere; owned by internal/jobs. Working state, no part of
-- the record. docs/jobs.md draws the states.
create table job (
    id       text   not null primary key, -- the stable name of what it does outside
    kind     text   not null,
    key      text   not null,             -- unique among the unfinished of a kind
    payload  text   not null,             -- references, never content
    person   text   not null,             -- for whom
    state    text   not null,
    at       text   not null,             -- waiting: when it is due; running: when the lease ends; else: when it ended
    lease    text   not null,             -- of the process that works on it
    attempts bigint not null,
    done     bigint not null,
    total    bigint not null,
    result   text   not null,
    error    text   not null,             -- of the last attempt, as a code
    made     text   not null
);
create unique index job_key on job (kind, key) where key <> '' and state in ('waiting', 'running');
-- What is due, what has been left, what can be cleaned away: each is a range of this index.
create index job_due on job (state, at, id);
create index job_list on job (state, kind, id);
create index job_person on job (person, kind, id);

-- Attempts to sign in, counted for all processes together; owned by account.
create table account_attempt (
    key  text not null primary key, -- hashed
    free text not null              -- when as many are allowed again as at first
);
create index account_attempt_free on account_attempt (free);
