package dev.parley.server.store;

import javax.sql.DataSource;

/** On a real PostgreSQL. */
class PostgresMessageStoreTest extends MessageStoreContract {
    @Override
    DataSource empty() {
        return TestDatabase.postgres();
    }
}
