-- Requests of which nobody knows whose they are are counted: a row for an address, an outcome and a minute.
alter table audit_event add column requests integer;
