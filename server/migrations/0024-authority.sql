-- In whose name something runs, within which permission sets, and who manages permissions.

-- The platform itself: rules that come with it run in this name. It has no grants and gets none, and nobody logs in as
-- it. Ids that are counted begin at one.
insert into identity (id, login, display_name) values (0, 'attune:platform', 'The platform');
alter table identity add constraint identity_platform check
  (id <> 0 or (login = 'attune:platform' and password_hash is null and attributes = '{}' and not frozen));
alter table permission_assignment add constraint permission_assignment_platform check (identity <> 0);
alter table identity_role_assignment add constraint identity_role_assignment_platform check (identity <> 0);
alter table integration_token add constraint integration_token_platform check (identity <> 0);

create function keep_platform() returns trigger language plpgsql as $$
begin
  raise exception 'The account of the platform is not deleted.' using errcode = 'AT409';
end $$;
create trigger keep_platform before delete on identity for each row when (old.id = 0) execute function keep_platform();

-- A rule has an owner, the platform where nobody else; null: the owner's account is gone, and the rule acts for nobody.
drop trigger note_lost_owner on rule;
drop function rule_owner();
update execution e set executor = 0
from enforcement n
join rule r on r.id = n.rule
where e.enforcement = n.id and e.executor = 1 and r.owner_identity is null and not r.owner_lost;
update rule set owner_identity = 0 where owner_identity is null and not owner_lost;
alter table rule drop column owner_lost, alter column owner_identity set default 0;

-- What an execution makes may at most do what these sets grant, whatever the account may that it runs as. Null: there
-- is no such bound.
alter table rule add column authority_set_refs text[];
alter table execution add column authority_set_refs text[];
-- In whose place the parameters were rendered: the execution runs in no other one. Null: of an earlier version.
alter table enforcement add column owner_identity bigint, add column authority_set_refs text[];

-- What is compiled from a rule knows whose keys it reads.
create or replace function rule_version() returns trigger language plpgsql as $$
begin
  if (new.conditions, new.action_params, new.action_ref, new.trigger_ref, new.owner_identity, new.authority_set_refs)
     is distinct from
     (old.conditions, old.action_params, old.action_ref, old.trigger_ref, old.owner_identity, old.authority_set_refs)
  then
    new.version := old.version + 1;
    new.last_error := null;
    new.last_error_at := null;
  end if;
  return new;
end $$;

-- Whether an account that is not frozen manages permissions, whoever it is and whatever it is like.
create function has_permission_manager() returns boolean language sql volatile as $$
  select exists (
    select from permission_set s
    cross join jsonb_array_elements(s.grants) g
    join identity_permission_set a on a.permset = s.id
    join identity i on i.id = a.identity
    where not i.frozen
      and g @> '{"resource": "permissions", "actions": ["manage"]}'
      and coalesce(nullif(g->'constraints', 'null'), '{}') = '{}')
$$;

-- No statement takes away the last one who manages permissions, whatever it is called and whatever it deletes along:
-- only the database itself could bring that back. Two who take it from each other at once would each see the other
-- still there, so one waits for the other. That somebody was there is remembered until the transaction ends: what
-- a deletion takes along fires these triggers when the first rows are gone already.
create function note_permission_managers() returns trigger language plpgsql as $$
begin
  if current_setting('attune.had_permission_manager', true) is distinct from 'true' then
    perform pg_advisory_xact_lock(hashtext('attune.permission_managers'));
    perform set_config('attune.had_permission_manager', has_permission_manager()::text, true);
  end if;
  return null;
end $$;

create function keep_permission_managers() returns trigger language plpgsql as $$
begin
  if current_setting('attune.had_permission_manager', true) = 'true' and not has_permission_manager() then
    raise exception 'Nobody would be left who manages permissions; give permissions:manage to another account first.'
      using errcode = 'AT409';
  end if;
  return null;
end $$;

create trigger note_managers before delete or update of frozen on identity
  for each statement execute function note_permission_managers();
create trigger keep_managers after delete or update of frozen on identity
  for each statement execute function keep_permission_managers();
create trigger note_managers before delete or update on permission_set
  for each statement execute function note_permission_managers();
create trigger keep_managers after delete or update on permission_set
  for each statement execute function keep_permission_managers();
create trigger note_managers before delete or update on permission_assignment
  for each statement execute function note_permission_managers();
create trigger keep_managers after delete or update on permission_assignment
  for each statement execute function keep_permission_managers();
create trigger note_managers before delete or update on identity_role_assignment
  for each statement execute function note_permission_managers();
create trigger keep_managers after delete or update on identity_role_assignment
  for each statement execute function keep_permission_managers();
create trigger note_managers before delete or update on permission_set_role_assignment
  for each statement execute function note_permission_managers();
create trigger keep_managers after delete or update on permission_set_role_assignment
  for each statement execute function keep_permission_managers();
