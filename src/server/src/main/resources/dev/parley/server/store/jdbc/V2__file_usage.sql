-- The space that the files of chat messages take, so that it can be limited.

-- of a guest its address, of which an IPv6 address is a /64; null for users
alter table parley_attachment add column guest_address varchar(64);

-- The bytes of all files of an owner, as announced. Without a row: none.
create table parley_file_usage (
  -- key:USER-KEY of an uploader, address:ADDRESS of guests, or all
  owner varchar(120) primary key,
  bytes bigint not null
);
insert into parley_file_usage (owner, bytes)
  select concat('key:', uploader), sum(bytes) from parley_attachment group by uploader;
insert into parley_file_usage (owner, bytes)
  select 'all', sum(bytes) from parley_attachment having count(*) > 0;
