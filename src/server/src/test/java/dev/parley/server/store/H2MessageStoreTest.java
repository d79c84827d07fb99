package dev.parley.server.store;

import dev.parley.server.store.jdbc.TestDatabase;
import javax.sql.DataSource;

/** Tests the store on the H2 that WildFly contains. */
class H2MessageStoreTest extends MessageStoreContract {
    @Override
    DataSource empty() {
        return TestDatabase.h2();
    }
}
