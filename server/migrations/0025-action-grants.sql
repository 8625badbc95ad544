-- What an action takes from outside besides its parameters: nothing that its definition does not name.

alter table action
  -- Environment variables that whoever starts it may choose.
  add column accepted_env_vars text[] not null default '{}',
  -- Keys of the system that are delivered to it.
  add column key_refs text[] not null default '{}';
