-- Revocations have numbers, so that no clock decides which sessions and tickets are older than one.

-- of the last revocation of this user: higher than those of all earlier ones, of any user; 0 if it is from before this step
alter table parley_revocation add column number bigint default 0 not null;
create index parley_revocation_by_number on parley_revocation (number);

-- One row: the last number that was given. Its lock is held until the commit, so that numbers rise in the order of the
-- commits: a node that has read one has missed none before it.
create table parley_last_revocation (
  one int default 1 primary key check (one = 1),
  number bigint not null
);
insert into parley_last_revocation (number) values (0);
