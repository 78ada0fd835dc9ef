-- +goose Up
-- The name to sign in with as it was typed; empty where that was not kept, and login is folded by
-- the rules of then.
alter table credential add column shown text not null default '';
