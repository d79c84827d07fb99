-- What the nodes of a cluster share.

-- Which channels grew lately: read once a second, so that a message that the backplane lost is only late. One row for each group of messages that a node committed.
create table parley_growth (
  -- id of the node
  node varchar(64) not null,
  -- counted by the node in the order of its commits: a number that the database gives would be taken before the commit,
  -- and whoever has read a higher one would never look for it
  n bigint not null,
  -- ids of the channels that grew, and the seq of the newest message of each
  channels bigint array not null,
  heads bigint array not null,
  at timestamp with time zone default current_timestamp not null,
  primary key (node, n)
);

-- Channels whose epoch or access list changed lately, for the nodes that the backplane did not tell.
create table parley_change (
  id bigint generated always as identity primary key,
  -- name of the channel; null if all channels have a new epoch
  name varchar(100),
  at timestamp with time zone default current_timestamp not null
);

-- How a node hears of others: local or redis.
alter table parley_node add column backplane varchar(12) default 'local' not null;

-- What a node said of itself when it last renewed its lease: for other nodes, and for administrators.
alter table parley_node add column version varchar(100) default '' not null;
alter table parley_node add column sessions int default 0 not null;
alter table parley_node add column is_draining boolean default false not null;
-- a sentence for people; null if nothing is wrong
alter table parley_node add column problem varchar(1000);

-- One row: a random id, which keeps two clusters on one Redis apart.
create table parley_cluster (
  one int default 1 primary key check (one = 1),
  id varchar(64) not null
);

-- The keys that sign one-time tickets: a node may get a ticket that another one has given.
create table parley_ticket_key (
  id varchar(64) primary key,
  -- in base64url
  secret varchar(64) not null,
  created_at timestamp with time zone default current_timestamp not null
);

-- The tickets that were used, until they have expired.
create table parley_ticket_use (
  id varchar(64) primary key,
  -- by the clock of the node that gave it
  expires_at timestamp with time zone not null
);
create index parley_ticket_use_by_expiry on parley_ticket_use (expires_at);
