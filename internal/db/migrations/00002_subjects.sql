-- +goose Up
-- Each subject's tables: id and body (the value as JSON) and what SQL filters and sorts by. What
-- is projected is derived from the body and compared with it when the node is verified.

-- The languages of a dialogue, in its order; shared, because labels are projected by them.
create table language (
    id   text   not null,
    lang text   not null,
    pos  bigint not null,
    primary key (id, lang)
);

create table dialogue (
    id   text not null primary key,
    body text not null
);
create table dialogue_round (
    id   text not null primary key,
    body text not null
);
create table dialogue_roadmap (
    id   text not null primary key,
    body text not null
);
create table dialogue_milestone (
    id      text not null primary key,
    body    text not null,
    roadmap text not null
);
create index dialogue_milestone_roadmap on dialogue_milestone (roadmap);

create table roster_side (
    id   text not null primary key,
    body text not null
);
create table roster_institution (
    id     text not null primary key,
    body   text not null,
    level  text not null,
    parent text not null
);
-- From and until are whole days, '' where open.
create table roster_standing (
    id         text not null,
    standing   text not null,
    side       text not null,
    from_day   text not null,
    until_day  text not null
);
create index roster_standing_id on roster_standing (id);
create table roster_succession (
    id        text not null,
    successor text not null,
    from_day  text not null
);
create index roster_succession_id on roster_succession (id);
create index roster_succession_successor on roster_succession (successor);
create table roster_person (
    id       text not null primary key,
    body     text not null,
    language text not null
);
create table roster_post (
    id          text not null,
    institution text not null,
    from_day    text not null,
    until_day   text not null
);
create index roster_post_id on roster_post (id);
create index roster_post_institution on roster_post (institution);
create table roster_function (
    id        text not null,
    name      text not null,
    from_day  text not null,
    until_day text not null
);
create index roster_function_id on roster_function (id);

create table project (
    id   text not null primary key,
    body text not null
);
create table project_phase (
    id   text not null primary key,
    body text not null
);
create table project_focus (
    id   text not null primary key,
    body text not null
);
create table project_result (
    id    text not null primary key,
    body  text not null,
    phase text not null
);
create index project_result_phase on project_result (phase);
create table project_indicator (
    id     text not null primary key,
    body   text not null,
    result text not null
);
create index project_indicator_result on project_indicator (result);
create table project_plan (
    id    text not null primary key,
    body  text not null,
    phase text not null
);
create index project_plan_phase on project_plan (phase);
create table project_baseline (
    id   text not null primary key,
    body text not null,
    plan text not null
);
create index project_baseline_plan on project_baseline (plan);
create table project_activity (
    id    text not null primary key,
    body  text not null,
    phase text not null,
    type  text not null,
    focus text not null,
    lead  text not null
);
create index project_activity_phase on project_activity (phase);
create index project_activity_lead on project_activity (lead);

-- Stated are the numbers of people that sources give, in short: "~25/26".
create table meeting (
    id       text not null primary key,
    body     text not null,
    type     text not null,
    format   text not null,
    phase    text not null,
    activity text not null,
    starts   text not null,
    ends     text not null,
    year     text not null,
    stated   text not null
);
create index meeting_phase on meeting (phase);
create index meeting_activity on meeting (activity);
-- Institutions that take part; persons is null where the register holds no number.
create table meeting_participation (
    id          text   not null,
    institution text   not null,
    persons     bigint
);
create index meeting_participation_id on meeting_participation (id);
create index meeting_participation_institution on meeting_participation (institution);

create table publication_page (
    id    text   not null primary key,
    body  text   not null,
    place bigint not null
);
create table publication_news (
    id   text not null primary key,
    body text not null
);
create table publication_release (
    id      text not null primary key,
    body    text not null,
    meeting text not null
);
create index publication_release_meeting on publication_release (meeting);
