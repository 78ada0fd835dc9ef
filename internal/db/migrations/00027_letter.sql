-- +goose Up
-- Under which way of signing in a person gave the address, or by which code somebody who lets in gave
-- it; and the address to which a code was sent by mail, or ''. Of what stands here nobody knows either.
alter table notice_address add column way text not null default '';
alter table onetime add column sent text not null default '';
