-- That somebody wants an execution to end, and who: whatever its end is then, it is not tried again.
alter table execution
  add column cancel_requested_at timestamptz,
  add column cancel_requested_by text;
