-- The nodes that use this database, each as long as it renews its lease. The same on H2 and PostgreSQL.
create table parley_node (
  -- random, another one at each start
  id varchar(64) primary key,
  -- process and host, for people
  name varchar(200) not null,
  started_at timestamp with time zone not null,
  -- by the clock of the database
  lease_until timestamp with time zone not null
);
