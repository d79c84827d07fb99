-- Files beside chat messages. The same on H2 and PostgreSQL.

create table parley_attachment (
  id varchar(64) primary key,
  -- the room; who may read it may read the file
  channel_id bigint not null references parley_channel (id),
  -- key of the identity: only who uploaded it may put it into a chat
  uploader varchar(100) not null,
  name varchar(255) not null,
  media_type varchar(255) not null,
  -- as announced; there when all of them are
  bytes bigint not null,
  is_complete boolean not null,
  created_at timestamp with time zone not null,
  -- of the newest chat that shows it, with which it goes; null before the first
  seq bigint
);
create index parley_attachment_by_channel on parley_attachment (channel_id, seq);

create table parley_attachment_part (
  attachment_id varchar(64) not null references parley_attachment (id) on delete cascade,
  number int not null,
  bytes bytea not null,
  primary key (attachment_id, number)
);
