package dev.parley.server.store;

import dev.parley.server.store.jdbc.TestDatabase;
import javax.sql.DataSource;

/** On the H2 that comes with WildFly. */
class H2MessageStoreTest extends MessageStoreContract {
    @Override
    DataSource empty() {
        return TestDatabase.h2();
    }
}
