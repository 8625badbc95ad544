-- A dead letter says why and since when, and has a life: open until somebody replays or discards it.

-- When a waiting message failed for the first time; null while it has not.
alter table message add column first_failed_at timestamptz;
alter table outbox add column first_failed_at timestamptz;

alter table dead_letter
  -- refused, exhausted and malformed are ours, the others are what the broker says.
  add column reason text not null default 'exhausted',
  add column last_failed_at timestamptz not null default now(),
  add column status text not null default 'open',
  add column resolved_at timestamptz,
  add column resolved_by bigint references identity on delete set null,
  -- The attempt that a replay started, where the execution of the message had ended.
  add column new_execution bigint,
  add constraint dead_letter_reason check
    (reason in ('refused', 'exhausted', 'malformed', 'rejected', 'expired', 'maxlen', 'delivery_limit')),
  add constraint dead_letter_status check (status in ('open', 'replayed', 'discarded')),
  add constraint dead_letter_resolved check ((status = 'open') = (resolved_at is null));

-- A message that the broker delivers again is put aside once.
create unique index dead_letter_open_message on dead_letter (message_id, queue)
  where status = 'open' and message_id is not null;
-- What is open, of a queue or at all: few, whatever has been resolved before.
create index dead_letter_open_queue on dead_letter (queue) where status = 'open';
create index dead_letter_open on dead_letter (id) where status = 'open';
create index dead_letter_correlation on dead_letter (correlation_id) where correlation_id is not null;
create index dead_letter_resolved_by on dead_letter (resolved_by) where resolved_by is not null;
