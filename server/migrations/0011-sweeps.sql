-- What sweeps go by: when an execution is expected to move, whose end has been followed up, what was said again.

-- Nothing is expected of the execution before: its retry is not due, or it waits for a worker that is away.
alter table execution add column due_at timestamptz;

-- Set once what follows the end (the next attempt) is there.
alter table execution add column followed_up boolean not null default false;
update execution e set followed_up = true
where not e.live and exists (
  select from execution n
  where n.original_execution = coalesce(e.original_execution, e.id) and n.retry_count = e.retry_count + 1);
-- Indexed in place of `status`, like `live`: it changes with the end and with its follow-up, never in between.
alter table execution add column unfollowed boolean generated always as
  (status in ('failed', 'timeout', 'abandoned') and retry_count < coalesce(max_retries, 0) and not followed_up) stored;
create index execution_unfollowed on execution (id) where unfollowed;

-- Rows whose message was said again, and when that may happen next: the wait doubles each time, so that a backlog
-- is not taken for loss again and again. Of events, all that were found undecided.
create table redrive (
  kind text not null,
  subject bigint not null,
  times integer not null default 0,
  due_at timestamptz not null,
  primary key (kind, subject)
);
create index redrive_due on redrive (kind, due_at);

-- How far a sweep has walked: every event up to here has its decision or is in redrive.
create table sweep_mark (
  name text primary key,
  event bigint not null default 0,
  created timestamptz not null default 'epoch'
);
insert into sweep_mark (name) values ('events'), ('late_events');

-- Finds the open dead letters of a row of the flow.
create index dead_letter_subject on dead_letter
  (type, (coalesce(payload->>'execution_id', payload->>'enforcement_id', payload->>'event_id')));
