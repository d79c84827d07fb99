-- PostgreSQL looks the channel up again for each message, which took half the time of storing it. Who stores a message
-- holds the lock on its channel, and channels stay. H2 calls this constraint otherwise and keeps it: there it costs little.
alter table parley_message drop constraint if exists parley_message_channel_id_fkey;
