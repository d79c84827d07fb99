-- Guests, who had no table of their own: their keys were their names.

-- Each from its first sign-in until it has been away for parley.guest.age.
create table parley_guest (
  user_key varchar(100) primary key,
  name varchar(64) not null,
  -- case-folded form of the name
  folded varchar(200) not null,
  -- public: tells guests apart
  tag varchar(64) not null,
  -- SHA-256 of the secret with which the guest comes back, in base64url
  secret_hash varchar(43) not null,
  -- begins again while the guest is connected
  expires_at timestamp with time zone not null
);
create unique index parley_guest_by_tag on parley_guest (tag);
create unique index parley_guest_by_secret on parley_guest (secret_hash);
create index parley_guest_by_name on parley_guest (folded);
create index parley_guest_by_expiry on parley_guest (expires_at);

-- The inboxes of guests are the only channels that are deleted. PostgreSQL looks for marks that refer to them.
create index parley_read_mark_by_channel on parley_read_mark (channel_id);

-- Nobody can have the keys of earlier guests again.
delete from parley_read_mark where reader like 'guest:%';
delete from parley_message where channel_id in (select id from parley_channel where name like 'guest:%');
delete from parley_channel where name like 'guest:%';
