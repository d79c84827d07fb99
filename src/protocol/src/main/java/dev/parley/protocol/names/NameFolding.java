package dev.parley.protocol.names;

import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The folding of names and the characters of identifiers. Pure functions.
 *
 * <p>Results depend on the version of Unicode that this Java knows, but only for characters that an older one takes for
 * unassigned: Unicode guarantees that the foldings of assigned characters never change, and that {@code XID_Continue}
 * only grows.
 */
public final class NameFolding {
    /**
     * {@code Default_Ignorable_Code_Point}: characters without a shape of their own, such as joiners (ZWJ, ZWNJ),
     * bidirectional controls, variation selectors and fillers of Hangul. The unassigned ones are part of it.
     */
    private static final Pattern IGNORABLE = Pattern.compile("[\\u00AD\\u034F\\u061C\\u115F\\u1160\\u17B4\\u17B5"
            + "\\u180B-\\u180F\\u200B-\\u200F\\u202A-\\u202E\\u2060-\\u206F\\u3164\\uFE00-\\uFE0F\\uFEFF\\uFFA0"
            + "\\uFFF0-\\uFFF8\\x{1BCA0}-\\x{1BCA3}\\x{1D173}-\\x{1D17A}\\x{E0000}-\\x{E0FFF}]");

    private static final char FINAL_SIGMA = '\u03C2';
    private static final char SIGMA = '\u03C3';

    /** A letter that Unicode keeps for syntax. Java takes it for a part of identifiers. */
    private static final int VERTICAL_TILDE = 0x2E2F;

    private NameFolding() {}

    /**
     * The case-folded form of a name in NFKC, equal for names that differ only in case, so that nobody can impersonate
     * another user (Unicode TR 36 section 2.10).
     */
    public static String caseFolded(String name) {
        // Lower case first: the lower case of the capital ẞ is ß, whose upper case is SS. Then upper and lower case
        // again: some letters have an upper case of two letters, others a lower case of their own.
        String lower = name.toLowerCase(Locale.ROOT).toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
        return Normalizer.normalize(lower, Normalizer.Form.NFKC);
    }

    /**
     * {@code NFKC_Casefold} of a text (Unicode section 3.13, UAX 31 section 5.2): compatible forms, cases and ignorable
     * characters make no difference. Folding a result again changes nothing.
     *
     * <p>It differs from Unicode's table in two places, where {@link #caseFolded} does: the dotless ı is i, and
     * Cherokee is in lower case. The caller bounds the length of the text: long runs of combining marks take quadratic
     * time.
     */
    public static String nfkcCaseFolded(String text) {
        String visible = IGNORABLE
                .matcher(Normalizer.normalize(text, Normalizer.Form.NFKC))
                .replaceAll("");
        // Java chooses the sigma by the letters around it, so that a name would be another one as a part of a name.
        return caseFolded(visible).replace(FINAL_SIGMA, SIGMA);
    }

    /**
     * Whether a character of a {@link #nfkcCaseFolded} text is {@code XID_Continue} (UAX 31): a letter, a mark, a
     * decimal digit or a connector such as {@code _}, of any script.
     *
     * <p>Java knows {@code ID_Continue}, and adds ignorable characters and U+2E2F to it. Without these the two sets
     * differ only in 19 characters whose NFKC holds a space, and a folded text holds none of them.
     */
    public static boolean isXidContinue(int point) {
        return Character.isUnicodeIdentifierPart(point)
                && !Character.isIdentifierIgnorable(point)
                && point != VERTICAL_TILDE;
    }
}
