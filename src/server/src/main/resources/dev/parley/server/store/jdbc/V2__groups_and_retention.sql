-- Appends go in groups, channels forget, what was sent is remembered for a time. The same on H2 and PostgreSQL.

-- Kept beside the head, so that nobody needs to search the messages for it: seq of the oldest message still stored;
-- head + 1 where none is.
alter table parley_channel add column oldest bigint default 1 not null;
update parley_channel set oldest =
  coalesce((select min(m.seq) from parley_message m where m.channel_id = parley_channel.id), head + 1);

-- Of the body in UTF-8, so that a page can be bounded before it is read.
alter table parley_message add column bytes int default 0 not null;
update parley_message set bytes = octet_length(body);

-- The digest is made otherwise now, so what was remembered before says nothing.
drop table parley_sent;
create table parley_sent (
  -- key of the identity: user:NAME or guest:NAME
  sender varchar(100) not null,
  id varchar(64) not null,
  -- of the acknowledged copy; which channel that is in, the same message says again
  seq bigint not null,
  sent_at timestamp with time zone not null,
  -- of what was sent and where to; the same id with another digest is a conflict
  digest varchar(22) not null,
  primary key (sender, id)
);
create index parley_sent_by_age on parley_sent (sent_at);
