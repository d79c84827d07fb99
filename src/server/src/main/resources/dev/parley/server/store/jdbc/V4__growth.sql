-- Which channels grew lately: the nodes of a cluster read it once a second, so that a message that the backplane lost
-- is only late. Nothing is written here while parley.backplane is local.

-- One row for each group of messages that a node committed.
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
