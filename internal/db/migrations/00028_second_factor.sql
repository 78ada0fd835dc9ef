-- +goose Up
-- A second factor is asked of those who can commit an institution or look after accounts, where nothing
-- else was set. Where people sign in already, and in a demonstration, nobody is asked anew: the upgrade
-- sets that in its name (bundle.Open).
insert into node (name, value)
select 'second-factor-before', 'due'
where not exists (select 1 from node where name = 'second-factor')
and (exists (select 1 from credential) or exists (select 1 from node where name = 'demonstration'));
