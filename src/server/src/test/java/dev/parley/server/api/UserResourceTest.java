package dev.parley.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.auth.Identity;
import dev.parley.server.http.Problem;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UserResourceTest {
    private static Identity user(String name, Optional<Instant> issuedAt, String... roles) {
        return Identity.user(name, Set.of(roles), Instant.MAX, issuedAt);
    }

    private static Optional<Integer> refusal(Identity who, String user) {
        return UserResource.refusal(who, user).map(Problem::status);
    }

    @Test
    void usersRevokeTheirOwnTokensInAnyCase() {
        Identity ana = user("Ana", Optional.of(Instant.EPOCH));

        assertThat(refusal(ana, "ana")).isEmpty();
        assertThat(refusal(ana, "ANA")).isEmpty();
        assertThat(refusal(ana, "ben")).contains(403);
    }

    @Test
    void userWithoutIatCannotRevokeItselfInAnyCase() {
        Identity admin = user("Root", Optional.empty(), Identity.ROLE_ADMIN);

        assertThat(refusal(admin, "Root")).contains(409);
        assertThat(refusal(admin, "rOOT")).contains(409);
        assertThat(refusal(admin, "ben")).isEmpty();
    }
}
