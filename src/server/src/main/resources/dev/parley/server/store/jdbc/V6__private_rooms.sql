-- Who may know of a private room. The same on H2 and PostgreSQL.

-- Raised whenever somebody loses the right to read: whoever was let in before is asked about again before it gets what
-- was stored after.
alter table parley_channel add column revision bigint default 0 not null;

create table parley_member (
  channel_id bigint not null references parley_channel (id),
  -- key of the identity: user:NAME
  member varchar(100) not null,
  is_owner boolean not null,
  primary key (channel_id, member)
);
create index parley_member_by_member on parley_member (member);
