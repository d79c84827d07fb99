package dev.parley.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.text.Normalizer;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    @ParameterizedTest
    @ValueSource(strings = {"设计", "हिंदी", "ελληνικα", "日本語", "한국어", "ไทย", "\u0639\u0631\u0628\u064a", "a.b_c-1", "٣"})
    void roomsAreNamedInAnyScript(String name) {
        assertThat(Field.room(name)).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "😀",
                "👩\u200d🚀",
                "❤\ufe0f",
                "a b",
                "a/b",
                "room:a",
                "*",
                "a\u0000",
                "\ud83d",
                "\u2e2f",
                "a\u20e3"
            })
    void emojiAndPunctuationAreRefusedInRoomNames(String name) {
        assertThatThrownBy(() -> Field.room(name))
                .isInstanceOf(InvalidMessage.class)
                .hasMessageContaining("so without U+");
    }

    @Test
    void roomNameIsBoundedInCharactersAfterFolding() {
        assertThat(Field.room("r".repeat(64))).hasSize(64);
        assertThat(Field.room("ß".repeat(32))).hasSize(64);
        assertThat(Field.room("e\u0301".repeat(64))).hasSize(64);
        assertThatThrownBy(() -> Field.room("r".repeat(65))).hasMessageContaining("at most 64 characters");
        assertThatThrownBy(() -> Field.room("ß".repeat(33))).hasMessageContaining("at most 64 characters");
    }

    @Test
    void roomNameIsBoundedInBytes() {
        assertThat(Utf8.length(Field.room("设".repeat(53) + "a"))).isEqualTo(160);
        assertThatThrownBy(() -> Field.room("设".repeat(53) + "ab")).hasMessageContaining("160 bytes of UTF-8");
        assertThatThrownBy(() -> Field.room("\uD840\uDC00".repeat(41))).hasMessageContaining("160 bytes of UTF-8");
    }

    @Test
    void longestRoomNameHas96Utf16Units() {
        String longest = "\uD840\uDC00".repeat(32) + "r".repeat(32);

        assertThat(Field.room(longest)).isEqualTo(longest).hasSize(96);
        assertThatThrownBy(() -> Field.room("\uD840\uDC00".repeat(33) + "r".repeat(31)))
                .isInstanceOf(InvalidMessage.class);
    }

    @Test
    @Timeout(20)
    void longRoomNameIsRefusedWithoutFolding() {
        assertThatThrownBy(() -> Field.room("a" + "\u0301\u0323".repeat(500_000)))
                .hasMessageContaining("at most 64 characters");
    }

    @Test
    void privateRoomNameLeavesSpaceForItsEnding() {
        String name = Field.privateName("设".repeat(48) + "Ab");

        assertThat(Field.room("_" + name + "-0123456789ab")).startsWith("_设");
        assertThatThrownBy(() -> Field.privateName("r".repeat(51))).hasMessageContaining("at most 50 characters");
        assertThatThrownBy(() -> Field.privateName("设".repeat(49))).hasMessageContaining("146 bytes of UTF-8");
    }

    @Test
    void roomNamesAreShownAsTheyAre() {
        assertThat(IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
                        .mapToObj(point -> Field.findRoom(Character.toString(point)))
                        .flatMap(Optional::stream)
                        .filter(name -> !Field.shown(name).equals(name)))
                .isEmpty();
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
