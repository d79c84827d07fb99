package dev.parley.bench.measure;

import dev.parley.bench.report.Figure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Computes the share of each part of a server in its processor time, in percent, from the stacks of a profile. */
final class ProfileShares {
    private static final double PERCENT = 100;
    private static final String KERNEL = "_[k]";

    /** A part owns a stack in which one of its frames is; the first part that does counts. */
    private record Part(Figure figure, Pattern frame) {
        static Part of(Figure figure, String frame) {
            return new Part(figure, Pattern.compile(frame));
        }

        boolean owns(String stack) {
            return frame.matcher(stack).find();
        }
    }

    private static final List<Part> BY_THREAD = List.of(
            Part.of(Figure.SHARE_COMPILER, "CompileBroker::"),
            Part.of(Figure.SHARE_COLLECTOR, "GangWorker::|ConcurrentGCThread::|VMThread::|G1ParScan"),
            Part.of(Figure.SHARE_DATABASE, ";org/h2/|;org/postgresql/"));

    /** The parts of stacks whose innermost frame is in the kernel. */
    private static final List<Part> SYSTEM_CALLS = List.of(
            Part.of(Figure.SHARE_SEND, "SocketDispatcher\\.write|SocketChannelImpl\\.write"),
            Part.of(Figure.SHARE_RECEIVE, "SocketDispatcher\\.read|SocketChannelImpl\\.read|EPoll"));

    private static final String PARLEY = "dev/parley/";
    private static final Pattern SERVER = Pattern.compile(
            "^(io/undertow|org/xnio|org/jboss|org/wildfly|org/glassfish|fish/payara|com/ibm|io/openliberty)/");

    private ProfileShares() {}

    static Map<Figure, Double> of(Path stacks) {
        try {
            return of(Files.readAllLines(stacks));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param stacks lines {@code OUTERMOST;…;INNERMOST SAMPLES} */
    static Map<Figure, Double> of(List<String> stacks) {
        Map<Figure, Double> samples = new EnumMap<>(Figure.class);
        double all = 0;
        for (String line : stacks) {
            int end = line.lastIndexOf(' ');
            double count = Double.parseDouble(line.substring(end + 1));
            samples.merge(part(line.substring(0, end)), count, Double::sum);
            all += count;
        }
        double total = all;
        samples.replaceAll((part, count) -> PERCENT * count / total);
        return samples;
    }

    private static Figure part(String stack) {
        return owner(BY_THREAD, stack)
                .or(() -> stack.endsWith(KERNEL) ? owner(SYSTEM_CALLS, stack) : Optional.empty())
                .orElseGet(() -> innermost(stack.split(";")));
    }

    private static Optional<Figure> owner(List<Part> parts, String stack) {
        return parts.stream().filter(part -> part.owns(stack)).map(Part::figure).findFirst();
    }

    /** The part of the innermost frame that belongs to Parley or the application server. */
    private static Figure innermost(String[] frames) {
        for (int i = frames.length - 1; i >= 0; i--) {
            if (frames[i].startsWith(PARLEY)) {
                return Figure.SHARE_PARLEY;
            }
            if (SERVER.matcher(frames[i]).find()) {
                return Figure.SHARE_SERVER;
            }
        }
        return Figure.SHARE_OTHER;
    }
}
