-- Who runs a sensor: one row for each, whichever host has it. The generation counts the owners; what the process of an
-- earlier one still sends is refused by the generation of its token.
create table sensor_owner (
  sensor bigint primary key references sensor on delete cascade,
  worker bigint references worker on delete set null,
  worker_name text not null,
  -- The process that has the name of the host, not the name: two that start with one name are two owners.
  instance uuid not null,
  generation bigint not null default 1,
  -- Null: it was given back, and whoever comes first has it.
  lease_expires_at timestamptz,
  taken_at timestamptz not null default now()
);
create index sensor_owner_worker on sensor_owner (worker);

-- The processes that run now go on: each is the first generation of its sensor, and ends with its lease.
insert into sensor_owner (sensor, worker, worker_name, instance, lease_expires_at)
select distinct on (p.sensor) p.sensor, p.worker, p.worker_name, w.instance, p.lease_expires_at
from sensor_process p
join worker w on w.id = p.worker
where p.lease_expires_at > now() and w.instance is not null
order by p.sensor, p.lease_expires_at desc;

alter table sensor_process add column instance uuid;
-- Of tokens that hosts make.
alter table sensor_token add column generation bigint;
update sensor_token k set generation = o.generation
from sensor_owner o
where o.sensor = k.sensor and o.worker = k.worker and k.made_by = 'host';

-- Where the grid of a rule on a timer begins: when it was made, switched on, or told to fire by other parameters.
-- Whole milliseconds, because that is what the clocks of programs count.
alter table rule add column schedule_anchor timestamptz not null default date_trunc('milliseconds', now());

create function rule_schedule_anchor() returns trigger language plpgsql as $$
begin
  if (new.enabled and not old.enabled) or new.trigger_ref is distinct from old.trigger_ref
     or new.trigger_params is distinct from old.trigger_params then
    new.schedule_anchor := date_trunc('milliseconds', clock_timestamp());
  end if;
  return new;
end $$;
create trigger schedule_anchor before update on rule for each row execute function rule_schedule_anchor();

-- How far a schedule has come: what was accepted last, under the anchor that it was accepted for. Another anchor begins
-- anew. No foreign key: it is written with events, which do not wait for whoever deletes a rule.
create table timer_schedule (
  rule bigint primary key,
  anchor timestamptz not null,
  -- The nominal instant of the newest event before which none is on its way any more.
  last_at timestamptz,
  fired bigint not null default 1,
  -- Instants that passed without an event, as the policy of the rule has it.
  missed bigint not null default 0,
  updated timestamptz not null default now()
);
create function forget_timer_schedule() returns trigger language plpgsql as $$
begin
  delete from timer_schedule where rule = old.id;
  return null;
end $$;
create trigger forget_schedule after delete on rule for each row execute function forget_timer_schedule();
