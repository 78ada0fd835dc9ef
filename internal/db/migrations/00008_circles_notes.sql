-- +goose Up
-- Named circles of institutions.
create table roster_circle (
    id   text not null primary key,
    body text not null
);
create table roster_circle_member (
    id          text not null,
    institution text not null
);
create index roster_circle_member_id on roster_circle_member (id);
create index roster_circle_member_institution on roster_circle_member (institution);

-- Notes of a side's inner room. Re is the note that a note answers.
create table clearance_note (
    id     text not null primary key,
    body   text not null,
    parent text not null,
    re     text not null
);
create index clearance_note_parent on clearance_note (parent);

-- A mark of a national system beside the label, as plain text.
alter table object add column national text not null default '';
