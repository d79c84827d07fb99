package dev.parley.server.http;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks the syntax of media types in headers (RFC 9110 sections 8.3.1 and 12.5.1). Lenient towards old clients: Java's
 * {@code HttpURLConnection} sends {@code *; q=.2}.
 */
final class MediaTypeSyntax {
    /** Bound of a header; browsers send some 150 characters. */
    static final int LENGTH_MAX = 2_048;

    private static final String TOKEN = "[A-Za-z0-9!#$%&'*+.^_`|~-]++";
    private static final String QUOTED = "\"[^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+\"";
    private static final Pattern TYPE = Pattern.compile(TOKEN + "/" + TOKEN);
    private static final Pattern RANGE = Pattern.compile(TYPE + "|\\*");
    private static final Pattern PARAMETER =
            Pattern.compile("[ \\t]*+;[ \\t]*+(?:(?<name>" + TOKEN + ")=(?<value>" + TOKEN + "|" + QUOTED + "))?+");
    private static final Pattern WEIGHT = Pattern.compile("[01](?:\\.[0-9]{0,9})?|\\.[0-9]{1,9}");
    private static final Pattern SPACE = Pattern.compile("[ \\t]*+");
    private static final Pattern COMMAS = Pattern.compile("[ \\t,]*+");
    private static final Pattern BETWEEN = Pattern.compile("[ \\t]*+(?:,[ \\t,]*+|$)");
    private static final Pattern END = Pattern.compile("$");

    private final Matcher matcher;
    private int position;

    private MediaTypeSyntax(String header) {
        matcher = SPACE.matcher(header);
    }

    /** Whether the value of a {@code Content-Type} can be read. */
    static boolean isOne(String contentType) {
        MediaTypeSyntax syntax = new MediaTypeSyntax(contentType);
        return contentType.length() <= LENGTH_MAX
                && syntax.skip(SPACE)
                && syntax.skip(TYPE)
                && syntax.skipParameters()
                && syntax.skip(SPACE)
                && syntax.skip(END);
    }

    /** Whether the value of an {@code Accept} can be read; it may be empty. */
    static boolean isList(String accept) {
        MediaTypeSyntax syntax = new MediaTypeSyntax(accept);
        boolean isRead = accept.length() <= LENGTH_MAX && syntax.skip(COMMAS);
        while (isRead && !syntax.skip(END)) {
            isRead = syntax.skip(RANGE) && syntax.skipParameters() && syntax.skip(BETWEEN);
        }
        return isRead;
    }

    /** Skips parameters; returns false if a weight is not a number. */
    private boolean skipParameters() {
        while (skip(PARAMETER)) {
            boolean isWeight = "q".equalsIgnoreCase(matcher.group("name"));
            if (isWeight && !WEIGHT.matcher(matcher.group("value")).matches()) {
                return false;
            }
        }
        return true;
    }

    private boolean skip(Pattern next) {
        boolean isThere =
                matcher.region(position, matcher.regionEnd()).usePattern(next).lookingAt();
        if (isThere) {
            position = matcher.end();
        }
        return isThere;
    }
}
