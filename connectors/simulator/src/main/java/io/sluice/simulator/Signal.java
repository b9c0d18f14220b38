package io.sluice.simulator;

/** The OTLP signals, each with its path on an OTLP/HTTP receiver. */
public enum Signal {
    /** Events. Counted in log records. */
    LOGS("/v1/logs"),
    /** Counters. Counted in data points. */
    METRICS("/v1/metrics"),
    /** Counted in spans. */
    TRACES("/v1/traces");

    private final String path;

    Signal(String path) {
        this.path = path;
    }

    public String path() {
        return path;
    }
}
