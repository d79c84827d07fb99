package dev.parley.server.api.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.server.backplane.TooManyQuestions;
import dev.parley.server.http.Problem;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class ClusterResourceTest {
    @Test
    void tooManyQuestionsAreAnsweredLater() {
        RuntimeException failure = ClusterResource.refused(new CompletionException(new TooManyQuestions(32)));
        assertThat(failure).isInstanceOfSatisfying(Problem.Refused.class, refused -> {
            assertThat(refused.problem().status()).isEqualTo(503);
            assertThat(refused.problem().headers()).containsEntry("Retry-After", "2");
            assertThat(refused.problem().detail()).contains("32");
        });
    }

    @Test
    void otherFailuresKeepTheirCause() {
        IllegalStateException bug = new IllegalStateException("A bug.");
        assertThat(ClusterResource.refused(new CompletionException(bug))).hasCause(bug);
    }
}
