package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.UserKey;
import java.util.List;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** Names of users with a token, which guests may not take. */
class TokenUserTest extends MessageStoreContract {
    @Test
    void nameThatSignedInWithATokenIsRemembered() {
        assertThat(get(store.tokenUser("anna"))).isEmpty();
        assertThat(get(store.rememberTokenUser("anna"))).isEqualTo("anna");
        assertThat(get(store.rememberTokenUser("anna"))).isEqualTo("anna");
        assertThat(get(store.rememberTokenUser("ANNA"))).isEqualTo("anna");

        assertThat(get(store.tokenUser("anna"))).contains("anna");
        assertThat(get(store.tokenUser("Anna"))).contains("anna");
        assertThat(get(store.rememberTokenUser("Straße"))).isEqualTo("Straße");
        assertThat(get(store.rememberTokenUser("STRASSE"))).isEqualTo("Straße");
    }

    @Test
    void tokenUserIsFoundDespiteAnOutdatedFoldedName() {
        get(store.rememberTokenUser("Straße"));
        Jdbi.create(database).useHandle(sql -> sql.execute("update parley_token_user set folded = 'straße'"));

        assertThat(get(store.rememberTokenUser("Straße"))).isEqualTo("Straße");
        assertThat(get(store.tokenUser("STRASSE"))).contains("Straße");
    }

    @Test
    void longestNameFitsEverywhere() {
        String name = "ß".repeat(32);
        UserKey guest = UserKey.guest(name);
        Channel.Inbox inbox = new Channel.Inbox(guest);
        assertThat(seq(append(guest, "a", List.of(inbox), "x"))).isEqualTo(1);
        assertThat(get(store.mark(inbox, guest, 1))).contains(1L);
        assertThat(get(store.rememberTokenUser(name))).isEqualTo(name);
    }
}
