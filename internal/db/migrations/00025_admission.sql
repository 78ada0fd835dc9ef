-- +goose Up
-- Whom the institutions of a side let into its inner room, and on what facts. Way names the way of
-- signing in that a person had then: a new one from outside has another name. A person's own new
-- password keeps it. A code that lets in carries the name of the way that it will make.
create table roster_admission (
    id          text not null primary key,
    body        text not null,
    person      text not null,
    institution text not null,
    side        text not null,
    functions   text not null,
    way         text not null,
    ended       text not null
);
create index roster_admission_person on roster_admission (person);
create index roster_admission_institution on roster_admission (institution);
alter table credential add column way text not null default '';
update credential set way = person;
alter table onetime add column way text not null default '';

-- Whoever was inside before there were admissions is admitted once, by the upgrade (bundle.Open).
insert into node (name, value)
select 'admission', 'due' where exists (select 1 from object where kind = 'person');
