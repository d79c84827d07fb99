package dev.parley.protocol.names;

import static org.assertj.core.api.Assertions.assertThat;

import java.text.Normalizer;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NameFoldingTest {
    /** General categories of ID_Continue (UAX 31 table 2). */
    private static final Set<Integer> CONTINUING = Set.of(
            (int) Character.UPPERCASE_LETTER,
            (int) Character.LOWERCASE_LETTER,
            (int) Character.TITLECASE_LETTER,
            (int) Character.MODIFIER_LETTER,
            (int) Character.OTHER_LETTER,
            (int) Character.LETTER_NUMBER,
            (int) Character.NON_SPACING_MARK,
            (int) Character.COMBINING_SPACING_MARK,
            (int) Character.DECIMAL_DIGIT_NUMBER,
            (int) Character.CONNECTOR_PUNCTUATION);

    /** Other_ID_Start and Other_ID_Continue of PropList.txt. Unicode 15.1 added the last two. */
    private static final Set<Integer> OTHERS = Set.of(
            0x1885, 0x1886, 0x2118, 0x212E, 0x00B7, 0x0387, 0x1369, 0x136A, 0x136B, 0x136C, 0x136D, 0x136E, 0x136F,
            0x1370, 0x1371, 0x19DA, 0x30FB, 0xFF65);

    /** ID_Continue without XID_Continue (UAX 31 section 5.1), and a letter that is Pattern_Syntax. */
    private static final Set<Integer> EXCEPTIONS = Set.of(
            0x037A, 0x309B, 0x309C, 0xFC5E, 0xFC5F, 0xFC60, 0xFC61, 0xFC62, 0xFC63, 0xFDFA, 0xFDFB, 0xFE70, 0xFE72,
            0xFE74, 0xFE76, 0xFE78, 0xFE7A, 0xFE7C, 0xFE7E, 0x2E2F);

    private static boolean isXidContinueOfUnicode(int point) {
        return !EXCEPTIONS.contains(point) && (CONTINUING.contains(Character.getType(point)) || OTHERS.contains(point));
    }

    private static IntStream assignedPoints() {
        return IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
                .filter(point -> Character.isDefined(point) && Character.getType(point) != Character.SURROGATE);
    }

    private static String folded(int point) {
        return NameFolding.nfkcCaseFolded(Character.toString(point));
    }

    @Test
    void charactersOfFoldedNamesAreThoseOfUnicode() {
        boolean knowsNewDots = NameFolding.isXidContinue(0x30FB);
        assertThat(assignedPoints()
                        .flatMap(point -> folded(point).codePoints())
                        .distinct()
                        .filter(point -> knowsNewDots || point != 0x30FB)
                        .filter(point -> NameFolding.isXidContinue(point) != isXidContinueOfUnicode(point))
                        .mapToObj("U+%04X"::formatted))
                .isEmpty();
    }

    @Test
    void foldingACharacterTwiceChangesNothing() {
        assertThat(assignedPoints()
                        .filter(point ->
                                !NameFolding.nfkcCaseFolded(folded(point)).equals(folded(point)))
                        .mapToObj("U+%04X"::formatted))
                .isEmpty();
    }

    @Property
    void foldingTwiceChangesNothing(@ForAll("names") String name) {
        String folded = NameFolding.nfkcCaseFolded(name);

        assertThat(NameFolding.nfkcCaseFolded(folded)).isEqualTo(folded);
    }

    @Property
    void caseAndNormalFormMakeNoDifference(@ForAll("names") String name) {
        String folded = NameFolding.nfkcCaseFolded(name);

        assertThat(NameFolding.nfkcCaseFolded(Normalizer.normalize(name, Normalizer.Form.NFD)))
                .isEqualTo(folded);
        assertThat(NameFolding.nfkcCaseFolded(folded.toUpperCase(Locale.ROOT))).isEqualTo(folded);
    }

    @Property
    void nameIsTheSameAsAPartOfAName(@ForAll("names") String name) {
        String folded = NameFolding.nfkcCaseFolded(name);

        assertThat(NameFolding.nfkcCaseFolded("_" + folded + "-a1")).isEqualTo("_" + folded + "-a1");
    }

    /** Characters whose folding, order or composition depends on their neighbours, and some others. */
    @Provide
    Arbitrary<String> names() {
        Arbitrary<Integer> points = Arbitraries.oneOf(
                Arbitraries.of(assignedPoints().boxed().toList()),
                Arbitraries.of(
                        (int) 'a', (int) 'S', (int) '.', (int) '-', (int) '_', 0x00DF, 0x0130, 0x0131, 0x01C5, 0x0301,
                        0x0307, 0x0323, 0x0345, 0x034F, 0x0391, 0x03A3, 0x03C2, 0x03C3, 0x1100, 0x1161, 0x11A8, 0x115F,
                        0x1E9E, 0x200C, 0x200D, 0x3164, 0x13A0, 0xAB70, 0xFB03, 0xFF21));
        return points.list()
                .ofMaxSize(8)
                .map(list -> list.stream().map(Character::toString).reduce("", String::concat));
    }

    @ParameterizedTest
    @CsvSource({
        "Lobby, lobby",
        "ＬＯＢＢＹ, lobby",
        "STRASSE, strasse",
        "Straße, strasse",
        "STRAẞE, strasse",
        "ﬁnal, final",
        "ǅep, džep",
        "ΟΔΟΣ, οδοσ",
        "οδος, οδοσ",
        "i\u0307, i\u0307",
        "İ, i\u0307",
        "cafe\u0301, café",
        "\u1112\u1161\u11ab, 한",
        "\u314e\u314f, 하",
        "\u0645\u06cc\u200c\u062e, \u0645\u06cc\u062e",
        "क्\u200dष, क्ष",
        "a\u202eb\u2066c\u200f, abc",
        "a\ufe0fb\u034fc\u3164d, abcd",
        "ﾊﾞﾗ, バラ"
    })
    void spellingsOfOneNameAreOneName(String spelling, String name) {
        assertThat(NameFolding.nfkcCaseFolded(spelling)).isEqualTo(name);
    }

    @Test
    void foldedNamesHaveNoInvisibleCharacters() {
        Stream<String> ignorable = IntStream.of(
                        0x00AD, 0x034F, 0x061C, 0x115F, 0x180B, 0x180E, 0x200B, 0x200D, 0x200E, 0x202E, 0x2060, 0x2066,
                        0x3164, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF0, 0x1D173, 0xE0001, 0xE0100)
                .mapToObj(NameFoldingTest::folded);

        assertThat(ignorable).allMatch(String::isEmpty);
    }

    @ParameterizedTest
    @ValueSource(
            ints = {0x1F600, 0x2764, 0x1F3FD, 0x1F1E9, 0x20E3, 0x2122, 0x20AC, ' ', '/', ':', '*', '-', '.', 0x2E2F})
    void emojiAndPunctuationAreNoPartOfAName(int point) {
        assertThat(NameFolding.isXidContinue(point)).isFalse();
    }
}
