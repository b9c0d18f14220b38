package io.sluice.core.codemetrics;

/** How something became known. In order of how much is known: the first of several copies of a fact counts. */
enum Channel {
    /** Telemetry's events. */
    EVENTS,
    /** Telemetry's counters. */
    COUNTERS,
    /** A session file. */
    FILE,
    /** Anything else, for example Sluice's own hook. */
    OTHER;

    private static final Channel[] ALL = values();

    static Channel of(String source) {
        return switch (source) {
            case "otlp-logs" -> EVENTS;
            case "otlp-metrics" -> COUNTERS;
            case "session-file" -> FILE;
            default -> OTHER;
        };
    }

    @SuppressWarnings("EnumOrdinal") // Part of the state's format.
    int code() {
        return ordinal();
    }

    static Channel of(int code) {
        return ALL[code];
    }

    /** In a set of channels. */
    int bit() {
        return 1 << code();
    }

    String text() {
        return switch (this) {
            case EVENTS -> "events";
            case COUNTERS -> "counters";
            case FILE -> "session-file";
            case OTHER -> "other";
        };
    }
}
