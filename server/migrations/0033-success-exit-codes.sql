-- With which exit codes a program has done what it is for: some say more than success and failure by them.
alter table action add column success_exit_codes integer[] not null default '{0}';
