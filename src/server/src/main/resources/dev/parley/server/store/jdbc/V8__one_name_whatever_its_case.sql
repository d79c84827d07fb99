-- Names that differ in case alone are one name. The same on H2 and PostgreSQL.
alter table parley_token_user add column folded varchar(200);
delete from parley_token_user where exists
  (select 1 from parley_token_user o where lower(o.name) = lower(parley_token_user.name) and o.name < parley_token_user.name);
update parley_token_user set folded = lower(name);
create unique index parley_token_user_by_folded on parley_token_user (folded);
