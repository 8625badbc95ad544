-- The audit log is read by whoever looks for something, newest first.

create index audit_event_created on audit_event (created desc, id desc);
create index audit_event_type on audit_event (event_type, created desc);
create index audit_event_actor on audit_event (actor_identity, created desc) where actor_identity is not null;
create index audit_event_request on audit_event (request_id) where request_id is not null;
create index audit_event_resource_ref on audit_event (resource_ref, created desc) where resource_ref is not null;
-- Nearly every row is a request that went well: those are found by time. The rest is worth an index of its own.
create index audit_event_category on audit_event (category, created desc) where category <> 'api';
create index audit_event_outcome on audit_event (outcome, created desc) where outcome <> 'success';
