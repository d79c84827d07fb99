package dev.parley.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.text.Normalizer;
import java.time.Instant;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FieldTest {
    @Test
    void shownTextIsShortened() {
        assertThat(Field.shown("x".repeat(40))).isEqualTo("x".repeat(40));
        assertThat(Field.shown("x".repeat(41))).isEqualTo("x".repeat(40) + "…");
    }

    @Test
    void shownTextHasNoControlOrInvisibleCharacters() {
        assertThat(Field.shown("a\u001b[31m\r\nb\u202ec\ud800")).isEqualTo("a\uFFFD[31m\uFFFD\uFFFDb\uFFFDc\uFFFD");
    }

    @Test
    void shownTextKeepsSupplementaryCharactersWhole() {
        assertThat(Field.shown("😀".repeat(41))).isEqualTo("😀".repeat(40) + "…");
        assertThat(Field.shown("\uDB40\uDC41")).isEqualTo("\uFFFD");
    }

    @Test
    void surrogatePairsAreValidText() {
        assertThat(Field.text("content", "a😀b", 4)).isEqualTo("a😀b");
    }

    @Test
    void invalidTextIsRejectedWithThePosition() {
        assertThatThrownBy(() -> Field.text("content", "abc\ud800", 10)).hasMessageContaining(" at 3.");
        assertThatThrownBy(() -> Field.text("content", "a\u0000", 10)).hasMessageContaining(" at 1.");
    }

    @Test
    void tooLongTextIsRejectedWithBothLengths() {
        assertThatThrownBy(() -> Field.text("title", "x".repeat(201), Field.TITLE_MAX))
                .isInstanceOfSatisfying(InvalidMessage.class, invalid -> assertThat(invalid.code())
                        .isEqualTo(ErrorCode.TOO_LONG))
                .hasMessageContaining("200")
                .hasMessageContaining("201");
    }

    @Test
    void userNamesHaveNoControlOrFormatCharacters() {
        IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
                .filter(point -> Character.isISOControl(point) || Character.getType(point) == Character.FORMAT)
                .forEach(point -> assertThatThrownBy(
                                () -> Field.username("username", "a" + Character.toString(point) + "b"))
                        .as("U+%04X", point)
                        .isInstanceOf(InvalidMessage.class));
    }

    @Test
    void userNamesWithTheSameNormalFormAreEqual() {
        assertThat(Field.username("username", "\uff41\uff4e\uff4e\uff41"))
                .isEqualTo(Field.username("username", "anna"));
    }

    @Test
    void userNameLimitAppliesToTheFoldedFormToo() {
        assertThat(Field.username("username", "ß".repeat(32))).hasSize(32);
        assertThatThrownBy(() -> Field.username("username", "ß".repeat(33)))
                .isInstanceOf(InvalidMessage.class)
                .hasMessageContaining("64 characters");
    }

    @Test
    void foldingIsIdempotent() {
        IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
                .filter(Character::isLetter)
                .mapToObj(point -> Normalizer.normalize(Character.toString(point), Normalizer.Form.NFKC))
                .map(Field::folded)
                .forEach(folded -> assertThat(Field.folded(folded)).isEqualTo(folded));
    }

    @Test
    void instantsHaveThreeDigitsOfMilliseconds() {
        assertThat(Timestamp.of(Instant.EPOCH)).isEqualTo("1970-01-01T00:00:00.000Z");
        assertThat(Timestamp.of(Instant.parse("2026-01-31T12:00:00.123999Z"))).isEqualTo("2026-01-31T12:00:00.123Z");
    }
}
