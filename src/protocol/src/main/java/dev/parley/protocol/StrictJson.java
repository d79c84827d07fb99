package dev.parley.protocol;

import java.util.Optional;

/**
 * JSON from outside that must mean the same to every reader (RFC 8259 section 8, RFC 7493): one object in UTF-8, to its
 * very end, in which no name stands twice and no name or string holds U+0000 or half a surrogate pair. Depth, fields
 * and numbers are bounded as in messages.
 */
public final class StrictJson {
    private StrictJson() {}

    /**
     * @return the text, which can be given to any parser
     * @throws InvalidMessage {@code bad_json} where these bytes are no JSON in UTF-8, {@code bad_message} where a rule
     *     of messages does not hold; its text holds at most one name of them
     */
    public static String object(byte[] bytes) {
        String text = Utf8.decode(bytes)
                .orElseThrow(() -> new InvalidMessage(ErrorCode.BAD_JSON, "This is no JSON, because it is no UTF-8."));
        JsonScan scan = JsonScan.of(text, JsonScan.NAMES_MAX);
        Optional<Decoded.Malformed> problem = scan.problem();
        if (problem.isPresent() && problem.get().code() == ErrorCode.BAD_JSON) {
            throw new InvalidMessage(ErrorCode.BAD_JSON, "This is not JSON.");
        }
        if (problem.isPresent()) {
            throw new InvalidMessage(problem.get().code(), problem.get().reason());
        }
        return text;
    }
}
