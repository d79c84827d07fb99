-- With which process of the database each node of a cluster has compared what it knows to be committed: after a fail-over nobody appends before all have done so.
create table parley_compared (
  -- id of the node
  node varchar(64) primary key,
  -- another one after each start of the database
  server varchar(64) not null,
  at timestamp with time zone default current_timestamp not null
);
