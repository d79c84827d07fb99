-- Finds files that no chat shows without looking at all of them. The same on H2 and PostgreSQL.
create index parley_attachment_by_age on parley_attachment (seq, created_at);
