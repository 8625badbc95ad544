-- What the files of a pack said when they were last loaded. Where the row differs, a person changed it, and
-- loading the pack again keeps that. Null on rows that no file describes.

alter table rule add column file_enabled boolean;
alter table trigger add column file_enabled boolean;
alter table sensor add column file_enabled boolean;
alter table permission_set add column file_content jsonb;

-- Rules are listed by the action that they run, also when that is gone and only its ref is left.
create index rule_action_ref on rule (action_ref);
create index permission_set_pack on permission_set (pack);
