-- Decisions of which a part waits in the slow lane: entries of the outcome `deferred` in `decisions`, and when the last
-- of them has its turn. Null: nothing waits. Few at any time; read by the sweep that says their messages again.
alter table event_decision add column deferred_until timestamptz;
create index event_decision_deferred on event_decision (deferred_until) where deferred_until is not null;
