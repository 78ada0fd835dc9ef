-- The schema after all migrations, written by: go test ./internal/db -run Schema -update

CREATE TABLE account_attempt (
    key  text not null primary key, -- hashed
    free text not null              -- when as many are allowed again as at first
);

CREATE INDEX account_attempt_free on account_attempt (free);

CREATE TABLE account_factor (
    person text   not null primary key,
    secret bytea  not null,
    begun  text   not null,
    since  text   not null,
    step   bigint not null -- of the newest code that was used: each is good once
);

CREATE TABLE account_feed (
    person text not null primary key,
    token  text not null unique,
    made   text not null
, used text not null default '');

CREATE TABLE account_recovery (
    token  text not null primary key, -- hashed
    person text not null
);

CREATE INDEX account_recovery_person on account_recovery (person);

CREATE TABLE aset (
    id text not null primary key
);

CREATE TABLE aset_member (
    principal text not null,
    aset      text not null,
    primary key (principal, aset)
);

CREATE INDEX aset_member_aset on aset_member (aset);

CREATE TABLE calendar_day (
    id    text   not null,
    day   text   not null,
    works bigint not null, -- 0 a holiday, 1 a weekend day on which people work
    side  text   not null,
    primary key (id, day)
);

CREATE TABLE checkpoint (
    size bigint not null primary key,
    note text   not null
);

CREATE TABLE clearance_note (
    id     text not null primary key,
    body   text not null,
    parent text not null,
    re     text not null
);

CREATE INDEX clearance_note_parent on clearance_note (parent);

CREATE TABLE credential (
    person  text not null primary key,
    login   text not null unique,
    hash    text not null,
    changed text not null
, shown text not null default '', way text not null default '');

CREATE TABLE derivation (
    kind      text   not null primary key,
    version   bigint not null,
    sorting   text   not null,
    words     bigint not null,
    after     text
);

CREATE TABLE dialogue (
    id   text not null primary key,
    body text not null
);

CREATE TABLE dialogue_calendar (
    id   text not null primary key,
    body text not null
);

CREATE TABLE dialogue_milestone (
    id      text not null primary key,
    body    text not null,
    roadmap text not null
);

CREATE INDEX dialogue_milestone_roadmap on dialogue_milestone (roadmap);

CREATE TABLE dialogue_roadmap (
    id   text not null primary key,
    body text not null
);

CREATE TABLE dialogue_round (
    id   text not null primary key,
    body text not null
);

CREATE TABLE duty (
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

CREATE INDEX duty_asker on duty (asker, done, due, id, dialogue, principal, aset);

CREATE INDEX duty_dialogue on duty (dialogue, done, due, id, principal, aset);

CREATE INDEX duty_object on duty (object);

CREATE UNIQUE INDEX duty_open on duty (object, principal, kind, detail) where done = '';

CREATE INDEX duty_other on duty (principal, done, due, id, dialogue, aset) where kind <> 'translate';

CREATE INDEX duty_principal on duty (principal, done, due, id, dialogue, aset);

CREATE TABLE duty_reminder (
    duty  text not null,
    due   text not null, -- the deadline it reminded of
    stage text not null,
    day   text not null,
    primary key (duty, due, stage)
);

CREATE TABLE duty_tally (
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

CREATE INDEX duty_tally_asker on duty_tally (asker, dialogue);

CREATE INDEX duty_tally_dialogue on duty_tally (dialogue);

CREATE TABLE entry (
    seq  bigint not null primary key,
    id   text   not null unique,
    body bytea,
    salt bytea,
    leaf bytea  not null
);

CREATE TABLE entry_signature (
    seq  bigint not null primary key, -- of the entry
    note text   not null              -- what was signed, as a signed note
);

CREATE TABLE exchange_call (
    id     text not null primary key,
    body   text not null,
    parent text not null,
    due    text not null
);

CREATE INDEX exchange_call_parent on exchange_call (parent);

CREATE TABLE exchange_call_asked (
    id          text not null,
    institution text not null,
    primary key (id, institution)
);

CREATE INDEX exchange_call_asked_institution on exchange_call_asked (institution);

CREATE TABLE exchange_statement (
    id          text   not null primary key,
    body        text   not null,
    parent      text   not null,
    revision    bigint not null,
    institution text   not null,
    sort        text   not null,
    call        text   not null,
    replaces    text   not null
);

CREATE INDEX exchange_statement_call on exchange_statement (call);

CREATE INDEX exchange_statement_institution on exchange_statement (institution);

CREATE INDEX exchange_statement_parent on exchange_statement (parent);

CREATE INDEX exchange_statement_replaces on exchange_statement (replaces);

CREATE TABLE form (
    id      text not null primary key,
    request text not null, -- the request that acted by it
    digest  text not null, -- of what was sent
    object  text not null, -- what the act was done to, or ''
    answer  text not null, -- where it led, where that is not the object's page
    at      text not null
);

CREATE INDEX form_at on form (at);

CREATE TABLE job (
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

CREATE INDEX job_due on job (state, at, id);

CREATE UNIQUE INDEX job_key on job (kind, key) where key <> '' and state in ('waiting', 'running');

CREATE INDEX job_list on job (state, kind, id);

CREATE INDEX job_person on job (person, kind, id);

CREATE TABLE label (
    object     text  not null,
    field      text  not null,
    lang       text  not null,
    text       text  not null,
    shown_lang text  not null, -- the language the text is in, where it fell back
    sort       bytea not null, -- collation key
    fold       text  not null, -- folded for comparison
    primary key (object, field, lang)
);

CREATE INDEX label_sort on label (field, lang, sort, object);

CREATE TABLE language (
    id   text   not null,
    lang text   not null,
    pos  bigint not null,
    primary key (id, lang)
);

CREATE TABLE library_file (
    id     text   not null primary key,
    body   text   not null,
    parent text   not null,
    hash   text   not null,
    size   bigint not null
);

CREATE INDEX library_file_parent on library_file (parent);

CREATE TABLE link (
    from_id text   not null,
    rel     text   not null,
    to_id   text   not null,
    pos     bigint not null,
    primary key (from_id, rel, to_id)
);

CREATE INDEX link_to on link (to_id, rel);

CREATE TABLE meeting (
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

CREATE INDEX meeting_activity on meeting (activity);

CREATE INDEX meeting_phase on meeting (phase);

CREATE TABLE meeting_participation (
    id          text   not null,
    institution text   not null,
    persons     bigint
);

CREATE INDEX meeting_participation_id on meeting_participation (id);

CREATE INDEX meeting_participation_institution on meeting_participation (institution);

CREATE TABLE node (
    name  text not null primary key,
    value text not null
);

CREATE TABLE notice (
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

CREATE INDEX notice_person on notice (person, id);

CREATE INDEX notice_state on notice (state, id);

CREATE TABLE notice_address (
    person    text not null primary key,
    address   text not null,
    rhythm    text not null,
    confirmed text not null, -- when the person showed that letters arrive, or ''
    token     text not null, -- hashed, of the letter that asks
    asked     text not null  -- when it was asked
, way text not null default '');

CREATE TABLE object (
    id         text   not null primary key,
    kind       text   not null,
    dialogue   text   not null,
    owner      text   not null,
    parent     text   not null,
    rev        bigint not null,
    state      text   not null,
    mark       text   not null,
    aset       text   not null,
    sort_time  text   not null,
    changed_at text   not null,
    changed_by text   not null,
    tombstone  text   not null -- the key of the reason it was deleted for
, national text not null default '', room text not null default '');

CREATE INDEX object_changed on object (changed_at);

CREATE INDEX object_kind on object (kind, dialogue, sort_time, id, aset, tombstone, state, room);

CREATE INDEX object_parent on object (parent);

CREATE TABLE onetime (
    token   text not null primary key, -- hashed
    purpose text not null,
    detail  text not null,
    expires text not null,
    used    text not null
, way text not null default '', sent text not null default '');

CREATE TABLE project (
    id   text not null primary key,
    body text not null
);

CREATE TABLE project_activity (
    id    text not null primary key,
    body  text not null,
    phase text not null,
    type  text not null,
    focus text not null,
    lead  text not null
);

CREATE INDEX project_activity_lead on project_activity (lead);

CREATE INDEX project_activity_phase on project_activity (phase);

CREATE TABLE project_baseline (
    id   text not null primary key,
    body text not null,
    plan text not null
);

CREATE INDEX project_baseline_plan on project_baseline (plan);

CREATE TABLE project_focus (
    id   text not null primary key,
    body text not null
);

CREATE TABLE project_indicator (
    id     text not null primary key,
    body   text not null,
    result text not null
);

CREATE INDEX project_indicator_result on project_indicator (result);

CREATE TABLE project_phase (
    id   text not null primary key,
    body text not null
);

CREATE TABLE project_plan (
    id    text not null primary key,
    body  text not null,
    phase text not null
);

CREATE INDEX project_plan_phase on project_plan (phase);

CREATE TABLE project_result (
    id    text not null primary key,
    body  text not null,
    phase text not null
);

CREATE INDEX project_result_phase on project_result (phase);

CREATE TABLE publication_news (
    id   text not null primary key,
    body text not null
);

CREATE TABLE publication_page (
    id    text   not null primary key,
    body  text   not null,
    place bigint not null
);

CREATE TABLE publication_release (
    id      text not null primary key,
    body    text not null,
    meeting text not null
);

CREATE INDEX publication_release_meeting on publication_release (meeting);

CREATE TABLE revision (
    object text   not null,
    rev    bigint not null,
    seq    bigint not null unique, -- the entry that left it
    body   bytea,
    salt   bytea,
    digest text   not null,
    primary key (object, rev)
);

CREATE TABLE roster_admission (
    id          text not null primary key,
    body        text not null,
    person      text not null,
    institution text not null,
    side        text not null,
    functions   text not null,
    way         text not null,
    ended       text not null
);

CREATE INDEX roster_admission_institution on roster_admission (institution);

CREATE INDEX roster_admission_person on roster_admission (person);

CREATE TABLE roster_circle (
    id   text not null primary key,
    body text not null
);

CREATE TABLE roster_circle_member (
    id          text not null,
    institution text not null
);

CREATE INDEX roster_circle_member_id on roster_circle_member (id);

CREATE INDEX roster_circle_member_institution on roster_circle_member (institution);

CREATE TABLE roster_function (
    id        text not null,
    name      text not null,
    from_day  text not null,
    until_day text not null
);

CREATE INDEX roster_function_id on roster_function (id);

CREATE TABLE roster_institution (
    id     text not null primary key,
    body   text not null,
    level  text not null,
    parent text not null
);

CREATE TABLE roster_person (
    id       text not null primary key,
    body     text not null,
    language text not null
);

CREATE TABLE roster_post (
    id          text not null,
    institution text not null,
    from_day    text not null,
    until_day   text not null
);

CREATE INDEX roster_post_id on roster_post (id);

CREATE INDEX roster_post_institution on roster_post (institution);

CREATE TABLE roster_side (
    id   text not null primary key,
    body text not null
);

CREATE TABLE roster_standing (
    id         text not null,
    standing   text not null,
    side       text not null,
    from_day   text not null,
    until_day  text not null
);

CREATE INDEX roster_standing_id on roster_standing (id);

CREATE TABLE roster_succession (
    id        text not null,
    successor text not null,
    from_day  text not null
);

CREATE INDEX roster_succession_id on roster_succession (id);

CREATE INDEX roster_succession_successor on roster_succession (successor);

CREATE TABLE search (
    n      integer not null primary key, -- the row of search_index
    object text    not null
);

CREATE INDEX search_object on search (object);

CREATE VIRTUAL TABLE search_index using fts5(
    title, body,
    content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 0"
);

CREATE TABLE session (
    token    text  not null primary key, -- hashed
    data     bytea not null,
    expires  text  not null,
    person   text  not null,
    agent    text  not null,
    last_use text  not null
);

CREATE INDEX session_expires on session (expires);

CREATE INDEX session_person on session (person);

CREATE TABLE tlog_hash (
    idx  bigint not null primary key,
    hash bytea  not null
);

