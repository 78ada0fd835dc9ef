-- +goose Up
-- The side in whose inner room an object stands: who does not work for it reads nothing there, whatever
-- the audience says. Notes and a side's circles name it; what is attached to a note stands where that does.
alter table object add column room text not null default '';
update object set room = coalesce((select l.to_id from link l where l.from_id = object.id and l.rel = 'side'), '')
where kind in ('note', 'circle');
update object set room = coalesce((select p.room from object p where p.id = object.parent), '') where kind = 'file';
drop index object_kind;
create index object_kind on object (kind, dialogue, sort_time, id, aset, tombstone, state, room);
