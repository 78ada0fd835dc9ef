-- +goose Up
-- When a person's calendar was fetched last, to within a few minutes; empty: not since this is kept.
alter table account_feed add column used text not null default '';
