-- Whether messages get where they belong.

-- Where probes of the rabbitmq transport arrive. A queue is read by any of several processes, so they tell each other.
create table probe_heard (
  queue text not null,
  exchange text not null,
  routing_key text not null,
  heard_at timestamptz not null default now(),
  primary key (queue, exchange, routing_key)
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
