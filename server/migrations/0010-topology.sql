-- Whether messages get where they belong.

-- Probes of the rabbitmq transport that have arrived, kept for minutes. A queue is read by any of several processes, so
-- they tell each other.
create table probe_heard (
  probe text not null,
  queue text not null,
  heard_at timestamptz not null default now(),
  primary key (probe, queue)
);

-- What a process found when it last looked. A lease: what a process that is gone has found is of no more interest.
create table topology_finding (
  instance uuid primary key,
  host text not null,
  roles text[] not null,
  queues jsonb not null,
  faults jsonb not null,
  checked_at timestamptz not null default now(),
  expires_at timestamptz not null
);

-- The few messages that the broker gave back, without reading the many that are on their way.
create index outbox_failed on outbox (id) where last_error is not null;
