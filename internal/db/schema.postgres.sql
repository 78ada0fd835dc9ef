-- The schema after all migrations, written by: go test ./internal/db -run Schema -update

create table account_attempt (
    key text not null,
    free text not null,
    constraint account_attempt_pkey PRIMARY KEY (key)
);
CREATE INDEX account_attempt_free ON account_attempt USING btree (free);

create table account_factor (
    person text not null,
    secret bytea not null,
    begun text not null,
    since text not null,
    step bigint not null,
    constraint account_factor_pkey PRIMARY KEY (person)
);

create table account_feed (
    person text not null,
    token text not null,
    made text not null,
    used text not null default ''::text,
    constraint account_feed_pkey PRIMARY KEY (person),
    constraint account_feed_token_key UNIQUE (token)
);

create table account_recovery (
    token text not null,
    person text not null,
    constraint account_recovery_pkey PRIMARY KEY (token)
);
CREATE INDEX account_recovery_person ON account_recovery USING btree (person);

create table aset (
    id text not null,
    constraint aset_pkey PRIMARY KEY (id)
);

create table aset_member (
    principal text not null,
    aset text not null,
    constraint aset_member_pkey PRIMARY KEY (principal, aset)
);
CREATE INDEX aset_member_aset ON aset_member USING btree (aset);

create table calendar_day (
    id text not null,
    day text not null,
    works bigint not null,
    side text not null,
    constraint calendar_day_pkey PRIMARY KEY (id, day)
);

create table checkpoint (
    size bigint not null,
    note text not null,
    constraint checkpoint_pkey PRIMARY KEY (size)
);

create table clearance_note (
    id text not null,
    body text not null,
    parent text not null,
    re text not null,
    constraint clearance_note_pkey PRIMARY KEY (id)
);
CREATE INDEX clearance_note_parent ON clearance_note USING btree (parent);

create table credential (
    person text not null,
    login text not null,
    hash text not null,
    changed text not null,
    shown text not null default ''::text,
    way text not null default ''::text,
    constraint credential_pkey PRIMARY KEY (person),
    constraint credential_login_key UNIQUE (login)
);

create table derivation (
    kind text not null,
    version bigint not null,
    sorting text not null,
    words bigint not null,
    after text,
    constraint derivation_pkey PRIMARY KEY (kind)
);

create table dialogue (
    id text not null,
    body text not null,
    constraint dialogue_pkey PRIMARY KEY (id)
);

create table dialogue_calendar (
    id text not null,
    body text not null,
    constraint dialogue_calendar_pkey PRIMARY KEY (id)
);

create table dialogue_milestone (
    id text not null,
    body text not null,
    roadmap text not null,
    constraint dialogue_milestone_pkey PRIMARY KEY (id)
);
CREATE INDEX dialogue_milestone_roadmap ON dialogue_milestone USING btree (roadmap);

create table dialogue_roadmap (
    id text not null,
    body text not null,
    constraint dialogue_roadmap_pkey PRIMARY KEY (id)
);

create table dialogue_round (
    id text not null,
    body text not null,
    constraint dialogue_round_pkey PRIMARY KEY (id)
);

create table duty (
    id text not null,
    object text not null,
    object_kind text not null,
    dialogue text not null,
    aset text not null,
    principal text not null,
    asker text not null,
    drafter text not null,
    kind text not null,
    detail text not null,
    due text not null,
    was text not null,
    reason text not null,
    since text not null,
    done text not null,
    constraint duty_pkey1 PRIMARY KEY (id)
);
CREATE INDEX duty_asker ON duty USING btree (asker, done, due, id, dialogue, principal, aset);
CREATE INDEX duty_dialogue ON duty USING btree (dialogue, done, due, id, principal, aset);
CREATE INDEX duty_object ON duty USING btree (object);
CREATE UNIQUE INDEX duty_open ON duty USING btree (object, principal, kind, detail) WHERE (done = ''::text);
CREATE INDEX duty_other ON duty USING btree (principal, done, due, id, dialogue, aset) WHERE (kind <> 'translate'::text);
CREATE INDEX duty_principal ON duty USING btree (principal, done, due, id, dialogue, aset);

create table duty_reminder (
    duty text not null,
    due text not null,
    stage text not null,
    day text not null,
    constraint duty_reminder_pkey PRIMARY KEY (duty, due, stage)
);

create table duty_tally (
    principal text not null,
    dialogue text not null,
    kind text not null,
    detail text not null,
    object_kind text not null,
    asker text not null,
    aset text not null,
    due text not null,
    n bigint not null,
    constraint duty_tally_pkey PRIMARY KEY (principal, dialogue, kind, detail, object_kind, asker, aset, due)
);
CREATE INDEX duty_tally_asker ON duty_tally USING btree (asker, dialogue);
CREATE INDEX duty_tally_dialogue ON duty_tally USING btree (dialogue);

create table entry (
    seq bigint not null,
    id text not null,
    body bytea,
    salt bytea,
    leaf bytea not null,
    constraint entry_pkey PRIMARY KEY (seq),
    constraint entry_id_key UNIQUE (id)
);

create table entry_signature (
    seq bigint not null,
    note text not null,
    constraint entry_signature_pkey PRIMARY KEY (seq)
);

create table exchange_call (
    id text not null,
    body text not null,
    parent text not null,
    due text not null,
    constraint exchange_call_pkey PRIMARY KEY (id)
);
CREATE INDEX exchange_call_parent ON exchange_call USING btree (parent);

create table exchange_call_asked (
    id text not null,
    institution text not null,
    constraint exchange_call_asked_pkey PRIMARY KEY (id, institution)
);
CREATE INDEX exchange_call_asked_institution ON exchange_call_asked USING btree (institution);

create table exchange_statement (
    id text not null,
    body text not null,
    parent text not null,
    revision bigint not null,
    institution text not null,
    sort text not null,
    call text not null,
    replaces text not null,
    constraint exchange_statement_pkey PRIMARY KEY (id)
);
CREATE INDEX exchange_statement_call ON exchange_statement USING btree (call);
CREATE INDEX exchange_statement_institution ON exchange_statement USING btree (institution);
CREATE INDEX exchange_statement_parent ON exchange_statement USING btree (parent);
CREATE INDEX exchange_statement_replaces ON exchange_statement USING btree (replaces);

create table form (
    id text not null,
    request text not null,
    digest text not null,
    object text not null,
    answer text not null,
    at text not null,
    constraint form_pkey PRIMARY KEY (id)
);
CREATE INDEX form_at ON form USING btree (at);

create table job (
    id text not null,
    kind text not null,
    key text not null,
    payload text not null,
    person text not null,
    state text not null,
    at text not null,
    lease text not null,
    attempts bigint not null,
    done bigint not null,
    total bigint not null,
    result text not null,
    error text not null,
    made text not null,
    constraint job_pkey PRIMARY KEY (id)
);
CREATE INDEX job_due ON job USING btree (state, at, id);
CREATE UNIQUE INDEX job_key ON job USING btree (kind, key) WHERE ((key <> ''::text) AND (state = ANY (ARRAY['waiting'::text, 'running'::text])));
CREATE INDEX job_list ON job USING btree (state, kind, id);
CREATE INDEX job_person ON job USING btree (person, kind, id);

create table label (
    object text not null,
    field text not null,
    lang text not null,
    text text not null,
    shown_lang text not null,
    sort bytea not null,
    fold text not null,
    constraint label_pkey PRIMARY KEY (object, field, lang)
);
CREATE INDEX label_sort ON label USING btree (field, lang, sort, object);

create table language (
    id text not null,
    lang text not null,
    pos bigint not null,
    constraint language_pkey PRIMARY KEY (id, lang)
);

create table library_file (
    id text not null,
    body text not null,
    parent text not null,
    hash text not null,
    size bigint not null,
    constraint library_file_pkey PRIMARY KEY (id)
);
CREATE INDEX library_file_parent ON library_file USING btree (parent);

create table link (
    from_id text not null,
    rel text not null,
    to_id text not null,
    pos bigint not null,
    constraint link_pkey PRIMARY KEY (from_id, rel, to_id)
);
CREATE INDEX link_to ON link USING btree (to_id, rel);

create table meeting (
    id text not null,
    body text not null,
    type text not null,
    format text not null,
    phase text not null,
    activity text not null,
    starts text not null,
    ends text not null,
    year text not null,
    stated text not null,
    constraint meeting_pkey PRIMARY KEY (id)
);
CREATE INDEX meeting_activity ON meeting USING btree (activity);
CREATE INDEX meeting_phase ON meeting USING btree (phase);

create table meeting_participation (
    id text not null,
    institution text not null,
    persons bigint
);
CREATE INDEX meeting_participation_id ON meeting_participation USING btree (id);
CREATE INDEX meeting_participation_institution ON meeting_participation USING btree (institution);

create table node (
    name text not null,
    value text not null,
    constraint node_pkey PRIMARY KEY (name)
);

create table notice (
    id text not null,
    person text not null,
    kind text not null,
    object text not null,
    detail text not null,
    secret bytea,
    made text not null,
    state text not null,
    ended text not null,
    error text not null,
    constraint notice_pkey PRIMARY KEY (id)
);
CREATE INDEX notice_person ON notice USING btree (person, id);
CREATE INDEX notice_state ON notice USING btree (state, id);

create table notice_address (
    person text not null,
    address text not null,
    rhythm text not null,
    confirmed text not null,
    token text not null,
    asked text not null,
    way text not null default ''::text,
    constraint notice_address_pkey PRIMARY KEY (person)
);

create table object (
    id text not null,
    kind text not null,
    dialogue text not null,
    owner text not null,
    parent text not null,
    rev bigint not null,
    state text not null,
    mark text not null,
    aset text not null,
    sort_time text not null,
    changed_at text not null,
    changed_by text not null,
    tombstone text not null,
    national text not null default ''::text,
    room text not null default ''::text,
    constraint object_pkey PRIMARY KEY (id)
);
CREATE INDEX object_changed ON object USING btree (changed_at);
CREATE INDEX object_kind ON object USING btree (kind, dialogue, sort_time, id, aset, tombstone, state, room);
CREATE INDEX object_parent ON object USING btree (parent);

create table onetime (
    token text not null,
    purpose text not null,
    detail text not null,
    expires text not null,
    used text not null,
    way text not null default ''::text,
    sent text not null default ''::text,
    constraint onetime_pkey PRIMARY KEY (token)
);

create table project (
    id text not null,
    body text not null,
    constraint project_pkey PRIMARY KEY (id)
);

create table project_activity (
    id text not null,
    body text not null,
    phase text not null,
    type text not null,
    focus text not null,
    lead text not null,
    constraint project_activity_pkey PRIMARY KEY (id)
);
CREATE INDEX project_activity_lead ON project_activity USING btree (lead);
CREATE INDEX project_activity_phase ON project_activity USING btree (phase);

create table project_baseline (
    id text not null,
    body text not null,
    plan text not null,
    constraint project_baseline_pkey PRIMARY KEY (id)
);
CREATE INDEX project_baseline_plan ON project_baseline USING btree (plan);

create table project_focus (
    id text not null,
    body text not null,
    constraint project_focus_pkey PRIMARY KEY (id)
);

create table project_indicator (
    id text not null,
    body text not null,
    result text not null,
    constraint project_indicator_pkey PRIMARY KEY (id)
);
CREATE INDEX project_indicator_result ON project_indicator USING btree (result);

create table project_phase (
    id text not null,
    body text not null,
    constraint project_phase_pkey PRIMARY KEY (id)
);

create table project_plan (
    id text not null,
    body text not null,
    phase text not null,
    constraint project_plan_pkey PRIMARY KEY (id)
);
CREATE INDEX project_plan_phase ON project_plan USING btree (phase);

create table project_result (
    id text not null,
    body text not null,
    phase text not null,
    constraint project_result_pkey PRIMARY KEY (id)
);
CREATE INDEX project_result_phase ON project_result USING btree (phase);

create table publication_news (
    id text not null,
    body text not null,
    constraint publication_news_pkey PRIMARY KEY (id)
);

create table publication_page (
    id text not null,
    body text not null,
    place bigint not null,
    constraint publication_page_pkey PRIMARY KEY (id)
);

create table publication_release (
    id text not null,
    body text not null,
    meeting text not null,
    constraint publication_release_pkey PRIMARY KEY (id)
);
CREATE INDEX publication_release_meeting ON publication_release USING btree (meeting);

create table revision (
    object text not null,
    rev bigint not null,
    seq bigint not null,
    body bytea,
    salt bytea,
    digest text not null,
    constraint revision_pkey PRIMARY KEY (object, rev),
    constraint revision_seq_key UNIQUE (seq)
);

create table roster_admission (
    id text not null,
    body text not null,
    person text not null,
    institution text not null,
    side text not null,
    functions text not null,
    way text not null,
    ended text not null,
    constraint roster_admission_pkey PRIMARY KEY (id)
);
CREATE INDEX roster_admission_institution ON roster_admission USING btree (institution);
CREATE INDEX roster_admission_person ON roster_admission USING btree (person);

create table roster_circle (
    id text not null,
    body text not null,
    constraint roster_circle_pkey PRIMARY KEY (id)
);

create table roster_circle_member (
    id text not null,
    institution text not null
);
CREATE INDEX roster_circle_member_id ON roster_circle_member USING btree (id);
CREATE INDEX roster_circle_member_institution ON roster_circle_member USING btree (institution);

create table roster_function (
    id text not null,
    name text not null,
    from_day text not null,
    until_day text not null
);
CREATE INDEX roster_function_id ON roster_function USING btree (id);

create table roster_institution (
    id text not null,
    body text not null,
    level text not null,
    parent text not null,
    constraint roster_institution_pkey PRIMARY KEY (id)
);

create table roster_person (
    id text not null,
    body text not null,
    language text not null,
    constraint roster_person_pkey PRIMARY KEY (id)
);

create table roster_post (
    id text not null,
    institution text not null,
    from_day text not null,
    until_day text not null
);
CREATE INDEX roster_post_id ON roster_post USING btree (id);
CREATE INDEX roster_post_institution ON roster_post USING btree (institution);

create table roster_side (
    id text not null,
    body text not null,
    constraint roster_side_pkey PRIMARY KEY (id)
);

create table roster_standing (
    id text not null,
    standing text not null,
    side text not null,
    from_day text not null,
    until_day text not null
);
CREATE INDEX roster_standing_id ON roster_standing USING btree (id);

create table roster_succession (
    id text not null,
    successor text not null,
    from_day text not null
);
CREATE INDEX roster_succession_id ON roster_succession USING btree (id);
CREATE INDEX roster_succession_successor ON roster_succession USING btree (successor);

create table search (
    object text not null,
    title tsvector not null,
    body tsvector not null
);
CREATE INDEX search_body ON search USING gin (body);
CREATE INDEX search_object ON search USING btree (object);
CREATE INDEX search_title ON search USING gin (title);

create table session (
    token text not null,
    data bytea not null,
    expires text not null,
    person text not null,
    agent text not null,
    last_use text not null,
    constraint session_pkey PRIMARY KEY (token)
);
CREATE INDEX session_expires ON session USING btree (expires);
CREATE INDEX session_person ON session USING btree (person);

create table tlog_hash (
    idx bigint not null,
    hash bytea not null,
    constraint tlog_hash_pkey PRIMARY KEY (idx)
);

