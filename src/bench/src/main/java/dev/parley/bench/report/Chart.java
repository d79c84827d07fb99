package dev.parley.bench.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A line chart as an SVG image, with logarithmic axes. It has no background, and its colours change with the reader's
 * colour scheme, so that it can be read on light and dark pages. Pure.
 *
 * @param title what it shows
 * @param xLabel quantity and unit of the x axis
 * @param yLabel quantity and unit of the y axis
 * @param series at least one, with positive values only
 * @param limit a horizontal line at this value of y, such as a bound of a delay; 0 for none
 */
record Chart(String title, String xLabel, String yLabel, List<Series> series, double limit) {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 400;
    private static final int LEFT = 70;
    private static final int RIGHT = 150;
    private static final int TOP = 40;
    private static final int BOTTOM = 55;

    /** Colours that differ for people who see colours differently too (Okabe and Ito), on light and on dark pages. */
    private static final List<String> LIGHT = List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#555555");

    private static final List<String> DARK = List.of("#56b4e9", "#ff9f5a", "#2fd6a3", "#e8a6cc", "#f0e442", "#bbbbbb");

    /** The points of one target, by rising x. */
    record Series(String name, List<Point> points) {}

    record Point(double x, double y) {}

    Chart {
        series = List.copyOf(series);
    }

    /** The image. */
    String svg() {
        Axis x = Axis.of(series.stream()
                .flatMap(one -> one.points().stream())
                .mapToDouble(Point::x)
                .toArray());
        double[] values = series.stream()
                .flatMap(one -> one.points().stream())
                .mapToDouble(Point::y)
                .toArray();
        Axis y = Axis.of(limit > 0 ? with(values, limit) : values);
        List<String> parts = new ArrayList<>();
        parts.add("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + WIDTH + " " + HEIGHT + "\" width=\""
                + WIDTH + "\" height=\"" + HEIGHT + "\" role=\"img\">");
        parts.add("<title>" + escape(title) + "</title>");
        parts.add(style());
        parts.add(text(LEFT, 22, "start", "title", title));
        for (double mark : x.marks()) {
            double at = xAt(x, mark);
            parts.add(line(at, TOP, at, HEIGHT - BOTTOM, "grid"));
            parts.add(text(at, HEIGHT - BOTTOM + 18, "middle", "text", label(mark)));
        }
        for (double mark : y.marks()) {
            double at = yAt(y, mark);
            parts.add(line(LEFT, at, WIDTH - RIGHT, at, "grid"));
            parts.add(text(LEFT - 8, at + 4, "end", "text", label(mark)));
        }
        parts.add(text((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 12, "middle", "text", xLabel));
        parts.add("<text class=\"text\" text-anchor=\"middle\" transform=\"translate(18 " + (TOP + HEIGHT - BOTTOM) / 2
                + ") rotate(-90)\">" + escape(yLabel) + "</text>");
        if (limit > 0) {
            parts.add(line(LEFT, yAt(y, limit), WIDTH - RIGHT, yAt(y, limit), "limit"));
        }
        for (int i = 0; i < series.size(); i++) {
            draw(parts, series.get(i), i, x, y);
        }
        parts.add("</svg>");
        return String.join("\n", parts) + "\n";
    }

    private static void draw(List<String> parts, Series one, int index, Axis x, Axis y) {
        StringBuilder path = new StringBuilder();
        for (Point point : one.points()) {
            String at = number(xAt(x, point.x())) + " " + number(yAt(y, point.y()));
            path.append(path.isEmpty() ? "M" : " L").append(at);
            parts.add("<circle class=\"dot s" + index + "\" r=\"3\" cx=\"" + number(xAt(x, point.x())) + "\" cy=\""
                    + number(yAt(y, point.y())) + "\"/>");
        }
        parts.add("<path class=\"line s" + index + "\" d=\"" + path + "\"/>");
        int legend = TOP + 14 + 20 * index;
        int from = WIDTH - RIGHT + 12;
        parts.add("<path class=\"line s" + index + "\" d=\"M" + from + " " + legend + " h18\"/>");
        parts.add(text(from + 24, legend + 4, "start", "text", one.name()));
    }

    private static String style() {
        StringBuilder style = new StringBuilder("<style>\n"
                + "text{font:12px system-ui,sans-serif}.title{font-size:14px;font-weight:600}\n"
                + ".line{fill:none;stroke-width:2}.grid{stroke:#8888;stroke-width:.5}"
                + ".limit{stroke:#888;stroke-width:1.5;stroke-dasharray:6 4}\n"
                + ".text,.title{fill:#333}\n");
        style.append(colours(LIGHT)).append("@media (prefers-color-scheme:dark){.text,.title{fill:#ddd}\n");
        return style.append(colours(DARK)).append("}\n</style>").toString();
    }

    private static String colours(List<String> palette) {
        StringBuilder rules = new StringBuilder();
        for (int i = 0; i < palette.size(); i++) {
            String colour = palette.get(i);
            rules.append(".line.s%d{stroke:%s}.dot.s%d{fill:%s}%n".formatted(i, colour, i, colour));
        }
        return rules.toString();
    }

    private static double xAt(Axis axis, double value) {
        return LEFT + axis.share(value) * (WIDTH - RIGHT - LEFT);
    }

    private static double yAt(Axis axis, double value) {
        return HEIGHT - BOTTOM - axis.share(value) * (HEIGHT - BOTTOM - TOP);
    }

    private static double[] with(double[] values, double another) {
        double[] all = Arrays.copyOf(values, values.length + 1);
        all[values.length] = another;
        return all;
    }

    private static String line(double x1, double y1, double x2, double y2, String style) {
        return "<line class=\"" + style + "\" x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2)
                + "\" y2=\"" + number(y2) + "\"/>";
    }

    private static String text(double x, double y, String anchor, String style, String text) {
        return "<text class=\"" + style + "\" text-anchor=\"" + anchor + "\" x=\"" + number(x) + "\" y=\"" + number(y)
                + "\">" + escape(text) + "</text>";
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    /** 20000 is 20k, 1000000 is 1M, 0.5 stays. */
    private static String label(double value) {
        if (value >= 1e6) {
            return plain(value / 1e6) + "M";
        }
        return value >= 1e3 ? plain(value / 1e3) + "k" : plain(value);
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    /** A logarithmic axis from one power of ten, or its double or fivefold, to another. */
    private record Axis(double from, double to, List<Double> marks) {
        private static final double[] STEPS = {1, 2, 5};

        static Axis of(double... values) {
            double least = Arrays.stream(values).min().orElse(1);
            double most = Arrays.stream(values).max().orElse(10);
            List<Double> marks = new ArrayList<>();
            for (double power = Math.pow(10, Math.floor(Math.log10(least))); power <= 10 * most; power *= 10) {
                for (double step : STEPS) {
                    marks.add(power * step);
                }
            }
            // The axis begins at the last mark that is not above the least value, and ends at the first that is not
            // below the greatest.
            double from = marks.stream().filter(mark -> mark <= least * 1.0001).reduce(marks.get(0), (a, b) -> b);
            double to = marks.stream()
                    .filter(mark -> mark >= most * 0.9999 && mark > from)
                    .findFirst()
                    .orElse(10 * from);
            return new Axis(
                    from,
                    to,
                    marks.stream().filter(mark -> mark >= from && mark <= to).toList());
        }

        double share(double value) {
            return Math.log(value / from) / Math.log(to / from);
        }
    }
}
