-- Logins: what is remembered of failed ones, and one account for each entry of a directory.

-- Until when a limit is not empty again: each failure moves it by the limit's interval. There is one row for a login
-- at an address, one for the login, one for the address, and one for each login and address that succeeded, where
-- the failures of others do not count. Keys are hashes: people type passwords into the wrong field.
create table login_attempt (
  key bytea primary key,
  until timestamptz not null
);
create index login_attempt_until on login_attempt (until);

-- A person of a directory has one account.
create unique index uq_identity_ldap_dn
  on identity ((lower(attributes -> 'ldap' ->> 'distinguished_name'))) where attributes ? 'ldap';
