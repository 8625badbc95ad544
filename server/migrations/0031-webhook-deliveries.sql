-- A secret that is being replaced: both are in encrypted_value, the newest first.
alter table webhook_secret add column has_previous boolean not null default false;

-- Whether the delivery had been taken before, by the header that names it.
alter table webhook_event_log add column duplicate boolean not null default false;

-- Deliveries of one webhook are listed newest first: without it a list reads the calls of all webhooks.
create index webhook_event_log_trigger on webhook_event_log (trigger_id, id desc);
