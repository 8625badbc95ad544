-- What a trace reads besides the rows of the flow.

-- The moment that conditions and templates called now(): when the event was decided about, and what to rehearse with.
-- Unknown for decisions made before.
alter table event_decision add column decided_at timestamptz;

-- Why an enforcement is `disabled`, as it was at that moment: the rule may be enabled again by the time somebody asks.
alter table enforcement add column disabled_reason text;
