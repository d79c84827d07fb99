package dev.parley.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Channel;
import dev.parley.protocol.UserKey;
import dev.parley.server.auth.GuestSecret;
import dev.parley.server.auth.Identity;
import java.util.List;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.Test;

/** Names of users with a token, which guests may not take. */
class TokenUserTest extends MessageStoreContract {
    @Test
    void nameThatSignedInWithATokenIsRemembered() {
        assertThat(get(guests.holder("anna"))).isEqualTo(GuestStore.Holder.NOBODY);
        assertThat(get(store.rememberTokenUser("anna"))).isEqualTo("anna");
        assertThat(get(store.rememberTokenUser("anna"))).isEqualTo("anna");
        assertThat(get(store.rememberTokenUser("ANNA"))).isEqualTo("anna");

        assertThat(get(guests.holder("anna"))).isEqualTo(GuestStore.Holder.USER);
        assertThat(get(guests.holder("Anna"))).isEqualTo(GuestStore.Holder.USER);
        assertThat(get(store.rememberTokenUser("Straße"))).isEqualTo("Straße");
        assertThat(get(store.rememberTokenUser("STRASSE"))).isEqualTo("Straße");
    }

    @Test
    void tokenUserIsFoundDespiteAnOutdatedFoldedName() {
        get(store.rememberTokenUser("Straße"));
        Jdbi.create(database).useHandle(sql -> sql.execute("update parley_token_user set folded = 'straße'"));

        assertThat(get(store.rememberTokenUser("Straße"))).isEqualTo("Straße");
        assertThat(get(store.rememberTokenUser("STRASSE"))).isEqualTo("Straße");
    }

    @Test
    void longestNameFitsEverywhere() {
        String name = "ß".repeat(32);
        UserKey user = UserKey.user(name);
        Channel.Inbox inbox = new Channel.Inbox(user);
        assertThat(seq(append(user, "a", List.of(inbox), "x"))).isEqualTo(1);
        assertThat(get(store.mark(inbox, user, 1))).contains(1L);
        assertThat(get(guests.create(Identity.guest(UserKey.guest("1"), name, "k3f9"), new GuestSecret("s"))))
                .isInstanceOf(GuestStore.Entry.Entered.class);
        assertThat(get(store.rememberTokenUser(name))).isEqualTo(name);
    }
}
