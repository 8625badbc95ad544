-- Until when an execution that finds no worker waits for one. Set when it first finds none, cleared when it is placed,
-- so that one which was placed before, or whose retry was due late, has its whole time again.
alter table execution add column wait_ends_at timestamptz;
