-- +goose Up
-- A duty has its own address, a day it was asked on, a deadline, and somebody it is owed to. The
-- dialogue, the object's kind and its audience stand beside it, so that lists and counts of a
-- hundred thousand duties ask one table; they follow the object's header.
drop index duty_principal;
alter table duty rename to duty_before;
create table duty (
    id          text not null primary key,
    object      text not null,
    object_kind text not null,
    dialogue    text not null,
    aset        text not null,
    principal   text not null, -- who owes it
    asker       text not null, -- the principal it is owed to
    drafter     text not null, -- the person of those who owe it who works on it; '' nobody said so
    kind        text not null,
    detail      text not null,
    due         text not null, -- a day
    was         text not null, -- the day before the last extension; '' never extended
    reason      text not null, -- of the last extension
    since       text not null, -- a day
    done        text not null  -- a time; '' it is open
);
-- Until now a duty had no id. One is made of its object's, as a UUID of version 8: the version
-- keeps the two apart, the last digit those of one object. A seventeenth would have no digit left;
-- an object's duties to translate are written anew with its next revision.
insert into duty (id, object, object_kind, dialogue, aset, principal, asker, drafter, kind, detail, due, was, reason, since, done)
select substr(n.object, 1, 14) || '8' || substr(n.object, 16, 20) || substr('0123456789abcdef', n.pos, 1),
    n.object, o.kind, o.dialogue, o.aset, n.principal, 'team:' || o.dialogue, '', n.kind, n.detail, n.due, '', '', substr(o.changed_at, 1, 10), n.done
from (select d.object, d.principal, d.kind, d.detail, d.due, d.done,
        cast(row_number() over (partition by d.object order by d.principal, d.kind, d.detail) as integer) as pos from duty_before d) n
join object o on o.id = n.object and o.tombstone = ''
where n.pos <= 16;
drop table duty_before;
-- One open duty of a kind and detail; what was done before stays beside it.
create unique index duty_open on duty (object, principal, kind, detail) where done = '';
create index duty_object on duty (object);
-- The beginning of a list is the beginning of one of these, however long it is.
create index duty_principal on duty (principal, done, due, id, dialogue, aset);
create index duty_asker on duty (asker, done, due, id, dialogue, principal, aset);
create index duty_dialogue on duty (dialogue, done, due, id, principal, aset);
-- Translations are many and stand added up on a desk; what else is owed is found beside them.
create index duty_other on duty (principal, done, due, id, dialogue, aset) where kind <> 'translate';

-- How many open duties are alike in what they are counted by; kept by each change of a duty.
create table duty_tally (
    principal   text   not null,
    dialogue    text   not null,
    kind        text   not null,
    detail      text   not null, -- of translations; '' of all others
    object_kind text   not null,
    asker       text   not null,
    aset        text   not null,
    due         text   not null,
    n           bigint not null,
    primary key (principal, dialogue, kind, detail, object_kind, asker, aset, due)
);
create index duty_tally_dialogue on duty_tally (dialogue);
create index duty_tally_asker on duty_tally (asker, dialogue);
insert into duty_tally (principal, dialogue, kind, detail, object_kind, asker, aset, due, n)
select principal, dialogue, kind, detail, object_kind, asker, aset, due, count(*) from duty
where done = '' group by principal, dialogue, kind, detail, object_kind, asker, aset, due;

-- Which reminders of a duty's deadline went out, or were past when they could have: each once.
create table duty_reminder (
    duty  text not null,
    due   text not null, -- the deadline it reminded of
    stage text not null,
    day   text not null,
    primary key (duty, due, stage)
);

-- The calendar of a side: its public holidays, and the weekend days that are worked instead.
create table dialogue_calendar (
    id   text not null primary key,
    body text not null
);
-- The days of all calendars; shared, because deadlines are counted by them.
create table calendar_day (
    id    text   not null,
    day   text   not null,
    works bigint not null, -- 0 a holiday, 1 a weekend day on which people work
    side  text   not null,
    primary key (id, day)
);

-- The address of a person's calendar, by its hash.
create table account_feed (
    person text not null primary key,
    token  text not null unique,
    made   text not null
);
