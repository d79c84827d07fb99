-- Users whose tokens of before a moment let nobody in any more. The same on H2 and PostgreSQL.
create table parley_revocation (
  -- key of the identity: user:NAME
  identity varchar(100) primary key,
  revoked_at timestamp with time zone not null
);
create index parley_revocation_by_time on parley_revocation (revoked_at);
