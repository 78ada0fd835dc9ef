-- +goose Up
-- By which version of its kind, of the collation and of the words of the search the rows of a kind
-- were derived from the newest revisions. While they are derived anew, after is the object that was
-- reached; null, all of them stand.
create table derivation (
    kind      text   not null primary key,
    version   bigint not null,
    sorting   text   not null,
    words     bigint not null,
    after     text
);
-- What stands was derived by the first version of everything.
insert into derivation (kind, version, sorting, words)
select distinct kind, 1, 'cldr23-numeric-1', 1 from object;
